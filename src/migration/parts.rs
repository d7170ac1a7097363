//! A migration cut into what is sent to a database that stays: one statement at a time, each with its place in the file.

use std::ops::Range;

use super::Migration;
use crate::syntax::next_statement;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where it stands in the file's text.
    pub(crate) range: Range<usize>,
    /// What is sent instead of the text there, if placeholders have values.
    pub(crate) sent: Option<String>,
}

impl Migration {
    /// The statements that are applied, in their order.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let text = self.sql.text();
        let mut parts = Vec::new();
        let mut position = 0;
        while let Some(statement) = next_statement(text, position) {
            position = statement.end;
            let sent = &text[statement.clone()];
            let last = sent.chars().next_back().map_or(0, char::len_utf8);
            let start = self.sql.origin(statement.start).start;
            let end = self.sql.origin(statement.end - last);
            let end = if end.is_empty() {
                end.end + last
            } else {
                end.end
            };
            let range = start..end;
            let is_same = self.file.text().get(range.clone()) == Some(sent);
            parts.push(Part {
                range,
                sent: (!is_same).then(|| sent.to_owned()),
            });
        }
        parts
    }
}
