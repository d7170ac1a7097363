//! Diagnostics as plain data, so that warnings outlive the run that found them.

use serde::{Deserialize, Serialize};

use super::{Code, Diagnostic, Label, Place, Severity};
use crate::source::{Position, SourceFile};

/// A diagnostic whose places are lines and columns of files that are known by their keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptDiagnostic {
    code: String,
    error: bool,
    message: String,
    place: KeptPlace,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<KeptLabel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    helps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptPlace {
    None,
    File(String),
    Label(KeptLabel),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptLabel {
    file: String,
    /// Line and column of the first character and of that after the last.
    start: (usize, usize),
    end: (usize, usize),
    text: String,
}

impl KeptDiagnostic {
    #[cfg(feature = "postgres")]
    pub(crate) fn keep(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code.name().to_owned(),
            error: diagnostic.severity == Severity::Error,
            message: diagnostic.message.clone(),
            place: match &diagnostic.place {
                Place::None => KeptPlace::None,
                Place::File(name) => KeptPlace::File(name.clone()),
                Place::Label(label) => KeptPlace::Label(KeptLabel::keep(label)),
            },
            also: diagnostic.secondary.iter().map(KeptLabel::keep).collect(),
            notes: diagnostic.notes.clone(),
            helps: diagnostic.helps.clone(),
        }
    }

    /// The diagnostic again, or nothing if it is about a file that is not among `files`.
    pub(crate) fn restore(&self, files: &[&SourceFile]) -> Option<Diagnostic> {
        let also = self.also.iter().map(|label| label.restore(files));
        Some(Diagnostic {
            severity: if self.error {
                Severity::Error
            } else {
                Severity::Warning
            },
            code: Code::named(&self.code)?,
            message: self.message.clone(),
            place: match &self.place {
                KeptPlace::None => Place::None,
                KeptPlace::File(name) => Place::File(name.clone()),
                KeptPlace::Label(label) => Place::Label(label.restore(files)?),
            },
            secondary: also.collect::<Option<_>>()?,
            notes: self.notes.clone(),
            helps: self.helps.clone(),
        })
    }

    /// The key of the file it is about and its first line there.
    #[cfg(feature = "postgres")]
    pub(crate) fn file_and_line(&self) -> Option<(&str, usize)> {
        match &self.place {
            KeptPlace::Label(label) => Some((&label.file, label.start.0)),
            KeptPlace::None | KeptPlace::File(_) => None,
        }
    }
}

impl KeptLabel {
    #[cfg(feature = "postgres")]
    fn keep(label: &Label) -> Self {
        let position = |offset| {
            let position = label.span.file.position(offset);
            (position.line, position.column)
        };
        Self {
            file: label.span.file.key().to_owned(),
            start: position(label.span.range.start),
            end: position(label.span.range.end),
            text: label.text.clone(),
        }
    }

    fn restore(&self, files: &[&SourceFile]) -> Option<Label> {
        let file = files.iter().find(|file| file.key() == self.file)?;
        let offset = |(line, column)| file.offset(Position { line, column });
        Some(Label {
            span: file.span(offset(self.start)..offset(self.end)),
            text: self.text.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;

    #[test]
    fn what_is_kept_is_reported_as_before() {
        let query = SourceFile::new("shop/q.sql", "q.sql", "-- né\r\nSELECT nmae FROM t;\r\n");
        let config = SourceFile::new("shop/sqlc.yaml", "sqlc.yaml", "version: 2\n");
        let diagnostics = [
            Diagnostic::warning(Code::ContradictedOverride, "it is never NULL")
                .at(query.span(15..19), "here")
                .also(config.span(9..10), "said here")
                .note("a fact")
                .help("a remedy"),
            Diagnostic::error(Code::NothingFound, "no file").in_file("shop/x.sql"),
            Diagnostic::warning(Code::NothingFound, "nothing"),
        ];
        let kept: Vec<_> = diagnostics.iter().map(KeptDiagnostic::keep).collect();
        let json = serde_json::to_string(&kept).unwrap();
        let read: Vec<KeptDiagnostic> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, kept);
        let restored: Option<Vec<_>> = read
            .iter()
            .map(|kept| kept.restore(&[&config, &query]))
            .collect();
        assert_eq!(
            render(&restored.unwrap(), false),
            render(&diagnostics, false)
        );
        assert!(kept[0].restore(&[&query]).is_none(), "a file is gone");
        assert_eq!(kept[0].file_and_line(), Some(("q.sql", 2)));
    }
}
