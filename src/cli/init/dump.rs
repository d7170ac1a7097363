//! The schema of a database that is there, as a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::database;
use crate::error::{Error, Result};

/// Returns the SQL that makes the schema of the database at `url`, as `pg_dump` writes it.
pub(super) fn schema(url: &str) -> Result<String> {
    let program = pg_dump();
    let mut command = Command::new(&program);
    command
        .args([
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "--no-password",
            "--dbname",
        ])
        .arg(url)
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        Error::new(format!("cannot run `{}`", program.display()))
            .with_source(error)
            .with_help(
                "install the client programs of Postgres (`apt install postgresql-client`, `brew install libpq`), or write \
                 the schema into `schema.sql` yourself",
            )
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let error = Error::new("`pg_dump` could not read the database");
        let error = if said.contains("version mismatch") {
            error.with_help("install the programs of the server's version, or run its `pg_dump --schema-only` and write that to `schema.sql`")
        } else {
            error.with_help("correct the address: `postgres://user:password@host:5432/database`")
        };
        return Err(error.with_source(said));
    }
    String::from_utf8(output.stdout).map_err(|error| {
        Error::new("`pg_dump` wrote something that is not UTF-8").with_source(error)
    })
}

/// The newest one beside a server's programs, else that on the `PATH`.
fn pg_dump() -> PathBuf {
    let folders = database::programs().into_iter();
    let programs =
        folders.filter_map(|(folder, version)| version.ok().map(|_| folder.join("pg_dump")));
    let mut found = programs.filter(|program| program.is_file());
    found
        .next()
        .unwrap_or_else(|| Path::new("pg_dump").to_owned())
}
