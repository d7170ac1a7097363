//! What foreign keys lead to: the graph of relations, and the statements that load them.

mod graph;
mod loaders;
mod lookup;
mod naming;
mod plan;
mod planner;
mod rules;
mod show;
mod single;
mod sql;

pub(crate) use graph::Graph;
pub(crate) use loaders::LoaderPlan;
pub(crate) use plan::{Plan, Schema};
pub(crate) use rules::check_rules;
pub(crate) use show::{list, mermaid};

#[cfg(test)]
#[cfg(unix)]
mod tests;
