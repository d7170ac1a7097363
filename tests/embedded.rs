//! The embedded Postgres says what an installed one says, tells what it cannot do, and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

#[path = "cli/project.rs"]
#[expect(dead_code, reason = "the tests of the command line use all of it")]
mod project;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use project::Project;
use rowsmith::{Generator, Provider};
use tokio_postgres::NoTls;

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: db
    database:
      provider: embedded
";

fn embedded() -> Provider {
    let program = Some(env!("CARGO_BIN_EXE_rowsmith").into());
    Provider::Embedded { program }
}

fn project(schema: &str, queries: &str) -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("schema.sql", schema),
        ("queries/a.sql", queries),
    ])
}

/// What is committed, made by an installed Postgres, is what the embedded one makes.
fn assert_same(configuration: &Path) {
    let generator = Generator::from_file(configuration).unwrap();
    let output = generator.provider(embedded()).without_snapshot().generate();
    let drift = output.unwrap().check().unwrap();
    assert!(drift.is_empty(), "{}: {drift}", configuration.display());
}

#[test]
fn the_examples_are_generated_alike() {
    for example in ["shop", "tenants"] {
        assert_same(&Path::new("examples").join(example).join("sqlc.yaml"));
    }
}

#[test]
fn the_cases_are_generated_alike() {
    let cases = fs::read_dir("tests/cases").unwrap();
    let mut cases: Vec<PathBuf> = cases.map(|case| case.unwrap().path()).collect();
    cases.retain(|case| case.join("expected").is_dir());
    cases.sort();
    assert!(cases.len() > 5);
    for case in cases {
        assert_same(&case.join("sqlc.yaml"));
    }
}

#[test]
fn extensions_are_there_where_migrations_create_them() {
    let project = project(
        "CREATE SCHEMA ext;
         CREATE EXTENSION citext SCHEMA ext;
         DO $$ BEGIN EXECUTE 'CREATE EXTENSION earthdistance CASCADE'; END $$;
         CREATE TABLE t (name ext.citext NOT NULL, place cube);\n",
        "-- name: Names :many\nSELECT name FROM t WHERE name = @name;\n",
    );
    let run = project.run("generate");
    assert!(project.read("db/a.rs").contains("name: &'a str"), "{run}");
}

