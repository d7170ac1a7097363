//! `rowsmith init`: a configuration to start from.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

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

/// Writes the configuration and makes the folders; what is there already stays as it is. Gives what to tell.
pub(super) fn init(file: &Path) -> Result<String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut told = Vec::new();
    for name in ["migrations", "queries"] {
        let path = folder.join(name);
        if path.is_dir() {
            told.push(format!("kept {}/", path.display()));
        } else {
            fs::create_dir_all(&path).map_err(|cause| cannot_create(&path, cause))?;
            told.push(format!("created {}/", path.display()));
        }
    }
    match OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut created) => {
            created
                .write_all(TEMPLATE.as_bytes())
                .map_err(|cause| cannot_create(file, cause))?;
            told.push(format!("created {}", file.display()));
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            told.push(format!("kept {}", file.display()))
        }
        Err(error) => return Err(cannot_create(file, error)),
    }
    told.push(format!(
        "next: put a migration into {}/ and a query into {}/, then run `rowsmith generate`",
        folder.join("migrations").display(),
        folder.join("queries").display(),
    ));
    Ok(told.join("\n"))
}

fn cannot_create(path: &Path, cause: std::io::Error) -> Error {
    Error::new(format!("cannot create `{}`", path.display())).with_source(cause)
}
