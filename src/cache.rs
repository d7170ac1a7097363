//! The folder of this user where things are kept between runs. All of it can be made anew, so it can be deleted at any
//! time, and a run that cannot use it works without.

#[cfg(unix)]
use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process;

/// The shelf of generated code.
pub(crate) const GENERATED: &str = "generated";

/// The shelf of what programs say that they are.
pub(crate) const VERSIONS: &str = "versions";

/// A folder for results, of which the latest are kept.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    folder: PathBuf,
    limit: usize,
}

impl Shelf {
    /// The shelf of that name, which keeps so many results.
    pub(crate) fn open(name: &str, limit: usize) -> Option<Self> {
        let folder = folder()?.join(name);
        fs::create_dir_all(&folder).ok()?;
        Some(Self { folder, limit })
    }

    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(name)).ok()
    }

    /// Puts a result there, whole or not at all. Failing costs time later, nothing else.
    pub(crate) fn write(&self, name: &str, contents: &[u8]) {
        let temporary = self.folder.join(format!("{name}.{}", process::id()));
        let written = fs::write(&temporary, contents)
            .and_then(|()| fs::rename(&temporary, self.folder.join(name)));
        if written.is_err() {
            let _ = fs::remove_file(temporary);
        }
        let _ = self.sweep();
    }

    /// Removes the oldest.
    fn sweep(&self) -> io::Result<()> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            found.push((entry.metadata()?.modified()?, entry.path()));
        }
        found.sort();
        let surplus = found.len().saturating_sub(self.limit);
        for (_, path) in found.into_iter().take(surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Removes what is kept and not in use at the moment. Gives the folders that are gone.
#[cfg(feature = "cli")]
pub(crate) fn clean() -> Vec<PathBuf> {
    let shelves = [GENERATED, VERSIONS].into_iter();
    let folders = shelves.filter_map(|shelf| Some(folder()?.join(shelf)));
    let gone = folders.filter(|folder| fs::remove_dir_all(folder).is_ok());
    gone.collect()
}

/// A folder of this user's own, where nobody else can put anything.
#[cfg(unix)]
pub(crate) fn folder() -> Option<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    use std::path::Path;

    let this_user = nix::unistd::geteuid();
    let owner = |path: &Path| fs::metadata(path).ok().map(|found| found.uid());
    let home = env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let of_user = xdg.filter(|path| path.is_absolute()).or(home);
    // Under sudo the home may be another user's, who could not use what root leaves there; or there is none.
    let of_user = of_user.filter(|path| {
        let nearest = [Some(path.as_path()), path.parent()];
        nearest.into_iter().flatten().find_map(owner) == Some(this_user.as_raw())
    });
    let temporary = env::temp_dir().join(format!("rowsmith-cache-{this_user}"));
    let candidates = of_user.map(|path| path.join("rowsmith")).into_iter();
    candidates.chain([temporary]).find(|path| {
        // Failing because it exists is fine; whether it will do is seen next.
        let _ = fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(path);
        fs::symlink_metadata(path).is_ok_and(|found| {
            found.is_dir() && found.uid() == this_user.as_raw() && found.mode() & 0o022 == 0
        })
    })
}

#[cfg(not(unix))]
pub(crate) fn folder() -> Option<PathBuf> {
    None
}
