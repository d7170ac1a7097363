//! What a run tells: as text with carets, as JSON, or as annotations on GitHub.
//!
//! Standard output gets data only: the diff of `check`, what `explain` knows, one JSON array of everything that is
//! wrong, annotations. What people read goes to standard error.

use std::collections::BTreeMap;
use std::env;
use std::error::Error as _;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::print_data;
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::error::{Error, Result};
use crate::output::{Drift, Output, Written};

/// How mistakes are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// With the source line and a caret, on standard error
    #[default]
    Human,
    /// As a JSON array, on standard output
    Json,
    /// As GitHub workflow commands, which annotate a pull request
    Github,
}

pub(super) struct Report {
    format: Format,
    /// Whether nothing is said of what was done.
    quiet: bool,
    /// What `--format json` prints at the end: one document, whatever happens.
    entries: Vec<Entry>,
    has_data: bool,
    /// Why something could not be printed.
    failure: Option<io::Error>,
}

/// A diagnostic, a failure or a drifted file, for tools.
#[derive(Default, Serialize)]
struct Entry {
    severity: &'static str,
    code: &'static str,
    message: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    notes: Vec<String>,
    helps: Vec<String>,
    /// What makes a drifted file current.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// The diagnostics without the many warnings of one sort that are about whole files, and how many more of each sort there are.
fn abridged(diagnostics: &[Diagnostic]) -> (Vec<Diagnostic>, BTreeMap<&'static str, usize>) {
    const MOST: usize = 3;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_shown = |diagnostic: &&Diagnostic| {
        if diagnostic.severity() == Severity::Error || diagnostic.line_and_column().is_some() {
            return true;
        }
        let count = seen.entry(diagnostic.code().name()).or_default();
        *count += 1;
        *count <= MOST
    };
    let shown = diagnostics.iter().filter(&mut is_shown).cloned().collect();
    seen.retain(|_, count| *count > MOST);
    (
        shown,
        seen.into_iter()
            .map(|(code, count)| (code, count - MOST))
            .collect(),
    )
}

/// What makes everything current, for an output of so many generated files.
fn remedy(drift: &Drift, files: usize) -> String {
    let command = if files == 0 { "snapshot" } else { "generate" };
    let mut remedy = format!("run `rowsmith {command}` and commit the changes");
    let missing = drift.missing();
    let missing_code = missing.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    if files > 0 && missing_code.count() == files {
        remedy +=
            "; where a build script generates the code, `rowsmith snapshot --check` is what to run";
    }
    remedy
}

impl Report {
    pub(super) fn new(format: Format, quiet: bool) -> Self {
        Self {
            format,
            quiet,
            entries: Vec::new(),
            has_data: false,
            failure: None,
        }
    }

    fn print(&mut self, data: impl AsRef<[u8]>) {
        if let Err(error) = print_data(data) {
            self.failure.get_or_insert(error);
        }
    }

    /// What the user asked for. Nothing else goes to standard output then.
    pub(super) fn data(&mut self, text: &str) {
        self.has_data = true;
        self.print(text);
    }

    /// What a program asked for.
    pub(super) fn response(&mut self, bytes: &[u8]) {
        self.has_data = true;
        self.print(bytes);
    }

    pub(super) fn diagnostics(&mut self, diagnostics: &[Diagnostic]) {
        if self.format != Format::Human {
            self.entries(diagnostics.iter().map(entry));
        } else if !diagnostics.is_empty() {
            let (shown, more) = abridged(diagnostics);
            message(&diagnostic::render(&shown, true));
            for (code, count) in more {
                message(&format!(
                    "warning: {count} more of the sort `{code}`; `--format json` lists all"
                ));
            }
        }
    }

    /// Why the run failed. `writes` is whether it was to write anything.
    pub(super) fn error(&mut self, error: &Error, writes: bool) {
        if !error.diagnostics().is_empty() {
            self.diagnostics(error.diagnostics());
            if self.format == Format::Human {
                let so = if writes { "; nothing was written" } else { "" };
                message(&format!("{}{so}", count(error.diagnostics())));
            }
        } else if self.format == Format::Human {
            message(&format!("error: {error:?}"));
        } else {
            self.entries([failure(error)]);
        }
    }

    /// Whether nothing is said of what was done.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Tells people what was done.
    pub(super) fn done(&self, text: &str) {
        if !self.quiet {
            message(text);
        }
    }

    /// Tells where the answers came from.
    pub(super) fn servers(&self, output: &Output) {
        if !self.quiet {
            sources(output);
        }
    }

    /// What was written, of an output of so many generated files.
    pub(super) fn written(&self, written: &Written, files: usize) {
        for (verb, paths) in [
            ("created", &written.created),
            ("changed", &written.changed),
            ("removed", &written.removed),
        ] {
            for line in lines(paths) {
                self.done(&format!("{verb} {line}"));
            }
        }
        if written.created.is_empty() && written.changed.is_empty() && written.removed.is_empty() {
            self.done(&format!("nothing to do: {}", current(files)));
        }
    }

