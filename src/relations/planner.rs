//! Plans the statements of one query's relations, level by level.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::ir::{self, QualifiedName, Table, Type};
use crate::syntax::{ArgumentKind, Field, Name, Query, Selection, Shape};

use super::graph::Relation;
use super::schema::{Schema, column_type, is_exact};
use super::sql::{Node, Request, Selected, Spelling, keyed_query};

/// Plans one query.
pub(super) struct Planner<'a, 'o> {
    pub(super) schema: Schema<'a>,
    pub(super) statements: &'o mut Vec<Query>,
    pub(super) diagnostics: &'o mut Vec<Diagnostic>,
}

/// Where a relation's rows belong: their columns, by table and name.
pub(super) struct Parent<'p> {
    /// What each column shows, where that is one of a table.
    pub(super) columns: Vec<Option<Shown<'p>>>,
    types: Vec<Type>,
}

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown<'p> {
    pub(super) table: &'p QualifiedName,
    /// Which of the table's rows it is of.
    row: usize,
    column: &'p str,
}

impl<'a> Planner<'a, '_> {
    /// The relations of the query's own rows; `None` if something is wrong, which is reported.
    pub(super) fn root(&mut self, shape: &'a Shape, query: &ir::Query) -> Option<Vec<Node<'a>>> {
        let before = self.diagnostics.len();
        let parent = Parent {
            columns: query
                .columns
                .iter()
                .map(|column| {
                    let origin = column.origin.as_ref()?;
                    Some(Shown {
                        table: &origin.table,
                        row: column.row,
                        column: &origin.column,
                    })
                })
                .collect(),
            types: query
                .columns
                .iter()
                .map(|column| column.ty.clone())
                .collect(),
        };
        let mut names: BTreeSet<String> = query
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let mut nodes = Vec::new();
        for field in &shape.fields {
            let selection = match field {
                Field::Named(selection) => selection,
                Field::All(place) => {
                    self.own_columns(place);
                    continue;
                }
                Field::Without(name) => {
                    self.own_columns(&name.place);
                    continue;
                }
            };
            let Some(relation) = self.relation_of_root(selection, &parent) else {
                continue;
            };
            nodes.extend(self.node(selection, relation, &parent, &mut names));
        }
        (self.diagnostics.len() == before).then_some(nodes)
    }

    /// Plans one relation of rows of `parent`. `names` are the fields that are there already.
    fn node(
        &mut self,
        selection: &'a Selection,
        relation: &'a Relation,
        parent: &Parent<'_>,
        names: &mut BTreeSet<String>,
    ) -> Option<Node<'a>> {
        let before = self.diagnostics.len();
        let parent_key = self.key_places(selection, relation, parent);
        let table = self.schema.catalog.table(&relation.target)?;
        let is_count = is_count(selection, table);
        let field = self.field_name(selection, relation, is_count, names);
        self.check_arguments(selection, relation, is_count);
        let mut columns = Vec::new();
        let mut nested: Vec<(&'a Selection, &'a Relation)> = Vec::new();
        if !is_count {
            self.fields(selection, relation, table, &mut columns, &mut nested);
        }
        if self.diagnostics.len() > before {
            return None;
        }
        let fields = columns.len();
        let keys = nested.iter().flat_map(|(_, relation)| &relation.columns);
        keys.for_each(|key| add_key(&mut columns, key));

        let key_types = parent_key.iter().map(|&index| {
            let ty = &parent.types[index];
            self.schema.catalog.base(ty).clone()
        });
        let key_types: Vec<Type> = key_types.collect();
        let is_exact = is_exact(self.schema, relation, &key_types);
        let request = Request {
            relation,
            columns: columns.clone(),
            is_count,
            key_types,
            is_exact,
            condition: selection.argument(ArgumentKind::Where),
            order: selection.argument(ArgumentKind::OrderBy),
            limit: selection.argument(ArgumentKind::Limit),
            origin: selection.name.place.range.clone(),
        };
        let key = self.statement(selection, &request);

        let own = Parent::of(&columns, table);
        let own_names = columns[..fields].iter().map(|column| column.name.clone());
        let mut names: BTreeSet<String> = own_names.collect();
        let nodes: Vec<Option<Node<'a>>> = nested
            .into_iter()
            .map(|(selection, relation)| self.node(selection, relation, &own, &mut names))
            .collect();
        Some(Node {
            field,
            request,
            parent_key,
            fields,
            key,
            name: selection.name.place.clone(),
            nodes: nodes.into_iter().collect::<Option<_>>()?,
        })
    }

    /// Where the rows of `parent` have the columns of the key.
    fn key_places(
        &mut self,
        selection: &Selection,
        relation: &Relation,
        parent: &Parent<'_>,
    ) -> Vec<usize> {
        let rows = parent.rows_with_key(relation);
        let mut found = Vec::new();
        for column in &relation.columns {
            let mut places = parent
                .places(relation, column)
                .filter(|(row, _)| rows.contains(row));
            found.extend(places.next().map(|(_, place)| place));
            if places.next().is_some() {
                let message = format!(
                    "`{}` could be of several rows: `{column}` of `{}` stands twice in the result",
                    selection.name.text, relation.table
                );
                let help = format!("select `{column}` once");
                self.report(message, &selection.name.place, help);
            }
        }
        found
    }

    /// What the field of a relation is called; `names` are those that are there already.
    fn field_name(
        &mut self,
        selection: &Selection,
        relation: &Relation,
        is_count: bool,
        names: &mut BTreeSet<String>,
    ) -> String {
        let field = match (&selection.alias, is_count) {
            (Some(alias), _) => alias.text.clone(),
            (None, true) => format!("{}_count", relation.name),
            (None, false) => relation.name.clone(),
        };
        if !names.insert(field.clone()) {
            let message = format!("there are two fields `{field}`");
            let name = &selection.name.text;
            let help = format!("give this one another name: `my_{field}: {name}`");
            self.report(message, &selection.field().place, help);
        }
        field
    }

    /// Writes a relation's statement, and asks Postgres about it. Gives the places of the parent's key in its result.
    fn statement(&mut self, selection: &Selection, request: &Request<'_>) -> Vec<usize> {
        let is_visible = |table: &QualifiedName| self.schema.is_visible(table);
        let written = Spelling {
            catalog: self.schema.catalog,
            is_visible: &is_visible,
        }
        .write(request);
        self.statements.push(keyed_query(
            selection.name.place.clone(),
            selection.whole(),
            written.sql,
            request.key_types.len(),
            written.placeholders,
        ));
        written.key
    }

    fn check_arguments(&mut self, selection: &Selection, relation: &Relation, is_count: bool) {
        for kind in [ArgumentKind::OrderBy, ArgumentKind::Limit] {
            let Some(argument) = selection.argument(kind) else {
                continue;
            };
            let name = kind.as_str();
            if is_count {
                let message = format!("`{name}` has no meaning for a count");
                self.report(message, &argument.place, "remove it");
            } else if !relation.kind.is_many() {
                let message = format!(
                    "`{name}` has no meaning for `{}`, which is one row",
                    relation.name
                );
                let help = "remove it; `where` may leave the row out";
                self.report(message, &argument.place, help);
            }
        }
    }

    /// The columns and relations that are selected of a relation's rows.
    fn fields(
        &mut self,
        selection: &'a Selection,
        relation: &Relation,
        table: &Table,
        columns: &mut Vec<Selected>,
        nested: &mut Vec<(&'a Selection, &'a Relation)>,
    ) {
        let schema = self.schema;
        let all = || {
            table.columns.iter().map(|column| Selected {
                column: column.name.clone(),
                name: column.name.clone(),
            })
        };
        let Some(fields) = &selection.fields else {
            columns.extend(all());
            return;
        };
        let relations: Vec<&'a Relation> = schema.graph.of(&table.name);
        let without: Vec<&Name> = fields
            .iter()
            .filter_map(|field| match field {
                Field::Without(name) => Some(name),
                _ => None,
            })
            .collect();
        for name in &without {
            if !table.columns.iter().any(|column| name.is(&column.name)) {
                self.unknown_column(name, table, &[]);
            }
        }
        let has_all = fields.iter().any(|field| matches!(field, Field::All(_)));
        if has_all || !without.is_empty() {
            columns
                .extend(all().filter(|column| !without.iter().any(|name| name.is(&column.column))));
            if columns.is_empty() {
                let message = format!("no column of `{}` is left", relation.name);
                self.report(
                    message,
                    &without[0].place,
                    "name those that are needed instead",
                );
            }
        }
        for field in fields {
            let Field::Named(field) = field else { continue };
            if let Some(table) = &field.table {
                let message = format!("`{}.` has no meaning here", table.text);
                let help = format!("write `{}`: its table is known", field.name.text);
                self.report(message, &table.place, help);
                continue;
            }
            let column = table
                .columns
                .iter()
                .find(|column| field.name.is(&column.name));
            let named: Vec<&'a Relation> = relations
                .iter()
                .copied()
                .filter(|relation| field.name.is(&relation.name))
                .collect();
            match (column, named.as_slice(), &field.body) {
                (Some(column), _, None) => {
                    let name = field
                        .alias
                        .as_ref()
                        .map_or(&column.name, |alias| &alias.text);
                    if !without.is_empty() && field.alias.is_none() {
                        let message = "columns are either named or left out";
                        let help = "remove the name: all columns but those with `-` are there";
                        self.report(message, &field.name.place, help);
                    } else if columns.iter().any(|known| known.name == *name) {
                        let message = format!("there are two fields `{name}`");
                        let help =
                            format!("remove one, or rename it: `my_{name}: {}`", column.name);
                        self.report(message, &field.field().place, help);
                    } else {
                        columns.push(Selected {
                            column: column.name.clone(),
                            name: name.clone(),
                        });
                    }
                }
                (_, [only], _) => nested.push((field, only)),
                (_, [_, _, ..], _) => self.ambiguous(&field.name, &named, false),
                (Some(column), [], Some(body)) => {
                    let message = format!(
                        "`{}` is a column of `{}`, not a relation",
                        column.name, table.name
                    );
                    self.report(message, body, "remove this");
                }
                (None, [], _) => self.unknown_column(&field.name, table, &relations),
            }
        }
    }
}

