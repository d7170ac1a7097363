//! What the project says of databases that stay: their migrations, and what is done with them.

#![cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "the command line uses all of it")
)]

#[cfg(feature = "cli")]
use std::path::Path;
use std::path::PathBuf;

use rowsmith_migrate::Options;
use tokio_postgres::{Client, NoTls};

use super::Generator;
use super::drift::{cannot_read, settle};
use crate::config::Target;
use crate::database::visit;
use crate::deploy::Deployment;
use crate::diagnostic::{self, Diagnostic};
use crate::drift::{Catalog, Difference};
use crate::error::{Error, Result};
use crate::interrupt::Interrupts;
use crate::migration::Migration;
use crate::project;
use crate::throwaway::ThrowawayDatabase;

impl Generator {
    /// The migrations of the project as the crate `rowsmith-migrate` applies them, for programs that have the files at hand.
    /// Others have them in the generated code.
    ///
    /// # Errors
    /// If a file cannot be read or applied, or the configuration is about several databases.
    pub fn migrations(&self) -> Result<rowsmith_migrate::Migrations> {
        Ok(self.deployment(None)?.0.migrations)
    }

    /// Makes a throwaway database without anything in it, for programs and tests that apply the migrations themselves. Needs a
    /// Tokio runtime.
    ///
    /// # Errors
    /// If there is no Postgres.
    pub async fn empty_database(&self) -> Result<ThrowawayDatabase> {
        let target = self.deployed(None)?;
        let (found, _) = project::lasting_migrations(target);
        let (server, database) = self.empty(target, &found).await?;
        Ok(ThrowawayDatabase::new(server, database))
    }

    /// The migrations of the target with this `out`, or of the only one, and the warnings about them.
    pub(crate) fn deployment(&self, out: Option<&str>) -> Result<(Deployment, Vec<Diagnostic>)> {
        let (found, diagnostics) = project::lasting_migrations(self.deployed(out)?);
        let warnings = diagnostic::finish(diagnostics)?;
        Ok((Deployment::new(found), warnings))
    }

    /// Reads this configuration, or the one in this folder.
    #[cfg(feature = "cli")]
    pub(crate) fn find(file: Option<&Path>) -> Result<Self> {
        match file {
            Some(file) => Self::from_file(file),
            None => Self::from_folder(""),
        }
    }

