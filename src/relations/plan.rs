//! From `@with` to statements: what it names is looked up in the graph, and each relation becomes a statement that
//! Postgres checks like any query. What Postgres then says of it completes the analysis.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, Cardinality, Command, Location, Type};
use crate::source::{Position, Span};
use crate::syntax::{Query, Shape, Strategy, location};

use super::planner::Planner;
use super::schema::Schema;
use super::single::{self, Single};
use super::sql::Node;

/// The statements that the shapes of queries need, and where they belong.
#[derive(Default)]
pub(crate) struct Plan<'a> {
    /// By the place of the query's name.
    shapes: BTreeMap<Location, Planned<'a>>,
    statements: Vec<Query>,
    single_statements: Vec<Query>,
}

/// The shape of a query.
struct Planned<'a> {
    nodes: Vec<Node<'a>>,
    /// What gives all of it at once.
    single: Option<Single>,
    /// Where the query asks for that.
    asked: Option<Span>,
}

impl<'a> Plan<'a> {
    /// Plans the shapes of `queries`, of which `analysed` are those that Postgres accepted.
    pub(crate) fn new(
        queries: &'a [Query],
        analysed: &[ir::Query],
        schema: Schema<'a>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut plan = Self::default();
        let analysed: BTreeMap<&Location, &ir::Query> = analysed
            .iter()
            .map(|known| (&known.location, known))
            .collect();
        for query in queries {
            let Some(shape) = &query.shape else { continue };
            if !query.command.returns_rows() {
                diagnostics.push(without_rows(query, shape));
                continue;
            }
            let place = location(&query.name);
            let Some(&known) = analysed.get(&place) else {
                continue;
            };
            if known.bulk.is_some() || query.command.is_batch() {
                diagnostics.push(for_many(query, shape));
                continue;
            }
            let mut planner = Planner {
                schema,
                statements: &mut plan.statements,
                diagnostics,
            };
            if let Some(nodes) = planner.root(shape, known) {
                let single = plan.single(query, known, &nodes, schema, diagnostics);
                let asked = query.load().map(|(_, place)| place.clone());
                plan.shapes.insert(
                    place,
                    Planned {
                        nodes,
                        single,
                        asked,
                    },
                );
            }
        }
        plan
    }

