//! `INSERT … SELECT … FROM unnest(…)` from `INSERT … VALUES (…)`: the same expressions, evaluated for each row.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{is_default, target, type_name, untold};
use crate::analyze::describe::Description;
use crate::analyze::node::{self, Node, OnConflictAction};
use crate::catalog::{Catalog, Oid, PgTypeKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::ir::Bulk;
use crate::quote;
use crate::syntax::{Insert, List, Query, Source, Token, TokenKind, lex};

/// The statement over arrays for a query with `@many`. `names` are those of its parameters.
pub(super) fn statement(
    query: &Query,
    description: &Description,
    names: &[String],
    catalog: &Catalog,
) -> Result<Bulk, Box<Diagnostic>> {
    let sql = query.sql.text();
    let insert = Insert::read(sql).ok_or_else(|| no_insert(query))?;
    let (keyword, row) = only_row(query, &insert)?;
    let tokens = lex(sql);
    let placeholders = placeholders(query, &tokens, row)?;
    let input = Input {
        sql,
        placeholders,
        alias: free_name(sql, &tokens),
        columns: names.iter().map(|name| quote::name(name)).collect(),
        elements: elements(query, description, names, catalog)?,
    };

    let items = 0..row.items.len();
    let kept: Vec<usize> = items
        .filter(|&index| !is_default(sql, &row.items[index]))
        .collect();
    let (before, values) = if kept.len() == row.items.len() {
        let values = input.value(&(row.range.start + 1..row.range.end - 1));
        (sql[..keyword.start].to_owned(), values.trim().to_owned())
    } else {
        // `DEFAULT` is what a column gets that is not there.
        let values = kept.iter().map(|&index| input.value(&row.items[index]));
        let values: Vec<String> = values.collect();
        let before = without_defaults(query, description, &insert, keyword, &kept, catalog);
        (before.ok_or_else(|| untold(query))?, values.join(", "))
    };
    let after = &sql[row.range.end..];
    let sql = format!("{before}SELECT {values}\nFROM {}{after}", input.from());
    let key = conflict_key(description, row, &input.placeholders, catalog);
    Ok(Bulk::Arrays {
        sql,
        key: key.unwrap_or_default(),
    })
}

/// The parameters that make the key which `ON CONFLICT` looks for. `None` where that is no plain column, or unknown.
fn conflict_key(
    description: &Description,
    row: &List,
    placeholders: &[(usize, Range<usize>)],
    catalog: &Catalog,
) -> Option<Vec<usize>> {
    let tree = description.tree.as_deref().and_then(node::read)?;
    let conflict = tree.node("onConflict")?;
    // Where rows are left out, nobody could tell which, to give the others in the order of the caller.
    let may_skip = OnConflictAction::of(conflict) != Some(OnConflictAction::Update)
        || !conflict.get("onConflictWhere").is_nothing();
    if may_skip && !description.columns.is_empty() {
        return None;
    }
    let elements = conflict.nodes("arbiterElems").map(|element| {
        let expression = element.node("expr")?;
        let number = expression.number::<i16>("varattno")?;
        (expression.name == "VAR").then_some(number)
    });
    let mut columns: Vec<i16> = elements.collect::<Option<_>>()?;
    if columns.is_empty() {
        // A constraint, or any: one key is as good as another to make an order.
        let keys = &target(&tree, catalog)?.unique_keys;
        let key = keys.iter().find(|key| key.primary).or(keys.first())?;
        columns.clone_from(&key.columns);
    }
    let filled: Vec<i16> = tree
        .nodes("targetList")
        .filter_map(|target| target.number("resno"))
        .collect();
    let mut key = Vec::new();
    for column in columns {
        let item = row
            .items
            .get(filled.iter().position(|filled| *filled == column)?)?;
        let inside = placeholders
            .iter()
            .filter(|(_, place)| item.start <= place.start && place.end <= item.end);
        for (number, _) in inside {
            let index = number.checked_sub(1)?;
            if !key.contains(&index) {
                key.push(index);
            }
        }
    }
    Some(key)
}

/// The word `VALUES` and the only row after it.
fn only_row<'i>(
    query: &Query,
    insert: &'i Insert,
) -> Result<(&'i Range<usize>, &'i List), Box<Diagnostic>> {
    let (place, what, help) = match &insert.source {
        Source::Values { keyword, rows } => match rows.as_slice() {
            [_, second, ..] => (
                &second.range,
                "has several rows",
                "write one row of parameters: it stands for all",
            ),
            [row] => return Ok((keyword, row)),
            [] => return Err(untold(query)),
        },
        Source::Other(first) => (
            first,
            "has no `VALUES`",
            "write one row of parameters: `VALUES (@a, @b)`",
        ),
    };
    let place = query.origin(place.clone());
    Err(Box::new(misfit(query, what).at(place, "").help(help)))
}

