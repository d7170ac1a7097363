//! The Postgres inside the `rowsmith` command: a WebAssembly build of it, for machines that have none installed.
//!
//! It is part of the program only where that was built with the feature `embedded`, and runs in a process of its own, so
//! that it can be ended at any moment, whatever it is doing, and so that what the engine keeps between runs is in our
//! cache. Another program that uses this library, such as a build script, has the installed `rowsmith` run it.
//!
//! The engine takes one connection at a time, knows only the extensions that it was started for, and has no clock that
//! would end a statement.

#[cfg(feature = "embedded")]
pub(crate) mod engine;
mod patience;

use std::env;
use std::error::Error as StdError;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::Signal;
use tokio::net::UnixStream;
use tokio_postgres::config::Host;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{Config, NoTls};

use super::folder::{self, RunFolder, try_lock};
use super::process::Process;
use super::{Session, cause};
use crate::cache;
use crate::error::{Error, Result};
use patience::Patient;

/// What the engine's process is asked for on its command line, which is no concern of users.
pub(crate) const COMMAND: &str = "embedded-engine";

/// What `rowsmith embedded-engine` without a folder prints.
pub(crate) const GREETING: &str = "rowsmith's embedded Postgres, interface 1";

/// The name of the command, looked for on the `PATH`.
const PROGRAM: &str = "rowsmith";

/// The folder of the socket, within the run's folder.
const SOCKET_FOLDER: &str = "data";

/// The port is only part of the socket's name.
const PORT: u16 = 1;

/// How long the engine may take to start: the first time, it unpacks itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the folder in the cache is called, before the version of rowsmith.
const CACHE_PREFIX: &str = "embedded-";

/// The file that says that the folder in the cache is whole.
const WHOLE: &str = "whole";

/// What to use where the engine does not do.
const ALTERNATIVE: &str = "install Postgres 14 or later, or name a server in `database.uri`";

/// Whether this process is the `rowsmith` command.
static IS_COMMAND: AtomicBool = AtomicBool::new(false);

/// Says that this process is the `rowsmith` command, which can run the engine itself.
#[cfg(feature = "cli")]
pub(crate) fn this_is_the_command() {
    IS_COMMAND.store(true, Ordering::Relaxed);
}

/// Why a session cannot be opened.
pub(super) type Failure = Box<dyn StdError + Send + Sync>;

/// A running engine, stopped and removed on drop.
pub(super) struct Engine {
    /// Before the folder: fields are dropped in this order.
    process: Process,
    folder: RunFolder,
    program: PathBuf,
    version: String,
    /// The session that the start was tried with. Opening one takes a good part of a second.
    first: Mutex<Option<Session>>,
    spare_taken: AtomicBool,
}

impl Engine {
    /// Starts the engine in `program`, or in the one there is, with those of `extensions` that it has.
    pub(super) async fn start(program: Option<&Path>, extensions: &[String]) -> Result<Self> {
        let program = match program {
            Some(program) => program.to_owned(),
            None => find().ok_or_else(not_there)?,
        };
        match Self::attempt(&program, extensions).await {
            // What is kept may be damaged in a way that only the engine sees.
            Err(_) if Store::discard() => Self::attempt(&program, extensions).await,
            started => started,
        }
    }

