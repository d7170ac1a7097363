//! Which tables lead to which: foreign keys and unique keys, read in both directions.

use std::collections::BTreeMap;

use crate::inflect;
#[cfg(feature = "postgres")]
use crate::ir::Cardinality;
use crate::ir::{Catalog, ForeignKey, QualifiedName, Table, TableKind};
use crate::options::{KeyColumns, RelationName, RelationRule};

use super::naming;

/// A way from the rows of one table to rows of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// The table whose rows have it.
    pub(crate) table: QualifiedName,
    pub(crate) name: String,
    /// The table whose rows it gives.
    pub(crate) target: QualifiedName,
    pub(crate) kind: Kind,
    /// The columns of `table` that hold the key.
    pub(crate) columns: Vec<String>,
    /// The columns that are compared with them: of the junction where there is one, else of `target`.
    pub(crate) matched: Vec<String>,
    pub(crate) junction: Option<Junction>,
    /// Whether rows of tables that inherit from `target` are left out: a foreign key leads to none of them.
    pub(crate) only: bool,
    /// The table and columns that point, as the configuration writes them: for messages and to tell relations apart.
    pub(crate) source: String,
}

impl Relation {
    /// The configuration's line that gives it a name of its own.
    pub(crate) fn naming_line(&self) -> String {
        let columns = |columns: &[String]| match columns {
            [column] => column.clone(),
            columns => format!("\"{}\"", columns.join(", ")),
        };
        match (&self.junction, self.kind) {
            (Some(junction), _) => format!(
                "{{ through: {}, from: {}, to: {}, name: … }}",
                junction.table,
                columns(&self.matched),
                columns(&junction.columns)
            ),
            (None, kind) => {
                let from = if self.source.contains(',') {
                    format!("\"{}\"", self.source)
                } else {
                    self.source.clone()
                };
                match kind {
                    Kind::BelongsTo { .. } => format!("{{ from: {from}, name: … }}"),
                    _ => format!("{{ from: {from}, reverse: … }}"),
                }
            }
        }
    }
}

/// How many rows it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One where the key is not NULL: a foreign key says so.
    BelongsTo {
        proven: bool,
    },
    /// One or none: the other side's key is unique.
    HasOne,
    HasMany,
    /// Any number, through a junction.
    ManyToMany,
}

impl Kind {
    #[cfg(feature = "postgres")]
    pub(crate) fn is_many(self) -> bool {
        matches!(self, Self::HasMany | Self::ManyToMany)
    }

    /// What it gives to one row. `has_key` is whether the row has a key, and nothing but the key decides.
    #[cfg(feature = "postgres")]
    pub(super) fn cardinality(self, has_key: bool) -> Cardinality {
        match self {
            Self::BelongsTo { proven: true } if has_key => Cardinality::One,
            Self::BelongsTo { .. } | Self::HasOne => Cardinality::Optional,
            Self::HasMany | Self::ManyToMany => Cardinality::Many,
        }
    }

    /// As `explain` says it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BelongsTo { .. } => "belongs to",
            Self::HasOne => "has one",
            Self::HasMany => "has many",
            Self::ManyToMany => "many to many",
        }
    }
}

/// The table between the two sides of a many-to-many relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Junction {
    pub(crate) table: QualifiedName,
    /// Its columns that point to the target, and the target's columns in step.
    pub(crate) columns: Vec<String>,
    pub(crate) target_columns: Vec<String>,
}

/// All relations, by table and then by name. Names may be shared: whoever uses such a one must say which is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    relations: Vec<Relation>,
}

impl Graph {
    /// Reads the relations out of the schema; `rules` are the configuration's, already checked by [`super::rules`].
    pub(crate) fn new(catalog: &Catalog, rules: &[RelationRule]) -> Self {
        let mut builder = Builder {
            catalog,
            rules,
            relations: Vec::new(),
        };
        let keys = builder.keys();
        builder.direct(&keys);
        builder.junctions(&keys);
        let mut relations = builder.relations;
        relations
            .sort_by(|a, b| (&a.table, &a.name, &a.source).cmp(&(&b.table, &b.name, &b.source)));
        Self { relations }
    }

    /// The relations of a table.
    pub(crate) fn of(&self, table: &QualifiedName) -> Vec<&Relation> {
        let relations = self.relations.iter();
        relations
            .filter(|relation| relation.table == *table)
            .collect()
    }

    pub(crate) fn all(&self) -> &[Relation] {
        &self.relations
    }
}

/// A key of the schema or of the configuration.
#[derive(Clone)]
struct Key<'a> {
    table: &'a Table,
    columns: Vec<String>,
    target: &'a Table,
    target_columns: Vec<String>,
    /// Whether each row has what it points to at every moment.
    holds: bool,
    /// Whether it is one of the schema.
    is_constraint: bool,
    rule: Option<&'a RelationRule>,
}

