//! What Postgres accepts though it hardly does what is meant: warned of, with what does.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceFile;
use crate::syntax::lexer::{Token, TokenKind};

/// The warnings about a statement, given as its tokens.
pub(super) fn warnings(file: &SourceFile, body: &[Token]) -> Vec<Diagnostic> {
    let text = file.text();
    let tokens: Vec<&Token> = body.iter().filter(|token| !token.is_trivia()).collect();
    let mut found = Vec::new();
    for index in 0..tokens.len() {
        let after = &tokens[index..];
        found.extend(order_by_parameter(file, text, after));
        found.extend(one_in_list(file, text, after));
        found.extend(name_in_pattern(file, text, after));
    }
    found
}

/// The name of the parameter `@name` that tokens begin with.
fn parameter<'t>(text: &'t str, tokens: &[&Token]) -> Option<&'t str> {
    let [at, name, ..] = tokens else { return None };
    let is_parameter = at.kind == TokenKind::Operator
        && at.text(text) == "@"
        && name.kind == TokenKind::Identifier
        && at.range.end == name.range.start;
    is_parameter.then(|| name.text(text))
}

/// `ORDER BY @column`
fn order_by_parameter(file: &SourceFile, text: &str, tokens: &[&Token]) -> Option<Diagnostic> {
    const ENDS: [&str; 6] = ["asc", "desc", "nulls", "limit", "offset", "fetch"];
    let [order, by, rest @ ..] = tokens else {
        return None;
    };
    if !order.is_word("order", text) || !by.is_word("by", text) {
        return None;
    }
    let name = parameter(text, rest)?;
    let is_alone = rest.get(2).is_none_or(|next| {
        next.is(",", text) || next.is(")", text) || ENDS.iter().any(|end| next.is_word(end, text))
    });
    let place = rest[0].range.start..rest[1].range.end;
    is_alone.then(|| {
        Diagnostic::warning(
            Code::DoubtfulQuery,
            format!("`ORDER BY @{name}` orders by a value that is the same for all rows"),
        )
        .at(file.span(place), "a value, not a column")
        .help("`-- @sort key: column` lists orders for the caller to choose from")
    })
}

/// `id IN (@ids)`
fn one_in_list(file: &SourceFile, text: &str, tokens: &[&Token]) -> Option<Diagnostic> {
    let [word, open, rest @ ..] = tokens else {
        return None;
    };
    if !word.is_word("in", text) || !open.is("(", text) || !rest.get(2)?.is(")", text) {
        return None;
    }
    let name = parameter(text, rest)?;
    let place = rest[0].range.start..rest[1].range.end;
    Some(
        Diagnostic::warning(
            Code::DoubtfulQuery,
            format!("`IN (@{name})` compares with one value"),
        )
        .at(file.span(place), "one value")
        .help(format!("for a list, write `= ANY(@{name})`, after `NOT` `<> ALL(@{name})`; for one value, `= @{name}`")),
    )
}

/// `LIKE '%@word%'`
fn name_in_pattern(file: &SourceFile, text: &str, tokens: &[&Token]) -> Option<Diagnostic> {
    let [word, pattern, ..] = tokens else {
        return None;
    };
    if !word.is_word("like", text) && !word.is_word("ilike", text) {
        return None;
    }
    let inner = pattern
        .unquoted(text)
        .filter(|_| pattern.kind == TokenKind::String)?;
    let name = inner.trim_matches('%').strip_prefix('@')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let before = if inner.starts_with('%') {
        "'%' || "
    } else {
        ""
    };
    let after = if inner.ends_with('%') { " || '%'" } else { "" };
    is_name.then(|| {
        Diagnostic::warning(
            Code::DoubtfulQuery,
            format!("`@{name}` in a string is text, not a parameter"),
        )
        .at(file.span(pattern.range.clone()), "")
        .help(format!("write `{before}@{name}{after}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;

    #[test]
    fn doubtful_statements_are_warned_of() {
        for (sql, expected) in [
            (
                "SELECT a FROM t ORDER BY @col",
                "`ORDER BY @col` orders by a value that is the same for all rows",
            ),
            (
                "SELECT a FROM t ORDER BY @col DESC LIMIT 1",
                "`ORDER BY @col` orders by a value that is the same for all rows",
            ),
            ("SELECT a FROM t ORDER BY @x - a", ""),
            (
                "SELECT a FROM t WHERE id IN (@ids)",
                "`IN (@ids)` compares with one value",
            ),
            ("SELECT a FROM t WHERE id IN (@a, @b)", ""),
            (
                "SELECT a FROM t WHERE n ILIKE '%@word%'",
                "`@word` in a string is text, not a parameter",
            ),
            ("SELECT a FROM t WHERE n LIKE '%@example.com'", ""),
            (
                "SELECT a FROM t WHERE n LIKE '@word'",
                "`@word` in a string is text, not a parameter",
            ),
        ] {
            let file = SourceFile::new("q.sql", "q.sql", sql);
            let found = warnings(&file, &lex(sql));
            let messages: Vec<&str> = found.iter().map(Diagnostic::message).collect();
            assert_eq!(messages.join("; "), expected, "{sql}");
        }
    }
}
