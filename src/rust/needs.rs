//! What the functions of a module need beside their own structs: models, types of the schema, support code, crates.

use std::collections::BTreeSet;

use crate::ir::QualifiedName;

use super::ident::Ident;
use super::items::{BulkInUse, DynamicInUse};
use super::loaders::KeyedRow;
use super::overrides::Conflict;
use super::types::{Dependency, Part};

/// What is noted while modules are lowered, each by itself.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Tables whose models some query gives as its rows, and as parts of them.
    pub(super) tables: BTreeSet<QualifiedName>,
    pub(super) embedded_tables: BTreeSet<QualifiedName>,
    /// Those whose models are decoded from records.
    pub(super) recorded_tables: BTreeSet<QualifiedName>,
    /// Enums, composite types and domains that have a Rust type of their own.
    pub(super) types: BTreeSet<Ident>,
    /// Types of the schema that statements send or give.
    pub(super) user_types: BTreeSet<QualifiedName>,
    /// Of the generated module `types`.
    pub(super) parts: BTreeSet<Part>,
    pub(super) bulk: BulkInUse,
    pub(super) dynamic: DynamicInUse,
    /// Whether structs are read from parts of rows.
    pub(super) has_parts: bool,
    /// Whether parameters are patterns of `LIKE`.
    pub(super) has_patterns: bool,
    /// Whether serde reads fields of the module at hand that may be missing.
    pub(super) reads_present: bool,
    pub(super) dependencies: BTreeSet<Dependency>,
    /// Structs of rows, by whose fields relations may be loaded.
    pub(super) rows: Vec<KeyedRow>,
    /// The names of the types that derive something.
    pub(super) deriving: BTreeSet<String>,
    /// Overrides that contradict one another, to be reported once.
    pub(super) conflicts: BTreeSet<Conflict>,
}

impl Needs {
    /// Takes in what another module needs.
    pub(super) fn extend(&mut self, other: Self) {
        let Self {
            tables,
            embedded_tables,
            recorded_tables,
            types,
            user_types,
            parts,
            bulk,
            dynamic,
            has_parts,
            has_patterns,
            reads_present: _,
            dependencies,
            rows,
            deriving,
            conflicts,
        } = other;
        self.tables.extend(tables);
        self.embedded_tables.extend(embedded_tables);
        self.recorded_tables.extend(recorded_tables);
        self.types.extend(types);
        self.user_types.extend(user_types);
        self.parts.extend(parts);
        self.bulk.batches |= bulk.batches;
        self.bulk.copies |= bulk.copies;
        self.bulk.rows |= bulk.rows;
        self.dynamic.queries |= dynamic.queries;
        self.dynamic.orders |= dynamic.orders;
        self.dynamic.pages |= dynamic.pages;
        self.dynamic.totals |= dynamic.totals;
        self.dynamic.assignments |= dynamic.assignments;
        self.has_parts |= has_parts;
        self.has_patterns |= has_patterns;
        self.dependencies.extend(dependencies);
        self.rows.extend(rows);
        self.deriving.extend(deriving);
        self.conflicts.extend(conflicts);
    }
}
