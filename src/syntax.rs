//! Annotated queries, read from `.sql` files.
//!
//! Pure: text in, queries and diagnostics out. Nothing here knows SQL's grammar, only its tokens, so any statement
//! that Postgres accepts passes through byte for byte apart from its placeholders.

use crate::diagnostic::Diagnostic;
use crate::ir::Command;
use crate::source::{Rewritten, SourceFile, Span};

/// One annotated query of a file.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The name, at its place in the annotation.
    pub(crate) name: Span,
    pub(crate) command: Command,
    /// The lines of its doc comment, without `--`.
    pub(crate) docs: Vec<String>,
    /// The statement, without its `;`.
    pub(crate) statement: Span,
    /// The SQL that is sent, with `$n` placeholders.
    pub(crate) sql: Rewritten,
    /// What `$1`, `$2`, … stand for, in that order.
    pub(crate) placeholders: Vec<Placeholder>,
}

/// What one `$n` stands for.
#[derive(Clone, Debug)]
pub(crate) struct Placeholder {
    /// The name after `@`; `None` for a plain `$n`.
    pub(crate) name: Option<String>,
    /// Each place it stands at; never empty.
    pub(crate) uses: Vec<Span>,
}

/// Reads the queries of a file. A broken one is reported and left out; the rest is still read.
pub(crate) fn parse(_file: &SourceFile) -> (Vec<Query>, Vec<Diagnostic>) {
    (Vec::new(), Vec::new())
}

/// The byte range of each statement that is not empty, without white space and comments around it and without its `;`.
pub(crate) fn statements(_text: &str) -> Vec<std::ops::Range<usize>> {
    Vec::new()
}
