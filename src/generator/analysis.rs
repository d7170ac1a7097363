//! The first half of the work: from the user's files to an analysis, by the snapshot or by Postgres.

use tokio::task::{self, JoinHandle};

use super::closing::Closing;
use super::facts::{Facts, Growth};
use super::phases::Phases;
use super::reading::{Parsed, Reading};
use super::reliance::Reliance;
use super::state::{Run, State};
use super::target::{self, Answer, Known, MigratedDatabase, Start};
use super::warm::{Warm, WarmKey, Warmth};
use crate::config::{self, Config, Target};
use crate::database::{Pin, Provider, Server, Wanted};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::error::Result;
use crate::migrate;
use crate::snapshot::{self, Snapshot, Stored, Unusable};

/// How many migrations are applied to a kept database at most. Of more, most of the schema is new.
const MAX_LACKING: usize = 32;

/// An analysis, and what became of the servers that were asked.
pub(super) struct Analysed {
    pub(super) run: Run,
    /// Whether the snapshot differs from the file on disk.
    pub(super) is_new: bool,
    /// The servers that were asked, and why these.
    pub(super) servers: Vec<String>,
    /// The servers that are not needed any more.
    pub(super) closing: Closing,
}

/// What an analysis may use.
pub(super) struct Analyzer<'a> {
    pub(super) config: &'a Config,
    /// The provider that is used whatever the configuration says.
    pub(super) provider: Option<&'a Provider>,
    pub(super) reliance: Reliance,
    pub(super) uses_snapshot: bool,
    pub(super) warmth: &'a Warmth,
    pub(super) phases: &'a Phases,
}

/// A server to ask about a target.
struct Asked {
    server: Server,
    start: Start,
    /// Whether a former run of `watch` left it, so that it may have been stopped in the meantime.
    is_warm: bool,
}

