//! Our own journal: the table `_rowsmith_migrations`, one row for each migration.
//!
//! A row is there before its migration is done: `applied_at` is NULL until then. While a file without a transaction is under
//! way, `checksum` is about the statements that are done, and `statement_begun` is the one that may be.
//!
//! What changes the journal is SQL that the caller sends together with other statements: one way to the server and back is
//! saved for each.

use tokio_postgres::Client;

use super::{Journals, Row, Text};
use crate::error::Error;
use crate::migration::{Migration, Migrations};
use crate::quote::{identifier, literal};
use crate::session::{self, Rows};

const TABLE: &str = "_rowsmith_migrations";

/// The table, quoted for SQL.
fn table(schema: &str) -> String {
    format!("{}.{TABLE}", identifier(schema))
}

/// The table, for people.
pub(crate) fn display_name(schema: &str) -> String {
    format!("{schema}.{TABLE}")
}

/// Turns the failure of a statement about the journal into a report.
pub(crate) fn tell<T>(schema: &str, outcome: Result<T, tokio_postgres::Error>) -> Result<T, Error> {
    outcome.map_err(|error| Error::journal(&display_name(schema), error))
}

/// Makes the table, and adopts what another tool has applied.
pub(crate) async fn prepare(
    client: &Client,
    schema: &str,
    migrations: &Migrations,
    journals: &Journals,
) -> Result<(), Error> {
    let table = table(schema);
    let mut sql = "BEGIN READ WRITE".to_owned();
    if !journals.has_own {
        let table = format!(
            "; CREATE TABLE {table} (\
                 version text PRIMARY KEY, \
                 name text NOT NULL, \
                 checksum text NOT NULL, \
                 begun_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
                 applied_at timestamptz, \
                 statements_done int NOT NULL DEFAULT 0, \
                 statement_begun text\
             )"
        );
        sql.push_str(&table);
    }
    let mut is_needed = !journals.has_own;
    for row in journals.foreign.iter().flat_map(|found| &found.rows) {
        let Some(migration) = migrations.find(&row.version) else {
            continue;
        };
        let is_known = journals.has_own && journals.own.contains(&row.version);
        // What was edited since stays the other tool's, so that it is seen again.
        if row.stopped.is_some() || row.text == Text::Edited || is_known {
            continue;
        }
        is_needed = true;
        sql.push_str("; ");
        sql.push_str(&mark(schema, migration, row.applied_at.as_deref()));
    }
    if !is_needed {
        return Ok(());
    }
    sql.push_str("; COMMIT");
    tell(schema, session::raw(client, &sql).await).map(|_| ())
}

/// The rows of the journal; `None` if the table is not there.
pub(crate) async fn read(
    client: &Client,
    migrations: &Migrations,
    schema: &str,
) -> Result<Option<Vec<Row>>, Error> {
    let exists = format!(
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = {}",
        literal(schema),
        literal(TABLE)
    );
    if session::value(client, &exists).await?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT j.version, j.name, j.checksum, coalesce(j.applied_at, j.begun_at), \
             j.applied_at IS NULL, j.statements_done, j.statement_begun IS NOT NULL \
         FROM {} j ORDER BY j.begun_at, j.version",
        table(schema)
    );
    let found = tell(schema, session::raw(client, &sql).await)?;
    let rows = found.into_iter().map(|mut found| {
        let mut take = |index: usize| {
            found
                .get_mut(index)
                .and_then(Option::take)
                .unwrap_or_default()
        };
        let (version, name, checksum) = (take(0), take(1), take(2));
        let text = match migrations.find(&version) {
            Some(migration) if migration.checksum() == checksum => Text::Same,
            Some(_) => Text::Edited,
            None => Text::Unknown,
        };
        let applied_at = Some(take(3));
        let is_running = take(4) == "t";
        let done: usize = take(5).parse().unwrap_or_default();
        let has_begun = take(6) == "t";
        Row {
            version,
            name,
            applied_at,
            text,
            stopped: is_running.then_some((done + 1, has_begun)),
        }
    });
    Ok(Some(rows.collect()))
}