    async fn attempt(program: &Path, extensions: &[String]) -> Result<Self> {
        let made = RunFolder::create(None).and_then(|folder| {
            let socket_folder = folder.path().join(SOCKET_FOLDER);
            DirBuilder::new().mode(0o700).create(socket_folder)?;
            Ok(folder)
        });
        let folder = made.map_err(|error| {
            Error::new("cannot make a folder for the embedded Postgres")
                .with_source(error)
                .with_help("set `TMPDIR` to a folder that may be written")
        })?;
        let store = Store::open().await;
        let kept = store.as_ref().map_or(folder.path(), |store| &store.path);
        let mut command = Command::new(program);
        command
            .args([COMMAND, "--"])
            .arg(folder.path())
            .args(extensions)
            // Where the engine keeps what it unpacks, by the rules of each system.
            .env("XDG_CACHE_HOME", kept)
            .env("HOME", kept)
            .env("TMPDIR", folder.path());
        let lock = store.as_ref().and_then(Store::share);
        // Without mercy: there is nothing to save, and a busy engine listens to nothing else.
        let stop = Signal::SIGKILL;
        let spawned = Process::spawn(command, None, folder.path(), "engine", stop, lock);
        let mut process = spawned.map_err(|error| {
            Error::new(format!("cannot run `{}`", program.display())).with_source(error)
        })?;
        let session = connect(&folder, &mut process).await?;
        if let Some(store) = store {
            store.finish();
        }
        let version = session.client().query_one("SHOW server_version", &[]).await;
        let version = version.map_err(|error| session.lost("asking for its version", error))?;
        Ok(Self {
            version: version.get(0),
            process,
            folder,
            program: program.to_owned(),
            first: Mutex::new(Some(session)),
            spare_taken: AtomicBool::new(false),
        })
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn description(&self) -> String {
        let (version, program) = (&self.version, self.program.display());
        format!("Postgres {version} (embedded, {program})")
    }

    /// Gives an empty database, and a session in it where one is open.
    pub(super) async fn create_database(&self) -> Result<(Config, Option<Session>)> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut config = config(self.folder.path());
        if !self.spare_taken.swap(true, Ordering::Relaxed) {
            return Ok((config, first));
        }
        drop(first);
        let failed = |failure: Failure| {
            Error::new("cannot create a database in the embedded Postgres").with_source(failure)
        };
        let name = format!("rowsmith_{:016x}", super::random());
        let session = open(&config).await.map_err(failed)?;
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        let created = session.client().batch_execute(&sql).await;
        created.map_err(|error| failed(cause(error)))?;
        config.dbname(name);
        Ok((config, None))
    }

    /// The folder and the process that must not outlive the engine.
    #[cfg(test)]
    pub(super) fn traces(&self) -> (PathBuf, u32) {
        (self.folder.path().to_owned(), self.process.id())
    }

    pub(super) fn close(mut self) -> Result<()> {
        self.process
            .end()
            .map_err(|error| Error::new("cannot stop the embedded Postgres").with_source(error))
    }
}

/// The major version of the engine.
pub(super) const MAJOR: u32 = 17;

/// Whether there is an engine.
pub(super) fn is_available() -> bool {
    find().is_some()
}

/// The program that has the engine in it: this one, or the `rowsmith` on the `PATH`.
fn find() -> Option<PathBuf> {
    if cfg!(feature = "embedded") && IS_COMMAND.load(Ordering::Relaxed) {
        return env::current_exe().ok();
    }
    let greets = |program: &PathBuf| {
        let mut command = Command::new(program);
        let asked = command.arg(COMMAND).stdin(Stdio::null()).output();
        asked.is_ok_and(|answer| answer.stdout.trim_ascii() == GREETING.as_bytes())
    };
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders)
        .map(|folder| folder.join(PROGRAM))
        .filter(|program| program.is_absolute() && program.is_file())
        .find(greets)
}

fn not_there() -> Error {
    let message = if IS_COMMAND.load(Ordering::Relaxed) {
        "this `rowsmith` was built without the embedded Postgres"
    } else {
        "there is no `rowsmith` with an embedded Postgres on the `PATH`"
    };
    Error::new(message).with_help(format!(
        "build rowsmith with `--features embedded`, or {ALTERNATIVE}"
    ))
}

/// What to do about a refusal whose cause is that the engine lacks something.
fn remedy(error: &DbError) -> Option<String> {
    let message = error.message();
    let extension = message
        .strip_prefix("extension \"")
        .and_then(|rest| rest.strip_suffix("\" is not available"));
    let lacks = match extension {
        Some(extension) => format!("no `{extension}`"),
        None if message.starts_with("unsupported XML feature") => "no XML".to_owned(),
        None if message.starts_with("ICU is not supported") => "no collations of ICU".to_owned(),
        None if message.starts_with("collation \"") && message.ends_with("does not exist") => {
            "only the collations `C`, `POSIX` and those of your migrations".to_owned()
        }
        None if *error.code() == SqlState::UNDEFINED_FILE => "not this file".to_owned(),
        None => return None,
    };
    let mut remedy = format!("the embedded Postgres has {lacks}: {ALTERNATIVE}");
    if let Some("pgcrypto" | "uuid-ossp") = extension {
        remedy.push_str(
            "; where only random UUIDs are wanted, `gen_random_uuid()` needs no extension",
        );
    }
    Some(remedy)
}

fn config(folder: &Path) -> Config {
    let mut config = Config::new();
    config
        .host_path(folder.join(SOCKET_FOLDER))
        .port(PORT)
        .user("postgres")
        .dbname("postgres");
    config
}

