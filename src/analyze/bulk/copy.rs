//! `COPY` into the columns that an `INSERT` fills.

use std::ops::Range;

use super::{is_default, target, type_name, untold};
use crate::analyze::commands::command_span;
use crate::analyze::describe::Description;
use crate::analyze::node::{self, CoercionForm, Node};
use crate::catalog::{Attribute, Catalog, Oid};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::ir::Bulk;
use crate::quote;
use crate::syntax::{Insert, List, Query, Source, lex};

const INSTEAD: &str =
    "use `:exec` with the directive `-- @many`, which inserts many rows by an `INSERT`";

/// The `COPY` for a `:copyfrom`.
pub(super) fn statement(
    query: &Query,
    description: &Description,
    catalog: &Catalog,
) -> Result<Bulk, Box<Diagnostic>> {
    let sql = query.sql.text();
    let insert = Insert::read(sql).ok_or_else(|| no_insert(query))?;
    let row = only_row(query, &insert)?;
    let columns = columns(query, description, &insert, row, catalog)?;
    if columns.is_empty() {
        let help = "write one: `VALUES (@a)`";
        return Err(refuse(query, &row.range, "has no parameter", help));
    }
    Ok(insert.copy(sql, columns))
}

/// The row of an `INSERT` that has nothing else.
fn only_row<'i>(query: &Query, insert: &'i Insert) -> Result<&'i List, Box<Diagnostic>> {
    let refuse = |place, what, help| Err(refuse(query, place, what, help));
    if let Some(with) = &insert.with {
        let help = "select nothing: the rows come from the caller";
        return refuse(with, "has a `WITH`", help);
    }
    let row = match &insert.source {
        Source::Values { rows, .. } => match rows.as_slice() {
            [row] => row,
            [_, second, ..] => {
                let help = "write one row of parameters";
                return refuse(&second.range, "has several rows", help);
            }
            [] => return Err(untold(query)),
        },
        Source::Other(first) => {
            let help = "write one row of parameters: `VALUES (@a, @b)`";
            return refuse(first, "takes its rows from elsewhere than `VALUES`", help);
        }
    };
    if let Some(conflict) = &insert.conflict {
        let what = "has an `ON CONFLICT`, which `COPY` does not know";
        return refuse(conflict, what, INSTEAD);
    }
    if let Some(returning) = &insert.returning {
        let what = "has a `RETURNING`, which `COPY` does not know";
        return refuse(returning, what, INSTEAD);
    }
    let overriding = insert.overriding.as_ref();
    let is_user =
        |which: &&Range<usize>| query.sql.text()[(*which).clone()].eq_ignore_ascii_case("user");
    if let Some(which) = overriding.filter(is_user) {
        let help = "leave the identity column out of the `INSERT`";
        return refuse(
            which,
            "does not store the values of an identity column",
            help,
        );
    }
    Ok(row)
}

/// Each column that the row fills, as SQL, and the parameter that it takes, from 0. What gets its default is left out.
fn columns(
    query: &Query,
    description: &Description,
    insert: &Insert,
    row: &List,
    catalog: &Catalog,
) -> Result<Vec<(String, usize)>, Box<Diagnostic>> {
    let sql = query.sql.text();
    let tree = description.tree.as_deref().and_then(node::read);
    let tree = tree.ok_or_else(|| untold(query))?;
    let relation = target(&tree, catalog).ok_or_else(|| untold(query))?;
    let names = insert.columns.as_ref().map(|list| list.items.as_slice());
    let mut columns = Vec::new();
    let mut targets = tree.nodes("targetList");
    for (index, item) in row.items.iter().enumerate() {
        let target = targets.next().ok_or_else(|| untold(query))?;
        if is_default(sql, item) {
            continue;
        }
        let written = names.and_then(|names| names.get(index));
        if let Some(part) = written.filter(|name| lex(&sql[(*name).clone()]).len() > 1) {
            let help = format!("fill the whole column, or {INSTEAD}");
            return Err(refuse(query, part, "fills a part of a column", &help));
        }
        let number = target.number::<i16>("resno");
        let column = number.and_then(|number| relation.attribute(number));
        let column = column.ok_or_else(|| untold(query))?;
        let Some((parameter, ty)) = parameter(target) else {
            let place = query.origin(item.clone());
            let what = format!("has the value `{}`, which is no parameter", place.text());
            let help = format!("compute it in Rust, or {INSTEAD}");
            return Err(refuse(query, item, &what, &help));
        };
        if ty != column.type_id {
            return Err(mistyped(query, item, column, ty, catalog));
        }
        let name = match written {
            Some(name) => sql[name.clone()].to_owned(),
            None => quote::name(&column.name),
        };
        columns.push((name, parameter - 1));
    }
    Ok(columns)
}

/// A mistake in a `:copyfrom`.
fn misfit(query: &Query, what: &str) -> Diagnostic {
    let name = query.name.text();
    let message = format!("`{name}` is `:copyfrom`, but its statement {what}");
    Diagnostic::error(Code::CommandMismatch, message)
}

fn refuse(query: &Query, place: &Range<usize>, what: &str, help: &str) -> Box<Diagnostic> {
    let place = query.origin(place.clone());
    Box::new(misfit(query, what).at(place, "").help(help))
}

fn no_insert(query: &Query) -> Box<Diagnostic> {
    let diagnostic = misfit(query, "has no `INSERT`")
        .at(command_span(query), "needs `INSERT … VALUES`")
        .help("write `INSERT INTO table_name (a, b) VALUES (@a, @b)`");
    Box::new(diagnostic)
}

/// A parameter whose cast makes it another type than its column.
fn mistyped(
    query: &Query,
    item: &Range<usize>,
    column: &Attribute,
    ty: Oid,
    catalog: &Catalog,
) -> Box<Diagnostic> {
    let name = |oid| type_name(oid, catalog).unwrap_or_else(|| "unknown".to_owned());
    let message = format!(
        "has a value of type `{}` for the column `{}` of type `{}`",
        name(ty),
        column.name,
        name(column.type_id)
    );
    let diagnostic = misfit(query, &message)
        .at(query.origin(item.clone()), "")
        .note("`COPY` converts nothing")
        .help("remove the cast");
    Box::new(diagnostic)
}

/// The parameter that a column is given as it is, and its type. What Postgres adds to keep a length is no matter: `COPY`
/// does the same.
fn parameter(target: &Node<'_>) -> Option<(usize, Oid)> {
    let mut value = target.node("expr")?;
    loop {
        value = match value.name {
            "PARAM" => return Some((value.number("paramid")?, value.number("paramtype")?)),
            "FUNCEXPR" if CoercionForm::of(value) == Some(CoercionForm::ImplicitCast) => {
                value.list("args").first()?.as_node()?
            }
            // The same for each element of an array.
            "ARRAYCOERCEEXPR" if value.number::<u8>("coerceformat") == Some(2) => {
                value.node("arg")?
            }
            "COERCETODOMAIN" if value.number::<u8>("coercionformat") == Some(2) => {
                value.node("arg")?
            }
            "RELABELTYPE" if value.number::<u8>("relabelformat") == Some(2) => value.node("arg")?,
            _ => return None,
        };
    }
}
