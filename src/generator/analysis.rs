//! The first half of the work: from the user's files to an analysis, by the snapshot or by Postgres.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;

use super::watch::Warm;
use super::{Generator, Reliance, finish, pin_of};
use crate::analyze;
use crate::catalog;
use crate::config::{self, Target};
use crate::database::{Database, Provider, Server, Wanted};
use crate::diagnostic::{Code, Diagnostic, KeptDiagnostic, Severity};
use crate::error::{Error, Result};
use crate::ir;
use crate::migrate::{self, Migrated, migrate};
use crate::options::Options;
use crate::project::{self, Project};
use crate::relations::{self, Graph, LoaderPlan, Plan};
use crate::snapshot::{self, Inputs, QueryText, Snapshot, Unusable};
use crate::syntax::{self, StandIns};

/// What of the user's files is read before anything is understood.
pub(super) struct Reading<'a> {
    pub(super) targets: Vec<(&'a Target, Project)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What the analysis of all targets gives, in their order, and all that is wrong since the files were read.
pub(super) struct Run {
    pub(super) analyses: Vec<ir::Analysis>,
    /// Those of the configuration, and what the queries say themselves.
    pub(super) options: Vec<Options>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What the snapshot should hold; nothing where it does already.
    pub(super) snapshot: Option<Snapshot>,
    /// The servers that were asked, and why these.
    pub(super) servers: Vec<String>,
}

/// A target whose queries are read.
struct Parsed<'a> {
    target: &'a Target,
    project: &'a Project,
    queries: Vec<syntax::Query>,
    inputs: Inputs,
}

/// What is on disk beside what should be.
enum State {
    Current(Snapshot),
    /// With why, for people, after "the snapshot".
    Outdated(Option<Snapshot>, String),
    Unusable(Unusable),
}

impl Generator {
    /// Reads the files of every target.
    pub(super) fn read(&self) -> Result<Reading<'_>> {
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
        // Without its migrations a schema would be another one, and every query in it a false alarm.
        if !reading.targets.iter().all(|(_, p)| p.has_all_migrations()) {
            for (target, project) in &reading.targets {
                let (_, found) = parse(target, project);
                reading.diagnostics.extend(found);
            }
            return Err(finish(reading.diagnostics)
                .err()
                .unwrap_or_else(|| Error::new("the migrations cannot be read")));
        }
        Ok(reading)
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
                if self.uses_snapshot
                    && reliance == Reliance::Snapshot
                    && unusable != Unusable::Missing
                {
                    let name = &self.config.snapshot_name;
                    let message = format!("the snapshot `{name}` {unusable}, so it is made anew");
                    let warning = Diagnostic::warning(Code::UnusableSnapshot, message);
                    diagnostics.push(warning.in_file(name));
                }
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

