//! What the configuration says of relations, held against the schema.

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::ir::{Catalog, Table};
use crate::options::{KeyColumns, RelationRule};

use super::graph::find_table;

/// Reports rules that are about nothing, or do not say enough.
pub(crate) fn check_rules(catalog: &Catalog, rules: &[RelationRule]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for rule in rules {
        let ends = [Some(&rule.from), rule.to.as_ref()];
        let before = diagnostics.len();
        for end in ends.into_iter().flatten() {
            diagnostics.extend(check_columns(catalog, end));
        }
        if diagnostics.len() > before {
            continue;
        }
        if let Some(table) = find_table(catalog, &rule.from) {
            diagnostics.extend(check_key(table, rule, catalog, rules));
        }
    }
    diagnostics
}

fn invalid(message: String, end: &KeyColumns) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).at(end.place.span(), "")
}

/// What is said of a table that is not there, and the help where another is called much the same.
pub(super) fn unknown_table(name: &str, catalog: &Catalog) -> (String, Option<String>) {
    let tables = catalog.tables.iter();
    let names: Vec<String> = tables.map(|table| table.name.to_string()).collect();
    let near = nearest(name, names.iter().map(String::as_str));
    (
        format!("there is no table or view `{name}`"),
        near.map(|near| format!("did you mean `{near}`?")),
    )
}

fn check_columns(catalog: &Catalog, end: &KeyColumns) -> Option<Diagnostic> {
    let Some(table) = find_table(catalog, end) else {
        let same = catalog
            .tables
            .iter()
            .filter(|table| table.name.name == end.table);
        if end.schema.is_none() && same.count() > 1 {
            let message = format!("there are several tables `{}`", end.table);
            return Some(invalid(message, end).help("write the schema before it"));
        }
        let (message, near) = unknown_table(&end.table, catalog);
        let diagnostic = invalid(message, end);
        return Some(match near {
            Some(near) => diagnostic.help(near),
            None => diagnostic,
        });
    };
    let columns = || table.columns.iter().map(|column| column.name.as_str());
    let unknown = end
        .columns
        .iter()
        .find(|name| !columns().any(|column| column == **name))?;
    let diagnostic = invalid(format!("`{}` has no column `{unknown}`", table.name), end);
    Some(match nearest(unknown, columns()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    })
}

/// Without a key of the schema, a rule must say both ends.
fn check_key(
    table: &Table,
    rule: &RelationRule,
    catalog: &Catalog,
    rules: &[RelationRule],
) -> Option<Diagnostic> {
    let is_here =
        |from: &KeyColumns| find_table(catalog, from).is_some_and(|t| t.name == table.name);
    let has_key = |columns: &[String]| {
        let added = rules
            .iter()
            .filter(|rule| !rule.through && rule.to.is_some());
        table.foreign_keys.iter().any(|key| key.columns == columns)
            || added
                .into_iter()
                .any(|rule| is_here(&rule.from) && rule.from.columns == columns)
    };
    match &rule.to {
        None if !has_key(&rule.from.columns) => {
            let message = format!("these columns of `{}` are no foreign key", table.name);
            Some(invalid(message, &rule.from).help("say what they point to, as in `to: users.id`"))
        }
        Some(to) if rule.through => {
            let end = [&rule.from, to]
                .into_iter()
                .find(|end| !has_key(&end.columns))?;
            let message = format!("these columns of `{}` are no foreign key", table.name);
            Some(
                invalid(message, end)
                    .help("add another entry that says what they point to, as in `from: members.user_id` and `to: users.id`"),
            )
        }
        Some(to) if to.columns.len() != rule.from.columns.len() => {
            let message = "the two ends of a relation have as many columns".to_owned();
            Some(invalid(message, to))
        }
        _ => None,
    }
}
