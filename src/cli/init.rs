//! `rowsmith init`: a configuration to start from.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config;
use crate::error::{Error, Result};

/// What a new configuration says.
const TEMPLATE: &str = "\
# Configuration of rowsmith, in the format of sqlc. All keys: sqlc.yaml.example in rowsmith's repository.
version: \"2\"
sql:
  - engine: postgresql
    # SQL that makes the schema: a file, or a folder whose .sql files are applied in numeric order.
    schema: migrations
    # Annotated queries: a file, or a folder of .sql files. Each file becomes a Rust module.
    queries: queries
    gen:
      rust:
        # The folder for the generated Rust. Commit it, and declare it with `mod db;`.
        out: src/db
";

/// Writes the configuration and makes the folders. A project that has a configuration stays as it is. Gives what to
/// tell.
pub(super) fn init(file: Option<&Path>) -> Result<String> {
    if let Some(existing) = existing(file) {
        let existing = config::display(&existing);
        return Ok(format!(
            "`{existing}` is there already; nothing was written"
        ));
    }
    let file = file.unwrap_or(Path::new(config::FILE_NAMES[0]));
    let name = config::display(file);
    if file
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let yaml = config::display(&file.with_extension("yaml"));
        return Err(Error::new(format!(
            "cannot write `{name}`: a new configuration is YAML"
        ))
        .with_help(format!("run `rowsmith init -f {yaml}`")));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let folders = ["migrations", "queries"].map(|name| folder.join(name));
    for path in &folders {
        if path.exists() && !path.is_dir() {
            let name = config::display(path);
            return Err(
                Error::new(format!("cannot create the folder `{name}`: it is a file"))
                    .with_help("move it away, or start in another folder with `-f`"),
            );
        }
    }
    let mut told = Vec::new();
    for path in &folders {
        let verb = if path.is_dir() { "kept" } else { "created" };
        fs::create_dir_all(path).map_err(|cause| cannot_create(path, cause))?;
        told.push(format!("{verb} {}/", config::display(path)));
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut created| created.write_all(TEMPLATE.as_bytes()))
        .map_err(|cause| cannot_create(file, cause))?;
    told.push(format!("created {name}"));
    let [migrations, queries] = folders.map(|path| config::display(&path));
    told.push(format!(
        "next: put a migration into {migrations}/ and a query into {queries}/, then run `rowsmith generate{}`",
        if config::FILE_NAMES.contains(&name.as_str()) {
            String::new()
        } else {
            format!(" -f {name}")
        }
    ));
    Ok(told.join("\n"))
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
