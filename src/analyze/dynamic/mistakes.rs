//! What is wrong with queries whose text is to depend on the call.

use std::ops::Range;

use tokio_postgres::types::Type;

use super::super::commands::command_span;
use super::super::describe::Description;
use super::Variant;
use super::writes::mentioned;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Command, Condition, Dynamic, is_same_name};
use crate::source::Span;
use crate::syntax::{Directive, Named, Override, Query, Unusable, Verb, lex};

/// `@param x!` says that there is always a value.
pub(super) fn contradiction(query: &Query, named: &Named) -> Option<Diagnostic> {
    let mut directives = query.directives.iter();
    let mark = directives.find_map(|said| match said {
        Directive::Param(Override {
            name,
            nullable: Some((false, mark)),
            ..
        }) if is_same_name(name, &named.name) => Some(mark),
        _ => None,
    })?;
    let message = format!("`{}` cannot be optional and never NULL", named.name);
    Some(
        Diagnostic::error(Code::InvalidDirective, message)
            .at(named.place.clone(), "")
            .also(mark.clone(), "never NULL, says this")
            .help("remove one of the two"),
    )
}

/// A statement for many rows or items has one text for all of them.
pub(super) fn of_many(query: &Query) -> Option<Diagnostic> {
    let (word, place) = match (
        query.optional().next(),
        query.orders.first(),
        query.paging(),
    ) {
        (Some(named), ..) => ("@optional", &named.place),
        (None, Some(order), _) => ("@sort", &order.key.place),
        (None, None, Some(paging)) => ("@page", &paging.place),
        (None, None, None) => return None,
    };
    let command = query.command;
    let (takes_many, also) = match query.many() {
        Some(many) => ("@many".to_owned(), many.clone()),
        None if command.is_batch() || command == Command::CopyFrom => {
            (command.to_string(), command_span(query))
        }
        None => return None,
    };
    let message = format!("`{word}` does not go with `{takes_many}`");
    Some(
        Diagnostic::error(Code::CommandMismatch, message)
            .at(place.clone(), "")
            .also(also, "takes many with one text")
            .help("call a query for one in a loop, or write a query for each text"),
    )
}

pub(super) fn check_orders(
    query: &Query,
    names: &[String],
    optional: &[usize],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(first) = query.orders.first() else {
        return;
    };
    let mistake = |place: &Span, message: String| {
        Diagnostic::error(Code::InvalidDirective, message).at(place.clone(), "")
    };
    if !query.command.returns_rows() {
        let message = format!(
            "`{}` is `{}`: it gives no rows to order",
            query.name.text(),
            query.command
        );
        diagnostics
            .push(mistake(&first.key.place, message).also(command_span(query), "the command"));
    }
    if let Some(index) = names.iter().position(|name| is_same_name(name, "sort")) {
        let uses = query.placeholders.get(index).map(|p| &p.uses[0]);
        let place = uses.unwrap_or(&query.name);
        diagnostics.push(
            mistake(
                place,
                "`sort` is what the function calls its order".to_owned(),
            )
            .also(
                first.key.place.clone(),
                "the order is chosen because of this",
            )
            .help("give the parameter another name"),
        );
    }
    // A sign in front is part of the name.
    let fold = |key: &str| {
        let (sign, rest) = key.split_at(key.len() - key.trim_start_matches('-').len());
        sign.to_owned() + &rest.to_lowercase().replace(['_', '-'], "")
    };
    for (index, order) in query.orders.iter().enumerate() {
        let key = &order.key;
        let mut before = query.orders[..index].iter();
        if let Some(first) = before.find(|before| fold(&before.key.name) == fold(&key.name)) {
            let message = if first.key.name == key.name {
                format!("there are two orders `{}`", key.name)
            } else {
                let (first, second) = (&first.key.name, &key.name);
                format!("`{first}` and `{second}` would have the same name in Rust")
            };
            diagnostics.push(
                Diagnostic::error(Code::DuplicateName, message)
                    .at(key.place.clone(), "the second one")
                    .also(first.key.place.clone(), "the first one")
                    .help("rename one of them"),
            );
        }
        let sql = order.sql.text();
        for token in lex(sql) {
            let index = token.number(sql).and_then(|number| number.checked_sub(1));
            if let Some(index) = index.filter(|index| optional.contains(index)) {
                let name = &names[index];
                let message = format!("the order `{}` needs `{name}`, which is optional", key.name);
                diagnostics.push(mistake(&order.list, message).help(
                    "an order applies whatever is left out: use a parameter that is always there",
                ));
            }
        }
    }
}

