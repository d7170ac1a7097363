//! `rowsmith init`: looks at what is there, and writes a configuration that works for it.

mod dump;
mod example;
mod found;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Outcome;
use super::arguments::Init;
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::output::Output;
use example::Example;
use found::{Cargo, Found};

const FIRST_MIGRATION: &str = include_str!("../../templates/init/1_notes.sql");
const FIRST_QUERIES: &str = include_str!("../../templates/init/notes.sql");
const SUPABASE: &str = include_str!("../../templates/init/supabase.sql");

/// Writes a configuration, and what it needs beside what is there. A project that has a configuration keeps it; one for
/// other languages gets a Rust target. Returns what was done, and what to do next.
pub(super) fn init(file: Option<&Path>, wanted: &Init) -> Result<Outcome> {
    if let Some(existing) = existing(file) {
        return with_configuration(&existing).map(Outcome::Message);
    }
    let file = file.unwrap_or(Path::new(config::FILE_NAMES[0]));
    if file
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let yaml = config::display(&file.with_extension("yaml"));
        let name = config::display(file);
        return Err(Error::new(format!(
            "cannot write `{name}`: a new configuration is YAML"
        ))
        .with_help(format!("run `rowsmith init -f {yaml}`")));
    }
    let mut project = Project {
        root: file.parent().unwrap_or(Path::new("")).to_path_buf(),
        file: file.to_path_buf(),
        told: Vec::new(),
        found: Found::default(),
    };
    let is_here = project.root.as_os_str().is_empty();
    project.found = found::look(if is_here {
        Path::new(".")
    } else {
        &project.root
    });
    project.begin(wanted)?;
    Ok(Outcome::Message(project.told.join("\n")))
}

/// A project that gets its configuration.
struct Project {
    root: PathBuf,
    file: PathBuf,
    /// What was done.
    told: Vec<String>,
    found: Found,
}

impl Project {
    fn begin(&mut self, wanted: &Init) -> Result<()> {
        let is_new = self.found.migrations.is_empty() && wanted.database.is_none();
        self.check_folders(is_new)?;
        let schema = self.schema(wanted)?;
        let queries = self.found.queries.clone();
        let folder = queries.clone().unwrap_or_else(|| "queries".to_owned());
        let out = match &wanted.crate_name {
            Some(name) => self.new_crate(name)?,
            None => "src/db".to_owned(),
        };
        let setup = self.setup(&schema)?;
        let text = configuration(&schema, setup, &folder, &out);
        if queries.is_none() {
            self.example(&folder, is_new, &text)?;
        } else {
            self.told.push(format!("kept {folder}: it has queries"));
            self.write(&self.file.clone(), &text)?;
        }
        self.next(wanted)
    }

    /// Refuses to begin where a file is in the way.
    fn check_folders(&self, is_new: bool) -> Result<()> {
        let migrations = is_new.then_some("migrations");
        let queries = self.found.queries.is_none().then_some("queries");
        for name in [migrations, queries].into_iter().flatten() {
            let path = self.root.join(name);
            if path.exists() && !path.is_dir() {
                let name = config::display(&path);
                return Err(
                    Error::new(format!("cannot create the folder `{name}`: it is a file"))
                        .with_help("move it away, or start in another folder with `-f`"),
                );
            }
        }
        Ok(())
    }

    /// What makes the schema: what is there, a dump, or a first migration.
    fn schema(&mut self, wanted: &Init) -> Result<String> {
        if let Some(url) = &wanted.database {
            let text = dump::schema(url)?;
            self.write(&self.root.join("schema.sql"), &text)?;
            return Ok("schema.sql".to_owned());
        }
        let mut found = self.found.migrations.iter();
        let Some(first) = found.next().cloned() else {
            self.write(&self.root.join("migrations/1_notes.sql"), FIRST_MIGRATION)?;
            return Ok("migrations".to_owned());
        };
        let others: Vec<String> = found.map(|path| format!("`{path}`")).collect();
        self.told
            .push(format!("found {first}: it makes the schema"));
        if !others.is_empty() {
            self.told.push(format!(
                "not used: {}; if the schema is there, correct `schema` in the configuration",
                others.join(", ")
            ));
        }
        Ok(first)
    }