/// Opens a session on which an answer that never comes is a failure.
pub(super) async fn open(config: &Config) -> Result<Session, Failure> {
    let Some(Host::Unix(folder)) = config.get_hosts().first() else {
        return Err("the address is none of the embedded Postgres".into());
    };
    let socket = UnixStream::connect(folder.join(format!(".s.PGSQL.{PORT}"))).await?;
    let config = Session::configure(config);
    let (client, connection) = config
        .connect_raw(Patient::new(socket), NoTls)
        .await
        .map_err(cause)?;
    let mut session = Session::over(client, connection).await.map_err(cause)?;
    session.remedy = remedy;
    Ok(session)
}

/// Opens the first session, as soon as there is an engine that accepts it.
async fn connect(folder: &RunFolder, process: &mut Process) -> Result<Session> {
    let config = config(folder.path());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let failure = match open(&config).await {
            Ok(session) => return Ok(session),
            Err(failure) => failure,
        };
        let how = match process.exited() {
            Ok(None) if Instant::now() < deadline => None,
            Ok(None) => Some(failure.to_string()),
            Ok(Some(status)) => Some(status.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(how) = how {
            let message = format!("cannot start the embedded Postgres ({how})");
            let log = process.log_tail();
            return Err(Error::new(message)
                .with_source(if log.is_empty() { failure } else { log.into() })
                .with_help(ALTERNATIVE));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What the engine unpacks of itself, kept for later runs in our cache.
///
/// It is locked by all that use it, their engines included. Until one has started from it, what is there may be
/// half of it, and the lock is of one run alone.
struct Store {
    path: PathBuf,
    lock: Flock<File>,
}

impl Store {
    /// The store of this version of rowsmith; nothing where none can be kept.
    async fn open() -> Option<Self> {
        let cache = cache::folder()?;
        let path = Self::locate(&cache);
        sweep(&cache, &path);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let _ = DirBuilder::new().mode(0o700).create(&path);
            let is_whole = path.join(WHOLE).exists();
            if let Some(lock) = Self::lock(&path, is_whole) {
                if !is_whole {
                    clear(&path).ok()?;
                }
                return Some(Self { path, lock });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    fn locate(cache: &Path) -> PathBuf {
        cache.join(format!("{CACHE_PREFIX}{}", env!("CARGO_PKG_VERSION")))
    }

    /// The lock of what is there now: with others where it is whole.
    fn lock(path: &Path, is_whole: bool) -> Option<Flock<File>> {
        let kind = if is_whole {
            FlockArg::LockSharedNonblock
        } else {
            FlockArg::LockExclusiveNonblock
        };
        let lock = folder::try_lock_as(path, kind)?;
        (path.join(WHOLE).exists() == is_whole).then_some(lock)
    }

    /// The lock, for the engine to hold as well.
    fn share(&self) -> Option<File> {
        self.lock.try_clone().ok()
    }

    /// An engine has started from it.
    fn finish(self) {
        if fs::write(self.path.join(WHOLE), "").is_ok() {
            // For the engine, too, which has the same lock.
            let _ = self.lock.relock(FlockArg::LockSharedNonblock);
        }
    }

    /// Removes what is there, unless it is in use. Says whether there was something.
    fn discard() -> bool {
        let path = cache::folder().map(|cache| Self::locate(&cache));
        path.is_some_and(|path| path.join(WHOLE).exists() && remove(&path))
    }
}

/// Removes what is kept for the engine, unless it is in use. Gives the folders that are gone.
#[cfg(feature = "cli")]
pub(super) fn clean() -> Vec<PathBuf> {
    let cache = cache::folder();
    let stores = cache.iter().flat_map(|cache| stores(cache));
    stores.filter(|path| remove(path)).collect()
}

/// Removes what other versions left.
fn sweep(cache: &Path, own: &Path) {
    for path in stores(cache).filter(|path| path != own) {
        remove(&path);
    }
}

fn stores(cache: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    let is_store = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(CACHE_PREFIX.as_bytes())
    };
    entries.filter(is_store).map(|entry| entry.path())
}

/// Removes a folder that nobody uses.
fn remove(path: &Path) -> bool {
    let lock = try_lock(path);
    lock.is_some() && fs::remove_dir_all(path).is_ok()
}

/// Empties a folder.
fn clear(path: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
