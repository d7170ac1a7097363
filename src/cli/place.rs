//! Which database a command is about: what `migrate`, `seed` and `reset` have in common.

use std::env;

use clap::Args;

use crate::error::{Error, Result};

/// The variable that names the database.
const VARIABLE: &str = "DATABASE_URL";

/// Which database, and which of its settings.
#[derive(Debug, Args)]
pub(super) struct PlaceOptions {
    /// The database: a URI such as `postgres://user@host/name` [default: `DATABASE_URL`, also from a file `.env`]
    #[arg(long, global = true, value_name = "URI")]
    database: Option<String>,

    /// The folder `out` of the target, if the configuration has several
    #[arg(long, global = true, value_name = "OUT")]
    pub(super) target: Option<String>,

    /// The schema of the journal, the table `_rowsmith_migrations`
    #[arg(long, global = true, value_name = "SCHEMA", default_value = "public")]
    pub(super) journal_schema: String,

    /// How many seconds to wait for another process that is applying migrations
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60)]
    pub(super) lock_wait: u64,
}

impl PlaceOptions {
    /// The URI of the database: as it is given, from the environment, or from a file `.env` in this folder or above it.
    pub(super) fn uri(&self) -> Result<String> {
        if let Some(uri) = &self.database {
            return Ok(uri.clone());
        }
        if let Ok(uri) = env::var(VARIABLE)
            && !uri.is_empty()
        {
            return Ok(uri);
        }
        let nowhere = |what: String| {
            Error::new(what).with_help(format!(
                "set `{VARIABLE}`, or add `--database postgres://user@host/name`"
            ))
        };
        let found = match dotenvy::from_filename_iter(".env") {
            Ok(found) => found,
            Err(error) if error.not_found() => {
                return Err(nowhere(format!(
                    "no database is named: `{VARIABLE}` is not set, and there is no `.env`"
                )));
            }
            Err(error) => return Err(unreadable(&error)),
        };
        let mut uri = None;
        for variable in found {
            let (name, value) = variable.map_err(|error| unreadable(&error))?;
            if name == VARIABLE {
                uri = Some(value);
            }
        }
        uri.filter(|uri| !uri.is_empty()).ok_or_else(|| {
            nowhere(format!(
                "no database is named: neither the environment nor `.env` sets `{VARIABLE}`"
            ))
        })
    }
}

/// The line that cannot be read may hold a password, so it is not shown.
fn unreadable(error: &dotenvy::Error) -> Error {
    let message = match error {
        dotenvy::Error::LineParse(..) => {
            "a line of `.env` is not of the form `NAME=value`".to_owned()
        }
        _ => format!("`.env` cannot be read: {error}"),
    };
    Error::new(message)
        .with_help("put values with blanks into single quotes, or add `--database URI`")
}
