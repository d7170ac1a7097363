//! A private Postgres server from installed programs: its own folder, its own socket, no network, no durability.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::task::spawn_blocking;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use super::binaries::Binaries;
use super::folder::{PORT, RunFolder};
use super::kept::{Kept, Store};
use super::process::{Process, RunUser};
use super::template::{Lock, Template, give};
use super::{Session, cause, has_code, version};
use crate::cache;
use crate::digest::digest;
use crate::error::{Error, Result};

/// The superuser is called as in an ordinary installation, since dumps name it as the owner of things.
const INITDB: [&str; 7] = [
    "--no-sync",
    "--auth=trust",
    "--locale=C",
    "--encoding=UTF8",
    "--username=postgres",
    // Less to copy.
    "--wal-segsize=1",
    "--no-instructions",
];

/// A cluster for one database, `postgres`, needs no other to copy. Two thirds of what `initdb` makes are these.
const SLIM: &str = "\
UPDATE pg_database SET datistemplate = false;
DROP DATABASE template0;
DROP DATABASE template1;
";

/// Speed before durability, and room for big schemas.
const SETTINGS: [&str; 17] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "cluster_name=rowsmith",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "max_connections=20",
    "shared_buffers=32MB",
    // A schema of a thousand tables in one transaction.
    "max_locks_per_transaction=1024",
    // In the private folder, so that it goes with it.
    "dynamic_shared_memory_type=mmap",
    // Migrations may create logical replication slots.
    "wal_level=logical",
    "huge_pages=off",
    "log_min_messages=fatal",
    "logging_collector=off",
    "ssl=off",
];

/// How many databases a cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Databases {
    /// The one that is there.
    One,
    Any,
}

impl Databases {
    /// Tells the templates apart.
    fn name(self) -> &'static str {
        match self {
            Self::One => "one database",
            Self::Any => "",
        }
    }
}

/// How long the programs may take; a loaded machine is slow, but a hanging one must not hang a build.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server, stopped and removed on drop.
pub(super) struct Cluster {
    /// Before the folders: fields are dropped in this order.
    postgres: Process,
    folder: RunFolder,
    /// Where its data are, unless in the folder of the run.
    kept: Option<Kept>,
    /// As what it is to be kept when the run has succeeded.
    keep_as: Option<(Store, String)>,
    /// What is to be kept with it, once it is to be kept.
    facts: Mutex<Option<Vec<u8>>>,
    user: Option<RunUser>,
    binaries: Binaries,
    /// The database that `initdb` made is as good as a new one, and takes no time. It is there until it is asked for, with
    /// the session that showed that the server is up.
    spare: Mutex<Option<Session>>,
}

impl Cluster {
    /// Starts a cluster. With `migrations`, one to which the migrations of that digest have been applied, where one was
    /// kept; otherwise it can be kept when they have been.
    ///
    /// `databases` is how many will be used there. With the cluster comes what `understand` makes of the facts that were
    /// kept with it.
    pub(super) async fn start<T: Send + 'static>(
        binaries: Binaries,
        databases: Databases,
        migrations: Option<&str>,
        understand: fn(&[u8]) -> Option<T>,
    ) -> Result<(Self, Option<T>)> {
        let cache = cache::folder();
        Self::start_with(binaries, cache, databases, migrations, understand).await
    }

    /// Starts with the template in the folder `cache`, or without one.
    pub(super) async fn start_with<T: Send + 'static>(
        binaries: Binaries,
        cache: Option<PathBuf>,
        databases: Databases,
        migrations: Option<&str>,
        understand: fn(&[u8]) -> Option<T>,
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
        let mut keep_as = None;
        if let Some(migrations) = migrations
            && let Some(store) = Store::open(user.as_ref())
        {
            let name = kept_name(&binaries, migrations);
            if let Some(kept) = store.take(&name) {
                // In a thread of its own, while Postgres starts.
                let facts = kept.facts();
                let facts = spawn_blocking(move || understand(&fs::read(facts).ok()?));
                if let Ok((postgres, session)) = setup.launch_kept(&kept).await {
                    let cluster = Self {
                        postgres,
                        folder,
                        kept: Some(kept),
                        keep_as: None,
                        facts: Mutex::default(),
                        user,
                        binaries,
                        spare: Mutex::new(Some(session)),
                    };
                    return match facts.await {
                        Ok(facts) => Ok((cluster, facts)),
                        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
                    };
                }
                kept.discard();
                setup.clear()?;
            }
            keep_as = Some((store, name));
        }
        let template =
            cache.map(|cache| Template::locate(cache, &binaries, &INITDB, databases.name()));
        let from_template = setup.fill(template.as_ref()).await?;
        let (postgres, session) = match (setup.launch().await, template) {
            // The template may be damaged in a way that only the server sees.
            (Err(_), Some(template)) if from_template => {
                setup.clear()?;
                let lock = template.lock_to_replace().await;
                setup.make(&template, lock).await?;
                setup.launch().await?
            }
            (launched, _) => launched?,
        };
        let cluster = Self {
            postgres,
            folder,
            kept: None,
            keep_as,
            facts: Mutex::default(),
            user,
            binaries,
            spare: Mutex::new(Some(session)),
        };
        Ok((cluster, None))
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
        self.kept.as_ref()?.facts().parent().map(Path::to_owned)
    }

    /// Whether the migrations it was started for have been applied.
    pub(super) fn is_migrated(&self) -> bool {
        self.kept.is_some()
    }

    /// Has the cluster kept when it is closed, with `facts`: the migrations it was started for have been applied, and
    /// nothing else has changed. One that is kept already gets the facts at once.
    pub(super) fn keep(&self, facts: impl FnOnce() -> Vec<u8>) {
        if let Some(kept) = &self.kept {
            // Without them, the next run takes longer; that is all.
            let _ = kept.set_facts(&facts());
        } else if self.keep_as.is_some() {
            *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts());
        }
    }

    pub(super) fn close(mut self) -> Result<()> {
        let cannot_stop = |error| Error::new("cannot stop the throwaway server").with_source(error);
        let facts = self.facts.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((store, name)) = self.keep_as.take()
            && let Some(facts) = facts.take()
        {
            let is_whole = self.postgres.end_orderly().map_err(cannot_stop)?;
            let data = data(self.folder.path());
            if is_whole {
                // Without it, the next run takes longer; that is all.
                let _ = store.keep(&name, &data, &facts, self.user.as_ref());
            }
        }
        self.postgres.end().map_err(cannot_stop)
    }
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

