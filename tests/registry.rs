//! A crate whose build script generates the code, as others get it: packed by Cargo, unpacked into a folder that cannot be
//! written, built without a Postgres. It is `examples/build-script`.
//!
//! Slow at first, since it compiles what the crate depends on: `cargo test --test registry -- --ignored`.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Whatever asks for a Postgres fails: this server wins over installed programs, and is none.
const NO_POSTGRES: (&str, &str) = (
    "ROWSMITH_DATABASE_URL",
    "postgres://nobody@127.0.0.1:1/none",
);

/// Another crate, which depends on the one from the registry.
const DEPENDENT: &str = "\
[package]
name = \"dependent\"
edition = \"2024\"

[workspace]

[dependencies]
build-script = \"0.0.0\"

[patch.crates-io]
build-script = { path = \"../vendor/build-script\" }
";

const LIBRARY: &str = "\
//! A to-do list.

/// Its queries.
pub mod db {
    include!(concat!(env!(\"OUT_DIR\"), \"/db/mod.rs\"));
}
";

struct Packed {
    folder: TempDir,
}

impl Packed {
    /// Packs the example, and unpacks it as `vendor/build-script`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packed = Self { folder };
        let source = packed.path("source");
        copy(&Path::new(ROOT).join("examples/build-script"), &source);
        // A library, so that others can depend on it; and without what makes it part of this workspace.
        fs::write(source.join("src/lib.rs"), LIBRARY).unwrap();
        let manifest = fs::read_to_string(source.join("Cargo.toml")).unwrap();
        let published = manifest
            .replace("path = \"../..\"", "version = \"0.1\"")
            .replace("publish = false\n", "license = \"MIT\"\n");
        assert_ne!(manifest, published);
        fs::write(source.join("Cargo.toml"), published + "\n[workspace]\n").unwrap();
        // The versions that are tested here, which are there already.
        fs::copy(
            Path::new(ROOT).join("Cargo.lock"),
            source.join("Cargo.lock"),
        )
        .unwrap();

        let mut snapshot = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
        succeed(snapshot.arg("snapshot").current_dir(&source));
        let target = packed.path("packages");
        let mut package = cargo(&source, "package --no-verify --allow-dirty");
        succeed(package.arg("--target-dir").arg(&target));
        let unpacked = packed.path("vendor");
        fs::create_dir(&unpacked).unwrap();
        let archive = target.join("package/build-script-0.0.0.crate");
        succeed(
            Command::new("tar")
                .arg("-xf")
                .arg(archive)
                .current_dir(&unpacked),
        );
        fs::rename(unpacked.join("build-script-0.0.0"), packed.crate_folder()).unwrap();
        packed.protect("a-w");
        packed
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    fn crate_folder(&self) -> PathBuf {
        self.path("vendor/build-script")
    }

    fn protect(&self, mode: &str) {
        let mut chmod = Command::new("chmod");
        succeed(chmod.args(["-R", mode]).arg(self.path("vendor")));
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        // So that it can be removed.
        self.protect("u+w");
    }
}

/// Cargo in `folder`, without a network, and with this rowsmith as that of the registry. What is compiled is kept between
/// runs.
fn cargo(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    let patch = format!("patch.crates-io.rowsmith.path={ROOT:?}");
    let (name, value) = NO_POSTGRES;
    command
        .args(arguments.split(' '))
        .args(["--quiet", "--offline", "--config", &patch])
        .current_dir(folder)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("registry"),
        )
        .env_remove("ROWSMITH_OFFLINE")
        .env_remove("DOCS_RS")
        .env(name, value);
    command
}

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn succeed(command: &mut Command) {
    let output = run(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{stderr}");
}

fn fail(command: &mut Command) -> String {
    let output = run(command);
    assert!(!output.status.success(), "{command:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Each file below `folder`, and when it was written.
fn tree(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            let written = path.metadata().unwrap().modified().unwrap();
            files.insert(path, written);
        }
    }
    files
}

#[test]
#[ignore = "compiles a crate and all it depends on"]
fn a_crate_from_the_registry_needs_no_postgres() {
    let packed = Packed::new();
    let folder = packed.crate_folder();
    let files = tree(&folder);
    assert!(
        files.contains_key(&folder.join("rowsmith.snapshot")),
        "{files:#?}"
    );

    // By itself.
    succeed(&mut cargo(&folder, "check --locked"));
    // As docs.rs does it.
    succeed(cargo(&folder, "doc --no-deps --lib --locked").env("DOCS_RS", "1"));
    // As a dependency that is vendored.
    let dependent = packed.path("dependent");
    fs::create_dir_all(dependent.join("src")).unwrap();
    fs::write(dependent.join("Cargo.toml"), DEPENDENT).unwrap();
    fs::copy(
        Path::new(ROOT).join("Cargo.lock"),
        dependent.join("Cargo.lock"),
    )
    .unwrap();
    let main = "fn main() {\n    let _ = build_script::db::tasks::list_lists;\n}\n";
    fs::write(dependent.join("src/main.rs"), main).unwrap();
    succeed(&mut cargo(&dependent, "check"));
    assert_eq!(
        tree(&folder),
        files,
        "nothing was written beside the sources"
    );

    // Where the snapshot is not current, the builders of docs.rs say what is to be done.
    packed.protect("u+w");
    let queries = folder.join("queries/tasks.sql");
    let changed = fs::read_to_string(&queries).unwrap() + "\n-- name: One :one\nSELECT 1;\n";
    fs::write(&queries, changed).unwrap();
    let report = fail(cargo(&folder, "check --locked").env("DOCS_RS", "1"));
    for part in [
        "error[unusable-snapshot]",
        "`queries/tasks.sql` changed",
        "`rowsmith snapshot`",
    ] {
        assert!(report.contains(part), "{report}");
    }
}
