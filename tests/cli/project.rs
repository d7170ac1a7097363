//! A project in a temporary folder, and the command run on it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use tempfile::TempDir;

pub(crate) struct Project {
    folder: TempDir,
}

/// What a command did.
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("project-").tempdir();
        let project = Self {
            folder: folder.unwrap(),
        };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new(&[]);
        for (path, text) in self.tree("") {
            copy.write(&path, &text);
        }
        copy
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        match relative {
            "" => self.folder.path().to_path_buf(),
            relative => self.folder.path().join(relative),
        }
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// The text of every file below `folder`.
    pub(crate) fn tree(&self, folder: &str) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        visit(&self.path(folder), "", &mut |name, path| {
            files.insert(name, fs::read_to_string(path).unwrap());
        });
        files
    }

    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        self.tree(folder).into_keys().collect()
    }

    /// When each file below `folder` was written.
    pub(crate) fn stamps(&self, folder: &str) -> BTreeMap<String, SystemTime> {
        let mut stamps = BTreeMap::new();
        visit(&self.path(folder), "", &mut |name, path| {
            stamps.insert(name, path.metadata().unwrap().modified().unwrap());
        });
        stamps
    }

    /// `rowsmith` with these arguments, in the project's folder and with nothing of the caller's settings.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path(""))
            .env_remove("ROWSMITH_DATABASE_URL")
            .env_remove("GITHUB_WORKSPACE")
            .env("NO_COLOR", "1");
        command
    }

    pub(crate) fn output(&self, arguments: &str) -> Outcome {
        outcome(&mut self.command(arguments), self)
    }

    /// The transcript of a command.
    pub(crate) fn run(&self, arguments: &str) -> String {
        self.output(arguments).transcript(arguments)
    }

    /// The transcript of a command that is run in a folder of the project.
    pub(crate) fn run_in(&self, folder: &str, arguments: &str) -> String {
        let mut command = self.command(arguments);
        outcome(command.current_dir(self.path(folder)), self).transcript(arguments)
    }

    /// Runs a command line that has to succeed.
    pub(crate) fn shell(&self, line: &str) {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.path(""))
            .env("GIT_CEILING_DIRECTORIES", self.path("").parent().unwrap());
        let outcome = outcome(&mut command, self);
        assert_eq!(
            outcome.code, 0,
            "{line}\n{}{}",
            outcome.stdout, outcome.stderr
        );
    }
}

pub(crate) fn outcome(command: &mut Command, project: &Project) -> Outcome {
    let output = command.output().unwrap();
    let folder = project.path("").display().to_string();
    let text = |bytes| {
        String::from_utf8(bytes)
            .unwrap()
            .replace(&folder, "[project]")
    };
    Outcome {
        stdout: text(output.stdout),
        stderr: without_client(&text(output.stderr)),
        code: output.status.code().expect("no signal ended it"),
    }
}

/// The folders in which packages put Postgres: those of `src/database/binaries.rs`, but for macOS.
const PACKAGED: &str = "/usr/lib/postgresql /usr/lib64/postgresql-* /usr/libexec/postgresql* /usr/pgsql-* \
                        /usr/local/pgsql /home/linuxbrew/.linuxbrew/opt/postgresql*";

/// The command on a machine without any Postgres: empty folders lie over those of packages, and nothing is on the `PATH`.
/// Nothing where the system allows nobody here to do that, which is said.
#[expect(clippy::print_stderr, reason = "a test that tested nothing says so")]
pub(crate) fn without_postgres(command: &Command) -> Option<Command> {
    let of_root = ["--mount"].as_slice();
    let of_others = ["--mount", "--user", "--map-root-user"].as_slice();
    let hide = format!(
        "for folder in {PACKAGED}; do [ ! -d $folder ] || mount -t tmpfs none $folder || exit 1; done"
    );
    let unshare = |how: &[&str], line: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(how).args(["sh", "-c", line]);
        unshare
    };
    let mut ways = [of_root, of_others].into_iter();
    let way = ways.find(|how| {
        let tried = unshare(how, &hide).output();
        tried.is_ok_and(|tried| tried.status.success())
    });
    let Some(way) = way else {
        eprintln!("not tested: the Postgres of this machine cannot be hidden here");
        return None;
    };
    let line = format!("{hide}; PATH=/nowhere exec \"$0\" \"$@\"");
    let mut hidden = unshare(way, &line);
    hidden.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => hidden.env(name, value),
            None => hidden.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        hidden.current_dir(folder);
    }
    Some(hidden)
}

/// What is reported, without the files that are the same in each project and their number.
fn without_client(text: &str) -> String {
    let is_client = |line: &str| {
        let verb = line.split(' ').next().unwrap_or_default();
        ["created", "changed", "removed"].contains(&verb) && line.contains("/client/")
    };
    let lines = text.split_inclusive('\n').filter(|line| !is_client(line));
    let lines = lines.map(|line| match line.split_once(" generated files are") {
        Some((before, after)) => {
            let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
            format!("{before}[n] generated files are{after}")
        }
        None => line.to_owned(),
    });
    lines.collect()
}

impl Outcome {
    pub(crate) fn transcript(&self, arguments: &str) -> String {
        let mut transcript = format!("$ rowsmith {arguments}\n");
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let _ = writeln!(transcript, "[{name}]\n{}", text.trim_end_matches('\n'));
                assert!(text.ends_with('\n'), "{text:?}");
            }
        }
        let _ = writeln!(transcript, "[exit {}]", self.code);
        transcript
    }
}

/// The transcript of a `check`, without the lines of the files.
pub(crate) fn headers_of_diff(outcome: &Outcome) -> String {
    let is_shown = |line: &&str| {
        ["--- ", "+++ ", "::"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let stdout = outcome.stdout.lines().filter(is_shown);
    let stdout = stdout.flat_map(|line| [line, "\n"]).collect();
    let stderr = outcome.stderr.clone();
    Outcome {
        stdout,
        stderr,
        code: outcome.code,
    }
    .transcript("check")
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn visit(folder: &Path, prefix: &str, found: &mut dyn FnMut(String, &Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().display());
        if path.is_dir() {
            visit(&path, &format!("{name}/"), found);
        } else {
            found(name, &path);
        }
    }
}
