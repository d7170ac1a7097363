//! Everything known about a project's schema and queries: the waist between analysis and code generation.
//!
//! Plain data with no Rust-language facts, no server object ids and nothing that differs between two runs, so that it
//! can be committed as a snapshot. Lists are in the order a person expects: schema objects by name, columns and
//! parameters by position, queries as they stand in their files.

mod catalog;
mod dynamic;
mod notation;
mod page;
mod relation;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use catalog::{
    Catalog, Composite, CompositeField, Constraint, ConstraintKind, Domain, Enum, ForeignKey,
    QualifiedName, Table, TableColumn, TableKind, UniqueKey,
};

pub use dynamic::{
    Assignment, COMBINED, Condition, Dynamic, MAX_OPTIONAL, Mention, Order, Ordering, Reading,
};
pub use page::{PageKey, PageOrder, Paging, Total};
pub use relation::{Cardinality, Loader, Relation, Single};

/// A project's analysed schema and queries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The schema that the migrations make.
    pub catalog: Catalog,
    /// The queries, by file and then by place.
    pub queries: Vec<Query>,
    /// The functions that load relations for any rows, by table and then by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loaders: Vec<Loader>,
}

/// One annotated query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The name in its annotation.
    pub name: String,
    /// What the annotation says it does.
    pub command: Command,
    /// Where its name stands.
    #[serde(rename = "at")]
    pub location: Location,
    /// The lines of its doc comment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub docs: Vec<String>,
    /// The SQL as it is sent to Postgres, with `$n` placeholders.
    #[serde(with = "notation::lines")]
    pub sql: String,
    /// Where in `sql` the statement itself begins, in bytes, if the `WITH` before it changes data; 0 otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub body: usize,
    /// What `$1`, `$2`, … stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The result columns; empty for a query that returns no rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// Those of its columns that are given as one value, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// What `@with` loads with its rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Relation>,
    /// The statement that gives its rows and their relations at once, where that is how they are loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single: Option<Single>,
    /// How it takes many rows at once, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<Bulk>,
    /// The parameters that are patterns of `LIKE`, by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<usize>,
    /// What it calls its rows, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<RowName>,
    /// The struct that it makes of parameters, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<ParamsName>,
    /// What of its text a call chooses, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic: Option<Dynamic>,
    /// The tables of which it may take away rows or change keys. Known only while its relations are planned.
    #[serde(skip)]
    pub unsettled: Vec<QualifiedName>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Neighbouring result columns that are given as one value: `sqlc.embed(users)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embed {
    /// What the query calls it: a table or an alias.
    pub name: String,
    /// Whether the query gives the name after `AS`, for this value alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renamed: bool,
    /// The places of the columns.
    pub columns: Range<usize>,
    /// The table whose whole rows they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<QualifiedName>,
    /// Whether the row may be missing. Then one of its columns is never NULL otherwise.
    #[serde(rename = "null")]
    pub nullability: Nullability,
    /// Of each column, whether it may be NULL in a row that is there.
    pub nullable_columns: Vec<bool>,
}

impl Query {
    /// The SQL that is sent.
    pub fn sent(&self) -> &str {
        match &self.bulk {
            None => self.single.as_ref().map_or(&self.sql, |single| &single.sql),
            Some(Bulk::Copy { sql, .. } | Bulk::Arrays { sql, .. }) => sql,
        }
    }
}

impl Query {
    /// Whether NULL is a value of a parameter that may be missing.
    pub fn takes_null_or_nothing(&self, parameter: &Parameter) -> bool {
        let nullable = self.dynamic.iter().flat_map(|dynamic| &dynamic.nullable);
        let mut nullable = nullable.filter_map(|&index| self.parameters.get(index));
        nullable.any(|known| known.name == parameter.name)
    }
}

/// What a query calls the struct of its rows, by `-- @row`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowName {
    /// The name.
    pub name: String,
    /// Where it stands.
    #[serde(rename = "at")]
    pub location: Location,
}

/// What a query calls the struct of its parameters, by `-- @params`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamsName {
    /// The name.
    pub name: String,
    /// Where it stands.
    #[serde(rename = "at")]
    pub location: Location,
    /// The places of the parameters that are its fields, in order.
    pub fields: Vec<usize>,
}

/// How a query takes many rows at once. Its parameters are those of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bulk {
    /// `:copyfrom`: the rows follow a `COPY`.
    Copy {
        /// The `COPY` statement.
        #[serde(with = "notation::lines")]
        sql: String,
        /// An `INSERT` into the same columns, whose parameters have their types in order.
        #[serde(with = "notation::lines")]
        insert: String,
        /// Which parameter each column takes, from 0.
        parameters: Vec<usize>,
    },
    /// `-- @many`: the statement takes, for each parameter, an array of all rows' values.
    Arrays {
        /// The statement over arrays.
        #[serde(with = "notation::lines")]
        sql: String,
        /// The parameters that make the key which `ON CONFLICT` looks for, from 0. The rows are sent in its order, so that
        /// calls with the same rows lock them in the same order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        key: Vec<usize>,
    },
}

/// What a query's annotation says it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// `:one`: exactly one row.
    One,
    /// `:many`: any number of rows.
    Many,
    /// `:exec`: no rows.
    Exec,
    /// `:execrows`: the number of rows affected.
    ExecRows,
    /// `:execresult`: the same, since Postgres reports nothing else.
    ExecResult,
    /// `:copyfrom`: rows for a `COPY`.
    CopyFrom,
    /// `:batchexec`: `:execrows` for each of many items.
    BatchExec,
    /// `:batchone`: `:one` for each of many items.
    BatchOne,
    /// `:batchmany`: `:many` for each of many items.
    BatchMany,
}

impl Command {
    /// All commands, in the order documentation lists them.
    pub const ALL: [Self; 9] = [
        Self::One,
        Self::Many,
        Self::Exec,
        Self::ExecRows,
        Self::ExecResult,
        Self::CopyFrom,
        Self::BatchExec,
        Self::BatchOne,
        Self::BatchMany,
    ];

    /// The command as annotations spell it, with its colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One => ":one",
            Self::Many => ":many",
            Self::Exec => ":exec",
            Self::ExecRows => ":execrows",
            Self::ExecResult => ":execresult",
            Self::CopyFrom => ":copyfrom",
            Self::BatchExec => ":batchexec",
            Self::BatchOne => ":batchone",
            Self::BatchMany => ":batchmany",
        }
    }

    /// Whether it hands rows to the caller.
    pub fn returns_rows(self) -> bool {
        matches!(
            self,
            Self::One | Self::Many | Self::BatchOne | Self::BatchMany
        )
    }

    /// Whether it runs its statement for each of many items.
    pub fn is_batch(self) -> bool {
        matches!(self, Self::BatchExec | Self::BatchOne | Self::BatchMany)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a file of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The path relative to the configuration's folder, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Location {
    /// Another place in the same file.
    #[must_use]
    pub fn moved_to(&self, position: Position) -> Self {
        Self {
            file: self.file.clone(),
            line: position.line,
            column: position.column,
        }
    }
}

/// A place in a file that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// What one placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The name the query gives it (`@name`), or one derived from its use.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether the query has a meaning for NULL here.
    #[serde(rename = "null")]
    pub nullability: Nullability,
    /// The table column that it is stored in or compared with, where there is one.
    #[serde(default, rename = "of", skip_serializing_if = "Option::is_none")]
    pub origin: Option<ColumnOrigin>,
    /// Where it first stands in the query's file.
    #[serde(rename = "at")]
    pub position: Position,
}

impl Parameter {
    /// Whether `@name` means it.
    pub fn is_called(&self, name: &str) -> bool {
        is_same_name(&self.name, name)
    }
}

/// Whether two names of parameters mean the same one: their case says nothing, in any script.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// One result column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name Postgres gives it: an alias, a column's name or `?column?`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether a row may have NULL here.
    #[serde(rename = "null")]
    pub nullability: Nullability,
    /// Of an array: whether an element of it may be NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Nullability>,
    /// The table column it shows, where it is one.
    #[serde(default, rename = "of", skip_serializing_if = "Option::is_none")]
    pub origin: Option<ColumnOrigin>,
    /// Which row of that table it is of, where the query has several: columns of one table and number are of one row.
    #[serde(default, skip_serializing_if = "is_first")]
    pub row: usize,
    /// Where it is written, as long as that is known: a snapshot, which outlives changes of layout, has none.
    #[serde(skip)]
    pub location: Option<Location>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_first(row: &usize) -> bool {
    *row == 0
}

/// The table column that a result column shows, or that a parameter is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnOrigin {
    /// The table.
    pub table: QualifiedName,
    /// The column's name in the table.
    pub column: String,
}

/// Whether something may be NULL, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nullability {
    /// Whether NULL can occur. `false` is a promise.
    pub nullable: bool,
    /// Why, as a phrase: "`name` is declared NOT NULL".
    pub reason: String,
}

impl Nullability {
    /// NULL can occur, or nobody knows.
    pub fn nullable(reason: impl Into<String>) -> Self {
        Self {
            nullable: true,
            reason: reason.into(),
        }
    }

    /// NULL never occurs.
    pub fn not_null(reason: impl Into<String>) -> Self {
        Self {
            nullable: false,
            reason: reason.into(),
        }
    }
}

/// A Postgres type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A type with no structure the catalog describes: `int4`, `text`, an extension's type.
    Base(QualifiedName),
    /// An enum of [`Catalog::enums`].
    Enum(QualifiedName),
    /// A domain of [`Catalog::domains`].
    Domain(QualifiedName),
    /// A composite type or a table's row type.
    Composite(QualifiedName),
    /// A range over a subtype.
    Range(QualifiedName, Box<Type>),
    /// A multirange over a subtype.
    Multirange(QualifiedName, Box<Type>),
    /// An array. Its elements are arrays where it is declared with several dimensions, as `integer[][]`.
    Array(Box<Type>),
}

impl Type {
    /// The type's own name; an array's is its element's.
    pub fn name(&self) -> &QualifiedName {
        match self {
            Self::Base(name)
            | Self::Enum(name)
            | Self::Domain(name)
            | Self::Composite(name)
            | Self::Range(name, _)
            | Self::Multirange(name, _) => name,
            Self::Array(element) => element.name(),
        }
    }
}

/// As a person writes it in SQL: `bigint`, `timestamptz[]`, `sales.order_status`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Array(element) = self {
            return write!(f, "{element}[]");
        }
        let name = self.name();
        if name.schema != "pg_catalog" {
            return write!(f, "{name}");
        }
        f.write_str(match name.name.as_str() {
            "int2" => "smallint",
            "int4" => "integer",
            "int8" => "bigint",
            "float4" => "real",
            "float8" => "double precision",
            "bool" => "boolean",
            "bpchar" => "character",
            // Not `char`, which in SQL means `character`.
            "char" => "\"char\"",
            other => other,
        })
    }
}
