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
//! # Features
//!
//! - None: code is generated from the committed [snapshot](Generator#the-snapshot) alone. This is what a build script
//!   needs. It compiles no Postgres client, no async runtime and no C.
//! - `postgres`: asks Postgres when the snapshot is not current. It adds [`Provider`], [`Generator::throwaway_database`]
//!   and [`Output::check`], for tests and for build scripts that ask.
//! - `cli` (default): the `rowsmith` command.
//! - `tls`: TLS to servers, with rustls.
//! - `embedded`: a Postgres inside that command.
//!
//! # In tests
//!
//! With the feature `postgres`, [`Generator::throwaway_database`] gives a database with the migrations applied, and [`Output::check`] says whether
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
//! Everything before the waist, [`ir::Analysis`], reads SQL and asks Postgres; nothing after it does. The modules that
//! ask are behind the feature `postgres`; without it, the analysis comes from the snapshot. A module imports only what
//! `tests/architecture.rs` allows.
//!
//! ```text
//! sqlc.yaml ─ config ─► project ─ syntax ─► queries
//!                          │                   │
//!               migrate ─► database ─ catalog ─┴─ analyze ─► ir::Analysis
//! ═════════════════════════════════════════════════════════════════════════
//!                     ir::Analysis ─ rust ─ emit ─ output ─► files, or how they differ
//! ```

#[cfg(feature = "postgres")]
mod analyze;
#[cfg(feature = "cli")]
mod base64;
#[cfg(feature = "postgres")]
mod cache;
#[cfg(feature = "postgres")]
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "what asks Postgres uses the rest")
)]
mod config;
#[cfg(feature = "postgres")]
mod database;
#[cfg(feature = "postgres")]
mod deploy;
mod diagnostic;
mod digest;
mod disk;
#[cfg(feature = "postgres")]
mod drift;
mod emit;
mod error;
mod explain;
mod generator;
mod inflect;
#[cfg(feature = "postgres")]
mod interrupt;
pub mod ir;
#[cfg(feature = "postgres")]
mod mend;
#[cfg(feature = "postgres")]
mod migrate;
mod migration;
mod natural;
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "what asks Postgres uses the rest")
)]
mod options;
mod output;
mod parallel;
#[cfg(feature = "cli")]
mod plugin;
#[cfg(feature = "postgres")]
mod program;
mod project;
mod quote;
mod relations;
#[cfg(feature = "postgres")]
mod remedy;
mod rust;
mod secret;
#[cfg(feature = "cli")]
mod seed;
mod snapshot;
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "what asks Postgres uses the rest")
)]
mod source;
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "what asks Postgres uses the rest")
)]
mod syntax;
#[cfg(feature = "postgres")]
mod tables;
#[cfg(feature = "postgres")]
mod throwaway;

#[cfg(feature = "postgres")]
pub use database::Provider;
pub use diagnostic::{Code, Diagnostic, Severity};
#[cfg(feature = "postgres")]
pub use drift::{Change, Difference};
pub use error::{Error, Result};
pub use explain::{Condition, Explanation, Fact};
#[cfg(feature = "postgres")]
pub use generator::Drift as DatabaseDrift;
pub use generator::Generator;
#[cfg(feature = "postgres")]
pub use output::Drift;
pub use output::{Output, Written};
#[cfg(feature = "postgres")]
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
