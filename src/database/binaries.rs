//! Finds installed Postgres programs.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Pin, installed, packages, version};
use crate::cache::{Shelf, VERSIONS};
use crate::digest::digest;
use crate::error::{Error, Result};
use crate::program;

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

/// What precedes the number in the answer of every program.
const SAID: &str = "(PostgreSQL) ";

/// The programs of one installation.
#[derive(Debug)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    /// As the server tells it: `15.18 (Debian 15.18-0+deb12u1)`.
    pub(super) version: String,
    /// Why these and no others, for people.
    pub(super) reason: String,
}

impl Binaries {
    /// The installation in the folder `named`, else the newest there is: of the version `pin`, if there is one.
    pub(super) fn find(named: Option<&Path>, pin: Option<&Pin>) -> Result<Self> {
        if let Some(pin) = pin {
            version::check_pin(pin)?;
        }
        let Some(folder) = named else {
            return newest(candidates(), pin);
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
        let what = format!("the installation in `{}`", folder.display());
        let remedy = "name the folder of another installation, or none to have one of that version searched for";
        version::check(&found.version, &what, pin, remedy)?;
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
        let version = said_version(&folder.join("postgres"))?;
        match version.split_once(SAID) {
            Some((_, version)) if version::major(version).is_some() => Ok(Self {
                folder,
                version: version.to_owned(),
                reason: "in the folder that was named".to_owned(),
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

/// Whether there are programs of the version that is asked for.
pub(super) fn are_of(pin: &Pin) -> bool {
    let found = candidates().into_iter();
    let mut found = found.filter_map(|folder| Binaries::in_folder(&folder).ok());
    found.any(|binaries| version::major(&binaries.version) == Some(pin.major))
}

/// Each folder that holds the programs, the likeliest first.
fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let packaged = FOLDERS
        .iter()
        .flat_map(|pattern| expand(Path::new(pattern)));
    let mut found = with_programs(env::split_paths(&path).chain(packaged));
    if found.is_empty() {
        // Last, since it takes longer than the rest together.
        let configured = output(Command::new("pg_config").arg("--bindir"));
        found = with_programs(configured.into_iter().map(PathBuf::from));
    }
    found.extend(with_programs(installed::folders().into_iter()));
    found
}

/// The version of the programs in a folder, or why it has none.
#[cfg(feature = "cli")]
pub(super) fn version_in(folder: &Path) -> Result<String, String> {
    Binaries::in_folder(folder).map(|found| found.version)
}

/// All programs that are found: their folders, and their versions or what is wrong with them. Those that are used where no
/// version is asked for come first.
#[cfg(feature = "cli")]
pub(super) fn all() -> Vec<(PathBuf, Result<String, String>)> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for folder in candidates() {
        match Binaries::in_folder(&folder) {
            Ok(binaries) => found.push(binaries),
            Err(problem) => wrong.push((folder, Err(problem))),
        }
    }
    found.sort_by_cached_key(|binaries| Reverse(rank(binaries)));
    let found = found.into_iter();
    let found = found.map(|binaries| (binaries.folder, Ok(binaries.version)));
    found.chain(wrong).collect()
}

/// The folders in which there is an `initdb`, each once: links to the programs of another one are no other programs.
fn with_programs(folders: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    folders
        .filter(|folder| folder.is_absolute() && folder.join("initdb").is_file())
        .filter(|folder| {
            let programs = [folder.join("postgres"), folder.clone()];
            let real = programs.iter().find_map(|path| fs::canonicalize(path).ok());
            let new = !seen.contains(&real);
            seen.push(real);
            new
        })
        .collect()
}

fn newest(candidates: Vec<PathBuf>, pin: Option<&Pin>) -> Result<Binaries> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for folder in candidates {
        match Binaries::in_folder(&folder) {
            Ok(binaries) => found.push(binaries),
            Err(problem) => problems.push(format!("{}: {problem}", folder.display())),
        }
    }
    if found.is_empty() {
        return Err(nothing_found(&problems));
    }
    let fits = |binaries: &Binaries| {
        pin.is_none_or(|pin| version::major(&binaries.version) == Some(pin.major))
    };
    let count = found.iter().filter(|binaries| fits(binaries)).count();
    let of_version = pin.map_or_else(String::new, |pin| format!(" of version {}", pin.major));
    let reason = match count {
        1 => format!("the only one{of_version} that was found"),
        count => format!("the newest of {count}{of_version} that were found"),
    };
    // The first of equals: what is on the `PATH` was meant.
    found.sort_by_cached_key(|binaries| Reverse(rank(binaries)));
    let Some(at) = found.iter().position(fits) else {
        let pin = pin.expect("without a pin everything fits");
        return Err(not_installed(pin, &found));
    };
    let mut best = found.swap_remove(at);
    best.reason = reason;
    let what = format!("the newest found, in `{}`,", best.folder.display());
    version::check(&best.version, &what, None, "")?;
    Ok(best)
}

/// None of what was found is of the version that is asked for.
fn not_installed(pin: &Pin, found: &[Binaries]) -> Error {
    let mut mistake = pin.mistake(format!("no Postgres {} is installed", pin.major));
    for binaries in found {
        mistake = mistake.note(format!(
            "there is Postgres {} in `{}`",
            version::number(&binaries.version),
            binaries.folder.display()
        ));
    }
    let install = if packages::are_there(Some(pin.major)) {
        format!("run `rowsmith postgres install {}`, or ", pin.major)
    } else {
        String::new()
    };
    let remedy = format!(
        "{install}install Postgres {0}, or name its folder in `binaries` or a server of Postgres {0} in `uri`",
        pin.major
    );
    let newest = found.first().map_or("", |newest| &newest.version);
    mistake.help(version::remedy_or(&remedy, newest)).into()
}

fn nothing_found(problems: &[String]) -> Error {
    let install = if packages::are_there(None) {
        "run `rowsmith postgres install`, which downloads one for rowsmith alone; or "
    } else {
        ""
    };
    let error = Error::new(
        "no Postgres found: rowsmith checks SQL on a throwaway Postgres server, and needs its programs `initdb` and \
         `postgres`, or a server to use",
    )
    .with_help(format!(
        "{install}install Postgres (Debian and Ubuntu: \
         `apt install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`); or set \
         `{}` to the URI of a server where a database may be created for a moment, as \
         `postgres://user:PASSWORD@localhost/postgres`",
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
    let number = version::number(&binaries.version);
    let released = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parts = number
        .split('.')
        .map(|part| version::major(part).unwrap_or(0));
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

/// What `postgres --version` says. Asking takes longer than starting rowsmith, so the answer is kept for as long as the
/// program is the same file.
fn said_version(postgres: &Path) -> Result<String, String> {
    let kept = identity(postgres).and_then(|name| Some((Shelf::open(VERSIONS, 32)?, name)));
    let known = kept.as_ref().and_then(|(shelf, name)| shelf.read(name));
    let known = known.and_then(|known| String::from_utf8(known).ok());
    if let Some(version) = known.filter(|known| known.contains(SAID)) {
        return Ok(version);
    }
    let version = output(Command::new(postgres).arg("--version"))?;
    if let Some((shelf, name)) = kept {
        shelf.write(&name, version.as_bytes());
    }
    Ok(version)
}

/// Tells a program from all others, and from what was in its place before. Not of a script: which program it runs may
/// depend on anything.
fn identity(path: &Path) -> Option<String> {
    const EXECUTABLES: [&[u8; 4]; 3] = [
        b"\x7fELF",
        b"\xcf\xfa\xed\xfe", // Mach-O
        b"\xca\xfe\xba\xbe", // Mach-O for several processors
    ];
    let mut file = File::open(path).ok()?;
    let mut start = [0; 4];
    file.read_exact(&mut start).ok()?;
    if !EXECUTABLES.contains(&&start) {
        return None;
    }
    let stamp = program::stamp(&file.metadata().ok()?).ok()?;
    Some(digest([
        path.as_os_str().as_encoded_bytes(),
        format!("{stamp:?}").as_bytes(),
    ]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_program_is_asked_once_and_a_script_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("postgres");
        assert_eq!(identity(&program), None);
        fs::copy(env::current_exe().unwrap(), &program).unwrap();
        let first = identity(&program).unwrap();
        assert_eq!(identity(&program), Some(first.clone()));
        let mut longer = fs::read(&program).unwrap();
        longer.push(0);
        fs::write(&program, longer).unwrap();
        assert_ne!(identity(&program), Some(first));
        fs::write(&program, "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'").unwrap();
        assert_eq!(identity(&program), None);
    }
}
