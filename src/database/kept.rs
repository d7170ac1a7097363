//! Clusters to which migrations have been applied, kept between runs: starting one takes a moment, and applies nothing.
//!
//! A kept cluster is used where it lies, by one run at a time: the folder is locked, and the lock passes to the server,
//! so that it lasts until the last of its processes is gone, however the run ended. A run that finds it locked makes a
//! cluster of its own. An analysis changes nothing in it, and a server that was killed recovers by its log; but nothing
//! is ever synced to the disk, so a kept cluster does not outlive the system that was running.
//!
//! Of several migrations the last ones change most. So a cluster that lacks some of them is copied, and they are applied to the
//! copy. Who copies shares the lock with others who do.
//!
//! Since nothing changes in it, what one run has found out about it is true for the next, and is kept beside it: its
//! facts, which mean something to those who give them only.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;

use super::folder::{try_lock, try_lock_as};
use super::process::RunUser;
use super::tree::copy_tree;
use crate::cache;

/// How many are kept; each takes some 20 MB.
const LIMIT: usize = 16;

/// How many are kept that are copies of the same one, as of a last migration that is edited again and again.
const COPIES: usize = 2;

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

/// A kept cluster that no server runs on for now.
pub(super) struct Source {
    path: PathBuf,
    _lock: Flock<File>,
}

/// A stopped cluster that is to be kept.
pub(super) struct New<'a> {
    pub(super) data: &'a Path,
    pub(super) facts: &'a [u8],
    /// The name of the one that it is a copy of.
    pub(super) from: Option<&'a str>,
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
        let kept = Kept { path, lock };
        if is_ready(&kept.path) {
            Some(kept)
        } else {
            kept.discard();
            None
        }
    }

    /// The cluster of that name, to be copied, if there is one and no server runs on it.
    pub(super) fn share(&self, name: &str) -> Option<Source> {
        let path = self.folder.join(name);
        let lock = try_lock_as(&path, FlockArg::LockSharedNonblock)?;
        is_ready(&path).then_some(Source { path, _lock: lock })
    }

    /// What is known of the cluster of that name, which may be in use.
    pub(super) fn facts(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name).join("facts")).ok()
    }

    /// Moves a stopped cluster here, under that name.
    pub(super) fn keep(&self, name: &str, new: &New<'_>, user: Option<&RunUser>) -> io::Result<()> {
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
        let from = new.from.unwrap_or_default();
        let filled = fs::rename(new.data, kept.data())
            // Another file system.
            .or_else(|_| copy_tree(new.data, &kept.data(), user).map(drop))
            .and_then(|()| kept.set_facts(new.facts))
            .and_then(|()| fs::write(kept.path.join("from"), from))
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
        // The latest first.
        found.sort_by(|a, b| b.cmp(a));
        let mut copies = BTreeMap::<Vec<u8>, usize>::new();
        for (index, (ready, path)) in found.into_iter().enumerate() {
            let from = fs::read(path.join("from")).unwrap_or_default();
            let is_copy = !from.is_empty();
            let same = copies.entry(from).or_default();
            *same += 1;
            let is_surplus = index >= LIMIT || is_copy && *same > COPIES;
            if (ready.is_none() || is_surplus)
                && let Some(lock) = try_lock(&path)
            {
                Kept { path, lock }.discard();
            }
        }
    }
}

/// Whether a cluster is whole, and none that the system lost when it started anew. Who asks is about to use it.
fn is_ready(path: &Path) -> bool {
    let ready = path.join("ready");
    let is_ready = fs::read(&ready).is_ok_and(|boot| Some(boot) == fs::read(BOOT).ok());
    // The least recently used goes first.
    if is_ready && let Ok(file) = File::options().write(true).open(&ready) {
        let _ = file.set_modified(std::time::SystemTime::now());
    }
    is_ready
}

impl Source {
    /// Where what is known of it may be.
    pub(super) fn facts(&self) -> PathBuf {
        self.path.join("facts")
    }

    /// Copies it to the new folder `data`, whose contents will be `user`'s.
    pub(super) fn copy_to(&self, data: &Path, user: Option<&RunUser>) -> io::Result<()> {
        copy_tree(&self.path.join("data"), data, user)?;
        // Left by a server that was killed: it says where that ran.
        match fs::remove_file(data.join("postmaster.pid")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
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
