//! Where the Postgres programs are that rowsmith installed for itself.

use std::env;
use std::fs;
#[cfg(feature = "cli")]
use std::fs::DirBuilder;
#[cfg(feature = "cli")]
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

#[cfg(feature = "cli")]
use super::process::RunUser;
use crate::cache;
#[cfg(feature = "cli")]
use crate::error::{Error, Result};

/// Where root keeps them, since others cannot enter its home.
const SHARED: &str = "/var/cache/rowsmith";

/// The environment variable that names another place.
const VARIABLE: &str = "ROWSMITH_POSTGRES_DIR";

/// The folder for them, in that or in the cache of the user.
const FOLDER: &str = "postgres";

/// The folders of programs that are installed here, the latest version first.
pub(super) fn folders() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    let usual = [cache::folder(), Some(PathBuf::from(SHARED))];
    let places = match named() {
        Some(folder) => vec![folder],
        None => usual
            .into_iter()
            .flatten()
            .map(|base| base.join(FOLDER))
            .collect(),
    };
    for base in places {
        if !is_trusted(&base) {
            continue;
        }
        for entry in fs::read_dir(&base).into_iter().flatten().flatten() {
            let major = entry.file_name().to_string_lossy().parse();
            found.extend(major.ok().map(|major| (major, entry.path().join("bin"))));
        }
    }
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The folder that the environment names.
fn named() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os(VARIABLE)?);
    // An empty one means nothing, and a relative one something else in each folder.
    folder.is_absolute().then_some(folder)
}

/// Whether nobody but this user and root can have put anything there.
fn is_trusted(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|found| {
        let owner = found.uid();
        found.is_dir() && found.mode() & 0o022 == 0 && (owner == 0 || owner == geteuid().as_raw())
    })
}

/// The folder to install into; made if it is missing.
#[cfg(feature = "cli")]
pub(super) fn own_folder() -> Result<PathBuf> {
    if let Some(folder) = named() {
        return checked(folder);
    }
    let own = cache::folder();
    let base = match RunUser::needed()? {
        None => own,
        Some(user) => own.filter(|folder| user.can_reach(folder)).or_else(|| {
            let _ = DirBuilder::new().mode(0o711).create(SHARED);
            Some(PathBuf::from(SHARED))
        }),
    };
    let folder = base
        .ok_or_else(|| {
            Error::new("there is no folder for a cache").with_help("set `XDG_CACHE_HOME`")
        })?
        .join(FOLDER);
    checked(folder)
}

/// The folder, made if it is missing, if it can be trusted.
#[cfg(feature = "cli")]
fn checked(folder: PathBuf) -> Result<PathBuf> {
    let _ = DirBuilder::new()
        .mode(0o755)
        .recursive(true)
        .create(&folder);
    if is_trusted(&folder) {
        Ok(folder)
    } else {
        Err(Error::new(format!(
            "cannot make the folder `{}`, or others may write to it",
            folder.display()
        )))
    }
}