fn config(folder: &Path) -> Config {
    let mut config = Config::new();
    config
        .host_path(data(folder))
        .port(PORT)
        .user("postgres")
        .dbname("postgres")
        .connect_timeout(PATIENCE);
    config
}

/// Whether the server in `data` says that it takes connections. One that comes too early costs it a process, and time to
/// start.
fn says_ready(data: &Path) -> bool {
    match fs::read(data.join("postmaster.pid")) {
        // It may be left from a server that was killed.
        Ok(text) => text.trim_ascii_end().ends_with(b"ready"),
        // What cannot be looked at has to be tried.
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Whether there is less room than any cluster needs.
fn has_no_room(folder: &Path) -> bool {
    nix::sys::statvfs::statvfs(folder)
        .is_ok_and(|found| found.blocks_available() * found.fragment_size() < 64 * 1024)
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

/// What is needed to bring a server up in a folder.
struct Setup<'a> {
    binaries: &'a Binaries,
    user: Option<&'a RunUser>,
    folder: &'a Path,
    databases: Databases,
}

impl Setup<'_> {
    /// Fills the data folder. Says whether from a template that was there before.
    async fn fill(&self, template: Option<&Template>) -> Result<bool> {
        let Some(template) = template else {
            self.initdb().await?;
            return Ok(false);
        };
        let data = data(self.folder);
        if let Some(lock) = template.lock_to_read().await
            && template.copy_to(&data, self.user, &lock)
        {
            return Ok(true);
        }
        let lock = template.lock_to_replace().await;
        // Another run may have made it in the meantime.
        if let Some(lock) = &lock
            && template.copy_to(&data, self.user, lock)
        {
            return Ok(true);
        }
        self.make(template, lock).await?;
        Ok(false)
    }

    /// Fills the data folder, and makes the result the template.
    async fn make(&self, template: &Template, lock: Option<Lock>) -> Result<()> {
        self.initdb().await?;
        if self.databases == Databases::One && !self.slim().await {
            // As it was made.
            self.clear()?;
            self.initdb().await?;
        }
        if let Some(lock) = lock {
            // Without it, the next run takes longer; that is all.
            let _ = template.store(&data(self.folder), &lock);
        }
        Ok(())
    }

    fn create_data_folder(&self) -> Result<()> {
        let data = data(self.folder);
        DirBuilder::new()
            .mode(0o700)
            .create(&data)
            .and_then(|()| give(&data, self.user))
            .map_err(|error| {
                Error::new("cannot make a folder for the throwaway server").with_source(error)
            })
    }

    async fn initdb(&self) -> Result<()> {
        self.create_data_folder()?;
        let mut command = self.binaries.program("initdb");
        command.args(INITDB).arg("--pgdata").arg(data(self.folder));
        // Ended without mercy: its folder is removed anyway.
        let mut initdb = self.spawn(command, "initdb", Signal::SIGKILL, None)?;
        match tokio::time::timeout(PATIENCE, initdb.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(self.failed("initdb", &status.to_string(), &initdb)),
            Ok(Err(error)) => Err(self.failed("initdb", &error.to_string(), &initdb)),
            Err(_) => Err(self.failed("initdb", "does not come to an end", &initdb)),
        }
    }

    /// Takes out of the new cluster what one database does not need. Says whether that is done, or nothing is lost.
    async fn slim(&self) -> bool {
        let script = self.folder.join("slim.sql");
        let Ok(held) = fs::write(&script, SLIM).and_then(|()| File::open(&script)) else {
            return true;
        };
        let mut command = self.binaries.program("postgres");
        command.arg("--single").arg("-D").arg(data(self.folder));
        // The log of what was done so far is kept no longer than it has to be.
        for setting in ["fsync=off", "min_wal_size=2MB", "max_wal_size=2MB"] {
            command.arg("-c").arg(setting);
        }
        command.arg("postgres");
        let Ok(mut postgres) = self.spawn(command, "slim", Signal::SIGKILL, Some(held)) else {
            return true;
        };
        let ended = tokio::time::timeout(PATIENCE, postgres.wait()).await;
        matches!(ended, Ok(Ok(status)) if status.success())
            && super::template::drop_hints(&data(self.folder)).is_ok()
    }

    /// Starts the server on the cluster in the run's folder.
    async fn launch(&self) -> Result<(Process, Session)> {
        self.launch_on(&data(self.folder), None).await
    }

    /// Starts the server on a kept cluster. What is in the run's folder then is the socket.
    async fn launch_kept(&self, kept: &Kept) -> Result<(Process, Session)> {
        self.create_data_folder()?;
        let lock = kept
            .share()
            .map_err(|error| Error::new("cannot use a kept throwaway server").with_source(error))?;
        self.launch_on(&kept.data(), Some(lock)).await
    }

    /// Starts the server on the cluster in `data`, and waits until it has accepted a connection.
    async fn launch_on(&self, data: &Path, lock: Option<File>) -> Result<(Process, Session)> {
        let mut command = self.binaries.program("postgres");
        command.arg("-D").arg(data);
        command.arg("-k").arg(self::data(self.folder));
        command.arg("-p").arg(PORT.to_string());
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        if self.databases == Databases::One {
            // After the crash of one of its processes, what was committed may be lost: an analysis must not go on with it.
            command.arg("-c").arg("restart_after_crash=off");
        }
        // An immediate shutdown: there is nothing to save.
        let mut postgres = self.spawn(command, "postgres", Signal::SIGQUIT, lock)?;
        let config = config(self.folder);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let refused = if says_ready(data) {
                match Session::open(&config).await {
                    Ok(session) => return Ok((postgres, session)),
                    Err(failure) => Some(failure),
                }
            } else {
                None
            };
            match postgres.exited() {
                Ok(None) => {}
                Ok(Some(status)) => {
                    return Err(self.failed("postgres", &status.to_string(), &postgres));
                }
                Err(error) => return Err(self.failed("postgres", &error.to_string(), &postgres)),
            }
            // Anything but "not yet" will not get better.
            let is_final = refused.as_ref().is_some_and(|failure| {
                failure.as_db_error().is_some()
                    && !has_code(failure, &[SqlState::CANNOT_CONNECT_NOW])
            });
            if is_final || Instant::now() > deadline {
                let failed = self.failed("postgres", "accepts no connection", &postgres);
                return Err(match refused {
                    Some(failure) => failed.with_source(cause(failure)),
                    None => failed,
                });
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn spawn(
        &self,
        command: Command,
        log: &str,
        stop: Signal,
        lock: Option<File>,
    ) -> Result<Process> {
        let program = command.get_program().display().to_string();
        Process::spawn(command, self.user, self.folder, log, stop, lock).map_err(|error| {
            let failure = Error::new(match self.user {
                Some(user) => format!("cannot run `{program}` as user `{}`", user.name),
                None => format!("cannot run `{program}`"),
            });
            let help = match self.user {
                Some(user) if error.kind() == ErrorKind::PermissionDenied => format!(
                    "Postgres does not run as root: make the programs readable for user `{}`, or run rowsmith as \
                     another user",
                    user.name
                ),
                _ => "check the installation, or name the folder of another one".to_owned(),
            };
            failure.with_source(error).with_help(help)
        })
    }

    fn failed(&self, program: &str, how: &str, process: &Process) -> Error {
        let program = self.binaries.folder.join(program);
        let error = Error::new(format!(
            "cannot start a throwaway server: `{}` failed ({how})",
            program.display()
        ));
        // The words may be missing: there was no room for them either.
        let said = process.says_full();
        if said.is_some() || has_no_room(self.folder) {
            let base = self.folder.parent().unwrap_or(self.folder);
            let said = said.unwrap_or_else(|| "no space is left on the device".to_owned());
            return error.with_source(said).with_help(format!(
                "make room in `{}`, or set `TMPDIR` to a folder that has more",
                base.display()
            ));
        }
        let log = process.log_tail();
        if log.is_empty() {
            error
        } else {
            error.with_source(log)
        }
    }

    /// Empties the data folder.
    fn clear(&self) -> Result<()> {
        fs::remove_dir_all(data(self.folder)).map_err(|error| {
            Error::new("cannot remove a damaged throwaway server").with_source(error)
        })
    }
}
