//! Our own journal: the table `rowsmith_migrations`, one row for each migration.

use tokio_postgres::Client;

use super::{Row, Text};
use crate::error::Error;
use crate::migration::{Migration, Migrations};
use crate::quote::identifier;

pub(crate) const TABLE: &str = "rowsmith_migrations";

/// The table, quoted for SQL.
pub(crate) fn table(schema: &str) -> String {
    format!("{}.{TABLE}", identifier(schema))
}

/// The table, for people.
pub(crate) fn display_name(schema: &str) -> String {
    format!("{schema}.{TABLE}")
}

/// Makes the table if it is not there.
pub(crate) async fn create(client: &Client, schema: &str) -> Result<(), Error> {
    let table = table(schema);
    // A sum of statements that a restricted role may run one by one, once the table is there.
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {table} (\
             version text PRIMARY KEY, \
             name text NOT NULL, \
             checksum text NOT NULL, \
             begun_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
             applied_at timestamptz, \
             statements_done int NOT NULL, \
             statement_begun int\
         )"
    );
    client
        .batch_execute(&sql)
        .await
        .map_err(|error| Error::journal(&display_name(schema), error))
}

/// The rows of the journal; `None` if the table is not there.
pub(crate) async fn read(
    client: &Client,
    migrations: &Migrations,
    schema: &str,
) -> Result<Option<Vec<Row>>, Error> {
    let failed = |error| Error::journal(&display_name(schema), error);
    let exists = client
        .query_one(
            "SELECT pg_catalog.to_regclass($1) IS NOT NULL",
            &[&table(schema)],
        )
        .await
        .map_err(failed)?;
    if !exists.get::<_, bool>(0) {
        return Ok(None);
    }
    let sql = format!(
        "SELECT version, name, checksum, coalesce(applied_at, begun_at)::text, applied_at IS NULL, \
             statements_done, statement_begun \
         FROM {} ORDER BY begun_at, version",
        table(schema)
    );
    let found = client.query(&sql, &[]).await.map_err(failed)?;
    let rows = found.iter().map(|found| {
        let version: String = found.get(0);
        let checksum: String = found.get(2);
        let text = match migrations.find(&version) {
            Some(migration) if migration.checksum() == checksum => Text::Same,
            Some(_) => Text::Edited,
            None => Text::Unknown,
        };
        let done = usize::try_from(found.get::<_, i32>(5)).unwrap_or_default();
        Row {
            name: found.get(1),
            applied_at: found.get(3),
            text,
            stopped: found
                .get::<_, bool>(4)
                .then(|| (done + 1, found.get::<_, Option<i32>>(6).is_some())),
            version,
        }
    });
    Ok(Some(rows.collect()))
}

/// Writes that a migration is applied to its end.
pub(crate) async fn record(
    client: &Client,
    schema: &str,
    migration: &Migration,
) -> Result<(), Error> {
    let sql = format!(
        "INSERT INTO {} (version, name, checksum, applied_at, statements_done) \
         VALUES ($1, $2, $3, pg_catalog.clock_timestamp(), $4) \
         ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum, \
             applied_at = excluded.applied_at, statements_done = excluded.statements_done, statement_begun = NULL",
        table(schema)
    );
    let count = i32::try_from(migration.statements().len()).unwrap_or(i32::MAX);
    client
        .execute(
            &sql,
            &[
                &migration.version(),
                &migration.name(),
                &migration.checksum(),
                &count,
            ],
        )
        .await
        .map(|_| ())
        .map_err(|error| Error::journal(&display_name(schema), error))
}
