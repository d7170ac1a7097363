//! Placeholders: `@name`, `sqlc.arg(name)` and `$1` in the user's SQL, `$n` in the SQL that is sent.
//!
//! # When is `@` a placeholder?
//!
//! `@` is also a letter of Postgres' operators, which may stand without spaces: `a=@x` is read by Postgres as the
//! operator `=@`. The rule here: **an operator that ends in `@`, directly followed by an unquoted name, is a
//! placeholder after what is left of the operator.** So `=@x` is `= $1`, `->>@x` is `->> $1`, `@>@x` is `@> $1` and
//! `@@@x` is `@@ $1`. Two exceptions keep what Postgres means:
//!
//! - The operators `<@`, `@@`, `^@` and `@-@` (and ltree's `^<@` and `?<@`) end in `@` themselves: `a <@b` asks whether
//!   the column `b` contains `a`. With a placeholder they read `a <@ @b`, or `a <@@b`.
//! - A name directly followed by `(` is a function: `@f(x)` is an absolute value.
//!
//! Anything else stays an operator: `@ x`, `@-5`, `@(x)`, `@"x"`, `a @> b`, `a @? b`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Rewritten, SourceFile, Span};
use crate::syntax::lexer::{Token, TokenKind, is_identifier_part};

/// What one `$n` stands for.
#[derive(Clone, Debug)]
pub(crate) struct Placeholder {
    /// The name after `@`, as first written; `None` for a plain `$n`.
    pub(crate) name: Option<String>,
    /// Whether some use is `sqlc.narg`: it accepts NULL whatever its uses are.
    pub(crate) nullable: bool,
    /// Each place it stands at; never empty.
    pub(crate) uses: Vec<Span>,
}

/// Operators that end in `@`: Postgres' own and ltree's.
const OPERATORS: [&str; 6] = ["<@", "@@", "^@", "@-@", "^<@", "?<@"];

/// What Postgres' protocol can number.
const MAX_NUMBER: usize = 65_535;

const MACROS: [&str; 4] = ["arg", "narg", "slice", "embed"];

/// A placeholder as it is written.
struct Use {
    range: Range<usize>,
    parameter: Parameter,
}

enum Parameter {
    Numbered(usize),
    Named { name: String, nullable: bool },
}

/// Rewrites the placeholders of a statement, given as its tokens. `None` if one is broken, which is reported.
pub(super) fn rewrite(
    file: &SourceFile,
    tokens: &[Token],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Rewritten, Vec<Placeholder>)> {
    let before = diagnostics.len();
    let mut finder = Finder {
        file,
        tokens,
        uses: Vec::new(),
        diagnostics,
    };
    finder.find();
    let uses = finder.uses;
    let (numbers, placeholders) = number(file, &uses, diagnostics)?;
    if diagnostics.len() > before {
        return None;
    }

    let text = file.text();
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Some((Rewritten::default(), placeholders));
    };
    let mut sql = Rewritten::default();
    let mut copied = first.range.start;
    for (number, Use { range, .. }) in numbers.iter().zip(&uses) {
        sql.copy(text, copied..range.start);
        // `AND@a` and `sqlc.arg(a)AND` are two words, `AND$1AND` is one.
        let joins = |byte: Option<&u8>| {
            byte.is_some_and(|byte| is_identifier_part(*byte))
                && !text[range.clone()].starts_with('$')
        };
        let bytes = text.as_bytes();
        let before = if joins(bytes[..range.start].last()) {
            " "
        } else {
            ""
        };
        let after = if joins(bytes.get(range.end)) { " " } else { "" };
        sql.replace(&format!("{before}${number}{after}"), range.clone());
        copied = range.end;
    }
    sql.copy(text, copied..last.range.end);
    Some((sql, placeholders))
}

