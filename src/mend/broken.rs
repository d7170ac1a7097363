//! A statement that Postgres refuses, cut into tokens.

use std::ops::Range;

use crate::mend::vocabulary::Vocabulary;
use crate::syntax::{Token, TokenKind, lex};

/// A statement as it was sent, with Postgres' refusal.
pub(super) struct Broken<'a> {
    pub(super) sql: &'a str,
    /// Without white space and comments.
    pub(super) tokens: Vec<Token>,
    /// The token that Postgres points at; the number of tokens for the end of the statement.
    pub(super) at: Option<usize>,
    /// The SQLSTATE.
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    pub(super) known: &'a Vocabulary,
}

impl<'a> Broken<'a> {
    pub(super) fn new(
        sql: &'a str,
        offset: Option<usize>,
        code: &'a str,
        message: &'a str,
        known: &'a Vocabulary,
    ) -> Self {
        let mut tokens = lex(sql);
        tokens.retain(|token| !token.is_trivia());
        let pointed =
            offset.map(|offset| tokens.partition_point(|token| token.range.end <= offset));
        // Some messages only name what they are about.
        let named = || {
            let name = message.split('"').nth(1)?.to_owned();
            let is_it = |token: &Token| token.name(sql).as_ref() == Some(&name);
            tokens.iter().rposition(is_it)
        };
        let at = pointed.or_else(named);
        Self {
            sql,
            tokens,
            at,
            code,
            message,
            known,
        }
    }

    /// The text of a token; empty where there is none.
    pub(super) fn text(&self, index: usize) -> &'a str {
        let token = self.tokens.get(index);
        token.map_or("", |token| token.text(self.sql))
    }

    pub(super) fn is(&self, index: usize, text: &str) -> bool {
        self.text(index).eq_ignore_ascii_case(text)
    }

    pub(super) fn range(&self, index: usize) -> Range<usize> {
        let end = self.tokens.last().map_or(0, |token| token.range.end);
        let token = self.tokens.get(index);
        token.map_or(end..end, |token| token.range.clone())
    }

    /// The bytes from one token to another one.
    pub(super) fn between(&self, first: usize, last: usize) -> Range<usize> {
        self.range(first).start..self.range(last).end
    }

    /// The unquoted word at a place, in lower case.
    pub(super) fn word(&self, index: usize) -> Option<String> {
        let token = self.tokens.get(index)?;
        (token.kind == TokenKind::Identifier).then(|| token.text(self.sql).to_lowercase())
    }

    /// The name at a place, quoted or not.
    pub(super) fn name(&self, index: usize) -> Option<String> {
        self.tokens.get(index)?.name(self.sql)
    }

    pub(super) fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The tokens around the place that Postgres points at: some before, because it reads on until nothing fits.
    pub(super) fn around(&self, before: usize, after: usize) -> Range<usize> {
        let at = self.at.unwrap_or(0);
        at.saturating_sub(before)..(at + after + 1).min(self.tokens.len())
    }

    pub(super) fn is_syntax_error(&self) -> bool {
        self.code == "42601" && self.message.starts_with("syntax error")
    }
}