    /// What has to be there before the migrations.
    fn setup(&mut self, schema: &str) -> Result<Option<&'static str>> {
        if schema != "supabase/migrations" {
            return Ok(None);
        }
        self.write(&self.root.join("supabase/stand_ins.sql"), SUPABASE)?;
        Ok(Some("supabase/stand_ins.sql"))
    }

    /// Makes a crate for the generated code. Returns the folder for that.
    fn new_crate(&mut self, name: &str) -> Result<String> {
        let folder = self.root.join(name);
        if folder.exists() {
            return Err(
                Error::new(format!("`{}` is there already", config::display(&folder)))
                    .with_help("choose another name for the crate"),
            );
        }
        let mut cargo = Command::new("cargo");
        cargo
            .args(["new", "--quiet", "--lib", "--vcs", "none"])
            .arg(&folder);
        let output = cargo
            .output()
            .map_err(|error| Error::new("cannot run `cargo new`").with_source(error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::new("`cargo new` failed").with_source(said));
        }
        let text = "//! The queries of this project, as functions. Generated by rowsmith: see `generated`.\n\n\
                    mod generated;\n\npub use generated::*;\n";
        let lib = folder.join("src/lib.rs");
        fs::write(&lib, text).map_err(|cause| cannot_create(&lib, cause))?;
        self.told
            .push(format!("created {}/", config::display(&folder)));
        Ok(format!("{name}/src/generated"))
    }

    /// Writes a configuration, and queries that work with it.
    fn example(&mut self, folder: &str, is_new: bool, text: &str) -> Result<()> {
        let folder = self.root.join(folder);
        if is_new {
            self.write(&folder.join("notes.sql"), FIRST_QUERIES)?;
            return self.write(&self.file.clone(), text);
        }
        let plain = example::plain();
        let path = folder.join(format!("{}.sql", plain.name));
        self.write(&path, &plain.text)?;
        self.write(&self.file.clone(), text)?;
        // Better ones need to know the schema. Why that cannot be had is told at the end.
        if let Ok(analyses) = Generator::from_file(&self.file)?
            .without_snapshot()
            .analyze()
            && let Some(analysis) = analyses.first()
        {
            for better in example::of(&analysis.catalog) {
                if self.replace(&path, &folder, &better)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Puts another example in the place of the one at `path`, if it can be generated.
    fn replace(&mut self, path: &Path, folder: &Path, better: &Example) -> Result<bool> {
        let new = folder.join(format!("{}.sql", better.name));
        let old = fs::read_to_string(path).map_err(|cause| cannot_create(path, cause))?;
        fs::write(path, &better.text).map_err(|cause| cannot_create(path, cause))?;
        if self.output().is_err() {
            fs::write(path, old).map_err(|cause| cannot_create(path, cause))?;
            return Ok(false);
        }
        if !new.exists() && fs::rename(path, &new).is_ok() {
            let created = format!("created {}", config::display(path));
            self.told.retain(|told| *told != created);
            self.told.push(format!("created {}", config::display(&new)));
        }
        let first = &better.first;
        self.told.push(format!("its first query is `{first}`"));
        Ok(true)
    }

    fn output(&self) -> Result<Output> {
        Generator::from_file(&self.file)?
            .without_snapshot()
            .generate()
    }

    /// Tells what to do next.
    fn next(&mut self, wanted: &Init) -> Result<()> {
        let option = match config::display(&self.file) {
            name if config::FILE_NAMES.contains(&name.as_str()) => String::new(),
            name => format!(" -f {name}"),
        };
        let mut steps = Vec::new();
        match self.output() {
            Ok(output) => {
                steps.push(format!(
                    "run `rowsmith generate{option}`, and again whenever the SQL changed"
                ));
                let needed = needed(&output);
                match &wanted.crate_name {
                    Some(name) => {
                        self.add_dependencies(name, &needed)?;
                        steps.push(format!("add `{name} = {{ path = \"{name}\" }}` to the dependencies of your program"));
                    }
                    None if self.found.cargo == Cargo::Package => {
                        steps.push(format!("write `mod db;` into `src/main.rs` or `src/lib.rs`, and these lines below `[dependencies]` in `Cargo.toml`:\n{}", indented(&needed)));
                    }
                    None if self.found.cargo == Cargo::Workspace => {
                        steps.push("this is a workspace: correct `out` in the configuration to the `src/db` of one of its crates, or delete the configuration and run `rowsmith init --crate db`".to_owned());
                    }
                    None => {
                        steps.push(format!("there is no `Cargo.toml` here: run `cargo init`, write `mod db;` into `src/main.rs`, and these lines below `[dependencies]` in `Cargo.toml`:\n{}", indented(&needed)));
                    }
                }
                steps.push(format!("run `rowsmith exec{option} -- cargo run`: your program gets `DATABASE_URL`, the address of a throwaway database with the migrations"));
            }
            Err(error) if !error.diagnostics().is_empty() => {
                steps.push(format!("the SQL has mistakes, or needs something that is missing: run `rowsmith generate{option}`, which shows them"));
            }
            Err(error) => {
                self.told.push(format!("not tried: {error}"));
                steps.push("run `rowsmith postgres install`, which downloads a Postgres for rowsmith alone; or set `ROWSMITH_DATABASE_URL` to the address of a server".to_owned());
                steps.push(format!("run `rowsmith generate{option}`; the top of `mod.rs` says what `Cargo.toml` needs"));
            }
        }
        self.told.push("next:".to_owned());
        for (number, step) in (1..).zip(steps) {
            self.told.push(format!("  {number}. {step}"));
        }
        Ok(())
    }

    /// Adds what the generated code needs to the manifest of its crate.
    fn add_dependencies(&self, name: &str, lines: &[String]) -> Result<()> {
        let path = self.root.join(name).join("Cargo.toml");
        let cannot = |cause| cannot_create(&path, cause);
        let mut text = fs::read_to_string(&path).map_err(cannot)?;
        if !text.lines().any(|line| line.trim() == "[dependencies]") {
            text += "\n[dependencies]\n";
        }
        let mut whole = Vec::new();
        for line in text.lines() {
            whole.push(line);
            if line.trim() == "[dependencies]" {
                whole.extend(lines.iter().map(String::as_str));
            }
        }
        fs::write(&path, whole.join("\n") + "\n").map_err(cannot)
    }

    /// Writes a new file, with the folders it is in. What is there stays.
    fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| cannot_create(folder, cause))?;
        }
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut created| created.write_all(text.as_bytes()))
            .map_err(|cause| cannot_create(path, cause))?;
        self.told.push(format!("created {}", config::display(path)));
        Ok(())
    }
}