/// Gives each use its number: what is written for `$n`, else the next free one in the order of the text.
fn number(
    file: &SourceFile,
    uses: &[Use],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Vec<usize>, Vec<Placeholder>)> {
    let explicit: BTreeSet<usize> = uses
        .iter()
        .filter_map(|placed| match placed.parameter {
            Parameter::Numbered(number) => Some(number),
            Parameter::Named { .. } => None,
        })
        .collect();
    let mut free = (1..).filter(|number| !explicit.contains(number));
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut placeholders: BTreeMap<usize, Placeholder> = BTreeMap::new();
    let mut numbers = Vec::new();
    for placed in uses {
        let (number, name, nullable) = match &placed.parameter {
            Parameter::Numbered(number) => (*number, None, false),
            Parameter::Named { name, nullable } => {
                let number = named
                    .entry(name.to_lowercase())
                    .or_insert_with(|| free.next().expect("numbers do not end"));
                (*number, Some(name), *nullable)
            }
        };
        numbers.push(number);
        let placeholder = placeholders.entry(number).or_insert_with(|| Placeholder {
            name: name.cloned(),
            nullable: false,
            uses: Vec::new(),
        });
        placeholder.nullable |= nullable;
        placeholder.uses.push(file.span(placed.range.clone()));
    }

    let before = diagnostics.len();
    for (expected, (number, placeholder)) in (1..).zip(&placeholders) {
        let place = placeholder.uses[0].clone();
        if *number > MAX_NUMBER {
            diagnostics.push(
                Diagnostic::error(Code::InvalidPlaceholder, "too many parameters").at(
                    place,
                    format!("Postgres numbers them up to `${MAX_NUMBER}`"),
                ),
            );
            break;
        }
        if *number != expected {
            diagnostics.push(
                Diagnostic::error(
                    Code::InvalidPlaceholder,
                    format!("`${number}` is used, but `${expected}` is not"),
                )
                .at(place, "the numbers have a gap before this one")
                .help(format!("write `${expected}`, or a name: `@name`")),
            );
            break;
        }
    }
    (diagnostics.len() == before).then(|| (numbers, placeholders.into_values().collect()))
}

