//! Which relations have functions that load them for any rows, and the statements of these.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::ir::{self, Cardinality, QualifiedName, Table};
use crate::options::{Loaders, WantedLoaders};
use crate::quote;
use crate::source::{Rewritten, SourceFile, Span};
use crate::syntax::Query;

use super::graph::Relation;
use super::rules::unknown_table;
use super::schema::{Schema, column_type, is_exact};
use super::show::way;
use super::sql::{Request, Selected, Spelling, keyed_query};

/// What diagnostics call the text of the statements, which stands in no file.
const FILE: &str = "(statements of loaders)";

/// The loaders that are wanted, while Postgres is asked about their statements.
#[derive(Default)]
pub(crate) struct LoaderPlan {
    loaders: Vec<Planned>,
    statements: Vec<Query>,
}

/// A loader without what Postgres says of its statement.
struct Planned {
    table: QualifiedName,
    name: String,
    key: Vec<String>,
    way: String,
    target: QualifiedName,
    cardinality: Cardinality,
    statement_key: Vec<usize>,
}

impl LoaderPlan {
    /// Plans the loaders that are `wanted`; `queries` are all that were analysed.
    pub(crate) fn new(
        wanted: &Loaders,
        queries: &[ir::Query],
        schema: Schema<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut written = Vec::new();
        let mut loaders = Vec::new();
        for relation in chosen(wanted, queries, schema, diagnostics) {
            let count = relation.kind.is_many().then_some(Cardinality::Count);
            for cardinality in [Some(cardinality(relation, schema)), count] {
                let Some(cardinality) = cardinality else {
                    continue;
                };
                let Some((sql, keys, statement_key)) = write(relation, cardinality, schema) else {
                    continue;
                };
                let counts = if cardinality == Cardinality::Count {
                    ".count"
                } else {
                    ""
                };
                let name = format!("{}.{}{counts}", relation.table, relation.name);
                written.push((name, sql, keys));
                loaders.push(Planned {
                    table: relation.table.clone(),
                    name: relation.name.clone(),
                    key: relation.columns.clone(),
                    way: marked_way(relation),
                    target: relation.target.clone(),
                    cardinality,
                    statement_key,
                });
            }
        }
        Self {
            loaders,
            statements: statements(&written),
        }
    }

    /// What Postgres is to be asked.
    pub(crate) fn statements(&self) -> &[Query] {
        &self.statements
    }

