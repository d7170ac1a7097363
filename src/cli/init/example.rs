//! First queries for a schema that is there.

use std::collections::BTreeMap;

use crate::ir::{Catalog, QualifiedName, Table, TableKind};
use crate::quote;

/// A file of queries.
pub(super) struct Example {
    /// The file's name without `.sql`.
    pub(super) name: String,
    pub(super) text: String,
    /// The name of its first query.
    pub(super) first: String,
}

/// What works on every schema.
pub(super) fn plain() -> Example {
    Example {
        name: "example".to_owned(),
        text: "-- name: ServerVersion :one\n-- An example: replace it by a query of your own.\nSELECT version() AS version;\n".to_owned(),
        first: "ServerVersion".to_owned(),
    }
}

/// Queries of the table that most others lead to, the best first. Columns may have types that have no place in Rust, so the
/// simpler ones that follow may be needed.
pub(super) fn of(catalog: &Catalog) -> Vec<Example> {
    let mut children: BTreeMap<&QualifiedName, usize> = BTreeMap::new();
    for key in catalog.tables.iter().flat_map(|table| &table.foreign_keys) {
        *children.entry(&key.foreign_table).or_default() += 1;
    }
    let is_candidate = |table: &&Table| {
        table.kind == TableKind::Table
            && table.name.schema == "public"
            && !table.name.name.starts_with('_')
            && !table.name.name.contains("migrations")
            && table
                .primary_key()
                .is_some_and(|key| key.columns.len() == 1)
    };
    let candidates = catalog.tables.iter().filter(is_candidate);
    // Of equals, the first by name.
    let best = candidates
        .rev()
        .max_by_key(|table| children.get(&table.name).copied().unwrap_or(0));
    let Some(table) = best else {
        return Vec::new();
    };
    let (name, key) = (
        &table.name.name,
        quote::name(&table.primary_key().expect("it has one").columns[0]),
    );
    let (pascal, quoted) = (pascal(name), quote::name(name));
    let parameter = parameter(&key);
    let count = format!("-- name: Count{pascal} :one\nSELECT count(*) FROM {quoted};\n");
    let rows = format!(
        "-- name: Find{pascal} :one\n-- The row with this key.\nSELECT * FROM {quoted} WHERE {key} = @{parameter};\n\n\
         -- name: List{pascal} :many\nSELECT * FROM {quoted} ORDER BY {key} LIMIT @page_size;\n\n"
    );
    let file = |text: String, first: String| Example {
        name: file_name(name),
        text,
        first,
    };
    vec![
        file(rows + &count, format!("Find{pascal}")),
        file(count, format!("Count{pascal}")),
    ]
}

/// A table's name as that of a query's: `order_items` → `OrderItems`.
fn pascal(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// A column's name as that of a parameter; another one where that could not be written behind an `@`.
fn parameter(column: &str) -> &str {
    if column.starts_with('"') {
        "key"
    } else {
        column
    }
}

fn file_name(table: &str) -> String {
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    table.chars().map(kept).collect()
}
