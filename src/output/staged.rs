//! A set of changes on disk that are made together or not at all, as far as a file system allows.
//!
//! Everything that takes room or may fail is done beside the files first: new contents go to temporary files, and what is
//! there gets a second name. What remains are renames, in their order. One that fails has those before it taken back. A run
//! that is killed between two leaves some files new and some old, each of them whole; the last file is the one by which the
//! next run sees that. Nothing is synced: what a power cut spoils is found by `check` and made again by `generate`.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::cannot;
use crate::error::Result;

/// What the name of a temporary file begins with; the number of its process follows.
const PREFIX: &str = ".rowsmith-";

/// What the name of a temporary file ends in.
const SUFFIX: &str = ".tmp";

/// How old a temporary file is that no run uses any more, where the process that made it cannot be asked for.
pub(super) const LEFTOVER_AGE: Duration = Duration::from_secs(60 * 60);

/// How deep the folders are in which temporary files are looked for.
const DEPTH: usize = 16;

/// Changes that are prepared. Dropped before they are committed, they leave no trace.
#[derive(Default)]
pub(super) struct Staged<'a> {
    changes: Vec<Change<'a>>,
    /// Folders that were made for the files.
    folders: Vec<PathBuf>,
    /// How many changes are made.
    done: usize,
}

struct Change<'a> {
    target: &'a Path,
    name: &'a str,
    what: What<'a>,
    /// A second name of what was there.
    before: Option<PathBuf>,
}

enum What<'a> {
    /// The contents are in this file.
    Write(PathBuf),
    /// With the folders above it that are empty then, up to this one.
    Remove(&'a Path),
}

impl<'a> Staged<'a> {
    /// Has new contents put at `target`.
    pub(super) fn add(
        &mut self,
        target: &'a Path,
        name: &'a str,
        contents: &str,
    ) -> io::Result<()> {
        let folder = target.parent().unwrap_or(target);
        self.create_folder(folder)?;
        let temporary = temporary(folder);
        // Whatever has that name is not written to.
        let mut file = fs::File::create_new(&temporary)?;
        self.changes.push(Change {
            target,
            name,
            what: What::Write(temporary),
            before: None,
        });
        file.write_all(contents.as_bytes())?;
        if let Ok(metadata) = fs::symlink_metadata(target) {
            file.set_permissions(metadata.permissions())?;
        }
        Ok(())
    }

    /// Has the file at `target` removed, and folders that are empty then, but not `folder`.
    pub(super) fn remove(&mut self, folder: &'a Path, target: &'a Path, name: &'a str) {
        self.changes.push(Change {
            target,
            name,
            what: What::Remove(folder),
            before: None,
        });
    }

    fn create_folder(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<_> = folder
            .ancestors()
            .take_while(|ancestor| !ancestor.exists())
            .map(Path::to_path_buf)
            .collect();
        self.folders.extend(missing.into_iter().rev());
        fs::create_dir_all(folder)
    }

    /// Makes the changes in their order but for removals, which are made before the last file is written.
    pub(super) fn commit(mut self) -> Result<()> {
        let removals = |change: &Change<'_>| matches!(change.what, What::Remove(_));
        let writes = self
            .changes
            .iter()
            .filter(|change| !removals(change))
            .count();
        if let Some(last) = writes.checked_sub(1) {
            self.changes[last..].rotate_left(1);
        }
        for change in &mut self.changes {
            change
                .keep()
                .map_err(|error| cannot("replace", change.name, error))?;
        }
        for change in &self.changes {
            change
                .make()
                .map_err(|error| cannot(change.verb(), change.name, error))?;
            self.done += 1;
        }
        for change in &mut self.changes {
            change.finish();
        }
        self.done = 0;
        self.changes.clear();
        self.folders.clear();
        Ok(())
    }
}

impl Change<'_> {
    fn verb(&self) -> &'static str {
        match self.what {
            What::Write(_) => "replace",
            What::Remove(_) => "remove",
        }
    }

    /// Gives what is there a second name, which fails where it may not be replaced.
    fn keep(&mut self) -> io::Result<()> {
        let second = temporary(self.target.parent().unwrap_or(self.target));
        match fs::hard_link(self.target, &second) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            // Not every file system has second names.
            Err(_) => {
                // The name is known first, so that half a copy is removed.
                self.before = Some(second.clone());
                fs::copy(self.target, &second)?;
            }
        }
        self.before = Some(second);
        Ok(())
    }

    fn make(&self) -> io::Result<()> {
        match &self.what {
            What::Write(temporary) => fs::rename(temporary, self.target),
            What::Remove(_) => match fs::remove_file(self.target) {
                // Another run was faster.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                removed => removed,
            },
        }
    }

    fn take_back(&mut self) {
        match self.before.take() {
            Some(before) => {
                let _ = fs::rename(before, self.target);
            }
            None => {
                let _ = fs::remove_file(self.target);
            }
        }
    }

    fn finish(&mut self) {
        if let Some(before) = self.before.take() {
            let _ = fs::remove_file(before);
        }
        if let What::Remove(top) = self.what {
            // Fails at the first folder that holds something else.
            for folder in self.target.ancestors().skip(1) {
                if folder == top || fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        for change in self.changes[..self.done].iter_mut().rev() {
            change.take_back();
        }
        for change in &self.changes[self.done..] {
            if let Some(before) = &change.before {
                let _ = fs::remove_file(before);
            }
            if let What::Write(temporary) = &change.what {
                let _ = fs::remove_file(temporary);
            }
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The temporary names of this process. In a container, the one that was killed before it had the same number.
static OWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A name in `folder` that nothing has.
fn temporary(folder: &Path) -> PathBuf {
    // The standard library's hasher is seeded by the system.
    let number = RandomState::new().build_hasher().finish();
    let name = format!("{PREFIX}{}-{number:016x}{SUFFIX}", process::id());
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    own.insert(name.clone());
    folder.join(name)
}

/// Removes the temporary files of runs that were killed while they wrote, in a folder and those in it.
pub(super) fn remove_leftovers(folder: &Path) {
    sweep(folder, DEPTH);
}

fn sweep(folder: &Path, depth: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() && depth > 0 && !name.starts_with('.') {
            sweep(&entry.path(), depth - 1);
        }
        let numbers = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(SUFFIX));
        let numbers = numbers.and_then(|numbers| numbers.split_once('-'));
        let numbers = numbers.and_then(|(id, number)| {
            u64::from_str_radix(number, 16).ok()?;
            id.parse::<u32>().ok()
        });
        let is_leftover = |id: u32| {
            if id == process::id() {
                let own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
                return !own.contains(name.as_ref());
            }
            is_gone(id) || is_old(&entry)
        };
        if let Some(id) = numbers
            && kind.is_file()
            && is_leftover(id)
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > LEFTOVER_AGE))
}

/// Whether there is no such process, as far as the system tells.
fn is_gone(process: u32) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && !processes.join(process.to_string()).exists()
}
