//! Mistakes in the user's files, and how they are shown.
//!
//! The only importer of `annotate-snippets`. Wording: lower case, no final period, backticks around names and commands,
//! what is wrong in the message, where in the label, what to do in the help.

mod kept;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::secret::redact;
use crate::source::Span;

pub(crate) use kept::KeptDiagnostic;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// Code is generated all the same.
    Warning,
    /// Nothing is wrong.
    Note,
}

/// One mistake (or warning), with its place in the user's file.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    severity: Severity,
    code: Code,
    message: String,
    place: Place,
    secondary: Vec<Label>,
    notes: Vec<String>,
    helps: Vec<String>,
}

#[derive(Clone, Debug)]
enum Place {
    /// About no file in particular.
    None,
    /// About a file whose text cannot be shown.
    File(String),
    Label(Label),
}

#[derive(Clone, Debug)]
struct Label {
    span: Span,
    text: String,
}

/// Declares the codes with their names, so that a name is written once.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What sort of mistake a diagnostic is about. The name is stable and shown in brackets.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name as reports show it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The code of that name.
            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// The configuration cannot be read as YAML, or has an unknown or ill-typed key.
    InvalidConfig = "invalid-config",
    /// The configuration has keys of sqlc that change Go code only.
    IgnoredKeys = "ignored-keys",
    /// A file or folder that the configuration names cannot be read.
    UnreadableFile = "unreadable-file",
    /// A folder or file holds no migration or no query where some are needed.
    NothingFound = "nothing-found",
    /// The migrations of two tools lie in one folder, or their markers stand in one file.
    MixedMigrations = "mixed-migrations",
    /// Two migrations have the same version.
    SameVersion = "same-version",
    /// A file beside the migrations that is not applied.
    UnusedMigration = "unused-migration",
    /// A file or folder beside the query files that is not read.
    UnreadFile = "unread-file",
    /// A migration cannot be read as the tool reads it that applies it.
    InvalidMigration = "invalid-migration",
    /// A migration failed on the throwaway database.
    MigrationFailed = "migration-failed",
    /// A seed cannot be run, or not again.
    InvalidSeed = "invalid-seed",
    /// A `-- name:` line is malformed.
    InvalidAnnotation = "invalid-annotation",
    /// A statement of a query file belongs to no query.
    UnnamedStatement = "unnamed-statement",
    /// Two queries (or other things) would get the same name in the generated code.
    DuplicateName = "duplicate-name",
    /// Text that is not SQL: an unterminated string, comment or quoted name.
    UnterminatedToken = "unterminated-token",
    /// A placeholder is malformed, or numbered with a gap.
    InvalidPlaceholder = "invalid-placeholder",
    /// A `-- @directive` is unknown or malformed.
    InvalidDirective = "invalid-directive",
    /// Postgres does not accept the query.
    InvalidQuery = "invalid-query",
    /// The query's command does not fit its statement, as `:one` without a result.
    CommandMismatch = "command-mismatch",
    /// Postgres cannot tell the type of a parameter.
    UntypedParameter = "untyped-parameter",
    /// Postgres accepts the query, but hardly does what is meant.
    DoubtfulQuery = "doubtful-query",
    /// A query inserts rows without a value for a column that needs one.
    MissingValue = "missing-value",
    /// What a query means by `*` and the like depends on the columns that its tables have when it runs.
    MovingColumns = "moving-columns",
    /// A parameter stands beside wildcards in a pattern, where it may have some of its own.
    OpenPattern = "open-pattern",
    /// There is no Rust type for a Postgres type.
    UnsupportedType = "unsupported-type",
    /// An override says something that was proved wrong.
    ContradictedOverride = "contradicted-override",
    /// An override or a rename is about nothing that is there.
    UnusedOverride = "unused-override",
    /// Types are less precise than they could be.
    LessPrecise = "less-precise",
    /// The Postgres at hand is of another major version than the configuration asks for.
    OtherPostgres = "other-postgres",
    /// The snapshot is damaged, or not current where it has to be.
    UnusableSnapshot = "unusable-snapshot",
    /// A file in the output folder was not written by rowsmith.
    ForeignFile = "foreign-file",
    /// A template made code that does not parse: a bug in rowsmith.
    InternalError = "internal-error",
}

impl Code {
    /// Whether it is a mistake in a query, which says nothing about the schema.
    pub(crate) fn is_about_queries(self) -> bool {
        matches!(
            self,
            Self::InvalidAnnotation
                | Self::UnnamedStatement
                | Self::DuplicateName
                | Self::UnterminatedToken
                | Self::InvalidPlaceholder
                | Self::InvalidDirective
                | Self::InvalidQuery
                | Self::DoubtfulQuery
                | Self::CommandMismatch
                | Self::UntypedParameter
        )
    }
}

