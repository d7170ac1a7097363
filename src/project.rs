//! The files of a target: found, ordered and read.

#[cfg(test)]
mod tests;
mod unread;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{self, Config, Input, Target};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::migration::{self, Migration, Placeholders, Purpose};
use crate::source::SourceFile;

/// What a target is generated from.
#[derive(Debug)]
pub(crate) struct Project {
    /// In the order they are applied.
    pub(crate) migrations: Vec<Migration>,
    pub(crate) query_files: Vec<SourceFile>,
    /// As they are for a database that stays, if the generated code holds them.
    pub(crate) embedded: Option<Vec<Migration>>,
    has_all_migrations: bool,
    inputs: Vec<PathBuf>,
}

impl Project {
    /// Whether every migration that the target names could be read.
    pub(crate) fn has_all_migrations(&self) -> bool {
        self.has_all_migrations
    }

    /// The files and folders that were read, for `cargo:rerun-if-changed`.
    pub(crate) fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }
}

/// Reads everything the target names. What cannot be read is left out and reported.
pub(crate) fn load(config: &Config, target: &Target) -> (Project, Vec<Diagnostic>) {
    let mut reader = Reader {
        inputs: BTreeSet::new(),
        diagnostics: Vec::new(),
        entries: 0,
    };
    let migrations = reader.migrations(&target.schema, &target.placeholders, Purpose::Throwaway);
    let is_warning = |found: &Diagnostic| found.severity() == Severity::Warning;
    let has_all_migrations = reader.diagnostics.iter().all(is_warning);
    let query_files = reader.queries(&target.queries, &target.schema);
    reader.inputs.insert(config.path.clone());
    reader.inputs.extend(target.watched.iter().cloned());
    let embedded = target.rust.options.embed_migrations.then(|| {
        let (embedded, found) = lasting_migrations(target);
        let is_new =
            |found: &Diagnostic| !reader.diagnostics.iter().any(|known| known.is_like(found));
        let new: Vec<_> = found.into_iter().filter(is_new).collect();
        reader.diagnostics.extend(new);
        embedded
    });
    let project = Project {
        embedded,
        migrations,
        query_files,
        has_all_migrations,
        inputs: reader.inputs.into_iter().collect(),
    };
    (project, reader.diagnostics)
}

/// Reads the migrations of a target for a database that stays: without what `setup` names. What cannot be read or applied
/// is left out and reported.
pub(crate) fn lasting_migrations(target: &Target) -> (Vec<Migration>, Vec<Diagnostic>) {
    let mut reader = Reader {
        inputs: BTreeSet::new(),
        diagnostics: Vec::new(),
        entries: 0,
    };
    let applied = &target.schema[target.setup..];
    let migrations = reader.migrations(applied, &target.placeholders, Purpose::Lasting);
    (migrations, reader.diagnostics)
}

/// What the files of an input are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Migration,
    Query,
}

impl Role {
    fn noun(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Query => "query",
        }
    }
}

/// How much the folders of an input may hold: more is no project, but a disk.
const MAX_ENTRIES: usize = 50_000;

/// How deep they may be.
const MAX_DEPTH: usize = 32;

struct Reader {
    inputs: BTreeSet<PathBuf>,
    diagnostics: Vec<Diagnostic>,
    /// How many names were read for the input.
    entries: usize,
}

impl Reader {
    fn migrations(
        &mut self,
        inputs: &[Input],
        placeholders: &Placeholders,
        purpose: Purpose,
    ) -> Vec<Migration> {
        let mistakes = self.diagnostics.len();
        let mut seen = BTreeSet::new();
        let mut migrations = Vec::new();
        let mut barren = Vec::new();
        for input in inputs {
            self.inputs.insert(input.path.clone());
            if input.path.is_dir() {
                self.entries = 0;
                let mut folder = MigrationFolder {
                    reader: self,
                    input,
                    seen: &mut seen,
                };
                let (found, diagnostics) =
                    migration::read_folder(&mut folder, placeholders, purpose);
                let is_barren = found.is_none() && diagnostics.is_empty();
                if is_barren && self.entries <= MAX_ENTRIES {
                    barren.push((input, self.names(input, &input.path)));
                }
                self.report_all(input, diagnostics);
                migrations.extend(found.unwrap_or_default());
            } else {
                let (name, key) = (input.name.clone(), input.key.clone());
                if let Some(file) = self.file(input, &input.path, name, key, &mut seen) {
                    let (found, diagnostics) = migration::read_file(file, placeholders, purpose);
                    self.report_all(input, diagnostics);
                    migrations.push(found);
                }
            }
        }
        self.report_barren(inputs, &barren, Role::Migration);
        if self.diagnostics.len() == mistakes
            && let Some(first) = inputs.first()
        {
            let files = migrations.iter().map(|migration| migration.file.clone());
            self.check_substance(first, &files.collect::<Vec<_>>(), Role::Migration);
        }
        migrations
    }

