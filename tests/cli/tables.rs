//! Functions of tables without SQL: by the configuration and by `rowsmith scaffold`, which give the same.

use std::fmt::Write as _;

use crate::project::Project;

const CONFIG: &str = r#"version: "2"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: src/db
"#;

const SCHEMA: &str = "CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE TABLE users (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  email text NOT NULL UNIQUE,
  mood mood NOT NULL DEFAULT 'calm',
  note text
);
";

fn project(tables: &str) -> Project {
    Project::new(&[
        ("sqlc.yaml", &format!("{CONFIG}{tables}")),
        ("migrations/1_users.sql", SCHEMA),
        (
            "queries/notes.sql",
            "-- name: Notes :many\nSELECT note FROM users;\n",
        ),
    ])
}

#[test]
fn scaffolded_queries_are_those_of_tables() {
    let by_tables = project("        tables: true\n");
    let outcome = by_tables.output("generate");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let by_scaffold = project("");
    let outcome = by_scaffold.output("scaffold users --write");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        outcome.stderr,
        "wrote queries/users.sql; run `rowsmith generate`\n"
    );
    let outcome = by_scaffold.output("generate");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let module = by_tables.read("src/db/users.rs");
    assert_eq!(module, by_scaffold.read("src/db/users.rs"));
    assert!(module.contains("pub fn patch_user"));
    // Nothing is overwritten, and no table is made up.
    let again = by_scaffold.output("scaffold users --write");
    assert_eq!(again.code, 2);
    assert!(
        again
            .stderr
            .contains("`rowsmith scaffold users >> queries/users.sql` adds to it")
    );
    assert!(
        by_scaffold
            .output("scaffold user")
            .stderr
            .contains("did you mean `users`?")
    );
    assert!(
        by_scaffold
            .output("scaffold users pach")
            .stderr
            .contains("did you mean `patch`?")
    );
    assert_eq!(
        by_scaffold.output("scaffold users delete").stdout,
        "-- name: DeleteUser :execrows\nDELETE FROM users\nWHERE id = @id;\n"
    );
}

#[test]
fn the_snapshot_holds_what_tables_need() {
    let project = project("        tables: [users]\n");
    assert_eq!(project.output("generate").code, 0);
    let offline = project.output("check --offline");
    assert_eq!(offline.code, 0, "{}", offline.stderr);
    let explained = project.output("explain PatchUser --offline");
    assert!(
        explained
            .stdout
            .contains("PatchUser :one at tables/users.sql:"),
        "{}",
        explained.stdout
    );
    // Another table, or a query in the place of one, is noticed.
    project.write(
        "queries/own.sql",
        "-- name: FindUser :one\nSELECT id FROM users WHERE id = @id;\n",
    );
    assert_ne!(project.output("check --offline").code, 0);
    let outcome = project.output("generate");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        !project
            .read("src/db/users.rs")
            .contains("pub fn find_user(")
    );
    assert!(project.read("src/db/own.rs").contains("pub fn find_user("));
}

/// Wide tables, and a column without a Rust type.
#[test]
fn each_column_can_be_patched() {
    let mut schema = "CREATE TABLE wide (id int PRIMARY KEY".to_owned();
    for number in 1..=100 {
        let _ = write!(schema, ", c{number} int");
    }
    let project = project("        tables: [wide]\n");
    project.write("migrations/2_wide.sql", &(schema + ");\n"));
    let outcome = project.output("generate");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        project
            .read("src/db/wide.rs")
            .contains("Piece::Assignment(1 << 99, \", \", \"c100 = $100\")")
    );
    project.write(
        "migrations/3_odd.sql",
        "ALTER TABLE wide ADD COLUMN odd aclitem[];\n",
    );
    let outcome = project.output("generate");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .contains("because of `tables` in the configuration"),
        "{}",
        outcome.stderr
    );
}
