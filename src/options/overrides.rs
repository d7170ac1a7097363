//! Rust types that the user chose, in one form whatever the way they were written.

use super::{ColumnPattern, CustomType, DbType, Glob, Place};

/// A choice: what has which Rust type.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// `None` for an entry that only says what a type implements.
    pub(crate) target: Option<Target>,
    pub(crate) rust_type: CustomType,
    /// The traits that the Rust type implements, where the user lists them.
    pub(crate) implements: Option<Vec<String>>,
    /// Where what it is about is written.
    pub(crate) place: Place,
}

/// What an override is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// Columns and parameters of a Postgres type: all, or only those that may or may not be NULL.
    DbType(DbType, Option<bool>),
    /// Columns of tables and views, and parameters that are stored in or compared with one.
    Column(ColumnPattern),
    /// Result columns of queries.
    ResultColumn { query: Glob, column: Glob },
    /// Parameters of queries.
    Parameter { query: Glob, parameter: Glob },
    /// A result column, said in the comment of its query.
    SaidOfColumn { query: String, column: String },
    /// A parameter, said in the comment of its query.
    SaidOfParameter { query: String, parameter: String },
}
