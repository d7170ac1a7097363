//! What a database says was applied: our own journal, and those of other tools.
//!
//! This is the boundary: a journal is read into [`Row`]s, whoever wrote it, and nothing else in the crate knows its form.

pub(crate) mod foreign;
pub(crate) mod own;

use tokio_postgres::Client;

use crate::error::Error;
use crate::migration::Migrations;

/// A migration that a journal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The version of the migration it is about, in the form of [`Migration::version`](crate::Migration::version). If no
    /// migration matches, what the journal says.
    pub(crate) version: String,
    /// What people call it; may be empty.
    pub(crate) name: String,
    /// As Postgres writes a `timestamptz`, if the journal knows.
    pub(crate) applied_at: Option<String>,
    /// Whether the file is the one that was applied.
    pub(crate) text: Text,
    /// The statement it stopped at, from 1, and whether that was begun. `None` if it was applied to its end.
    pub(crate) stopped: Option<(usize, bool)>,
}

/// Whether a file is the one that was applied, as the journal's checksum says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Same,
    Edited,
    /// The journal has no checksum, or no migration matches.
    Unknown,
}

/// What the journals of a database say together.
#[derive(Debug, Default)]
pub(crate) struct Journals {
    /// Each migration once. What our own journal says comes first.
    pub(crate) rows: Vec<Row>,
    /// Whether our own journal is there.
    pub(crate) has_own: bool,
    /// The versions in our own journal.
    pub(crate) own: Vec<String>,
    /// The other tool that has migrated the database, if there is one.
    pub(crate) foreign: Option<foreign::Found>,
}

impl Journals {
    /// The table to name in messages.
    pub(crate) fn table(&self, schema: &str) -> Option<String> {
        if self.has_own {
            return Some(own::display_name(schema));
        }
        self.foreign.as_ref().map(|found| found.table.clone())
    }
}

/// Reads all journals of the database.
pub(crate) async fn read(
    client: &Client,
    migrations: &Migrations,
    schema: &str,
) -> Result<Journals, Error> {
    let own = own::read(client, migrations, schema).await?;
    let foreign = foreign::read(client, migrations).await?;
    let has_own = own.is_some();
    let mut rows = own.unwrap_or_default();
    let own = rows.iter().map(|row| row.version.clone()).collect();
    for row in foreign.iter().flat_map(|found| &found.rows) {
        if !rows.iter().any(|known| known.version == row.version) {
            rows.push(row.clone());
        }
    }
    Ok(Journals {
        rows,
        has_own,
        own,
        foreign,
    })
}
