//! Golden cases: each folder of `tests/cases` is a project a user could have written.
//!
//! A case with `expected/` must generate exactly that (its code is compiled and run by `tests/generated.rs`); one with
//! `report.txt` must fail with that report. `UPDATE=1 cargo test --test cases` writes both anew.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use rowsmith::{Error, Generator, Output};

fn main() {
    // Reports name files as a user reads them: relative to where one stands.
    env::set_current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))
        .expect("the cases exist");
    let mut folders: Vec<PathBuf> = fs::read_dir(".")
        .expect("the cases can be listed")
        .map(|entry| entry.expect("the entry can be read").file_name().into())
        .collect();
    folders.sort();
    let trials = folders
        .into_iter()
        .map(|folder| Trial::test(folder.display().to_string(), move || run(&folder)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn run(folder: &Path) -> Result<(), Failed> {
    let update = env::var_os("UPDATE").is_some();
    let report = folder.join("report.txt");
    let outcome = Generator::from_file(folder.join("sqlc.yaml"))
        .and_then(|generator| generator.without_snapshot().generate());
    let difference = match outcome {
        Ok(_) if report.exists() => return Err("no mistake was found".into()),
        Ok(output) => compare_output(&output, update)?,
        Err(error) => compare_report(&error, &report, update)?,
    };
    if difference.is_empty() || (update && env::var_os("CI").is_none()) {
        Ok(())
    } else {
        Err(
            format!("{difference}\nif this is right, run `UPDATE=1 cargo test --test cases`")
                .into(),
        )
    }
}

fn compare_output(output: &Output, update: bool) -> Result<String, Error> {
    let mut difference = String::new();
    for warning in output.warnings() {
        let _ = writeln!(difference, "warning: {}", warning.message());
    }
    let drift = output.check()?;
    if !drift.is_empty() {
        let _ = write!(difference, "{drift}");
        if update {
            output.write()?;
        }
    }
    Ok(difference)
}

fn compare_report(error: &Error, path: &Path, update: bool) -> Result<String, Failed> {
    let found = format!("{error:?}\n").trim_start().to_owned();
    let expected = fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return Ok(String::new());
    }
    if update {
        fs::write(path, &found)?;
    }
    Ok(format!("expected:\n{expected}\nfound:\n{found}"))
}