    fn queries(&mut self, inputs: &[Input], schema: &[Input]) -> Vec<SourceFile> {
        let mistakes = self.diagnostics.len();
        let mut seen = BTreeSet::new();
        let mut files = Vec::new();
        let mut barren = Vec::new();
        for input in inputs {
            self.inputs.insert(input.path.clone());
            if input.path.is_dir() {
                self.entries = 0;
                let names = self.names(input, &input.path);
                let mut sql: Vec<&String> = names.iter().filter(|name| is_sql(name)).collect();
                sql.sort();
                for name in &sql {
                    let (display, key) = input.names_within(name);
                    let path = input.path.join(name);
                    files.extend(self.file(input, &path, display, key, &mut seen));
                }
                if sql.is_empty() && self.entries <= MAX_ENTRIES {
                    barren.push((input, names));
                } else {
                    let known = || inputs.iter().chain(schema);
                    let unread = unread::warnings(input, &names, known);
                    self.report_all(input, unread);
                }
            } else {
                let (display, key) = (input.name.clone(), input.key.clone());
                files.extend(self.file(input, &input.path, display, key, &mut seen));
            }
        }
        self.report_barren(inputs, &barren, Role::Query);
        if self.diagnostics.len() == mistakes
            && let Some(first) = inputs.first()
        {
            self.check_substance(first, &files, Role::Query);
        }
        files
    }

    /// The names of what is in the folder at `path`.
    fn names(&mut self, input: &Input, path: &Path) -> Vec<String> {
        if self.entries > MAX_ENTRIES {
            return Vec::new();
        }
        let names = fs::read_dir(path).and_then(|entries| {
            entries
                .take(MAX_ENTRIES + 1 - self.entries)
                .map(|entry| Ok(entry?.file_name()))
                .collect::<io::Result<Vec<_>>>()
        });
        self.entries += names.as_ref().map_or(0, Vec::len);
        if self.entries > MAX_ENTRIES {
            let message = format!(
                "the folder `{}` holds more than {MAX_ENTRIES} files and folders",
                input.name
            );
            let mistake = Diagnostic::error(Code::UnreadableFile, message);
            self.report(
                input,
                mistake.help("name the folder of the project's own files"),
            );
            return Vec::new();
        }
        let names = match names {
            Ok(names) => names,
            // It was there a moment ago.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path != input.path => {
                return Vec::new();
            }
            Err(error) => {
                let message = format!(
                    "cannot read the folder `{}`: {}",
                    input.name,
                    config::describe(&error)
                );
                self.report(input, Diagnostic::error(Code::UnreadableFile, message));
                return Vec::new();
            }
        };
        let mut readable = Vec::new();
        for name in names {
            match name.into_string() {
                Ok(name) => readable.push(name),
                Err(name) if name.as_encoded_bytes().ends_with(b".sql") => {
                    let (display, _) = input.names_within(&name.to_string_lossy());
                    let message = format!("the name of the file `{display}` is not UTF-8");
                    self.report(input, Diagnostic::error(Code::UnreadableFile, message));
                }
                Err(_) => {}
            }
        }
        readable
    }

    /// Reports the folders in which nothing is found, each with the names of what it has. Of those that a pattern matches
    /// one is reported, and only where none holds anything.
    fn report_barren(&mut self, inputs: &[Input], barren: &[(&Input, Vec<String>)], role: Role) {
        let is_barren = |input: &Input| barren.iter().any(|(known, _)| known.path == input.path);
        let mut patterns = BTreeSet::new();
        for (input, names) in barren {
            if let Some(pattern) = &input.pattern {
                let mut matching = inputs
                    .iter()
                    .filter(|other| other.pattern.as_ref() == Some(pattern));
                if !patterns.insert(pattern) || !matching.all(is_barren) {
                    continue;
                }
            }
            self.report_nothing(input, names, role);
        }
    }

    /// Reports a folder in which nothing is found, though it has `names`.
    fn report_nothing(&mut self, input: &Input, names: &[String], role: Role) {
        let what = if names.is_empty() {
            "is empty"
        } else {
            "holds no `.sql` file"
        };
        let message = format!("the folder `{}` {what}", input.name);
        let mut diagnostic = Diagnostic::error(Code::NothingFound, message);
        if !names.is_empty() {
            diagnostic =
                diagnostic.note("hidden files, `.down.sql` files and folders in it are not read");
        }
        let (within, _) = input.names_within("migrations");
        let help = if role == Role::Migration && names.iter().any(|name| name == "migrations") {
            format!("did you mean `{within}`?")
        } else {
            format!("put a {} there, or name another folder", role.noun())
        };
        self.report(input, diagnostic.help(help));
    }

    /// Reads one file, unless it has been read before.
    fn file(
        &mut self,
        input: &Input,
        path: &Path,
        name: String,
        key: String,
        seen: &mut BTreeSet<PathBuf>,
    ) -> Option<SourceFile> {
        self.inputs.insert(path.to_path_buf());
        if let Ok(real) = fs::canonicalize(path)
            && !seen.insert(real)
        {
            return None;
        }
        match config::read_text(path, &name, &key) {
            Ok(text) => Some(SourceFile::new(name, key, text)),
            Err(diagnostic) => {
                let mut diagnostic = *diagnostic;
                if name.contains(['*', '?', '[']) && !path.exists() {
                    let message = format!("no `.sql` file matches `{name}`");
                    let help =
                        "`*` stands for any characters of a name, `**` for folders at any depth";
                    diagnostic = Diagnostic::error(Code::NothingFound, message).help(help);
                }
                // One in a folder is not named anywhere.
                if path != input.path && diagnostic.file().is_none() {
                    diagnostic = diagnostic.in_file(&name);
                }
                self.report(input, diagnostic);
                None
            }
        }
    }

    /// Files with nothing but comments are most likely unfinished.
    fn check_substance(&mut self, input: &Input, files: &[SourceFile], role: Role) {
        // A file with an annotation is left to the reader of queries, which knows more about it.
        let is_blank = |file: &&SourceFile| is_blank(file.text()) && !has_annotation(file.text());
        let blank: Vec<_> = files.iter().filter(is_blank).collect();
        if blank.len() == files.len() {
            let names: Vec<_> = blank
                .iter()
                .map(|file| format!("`{}`", file.name()))
                .collect();
            let holds = if names.len() == 1 { "holds" } else { "hold" };
            let names = names.join(", ");
            let message = format!("{names} {holds} only comments or nothing");
            let mut diagnostic = match role {
                // An empty schema is a schema: a query may need no table.
                Role::Migration => Diagnostic::warning(Code::NothingFound, message),
                Role::Query => Diagnostic::error(Code::NothingFound, message)
                    .help("write a query below a line such as `-- name: GetUser :one`"),
            };
            if let [only] = blank.as_slice() {
                diagnostic = diagnostic.in_file(only.name());
            }
            self.report(input, diagnostic);
        } else if role == Role::Query {
            for file in blank {
                let message = format!("`{}` holds only comments or nothing", file.name());
                let diagnostic = Diagnostic::warning(Code::NothingFound, message);
                self.report(input, diagnostic.in_file(file.name()));
            }
        }
    }

    fn report_all(&mut self, input: &Input, diagnostics: Vec<Diagnostic>) {
        for diagnostic in diagnostics {
            self.report(input, diagnostic);
        }
    }

    /// A diagnostic that is about no file yet is about the configuration.
    fn report(&mut self, input: &Input, diagnostic: Diagnostic) {
        self.diagnostics.push(match diagnostic.file() {
            Some(_) => diagnostic,
            None => diagnostic.at(input.place.span(), "named here"),
        });
    }
}

