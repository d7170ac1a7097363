//! Migrations against a real Postgres.
#![cfg(unix)]

use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::database::{Provider, Server};

const LOCAL: Provider = Provider::Local { binaries: None };

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn files(texts: &[&str]) -> Vec<SourceFile> {
    let number = |(index, text): (usize, &&str)| {
        let name = format!("{}.sql", index + 1);
        SourceFile::new(name.clone(), name, *text)
    };
    texts.iter().enumerate().map(number).collect()
}

/// `file:line:column: message` of the diagnostics.
async fn migrated(database: &Database, texts: &[&str]) -> Vec<String> {
    let diagnostics = migrate(database, &files(texts)).await.unwrap();
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

#[test]
fn failures_are_shown_where_they_are() {
    let table: &[(&[&str], &str)] = &[
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
            "1.sql:3:3: relation \"t\" already exists",
        ),
        (
            &["SELECT 1;", "SELECT 1;\nSELECT 1 / 0;", "SELECT broken"],
            "2.sql:2:1: division by zero",
        ),
        (
            &["DO $$ BEGIN\nPERFORM 1;\nPERFORM nothing();\nEND $$;"],
            "1.sql:1:1: function nothing() does not exist",
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
            "1.sql:2:1: duplicate key value violates unique constraint \"t_pkey\"",
        ),
        (
            &[
                "BEGIN;\nCREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);",
            ],
            "1.sql:3:1: duplicate key value violates unique constraint \"t_a_key\"",
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
            "1.sql:2:1: role \"app\" already exists",
        ),
        (
            &["CREATE EXTENSION nonsense;"],
            "1.sql:1:1: extension \"nonsense\" is not available",
        ),
    ];
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        for (texts, expected) in table {
            let database = server.create_database().await.unwrap();
            let found = migrated(&database, texts).await;
            assert_eq!(found, [*expected], "{texts:?}");
        }
    });
}

#[test]
fn what_postgres_accepts_only_singly_is_applied() {
    let table: &[(&[&str], &str, &[&str])] = &[
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
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        for (texts, sql, expected) in table {
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
        let mut found = migrate(&database, &files(&[text])).await.unwrap();
        found.extend(migrate(&database, &files(&[function])).await.unwrap());
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
     --> 1.sql:1:1
      |
    1 | DO $$ BEGIN RAISE 'no' USING DETAIL = 'since', HINT = 'do'; END $$
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
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
