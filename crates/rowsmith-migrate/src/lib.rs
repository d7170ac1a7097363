//! Applies SQL migrations to Postgres, on [`tokio_postgres`].
//!
//! `rowsmith` reads the migration files of a project, in the layout of whichever tool they are written for, and makes
//! [`Migrations`] of them: `rowsmith migrate` in memory, `rowsmith generate` as a constant in the generated code. This crate
//! applies them. It knows nothing of files, and of SQL only what is needed to keep a database whole.

mod error;
mod journal;
mod migration;
mod options;
mod progress;
mod quote;
mod status;

use tokio_postgres::Client;

pub use error::{Error, ErrorKind, Place};
pub use migration::{Migration, Migrations, Statement};
pub use options::Options;
pub use progress::Progress;
pub use status::{Entry, State, Status};

/// Says where a database stands. Only reads, and takes no lock.
///
/// # Errors
/// If two migrations have one version, or the database cannot be asked.
pub async fn status(
    client: &Client,
    migrations: &Migrations,
    options: &Options,
) -> Result<Status, Error> {
    migrations.check()?;
    let journals = journal::read(client, migrations, &options.schema).await?;
    let table = journals.table(&options.schema);
    Ok(Status::of(migrations, &journals.rows, table))
}