/// The number and the place of each placeholder, all of which must be in the row.
fn placeholders(
    query: &Query,
    tokens: &[Token],
    row: &List,
) -> Result<Vec<(usize, Range<usize>)>, Box<Diagnostic>> {
    let sql = query.sql.text();
    let placeholders = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Positional)
        .filter_map(|token| Some((token.text(sql)[1..].parse().ok()?, token.range.clone())));
    let placeholders: Vec<(usize, Range<usize>)> = placeholders.collect();
    let within = |place: &Range<usize>| row.range.start < place.start && place.end < row.range.end;
    if let Some((_, place)) = placeholders.iter().find(|(_, place)| !within(place)) {
        let place = query.origin(place.clone());
        let what = format!("uses `{}` outside of `VALUES`", place.text());
        return Err(Box::new(
            misfit(query, &what).at(place, "of which row?").help(
                "in `DO UPDATE`, `EXCLUDED.column_name` is the value that was to be inserted",
            ),
        ));
    }
    if placeholders.is_empty() {
        let place = query.origin(row.range.clone());
        let diagnostic = misfit(query, "has no parameter").at(place, "");
        return Err(Box::new(diagnostic.help("write one: `VALUES (@a)`")));
    }
    Ok(placeholders)
}

/// What the arrays are of.
struct Elements {
    types: Vec<String>,
    /// Whether some are composite types.
    has_composite: bool,
}

fn elements(
    query: &Query,
    description: &Description,
    names: &[String],
    catalog: &Catalog,
) -> Result<Elements, Box<Diagnostic>> {
    let mut elements = Elements {
        types: Vec::new(),
        has_composite: false,
    };
    for (index, ty) in description.parameters.iter().enumerate() {
        let (oid, kind) = base(ty.oid(), catalog);
        if let Some(PgTypeKind::Array { element }) = kind {
            let place = query.placeholders.get(index).and_then(|p| p.uses.first());
            let what = format!("has an array, `{}`", names[index]);
            let diagnostic = misfit(query, &what)
                .at(
                    place.unwrap_or(&query.name).clone(),
                    "one array for each row",
                )
                .note(
                    "the rows' values are sent as arrays, and of arrays of different lengths Postgres has none",
                )
                .help("use `:copyfrom` or `:batchexec`, which send each row by itself")
                .help(format!("or send JSON: `{}`", as_json(&names[index], *element, catalog)));
            return Err(Box::new(diagnostic));
        }
        elements.has_composite |= matches!(kind, Some(PgTypeKind::Composite { .. }));
        let name = type_name(oid, catalog).ok_or_else(|| untold(query))?;
        elements.types.push(name);
    }
    Ok(elements)
}

/// An array of these elements, made of a parameter that is JSON.
fn as_json(name: &str, element: Oid, catalog: &Catalog) -> String {
    let cast = match type_name(element, catalog) {
        Some(name) if name != "text" => format!("::{name}"),
        _ => String::new(),
    };
    format!("ARRAY(SELECT jsonb_array_elements_text(@{name}::jsonb){cast})")
}

/// The rows that the statement is to insert, as an entry of FROM.
struct Input<'a> {
    sql: &'a str,
    placeholders: Vec<(usize, Range<usize>)>,
    alias: String,
    /// A column for each parameter.
    columns: Vec<String>,
    elements: Elements,
}