    /// How the committed code differs, for an output of so many generated files; none where it is about the snapshot.
    pub(super) fn drift(&mut self, drift: &Drift, files: usize) {
        if drift.is_empty() {
            self.done(&current(files));
            return;
        }
        let differences: Vec<(&Path, &str)> = differences(drift).collect();
        if self.format != Format::Human {
            self.entries(differences.iter().map(|&(file, what)| Entry {
                severity: "error",
                code: "drift",
                message: format!("`{}` {what}", file.display()),
                file: Some(file.display().to_string()),
                helps: vec![remedy(drift, files)],
                diff: drift.diff(file),
                ..Entry::default()
            }));
        }
        if self.format == Format::Json {
            return;
        }
        // On GitHub the log is where people look for it.
        self.data(&drift.to_string());
        let what = if files == 0 {
            "snapshot"
        } else {
            "generated code"
        };
        let mut text = format!("error: the {what} is not current\n");
        for (file, what) in differences {
            let _ = writeln!(text, "  `{}` {what}", file.display());
        }
        let _ = write!(text, "  help: {}", remedy(drift, files));
        message(&text);
    }

    fn entries(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            if self.format == Format::Json {
                self.entries.push(entry);
            } else {
                self.print(annotation(&entry));
            }
        }
    }

    /// Prints what is printed as a whole. Fails if any of what was to be printed is not.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.format == Format::Json && !self.has_data {
            let json = serde_json::to_string_pretty(&self.entries).expect("reports are plain data");
            self.print(json + "\n");
        }
        match self.failure {
            None => Ok(()),
            Some(error) => Err(Error::new("cannot write to standard output").with_source(error)),
        }
    }
}

/// A line for each file; for those of the run-time code, one for all in a folder, since nobody wrote them.
fn lines(paths: &[PathBuf]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut clients: Vec<(PathBuf, usize)> = Vec::new();
    for path in paths {
        let folder = path.parent().unwrap_or(path);
        if folder.file_name().is_none_or(|name| name != "client") {
            lines.push(path.display().to_string());
        } else if let Some((_, count)) = clients.iter_mut().find(|(known, _)| known == folder) {
            *count += 1;
        } else {
            clients.push((folder.to_owned(), 1));
        }
    }
    let clients = clients.into_iter().map(|(folder, count)| match count {
        1 => format!("{}/ (1 file)", folder.display()),
        count => format!("{}/ ({count} files)", folder.display()),
    });
    lines.extend(clients);
    lines
}

/// Tells where the answers came from.
pub(super) fn sources(output: &Output) {
    let mut servers = output.servers().peekable();
    if servers.peek().is_none() {
        message("the snapshot is current: Postgres was not asked");
    }
    for server in servers {
        message(&format!("asked {server}"));
    }
}

/// Tells people something.
pub(super) fn message(text: &str) {
    // anstream takes the colours out where they do not belong. Where nobody reads it, there is nobody to tell so.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The files that are not current, by name, and what is the matter with each.
fn differences(drift: &Drift) -> impl Iterator<Item = (&Path, &'static str)> {
    let missing = drift.missing().map(|path| (path, "is missing"));
    let changed = drift
        .changed()
        .map(|path| (path, "differs from what is generated"));
    let stale = drift.stale().map(|path| (path, "is no longer generated"));
    let mut differences: Vec<_> = missing.chain(changed).chain(stale).collect();
    differences.sort_unstable();
    differences.into_iter()
}

fn entry(diagnostic: &Diagnostic) -> Entry {
    let (start, end) = (
        diagnostic.line_and_column(),
        diagnostic.end_line_and_column(),
    );
    Entry {
        severity: match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        },
        code: diagnostic.code().name(),
        message: diagnostic.message().to_owned(),
        file: diagnostic.file().map(str::to_owned),
        line: start.map(|(line, _)| line),
        column: start.map(|(_, column)| column),
        end_line: end.map(|(line, _)| line),
        end_column: end.map(|(_, column)| column),
        notes: diagnostic.notes().map(str::to_owned).collect(),
        helps: diagnostic.helps().map(str::to_owned).collect(),
        diff: None,
    }
}

fn failure(error: &Error) -> Entry {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    Entry {
        severity: "error",
        code: "failure",
        message: error.to_string(),
        notes: causes.map(|cause| format!("caused by: {cause}")).collect(),
        helps: error.help().map(str::to_owned).into_iter().collect(),
        ..Entry::default()
    }
}

/// A workflow command: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
fn annotation(entry: &Entry) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut properties = vec![format!("title={}", property(entry.code))];
    let file = entry.file.as_deref().map(in_workspace);
    properties.extend(file.map(|file| format!("file={}", property(&file))));
    for (name, number) in [
        ("line", entry.line),
        ("endLine", entry.end_line),
        ("col", entry.column),
        ("endColumn", entry.end_column),
    ] {
        properties.extend(number.map(|number| format!("{name}={number}")));
    }
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

/// The name of a file relative to the repository, as GitHub looks for it.
fn in_workspace(file: &str) -> String {
    let Some(workspace) = env::var_os("GITHUB_WORKSPACE") else {
        return file.to_owned();
    };
    let absolute = std::path::absolute(file).unwrap_or_default();
    let relative = absolute.strip_prefix(workspace);
    relative.map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}

fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error)
        .count();
    match errors {
        1 => "1 mistake".to_owned(),
        errors => format!("{errors} mistakes"),
    }
}

fn current(files: usize) -> String {
    match files {
        0 => "the snapshot is current".to_owned(),
        1 => "1 generated file is current".to_owned(),
        files => format!("{files} generated files are current"),
    }
}
