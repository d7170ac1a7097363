//! Typed Rust from SQL.
#![expect(dead_code, reason = "under construction")]

mod catalog;
mod config;
mod database;
mod diagnostic;
mod error;
pub mod ir;
mod output;
mod project;
mod source;
mod syntax;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use error::{Error, Result};
pub use output::{Drift, Output, Written};
