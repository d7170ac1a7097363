//! What the user says about NULL against the analysis: `AS "name?"`, `AS "name!"`, `-- @column`, `-- @param`,
//! `sqlc.narg`, and functions named in the configuration.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Oid};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::ir::{Nullability, is_same_name};
use crate::quote;
use crate::source::Span;
use crate::syntax::{Alias, Directive, Override, Query};

/// The functions that the configuration names, each with or without its schema and with its place there. A name that no
/// function has is a mistake.
pub(crate) fn functions_named(
    names: &[(&str, Span)],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<Oid> {
    let mut found = BTreeSet::new();
    for (name, place) in names {
        let known = found.len();
        let functions = catalog.functions.iter().filter(|(_, function)| {
            function.name == *name || format!("{}.{}", function.schema, function.name) == *name
        });
        found.extend(functions.map(|(id, _)| *id));
        if found.len() == known {
            let message = format!("neither the schema nor an extension has a function `{name}`");
            let diagnostic = Diagnostic::error(Code::InvalidConfig, message).at(place.clone(), "");
            let functions = || catalog.functions.values();
            let qualified: Vec<String> = functions()
                .map(|function| format!("{}.{}", function.schema, function.name))
                .collect();
            let candidates = functions().map(|function| function.name.as_str());
            let candidates = candidates.chain(qualified.iter().map(String::as_str));
            diagnostics.push(match nearest(name, candidates) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic
                    .note("what Postgres' own functions return is known and needs no override"),
            });
        }
    }
    found
}

/// What the query says about its parameters, by `$n`; `names` are theirs in order.
pub(super) fn of_parameters(
    query: &Query,
    names: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<usize, bool> {
    let placeholders = query.placeholders.iter().enumerate();
    let narg = placeholders.filter(|(_, placeholder)| placeholder.nullable);
    let mut said: BTreeMap<usize, bool> = narg.map(|(index, _)| (index + 1, true)).collect();
    for directive in &query.directives {
        let Directive::Param(Override {
            name,
            place,
            rust_type,
            nullable,
        }) = directive
        else {
            continue;
        };
        // With neither it is sqlc's, which means nothing here.
        if rust_type.is_none() && nullable.is_none() {
            continue;
        }
        match names.iter().position(|known| is_same_name(known, name)) {
            Some(index) => {
                said.extend(nullable.iter().map(|(nullable, _)| (index + 1, *nullable)));
            }
            None => diagnostics.push(unknown("parameter", query, place, names)),
        }
    }
    said
}

/// Applies what the query says about its result columns; `aliases` are what their names say, if anything.
pub(super) fn apply_to_columns(
    query: &Query,
    columns: &mut [(String, Nullability)],
    aliases: &[Option<&str>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for ((name, nullability), alias) in columns.iter_mut().zip(aliases) {
        if let Some(alias) = *alias
            && let Some(nullable) = Alias::parse(alias).nullable
        {
            let written = format!("`AS {}`", quote::always(alias));
            let place = alias_place(query, alias);
            apply(nullability, nullable, name, &written, place, diagnostics);
        }
    }
    for directive in &query.directives {
        let Directive::Column(Override {
            name,
            place,
            nullable,
            ..
        }) = directive
        else {
            continue;
        };
        let mut found = false;
        for (known, nullability) in columns.iter_mut().filter(|(known, _)| known == name) {
            found = true;
            if let Some((nullable, mark)) = nullable {
                let written = format!("`@column {known}{}`", if *nullable { '?' } else { '!' });
                apply(
                    nullability,
                    *nullable,
                    known,
                    &written,
                    mark.clone(),
                    diagnostics,
                );
            }
        }
        if !found {
            let names: Vec<String> = columns.iter().map(|(known, _)| known.clone()).collect();
            diagnostics.push(unknown("result column", query, place, &names));
        }
    }
}

fn apply(
    nullability: &mut Nullability,
    nullable: bool,
    name: &str,
    written: &str,
    place: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if nullable && !nullability.nullable {
        let message = format!("{written} says that `{name}` may be NULL, but it never is");
        diagnostics.push(
            Diagnostic::warning(Code::ContradictedOverride, message)
                .at(place, "")
                .note(nullability.reason.clone())
                .help("remove the `?`, unless the column is to be an `Option` all the same"),
        );
    }
    *nullability = Nullability {
        nullable,
        reason: format!("{written} says so"),
    };
}

/// Where the alias stands; the query's name where it cannot be found, as when it comes out of a view.
fn alias_place(query: &Query, alias: &str) -> Span {
    let quoted = quote::always(alias);
    match query.statement.text().find(&quoted) {
        Some(found) => {
            let start = query.statement.range.start + found;
            query.statement.file.span(start..start + quoted.len())
        }
        None => query.name.clone(),
    }
}

pub(super) fn unknown(what: &str, query: &Query, place: &Span, names: &[String]) -> Diagnostic {
    let message = format!("`{}` has no {what} `{}`", query.name.text(), place.text());
    let diagnostic = Diagnostic::error(Code::InvalidDirective, message).at(place.clone(), "");
    let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match nearest(place.text(), names.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help(format!("it has no {what}s")),
        None => diagnostic.help(format!("it has {}", known.join(", "))),
    }
}
