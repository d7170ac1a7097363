//! What foreign keys lead to: the graph of relations, and the statements that load them.

mod graph;
#[cfg(feature = "postgres")]
mod loaders;
#[cfg(feature = "postgres")]
mod lookup;
mod naming;
#[cfg(feature = "postgres")]
mod plan;
#[cfg(feature = "postgres")]
mod planner;
#[cfg(feature = "postgres")]
mod rules;
#[cfg(feature = "postgres")]
mod schema;
mod show;
#[cfg(feature = "postgres")]
mod single;
#[cfg(feature = "postgres")]
mod sql;

pub(crate) use graph::Graph;
#[cfg(feature = "postgres")]
pub(crate) use loaders::LoaderPlan;
#[cfg(feature = "postgres")]
pub(crate) use plan::Plan;
#[cfg(feature = "postgres")]
pub(crate) use rules::check_rules;
#[cfg(feature = "postgres")]
pub(crate) use schema::Schema;
pub(crate) use show::{list, mermaid};

#[cfg(test)]
#[cfg(unix)]
mod tests;
