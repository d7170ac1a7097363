//! sqlc's functions in SQL, read by their tokens: `sqlc.arg(name)`.

use std::ops::Range;

use crate::syntax::lexer::{Token, TokenKind};

/// What sqlc knows, without `sqlc.`.
pub(super) const NAMES: [&str; 4] = ["arg", "narg", "slice", "embed"];

/// A call of one of sqlc's functions, or of an unknown one.
pub(super) struct MacroCall {
    /// The function's name in lower case, without `sqlc.`.
    pub(super) name: String,
    /// The name in its parentheses: `x`, `'x'` or `"x"`; `None` if something else stands there.
    pub(super) argument: Option<String>,
    /// Whether it is the first item of `IN (…)`.
    pub(super) is_in_list: bool,
    /// Its bytes; up to the opening parenthesis, if there is no closing one.
    pub(super) range: Range<usize>,
    /// The index of the token after it.
    pub(super) end: usize,
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
            .rev()
            .filter(|token| !token.is_trivia());
        let previous = before.next();
        if previous.is_some_and(|token| token.is(".", text)) {
            return None;
        }
        let is_in_list = previous.is_some_and(|token| token.is("(", text))
            && before.next().is_some_and(|token| token.is_word("in", text));

        let (dot, _) = next(index).filter(|(_, token)| token.is(".", text))?;
        let (function, name) =
            next(dot).filter(|(_, token)| token.kind == TokenKind::Identifier)?;
        let (open, opening) = next(function).filter(|(_, token)| token.is("(", text))?;
        let close = closing(text, tokens, open);
        let last = close.map_or(opening, |close| &tokens[close]);
        Some(Self {
            name: name.text(text).to_lowercase(),
            argument: close.and_then(|close| argument(text, &tokens[open + 1..close])),
            is_in_list,
            range: tokens[index].range.start..last.range.end,
            end: close.unwrap_or(open) + 1,
        })
    }
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

/// The only name in these tokens.
fn argument(text: &str, tokens: &[Token]) -> Option<String> {
    let mut tokens = tokens.iter().filter(|token| !token.is_trivia());
    let (Some(only), None) = (tokens.next(), tokens.next()) else {
        return None;
    };
    let written = only.text(text);
    let unquoted = |quote: &str| {
        let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner.replace(&quote.repeat(2), quote))
    };
    let name = match only.kind {
        TokenKind::Identifier => Some(written.to_owned()),
        TokenKind::String => unquoted("'"),
        TokenKind::QuotedIdentifier => unquoted("\""),
        _ => None,
    };
    name.filter(|name| !name.trim().is_empty())
}
