//! The snapshot: what needs no Postgres because of it, and that it is not believed when it should not be.

use crate::project::{Project, outcome};

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: src/db
";
const MIGRATION: &str = "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);\n";
const QUERIES: &str = "\
-- name: GetNote :one
SELECT id, body FROM notes WHERE id = @id;

-- name: DeleteNote :exec
DELETE FROM notes WHERE id = @id;

-- name: CountNotes :one
SELECT count(*) FROM notes;
";

/// With it, whatever asks Postgres fails. It says nothing about the queries, so a snapshot stays current.
const NO_POSTGRES: &str = "    database:\n      binaries: nowhere\n";

/// A project whose code and snapshot are current.
fn generated() -> Project {
    let project = Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("migrations/1_notes.sql", MIGRATION),
        ("queries/notes.sql", QUERIES),
    ]);
    assert_eq!(project.output("generate").code, 0);
    project
}

/// [`generated`], and from now on without Postgres.
fn offline() -> Project {
    let project = generated();
    project.write("sqlc.yaml", &format!("{CONFIGURATION}{NO_POSTGRES}"));
    project
}

fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = project.read(path);
    assert!(text.contains(from), "{path} has no `{from}`:\n{text}");
    project.write(path, &text.replacen(from, to, 1));
}

#[test]
fn nothing_is_asked_twice() {
    let project = offline();
    let files = project.tree("");
    for arguments in [
        "generate",
        "check",
        "explain",
        "snapshot",
        "snapshot --check",
    ] {
        let outcome = project.output(arguments);
        assert_eq!(outcome.code, 0, "{}", outcome.transcript(arguments));
    }
    assert_eq!(project.tree(""), files);
    // Only the generated code is lost.
    project.remove("src/db/notes.rs");
    edit(&project, "src/db/mod.rs", "mod notes", "mod other");
    assert_eq!(project.output("check").code, 1);
    assert_eq!(project.output("generate").code, 0);
    assert_eq!(project.tree(""), files);
    insta::assert_snapshot!(project.run("check --live"), @r"
    $ rowsmith check --live
    [stderr]
    error: no Postgres programs in `[project]/nowhere`: No such file or directory (os error 2)
      help: name the folder that holds `initdb` and `postgres`, or none to search for it
    [exit 2]
    ");
}

#[test]
fn whose_build_script_generates_is_told_what_to_check() {
    let project = generated();
    let of_build_scripts = "`rowsmith snapshot --check` is what to run";
    project.remove("src/db/mod.rs");
    let outcome = project.output("check");
    assert_eq!(outcome.code, 1);
    assert!(
        !outcome.stderr.contains(of_build_scripts),
        "{}",
        outcome.stderr
    );
    std::fs::remove_dir_all(project.path("src/db")).unwrap();
    let outcome = project.output("check");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains(of_build_scripts),
        "{}",
        outcome.stderr
    );
    assert_eq!(project.output("snapshot --check").code, 0);
}

