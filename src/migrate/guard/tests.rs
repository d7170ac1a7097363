//! A server that others use, before and after migrations that reach for it.
#![cfg(unix)]

use tokio_postgres::config::Host;

use crate::database::{Database, Provider, Server, Session};
use crate::diagnostic::Diagnostic;
use crate::migration::{Migration, Placeholders, Purpose, read_file};
use crate::source::SourceFile;

const LOCAL: Provider = Provider::Local { binaries: None };

/// All that databases share, row by row.
const STATE: &str = "
SELECT 'authid ' || to_jsonb(t)::text FROM pg_authid t
UNION ALL SELECT 'members ' || to_jsonb(t)::text FROM pg_auth_members t
UNION ALL SELECT 'database ' || (to_jsonb(t) - '{datfrozenxid,datminmxid}'::text[])::text FROM pg_database t
UNION ALL SELECT 'setting ' || to_jsonb(t)::text FROM pg_db_role_setting t
UNION ALL SELECT 'tablespace ' || to_jsonb(t)::text FROM pg_tablespace t
UNION ALL SELECT 'subscription ' || to_jsonb(t)::text FROM pg_subscription t
UNION ALL SELECT 'description ' || to_jsonb(t)::text FROM pg_shdescription t
UNION ALL SELECT 'label ' || to_jsonb(t)::text FROM pg_shseclabel t
UNION ALL SELECT 'depend ' || to_jsonb(t)::text FROM pg_shdepend t
UNION ALL SELECT 'origin ' || to_jsonb(t)::text FROM pg_replication_origin t
UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts
UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
UNION ALL SELECT 'file ' || name || sourcefile FROM pg_settings WHERE sourcefile LIKE '%auto.conf'
ORDER BY 1";

/// What the server of the user's holds.
const MINE: &str = "
CREATE ROLE cust; CREATE ROLE boss SUPERUSER; CREATE ROLE staff; GRANT cust TO staff;
ALTER ROLE cust SET work_mem = '8MB'; COMMENT ON ROLE cust IS 'mine';
CREATE DATABASE shop OWNER cust; GRANT CONNECT ON DATABASE shop TO staff; COMMENT ON DATABASE shop IS 'mine';
ALTER DATABASE shop SET work_mem = '8MB';";

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

