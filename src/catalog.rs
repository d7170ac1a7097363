//! What the throwaway database says of its schema, by object id.
//!
//! [`Catalog`] is what analysis works with; [`Catalog::to_ir`] is what is left of it below the waist.

mod changes;
mod introspect;
mod to_ir;

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::ir;

pub(crate) use changes::{Changes, Inventory};
pub(crate) use introspect::introspect;

/// A Postgres object id.
pub(crate) type Oid = u32;

/// The schema of the throwaway database, and the parts of `pg_catalog` that queries refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Catalog {
    /// `server_version_num`, as 150018.
    pub(crate) server_version: u32,
    pub(crate) types: HashMap<Oid, PgType>,
    pub(crate) relations: HashMap<Oid, Relation>,
    /// Functions that are not the server's own (object id of 16384 or more), for overrides and messages.
    pub(crate) functions: HashMap<Oid, Function>,
    /// Casts that are not the server's own, from one type to another, except those that change no byte.
    pub(crate) casts: BTreeSet<(Oid, Oid)>,
    /// The operators that Postgres may take another one for, which may be true of NULL.
    pub(crate) loose_operators: BTreeSet<Oid>,
    /// Sorted by what they belong to, then by name.
    pub(crate) constraints: Vec<Constraint>,
}

/// A row of `pg_type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PgType {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: PgTypeKind,
    pub(crate) comment: Option<String>,
    /// Whether an extension owns it.
    pub(crate) from_extension: bool,
}

