//! The schema: tables, types and keys, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Nullability, Type};

/// The schema that the migrations make, without the server's own objects. Every list is sorted by qualified name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Tables, views and whatever else has columns.
    pub tables: Vec<Table>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Composite types made by `CREATE TYPE … AS (…)`.
    pub composites: Vec<Composite>,
    /// Domains.
    pub domains: Vec<Domain>,
    /// What statements can violate, by table or domain, then by name.
    pub constraints: Vec<Constraint>,
}

impl Catalog {
    /// The table, view or the like of that name.
    pub fn table(&self, name: &QualifiedName) -> Option<&Table> {
        named(&self.tables, name, |table| &table.name)
    }

    /// The enum of that name.
    pub fn enumeration(&self, name: &QualifiedName) -> Option<&Enum> {
        named(&self.enums, name, |enumeration| &enumeration.name)
    }

    /// The composite type of that name; a table's row type is not one.
    pub fn composite(&self, name: &QualifiedName) -> Option<&Composite> {
        named(&self.composites, name, |composite| &composite.name)
    }

    /// The domain of that name.
    pub fn domain(&self, name: &QualifiedName) -> Option<&Domain> {
        named(&self.domains, name, |domain| &domain.name)
    }

    /// What a domain is over, at the end; of other types, the type itself.
    pub fn base<'t>(&'t self, ty: &'t Type) -> &'t Type {
        match ty {
            Type::Domain(name) => match self.domain(name) {
                Some(domain) => self.base(&domain.base),
                None => ty,
            },
            ty => ty,
        }
    }
}

/// The one of that name in a list that is sorted by names.
fn named<'a, T>(
    sorted: &'a [T],
    name: &QualifiedName,
    name_of: impl Fn(&T) -> &QualifiedName,
) -> Option<&'a T> {
    let index = sorted.binary_search_by(|item| name_of(item).cmp(name));
    index.ok().map(|index| &sorted[index])
}

/// A schema and a name in it, unquoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The name.
    pub name: String,
}

impl QualifiedName {
    /// Joins a schema and a name.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

/// As a person reads it: without the schema where that is `public`.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema != "public" {
            write!(f, "{}.", self.schema)?;
        }
        f.write_str(&self.name)
    }
}

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: QualifiedName,
    /// What it is.
    #[serde(default, skip_serializing_if = "TableKind::is_table")]
    pub kind: TableKind,
    /// Its `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether row-level security may hide rows of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub row_security: bool,
    /// Whether rows of other tables show up in it, which inherit from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Its columns in order, dropped ones left out.
    pub columns: Vec<TableColumn>,
    /// The primary key first, then other unique constraints and plain unique indexes, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique_keys: Vec<UniqueKey>,
    /// Foreign keys that point from here, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
}

impl Table {
    /// Its primary key.
    pub fn primary_key(&self) -> Option<&UniqueKey> {
        self.unique_keys.iter().find(|key| key.primary)
    }
}

/// What has columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A table, partitioned or not.
    #[default]
    Table,
    /// A partition of a partitioned table.
    Partition,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A foreign table.
    ForeignTable,
}

impl TableKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    fn is_table(&self) -> bool {
        *self == Self::Table
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether a stored row may have NULL here.
    #[serde(rename = "null")]
    pub nullability: Nullability,
    /// Of an array: whether an element of it may be NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Nullability>,
    /// Whether an `INSERT` may leave it out: a default, identity or generation.
    #[serde(
        rename = "default",
        default,
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub has_default: bool,
    /// Whether it cannot be written: generated or `GENERATED ALWAYS AS IDENTITY`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
    /// Its `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Columns whose values together occur once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// The constraint's or index' name.
    pub name: String,
    /// The columns in the key's order.
    pub columns: Vec<String>,
    /// Whether it is the primary key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    /// Whether no two rows share it at any moment: it cannot be deferred, and no inherited rows escape it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub holds: bool,
}

/// Columns that name a row of another table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The columns here.
    pub columns: Vec<String>,
    /// The table pointed at.
    pub foreign_table: QualifiedName,
    /// The columns there, in step with `columns`.
    pub foreign_columns: Vec<String>,
    /// Whether every row here keeps to it at every moment: it is not `NOT VALID`, it cannot be deferred, and no inherited
    /// rows escape it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub holds: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_yes(holds: &bool) -> bool {
    *holds
}

/// A constraint of a table or domain, or a unique index, which is violated like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name.
    pub name: String,
    /// The table or domain it belongs to.
    pub owner: QualifiedName,
    /// What it demands.
    pub kind: ConstraintKind,
    /// Its names in partitions of the table, where they differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partition_names: Vec<String>,
}

/// What a constraint demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// A primary key.
    PrimaryKey,
    /// A unique constraint or unique index, partial and computed ones too.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check of a table's rows.
    Check,
    /// An exclusion constraint.
    Exclusion,
    /// A check of a domain's values.
    DomainCheck,
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its name.
    pub name: QualifiedName,
    /// Its labels in order.
    pub labels: Vec<String>,
    /// Its `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composite {
    /// Its name.
    pub name: QualifiedName,
    /// Its fields in order; each may be NULL.
    pub fields: Vec<CompositeField>,
    /// Its `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A field of a composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeField {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// What it is a domain over; may be another domain.
    pub base: Type,
    /// Whether it is declared NOT NULL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// Its CHECK constraints as Postgres prints them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Its `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
