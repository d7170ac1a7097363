//! The tools whose journals are read: how each table is known, and what its rows say.

use super::checksum;
use crate::migration::Migration;

/// A tool that keeps a journal.
pub(super) struct Tool {
    /// As people call it.
    pub(super) name: &'static str,
    /// The table, unless the tool was told another.
    pub(super) table: &'static str,
    /// The columns that it has at least.
    pub(super) columns: &'static [&'static str],
    /// Whether a table with exactly these columns is its journal whatever its name.
    pub(super) distinct: bool,
    /// The rows that count as applied, in order: what identifies the migration, its name, when it was applied, the checksum,
    /// whether it failed, and whether the row stands for all migrations up to this one. `{table}` is the table.
    pub(super) rows: &'static str,
    /// What identifies a migration there.
    pub(super) key: Key,
    /// Whether the checksum of a row is that of the migration, whose file's text is given; `None` where that cannot be known.
    pub(super) same: fn(&Migration, &Found<'_>, &str) -> Option<bool>,
    /// What to do about a migration that failed.
    pub(super) remedy: &'static str,
}

/// A row as the journal has it.
pub(super) struct Found<'a> {
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) checksum: &'a str,
}

/// What identifies a migration in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A number, with or without leading zeros and hyphens.
    Number,
    /// Numbers with dots, of which `1.0` is `1`; the name of the file where it has none.
    Dotted,
    /// The name of the folder the file is in.
    Folder,
    /// The checksum.
    Hash,
}

