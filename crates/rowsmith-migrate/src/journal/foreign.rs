//! Journals of other tools: recognised by their tables, and read.
//!
//! A database that another tool has migrated is adopted: its rows count as applied, and `migrate` copies them into our own
//! journal before it applies anything. The tool's own table stays as it is. Only sqlx's is also written, so that both can be
//! used side by side.

mod checksum;
mod matching;
mod tools;

use tokio_postgres::Client;

use super::Row;
use crate::error::{Error, ErrorKind};
use crate::migration::{Migration, Migrations};
use crate::quote::identifier;
use checksum::Form;
use matching::Kept;
use tools::{SQLX, TOOLS, Tool};

/// The tables that may be journals, with their columns. Those of Supabase's own services are not the user's.
const TABLES: &str = "\
    SELECT n.nspname::text, c.relname::text, ( \
        SELECT array_agg(a.attname::text) FROM pg_catalog.pg_attribute a \
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    ) \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
        AND pg_catalog.pg_get_userbyid(c.relowner) !~ '^supabase_' \
        AND (c.relname = ANY ($1) OR EXISTS ( \
            SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY ($2))) \
    ORDER BY 1, 2";

/// Columns that only a journal has, which tell one that was given another name.
const SIGNS: [&str; 5] = [
    "applied_on",
    "execution_time",
    "installed_rank",
    "rolled_back_at",
    "version_id",
];

/// The journal of another tool in this database.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As people call it: `sqlx`, `Flyway`.
    pub(crate) tool: &'static str,
    /// The table, with its schema.
    pub(crate) table: String,
    /// What it says was applied, matched with the migrations.
    pub(crate) rows: Vec<Row>,
    /// The table, quoted for SQL.
    quoted: String,
    /// How the files were written that it applied.
    form: Form,
}

impl Found {
    /// Whether what we apply is also written there.
    pub(crate) fn is_written(&self) -> bool {
        self.tool == SQLX.name
    }

    /// Adds a migration that we applied to the journal of the other tool, so that both can be used side by side. Nothing
    /// happens for tools whose journal we only read. It is called in the transaction that applies the migration.
    pub(crate) async fn record(&self, client: &Client, migration: &Migration) -> Result<(), Error> {
        // What has no number is no migration for sqlx.
        let Some(version) = self
            .is_written()
            .then(|| migration.version().parse::<i64>().ok())
            .flatten()
        else {
            return Ok(());
        };
        let checksum = checksum::sha384(&self.form.write(migration.text()));
        let sql = format!(
            "INSERT INTO {} (version, description, success, checksum, execution_time) \
             VALUES ($1, $2, true, pg_catalog.decode($3, 'hex'), \
                 (extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.now()) * 1e9)::bigint)",
            self.quoted
        );
        client
            .execute(&sql, &[&version, &description(migration), &checksum])
            .await
            .map(|_| ())
            .map_err(|error| Error::journal(&self.table, error))
    }
}

/// What sqlx calls a migration: its file's name after the version, with spaces.
fn description(migration: &Migration) -> String {
    let name = migration
        .file()
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default();
    let name = name.split_once('_').map_or(name, |(_, name)| name);
    let name = name.strip_suffix(".sql").unwrap_or(name);
    name.strip_suffix(".up").unwrap_or(name).replace('_', " ")
}

/// The journal of another tool, if the database has one.
///
/// Fails if the journals of two tools are there, or one says that a migration of it failed half way.
pub(crate) async fn read(client: &Client, migrations: &Migrations) -> Result<Option<Found>, Error> {
    let mut journals = Vec::new();
    for (tool, schema, table) in tables(client).await? {
        journals.push(Journal::read(client, tool, &schema, &table).await?);
    }
    // An empty journal says nothing: a tool was tried, and never used.
    if journals.iter().any(|journal| !journal.kept.is_empty()) {
        journals.retain(|journal| !journal.kept.is_empty());
    } else {
        journals.truncate(1);
    }
    match <[Journal; 1]>::try_from(journals) {
        Ok([journal]) => journal.hold_against(migrations).map(Some),
        Err(journals) => match &journals[..] {
            [one, other, ..] => Err(Error::two_journals(
                (&one.table, one.tool.name),
                (&other.table, other.tool.name),
            )),
            _ => Ok(None),
        },
    }
}

/// The tables that are journals: the tool, the schema and the name.
async fn tables(client: &Client) -> Result<Vec<(&'static Tool, String, String)>, Error> {
    static KNOWN: [Tool; 10] = TOOLS;
    let names = KNOWN.iter().map(|tool| tool.table).collect::<Vec<_>>();
    let found = client
        .query(TABLES, &[&names, &SIGNS.as_slice()])
        .await
        .map_err(|error| Error::of(ErrorKind::Journal, "the tables cannot be listed", error))?;
    let mut tables = Vec::new();
    for row in &found {
        let (schema, table): (String, String) = (row.get(0), row.get(1));
        let columns: Vec<String> = row.get::<_, Option<_>>(2).unwrap_or_default();
        if let Some(tool) = KNOWN.iter().find(|tool| tool.is_kept_in(&table, &columns)) {
            tables.push((tool, schema, table));
        }
    }
    Ok(tables)
}

/// A journal as it was read.
struct Journal {
    tool: &'static Tool,
    table: String,
    quoted: String,
    kept: Vec<Kept>,
    /// The migration that failed.
    failed: Option<String>,
}

impl Journal {
    async fn read(
        client: &Client,
        tool: &'static Tool,
        schema: &str,
        table: &str,
    ) -> Result<Self, Error> {
        let name = format!("{schema}.{table}");
        let quoted = format!("{}.{}", identifier(schema), identifier(table));
        let rows = client
            .query(&tool.rows.replace("{table}", &quoted), &[])
            .await;
        let rows = rows.map_err(|error| Error::journal(&name, error))?;
        let mut journal = Self {
            tool,
            table: name,
            quoted,
            kept: Vec::new(),
            failed: None,
        };
        for row in rows {
            // Few tools forbid NULL.
            let text = |index| row.try_get::<_, Option<String>>(index);
            let is = |index| row.try_get::<_, Option<bool>>(index);
            let read = || {
                let kept = Kept {
                    key: text(0)?.unwrap_or_default(),
                    name: text(1)?.unwrap_or_default(),
                    applied_at: text(2)?,
                    checksum: text(3)?.unwrap_or_default(),
                    until: is(5)?.unwrap_or_default(),
                };
                Ok((kept, is(4)?.unwrap_or_default()))
            };
            let (kept, failed) = read().map_err(|error| Error::journal(&journal.table, error))?;
            if failed && journal.failed.is_none() {
                journal.failed = Some(kept.key.clone());
            }
            journal.kept.push(kept);
        }
        Ok(journal)
    }

    fn hold_against(self, migrations: &Migrations) -> Result<Found, Error> {
        if let Some(failed) = self.failed {
            let (tool, remedy) = (self.tool.name, self.tool.remedy);
            return Err(Error::failed_elsewhere(&self.table, tool, &failed, remedy));
        }
        let (rows, form) = matching::rows(self.tool, &self.kept, migrations);
        Ok(Found {
            tool: self.tool.name,
            table: self.table,
            rows,
            quoted: self.quoted,
            form,
        })
    }
}
