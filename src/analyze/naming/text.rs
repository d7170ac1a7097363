//! What a tree leaves out, and its places in the text say: how an operator or a function is spelled, and whether a
//! column's name was written.

use std::cell::OnceCell;

use crate::syntax::{Token, TokenKind, tokens_from};

/// A statement's text.
pub(super) struct Text<'t> {
    sql: &'t str,
    /// Without space and comments.
    tokens: OnceCell<Vec<Token>>,
}

impl<'t> Text<'t> {
    pub(super) fn new(sql: &'t str) -> Self {
        Self {
            sql,
            tokens: OnceCell::new(),
        }
    }

    fn from(&self, place: Option<usize>) -> Option<&'t str> {
        self.sql.get(place?..)
    }

    /// Whether an operator is written there that begins so.
    pub(super) fn has_operator(&self, place: Option<usize>, start: &str) -> bool {
        self.from(place).is_some_and(|rest| rest.starts_with(start))
    }

    /// Whether these keywords are written there.
    pub(super) fn has_words(&self, place: Option<usize>, words: &[&str]) -> bool {
        let Some(rest) = self.from(place) else {
            return false;
        };
        let mut tokens = tokens_from(rest, 0).filter(|token| !token.is_trivia());
        words.iter().all(|word| {
            let token = tokens.next();
            token.is_some_and(|token| token.is_word(word, rest))
        })
    }

    /// The name of the function that is called there, without its schema. `None` where a keyword stands for it.
    pub(super) fn function(&self, place: Option<usize>) -> Option<String> {
        let rest = self.from(place)?;
        let mut tokens = tokens_from(rest, 0).filter(|token| !token.is_trivia());
        let mut name = tokens.next()?.name(rest)?;
        loop {
            let next = tokens.next()?;
            if next.is("(", rest) {
                return Some(name);
            }
            if !next.is(".", rest) {
                return None;
            }
            name = tokens.next()?.name(rest)?;
        }
    }

    /// Whether a result column was given that name, which it may have from its type or function otherwise.
    pub(super) fn has_alias(&self, name: &str) -> bool {
        if name == "?column?" {
            return false;
        }
        let text = self.sql;
        let tokens = self.tokens.get_or_init(|| {
            let tokens = tokens_from(text, 0);
            tokens.filter(|token| !token.is_trivia()).collect()
        });
        // Whether each open parenthesis is that of a CAST.
        let mut casts = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &tokens[before]);
            if token.is("(", text) {
                casts.push(before.is_some_and(|before| before.is_word("CAST", text)));
            } else if token.is(")", text) {
                casts.pop();
            } else if token.name(text).as_deref() == Some(name)
                && let Some(before) = before
            {
                let is_named = before.is_word("AS", text) && casts.last() != Some(&true);
                let after = tokens.get(index + 1);
                if is_named || ends_expression(before, text) && begins_clause(after, text) {
                    return true;
                }
            }
        }
        false
    }
}

/// Whether an expression may end there, after which a name without AS may follow.
fn ends_expression(token: &Token, text: &str) -> bool {
    let begins = [
        "SELECT",
        "DISTINCT",
        "ALL",
        "RETURNING",
        "AS",
        "FROM",
        "JOIN",
    ];
    match token.kind {
        TokenKind::Identifier => !begins.iter().any(|word| token.is_word(word, text)),
        TokenKind::Punctuation => token.is(")", text) || token.is("]", text),
        TokenKind::QuotedIdentifier
        | TokenKind::Number
        | TokenKind::String
        | TokenKind::DollarString
        | TokenKind::Positional => true,
        _ => false,
    }
}

/// Whether a column of a SELECT or RETURNING ends before it.
fn begins_clause(token: Option<&Token>, text: &str) -> bool {
    token.is_none_or(|token| {
        token.is(",", text)
            || token.is(")", text)
            || token.is(";", text)
            || token.is_word("FROM", text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_told_from_names_that_postgres_makes_up() {
        for (text, name, expected) in [
            ("SELECT $1::text", "text", false),
            ("SELECT $1::pg_catalog.text", "text", false),
            ("SELECT CAST($1 AS text)", "text", false),
            ("SELECT $1::date AS date", "date", true),
            ("SELECT (SELECT $1::date AS date)", "date", true),
            ("SELECT CAST($1 AS date) date", "date", true),
            ("SELECT $1::int \"Größe\", 2", "Größe", true),
            ("SELECT lower($1)", "lower", false),
            ("SELECT lower($1) AS LOWER", "lower", true),
            ("SELECT CASE WHEN true THEN $1 END", "case", false),
            ("SELECT ARRAY[$1]", "array", false),
            ("SELECT 1 + $1", "?column?", false),
        ] {
            assert_eq!(Text::new(text).has_alias(name), expected, "{text}");
        }
    }

    #[test]
    fn functions_are_read_where_they_are_called() {
        for (text, expected) in [
            ("lower($1)", Some("lower")),
            ("app.\"Find\" /* it */ ($1)", Some("Find")),
            ("LIKE $1 ESCAPE $2", None),
            ("AT TIME ZONE $1", None),
        ] {
            assert_eq!(
                Text::new(text).function(Some(0)).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