    /// Compares the snapshot with the files.
    fn state(&self, parsed: &[Parsed<'_>]) -> State {
        let snapshot = match Snapshot::read(&self.config.snapshot) {
            Ok(snapshot) => snapshot,
            Err(unusable) => return State::Unusable(unusable),
        };
        if snapshot.targets.len() != parsed.len() {
            return State::Outdated(None, "the configuration changed".to_owned());
        }
        let mut changes = Vec::new();
        for (now, before) in parsed.iter().zip(&snapshot.targets) {
            changes.extend(now.inputs.changes(&before.inputs));
        }
        if let Some((version, found)) = other_postgres(&snapshot, parsed) {
            let asked = version.major;
            changes.insert(0, format!("it is of Postgres {found}, not {asked}"));
        }
        if changes.is_empty() {
            return State::Current(snapshot);
        }
        changes.dedup();
        // A few tell enough.
        let more = changes.len().saturating_sub(3);
        changes.truncate(3);
        let mut what = changes.join(", ");
        if more > 0 {
            let _ = write!(what, ", and {more} more"); // A string takes everything.
        }
        State::Outdated(Some(snapshot), what)
    }

    /// The mistake that there is no current snapshot where Postgres may not be asked.
    fn not_current(&self, state: &State, parsed: &[Parsed<'_>]) -> Diagnostic {
        let name = &self.config.snapshot_name;
        let message = match state {
            State::Current(_) | State::Unusable(Unusable::Missing) => {
                format!("there is no snapshot `{name}`, and Postgres may not be asked")
            }
            State::Unusable(unusable) => {
                format!("the snapshot `{name}` {unusable}, and Postgres may not be asked")
            }
            State::Outdated(_, what) => {
                format!(
                    "the snapshot `{name}` is not current ({what}), and Postgres may not be asked"
                )
            }
        };
        let mistake = Diagnostic::error(Code::UnusableSnapshot, message);
        let other = match state {
            State::Outdated(Some(snapshot), _) => other_postgres(snapshot, parsed),
            _ => None,
        };
        match other {
            Some((version, found)) => {
                let label = format!("Postgres {} is asked for here", version.major);
                let help = format!("{}; or write `version: {found}`", super::REFRESH);
                mistake.at(version.span(), label).help(help)
            }
            None => mistake.in_file(name).help(super::REFRESH),
        }
    }

    /// What a current snapshot says.
    fn restore(
        &self,
        snapshot: Snapshot,
        parsed: &[Parsed<'_>],
        mut diagnostics: Vec<Diagnostic>,
    ) -> Run {
        for (parsed, target) in parsed.iter().zip(&snapshot.targets) {
            diagnostics.extend(self.restored_warnings(parsed, target));
        }
        Run {
            options: options(parsed),
            analyses: snapshot
                .targets
                .into_iter()
                .map(snapshot::Target::into_analysis)
                .collect(),
            diagnostics,
            snapshot: None,
            servers: Vec::new(),
        }
    }

    fn restored_warnings<'b>(
        &'b self,
        parsed: &'b Parsed<'_>,
        target: &'b snapshot::Target,
    ) -> impl Iterator<Item = Diagnostic> + 'b {
        let (project, config) = (parsed.project, [&self.config.file]);
        let migrations = project.migrations.iter().map(|migration| &migration.file);
        let files = migrations.chain(&project.query_files);
        let files: Vec<_> = files.chain(config).collect();
        let warnings = target.warnings.iter();
        warnings.filter_map(move |warning| warning.restore(&files))
    }

    /// Has Postgres analyse what is not known from `before`.
    async fn ask_postgres(
        &self,
        parsed: &[Parsed<'_>],
        before: Option<Snapshot>,
        mut diagnostics: Vec<Diagnostic>,
    ) -> Result<Run> {
        let mut servers = Vec::new();
        let mut targets = Vec::new();
        for (number, parsed) in parsed.iter().enumerate() {
            let before = before.as_ref().map(|snapshot| &snapshot.targets[number]);
            let before = before.filter(|before| before.inputs.same_schema(&parsed.inputs));
            let provider = self.provider_of(parsed.target)?;
            let migrations = parsed.inputs.migrations();
            let major = parsed.target.database.version.as_ref().map(|v| v.major);
            let mut answered = None;
            if let Some(Warm {
                server, database, ..
            }) = self.warm(&provider, major, &migrations)
            {
                // It may have been stopped in the meantime.
                let answer = Box::pin(self.ask(&server, Some(database), parsed, before)).await;
                answered = answer.ok().map(|answer| (server, answer));
            }
            let (server, (target, database, found)) = if let Some(answered) = answered {
                answered
            } else {
                self.phase("starting Postgres");
                let pin = pin_of(parsed.target);
                let wanted = Wanted {
                    pin: pin.as_ref(),
                    migrations: Some(&migrations),
                    extensions: &migrate::extensions(&parsed.project.migrations),
                };
                let server = Server::start_for(&provider, wanted).await?;
                let answer = Box::pin(self.ask(&server, None, parsed, before)).await?;
                (server, answer)
            };
            diagnostics.extend(without_schema(parsed.target, &found));
            diagnostics.extend(found);
            targets.push(target);
            let description = server.description().to_owned();
            if !servers.contains(&description) {
                servers.push(description);
            }
            match (&self.warmth, database) {
                (Some(warmth), Some(database)) => warmth.borrow_mut().push(Warm {
                    database,
                    server,
                    provider,
                    major,
                    migrations,
                }),
                (_, database) => {
                    if let Some(database) = database {
                        database.close().await?;
                    }
                    server.close().await?;
                }
            }
        }
        Ok(Run {
            options: options(parsed),
            analyses: targets
                .iter()
                .map(|target| target.clone().into_analysis())
                .collect(),
            diagnostics,
            snapshot: Some(Snapshot { targets }),
            servers,
        })
    }

    /// The server that a former run left for these migrations. Those for others are of no use any more.
    fn warm(&self, provider: &Provider, major: Option<u32>, migrations: &str) -> Option<Warm> {
        let mut warmth = self.warmth.as_ref()?.borrow_mut();
        let is_right = |warm: &Warm| {
            (&warm.provider, warm.major, warm.migrations.as_str()) == (provider, major, migrations)
        };
        let found = warmth.iter().position(is_right)?;
        Some(warmth.swap_remove(found))
    }

    /// Asks about one target. `database` is one to which its migrations have been applied. Gives the database back where
    /// they are.
    async fn ask(
        &self,
        server: &Server,
        database: Option<Database>,
        parsed: &Parsed<'_>,
        before: Option<&snapshot::Target>,
    ) -> Result<(snapshot::Target, Option<Database>, Vec<Diagnostic>)> {
        let before = before.filter(|before| before.postgres == server.major_version());
        let mut answer = snapshot::Target {
            postgres: server.major_version(),
            inputs: parsed.inputs.clone(),
            warnings: Vec::new(),
            catalog: ir::Catalog::default(),
            queries: Vec::new(),
            loaders: Vec::new(),
        };
        let is_migrated = database.is_some() || server.is_migrated();
        let database = match database {
            Some(database) => database,
            None => server.create_database().await?,
        };
        let migrated = if is_migrated {
            Migrated {
                diagnostics: Vec::new(),
                missing: Some(BTreeSet::new()),
            }
        } else {
            self.phase("applying migrations");
            migrate(&database, &parsed.project.migrations).await?
        };
        let Some(missing) = migrated.missing else {
            database.close().await?;
            return Ok((answer, None, migrated.diagnostics));
        };
        let is_sound = missing.is_empty() && migrated.diagnostics.is_empty();
        if is_sound {
            server.keep();
        }
        // Queries that name what is missing would only repeat what is known.
        let is_asked = |query: &syntax::Query| !migrate::names_any(query.sql.text(), &missing);
        self.phase("checking queries");
        let session = database.connect().await?;
        let catalog = catalog::introspect(session.client()).await?;
        // A function that is missing now was not misspelt.
        let is_whole = missing.is_empty();
        let functions = parsed.target.rust.never_null_functions.iter();
        let never_null: Vec<_> = functions
            .filter(|_| is_whole)
            .map(|function| (function.name.as_str(), function.place.span()))
            .collect();
        let texts = texts(&parsed.queries);
        let known = before.map(snapshot::Target::known).unwrap_or_default();
        let known: Vec<_> = texts.iter().map(|text| known.get(text)).collect();
        let unknown = parsed.queries.iter().zip(&known);
        let unknown = unknown.filter(|(query, known)| known.is_none() && is_asked(query));
        let unknown: Vec<_> = unknown.map(|(query, _)| query.clone()).collect();
        let (mut analysed, mut diagnostics) =
            analyze::analyze(&session, &catalog, &unknown, &never_null).await?;
        diagnostics.extend(migrated.diagnostics);
        answer.catalog = analyze::describe_schema(&catalog);
        let rules = &parsed.target.rust.options.relations;
        if is_whole {
            diagnostics.extend(relations::check_rules(&answer.catalog, rules));
        }
        let graph = Graph::new(&answer.catalog, rules);
        let schema = relations::Schema {
            catalog: &answer.catalog,
            graph: &graph,
            server: &catalog,
        };
        let plan = Plan::new(&unknown, &analysed, schema, &mut diagnostics);
        if !plan.statements().is_empty() {
            let (found, refused) =
                analyze::analyze(&session, &catalog, plan.statements(), &never_null).await?;
            diagnostics.extend(refused);
            let single =
                analyze::analyze(&session, &catalog, plan.single_statements(), &never_null).await?;
            plan.complete(&unknown, &mut analysed, found, single, &mut diagnostics);
        }
        answer.queries = kept(&parsed.queries, texts, &known, analysed);
        let wanted = &parsed.target.rust.options.loaders;
        if is_whole && wanted.are_wanted() {
            let queries: Vec<_> = answer.queries.iter().map(|kept| &kept.query).collect();
            let plan = LoaderPlan::new(wanted, &queries, schema, &mut diagnostics);
            let statements = plan.statements();
            let (found, refused) =
                analyze::analyze(&session, &catalog, statements, &never_null).await?;
            answer.loaders = plan.complete(found, refused, &mut diagnostics);
        }
        let database = if is_sound {
            Some(database)
        } else {
            database.close().await?;
            None
        };
        answer.warnings = diagnostics.iter().map(KeptDiagnostic::keep).collect();
        Ok((answer, database, diagnostics))
    }
}

/// All queries in order: those that were known before, and those analysed now. Those with mistakes are missing.
fn kept(
    queries: &[syntax::Query],
    texts: Vec<QueryText>,
    known: &[Option<&ir::Query>],
    analysed: Vec<ir::Query>,
) -> Vec<snapshot::Query> {
    let mut analysed = analysed.into_iter().peekable();
    let known = known.iter().zip(texts);
    let kept = queries
        .iter()
        .zip(known)
        .filter_map(|(query, (known, text))| {
            let found = match known {
                Some(known) => (*known).clone(),
                None => analysed.next_if(|analysed| is_same(analysed, query))?,
            };
            Some(snapshot::Query {
                text: text.digest,
                query: found,
            })
        });
    kept.collect()
}

fn parse(target: &Target, project: &Project) -> (Vec<syntax::Query>, Vec<Diagnostic>) {
    let stand_ins = StandIns::new(&target.placeholders);
    let mut queries = Vec::new();
    let mut diagnostics = Vec::new();
    for file in &project.query_files {
        let (of_file, found) = syntax::parse(file, &stand_ins);
        queries.extend(of_file);
        diagnostics.extend(found);
    }
    diagnostics.extend(syntax::check_duplicate_names(&queries));
    (queries, diagnostics)
}

fn options(parsed: &[Parsed<'_>]) -> Vec<Options> {
    let options = parsed.iter().map(|parsed| {
        let mut options = parsed.target.rust.options.clone();
        let overrides = syntax::type_overrides(&parsed.queries);
        options.overrides.extend(overrides);
        options
    });
    options.collect()
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

/// A version that is asked for, and the one that the snapshot is of instead.
fn other_postgres<'a>(
    snapshot: &Snapshot,
    parsed: &[Parsed<'a>],
) -> Option<(&'a config::Version, u32)> {
    let mut targets = parsed.iter().zip(&snapshot.targets);
    targets.find_map(|(now, before)| {
        let version = now.target.database.version.as_ref()?;
        (version.major != before.postgres).then_some((version, before.postgres))
    })
}

fn is_same(analysed: &ir::Query, query: &syntax::Query) -> bool {
    let position = query.name.position();
    let place = (position.line, position.column, query.name.file.key());
    let location = &analysed.location;
    (location.line, location.column, location.file.as_str()) == place
}

/// Each query's share of its file: from the end of the one before to its own, and the last one's to the end.
fn texts(queries: &[syntax::Query]) -> Vec<QueryText> {
    let mut texts = Vec::with_capacity(queries.len());
    let mut start = 0;
    for (index, query) in queries.iter().enumerate() {
        let file = &query.name.file;
        let is_next = |next: &&syntax::Query| next.name.file.key() == file.key();
        let end = match queries.get(index + 1).filter(is_next) {
            Some(_) => query.statement.range.end.max(start),
            None => file.text().len(),
        };
        texts.push(QueryText::of(file, start, end));
        start = match queries.get(index + 1).filter(is_next) {
            Some(_) => end,
            None => 0,
        };
    }
    texts
}
