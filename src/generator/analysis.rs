//! The first half of the work: from the user's files to an analysis, by the snapshot or by Postgres.

mod state;
mod target;

use std::env;
use std::path::PathBuf;

use super::closing::Closing;
use super::watch::Warm;
use super::{Generator, Reliance, finish, pin_of};
use crate::catalog::Catalog;
use crate::config::Target;
use crate::database::{Provider, Server, Wanted};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::error::{Error, Result};
use crate::ir;
use crate::migrate;
use crate::options::{Options, Override};
use crate::parallel;
use crate::project::{self, Project};
use crate::snapshot::{Inputs, Snapshot, Stored, Unusable};
use crate::syntax::{self, StandIns};
use state::State;
pub(super) use target::MigratedDatabase;

/// What of the user's files is read before anything is understood.
pub(super) struct Reading<'a> {
    pub(super) targets: Vec<(&'a Target, Project)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What the analysis of all targets gives, in their order, and all that is wrong since the files were read.
pub(super) struct Run {
    pub(super) snapshot: Snapshot,
    /// Whether it is not what is on disk.
    pub(super) is_new: bool,
    /// Those of the configuration, and what the queries say themselves.
    pub(super) options: Vec<Options>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The servers that were asked, and why these.
    pub(super) servers: Vec<String>,
    /// Those that are not needed any more.
    pub(super) closing: Closing,
}

impl Run {
    pub(super) fn analyses(&self) -> impl Iterator<Item = &ir::Analysis> {
        let targets = self.snapshot.targets.iter();
        targets.map(|target| &target.analysis)
    }
}

/// A target whose queries are read.
struct Parsed<'a> {
    target: &'a Target,
    project: &'a Project,
    queries: Vec<syntax::Query>,
    inputs: Inputs,
}

impl Reading<'_> {
    /// The files and folders that were read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.targets
            .iter()
            .flat_map(|(_, project)| project.inputs())
    }

    /// Itself, unless a migration is missing. Then all else that is wrong, too.
    pub(super) fn whole(mut self) -> Result<Self> {
        // Without its migrations a schema would be another one, and every query in it a false alarm.
        if self.targets.iter().all(|(_, p)| p.has_all_migrations()) {
            return Ok(self);
        }
        for (target, project) in &self.targets {
            let (_, found) = parse(target, project);
            self.diagnostics.extend(found);
        }
        Err(finish(self.diagnostics)
            .err()
            .unwrap_or_else(|| Error::new("the migrations cannot be read")))
    }
}

