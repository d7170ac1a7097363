//! Projects for sqlc as they are found, with the least that is added for rowsmith.

use crate::project::Project;

/// The files that a run says it made, without those of the client, or all it says where it fails.
fn generated(project: &Project) -> String {
    let outcome = project.output("generate");
    let is_shown = |line: &&str| {
        let is_other = line.contains("client") || line.contains(".snapshot");
        !line.starts_with("created ") || !is_other
    };
    let lines = outcome.stderr.lines().filter(is_shown);
    lines.collect::<Vec<_>>().join("\n")
}

/// Each file is schema and queries; a program fills in the schema's name; a schema for sqlc alone has other migrations.
#[test]
fn files_of_schema_and_queries_with_templates() {
    let project = Project::new(&[
        (
            "db/sqlc.yaml",
            r#"
version: "2"
sql:
  - engine: "postgresql"
    queries: [jobs.sql, misc.sql]
    schema: [jobs.sql, misc.sql]
    gen: {go: {package: dbsqlc, out: ".", emit_exact_table_names: true}}
options:
  rust:
    out: ../src/db
    migrations: ../migrations
    placeholders: {"/* TEMPLATE: schema */": ""}
"#,
        ),
        (
            "migrations/001_jobs.up.sql",
            "CREATE TABLE /* TEMPLATE: schema */job (\n\
             id bigserial PRIMARY KEY, kind text NOT NULL, tags varchar(255)[] NOT NULL);\n\
             CREATE FUNCTION /* TEMPLATE: schema */is_due(kind text) RETURNS boolean LANGUAGE sql AS 'SELECT true';\n",
        ),
        (
            "migrations/001_jobs.down.sql",
            "DROP TABLE /* TEMPLATE: schema */job;\n",
        ),
        (
            "db/jobs.sql",
            "CREATE TABLE job (id bigserial PRIMARY KEY, kind text NOT NULL, tags varchar(255)[] NOT NULL);\n\n\
             -- name: JobInsertMany :copyfrom\n\
             INSERT INTO job (kind, tags) VALUES (@kind, @tags);\n\n\
             -- name: JobInsert :one\n\
             INSERT INTO /* TEMPLATE: schema */job (id, kind, tags)\n\
             SELECT coalesce(nullif(@id::bigint, 0), nextval('/* TEMPLATE: schema */job_id_seq'::regclass)), @kind, @tags\n\
             WHERE /* TEMPLATE: schema */is_due(@kind) RETURNING *;\n\n\
             -- _name: JobInsertLater :one\n\
             SELECT @never::nonsense;\n",
        ),
        ("db/misc.sql", "-- name: Now :one\nSELECT now();\n"),
    ]);
    let outcome = project.output("generate -f db/sqlc.yaml");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let jobs = project.read("src/db/jobs.rs");
    assert!(jobs.contains("nextval('job_id_seq'::regclass)"), "{jobs}");
    assert!(!jobs.contains("TEMPLATE"), "{jobs}");
    assert!(!jobs.contains("never"), "{jobs}");

    // A mistake has its place in the file as it is written.
    let text = project.read("db/misc.sql");
    project.write(
        "db/misc.sql",
        &format!("{text}-- name: Bad :one\nSELECT 'é', /* TEMPLATE: schema */kind FROM job WHERE idd = 1;\n"),
    );
    insta::assert_snapshot!(project.run("generate -f db/sqlc.yaml"), @r#"
    $ rowsmith generate -f db/sqlc.yaml
    [stderr]
    error[invalid-query]: column "idd" does not exist
     --> db/misc.sql:4:55
      |
    4 | SELECT 'é', /* TEMPLATE: schema */kind FROM job WHERE idd = 1;
      |                                                       ^^^ no such column
      |
      = note: SQLSTATE 42703
      = help: did you mean `id`?

    1 mistake; nothing was written
    [exit 1]
    "#);
}

/// Entries without names, of which one reads a schema that lacks its sequences.
#[test]
fn entries_without_names() {
    let configuration = r"
version: '2'
sql:
  - schema: [schema.sql]
    queries: ['*/queries.sql']
    engine: postgresql
    gen: {go: {out: gadb, sql_package: database/sql}}
  - queries: [dump/sql/system.sql]
    engine: postgresql
    gen: {go: {out: internal/pgd}}
  - queries: [lite.sql]
    engine: sqlite
    gen: {go: {out: lite}}
options:
  rust: {out: src/db}
";
    let project = Project::new(&[
        ("sqlc.yaml", configuration),
        (
            "schema.sql",
            "CREATE TABLE alerts (id bigint DEFAULT nextval('alerts_id_seq'::regclass) NOT NULL);\n",
        ),
        (
            "migrations/20180816094955-alerts.sql",
            "-- +migrate Up\nCREATE TABLE alerts (id bigserial);\n-- +migrate Down\nDROP TABLE alerts;\n",
        ),
        (
            "alert/queries.sql",
            "-- name: Alerts :many\nSELECT id FROM alerts;\n",
        ),
        (
            "dump/sql/system.sql",
            "-- name: Extensions :many\nSELECT extname::text FROM pg_catalog.pg_extension ORDER BY 1;\n",
        ),
    ]);
    insta::assert_snapshot!(generated(&project), @r#"
    error[migration-failed]: relation "alerts_id_seq" does not exist
     --> schema.sql:1:48
      |
    1 | CREATE TABLE alerts (id bigint DEFAULT nextval('alerts_id_seq'::regclass) NOT NULL);
      |                                                ^^^^^^^^^^^^^^^
      |
      = note: SQLSTATE 42P01
      = help: nothing makes this sequence: name the project's migrations in `migrations`, or a file that creates it in `setup`

    1 mistake; nothing was written
    "#);
    let configuration = configuration.replace("src/db}", "src/db, migrations: migrations}");
    project.write("sqlc.yaml", &configuration);
    insta::assert_snapshot!(generated(&project), @r"
    note[ignored-keys]: these keys are for Go alone: `sql_package`
    --> sqlc.yaml

    created src/db/gadb/mod.rs
    created src/db/gadb/queries.rs
    created src/db/pgd/mod.rs
    created src/db/pgd/system.rs
    ");
}

/// Queries of the system's own tables need no schema; others do.
#[test]
fn an_entry_without_a_schema() {
    let project = Project::new(&[
        (
            "sqlc.yaml",
            "version: 2\nsql:\n  - {engine: postgresql, queries: q.sql, gen: {rust: {out: src/db}}}\n",
        ),
        (
            "q.sql",
            "-- name: Tables :many\nSELECT relname::text FROM pg_class;\n",
        ),
    ]);
    insta::assert_snapshot!(generated(&project), @r"
    created src/db/mod.rs
    created src/db/q.rs
    ");
    project.write("q.sql", "-- name: Users :many\nSELECT id FROM users;\n");
    insta::assert_snapshot!(generated(&project), @r#"
    error[invalid-query]: relation "users" does not exist
     --> q.sql:2:16
      |
    2 | SELECT id FROM users;
      |                ^^^^^ no such table
      |
      = note: SQLSTATE 42P01

    warning[nothing-found]: the entry has no `schema`
     --> sqlc.yaml:3:5
      |
    3 |   - {engine: postgresql, queries: q.sql, gen: {rust: {out: src/db}}}
      |     ^^^^^^^ its database is empty
      |
      = help: add `schema:` with the folder of the migrations, or a file

    1 mistake; nothing was written
    "#);
}
