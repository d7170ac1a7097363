//! The configuration with its meaning: checked, defaults applied, paths absolute.

mod database;
mod derives;
mod file;
mod glob;
mod overrides;
mod paths;
mod plugin;
mod relations;
mod rename;
mod runtime;
mod tables;

use std::collections::BTreeMap;
use std::path::{self, Path, PathBuf};
use std::{fs, mem};

use crate::diagnostic::{self, Code, Diagnostic, nearest};
use crate::error::{Error, Result};
use crate::options::{Choice, Naming, Options, TypeOptions};
use crate::source::SourceFile;
pub(crate) use database::{Database, Version};
#[cfg(feature = "postgres")]
pub(crate) use database::{Provider, Uri};
pub(crate) use file::Place;
use file::{ConfigFile, Entry, RustSection, Written};
use paths::{comparable, without_dots};
pub(crate) use paths::{describe, display, read_text};
#[cfg(feature = "cli")]
pub(crate) use plugin::plugin_options;

/// The names a configuration has when `-f` does not say.
pub(crate) const FILE_NAMES: [&str; 3] = ["sqlc.yaml", "sqlc.yml", "sqlc.json"];

/// A configuration without mistakes.
#[derive(Debug)]
pub(crate) struct Config {
    /// The file, absolute.
    pub(crate) path: PathBuf,
    pub(crate) file: SourceFile,
    /// The entries that generate Rust; at least one.
    pub(crate) targets: Vec<Target>,
    /// What is said of it though nothing is wrong.
    pub(crate) notes: Vec<Diagnostic>,
    /// The snapshot that belongs to it, absolute and as people read it.
    pub(crate) snapshot: PathBuf,
    pub(crate) snapshot_name: String,
    /// What of the file may change the result of an analysis.
    pub(crate) substance: String,
}

/// One database and the Rust made for it: an entry of `sql`.
#[derive(Debug)]
pub(crate) struct Target {
    /// The entry, as messages point at it.
    pub(crate) place: Place,
    /// What makes the schema, in the order it is applied. Queries of the system's own tables need none.
    pub(crate) schema: Vec<Input>,
    /// How many of these `setup` names: stand-ins for what a database that stays has already.
    pub(crate) setup: usize,
    /// What stands for `${name}` in it.
    pub(crate) placeholders: BTreeMap<String, String>,
    /// What `schema` names for other tools, by key, if `migrations` replaces it.
    pub(crate) replaced_schema: Vec<String>,
    pub(crate) queries: Vec<Input>,
    /// The folders in which patterns look for files.
    pub(crate) watched: Vec<PathBuf>,
    pub(crate) database: Database,
    pub(crate) rust: RustOptions,
}

/// A file or folder that the configuration names.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// Absolute.
    pub(crate) path: PathBuf,
    /// As people read it from where they stand.
    pub(crate) name: String,
    /// Relative to the configuration's folder.
    pub(crate) key: String,
    /// The pattern that it matches, if it was found by one: other matches may hold what it does not.
    pub(crate) pattern: Option<String>,
    pub(crate) place: Place,
}

/// How Rust is made for a target.
#[derive(Debug)]
pub(crate) struct RustOptions {
    /// The output folder, absolute.
    pub(crate) out: PathBuf,
    /// The output folder as people read it from where they stand.
    pub(crate) out_name: String,
    /// Functions that never return NULL, though nothing proves it.
    pub(crate) never_null_functions: Vec<FunctionName>,
    /// How the code looks.
    pub(crate) options: Options,
    /// Where the run-time code is, as it is written.
    runtime: Option<Written<String>>,
    place: Place,
}

/// A function that the configuration names: all of that name, whatever their arguments.
#[derive(Clone, Debug)]
pub(crate) struct FunctionName {
    /// With or without its schema.
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Config {
    /// The configuration in `dir`, by its usual names.
    pub(crate) fn find(dir: &Path) -> Result<PathBuf> {
        let found: Vec<_> = FILE_NAMES
            .iter()
            .map(|name| without_dots(&dir.join(name)))
            .filter(|path| path.exists())
            .collect();
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(invalid(format!(
                "there is no `{}`",
                display(&dir.join(FILE_NAMES[0]))
            ))
            .help("`rowsmith init` writes one, and `-f FILE` names one that is elsewhere")
            .into()),
            several => {
                let names: Vec<_> = several
                    .iter()
                    .map(|path| format!("`{}`", display(path)))
                    .collect();
                Err(invalid(format!(
                    "there are several configurations: {}",
                    names.join(", ")
                ))
                .help("keep one, or choose with `-f FILE`")
                .into())
            }
        }
    }

