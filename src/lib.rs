//! Typed Rust from SQL: queries checked by a throwaway Postgres, with sound nullability.
//!
//! This is the library behind the `rowsmith` command, for build scripts and tests. The code it generates does not need
//! it.
//!
//! # In a build script
//!
//! With `rowsmith` as a build-dependency without its default features, `build.rs` is:
//!
//! ```no_run
//! fn main() -> Result<(), rowsmith::Error> {
//!     rowsmith::Generator::from_file("sqlc.yaml")?
//!         .out_dir_from_env()?
//!         .generate()?
//!         .write()?;
//!     Ok(())
//! }
//! ```
//!
//! and with `out: src/db` in the configuration, the crate includes what it wrote:
//!
//! ```ignore
//! mod db {
//!     include!(concat!(env!("OUT_DIR"), "/db/mod.rs"));
//! }
//! ```
//!
//! An [`Error`] prints as a report with carets, so returning it from `main` is all there is to do.
//!
//! # In tests
//!
//! [`Generator::throwaway_database`] gives a database with the migrations applied, and [`Output::check`] says whether
//! the committed code is current:
//!
//! ```no_run
//! # fn main() -> Result<(), rowsmith::Error> {
//! let drift = rowsmith::Generator::from_file("sqlc.yaml")?.generate()?.check()?;
//! assert!(drift.is_empty(), "{drift}");
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! Everything before the waist, [`ir::Analysis`], reads SQL and asks Postgres; nothing after it does. A module imports
//! only from those it is said to in `tests/architecture.rs`.
//!
//! ```text
//! sqlc.yaml ─ config ─► project ─ syntax ─► queries
//!                          │                   │
//!               migrate ─► database ─ catalog ─┴─ analyze ─► ir::Analysis
//! ═════════════════════════════════════════════════════════════════════════
//!                     ir::Analysis ─ rust ─ emit ─ output ─► files, or how they differ
//! ```

mod analyze;
mod cache;
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod database;
mod diagnostic;
mod digest;
mod disk;
mod emit;
mod error;
mod explain;
mod generator;
mod inflect;
mod interrupt;
pub mod ir;
mod migrate;
mod migration;
mod natural;
mod options;
mod output;
mod parallel;
#[cfg(feature = "cli")]
mod plugin;
mod program;
mod project;
mod quote;
mod relations;
mod remedy;
mod rust;
mod secret;
mod snapshot;
mod source;
mod syntax;
mod throwaway;

pub use database::Provider;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use error::{Error, Result};
pub use explain::{Condition, Explanation, Fact};
pub use generator::Generator;
pub use output::{Drift, Output, Written};
pub use throwaway::ThrowawayDatabase;

/// While a transaction is open, its client is borrowed. The first of these compiles, the second one does not.
///
/// ```no_run
/// mod db {
///     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/commands/expected/mod.rs"));
/// }
/// use db::{Error, Session, TransactionOptions, notes};
///
/// async fn rename(mut session: Session) -> Result<u64, Error> {
///     db::transaction(&mut session, TransactionOptions::new(), async |tx| {
///         notes::rename_notes(tx, "x", 1).await
///     })
///     .await
/// }
/// fn main() {}
/// ```
///
/// ```compile_fail,E0502
/// mod db {
///     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/commands/expected/mod.rs"));
/// }
/// use db::{Error, Session, TransactionOptions, notes};
///
/// async fn rename(mut session: Session) -> Result<u64, Error> {
///     db::transaction(&mut session, TransactionOptions::new(), async |tx| {
///         notes::rename_notes(&session, "x", 1).await
///     })
///     .await
/// }
/// fn main() {}
/// ```
///
/// Nor does beginning a transaction inside another one, or on a client that is only lent.
///
/// ```compile_fail,E0277
/// mod db {
///     include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/commands/expected/mod.rs"));
/// }
/// use db::{Error, Session, TransactionOptions, notes};
///
/// async fn rename(mut session: Session) -> Result<u64, Error> {
///     db::transaction(&mut &session, TransactionOptions::new(), async |tx| {
///         notes::rename_notes(tx, "x", 1).await
///     })
///     .await
/// }
/// fn main() {}
/// ```
#[cfg(doctest)]
struct TransactionsBorrowTheirClient;
