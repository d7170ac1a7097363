//! What becomes of files: in a transaction, without one, edited, missing, late.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rowsmith_migrate::{
    ErrorKind, Options, Progress, Resolution, State, baseline, migrate, plan, resolve, status,
};

use crate::place::{connect, migrations, on_server, value};

const JOURNAL: &str = "SELECT string_agg(version, ',' ORDER BY version) FROM public._rowsmith_migrations WHERE applied_at IS NOT NULL";

#[test]
fn files_are_applied_once_and_in_order() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let all = migrations(&[
            "CREATE TABLE a (id int);",
            "INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);",
            "BEGIN;\nINSERT INTO a VALUES (3);\nCOMMIT;",
        ]);
        let options = Options::default();
        let found = status(&client, &all, &options).await.unwrap();
        assert!(!found.is_current() && !found.is_diverged() && found.journal().is_none());
        assert_eq!(plan(&client, &all, &options).await.unwrap().len(), 3);
        let applied = migrate(&mut client, &all, &options).await.unwrap();
        assert_eq!(applied.versions, ["1", "2", "3"]);
        let applied = migrate(&mut client, &all, &options).await.unwrap();
        assert!(applied.versions.is_empty());
        assert_eq!(
            value(&client, "SELECT string_agg(id::text, ',') FROM a").await,
            "1,2,3"
        );
        assert!(status(&client, &all, &options).await.unwrap().is_current());
        assert_eq!(
            value(
                &client,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            )
            .await,
            "0"
        );
    });
}

#[test]
fn a_file_that_fails_leaves_nothing() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let all = migrations(&[
            "CREATE TABLE a (id int, n text);\nINSERT INTO a VALUES (1, 'secret');",
            "ALTER TABLE a ADD b int;\nALTER TABLE a ALTER n TYPE int USING n::int;",
        ]);
        let options = Options::default();
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(
            error.to_string(),
            "2_test.sql:2:1: invalid input syntax for type integer (SQLSTATE 22P02)"
        );
        assert!(
            !format!("{error:?}").contains("secret"),
            "no data in messages"
        );
        assert_eq!(value(&client, JOURNAL).await, "1");
        assert_eq!(
            value(
                &client,
                "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'b'"
            )
            .await,
            "0"
        );
        // A position within the statement.
        let all = migrations(&[
            "CREATE TABLE a (id int, n text);\nINSERT INTO a VALUES (1, 'secret');",
            "SELECT 1;\nSELECT é, x FROM a;",
        ]);
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert!(
            error.to_string().starts_with("2_test.sql:2:8: column "),
            "{error}"
        );
        // What is only wrong at the end.
        let all = migrations(&[
            "CREATE TABLE a (id int, n text);\nINSERT INTO a VALUES (1, 'secret');",
            "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);",
        ]);
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(error.code(), Some("23503"));
        assert_eq!(error.place().unwrap().statement, 3);
        assert_eq!(value(&client, "SELECT to_regclass('c')").await, "NULL");
        assert_eq!(
            value(
                &client,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            )
            .await,
            "0"
        );
    });
}

#[test]
fn what_contradicts_the_journal_is_an_error_that_says_what_to_do() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default();
        let first = migrations(&[
            "CREATE TABLE a (id int);",
            "CREATE TABLE b (id int);",
            "CREATE TABLE c (id int);",
        ]);
        migrate(&mut client, &first, &options).await.unwrap();
        let edited = migrations(&[
            "CREATE TABLE a (id bigint);",
            "CREATE TABLE b (id int);",
            "CREATE TABLE c (id int);",
            "CREATE TABLE d (id int);",
        ]);
        let error = migrate(&mut client, &edited, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Diverged);
        assert!(
            error
                .to_string()
                .starts_with("`1_test.sql` was edited after version 1 was applied at 2"),
            "{error}"
        );
        assert!(
            error
                .help()
                .unwrap()
                .contains("rowsmith migrate resolve 1 --accept")
        );
        assert_eq!(
            value(&client, "SELECT to_regclass('d')").await,
            "NULL",
            "nothing is applied then"
        );
        resolve(&mut client, &edited, "1", Resolution::Accept, &options)
            .await
            .unwrap();
        migrate(&mut client, &edited, &options).await.unwrap();

        let fewer = migrations(&["CREATE TABLE a (id bigint);", "CREATE TABLE b (id int);"]);
        let error = migrate(&mut client, &fewer, &options).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "version 3 `test` is applied, but there is no file of it"
        );

        resolve(&mut client, &edited, "2", Resolution::Forget, &options)
            .await
            .unwrap();
        client.batch_execute("DROP TABLE b").await.unwrap();
        let error = migrate(&mut client, &edited, &options).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "`2_test.sql` is out of order: version 2 is not applied, but 4 is"
        );
        let seen = Arc::new(Mutex::new(false));
        let allowed = {
            let seen = Arc::clone(&seen);
            Options::default()
                .allow_out_of_order()
                .observe(move |progress| {
                    if let Progress::Begun {
                        out_of_order: true, ..
                    } = progress
                    {
                        *seen.lock().unwrap() = true;
                    }
                })
        };
        let applied = migrate(&mut client, &edited, &allowed).await.unwrap();
        assert_eq!(applied.versions, ["2"]);
        assert!(*seen.lock().unwrap(), "and it is said");
        let error = resolve(&mut client, &edited, "2", Resolution::Accept, &options)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "version 2 is applied");
    });
}