    /// Reads and checks the configuration at `path`; all its mistakes are in the error.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let name = display(path);
        let text = read_text(path, &name, &name).map_err(|diagnostic| {
            if path.exists() {
                *diagnostic
            } else {
                diagnostic.help(format!("`rowsmith init -f {name}` writes one"))
            }
        })?;
        let absolute = path::absolute(path)
            .map_err(|error| Error::new("could not tell the current folder").with_source(error))?;
        let root = absolute.parent().unwrap_or(&absolute).to_path_buf();
        let key = path.file_name().unwrap_or_default().to_string_lossy();
        let file = SourceFile::configuration(name, key, text);
        let (mut config, diagnostics) = file::parse(&file);
        let substance = mem::take(&mut config.substance);
        let mut checker = Checker {
            root: &root,
            base: path.parent().unwrap_or(Path::new("")),
            diagnostics,
        };
        let notes = note_go_keys(&config, &file);
        let targets = checker.targets(config);
        let mut diagnostics = checker.diagnostics;
        if diagnostics.is_empty() {
            let snapshot = snapshot_name(path);
            Ok(Self {
                snapshot: root.join(&snapshot),
                snapshot_name: display(&path.with_file_name(&snapshot)),
                path: absolute,
                file,
                targets,
                notes,
                substance,
            })
        } else {
            diagnostic::sort(&mut diagnostics);
            if diagnostics.len() >= file::MAX_MISTAKES {
                let message = format!("these are the first {} mistakes", diagnostics.len());
                let more = Diagnostic::note_of(Code::InvalidConfig, message).in_file(file.name());
                diagnostics.push(more.help("correct them, and the others are shown"));
            }
            Err(diagnostics.into())
        }
    }
}

/// The snapshot of a configuration that is not called `sqlc` has its name, so that two in one folder have one each.
fn snapshot_name(config: &Path) -> String {
    match config.file_stem().and_then(|stem| stem.to_str()) {
        None | Some("sqlc") => "rowsmith.snapshot".to_owned(),
        Some(stem) => format!("rowsmith.{stem}.snapshot"),
    }
}

impl Input {
    /// The display name and the key of a file in this folder.
    pub(crate) fn names_within(&self, file_name: &str) -> (String, String) {
        let within = |folder: &str| display(&Path::new(folder).join(file_name));
        (within(&self.name), within(&self.key))
    }
}

