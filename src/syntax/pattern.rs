//! Parameters in the patterns of `LIKE` and `ILIKE`.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::lexer::{Token, TokenKind, lex};
use crate::syntax::placeholder::Placeholder;

/// The parameters in patterns, each by its place among the parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns {
    /// Those that are patterns: `LIKE $1`.
    pub(crate) whole: Vec<usize>,
    /// Those that wildcards stand beside: `LIKE '%' || $1 || '%'`, with their bytes.
    pub(crate) beside_wildcards: Vec<(usize, Range<usize>)>,
}

/// Finds the parameters in the patterns of a statement.
pub(crate) fn patterns(sql: &str) -> Patterns {
    let tokens: Vec<Token> = lex(sql)
        .into_iter()
        .filter(|token| !token.is_trivia())
        .collect();
    let mut found = Patterns::default();
    for (index, token) in tokens.iter().enumerate() {
        let is_operator = token.is_word("like", sql) || token.is_word("ilike", sql);
        let is_name = index
            .checked_sub(1)
            .is_none_or(|before| tokens[before].is(".", sql) || tokens[before].is_word("as", sql));
        if is_operator && !is_name {
            read(sql, &tokens[index + 1..], &mut found);
        }
    }
    found.whole.sort_unstable();
    found.whole.dedup();
    found
}

/// Reads a pattern: texts and parameters, with `||` between them.
fn read(sql: &str, tokens: &[Token], found: &mut Patterns) {
    let mut parameters = Vec::new();
    let (mut has_wildcards, mut is_joined) = (false, false);
    let mut is_type = false;
    for token in tokens {
        let text = token.text(sql);
        if std::mem::take(&mut is_type) {
            continue;
        }
        if let Some(number) = token.number(sql).and_then(|number| number.checked_sub(1)) {
            parameters.push((number, token.range.clone()));
        } else if token.kind == TokenKind::String {
            has_wildcards |= text.contains(['%', '_']);
        } else if text == "||" {
            is_joined = true;
        } else if text == "::" {
            is_type = true;
        } else if text != "(" && text != ")" {
            break;
        }
    }
    match parameters.as_slice() {
        [(number, _)] if !is_joined => found.whole.push(*number),
        _ if is_joined && has_wildcards => found.beside_wildcards.extend(parameters),
        _ => {}
    }
}

/// Warns of parameters that wildcards stand beside.
pub(super) fn report(
    sql: &str,
    placeholders: &[Placeholder],
    origin: impl Fn(Range<usize>) -> Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (number, range) in patterns(sql).beside_wildcards {
        let name = placeholders.get(number).and_then(|p| p.name.as_deref());
        let name = name.unwrap_or("pattern");
        let place = origin(range);
        let message = format!("`%` and `_` in `{}` are wildcards here, too", place.text());
        diagnostics.push(
            Diagnostic::warning(Code::OpenPattern, message)
                .at(place, "a text that people type matches more than it says")
                .help(format!(
                    "take the whole pattern, `LIKE @{name}`, and call the function with `like::contains({name})`; \
                     or write `-- @allow wildcards` above the statement, if they are meant"
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_in_patterns_are_found() {
        let found = |sql: &str| {
            let Patterns {
                whole,
                beside_wildcards,
            } = patterns(sql);
            let beside = beside_wildcards.into_iter().map(|(number, _)| number);
            (whole, beside.collect::<Vec<_>>())
        };
        for (sql, whole, beside) in [
            ("SELECT a LIKE $1", vec![0], vec![]),
            (
                "SELECT a NOT ILIKE ($2::text) AND b LIKE $2",
                vec![1],
                vec![],
            ),
            ("SELECT a LIKE '%' || $1 || '%' AND b = $2", vec![], vec![0]),
            (
                "SELECT a ILIKE ('%' || $1::text) || $2 || '%'",
                vec![],
                vec![0, 1],
            ),
            ("SELECT a LIKE $1 || b", vec![], vec![]),
            ("SELECT a LIKE '%x%' AND b = $1", vec![], vec![]),
            ("SELECT t.like = $1, 1 AS like", vec![], vec![]),
            ("SELECT a LIKE ANY ($1)", vec![], vec![]),
        ] {
            assert_eq!(found(sql), (whole, beside), "{sql}");
        }
    }
}
