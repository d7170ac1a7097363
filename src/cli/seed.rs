//! `rowsmith seed` and `rowsmith reset`: rows to develop with, and a database made anew.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use rowsmith_migrate::Options;

use super::place::PlaceOptions;
use super::report::{self, Report};
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::interrupt::Interrupts;
use crate::seed::{self, Seeds};

/// Where seeds are, if it is not said: in this folder beside the configuration.
const FOLDER: &str = "seeds";

#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    place: PlaceOptions,

    /// The folder of the seeds [default: `seeds` beside the configuration]
    #[arg(long, value_name = "FOLDER")]
    seeds: Option<PathBuf>,

    /// Take a database for one of development whose server is not on this machine, and that is not named for it
    #[arg(long)]
    allow_remote: bool,
}

#[derive(Debug, Args)]
pub(super) struct Seed {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Reset {
    #[command(flatten)]
    common: Common,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Common {
    /// The folder, and whether it was named.
    fn folder(&self, generator: &Generator) -> (PathBuf, bool) {
        match &self.seeds {
            Some(folder) => (folder.clone(), true),
            None => (generator.folder().join(FOLDER), false),
        }
    }
}

impl Seed {
    /// Runs the command. Returns the exit code.
    pub(super) fn run(&self, file: Option<&Path>) -> Result<u8> {
        let generator = Generator::find(file)?;
        let (folder, is_named) = self.common.folder(&generator);
        if !is_named && !folder.is_dir() {
            return Err(Error::new("there is no folder `seeds` beside the configuration")
                .with_help("make it, with files such as `1_notes.sql`, or name another with `--seeds FOLDER`"));
        }
        let seeds = Seeds::read(&folder)?;
        let uri = self.common.place.uri()?;
        let planted = Interrupts::listen()?.run(seeds.plant(&uri, self.common.allow_remote))?;
        for name in &planted.run {
            report::message(&format!("ran {name}"));
        }
        let known = match planted.known {
            0 => String::new(),
            1 => ", 1 was there".to_owned(),
            count => format!(", {count} were there"),
        };
        report::message(&match planted.run.len() {
            0 => "nothing to do: all seeds are there".to_owned(),
            1 => format!("1 seed is new{known}"),
            count => format!("{count} seeds are new{known}"),
        });
        Ok(0)
    }
}

impl Reset {
    /// Runs the command. Returns the exit code.
    pub(super) fn run(&self, file: Option<&Path>, report: &mut Report) -> Result<u8> {
        let generator = Generator::find(file)?;
        let (folder, is_named) = self.common.folder(&generator);
        let seeds = (is_named || folder.is_dir())
            .then(|| Seeds::read(&folder))
            .transpose()?;
        let (deployment, warnings) = generator.deployment(self.common.place.target.as_deref())?;
        report.diagnostics(&warnings);
        let uri = self.common.place.uri()?;
        let options = Options::default().schema(&self.common.place.journal_schema);
        let mut interrupts = Interrupts::listen()?;
        let reset = interrupts.run(seed::prepare(&uri, self.common.allow_remote))?;
        let name = reset.name().to_owned();
        if !self.yes {
            confirm(&name, &reset.content)?;
        }
        let applied = interrupts.run(reset.run(
            async |client| {
                let applied =
                    rowsmith_migrate::migrate(client, &deployment.migrations, &options).await;
                applied.map_err(|error| deployment.report(&error))
            },
            seeds.as_ref(),
        ))?;
        let applied = match applied.versions.len() {
            1 => "1 migration".to_owned(),
            count => format!("{count} migrations"),
        };
        let with = if seeds.is_some() {
            " and the seeds"
        } else {
            ", and no seeds"
        };
        report::message(&format!("made `{name}` anew, with {applied}{with}"));
        Ok(0)
    }
}

/// Fails unless somebody types the name of the database.
fn confirm(name: &str, content: &str) -> Result<()> {
    if !io::stdin().is_terminal() {
        return Err(Error::new(format!(
            "`reset` deletes all that is in `{name}` ({content})"
        ))
        .with_help("add `--yes` where nobody can be asked"));
    }
    report::message(&format!("this deletes all that is in `{name}`: {content}"));
    report::message(&format!("type `{name}` to go on:"));
    let mut typed = String::new();
    let read = io::stdin().lock().read_line(&mut typed);
    read.map_err(|error| Error::new("cannot read the answer").with_source(error))?;
    if typed.trim() == name {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{name}` is as it was: its name was not typed"
    )))
}