impl Input<'_> {
    /// A piece of the statement with columns in the place of parameters.
    fn value(&self, range: &Range<usize>) -> String {
        let mut text = String::new();
        let mut copied = range.start;
        let within = |place: &Range<usize>| range.start <= place.start && place.end <= range.end;
        for (number, place) in self.placeholders.iter().filter(|(_, place)| within(place)) {
            text.push_str(&self.sql[copied..place.start]);
            copied = place.end;
            let column = self.columns.get(number - 1).map_or("", String::as_str);
            let column = format!("{}.{column}", self.alias);
            let next = &self.sql[place.end..];
            if next.trim_start().starts_with('.') {
                // `input.address.street` would be a column of a schema's table.
                text.extend(["(", &column, ")"]);
            } else {
                text.push_str(&column);
            }
            if next.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                text.push(' ');
            }
        }
        text.push_str(&self.sql[copied..range.end]);
        text
    }

    fn from(&self) -> String {
        let numbered = self.elements.types.iter().enumerate();
        let arrays = numbered.map(|(index, element)| format!("${}::{element}[]", index + 1));
        let rows = if self.elements.has_composite {
            // In FROM, `unnest` would make a column of each field of a composite type.
            let columns: Vec<String> = arrays.map(|array| format!("unnest({array})")).collect();
            format!("(SELECT {})", columns.join(", "))
        } else {
            format!("unnest({})", arrays.collect::<Vec<_>>().join(", "))
        };
        format!("{rows} AS {} ({})", self.alias, self.columns.join(", "))
    }
}

/// The statement up to `VALUES`, with the columns of these items only.
fn without_defaults(
    query: &Query,
    description: &Description,
    insert: &Insert,
    keyword: &Range<usize>,
    kept: &[usize],
    catalog: &Catalog,
) -> Option<String> {
    let sql = query.sql.text();
    let Some(List { range, items }) = &insert.columns else {
        let tree = description.tree.as_deref().and_then(node::read)?;
        let names = column_names(&tree, catalog)?;
        let names = kept.iter().filter_map(|&index| names.get(index).cloned());
        let names = names.collect::<Vec<_>>().join(", ");
        return Some(format!("{}({names}) ", &sql[..keyword.start]));
    };
    let items = kept.iter().filter_map(|&index| items.get(index));
    let items: Vec<&str> = items.map(|item| &sql[item.clone()]).collect();
    Some(format!(
        "{}({}){}",
        &sql[..range.start],
        items.join(", "),
        &sql[range.end..keyword.start]
    ))
}

/// A mistake in a query with `@many`.
fn misfit(query: &Query, what: &str) -> Diagnostic {
    let name = query.name.text();
    let message = format!("`{name}` is `@many`, but its statement {what}");
    Diagnostic::error(Code::CommandMismatch, message)
}

fn no_insert(query: &Query) -> Box<Diagnostic> {
    let place = query.many().unwrap_or(&query.name).clone();
    let help = "for other statements use `:batchexec`, or write `unnest(@ids::bigint[])` yourself";
    let diagnostic = misfit(query, "is no `INSERT`").at(place, "needs `INSERT … VALUES`");
    Box::new(diagnostic.help(help))
}

/// The columns that an `INSERT` fills, in order.
fn column_names(tree: &Node<'_>, catalog: &Catalog) -> Option<Vec<String>> {
    let relation = target(tree, catalog)?;
    let names = tree.nodes("targetList").map(|target| {
        let column = relation.attribute(target.number("resno")?)?;
        Some(quote::name(&column.name))
    });
    names.collect()
}

/// What a domain is over, at the end.
fn base(oid: Oid, catalog: &Catalog) -> (Oid, Option<&PgTypeKind>) {
    match catalog.types.get(&oid).map(|ty| &ty.kind) {
        Some(PgTypeKind::Domain { base: over, .. }) => base(*over, catalog),
        kind => (oid, kind),
    }
}

/// A name that the statement does not mention.
fn free_name(sql: &str, tokens: &[Token]) -> String {
    let mentioned: BTreeSet<String> = tokens
        .iter()
        .map(|token| token.text(sql).trim_matches('"').to_lowercase())
        .collect();
    let numbered = (2..).map(|number| format!("input_{number}"));
    let mut names = std::iter::once("input".to_owned()).chain(numbered);
    names
        .find(|name| !mentioned.contains(name))
        .expect("numbers do not end")
}