/// A configuration with these paths.
fn configuration(schema: &str, setup: Option<&str>, queries: &str, out: &str) -> String {
    let setup = setup.map_or_else(String::new, |setup| {
        format!(
            "    # What is there before the migrations.\n    setup: {}\n",
            scalar(setup)
        )
    });
    format!(
        "# Configuration of rowsmith, in the format of sqlc. All keys: sqlc.yaml.example in rowsmith's repository.\n\
         version: \"2\"\n\
         sql:\n\
         \x20 - engine: postgresql\n\
         \x20   # SQL that makes the schema: a file, or the folder of a migration tool.\n\
         \x20   schema: {}\n\
         {setup}\
         \x20   # Annotated queries: a file, or a folder of .sql files. Each file becomes a Rust module.\n\
         \x20   queries: {}\n\
         \x20   gen:\n\
         \x20     rust:\n\
         \x20       # The folder for the generated Rust. Commit it.\n\
         \x20       out: {}\n",
        scalar(schema),
        scalar(queries),
        scalar(out)
    )
}

/// A path as YAML has it.
fn scalar(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.');
    let starts_plain = path.starts_with(char::is_alphabetic);
    if starts_plain && path.chars().all(is_plain) {
        path.to_owned()
    } else {
        // A string of JSON is one of YAML.
        format!("{path:?}")
    }
}

/// The lines that `Cargo.toml` needs, as the top of `mod.rs` says them.
fn needed(output: &Output) -> Vec<String> {
    let root = output.files().find(|(path, _)| *path == "mod.rs");
    let lines = root.map_or("", |(_, text)| text).lines();
    let mut lines = lines.skip_while(|line| !line.ends_with("Cargo.toml needs:"));
    lines.next();
    let lines = lines.skip(1).map_while(|line| line.strip_prefix("//     "));
    lines.map(str::to_owned).collect()
}

fn indented(lines: &[String]) -> String {
    let lines = lines.iter().map(|line| format!("       {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What to do where a configuration is there: it is used, or gets a Rust target.
fn with_configuration(existing: &Path) -> Result<String> {
    let name = config::display(existing);
    let Err(mistakes) = Config::load(existing) else {
        return Ok(format!(
            "`{name}` is there already, and generates Rust; nothing was written\nnext: run `rowsmith generate`"
        ));
    };
    // One for other languages, which lacks nothing but this. Anything else is shown.
    let Ok(old) = fs::read_to_string(existing) else {
        return Err(mistakes);
    };
    let is_json = existing
        .extension()
        .is_some_and(|extension| extension == "json");
    let has_options = old.lines().any(|line| line.starts_with("options:"));
    if is_json || has_options || !mistakes.to_string().contains("no entry generates Rust") {
        return Err(mistakes);
    }
    let line_break = if old.is_empty() || old.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let new =
        format!("{old}{line_break}\n# Rust, by rowsmith.\noptions:\n  rust:\n    out: src/db\n");
    fs::write(existing, new).map_err(|cause| cannot_create(existing, cause))?;
    if let Err(other) = Config::load(existing) {
        fs::write(existing, old).map_err(|cause| cannot_create(existing, cause))?;
        return Err(other);
    }
    Ok(format!(
        "added a Rust target to `{name}`: `options.rust`, which sqlc leaves alone\nnext: run `rowsmith generate`"
    ))
}

/// The configuration that is there.
fn existing(file: Option<&Path>) -> Option<PathBuf> {
    let usual = config::FILE_NAMES.iter().map(Path::new);
    let mut candidates = file
        .map_or_else(|| usual.collect(), |file| vec![file])
        .into_iter();
    // A symlink that leads nowhere is there, too.
    let is_there = |path: &&Path| path.symlink_metadata().is_ok();
    candidates.find(is_there).map(Path::to_path_buf)
}

fn cannot_create(path: &Path, cause: std::io::Error) -> Error {
    Error::new(format!("cannot create `{}`", config::display(path))).with_source(cause)
}
