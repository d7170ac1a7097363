//! Migrations against a real Postgres.
#![cfg(unix)]

use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::database::{Provider, Server};
use crate::migration::{Placeholders, read_file};
use crate::source::SourceFile;

const LOCAL: Provider = Provider::Local { binaries: None };

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn files(texts: &[&str]) -> Vec<Migration> {
    let number = |(index, text): (usize, &&str)| {
        let name = format!("{}.sql", index + 1);
        let file = SourceFile::new(name.clone(), name, *text);
        read_file(file, &Placeholders::new()).0
    };
    texts.iter().enumerate().map(number).collect()
}

/// `file:line:column: message` of the diagnostics.
async fn migrated(database: &Database, texts: &[&str]) -> Vec<String> {
    let diagnostics = migrate(database, &files(texts)).await.unwrap().diagnostics;
    let show = |diagnostic: &Diagnostic| {
        let (line, column) = diagnostic.line_and_column().unwrap_or_default();
        let file = diagnostic.file().unwrap_or_default();
        format!("{file}:{line}:{column}: {}", diagnostic.message())
    };
    diagnostics.iter().map(show).collect()
}

async fn values(database: &Database, sql: &str) -> Vec<String> {
    let session = database.connect().await.unwrap();
    let messages = session.client().simple_query(sql).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    rows.collect()
}

const TABLES: &str = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY 1";

/// Texts, and their reports.
const FAILURES: &[(&[&str], &str)] = &[
    (
        &["SELECT 'é–𝄞';\nCREATE TABLE t (a int, /* ü */ b nonsense);"],
        "1.sql:2:34: type \"nonsense\" does not exist",
    ),
    (
        &["SELECT 'é';\nSELECT 'ü', FROM;"],
        "1.sql:2:13: syntax error at or near \"FROM\"",
    ),
    // Errors without a position.
    (
        &["CREATE TABLE t (); -- ß\n;;\n  CREATE TABLE t\n();\nCREATE TABLE u ();"],
        "1.sql:3:16: relation \"t\" already exists",
    ),
    (
        &["SELECT 1;", "SELECT 1;\nSELECT 1 / 0;", "SELECT broken"],
        "2.sql:2:1: division by zero\n3.sql:1:8: column \"broken\" does not exist",
    ),
    (
        &["DO $$ BEGIN\nPERFORM 1;\nPERFORM nothing();\nEND $$;"],
        "1.sql:3:9: function nothing() does not exist",
    ),
    // Within the body of a function.
    (
        &["SELECT 1;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT é$$;"],
        "1.sql:3:10: column \"é\" does not exist",
    ),
    // After a fallback.
    (
        &[
            "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\n/* é */ SELECT b FROM t;",
        ],
        "1.sql:3:16: column \"b\" does not exist",
    ),
    // At the commit.
    (
        &[
            "CREATE TABLE t (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);",
        ],
        "1.sql:2:13: duplicate key value violates unique constraint \"t_pkey\"",
    ),
    (
        &[
            "BEGIN;\nCREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);",
        ],
        "1.sql:3:13: duplicate key value violates unique constraint \"t_a_key\"",
    ),
    (
        &["SELECT '"],
        "1.sql:1:8: unterminated quoted string at or near \"'\"",
    ),
    (
        &["CREATE TABLE t ("],
        "1.sql:1:17: syntax error at end of input",
    ),
    (
        &["SELECT 1;\0"],
        "1.sql:1:10: the file contains a NUL character",
    ),
    (
        &["\\restrict x\n\n SELECT é;"],
        "1.sql:3:9: column \"é\" does not exist",
    ),
    (
        &["CREATE TABLE t (a int);\nCOPY t FROM stdin;\n"],
        "1.sql:2:1: `COPY` from or to the client is not possible in a migration",
    ),
    (
        &["CREATE TABLE t (a int);\nCOPY t TO stdout;\n"],
        "1.sql:2:1: `COPY` from or to the client is not possible in a migration",
    ),
    (
        &["CREATE ROLE app;\nCREATE ROLE app;"],
        "1.sql:2:13: role \"app\" already exists",
    ),
    (
        &["CREATE TABLE orders (id int PRIMARY KEY,\n  user_id int REFERENCES userz);"],
        "1.sql:2:26: relation \"userz\" does not exist",
    ),
    (
        &["CREATE TABLE t (a int);\nALTER TABLE t\n  ADD COLUMN b int,\n  ADD COLUMN a int;"],
        "1.sql:4:14: column \"a\" of relation \"t\" already exists",
    ),
    (
        &[
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / 0; END $$;\nSELECT 1, f();",
        ],
        "1.sql:2:1: division by zero",
    ),
    // What builds on a mistake is not reported, what does not is.
    (
        &[
            "CREATE TABLE users (id int PRIMARY KEY, name txt);\nCREATE TABLE other (id int);\n\
                 CREATE TABLE orders (id int, user_id int REFERENCES users);\nCREATE INDEX i ON orders (id);\n\
                 CREATE INDEX j ON other (idd);",
            "CREATE VIEW v AS SELECT * FROM users;\nALTER TABLE v2 RENAME TO w;\nSELEC 1;",
        ],
        "1.sql:1:46: type \"txt\" does not exist\n1.sql:5:26: column \"idd\" does not exist\n\
             2.sql:3:1: syntax error at or near \"SELEC\"\n2.sql:2:13: relation \"v2\" does not exist",
    ),
    (
        &[
            "CREATE EXTENSION nonsense;\nCREATE TABLE t (a nonsensical);\nCREATE TABLE u (a int, a int);",
        ],
        "1.sql:1:18: extension \"nonsense\" is not available\n1.sql:3:24: column \"a\" specified more than once",
    ),
    (
        &[
            "DO $$ BEGIN\n  IF true THEN\n    CREATE TABLE t (id int,\n      b nope);\n  END IF;\nEND $$;",
        ],
        "1.sql:4:9: type \"nope\" does not exist",
    ),
    (
        &["DO 'BEGIN\n  EXECUTE ''SELEC'';\nEND';"],
        "1.sql:2:13: syntax error at or near \"SELEC\"",
    ),
    (
        &["CREATE EXTENSION nonsense;"],
        "1.sql:1:18: extension \"nonsense\" is not available",
    ),
];