impl Key<'_> {
    fn source(&self) -> String {
        source(&self.table.name, &self.columns)
    }
}

struct Builder<'a> {
    catalog: &'a Catalog,
    rules: &'a [RelationRule],
    relations: Vec<Relation>,
}

impl<'a> Builder<'a> {
    /// The foreign keys, and those that only the configuration has.
    fn keys(&self) -> Vec<Key<'a>> {
        let mut keys: Vec<Key<'a>> = Vec::new();
        for table in &self.catalog.tables {
            for key in &table.foreign_keys {
                let Some(target) = self.catalog.table(&key.foreign_table) else {
                    continue;
                };
                // Two constraints may say the same.
                if keys.iter().any(|known| is_same(known, table, key)) {
                    continue;
                }
                keys.push(Key {
                    table,
                    columns: key.columns.clone(),
                    target,
                    target_columns: key.foreign_columns.clone(),
                    holds: key.holds,
                    is_constraint: true,
                    rule: None,
                });
            }
        }
        for rule in self.rules.iter().filter(|rule| !rule.through) {
            let Some(table) = find_table(self.catalog, &rule.from) else {
                continue;
            };
            let to = rule.to.as_ref();
            let target = to.and_then(|to| Some((find_table(self.catalog, to)?, &to.columns)));
            let mut known = keys.iter_mut();
            let known = known.find(|key| {
                key.table.name == table.name
                    && key.columns == rule.from.columns
                    && target.is_none_or(|(target, _)| key.target.name == target.name)
            });
            if let Some(key) = known {
                key.rule = Some(rule);
            } else if let Some((target, columns)) = target {
                keys.push(Key {
                    table,
                    columns: rule.from.columns.clone(),
                    target,
                    target_columns: columns.clone(),
                    holds: false,
                    is_constraint: false,
                    rule: Some(rule),
                });
            }
        }
        keys
    }

    /// The relations of each key: from the rows that hold it, and from those that it names.
    fn direct(&mut self, keys: &[Key<'a>]) {
        let mut between: BTreeMap<(&QualifiedName, &QualifiedName), usize> = BTreeMap::new();
        for key in keys {
            *between
                .entry((&key.table.name, &key.target.name))
                .or_default() += 1;
        }
        for key in keys {
            let (name, reverse) = match key.rule {
                Some(rule) => (rule.name.clone(), rule.reverse.clone()),
                None => (RelationName::Derived, RelationName::Derived),
            };
            let stem = naming::stem(&key.columns, &key.target_columns, &key.target.name.name);
            let derived = || {
                let is_column = |name: &str| key.table.columns.iter().any(|c| c.name == name);
                if is_column(&stem) {
                    format!("{stem}_{}", inflect::singular(&key.target.name.name))
                } else {
                    stem.clone()
                }
            };
            if let Some(name) = chosen(name, derived) {
                self.relations.push(Relation {
                    table: key.table.name.clone(),
                    name,
                    target: key.target.name.clone(),
                    kind: Kind::BelongsTo {
                        proven: key.holds && !key.target.row_security,
                    },
                    columns: key.columns.clone(),
                    matched: key.target_columns.clone(),
                    junction: None,
                    only: key.is_constraint && key.target.inherited,
                    source: key.source(),
                });
            }
            // The rows of a partition belong to the partitioned table, which has the key as well.
            let is_inherited = key.table.kind == TableKind::Partition && key.rule.is_none();
            let is_unique = key.rule.is_some_and(|rule| rule.unique)
                || key.table.unique_keys.iter().any(|unique| {
                    let mut columns = unique.columns.iter();
                    unique.holds && columns.all(|column| key.columns.contains(column))
                });
            let is_only = between[&(&key.table.name, &key.target.name)] == 1;
            // What is behind a junction has the shorter name: `tags`, and `todo_tags` for the junction itself.
            let others = keys
                .iter()
                .filter(|other| other.table.name == key.table.name && joins(key.table, key, other));
            let beyond = others.map(|other| {
                let target = &other.target.name;
                let stem = naming::stem(&other.columns, &other.target_columns, &target.name);
                naming::through(&stem, &key.target.name, target)
            });
            let beyond: Vec<String> = beyond.collect();
            let side = naming::Side {
                child: &key.table.name,
                parent: &key.target.name,
                stem: &stem,
                is_only,
                is_unique,
                beyond: &beyond,
            };
            let derived = || side.name();
            if !is_inherited && let Some(name) = chosen(reverse, derived) {
                self.relations.push(Relation {
                    table: key.target.name.clone(),
                    name,
                    target: key.table.name.clone(),
                    kind: if is_unique {
                        Kind::HasOne
                    } else {
                        Kind::HasMany
                    },
                    columns: key.target_columns.clone(),
                    matched: key.columns.clone(),
                    junction: None,
                    only: false,
                    source: key.source(),
                });
            }
        }
    }

    /// The relations through tables one of whose unique keys is made of two foreign keys, and those through tables that
    /// the configuration calls junctions.
    fn junctions(&mut self, keys: &[Key<'a>]) {
        for table in &self.catalog.tables {
            let own: Vec<&Key<'a>> = keys
                .iter()
                .filter(|key| key.table.name == table.name)
                .collect();
            for (index, first) in own.iter().enumerate() {
                for second in &own[index + 1..] {
                    let rule = self.rules.iter().find_map(|rule| {
                        let to = rule.to.as_ref().filter(|_| rule.through)?;
                        let is_here = |columns: &KeyColumns| {
                            find_table(self.catalog, columns).is_some_and(|t| t.name == table.name)
                        };
                        let is = |a: &Key<'_>, b: &Key<'_>| {
                            is_here(&rule.from)
                                && rule.from.columns == a.columns
                                && to.columns == b.columns
                        };
                        if is(first, second) {
                            Some((rule, false))
                        } else {
                            is(second, first).then_some((rule, true))
                        }
                    });
                    let is_junction =
                        table.kind != TableKind::Partition && joins(table, first, second);
                    let (there, back) = match rule {
                        Some((rule, false)) => (rule.name.clone(), rule.reverse.clone()),
                        Some((rule, true)) => (rule.reverse.clone(), rule.name.clone()),
                        None if is_junction => (RelationName::Derived, RelationName::Derived),
                        None => continue,
                    };
                    self.through(table, first, second, there);
                    self.through(table, second, first, back);
                }
            }
        }
    }

    fn through(&mut self, junction: &Table, near: &Key<'a>, far: &Key<'a>, name: RelationName) {
        let stem = naming::stem(&far.columns, &far.target_columns, &far.target.name.name);
        let derived = || naming::through(&stem, &near.target.name, &far.target.name);
        let Some(name) = chosen(name, derived) else {
            return;
        };
        self.relations.push(Relation {
            table: near.target.name.clone(),
            name,
            target: far.target.name.clone(),
            kind: Kind::ManyToMany,
            columns: near.target_columns.clone(),
            matched: near.columns.clone(),
            junction: Some(Junction {
                table: junction.name.clone(),
                columns: far.columns.clone(),
                target_columns: far.target_columns.clone(),
            }),
            only: far.is_constraint && far.target.inherited,
            source: source(&junction.name, &far.columns),
        });
    }
}

fn is_same(key: &Key<'_>, table: &Table, foreign: &ForeignKey) -> bool {
    key.table.name == table.name
        && key.columns == foreign.columns
        && key.target.name == foreign.foreign_table
        && key.target_columns == foreign.foreign_columns
}

/// Whether a unique key is made of two keys, with columns of both in it.
fn joins(table: &Table, first: &Key<'_>, second: &Key<'_>) -> bool {
    table.unique_keys.iter().any(|unique| {
        let in_first = |column: &String| first.columns.contains(column);
        let in_second = |column: &String| second.columns.contains(column);
        let mut columns = unique.columns.iter();
        columns.all(|column| in_first(column) || in_second(column))
            && unique
                .columns
                .iter()
                .any(|column| in_first(column) && !in_second(column))
            && unique
                .columns
                .iter()
                .any(|column| in_second(column) && !in_first(column))
    })
}

fn chosen(naming: RelationName, derived: impl FnOnce() -> String) -> Option<String> {
    match naming {
        RelationName::Derived => Some(derived()),
        RelationName::Named(name) => Some(name),
        RelationName::Hidden => None,
    }
}

/// The table that the configuration names; without a schema, one in `public` first.
pub(super) fn find_table<'c>(catalog: &'c Catalog, written: &KeyColumns) -> Option<&'c Table> {
    let mut named = catalog.tables.iter().filter(|table| {
        table.name.name == written.table
            && written
                .schema
                .as_ref()
                .is_none_or(|schema| *schema == table.name.schema)
    });
    let first = named.next()?;
    if written.schema.is_some() || first.name.schema == "public" {
        return Some(first);
    }
    let rest: Vec<&Table> = named.collect();
    let public = rest.iter().find(|table| table.name.schema == "public");
    match public {
        Some(public) => Some(public),
        None => rest.is_empty().then_some(first),
    }
}

/// `orders.customer_id`, `orders(tenant_id, customer_id)`.
pub(crate) fn source(table: &QualifiedName, columns: &[String]) -> String {
    match columns {
        [column] => format!("{table}.{column}"),
        columns => format!("{table}({})", columns.join(", ")),
    }
}
