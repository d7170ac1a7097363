//! What migrations changed, as the names by which queries can notice.
//!
//! A query means things of the schema by names alone, and whatever else it depends on hangs on these: columns and indexes on
//! their table, tables on their types, views on their tables. So a query whose text has none of the names of what changed, or of
//! what depends on that, means what it meant, and Postgres says of it what it said. Where a change can reach a query by another
//! way than a name (an operator, a cast, a function that was replaced), it may concern any.
//!
//! What changed is not read from the migrations. It is seen in the catalogs: each row there knows the transaction that wrote it.

mod mention;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tokio_postgres::{Client, Row};

use super::{Catalog, Oid, PgTypeKind};
use crate::error::{Error, Result};
use mention::Mentions;

/// The first object id that is not the server's own.
const FIRST_OID: Oid = 16384;

/// A relation, type, function or schema, or a whole catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Node {
    kind: char,
    /// 0 for all that the server came with.
    id: i64,
}

/// What is in a database, as far as it takes to see what changes. The database must not be vacuumed between two of these.
#[derive(Debug)]
pub(crate) struct Inventory {
    /// How many rows each object has in the catalogs, and what wrote the latest.
    parts: HashMap<Node, (i64, i64)>,
    names: Vec<(Node, String)>,
    /// From what is used to what uses it.
    dependents: HashMap<Node, Vec<Node>>,
    /// Functions whose bodies the planner may look into, where names are read when it does.
    open_functions: BTreeSet<String>,
}

/// What changed between two states of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Changes {
    /// Something that may concern every query.
    Any,
    /// These names, in any schema.
    Of(BTreeSet<String>),
}

impl Inventory {
    /// Reads it in one round trip.
    pub(crate) async fn read(client: &Client) -> Result<Self> {
        Self::query(client).await.map_err(|error| {
            Error::new("could not read what the migrations changed in the throwaway database")
                .with_source(error)
        })
    }

    async fn query(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let (parts, names, edges) = tokio::try_join!(
            client.query_typed(include_str!("changes/parts.sql"), &[]),
            client.query_typed(include_str!("changes/names.sql"), &[]),
            client.query_typed(include_str!("changes/edges.sql"), &[]),
        )?;
        let mut found = Self {
            parts: HashMap::with_capacity(parts.len()),
            names: Vec::with_capacity(names.len()),
            dependents: HashMap::new(),
            open_functions: BTreeSet::new(),
        };
        for row in &parts {
            let version = (row.try_get(2)?, row.try_get(3)?);
            found.parts.insert(node(row, 0)?, version);
        }
        for row in &names {
            let name: String = row.try_get(2)?;
            if row.try_get(3)? {
                found.open_functions.insert(name.clone());
            }
            found.names.push((node(row, 0)?, name));
        }
        for row in &edges {
            let uses = found.dependents.entry(node(row, 2)?).or_default();
            uses.push(node(row, 0)?);
        }
        Ok(found)
    }

    /// The objects that are not in `other` as they are here. `None` where one of them may concern every query.
    fn seeds(&self, other: &Self) -> Option<BTreeSet<Node>> {
        let mut seeds = BTreeSet::new();
        for (node, version) in &self.parts {
            let there = other.parts.get(node);
            if there == Some(version) {
                continue;
            }
            // A new function or schema can only be meant by its name. Who used one that was there does not have to name it.
            let is_new_name = matches!(node.kind, 'f' | 'n') && there.is_none();
            if node.id == 0 || !(matches!(node.kind, 'r' | 't') || is_new_name) {
                return None;
            }
            seeds.insert(*node);
        }
        Some(seeds)
    }
}

fn node(row: &Row, index: usize) -> Result<Node, tokio_postgres::Error> {
    let kind: String = row.try_get(index)?;
    Ok(Node {
        kind: kind.chars().next().unwrap_or_default(),
        id: row.try_get(index + 1)?,
    })
}

impl Changes {
    pub(crate) fn none() -> Self {
        Self::Of(BTreeSet::new())
    }

    pub(crate) fn are_none(&self) -> bool {
        matches!(self, Self::Of(names) if names.is_empty())
    }