impl Analyzer<'_> {
    /// Analyses every target: by the snapshot if that is current, else by Postgres.
    pub(super) async fn analyze(&self, reading: &Reading<'_>) -> Result<Analysed> {
        let (parsed, mut diagnostics) = reading.parse(self.config);
        let state = if self.uses_snapshot && self.reliance != Reliance::Live {
            State::of(self.config, &parsed, self.prepared_snapshot())
        } else {
            State::Unusable(Unusable::Missing)
        };
        let is_enough = matches!(state, State::Current(_)) || self.reliance == Reliance::Offline;
        if is_enough {
            return Ok(Analysed {
                run: state.into_run(self.config, reading, &parsed, diagnostics)?,
                is_new: false,
                servers: Vec::new(),
                closing: Closing::default(),
            });
        }
        let before = match state {
            State::Current(_) => None,
            State::Outdated(stored, _) => stored,
            State::Unusable(unusable) => {
                diagnostics.extend(self.made_anew(&unusable));
                None
            }
        };
        self.ask(&parsed, before, diagnostics).await
    }

    fn prepared_snapshot(&self) -> Option<Stored> {
        self.warmth.as_ref()?.borrow_mut().snapshot.take()
    }

    /// The warning that there is a snapshot which cannot be used.
    fn made_anew(&self, unusable: &Unusable) -> Option<Diagnostic> {
        let is_looked_at = self.uses_snapshot && self.reliance == Reliance::Snapshot;
        if !is_looked_at || *unusable == Unusable::Missing {
            return None;
        }
        let name = &self.config.snapshot_name;
        let then = if unusable.is_of_a_snapshot() {
            "it is made anew"
        } else {
            "Postgres is asked"
        };
        let message = format!("the snapshot `{name}` {unusable}, so {then}");
        let warning = Diagnostic::warning(Code::UnusableSnapshot, message);
        Some(warning.in_file(name))
    }

    /// Has Postgres analyse what is not known from `before`.
    async fn ask(
        &self,
        parsed: &[Parsed<'_>],
        before: Option<Stored>,
        diagnostics: Vec<Diagnostic>,
    ) -> Result<Analysed> {
        let mut before = Before::read(before);
        let mut analysed = Analysed {
            run: Run {
                snapshot: Snapshot {
                    targets: Vec::new(),
                },
                options: parsed.iter().map(Parsed::options).collect(),
                diagnostics,
            },
            is_new: true,
            servers: Vec::new(),
            closing: Closing::default(),
        };
        let keys: Vec<WarmKey> = parsed
            .iter()
            .map(|of| self.key(of))
            .collect::<Result<_>>()?;
        self.close_others(parsed, &keys)?;
        for (number, (parsed, key)) in parsed.iter().zip(keys).enumerate() {
            let asked = match self.warm(&key).or_else(|| self.spare(number, &key, parsed)) {
                Some(warm) => warm,
                None => self.start(&key, parsed).await?,
            };
            let diagnostics = &mut analysed.run.diagnostics;
            if let Some(unusable) = before.finish().await {
                diagnostics.extend(self.made_anew(&unusable));
            }
            let before = before.next(parsed).map(|target| Known {
                growth: self.growth(number, &target),
                target,
            });
            let (server, answer) = self.answer(asked, &key, parsed, before).await?;
            diagnostics.extend(without_schema(parsed.target, &answer.diagnostics));
            diagnostics.extend(answer.diagnostics);
            analysed.run.snapshot.targets.push(answer.target);
            let description = server.description().to_owned();
            if !analysed.servers.contains(&description) {
                analysed.servers.push(description);
            }
            match answer.migrated {
                Some(migrated) => {
                    let warm = Warm {
                        target: number,
                        migrated,
                        server,
                        key,
                    };
                    self.put_away(warm, &mut analysed.closing).await?;
                }
                None => analysed.closing.add(server, None),
            }
        }
        Ok(analysed)
    }

    /// Asks the server. If it is one of a former run that does not answer any more, a new one is started and asked about
    /// everything.
    async fn answer(
        &self,
        asked: Asked,
        key: &WarmKey,
        parsed: &Parsed<'_>,
        before: Option<Known>,
    ) -> Result<(Server, Answer)> {
        let Asked {
            server,
            start,
            is_warm,
        } = asked;
        let answer = Box::pin(target::ask(&server, start, parsed, before, self.phases)).await;
        if !is_warm || answer.is_ok() {
            return Ok((server, answer?));
        }
        let Asked { server, start, .. } = self.start(key, parsed).await?;
        let answer = Box::pin(target::ask(&server, start, parsed, None, self.phases)).await?;
        Ok((server, answer))
    }

    /// Keeps the server for the next run of `watch`, or begins to stop it.
    async fn put_away(&self, warm: Warm, closing: &mut Closing) -> Result<()> {
        if let Some(warmth) = self.warmth {
            warmth.borrow_mut().add(warm);
        } else {
            let facts = warm.migrated.close().await?;
            closing.add(warm.server, facts);
        }
        Ok(())
    }

    fn key(&self, parsed: &Parsed<'_>) -> Result<WarmKey> {
        let configured = &parsed.target.database;
        Ok(WarmKey {
            provider: provider_of(self.provider, configured)?,
            major: configured.version.as_ref().map(|version| version.major),
            migrations: parsed.inputs.migrations(),
        })
    }

    /// The server that a former run of `watch` left for the same migrations.
    fn warm(&self, key: &WarmKey) -> Option<Asked> {
        let warm = self.warmth.as_ref()?.borrow_mut().take_server(key)?;
        Some(Asked {
            server: warm.server,
            start: Start::Migrated(Box::new(warm.migrated)),
            is_warm: true,
        })
    }

    /// The server that `watch` has at hand for the next migrations.
    fn spare(&self, target: usize, key: &WarmKey, parsed: &Parsed<'_>) -> Option<Asked> {
        let spares = &mut self.warmth.as_ref()?.borrow_mut().spares;
        let digests = digests(parsed);
        let lacking = spares.get(&target)?.base.lacking(key, &digests)?;
        let mut spare = spares.remove(&target)?;
        spare.server.become_one_for(&digests[0], lacking);
        Some(Asked {
            server: spare.server,
            start: Start::Lacking(Box::new(spare.facts)),
            is_warm: true,
        })
    }

    /// What the migrations of a snapshot changed, by a server that a former run of `watch` left.
    fn growth(&self, number: usize, target: &snapshot::Target) -> Option<Growth> {
        let prepared = self.warmth.as_ref()?.borrow();
        prepared.growth(number, &target.inputs.migrations())
    }

    /// Stops the servers that former runs of `watch` left for other migrations, and keeps them for those who go on from there,
    /// unless everybody is served already.
    fn close_others(&self, parsed: &[Parsed<'_>], keys: &[WarmKey]) -> Result<()> {
        let Some(warmth) = self.warmth else {
            return Ok(());
        };
        let mut prepared = warmth.borrow_mut();
        let mut targets = parsed.iter().zip(keys).enumerate();
        let are_served = targets
            .all(|(number, (parsed, key))| prepared.can_serve(number, key, &digests(parsed)));
        if are_served {
            return Ok(());
        }
        let mut closing = Closing::default();
        for warm in prepared.take_others(keys) {
            warm.close(&mut closing);
        }
        closing.finish()
    }

    /// Starts a server. If a former run kept it and the catalog is known, it comes with its database.
    async fn start(&self, key: &WarmKey, parsed: &Parsed<'_>) -> Result<Asked> {
        self.phases.begin("starting Postgres");
        let pin = pin_of(parsed.target);
        let wanted = Wanted {
            pin: pin.as_ref(),
            migrations: &digests(parsed),
            extensions: &migrate::extensions(&parsed.project.migrations),
        };
        let (server, facts) = Server::start_informed::<Facts>(&key.provider, wanted).await?;
        let start = match facts {
            Some(facts) if server.lacking() == Some(0) => {
                Start::Migrated(Box::new(MigratedDatabase {
                    database: server.create_database().await?,
                    facts,
                    is_new: false,
                }))
            }
            Some(facts) => Start::Lacking(Box::new(facts)),
            None => Start::Unknown,
        };
        Ok(Asked {
            server,
            start,
            is_warm: false,
        })
    }
}

/// The digests of the migrations, of all but the last one, and so on, as far as those that are missing can be applied later.
fn digests(parsed: &Parsed<'_>) -> Vec<String> {
    let count = parsed.inputs.migration_count();
    let lacking = if migrate::need_one_session(&parsed.project.migrations) {
        0
    } else {
        count.saturating_sub(1).min(MAX_LACKING)
    };
    let digests = (0..=lacking).map(|lacking| parsed.inputs.migrations_but(lacking));
    digests.collect()
}

/// The targets of an outdated snapshot, which is read in a thread of its own while Postgres starts.
struct Before {
    reading: Option<JoinHandle<Result<Snapshot, Unusable>>>,
    targets: std::vec::IntoIter<snapshot::Target>,
}

impl Before {
    fn read(stored: Option<Stored>) -> Self {
        Self {
            reading: stored.map(|stored| task::spawn_blocking(|| stored.read())),
            targets: Vec::new().into_iter(),
        }
    }

    /// Waits until it is read. Returns why it cannot be used, once.
    async fn finish(&mut self) -> Option<Unusable> {
        match self.reading.take()?.await {
            Ok(Ok(snapshot)) => {
                self.targets = snapshot.targets.into_iter();
                None
            }
            Ok(Err(unusable)) => Some(unusable),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// The next target, if it is configured as it was.
    fn next(&mut self, now: &Parsed<'_>) -> Option<snapshot::Target> {
        let before = self.targets.next()?;
        let is_of_use = before.inputs.same_configuration(&now.inputs);
        is_of_use.then_some(before)
    }
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

/// The version that the configuration asks for.
pub(super) fn pin_of(target: &Target) -> Option<Pin> {
    let version = target.database.version.as_ref()?;
    Some(Pin {
        major: version.major,
        place: version.span(),
    })
}

/// The provider `given`, or the one that the configuration asks for.
pub(super) fn provider_of(
    given: Option<&Provider>,
    configured: &config::Database,
) -> Result<Provider> {
    if let Some(provider) = given {
        return Ok(provider.clone());
    }
    let uri = || {
        let uri = configured.uri.as_ref();
        uri.map(config::Uri::resolve).transpose()
    };
    Ok(match configured.provider {
        config::Provider::Local => Provider::Local {
            binaries: configured.binaries.clone(),
        },
        config::Provider::Embedded => Provider::Embedded { program: None },
        config::Provider::Server | config::Provider::Auto => match uri()? {
            Some(uri) => Provider::Server { uri },
            None if configured.binaries.is_some() => Provider::Local {
                binaries: configured.binaries.clone(),
            },
            None => Provider::Auto,
        },
    })
}
