//! Migrations against a real Postgres.
#![cfg(unix)]

use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::database::{Provider, Server};
use crate::migration::{Placeholders, Purpose, read_file};
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
        read_file(file, &Placeholders::new(), Purpose::Throwaway).0
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
fn a_wrong_order_is_explained() {
    let texts = [
        "CREATE TABLE t (a app.mood);",
        "CREATE TABLE u ();",
        "CREATE SCHEMA app;\nCREATE TYPE app.mood AS ENUM ('a');",
    ];
    let helps = run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        let migrated = migrate(&database, &files(&texts)).await.unwrap();
        let helps = migrated.diagnostics.iter().flat_map(Diagnostic::helps);
        helps.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(
        helps.last().map(String::as_str),
        Some("`3.sql` makes it, which is applied later: change the order")
    );
}

#[test]
fn what_something_else_makes_has_a_remedy() {
    let text = "CREATE TABLE a (id bigint DEFAULT nextval('a_id_seq'::regclass));\n\
                CREATE TABLE b (id uuid DEFAULT uuid_generate_v4());\n\
                CREATE TABLE c (picture blob);\n\
                CREATE TABLE d (slug text);\nALTER TABLE d ADD COLUMN slug text;";
    let found = run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        let migrated = migrate(&database, &files(&[text])).await.unwrap();
        crate::diagnostic::render(&migrated.diagnostics, false)
    });
    insta::assert_snapshot!(found, @r#"
    error[migration-failed]: relation "a_id_seq" does not exist
     --> 1.sql:1:43
      |
    1 | CREATE TABLE a (id bigint DEFAULT nextval('a_id_seq'::regclass));
      |                                           ^^^^^^^^^^
      |
      = note: SQLSTATE 42P01
      = help: nothing makes this sequence: name the project's migrations in `migrations`, or a file that creates it in `setup`

    error[migration-failed]: function uuid_generate_v4() does not exist
     --> 1.sql:2:33
      |
    2 | CREATE TABLE b (id uuid DEFAULT uuid_generate_v4());
      |                                 ^^^^^^^^^^^^^^^^
      |
      = note: SQLSTATE 42883
      = help: an extension makes it: add `CREATE EXTENSION "uuid-ossp";` to a migration, or to a file in `setup`

    error[migration-failed]: type "blob" does not exist
     --> 1.sql:3:25
      |
    3 | CREATE TABLE c (picture blob);
      |                         ^^^^
      |
      = note: SQLSTATE 42704
      = help: Postgres calls it `bytea`; where the file is also for another database, add `CREATE DOMAIN blob AS bytea;` to a file in `setup`

    error[migration-failed]: column "slug" of relation "d" already exists
     --> 1.sql:5:26
      |
    5 | ALTER TABLE d ADD COLUMN slug text;
      |                          ^^^^
      |
      = note: SQLSTATE 42701
      = help: remove one of the two; if this file only tells sqlc what is there, name what is executed in `migrations`
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
          help: the server was stopped, or the machine ran out of memory or disk space: try again
        ");
    });
}

