//! Reading what lies at a path, whatever it is: a pipe or a device would be read for ever, a link may lead anywhere.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What no file of a project is larger than, in bytes.
pub(crate) const LIMIT: u64 = 256 * 1024 * 1024;

/// The contents of a regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Before it is opened: to open a pipe is to wait for whoever is at its other end.
    let found = fs::metadata(path)?;
    if found.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    // It may grow while it is read.
    let mut bytes = Vec::new();
    if found.len() <= limit {
        file.take(limit + 1).read_to_end(&mut bytes)?;
    }
    if found.len().max(bytes.len() as u64) > limit {
        let limit = limit / (1024 * 1024);
        return Err(io::Error::other(format!("it is larger than {limit} MB")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, feature = "postgres"))]
    fn only_regular_files_of_a_sane_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let why = |path: &Path| read(path, 1024 * 1024).unwrap_err().to_string();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(why(&path), "it is not a regular file");
        assert_eq!(why("/dev/zero".as_ref()), "it is not a regular file");
        assert_eq!(why(folder.path()), "is a directory");
        fs::remove_file(&path).unwrap();
        let file = File::create(&path).unwrap();
        file.set_len(1024 * 1024).unwrap();
        assert_eq!(read(&path, 1024 * 1024).unwrap().len(), 1024 * 1024);
        file.set_len(1024 * 1024 + 1).unwrap();
        assert_eq!(why(&path), "it is larger than 1 MB");
    }
}