impl Diagnostic {
    pub(crate) fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, &message.into())
    }

    pub(crate) fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, &message.into())
    }

    pub(crate) fn note_of(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, &message.into())
    }

    fn new(severity: Severity, code: Code, message: &str) -> Self {
        Self {
            severity,
            code,
            message: one_line(redact(message)),
            place: Place::None,
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// Puts the caret at `span`, with a short text beside it (may be empty).
    pub(crate) fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.place = Place::Label(Label {
            span,
            text: redact(&text.into()),
        });
        self
    }

    /// Names a file whose text cannot be shown.
    pub(crate) fn in_file(mut self, name: impl Into<String>) -> Self {
        self.place = Place::File(name.into());
        self
    }

    /// Marks another place that matters.
    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: redact(&text.into()),
        });
        self
    }

    /// Adds a fact.
    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(redact(&text.into()));
        self
    }

    /// Says what to do.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(redact(&text.into()));
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What sort of mistake it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The one-line message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The name of the file it is about.
    pub fn file(&self) -> Option<&str> {
        match &self.place {
            Place::None => None,
            Place::File(name) => Some(name),
            Place::Label(label) => Some(label.span.file.name()),
        }
    }

    /// The line and column it is at, both from 1; the column counts characters.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        match &self.place {
            Place::Label(label) => {
                let position = label.span.position();
                Some((position.line, position.column))
            }
            Place::None | Place::File(_) => None,
        }
    }

    /// Whether another one says the same sort of thing of the same place.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let key = |d: &Self| (d.code, d.file().map(str::to_owned), d.line_and_column());
        self.line_and_column().is_some() && key(self) == key(other)
    }

    /// The line and column after its last character, counted as in [`Self::line_and_column`].
    pub fn end_line_and_column(&self) -> Option<(usize, usize)> {
        match &self.place {
            Place::Label(label) => {
                let position = label.span.file.position(label.span.range.end);
                Some((position.line, position.column))
            }
            Place::None | Place::File(_) => None,
        }
    }

    /// What the label beside the caret says, then notes, each without its lead-in.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let label = match &self.place {
            Place::Label(label) if !label.text.is_empty() => Some(label.text.as_str()),
            _ => None,
        };
        label
            .into_iter()
            .chain(self.notes.iter().map(String::as_str))
    }

    /// What the user can do.
    pub fn helps(&self) -> impl Iterator<Item = &str> {
        self.helps.iter().map(String::as_str)
    }
}

/// Sorts by file and position, so that reports do not depend on the order of the checks.
pub(crate) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.file().map(str::to_owned), d.line_and_column());
        key(a).cmp(&key(b))
    });
}

/// The warnings in order, each said once; or everything, if a mistake is among it.
pub(crate) fn finish(mut diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    sort(&mut diagnostics);
    // Two targets may read the same file.
    diagnostics.dedup_by(|a, b| {
        let place = |d: &Diagnostic| (d.file().map(str::to_owned), d.line_and_column());
        a.message() == b.message() && a.line_and_column().is_some() && place(a) == place(b)
    });
    if has_errors(&diagnostics) {
        return Err(diagnostics);
    }
    Ok(diagnostics)
}

pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    let mut severities = diagnostics.iter().map(Diagnostic::severity);
    severities.any(|severity| severity == Severity::Error)
}

/// Renders reports as people read them, one blank line between two, ending with a newline.
pub(crate) fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let reports = diagnostics
        .iter()
        .map(|diagnostic| render_one(&renderer, diagnostic) + "\n");
    reports.collect::<Vec<_>>().join("\n")
}