async fn rows(session: &Session, sql: &str) -> Vec<String> {
    let rows = session.client().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Each statement on its own, as some have to be.
async fn execute(session: &Session, sql: &str) {
    for statement in sql.split(';') {
        session.client().batch_execute(statement).await.unwrap();
    }
}

/// A server of the user's, a session on it, and the provider that uses it as `role`.
async fn server_of_mine(role: &str) -> (Server, Session, Provider) {
    let server = Server::start(&LOCAL).await.unwrap();
    let database = server.create_database().await.unwrap();
    let [Host::Unix(socket)] = database.config().get_hosts() else {
        panic!("the server has one socket");
    };
    let uri = format!(
        "host={} port=1 user={role} dbname=postgres",
        socket.display()
    );
    let session = database.connect().await.unwrap();
    execute(&session, MINE).await;
    (server, session, Provider::Server { uri })
}

fn files(texts: &[&str]) -> Vec<Migration> {
    let file = |(number, text): (usize, &&str)| {
        let name = format!("{}.sql", number + 1);
        let file = SourceFile::new(name.clone(), name, *text);
        read_file(file, &Placeholders::new(), Purpose::Throwaway).0
    };
    texts.iter().enumerate().map(file).collect()
}

async fn migrate(database: &Database, texts: &[&str]) -> Vec<String> {
    let migrated = super::super::migrate(database, &files(texts))
        .await
        .unwrap();
    let show = |found: &Diagnostic| {
        let (line, column) = found.line_and_column().unwrap_or_default();
        format!(
            "{}:{line}:{column}: {}",
            found.file().unwrap(),
            found.message()
        )
    };
    migrated.diagnostics.iter().map(show).collect()
}

/// Statements that change what the server shares.
const SHARED: &[&str] = &[
    "ALTER ROLE cust CREATEDB",
    "ALTER ROLE cust PASSWORD 'x'",
    "ALTER ROLE cust RENAME TO custom",
    "ALTER ROLE cust SET work_mem = '9MB'",
    "ALTER ROLE cust IN DATABASE shop SET work_mem = '9MB'",
    "ALTER ROLE ALL SET work_mem = '9MB'",
    "ALTER ROLE CURRENT_USER SET work_mem = '9MB'",
    "ALTER ROLE cust RESET ALL",
    "ALTER USER cust VALID UNTIL '2030-01-01'",
    "ALTER GROUP cust ADD USER boss",
    "DROP ROLE boss",
    "DROP OWNED BY staff",
    "REASSIGN OWNED BY cust TO boss",
    "GRANT staff TO boss",
    "GRANT pg_monitor TO cust",
    "REVOKE cust FROM staff",
    "COMMENT ON ROLE cust IS 'yours'",
    "COMMENT ON DATABASE shop IS 'yours'",
    "COMMENT ON TABLESPACE pg_default IS 'yours'",
    "ALTER DATABASE shop SET work_mem = '9MB'",
    "ALTER DATABASE shop RESET ALL",
    "ALTER DATABASE shop OWNER TO boss",
    "ALTER DATABASE shop CONNECTION LIMIT 5",
    "ALTER DATABASE shop RENAME TO shop2",
    "GRANT CREATE ON DATABASE shop TO staff",
    "REVOKE CONNECT ON DATABASE shop FROM staff",
    "GRANT CREATE ON TABLESPACE pg_default TO cust",
    "ALTER TABLESPACE pg_default SET (random_page_cost = 2)",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    "SELECT pg_replication_origin_create('o')",
];

/// Statements that do something at once.
const AT_ONCE: &[&str] = &[
    "SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/rowsmith_was_here')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'",
    "SELECT pg_reload_conf()",
    "SELECT pg_create_physical_replication_slot('x')",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/rowsmith_was_here'",
    "COPY (SELECT 1) TO '/tmp/rowsmith_was_here'",
];

/// Statements that are impossible in a transaction.
const ALONE: &[&str] = &[
    "CREATE DATABASE other",
    "DROP DATABASE shop",
    "ALTER SYSTEM SET work_mem = '9MB'",
    "CREATE TABLESPACE t LOCATION '/tmp'",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p",
    "BEGIN; PREPARE TRANSACTION 'x'",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE cust CREATEDB; COMMIT; END $$; CALL p()",
    "DO $$ BEGIN ALTER ROLE cust CREATEDB; COMMIT; END $$",
];

/// The ways to hide a statement, with names of their own.
fn hidden(number: usize, sql: &str) -> [String; 2] {
    let quoted = sql.replace('\'', "''");
    let n = number;
    let called = format!(
        "CREATE FUNCTION f{n}() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE '{quoted}'; RETURN 1; END $$;"
    );
    let fired = format!(
        "CREATE FUNCTION f{n}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE '{quoted}'; RETURN NULL; END $$;\n\
         CREATE TABLE g{n} (a int);"
    );
    let block = format!("DO $$ BEGIN EXECUTE '{quoted}'; END $$");
    let mut ways = [
        format!("BEGIN; DO $$ BEGIN BEGIN EXECUTE '{quoted}'; END; END $$; COMMIT"),
        format!("CREATE TABLE i{n} (a int);\nCREATE INDEX CONCURRENTLY j{n} ON i{n} (a);\n{block}"),
        format!("{called} SELECT f{n}()"),
        format!(
            "{called} CREATE TABLE g{n} (a int DEFAULT f{n}()); INSERT INTO g{n} DEFAULT VALUES"
        ),
        format!(
            "{fired} CREATE TRIGGER x AFTER INSERT ON g{n} EXECUTE FUNCTION f{n}();\nINSERT INTO g{n} VALUES (1)"
        ),
        format!(
            "{fired} CREATE CONSTRAINT TRIGGER x AFTER INSERT ON g{n} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW \
             EXECUTE FUNCTION f{n}();\nINSERT INTO g{n} VALUES (1)"
        ),
    ];
    let way = std::mem::take(&mut ways[n % 6]);
    [block, way]
}

#[test]
fn the_server_is_as_it_was_whatever_migrations_try() {
    run(async {
        let (_mine, admin, provider) = server_of_mine("postgres").await;
        let before = rows(&admin, STATE).await;
        let server = Server::start(&provider).await.unwrap();
        let refused = async |texts: &[&str]| {
            let database = server.create_database().await.unwrap();
            let found = migrate(&database, texts).await;
            database.close().await.unwrap();
            assert_eq!(rows(&admin, STATE).await, before, "{texts:?}\n{found:?}");
            found
        };
        // Each of them in the open. Those about names that are there need no report: they say nothing about the schema.
        for sql in ALONE {
            refused(&[sql, "CREATE TABLE v ()"]).await;
        }
        for several in [SHARED, AT_ONCE] {
            let found = refused(several).await;
            let is_at_once = several == AT_ONCE;
            assert_eq!(
                found.len(),
                if is_at_once { several.len() } else { 1 },
                "{found:?}"
            );
        }
        let in_dollars = "COPY (SELECT 1) TO $x$/tmp/rowsmith_was_here$x$";
        assert_eq!(refused(&[in_dollars]).await.len(), 1);
        // In blocks, functions and triggers. Of several about one role, only the first is reported.
        let all = SHARED.iter().chain(AT_ONCE).enumerate();
        let all: Vec<String> = all.flat_map(|(number, sql)| hidden(number, sql)).collect();
        for several in all.chunks(12) {
            let several: Vec<&str> = several.iter().map(String::as_str).collect();
            let found = refused(&several).await;
            assert!(!found.is_empty(), "{several:#?}");
        }
        assert!(!std::path::Path::new("/tmp/rowsmith_was_here").exists());
    });
}

#[test]
fn migrations_that_need_roles_are_applied() {
    let texts = [
        // Each tool's way of creating a role once.
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'customer_app') THEN\n\
         CREATE ROLE customer_app LOGIN PASSWORD 'x'; END IF; END $$;\n\
         CREATE TABLE t (a int);\nGRANT SELECT ON t TO customer_app;\nALTER TABLE t OWNER TO customer_app;\n\
         CREATE SCHEMA own AUTHORIZATION customer_app;\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n\
         CREATE POLICY p ON t TO customer_app USING (true);\nSET ROLE customer_app;\nCREATE TABLE own.u (a int);\nRESET ROLE;\n\
         GRANT cust TO customer_app;\nALTER DEFAULT PRIVILEGES FOR ROLE customer_app GRANT SELECT ON TABLES TO cust;",
        // Nobody says that it was created before.
        "CREATE ROLE late;\nGRANT SELECT ON t TO late;\nDO $$ BEGIN GRANT SELECT ON t TO late, customer_app; END $$;\n\
         CREATE SCHEMA other AUTHORIZATION late;\nCREATE TABLE other.w ();",
        "DO $$ BEGIN CREATE ROLE customer_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\nBEGIN;\n\
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''', current_database()); END $$;\n\
         CREATE TABLE x ();\nCOMMIT;\nALTER TABLE x OWNER TO cust;\nGRANT CONNECT ON DATABASE shop TO cust;",
        "CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';\nCREATE TABLE y (e e DEFAULT 'b');\nVACUUM;\n\
         CREATE INDEX CONCURRENTLY i ON t (a);\nDO $$ BEGIN CREATE ROLE again; CREATE TABLE z (); END $$;",
    ];
    let tables = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace >= 2200 AND \
                  relnamespace <> 'information_schema'::regnamespace ORDER BY 1";
    run(async {
        let (_mine, admin, provider) = server_of_mine("postgres").await;
        let before = rows(&admin, STATE).await;
        let server = Server::start(&provider).await.unwrap();
        let one = async || {
            let database = server.create_database().await.unwrap();
            let found = migrate(&database, &texts).await;
            assert_eq!(found, Vec::<String>::new());
            let session = database.connect().await.unwrap();
            let found = rows(&session, tables).await;
            assert_eq!(found, ["other.w", "own.u", "t", "x", "y", "z"]);
            database.close().await.unwrap();
        };
        one().await;
        assert_eq!(rows(&admin, STATE).await, before);
        // Eight at once, and somebody who makes a role meanwhile.
        let all = async { tokio::join!(one(), one(), one(), one(), one(), one(), one(), one()) };
        tokio::join!(all, execute(&admin, "CREATE ROLE custom"));
        execute(&admin, "DROP ROLE custom").await;
        assert_eq!(rows(&admin, STATE).await, before);
    });
}