#[test]
fn what_it_cannot_do_is_said_where_it_is_asked_for() {
    let extensions = project(
        "CREATE EXTENSION IF NOT EXISTS pgcrypto;\nCREATE EXTENSION postgis;\n",
        "-- name: A :exec\nSELECT 1;\n",
    );
    insta::assert_snapshot!(extensions.run("generate"), @r#"
    $ rowsmith generate
    [stderr]
    error[migration-failed]: extension "pgcrypto" is not available
     --> schema.sql:1:32
      |
    1 | CREATE EXTENSION IF NOT EXISTS pgcrypto;
      |                                ^^^^^^^^
      |
      = note: could not open extension control file "/share/postgresql/extension/pgcrypto.control": No such file or directory
      = note: SQLSTATE 0A000
      = help: the embedded Postgres has no `pgcrypto`: install Postgres 14 or later, or name a server in `database.uri`; where only random UUIDs are wanted, `gen_random_uuid()` needs no extension

    error[migration-failed]: extension "postgis" is not available
     --> schema.sql:2:18
      |
    2 | CREATE EXTENSION postgis;
      |                  ^^^^^^^
      |
      = note: could not open extension control file "/share/postgresql/extension/postgis.control": No such file or directory
      = note: SQLSTATE 0A000
      = help: the embedded Postgres has no `postgis`: install Postgres 14 or later, or name a server in `database.uri`

    2 mistakes; nothing was written
    [exit 1]
    "#);
    let other = project(
        "CREATE COLLATION german (provider = icu, locale = 'de');
CREATE TABLE t (id int, name text COLLATE \"en-x-icu\");
CREATE TABLE u (id int, document xml);
",
        "-- name: Elements :many
SELECT xmlelement(name id) AS element;

-- name: Ids :many
SELECT id FROM u ORDER BY id::text COLLATE \"de_DE\";
",
    );
    insta::assert_snapshot!(other.run("generate"), @r#"
    $ rowsmith generate
    [stderr]
    error[invalid-query]: unsupported XML feature
     --> queries/a.sql:1:10
      |
    1 | -- name: Elements :many
      |          ^^^^^^^^ in this query
      |
      = note: this functionality requires the server to be built with libxml support
      = note: SQLSTATE 0A000
      = help: the embedded Postgres has no XML: install Postgres 14 or later, or name a server in `database.uri`

    error[invalid-query]: collation "de_DE" for encoding "UTF8" does not exist
     --> queries/a.sql:5:36
      |
    5 | SELECT id FROM u ORDER BY id::text COLLATE "de_DE";
      |                                    ^^^^^^^
      |
      = note: SQLSTATE 42704
      = help: the embedded Postgres has only the collations `C`, `POSIX` and those of your migrations: install Postgres 14 or later, or name a server in `database.uri`

    error[migration-failed]: ICU is not supported in this build
     --> schema.sql:1:1
      |
    1 | CREATE COLLATION german (provider = icu, locale = 'de');
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: SQLSTATE 0A000
      = help: the embedded Postgres has no collations of ICU: install Postgres 14 or later, or name a server in `database.uri`

    error[migration-failed]: collation "en-x-icu" for encoding "UTF8" does not exist
     --> schema.sql:2:35
      |
    2 | CREATE TABLE t (id int, name text COLLATE "en-x-icu");
      |                                   ^^^^^^^
      |
      = note: SQLSTATE 42704
      = help: the embedded Postgres has only the collations `C`, `POSIX` and those of your migrations: install Postgres 14 or later, or name a server in `database.uri`

    4 mistakes; nothing was written
    [exit 1]
    "#);
}

#[test]
fn another_version_is_refused_where_it_is_asked_for() {
    let project = project(
        "CREATE TABLE t (id int);\n",
        "-- name: A :exec\nSELECT 1;\n",
    );
    project.write("sqlc.yaml", &format!("{CONFIGURATION}      version: 16\n"));
    insta::assert_snapshot!(project.run("generate"), @"
    $ rowsmith generate
    [stderr]
    error[other-postgres]: the embedded Postgres is Postgres 17.5, not 16
      --> sqlc.yaml:11:16
       |
    11 |       version: 16
       |                ^^ Postgres 16 is asked for here
       |
       = help: install that version, or name a server of it in `database.uri`, or write `version: 17`

    1 mistake; nothing was written
    [exit 1]
    ");
}

#[test]
fn it_is_used_where_no_other_of_its_version_is_installed() {
    let project = project(
        "CREATE TABLE t (id int);\n",
        "-- name: A :exec\nSELECT 1;\n",
    );
    let any = CONFIGURATION.replace("provider: embedded", "version: 17");
    project.write("sqlc.yaml", &any);
    let said = project.run("generate --verbose");
    let is_installed = said.contains("Postgres 17") && said.contains("(local");
    let is_embedded = said.contains("no other Postgres 17 is installed");
    assert!(is_installed || is_embedded, "{said}");
    assert!(project.path("db/mod.rs").exists(), "{said}");
}

#[test]
fn a_machine_without_any_postgres_needs_none() {
    let project = project(
        "CREATE TABLE notes (id int PRIMARY KEY, body text);\n",
        "-- name: Notes :many\nSELECT id, body FROM notes;\n",
    );
    project.write(
        "sqlc.yaml",
        &CONFIGURATION.replace("provider: embedded", "provider: auto"),
    );
    let mut generate = project.command("generate --verbose");
    let Some(mut hidden) = project::without_postgres(&generate) else {
        return;
    };
    let said = project::outcome(&mut hidden, &project).transcript("generate");
    assert!(said.contains("asked Postgres 17.5 (embedded"), "{said}");
    assert!(said.contains("no other Postgres is installed"), "{said}");
    assert!(project.read("db/a.rs").contains("body: Option<"), "{said}");
    // The same as with any other, where there is one.
    fs::remove_dir_all(project.path("db")).unwrap();
    let _ = generate.output().unwrap();
    let drift = project::outcome(
        &mut project::without_postgres(&project.command("check --live")).unwrap(),
        &project,
    );
    assert_eq!(drift.code, 0, "{}", drift.stdout);

    // What the README tells to do first.
    let shop = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in ["generate", "check --live --verbose"] {
        let mut first = project.command(arguments);
        first
            .args(["-f", "examples/shop/sqlc.yaml"])
            .current_dir(shop);
        let mut hidden = project::without_postgres(&first).unwrap();
        let said = project::outcome(&mut hidden, &project).transcript(arguments);
        assert!(said.ends_with("[exit 0]\n"), "{said}");
    }
}

#[test]
fn a_database_for_tests_takes_one_connection_after_another() {
    let project = project(
        "CREATE TABLE t (id int);\n",
        "-- name: A :exec\nSELECT 1;\n",
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let generator = Generator::from_file(project.path("sqlc.yaml")).unwrap();
        let generator = generator.provider(embedded());
        let database = generator.throwaway_database().await.unwrap();
        for id in [1, 2] {
            let (client, connection) = database.config().connect(NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let sql = "INSERT INTO t VALUES ($1) RETURNING (SELECT count(*) FROM t)";
            let before: i64 = client.query_one(sql, &[&id]).await.unwrap().get(0);
            assert_eq!(before, i64::from(id) - 1);
            drop(client);
            connection.await.unwrap().unwrap();
        }
        database.close().await.unwrap();
    });
}

/// A command with folders of its own for temporary files and what is kept.
fn apart(project: &Project, arguments: &str) -> Command {
    let mut command = project.command(arguments);
    for (variable, folder) in [("TMPDIR", "tmp"), ("XDG_CACHE_HOME", "cache")] {
        fs::create_dir_all(project.path(folder)).unwrap();
        command.env(variable, project.path(folder));
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn success(child: Child) {
    let output = child.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The processes that were started for something in `folder`.
#[cfg(target_os = "linux")]
fn processes_in(folder: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let directories =
        processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
    directories.filter(|at| at.starts_with(folder)).count()
}

#[test]
#[cfg(target_os = "linux")]
fn runs_at_once_share_what_is_kept_and_leave_nothing_else() {
    let project = project(
        "CREATE TABLE t (id int);\n",
        "-- name: A :many\nSELECT id FROM t;\n",
    );
    let arguments = "check --live";
    success(apart(&project, "generate").spawn().unwrap());
    let store = entries(&project.path("cache/rowsmith"))
        .into_iter()
        .find(|path| path.to_string_lossy().contains("/embedded-"))
        .unwrap();

    // Half of what is kept, as a run leaves it that was killed while it was unpacked.
    fs::remove_file(store.join("whole")).unwrap();
    let runtimes = entries(&store.join("pglite-oxide/runtime")).into_iter();
    let mut halves = runtimes.map(|runtime| runtime.join("tmp/pglite/share"));
    fs::remove_dir_all(halves.find(|half| half.exists()).unwrap()).unwrap();
    let runs: Vec<Child> = (0..3)
        .map(|_| apart(&project, arguments).spawn().unwrap())
        .collect();
    runs.into_iter().for_each(success);
    assert!(store.join("whole").exists());

    // A run that is killed while its engine is busy takes that with it.
    let endless = project_that_never_ends();
    let mut killed = apart(&endless, "generate")
        .env("XDG_CACHE_HOME", project.path("cache"))
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while processes_in(&endless.path("tmp")) == 0 {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_secs(1));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(3);
    while processes_in(&endless.path("tmp")) > 0 {
        assert!(Instant::now() < deadline, "the engine outlived its run");
        thread::sleep(Duration::from_millis(10));
    }
    success(
        apart(&project, arguments)
            .env("TMPDIR", endless.path("tmp"))
            .spawn()
            .unwrap(),
    );
    assert_eq!(entries(&endless.path("tmp")), Vec::<PathBuf>::new());

    // What is kept is in use by nobody.
    success(apart(&project, "clean").spawn().unwrap());
    assert!(!store.exists());
}

#[cfg(target_os = "linux")]
fn project_that_never_ends() -> Project {
    project(
        "DO $$ BEGIN LOOP END LOOP; END $$;\n",
        "-- name: A :exec\nSELECT 1;\n",
    )
}
