//! Postgres' refusal of a query, told at the right character of the user's file and with a remedy.

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::catalog::Catalog;
use crate::database::Session;
use crate::diagnostic::{Code, Diagnostic, tidy};
use crate::mend::{self, Mend, Mender};
use crate::quote;
use crate::remedy;
use crate::source::{Span, floor_char_boundary};
use crate::syntax::{Insert, Query, TokenKind, lex};

/// The diagnostic for a refused query. `functions` are the names of all functions.
pub(super) async fn explain(
    session: &Session,
    mender: &Mender<'_>,
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
    let (place, parts) = place(query, error);
    let label = label(error, &parts);
    let message = spelled(query, error.message());
    let mut diagnostic = Diagnostic::error(Code::InvalidQuery, message);
    let mend = mender
        .mend(
            query.sql.text(),
            mend::offset(error, query.sql.text()),
            error,
        )
        .await;
    let is_syntax = *error.code() == SqlState::SYNTAX_ERROR;
    let elsewhere = mend
        .as_ref()
        .and_then(|mend| elsewhere(query, mend, is_syntax, &place));
    diagnostic = match elsewhere {
        Some(other_place) => diagnostic
            .at(other_place, "here")
            .also(place.clone(), "Postgres stops here"),
        None => diagnostic.at(place, label),
    };
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(spelled(query, &tidy(detail)));
    }
    diagnostic = add_internal_query(diagnostic, error);
    diagnostic = add_sqlstate(diagnostic, error);
    if let Some((first, spelling)) = deciding_use(query, error) {
        diagnostic = diagnostic.also(first, format!("this use decides the type of `{spelling}`"));
    }
    let help = session
        .remedy(error)
        .or_else(|| {
            let mend = mend.as_ref().filter(|mend| mend.is_foreign)?;
            Some(spelled(query, &mend.help))
        })
        .or_else(|| remedy::find(error.message(), catalog.server_version / 10_000))
        .or_else(|| mend.as_ref().map(|mend| spelled(query, &mend.help)))
        .or_else(|| question_mark(query, error))
        .or_else(|| array_cast(query, error))
        .or_else(|| no_such_function(error, &parts, functions))
        .or_else(|| error.hint().map(reworded_hint));
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The place of a mend, where Postgres points at another one.
fn elsewhere(query: &Query, mend: &Mend, is_syntax: bool, place: &Span) -> Option<Span> {
    if mend.place.is_empty() || !is_syntax {
        return None;
    }
    let mended = query.origin(mend.place.clone());
    let is_apart = mended.range.end <= place.range.start || mended.range.start >= place.range.end;
    let is_one_line =
        mended.position().line == place.position().line || !mended.text().contains('\n');
    (is_apart && is_one_line).then_some(mended)
}

