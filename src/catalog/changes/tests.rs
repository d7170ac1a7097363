//! What Postgres' catalogs say of changes.

use std::collections::BTreeSet;

use super::*;
use crate::catalog::introspect;
use crate::database::{Provider, Server};

/// A schema in which many things hang on others.
const SCHEMA: &str = "
    CREATE TYPE state AS ENUM ('open', 'closed');
    CREATE TYPE address AS (street text, state state);
    CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
    CREATE TABLE users (id int PRIMARY KEY, mail email, state state, home address);
    CREATE TABLE orders (id serial PRIMARY KEY, owner int REFERENCES users ON DELETE CASCADE, total int DEFAULT 0);
    CREATE TABLE logs (day date, note text) PARTITION BY RANGE (day);
    CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE VIEW owners AS SELECT u.id, u.mail FROM users u JOIN orders o ON o.owner = u.id;
    CREATE VIEW mails AS SELECT mail FROM owners;
    CREATE MATERIALIZED VIEW sums AS SELECT sum(total) AS total FROM orders;
    CREATE FUNCTION of_state(s state) RETURNS SETOF users LANGUAGE sql AS 'SELECT * FROM users WHERE state = s';
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE SCHEMA app;
    CREATE TABLE app.settings (name text, value text);
    CREATE TABLE alone (a int, b int);
";

async fn state(server: &Server, sql: &str) -> Changes {
    let database = server.create_database().await.unwrap();
    let session = database.connect().await.unwrap();
    let client = session.client();
    client.batch_execute(SCHEMA).await.unwrap();
    let before = (
        introspect(client).await.unwrap(),
        Inventory::read(client).await.unwrap(),
    );
    client
        .batch_execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let after = (
        introspect(client).await.unwrap(),
        Inventory::read(client).await.unwrap(),
    );
    Changes::between((&before.0, &before.1), (&after.0, &after.1))
}

