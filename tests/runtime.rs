//! The tests of generated code once more, with `runtime: crate`: what they run on is then the crate `rowsmith-runtime`.
//!
//! The golden cases are generated anew in a package of their own, beside the same files of tests. Slow, since it compiles
//! them all again: `cargo test --test runtime -- --ignored`.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
#[ignore = "compiles all generated code again"]
fn generated_code_runs_on_the_crate() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtime");
    write_package(&folder);
    let status = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--test", "generated"])
        .current_dir(&folder)
        // What it depends on is compiled once, and kept between runs.
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .status();
    assert!(status.unwrap().success(), "in `{}`", folder.display());
}

/// Makes the package: the tests, the cases with another `runtime`, and what they depend on.
fn write_package(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join("tests"));
    copy(&root("tests/generated"), &folder.join("tests/generated"));
    for case in fs::read_dir(root("tests/cases")).unwrap() {
        let case = case.unwrap().path();
        if case.join("expected").exists() {
            let copied = folder.join("tests/cases").join(case.file_name().unwrap());
            copy(&case, &copied);
            // The crate prepares nothing for all who use it, or for none: `unprepared` is a feature.
            let configuration = fs::read_to_string(case.join("sqlc.yaml")).unwrap();
            if !configuration.contains("prepared: false") {
                generate(&copied);
            }
        }
    }
    let manifest = fs::read_to_string(root("Cargo.toml")).unwrap();
    let section = |name: &str| {
        let (_, section) = manifest.split_once(name).unwrap();
        section.split("\n[").next().unwrap()
    };
    let own = ["futures-util", "nix", "serde", "serde_json", "tokio"];
    let own = manifest.lines().filter(|line| {
        let name = line.split_once(" = ").map(|(name, _)| name);
        name.is_some_and(|name| own.contains(&name))
    });
    let own: Vec<&str> = own.collect();
    let own = own.join("\n").replace(", optional = true", "");
    let dependencies = section("[dev-dependencies]\n");
    let crates = format!("path = \"{}/", root("crates").display());
    let dependencies = dependencies.replace("path = \"crates/", &crates);
    let features = r#"features = ["bb8", "bigdecimal", "deadpool", "rust_decimal", "serde", "serde_json", "tracing"]"#;
    let package = format!(
        "[package]\nname = \"runtime\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[workspace]\n\n\
        [dev-dependencies]\nrowsmith = {{ path = {ROOT:?}, default-features = false, features = [\"postgres\"] }}\n\
        rowsmith-runtime = {{ path = \"{}\", {features} }}\n\
        {own}\n{dependencies}",
        root("crates/rowsmith-runtime").display()
    );
    fs::write(folder.join("Cargo.toml"), package).unwrap();
    fs::write(folder.join("lib.rs"), "").unwrap();
    // The versions that are tested here, which are there already.
    fs::copy(root("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Generates the code of a case, with `runtime: crate` in each entry.
fn generate(case: &Path) {
    let path = case.join("sqlc.yaml");
    let configuration = fs::read_to_string(&path).unwrap();
    let lines = configuration
        .lines()
        .filter(|line| !line.trim_start().starts_with("runtime:"))
        .flat_map(|line| {
            let out = line.find("out: expected");
            let runtime = out.map(|indent| format!("{}runtime: crate\n", " ".repeat(indent)));
            [format!("{line}\n"), runtime.unwrap_or_default()]
        });
    fs::write(&path, lines.collect::<String>()).unwrap();
    let mut rowsmith = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
    let output = rowsmith
        .args(["generate", "-f"])
        .arg(&path)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", path.display());
    let client = fs::read_dir(case.join("expected")).unwrap();
    let client = client.filter(|entry| entry.as_ref().unwrap().file_name() == "client");
    for folder in client {
        let folder = folder.unwrap().path();
        assert!(!folder.join("session.rs").exists(), "{}", folder.display());
    }
}

fn root(relative: &str) -> PathBuf {
    Path::new(ROOT).join(relative)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
