//! Postgres' refusal of a query, told at the right character of the user's file and with a remedy.

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::catalog::{Catalog, PgTypeKind, Relation};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::{Placeholder, Query};

/// The diagnostic for a refused query. `functions` are the names of all functions, for suggestions.
pub(super) fn explain(
    query: &Query,
    error: &DbError,
    catalog: &Catalog,
    functions: &[String],
) -> Diagnostic {
    if is_untyped_parameter(error)
        && let Some(placeholder) = mentioned_placeholders(query, error.message()).next()
    {
        return untyped_parameter(query, error, placeholder);
    }
    let place = place(query, error);
    let suggestion = suggestion(query, error, place.text(), catalog, functions);
    let mut diagnostic =
        Diagnostic::error(Code::InvalidQuery, error.message()).at(place, label(error.code()));
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(tidy(detail));
    }
    diagnostic = add_internal_query(diagnostic, error);
    diagnostic = add_placeholder_names(diagnostic, query, error);
    diagnostic = add_sqlstate(diagnostic, error);
    match (suggestion, error.hint()) {
        (Some(name), _) => diagnostic.help(format!("did you mean `{name}`?")),
        (None, Some(hint)) => diagnostic.help(tidy(hint)),
        (None, None) => diagnostic,
    }
}

fn is_untyped_parameter(error: &DbError) -> bool {
    [
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::AMBIGUOUS_PARAMETER,
    ]
    .contains(error.code())
}

fn untyped_parameter(query: &Query, error: &DbError, index: usize) -> Diagnostic {
    let placeholder = &query.placeholders[index];
    let first = placeholder.uses.first().unwrap_or(&query.name);
    let spelling = first.text();
    let message = format!("Postgres cannot tell the type of `{spelling}`");
    let mut diagnostic =
        Diagnostic::error(Code::UntypedParameter, message).at(first.clone(), "of which type?");
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(tidy(detail)); // `integer versus text`
    }
    add_sqlstate(diagnostic, error).help(format!(
        "add a cast, as `{spelling}::text` for a parameter of type `text`"
    ))
}

fn add_sqlstate(diagnostic: Diagnostic, error: &DbError) -> Diagnostic {
    diagnostic.note(format!("SQLSTATE {}", error.code().code()))
}

/// The SQL that Postgres was looking at, where it is not the user's: the body of a function.
fn add_internal_query(diagnostic: Diagnostic, error: &DbError) -> Diagnostic {
    match error.position() {
        Some(ErrorPosition::Internal { query, .. }) => diagnostic.note(format!("in `{query}`")),
        _ => diagnostic,
    }
}

/// Postgres knows parameters by number only.
fn add_placeholder_names(mut diagnostic: Diagnostic, query: &Query, error: &DbError) -> Diagnostic {
    let text = format!("{} {}", error.message(), error.detail().unwrap_or_default());
    for index in mentioned_placeholders(query, &text) {
        if let Some(Placeholder {
            name: Some(_),
            uses,
            ..
        }) = query.placeholders.get(index)
            && let Some(first) = uses.first()
        {
            diagnostic = diagnostic.note(format!("`${}` is `{}`", index + 1, first.text()));
        }
    }
    diagnostic
}

/// The placeholders that a message mentions as `$n`, from 0.
fn mentioned_placeholders(query: &Query, message: &str) -> impl Iterator<Item = usize> {
    let count = query.placeholders.len();
    message.split('$').skip(1).filter_map(move |rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        let number: usize = rest[..end.unwrap_or(rest.len())].parse().ok()?;
        number.checked_sub(1).filter(|&index| index < count)
    })
}

/// What to say beside the caret.
fn label(code: &SqlState) -> &'static str {
    const LABELS: [(SqlState, &str); 8] = [
        (SqlState::UNDEFINED_COLUMN, "no such column"),
        (SqlState::UNDEFINED_TABLE, "no such table"),
        (SqlState::UNDEFINED_FUNCTION, "no such function"),
        (SqlState::AMBIGUOUS_COLUMN, "could be several"),
        (SqlState::SYNTAX_ERROR, "not expected here"),
        (SqlState::INVALID_SCHEMA_NAME, "no such schema"),
        (SqlState::DATATYPE_MISMATCH, "has the wrong type"),
        (SqlState::GROUPING_ERROR, "is not grouped"),
    ];
    let found = LABELS.iter().find(|(known, _)| known == code);
    found.map_or("", |(_, label)| label)
}

/// A sentence of Postgres' in the style of ours.
fn tidy(sentence: &str) -> String {
    let sentence = sentence.trim_end();
    let body = sentence.strip_suffix('.').unwrap_or(sentence);
    let mut characters = body.chars();
    match (characters.next(), characters.clone().next()) {
        // Not an abbreviation or a keyword.
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => body.to_owned(),
    }
}

/// Where Postgres points, widened to the token there; the query's name when it points nowhere in the query.
fn place(query: &Query, error: &DbError) -> Span {
    let Some(ErrorPosition::Original(position)) = error.position() else {
        return query.name.clone();
    };
    let origin = query.sql.origin_of_character(*position);
    if !origin.is_empty() {
        return query.statement.file.span(origin);
    }
    let statement = query.statement.text();
    let start = origin.start.saturating_sub(query.statement.range.start);
    let length = statement.get(start..).map_or(0, token_length);
    let start = query.statement.range.start + start.min(statement.len());
    query.statement.file.span(start..start + length)
}

