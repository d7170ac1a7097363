//! Migrations as the tools read them that apply them: which files, in which order, which part of each, and whether in
//! a transaction.
//!
//! A tool is known by what it leaves behind: a [`Layout`] by the names in the folder, markers by the comments in the
//! files. Nothing has to be configured, and nothing here talks to Postgres.

mod atlas;
mod draft;
mod drizzle;
mod flyway;
mod folder;
mod folders;
#[cfg(feature = "cli")]
pub(crate) mod fresh;
mod identity;
mod markers;
mod names;
mod omitted;
mod parts;
mod placeholders;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Rewritten, SourceFile, Span};
use draft::Draft;
use folder::Folder;
use markers::Marks;

pub(crate) use folder::Files;
pub(crate) use identity::Identity;

/// SQL to be applied.
#[derive(Clone, Debug)]
pub(crate) struct Migration {
    pub(crate) identity: Identity,
    pub(crate) file: SourceFile,
    /// What of the file is sent.
    pub(crate) sql: Rewritten,
    /// Whether each statement is sent by itself, because the file says that it cannot be one transaction.
    pub(crate) singly: bool,
}

/// Which database migrations are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One that is thrown away: what says nothing about the schema is left out.
    Throwaway,
    /// One that stays: what cannot be applied there is a mistake.
    Lasting,
}

/// What stands for the `${…}` of migrations.
pub(crate) type Placeholders = BTreeMap<String, String>;

/// How a tool arranges its migrations in a folder.
struct Layout {
    /// As reports call it.
    tool: &'static str,
    /// The file or folder that gives it away.
    sign: fn(&mut Folder<'_>) -> Option<String>,
    /// Its migrations in the order they are applied.
    steps: fn(&mut Folder<'_>) -> Vec<Step>,
}

/// A file to apply.
struct Step {
    identity: Identity,
    /// Relative to the folder.
    path: String,
    /// Whether something outside the file says that it is no transaction.
    singly: bool,
    /// Whether `${name}` in it is to be replaced.
    placeholders: bool,
}

impl Step {
    fn new(path: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            identity: Identity::of_path(&path),
            path,
            singly: false,
            placeholders: false,
        }
    }
}

/// Those that say themselves what belongs to them.
const LISTED: [Layout; 1] = [drizzle::JOURNAL];

/// Those that are known by the names of the migrations: two in one folder have no common order.
const NAMED: [Layout; 4] = [
    folders::DIESEL,
    folders::MIGRATION_SQL,
    flyway::LAYOUT,
    names::NUMBERED,
];

/// Reads the migrations of a folder, in the order they are applied; `None` if it holds none. Diagnostics without a place
/// are about the folder.
pub(crate) fn read_folder(
    files: &mut dyn Files,
    placeholders: &Placeholders,
    purpose: Purpose,
) -> (Option<Vec<Migration>>, Vec<Diagnostic>) {
    let mut folder = Folder::new(files);
    let steps = steps(&mut folder);
    if steps.is_empty() {
        return (None, folder.diagnostics);
    }
    let mut read = Vec::new();
    for step in steps {
        let Some(file) = folder.read(&step.path) else {
            continue;
        };
        let found = &mut folder.diagnostics;
        if purpose == Purpose::Lasting {
            found.extend(flyway::unsupported(&step.path, file.name()));
        }
        let (migration, marks) = interpret(file, &step, placeholders, purpose, found);
        read.push((step.path, migration, marks));
    }
    check_tools(&read, &mut folder.diagnostics);
    names::check_versions(&read, &mut folder.diagnostics);
    match purpose {
        Purpose::Throwaway => atlas::start_at_checkpoint(&mut read),
        Purpose::Lasting => folder.diagnostics.extend(atlas::unsupported(&read)),
    }
    let migrations = read.into_iter().map(|(_, migration, _)| migration);
    (Some(migrations.collect()), folder.diagnostics)
}

/// Reads a migration that is named by itself.
pub(crate) fn read_file(
    file: SourceFile,
    placeholders: &Placeholders,
    purpose: Purpose,
) -> (Migration, Vec<Diagnostic>) {
    let name = file.key().rsplit('/').next().unwrap_or_default();
    let step = Step {
        identity: flyway::identity(name).unwrap_or_else(|| Identity::of_path(name)),
        placeholders: flyway::is_migration(name),
        ..Step::new(name)
    };
    let mut diagnostics = Vec::new();
    let (migration, _) = interpret(file, &step, placeholders, purpose, &mut diagnostics);
    (migration, diagnostics)
}

/// A file that was read, and what its markers say.
type Read = (String, Migration, Marks);

fn steps(folder: &mut Folder<'_>) -> Vec<Step> {
    for layout in LISTED {
        if (layout.sign)(folder).is_some() {
            return (layout.steps)(folder);
        }
    }
    let mut found: Vec<(Layout, String)> = Vec::new();
    for layout in NAMED {
        if let Some(sign) = (layout.sign)(folder) {
            found.push((layout, sign));
        }
    }
    match found.as_slice() {
        [] => names::steps(folder),
        [(layout, _)] => (layout.steps)(folder),
        [(one, one_sign), (other, other_sign), ..] => {
            let message = format!(
                "two forms of migrations are mixed: `{}` is one of {}, `{}` is one of {}",
                folder.name(one_sign),
                one.tool,
                folder.name(other_sign),
                other.tool
            );
            folder.diagnostics.push(
                Diagnostic::error(Code::MixedMigrations, message)
                    .note("they have no common order")
                    .help("give each a folder of its own, and list the folders in their order"),
            );
            Vec::new()
        }
    }
}

/// What of a file is applied, and how.
fn interpret(
    file: SourceFile,
    step: &Step,
    placeholders: &Placeholders,
    purpose: Purpose,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Migration, Marks) {
    let mut draft = Draft::new(&file);
    let marks = markers::apply(&mut draft, diagnostics);
    drizzle::end_statements(&mut draft);
    if step.placeholders && marks.placeholders {
        placeholders::fill(&mut draft, placeholders, purpose, diagnostics);
    }
    placeholders::fill_environment(&mut draft, &marks.environment, placeholders, diagnostics);
    placeholders::fill_literal(&mut draft, placeholders);
    omitted::take_out(&mut draft, purpose, diagnostics);
    let sql = draft.finish();
    let migration = Migration {
        identity: step.identity.clone(),
        sql,
        singly: step.singly || marks.singly,
        file,
    };
    (migration, marks)
}

/// Reports a file whose markers are another tool's than those of the files before it.
fn check_tools(read: &[Read], diagnostics: &mut Vec<Diagnostic>) {
    let mut marked = read.iter().filter_map(|(_, migration, marks)| {
        let (tool, place) = marks.tool.clone()?;
        Some((tool, migration.file.span(place)))
    });
    let Some((first, first_place)) = marked.next() else {
        return;
    };
    if let Some((other, place)) = marked.find(|(tool, _)| *tool != first) {
        diagnostics.push(mixed(other, place, first, first_place));
    }
}

fn mixed(tool: &str, place: Span, first: &str, first_place: Span) -> Diagnostic {
    Diagnostic::error(
        Code::MixedMigrations,
        format!("migrations of {first} and of {tool} are mixed"),
    )
    .at(place, format!("a marker of {tool}"))
    .also(first_place, format!("a marker of {first}"))
    .help("keep the markers of the tool that applies them")
}

fn failed(message: impl Into<String>, file: &SourceFile, place: Range<usize>) -> Diagnostic {
    Diagnostic::error(Code::InvalidMigration, message).at(file.span(place), "")
}