#[test]
fn who_is_no_superuser_changes_nothing_either() {
    run(async {
        let (_mine, admin, provider) = server_of_mine("owner").await;
        let owner = "CREATE ROLE owner LOGIN CREATEDB CREATEROLE PASSWORD 'mine'; CREATE DATABASE owned OWNER owner";
        execute(&admin, owner).await;
        let before = rows(&admin, STATE).await;
        let server = Server::start(&provider).await.unwrap();
        for (text, is_refused) in [
            (
                "CREATE ROLE app; CREATE TABLE t (); GRANT SELECT ON t TO app",
                false,
            ),
            ("DO $$ BEGIN CREATE ROLE app; END $$", true),
            ("DO $$ BEGIN ALTER ROLE owner PASSWORD 'x'; END $$", true),
            (
                "DO $$ BEGIN ALTER ROLE owner SET work_mem = '9MB'; END $$",
                true,
            ),
            (
                "DO $$ BEGIN ALTER DATABASE owned SET work_mem = '9MB'; END $$",
                true,
            ),
            ("REASSIGN OWNED BY owner TO owner", false),
            ("DO $$ BEGIN NULL; END $$", false),
        ] {
            let database = server.create_database().await.unwrap();
            let found = migrate(&database, &[text, "CREATE TABLE v ()"]).await;
            assert_eq!(!found.is_empty(), is_refused, "{text}\n{found:?}");
            database.close().await.unwrap();
            assert_eq!(rows(&admin, STATE).await, before, "{text}\n{found:?}");
        }
    });
}