/// The length of the token that `text` starts with: a name with its qualifiers, a string, a number, an operator.
fn token_length(text: &str) -> usize {
    let starts_name = |text: &str| {
        text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"' || !c.is_ascii())
    };
    let run =
        |text: &str, belongs: fn(char) -> bool| text.find(|c| !belongs(c)).unwrap_or(text.len());
    // The closing quote is the first that is not doubled; a string ends at its line for our purpose.
    let quoted = |text: &str, quote: char| {
        let mut end = 1;
        loop {
            let rest = &text[end..];
            match rest.find([quote, '\n']) {
                Some(at) if rest[at..].starts_with('\n') => return end + at,
                Some(at) if rest[at + 1..].starts_with(quote) => end += at + 2,
                Some(at) => return end + at + 1,
                None => return text.len(),
            }
        }
    };
    match text.chars().next() {
        None => 0,
        Some('\'') => quoted(text, '\''),
        Some('$') => 1 + run(&text[1..], |c| c.is_alphanumeric()),
        Some(c) if c.is_ascii_digit() => {
            run(text, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        }
        Some(_) if starts_name(text) => {
            let mut end = 0;
            loop {
                let part = &text[end..];
                end += if part.starts_with('"') {
                    quoted(part, '"')
                } else {
                    run(part, |c| {
                        c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
                    })
                };
                match text[end..].strip_prefix('.') {
                    Some(next) if starts_name(next) => end += 1,
                    _ => break,
                }
            }
            // The prefix of a string: `E'…'`.
            if text[end..].starts_with('\'') {
                end + quoted(&text[end..], '\'')
            } else {
                end
            }
        }
        Some(c) => run(text, |c| "+-*/<>=~!@#%^&|`?:".contains(c)).max(c.len_utf8()),
    }
}

/// The parts of a name as Postgres reads it: `"A".b` is `A`, `b`. Empty for anything else.
fn name_parts(token: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = token;
    while !rest.is_empty() {
        let part = if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut characters = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((at, c)) = characters.next() {
                if c == '"' && characters.next_if(|(_, next)| *next == '"').is_none() {
                    end = at + 1;
                    break;
                }
                part.push(c);
            }
            rest = &quoted[end..];
            part
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let part = rest[..end].to_lowercase();
            rest = &rest[end..];
            part
        };
        if part.is_empty() || !rest.is_empty() && !rest.starts_with('.') {
            return Vec::new();
        }
        parts.push(part);
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    parts
}

/// A name of the catalog that the user may have meant.
fn suggestion(
    query: &Query,
    error: &DbError,
    token: &str,
    catalog: &Catalog,
    functions: &[String],
) -> Option<String> {
    let parts = name_parts(token);
    let (name, qualifiers) = parts.split_last()?;
    let code = error.code();
    if *code == SqlState::UNDEFINED_FUNCTION {
        // Postgres' hint is about the arguments' types, which is beside the point when there is no such name.
        if functions.contains(name) {
            return None;
        }
        return nearest(name, functions.iter().map(String::as_str)).map(str::to_owned);
    }
    if error.hint().is_some() {
        return None;
    }
    if *code == SqlState::UNDEFINED_COLUMN {
        near_column(query, name, catalog)
    } else if *code == SqlState::UNDEFINED_TABLE {
        near_table(name, qualifiers, catalog)
    } else if *code == SqlState::UNDEFINED_OBJECT && error.message().starts_with("type ") {
        near_type(name, catalog)
    } else if *code == SqlState::INVALID_SCHEMA_NAME {
        let schemas = sorted(catalog.relations.values().map(|r| r.schema.as_str()));
        nearest(name, schemas).map(str::to_owned)
    } else {
        None
    }
}

/// Columns of the tables that the query mentions come first.
fn near_column(query: &Query, name: &str, catalog: &Catalog) -> Option<String> {
    let text = query.sql.text().to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .collect();
    let is_mentioned = |relation: &Relation| {
        let table = relation.name.to_lowercase();
        words.contains(&table.as_str()) || text.contains(&format!("\"{table}\""))
    };
    let (mentioned, others): (Vec<_>, Vec<_>) = catalog
        .relations
        .values()
        .filter(|relation| relation.is_own() || is_mentioned(relation))
        .partition(|relation| is_mentioned(relation));
    [mentioned, others].into_iter().find_map(|relations| {
        let columns = relations.iter().flat_map(|relation| &relation.columns);
        nearest(name, sorted(columns.map(|column| column.name.as_str()))).map(quoted)
    })
}

/// A table of that name in another schema, or one with a similar name.
fn near_table(name: &str, qualifiers: &[String], catalog: &Catalog) -> Option<String> {
    let named = |relation: &Relation| match (qualifiers, relation.schema.as_str()) {
        ([], "public") => quoted(&relation.name),
        _ => format!("{}.{}", quoted(&relation.schema), quoted(&relation.name)),
    };
    let own = || {
        catalog
            .relations
            .values()
            .filter(|r| r.is_own() && r.kind != 'c')
    };
    let elsewhere = own()
        .filter(|relation| relation.name == name)
        .map(named)
        .min();
    elsewhere.or_else(|| {
        let near = nearest(name, sorted(own().map(|relation| relation.name.as_str())))?;
        own()
            .filter(|relation| relation.name == near)
            .map(named)
            .min()
    })
}

fn near_type(name: &str, catalog: &Catalog) -> Option<String> {
    let types = catalog.types.values().filter(|ty| match ty.kind {
        PgTypeKind::Array { .. } | PgTypeKind::Pseudo => false,
        PgTypeKind::Composite { relation } => catalog
            .relations
            .get(&relation)
            .is_some_and(|r| r.is_own() && r.kind == 'c'),
        _ => true,
    });
    nearest(name, sorted(types.map(|ty| ty.name.as_str()))).map(quoted)
}

/// In a fixed order, so that the first of several near ones is always the same.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A name as SQL needs it written.
fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '_' || c == '$');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
