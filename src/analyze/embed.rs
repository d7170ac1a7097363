//! `sqlc.embed(t)`: which columns it stands for, and whether they are the row of a table that may be missing.
//!
//! Postgres is asked with `t.*` in its place, so that `t` may be whatever a `*` can follow: a table, an alias, a view, a
//! CTE, a subquery, a join. Its columns are then written out, as those of any `*`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, Nullability};
use crate::syntax::{Embed, Query};

use super::describe::Description;
use super::nullability::{Star, columns_of_star};

/// The columns of each embed of a query; `None` where one is not understood, which is reported.
pub(super) fn columns(
    query: &Query,
    description: &Description,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Star>> {
    let stars: Vec<Option<Star>> = query
        .embeds
        .iter()
        .map(|embed| {
            let star = columns_of_star(description.tree.as_deref()?, embed.offset);
            if star.is_none() {
                diagnostics.push(not_shown(embed, description));
            }
            star
        })
        .collect();
    let stars: Option<Vec<Star>> = stars.into_iter().collect();
    if stars.is_none() && description.tree.is_none() {
        diagnostics.push(without_tree(&query.embeds[0]));
    }
    stars
}

fn not_shown(embed: &Embed, description: &Description) -> Diagnostic {
    let message = format!(
        "the result does not show what `{}` stands for",
        embed.place.text()
    );
    let diagnostic =
        Diagnostic::error(Code::InvalidPlaceholder, message).at(embed.place.clone(), "");
    if description.columns.is_empty() {
        diagnostic.help(format!("write `{}.*`", embed.relation))
    } else {
        diagnostic.help(format!(
            "`sqlc.embed` belongs into the outermost list of result columns, of the first SELECT of a UNION: write \
             `{}.*` elsewhere",
            embed.relation
        ))
    }
}

fn without_tree(embed: &Embed) -> Diagnostic {
    let message = format!(
        "Postgres does not tell the columns of `{}`",
        embed.place.text()
    );
    Diagnostic::error(Code::InvalidPlaceholder, message)
        .at(embed.place.clone(), "")
        .note("the connection to the server keeps its notices, as some poolers do")
        .help("connect to the server itself, or write the columns out")
}

/// What an embed is, by its columns. `catalog` is the schema as generated code sees it; `in_row` tells which columns may
/// be NULL in a row that is there, if that is known.
pub(super) fn describe(
    embed: &Embed,
    star: &Star,
    columns: &[ir::Column],
    catalog: &ir::Catalog,
    in_row: impl FnOnce() -> Option<Vec<bool>>,
) -> ir::Embed {
    let shown = columns.get(star.columns.clone()).unwrap_or_default();
    let of_table = table_of(shown, catalog).and_then(|table| {
        let declared = table.columns.iter();
        let declared: Vec<bool> = declared.map(|column| column.nullability.nullable).collect();
        let nullability = nullability_of_row(star, shown, &declared)?;
        Some((Some(table.name.clone()), nullability, declared))
    });
    let (table, nullability, nullable_columns) = of_table
        .or_else(|| {
            let nullable = in_row()?;
            let nullability = nullability_of_row(star, shown, &nullable)?;
            nullability
                .nullable
                .then_some((None, nullability, nullable))
        })
        .unwrap_or_else(|| {
            let each = Nullability::not_null("each of its columns may be NULL by itself");
            let nullable = shown.iter().map(|column| column.nullability.nullable);
            (None, each, nullable.collect())
        });
    ir::Embed {
        name: embed.name.clone(),
        renamed: embed.is_renamed,
        columns: star.columns.clone(),
        table,
        nullability,
        nullable_columns,
    }
}

/// The table whose whole rows the columns show.
fn table_of<'c>(shown: &[ir::Column], catalog: &'c ir::Catalog) -> Option<&'c ir::Table> {
    let table = catalog.table(&shown.first()?.origin.as_ref()?.table)?;
    let is_same = |(column, declared): (&ir::Column, &ir::TableColumn)| {
        let origin = column.origin.as_ref();
        origin.is_some_and(|origin| origin.table == table.name && origin.column == declared.name)
    };
    let is_whole = shown.len() == table.columns.len();
    (is_whole && shown.iter().zip(&table.columns).all(is_same)).then_some(table)
}

/// Whether the row may be missing, given which columns may be NULL in one that is there. It is missing where all the
/// others may be NULL; where only some may, something else than a missing row is the reason (`None`), and where there
/// are no others, a row of NULLs says all there is.
fn nullability_of_row(
    star: &Star,
    shown: &[ir::Column],
    nullable_in_row: &[bool],
) -> Option<Nullability> {
    let never_null = shown.iter().zip(nullable_in_row);
    let never_null = never_null.filter(|(_, nullable)| !**nullable);
    let never_null: Vec<&ir::Column> = never_null.map(|(column, _)| column).collect();
    let lost: Vec<&&ir::Column> = never_null
        .iter()
        .filter(|column| column.nullability.nullable)
        .collect();
    match lost.first() {
        None => Some(Nullability::not_null("the row is always there")),
        Some(first) if star.is_row && lost.len() == never_null.len() => {
            Some(Nullability::nullable(&first.nullability.reason))
        }
        Some(_) => None,
    }
}
