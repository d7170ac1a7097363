//! What a run tells: as text with carets, as JSON, or as annotations on GitHub.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::{Format, print_data};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::error::Error;
use crate::output::{Drift, Written};

pub(super) struct Report {
    format: Format,
}

/// A diagnostic or a drifted file, for tools.
#[derive(Serialize)]
struct Entry<'a> {
    severity: &'static str,
    code: &'static str,
    message: String,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    notes: Vec<&'a str>,
    helps: Vec<String>,
}

const REGENERATE: &str = "run `rowsmith generate` and commit the changes";

impl Report {
    pub(super) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Something to tell that is no mistake.
    #[expect(
        clippy::print_stderr,
        reason = "this module prints for the command line"
    )]
    pub(super) fn message(&self, text: &str) {
        if self.format != Format::Json {
            anstream::eprintln!("{text}");
        }
    }

    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        self.show(diagnostics, Vec::new());
    }

    pub(super) fn error(&self, error: &Error) {
        if error.diagnostics().is_empty() {
            let entry = Entry {
                severity: "error",
                code: "failure",
                message: error.to_string(),
                file: None,
                line: None,
                column: None,
                notes: Vec::new(),
                helps: Vec::new(),
            };
            self.failure(error, entry);
        } else {
            self.show(error.diagnostics(), Vec::new());
            if self.format == Format::Human {
                self.message(&count(error.diagnostics()));
            }
        }
    }

    fn failure(&self, error: &Error, entry: Entry<'_>) {
        match self.format {
            Format::Human => self.message(&format!("error: {error:?}")),
            Format::Json => print_json(&[entry]),
            Format::Github => print_data(&annotation(&entry)),
        }
    }

    pub(super) fn written(&self, written: &Written) {
        for (verb, paths) in [
            ("created", &written.created),
            ("changed", &written.changed),
            ("removed", &written.removed),
        ] {
            for path in paths {
                self.message(&format!("{verb} {}", path.display()));
            }
        }
        if written.created.is_empty() && written.changed.is_empty() && written.removed.is_empty() {
            self.message(&format!("nothing changed in {}", files(written.unchanged)));
        }
    }

    pub(super) fn drift(&self, warnings: &[Diagnostic], drift: &Drift) {
        let differences: Vec<(String, &str)> = differences(drift).collect();
        let entries = differences.iter().map(|(file, what)| Entry {
            severity: "error",
            code: "drift",
            message: format!("`{file}` {what}"),
            file: Some(file),
            line: None,
            column: None,
            notes: Vec::new(),
            helps: vec![REGENERATE.to_owned()],
        });
        self.show(warnings, entries.collect());
        if self.format == Format::Human && !drift.is_empty() {
            print_data(&drift.to_string());
            let mut text = "error: the generated code is not current\n".to_owned();
            for (file, what) in &differences {
                let _ = writeln!(text, "  `{file}` {what}");
            }
            let _ = write!(text, "  help: {REGENERATE}");
            self.message(&text);
        }
    }

    fn show(&self, diagnostics: &[Diagnostic], more: Vec<Entry<'_>>) {
        match self.format {
            Format::Human => {
                if !diagnostics.is_empty() {
                    // anstream takes the colours out where they do not belong.
                    self.message(&diagnostic::render(diagnostics, true));
                }
            }
            Format::Json => {
                let entries: Vec<_> = diagnostics.iter().map(entry).chain(more).collect();
                print_json(&entries);
            }
            Format::Github => {
                let entries = diagnostics.iter().map(entry).chain(more);
                print_data(&entries.map(|entry| annotation(&entry)).collect::<String>());
            }
        }
    }
}

/// The files that are not current, and what is the matter with each.
fn differences(drift: &Drift) -> impl Iterator<Item = (String, &'static str)> {
    let name = |path: &Path| path.display().to_string();
    let missing = drift.missing().map(move |path| (name(path), "is missing"));
    let changed = drift
        .changed()
        .map(move |path| (name(path), "differs from what is generated"));
    let stale = drift
        .stale()
        .map(move |path| (name(path), "is no longer generated"));
    missing.chain(changed).chain(stale)
}

fn entry(diagnostic: &Diagnostic) -> Entry<'_> {
    let place = diagnostic.line_and_column();
    Entry {
        severity: match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: diagnostic.code().name(),
        message: diagnostic.message().to_owned(),
        file: diagnostic.file(),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        notes: diagnostic.notes().collect(),
        helps: diagnostic.helps().map(str::to_owned).collect(),
    }
}

fn print_json(entries: &[Entry<'_>]) {
    let json = serde_json::to_string_pretty(entries).expect("reports are plain data");
    print_data(&(json + "\n"));
}

/// A workflow command: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
fn annotation(entry: &Entry<'_>) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut properties = vec![format!("title={}", property(entry.code))];
    properties.extend(entry.file.map(|file| format!("file={}", property(file))));
    properties.extend(entry.line.map(|line| format!("line={line}")));
    properties.extend(entry.column.map(|column| format!("col={column}")));
    let mut message = entry.message.clone();
    for note in &entry.notes {
        let _ = write!(message, "\n{note}");
    }
    for help in &entry.helps {
        let _ = write!(message, "\nhelp: {help}");
    }
    format!(
        "::{} {}::{}\n",
        entry.severity,
        properties.join(","),
        data(&message)
    )
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error)
        .count();
    match errors {
        1 => "1 mistake; nothing was written".to_owned(),
        errors => format!("{errors} mistakes; nothing was written"),
    }
}

fn files(number: usize) -> String {
    match number {
        1 => "1 file".to_owned(),
        number => format!("{number} files"),
    }
}