/// Gives the entries their meaning, and collects what is wrong with it.
struct Checker<'a> {
    /// The configuration's folder, absolute.
    root: &'a Path,
    /// The same folder from where people stand.
    base: &'a Path,
    diagnostics: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn targets(&mut self, config: ConfigFile) -> Vec<Target> {
        let first = config.sql.first().map(|entry| {
            let engine = entry.engine.as_ref().map(|engine| engine.place.clone());
            let is_foreign = entry.has_shared_target && entry.is_for_another_engine();
            let engine = engine.filter(|_| is_foreign);
            (entry.place.clone(), engine)
        });
        let mut generating: Vec<_> = config
            .sql
            .into_iter()
            .filter(|entry| entry.rust.is_some())
            // Only entries for Postgres take part in the target for all.
            .filter(|entry| !entry.has_shared_target || !entry.is_for_another_engine())
            .collect();
        if let Some((entry, engine)) = first
            && generating.is_empty()
            && self.diagnostics.is_empty()
        {
            let message = "no entry generates Rust".to_owned();
            match engine {
                Some(engine) => self.report(
                    &engine,
                    message,
                    "rowsmith generates from PostgreSQL only",
                    "add an entry with `engine: postgresql`",
                ),
                None => self.report(&entry, message, "this one has no Rust target", NO_TARGET),
            }
        }
        self.share_folders(&mut generating);
        let mut targets: Vec<_> = generating
            .into_iter()
            .filter_map(|entry| self.target(entry))
            .collect();
        self.runtimes(&mut targets);
        self.check_folders(&targets);
        targets
    }

    /// Gives each entry that has the target for all a folder below its `out`, where there are several.
    fn share_folders(&mut self, entries: &mut [Entry]) {
        let sharing = entries.iter().filter(|entry| entry.has_shared_target);
        if sharing.count() < 2 {
            return;
        }
        for entry in entries.iter_mut().filter(|entry| entry.has_shared_target) {
            let folder = entry.name.as_deref().map(folder_name).unwrap_or_default();
            if folder.is_empty() {
                if entry.sound {
                    self.report(
                        &entry.place,
                        "the entry has no name for the folder of its code".to_owned(),
                        "`options.rust.out` is for several entries",
                        "add `name:`, or a Rust target of its own",
                    );
                }
                // What else is wrong with its folder follows from that.
                entry.rust = None;
                continue;
            }
            let out = entry.rust.as_mut().and_then(|rust| rust.out.as_mut());
            if let Some(out) = out {
                out.value = format!("{}/{folder}", out.value.trim_end_matches('/'));
            }
        }
    }

    fn target(&mut self, entry: Entry) -> Option<Target> {
        let mut rust = entry.rust?;
        let (place, sound) = (&entry.place, entry.sound);
        match &entry.engine {
            Some(engine) => self.check_engine(engine),
            None if entry.has_default_engine => {}
            None => self.missing(place, sound, "engine", "add `engine: postgresql`"),
        }
        let sources = entry.sources.or(mem::take(&mut rust.sources));
        if entry.queries.is_none() {
            let help = "add `queries:` with the folder of the annotated queries, or a file";
            self.missing(place, sound, "queries", help);
        }
        if rust.out.is_none() {
            let help = "add `out:` with the folder for the generated code, such as `out: src/db`";
            self.missing(&rust.place, sound, "out", help);
        }
        let database = entry.database.map(|section| self.database(section, sound));
        let (never_null_functions, options) = self.options(&mut rust);
        let out = self.resolve(rust.out.as_ref()?);
        let mut watched = Vec::new();
        let replaced = entry.schema.iter().flatten();
        let replaced = replaced.filter(|_| sources.migrations.is_some());
        let replaced_schema = replaced.map(|path| self.resolve(path).key).collect();
        let setup = sources.setup.unwrap_or_default();
        let setup = self.resolve_all(&setup, &mut watched);
        let applied = sources.migrations.or(entry.schema).unwrap_or_default();
        let applied = self.resolve_all(&applied, &mut watched);
        Some(Target {
            place: entry.place,
            replaced_schema,
            setup: setup.len(),
            schema: [setup, applied].concat(),
            placeholders: sources.placeholders.into_iter().collect(),
            queries: self.resolve_all(&entry.queries?, &mut watched),
            watched,
            database: database.unwrap_or_default(),
            rust: RustOptions {
                out: out.path,
                out_name: out.name,
                never_null_functions,
                options,
                runtime: rust.runtime,
                place: out.place,
            },
        })
    }

    /// How the code looks, and the functions that never return NULL.
    fn options(&mut self, rust: &mut RustSection) -> (Vec<FunctionName>, Options) {
        let overrides = mem::take(&mut rust.overrides);
        let (never_null_functions, overrides) = self.overrides(overrides);
        let mut options = Options {
            overrides,
            relations: self.relations(mem::take(&mut rust.relations)),
            loaders: relations::loaders(rust.loaders.take()),
            tables: self.tables(rust.tables.take()),
            ..Options::default()
        };
        options.derives = self.derives(mem::take(&mut rust.derives));
        options.attributes = self.attributes(mem::take(&mut rust.attributes));
        options.owned_params = rust.owned_params.unwrap_or_default();
        options.allowed = self.allowed(mem::take(&mut rust.allow));
        options.naming = Naming {
            renames: self.renames(mem::take(&mut rust.rename)),
            exact_table_names: rust.emit_exact_table_names,
            not_inflected: mem::take(&mut rust.inflection_exclude_table_names),
        };
        if let Some(limit) = rust.query_parameter_limit {
            options.query_parameter_limit = limit;
        }
        options.embed_migrations = rust.embed_migrations.unwrap_or_default();
        let client = &mut options.client;
        self.pools(rust.clients.as_deref().unwrap_or_default(), client);
        client.prepared = rust.prepared.unwrap_or(client.prepared);
        client.strict_one = rust.strict_one.unwrap_or(client.strict_one);
        client.tracing = rust.tracing.unwrap_or(client.tracing);
        options.types = TypeOptions {
            date_time: self.choice("date_time", rust.date_time.take()),
            numeric: self.choice("numeric", rust.numeric.take()),
            array_elements: self.choice("array_elements", rust.array_elements.take()),
            domains: self.choice("domains", rust.domains.take()),
        };
        (never_null_functions, options)
    }

    /// The choice that the word stands for; the default where there is none.
    fn choice<T: Choice>(&mut self, key: &str, written: Option<Written<String>>) -> T {
        let Some(written) = written else {
            return T::default();
        };
        let known = T::WORDS.iter().find(|(word, _)| *word == written.value);
        if let Some((_, choice)) = known {
            return *choice;
        }
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let help = match nearest(&written.value, words.iter().copied()) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => format!("write one of `{}`", words.join("`, `")),
        };
        let message = format!("`{key}` cannot be `{}`", written.value);
        self.report(&written.place, message, "", &help);
        T::default()
    }

    fn check_engine(&mut self, engine: &Written<String>) {
        let (label, help) = match engine.value.as_str() {
            "postgresql" => return,
            "mysql" | "sqlite" => (
                "rowsmith generates from PostgreSQL only",
                "remove `gen.rust` from this entry, or write `engine: postgresql`",
            ),
            _ => ("not an engine", "write `engine: postgresql`"),
        };
        let message = format!("the engine `{}` is not supported", engine.value);
        self.report(&engine.place, message, label, help);
    }

    /// The files and folders that are meant; `watched` gets the folders that patterns look into.
    fn resolve_all(
        &mut self,
        written: &[Written<String>],
        watched: &mut Vec<PathBuf>,
    ) -> Vec<Input> {
        let mut inputs = Vec::new();
        for written in written {
            let input = self.resolve(written);
            if glob::is_pattern(&input.path) {
                inputs.extend(self.expand(&input, watched));
            } else {
                inputs.push(input);
            }
        }
        inputs
    }

    /// The files and folders that match a pattern.
    fn expand(&mut self, pattern: &Input, watched: &mut Vec<PathBuf>) -> Vec<Input> {
        let written = pattern.place.span();
        // All the files of a folder are the folder: its migrations have their own order.
        let all_files = pattern.path.ends_with("*.sql");
        let searched = match pattern.path.parent() {
            Some(parent) if all_files => parent,
            _ => &pattern.path,
        };
        let Ok(found) = glob::find(searched) else {
            self.report(
                &pattern.place,
                format!("the pattern {} is malformed", quoted(written.text())),
                "",
                "a `[` needs its `]`, as in `[a-z]`; `\\` makes the character after it an ordinary one",
            );
            return Vec::new();
        };
        if found.is_cut() {
            let pattern_text = quoted(written.text());
            let message = format!("the pattern {pattern_text} looks into too many folders");
            let help = "begin it with the folder of the project's own files";
            self.report(&pattern.place, message, "", help);
            return Vec::new();
        }
        watched.extend(found.folders);
        let is_meant = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_sql = name.ends_with(".sql") && !name.ends_with(".down.sql");
            if path.is_dir() {
                !all_files || holds_sql(path)
            } else {
                is_sql && !all_files
            }
        };
        let matching: Vec<&PathBuf> = found.paths.iter().filter(is_meant).collect();
        // What matches nothing is reported where files are read, as what is not there.
        if matching.is_empty() {
            return vec![pattern.clone()];
        }
        let inputs = matching.into_iter().map(|path| {
            let (name, key) = match path.strip_prefix(self.root) {
                Ok(relative) => (display(&self.base.join(relative)), display(relative)),
                Err(_) => (display(path), display(path)),
            };
            Input {
                path: path.clone(),
                name,
                key,
                pattern: Some(pattern.key.clone()),
                place: pattern.place.clone(),
            }
        });
        inputs.collect()
    }

    fn resolve(&self, written: &Written<String>) -> Input {
        let path = without_dots(&self.root.join(&written.value));
        let key = match path.strip_prefix(self.root) {
            Ok(relative) => display(relative),
            Err(_) => display(Path::new(&written.value)),
        };
        Input {
            name: display(&self.base.join(&written.value)),
            place: written.place.clone(),
            path,
            key,
            pattern: None,
        }
    }

    /// Output folders overlap neither each other nor the folders that are read.
    fn check_folders(&mut self, targets: &[Target]) {
        let outs: Vec<_> = targets
            .iter()
            .map(|target| (comparable(&target.rust.out), &target.rust))
            .collect();
        for (index, (out, rust)) in outs.iter().enumerate() {
            for (earlier, other) in &outs[..index] {
                let message = if out == earlier {
                    format!("two entries generate into `{}`", rust.out_name)
                } else if out.starts_with(earlier) || earlier.starts_with(out) {
                    let (a, b) = (&rust.out_name, &other.out_name);
                    format!("the output folders `{a}` and `{b}` overlap")
                } else {
                    continue;
                };
                let diagnostic = invalid(message)
                    .at(rust.place.span(), "")
                    .also(other.place.span(), "the other one")
                    .help("give each entry a folder of its own");
                self.diagnostics.push(diagnostic);
            }
            for target in targets {
                for input in target.schema.iter().chain(&target.queries) {
                    let path = comparable(&input.path);
                    if path == *out || path.starts_with(out) && path.is_dir() {
                        let message = format!("the output folder `{}` is also read", rust.out_name);
                        let diagnostic = invalid(message)
                            .at(rust.place.span(), "")
                            .also(input.place.span(), "read from here")
                            .help("choose a folder for generated code only");
                        self.diagnostics.push(diagnostic);
                    }
                }
            }
        }
    }

    /// Reports a key that is not there, unless a mistake in the form may be why.
    fn missing(&mut self, place: &Place, sound: bool, key: &str, help: &str) {
        if sound {
            self.report(place, format!("the key `{key}` is missing"), "", help);
        }
    }

    fn report(&mut self, place: &Place, message: String, label: &str, help: &str) {
        if self.diagnostics.len() >= file::MAX_MISTAKES {
            return;
        }
        self.diagnostics
            .push(invalid(message).at(place.span(), label).help(help));
    }
}