/// Claims the row of a migration for the transaction that applies it. It returns the row `claimed`, unless the migration is
/// applied.
pub(crate) fn claim(schema: &str, migration: &Migration) -> String {
    let free = if migration.is_repeatable() {
        "true"
    } else {
        "j.applied_at IS NULL AND j.statements_done = 0 AND j.statement_begun IS NULL"
    };
    format!(
        "INSERT INTO {} AS j (version, name, checksum) VALUES ({}, {}, '') \
         ON CONFLICT (version) DO UPDATE SET begun_at = pg_catalog.clock_timestamp() WHERE {free} \
         RETURNING 'claimed'",
        table(schema),
        literal(migration.version()),
        literal(migration.name()),
    )
}

/// Writes that a file without a transaction begins.
pub(crate) fn begin(schema: &str, migration: &Migration, digest: &str) -> String {
    format!(
        "INSERT INTO {} (version, name, checksum) VALUES ({}, {}, {}) \
         ON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum, begun_at = excluded.begun_at, \
             applied_at = NULL, statements_done = 0, statement_begun = NULL",
        table(schema),
        literal(migration.version()),
        literal(migration.name()),
        literal(digest),
    )
}

/// Writes how many statements are done, and which one begins.
pub(crate) fn note(
    schema: &str,
    migration: &Migration,
    done: usize,
    digest: &str,
    begun: Option<&str>,
) -> String {
    format!(
        "UPDATE {} SET statements_done = {done}, checksum = {}, statement_begun = {} WHERE version = {}",
        table(schema),
        literal(digest),
        begun.map_or_else(|| "NULL".to_owned(), literal),
        literal(migration.version()),
    )
}

/// Writes that a migration that has a row is applied to its end.
pub(crate) fn finish(schema: &str, migration: &Migration) -> String {
    format!(
        "UPDATE {} SET name = {}, checksum = {}, applied_at = pg_catalog.clock_timestamp(), \
             statements_done = {}, statement_begun = NULL WHERE version = {}",
        table(schema),
        literal(migration.name()),
        literal(&migration.checksum()),
        migration.statements().len(),
        literal(migration.version()),
    )
}

/// Writes that a migration is applied that somebody else has applied.
pub(crate) fn mark(schema: &str, migration: &Migration, applied_at: Option<&str>) -> String {
    let at = applied_at.map_or_else(
        || "pg_catalog.clock_timestamp()".to_owned(),
        |at| format!("{}::timestamptz", literal(at)),
    );
    format!(
        "INSERT INTO {} (version, name, checksum, begun_at, applied_at, statements_done) \
         VALUES ({}, {}, {}, {at}, {at}, {}) \
         ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum, \
             applied_at = excluded.applied_at, statements_done = excluded.statements_done, statement_begun = NULL",
        table(schema),
        literal(migration.version()),
        literal(migration.name()),
        literal(&migration.checksum()),
        migration.statements().len(),
    )
}

/// Takes a row out.
pub(crate) fn forget(schema: &str, version: &str) -> String {
    format!(
        "DELETE FROM {} WHERE version = {}",
        table(schema),
        literal(version)
    )
}

/// How far a file without a transaction has come.
pub(crate) struct Running {
    pub(crate) done: usize,
    /// Of the statements that are done.
    pub(crate) digest: String,
    /// The statement that was begun.
    pub(crate) begun: Option<String>,
}

/// How far a file has come, if it has begun and is not applied.
pub(crate) async fn running(
    client: &Client,
    schema: &str,
    migration: &Migration,
) -> Result<Option<Running>, Error> {
    let sql = format!(
        "SELECT statements_done, checksum, statement_begun FROM {} WHERE applied_at IS NULL AND version = {}",
        table(schema),
        literal(migration.version())
    );
    let rows: Rows = tell(schema, session::raw(client, &sql).await)?;
    Ok(rows.into_iter().next().map(|row| {
        let mut values = row.into_iter();
        let mut next = || values.next().flatten();
        Running {
            done: next()
                .and_then(|done| done.parse().ok())
                .unwrap_or_default(),
            digest: next().unwrap_or_default(),
            begun: next(),
        }
    }))
}
