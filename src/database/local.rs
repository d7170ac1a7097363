//! A private Postgres server from installed programs: its own folder, its own socket, no network, no durability.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::task::spawn_blocking;
use tokio_postgres::Config;

use super::binaries::Binaries;
use super::folder::RunFolder;
use super::kept::{Kept, New, Store};
use super::process::{Process, RunUser};
use super::setup::{Databases, INITDB, SETTINGS, Setup, config, data};
use super::template::Template;
use super::{Facts, Session, cause, version};
use crate::cache;
use crate::digest::digest;
use crate::error::{Error, Result};

/// A running server, stopped and removed on drop.
pub(super) struct Cluster {
    /// Before the folders: fields are dropped in this order.
    postgres: Process,
    folder: RunFolder,
    start: Start,
    /// What is to be kept with it, once it is to be kept.
    facts: Mutex<Option<Vec<u8>>>,
    user: Option<RunUser>,
    binaries: Binaries,
    /// The database that `initdb` made is as good as a new one, and takes no time. It is there until it is asked for, with
    /// the session that showed that the server is up.
    spare: Mutex<Option<Session>>,
}

/// What a cluster started from, and what it is to become.
#[derive(Default)]
struct Start {
    /// Where its data are, unless in the folder of the run.
    kept: Option<Kept>,
    /// As what it is to be kept when the run has succeeded.
    keep_as: Option<(Store, String)>,
    /// The kept cluster that it is a copy of.
    from: Option<String>,
    /// How many of the last migrations are not applied; `None` where none are.
    lacking: Option<usize>,
}

impl Cluster {
    /// Starts a cluster. With `migrations`, the digests in [`super::Wanted`], it is one to which all of them have been applied,
    /// where one was kept, or else a copy of one that lacks the fewest; it can be kept when they have been.
    ///
    /// `databases` is how many will be used there. With the cluster comes what was kept of the one that it is, or is a copy of.
    pub(super) async fn start<T: Facts>(
        binaries: Binaries,
        databases: Databases,
        migrations: &[String],
    ) -> Result<(Self, Option<T>)> {
        let cache = cache::folder();
        Self::start_with(binaries, cache, databases, migrations).await
    }

    /// Starts with the template in the folder `cache`, or without one.
    pub(super) async fn start_with<T: Facts>(
        binaries: Binaries,
        cache: Option<PathBuf>,
        databases: Databases,
        migrations: &[String],
    ) -> Result<(Self, Option<T>)> {
        let user = RunUser::needed()?;
        let folder = RunFolder::create(user.as_ref()).map_err(|error| {
            Error::new("cannot make a folder for the throwaway server")
                .with_source(error)
                .with_help("set `TMPDIR` to a folder that may be written")
        })?;
        let setup = Setup {
            binaries: &binaries,
            user: user.as_ref(),
            folder: folder.path(),
            databases,
        };
        let mut start = Start::default();
        let names = migrations.iter().map(|digest| kept_name(&binaries, digest));
        let names: Vec<String> = names.collect();
        if let [name, prefixes @ ..] = names.as_slice()
            && let Some(store) = Store::open(user.as_ref())
        {
            if let Some(kept) = store.take(name) {
                // In a thread of its own, while Postgres starts.
                let facts = kept.facts();
                let facts = spawn_blocking(move || T::read(&fs::read(facts).ok()?));
                if let Ok(launched) = setup.launch_kept(&kept).await {
                    start.kept = Some(kept);
                    start.lacking = Some(0);
                    let facts = match facts.await {
                        Ok(facts) => facts,
                        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                    };
                    return Ok((Self::of(launched, folder, start, user, binaries), facts));
                }
                kept.discard();
                setup.clear()?;
            }
            let prefix = prefixes.iter().enumerate().find_map(|(index, prefix)| {
                let facts = copy_kept(&store, prefix, &setup)?;
                Some((index + 1, prefix.clone(), facts))
            });
            start.keep_as = Some((store, name.clone()));
            if let Some((lacking, prefix, facts)) = prefix {
                if let Ok(launched) = setup.launch().await {
                    start.lacking = Some(lacking);
                    start.from = Some(prefix);
                    return Ok((
                        Self::of(launched, folder, start, user, binaries),
                        Some(facts),
                    ));
                }
                setup.clear()?;
            }
        }
        let template =
            cache.map(|cache| Template::locate(cache, &binaries, &INITDB, databases.name()));
        let from_template = setup.fill(template.as_ref()).await?;
        let launched = match (setup.launch().await, template) {
            // The template may be damaged in a way that only the server sees.
            (Err(_), Some(template)) if from_template => {
                setup.clear()?;
                let lock = template.lock_to_replace().await;
                setup.make(&template, lock).await?;
                setup.launch().await?
            }
            (launched, _) => launched?,
        };
        Ok((Self::of(launched, folder, start, user, binaries), None))
    }

    fn of(
        (postgres, session): (Process, Session),
        folder: RunFolder,
        start: Start,
        user: Option<RunUser>,
        binaries: Binaries,
    ) -> Self {
        Self {
            postgres,
            folder,
            start,
            facts: Mutex::default(),
            user,
            binaries,
            spare: Mutex::new(Some(session)),
        }
    }

    pub(super) fn version(&self) -> &str {
        &self.binaries.version
    }