/// What sort of type it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        /// As many as it is declared with, over an array.
        dimensions: i32,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relation {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `relkind`: `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign table, `c` composite type,
    /// `S` sequence.
    pub(crate) kind: char,
    /// Whether it is a partition (`relispartition`).
    pub(crate) is_partition: bool,
    /// Live columns, by attribute number (from 1; gaps where columns were dropped).
    pub(crate) columns: Vec<Attribute>,
    /// Child tables by legacy inheritance or partitioning.
    pub(crate) children: Vec<Oid>,
    /// The analysed tree of a view's or materialized view's query (`pg_rewrite.ev_action`).
    pub(crate) view_tree: Option<String>,
    /// Whether it or a descendant has an enabled `BEFORE` or `INSTEAD OF` row trigger, or rules other than a view's own
    /// `_RETURN`, that can change what is written.
    pub(crate) has_write_hooks: bool,
    /// Whether it has an enabled `DO INSTEAD` rule, which replaces a statement and its RETURNING.
    pub(crate) has_rules: bool,
    pub(crate) comment: Option<String>,
    pub(crate) unique_keys: Vec<Key>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// Those that hold for every row, by name.
    pub(crate) checks: Vec<Check>,
    pub(crate) from_extension: bool,
    /// Whether row-level security may hide rows of it.
    pub(crate) row_security: bool,
    /// Whether its name alone means it, by the search path of the project's database.
    pub(crate) is_visible: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    /// `attnum`.
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) type_id: Oid,
    /// As many as it is declared with: 2 for `integer[][]`. Postgres stores arrays of any number in it all the same.
    pub(crate) dimensions: i32,
    /// `attnotnull`, and the constraint behind it is validated.
    pub(crate) not_null: bool,
    /// An `INSERT` may leave it out: it, or its domain, has a default, or it is an identity or generated.
    pub(crate) has_default: bool,
    /// Cannot be written: generated, or `GENERATED ALWAYS AS IDENTITY`.
    pub(crate) generated: bool,
    pub(crate) comment: Option<String>,
    /// The analysed tree of the expression that a generated column is computed by.
    pub(crate) generation_tree: Option<String>,
    /// Whether texts that are equal are the same: its collation may say otherwise.
    pub(crate) deterministic: bool,
    /// 0 where its type has none.
    pub(crate) collation: Oid,
}

/// A primary key, unique constraint or plain unique index (no predicate, no expressions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// Attribute numbers in the key's order.
    pub(crate) columns: Vec<i16>,
    pub(crate) primary: bool,
    /// Whether rows break it at no moment: it cannot be deferred.
    pub(crate) immediate: bool,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<i16>,
    pub(crate) foreign_table: Oid,
    pub(crate) foreign_columns: Vec<i16>,
    /// Whether existing rows were checked, too.
    pub(crate) validated: bool,
    /// Whether every row is checked at the end of the statement that writes it: the key is enforced, cannot be deferred,
    /// and its triggers are enabled.
    pub(crate) immediate: bool,
    /// Whether it changes or deletes the rows that refer to one that is changed or deleted.
    pub(crate) cascades: bool,
    /// For each column, the operator that compares the foreign column with it, and the one that compares it with the
    /// foreign column.
    pub(crate) operators: Vec<Oid>,
    pub(crate) commutators: Vec<Oid>,
}

/// A CHECK constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// The analysed tree of its condition.
    pub(crate) tree: String,
    /// Whether tables that inherit from this one need not keep it.
    pub(crate) no_inherit: bool,
}

/// What a statement can violate: a constraint, or a unique index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Constraint {
    /// The table; 0 for a domain's.
    pub(crate) relation: Oid,
    /// The domain; 0 for a table's.
    pub(crate) domain: Oid,
    /// `contype`: `p` primary key, `u` unique, `f` foreign key, `c` check, `x` exclusion.
    pub(crate) kind: char,
    pub(crate) name: String,
    /// The name in the server's report, which is another in a partition.
    pub(crate) reported_name: String,
}

/// A function that the schema or an extension made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// NULL in gives NULL out (`proisstrict`), or nothing goes in.
    pub(crate) strict: bool,
    /// Whether it may write, or give something else each time.
    pub(crate) volatile: bool,
    /// The extension that it is a part of.
    pub(crate) extension: Option<String>,
    /// The names of its input arguments, empty where one has none; an empty list where none has.
    pub(crate) argument_names: Vec<String>,
}

impl Catalog {
    /// The type of that id, as the waist knows it. Enums, composites and domains that are not the schema's own (an
    /// extension's, the server's) are not described below the waist: such a domain is what it is a domain over, the
    /// others are opaque.
    pub(crate) fn type_of(&self, oid: Oid) -> Option<ir::Type> {
        let ty = self.types.get(&oid)?;
        let name = ir::QualifiedName::new(&ty.schema, &ty.name);
        Some(match ty.kind {
            PgTypeKind::Array { element } => ir::Type::Array(Box::new(self.type_of(element)?)),
            PgTypeKind::Range { subtype } => {
                ir::Type::Range(name, Box::new(self.type_of(subtype)?))
            }
            PgTypeKind::Multirange { range } => match self.type_of(range)? {
                ir::Type::Range(_, subtype) => ir::Type::Multirange(name, subtype),
                _ => ir::Type::Base(name),
            },
            PgTypeKind::Domain { base, .. } if !ty.is_own() => self.type_of(base)?,
            PgTypeKind::Domain { .. } => ir::Type::Domain(name),
            PgTypeKind::Enum { .. } if ty.is_own() => ir::Type::Enum(name),
            PgTypeKind::Composite { relation }
                if self.relations.get(&relation).is_some_and(Relation::is_own) =>
            {
                ir::Type::Composite(name)
            }
            PgTypeKind::Base
            | PgTypeKind::Pseudo
            | PgTypeKind::Enum { .. }
            | PgTypeKind::Composite { .. } => ir::Type::Base(name),
        })
    }

    /// The type of that id, an array with the dimensions it is declared with.
    pub(crate) fn declared_type(&self, oid: Oid, dimensions: i32) -> Option<ir::Type> {
        let mut ty = self.type_of(oid)?;
        if let ir::Type::Array(_) = ty {
            for _ in 1..dimensions {
                ty = ir::Type::Array(Box::new(ty));
            }
        }
        Some(ty)
    }

    /// The column of that number.
    pub(crate) fn attribute(&self, relation: Oid, number: i16) -> Option<&Attribute> {
        self.relations.get(&relation)?.attribute(number)
    }

    /// Whether the type is `base`, or a domain over it at any depth.
    pub(crate) fn is_or_is_domain_over(&self, oid: Oid, base: Oid) -> bool {
        let mut oid = oid;
        loop {
            match self.types.get(&oid).map(|ty| &ty.kind) {
                _ if oid == base => return true,
                Some(PgTypeKind::Domain { base: next, .. }) => oid = *next,
                _ => return false,
            }
        }
    }

    /// Whether the type is an array, or a domain over one.
    pub(crate) fn is_array(&self, oid: Oid) -> bool {
        match self.types.get(&oid).map(|ty| &ty.kind) {
            Some(PgTypeKind::Array { .. }) => true,
            Some(PgTypeKind::Domain { base, .. }) => self.is_array(*base),
            _ => false,
        }
    }

    /// Whether no row that a scan of the relation yields, its descendants' included, has NULL in that column.
    /// Views promise nothing here: that takes their tree.
    pub(crate) fn is_not_null(&self, relation: Oid, attribute: &Attribute) -> bool {
        let Some(found) = self.relations.get(&relation) else {
            return false;
        };
        // A child has its own flag: it may have dropped the parent's, or never inherited it.
        attribute.not_null
            && matches!(found.kind, 'r' | 'p')
            && found.children.iter().all(|&child| {
                let columns = self.relations.get(&child).map(|child| &child.columns);
                columns
                    .and_then(|columns| columns.iter().find(|c| c.name == attribute.name))
                    .is_some_and(|column| self.is_not_null(child, column))
            })
    }

    /// The relation and everything that inherits from it or is a partition of it.
    pub(crate) fn descendants(&self, relation: Oid) -> HashSet<Oid> {
        let mut found = HashSet::from([relation]);
        let mut open = vec![relation];
        while let Some(next) = open.pop() {
            let children = self.relations.get(&next).map(|r| r.children.as_slice());
            for &child in children.unwrap_or_default() {
                if found.insert(child) {
                    open.push(child);
                }
            }
        }
        found
    }
}

impl PgType {
    /// Whether the project's schema made it.
    fn is_own(&self) -> bool {
        !self.from_extension && !is_system_schema(&self.schema)
    }
}

impl Relation {
    /// Whether the project's schema made it.
    pub(crate) fn is_own(&self) -> bool {
        !self.from_extension && !is_system_schema(&self.schema)
    }

    /// Its name with its schema.
    pub(crate) fn qualified_name(&self) -> ir::QualifiedName {
        ir::QualifiedName::new(&self.schema, &self.name)
    }

    /// The column of that number.
    pub(crate) fn attribute(&self, number: i16) -> Option<&Attribute> {
        let index = self.columns.binary_search_by_key(&number, |c| c.number);
        index.ok().map(|index| &self.columns[index])
    }
}

/// Postgres reserves the prefix for itself.
fn is_system_schema(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
