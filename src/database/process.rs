//! Child processes that never outlive this one, run as a user that Postgres accepts.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, killpg};
use nix::unistd::{Gid, Pid, Uid, User, geteuid};

use crate::error::{Error, Result};

/// How long a child may take to follow a signal before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

/// The user that runs the server instead of root, whom Postgres refuses.
pub(super) struct RunUser {
    pub(super) name: String,
    pub(super) uid: Uid,
    pub(super) gid: Gid,
}

impl RunUser {
    /// The user to change to; none unless this process is root's.
    pub(super) fn needed() -> Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        // `initdb` needs a user with a name.
        for name in ["postgres", "nobody"] {
            if let Ok(Some(user)) = User::from_name(name)
                && !user.uid.is_root()
            {
                return Ok(Some(Self {
                    name: user.name,
                    uid: user.uid,
                    gid: user.gid,
                }));
            }
        }
        Err(Error::new(
            "Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as",
        )
        .with_help("run rowsmith as another user, or create a user `postgres`"))
    }

    /// Whether the user can pass through `path` and the folders above it.
    pub(super) fn can_reach(&self, path: &Path) -> bool {
        let Ok(path) = fs::canonicalize(path) else {
            return false;
        };
        path.ancestors().all(|folder| {
            fs::metadata(folder).is_ok_and(|found| {
                let bit = if found.uid() == self.uid.as_raw() {
                    0o100
                } else if found.gid() == self.gid.as_raw() {
                    0o010
                } else {
                    0o001
                };
                found.mode() & bit != 0
            })
        })
    }
}

/// A child in a process group of its own, ended on drop, and by the system if this process is killed (on Linux).
///
/// A group of its own because Ctrl-C signals the whole group of a terminal, and this process decides when the child
/// goes.
pub(super) struct Process {
    child: Child,
    log: PathBuf,
    /// What ends the child in good order.
    stop: Signal,
    /// Lets the thread that spawned the child end.
    _keeper: mpsc::Sender<()>,
}

impl Process {
    /// Starts `command` in `folder`, with its output in the file `log` there. It keeps `held` open.
    pub(super) fn spawn(
        mut command: Command,
        user: Option<&RunUser>,
        folder: &Path,
        log: &str,
        stop: Signal,
        held: Option<File>,
    ) -> io::Result<Self> {
        let log = folder.join(log);
        let output = File::create(&log)?;
        prepare(&mut command, user);
        command
            .current_dir(folder)
            // Nothing reads it, so it may as well be a file that is to be kept open.
            .stdin(held.map_or_else(Stdio::null, Stdio::from))
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        end_with_parent(&mut command, stop);
        // The system's "parent" is the thread that spawned the child, not the process, and the caller's may end before
        // the server is to.
        let (keeper, ended) = mpsc::channel::<()>();
        let (report, spawned) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("rowsmith-postgres".to_owned())
            .spawn(move || {
                if report.send(command.spawn()).is_ok() {
                    // Nothing is ever sent: this returns when the `Process` is dropped.
                    let _ = ended.recv();
                }
            })?;
        let child = spawned
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the spawning thread ended")))?;
        Ok(Self {
            child,
            log,
            stop,
            _keeper: keeper,
        })
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, once there is one.
    pub(super) fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for the end, without blocking the thread.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The last lines the child wrote.
    pub(super) fn log_tail(&self) -> String {
        match self.log() {
            Ok(text) => {
                let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
                lines[lines.len().saturating_sub(8)..].join("\n    ")
            }
            Err(error) => error.to_string(),
        }
    }

    /// The line in which the child said that there is no room.
    pub(super) fn says_full(&self) -> Option<String> {
        let log = self.log().ok()?;
        let is_full = |line: &&str| {
            [
                "No space left on device",
                "free disk space",
                "Disk quota exceeded",
            ]
            .iter()
            .any(|words| line.contains(words))
        };
        log.lines().find(is_full).map(str::to_owned)
    }

    /// What the child wrote, at most the last part of it.
    fn log(&self) -> io::Result<String> {
        const ENOUGH: u64 = 256 * 1024;
        let mut log = File::open(&self.log)?;
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
        let mut text = Vec::new();
        log.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Ends the child so that it leaves everything in order, and waits until it is gone. Says whether it has: one that
    /// crashed has lost what it had not written.
    pub(super) fn end_orderly(&mut self) -> io::Result<bool> {
        let stop = std::mem::replace(&mut self.stop, Signal::SIGINT);
        let ended = self.end();
        self.stop = stop;
        ended?;
        Ok(self.child.wait()?.success())
    }

    /// Ends the child and waits until it is gone.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.exited()?.is_some() {
            return Ok(());
        }
        let group = Pid::from_raw(self.child.id().cast_signed());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            // Again and again: what the child has started itself may miss it while it begins. No such group means that
            // the child is just ending.
            let _ = killpg(group, self.stop);
            for _ in 0..50 {
                if self.exited()?.is_some() {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(1));
            }
        }
        let _ = killpg(group, Signal::SIGKILL);
        self.child.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.end();
    }
}

