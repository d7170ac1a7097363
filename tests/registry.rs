//! A crate whose build script generates the code, and rowsmith, as others get them: packed by Cargo, vendored into a folder that
//! cannot be written, built without a network and without a Postgres. It is `examples/build-script`. Its build script has
//! nothing of what asks Postgres, until the end.
//!
//! Slow at first, since it compiles what the crate depends on: `cargo test --test registry -- --ignored`.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::collections::{BTreeMap, BTreeSet};
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

/// What a build script may cost.
const MOST_PACKAGES: usize = 45;

/// Packages for those who ask Postgres, and a compiler of C.
const NOT_IN_A_BUILD_SCRIPT: [&str; 5] = ["cc", "nix", "sqlparser", "tokio", "tokio-postgres"];

/// How Cargo writes the build-dependency when it packs the crate.
const BUILD_DEPENDENCY: &str = "[build-dependencies.rowsmith]\n";

/// Another crate, which depends on the one from the registry.
const DEPENDENT: &str = "\
[package]
name = \"dependent\"
edition = \"2024\"

[workspace]

[dependencies]
build-script = \"0.0.0\"
";

const MAIN: &str = "fn main() {\n    let _ = build_script::db::tasks::list_lists;\n}\n";

const LIBRARY: &str = "\
//! A to-do list.

