//! Typed Rust from SQL.
#![expect(dead_code, reason = "under construction")]

mod analyze;
mod catalog;
mod database;
mod diagnostic;
mod error;
pub mod ir;
mod source;
mod syntax;
#[cfg(all(test, unix))]
mod testing;

pub use database::Provider;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use error::{Error, Result};
