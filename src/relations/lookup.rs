//! What `@with` means by a name, and what to say where it means nothing or several things.

use crate::diagnostic::{Code, Diagnostic, in_words, nearest};
use crate::ir::{QualifiedName, Table};
use crate::source::Span;
use crate::syntax::{Name, Selection};

use super::graph::Relation;
use super::planner::{Parent, Planner};

impl<'a> Planner<'a, '_> {
    pub(super) fn own_columns(&mut self, place: &Span) {
        let message = "the columns of the query's own rows are those that it selects";
        self.report(
            message,
            place,
            "name relations here, and their columns in braces behind them",
        );
    }

    /// The relation that the root's selection names: of one of the tables whose columns the query shows.
    pub(super) fn relation_of_root(
        &mut self,
        selection: &Selection,
        parent: &Parent<'_>,
    ) -> Option<&'a Relation> {
        let schema = self.schema;
        let mut tables: Vec<&QualifiedName> = Vec::new();
        for shown in parent.columns.iter().flatten() {
            if !tables.contains(&shown.table) {
                tables.push(shown.table);
            }
        }
        if let Some(table) = &selection.table {
            let known = tables.iter().any(|known| table.is(&known.name));
            if !known {
                let message = format!("the query shows no column of a table `{}`", table.text);
                let names = tables.iter().map(|table| table.name.as_str());
                let help = match nearest(&table.text, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write the table's name, not an alias".to_owned(),
                };
                self.report(message, &table.place, help);
                return None;
            }
            tables.retain(|known| table.is(&known.name));
        }
        let candidates: Vec<&'a Relation> = tables
            .iter()
            .flat_map(|table| {
                schema
                    .graph
                    .all()
                    .iter()
                    .filter(move |r| r.table == **table)
            })
            .collect();
        let named: Vec<&'a Relation> = candidates
            .iter()
            .copied()
            .filter(|relation| selection.name.is(&relation.name))
            .collect();
        let with_key: Vec<&'a Relation> = named
            .iter()
            .copied()
            .filter(|relation| !parent.rows_with_key(relation).is_empty())
            .collect();
        match (named.as_slice(), with_key.as_slice()) {
            (_, [only]) => Some(only),
            ([], _) => {
                self.unknown_relation(&selection.name, &tables, &candidates);
                None
            }
            ([relation, rest @ ..], [])
                if rest.iter().all(|other| {
                    other.table == relation.table && other.columns == relation.columns
                }) =>
            {
                self.missing_key(selection, relation, parent);
                None
            }
            (several, []) | (_, several) => {
                self.ambiguous(&selection.name, several, true);
                None
            }
        }
    }

    fn unknown_relation(
        &mut self,
        name: &Name,
        tables: &[&QualifiedName],
        candidates: &[&Relation],
    ) {
        let owner = match tables {
            [] => {
                let message = format!(
                    "there is no relation `{}`: the rows show no table's columns",
                    name.text
                );
                self.report(
                    message,
                    &name.place,
                    "select the columns of a table as they are",
                );
                return;
            }
            [table] => format!("`{table}` has"),
            tables => {
                let names: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
                format!("{} have", names.join(" and "))
            }
        };
        let message = format!("{owner} no relation `{}`", name.text);
        let names: Vec<&str> = candidates
            .iter()
            .map(|relation| relation.name.as_str())
            .collect();
        let help = relation_help(&name.text, &names);
        self.report(message, &name.place, help);
    }

    fn missing_key(&mut self, selection: &Selection, relation: &Relation, parent: &Parent<'_>) {
        let missing = relation
            .columns
            .iter()
            .filter(|column| parent.places(relation, column).next().is_none());
        let missing: Vec<String> = missing.map(|column| format!("`{column}`")).collect();
        if missing.is_empty() {
            let columns = relation.columns.iter();
            let columns: Vec<String> = columns.map(|column| format!("`{column}`")).collect();
            let columns = in_words(&columns, "and");
            let message = format!(
                "`{}` cannot be loaded: {columns} are of different rows of `{}`",
                selection.name.text, relation.table
            );
            let help = format!("select {columns} of one of them");
            self.report(message, &selection.name.place, help);
            return;
        }
        let message = format!(
            "`{}` cannot be loaded: the rows lack {} of `{}`",
            selection.name.text,
            missing.join(" and "),
            relation.table
        );
        self.report(
            message,
            &selection.name.place,
            format!("select {} as well", missing.join(" and ")),
        );
    }

    pub(super) fn ambiguous(&mut self, name: &Name, several: &[&Relation], is_root: bool) {
        let mut tables: Vec<String> = several
            .iter()
            .map(|relation| relation.table.to_string())
            .collect();
        tables.dedup();
        if let ([first, _, ..], true) = (tables.as_slice(), is_root) {
            let message = format!(
                "`{}` could be a relation of {}",
                name.text,
                in_words(&tables, "or")
            );
            let help = format!("write `{first}.{}`", name.text);
            self.report(message, &name.place, help);
            return;
        }
        let ways: Vec<String> = several
            .iter()
            .map(|relation| format!("by {}", relation.source))
            .collect();
        let message = format!(
            "`{}` of `{}` could be {}",
            name.text,
            several[0].table,
            in_words(&ways, "or")
        );
        let line = several[several.len() - 1].naming_line();
        self.report(
            message,
            &name.place,
            format!("give one of them a name in the configuration, under `relations`: `{line}`"),
        );
    }

    pub(super) fn unknown_column(&mut self, name: &Name, table: &Table, relations: &[&Relation]) {
        let what = if relations.is_empty() {
            "column"
        } else {
            "column or relation"
        };
        let message = format!("`{}` has no {what} `{}`", table.name, name.text);
        let columns = table.columns.iter().map(|column| column.name.as_str());
        let relations = relations.iter().map(|relation| relation.name.as_str());
        let names: Vec<&str> = relations.chain(columns).collect();
        let help = if let Some(near) = nearest(&name.text, names.iter().copied()) {
            format!("did you mean `{near}`?")
        } else {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("it has {}", names.join(", "))
        };
        self.report(message, &name.place, help);
    }

    pub(super) fn report(
        &mut self,
        message: impl Into<String>,
        place: &Span,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(
            Diagnostic::error(Code::InvalidDirective, message)
                .at(place.clone(), "")
                .help(help),
        );
    }
}

fn relation_help(name: &str, names: &[&str]) -> String {
    if let Some(near) = nearest(name, names.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if names.is_empty() {
        return "no foreign key leads there or from there; `relations` in the configuration adds one".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}", names.join(", "))
}
