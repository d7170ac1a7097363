//! Placeholders: `@name`, `sqlc.arg(name)` and `$1` in the user's SQL, `$n` in the SQL that is sent.
//!
//! What else is rewritten stands here, too: `IN (sqlc.slice(x))` is sent as `= ANY ($n)`, with `NOT` as `<> ALL ($n)`,
//! and `sqlc.embed(t)` as `t.*`, of which the analysis makes the columns.
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

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Rewritten, SourceFile, Span};
use crate::syntax::lexer::{Token, TokenKind, is_identifier_part};
use crate::syntax::macro_call::{self, MacroCall, RelationName};
use crate::syntax::stand_in::StandIns;

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

/// A table whose columns a query gives as one field: `sqlc.embed(t)`.
#[derive(Clone, Debug)]
pub(crate) struct Embed {
    /// What is embedded, as the query calls it, without schema and quotes; or the alias after `AS`.
    pub(crate) name: String,
    /// The same as it stands in the SQL that is sent.
    pub(crate) relation: String,
    /// Whether the name is an alias after `AS`.
    pub(crate) is_renamed: bool,
    /// Where `t.*` starts in the SQL that is sent.
    pub(crate) offset: usize,
    /// Where the call stands.
    pub(crate) place: Span,
}

/// What is rewritten.
struct Edit {
    range: Range<usize>,
    change: Change,
}

