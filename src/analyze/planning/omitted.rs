//! An `INSERT` that gives no value to a column that needs one: with the first row, Postgres fails.

use super::super::node::{CommandType, Node, Value};
use super::only_words;
use crate::catalog::{Catalog, Oid, Relation};
use crate::diagnostic::{Code, Diagnostic, in_words};
use crate::quote;
use crate::syntax::Query;

/// Warns of the `INSERT`s of a statement that leave out such columns, or write `NULL` for them.
pub(super) fn columns(
    query: &Query,
    tree: &Node<'_>,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let ctes = tree.nodes("cteList");
    for inner in ctes.filter_map(|cte| cte.node("ctequery")) {
        columns(query, inner, catalog, diagnostics);
    }
    if let Some((relation, omitted)) = omitted(tree, catalog).filter(|(_, names)| !names.is_empty())
    {
        diagnostics.push(warning(query, relation, &omitted));
    }
}

/// The table and the columns of an `INSERT`.
fn omitted<'c>(query: &Node<'_>, catalog: &'c Catalog) -> Option<(&'c Relation, Vec<&'c str>)> {
    if CommandType::of(query)? != CommandType::Insert {
        return None;
    }
    let relation = super::target(query, catalog)?;
    // A trigger or a rule may give them values; what a view does with a row is its own affair.
    if !matches!(relation.kind, 'r' | 'p') || relation.has_write_hooks {
        return None;
    }
    let targets = query.list("targetList");
    let columns = relation.columns.iter().filter(|column| {
        column.not_null && {
            let number = Some(column.number);
            let mut targets = targets.iter().filter_map(Value::as_node);
            match targets.find(|target| target.number("resno") == number) {
                Some(target) => target.node("expr").is_some_and(is_null),
                None => !column.has_default && !column.generated,
            }
        }
    });
    Some((
        relation,
        columns.map(|column| column.name.as_str()).collect(),
    ))
}

/// Whether `NULL` is written there.
fn is_null(value: &Node<'_>) -> bool {
    match value.name {
        "CONST" => value.flag("constisnull"),
        "RELABELTYPE" | "COERCEVIAIO" | "COERCETODOMAIN" => value.node("arg").is_some_and(is_null),
        "FUNCEXPR" if value.number::<Oid>("funcformat") == Some(2) => {
            let mut values = value.list("args").iter().filter_map(Value::as_node);
            values.next().is_some_and(is_null)
        }
        _ => false,
    }
}

fn warning(query: &Query, relation: &Relation, columns: &[&str]) -> Diagnostic {
    let table = quote::name(&relation.name);
    let names: Vec<String> = columns
        .iter()
        .map(|column| format!("`{table}.{}`", quote::after_dot(column)))
        .collect();
    let message = match names.as_slice() {
        [name] => format!("{name} is NOT NULL and gets no value here"),
        _ => format!(
            "{} are NOT NULL and get no value here",
            in_words(&names, "and")
        ),
    };
    let place = only_words(query, &["insert", "into"]);
    let label = if place.is_some() { "" } else { "in this query" };
    let place = place.unwrap_or_else(|| query.name.clone());
    Diagnostic::warning(Code::MissingValue, message)
        .at(place, label)
        .note("Postgres fails in every call that inserts a row (SQLSTATE 23502)")
        .help("write a value, or set a default in a migration; if a trigger fills it in, a migration has to create the trigger")
}
