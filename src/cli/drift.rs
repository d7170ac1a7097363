//! `rowsmith drift`: how a database differs from what the migrations make.

use std::env;

use super::report::{self, Format, Report};
use crate::error::{Error, Result};
use crate::generator::{Drift, Generator};

/// The variable that names the database where no option does.
const URL_VARIABLE: &str = "DATABASE_URL";

pub(super) fn drift(
    generator: &Generator,
    database: Option<&str>,
    ignored: &[String],
) -> Result<Drift> {
    let named = database.map(str::to_owned).or_else(|| {
        let given = env::var(URL_VARIABLE).ok();
        given.filter(|uri| !uri.is_empty())
    });
    let uri = named.ok_or_else(|| {
        Error::new("no database is named").with_help(format!(
            "add `--database postgres://user@host/name`, or set `{URL_VARIABLE}`"
        ))
    })?;
    generator.drift(&uri, ignored)
}

/// Prints the differences, on standard output. Gives the exit code: 1 if there are any.
pub(super) fn show(drift: &Drift, format: Format, report: &mut Report) -> Result<u8> {
    let Drift {
        differences,
        compared,
        without_queries,
    } = drift;
    match format {
        Format::Json => {
            let json = serde_json::to_string_pretty(differences).map_err(|error| {
                Error::new("the differences cannot be written as JSON").with_source(error)
            })?;
            report.data(&(json + "\n"));
        }
        Format::Human | Format::Github => {
            let lines: Vec<String> = differences
                .iter()
                .map(|found| format!("{found}\n"))
                .collect();
            report.data(&lines.concat());
            report.done(&match differences.len() {
                0 => format!("no drift: all {compared} objects are as the migrations make them"),
                1 => "1 difference".to_owned(),
                count => format!("{count} differences"),
            });
            if *without_queries {
                report::message(
                    "the queries are not named: they have mistakes, which `rowsmith generate` shows",
                );
            }
        }
    }
    Ok(u8::from(!differences.is_empty()))
}
