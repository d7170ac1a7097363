//! Single queries of an outdated snapshot, which are still what they were.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};

use super::Target;
use crate::diagnostic::KeptDiagnostic;
use crate::digest::digest;
use crate::ir;
use crate::source::{SourceFile, with_lf};

/// A query's share of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryText {
    pub(crate) digest: String,
    pub(crate) file: String,
    pub(crate) lines: RangeInclusive<usize>,
    bytes: Range<usize>,
}

impl QueryText {
    /// The bytes `start..end` of a file. A query that moved is another one, since places in its file are part of what is
    /// known of it.
    pub(crate) fn of(file: &SourceFile, start: usize, end: usize) -> Self {
        let text = with_lf(&file.text()[start..end]);
        let first = file.position(start);
        let place = format!("{}:{}:{}", file.key(), first.line, first.column);
        Self {
            digest: digest([place.as_bytes(), text.as_bytes()]),
            file: file.key().to_owned(),
            lines: first.line..=file.position(end).line,
            bytes: start..end,
        }
    }

    /// The text, in the file that it is of.
    pub(crate) fn of_file<'f>(&self, file: &'f SourceFile) -> &'f str {
        &file.text()[self.bytes.clone()]
    }
}

impl Target {
    /// What is known of single queries.
    pub(crate) fn into_known(self) -> Known {
        let texts = self.texts.into_iter();
        Known {
            queries: texts.zip(self.analysis.queries).collect(),
            warnings: self.warnings,
        }
    }
}

/// Queries by their text and place.
#[derive(Debug, Default)]
pub(crate) struct Known {
    queries: HashMap<String, ir::Query>,
    warnings: Vec<KeptDiagnostic>,
}

impl Known {
    /// What is known of a query, if its text and place are the same and nothing was to say about it. Each is given once.
    pub(crate) fn take(&mut self, text: &QueryText) -> Option<ir::Query> {
        if self.has_warning(text) {
            return None;
        }
        self.queries.remove(&text.digest)
    }

    fn has_warning(&self, text: &QueryText) -> bool {
        self.warnings.iter().any(|warning| {
            let place = warning.file_and_line();
            place.is_some_and(|(file, line)| file == text.file && text.lines.contains(&line))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic};

    #[test]
    fn a_query_is_its_text_and_place() {
        let of = |text: &str, start| {
            QueryText::of(&SourceFile::new("q.sql", "q.sql", text), start, text.len()).digest
        };
        assert_eq!(of("SELECT\n1;", 0), of("SELECT\r\n1;", 0));
        assert_ne!(of("SELECT 1;", 0), of("SELECT 2;", 0));
        assert_ne!(of("SELECT 1;", 0), of("\nSELECT 1;", 1));
    }

    #[test]
    fn what_is_warned_of_is_looked_at_again() {
        let file = SourceFile::new("shop/q.sql", "q.sql", "-- name: A :one\nSELECT @a::int;\n");
        let warning = Diagnostic::warning(Code::ContradictedOverride, "so");
        let known = Known {
            queries: HashMap::new(),
            warnings: vec![KeptDiagnostic::keep(&warning.at(file.span(16..22), ""))],
        };
        let text = |file: &str, lines| QueryText {
            digest: String::new(),
            file: file.to_owned(),
            lines,
            bytes: 0..0,
        };
        assert!(known.has_warning(&text("q.sql", 1..=3)));
        assert!(!known.has_warning(&text("q.sql", 3..=9)));
        assert!(!known.has_warning(&text("r.sql", 1..=3)));
    }
}