    /// The folder of the configuration, seen from where one stands.
    #[cfg(feature = "cli")]
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.config.path.parent().unwrap_or(Path::new(""));
        let here = std::env::current_dir().unwrap_or_default();
        folder.strip_prefix(&here).unwrap_or(folder).to_path_buf()
    }

    /// The folder in which a new migration goes, the last one that the target names: its path, and as people read it.
    pub(crate) fn migration_folder(&self, out: Option<&str>) -> Result<(PathBuf, String)> {
        let target = self.deployed(out)?;
        let applied = target.schema[target.setup..].iter();
        let mut folders = applied.filter(|input| input.path.is_dir());
        let last = folders.next_back();
        last.map(|input| (input.path.clone(), input.name.clone()))
            .ok_or_else(|| {
                Error::new("the configuration names no folder of migrations")
                    .with_help("make a folder, and name it in `schema` or `migrations`")
            })
    }

    /// The target whose database is meant.
    fn deployed(&self, out: Option<&str>) -> Result<&Target> {
        let targets = &self.config.targets;
        let named = |target: &&Target| {
            out.is_none_or(|out| {
                target.rust.out_name.trim_end_matches('/') == out.trim_end_matches('/')
            })
        };
        let found: Vec<&Target> = targets.iter().filter(named).collect();
        let paths = |target: &Target| -> Vec<PathBuf> {
            target.schema[target.setup..]
                .iter()
                .map(|input| input.path.clone())
                .collect()
        };
        let outs = || {
            let outs = targets
                .iter()
                .map(|target| format!("`{}`", target.rust.out_name));
            outs.collect::<Vec<_>>().join(", ")
        };
        match found.as_slice() {
            [] if targets.is_empty() => Err(Error::new("the configuration names no schema")),
            [] => Err(Error::new(format!(
                "no target has the folder `{}`",
                out.unwrap_or_default()
            ))
            .with_help(format!("the targets are {}", outs()))),
            [first, rest @ ..] if rest.iter().all(|other| paths(other) == paths(first)) => {
                Ok(first)
            }
            _ => Err(Error::new("the configuration is about several databases")
                .with_help(format!("say which one with `--target OUT`: {}", outs()))),
        }
    }

    /// Connects to a database that stays, and does something there. After a signal, the statement that runs is cancelled.
    pub(crate) fn ask<T>(
        uri: &str,
        deployment: &Deployment,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, rowsmith_migrate::Error>,
    ) -> Result<T> {
        let mut interrupts = Interrupts::listen()?;
        let mut connected = None;
        let outcome = interrupts.run(async {
            let mut client = visit(uri).await?;
            connected = Some(client.cancel_token());
            work(&mut client)
                .await
                .map_err(|error| deployment.report(&error))
        });
        if let (Err(error), Some(connected)) = (&outcome, connected)
            && error.is_interrupted()
        {
            // The server would go on with the statement to its end, and keep its locks for that long.
            let cancelled = async { Ok(connected.cancel_query(NoTls).await) };
            let _ = interrupts.run(cancelled);
        }
        outcome
    }

    /// Records that the migrations up to `version` are applied, or all, if the database is as they make it.
    pub(crate) fn baseline(
        &self,
        uri: &str,
        out: Option<&str>,
        deployment: &Deployment,
        version: Option<&str>,
        options: &Options,
    ) -> Result<Baseline> {
        let target = self.deployed(out)?;
        let wanted = self.throwaway_up_to(target, deployment, version)?;
        Interrupts::listen()?.run(async {
            let mut client = visit(uri).await?;
            let live = Catalog::read(&client).await;
            let live = live.map_err(|error| cannot_read("the database", error))?;
            let made = self.made(0, target, &wanted).await?;
            let differences = made.catalog.compare(&live);
            let differences = settle(&made, &live, differences).await?;
            made.database.close().await?;
            made.server.close()?;
            if !differences.is_empty() {
                return Ok(Baseline::Differs(differences));
            }
            let migrations = &deployment.migrations;
            let recorded =
                rowsmith_migrate::baseline(&mut client, migrations, version, options).await;
            let recorded = recorded.map_err(|error| deployment.report(&error))?;
            Ok(Baseline::Recorded(recorded))
        })
    }

    /// What makes the schema of `version` in a throwaway database: what `setup` names, and the migrations up to there.
    fn throwaway_up_to(
        &self,
        target: &Target,
        deployment: &Deployment,
        version: Option<&str>,
    ) -> Result<Vec<Migration>> {
        let migrations = &deployment.migrations;
        let position = |version: &str| {
            migrations
                .iter()
                .position(|found| found.version() == version)
        };
        let last = match version {
            None => usize::MAX,
            Some(version) => position(version).ok_or_else(|| {
                Error::new(format!("there is no migration with the version {version}"))
                    .with_help("`rowsmith migrate status` lists them")
            })?,
        };
        let (project, diagnostics) = project::load(&self.config, target);
        if !project.has_all_migrations() {
            return Err(diagnostics.into());
        }
        let is_wanted = |migration: &Migration| {
            let lasting = position(&migration.identity.version);
            let is_later = |position| {
                let same = migrations.iter().nth(position);
                same.is_some_and(|same| same.file() == migration.file.key()) && position > last
            };
            !lasting.is_some_and(is_later)
        };
        Ok(project.migrations.into_iter().filter(is_wanted).collect())
    }
}

/// What became of a baseline.
pub(crate) enum Baseline {
    /// These versions are recorded now.
    Recorded(Vec<String>),
    /// Nothing is recorded: the database is not as the migrations make it.
    Differs(Vec<Difference>),
}