    /// What changed from one state of a database to a later one, each with what analysis knows of it.
    pub(crate) fn between(
        (catalog, before): (&Catalog, &Inventory),
        (later_catalog, after): (&Catalog, &Inventory),
    ) -> Self {
        let Some(seeds) = seeds(before, after) else {
            return Self::Any;
        };
        let Some(known) = differences(catalog, later_catalog) else {
            return Self::Any;
        };
        let mut open: Vec<Node> = seeds.into_iter().chain(known).collect();
        let mut found: BTreeSet<Node> = open.iter().copied().collect();
        while let Some(node) = open.pop() {
            for state in [before, after] {
                for dependent in state.dependents.get(&node).into_iter().flatten() {
                    if found.insert(*dependent) {
                        open.push(*dependent);
                    }
                }
            }
        }
        let mut names = BTreeSet::new();
        for state in [before, after] {
            let affected = state.names.iter().filter(|(node, _)| found.contains(node));
            names.extend(affected.map(|(_, name)| name.clone()));
            if !found.is_empty() {
                names.extend(state.open_functions.iter().cloned());
            }
        }
        Self::Of(names)
    }

    /// What changed if both did.
    pub(crate) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Of(names), Self::Of(others)) => Self::Of(names | others),
            _ => Self::Any,
        }
    }

    /// Which texts of queries the changes may concern.
    pub(crate) fn mentions(&self) -> Mentions {
        match self {
            Self::Any => Mentions::Any,
            Self::Of(names) => Mentions::of(names),
        }
    }
}

/// What differs in the catalogs. `None` where that may concern every query.
fn seeds(before: &Inventory, after: &Inventory) -> Option<BTreeSet<Node>> {
    let gone = before.seeds(after)?;
    // What was there as a function or schema, and is not, has its place in `before` alone.
    let is_name = |node: &Node| matches!(node.kind, 'f' | 'n');
    if gone.iter().any(is_name) {
        return None;
    }
    Some(&gone | &after.seeds(before)?)
}

/// What differs in what analysis knows of relations, types, functions and casts. `None` where that may concern every query.
fn differences(before: &Catalog, after: &Catalog) -> Option<BTreeSet<Node>> {
    let mut found = BTreeSet::new();
    if before.server_version != after.server_version || before.casts != after.casts {
        return None;
    }
    for oid in different(&before.types, &after.types) {
        let kinds = [&before.types, &after.types].into_iter();
        let kinds = kinds.filter_map(|types| Some(&types.get(&oid)?.kind));
        for kind in kinds {
            found.insert(match kind {
                PgTypeKind::Composite { relation } => of('r', *relation)?,
                _ => of('t', oid)?,
            });
        }
    }
    for oid in different(&before.relations, &after.relations) {
        found.insert(of('r', oid)?);
    }
    for oid in different(&before.functions, &after.functions) {
        if before.functions.contains_key(&oid) {
            return None;
        }
        found.insert(of('f', oid)?);
    }
    let constraints = |catalog: &Catalog| -> BTreeMap<(Oid, Oid), Vec<super::Constraint>> {
        let mut by_owner = BTreeMap::<_, Vec<_>>::new();
        for constraint in &catalog.constraints {
            let owner = (constraint.relation, constraint.domain);
            by_owner.entry(owner).or_default().push(constraint.clone());
        }
        by_owner
    };
    let (before, after) = (constraints(before), constraints(after));
    for owner in before.keys().chain(after.keys()) {
        if before.get(owner) != after.get(owner) {
            found.insert(match *owner {
                (0, domain) => of('t', domain)?,
                (relation, _) => of('r', relation)?,
            });
        }
    }
    Some(found)
}

/// The object, unless it is the server's own, which every query may depend on.
fn of(kind: char, oid: Oid) -> Option<Node> {
    let id = i64::from(oid);
    (oid >= FIRST_OID).then_some(Node { kind, id })
}

/// The keys whose values differ, or are in one of the maps only.
fn different<T: PartialEq>(before: &HashMap<Oid, T>, after: &HashMap<Oid, T>) -> Vec<Oid> {
    let changed = before.iter();
    let changed = changed.filter(|(oid, value)| after.get(oid) != Some(value));
    let new = after.keys().filter(|oid| !before.contains_key(oid));
    changed.map(|(oid, _)| *oid).chain(new.copied()).collect()
}
