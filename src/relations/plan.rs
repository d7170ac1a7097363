//! From `@with` to statements: what it names is looked up in the graph, and each relation becomes a statement that
//! Postgres checks like any query. What Postgres then says of it completes the analysis.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, Cardinality, Catalog, QualifiedName, Type};
use crate::source::{Position, Span};
use crate::syntax::{Query, Shape};

use super::graph::{Graph, Kind};
use super::planner::Planner;

/// What is known of the schema.
#[derive(Clone, Copy)]
pub(crate) struct Schema<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) graph: &'a Graph,
    /// The same schema as the server has it.
    pub(crate) server: &'a crate::catalog::Catalog,
}

impl Schema<'_> {
    fn in_server(&self, table: &QualifiedName) -> Option<&crate::catalog::Relation> {
        let mut relations = self.server.relations.values();
        relations.find(|found| found.name == table.name && found.schema == table.schema)
    }

    /// Whether the table's name alone means it.
    pub(super) fn is_visible(&self, table: &QualifiedName) -> bool {
        self.in_server(table).is_some_and(|found| found.is_visible)
    }

    /// Whether a column's equal texts are the same: its collation may say otherwise.
    pub(super) fn is_deterministic(&self, table: &QualifiedName, column: &str) -> bool {
        let found = self.in_server(table);
        let column = found.and_then(|found| found.columns.iter().find(|c| c.name == column));
        column.is_some_and(|column| column.deterministic)
    }
}

/// The statements that the shapes of queries need, and where they belong.
#[derive(Default)]
pub(crate) struct Plan {
    /// By the place of the query's name.
    shapes: BTreeMap<Place, Vec<Node>>,
    statements: Vec<Query>,
}

/// A place in a file: its key, line and column.
type Place = (String, usize, usize);

/// One relation of a shape.
pub(super) struct Node {
    pub(super) field: String,
    pub(super) target: QualifiedName,
    pub(super) kind: Kind,
    pub(super) is_count: bool,
    pub(super) is_filtered: bool,
    /// The places of the key's columns in the rows it belongs to.
    pub(super) parent_key: Vec<usize>,
    /// How many columns are fields.
    pub(super) fields: usize,
    /// The places of the columns that hold the parent's key.
    pub(super) key: Vec<usize>,
    pub(super) name: Span,
    pub(super) nodes: Vec<Node>,
}

impl Plan {
    /// Plans the shapes of `queries`, of which `analysed` are those that Postgres accepted.
    pub(crate) fn new(
        queries: &[Query],
        analysed: &[ir::Query],
        schema: Schema<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut plan = Self::default();
        for query in queries {
            let Some(shape) = &query.shape else { continue };
            if !query.command.returns_rows() {
                diagnostics.push(without_rows(query, shape));
                continue;
            }
            let place = place(&query.name);
            let Some(known) = analysed.iter().find(|known| at(&known.location) == place) else {
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
                plan.shapes.insert(place, nodes);
            }
        }
        plan
    }

    /// What Postgres is to be asked.
    pub(crate) fn statements(&self) -> &[Query] {
        &self.statements
    }

    /// Gives the queries their relations; `found` is what Postgres says of the statements. A query is dropped where one
    /// of them was not accepted, which is reported.
    pub(crate) fn complete(
        self,
        analysed: &mut Vec<ir::Query>,
        found: Vec<ir::Query>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut found: BTreeMap<Place, ir::Query> = found
            .into_iter()
            .map(|statement| (at(&statement.location), statement))
            .collect();
        let mut shapes = self.shapes;
        analysed.retain_mut(|query| {
            let Some(nodes) = shapes.remove(&at(&query.location)) else {
                return true;
            };
            let own = query.parameters.iter();
            let mut completion = Completion {
                found: &mut found,
                types: own
                    .map(|own| (own.name.to_lowercase(), own.ty.clone()))
                    .collect(),
                diagnostics,
            };
            let nodes = nodes.into_iter();
            let relations =
                nodes.map(|node| completion.relation(node, &query.name, &query.columns));
            let Some(relations) = relations.collect::<Option<Vec<_>>>() else {
                return false;
            };
            query.relations = relations;
            true
        });
    }
}

/// Puts the nodes of one query and what Postgres says of their statements together.
struct Completion<'a> {
    found: &'a mut BTreeMap<Place, ir::Query>,
    /// The types of the parameters so far, by their names in lower case.
    types: BTreeMap<String, Type>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Completion<'_> {
    /// `None` where a statement was not accepted, or does not go together with the others.
    fn relation(&mut self, node: Node, path: &str, parent: &[ir::Column]) -> Option<ir::Relation> {
        let statement = self.found.remove(&place(&node.name))?;
        let keys = node.parent_key.len();
        for parameter in statement.parameters.iter().skip(keys) {
            let known = self.types.entry(parameter.name.to_lowercase());
            let known = known.or_insert_with(|| parameter.ty.clone());
            if *known != parameter.ty {
                let file = &node.name.file;
                let start = file.offset(Position {
                    line: parameter.location.line,
                    column: parameter.location.column,
                });
                let place = file.span(start..start + parameter.name.len() + 1);
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
        let cardinality = match node.kind {
            _ if node.is_count => Cardinality::Count,
            Kind::BelongsTo { proven: true } if has_key && !node.is_filtered => Cardinality::One,
            Kind::BelongsTo { .. } | Kind::HasOne => Cardinality::Optional,
            Kind::HasMany | Kind::ManyToMany => Cardinality::Many,
        };
        let name = format!("{path}.{}", node.field);
        let nodes = node.nodes.into_iter();
        let relations = nodes.map(|node| self.relation(node, &name, &statement.columns));
        let relations = relations.collect::<Option<Vec<_>>>()?;
        Some(ir::Relation {
            name: node.field,
            table: node.target,
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

fn place(span: &Span) -> Place {
    let position = span.position();
    (span.file.key().to_owned(), position.line, position.column)
}

fn at(location: &ir::Location) -> Place {
    (location.file.clone(), location.line, location.column)
}