/// A project of each tool, as one would be found: paths and texts, of which the tables `t` and `u` are left.
const PROJECTS: &[(&str, &[(&str, &str)])] = &[
    (
        "sqlx",
        &[
            (
                "20240101000000_t.up.sql",
                "CREATE TABLE t (id bigserial, a int);",
            ),
            ("20240101000000_t.down.sql", "DROP TABLE t;"),
            (
                "20240102000000_u.up.sql",
                "-- no-transaction\nCREATE TABLE u (a int);\nDROP INDEX CONCURRENTLY IF EXISTS i;",
            ),
        ],
    ),
    (
        "Diesel",
        &[
            (
                "00000000000000_diesel_initial_setup/up.sql",
                "CREATE FUNCTION diesel_manage_updated_at(_tbl regclass) RETURNS void AS $$\nBEGIN\n\
                 EXECUTE format('CREATE TRIGGER x BEFORE UPDATE ON %s', _tbl);\nEND;\n$$ LANGUAGE plpgsql;",
            ),
            (
                "00000000000000_diesel_initial_setup/down.sql",
                "DROP FUNCTION diesel_manage_updated_at(regclass);",
            ),
            ("2024-01-02-000000_t/up.sql", "CREATE TABLE t (a int);"),
            ("2024-01-02-000000_t/down.sql", "DROP TABLE t;"),
            (
                "2024-01-03-000000_u/up.sql",
                "CREATE TABLE u (); DELETE FROM __diesel_schema_migrations WHERE version = '0';\n\
                 DROP TABLE __diesel_schema_migrations;",
            ),
            (
                "2024-01-03-000000_u/metadata.toml",
                "run_in_transaction = true",
            ),
        ],
    ),
    (
        "refinery",
        &[
            ("V1__t.sql", "CREATE TABLE t (a int);"),
            ("V10__v.sql", "ALTER TABLE u ADD b int;"),
            ("U9__u.sql", "CREATE TABLE u ();"),
        ],
    ),
    (
        "Flyway",
        &[
            (
                "V1_10__u.sql",
                "CREATE TABLE u (a int REFERENCES ${flyway:defaultSchema}.t);",
            ),
            (
                "V1_9__t.sql",
                "CREATE TABLE t (a int PRIMARY KEY); GRANT SELECT ON t TO ${reader};",
            ),
            ("U1_9__t.sql", "DROP TABLE t;"),
            (
                "R__view.sql",
                "CREATE OR REPLACE VIEW v AS SELECT * FROM u;",
            ),
        ],
    ),
    (
        "Prisma",
        &[
            ("migration_lock.toml", "provider = \"postgresql\""),
            (
                "20240101000000_init/migration.sql",
                "-- CreateEnum\nCREATE TYPE \"Role\" AS ENUM ('USER');\n\n-- CreateTable\nCREATE TABLE \"t\" (\n    \
                 \"role\" \"Role\" NOT NULL DEFAULT 'USER'\n);",
            ),
            (
                "20240102000000_admin/migration.sql",
                "ALTER TYPE \"Role\" ADD VALUE 'ADMIN';\nCREATE TABLE \"u\" (\"role\" \"Role\" DEFAULT 'ADMIN');",
            ),
        ],
    ),
    (
        "dbmate",
        &[
            (
                "20240101000000_t.sql",
                "-- migrate:up\nCREATE TABLE t (a int);\n\n-- migrate:down\nDROP TABLE t;\n",
            ),
            (
                "20240102000000_u.sql",
                "-- migrate:up transaction:false\nCREATE TABLE u ();\nCREATE INDEX CONCURRENTLY i ON t (a);\n\
                 DROP INDEX i;\n-- migrate:down\nDROP TABLE u;\n",
            ),
        ],
    ),
    (
        "goose",
        &[
            (
                "00001_t.sql",
                "-- +goose Up\nCREATE TABLE t (a int);\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS trigger AS $$\n\
                 BEGIN\n  RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql\n-- +goose StatementEnd\n\n\
                 CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();\n\n\
                 -- +goose Down\nDROP TABLE t;\nDROP FUNCTION f;\n",
            ),
            (
                "00002_u.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE u ();\nVACUUM t;\n-- +goose Down\nDROP TABLE u;",
            ),
        ],
    ),
    (
        "golang-migrate",
        &[
            ("000001_t.up.sql", "BEGIN;\nCREATE TABLE t ();\nCOMMIT;"),
            ("000001_t.down.sql", "DROP TABLE t;"),
            ("000002_u.up.sql", "CREATE TABLE u ();"),
        ],
    ),
    (
        "tern",
        &[
            (
                "001_t.sql",
                "create table t (a int);\n\n---- create above / drop below ----\n\ndrop table t;\n",
            ),
            ("002_u.sql", "create table u ();\n"),
        ],
    ),
    (
        "sql-migrate",
        &[
            (
                "1_t.sql",
                "-- +migrate Up\nCREATE TABLE t (a int);\n-- +migrate Down\nDROP TABLE t;\n",
            ),
            (
                "2_u.sql",
                "-- +migrate Up notransaction\nCREATE TABLE u ();\n-- +migrate StatementBegin\nDO $$ BEGIN NULL; END $$\n\
                 -- +migrate StatementEnd\nVACUUM t;\n-- +migrate Down\nDROP TABLE u;\n",
            ),
        ],
    ),
    (
        "atlas",
        &[
            ("atlas.sum", "h1:x="),
            (
                "20240101000000.sql",
                "CREATE TABLE t (a int); CREATE TABLE gone ();",
            ),
            (
                "20240102000000_checkpoint.sql",
                "-- atlas:checkpoint\n\nCREATE TABLE t (a int);",
            ),
            (
                "20240103000000.sql",
                "-- atlas:txmode none\n\nCREATE TABLE u ();\nCREATE INDEX CONCURRENTLY i ON t (a);\nDROP INDEX i;",
            ),
        ],
    ),
    (
        "drizzle-kit",
        &[
            (
                "meta/_journal.json",
                "{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{\"idx\":0,\"version\":\"7\",\
                 \"when\":1,\"tag\":\"0000_loud_hulk\",\"breakpoints\":true},{\"idx\":1,\"tag\":\"0001_shy_thor\"}]}",
            ),
            (
                "0000_loud_hulk.sql",
                "DO $$ BEGIN\n CREATE TYPE \"public\".\"e\" AS ENUM('a');\nEXCEPTION\n WHEN duplicate_object THEN null;\n\
                 END $$;\n--> statement-breakpoint\nCREATE TABLE IF NOT EXISTS \"t\" (\n\t\"e\" \"e\"\n)",
            ),
            (
                "0001_shy_thor.sql",
                "CREATE TABLE \"u\" (\"a\" integer)--> statement-breakpoint\nALTER TABLE \"u\" ADD COLUMN \"b\" text;",
            ),
        ],
    ),
    (
        "node-pg-migrate",
        &[(
            "1700000000000_t.sql",
            "-- Up Migration\nCREATE TABLE t ();\nCREATE TABLE u ();\n\n-- Down Migration\nDROP TABLE t, u;",
        )],
    ),
    (
        "Supabase",
        &[
            (
                "20240101000000_t.sql",
                "create table public.t (a int);\nalter table public.t enable row level security;\n\
                 create policy p on public.t for select to authenticated using (true);\n\
                 grant all on table public.t to anon, service_role;",
            ),
            ("20240102000000_u.sql", "create table public.u ();"),
        ],
    ),
    (
        "pg_dump",
        &[(
            "structure.sql",
            "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc'd\n\nSET statement_timeout = 0;\n\
             SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n\
             CREATE TABLE public.t (\n    a integer\n);\n\nALTER TABLE public.t OWNER TO shop_owner;\n\
             CREATE TABLE public.u ();\nCOPY public.t (a) FROM stdin;\n1\n\\N\n\\.\n\n\\connect shop\n\n\
             ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA public GRANT SELECT ON TABLES TO shop_reader;\n\
             GRANT CONNECT ON DATABASE shop TO shop_reader;\n\\unrestrict abc'd\n",
        )],
    ),
];

