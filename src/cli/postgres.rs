//! `rowsmith postgres`: the Postgres programs on this machine, and those that rowsmith installs for itself.

use super::Outcome;
use super::arguments::Postgres;
use crate::database;
use crate::error::{Error, Result};

/// Does what is asked. Returns what to tell.
#[cfg(unix)]
pub(super) fn postgres(action: &Postgres) -> Result<Outcome> {
    match action {
        Postgres::Install { version, from } => {
            let (number, folder, was_there) = database::install(*version, from.as_deref())?;
            let done = if was_there {
                "is there already"
            } else {
                "is installed"
            };
            Ok(Outcome::Message(format!(
                "Postgres {number} {done}: {}\nrowsmith finds it by itself; `rowsmith postgres remove {version}` takes it away",
                folder.display()
            )))
        }
        Postgres::Remove { version } => {
            let folder = database::remove(*version)?;
            Ok(Outcome::Message(format!("removed {}", folder.display())))
        }
        Postgres::List => list(),
    }
}

#[cfg(not(unix))]
pub(super) fn postgres(action: &Postgres) -> Result<Outcome> {
    match action {
        Postgres::List => list(),
        _ => Err(Error::new("programs can be installed on Unix systems only")
            .with_help("name a server in `ROWSMITH_DATABASE_URL`")),
    }
}

/// A line for each installation; the first one is used where no version is asked for.
fn list() -> Result<Outcome> {
    let programs = database::programs();
    if programs.is_empty() {
        return Err(Error::new("no Postgres programs were found").with_help(
            "run `rowsmith postgres install`, which downloads some for rowsmith alone",
        ));
    }
    let lines = programs
        .iter()
        .enumerate()
        .map(|(index, (folder, version))| {
            let folder = folder.display();
            match version {
                Ok(version) if index == 0 => {
                    format!("{version}  {folder}  (used if no version is asked for)\n")
                }
                Ok(version) => format!("{version}  {folder}\n"),
                Err(problem) => format!("broken  {folder}: {problem}\n"),
            }
        });
    Ok(Outcome::Data(lines.collect()))
}
