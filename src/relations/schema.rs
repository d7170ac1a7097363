//! The schema, as it is below the waist and as the server has it.

use crate::ir::{Catalog, QualifiedName, Table, Type};

use super::graph::{Graph, Relation};

/// What is known of the schema.
#[derive(Clone, Copy)]
pub(crate) struct Schema<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) graph: &'a Graph,
    /// The same schema as the server has it.
    pub(crate) server: &'a crate::catalog::Catalog,
}

impl Schema<'_> {
    fn in_server(&self, table: &QualifiedName) -> Option<&crate::catalog::Relation> {
        let mut relations = self.server.relations.values();
        relations.find(|found| found.name == table.name && found.schema == table.schema)
    }

    /// Whether the table's name alone means it.
    pub(super) fn is_visible(&self, table: &QualifiedName) -> bool {
        self.in_server(table).is_some_and(|found| found.is_visible)
    }

    /// Whether a column's equal texts are the same: its collation may say otherwise.
    pub(super) fn is_deterministic(&self, table: &QualifiedName, column: &str) -> bool {
        let column = self.column_in_server(table, column);
        column.is_some_and(|column| column.deterministic)
    }

    pub(super) fn column_in_server(
        &self,
        table: &QualifiedName,
        column: &str,
    ) -> Option<&crate::catalog::Attribute> {
        let columns = &self.in_server(table)?.columns;
        columns.iter().find(|found| found.name == column)
    }
}

/// Whether the children's keys are the same bytes as their parents'.
pub(super) fn is_exact(schema: Schema<'_>, relation: &Relation, key_types: &[Type]) -> bool {
    let ([parent], [column]) = (key_types, relation.matched.as_slice()) else {
        return false;
    };
    let table = match &relation.junction {
        Some(junction) => &junction.table,
        None => &relation.target,
    };
    let Some(found) = schema.catalog.table(table) else {
        return false;
    };
    let declared = column_type(found, column);
    let child = schema.catalog.base(&declared);
    let is_text = |ty: &Type| {
        let name = ty.name();
        name.schema == "pg_catalog" && ["text", "varchar"].contains(&name.name.as_str())
    };
    let same = parent == child || (is_text(parent) && is_text(child));
    same && is_exact_type(parent) && schema.is_deterministic(table, column)
}

/// The type of a column, by its name.
pub(super) fn column_type(table: &Table, name: &str) -> Type {
    let column = table.columns.iter().find(|column| column.name == name);
    column.map_or_else(
        || Type::Base(QualifiedName::new("pg_catalog", "unknown")),
        |column| column.ty.clone(),
    )
}

/// Types whose equal values are the same bytes on the wire. Not `numeric`, `float8`, `bpchar`, `citext`, `jsonb`, …
fn is_exact_type(ty: &Type) -> bool {
    const EXACT: [&str; 15] = [
        "bool",
        "bytea",
        "char",
        "date",
        "int2",
        "int4",
        "int8",
        "macaddr",
        "name",
        "oid",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "uuid",
    ];
    match ty {
        Type::Base(name) => {
            name.schema == "pg_catalog"
                && (EXACT.contains(&name.name.as_str()) || name.name == "varchar")
        }
        Type::Enum(_) => true,
        _ => false,
    }
}