    pub(super) fn description(&self) -> String {
        let number = version::number(&self.binaries.version);
        format!(
            "Postgres {number} (local, {})",
            self.binaries.folder.display()
        )
    }

    /// Gives an empty database, and a session in it where one is open.
    pub(super) async fn create_database(&self) -> Result<(Config, Option<Session>)> {
        let mut config = config(self.folder.path());
        let spare = self
            .spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if spare.is_some() {
            return Ok((config, spare));
        }
        let name = format!("rowsmith_{:016x}", super::random());
        let failed = |error| {
            Error::new("cannot create a database in the throwaway server").with_source(cause(error))
        };
        let session = Session::open(&config).await.map_err(failed)?;
        // Copying files is the faster way without durability; before 15 it was the only way.
        let strategy = match version::major(&self.binaries.version) {
            Some(..15) => "",
            _ => " STRATEGY file_copy",
        };
        session
            .client()
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE template0{strategy}"
            ))
            .await
            .map_err(failed)?;
        config.dbname(name);
        Ok((config, None))
    }

    /// The folder and the process that must not outlive the server.
    #[cfg(test)]
    pub(super) fn traces(&self) -> (PathBuf, u32) {
        (self.folder.path().to_owned(), self.postgres.id())
    }

    /// Where it is kept.
    #[cfg(test)]
    pub(super) fn kept_folder(&self) -> Option<PathBuf> {
        self.start
            .kept
            .as_ref()?
            .facts()
            .parent()
            .map(std::path::Path::to_owned)
    }

    /// How many of the last migrations that it was started for are not applied; `None` where none are.
    pub(super) fn lacking(&self) -> Option<usize> {
        self.start.lacking
    }

    /// Whether it is kept, or can be.
    pub(super) fn is_keepable(&self) -> bool {
        self.start.kept.is_some() || self.start.keep_as.is_some()
    }

    /// Has it be the one for the migrations of another digest, of which the last `lacking` are not applied.
    pub(super) fn become_one_for(&mut self, migrations: &str, lacking: usize) {
        if let Some((_, name)) = &mut self.start.keep_as {
            *name = kept_name(&self.binaries, migrations);
            self.start.lacking = Some(lacking);
        }
    }

    /// What was kept with the cluster to which the migrations of that digest have been applied.
    pub(super) fn known_of<T: Facts>(&self, migrations: &str) -> Option<T> {
        let store = Store::open(self.user.as_ref())?;
        T::read(&store.facts(&kept_name(&self.binaries, migrations))?)
    }

    /// Has the cluster kept when it is closed, with `facts`: the migrations it was started for have been applied, and
    /// nothing else has changed. One that is kept already gets the facts at once.
    pub(super) fn keep(&self, facts: impl FnOnce() -> Vec<u8>) {
        if let Some(kept) = &self.start.kept {
            // Without them, the next run takes longer; that is all.
            let _ = kept.set_facts(&facts());
        } else if self.start.keep_as.is_some() {
            *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts());
        }
    }

    pub(super) fn close(mut self) -> Result<()> {
        let cannot_stop = |error| Error::new("cannot stop the throwaway server").with_source(error);
        let facts = self.facts.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((store, name)) = self.start.keep_as.take()
            && let Some(facts) = facts.take()
        {
            let is_whole = self.postgres.end_orderly().map_err(cannot_stop)?;
            let new = New {
                data: &data(self.folder.path()),
                facts: &facts,
                from: self.start.from.as_deref(),
            };
            if is_whole {
                // Without it, the next run takes longer; that is all.
                let _ = store.keep(&name, &new, self.user.as_ref());
            }
        }
        self.postgres.end().map_err(cannot_stop)
    }
}

/// Fills the data folder with a copy of the kept cluster of that name. Gives what is known of that, if one can go on from
/// there.
fn copy_kept<T: Facts>(store: &Store, name: &str, setup: &Setup<'_>) -> Option<T> {
    let source = store.share(name)?;
    let facts = source.facts();
    let data = data(setup.folder);
    let (facts, copied) = thread::scope(|scope| {
        // Looked at while the files are copied.
        let facts = scope.spawn(move || T::read(&fs::read(facts).ok()?));
        let copied = source.copy_to(&data, setup.user);
        (facts.join().ok().flatten(), copied)
    });
    let facts = facts.filter(T::can_go_on);
    if copied.is_err() || facts.is_none() {
        let _ = fs::remove_dir_all(&data);
        return None;
    }
    facts
}

/// Removes templates and kept clusters that no run uses. Gives the folders that are gone.
#[cfg(feature = "cli")]
pub(super) fn clean() -> Vec<PathBuf> {
    let user = RunUser::needed().ok().flatten();
    let kept = Store::open(user.as_ref()).map(|store| store.clean());
    let templates = cache::folder().map(|cache| super::template::clean(&cache));
    let gone = kept.into_iter().chain(templates);
    gone.flatten().collect()
}

/// What a kept cluster is called: another one for each installation, way of making it, and set of migrations.
fn kept_name(binaries: &Binaries, migrations: &str) -> String {
    let arguments = [INITDB.as_slice(), SETTINGS.as_slice()].concat().join(" ");
    digest([
        binaries.folder.as_os_str().as_encoded_bytes(),
        binaries.version.as_bytes(),
        env!("CARGO_PKG_VERSION").as_bytes(),
        arguments.as_bytes(),
        migrations.as_bytes(),
    ])
}