fn render_one(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.name())
        .elements(Vec::<Snippet<'_, annotate_snippets::Annotation<'_>>>::new());
    match &diagnostic.place {
        Place::None => {}
        Place::File(name) => group = group.element(Origin::path(name.as_str())),
        Place::Label(primary) => {
            // One snippet per file, the primary's first.
            let mut files = vec![&primary.span.file];
            for label in &diagnostic.secondary {
                if files
                    .iter()
                    .all(|file| file.name() != label.span.file.name())
                {
                    files.push(&label.span.file);
                }
            }
            for file in files {
                // Only the lines with labels: the rest of the file would be read for every report.
                let labels = std::iter::once(primary).chain(&diagnostic.secondary);
                let labels = labels.filter(|label| label.span.file.name() == file.name());
                let range = labels.map(|label| label.span.range.clone());
                let range = range.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
                let (lines, first) = file.lines(range.unwrap_or(0..0));
                let place =
                    |span: &Span| span.range.start - lines.start..span.range.end - lines.start;
                let mut snippet = Snippet::source(&file.shown()[lines.clone()])
                    .path(file.name())
                    .line_start(first);
                if file.name() == primary.span.file.name() {
                    let annotation = AnnotationKind::Primary.span(place(&primary.span));
                    snippet = snippet.annotation(annotation.label(non_empty(&primary.text)));
                }
                for label in &diagnostic.secondary {
                    if label.span.file.name() == file.name() {
                        let annotation = AnnotationKind::Context.span(place(&label.span));
                        snippet = snippet.annotation(annotation.label(non_empty(&label.text)));
                    }
                }
                group = group.element(snippet);
            }
        }
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &diagnostic.helps {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let report = renderer.render(&[group]);
    match diagnostic.place {
        Place::None => without_empty_gutter(&report),
        _ => report,
    }
}

/// A report about no file begins with a line that would lead to its source.
fn without_empty_gutter(report: &str) -> String {
    // Notes and helps have a `=`; colours have neither.
    let is_gutter = |line: &str| line.contains('|') && !line.contains('=');
    match report.split_once('\n') {
        Some((title, rest)) if is_gutter(rest.lines().next().unwrap_or_default()) => {
            let (_, rest) = rest.split_once('\n').unwrap_or_default();
            format!("{title}\n{rest}")
        }
        _ => report.to_owned(),
    }
}

/// The first line of a message. Postgres quotes what it stumbles over, which may go on for many lines.
fn one_line(message: String) -> String {
    match message.split_once(['\r', '\n']) {
        None => message,
        Some((first, _)) => {
            let closing = if first.matches('"').count() % 2 == 1 {
                "\""
            } else {
                ""
            };
            format!("{first}…{closing}")
        }
    }
}

/// Sentences of Postgres' in the style of ours.
#[cfg(feature = "postgres")]
pub(crate) fn tidy(text: &str) -> String {
    let sentences = text.trim_end().split_inclusive(". ").map(|sentence| {
        let sentence = sentence.trim_end();
        let body = sentence.strip_suffix('.').unwrap_or(sentence);
        let mut characters = body.chars();
        match (characters.next(), characters.clone().next()) {
            // Not an abbreviation or a keyword.
            (Some(first), Some(second)) if !second.is_uppercase() => {
                first.to_lowercase().chain(characters).collect()
            }
            _ => body.to_owned(),
        }
    });
    sentences.collect::<Vec<String>>().join("; ")
}

fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A list in words: `a`, `a or b`, `a, b or c` with the word `or`.
pub(crate) fn in_words(items: &[String], word: &str) -> String {
    match items {
        [before @ .., last] if !before.is_empty() => {
            format!("{} {word} {last}", before.join(", "))
        }
        items => items.concat(),
    }
}

/// The candidate nearest to `word`, for "did you mean" helps; nothing when none is near.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters are to be added, removed, replaced or swapped with their neighbours to make one word the other one.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn reports_show_place_cause_and_remedy() {
        let file = SourceFile::new("q.sql", "q.sql", "-- né\nSELECT nmae FROM t;\n");
        let diagnostic = Diagnostic::error(Code::InvalidQuery, "column \"nmae\" does not exist")
            .at(file.span(14..18), "no such column")
            .note("SQLSTATE 42703")
            .help("did you mean `name`?");
        insta::assert_snapshot!(render(&[diagnostic], false), @r#"
        error[invalid-query]: column "nmae" does not exist
         --> q.sql:2:8
          |
        2 | SELECT nmae FROM t;
          |        ^^^^ no such column
          |
          = note: SQLSTATE 42703
          = help: did you mean `name`?
        "#);
    }

    #[test]
    fn reports_about_no_file_have_no_source() {
        let diagnostic = Diagnostic::error(Code::InvalidConfig, "there is no `sqlc.yaml`");
        let report = render(&[diagnostic.clone().help("write a | b")], false);
        insta::assert_snapshot!(report, @"
        error[invalid-config]: there is no `sqlc.yaml`
         = help: write a | b
        ");
        let report = render(&[diagnostic.clone().help("write it")], true);
        assert_eq!(report.lines().count(), 2, "{report:?}");
        assert_eq!(render(&[diagnostic], false).lines().count(), 1);
    }

    #[test]
    fn messages_have_one_line() {
        for (message, expected) in [
            ("plain", "plain"),
            ("at or near \"'abc\n;\n\"", "at or near \"'abc…\""),
            ("two\r\nlines", "two…"),
        ] {
            let diagnostic = Diagnostic::error(Code::InvalidQuery, message);
            assert_eq!(diagnostic.message(), expected);
        }
    }

    #[test]
    fn nearest_finds_typos_only() {
        let names = ["schema", "queries", "engine"];
        for (word, expected) in [
            ("shcema", Some("schema")),
            ("query", None),
            ("querys", Some("queries")),
            ("x", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
    }
}
