//! Statements of a query file that belong to no query. They are never passed over in silence: somebody may wait for what
//! they do.
//!
//! One that has parameters or changes rows is a mistake; the others of a file are one warning. A file that is part of the
//! schema as well is applied, so there only a statement with parameters is left over.
//!
//! `-- _name: GetUser :one` switches a query off. That is said on purpose, so nothing is reported.

use std::ops::Range;

use super::annotation;
use super::lexer::Token;
use super::placeholder;
use super::stand_in::StandIns;
use super::statement::Statement;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceFile;

/// Whether the statements of a query file are applied, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    QueriesOnly,
    SchemaToo,
}

/// What begins or is part of a statement that changes rows.
const CHANGES: [&str; 6] = ["insert", "update", "delete", "merge", "truncate", "copy"];

/// The unnamed statements of a file.
pub(super) struct Unnamed<'f> {
    file: &'f SourceFile,
    role: Role,
    diagnostics: Vec<Diagnostic>,
    /// The statements that are only worth a warning, by their first lines.
    harmless: Vec<Range<usize>>,
}

impl<'f> Unnamed<'f> {
    pub(super) fn new(file: &'f SourceFile, role: Role) -> Self {
        Self {
            file,
            role,
            diagnostics: Vec::new(),
            harmless: Vec::new(),
        }
    }

    /// Takes note of a statement without an annotation.
    pub(super) fn add(&mut self, tokens: &[Token], statement: &Statement, stand_ins: &StandIns) {
        let text = self.file.text();
        let body = &tokens[statement.body.clone()];
        let above = &tokens[statement.tokens.start..statement.body.start];
        let is_broken = body.iter().any(|token| !token.terminated);
        let is_off = |token: &Token| token.is_comment() && annotation::is_off(text, token);
        let (Some(first), Some(last)) = (body.first(), body.last()) else {
            return;
        };
        if is_broken || above.iter().any(is_off) {
            return;
        }
        let whole = first.range.start..last.range.end;
        if text[whole.clone()].starts_with('\\') {
            self.add_meta_command(&whole);
            return;
        }
        let sent = placeholder::rewrite(self.file, body, stand_ins, &mut Vec::new());
        let has_parameters =
            sent.is_none_or(|sent| !sent.placeholders.is_empty() || !sent.embeds.is_empty());
        if self.role == Role::SchemaToo && !has_parameters {
            return;
        }
        let is_change = |token: &Token| CHANGES.iter().any(|word| token.is_word(word, text));
        let changes_rows =
            is_change(first) || first.is_word("with", text) && body.iter().any(is_change);
        let what = match (has_parameters, changes_rows) {
            (_, true) => "this statement changes rows, and belongs to no query",
            (true, false) => "this statement has parameters, and belongs to no query",
            (false, false) => {
                self.harmless.push(whole);
                return;
            }
        };
        self.diagnostics.push(
            Diagnostic::error(Code::UnnamedStatement, what)
                .at(self.file.span(first_line(text, &whole)), "nothing is generated for it")
                .help("a query is one statement: write an annotation above this one, such as `-- name: QueryName :exec`, or remove it"),
        );
    }

    /// psql's own commands end with their line. What follows would be taken for a part of it.
    fn add_meta_command(&mut self, whole: &Range<usize>) {
        let line = first_line(self.file.text(), whole);
        let message = "this is a command of psql, which neither rowsmith nor Postgres knows";
        self.diagnostics.push(
            Diagnostic::error(Code::UnnamedStatement, message)
                .at(self.file.span(line), "")
                .help("remove it, and write out what it stands for"),
        );
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        if let Some((first, others)) = self.harmless.split_first() {
            let text = self.file.text();
            let message = match others.len() {
                0 => "this statement belongs to no query".to_owned(),
                1 => "this statement and another one belong to no query".to_owned(),
                more => format!("this statement and {more} others belong to no query"),
            };
            self.diagnostics.push(
                Diagnostic::warning(Code::UnnamedStatement, message)
                    .at(self.file.span(first_line(text, first)), "nothing is generated for it")
                    .help("write an annotation above it, such as `-- name: QueryName :many`; what makes tables belongs in `schema`"),
            );
        }
        self.diagnostics
    }
}

fn first_line(text: &str, range: &Range<usize>) -> Range<usize> {
    let line = text[range.clone()].lines().next().unwrap_or_default();
    range.start..range.start + line.trim_end().len()
}
