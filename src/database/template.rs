//! Initialised clusters kept between runs: `initdb` takes seconds, a copy of what it made a moment.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};

use super::binaries::Binaries;
use super::process::RunUser;
use super::tree::copy_tree;
use crate::digest::digest;

/// How long another run may take to make the template before this one works without.
const PATIENCE: Duration = Duration::from_secs(60);

/// The template that belongs to one installation; it may not have been made yet.
pub(super) struct Template {
    cache: PathBuf,
    /// Names the installation and the way the cluster was made.
    place: String,
    /// Names the version, too: an upgrade in place makes another template.
    name: String,
}

/// The right to read the template, or to replace it.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read")] Flock<File>);

impl Template {
    /// The template in the folder `cache` for `binaries` and a cluster made with `arguments` of some `kind`.
    pub(super) fn locate(
        cache: PathBuf,
        binaries: &Binaries,
        arguments: &[&str],
        kind: &str,
    ) -> Self {
        let folder = binaries.folder.as_os_str().as_encoded_bytes();
        let arguments = arguments.join(" ");
        let place = digest([folder, arguments.as_bytes(), kind.as_bytes()]);
        let version = digest([binaries.version.as_bytes()]);
        Self {
            cache,
            name: format!("postgres-{place}-{version}"),
            place: format!("postgres-{place}-"),
        }
    }

    /// Waits until no run replaces the template.
    pub(super) async fn lock_to_read(&self) -> Option<Lock> {
        self.lock(FlockArg::LockSharedNonblock).await
    }

    /// Waits until no run uses the template.
    pub(super) async fn lock_to_replace(&self) -> Option<Lock> {
        self.lock(FlockArg::LockExclusiveNonblock).await
    }

    async fn lock(&self, kind: FlockArg) -> Option<Lock> {
        let path = self.cache.join(format!("{}.lock", self.name));
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .ok()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Flock::lock(file, kind) {
                Ok(lock) => return Some(Lock(lock)),
                Err((unlocked, nix::errno::Errno::EWOULDBLOCK)) if Instant::now() < deadline => {
                    file = unlocked;
                }
                Err(_) => return None,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Fills the new folder `data` from the template. Says whether it was there and whole.
    pub(super) fn copy_to(&self, data: &Path, user: Option<&RunUser>, _: &Lock) -> bool {
        let template = self.cache.join(&self.name);
        let Ok(expected) = fs::read_to_string(template.join("tally")) else {
            return false;
        };
        let copied = copy_tree(&template.join("data"), data, user);
        let whole = copied.is_ok_and(|tally| tally.to_string() == expected);
        if !whole {
            // What is missing here is reported when making it anew fails, too.
            let _ = fs::remove_dir_all(data);
        }
        whole
    }

    /// Makes the stopped cluster in `data` the template, and removes those of the installation's former versions.
    pub(super) fn store(&self, data: &Path, _: &Lock) -> io::Result<()> {
        for entry in fs::read_dir(&self.cache)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&self.place) && entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let unfinished = self.cache.join(format!("{}.new", self.name));
        DirBuilder::new().mode(0o700).create(&unfinished)?;
        let tally = copy_tree(data, &unfinished.join("data"), None)?;
        fs::write(unfinished.join("tally"), tally.to_string())?;
        fs::rename(&unfinished, self.cache.join(&self.name))
    }
}

/// Removes the templates in `cache` that no run uses. Gives what is gone.
#[cfg(feature = "cli")]
pub(super) fn clean(cache: &Path) -> Vec<PathBuf> {
    let mut gone = Vec::new();
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let lock = cache.join(format!("{}.lock", name.trim_end_matches(".new")));
        let is_template = name.starts_with("postgres-") && entry.path().is_dir();
        let free = File::open(lock).map(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock));
        if is_template
            && let Ok(Ok(_lock)) = free
            && fs::remove_dir_all(entry.path()).is_ok()
        {
            gone.push(entry.path());
        }
    }
    gone
}

/// Removes the maps of free space and of pages that all can see from a stopped cluster: half of its files, which say only
/// where to look first, and which the server makes anew when it wants them.
pub(super) fn drop_hints(data: &Path) -> io::Result<()> {
    let databases = fs::read_dir(data.join("base"))?.map(|entry| Ok(entry?.path()));
    let folders: io::Result<Vec<PathBuf>> = databases.chain([Ok(data.join("global"))]).collect();
    for folder in folders? {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_hint = |kind| {
                let number: Option<&str> = name.strip_suffix(kind);
                number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            };
            if ["_fsm", "_vm"].into_iter().any(is_hint) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
