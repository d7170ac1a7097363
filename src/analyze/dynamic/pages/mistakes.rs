//! What is wrong with queries that are to give their rows in pages.

use tokio_postgres::types::Type;

use super::super::super::commands::command_span;
use super::super::super::unique::Unproved;
use super::List;
use crate::diagnostic::{Code, Diagnostic, in_words};
use crate::ir::{Condition, PageKey};
use crate::source::Span;
use crate::syntax::{Paging, Query, Unpageable};

fn mistake(place: &Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidDirective, message).at(place.clone(), "")
}

/// Pages are of many rows.
pub(super) fn command(query: &Query, paging: &Paging) -> Diagnostic {
    let message = format!(
        "`@page` needs `:many`, and `{}` is `{}`",
        query.name.text(),
        query.command
    );
    Diagnostic::error(Code::CommandMismatch, message)
        .at(paging.place.clone(), "")
        .also(command_span(query), "the command")
        .help("write `:many`, or remove `@page`")
}

pub(super) fn unpageable(query: &Query, paging: &Paging, wrong: Unpageable) -> Diagnostic {
    match wrong {
        Unpageable::Writes(verb) => mistake(
            &paging.place,
            format!("Postgres does not order what {} returns, so it has no pages", verb.as_str()),
        )
        .help("remove `@page`, and fetch all rows"),
        Unpageable::Limits(range) => {
            let word = query.origin(range);
            mistake(&word, format!("`@page` brings its own LIMIT, and this query has {} already", word.text().to_uppercase()))
                .also(paging.place.clone(), "each call says how many rows a page has")
                .help("remove this clause, with its parameters: `Page::first(20)` says how many rows, and `.skip(40)` where to begin")
        }
        Unpageable::Locks(range) => mistake(
            &query.origin(range),
            "rows of a page cannot be locked by the query that finds them",
        )
        .also(paging.place.clone(), "the query becomes a part of another one")
        .help("remove this clause, and lock the rows by a second query: `WHERE id = ANY(@ids) FOR UPDATE`"),
    }
}

pub(super) fn changes_data(paging: &Paging) -> Diagnostic {
    mistake(
        &paging.place,
        "each page runs the statement again, and this one changes data in its WITH",
    )
    .help("change the data by a query of its own, and page through the rows by another")
}

pub(super) fn unordered(query: &Query, paging: &Paging) -> Diagnostic {
    let end = query.statement.range.end;
    mistake(&paging.place, "pages need an order, and this query has no ORDER BY")
        .also(query.name.file.span(end..end), "it belongs here")
        .help("add ORDER BY, with a column at its end that is different in each row: `ORDER BY created_at DESC, id`")
}

pub(super) fn distinct_on(query: &Query, paging: &Paging) -> Diagnostic {
    let order = "ORDER BY";
    mistake(
        &paging.place,
        format!("the {order} of `{}` says which rows DISTINCT ON keeps, so pages cannot have another", query.name.text()),
    )
    .help("put the statement with its ORDER BY into a subquery, and order that: `SELECT * FROM (SELECT DISTINCT ON …) latest ORDER BY …`")
}

pub(super) fn in_order(query: &Query, paging: &Paging, condition: &Condition) -> Diagnostic {
    mistake(
        &query.origin(condition.at.clone()),
        "this condition is part of the ORDER BY, by which a cursor finds its page",
    )
    .also(paging.place.clone(), "the rows come in pages")
    .help("move it into the SELECT list, and order by its alias")
}

pub(super) fn using(place: &Span) -> Diagnostic {
    mistake(
        place,
        "pages cannot be sorted by an operator of your own choice",
    )
    .help("write ASC or DESC")
}

pub(super) fn same_name(place: &Span, name: &str) -> Diagnostic {
    mistake(place, format!("several result columns are called `{name}`"))
        .help("give the others another name with AS, so that pages can be sorted by this one")
}

pub(super) fn not_followed(query: &Query) -> Diagnostic {
    mistake(
        &query.name,
        format!(
            "rowsmith cannot tell where the SELECT list of `{}` ends",
            query.name.text()
        ),
    )
    .help("put the statement into a subquery, `SELECT * FROM (…) rows`, and order that")
}

pub(super) fn varies(place: &Span, why: &str) -> Diagnostic {
    mistake(
        place,
        format!("a cursor finds no place in this order: {why}"),
    )
    .help("sort by what is stored")
}

pub(super) fn composite(place: &Span) -> Diagnostic {
    mistake(place, "a cursor cannot hold a row or a composite value")
        .help("sort by its fields, one after another: `(price).currency, (price).amount`")
}

pub(super) fn not_shown(place: &Span, ty: &Type) -> Diagnostic {
    mistake(
        place,
        format!(
            "pages are sorted by this value of the type `{}`, which the result does not show",
            ty.name()
        ),
    )
    .help("add it to the SELECT list")
}

pub(super) fn nullable(place: &Span, most: usize) -> Diagnostic {
    mistake(
        place,
        format!("more than {most} of the values that this order sorts by may be NULL"),
    )
    .help("declare columns NOT NULL, or sort by `COALESCE(…)`")
}

pub(super) fn other_parameters(query: &Query, what: &str) -> Diagnostic {
    Diagnostic::error(
        Code::InvalidQuery,
        format!(
            "{what}, the parameters of `{}` would have other types",
            query.name.text()
        ),
    )
    .at(query.name.clone(), "")
    .help("add casts, so that the types do not depend on the page")
}

/// The operator that was found for a key is another type's, as where that of an extension is not in the search path.
pub(super) fn other_operator(query: &Query, key: &PageKey, found: &Type) -> Diagnostic {
    mistake(
        &query.name,
        format!(
            "Postgres sorts `{}` as `{}`, and compares it with a cursor as `{}`",
            key.name,
            key.ty,
            found.name()
        ),
    )
    .help("cast what is sorted by in ORDER BY, as in `(address::inet)`; or add the schema of its operators to the search path")
}

/// Rows may be equal in the order.
pub(super) fn unproved(query: &Query, list: &List<'_>, unproved: Unproved) -> Diagnostic {
    let text = list.place.text().trim_end();
    let diagnostic = mistake(
        &list.place,
        format!(
            "two rows of `{}` may be equal in this order, so pages would repeat or lose some",
            query.name.text()
        ),
    );
    let sure = "if you know that no two rows are equal, write `@page assume_unique`";
    match unproved {
        Unproved::Without(expressions) => {
            let code: Vec<String> = expressions.iter().map(|one| format!("`{one}`")).collect();
            let list = expressions.join(", ");
            diagnostic.help(format!(
                "end it with {}: `{text}, {list}`",
                in_words(&code, "and")
            ))
        }
        Unproved::NoKey(name) => diagnostic.note(format!("nothing tells the rows of `{name}` apart: it has no primary or unique key that holds for all of them, without NULL")).help(sure),
        Unproved::Because(why) => diagnostic.note(why).help(sure),
    }
}