#[test]
fn changes_are_known_by_name() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let server = Server::start(&Provider::Local { binaries: None }).await.unwrap();
        // The names beside that of a function whose body may be looked into. All of them have to be there; more do no harm.
        for (sql, names) in [
            ("CREATE TABLE t (a int)", "t _t"),
            ("CREATE TABLE t (a int); DROP TABLE t", ""),
            ("ALTER TABLE alone ADD c int", "alone"),
            ("ALTER TABLE alone DROP b", "alone"),
            ("ALTER TABLE alone RENAME TO lone", "alone lone"),
            ("DROP TABLE alone", "alone"),
            ("ALTER TABLE alone ALTER a SET DEFAULT 1", "alone"),
            ("CREATE INDEX ON alone (a)", "alone"),
            ("CREATE UNIQUE INDEX i ON alone (a); DROP INDEX i; CREATE INDEX ON alone (b)", "alone"),
            ("ALTER TABLE alone ADD CHECK (a > 0)", "alone"),
            ("COMMENT ON COLUMN alone.a IS 'so'", "alone"),
            ("COMMENT ON TABLE alone IS 'so'", "alone"),
            ("ALTER TABLE alone ENABLE ROW LEVEL SECURITY", "alone"),
            ("CREATE POLICY p ON alone USING (a > 0)", "alone"),
            ("CREATE TRIGGER t BEFORE UPDATE ON alone FOR EACH ROW EXECUTE FUNCTION touch()", "alone"),
            ("CREATE RULE r AS ON DELETE TO alone DO INSTEAD NOTHING", "alone"),
            ("ALTER TABLE alone SET SCHEMA app", "alone"),
            ("ALTER TABLE users ALTER state SET NOT NULL", "users owners mails of_state"),
            ("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE", "users orders owners mails sums"),
            ("DROP VIEW mails", "mails"),
            ("CREATE OR REPLACE VIEW mails AS SELECT mail, 1 AS one FROM owners", "mails"),
            ("ALTER TYPE state ADD VALUE 'lost'", "state address users owners mails of_state"),
            ("ALTER TYPE state RENAME TO condition", "state condition users of_state"),
            ("ALTER DOMAIN email ADD CHECK (VALUE <> '')", "email users owners"),
            ("ALTER TYPE address ADD ATTRIBUTE zip text", "address users"),
            ("CREATE TYPE mood AS ENUM ('good')", "mood"),
            ("ALTER SEQUENCE orders_id_seq INCREMENT 2", "orders orders_id_seq"),
            ("ALTER TABLE logs_old ADD CHECK (note <> '')", "logs logs_old"),
            ("ALTER TABLE logs ADD who text", "logs logs_old"),
            ("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "one"),
            ("CREATE SCHEMA other CREATE TABLE t ()", "other t"),
            ("ALTER TABLE app.settings ALTER value SET NOT NULL", "settings"),
            ("INSERT INTO alone VALUES (1, 2)", ""),
        ] {
            let Changes::Of(found) = state(&server, sql).await else {
                panic!("{sql}: any")
            };
            let names: BTreeSet<_> = names.split_whitespace().map(str::to_owned).collect();
            assert!(names.is_subset(&found), "{sql}: {found:?}");
            assert_eq!(names.is_empty(), found.is_empty(), "{sql}: {found:?}");
            assert!(names.contains("alone") || !found.contains("alone"), "{sql}: {found:?}");
            assert!(names.contains("settings") || !found.contains("settings"), "{sql}: {found:?}");
        }
        for sql in [
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
            "DROP FUNCTION of_state",
            "ALTER FUNCTION of_state STRICT",
            "DROP SCHEMA app CASCADE",
            "ALTER SCHEMA app RENAME TO application",
            "CREATE SCHEMA postgres",
            "CREATE TYPE pg_catalog.mood AS ENUM ('good')",
            "CREATE FUNCTION pg_catalog.btrim(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE CAST (address AS text) WITH INOUT AS IMPLICIT",
            "CREATE TYPE span AS RANGE (subtype = int)",
            "CREATE COLLATION german (provider = libc, locale = 'C')",
            "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
            "CREATE ROLE somebody_of_a_test; DROP ROLE somebody_of_a_test; CREATE ROLE somebody_of_a_test",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app', current_database()); END $$",
            "GRANT SELECT ON pg_proc TO PUBLIC; REVOKE SELECT ON pg_authid FROM PUBLIC; COMMENT ON FUNCTION now() IS 'x';
             REVOKE EXECUTE ON FUNCTION now() FROM PUBLIC",
        ] {
            assert_eq!(state(&server, sql).await, Changes::Any, "{sql}");
        }
    });
}

/// A catalog of a later Postgres may hold what queries depend on.
#[test]
fn every_catalog_is_looked_at_or_left_out() {
    // Costs, comments, rights, and what is about other things than queries.
    const LEFT_OUT: [&str; 21] = [
        "pg_default_acl",
        "pg_depend",
        "pg_description",
        "pg_extension",
        "pg_init_privs",
        "pg_largeobject",
        "pg_largeobject_metadata",
        "pg_parameter_acl",
        "pg_publication_namespace",
        "pg_replication_origin",
        "pg_seclabel",
        "pg_shdepend",
        "pg_shdescription",
        "pg_shseclabel",
        "pg_statistic",
        "pg_statistic_ext",
        "pg_statistic_ext_data",
        "pg_subscription",
        "pg_subscription_rel",
        "pg_pltemplate",
        "pg_propgraph",
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let server = Server::start(&Provider::Local { binaries: None }).await.unwrap();
        let session = server.create_database().await.unwrap().connect().await.unwrap();
        let sql = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pg_catalog'::regnamespace";
        let rows = session.client().query(sql, &[]).await.unwrap();
        assert!(rows.len() > 50);
        let looked_at = include_str!("parts.sql");
        for row in rows {
            let name: &str = row.get(0);
            let is_known = looked_at.contains(&format!("pg_catalog.{name}")) || LEFT_OUT.contains(&name);
            assert!(is_known, "{name}");
        }
    });
}