#[test]
fn layout_does_not_matter() {
    let project = offline();
    let configuration = project.read("sqlc.yaml");
    let commented = configuration
        .replace("engine:", "# Ours.\n    engine:")
        .replace("src/db", "'src/db'");
    project.write("sqlc.yaml", &commented);
    for path in [
        "migrations/1_notes.sql",
        "queries/notes.sql",
        "rowsmith.snapshot",
    ] {
        let text = project.read(path).replace('\n', "\r\n");
        project.write(path, &text);
    }
    insta::assert_snapshot!(project.run("check"), @r"
    $ rowsmith check
    [stderr]
    [n] generated files are current
    [exit 0]
    ");
}

#[test]
fn what_changed_is_named() {
    let project = offline();
    edit(
        &project,
        "queries/notes.sql",
        "body FROM",
        "body AS text FROM",
    );
    project.write("migrations/2_more.sql", "CREATE TABLE more ();\n");
    insta::assert_snapshot!(project.run("check --offline"), @r"
    $ rowsmith check --offline
    [stderr]
    error[unusable-snapshot]: the snapshot `rowsmith.snapshot` is not current (`migrations/2_more.sql` is new, `queries/notes.sql` changed), and Postgres may not be asked
    --> rowsmith.snapshot
     = help: run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code) on a machine with Postgres, and commit the snapshot

    1 mistake
    [exit 1]
    ");
    project.remove("rowsmith.snapshot");
    let mut command = project.command("generate");
    let outcome = outcome(command.env("ROWSMITH_OFFLINE", "1"), &project);
    insta::assert_snapshot!(outcome.transcript("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[unusable-snapshot]: there is no snapshot `rowsmith.snapshot`, and Postgres may not be asked
    --> rowsmith.snapshot
     = help: run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code) on a machine with Postgres, and commit the snapshot

    1 mistake; nothing was written
    [exit 1]
    ");
}

#[test]
fn a_damaged_snapshot_is_made_anew() {
    let project = generated();
    let whole = project.read("rowsmith.snapshot");
    let conflict = whole.replacen("   \"inputs\"", "<<<<<<< HEAD\n   \"inputs\"", 1);
    let edited = whole.replacen("never:", "maybe:", 1);
    let mut transcript = String::new();
    assert!(
        ![&conflict, &edited].contains(&&whole),
        "the file has these"
    );
    for damaged in [&conflict, &edited, &whole[..whole.len() / 2], &whole[..12]] {
        project.write("rowsmith.snapshot", damaged);
        let check = project.output("check");
        assert_eq!(check.code, 1);
        let warning = check.stderr.lines().next().unwrap().to_owned();
        transcript.extend([&warning, "\n"]);
        assert_eq!(project.output("generate").code, 0);
        assert_eq!(project.read("rowsmith.snapshot"), whole);
    }
    insta::assert_snapshot!(transcript, @r"
    warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` holds a merge conflict, so it is made anew
    warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` was changed since rowsmith wrote it, so it is made anew
    warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` is cut short, so it is made anew
    warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` is cut short, so it is made anew
    ");
}

#[test]
fn one_query_changes_a_few_lines() {
    let project = generated();
    let before = project.read("rowsmith.snapshot");
    edit(&project, "queries/notes.sql", "count(*)", "max(id)");
    assert_eq!(project.output("generate").code, 0);
    let after = project.read("rowsmith.snapshot");
    let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b);
    let changed: Vec<&str> = changed.map(|(_, after)| after.trim()).collect();
    // The digests of the rest, the file and the query precede what was asked.
    insta::assert_snapshot!(changed[3..].join("\n"), @r#"
    "sql": "SELECT max(id) FROM notes",
    {"name": "max", "type": "int8", "null": "maybe: `max` over no rows is NULL"}
    "#);
    assert_eq!(before.lines().count(), after.lines().count());
}

/// What is taken from the snapshot for queries that did not change is what Postgres would say.
#[test]
fn parts_are_as_good_as_the_whole() {
    let project = generated();
    // A file, and what is replaced in it by what.
    let edits = [
        ("queries/notes.sql", "SELECT id, body", "SELECT body, id"),
        ("queries/notes.sql", "DELETE", "\n\nDELETE"),
        (
            "queries/notes.sql",
            "-- name: CountNotes",
            "-- name: HowMany",
        ),
        ("migrations/1_notes.sql", "text NOT NULL", "text"),
    ];
    for (path, from, to) in edits {
        edit(&project, path, from, to);
        assert_eq!(project.output("generate").code, 0, "{to}");
        let check = project.output("check --live");
        assert_eq!(check.code, 0, "{to}: {}", check.stdout);
    }
    let more = "-- name: First :many\nSELECT * FROM notes;\n";
    project.write("queries/a.sql", more);
    assert_eq!(project.output("generate").code, 0);
    assert_eq!(project.output("check --live").code, 0);
    project.remove("queries/notes.sql");
    assert_eq!(project.output("generate").code, 0);
    assert_eq!(project.output("check --live").code, 0);
}

#[test]
fn relations_are_kept_and_come_again() {
    let project = generated();
    project.write(
        "migrations/1_notes.sql",
        &format!(
            "{MIGRATION}CREATE TABLE tags (note_id bigint REFERENCES notes (id), tag text);\n"
        ),
    );
    let with = "-- name: GetNote :one\n-- @with { tags(order_by: tag) { tag } }\n";
    edit(
        &project,
        "queries/notes.sql",
        "-- name: GetNote :one\n",
        with,
    );
    assert_eq!(project.output("generate").code, 0);
    let files = project.tree("");
    let code = project.read("src/db/notes.rs");
    assert!(code.contains("ORDER BY tag"), "{code}");
    assert_eq!(project.output("generate --offline").code, 0);
    // One query is asked anew, the other ones with their relations are not.
    edit(
        &project,
        "queries/notes.sql",
        "count(*)",
        "count(*) AS many",
    );
    assert_eq!(project.output("generate").code, 0);
    let edited = project.read("src/db/notes.rs");
    assert!(edited.contains("ORDER BY tag"), "{edited}");
    edit(
        &project,
        "queries/notes.sql",
        "count(*) AS many",
        "count(*)",
    );
    assert_eq!(project.output("generate").code, 0);
    assert_eq!(project.tree(""), files);
    // What `@with` says is part of the query, and `relations` of the configuration.
    edit(
        &project,
        "queries/notes.sql",
        "order_by: tag",
        "order_by: tag DESC",
    );
    assert_eq!(project.output("check --offline").code, 1);
    assert_eq!(project.output("generate").code, 0);
    let code = project.read("src/db/notes.rs");
    assert!(code.contains("ORDER BY tag DESC"), "{code}");
    let rule = "        relations:\n          - {from: tags.note_id, reverse: labels}\n";
    project.write("sqlc.yaml", &format!("{CONFIGURATION}{rule}"));
    let outcome = project.output("check --offline");
    let transcript = outcome.transcript("check --offline");
    assert!(
        transcript.contains("the configuration changed"),
        "{transcript}"
    );
    edit(&project, "queries/notes.sql", "tags(", "labels(");
    assert_eq!(project.output("generate").code, 0);
    let code = project.read("src/db/notes.rs");
    assert!(code.contains("pub labels: "), "{code}");
}

#[test]
fn warnings_come_again() {
    let project = generated();
    edit(
        &project,
        "queries/notes.sql",
        "SELECT id, body",
        "SELECT id AS \"id?\", body",
    );
    let first = project.output("generate");
    project.write("sqlc.yaml", &format!("{CONFIGURATION}{NO_POSTGRES}"));
    let again = project.output("generate");
    assert_eq!(again.code, 0);
    let warnings = |text: &str| {
        text.split("changed ")
            .next()
            .unwrap()
            .split("nothing")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(warnings(&again.stderr), warnings(&first.stderr));
    assert!(again.stderr.starts_with("warning"), "{}", again.stderr);
}

#[test]
fn each_configuration_has_its_snapshot() {
    let project = generated();
    project.write("other.yaml", &CONFIGURATION.replace("src/db", "src/other"));
    let outcome = project.output("snapshot -f other.yaml");
    assert_eq!(outcome.stderr, "created rowsmith.other.snapshot\n");
    assert_eq!(project.output("check").code, 0);
    insta::assert_snapshot!(project.run("snapshot --check -f other.yaml"), @r"
    $ rowsmith snapshot --check -f other.yaml
    [stderr]
    the snapshot is current
    [exit 0]
    ");
    edit(&project, "queries/notes.sql", "DeleteNote", "Drop");
    let check = project.output("snapshot --check -f other.yaml");
    insta::assert_snapshot!(check.stderr, @r"
    error: the snapshot is not current
      `rowsmith.other.snapshot` differs from what is generated
      help: run `rowsmith snapshot` and commit the changes
    ");
}