#[test]
fn failures_are_shown_where_they_are() {
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        for (texts, expected) in FAILURES {
            let database = server.create_database().await.unwrap();
            let found = migrated(&database, texts).await;
            assert_eq!(found.join("\n"), *expected, "{texts:?}");
        }
    });
}

/// Texts, and what a query then finds.
const ACCEPTED: &[(&[&str], &str, &[&str])] = &[
    (
        &["CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nCREATE TABLE u ();"],
        TABLES,
        &["i", "t", "u"],
    ),
    // What was committed before is not applied again.
    (
        &["BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);"],
        TABLES,
        &["i", "t"],
    ),
    (
        &[
            "CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';",
            "SELECT 'b'::e;",
        ],
        "SELECT unnest(enum_range(NULL::e))",
        &["a", "b"],
    ),
    (
        &[
            "CREATE TYPE e AS ENUM ('a');",
            "ALTER TYPE e ADD VALUE 'b';\nCREATE TABLE t (e e DEFAULT 'b');",
        ],
        TABLES,
        &["t"],
    ),
    (
        &[
            "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;\nCALL p();\nCREATE TABLE t ();",
        ],
        TABLES,
        &["t"],
    ),
    (&["VACUUM;\nCREATE TABLE t ();"], TABLES, &["t"]),
    // An open transaction is for the file only, settings of a dump too.
    (
        &["BEGIN;\nCREATE TABLE t ();", "CREATE TABLE u ();"],
        TABLES,
        &["t", "u"],
    ),
    (
        &[
            "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t ();",
            "CREATE TABLE u ();",
        ],
        TABLES,
        &["t", "u"],
    ),
    (
        &[
            "\\restrict don't\nCREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\nit's\n\\.\nCREATE TABLE u ();\n\\unrestrict x\n",
        ],
        TABLES,
        &["t", "u"],
    ),
    // Roles of a dump.
    (
        &[
            "CREATE TABLE t ();\nALTER TABLE t OWNER TO \"o\"\"ne\";\nGRANT SELECT ON t TO two;\nCREATE TABLE u ();",
        ],
        TABLES,
        &["t", "u"],
    ),
    (
        &[
            "BEGIN;\nCREATE TABLE t (a int);\nALTER TABLE t OWNER TO three;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "GRANT SELECT ON t TO four;\nCREATE ROLE three;",
        ],
        TABLES,
        &["i", "t"],
    ),
    (
        &[
            "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN;\nCREATE TABLE u ();\nGRANT SELECT ON u TO five;\nCOMMIT;",
        ],
        TABLES,
        &["i", "t", "u"],
    ),
    (
        &[
            "CREATE TABLE t ();\nSET ROLE six;\nCREATE TABLE u ();\nRESET ROLE;\nSET SESSION AUTHORIZATION 'seven';\n\
                 ALTER DEFAULT PRIVILEGES FOR ROLE eight GRANT SELECT ON TABLES TO nine;",
            "CREATE TABLE v ();",
        ],
        TABLES,
        &["t", "u", "v"],
    ),
    // Tables of the tools.
    (
        &[
            "INSERT INTO schema_migrations (version) VALUES ('1');\nGRANT SELECT ON public._sqlx_migrations TO ten;\n\
                 DELETE FROM drizzle.__drizzle_migrations;\nDROP TABLE _sqlx_migrations, schema_migrations;",
        ],
        TABLES,
        &[],
    ),
    (
        &[
            "CREATE DATABASE shop;\n\\c shop\nCREATE TABLE t ();\nALTER DATABASE shop SET timezone = 'UTC';",
        ],
        TABLES,
        &["t"],
    ),
    // Roles belong to the server: the second database of a run finds those of the first.
    (&["CREATE ROLE shared;\nCREATE TABLE t ();"], TABLES, &["t"]),
    (
        &["CREATE TABLE t ();\nCREATE ROLE shared;\nCREATE TABLE u ();"],
        TABLES,
        &["t", "u"],
    ),
    (&[""], TABLES, &[]),
    (&["-- nothing"], TABLES, &[]),
];

