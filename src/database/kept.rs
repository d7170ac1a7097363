//! Clusters to which migrations have been applied, kept between runs: starting one takes a moment, and applies nothing.
//!
//! A kept cluster is used where it lies, by one run at a time: the folder is locked, and the lock passes to the server,
//! so that it lasts until the last of its processes is gone, however the run ended. A run that finds it locked makes a
//! cluster of its own. An analysis changes nothing in it, and a server that was killed recovers by its log; but nothing
//! is ever synced to the disk, so a kept cluster does not outlive the system that was running.
//!
//! Since nothing changes in it, what one run has found out about it is true for the next, and is kept beside it: its
//! facts, which mean something to those who give them only.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::Flock;
use nix::unistd::geteuid;

use super::folder::try_lock;
use super::process::RunUser;
use super::template::copy_to;
use crate::cache;

/// How many are kept; each takes some 20 MB.
const LIMIT: usize = 8;

/// Changes when the system starts anew.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Where kept clusters are.
pub(super) struct Store {
    folder: PathBuf,
    /// The folders must let that user pass.
    mode: u32,
}

/// A cluster that is ready, and nobody else's for now.
pub(super) struct Kept {
    path: PathBuf,
    lock: Flock<File>,
}

impl Store {
    /// The folder for kept clusters; nothing where none can be kept.
    pub(super) fn open(user: Option<&RunUser>) -> Option<Self> {
        let (base, mode) = match user {
            None => (cache::folder()?, 0o700),
            // The home of root is closed to others.
            Some(user) => {
                let own = cache::folder().filter(|folder| user.can_reach(folder));
                let shared = PathBuf::from("/var/cache/rowsmith");
                let _ = DirBuilder::new().mode(0o711).create(&shared);
                (own.unwrap_or(shared), 0o711)
            }
        };
        let folder = base.join("clusters");
        let _ = DirBuilder::new().mode(mode).create(&folder);
        let found = fs::symlink_metadata(&folder).ok()?;
        let ours = |found: &fs::Metadata| {
            found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0
        };
        (ours(&found) && ours(&fs::symlink_metadata(base).ok()?)).then_some(Self { folder, mode })
    }

    /// The cluster of that name, if there is one and nobody uses it.
    pub(super) fn take(&self, name: &str) -> Option<Kept> {
        let path = self.folder.join(name);
        let lock = try_lock(&path)?;
        let ready = path.join("ready");
        let is_ready = fs::read(&ready).is_ok_and(|boot| Some(boot) == fs::read(BOOT).ok());
        let kept = Kept { path, lock };
        if is_ready {
            // The least recently used goes first.
            if let Ok(file) = File::options().write(true).open(&ready) {
                let _ = file.set_modified(std::time::SystemTime::now());
            }
            Some(kept)
        } else {
            kept.discard();
            None
        }
    }

    /// Moves the stopped cluster in `data` here, under that name, and `facts` with it.
    pub(super) fn keep(
        &self,
        name: &str,
        data: &Path,
        facts: &[u8],
        user: Option<&RunUser>,
    ) -> io::Result<()> {
        let boot = fs::read(BOOT)?;
        let unfinished = self.folder.join(format!("new-{:016x}", super::random()));
        DirBuilder::new().mode(0o700).create(&unfinished)?;
        let Some(lock) = try_lock(&unfinished) else {
            return Err(io::Error::other("the new folder is gone"));
        };
        let kept = Kept {
            path: unfinished,
            lock,
        };
        let filled = fs::rename(data, kept.data())
            // Another file system.
            .or_else(|_| copy_to(data, &kept.data(), user))
            .and_then(|()| kept.set_facts(facts))
            .and_then(|()| fs::write(kept.path.join("ready"), boot))
            .and_then(|()| fs::set_permissions(&kept.path, Permissions::from_mode(self.mode)))
            // Fails where another run was faster.
            .and_then(|()| fs::rename(&kept.path, self.folder.join(name)));
        if filled.is_err() {
            kept.discard();
        }
        self.sweep();
        filled
    }

    /// Removes all that no run uses. Gives what is gone.
    #[cfg(feature = "cli")]
    pub(super) fn clean(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let gone = paths.filter_map(|path| {
            let lock = try_lock(&path)?;
            let kept = Kept { path, lock };
            let path = kept.path.clone();
            kept.discard();
            Some(path)
        });
        gone.collect()
    }

    /// Removes what killed runs left, and the clusters that have not been used for longest.
    fn sweep(&self) {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ready = fs::metadata(path.join("ready")).and_then(|ready| ready.modified());
            let is_new = entry.file_name().as_encoded_bytes().starts_with(b"new-");
            found.push((ready.ok().filter(|_| !is_new), path));
        }
        found.sort();
        let surplus = found.len().saturating_sub(LIMIT);
        for (index, (ready, path)) in found.into_iter().enumerate() {
            if (ready.is_none() || index < surplus)
                && let Some(lock) = try_lock(&path)
            {
                Kept { path, lock }.discard();
            }
        }
    }
}

impl Kept {
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Where what is known of it may be.
    pub(super) fn facts(&self) -> PathBuf {
        self.path.join("facts")
    }

    /// Writes what is known of it, whole or not at all.
    pub(super) fn set_facts(&self, facts: &[u8]) -> io::Result<()> {
        let unfinished = self.path.join("facts.new");
        let mut options = File::options();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options
            .open(&unfinished)
            .and_then(|mut file| file.write_all(facts))
            .and_then(|()| fs::rename(&unfinished, self.facts()));
        if written.is_err() {
            let _ = fs::remove_file(unfinished);
        }
        written
    }

    /// The lock, for the server to hold as well.
    pub(super) fn share(&self) -> io::Result<File> {
        self.lock.try_clone()
    }

    pub(super) fn discard(self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
