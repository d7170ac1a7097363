//! Transcripts of whole commands, as a user sees them.
//!
//! What the generated code says is the business of `tests/cases`; here it is not shown.

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;

use crate::project::{Project, headers_of_diff, json, outcome};

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
-- name: DeleteNote :exec
DELETE FROM notes WHERE id = @id;
";

/// A project without mistakes, nothing generated yet.
fn project() -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("migrations/1_notes.sql", MIGRATION),
        ("queries/notes.sql", QUERIES),
    ])
}

/// A project whose generated code is current.
fn generated() -> Project {
    let project = project();
    assert!(project.run("generate").ends_with("[exit 0]\n"));
    project
}

/// A project with a broken query in each of two files.
fn mistaken() -> Project {
    let project = project();
    project.write(
        "queries/a.sql",
        "-- name: A :one\nSELECT bdoy FROM notes;\n",
    );
    project.write("queries/b.sql", "-- name: B :oen\nSELECT 1;\n");
    project
}

#[test]
fn init_writes_what_generate_reads() {
    let project = Project::new(&[]);
    insta::assert_snapshot!(project.run("init"), @r#"
    $ rowsmith init
    [stderr]
    created migrations/1_notes.sql
    created queries/notes.sql
    created sqlc.yaml
    next:
      1. run `rowsmith generate`, and again whenever the SQL changed
      2. there is no `Cargo.toml` here: run `cargo init`, write `mod db;` into `src/main.rs`, and these lines below `[dependencies]` in `Cargo.toml`:
           futures-core = "0.3"
           tokio-postgres = "0.7"
      3. run `rowsmith exec -- cargo run`: your program gets `DATABASE_URL`, the address of a throwaway database with the migrations
    [exit 0]
    "#);
    insta::assert_snapshot!(project.run("init"), @r"
    $ rowsmith init
    [stderr]
    `sqlc.yaml` is there already, and generates Rust; nothing was written
    next: run `rowsmith generate`
    [exit 0]
    ");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    created src/db/client.rs
    created src/db/mod.rs
    created src/db/models.rs
    created src/db/notes.rs
    created rowsmith.snapshot
    [exit 0]
    ");
}

#[test]
fn init_elsewhere() {
    let project = Project::new(&[("taken/queries", "a file"), ("sqlc.yml", CONFIGURATION)]);
    insta::assert_snapshot!(project.run("init -f ./db/rust.yaml"), @r#"
    $ rowsmith init -f ./db/rust.yaml
    [stderr]
    created db/migrations/1_notes.sql
    created db/queries/notes.sql
    created db/rust.yaml
    next:
      1. run `rowsmith generate -f db/rust.yaml`, and again whenever the SQL changed
      2. there is no `Cargo.toml` here: run `cargo init`, write `mod db;` into `src/main.rs`, and these lines below `[dependencies]` in `Cargo.toml`:
           futures-core = "0.3"
           tokio-postgres = "0.7"
      3. run `rowsmith exec -f db/rust.yaml -- cargo run`: your program gets `DATABASE_URL`, the address of a throwaway database with the migrations
    [exit 0]
    "#);
    insta::assert_snapshot!(project.files("db").join(" "), @"migrations/1_notes.sql queries/notes.sql rust.yaml");
    // There would be two configurations.
    insta::assert_snapshot!(project.run("init"), @r"
    $ rowsmith init
    [stderr]
    `sqlc.yml` is there already, and generates Rust; nothing was written
    next: run `rowsmith generate`
    [exit 0]
    ");
    insta::assert_snapshot!(project.run("init -f other.json"), @r"
    $ rowsmith init -f other.json
    [stderr]
    error: cannot write `other.json`: a new configuration is YAML
      help: run `rowsmith init -f other.yaml`
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("init -f taken/sqlc.yaml"), @r"
    $ rowsmith init -f taken/sqlc.yaml
    [stderr]
    error: cannot create the folder `taken/queries`: it is a file
      help: move it away, or start in another folder with `-f`
    [exit 2]
    ");
    assert_eq!(project.files("taken"), ["queries"]);
}

#[test]
fn generate_writes_what_changed() {
    let project = project();
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    created src/db/client.rs
    created src/db/mod.rs
    created src/db/notes.rs
    created rowsmith.snapshot
    [exit 0]
    ");
    let before = project.stamps("src/db");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    nothing to do: [n] generated files are current
    [exit 0]
    ");
    assert_eq!(project.stamps("src/db"), before, "nothing was touched");
    project.write(
        "queries/notes.sql",
        "-- name: DeleteAll :exec\nDELETE FROM notes;\n",
    );
    project.write(
        "queries/more.sql",
        "-- name: DeleteEmpty :exec\nDELETE FROM notes WHERE body = '';\n",
    );
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    created src/db/more.rs
    changed src/db/mod.rs
    changed src/db/notes.rs
    changed rowsmith.snapshot
    [exit 0]
    ");
    project.remove("queries/more.sql");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    changed src/db/mod.rs
    changed rowsmith.snapshot
    removed src/db/more.rs
    [exit 0]
    ");
    let mut files = project.files("src/db");
    files.retain(|file| !file.starts_with("client/"));
    assert_eq!(
        files,
        ["client.rs", "mod.rs", "notes.rs"],
        "no temporary file is left"
    );
}

#[test]
fn generate_from_elsewhere() {
    let project = project();
    fs::create_dir(project.path("inside")).unwrap();
    insta::assert_snapshot!(project.run_in("inside", "generate -f ../sqlc.yaml"), @r"
    $ rowsmith generate -f ../sqlc.yaml
    [stderr]
    created ../src/db/client.rs
    created ../src/db/mod.rs
    created ../src/db/notes.rs
    created ../rowsmith.snapshot
    [exit 0]
    ");
    // Names are short where the way back and forth can be seen to cancel out.
    project.write(
        "inside/sqlc.yaml",
        &CONFIGURATION
            .replace(": migrations", ": ../migrations")
            .replace(": queries", ": ../queries")
            .replace("src/db", "../lib/db"),
    );
    insta::assert_snapshot!(project.run("generate -f inside/sqlc.yaml"), @r"
    $ rowsmith generate -f inside/sqlc.yaml
    [stderr]
    created lib/db/client.rs
    created lib/db/mod.rs
    created lib/db/notes.rs
    created inside/rowsmith.snapshot
    [exit 0]
    ");
}

#[test]
fn check_of_current_code() {
    let project = generated();
    insta::assert_snapshot!(project.run("check"), @r"
    $ rowsmith check
    [stderr]
    [n] generated files are current
    [exit 0]
    ");
    insta::assert_snapshot!(project.run("check --format json"), @r"
    $ rowsmith check --format json
    [stdout]
    []
    [stderr]
    [n] generated files are current
    [exit 0]
    ");
    insta::assert_snapshot!(project.run("check --format github"), @r"
    $ rowsmith check --format github
    [stderr]
    [n] generated files are current
    [exit 0]
    ");
    // A file of one's own is no business of rowsmith's.
    project.write("src/db/own.rs", "fn own() {}\n");
    insta::assert_snapshot!(project.run("check"), @r"
    $ rowsmith check
    [stderr]
    [n] generated files are current
    [exit 0]
    ");
}

type Edit = fn(&Project);

#[test]
#[expect(clippy::too_many_lines, reason = "most are a transcript")]
fn check_finds_drift() {
    let project = generated();
    project.write("src/db/own.rs", "fn own() {}\n");
    let current = project.tree("src/db");
    let edits: [(&str, Edit); 5] = [
        ("a query edited", |project| {
            project.write("queries/notes.sql", &QUERIES.replace("DeleteNote", "Drop"));
        }),
        ("a query file added", |project| {
            project.write("queries/more.sql", "-- name: One :exec\nSELECT 1;\n");
        }),
        ("a generated file edited", |project| {
            let text = project.read("src/db/notes.rs");
            project.write("src/db/notes.rs", &text.replace("id = $1", "id <> $1"));
        }),
        ("a generated file deleted", |project| {
            project.remove("src/db/mod.rs");
        }),
        ("a generated file copied", |project| {
            project.write("src/db/copy.rs", &project.read("src/db/notes.rs"));
        }),
    ];
    let mut transcript = String::new();
    for (index, (name, edit)) in edits.into_iter().enumerate() {
        let project = project.copy();
        edit(&project);
        let before = project.tree("");
        let outcome = project.output("check");
        assert_eq!(project.tree(""), before, "{name}: `check` writes nothing");
        transcript.extend([name, "\n", &headers_of_diff(&outcome)]);

        // The diff makes the code current, and so does `generate`.
        let program = ["git apply", "patch -p1"][index % 2];
        let patched = project.copy();
        patched.write("drift.diff", &outcome.stdout);
        patched.shell(&format!("{program} < drift.diff"));
        assert_eq!(patched.output("check").code, 0, "{name}: {program}");
        assert_eq!(project.output("generate").code, 0, "{name}");
        assert_eq!(project.output("check").code, 0, "{name}");
        if !name.starts_with("a query") {
            assert_eq!(project.tree("src/db"), current, "{name}");
        }
    }
    insta::assert_snapshot!(transcript, @r"
    a query edited
    $ rowsmith check
    [stdout]
    --- a/rowsmith.snapshot
    +++ b/rowsmith.snapshot
    --- a/src/db/client/queries.rs
    +++ b/src/db/client/queries.rs
    --- a/src/db/notes.rs
    +++ b/src/db/notes.rs
    [stderr]
    error: the generated code is not current
      `rowsmith.snapshot` differs from what is generated
      `src/db/client/queries.rs` differs from what is generated
      `src/db/notes.rs` differs from what is generated
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    a query file added
    $ rowsmith check
    [stdout]
    --- a/rowsmith.snapshot
    +++ b/rowsmith.snapshot
    --- a/src/db/client/queries.rs
    +++ b/src/db/client/queries.rs
    --- a/src/db/mod.rs
    +++ b/src/db/mod.rs
    --- /dev/null
    +++ b/src/db/more.rs
    [stderr]
    error: the generated code is not current
      `rowsmith.snapshot` differs from what is generated
      `src/db/client/queries.rs` differs from what is generated
      `src/db/mod.rs` differs from what is generated
      `src/db/more.rs` is missing
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    a generated file edited
    $ rowsmith check
    [stdout]
    --- a/src/db/notes.rs
    +++ b/src/db/notes.rs
    [stderr]
    error: the generated code is not current
      `src/db/notes.rs` differs from what is generated
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    a generated file deleted
    $ rowsmith check
    [stdout]
    --- /dev/null
    +++ b/src/db/mod.rs
    [stderr]
    error: the generated code is not current
      `src/db/mod.rs` is missing
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    a generated file copied
    $ rowsmith check
    [stdout]
    --- a/src/db/copy.rs
    +++ /dev/null
    [stderr]
    error: the generated code is not current
      `src/db/copy.rs` is no longer generated
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    ");
}

#[test]
fn drift_for_tools() {
    let project = generated();
    project.remove("src/db/mod.rs");
    project.write("src/db/old.rs", &project.read("src/db/notes.rs"));
    let outcome = project.output("check --format json");
    let mut entries = json(&outcome.stdout);
    let entries = entries.as_array_mut().unwrap();
    let diffs: Vec<String> = entries
        .iter_mut()
        .map(|entry| {
            let diff = entry.as_object_mut().unwrap().remove("diff").unwrap();
            diff.as_str().unwrap().to_owned()
        })
        .collect();
    assert!(diffs[0].starts_with("--- /dev/null\n+++ b/src/db/mod.rs\n@@"));
    assert!(diffs[1].starts_with("--- a/src/db/old.rs\n+++ /dev/null\n@@"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&entries).unwrap(), @r#"
    [
      {
        "code": "drift",
        "column": null,
        "end_column": null,
        "end_line": null,
        "file": "src/db/mod.rs",
        "helps": [
          "run `rowsmith generate` and commit the changes"
        ],
        "line": null,
        "message": "`src/db/mod.rs` is missing",
        "notes": [],
        "severity": "error"
      },
      {
        "code": "drift",
        "column": null,
        "end_column": null,
        "end_line": null,
        "file": "src/db/old.rs",
        "helps": [
          "run `rowsmith generate` and commit the changes"
        ],
        "line": null,
        "message": "`src/db/old.rs` is no longer generated",
        "notes": [],
        "severity": "error"
      }
    ]
    "#);
    assert_eq!((outcome.stderr.as_str(), outcome.code), ("", 1));
    let outcome = project.output("check --format github");
    insta::assert_snapshot!(headers_of_diff(&outcome), @r"
    $ rowsmith check
    [stdout]
    ::error title=drift,file=src/db/mod.rs::`src/db/mod.rs` is missing%0Ahelp: run `rowsmith generate` and commit the changes
    ::error title=drift,file=src/db/old.rs::`src/db/old.rs` is no longer generated%0Ahelp: run `rowsmith generate` and commit the changes
    --- /dev/null
    +++ b/src/db/mod.rs
    --- a/src/db/old.rs
    +++ /dev/null
    [stderr]
    error: the generated code is not current
      `src/db/mod.rs` is missing
      `src/db/old.rs` is no longer generated
      help: run `rowsmith generate` and commit the changes
    [exit 1]
    ");
}

#[test]
fn mistakes_for_people() {
    let project = mistaken();
    insta::assert_snapshot!(project.run("generate"), @r#"
    $ rowsmith generate
    [stderr]
    error[invalid-query]: column "bdoy" does not exist
     --> queries/a.sql:2:8
      |
    2 | SELECT bdoy FROM notes;
      |        ^^^^ no such column
      |
      = note: SQLSTATE 42703
      = help: did you mean `body`?

    error[invalid-annotation]: unknown command `:oen`
     --> queries/b.sql:1:12
      |
    1 | -- name: B :oen
      |            ^^^^
      |
      = note: the commands are `:one`, `:many`, `:exec`, `:execrows`, `:execresult`, `:copyfrom`, `:batchexec`, `:batchone` and `:batchmany`
      = help: did you mean `:one`?

    2 mistakes; nothing was written
    [exit 1]
    "#);
    assert!(!project.path("src").exists(), "nothing was written");
    // Only `generate` would have.
    assert!(project.output("check").stderr.ends_with("\n2 mistakes\n"));
    assert!(project.output("explain").stderr.ends_with("\n2 mistakes\n"));
}

#[test]
fn mistakes_for_tools() {
    let project = mistaken();
    insta::assert_snapshot!(project.run("generate --format json"), @r#"
    $ rowsmith generate --format json
    [stdout]
    [
      {
        "severity": "error",
        "code": "invalid-query",
        "message": "column \"bdoy\" does not exist",
        "file": "queries/a.sql",
        "line": 2,
        "column": 8,
        "end_line": 2,
        "end_column": 12,
        "notes": [
          "no such column",
          "SQLSTATE 42703"
        ],
        "helps": [
          "did you mean `body`?"
        ]
      },
      {
        "severity": "error",
        "code": "invalid-annotation",
        "message": "unknown command `:oen`",
        "file": "queries/b.sql",
        "line": 1,
        "column": 12,
        "end_line": 1,
        "end_column": 16,
        "notes": [
          "the commands are `:one`, `:many`, `:exec`, `:execrows`, `:execresult`, `:copyfrom`, `:batchexec`, `:batchone` and `:batchmany`"
        ],
        "helps": [
          "did you mean `:one`?"
        ]
      }
    ]
    [exit 1]
    "#);
    insta::assert_snapshot!(project.run("check --format github"), @r#"
    $ rowsmith check --format github
    [stdout]
    ::error title=invalid-query,file=queries/a.sql,line=2,endLine=2,col=8,endColumn=12::column "bdoy" does not exist%0Ano such column%0ASQLSTATE 42703%0Ahelp: did you mean `body`?
    ::error title=invalid-annotation,file=queries/b.sql,line=1,endLine=1,col=12,endColumn=16::unknown command `:oen`%0Athe commands are `:one`, `:many`, `:exec`, `:execrows`, `:execresult`, `:copyfrom`, `:batchexec`, `:batchone` and `:batchmany`%0Ahelp: did you mean `:one`?
    [exit 1]
    "#);
    // GitHub wants the names of files as they are in the repository.
    let inside = project.copy();
    inside.write("repository/a", "");
    let mut command = inside.command("check --format github");
    command.env("GITHUB_WORKSPACE", inside.path("").parent().unwrap());
    let stdout = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let folder = inside.path("").file_name().unwrap().to_owned();
    let expected = format!("file={}/queries/a.sql,", folder.display());
    assert!(stdout.contains(&expected), "{stdout}");
}

#[test]
fn warnings_stop_nothing() {
    let project = project();
    project.write("queries/later.sql", "-- later\n");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    warning[nothing-found]: `queries/later.sql` holds only comments or nothing
    --> queries/later.sql

    created src/db/client.rs
    created src/db/mod.rs
    created src/db/notes.rs
    created rowsmith.snapshot
    [exit 0]
    ");
    insta::assert_snapshot!(project.run("check --format json"), @r#"
    $ rowsmith check --format json
    [stdout]
    [
      {
        "severity": "warning",
        "code": "nothing-found",
        "message": "`queries/later.sql` holds only comments or nothing",
        "file": "queries/later.sql",
        "line": null,
        "column": null,
        "end_line": null,
        "end_column": null,
        "notes": [],
        "helps": []
      }
    ]
    [stderr]
    [n] generated files are current
    [exit 0]
    "#);
}

#[test]
fn explain_tells_of_queries() {
    let project = project();
    project.write(
        "queries/more.sql",
        "-- name: CountNotes :one\nSELECT count(*) FROM notes;\n",
    );
    let all = project.output("explain");
    assert_eq!((all.stderr.as_str(), all.code), ("", 0));
    let one = project.output("explain CountNotes");
    let other = project.output("explain DeleteNote");
    assert_eq!(all.stdout, format!("{}\n{}", one.stdout, other.stdout));
    insta::assert_snapshot!(other.stdout, @r"
    DeleteNote :exec at queries/notes.sql:1

        DELETE FROM notes WHERE id = $1

    parameters
        $1 id  bigint  i64  no use of `$1` has a meaning for NULL
    ");
    let found = json(&project.output("explain DeleteNote --format json").stdout);
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["parameters"][0]["rust_type"], "i64");
    insta::assert_snapshot!(project.run("explain DeleteNotes"), @r"
    $ rowsmith explain DeleteNotes
    [stderr]
    error: there is no query `DeleteNotes`
      help: did you mean `DeleteNote`?
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("explain Zebra"), @r"
    $ rowsmith explain Zebra
    [stderr]
    error: there is no query `Zebra`
      help: `rowsmith explain` without a name shows all queries
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("explain Zebra --format json"), @r#"
    $ rowsmith explain Zebra --format json
    [stdout]
    [
      {
        "severity": "error",
        "code": "failure",
        "message": "there is no query `Zebra`",
        "file": null,
        "line": null,
        "column": null,
        "end_line": null,
        "end_column": null,
        "notes": [],
        "helps": [
          "`rowsmith explain` without a name shows all queries"
        ]
      }
    ]
    [exit 2]
    "#);
}

#[test]
fn relations_are_shown_to_who_mistakes_them() {
    let project = Project::new(&[
        (
            "sqlc.yaml",
            "version: 2\nsql: [{engine: postgresql, schema: schema.sql, queries: q.sql, gen: {rust: {out: db}}}]\n",
        ),
        (
            "schema.sql",
            "CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes (id));",
        ),
        (
            "q.sql",
            "-- name: ListNodes :many\n-- @with { childs }\nSELECT id, nme FROM nodes;\n",
        ),
    ]);
    assert_eq!(project.output("generate").code, 1);
    insta::assert_snapshot!(project.run("explain --relations"), @r"
    $ rowsmith explain --relations
    [stdout]
    nodes
        children  has many    nodes  by nodes.parent_id
        parent    belongs to  nodes  by nodes.parent_id
    [exit 0]
    ");
    project.write("schema.sql", "CREATE TABLE nodes (id intege);");
    let outcome = project.output("explain --relations");
    assert_eq!((outcome.stdout.as_str(), outcome.code), ("", 1));
}

#[test]
fn explain_tells_of_relations() {
    let project = Project::new(&[
        (
            "sqlc.yaml",
            "version: 2\nsql: [{engine: postgresql, schema: schema.sql, queries: q.sql, gen: {rust: {out: db, loaders: [nodes.children]}}}]\n",
        ),
        (
            "schema.sql",
            "CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes (id));",
        ),
        (
            "q.sql",
            "-- name: ListNodes :many\n-- @with { children(order_by: id) { parent { id } } }\nSELECT id FROM nodes WHERE id = @id;\n\
             -- name: GetNode :one\n-- @with { children(where: id > @least) { id } }\nSELECT id FROM nodes WHERE id = @id;\n",
        ),
    ]);
    insta::assert_snapshot!(project.output("explain ListNodes").stdout, @r"
    ListNodes :many at q.sql:1

        SELECT id FROM nodes WHERE id = $1

    parameters
        $1 id  integer  i32  no use of `$1` has a meaning for NULL

    columns
        id  integer  i32  WHERE keeps only rows where `nodes.id` is not NULL at q.sql:3

    ListNodes.children, any number for each row, at q.sql:2

        SELECT nodes.parent_id
        FROM nodes
        WHERE nodes.parent_id = ANY($1)
        ORDER BY id

    parameters
        $1 keys  integer[]  &[i32]  no use of `$1` has a meaning for NULL

    columns
        parent_id  integer  i32  WHERE keeps only rows where `nodes.parent_id` is not NULL at q.sql:2

    ListNodes.children.parent, one for each row, at q.sql:2

        SELECT nodes.id
        FROM nodes
        WHERE nodes.id = ANY($1)

    parameters
        $1 keys  integer[]  &[i32]  no use of `$1` has a meaning for NULL

    columns
        id  integer  i32  WHERE keeps only rows where `nodes.id` is not NULL at q.sql:2
    ");
    insta::assert_snapshot!(project.output("explain nodes.children").stdout, @r"
    nodes.children, any number for each row, at sqlc.yaml:2

        SELECT nodes.id, nodes.parent_id
        FROM nodes
        WHERE nodes.parent_id = ANY($1)
        ORDER BY nodes.id

    parameters
        $1 keys  integer[]  &[i32]  no use of `$1` has a meaning for NULL

    columns
        id         integer  i32  `nodes.id` is declared NOT NULL
        parent_id  integer  i32  WHERE keeps only rows where `nodes.parent_id` is not NULL
    ");
    let found = json(&project.output("explain ListNodes --format json").stdout);
    assert_eq!(
        found[0]["relations"][1]["name"],
        "ListNodes.children.parent"
    );
    assert_eq!(found[0]["relations"][1]["gives"], "one for each row");
    // One statement for all has all parameters, and its relations none.
    let found = json(&project.output("explain GetNode --format json").stdout);
    let names = |parameters: &serde_json::Value| {
        let parameters = parameters.as_array().unwrap().iter();
        let names = parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&found[0]["parameters"]), ["id", "least"]);
    let children = &found[0]["relations"][0];
    assert_eq!(
        (names(&children["parameters"]), children["sql"].as_str()),
        (vec![], Some(""))
    );
}

#[test]
fn without_a_configuration() {
    let project = Project::new(&[("empty.yaml", "# nothing yet\n"), ("bad.yaml", "a: [\n")]);
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[invalid-config]: there is no `sqlc.yaml`
     = help: `rowsmith init` writes one, and `-f FILE` names one that is elsewhere

    1 mistake; nothing was written
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("generate --format json"), @r#"
    $ rowsmith generate --format json
    [stdout]
    [
      {
        "severity": "error",
        "code": "invalid-config",
        "message": "there is no `sqlc.yaml`",
        "file": null,
        "line": null,
        "column": null,
        "end_line": null,
        "end_column": null,
        "notes": [],
        "helps": [
          "`rowsmith init` writes one, and `-f FILE` names one that is elsewhere"
        ]
      }
    ]
    [exit 1]
    "#);
    insta::assert_snapshot!(project.run("check -f db.yaml"), @r"
    $ rowsmith check -f db.yaml
    [stderr]
    error[unreadable-file]: cannot read `db.yaml`: there is no such file or folder
     = help: `rowsmith init -f db.yaml` writes one

    1 mistake
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("check -f ."), @r"
    $ rowsmith check -f .
    [stderr]
    error[unreadable-file]: cannot read `.`: it is a folder

    1 mistake
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("check -f empty.yaml"), @r"
    $ rowsmith check -f empty.yaml
    [stderr]
    error[invalid-config]: the configuration is empty
    --> empty.yaml
     = help: `rowsmith init` writes a configuration to start from

    1 mistake
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("check -f bad.yaml"), @r"
    $ rowsmith check -f bad.yaml
    [stderr]
    error[invalid-config]: the configuration is not valid YAML
     --> bad.yaml:1:6
      |
    1 | a: [
      |     ^ did not find expected node content

    1 mistake
    [exit 1]
    ");
    project.write("sqlc.yaml", CONFIGURATION);
    project.write("sqlc.json", "{}");
    insta::assert_snapshot!(project.run("explain"), @r"
    $ rowsmith explain
    [stderr]
    error[invalid-config]: there are several configurations: `sqlc.yaml`, `sqlc.json`
     = help: keep one, or choose with `-f FILE`

    1 mistake
    [exit 1]
    ");
}

#[test]
fn files_that_cannot_be_read() {
    let project = project();
    fs::write(
        project.path("queries/latin1.sql"),
        b"-- name: A :one\n-- caf\xe9\nSELECT 1;\n",
    )
    .unwrap();
    fs::write(project.path("queries/binary.sql"), b"\x00\x01\xff\x00").unwrap();
    fs::create_dir(project.path("queries/folder.sql")).unwrap();
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[unreadable-file]: `queries/binary.sql` is not UTF-8
    --> queries/binary.sql
     = help: save the file as UTF-8

    error[unreadable-file]: cannot read `queries/folder.sql`: it is a folder
    --> queries/folder.sql

    error[unreadable-file]: `queries/latin1.sql` is not UTF-8
     --> queries/latin1.sql:2:7
      |
    2 | -- caf�
      |       ^ the byte 0xe9
      |
      = help: save the file as UTF-8

    3 mistakes; nothing was written
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("generate --format github"), @r"
    $ rowsmith generate --format github
    [stdout]
    ::error title=unreadable-file,file=queries/binary.sql::`queries/binary.sql` is not UTF-8%0Ahelp: save the file as UTF-8
    ::error title=unreadable-file,file=queries/folder.sql::cannot read `queries/folder.sql`: it is a folder
    ::error title=unreadable-file,file=queries/latin1.sql,line=2,endLine=2,col=7,endColumn=8::`queries/latin1.sql` is not UTF-8%0Athe byte 0xe9%0Ahelp: save the file as UTF-8
    [exit 1]
    ");
}

#[test]
fn inputs_that_are_not_there() {
    let project = Project::new(&[("sqlc.yaml", CONFIGURATION), ("migrations/README.md", "")]);
    fs::create_dir(project.path("queries")).unwrap();
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[nothing-found]: the folder `migrations` holds no `.sql` file
     --> sqlc.yaml:4:13
      |
    4 |     schema: migrations
      |             ^^^^^^^^^^ named here
      |
      = note: hidden files, `.down.sql` files and folders in it are not read
      = help: put a migration there, or name another folder

    error[nothing-found]: the folder `queries` is empty
     --> sqlc.yaml:5:14
      |
    5 |     queries: queries
      |              ^^^^^^^ named here
      |
      = help: put a query there, or name another folder

    2 mistakes; nothing was written
    [exit 1]
    ");
    project.write(
        "sqlc.yaml",
        &CONFIGURATION.replace(": migrations", ": [schema.sql, sql/*.sql]"),
    );
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[unreadable-file]: cannot read `schema.sql`: there is no such file or folder
     --> sqlc.yaml:4:14
      |
    4 |     schema: [schema.sql, sql/*.sql]
      |              ^^^^^^^^^^ named here

    error[nothing-found]: no `.sql` file matches `sql/*.sql`
     --> sqlc.yaml:4:26
      |
    4 |     schema: [schema.sql, sql/*.sql]
      |                          ^^^^^^^^^ named here
      |
      = help: `*` stands for any characters of a name, `**` for folders at any depth

    error[nothing-found]: the folder `queries` is empty
     --> sqlc.yaml:5:14
      |
    5 |     queries: queries
      |              ^^^^^^^ named here
      |
      = help: put a query there, or name another folder

    3 mistakes; nothing was written
    [exit 1]
    ");
}

#[test]
fn servers_that_cannot_be_used() {
    let project = project();
    let database = |lines: &str| {
        project.write(
            "sqlc.yaml",
            &format!("{CONFIGURATION}    database:\n{lines}"),
        );
    };
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    database(&format!(
        "      uri: postgres://me:secret@127.0.0.1:{port}/x\n"
    ));
    let closed = |text: String| text.replace(&port.to_string(), "[port]");
    insta::assert_snapshot!(closed(project.run("generate")), @r"
    $ rowsmith generate
    [stderr]
    error: cannot reach the Postgres server at `127.0.0.1:[port]`
      caused by: Connection refused (os error 111)
      help: start it, correct its URI, or give none to use installed Postgres programs
    [exit 2]
    ");
    insta::assert_snapshot!(closed(project.run("generate --format json")), @r#"
    $ rowsmith generate --format json
    [stdout]
    [
      {
        "severity": "error",
        "code": "failure",
        "message": "cannot reach the Postgres server at `127.0.0.1:[port]`",
        "file": null,
        "line": null,
        "column": null,
        "end_line": null,
        "end_column": null,
        "notes": [
          "caused by: Connection refused (os error 111)"
        ],
        "helps": [
          "start it, correct its URI, or give none to use installed Postgres programs"
        ]
      }
    ]
    [exit 2]
    "#);
    insta::assert_snapshot!(closed(project.run("generate --format github")), @r"
    $ rowsmith generate --format github
    [stdout]
    ::error title=failure::cannot reach the Postgres server at `127.0.0.1:[port]`%0Acaused by: Connection refused (os error 111)%0Ahelp: start it, correct its URI, or give none to use installed Postgres programs
    [exit 2]
    ");
    database("      uri: mysql://localhost/x\n");
    insta::assert_snapshot!(project.run("check"), @r"
    $ rowsmith check
    [stderr]
    error: the server URI does not begin with `postgres://`
      help: write it as `postgres://user:PASSWORD@host:5432/postgres`, special characters of the password as `%xx`
    [exit 2]
    ");
    database("      uri: ${NO_SUCH_VARIABLE}/x\n");
    insta::assert_snapshot!(project.run("check"), @r"
    $ rowsmith check
    [stderr]
    error[invalid-config]: the environment variable `NO_SUCH_VARIABLE` is not set
      --> sqlc.yaml:10:12
       |
    10 |       uri: ${NO_SUCH_VARIABLE}**
       |            ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: set it, or remove `uri` to use a private Postgres

    1 mistake
    [exit 1]
    ");
    database("      binaries: nowhere\n");
    let mut command = project.command("check");
    let outcome = outcome(command.env("PATH", ""), &project);
    insta::assert_snapshot!(outcome.transcript("check"), @r"
    $ rowsmith check
    [stderr]
    error: no Postgres programs in `[project]/nowhere`: No such file or directory (os error 2)
      help: name the folder that holds `initdb` and `postgres`, or none to search for it
    [exit 2]
    ");
    assert!(!project.path("src").exists(), "nothing was written");
}

#[test]
fn output_that_is_in_the_way() {
    let project = project();
    project.write("src/db/notes.rs", "fn mine() {}\n");
    fs::create_dir(project.path("src/db/mod.rs")).unwrap();
    let before = project.tree("");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[foreign-file]: `src/db/mod.rs` is a folder, so it is not replaced
    --> src/db/mod.rs
     = help: move it away, or choose another `out` in the configuration

    error[foreign-file]: `src/db/notes.rs` was not written by rowsmith, so it is not replaced
    --> src/db/notes.rs
     = help: move it away, or choose another `out` in the configuration

    2 mistakes; nothing was written
    [exit 1]
    ");
    insta::assert_snapshot!(project.run("check --format github"), @r"
    $ rowsmith check --format github
    [stdout]
    ::error title=foreign-file,file=src/db/mod.rs::`src/db/mod.rs` is a folder, so it is not replaced%0Ahelp: move it away, or choose another `out` in the configuration
    ::error title=foreign-file,file=src/db/notes.rs::`src/db/notes.rs` was not written by rowsmith, so it is not replaced%0Ahelp: move it away, or choose another `out` in the configuration
    [exit 1]
    ");
    assert_eq!(project.tree(""), before, "nothing was touched");
}

#[test]
fn output_that_cannot_be_written() {
    let project = project();
    project.write("src", "a file\n");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[foreign-file]: the output folder `src/db` would be inside a file
    --> src
     = help: move it away, or choose another `out` in the configuration

    1 mistake; nothing was written
    [exit 1]
    ");
    project.remove("src");
    project.write("src/db", "a file\n");
    insta::assert_snapshot!(project.run("generate"), @r"
    $ rowsmith generate
    [stderr]
    error[foreign-file]: the output folder `src/db` is a file
    --> src/db
     = help: move it away, or choose another `out` in the configuration

    1 mistake; nothing was written
    [exit 1]
    ");
    // Where not even root may write.
    if cfg!(target_os = "linux") {
        project.write("sqlc.yaml", &CONFIGURATION.replace("src/db", "/proc/db"));
        insta::assert_snapshot!(project.run("generate"), @r"
        $ rowsmith generate
        [stderr]
        error: could not write `/proc/db/client.rs`
          caused by: No such file or directory (os error 2)
        [exit 2]
        ");
    }
    assert_eq!(project.read("src/db"), "a file\n");
}

#[test]
fn arguments_that_mean_nothing() {
    let project = project();
    insta::assert_snapshot!(project.run(""), @r"
    $ rowsmith 
    [stderr]
    Typed Rust from SQL: queries checked by a throwaway Postgres, with sound nullability

    Usage: rowsmith [OPTIONS] <COMMAND>

    Commands:
      init         Look at the project and write a configuration that works for it, with a first query; nothing is overwritten
      demo         Make a small project, generate its code, and run it on a throwaway database
      generate     Generate Rust from the queries, and the snapshot
      watch        Generate now and whenever a file changes, until Ctrl-C; Postgres keeps running
      check        Check that the generated Rust and the snapshot are current; prints what differs and writes nothing
      drift        Show how a database differs from what the migrations make; nothing is changed there
      migrate      Bring a database to the schema of the project: apply its migrations, or show which are applied
      seed         Run the seeds that the database has not: rows to develop with
      reset        Make a database of development anew: drop it, apply the migrations, run the seeds
      snapshot     Write the snapshot and no Rust, for a project whose build script generates that
      scaffold     Print the queries of a table, to keep as a file: find, insert, patch, delete and others
      exec         Run a command with `DATABASE_URL` set to a throwaway database that has the migrations; it is gone afterwards
      postgres     Install, list or remove Postgres programs for rowsmith alone, without touching the system
      clean        Remove what is kept between runs in this user's cache
      explain      Show what is known about a query and why: types, nullability, the SQL that is sent
      completions  Print a script that completes commands and options in a shell
      man          Print the manual page, of rowsmith or of one of its commands
      plugin       Generate Rust for sqlc, which runs this as a plugin: a request on standard input, files on standard output
      help         Print this message or the help of the given subcommand(s)

    Options:
      -f, --file <FILE>      The configuration [default: `sqlc.yaml`, `sqlc.yml` or `sqlc.json` in this folder]
          --format <FORMAT>  How mistakes are reported [default: human] [possible values: human, json, github]
          --color <WHEN>     When to use colours [default: auto] [possible values: auto, always, never]
      -v, --verbose          Say which Postgres was asked, and why that one
      -q, --quiet            Say nothing of what was done: only mistakes and warnings
      -h, --help             Print help (see more with '--help')
      -V, --version          Print version
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("genrate"), @r"
    $ rowsmith genrate
    [stderr]
    error: unrecognized subcommand 'genrate'

      tip: some similar subcommands exist: 'migrate', 'generate'

    Usage: rowsmith [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("check --format xml"), @r"
    $ rowsmith check --format xml
    [stderr]
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: human, json, github]

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("generate now"), @r"
    $ rowsmith generate now
    [stderr]
    error: unexpected argument 'now' found

    Usage: rowsmith generate [OPTIONS]

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(project.run("generate -f"), @r"
    $ rowsmith generate -f
    [stderr]
    error: a value is required for '--file <FILE>' but none was supplied

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let project = project();
    for arguments in ["explain", "check --format json"] {
        let mut command = project.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(i32::from(arguments != "explain")), "{arguments}");
    }
}