/// A folder of migrations on the disk.
struct MigrationFolder<'a> {
    reader: &'a mut Reader,
    input: &'a Input,
    seen: &'a mut BTreeSet<PathBuf>,
}

impl MigrationFolder<'_> {
    /// Whether a link leads from there to a folder above it.
    fn is_circle(&self, path: &Path) -> bool {
        let above = path.ancestors().skip(1);
        let mut above = above.take_while(|folder| folder.starts_with(&self.input.path));
        let Ok(real) = fs::canonicalize(path) else {
            return false;
        };
        above.any(|folder| fs::canonicalize(folder).is_ok_and(|folder| folder == real))
    }
}

impl migration::Files for MigrationFolder<'_> {
    fn list(&mut self, folder: &str) -> Vec<String> {
        let path = self.input.path.join(folder);
        self.reader.inputs.insert(path.clone());
        if folder.split('/').count() > MAX_DEPTH || self.is_circle(&path) {
            return Vec::new();
        }
        let mut names = self.reader.names(self.input, &path);
        for name in &mut names {
            if path.join(&name).is_dir() {
                name.push('/');
            }
        }
        names
    }

    fn read(&mut self, path: &str) -> Option<SourceFile> {
        let (name, key) = self.input.names_within(path);
        let path = self.input.path.join(path);
        self.reader.file(self.input, &path, name, key, self.seen)
    }

    fn name(&self, path: &str) -> String {
        self.input.names_within(path).0
    }
}

/// Which query files of a folder are read: sqlc's rule.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "as sqlc has it"
)]
fn is_sql(name: &str) -> bool {
    name.ends_with(".sql") && !name.starts_with('.') && !name.ends_with(".down.sql")
}

fn has_annotation(text: &str) -> bool {
    text.lines().any(|line| {
        let comment = line.trim_start_matches(['-', '/', '*', ' ', '\t']);
        comment.starts_with("name:")
    })
}

/// Whether the text is only white space and comments.
fn is_blank(text: &str) -> bool {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = after_block_comment(comment);
        } else {
            return false;
        }
        rest = rest.trim_start();
    }
    true
}

/// What follows the block comment whose `/*` was read; Postgres nests them.
fn after_block_comment(text: &str) -> &str {
    let mut depth = 1;
    let mut rest = text;
    while let Some(at) = rest.find(['*', '/']) {
        let found = &rest[at..];
        let step = if found.starts_with("/*") {
            depth += 1;
            2
        } else if found.starts_with("*/") {
            depth -= 1;
            2
        } else {
            1
        };
        rest = &found[step..];
        if depth == 0 {
            return rest;
        }
    }
    ""
}
