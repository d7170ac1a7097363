//! One crate of what is generated of many sets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::cases::{Server, Set};
use rowsmith::{Code, Diagnostic};

/// Generates each set into a module of one crate and checks that; gives their number.
pub(crate) fn check<'s>(sets: impl Iterator<Item = &'s Set>, server: &Server) -> usize {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    let source = target.join("src");
    let _ = fs::remove_dir_all(&source);
    fs::create_dir_all(&source).unwrap();
    let mut modules = String::from("#![deny(warnings)]\n");
    let mut dependencies = BTreeSet::new();
    let mut count = 0;
    let mut missing = Vec::new();
    let is_missing = |d: &Diagnostic| d.code() == Code::UnsupportedType;
    for set in sets {
        let name = format!("set_{}", set.id);
        let project = set.write();
        let generator = server.generator(&project).out_dir(source.join(&name));
        let output = match generator.generate() {
            Ok(output) => output,
            // Which types there are is a matter of its own.
            Err(error) if error.diagnostics().iter().all(is_missing) => {
                missing.push(set.to_string());
                continue;
            }
            Err(error) => panic!("{set}: {error:?}"),
        };
        output.write().unwrap();
        let root = fs::read_to_string(source.join(&name).join("db/mod.rs")).unwrap();
        let lines = root.lines().take_while(|line| line.starts_with("//"));
        let needed = lines.filter_map(|line| line.strip_prefix("//     "));
        dependencies.extend(needed.map(str::to_owned));
        let _ = writeln!(
            modules,
            "pub mod {name} {{ #[path = \"{name}/db/mod.rs\"] pub mod db; }}"
        );
        count += 1;
    }
    if !missing.is_empty() {
        eprintln!("for want of a Rust type or a command, nothing is generated of");
        eprintln!("  {}", missing.join("\n  "));
    }
    // `#[path]` in a module in braces starts from a folder of its name.
    let modules = modules.replace("#[path = \"", "#[path = \"../");
    fs::write(source.join("lib.rs"), modules).unwrap();
    let manifest = format!(
        "[package]\nname = \"conformance\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [workspace]\n\n[dependencies]\n{}\n",
        merged(&dependencies)
    );
    fs::write(target.join("Cargo.toml"), manifest).unwrap();
    // The versions that are tested here, which are there already.
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"),
        target.join("Cargo.lock"),
    )
    .unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--target-dir"])
        .arg(target.join("target"))
        .current_dir(&target)
        .status()
        .unwrap();
    assert!(
        status.success(),
        "the crate in `{}` does not compile",
        target.display()
    );
    count
}

/// One line per crate, with the features of all.
fn merged(lines: &BTreeSet<String>) -> String {
    let mut crates: BTreeMap<&str, (Option<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for line in lines {
        let Some((name, rest)) = line.split_once(" = ") else {
            continue;
        };
        let entry = crates.entry(name).or_default();
        let mut quoted = rest.split('"').skip(1).step_by(2);
        entry.0 = entry.0.or(quoted.next());
        entry.1.extend(quoted);
    }
    let line = |(name, (version, features)): (&&str, &(Option<&str>, BTreeSet<&str>))| {
        let features: Vec<String> = features
            .iter()
            .map(|feature| format!("\"{feature}\""))
            .collect();
        let version = version.unwrap_or("*");
        format!(
            "{name} = {{ version = \"{version}\", features = [{}] }}",
            features.join(", ")
        )
    };
    crates.iter().map(line).collect::<Vec<_>>().join("\n")
}