impl<'p> Parent<'p> {
    /// Where the column of a relation's key is shown, and of which row.
    pub(super) fn places(
        &self,
        relation: &Relation,
        name: &str,
    ) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(move |(place, shown)| {
            let shown = shown.filter(|shown| *shown.table == relation.table)?;
            (shown.column == name).then_some((shown.row, place))
        })
    }

    /// The rows of the relation's table that all of its key is shown of.
    pub(super) fn rows_with_key(&self, relation: &Relation) -> BTreeSet<usize> {
        let rows = relation.columns.iter().map(|name| -> BTreeSet<usize> {
            self.places(relation, name).map(|(row, _)| row).collect()
        });
        rows.reduce(|all, rows| &all & &rows).unwrap_or_default()
    }

    /// Rows of a relation with these columns.
    fn of(columns: &'p [Selected], table: &'p Table) -> Self {
        let mut seen = BTreeSet::new();
        Self {
            // A column that stands there twice, under two names, is found once.
            columns: columns
                .iter()
                .map(|selected| {
                    let is_first = seen.insert(&selected.column);
                    is_first.then_some(Shown {
                        table: &table.name,
                        row: 0,
                        column: &selected.column,
                    })
                })
                .collect(),
            types: columns
                .iter()
                .map(|selected| column_type(table, &selected.column))
                .collect(),
        }
    }
}

/// Adds a column that leads to other rows, where it is not there, under a name that is free.
fn add_key(columns: &mut Vec<Selected>, key: &str) {
    if columns.iter().any(|selected| selected.column == key) {
        return;
    }
    let mut name = key.to_owned();
    while columns.iter().any(|selected| selected.name == name) {
        name.push('_');
    }
    columns.push(Selected {
        column: key.to_owned(),
        name,
    });
}

/// `items { count }`, unless the table has a column of that name.
fn is_count(selection: &Selection, table: &Table) -> bool {
    match selection.fields.as_deref() {
        Some([Field::Named(only)]) => {
            only.name.is("count")
                && only.body.is_none()
                && only.alias.is_none()
                && only.table.is_none()
                && !table.columns.iter().any(|column| column.name == "count")
        }
        _ => false,
    }
}
