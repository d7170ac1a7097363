//! Copies of clusters: hundreds of small files, of which each costs more than what is in it.

use std::fmt::{self, Display};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, fchown, lchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::process::RunUser;

/// Smaller files are read and written in one go.
const SMALL: u64 = 256 * 1024;

/// More threads than that wait for each other in the file system.
const WORKERS: usize = 4;

/// What a copy holds, to tell a template that lost something.
#[derive(Default)]
pub(super) struct Tally {
    files: u64,
    bytes: u64,
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} files, {} bytes", self.files, self.bytes)
    }
}

/// A folder or file, and where its copy is.
type Copied = (PathBuf, PathBuf);

/// Copies folders and files with their modes to the new folder `to`, and gives them to `user`: folders last, so that while this
/// process works in one, nobody else can.
pub(super) fn copy_tree(from: &Path, to: &Path, user: Option<&RunUser>) -> io::Result<Tally> {
    let mut folders: Vec<Copied> = vec![(from.to_owned(), to.to_owned())];
    let mut files: Vec<Copied> = Vec::new();
    let mut known = 0;
    while let Some((from, to)) = folders.get(known).cloned() {
        known += 1;
        DirBuilder::new().mode(0o700).create(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let copied = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(copied);
            } else if kind.is_file() {
                files.push(copied);
            } else {
                return Err(io::Error::other("neither a file nor a folder"));
            }
        }
    }
    let bytes = copy_files(&files, user)?;
    for (from, to) in folders.iter().rev() {
        fs::set_permissions(to, fs::metadata(from)?.permissions())?;
        give(to, user)?;
    }
    Ok(Tally {
        files: files.len() as u64,
        bytes,
    })
}

/// Copies files, some at a time. Returns how many bytes these are.
fn copy_files(files: &[Copied], user: Option<&RunUser>) -> io::Result<u64> {
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut buffer, mut bytes) = (Vec::new(), 0);
        while let Some((from, to)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += copy_file(from, to, user, &mut buffer)?;
        }
        Ok(bytes)
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let others = (1..processors.min(WORKERS)).map(|_| scope.spawn(work));
        let others: Vec<_> = others.collect();
        let own: io::Result<u64> = work();
        let mut bytes = own?;
        for other in others {
            let panicked = |_| Err(io::Error::other("copying a file failed"));
            bytes += other.join().unwrap_or_else(panicked)?;
        }
        Ok(bytes)
    })
}

fn copy_file(
    from: &Path,
    to: &Path,
    user: Option<&RunUser>,
    buffer: &mut Vec<u8>,
) -> io::Result<u64> {
    let mut source = File::open(from)?;
    let found = source.metadata()?;
    let mode = found.permissions().mode() & 0o777;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(to)?;
    let bytes = match found.len() {
        0 => 0,
        1..=SMALL => {
            buffer.clear();
            let bytes = source.read_to_end(buffer)?;
            target.write_all(buffer)?;
            bytes as u64
        }
        _ => io::copy(&mut source, &mut target)?,
    };
    // The process' mask may have taken bits away.
    if mode & 0o077 != 0 {
        target.set_permissions(Permissions::from_mode(mode))?;
    }
    if let Some(user) = user {
        fchown(&target, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(bytes)
}

/// Makes `user` the owner; nothing to do where the server runs as the user of this process.
pub(super) fn give(path: &Path, user: Option<&RunUser>) -> io::Result<()> {
    match user {
        Some(user) => lchown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::set_permissions(from.join("a"), Permissions::from_mode(0o750)).unwrap();
        for (name, length) in [("empty", 0), ("a/one", 1), ("a/b/big", 3 * 1024 * 1024)] {
            fs::write(from.join(name), vec![7; length]).unwrap();
        }
        for number in 0..100 {
            fs::write(from.join(format!("a/b/{number}")), number.to_string()).unwrap();
        }
        fs::set_permissions(from.join("a/one"), Permissions::from_mode(0o640)).unwrap();
        let tally = copy_tree(&from, &to, None).unwrap();
        assert_eq!(tally.to_string(), "103 files, 3145919 bytes\n");
        for name in ["empty", "a/one", "a/b/big", "a/b/99"] {
            assert_eq!(
                fs::read(to.join(name)).unwrap(),
                fs::read(from.join(name)).unwrap()
            );
        }
        let mode = |name| fs::metadata(to.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("a"), mode("a/one")), (0o750, 0o640));
        // Never over something that is there.
        assert!(copy_tree(&from, &to, None).is_err());
        std::os::unix::fs::symlink("/", from.join("a/link")).unwrap();
        assert!(copy_tree(&from, &folder.path().join("other"), None).is_err());
    }
}