    /// Plans the statement that gives a query's rows with their relations, where that is wanted: for one row, unless
    /// the query says otherwise.
    fn single(
        &mut self,
        query: &Query,
        known: &ir::Query,
        nodes: &[Node<'_>],
        schema: Schema<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Single> {
        let asked = query.load();
        let is_wanted = match asked {
            Some((strategy, _)) => strategy == Strategy::Single,
            None => query.command == Command::One && !single::is_planned_each_time(query, nodes),
        };
        if !is_wanted {
            return None;
        }
        let written = match known.dynamic {
            Some(_) => {
                Err("its text depends on the call, by `@optional`, `@sort` or `@page`".to_owned())
            }
            None => single::write(query, known, nodes, schema),
        };
        match written {
            Ok((single, statement)) => {
                self.single_statements.push(statement);
                Some(single)
            }
            Err(reason) => {
                let name = query.name.text();
                diagnostics.extend(asked.map(|(_, place)| impossible(name, place, &reason)));
                None
            }
        }
    }

    /// What Postgres is to be asked. It must accept all of it.
    pub(crate) fn statements(&self) -> &[Query] {
        &self.statements
    }

    /// What it is to be asked, too, and may refuse.
    pub(crate) fn single_statements(&self) -> &[Query] {
        &self.single_statements
    }

    /// Gives the queries their relations. `found` is what Postgres says of the statements, `singles` what it says of the
    /// others, and the mistakes in them. A query is dropped where one of the former was not accepted, which is reported.
    pub(crate) fn complete(
        self,
        analysed: &mut Vec<ir::Query>,
        found: Vec<ir::Query>,
        singles: (Vec<ir::Query>, Vec<Diagnostic>),
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let by_place = |found: Vec<ir::Query>| -> BTreeMap<Location, ir::Query> {
            let found = found.into_iter();
            found.map(|found| (found.location.clone(), found)).collect()
        };
        let mut found = by_place(found);
        let (singles, refusals) = singles;
        let singles = by_place(singles);
        let mut shapes = self.shapes;
        analysed.retain_mut(|query| {
            let Some(planned) = shapes.remove(&query.location) else {
                return true;
            };
            let own = query.parameters.iter();
            let optional = query.dynamic.iter().flat_map(|dynamic| &dynamic.optional);
            let mut completion = Completion {
                found: &mut found,
                optional: optional
                    .map(|&index| query.parameters[index].name.to_lowercase())
                    .collect(),
                types: own
                    .map(|own| (own.name.to_lowercase(), own.ty.clone()))
                    .collect(),
                diagnostics,
            };
            let nodes = planned.nodes.into_iter();
            let relations = nodes.map(|node| {
                // What the statement takes away is gone when the relation is loaded.
                let is_settled = !query.unsettled.contains(&node.request.relation.target);
                completion.relation(node, &query.name, &query.columns, is_settled)
            });
            let Some(relations) = relations.collect::<Option<Vec<_>>>() else {
                return false;
            };
            query.relations = relations;
            if let Some(single) = planned.single {
                let refusal = || {
                    let refusal = refusals.iter().find(|refusal| single.is_about(refusal));
                    refusal
                        .map_or("Postgres refuses it", Diagnostic::message)
                        .to_owned()
                };
                let single = singles
                    .get(&query.location)
                    .ok_or_else(refusal)
                    .and_then(|found| single.complete(query, found));
                match single {
                    Ok(single) => query.single = Some(single),
                    Err(reason) => diagnostics.extend(
                        planned
                            .asked
                            .map(|place| impossible(&query.name, &place, &reason)),
                    ),
                }
            }
            true
        });
    }
}

/// Puts the nodes of one query and what Postgres says of their statements together.
struct Completion<'a> {
    found: &'a mut BTreeMap<Location, ir::Query>,
    /// The parameters that may be missing, by their names in lower case.
    optional: BTreeSet<String>,
    /// The types of the parameters so far, by their names in lower case.
    types: BTreeMap<String, Type>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Completion<'_> {
    /// `None` where a statement was not accepted, or does not go together with the others.
    fn relation(
        &mut self,
        node: Node<'_>,
        path: &str,
        parent: &[ir::Column],
        is_settled: bool,
    ) -> Option<ir::Relation> {
        let statement = self.found.remove(&location(&node.name))?;
        let keys = node.parent_key.len();
        for parameter in statement.parameters.iter().skip(keys) {
            let known = self.types.entry(parameter.name.to_lowercase());
            let known = known.or_insert_with(|| parameter.ty.clone());
            let file = &node.name.file;
            let start = file.offset(Position {
                line: parameter.position.line,
                column: parameter.position.column,
            });
            let place = file.span(start..start + parameter.name.len() + 1);
            if self.optional.contains(&parameter.name.to_lowercase()) {
                let message = format!(
                    "`@{}` is optional, and leaves out no condition of a relation",
                    parameter.name
                );
                self.diagnostics.push(
                    Diagnostic::error(Code::InvalidDirective, message)
                        .at(place, "")
                        .help("take a parameter of its own here"),
                );
            } else if *known != parameter.ty {
                let message = format!(
                    "`@{}` is `{}` here, but `{known}` elsewhere in the query",
                    parameter.name, parameter.ty
                );
                self.diagnostics.push(
                    Diagnostic::error(Code::InvalidDirective, message)
                        .at(place, "")
                        .help(format!(
                            "cast it, as in `@{}::{known}`, or rename it",
                            parameter.name
                        )),
                );
            }
        }
        let has_key = node
            .parent_key
            .iter()
            .all(|&index| !parent[index].nullability.nullable);
        let is_filtered = node.request.condition.is_some();
        let cardinality = if node.request.is_count {
            Cardinality::Count
        } else {
            let kind = node.request.relation.kind;
            kind.cardinality(has_key && is_settled && !is_filtered)
        };
        let name = format!("{path}.{}", node.field);
        let nodes = node.nodes.into_iter();
        let relations = nodes.map(|node| self.relation(node, &name, &statement.columns, true));
        let relations = relations.collect::<Option<Vec<_>>>()?;
        Some(ir::Relation {
            name: node.field,
            table: node.request.relation.target.clone(),
            cardinality,
            key: node.parent_key,
            statement: ir::Query {
                name,
                relations,
                ..statement
            },
            fields: node.fields,
            statement_key: node.key,
        })
    }
}

fn without_rows(query: &Query, shape: &Shape) -> Diagnostic {
    let message = format!(
        "`{}` is `{}`: it has no rows to load relations for",
        query.name.text(),
        query.command
    );
    Diagnostic::error(Code::CommandMismatch, message)
        .at(shape.place.clone(), "")
        .help("use `:one` or `:many`, with `RETURNING` in a statement that writes")
}

fn for_many(query: &Query, shape: &Shape) -> Diagnostic {
    let message = format!(
        "`{}` takes many rows or items at once: its rows have no relations",
        query.name.text()
    );
    Diagnostic::error(Code::CommandMismatch, message)
        .at(shape.place.clone(), "")
        .help("load them with another query, by the keys of its rows")
}

fn impossible(query: &str, place: &Span, reason: &str) -> Diagnostic {
    let message = format!("`{query}` cannot be a single statement: {reason}");
    Diagnostic::error(Code::InvalidDirective, message)
        .at(place.clone(), "")
        .help("remove this, or write `@load batched`")
}
