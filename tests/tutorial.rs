//! `docs/tutorial.md`, followed step by step: each file is written, and each command run, in the order of the page.
//!
//! Slow at first, since it compiles a web service: `cargo test --test tutorial -- --ignored`.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the page wants done.
enum Step {
    Write {
        path: String,
        text: String,
    },
    /// A command, and whether it is to fail.
    Run {
        line: String,
        fails: bool,
    },
    /// What the last command printed.
    Output(String),
}

/// Reads the page. What a block is for stands in a comment above it.
fn steps() -> Vec<Step> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md"));
    let page = page.unwrap();
    let mut lines = page.lines();
    let mut steps = Vec::new();
    let mut mark = "";
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- ") {
            mark = comment.trim_end_matches(" -->");
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(path) = mark.strip_prefix("file: ") {
                let text = block.join("\n") + "\n";
                steps.push(Step::Write {
                    path: path.to_owned(),
                    text,
                });
            } else if mark == "output" {
                steps.push(Step::Output(block.join("\n")));
            } else if language == "console" {
                let fails = mark == "fails";
                let commands = block.iter().filter_map(|line| line.strip_prefix("$ "));
                steps.extend(commands.map(|line| Step::Run {
                    line: line.to_owned(),
                    fails,
                }));
            }
            mark = "";
        }
    }
    steps
}

#[test]
#[ignore = "compiles a web service"]
fn the_tutorial_works() {
    let root = tempfile::tempdir().unwrap();
    let mut folder = root.path().to_owned();
    let mut last: Option<Output> = None;
    let mut ran = 0;
    for step in steps() {
        match step {
            Step::Write { path, text } => {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Step::Run { line, .. } if line.starts_with("cd ") => {
                folder.push(line.trim_start_matches("cd "));
            }
            Step::Run { line, fails } => {
                let output = run(&folder, &line);
                let told = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.success(), !fails, "{line}\n{told}");
                last = Some(output);
                ran += 1;
            }
            Step::Output(expected) => {
                let stdout = String::from_utf8(last.take().unwrap().stdout).unwrap();
                assert_eq!(stdout.trim_end(), expected);
            }
        }
    }
    assert!(ran > 8, "the commands are found");
    // All tests of the service have run.
    assert!(folder.join("src/db/links.rs").is_file());
}

fn run(folder: &Path, line: &str) -> Output {
    let rowsmith = Path::new(env!("CARGO_BIN_EXE_rowsmith"))
        .parent()
        .unwrap()
        .to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(rowsmith).chain(env::split_paths(&path))).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", target)
        .env("NO_COLOR", "1")
        .env_remove("ROWSMITH_DATABASE_URL");
    for variable in env::vars_os().map(|(name, _)| name) {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    command.output().unwrap()
}

/// Nothing of the page is passed over by mistake.
#[test]
fn the_tutorial_is_read_as_a_whole() {
    let mut written: Vec<PathBuf> = Vec::new();
    let (mut commands, mut outputs) = (0, 0);
    for step in steps() {
        match step {
            Step::Write { path, .. } => written.push(path.into()),
            Step::Run { .. } => commands += 1,
            Step::Output(_) => outputs += 1,
        }
    }
    assert_eq!(written.len(), 9, "{written:?}");
    assert_eq!((commands, outputs), (11, 1));
}
