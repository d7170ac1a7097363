//! A file on its way to the SQL that is sent: pieces are taken out, positions stay known.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::source::{Rewritten, SourceFile};

pub(super) struct Draft<'a> {
    pub(super) file: &'a SourceFile,
    /// As long as the file, byte for byte, with blanks for what was taken out: for looking at only.
    text: String,
    /// Where each piece that was taken out starts: its end, and what is sent instead.
    edits: BTreeMap<usize, (usize, String)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(file: &'a SourceFile) -> Self {
        let mut draft = Self {
            file,
            text: file.text().to_owned(),
            edits: BTreeMap::new(),
        };
        if draft.text.starts_with('\u{feff}') {
            draft.replace(0..'\u{feff}'.len_utf8(), "");
        }
        draft
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Leaves a piece out. What is before and after it stays apart.
    pub(super) fn take_out(&mut self, range: Range<usize>) {
        self.replace(range, "\n");
    }

    /// Sends `with` instead of a piece. To who looks at the text a `;` at its start ends a statement, too.
    pub(super) fn replace(&mut self, range: Range<usize>, with: &str) {
        if range.is_empty() {
            return;
        }
        let mut blanks: String = self.text[range.clone()]
            .bytes()
            .map(|byte| match byte {
                b'\n' | b'\r' => char::from(byte),
                _ => ' ',
            })
            .collect();
        if with.starts_with(';') && !blanks.is_empty() {
            blanks.replace_range(..1, ";");
        }
        self.text.replace_range(range.clone(), &blanks);
        let edit = (range.end, with.to_owned());
        let kept = self.edits.entry(range.start).or_default();
        if kept.0 < range.end {
            *kept = edit;
        }
    }

    pub(super) fn finish(self) -> Rewritten {
        let source = self.file.text();
        let mut sql = Rewritten::default();
        let mut position = 0;
        for (start, (end, with)) in self.edits {
            // Within a greater piece.
            if start < position {
                continue;
            }
            sql.copy(source, position..start);
            sql.replace(&with, start..end);
            position = end;
        }
        sql.copy(source, position..source.len());
        sql
    }
}