#[test]
fn what_cannot_be_applied_is_refused_before_anything_is() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        for (text, place, message) in [
            (
                "CREATE TABLE b (id int);\nCOMMIT;",
                "2:1",
                "this would end or begin a transaction inside of the one that spans the file",
            ),
            (
                "BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;",
                "1:1",
                "this would end or begin a transaction inside of the one that spans the file",
            ),
            (
                "COPY a FROM stdin;",
                "1:1",
                "`COPY` from or to the client is not possible in a migration",
            ),
            (
                "\\connect other;",
                "1:1",
                "this is a command of psql, not SQL",
            ),
            (
                "SELECT 1;\nPREPARE TRANSACTION 'a';",
                "2:1",
                "a migration cannot leave a prepared transaction behind",
            ),
            ("!SELECT 1;\nCOMMIT;", "2:1", "no transaction is open here"),
            (
                "!BEGIN;\nSELECT 1;",
                "2:1",
                "the file ends inside of a transaction",
            ),
        ] {
            let all = migrations(&["CREATE TABLE a (id int);", text]);
            let error = migrate(&mut client, &all, &Options::default())
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert_eq!(error.to_string(), format!("2_test.sql:{place}: {message}"));
        }
        assert_eq!(value(&client, "SELECT to_regclass('a')").await, "NULL");
        // What only Postgres can tell.
        let all = migrations(&["CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);"]);
        let error = migrate(&mut client, &all, &Options::default())
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some("25001"));
        assert!(
            error
                .help()
                .unwrap()
                .contains("-- rowsmith: no-transaction")
        );
    });
}

#[test]
fn files_without_a_transaction_go_on_where_they_stopped() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default();
        let text = "!SET search_path = s, public;\nCREATE TABLE s.t (id int);\nINSERT INTO t VALUES (1), (1);\n\
            CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);\nBEGIN;\nINSERT INTO t VALUES (3);\nCOMMIT;\nVACUUM t;";
        let all = migrations(&["CREATE SCHEMA s;", text, "CREATE TABLE last (id int);"]);
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "2_test.sql:4:1: could not create unique index \"t_id\" (SQLSTATE 23505)"
        );
        let found = status(&client, &all, &options).await.unwrap();
        assert_eq!(
            found.entries()[1].state,
            State::Stopped {
                statement: 4,
                begun: true
            }
        );
        assert_eq!(
            value(
                &client,
                "SELECT indisvalid FROM pg_index WHERE indexrelid = 's.t_id'::regclass"
            )
            .await,
            "f"
        );
        // What was applied may not change, the rest may.
        let other = migrations(&[
            "CREATE SCHEMA s;",
            &text.replace("(1), (1)", "(1)"),
            "CREATE TABLE last (id int);",
        ]);
        let error = migrate(&mut client, &other, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        client
            .batch_execute("DELETE FROM s.t WHERE ctid = '(0,1)'")
            .await
            .unwrap();
        let applied = migrate(&mut client, &all, &options).await.unwrap();
        assert_eq!(applied.versions, ["2", "3"]);
        assert_eq!(
            value(&client, "SELECT string_agg(id::text, ',') FROM s.t").await,
            "1,3"
        );
        assert_eq!(
            value(
                &client,
                "SELECT indisvalid FROM pg_index WHERE indexrelid = 's.t_id'::regclass"
            )
            .await,
            "t"
        );
        assert_eq!(value(&client, "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'last'").await, "public");
        assert!(status(&client, &all, &options).await.unwrap().is_current());
    });
}

