//! Bringing up a private Postgres server in the folder of a run: the cluster is made, or copied, and the server started on it.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use super::binaries::Binaries;
use super::folder::PORT;
use super::kept::Kept;
use super::process::{Process, RunUser};
use super::template::{Lock, Template};
use super::tree::give;
use super::{Session, cause, has_code};
use crate::error::{Error, Result};

/// The superuser is called as in an ordinary installation, since dumps name it as the owner of things.
pub(super) const INITDB: [&str; 7] = [
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
pub(super) const SETTINGS: [&str; 19] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "cluster_name=rowsmith",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    // What has been recovered from is of no use any more, and would be copied with the cluster.
    "min_wal_size=2MB",
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
    // A process that would look for subscriptions.
    "max_logical_replication_workers=0",
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
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "one database",
            Self::Any => "",
        }
    }
}

/// How long the programs may take; a loaded machine is slow, but a hanging one must not hang a build.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is needed to bring a server up in a folder.
pub(super) struct Setup<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) user: Option<&'a RunUser>,
    pub(super) folder: &'a Path,
    pub(super) databases: Databases,
}

impl Setup<'_> {
    /// Fills the data folder. Says whether from a template that was there before.
    pub(super) async fn fill(&self, template: Option<&Template>) -> Result<bool> {
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
    pub(super) async fn make(&self, template: &Template, lock: Option<Lock>) -> Result<()> {
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
    pub(super) async fn launch(&self) -> Result<(Process, Session)> {
        self.launch_on(&data(self.folder), None).await
    }

    /// Starts the server on a kept cluster. What is in the run's folder then is the socket.
    pub(super) async fn launch_kept(&self, kept: &Kept) -> Result<(Process, Session)> {
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
    pub(super) fn clear(&self) -> Result<()> {
        fs::remove_dir_all(data(self.folder)).map_err(|error| {
            Error::new("cannot remove a damaged throwaway server").with_source(error)
        })
    }
}

pub(super) fn config(folder: &Path) -> Config {
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

pub(super) fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Whether there is less room than any cluster needs.
fn has_no_room(folder: &Path) -> bool {
    nix::sys::statvfs::statvfs(folder)
        .is_ok_and(|found| found.blocks_available() * found.fragment_size() < 64 * 1024)
}
