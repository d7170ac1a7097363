//! Where statements end.
//!
//! At a `;`, apart from those inside the two statements that contain others: the body of a SQL-standard routine
//! (`BEGIN ATOMIC … END`) and the actions of a rule (`CREATE RULE … DO (…; …)`). Parentheses hide no other `;`, so that
//! a forgotten `)` spoils one statement instead of the rest of the file.

use std::ops::Range;

use crate::syntax::lexer::{Token, TokenKind, tokens_from};

/// Tokens up to a `;` or the end of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The indices of all its tokens, with white space and comments around it, without the `;`.
    pub(super) tokens: Range<usize>,
    /// From its first to its last token that is neither white space nor a comment; empty where there is none.
    pub(super) body: Range<usize>,
}

impl Statement {
    /// The statement in these tokens.
    pub(super) fn new(tokens: &[Token], range: Range<usize>) -> Self {
        let is_significant = |token: &Token| !token.is_trivia();
        let within = &tokens[range.clone()];
        let body = match (
            within.iter().position(is_significant),
            within.iter().rposition(is_significant),
        ) {
            (Some(first), Some(last)) => range.start + first..range.start + last + 1,
            _ => range.end..range.end,
        };
        Self {
            tokens: range,
            body,
        }
    }
}

/// The byte range of each statement that is not empty, without white space and comments around it and without its `;`.
pub(crate) fn statements(text: &str) -> Vec<Range<usize>> {
    let mut position = 0;
    let next = || {
        let found = next_statement(text, position)?;
        position = found.end;
        Some(found)
    };
    std::iter::from_fn(next).collect()
}

/// The first statement from `start` on; nothing behind it is looked at.
pub(crate) fn next_statement(text: &str, start: usize) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    let mut nesting = Nesting::default();
    for token in tokens_from(text, start) {
        if token.is(";", text) && !nesting.is_inside() {
            if found.is_some() {
                break;
            }
            nesting = Nesting::default();
        } else if !token.is_trivia() {
            nesting.enter(&token, text);
            found = Some(found.map_or(token.range.start, |range| range.start)..token.range.end);
        }
    }
    found
}

/// Cuts tokens into statements, empty ones included.
pub(super) fn split(text: &str, tokens: &[Token]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut nesting = Nesting::default();
    for (index, token) in tokens.iter().enumerate() {
        if token.is(";", text) && !nesting.is_inside() {
            statements.push(Statement::new(tokens, start..index));
            start = index + 1;
            nesting = Nesting::default();
        } else if !token.terminated {
            // Nothing after it can be told apart; see how the caller recovers.
            statements.push(Statement::new(tokens, start..index + 1));
            start = index + 1;
            nesting = Nesting::default();
        } else if !token.is_trivia() {
            nesting.enter(token, text);
        }
    }
    if start < tokens.len() {
        statements.push(Statement::new(tokens, start..tokens.len()));
    }
    statements
}

/// Whether a statement stands inside another one.
#[derive(Default)]
struct Nesting<'a> {
    /// The first tokens, enough to tell what is created.
    opening: Vec<&'a str>,
    previous: &'a str,
    /// Open parentheses of a rule.
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and `CASE` of a routine.
    blocks: usize,
}

impl<'a> Nesting<'a> {
    fn is_inside(&self) -> bool {
        self.parentheses > 0 || self.blocks > 0
    }

    /// Takes note of the next token.
    fn enter(&mut self, token: &Token, text: &'a str) {
        let word = token.text(text);
        if self.opening.len() < 4 {
            self.opening.push(word);
        }
        match token.kind {
            TokenKind::Punctuation if self.creates(&["rule"]) => match word {
                "(" => self.parentheses += 1,
                ")" => self.parentheses = self.parentheses.saturating_sub(1),
                _ => {}
            },
            TokenKind::Identifier if self.creates(&["function", "procedure"]) => {
                let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
                // `AS end` and `t.end` are names.
                let is_name = self.previous == "." || self.previous.eq_ignore_ascii_case("as");
                if self.blocks == 0 {
                    if is("atomic") && self.previous.eq_ignore_ascii_case("begin") {
                        self.blocks = 1;
                    }
                } else if is("case") && !is_name {
                    self.blocks += 1;
                } else if is("end") && !is_name {
                    self.blocks -= 1;
                }
            }
            _ => {}
        }
        self.previous = word;
    }

    /// Whether the statement starts with `CREATE [OR REPLACE]` and one of these.
    fn creates(&self, objects: &[&str]) -> bool {
        let is = |index: usize, keyword: &str| {
            self.opening
                .get(index)
                .is_some_and(|word| word.eq_ignore_ascii_case(keyword))
        };
        let object = if is(1, "or") && is(2, "replace") {
            3
        } else {
            1
        };
        is(0, "create") && objects.iter().any(|name| is(object, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_their_semicolons() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            (" ; ;; -- a\n;/* b; */", &[]),
            ("\u{feff}SELECT 1", &["SELECT 1"]),
            ("a; b ;c", &["a", "b", "c"]),
            ("-- x;\na /* ; */ b -- y\n;", &["a /* ; */ b"]),
            (
                "a ';' b; \";\" c; $$;$$ d",
                &["a ';' b", "\";\" c", "$$;$$ d"],
            ),
            ("SELECT (1; SELECT 2);", &["SELECT (1", "SELECT 2)"]),
            (
                "CREATE RULE r AS ON INSERT TO t DO (a; b (c); d); e",
                &["CREATE RULE r AS ON INSERT TO t DO (a; b (c); d)", "e"],
            ),
            (
                "create or replace RULE r DO (a;b);c",
                &["create or replace RULE r DO (a;b)", "c"],
            ),
            ("CREATE RULE r DO a); b", &["CREATE RULE r DO a)", "b"]),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END; b",
                &[
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END",
                    "b",
                ],
            ),
            (
                "create or replace procedure p() begin /**/ atomic select t.end, 1 as case, 2 AS \"case\"; end; b",
                &[
                    "create or replace procedure p() begin /**/ atomic select t.end, 1 as case, 2 AS \"case\"; end",
                    "b",
                ],
            ),
            (
                "CREATE FUNCTION f() AS $$ BEGIN a; END $$; b",
                &["CREATE FUNCTION f() AS $$ BEGIN a; END $$", "b"],
            ),
            (
                "CREATE FUNCTION begin(atomic int) AS 'x'; b",
                &["CREATE FUNCTION begin(atomic int) AS 'x'", "b"],
            ),
            (
                "BEGIN; SELECT 1; END; b",
                &["BEGIN", "SELECT 1", "END", "b"],
            ),
            ("a; 'b; c", &["a", "'b; c"]),
        ];
        for (text, expected) in table {
            let found: Vec<_> = statements(text)
                .into_iter()
                .map(|range| &text[range])
                .collect();
            assert_eq!(&found, expected, "{text:?}");
        }
    }
}