#[test]
fn a_single_statement_that_cannot_be_in_a_transaction_needs_no_marker() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let all = migrations(&[
            "CREATE TABLE t (id int);",
            "CREATE INDEX CONCURRENTLY t_id ON t (id);",
            "VACUUM t;",
            "DROP INDEX CONCURRENTLY t_id;",
            "!CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); END $$;\nCALL p();",
            "ALTER SYSTEM RESET work_mem;",
        ]);
        migrate(&mut client, &all, &Options::default())
            .await
            .unwrap();
        assert_eq!(value(&client, "SELECT count(*) FROM t").await, "2");
        assert!(
            status(&client, &all, &Options::default())
                .await
                .unwrap()
                .is_current()
        );
    });
}

#[test]
fn a_statement_that_may_be_done_is_for_a_person_to_look_at() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default();
        let all = migrations(&[
            "CREATE TABLE t (id int PRIMARY KEY);",
            "!CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (1); END $$;\nCALL p();\nINSERT INTO t VALUES (9);",
        ]);
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(
            (error.code(), error.place().unwrap().line),
            (Some("23505"), 2)
        );
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert_eq!(
            error.to_string(),
            "2_test.sql:2:1: statement 2 was begun, and nobody knows whether it is done"
        );
        resolve(&mut client, &all, "2", Resolution::Done, &options)
            .await
            .unwrap();
        migrate(&mut client, &all, &options).await.unwrap();
        assert_eq!(
            value(&client, "SELECT string_agg(id::text, ',') FROM t").await,
            "1,9"
        );
    });
}

#[test]
fn a_lock_that_cannot_be_had_is_tried_for_again() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let other = connect(&config).await;
        other
            .batch_execute("CREATE TABLE t (id int)")
            .await
            .unwrap();
        other.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
        let tries = Arc::new(Mutex::new(0));
        let options = {
            let tries = Arc::clone(&tries);
            Options::default()
                .lock_timeout(Duration::from_millis(50))
                .observe(move |progress| {
                    if let Progress::Retried { .. } = progress {
                        *tries.lock().unwrap() += 1;
                    }
                })
        };
        let all = migrations(&[
            "CREATE TABLE u (id int);\nALTER TABLE t ADD a int;",
            "!ALTER TABLE t ADD b int;\nSELECT 1;",
        ]);
        let impatient = options.clone().retries(1);
        let error = migrate(&mut client, &all, &impatient).await.unwrap_err();
        assert_eq!((error.code(), *tries.lock().unwrap()), (Some("55P03"), 1));
        assert!(error.help().unwrap().contains("other sessions hold a lock"));
        let release = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            other.batch_execute("COMMIT").await.unwrap();
        };
        let (applied, ()) = tokio::join!(migrate(&mut client, &all, &options), release);
        assert_eq!(applied.unwrap().versions, ["1", "2"]);
        assert!(*tries.lock().unwrap() > 1);
    });
}

#[test]
fn statements_have_a_limit_of_time() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default().statement_timeout(Duration::from_millis(100));
        let error = migrate(
            &mut client,
            &migrations(&["SELECT pg_sleep(30);"]),
            &options,
        )
        .await
        .unwrap_err();
        assert_eq!(error.code(), Some("57014"));
        assert!(error.help().unwrap().contains("statement_timeout"));
    });
}

#[test]
fn a_baseline_records_and_applies_nothing() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default();
        client
            .batch_execute("CREATE TABLE a (id int)")
            .await
            .unwrap();
        let all = migrations(&["CREATE TABLE a (id int);", "CREATE TABLE b (id int);"]);
        assert_eq!(
            baseline(&mut client, &all, Some("1"), &options)
                .await
                .unwrap(),
            ["1"]
        );
        assert!(
            baseline(&mut client, &all, Some("7"), &options)
                .await
                .is_err()
        );
        assert_eq!(
            migrate(&mut client, &all, &options).await.unwrap().versions,
            ["2"]
        );
    });
}