/// A text of Postgres' with parameters as the user wrote them, instead of `$1`.
fn spelled(query: &Query, text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let digits = rest[start + 1..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let end = start + 1 + digits;
        let number = rest[start + 1..end].parse::<usize>().ok();
        let placeholder = number.and_then(|number| query.placeholders.get(number.checked_sub(1)?));
        spelled.push_str(&rest[..start]);
        match placeholder.and_then(|placeholder| placeholder.uses.first()) {
            Some(place) => spelled.push_str(place.text()),
            None => spelled.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    spelled.push_str(rest);
    spelled
}

fn is_untyped_parameter(error: &DbError) -> bool {
    [
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::AMBIGUOUS_PARAMETER,
    ]
    .contains(error.code())
}

fn untyped_parameter(query: &Query, error: &DbError, index: usize) -> Diagnostic {
    let place = match (error.position(), query.placeholders[index].uses.first()) {
        (None, Some(first)) => first.clone(),
        _ => place(query, error).0,
    };
    let (spelling, at) = (place.text().to_owned(), place.range.clone());
    let message = format!("Postgres cannot tell the type of `{spelling}`");
    let mut diagnostic =
        Diagnostic::error(Code::UntypedParameter, message).at(place, "of which type?");
    let mut example = "text";
    let mut where_to = "add a cast";
    if let Some(detail) = error.detail() {
        if let Some((by_first, by_other)) = detail.split_once(" versus ") {
            let first = query.placeholders[index].uses.first();
            if let Some(first) = first.filter(|first| first.range != at) {
                diagnostic = diagnostic.also(first.clone(), format!("a `{by_first}` by this use"));
            }
            // A use beside a literal says `text`, and the literal fits the other type as well.
            let is_text = ["text", "character varying"].contains(&by_first);
            example = if is_text { by_other } else { by_first };
            where_to = "cast it at each use";
        }
        diagnostic = diagnostic.note(tidy(detail));
    }
    add_sqlstate(diagnostic, error).help(format!(
        "{where_to}, as `{spelling}::{example}` for a parameter of type `{example}`"
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
fn label(error: &DbError, parts: &[String]) -> &'static str {
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
    let code = error.code();
    if *code == SqlState::GENERATED_ALWAYS {
        return "";
    }
    if !matches!(error.position(), Some(ErrorPosition::Original(_))) {
        return "in this query";
    }
    // Postgres points at the `CASE` whose operand it cannot compare.
    let is_operator = parts.is_empty() || error.message().starts_with("operator ");
    if *code == SqlState::UNDEFINED_FUNCTION && is_operator {
        return "no such operator";
    }
    let found = LABELS.iter().find(|(known, _)| known == code);
    found.map_or("", |(_, label)| label)
}

/// `Perhaps you meant to reference the column "u.name" or the column "u.nick".` is our own question in other words.
fn reworded_hint(hint: &str) -> String {
    let names: Vec<_> = hint.split('"').skip(1).step_by(2).collect();
    if !hint.starts_with("Perhaps you meant to reference") || names.is_empty() {
        return tidy(hint);
    }
    let names = names.iter().map(|name| {
        let parts: Vec<_> = name.split('.').map(quote::name).collect();
        format!("`{}`", parts.join("."))
    });
    format!("did you mean {}?", names.collect::<Vec<_>>().join(" or "))
}

/// Where Postgres points, widened to the token there, and the parts of the name that it is, if it is one. The query's
/// name when Postgres points nowhere in the query.
fn place(query: &Query, error: &DbError) -> (Span, Vec<String>) {
    let Some(ErrorPosition::Original(position)) = error.position() else {
        let place = written_column(query, error).unwrap_or_else(|| query.name.clone());
        return (place, Vec::new());
    };
    let file = &query.statement.file;
    let origin = query.sql.origin_of_character(*position);
    if !origin.is_empty() {
        return (file.span(origin), Vec::new());
    }
    let end = query.statement.range.end;
    let start = floor_char_boundary(file.text(), origin.start.min(end));
    let text = &file.text()[start..end];
    let tokens = lex(text);
    let mut parts = Vec::new();
    let mut length = match tokens.first() {
        // A string may go on for many lines.
        Some(token) => token.text(text).lines().next().map_or(0, str::len),
        None => 0,
    };
    let mut rest = tokens.as_slice();
    while let [name, after @ ..] = rest
        && let Some(part) = name.name(text)
    {
        parts.push(part);
        length = name.range.end;
        match after {
            [dot, next @ ..] if dot.is(".", text) => rest = next,
            _ => break,
        }
    }
    (file.span(start..start + length), parts)
}

/// The column of an `INSERT` that cannot be written. Postgres names it, without a place.
fn written_column(query: &Query, error: &DbError) -> Option<Span> {
    if *error.code() != SqlState::GENERATED_ALWAYS {
        return None;
    }
    let name = error.message().split_once('"')?.1.strip_suffix('"')?;
    let sql = query.sql.text();
    let columns = Insert::read(sql)?.columns?.items;
    let mut columns = columns.into_iter().filter(|column| {
        let text = &sql[column.clone()];
        lex(text)
            .first()
            .and_then(|token| token.name(text))
            .as_deref()
            == Some(name)
    });
    Some(query.origin(columns.next()?))
}

/// The first use of a parameter whose type does not fit at the place of the error. Postgres settles a parameter's type
/// where it meets it first.
fn deciding_use(query: &Query, error: &DbError) -> Option<(Span, String)> {
    let codes = [SqlState::UNDEFINED_FUNCTION, SqlState::DATATYPE_MISMATCH];
    let Some(ErrorPosition::Original(position)) = error.position() else {
        return None;
    };
    if !codes.contains(error.code()) {
        return None;
    }
    let at = query.sql.origin_of_character(*position).start;
    // The operands of the operator, or the arguments of the function, are close to it.
    let tokens = lex(query.statement.text());
    let start = query.statement.range.start;
    let index = tokens.partition_point(|token| start + token.range.end <= at);
    let near = |step: isize| {
        let mut index = index.checked_add_signed(step)?;
        while tokens.get(index)?.is_trivia() {
            index = index.checked_add_signed(step)?;
        }
        Some(start + tokens[index].range.start)
    };
    let around = [Some(at), near(1), near(-1)];
    let mut repeated = query.placeholders.iter().filter(|p| p.uses.len() > 1);
    repeated.find_map(|placeholder| {
        let [first, later @ ..] = placeholder.uses.as_slice() else {
            return None;
        };
        let is_here = |place: &Span| {
            let range = &place.range;
            around.iter().flatten().any(|near| range.contains(near))
        };
        (!is_here(first) && later.iter().any(is_here))
            .then(|| (first.clone(), first.text().to_owned()))
    })
}

/// Words after which an operand has ended.
const AFTER_OPERAND: [&str; 16] = [
    "and",
    "or",
    "limit",
    "offset",
    "order",
    "group",
    "returning",
    "where",
    "then",
    "else",
    "end",
    "when",
    "from",
    "as",
    "union",
    "for",
];

/// What to write for `?`, which other libraries have for parameters, where it is not an operator.
fn question_mark(query: &Query, error: &DbError) -> Option<String> {
    if *error.code() != SqlState::SYNTAX_ERROR {
        return None;
    }
    let text = query.statement.text();
    let tokens = lex(text);
    let mut tokens = tokens.iter().filter(|token| !token.is_trivia()).peekable();
    while let Some(token) = tokens.next() {
        let is_question = token.kind == TokenKind::Operator && token.text(text).ends_with('?');
        let has_operand = tokens.peek().is_some_and(|next| {
            let ends = [")", ",", ";", "::"].iter().any(|end| next.is(end, text));
            !ends && !AFTER_OPERAND.iter().any(|word| next.is_word(word, text))
        });
        if is_question && !has_operand {
            return Some("a parameter is `@name` or `$1`, not `?`".to_owned());
        }
    }
    None
}

/// Postgres' hint is about the types of arguments, which is beside the point where no function has the name.
fn no_such_function(error: &DbError, parts: &[String], functions: &[String]) -> Option<String> {
    let is_unknown = *error.code() == SqlState::UNDEFINED_FUNCTION
        && error.message().starts_with("function ")
        && !functions.contains(parts.last()?);
    is_unknown.then(|| {
        "no function has this name; if an extension or another migration makes it, name that file in `schema` or `setup`"
            .to_owned()
    })
}

/// A slice is an array, whatever its cast was for sqlc: `IN (sqlc.slice(ids)::bigint)`.
fn array_cast(query: &Query, error: &DbError) -> Option<String> {
    let wants_array =
        *error.code() == SqlState::WRONG_OBJECT_TYPE && error.message().starts_with("op ANY/ALL");
    let text = query.statement.text();
    let has_slice = lex(text).iter().any(|token| token.is_word("slice", text));
    (wants_array && has_slice).then(|| {
        "`sqlc.slice` is an array: cast it to one, as in `sqlc.slice(ids)::bigint[]`".to_owned()
    })
}