/// Finds the placeholders of a statement.
struct Finder<'a> {
    file: &'a SourceFile,
    tokens: &'a [Token],
    uses: Vec<Use>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Finder<'a> {
    fn find(&mut self) {
        // The parentheses and brackets around the current token.
        let mut open = Vec::new();
        let mut reported_colons = BTreeSet::new();
        let mut index = 0;
        while let Some(token) = self.tokens.get(index) {
            let mut next = index + 1;
            match (token.kind, self.text(token)) {
                (TokenKind::Positional, written) => self.positional(token, written),
                (TokenKind::Operator, operator) if operator.ends_with('@') => {
                    if let Some(name) = self.name_after_at(index, operator) {
                        let range = token.range.end - 1..name.range.end;
                        self.named(range, self.text(name).to_owned(), false);
                        next = index + 2;
                    }
                }
                (TokenKind::Identifier, word) if word.eq_ignore_ascii_case("sqlc") => {
                    next = self.macro_call(index).unwrap_or(next);
                }
                (TokenKind::Punctuation, bracket @ ("(" | "[")) => open.push(bracket),
                (TokenKind::Punctuation, ")" | "]") => {
                    open.pop();
                }
                // In brackets it is an array slice: `a[1:n]`.
                (TokenKind::Punctuation, ":") if open.last() != Some(&"[") => {
                    if let Some(name) = self.name_after_colon(index)
                        && reported_colons.insert(self.text(name))
                    {
                        self.report(
                            token.range.start..name.range.end,
                            format!("`:{}` is not a placeholder", self.text(name)),
                            format!("write `@{}`", self.text(name)),
                        );
                    }
                }
                _ => {}
            }
            index = next;
        }
    }

    fn positional(&mut self, token: &Token, written: &str) {
        match written[1..].parse() {
            Ok(number @ 1..=MAX_NUMBER) => self.uses.push(Use {
                range: token.range.clone(),
                parameter: Parameter::Numbered(number),
            }),
            _ => self.report(
                token.range.clone(),
                format!("there is no parameter `{written}`"),
                format!("number parameters from `$1` up to `${MAX_NUMBER}`"),
            ),
        }
    }

    fn named(&mut self, range: Range<usize>, name: String, nullable: bool) {
        self.uses.push(Use {
            range,
            parameter: Parameter::Named { name, nullable },
        });
    }

    /// The name of the placeholder that starts with the last character of the operator at `index`, if one does.
    fn name_after_at(&self, index: usize, operator: &str) -> Option<&'a Token> {
        let name = self.tokens.get(index + 1)?;
        let is_name = name.kind == TokenKind::Identifier && !OPERATORS.contains(&operator);
        let is_function = || {
            let after = self.tokens.get(index + 2);
            after.is_some_and(|after| after.is("(", self.file.text()))
        };
        (is_name && !is_function()).then_some(name)
    }

    /// The name directly after the colon at `index`, where an expression must start: after an operator, `(`, `,` or a
    /// keyword. Elsewhere a colon may be SQL, as in `JSON_OBJECT('a' :x)`.
    fn name_after_colon(&self, index: usize) -> Option<&'a Token> {
        const KEYWORDS: [&str; 17] = [
            "and", "between", "by", "else", "having", "ilike", "in", "like", "limit", "not",
            "offset", "on", "or", "select", "then", "when", "where",
        ];
        let name = self.tokens.get(index + 1)?;
        let before = self.tokens[..index]
            .iter()
            .rfind(|token| !token.is_trivia())?;
        let word = self.text(before);
        let expects_expression = match before.kind {
            TokenKind::Operator => true,
            TokenKind::Punctuation => matches!(word, "(" | "," | ":="),
            TokenKind::Identifier => KEYWORDS
                .iter()
                .any(|keyword| word.eq_ignore_ascii_case(keyword)),
            _ => false,
        };
        (name.kind == TokenKind::Identifier && expects_expression).then_some(name)
    }

    /// Reads `sqlc.…(…)` at `index`; the index after it, or `None` if it is something else.
    fn macro_call(&mut self, index: usize) -> Option<usize> {
        let text = self.file.text();
        let significant = |from: usize| {
            let tokens = self.tokens.iter().enumerate().skip(from);
            tokens.into_iter().find(|(_, token)| !token.is_trivia())
        };
        let before = self.tokens[..index]
            .iter()
            .rfind(|token| !token.is_trivia());
        if before.is_some_and(|token| token.is(".", text)) {
            return None;
        }
        let (dot, _) = significant(index + 1).filter(|(_, token)| token.is(".", text))?;
        let (called, function) = significant(dot + 1)?;
        let (open, _) = significant(called + 1).filter(|(_, token)| token.is("(", text))?;
        let function_name = self.text(function).to_lowercase();
        let place = self.tokens[index].range.start..function.range.end;

        let Some(close) = self.closing(open) else {
            self.report(
                place,
                format!("`sqlc.{function_name}` is not closed"),
                "write `)` after its argument",
            );
            return Some(self.tokens.len());
        };
        let whole = place.start..self.tokens[close].range.end;
        let argument = self.argument(&self.tokens[open + 1..close]);
        match function_name.as_str() {
            "arg" | "narg" => match argument {
                Some(name) => self.named(whole, name, function_name == "narg"),
                None => self.report(
                    whole,
                    format!("`sqlc.{function_name}` takes one name"),
                    format!("write `sqlc.{function_name}(name)`"),
                ),
            },
            "slice" => {
                let name = argument.unwrap_or_else(|| "values".to_owned());
                self.report(
                    whole,
                    "`sqlc.slice` is not supported yet",
                    format!("write `= ANY(@{name})` instead of `IN (…)`, and `<> ALL(@{name})` instead of `NOT IN (…)`"),
                );
            }
            "embed" => {
                let name = argument.unwrap_or_else(|| "table".to_owned());
                self.report(
                    whole,
                    "`sqlc.embed` is not supported yet",
                    format!("select the columns, as `{name}.*`"),
                );
            }
            _ => {
                let help = match nearest(&function_name, MACROS) {
                    Some(known) => format!("did you mean `sqlc.{known}`?"),
                    None => "there are `sqlc.arg` and `sqlc.narg`".to_owned(),
                };
                self.report(
                    place,
                    format!("unknown function `sqlc.{function_name}`"),
                    help,
                );
            }
        }
        Some(close + 1)
    }

    /// The index of the parenthesis that closes the one at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let text = self.file.text();
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
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

    /// The one name in a macro's parentheses: `x`, `'x'` or `"x"`.
    fn argument(&self, tokens: &[Token]) -> Option<String> {
        let mut tokens = tokens.iter().filter(|token| !token.is_trivia());
        let (Some(only), None) = (tokens.next(), tokens.next()) else {
            return None;
        };
        let written = self.text(only);
        let unquoted = |quote: char| {
            let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
            let doubled: String = [quote, quote].iter().collect();
            Some(inner.replace(&doubled, &quote.to_string()))
        };
        let name = match only.kind {
            TokenKind::Identifier => Some(written.to_owned()),
            TokenKind::String => unquoted('\''),
            TokenKind::QuotedIdentifier => unquoted('"'),
            _ => None,
        };
        name.filter(|name| !name.trim().is_empty())
    }

    fn report(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(
            Diagnostic::error(Code::InvalidPlaceholder, message)
                .at(self.file.span(range), "")
                .help(help),
        );
    }

    fn text(&self, token: &Token) -> &'a str {
        token.text(self.file.text())
    }
}