pub(super) fn explain(query: &Query, unusable: Unusable) -> Diagnostic {
    let mistake = |message: String, range: Range<usize>| {
        Diagnostic::error(Code::InvalidDirective, message).at(query.origin(range), "")
    };
    let names = || query.optional().map(|named| named.place.clone());
    match unusable {
        Unusable::Outside(range) => {
            let place = query.origin(range.clone());
            let message = format!(
                "`{}` stands in no condition and is not written, so it cannot be left out",
                place.text()
            );
            let name = place.text().trim_start_matches('@').to_owned();
            let listed = names().find(|listed| is_same_name(listed.text(), &name));
            let diagnostic = mistake(message, range);
            let diagnostic = match listed {
                Some(listed) => diagnostic.also(listed, "is to be optional"),
                None => diagnostic,
            };
            diagnostic.help(
                "what is left out is a condition of WHERE, ON, HAVING or FILTER, an assignment of SET or an item of VALUES: \
                 take another parameter in this place, or one that may be NULL: `sqlc.narg(…)`",
            )
        }
        Unusable::Inside(range) => mistake(
            "this condition is part of an assignment or a value, of which others are optional".to_owned(),
            range,
        )
        .help("move the subquery into a WITH before the statement; or leave out the assignment as a whole"),
        Unusable::Or(range) => mistake(
            "an OR of which one side is left out would be another question".to_owned(),
            range,
        )
        .help("put parentheses around the OR: it is left out as a whole then; or around what it does not concern"),
        Unusable::Everything(verb, range) => {
            let verb_name = verb.as_str();
            let does = match verb {
                Verb::Delete => "deletes",
                Verb::Merge => "merges",
                _ => "updates",
            };
            mistake(
                format!("with all optional parameters left out, this {verb_name} {does} every row"),
                range,
            )
            .help("add a condition that always applies; or write `true AND …`, if that is what you want")
        }
    }
}

/// An `UPDATE`, or an `ON CONFLICT`, that may have no assignment.
pub(super) fn nothing_to_set(query: &Query, dynamic: &Dynamic) -> Diagnostic {
    let place = dynamic.assignments.first();
    let place = place.map_or_else(
        || query.name.clone(),
        |first| query.origin(first.at.clone()),
    );
    Diagnostic::error(
        Code::InvalidDirective,
        "with all optional parameters left out, this SET has no assignment",
    )
    .at(place, "the first one that can be left out")
    .help("add an assignment that is always made, as `updated_at = now()`")
    .note(
        "a plain `UPDATE t SET … WHERE … RETURNING …` reads its rows then; one with WITH, FROM, OLD or NEW cannot, nor \
         can ON CONFLICT",
    )
}

/// A condition whose bounds are not where it was cut.
pub(super) fn undecided(query: &Query, condition: Option<&Condition>) -> Diagnostic {
    let message =
        "rowsmith cannot tell where the condition of this optional parameter begins and ends";
    let place = condition.map_or_else(
        || query.name.clone(),
        |condition| {
            let needs = condition.needs.iter();
            let needs = needs.filter_map(|&index| query.placeholders.get(index));
            let uses = needs.flat_map(|placeholder| &placeholder.uses);
            let range = query.origin(condition.at.clone()).range;
            let mut uses = uses.filter(|place| range.contains(&place.range.start));
            uses.next().unwrap_or(&query.name).clone()
        },
    );
    Diagnostic::error(Code::InvalidDirective, message)
        .at(place, "")
        .help("put parentheses around what is to be left out")
}

pub(super) fn without_order(key: &Named, verb: Verb) -> Diagnostic {
    let message = format!("Postgres does not order what {} returns", verb.as_str());
    Diagnostic::error(Code::InvalidDirective, message)
        .at(key.place.clone(), "")
        .help("order it in Rust; or write `WITH changed AS (… RETURNING *) SELECT * FROM changed`")
}

pub(super) fn in_order(place: &Span, key: &Named) -> Diagnostic {
    Diagnostic::error(
        Code::InvalidDirective,
        "this condition is part of the ORDER BY, which `@sort` replaces",
    )
    .at(place.clone(), "")
    .also(key.place.clone(), "an order in its place")
    .help("move it into the SELECT list, and order by its alias")
}

/// What is wrong with a variant that Postgres accepts: its types are not those of the query.
pub(super) fn difference(
    query: &Query,
    known: &Description,
    variant: &Variant,
    found: &Description,
) -> Option<Diagnostic> {
    let type_of = |ty: &Type| ty.name().to_owned();
    let mut columns = known.columns.iter().zip(&found.columns);
    let what = &variant.what;
    let message = if known.columns.len() != found.columns.len() {
        format!("{what}, `{}` would have other columns", query.name.text())
    } else if let Some((known, found)) = columns.find(|(known, found)| known.ty() != found.ty()) {
        format!(
            "{what}, the column `{}` would be `{}`, and is `{}`",
            known.name,
            type_of(found.ty()),
            type_of(known.ty())
        )
    } else if !has_same_parameters(known, variant, found) {
        format!(
            "{what}, the parameters of `{}` would have other types",
            query.name.text()
        )
    } else {
        return None;
    };
    Some(
        Diagnostic::error(Code::InvalidQuery, message)
            .at(query.name.clone(), "")
            .help("add casts, so that the types do not depend on what is left out"),
    )
}

/// Whether the parameters that the variant mentions have the types of the query's.
fn has_same_parameters(known: &Description, variant: &Variant, found: &Description) -> bool {
    let mentioned = mentioned(variant.query.sql.text());
    let parameters = known.parameters.iter().zip(&found.parameters).enumerate();
    let mut mentioned = parameters.filter(|(index, _)| mentioned.contains(&(index + 1)));
    known.parameters.len() == found.parameters.len()
        && mentioned.all(|(_, (known, found))| known == found)
}
