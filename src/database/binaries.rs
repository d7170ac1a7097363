//! Finds installed Postgres programs.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// Where packages put the programs that are not on the `PATH`. A `*` stands for any part of one name.
const FOLDERS: [&str; 11] = [
    "/usr/lib/postgresql/*/bin",   // Debian, Ubuntu
    "/usr/lib64/postgresql-*/bin", // Gentoo
    "/usr/libexec/postgresql*",    // Alpine
    "/usr/pgsql-*/bin",            // Red Hat packages of postgresql.org
    "/usr/local/pgsql/bin",        // From source
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/opt/local/lib/postgresql*/bin", // MacPorts
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
];

/// The programs of one installation.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    /// As the server tells it: `15.18 (Debian 15.18-0+deb12u1)`.
    pub(super) version: String,
}

impl Binaries {
    /// The installation in `pinned`, else the newest there is.
    pub(super) fn find(pinned: Option<&Path>) -> Result<Self> {
        let Some(folder) = pinned else {
            return newest(candidates());
        };
        let found = Self::in_folder(folder).map_err(|problem| {
            Error::new(format!(
                "no Postgres programs in `{}`: {problem}",
                folder.display()
            ))
            .with_help(
                "name the folder that holds `initdb` and `postgres`, or none to search for it",
            )
        })?;
        super::check_major_version(&found.version, &format!("`{}`", folder.display()))?;
        Ok(found)
    }

    fn in_folder(folder: &Path) -> Result<Self, String> {
        // Absolute and without links: the programs are started in another folder, and the path names the cache.
        let folder = fs::canonicalize(folder).map_err(|error| error.to_string())?;
        for program in ["initdb", "postgres"] {
            if !folder.join(program).is_file() {
                return Err(format!("there is no `{program}`"));
            }
        }
        let version = output(Command::new(folder.join("postgres")).arg("--version"))?;
        match version.split_once("(PostgreSQL) ") {
            Some((_, version)) if super::major_version(version).is_some() => Ok(Self {
                folder,
                version: version.to_owned(),
            }),
            _ => Err(format!("`postgres --version` says `{version}`")),
        }
    }

    pub(super) fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join(name))
    }
}

/// Whether there are programs of any version.
pub(super) fn are_installed() -> bool {
    !candidates().is_empty()
}

/// Each folder that holds the programs, the likeliest first.
fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let packaged = FOLDERS
        .iter()
        .flat_map(|pattern| expand(Path::new(pattern)));
    let found = with_programs(env::split_paths(&path).chain(packaged));
    if !found.is_empty() {
        return found;
    }
    // Last, since it takes longer than the rest together.
    let configured = output(Command::new("pg_config").arg("--bindir"));
    with_programs(configured.into_iter().map(PathBuf::from))
}

/// The folders in which there is an `initdb`, each once.
fn with_programs(folders: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    folders
        .filter(|folder| folder.is_absolute() && folder.join("initdb").is_file())
        .filter(|folder| {
            let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
            let new = !seen.contains(&real);
            seen.push(real);
            new
        })
        .collect()
}

fn newest(candidates: Vec<PathBuf>) -> Result<Binaries> {
    let mut problems = Vec::new();
    let mut best: Option<Binaries> = None;
    for folder in candidates {
        match Binaries::in_folder(&folder) {
            Ok(found) => {
                // The first of equals: what is on the `PATH` was meant.
                if best.as_ref().is_none_or(|best| rank(&found) > rank(best)) {
                    best = Some(found);
                }
            }
            Err(problem) => problems.push(format!("{}: {problem}", folder.display())),
        }
    }
    let Some(best) = best else {
        return Err(nothing_found(&problems));
    };
    let what = format!("the newest found, in `{}`,", best.folder.display());
    super::check_major_version(&best.version, &what)?;
    Ok(best)
}

fn nothing_found(problems: &[String]) -> Error {
    let error = Error::new(
        "no Postgres found: rowsmith checks SQL on a throwaway Postgres server, and needs its programs `initdb` and \
         `postgres`, or a server to use",
    )
    .with_help(format!(
        "install Postgres (Debian and Ubuntu: `apt install postgresql`; Fedora: `dnf install postgresql-server`; \
         macOS: `brew install postgresql`), or run `cargo install rowsmith --features embedded` for a rowsmith with a \
         Postgres of its own, or set `{}` to the URI of a server where a database may be created for a moment, as \
         `postgres://user:password@localhost/postgres`",
        super::URL_VARIABLE
    ));
    if problems.is_empty() {
        error
    } else {
        error.with_source(problems.join("; "))
    }
}

/// Released versions before test versions, then by number.
fn rank(binaries: &Binaries) -> (bool, Vec<u32>) {
    let number = binaries.version.split(' ').next().unwrap_or_default();
    let released = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parts = number
        .split('.')
        .map(|part| super::major_version(part).unwrap_or(0));
    (released, parts.collect())
}

/// The paths that match a pattern with `*` in some of its names.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for component in pattern.components() {
        let name = component.as_os_str().to_string_lossy();
        match name.split_once('*') {
            Some((prefix, suffix)) if matches!(component, Component::Normal(_)) => {
                let found = paths
                    .iter()
                    .flat_map(|path| fs::read_dir(path).into_iter().flatten());
                paths = found
                    .flatten()
                    .filter(|entry| matches(&entry.file_name(), prefix, suffix))
                    .map(|entry| entry.path())
                    .collect();
                paths.sort();
            }
            _ => paths.iter_mut().for_each(|path| path.push(component)),
        }
    }
    paths
}

fn matches(name: &OsStr, prefix: &str, suffix: &str) -> bool {
    let name = name.to_string_lossy();
    name.strip_prefix(prefix)
        .is_some_and(|rest| rest.ends_with(suffix))
}

/// What a program prints, without the line break.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
