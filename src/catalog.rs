//! What the throwaway database says of its schema, by object id.
//!
//! [`Catalog`] is what analysis works with; [`Catalog::to_ir`] is what is left of it below the waist.

use std::collections::HashMap;

/// A Postgres object id.
pub(crate) type Oid = u32;

/// The schema of the throwaway database, and the parts of `pg_catalog` that queries refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// `server_version_num`, as 150018.
    pub(crate) server_version: u32,
    pub(crate) types: HashMap<Oid, PgType>,
    pub(crate) relations: HashMap<Oid, Relation>,
    /// Functions that are not the server's own (object id of 16384 or more), for overrides and messages.
    pub(crate) functions: HashMap<Oid, Function>,
}

/// A row of `pg_type`.
#[derive(Clone, Debug)]
pub(crate) struct PgType {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: PgTypeKind,
    pub(crate) comment: Option<String>,
    /// Whether an extension owns it.
    pub(crate) from_extension: bool,
}

/// What sort of type it is.
#[derive(Clone, Debug)]
pub(crate) enum PgTypeKind {
    Base,
    Pseudo,
    Enum {
        labels: Vec<String>,
    },
    Domain {
        base: Oid,
        not_null: bool,
        checks: Vec<String>,
    },
    Composite {
        relation: Oid,
    },
    Array {
        element: Oid,
    },
    Range {
        subtype: Oid,
    },
    Multirange {
        range: Oid,
    },
}

/// A row of `pg_class` that has columns: table, view, composite type.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `relkind`: `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign table, `c` composite type.
    pub(crate) kind: char,
    /// Whether it is a partition (`relispartition`).
    pub(crate) is_partition: bool,
    /// Live columns, by attribute number (from 1; gaps where columns were dropped).
    pub(crate) columns: Vec<Attribute>,
    /// Child tables by legacy inheritance or partitioning.
    pub(crate) children: Vec<Oid>,
    /// The analysed tree of a view's or materialized view's query (`pg_rewrite.ev_action`).
    pub(crate) view_tree: Option<String>,
    /// Whether it has an enabled row-level trigger, or rules other than a view's own `_RETURN`, that can change what is written.
    pub(crate) has_write_hooks: bool,
    pub(crate) comment: Option<String>,
    pub(crate) unique_keys: Vec<Key>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) from_extension: bool,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    /// `attnum`.
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) type_id: Oid,
    /// `attnotnull`, and the constraint behind it is validated.
    pub(crate) not_null: bool,
    /// On Postgres 18: the NOT NULL constraint is `NO INHERIT`, so children may hold NULL.
    pub(crate) not_null_no_inherit: bool,
    pub(crate) has_default: bool,
    /// Cannot be written: generated, or `GENERATED ALWAYS AS IDENTITY`.
    pub(crate) generated: bool,
    pub(crate) comment: Option<String>,
}

/// A primary key, unique constraint or plain unique index (no predicate, no expressions).
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// Attribute numbers in the key's order.
    pub(crate) columns: Vec<i16>,
    pub(crate) primary: bool,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<i16>,
    pub(crate) foreign_table: Oid,
    pub(crate) foreign_columns: Vec<i16>,
}

/// A function that the schema or an extension made.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `proisstrict`: NULL in gives NULL out.
    pub(crate) strict: bool,
}