/// Its queries.
pub mod db {
    include!(concat!(env!(\"OUT_DIR\"), \"/db/mod.rs\"));
}
";

/// The example, unpacked; and another crate that depends on it, with all that it depends on vendored.
struct Packed {
    folder: TempDir,
}

impl Packed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packed = Self { folder };
        if vendor().exists() {
            protect(&vendor(), "u+w");
            fs::remove_dir_all(vendor()).unwrap();
        }
        let ours = ["rowsmith-migrate", "rowsmith"].map(|name| {
            let mut cargo_here = Command::new(env!("CARGO"));
            let folder = match name {
                "rowsmith" => PathBuf::from(ROOT),
                name => Path::new(ROOT).join("crates").join(name),
            };
            cargo_here
                .args(["--quiet", "--offline"])
                .current_dir(folder);
            let archive = packed.pack(cargo_here, &format!("{name}-0.1.0"));
            packed.unpack(&archive, &packed.path(name));
            (name, archive)
        });

        let source = packed.path("source");
        copy(&Path::new(ROOT).join("examples/build-script"), &source);
        // A library, so that others can depend on it; and without what makes it part of this workspace.
        fs::write(source.join("src/lib.rs"), LIBRARY).unwrap();
        let manifest = fs::read_to_string(source.join("Cargo.toml")).unwrap();
        let published = manifest
            .replace("path = \"../..\"", "version = \"0.1\"")
            .replace("publish = false\n", "license = \"MIT\"\n")
            + "\n[workspace]\n";
        assert_ne!(manifest, published);
        fs::write(source.join("Cargo.toml"), &published).unwrap();
        let mut snapshot = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
        succeed(snapshot.arg("snapshot").current_dir(&source));

        // What is in the registry, by Cargo; and what is not yet, in the same way.
        packed.vendor_dependencies(&source);
        for (name, archive) in &ours {
            packed.vendor(archive, name);
        }
        // The program that is no part of the library asks a Postgres.
        let (asks, rest) = published.split_once("\nrowsmith = ").unwrap();
        let (dependency, rest) = rest.split_once('\n').unwrap();
        assert!(dependency.contains("postgres"), "{dependency}");
        fs::write(source.join("Cargo.toml"), format!("{asks}\n{rest}")).unwrap();
        fs::remove_file(source.join("src/main.rs")).unwrap();
        fs::remove_file(source.join("Cargo.lock")).unwrap();
        let example = packed.pack(cargo(&source, ""), "build-script-0.0.0");
        packed.unpack(&example, &packed.crate_folder());
        packed.vendor(&example, "build-script");
        protect(&vendor(), "a-w");
        protect(&packed.crate_folder(), "a-w");

        let dependent = packed.dependent();
        fs::create_dir_all(dependent.join("src")).unwrap();
        fs::write(dependent.join("Cargo.toml"), DEPENDENT).unwrap();
        fs::write(dependent.join("src/main.rs"), MAIN).unwrap();
        // To Cargo, a version of a crate of the registry never changes.
        let changed = "clean --package rowsmith --package build-script";
        succeed(&mut cargo(&dependent, changed));
        packed
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The example by itself.
    fn crate_folder(&self) -> PathBuf {
        self.path("build-script")
    }

    fn dependent(&self) -> PathBuf {
        self.path("dependent")
    }

    /// Has Cargo pack what it is run on, and gives the archive.
    fn pack(&self, mut cargo: Command, name: &str) -> PathBuf {
        let target = self.path("packages");
        let arguments = ["package", "--no-verify", "--allow-dirty", "--target-dir"];
        succeed(cargo.args(arguments).arg(&target));
        target.join("package").join(format!("{name}.crate"))
    }

    fn unpack(&self, archive: &Path, folder: &Path) {
        let beside = self.path("unpacked");
        fs::create_dir_all(&beside).unwrap();
        let mut tar = Command::new("tar");
        succeed(tar.arg("-xf").arg(archive).current_dir(&beside));
        fs::rename(beside.join(archive.file_stem().unwrap()), folder).unwrap();
    }

    /// `cargo vendor` for all that the crate in `source` depends on, but for our own.
    fn vendor_dependencies(&self, source: &Path) {
        // The versions that are tested here, which are there already, at least for this system.
        fs::copy(
            Path::new(ROOT).join("Cargo.lock"),
            source.join("Cargo.lock"),
        )
        .unwrap();
        let vendor = |how: &[&str]| {
            let mut command = Command::new(env!("CARGO"));
            command.args(["vendor", "--quiet"]);
            for name in ["rowsmith", "rowsmith-migrate"] {
                let folder = self.path(name);
                let instead = format!("patch.crates-io.{name}.path='{}'", folder.display());
                command.args(["--config", &instead]);
            }
            command.args(how).arg(vendor()).current_dir(source);
            run(&mut command)
        };
        if !vendor(&["--offline"]).status.success() {
            let online = vendor(&[]);
            let stderr = String::from_utf8_lossy(&online.stderr);
            assert!(online.status.success(), "{stderr}");
        }
    }

    /// What `cargo vendor` makes of a crate in the registry.
    fn vendor(&self, archive: &Path, name: &str) {
        let folder = vendor().join(name);
        self.unpack(archive, &folder);
        let sum = run(Command::new("sha256sum").arg(archive)).stdout;
        let sum = String::from_utf8(sum).unwrap();
        let (sum, _) = sum.split_once(' ').unwrap();
        let checksum = format!("{{\"files\":{{}},\"package\":\"{sum}\"}}");
        fs::write(folder.join(".cargo-checksum.json"), checksum).unwrap();
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        // So that it can be removed.
        protect(&self.crate_folder(), "u+w");
    }
}

fn protect(folder: &Path, mode: &str) {
    let mut chmod = Command::new("chmod");
    succeed(chmod.args(["-R", mode]).arg(folder));
}

/// Where the sources are: at the same place each time, so that what is compiled can be kept between runs.
fn vendor() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("vendor")
}

/// Cargo in `folder`, without a network, and with the vendored crates in the place of those of the registry.
fn cargo(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    let vendor = vendor();
    let source = format!("source.vendored.directory='{}'", vendor.display());
    let (name, value) = NO_POSTGRES;
    command
        .args(arguments.split_whitespace())
        .args(["--quiet", "--offline", "--config", &source])
        .args(["--config", "source.crates-io.replace-with=\"vendored\""])
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
    let vendored = vendor().join("build-script");
    let files = [&folder, &vendored].map(|folder| tree(folder));
    assert!(
        files[0].contains_key(&folder.join("rowsmith.snapshot")),
        "{files:#?}"
    );

    let packages = packages_of_the_build_script(&folder);
    assert!(packages.len() <= MOST_PACKAGES, "{packages:#?}");
    for name in NOT_IN_A_BUILD_SCRIPT {
        assert!(!packages.contains(name), "{packages:#?}");
    }

    // By itself.
    succeed(&mut cargo(&folder, "check --locked"));
    // As docs.rs does it.
    succeed(cargo(&folder, "doc --no-deps --lib --locked").env("DOCS_RS", "1"));
    // As a dependency that is vendored.
    succeed(&mut cargo(&packed.dependent(), "check"));
    assert_eq!(
        [&folder, &vendored].map(|folder| tree(folder)),
        files,
        "nothing was written beside the sources"
    );

    // If the snapshot is not current, the build says what is to be done.
    protect(&folder, "u+w");
    let queries = folder.join("queries/tasks.sql");
    let changed = fs::read_to_string(&queries).unwrap() + "\n-- name: One :one\nSELECT 1;\n";
    fs::write(&queries, changed).unwrap();
    let report = fail(&mut cargo(&folder, "check --locked"));
    for part in [
        "error[unusable-snapshot]",
        "`queries/tasks.sql` changed",
        "without the feature `postgres`",
        "`rowsmith snapshot`",
        "`features = [\"postgres\"]`",
    ] {
        assert!(report.contains(part), "{report}");
    }

    // A build script that may ask Postgres does so, but not where docs.rs builds.
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let asking = format!("{BUILD_DEPENDENCY}features = [\"postgres\"]\n");
    let changed = manifest.replace(BUILD_DEPENDENCY, &asking);
    assert_ne!(manifest, changed);
    fs::write(folder.join("Cargo.toml"), changed).unwrap();
    let report = fail(&mut cargo(&folder, "check"));
    assert!(
        report.contains("cannot reach the Postgres server"),
        "{report}"
    );
    let report = fail(cargo(&folder, "check").env("DOCS_RS", "1"));
    for part in [
        "`queries/tasks.sql` changed",
        "Postgres may not be asked",
        "`rowsmith snapshot`",
    ] {
        assert!(report.contains(part), "{report}");
    }
}

/// The names of the packages that the build script needs, rowsmith included.
fn packages_of_the_build_script(folder: &Path) -> BTreeSet<String> {
    let tree = "tree --locked -e normal,build --prefix none --format {p} -p rowsmith";
    let output = run(&mut cargo(folder, tree));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let tree = String::from_utf8(output.stdout).unwrap();
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}
