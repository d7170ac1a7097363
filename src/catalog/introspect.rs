//! Reads the catalog in one round trip: one statement per kind of object, all sent at once.
//!
//! The statements say `pg_catalog` everywhere and use only what Postgres 14 already had, so they depend neither on the
//! search path nor on the server's version.

use std::collections::HashMap;

use tokio_postgres::{Client, Row};

use super::{
    Attribute, Catalog, Check, Constraint, ForeignKey, Function, Key, Oid, PgType, PgTypeKind,
    Relation,
};
use crate::error::{Error, Result};

/// Reads the whole catalog.
pub(crate) async fn introspect(client: &Client) -> Result<Catalog> {
    read(client).await.map_err(|error| {
        Error::new("could not read the schema of the throwaway database").with_source(error)
    })
}

async fn read(client: &Client) -> Result<Catalog, tokio_postgres::Error> {
    // One question after another, all sent at once.
    let ask = |sql: &'static str| client.query_typed(sql, &[]);
    let (version, types, functions, casts, operators, relations, constraints, details) = tokio::try_join!(
        ask("SELECT pg_catalog.current_setting('server_version_num')::int4"),
        ask(include_str!("types.sql")),
        ask(include_str!("functions.sql")),
        ask(include_str!("casts.sql")),
        ask(include_str!("operators.sql")),
        ask(include_str!("relations.sql")),
        ask(include_str!("constraints.sql")),
        Details::read(client),
    )?;
    let mut catalog = Catalog::default();
    for row in &version {
        catalog.server_version = row.try_get::<_, i32>(0)?.unsigned_abs();
    }
    for row in &types {
        catalog.types.insert(row.try_get(0)?, type_from(row)?);
    }
    for row in &functions {
        catalog
            .functions
            .insert(row.try_get(0)?, function_from(row)?);
    }
    for row in &casts {
        catalog.casts.insert((row.try_get(0)?, row.try_get(1)?));
    }
    for row in &operators {
        catalog.loose_operators.insert(row.try_get(0)?);
    }
    for row in &relations {
        catalog
            .relations
            .insert(row.try_get(0)?, relation_from(row)?);
    }
    for row in &constraints {
        catalog.constraints.push(constraint_from(row)?);
    }
    details.add_to(&mut catalog.relations)?;
    inherit_write_hooks(&mut catalog);
    Ok(catalog)
}

/// What is said of relations beside that they are there. Each row begins with the relation.
struct Details {
    columns: Vec<Row>,
    keys: Vec<Row>,
    foreign_keys: Vec<Row>,
    checks: Vec<Row>,
    children: Vec<Row>,
    views: Vec<Row>,
    hooks: Vec<Row>,
}

impl Details {
    async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let ask = |sql: &'static str| client.query_typed(sql, &[]);
        let (columns, keys, foreign_keys, checks, children, views, hooks) = tokio::try_join!(
            ask(include_str!("columns.sql")),
            ask(include_str!("keys.sql")),
            ask(include_str!("foreign_keys.sql")),
            ask(include_str!("checks.sql")),
            ask(include_str!("children.sql")),
            ask(include_str!("views.sql")),
            ask(include_str!("write_hooks.sql")),
        )?;
        Ok(Self {
            columns,
            keys,
            foreign_keys,
            checks,
            children,
            views,
            hooks,
        })
    }

    fn add_to(&self, relations: &mut HashMap<Oid, Relation>) -> Result<(), tokio_postgres::Error> {
        each(relations, &self.columns, |relation, row| {
            relation.columns.push(attribute_from(row)?);
            Ok(())
        })?;
        each(relations, &self.keys, |relation, row| {
            relation.unique_keys.push(key_from(row)?);
            Ok(())
        })?;
        each(relations, &self.foreign_keys, |relation, row| {
            relation.foreign_keys.push(foreign_key_from(row)?);
            Ok(())
        })?;
        each(relations, &self.checks, |relation, row| {
            relation.checks.push(Check {
                name: row.try_get(1)?,
                tree: row.try_get(2)?,
                no_inherit: row.try_get(3)?,
            });
            Ok(())
        })?;
        each(relations, &self.children, |relation, row| {
            relation.children.push(row.try_get(1)?);
            Ok(())
        })?;
        each(relations, &self.views, |relation, row| {
            relation.view_tree = Some(row.try_get(1)?);
            Ok(())
        })?;
        each(relations, &self.hooks, |relation, row| {
            relation.has_write_hooks = true;
            relation.has_rules |= row.try_get::<_, bool>(1)?;
            Ok(())
        })
    }
}

fn key_from(row: &Row) -> Result<Key, tokio_postgres::Error> {
    Ok(Key {
        name: row.try_get(1)?,
        primary: row.try_get(2)?,
        columns: row.try_get(3)?,
        immediate: row.try_get(4)?,
    })
}