impl Entry {
    fn is_for_another_engine(&self) -> bool {
        let engine = self.engine.as_ref().map(|engine| engine.value.as_str());
        matches!(engine, Some("mysql" | "sqlite"))
    }
}

/// What to add to a configuration that is for sqlc alone.
const NO_TARGET: &str = "add one of these, the last two where sqlc reads the file as well:

    in the entry           in the entry           at the top level
      gen:                   codegen:               options:
        rust:                  - plugin: rust         rust:
          out: src/db            out: src/db            out: src/db";

/// Whether a folder has a file that a pattern for all its SQL files matches.
fn holds_sql(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name());
    names.any(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".sql") && !name.ends_with(".down.sql") && !name.starts_with('.')
    })
}

/// A scalar as it is written, in backticks and without quotes.
fn quoted(written: &str) -> String {
    format!("`{}`", written.trim_matches(['"', '\'']))
}

/// One note for all the keys that change Go code only.
fn note_go_keys(config: &ConfigFile, file: &SourceFile) -> Vec<Diagnostic> {
    let keys: Vec<_> = config
        .go_keys
        .iter()
        .map(|key| format!("`{key}`"))
        .collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let message = format!("these keys are for Go alone: {}", keys.join(", "));
    vec![Diagnostic::note_of(Code::IgnoredKeys, message).in_file(file.name())]
}

/// A name of an entry as a folder: `activitylog SQL` is `activitylog_sql`.
fn folder_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("_").to_lowercase()
}

fn invalid(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message)
}

#[cfg(test)]
mod tests;