/// A folder in memory.
struct Folder(&'static [(&'static str, &'static str)]);

impl crate::migration::Files for Folder {
    fn list(&mut self, folder: &str) -> Vec<String> {
        let within = self.0.iter().filter_map(|(path, _)| match folder {
            "" => Some(*path),
            folder => path.strip_prefix(folder)?.strip_prefix('/'),
        });
        let names = within.map(|path| match path.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => path.to_owned(),
        });
        names.collect::<BTreeSet<String>>().into_iter().collect()
    }

    fn read(&mut self, path: &str) -> Option<SourceFile> {
        let (_, text) = self.0.iter().find(|(name, _)| *name == path)?;
        Some(SourceFile::new(path, path, *text))
    }

    fn name(&self, path: &str) -> String {
        path.to_owned()
    }
}

#[test]
fn projects_of_every_tool_make_their_tables() {
    const SQL: &str = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                       ORDER BY 1";
    run(async {
        let private = Server::start(&LOCAL).await.unwrap();
        let first = private.create_database().await.unwrap();
        let [tokio_postgres::config::Host::Unix(socket)] = first.config().get_hosts() else {
            panic!("the server has one socket");
        };
        let uri = format!("host={} port=1 user=postgres", socket.display());
        let of_others = Server::start(&Provider::Server { uri }).await.unwrap();
        let placeholders = Placeholders::from([("reader".to_owned(), "app_reader".to_owned())]);
        for (tool, files) in PROJECTS {
            for ends in ["\n", "\r\n"] {
                let texts = files
                    .iter()
                    .map(|(path, text)| (*path, text.replace('\n', ends).leak() as &str));
                let texts: Vec<_> = texts.collect();
                let mut folder = Folder(texts.leak());
                let (found, diagnostics) =
                    crate::migration::read_folder(&mut folder, &placeholders, Purpose::Throwaway);
                assert!(diagnostics.is_empty(), "{tool}: {diagnostics:?}");
                let found = found.unwrap();
                for server in [&private, &of_others] {
                    let database = server.create_database().await.unwrap();
                    let migrated = migrate(&database, &found).await.unwrap();
                    assert!(
                        migrated.diagnostics.is_empty(),
                        "{tool}: {:?}",
                        migrated.diagnostics
                    );
                    assert_eq!(values(&database, SQL).await, ["t", "u"], "{tool}");
                }
            }
        }
    });
}