    /// The loaders whose statements Postgres accepts: all, unless a rule of the configuration is wrong. `found` is what
    /// it says of them, `refused` what it refuses.
    pub(crate) fn complete(
        self,
        found: Vec<ir::Query>,
        refused: Vec<Diagnostic>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ir::Loader> {
        diagnostics.extend(refused.into_iter().map(|diagnostic| {
            diagnostic.help(
                "rowsmith made this statement of a relation: mend or hide that under `relations` in the configuration",
            )
        }));
        let mut found = found.into_iter().peekable();
        let planned = self.loaders.into_iter().zip(&self.statements);
        planned
            .filter_map(|(planned, query)| {
                let line = query.name.position().line;
                let statement = found.next_if(|found| found.location.line == line)?;
                Some(ir::Loader {
                    table: planned.table,
                    name: planned.name,
                    key: planned.key,
                    way: planned.way,
                    target: planned.target,
                    cardinality: planned.cardinality,
                    statement,
                    statement_key: planned.statement_key,
                })
            })
            .collect()
    }
}

/// The relations that are to have loaders, each of whose names means one.
fn chosen<'a>(
    wanted: &Loaders,
    queries: &[ir::Query],
    schema: Schema<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'a Relation> {
    let mut chosen: Vec<(&Relation, Span)> = Vec::new();
    match wanted {
        Loaders::None => {}
        Loaders::All(place) => {
            let relations = schema.graph.all().iter();
            let in_use = relations.filter(|relation| {
                let mut queries = queries.iter();
                queries.any(|query| has_key(&query.columns, &query.relations, relation))
            });
            chosen.extend(in_use.map(|relation| (relation, place.span())));
        }
        Loaders::Of(names) => {
            for wanted in names {
                match named(wanted, schema) {
                    Ok(relations) => chosen.extend(
                        relations
                            .into_iter()
                            .map(|found| (found, wanted.place.span())),
                    ),
                    Err(diagnostic) => diagnostics.push(*diagnostic),
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    chosen.retain(|(relation, _)| {
        seen.insert((
            &relation.table,
            &relation.name,
            &relation.source,
            &relation.matched,
        ))
    });
    let shared = |relation: &Relation| {
        let same = |(other, _): &&(&Relation, Span)| {
            other.table == relation.table && other.name == relation.name
        };
        chosen.iter().filter(same).count() > 1
    };
    let mut kept = Vec::new();
    for (relation, place) in &chosen {
        if shared(relation) {
            let message = format!(
                "`{}` has several relations `{}`, one by {}",
                relation.table, relation.name, relation.source
            );
            diagnostics.push(
                Diagnostic::error(Code::InvalidConfig, message)
                    .at(place.clone(), "")
                    .help(format!(
                        "give it a name of its own under `relations`: `{}`",
                        relation.naming_line()
                    )),
            );
        } else {
            kept.push(*relation);
        }
    }
    kept.sort_by(|a, b| (&a.table, &a.name).cmp(&(&b.table, &b.name)));
    kept
}

/// Whether these rows, or those of a relation below them, show the columns by which `relation` is loaded.
fn has_key(columns: &[ir::Column], relations: &[ir::Relation], relation: &Relation) -> bool {
    let has = |name: &String| {
        columns.iter().any(|column| {
            let origin = column.origin.as_ref();
            origin.is_some_and(|o| o.table == relation.table && o.column == *name)
        })
    };
    relation.columns.iter().all(has)
        || relations.iter().any(|below| {
            let shown = &below.statement.columns[..below.fields];
            has_key(shown, &below.statement.relations, relation)
        })
}

/// How a relation is known, with its columns marked as code.
fn marked_way(relation: &Relation) -> String {
    let columns = way(relation).trim_start_matches("by ").to_owned();
    format!("by `{}`", columns.replace(" and ", "` and `"))
}

/// The relations that an entry of the list means.
fn named<'a>(
    wanted: &WantedLoaders,
    schema: Schema<'a>,
) -> Result<Vec<&'a Relation>, Box<Diagnostic>> {
    let tables = &schema.catalog.tables;
    let is_table = |table: &&Table, name: &str| {
        table.name.to_string() == name
            || format!("{}.{}", table.name.schema, table.name.name) == name
    };
    let find = |name: &str| tables.iter().find(|table| is_table(table, name));
    let invalid = |message: String| {
        Diagnostic::error(Code::InvalidConfig, message).at(wanted.place.span(), "")
    };
    let name = wanted.name.trim();
    if let Some(table) = find(name) {
        let relations = schema.graph.of(&table.name);
        if relations.is_empty() {
            let message = format!("`{name}` has no relations");
            return Err(Box::new(invalid(message).help(
                "no foreign key leads there or from there; `relations` adds one",
            )));
        }
        return Ok(relations);
    }
    let split = name.rsplit_once('.');
    let known = split.and_then(|(table, relation)| Some((find(table)?, relation)));
    let Some((table, relation)) = known else {
        let table = split.map_or(name, |(table, _)| table);
        let (message, near) = unknown_table(table, schema.catalog);
        let otherwise = || "write a table, or a relation as in `orders.items`".to_owned();
        let help = near.unwrap_or_else(otherwise);
        return Err(Box::new(invalid(message).help(help)));
    };
    let relations = schema.graph.of(&table.name);
    let found: Vec<&Relation> = relations
        .iter()
        .copied()
        .filter(|found| found.name == relation)
        .collect();
    if found.is_empty() {
        let message = format!("`{}` has no relation `{relation}`", table.name);
        let names = relations.iter().map(|relation| relation.name.as_str());
        return Err(Box::new(match nearest(relation, names) {
            Some(near) => invalid(message).help(format!("did you mean `{near}`?")),
            None => invalid(message).help("`rowsmith explain --relations` lists them"),
        }));
    }
    Ok(found)
}

/// What a relation gives to rows whose key is not more often NULL than the table says.
fn cardinality(relation: &Relation, schema: Schema<'_>) -> Cardinality {
    let is_never_null = |table: &Table| {
        let column = |name: &String| table.columns.iter().find(|column| column.name == *name);
        let mut columns = relation.columns.iter();
        columns.all(|name| column(name).is_some_and(|c| !c.nullability.nullable))
    };
    let table = schema.catalog.table(&relation.table);
    relation.kind.cardinality(table.is_some_and(is_never_null))
}

/// The statement of a relation: its text, how many arrays of keys it takes, and where it tells the key.
fn write(
    relation: &Relation,
    cardinality: Cardinality,
    schema: Schema<'_>,
) -> Option<(String, usize, Vec<usize>)> {
    let table = schema.catalog.table(&relation.table)?;
    let target = schema.catalog.table(&relation.target)?;
    let is_count = cardinality == Cardinality::Count;
    let key_types = relation.columns.iter();
    let key_types = key_types.map(|name| schema.catalog.base(&column_type(table, name)).clone());
    let key_types: Vec<ir::Type> = key_types.collect();
    let columns = target.columns.iter().filter(|_| !is_count);
    let columns = columns.map(|column| Selected {
        column: column.name.clone(),
        name: column.name.clone(),
    });
    let spelling = Spelling {
        catalog: schema.catalog,
        is_visible: &|table| schema.is_visible(table),
    };
    let written = spelling.write(&Request {
        relation,
        columns: columns.collect(),
        is_count,
        is_exact: is_exact(schema, relation, &key_types),
        key_types: key_types.clone(),
        condition: None,
        order: None,
        limit: None,
        origin: 0..0,
    });
    let mut sql = written.sql.text().to_owned();
    if cardinality == Cardinality::Many
        && let Some(primary) = target.primary_key()
    {
        let columns = primary.columns.iter();
        let columns = columns.map(|column| {
            format!(
                "{}.{}",
                quote::name(&target.name.name),
                quote::after_dot(column)
            )
        });
        sql += "\nORDER BY ";
        sql += &columns.collect::<Vec<_>>().join(", ");
    }
    Some((sql, key_types.len(), written.key))
}

/// The statements as queries of a file that holds them all.
fn statements(written: &[(String, String, usize)]) -> Vec<Query> {
    let mut text = String::new();
    let mut places = Vec::new();
    for (name, sql, _) in written {
        text += "-- name: ";
        let start = text.len();
        // One line each, whatever a table is called.
        text += &name.replace(['\n', '\r'], " ");
        let name = start..text.len();
        text += " :many\n";
        let start = text.len();
        text += sql;
        places.push((name, start..text.len()));
        text += ";\n\n";
    }
    let file = SourceFile::generated(FILE, text);
    let queries = written.iter().zip(places);
    queries
        .map(|((_, _, keys), (name, statement))| {
            let mut sql = Rewritten::default();
            sql.copy(file.text(), statement.clone());
            keyed_query(
                file.span(name),
                file.span(statement),
                sql,
                *keys,
                Vec::new(),
            )
        })
        .collect()
}
