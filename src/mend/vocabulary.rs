//! The names that a database knows, and Postgres' keywords: what a misspelt word may have been meant to be.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, SimpleQueryMessage};

/// Names as the catalog has them, in a fixed order.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Tables and views of the user's, with the schema of each.
    pub(super) tables: BTreeSet<(String, String)>,
    /// Column and its table.
    pub(super) columns: BTreeSet<(String, String)>,
    pub(super) types: BTreeSet<String>,
    pub(super) functions: BTreeSet<String>,
    pub(super) schemas: BTreeSet<String>,
    /// The labels of each enum, in their order.
    pub(super) labels: BTreeMap<String, Vec<String>>,
    keywords: BTreeMap<String, bool>,
}

const QUESTION: &str = "
    SELECT 'table', c.relname, n.nspname, '' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    UNION ALL
    SELECT 'column', a.attname, c.relname, '' FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    UNION ALL
    SELECT 'type', t.typname, n.nspname, '' FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r', 'm') AND t.typcategory <> 'A' AND (c.relkind IS NULL OR c.relkind = 'c')
    AND t.typname !~ '^_' AND n.nspname NOT IN ('information_schema', 'pg_toast')
    UNION ALL
    SELECT DISTINCT 'function', p.proname, '', '' FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname <> 'information_schema'
    UNION ALL
    SELECT 'schema', n.nspname, '', '' FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_'
    UNION ALL
    SELECT 'label', e.enumlabel, t.typname, pg_catalog.to_char(e.enumsortorder, '0000000000.00000') FROM pg_catalog.pg_enum e
    JOIN pg_catalog.pg_type t ON t.oid = e.enumtypid
    UNION ALL
    SELECT 'keyword', word, catcode::text, '' FROM pg_catalog.pg_get_keywords()
    ORDER BY 1, 3, 4, 2";

/// Names of types that are grammar, and stand in no catalog.
const SPELLINGS: [&str; 12] = [
    "bigint",
    "bigserial",
    "boolean",
    "char",
    "character",
    "decimal",
    "float",
    "int",
    "integer",
    "real",
    "serial",
    "smallint",
];

impl Vocabulary {
    /// Asks what there is. An answer that does not come leaves it empty: then there is no help.
    pub(super) async fn read(client: &Client) -> Self {
        let mut known = Self::default();
        for message in client.simple_query(QUESTION).await.unwrap_or_default() {
            if let SimpleQueryMessage::Row(row) = message {
                let text = |index| row.get(index).unwrap_or_default();
                known.add(text(0), text(1).to_owned(), text(2).to_owned());
            }
        }
        known.types.extend(SPELLINGS.map(str::to_owned));
        known
    }

    fn add(&mut self, what: &str, name: String, owner: String) {
        match what {
            "table" => drop(self.tables.insert((name, owner))),
            "column" => drop(self.columns.insert((name, owner))),
            "type" => drop(self.types.insert(name)),
            "function" => drop(self.functions.insert(name)),
            "schema" => drop(self.schemas.insert(name)),
            "label" => self.labels.entry(owner).or_default().push(name),
            "keyword" => drop(self.keywords.insert(name, owner == "R" || owner == "T")),
            _ => {}
        }
    }

    pub(super) fn is_keyword(&self, word: &str) -> bool {
        self.keywords.contains_key(word)
    }

    /// Whether a word can name a table or a column in quotes only, as `pg_get_keywords()` says.
    pub(super) fn is_reserved(&self, word: &str) -> bool {
        self.keywords.get(word).copied().unwrap_or_default()
    }

    pub(super) fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.keys().map(String::as_str)
    }

    pub(super) fn is_table(&self, name: &str) -> bool {
        self.tables.iter().any(|(table, _)| table == name)
    }

    pub(super) fn is_column(&self, name: &str) -> bool {
        let from = (name.to_owned(), String::new());
        let mut after = self.columns.range(from..);
        after.next().is_some_and(|(column, _)| column == name)
    }
}