#[test]
fn what_is_refused_is_explained() {
    let text = "CREATE TABLE t ();\nDO $$ BEGIN\n  ALTER ROLE cust CREATEDB;\nEND $$;\nSELECT pg_reload_conf();\n\
                DO $$ BEGIN PERFORM 1; COMMIT; END $$;";
    let found = run(async {
        let (_mine, _admin, provider) = server_of_mine("postgres").await;
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let migrated = super::super::migrate(&database, &files(&[text])).await;
        database.close().await.unwrap();
        crate::diagnostic::render(&migrated.unwrap().diagnostics, false)
    });
    insta::assert_snapshot!(found, @r"
    error[migration-failed]: this statement reaches outside of the throwaway database, on a server that others use
     --> 1.sql:5:1
      |
    5 | SELECT pg_reload_conf();
      | ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: it calls a function whose effect outside of the database cannot be taken back
      = help: leave it out of the migrations, or name no server: then installed Postgres programs run a private one, where everything is possible

    error[migration-failed]: this statement changes what belongs to the whole server, which others use
     --> 1.sql:2:1
      |
    2 | DO $$ BEGIN
      | ^^^^^^^^^^^
      |
      = note: roles, their settings and memberships, other databases, tablespaces and subscriptions stay as they are
      = help: leave it out of the migrations, or make it on the server and have the statement do nothing where it is made, or name no server: then installed Postgres programs run a private one, where everything is possible

    error[migration-failed]: this statement reaches outside of the throwaway database, on a server that others use
     --> 1.sql:6:1
      |
    6 | DO $$ BEGIN PERFORM 1; COMMIT; END $$;
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: it commits, so what it changes outside of the database cannot be taken back
      = help: leave it out of the migrations, or name no server: then installed Postgres programs run a private one, where everything is possible
    ");
}