enum Change {
    Parameter(Parameter),
    Embed {
        relation: RelationName,
        alias: Option<String>,
    },
    /// Another text: a keyword, as in `IN (sqlc.slice(x))`, or what the configuration says.
    Text(Cow<'static, str>),
}

enum Parameter {
    Numbered(usize),
    Named { name: String, nullable: bool },
}

/// A statement as it is sent, and what stands in it.
pub(super) struct Sent {
    pub(super) sql: Rewritten,
    pub(super) placeholders: Vec<Placeholder>,
    pub(super) embeds: Vec<Embed>,
}

/// Rewrites the placeholders of a statement, given as its tokens. `None` if one is broken, which is reported.
pub(super) fn rewrite(
    file: &SourceFile,
    tokens: &[Token],
    stand_ins: &StandIns,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Sent> {
    let before = diagnostics.len();
    let mut finder = Finder {
        file,
        tokens,
        edits: Vec::new(),
        diagnostics,
    };
    finder.find();
    let edits = with_stand_ins(finder.edits, file, tokens, stand_ins);
    let (numbers, placeholders) = number(file, &edits, diagnostics)?;
    if diagnostics.len() > before {
        return None;
    }

    let text = file.text();
    let mut sql = Rewritten::default();
    let mut embeds = Vec::new();
    let mut numbers = numbers.into_iter();
    let start = tokens.first().map_or(0, |first| first.range.start);
    let end = tokens.last().map_or(0, |last| last.range.end);
    let mut copied = start;
    for Edit { range, change } in edits {
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
        match change {
            Change::Parameter(_) => {
                let number = numbers.next().unwrap_or_default();
                sql.replace(&format!("{before}${number}{after}"), range.clone());
            }
            Change::Text(instead) => sql.replace(&instead, range.clone()),
            Change::Embed { relation, alias } => {
                sql.replace(before, range.start..range.start);
                embeds.push(Embed {
                    is_renamed: alias.is_some(),
                    name: alias.unwrap_or(relation.name),
                    offset: sql.text().len(),
                    place: file.span(range.clone()),
                    relation: relation.written.clone(),
                });
                sql.replace(&format!("{}.*", relation.written), range.clone());
                sql.replace(after, range.end..range.end);
            }
        }
        copied = range.end;
    }
    sql.copy(text, copied..end);
    Some(Sent {
        sql,
        placeholders,
        embeds,
    })
}

/// What is sent for a placeholder, such as `$1`, in another statement: the first of `numbers` in the place of 1, and so on.
/// Whatever else is sent stays.
pub(crate) fn renumbered(sent: &str, numbers: &[usize]) -> String {
    let number = sent.trim().strip_prefix('$').and_then(|n| n.parse().ok());
    let number = number.and_then(|number: usize| numbers.get(number.checked_sub(1)?));
    match number {
        Some(number) => sent.replace(sent.trim(), &format!("${number}")),
        None => sent.to_owned(),
    }
}

/// Adds what the configuration replaces. What else is found in such a text is no placeholder.
fn with_stand_ins(
    mut edits: Vec<Edit>,
    file: &SourceFile,
    tokens: &[Token],
    stand_ins: &StandIns,
) -> Vec<Edit> {
    let Some((first, last)) = tokens.first().zip(tokens.last()) else {
        return edits;
    };
    for (range, instead) in stand_ins.find(file.text(), first.range.start..last.range.end) {
        edits.retain(|edit| edit.range.end <= range.start || edit.range.start >= range.end);
        edits.push(Edit {
            range,
            change: Change::Text(instead.to_owned().into()),
        });
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// Gives each parameter its number: what is written for `$n`, else the next free one in the order of the text.
fn number(
    file: &SourceFile,
    edits: &[Edit],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Vec<usize>, Vec<Placeholder>)> {
    let uses = || {
        edits.iter().filter_map(|edit| match &edit.change {
            Change::Parameter(parameter) => Some((parameter, &edit.range)),
            _ => None,
        })
    };
    let explicit: BTreeSet<usize> = uses()
        .filter_map(|(parameter, _)| match parameter {
            Parameter::Numbered(number) => Some(*number),
            Parameter::Named { .. } => None,
        })
        .collect();
    let mut free = (1..).filter(|number| !explicit.contains(number));
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut placeholders: BTreeMap<usize, Placeholder> = BTreeMap::new();
    let mut numbers = Vec::new();
    for (parameter, range) in uses() {
        let (number, name, nullable) = match parameter {
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
        placeholder.uses.push(file.span(range.clone()));
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
    edits: Vec<Edit>,
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
                (TokenKind::Identifier, _) if token.is_word("sqlc", self.file.text()) => {
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
            Ok(number @ 1..=MAX_NUMBER) => self.edits.push(Edit {
                range: token.range.clone(),
                change: Change::Parameter(Parameter::Numbered(number)),
            }),
            _ => self.report(
                token.range.clone(),
                format!("there is no parameter `{written}`"),
                format!("number parameters from `$1` up to `${MAX_NUMBER}`"),
            ),
        }
    }

    fn named(&mut self, range: Range<usize>, name: String, nullable: bool) {
        self.edits.push(Edit {
            range,
            change: Change::Parameter(Parameter::Named { name, nullable }),
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

    /// Takes note of `sqlc.…(…)` at `index`; the index after it, or `None` if it is something else.
    fn macro_call(&mut self, index: usize) -> Option<usize> {
        let text = self.file.text();
        let call = MacroCall::read(text, self.tokens, index)?;
        let mut end = call.end;
        let argument = call.name_in(text, self.tokens);
        let name = call.name.as_str();
        match (name, argument) {
            ("arg" | "narg", Some(parameter)) => {
                self.named(call.range, parameter, name == "narg");
            }
            ("slice", Some(parameter)) => self.slice(call, parameter),
            ("arg" | "narg" | "slice", None) => self.report(
                call.range,
                format!("`sqlc.{name}` takes one name"),
                format!("write `sqlc.{name}(name)`"),
            ),
            ("embed", _) => match call.relation_in(text, self.tokens) {
                Some(relation) => {
                    let alias = self.alias_after(end);
                    let mut range = call.range;
                    if let Some((index, _)) = &alias {
                        range.end = self.tokens[*index].range.end;
                        end = index + 1;
                    }
                    let alias = alias.map(|(_, name)| name);
                    let change = Change::Embed { relation, alias };
                    self.edits.push(Edit { range, change });
                }
                None => self.report(
                    call.range,
                    "`sqlc.embed` takes the name of a table",
                    "write `sqlc.embed(users)`, or an alias of the table",
                ),
            },
            _ => {
                let help = if let Some(known) = nearest(name, macro_call::NAMES) {
                    format!("did you mean `sqlc.{known}`?")
                } else {
                    let known = macro_call::NAMES.map(|known| format!("`sqlc.{known}`"));
                    format!("there are {}", known.join(", "))
                };
                self.report(call.range, format!("unknown function `sqlc.{name}`"), help);
            }
        }
        Some(end)
    }

    /// `IN (sqlc.slice(x))` compares with each element of an array, whatever their number: Postgres says `= ANY (x)`.
    fn slice(&mut self, call: MacroCall, parameter: String) {
        if let Some(list) = call.list {
            if !list.is_alone {
                self.report(
                    call.range,
                    "`sqlc.slice` stands beside other values",
                    "an array is all of a list: write `IN (sqlc.slice(…))` and compare with other values by `OR`",
                );
                return;
            }
            let keyword = if let Some(not) = list.not {
                self.edits.push(Edit {
                    range: not,
                    change: Change::Text("<>".into()),
                });
                "ALL"
            } else {
                "= ANY"
            };
            self.edits.push(Edit {
                range: list.keyword,
                change: Change::Text(keyword.into()),
            });
        }
        self.named(call.range, parameter, false);
    }

    /// The name in `AS name` at `index`, and where it stands.
    fn alias_after(&self, index: usize) -> Option<(usize, String)> {
        let text = self.file.text();
        let mut after = self.tokens.iter().enumerate().skip(index);
        let mut next = || after.find(|(_, token)| !token.is_trivia());
        next().filter(|(_, token)| token.is_word("as", text))?;
        let (at, token) = next()?;
        let written = token.text(text);
        match token.kind {
            TokenKind::Identifier => Some((at, written.to_lowercase())),
            TokenKind::QuotedIdentifier => {
                let name = written.strip_prefix('"')?.strip_suffix('"')?;
                Some((at, name.replace("\"\"", "\"")))
            }
            _ => None,
        }
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

#[cfg(test)]
mod tests;
