//! `rowsmith scaffold`: the queries of a table as a file of the user's own.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use clap::Args;

use super::report::{self, Report};
use crate::error::{Error, Result};
use crate::generator::Generator;

/// What is to be written.
#[derive(Debug, Args)]
// The command has a group of this name.
#[group(skip)]
pub(super) struct Scaffold {
    /// The table: `orders` or `sales.orders`
    table: String,

    /// The functions, such as `find`, `insert` or `patch`; all of them without one
    functions: Vec<String>,

    /// Write `TABLE.sql` into the folder of the queries, unless it is there
    #[arg(short, long)]
    pub(super) write: bool,
}

impl Scaffold {
    /// Prints the queries, or writes them into a file.
    pub(super) fn run(&self, generator: &Generator, report: &mut Report) -> Result<()> {
        let found = generator.scaffold(&self.table, &self.functions)?;
        if !self.write {
            report.data(&found.text);
            return Ok(());
        }
        let Some((path, name)) = found.file else {
            return Err(Error::new("the configuration names no folder of queries")
                .with_help("leave out `--write`, and put the text where it belongs"));
        };
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(found.text.as_bytes()));
        written.map_err(|error| {
            let exists = error.kind() == ErrorKind::AlreadyExists;
            let error = Error::new(format!("cannot write `{name}`")).with_source(error);
            if exists {
                let table = &self.table;
                error.with_help(format!(
                    "nothing is overwritten: `rowsmith scaffold {table} >> {name}` adds to it"
                ))
            } else {
                error
            }
        })?;
        report::message(&format!("wrote {name}; run `rowsmith generate`"));
        Ok(())
    }
}