fn foreign_key_from(row: &Row) -> Result<ForeignKey, tokio_postgres::Error> {
    Ok(ForeignKey {
        name: row.try_get(1)?,
        columns: row.try_get(2)?,
        foreign_table: row.try_get(3)?,
        foreign_columns: row.try_get(4)?,
        validated: row.try_get(5)?,
        immediate: row.try_get(6)?,
        cascades: row.try_get(7)?,
        operators: row.try_get(8)?,
        commutators: row.try_get(9)?,
    })
}

/// Hands each row to the relation that its first column names. Rows about relations that were not read (indexes, TOAST
/// tables, other sessions' temporary tables) are skipped.
fn each(
    relations: &mut HashMap<Oid, Relation>,
    rows: &[Row],
    add: impl Fn(&mut Relation, &Row) -> Result<(), tokio_postgres::Error>,
) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        if let Some(relation) = relations.get_mut(&row.try_get(0)?) {
            add(relation, row)?;
        }
    }
    Ok(())
}

/// What is written through a table may end in any of its descendants, whose triggers then fire.
fn inherit_write_hooks(catalog: &mut Catalog) {
    let parents = catalog
        .relations
        .iter()
        .filter(|(_, r)| !r.children.is_empty());
    let hooked: Vec<Oid> = parents
        .map(|(&oid, _)| oid)
        .filter(|&oid| {
            let mut family = catalog.descendants(oid).into_iter();
            family.any(|member| {
                catalog
                    .relations
                    .get(&member)
                    .is_some_and(|r| r.has_write_hooks)
            })
        })
        .collect();
    for oid in hooked {
        if let Some(relation) = catalog.relations.get_mut(&oid) {
            relation.has_write_hooks = true;
        }
    }
}

fn type_from(row: &Row) -> Result<PgType, tokio_postgres::Error> {
    let element: Oid = row.try_get(4)?;
    let kind = match char_at(row, 3)? {
        _ if element != 0 => PgTypeKind::Array { element },
        'c' => PgTypeKind::Composite {
            relation: row.try_get(5)?,
        },
        'd' => PgTypeKind::Domain {
            base: row.try_get(6)?,
            not_null: row.try_get(7)?,
            checks: row.try_get::<_, Option<_>>(11)?.unwrap_or_default(),
            dimensions: row.try_get(14)?,
        },
        'e' => PgTypeKind::Enum {
            labels: row.try_get::<_, Option<_>>(10)?.unwrap_or_default(),
        },
        'r' => PgTypeKind::Range {
            subtype: row.try_get(8)?,
        },
        'm' => PgTypeKind::Multirange {
            range: row.try_get(9)?,
        },
        'p' => PgTypeKind::Pseudo,
        _ => PgTypeKind::Base,
    };
    Ok(PgType {
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        kind,
        comment: row.try_get(12)?,
        from_extension: row.try_get(13)?,
    })
}

fn relation_from(row: &Row) -> Result<Relation, tokio_postgres::Error> {
    Ok(Relation {
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        kind: char_at(row, 3)?,
        is_partition: row.try_get(4)?,
        columns: Vec::new(),
        children: Vec::new(),
        view_tree: None,
        has_write_hooks: false,
        has_rules: false,
        comment: row.try_get(5)?,
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        from_extension: row.try_get(6)?,
        row_security: row.try_get(7)?,
        is_visible: row.try_get(8)?,
    })
}

fn attribute_from(row: &Row) -> Result<Attribute, tokio_postgres::Error> {
    Ok(Attribute {
        number: row.try_get(1)?,
        name: row.try_get(2)?,
        type_id: row.try_get(3)?,
        not_null: row.try_get(4)?,
        has_default: row.try_get(5)?,
        generated: row.try_get(6)?,
        comment: row.try_get(7)?,
        generation_tree: row.try_get(8)?,
        dimensions: row.try_get(9)?,
        deterministic: row.try_get(10)?,
        collation: row.try_get(11)?,
    })
}

fn constraint_from(row: &Row) -> Result<Constraint, tokio_postgres::Error> {
    Ok(Constraint {
        relation: row.try_get(0)?,
        domain: row.try_get(1)?,
        kind: char_at(row, 2)?,
        name: row.try_get(3)?,
        reported_name: row.try_get(4)?,
    })
}

fn function_from(row: &Row) -> Result<Function, tokio_postgres::Error> {
    Ok(Function {
        schema: row.try_get(1)?,
        name: row.try_get(2)?,
        strict: row.try_get(3)?,
        argument_names: row.try_get(4)?,
        volatile: row.try_get(5)?,
        extension: row.try_get(6)?,
    })
}

/// A value of Postgres' one-byte type `"char"`.
fn char_at(row: &Row, index: usize) -> Result<char, tokio_postgres::Error> {
    Ok(char::from(row.try_get::<_, i8>(index)?.to_ne_bytes()[0]))
}
