//! `rowsmith watch` and what is kept between runs: templates, clusters, generated code.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{Project, outcome};

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: db
";

fn project() -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        (
            "schema.sql",
            "CREATE TABLE notes (id int NOT NULL, body text);\n",
        ),
        (
            "queries/a.sql",
            "-- name: Ids :many\nSELECT id FROM notes;\n",
        ),
    ])
}

/// `rowsmith watch` in the project, which writes what it tells into `told`.
fn watch(project: &Project) -> Child {
    let told = fs::File::create(project.path("told")).unwrap();
    let mut command = project.command("watch");
    command.stdout(Stdio::null()).stderr(told).spawn().unwrap()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn each_change_is_followed_by_code() {
    let project = project();
    let mut child = watch(&project);
    let told = || fs::read_to_string(project.path("told")).unwrap();
    let generated = |name| fs::read_to_string(project.path(name)).unwrap_or_default();
    until("the first code", || {
        generated("db/a.rs").contains("Many<'_, i32>")
    });
    project.write(
        "queries/a.sql",
        "-- name: Ids :many\nSELECT body FROM notes;\n",
    );
    until("a query is followed", || {
        generated("db/a.rs").contains("Option<String>")
    });
    project.write(
        "queries/b.sql",
        "-- name: Bad :one\nSELECT nothing FROM notes;\n",
    );
    until("a mistake is shown", || {
        told().contains("queries/b.sql:2:8")
    });
    assert!(!project.path("db/b.rs").exists());
    project.write(
        "schema.sql",
        "CREATE TABLE notes (id int, body text, nothing uuid);\n",
    );
    until("a migration is followed", || {
        generated("db/b.rs").contains("Uuid")
    });
    project.write(
        "sqlc.yaml",
        &CONFIGURATION.replace("out: db", "out: elsewhere"),
    );
    until("the configuration is followed", || {
        project.path("elsewhere/b.rs").exists()
    });
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(project.output("check --live").code, 0);
}

/// Each follows what was applied before it, whatever was tried in between.
#[test]
fn migrations_are_followed_one_after_another() {
    let table = "CREATE TABLE notes (id int NOT NULL, body text);\n";
    let configuration = CONFIGURATION.replace("schema.sql", "migrations");
    let project = Project::new(&[
        ("sqlc.yaml", configuration.as_str()),
        ("migrations/1.sql", table),
        (
            "queries/a.sql",
            "-- name: Notes :many\nSELECT * FROM notes;\n",
        ),
    ]);
    let mut child = watch(&project);
    let told = || fs::read_to_string(project.path("told")).unwrap();
    let has = |text: &str| {
        let code = fs::read_to_string(project.path("db/a.rs"));
        code.unwrap_or_default().contains(text)
    };
    until("the first code", || has("Notes"));
    let add = |column: &str| format!("ALTER TABLE notes ADD {column} text;\n");
    for (file, text, column) in [
        ("migrations/2.sql", add("alpha"), "alpha"),
        ("migrations/2.sql", add("beta"), "beta"),
        ("migrations/3.sql", add("gamma"), "gamma"),
        ("migrations/3.sql", add("delta"), "delta"),
    ] {
        project.write(file, &text);
        until(column, || has(column));
    }
    assert!(!has("gamma"));
    project.write("migrations/3.sql", "ALTER TABLE note ADD epsilon text;\n");
    until("a mistake is shown", || {
        told().contains("migrations/3.sql:1:")
    });
    project.write("migrations/3.sql", &add("zeta"));
    until("it is mended", || has("zeta"));
    assert!(has("beta") && !has("delta"));
    fs::remove_file(project.path("migrations/3.sql")).unwrap();
    until("one is taken back", || !has("zeta"));
    assert!(has("beta"));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert!(child.wait().unwrap().success());
}

/// With a cache of its own, a project fills it, uses it, and survives the loss of any part of it.
#[test]
fn the_cache_can_be_lost_at_any_time() {
    let project = project();
    let cache = project.path("cache");
    fs::create_dir(&cache).unwrap();
    let run = |arguments: &str| {
        let mut command = project.command(arguments);
        outcome(command.env("XDG_CACHE_HOME", &cache), &project)
    };
    for lost in ["", "rowsmith", "rowsmith/clusters", "rowsmith/generated"] {
        if !lost.is_empty() {
            let _ = fs::remove_dir_all(cache.join(lost));
        }
        for arguments in ["generate --live", "check --live", "check"] {
            let outcome = run(arguments);
            assert_eq!(
                outcome.code,
                0,
                "without `{lost}`: {}",
                outcome.transcript(arguments)
            );
        }
    }
    // What is there but spoilt is as good as lost.
    for entry in fs::read_dir(cache.join("rowsmith/generated")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("i32", "u32")).unwrap();
    }
    assert_eq!(run("check").code, 0);
    let cleaned = run("clean");
    assert_eq!(cleaned.code, 0);
    assert!(
        cleaned.stderr.contains("/rowsmith/generated"),
        "{}",
        cleaned.stderr
    );
    assert!(!cache.join("rowsmith/generated").exists());
    assert_eq!(run("check").code, 0);
}
