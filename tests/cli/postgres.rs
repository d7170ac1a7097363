//! Which Postgres is asked: that the one that was meant is, and that people can see which one it was.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::project::{Project, outcome, without_postgres};

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: src/db
    database:
      version: 15
";

/// A project that is generated, with the major version of the Postgres that is installed, and a folder of programs that
/// say they are Postgres 98.
fn generated() -> (Project, String) {
    let project = Project::new(&[
        (
            "sqlc.yaml",
            &CONFIGURATION.replace("version: 15", "provider: auto"),
        ),
        ("schema.sql", "CREATE TABLE notes (body text);\n"),
        (
            "queries/notes.sql",
            "-- name: ListNotes :many\nSELECT body FROM notes;\n",
        ),
    ]);
    for name in ["postgres", "initdb"] {
        let path = format!("98/bin/{name}");
        project.write(
            &path,
            "#!/bin/sh\necho 'postgres (PostgreSQL) 98.6 (Fake)'\n",
        );
        fs::set_permissions(project.path(&path), Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(project.output("generate").code, 0);
    let snapshot = project.read("rowsmith.snapshot");
    let line = snapshot.lines().find(|line| line.contains("\"postgres\":"));
    let digits = line.unwrap().chars().filter(char::is_ascii_digit);
    (project, digits.collect())
}

/// Runs `rowsmith` with the programs of [`generated`] found before all others. What differs from machine to machine is
/// replaced.
fn run(project: &Project, major: &str, arguments: &str) -> String {
    let path = env::var("PATH").unwrap();
    let fakes = project.path("98/bin");
    let mut command = project.command(arguments);
    command.env("PATH", format!("{}:{path}", fakes.display()));
    let text = outcome(&mut command, project).transcript(arguments);
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        // Others may be installed, too.
        let is_note = line.contains("note: there is Postgres");
        if is_note && !line.contains("Postgres 98") {
            continue;
        }
        lines.push(line.replace(&format!("Postgres {major}"), "Postgres MAJOR"));
    }
    lines
        .join("\n")
        .replace(&format!("version: {major}"), "version: MAJOR")
}

fn set_version(project: &Project, version: &str) {
    project.write("sqlc.yaml", &CONFIGURATION.replace("15", version));
}

#[test]
fn the_version_that_is_asked_for_is_used() {
    let (project, major) = generated();
    // The newest is another one, and would fail.
    set_version(&project, &major);
    let text = run(&project, &major, "check --live --verbose");
    let asked = text.lines().find(|line| line.starts_with("asked "));
    let asked = asked.unwrap_or_else(|| panic!("{text}"));
    assert!(asked.starts_with("asked Postgres MAJOR."), "{asked}");
    let reasons = ["the only one of version", "the newest of"];
    assert!(
        reasons.iter().any(|reason| asked.contains(reason)),
        "{asked}"
    );
    assert!(text.ends_with("[exit 0]"), "{text}");
}

#[test]
fn a_version_that_is_not_installed_is_a_mistake() {
    let (project, major) = generated();
    set_version(&project, "97");
    insta::assert_snapshot!(run(&project, &major, "generate"), @r"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: no Postgres 97 is installed
      --> sqlc.yaml:10:16
       |
    10 |       version: 97
       |                ^^ Postgres 97 is asked for here
       |
       = note: there is Postgres 98.6 in `[project]/98/bin`
       = help: install Postgres 97, or name its folder in `binaries` or a server of Postgres 97 in `uri`, or write `version: 98`

    1 mistake; nothing was written
    [exit 1]
    ");
    // A new version asks everything anew, and where nothing may be asked, that is a mistake in the configuration.
    insta::assert_snapshot!(run(&project, &major, "check --offline"), @r"
    $ rowsmith check --offline
    [stderr]
    error[unusable-snapshot]: the snapshot `rowsmith.snapshot` is not current (it is of Postgres MAJOR, not 97), and Postgres may not be asked
      --> sqlc.yaml:10:16
       |
    10 |       version: 97
       |                ^^ Postgres 97 is asked for here
       |
       = help: run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code) on a machine with Postgres, and commit the snapshot; or write `version: MAJOR`

    1 mistake
    [exit 1]
    ");
    project.write(
        "sqlc.yaml",
        &format!("{CONFIGURATION}      binaries: 98/bin\n").replace("15", "97"),
    );
    insta::assert_snapshot!(run(&project, &major, "generate"), @r"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: the installation in `[project]/98/bin` is Postgres 98.6, not 97
      --> sqlc.yaml:10:16
       |
    10 |       version: 97
       |                ^^ Postgres 97 is asked for here
       |
       = help: name the folder of another installation, or none to have one of that version searched for, or write `version: 98`

    1 mistake; nothing was written
    [exit 1]
    ");
    set_version(&project, "13");
    insta::assert_snapshot!(run(&project, &major, "generate"), @r"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: Postgres 13 is too old
      --> sqlc.yaml:10:16
       |
    10 |       version: 13
       |                ^^ Postgres 13 is asked for here
       |
       = help: write `version: 14` or a later one: that of your production

    1 mistake; nothing was written
    [exit 1]
    ");
}

#[test]
fn a_machine_without_any_postgres_is_told_what_to_do() {
    let (project, _) = generated();
    let run = |arguments: &str| {
        let hidden = without_postgres(&project.command(arguments));
        hidden.map(|mut command| outcome(&mut command, &project).transcript(arguments))
    };
    // Nothing changed, so none is needed.
    let Some(unchanged) = run("check") else {
        return;
    };
    assert!(unchanged.ends_with("[exit 0]\n"), "{unchanged}");
    if cfg!(feature = "embedded") {
        return;
    }
    project.write(
        "queries/notes.sql",
        "-- name: ListNotes :many\nSELECT * FROM notes;\n",
    );
    let before = project.tree("src");
    insta::assert_snapshot!(run("generate").unwrap(), @r"
    $ rowsmith generate
    [stderr]
    error: no Postgres found: rowsmith checks SQL on a throwaway Postgres server, and needs its programs `initdb` and `postgres`, or a server to use
      help: run `rowsmith postgres install`, which downloads one for rowsmith alone; or install Postgres (Debian and Ubuntu: `apt install postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`); or set `ROWSMITH_DATABASE_URL` to the URI of a server where a database may be created for a moment, as `postgres://user:PASSWORD@localhost/postgres`
    [exit 2]
    ");
    assert_eq!(project.tree("src"), before);
    project.write(
        "sqlc.yaml",
        &CONFIGURATION.replace("version: 15", "provider: embedded"),
    );
    insta::assert_snapshot!(run("generate").unwrap(), @r"
    $ rowsmith generate
    [stderr]
    error: this `rowsmith` was built without the embedded Postgres
      help: build rowsmith with `--features embedded`, or install Postgres 14 or later, or name a server in `database.uri`
    [exit 2]
    ");
}

#[tokio::test]
async fn a_server_of_another_version_is_a_mistake() {
    let (project, major) = generated();
    let generator = rowsmith::Generator::from_file(project.path("sqlc.yaml")).unwrap();
    let server = generator.throwaway_database().await.unwrap();
    let [tokio_postgres::config::Host::Unix(socket)] = server.config().get_hosts() else {
        panic!("the server has one socket");
    };
    let port = server.config().get_ports()[0];
    // If it ever is not, this says what is left of it.
    let is_there = || {
        let folder = socket.parent().unwrap();
        let left = fs::read_dir(folder).map(Iterator::count);
        let sockets = fs::read_dir(socket).map(Iterator::count);
        let file = socket.join(format!(".s.PGSQL.{port}"));
        assert!(file.exists(), "{}: {left:?}, {sockets:?}", socket.display());
    };
    is_there();
    let uri = format!(
        "host={} port={port} user=postgres dbname=postgres",
        socket.display()
    );
    let mask = |text: String| {
        let text = text.replace(&socket.display().to_string(), "SOCKET");
        let mut masked = String::new();
        for line in text.split_inclusive('\n') {
            match line.split_once("Postgres MAJOR.") {
                // The minor version.
                Some((before, after)) => {
                    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
                    masked.extend([before, "Postgres MAJOR.X", after]);
                }
                None => masked += line,
            }
        }
        masked
    };

    project.write(
        "sqlc.yaml",
        &format!("{CONFIGURATION}      uri: {uri}\n").replace("15", "97"),
    );
    let text = run(&project, &major, "generate");
    is_there();
    insta::assert_snapshot!(mask(text), @r"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: the server at `SOCKET:1` is Postgres MAJOR.X, not 97
      --> sqlc.yaml:10:16
       |
    10 |       version: 97
       |                ^^ Postgres 97 is asked for here
       |
       = help: name a server of that version, or none to have installed programs used, or write `version: MAJOR`

    1 mistake; nothing was written
    [exit 1]
    ");

    set_version(&project, "97");
    let mut command = project.command("generate");
    command.env("ROWSMITH_DATABASE_URL", &uri);
    let text = outcome(&mut command, &project).transcript("generate");
    let text = text.replace(&format!("Postgres {major}"), "Postgres MAJOR");
    let text = text.replace(&format!("version: {major}"), "version: MAJOR");
    insta::assert_snapshot!(mask(text), @r"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: the server at `SOCKET:1` is Postgres MAJOR.X, not 97
      --> sqlc.yaml:10:16
       |
    10 |       version: 97
       |                ^^ Postgres 97 is asked for here
       |
       = help: unset `ROWSMITH_DATABASE_URL` to have installed programs used, or set it to a server of that version, or write `version: MAJOR`

    1 mistake; nothing was written
    [exit 1]
    ");

    // The right one.
    set_version(&project, &major);
    let mut command = project.command("check --live --verbose");
    command.env("ROWSMITH_DATABASE_URL", &uri);
    let text = outcome(&mut command, &project).transcript("check --live --verbose");
    insta::assert_snapshot!(mask(text.replace(&format!("Postgres {major}"), "Postgres MAJOR")), @r"
    $ rowsmith check --live --verbose
    [stderr]
    asked Postgres MAJOR.X (server, SOCKET:1): the server that `ROWSMITH_DATABASE_URL` names
    [n] generated files are current
    [exit 0]
    ");
    server.close().await.unwrap();
}
