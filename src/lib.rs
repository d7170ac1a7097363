//! Typed Rust from SQL.
mod analyze;
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod database;
mod diagnostic;
mod emit;
mod error;
mod explain;
mod generator;
mod interrupt;
pub mod ir;
mod migrate;
mod output;
mod project;
mod rust;
mod source;
mod syntax;
mod throwaway;

pub use database::Provider;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use error::{Error, Result};
pub use explain::{Explanation, Fact};
pub use generator::Generator;
pub use output::{Drift, Output, Written};
pub use throwaway::ThrowawayDatabase;
