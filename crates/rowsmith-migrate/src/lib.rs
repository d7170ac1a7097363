//! Applies SQL migrations to Postgres, on [`tokio_postgres`].
//!
//! `rowsmith` reads the migration files of a project, in the layout of whichever tool they are written for, and makes
//! [`Migrations`] of them: `rowsmith migrate` in memory, `rowsmith generate` as a constant in the generated code. This crate
//! applies them. It knows nothing of files, and of SQL only what is needed to keep a database whole.

mod alone;
mod apply;
mod error;
mod journal;
mod migration;
mod options;
mod progress;
mod quote;
mod resolve;
mod session;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
mod words;

use tokio_postgres::Client;

pub use apply::Applied;
pub use error::{Error, ErrorKind, Place};
pub use migration::{Migration, Migrations, Statement};
pub use options::Options;
pub use progress::Progress;
pub use resolve::{Resolution, baseline, resolve};
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
    let mut status = Status::of(migrations, &journals.rows, table);
    if status.has_stopped() && session::held_by(client).await?.is_some() {
        status.mark_running();
    }
    Ok(status)
}

/// Applies what is pending, in order. Processes that start together wait for the one that applies, and go on when it is done.
///
/// Each file is applied in a transaction together with its row in the journal, or statement by statement where it says so.
/// Role and settings of the session are then as they were. If the future is dropped before its end, the transaction is rolled
/// back and the lock is given up.
///
/// # Errors
/// If files and journal contradict each other (then nothing is applied), a statement fails (then the files before it are
/// applied), or there is no session to work in.
pub async fn migrate(
    client: &mut Client,
    migrations: &Migrations,
    options: &Options,
) -> Result<Applied, Error> {
    apply::apply(client, migrations, options).await
}

/// The migrations that [`migrate`] would apply, in order. Only reads, and takes no lock.
///
/// # Errors
/// As [`migrate`] before it applies anything.
pub async fn plan<'a>(
    client: &Client,
    migrations: &'a Migrations,
    options: &Options,
) -> Result<Vec<&'a Migration>, Error> {
    let status = status(client, migrations, options).await?;
    let steps = apply::plan(&status, migrations, options)?;
    Ok(steps.into_iter().map(|step| step.migration).collect())
}