pub(super) const TOOLS: [Tool; 10] = [
    SQLX,
    Tool {
        name: "refinery",
        table: "refinery_schema_history",
        columns: &["version", "name", "applied_on", "checksum"],
        distinct: true,
        rows: "SELECT version::text, name, CASE WHEN applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z$' THEN applied_on END, checksum, \
                   false, false FROM {table} ORDER BY version",
        key: Key::Number,
        same: |_, found, text| {
            let version = found.key.parse().ok()?;
            let sums = checksum::refinery(found.name, version, text);
            Some(sums.iter().any(|sum| sum == found.checksum))
        },
        remedy: "",
    },
    Tool {
        name: "Diesel",
        table: "__diesel_schema_migrations",
        columns: &["version", "run_on"],
        distinct: false,
        rows: "SELECT version, '', run_on::timestamptz::text, '', false, false FROM {table} ORDER BY version",
        key: Key::Number,
        same: |_, _, _| None,
        remedy: "",
    },
    Tool {
        name: "golang-migrate",
        table: "schema_migrations",
        columns: &["version", "dirty"],
        distinct: false,
        rows: "SELECT version::text, '', NULL, '', dirty, true FROM {table} WHERE version >= 0",
        key: Key::Number,
        same: |_, _, _| None,
        remedy: "look at the database, finish or undo what was begun, and set the version with `migrate force`",
    },
    Tool {
        name: "Supabase",
        table: "schema_migrations",
        columns: &["version", "statements", "name"],
        distinct: false,
        rows: "SELECT version, coalesce(name, ''), NULL, '', false, false FROM {table} ORDER BY version",
        key: Key::Number,
        same: |_, _, _| None,
        remedy: "",
    },
    Tool {
        name: "dbmate",
        table: "schema_migrations",
        columns: &["version"],
        distinct: false,
        rows: "SELECT version::text, '', NULL, '', false, false FROM {table} ORDER BY version",
        key: Key::Number,
        same: |_, _, _| None,
        remedy: "",
    },
    Tool {
        name: "goose",
        table: "goose_db_version",
        columns: &["id", "version_id", "is_applied", "tstamp"],
        distinct: true,
        // The last row about a version counts; goose's own first row is about version 0.
        rows: "SELECT version_id::text, '', tstamp::timestamptz::text, '', false, false FROM ( \
                   SELECT DISTINCT ON (version_id) version_id, is_applied, tstamp FROM {table} \
                   ORDER BY version_id, id DESC) AS last \
               WHERE is_applied AND version_id > 0 ORDER BY version_id",
        key: Key::Number,
        same: |_, _, _| None,
        remedy: "",
    },
    Tool {
        name: "Flyway",
        table: "flyway_schema_history",
        columns: &[
            "installed_rank",
            "version",
            "description",
            "type",
            "script",
            "checksum",
            "installed_by",
            "installed_on",
            "execution_time",
            "success",
        ],
        distinct: true,
        // The last row about a version counts: it may have been undone or deleted, and applied again. A schema that Flyway
        // made is a row without a version.
        rows: "SELECT coalesce(version, script), description, installed_on::timestamptz::text, coalesce(checksum::text, ''), \
                   NOT success, type IN ('BASELINE', 'SQL_BASELINE', 'JDBC_BASELINE', 'SPRING_JDBC_BASELINE') \
               FROM (SELECT DISTINCT ON (coalesce(version, script)) * FROM {table} WHERE type <> 'SCHEMA' \
                   ORDER BY coalesce(version, script), installed_rank DESC) AS last \
               WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE' ORDER BY installed_rank",
        key: Key::Dotted,
        same: |migration, found, text| {
            // Placeholders of repeatable migrations are replaced before; without a checksum it is no SQL.
            let is_known =
                !(found.checksum.is_empty() || migration.is_repeatable() && text.contains("${"));
            is_known.then(|| checksum::flyway(text) == found.checksum)
        },
        remedy: "look at the database, finish or undo what was begun, and remove the row with `flyway repair`",
    },
    Tool {
        name: "Prisma",
        table: "_prisma_migrations",
        columns: &[
            "id",
            "checksum",
            "finished_at",
            "migration_name",
            "logs",
            "rolled_back_at",
            "started_at",
            "applied_steps_count",
        ],
        distinct: true,
        rows: "SELECT migration_name, '', finished_at::text, checksum, finished_at IS NULL, false FROM {table} \
               WHERE rolled_back_at IS NULL ORDER BY migration_name, started_at",
        key: Key::Folder,
        same: |_, found, text| Some(checksum::sha256(text) == found.checksum),
        remedy: "look at the database, finish or undo what was begun, and say which of the two with \
                 `prisma migrate resolve --applied` or `--rolled-back`",
    },
    Tool {
        name: "drizzle-kit",
        table: "__drizzle_migrations",
        columns: &["id", "hash", "created_at"],
        distinct: false,
        // `created_at` is when the file was made.
        rows: "SELECT hash, '', NULL, hash, false, false FROM {table} ORDER BY created_at, id",
        key: Key::Hash,
        same: |_, found, text| Some(checksum::sha256(text) == found.checksum),
        remedy: "",
    },
];

/// The tool whose journal is also written.
pub(super) const SQLX: Tool = Tool {
    name: "sqlx",
    table: "_sqlx_migrations",
    columns: &[
        "version",
        "description",
        "installed_on",
        "success",
        "checksum",
        "execution_time",
    ],
    distinct: true,
    rows: "SELECT version::text, description, installed_on::text, encode(checksum, 'hex'), NOT success, false \
           FROM {table} ORDER BY version",
    key: Key::Number,
    same: |_, found, text| Some(checksum::sha384(text) == found.checksum),
    remedy: "look at the database, finish or undo what was begun, and set `success` in that row or delete it",
};

impl Tool {
    /// Whether a table with this name and these columns, sorted, is its journal.
    pub(super) fn is_kept_in(&self, table: &str, columns: &[String]) -> bool {
        let has = |column: &&str| columns.iter().any(|found| found == column);
        if !self.columns.iter().all(has) {
            return false;
        }
        let exactly = columns.len() == self.columns.len();
        // With other columns, a table that has only `version` or a flag is that of yet another tool.
        let own_name = table == self.table && (exactly || self.columns.len() > 2);
        own_name || self.distinct && exactly
    }
}
