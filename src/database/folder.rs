//! Private folders of runs. Each is locked for as long as its run lives; one whose lock is free was left by a run that
//! was killed, and is swept by the next.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;

use super::process::{self, RunUser};

const PREFIX: &str = "rowsmith-";

/// The port of the server in the folder. It is only part of the socket's name: nothing listens on a network.
pub(super) const PORT: u16 = 1;

/// The server's cluster, within the folder.
const DATA: &str = "data";

/// Its socket, within the cluster.
const SOCKET: &str = ".s.PGSQL.1";

/// The longest path of a socket, where systems differ (macOS has 103 bytes, Linux 107).
const SOCKET_PATH_LIMIT: usize = 103;

/// The bytes that a folder's name and the socket in it add to the path.
const SOCKET_SUFFIX: usize = "/rowsmith-0123456789abcdef/data/.s.PGSQL.1".len();

/// A locked folder, removed on drop.
pub(super) struct RunFolder {
    path: PathBuf,
    _lock: Flock<File>,
}

impl RunFolder {
    /// Makes a folder that only this user (and the user that runs the server, who may pass through) can enter.
    pub(super) fn create(user: Option<&RunUser>) -> io::Result<Self> {
        Self::create_in(&base(user), user)
    }

    fn create_in(base: &Path, user: Option<&RunUser>) -> io::Result<Self> {
        sweep(base);
        for _ in 0..10 {
            let path = base.join(format!("{PREFIX}{:016x}", super::random()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            // Another run's sweep may come between: then the lock is taken, or the folder is gone.
            let Some(lock) = try_lock(&path) else {
                let _ = fs::remove_dir(&path);
                continue;
            };
            let folder = Self { path, _lock: lock };
            // The mode again, since the process' mask may have taken bits away.
            let mode = if let Some(user) = user {
                chown(folder.path(), None, Some(user.gid.as_raw()))?;
                0o710
            } else {
                0o700
            };
            fs::set_permissions(folder.path(), Permissions::from_mode(mode))?;
            return Ok(folder);
        }
        let base = base.display();
        Err(io::Error::other(format!(
            "cannot lock a folder in `{base}`"
        )))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a folder, again while something is still writing to it.
fn remove(path: &Path) {
    for _ in 0..5 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

/// The folder for temporary files, or `/tmp` where that one does not suit.
fn base(user: Option<&RunUser>) -> PathBuf {
    let own = std::env::temp_dir();
    let short = own.as_os_str().len() + SOCKET_SUFFIX <= SOCKET_PATH_LIMIT;
    let suits =
        own.is_absolute() && short && own.is_dir() && user.is_none_or(|user| user.can_reach(&own));
    if suits { own } else { PathBuf::from("/tmp") }
}

/// Removes what killed runs of this user left, for a run that needs no folder of its own.
pub(super) fn sweep_leftovers(user: Option<&RunUser>) {
    sweep(&base(user));
}

/// Removes the folders that killed runs of this user left.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let is_run = ours
            .is_some_and(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let path = entry.path();
        if is_run
            && fs::symlink_metadata(&path)
                .is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw())
            && let Some(_lock) = try_lock(&path)
        {
            let data = path.join(DATA);
            process::stop_stray(&data, &data.join(SOCKET));
            remove(&path);
        }
    }
}

/// Takes the lock of the folder that is at `path` now, if it is free.
pub(super) fn try_lock(path: &Path) -> Option<Flock<File>> {
    try_lock_as(path, FlockArg::LockExclusiveNonblock)
}

/// Takes a lock of that kind of the folder that is at `path` now, if it can be had at once.
pub(super) fn try_lock_as(path: &Path, kind: FlockArg) -> Option<Flock<File>> {
    let folder = File::open(path).ok()?;
    let lock = Flock::lock(folder, kind).ok()?;
    let locked = lock.metadata().ok()?;
    let found = fs::symlink_metadata(path).ok()?;
    (found.ino() == locked.ino() && found.dev() == locked.dev()).then_some(lock)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn no_sweep_takes_the_folder_of_a_run_that_lives() {
        let base = tempfile::tempdir().unwrap();
        let runs = || {
            for _ in 0..200 {
                let folder = RunFolder::create_in(base.path(), None).unwrap();
                // Another one's sweep, at whatever moment of its life.
                fs::create_dir(folder.path().join("data")).unwrap();
                thread::yield_now();
                assert!(folder.path().join("data").exists());
            }
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(runs);
            }
        });
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
        // What a killed run left is swept.
        let left = base.path().join(format!("{PREFIX}{:016x}", 1));
        fs::create_dir_all(left.join("data")).unwrap();
        drop(RunFolder::create_in(base.path(), None).unwrap());
        assert!(!left.exists());
    }
}
