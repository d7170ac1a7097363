//! sqlc's functions in SQL, read by their tokens: `sqlc.arg(name)`.

use std::ops::Range;

use crate::quote;
use crate::syntax::lexer::{Token, TokenKind};

/// What sqlc knows, without `sqlc.`.
pub(super) const NAMES: [&str; 4] = ["arg", "narg", "slice", "embed"];

/// A call of one of sqlc's functions, or of an unknown one.
pub(super) struct MacroCall {
    /// The function's name in lower case, without `sqlc.`.
    pub(super) name: String,
    /// What stands in its parentheses; `None` if there is no closing one.
    pub(super) argument: Option<Range<usize>>,
    /// Where it is the first item of `IN (…)`: that list.
    pub(super) list: Option<InList>,
    /// Its bytes; up to the opening parenthesis, if there is no closing one.
    pub(super) range: Range<usize>,
    /// The index of the token after it.
    pub(super) end: usize,
}

/// `IN (` or `NOT IN (` before a call.
pub(super) struct InList {
    /// Where `NOT` stands.
    pub(super) not: Option<Range<usize>>,
    /// Where `IN` stands.
    pub(super) keyword: Range<usize>,
    /// Whether nothing but the call, with a cast perhaps, is in it.
    pub(super) is_alone: bool,
}

impl MacroCall {
    /// Reads the call that starts with the word `sqlc` at `index`; `None` if it is something else, as a schema's name.
    pub(super) fn read(text: &str, tokens: &[Token], index: usize) -> Option<Self> {
        let next = |index: usize| {
            let mut after = tokens.iter().enumerate().skip(index + 1);
            after.find(|(_, token)| !token.is_trivia())
        };
        let mut before = tokens[..index]
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, token)| !token.is_trivia());
        let previous = before.next();
        if previous.is_some_and(|(_, token)| token.is(".", text)) {
            return None;
        }
        let (dot, _) = next(index).filter(|(_, token)| token.is(".", text))?;
        let (function, name) =
            next(dot).filter(|(_, token)| token.kind == TokenKind::Identifier)?;
        let (open, parenthesis) = next(function).filter(|(_, token)| token.is("(", text))?;
        let close = closing(text, tokens, open);
        let end = close.map_or(parenthesis, |close| &tokens[close]);
        let list = previous
            .filter(|(_, token)| token.is("(", text))
            .zip(before.next().filter(|(_, token)| token.is_word("in", text)))
            .map(|((start, _), (_, keyword))| InList {
                not: before
                    .next()
                    .filter(|(_, token)| token.is_word("not", text))
                    .map(|(_, token)| token.range.clone()),
                keyword: keyword.range.clone(),
                is_alone: closing(text, tokens, start)
                    .is_some_and(|end| !has_comma(text, &tokens[start + 1..end])),
            });
        Some(Self {
            name: name.text(text).to_lowercase(),
            argument: close.map(|close| open + 1..close),
            list,
            range: tokens[index].range.start..end.range.end,
            end: close.unwrap_or(open) + 1,
        })
    }

    /// The only name in its parentheses: `x`, `'x'` or `"x"`.
    pub(super) fn name_in(&self, text: &str, tokens: &[Token]) -> Option<String> {
        let mut tokens = significant(&tokens[self.argument.clone()?]);
        let (Some(only), None) = (tokens.next(), tokens.next()) else {
            return None;
        };
        let name = match only.kind {
            TokenKind::Identifier => Some(only.text(text).to_owned()),
            _ => only.unquoted(text),
        };
        name.filter(|name| !name.trim().is_empty())
    }

    /// The table or alias in its parentheses, with its schema perhaps: `t`, `"T"`, `'t'` or `s.t`.
    pub(super) fn relation_in(&self, text: &str, tokens: &[Token]) -> Option<RelationName> {
        let mut written = String::new();
        let mut last = None;
        let mut expects_name = true;
        for token in significant(&tokens[self.argument.clone()?]) {
            if expects_name {
                let name = match token.kind {
                    TokenKind::Identifier => token.text(text).to_lowercase(),
                    _ => token.unquoted(text).filter(|name| !name.is_empty())?,
                };
                match token.kind {
                    TokenKind::String => {
                        written.push_str(&quote::always(&name));
                    }
                    _ => written.push_str(token.text(text)),
                }
                last = Some(name);
            } else if token.is(".", text) {
                written.push('.');
            } else {
                return None;
            }
            expects_name = !expects_name;
        }
        last.filter(|_| !expects_name)
            .map(|name| RelationName { name, written })
    }
}

/// What `sqlc.embed` names.
pub(super) struct RelationName {
    /// The name without its schema and quotes.
    pub(super) name: String,
    /// As it stands in SQL.
    pub(super) written: String,
}

fn significant(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    tokens.iter().filter(|token| !token.is_trivia())
}

/// Whether there is a comma in these tokens outside all parentheses.
fn has_comma(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    tokens.iter().any(|token| {
        if token.is("(", text) {
            depth += 1;
        } else if token.is(")", text) {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is(",", text)
    })
}

/// The index of the parenthesis that closes the one at `open`.
fn closing(text: &str, tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(", text) {
            depth += 1;
        } else if token.is(")", text) {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}
