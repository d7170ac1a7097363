//! Programs that misuse generated code, which the compiler must refuse: each at the line that says so, with that error.
//!
//! `//~ E0502` stands at the end of the line of an error, as in the tests of rustc, whose codes stay the same where its
//! texts do not. The program `right.rs` does the same things as it should, and has no error.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The program, the line and the code of an error.
type Mistake = (String, u64, String);

#[test]
fn misuse_does_not_compile() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("misuse");
    let expected = write_crate(&folder);
    // What the generated code depends on is compiled once, and kept between runs.
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--message-format=json",
        ])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let messages = String::from_utf8(output.stdout).unwrap();
    let found: BTreeSet<Mistake> = messages.lines().filter_map(mistake).collect();
    assert_eq!(found, expected, "{log}");
}

/// Makes a package of the programs; gives the mistakes that they are marked with.
fn write_crate(folder: &Path) -> BTreeSet<Mistake> {
    let programs = folder.join("src/bin");
    let _ = fs::remove_dir_all(&programs);
    fs::create_dir_all(&programs).unwrap();
    // In the older edition; the tests of `tests/generated` are in the newer one.
    let generated = ["commands", "clients"].map(|case| {
        let path = format!("{ROOT}/tests/cases/{case}/expected/mod.rs");
        format!("pub mod {case} {{ include!({path:?}); }}\n")
    });
    fs::write(folder.join("src/lib.rs"), generated.concat()).unwrap();
    let manifest = "[package]\nname = \"misuse\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
        [dependencies]\nbb8-postgres = \"0.9\"\ndeadpool-postgres = \"0.14\"\nfutures-core = \"0.3\"\n\
        futures-sink = \"0.3\"\ntokio-postgres = \"0.7\"\ntracing = \"0.1\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // The versions that are tested here, which are there already.
    let lock = Path::new(ROOT).join("Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).unwrap();

    let mut marked = BTreeSet::new();
    for entry in fs::read_dir(Path::new(ROOT).join("tests/misuse")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        fs::copy(&path, programs.join(path.file_name().unwrap())).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines = (1..).zip(text.lines());
        let marks = lines.filter_map(|(line, text)| Some((line, text.split_once("//~ ")?.1)));
        let before = marked.len();
        marked.extend(marks.map(|(line, code)| (name.to_owned(), line, code.to_owned())));
        assert_eq!(name == "right", marked.len() == before, "marks in `{name}`");
    }
    marked
}

/// The error in a message of Cargo's, if it is one.
fn mistake(message: &str) -> Option<Mistake> {
    let message: Value = serde_json::from_str(message).unwrap();
    let program = message["target"]["name"].as_str()?;
    let diagnostic = &message["message"];
    if diagnostic["level"] != "error" {
        return None;
    }
    // Without a place, it counts the others.
    let places = diagnostic["spans"].as_array()?;
    let place = places.iter().find(|place| place["is_primary"] == true)?;
    let code = diagnostic["code"]["code"].as_str().unwrap_or("none");
    Some((
        program.to_owned(),
        place["line_start"].as_u64()?,
        code.to_owned(),
    ))
}
