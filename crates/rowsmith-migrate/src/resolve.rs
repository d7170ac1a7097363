//! What a person says about the journal, where the journal cannot know.

use tokio_postgres::Client;

use crate::alone;
use crate::error::{Error, ErrorKind};
use crate::journal::{self, own};
use crate::migration::{Migration, Migrations};
use crate::options::Options;
use crate::session::{self, Session};
use crate::status::{Entry, State, Status};

/// What is said of one migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It counts as applied: somebody did what it does by hand.
    Applied,
    /// The database forgets it: it was taken back by hand, or its file is gone for good.
    Forget,
    /// Its file was edited, and the edit changes nothing in the database.
    Accept,
    /// The statement that it stopped at is done. It goes on with the next.
    Done,
    /// The statement that it stopped at is not done. It goes on with that.
    Again,
}

/// Writes into the journal what a person has found out. Nothing is applied.
///
/// # Errors
/// If that cannot be true of a migration in this state, or another process is applying migrations.
pub async fn resolve(
    client: &mut Client,
    migrations: &Migrations,
    version: &str,
    resolution: Resolution,
    options: &Options,
) -> Result<(), Error> {
    migrations.check()?;
    let session = Session::lock(client, options).await?;
    let journals = journal::read(session.client, migrations, &options.schema).await?;
    let status = Status::of(migrations, &journals.rows, None);
    let entry = status
        .entries()
        .iter()
        .find(|entry| entry.version == version);
    let Some(entry) = entry else {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("there is no migration with the version {version}"),
        )
        .with_help("`rowsmith migrate status` lists them"));
    };
    if let (Resolution::Forget, Some(found)) = (resolution, &journals.foreign)
        && found.rows.iter().any(|row| row.version == version)
    {
        let message = format!(
            "`{}` of {} says that version {version} is applied",
            found.table, found.tool
        );
        return Err(Error::new(ErrorKind::Invalid, message).with_help("delete the row there first"));
    }
    let sql = change(entry, migrations.find(version), resolution, options)?;
    own::prepare(session.client, &options.schema, migrations, &journals).await?;
    own::tell(&options.schema, session::raw(session.client, &sql).await)?;
    session.release().await
}

/// The SQL that says it in the journal.
fn change(
    entry: &Entry,
    migration: Option<&Migration>,
    resolution: Resolution,
    options: &Options,
) -> Result<String, Error> {
    let schema = &options.schema;
    let refuse = |help: &str| {
        let message = format!("version {} is {}", entry.version, entry.state.as_str());
        Err(Error::new(ErrorKind::Invalid, message).with_help(help))
    };
    match (resolution, entry.state, migration) {
        (Resolution::Forget, State::Pending | State::OutOfOrder, _) => {
            refuse("there is nothing to forget")
        }
        (Resolution::Forget, ..) => Ok(own::forget(schema, &entry.version)),
        (Resolution::Accept, State::Edited, Some(migration)) => {
            Ok(own::mark(schema, migration, entry.applied_at.as_deref()))
        }
        (Resolution::Accept, ..) => refuse("only a file that was edited can be accepted"),
        (
            Resolution::Applied,
            State::Pending | State::OutOfOrder | State::Stopped { .. },
            Some(migration),
        ) => Ok(own::mark(schema, migration, None)),
        (Resolution::Applied, ..) => {
            refuse("only what is pending or has stopped can be said to be applied")
        }
        (
            Resolution::Done,
            State::Stopped {
                statement,
                begun: true,
            },
            Some(migration),
        ) => Ok(alone::noted(schema, migration, statement)),
        (
            Resolution::Again,
            State::Stopped {
                statement,
                begun: true,
            },
            Some(migration),
        ) => Ok(alone::noted(schema, migration, statement - 1)),
        (Resolution::Done | Resolution::Again, ..) => {
            refuse("this is for a file that has stopped within a statement")
        }
    }
}

/// Writes that all migrations up to `version` are applied, or all there are. For a database that was made in another way; the
/// caller has made sure that its schema is the one that they make.
///
/// # Errors
/// If there is no such migration, or another process is applying migrations.
pub async fn baseline(
    client: &mut Client,
    migrations: &Migrations,
    version: Option<&str>,
    options: &Options,
) -> Result<Vec<String>, Error> {
    migrations.check()?;
    let count = match version {
        None => migrations.iter().len(),
        Some(version) => {
            let found = migrations
                .iter()
                .position(|migration| migration.version() == version);
            let Some(found) = found else {
                let message = format!("there is no migration with the version {version}");
                return Err(Error::new(ErrorKind::Invalid, message)
                    .with_help("`rowsmith migrate status` lists them"));
            };
            found + 1
        }
    };
    let session = Session::lock(client, options).await?;
    let journals = journal::read(session.client, migrations, &options.schema).await?;
    let is_known = |migration: &&Migration| {
        journals
            .rows
            .iter()
            .any(|row| row.version == migration.version())
    };
    let new: Vec<_> = migrations
        .iter()
        .take(count)
        .filter(|migration| !is_known(migration))
        .collect();
    own::prepare(session.client, &options.schema, migrations, &journals).await?;
    let mut sql = "BEGIN READ WRITE".to_owned();
    for migration in &new {
        sql.push_str("; ");
        sql.push_str(&own::mark(&options.schema, migration, None));
    }
    sql.push_str("; COMMIT");
    own::tell(&options.schema, session::raw(session.client, &sql).await)?;
    session.release().await?;
    Ok(new
        .iter()
        .map(|migration| migration.version().to_owned())
        .collect())
}
