//! Sessions: several at once, what files set in theirs, and futures that are dropped.

use std::time::Duration;

use rowsmith_migrate::{ErrorKind, Options, migrate};

use crate::place::{connect, migrations, on_server, value};

#[test]
fn files_leave_no_settings_behind() {
    on_server(async |place| {
        let (mut config, _) = place.database().await;
        let admin = connect(&config).await;
        admin
            .batch_execute(
                "DROP ROLE IF EXISTS weak; CREATE ROLE weak; GRANT CREATE ON SCHEMA public TO weak",
            )
            .await
            .unwrap();
        config.options("-c work_mem=5MB");
        let mut client = connect(&config).await;
        client
            .batch_execute("SET search_path = mine, public; SET DateStyle = 'German, DMY'")
            .await
            .unwrap();
        let hostile = "SET ROLE weak;\nSET search_path = nowhere;\nSET standard_conforming_strings = off;\nSET default_transaction_read_only = on;\nSET work_mem = '9MB';\nSET lock_timeout = 1;";
        let texts = [
            hostile.to_owned(),
            format!("!{hostile}\nSELECT 1;\nCREATE TABLE public.hers (id int);"),
            "CREATE TABLE after_it (id int);".to_owned(),
            "SET SESSION AUTHORIZATION weak;".to_owned(),
        ];
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        migrate(&mut client, &migrations(&texts), &Options::default())
            .await
            .unwrap();
        for (setting, expected) in [
            ("search_path", "mine, public"),
            ("DateStyle", "German, DMY"),
            ("work_mem", "5MB"),
            ("standard_conforming_strings", "on"),
            ("default_transaction_read_only", "off"),
            ("lock_timeout", "0"),
            ("role", "none"),
        ] {
            assert_eq!(
                value(&client, &format!("SHOW {setting}")).await,
                expected,
                "{setting}"
            );
        }
        assert_eq!(
            value(
                &client,
                "SELECT session_user = current_user AND current_user <> 'weak'"
            )
            .await,
            "t"
        );
        assert_eq!(
            value(
                &client,
                "SELECT relowner::regrole FROM pg_class WHERE relname = 'hers'"
            )
            .await,
            "weak"
        );
    });
}

#[test]
fn one_applies_and_the_others_wait() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        // Building an index waits for all transactions: those that wait for the lock must not be among them.
        let all = migrations(&[
            "CREATE TABLE t (id int);\nINSERT INTO t SELECT generate_series(1, 100000);",
            "CREATE INDEX CONCURRENTLY t_id ON t (id);",
            "INSERT INTO t VALUES (0);",
        ]);
        let mut running = Vec::new();
        for _ in 0..6 {
            let (config, all) = (config.clone(), all.clone());
            running.push(tokio::spawn(async move {
                let mut client = connect(&config).await;
                migrate(&mut client, &all, &Options::default())
                    .await
                    .unwrap()
                    .versions
                    .len()
            }));
        }
        let mut applied = Vec::new();
        for one in running {
            applied.push(one.await.unwrap());
        }
        assert_eq!(applied.iter().sum::<usize>(), 3, "{applied:?}");
        let client = connect(&config).await;
        assert_eq!(value(&client, "SELECT count(*) FROM t").await, "100001");
    });
}

#[test]
fn waiting_has_a_limit() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let slow = migrations(&["SELECT pg_sleep(20);"]);
        let config_of_first = config.clone();
        let first = tokio::spawn({
            let slow = slow.clone();
            async move {
                let mut client = connect(&config_of_first).await;
                let _ = migrate(&mut client, &slow, &Options::default()).await;
            }
        });
        let mut client = connect(&config).await;
        while value(
            &client,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
        )
        .await
            == "0"
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let options = Options::default().lock_wait(Duration::from_millis(300));
        let error = migrate(&mut client, &slow, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert_eq!(
            error.to_string(),
            "another process has not finished applying migrations within 0.3 s"
        );
        assert!(
            error.help().unwrap().starts_with("wait for process "),
            "{:?}",
            error.help()
        );
        first.abort();
    });
}

#[test]
fn a_future_that_is_dropped_leaves_a_clean_session() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let all = migrations(&["CREATE TABLE t (id int);\nSELECT pg_sleep(0.5);"]);
        let options = Options::default();
        let work = migrate(&mut client, &all, &options);
        assert!(
            tokio::time::timeout(Duration::from_millis(150), work)
                .await
                .is_err()
        );
        // What it had sent is done first.
        assert_eq!(
            value(
                &client,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            )
            .await,
            "0"
        );
        assert_eq!(value(&client, "SELECT to_regclass('t')").await, "NULL");
        migrate(&mut client, &all, &options).await.unwrap();
    });
}