impl Generator {
    /// Reads the files of every target.
    pub(super) fn read(&self) -> Result<Reading<'_>> {
        self.load().whole()
    }

    /// Reads what there is of the files of every target.
    pub(super) fn load(&self) -> Reading<'_> {
        self.phase("reading");
        let mut reading = Reading {
            targets: Vec::new(),
            diagnostics: Vec::new(),
        };
        for target in &self.config.targets {
            let (project, found) = project::load(&self.config, target);
            self.tell_cargo(&project, target);
            reading.diagnostics.extend(found);
            reading.targets.push((target, project));
        }
        reading
    }

    /// Analyses what was read.
    pub(super) async fn analyze_reading(&self, reading: &Reading<'_>) -> Result<Run> {
        let mut diagnostics = Vec::new();
        let mut parsed = Vec::new();
        for (target, project) in &reading.targets {
            let (queries, found) = parse(target, project);
            diagnostics.extend(found);
            parsed.push(Parsed {
                target,
                project,
                queries,
                inputs: inputs(&self.config.substance, project),
            });
        }
        let reliance = self.reliance()?;
        let state = match reliance {
            Reliance::Snapshot | Reliance::Offline if self.uses_snapshot => self.state(&parsed),
            _ => State::Unusable(Unusable::Missing),
        };
        let before = match state {
            State::Current(snapshot) => {
                return Ok(self.restore(snapshot, &parsed, diagnostics));
            }
            state if reliance == Reliance::Offline => {
                diagnostics.extend(reading.diagnostics.iter().cloned());
                diagnostics.push(self.not_current(&state, &parsed));
                return Err(diagnostics.into());
            }
            State::Outdated(snapshot, _) => snapshot,
            State::Unusable(unusable) => {
                diagnostics.extend(self.made_anew(&unusable));
                None
            }
        };
        self.ask_postgres(&parsed, before, diagnostics).await
    }

    /// Whether the snapshot may, must or must not stand in for Postgres.
    pub(super) fn reliance(&self) -> Result<Reliance> {
        let is_set =
            |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        // The builders of docs.rs have neither a network nor a Postgres.
        let offline = is_set(super::OFFLINE_VARIABLE) || self.build_script && is_set("DOCS_RS");
        match self.reliance {
            Reliance::Live if offline => Err(Error::new(format!(
                "Postgres is to be asked, but `{}` is set",
                super::OFFLINE_VARIABLE
            ))
            .with_help("unset it, or leave `--live` out")),
            Reliance::Snapshot if offline => Ok(Reliance::Offline),
            reliance => Ok(reliance),
        }
    }

    /// Has Postgres analyse what is not known from `before`.
    async fn ask_postgres(
        &self,
        parsed: &[Parsed<'_>],
        before: Option<Stored>,
        mut diagnostics: Vec<Diagnostic>,
    ) -> Result<Run> {
        // In a thread of its own, while Postgres starts.
        let mut reading = before.map(|stored| tokio::task::spawn_blocking(|| stored.read()));
        let mut before = Vec::new().into_iter();
        let mut servers = Vec::new();
        let mut targets = Vec::new();
        let mut closing = Closing::default();
        for parsed in parsed {
            let provider = self.provider_of(parsed.target)?;
            let migrations = parsed.inputs.migrations();
            let major = parsed.target.database.version.as_ref().map(|v| v.major);
            let warm = self.warm(&provider, major, &migrations);
            let started = match &warm {
                Some(_) => None,
                None => Some(self.start_server(&provider, parsed, &migrations).await?),
            };
            if let Some(reading) = reading.take() {
                match reading.await {
                    Ok(Ok(snapshot)) => before = snapshot.targets.into_iter(),
                    Ok(Err(unusable)) => diagnostics.extend(self.made_anew(&unusable)),
                    Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                }
            }
            let mut before = before.next();
            before.take_if(|before| !before.inputs.same_schema(&parsed.inputs));
            let mut answered = None;
            if let Some(Warm {
                server, migrated, ..
            }) = warm
            {
                // It may have been stopped in the meantime.
                let asked = self.ask(&server, Some(migrated), parsed, before.take());
                let answer = Box::pin(asked).await;
                answered = answer.ok().map(|answer| (server, answer));
            }
            let (server, (target, migrated, found)) = if let Some(answered) = answered {
                answered
            } else {
                let (server, migrated) = match started {
                    Some(started) => started,
                    None => self.start_server(&provider, parsed, &migrations).await?,
                };
                let answer = Box::pin(self.ask(&server, migrated, parsed, before)).await?;
                (server, answer)
            };
            diagnostics.extend(without_schema(parsed.target, &found));
            diagnostics.extend(found);
            targets.push(target);
            let description = server.description().to_owned();
            if !servers.contains(&description) {
                servers.push(description);
            }
            match (&self.warmth, migrated) {
                (Some(warmth), Some(migrated)) => warmth.borrow_mut().servers.push(Warm {
                    migrated,
                    server,
                    provider,
                    major,
                    migrations,
                }),
                (_, migrated) => {
                    if let Some(migrated) = migrated {
                        migrated.database.close().await?;
                    }
                    closing.add(server);
                }
            }
        }
        Ok(Run {
            snapshot: Snapshot { targets },
            is_new: true,
            options: options(parsed),
            diagnostics,
            servers,
            closing,
        })
    }

    /// Starts a server. Where it is one that a former run kept, which also knew what is in it, that comes with it.
    async fn start_server(
        &self,
        provider: &Provider,
        parsed: &Parsed<'_>,
        migrations: &str,
    ) -> Result<(Server, Option<MigratedDatabase>)> {
        self.phase("starting Postgres");
        let pin = pin_of(parsed.target);
        let wanted = Wanted {
            pin: pin.as_ref(),
            migrations: Some(migrations),
            extensions: &migrate::extensions(&parsed.project.migrations),
        };
        let started = Server::start_informed(provider, wanted, Catalog::from_bytes).await?;
        let (server, catalog) = started;
        let migrated = match catalog {
            Some(catalog) => Some(MigratedDatabase {
                database: server.create_database().await?,
                catalog,
            }),
            None => None,
        };
        Ok((server, migrated))
    }

    /// The server that a former run left for these migrations. Those for others are of no use any more.
    fn warm(&self, provider: &Provider, major: Option<u32>, migrations: &str) -> Option<Warm> {
        let servers = &mut self.warmth.as_ref()?.borrow_mut().servers;
        let is_right = |warm: &Warm| {
            (&warm.provider, warm.major, warm.migrations.as_str()) == (provider, major, migrations)
        };
        let found = servers.iter().position(is_right)?;
        Some(servers.swap_remove(found))
    }
}

fn parse(target: &Target, project: &Project) -> (Vec<syntax::Query>, Vec<Diagnostic>) {
    let stand_ins = StandIns::new(&target.placeholders);
    let mut queries = Vec::new();
    let mut diagnostics = Vec::new();
    let files = parallel::map(&project.query_files, |file| syntax::parse(file, &stand_ins));
    for (of_file, found) in files {
        queries.extend(of_file);
        diagnostics.extend(found);
    }
    diagnostics.extend(syntax::check_duplicate_names(&queries));
    (queries, diagnostics)
}

fn options(parsed: &[Parsed<'_>]) -> Vec<Options> {
    let options = parsed.iter().map(|parsed| {
        let mut options = parsed.target.rust.options.clone();
        options.overrides = overrides(parsed);
        options
    });
    options.collect()
}

/// The Rust types that the configuration and the queries choose.
fn overrides(parsed: &Parsed<'_>) -> Vec<Override> {
    let configured = parsed.target.rust.options.overrides.iter().cloned();
    let in_queries = syntax::type_overrides(&parsed.queries);
    configured.chain(in_queries).collect()
}

/// Why queries may be refused where the entry names no schema, which is right for some.
fn without_schema(target: &Target, diagnostics: &[Diagnostic]) -> Option<Diagnostic> {
    let is_refused = diagnostics
        .iter()
        .any(|found| found.severity() == Severity::Error);
    if !target.schema.is_empty() || !is_refused {
        return None;
    }
    let diagnostic = Diagnostic::warning(Code::NothingFound, "the entry has no `schema`")
        .at(target.place.span(), "its database is empty")
        .help("add `schema:` with the folder of the migrations, or a file");
    Some(diagnostic)
}

/// What the analysis depends on. Of a migration that is what is applied, and how.
fn inputs(substance: &str, project: &Project) -> Inputs {
    let migrations = project.migrations.iter().map(|migration| {
        let how = if migration.singly { "singly" } else { "" };
        (migration.file.key(), [migration.sql.text(), how])
    });
    let queries = project.query_files.iter();
    let queries = queries.map(|file| (file.key(), [file.text(), ""]));
    Inputs::of(substance, migrations, queries)
}