#[test]
fn what_postgres_accepts_only_singly_is_applied() {
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        for (texts, sql, expected) in ACCEPTED {
            let database = server.create_database().await.unwrap();
            let diagnostics = migrated(&database, texts).await;
            assert_eq!(diagnostics, Vec::<String>::new(), "{texts:?}");
            assert_eq!(values(&database, sql).await, *expected, "{texts:?}");
        }
    });
}

#[test]
fn a_big_schema_fits_in_one_transaction() {
    let tables: Vec<String> = (0..1500)
        .map(|n| format!("CREATE TABLE t{n} (a int PRIMARY KEY, b text UNIQUE);"))
        .collect();
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        assert_eq!(
            migrated(&database, &[&tables.concat()]).await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn reports_repeat_what_postgres_says() {
    let text = "SELECT 1;\nCREATE TABLE t (a int CHECK (a > 0));\nINSERT INTO t (b) VALUES (1);";
    let found = run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        let function = "DO $$ BEGIN RAISE 'no' USING DETAIL = 'since', HINT = 'do'; END $$";
        let mut found = Vec::new();
        for text in [text, function] {
            found.extend(
                migrate(&database, &files(&[text]))
                    .await
                    .unwrap()
                    .diagnostics,
            );
        }
        crate::diagnostic::render(&found, false)
    });
    insta::assert_snapshot!(found, @r#"
    error[migration-failed]: column "b" of relation "t" does not exist
     --> 1.sql:3:16
      |
    3 | INSERT INTO t (b) VALUES (1);
      |                ^
      |
      = note: SQLSTATE 42703

    error[migration-failed]: no
     --> 1.sql:1:7
      |
    1 | DO $$ BEGIN RAISE 'no' USING DETAIL = 'since', HINT = 'do'; END $$
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: since
      = note: PL/pgSQL function inline_code_block line 1 at RAISE
      = note: SQLSTATE P0001
      = help: do
    "#);
}

#[test]
fn a_lost_server_is_an_error() {
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        let text = "CREATE TABLE t ();\nSELECT pg_terminate_backend(pg_backend_pid());";
        let error = migrate(&database, &files(&[text])).await.unwrap_err();
        insta::assert_snapshot!(format!("{error:?}"), @r"
        lost the throwaway database while applying `1.sql`
          caused by: FATAL: terminating connection due to administrator command
        ");
    });
}