/// The variables that programs need to find their libraries and data. All others may hold secrets, which the SQL that the
/// server runs could read.
const ENVIRONMENT: [&str; 15] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "LOCPATH",
    "LOCALE_ARCHIVE",
    "ICU_DATA",
    "GDAL_DATA",
    "PROJ_DATA",
    "PROJ_LIB",
    "PERL5LIB",
    "PYTHONPATH",
    "RUST_BACKTRACE",
];

/// Gives a command an environment of its own, which is what it has been given and nothing of the caller's settings, and has
/// it run as `user`.
pub(super) fn prepare(command: &mut Command, user: Option<&RunUser>) {
    let given: Vec<_> = command
        .get_envs()
        .map(|(name, _)| name.to_owned())
        .collect();
    for (name, _) in std::env::vars_os() {
        if !given.contains(&name) && !ENVIRONMENT.iter().any(|kept| name == *kept) {
            command.env_remove(&name);
        }
    }
    // Readable messages; and looking for the system's time zone is a good part of the time `initdb` takes.
    command.env("LC_ALL", "C").env("TZ", "UTC");
    if let Some(user) = user {
        // The standard library also leaves root's groups when it changes the user.
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
}

/// Has the child heed the signals that end it from the beginning and, on Linux, the system send it `signal` when this
/// process is gone, however it went.
#[cfg_attr(
    not(target_os = "linux"),
    expect(unused_variables, reason = "only Linux knows such a signal")
)]
fn end_with_parent(command: &mut Command, signal: Signal) {
    #[cfg(target_os = "linux")]
    let parent = std::process::id().cast_signed();
    #[expect(
        unsafe_code,
        reason = "only code that runs in the child can set its signals"
    )]
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. The closure makes plain system calls
    // (sigaction, prctl, getppid), reads two captured integers, and neither allocates nor locks nor panics: both error
    // values are built without allocation. No handler is replaced that anything relies on: exec would do away with it.
    unsafe {
        command.pre_exec(move || {
            // A shell's `&` makes everything below it ignore these. Until the child has handlers of its own, it would
            // miss them, and the one from the system comes only once.
            for ignored in [Signal::SIGINT, Signal::SIGQUIT] {
                nix::sys::signal::signal(ignored, SigHandler::SigDfl)?;
            }
            #[cfg(target_os = "linux")]
            {
                nix::sys::prctl::set_pdeathsig(signal)?;
                // The parent may have gone before.
                if nix::unistd::getppid().as_raw() != parent {
                    return Err(io::ErrorKind::NotFound.into());
                }
            }
            Ok(())
        });
    }
}

/// Stops the server of the cluster `data` that outlived its run, where the system does not do it.
pub(super) fn stop_stray(data: &Path, socket: &Path) {
    // As root the contents belong to someone else: not to be believed.
    let alive = || UnixStream::connect(socket).is_ok();
    if geteuid().is_root() || !alive() {
        return;
    }
    let pid = fs::read_to_string(data.join("postmaster.pid"))
        .ok()
        .and_then(|text| text.lines().next()?.trim().parse().ok())
        .filter(|pid| *pid > 1);
    if let Some(pid) = pid {
        let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
        let deadline = Instant::now() + PATIENCE;
        while alive() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
    }
}
