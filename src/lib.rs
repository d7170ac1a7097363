//! Typed Rust from SQL.
#![expect(dead_code, reason = "under construction")]

mod catalog;
mod database;
mod diagnostic;
mod error;
pub mod ir;
mod migrate;
mod source;
mod syntax;

pub use database::Provider;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use error::{Error, Result};
