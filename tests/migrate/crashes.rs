//! Processes that start together, and processes and sessions that are killed.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::place::{Project, connect, on_server, told, value};

/// Files of every kind, each of which counts itself.
fn project(files: usize) -> Project {
    let project = Project::new(&[(
        "0001_log.sql",
        "CREATE TABLE log (n int);\nCREATE TABLE t (id int);\n",
    )]);
    for n in 2..=files {
        let text = match n % 4 {
            0 => format!(
                "-- rowsmith: no-transaction\nINSERT INTO log VALUES ({n});\nCREATE INDEX CONCURRENTLY t_{n} ON t (id);\nCREATE TABLE t_{n}_a (id int);\n"
            ),
            1 => format!(
                "BEGIN;\nINSERT INTO log VALUES ({n});\nCREATE TABLE t_{n}_a (id int);\nCOMMIT;\n"
            ),
            _ => format!("INSERT INTO log VALUES ({n});\nCREATE TABLE t_{n}_a (id int);\n"),
        };
        project.write(&format!("migrations/{n:04}_step.sql"), &text);
    }
    project
}

/// Each file was applied once, whole.
async fn check(client: &tokio_postgres::Client, files: usize) {
    let rest = files - 1;
    assert_eq!(
        value(
            client,
            "SELECT count(*) || ' ' || count(DISTINCT n) FROM log"
        )
        .await,
        format!("{rest} {rest}")
    );
    assert_eq!(
        value(
            client,
            "SELECT count(*) FROM pg_class WHERE relname LIKE 't\\_%\\_a'"
        )
        .await,
        rest.to_string()
    );
    assert_eq!(
        value(client, "SELECT count(*) FROM pg_index WHERE NOT indisvalid").await,
        "0"
    );
    assert_eq!(
        value(
            client,
            "SELECT count(*) FROM _rowsmith_migrations WHERE applied_at IS NOT NULL"
        )
        .await,
        files.to_string()
    );
}

#[test]
fn sixteen_processes_apply_each_file_once() {
    on_server(async |place| {
        let (config, uri) = place.database().await;
        let project = project(12);
        let start = |_| {
            let mut command = project.command(&uri, &["apply"]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let running: Vec<_> = (0..16).map(start).collect();
        for child in running {
            let (text, code) = told(&child.wait_with_output().unwrap());
            assert_eq!(code, 0, "{text}");
        }
        check(&connect(&config).await, 12).await;
    });
}

/// The number of kills is 20, or `ROWSMITH_TEST_KILLS`.
#[test]
fn a_killed_process_leaves_no_file_half_recorded() {
    let wanted = std::env::var("ROWSMITH_TEST_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok());
    let wanted: u32 = wanted.unwrap_or(20);
    on_server(async |place| {
        const FILES: usize = 24;
        let project = project(FILES);
        let (mut kills, mut moment) = (0, 7_u64);
        while kills < wanted {
            let (config, uri) = place.database().await;
            // Time grows, so that a slow machine comes to the end, too.
            let mut longest = 50_000;
            loop {
                longest += 5_000;
                let mut command = project.command(&uri, &["apply"]);
                let mut child = command
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap();
                // Any sequence without a pattern.
                moment = (moment * 1_103_515_245 + 12_345) % 2_147_483_648;
                thread::sleep(Duration::from_micros(3_000 + moment % longest));
                child.kill().unwrap();
                let (text, code) = told(&child.wait_with_output().unwrap());
                match code {
                    0 => break,
                    -1 => kills += 1,
                    _ => panic!("{text}"),
                }
            }
            check(&connect(&config).await, FILES).await;
            assert_eq!(project.run(&uri, &["status"]).1, 0);
        }
    });
}

#[test]
fn a_session_that_the_server_ends_is_told_of_and_can_be_resumed() {
    on_server(async |place| {
        let (config, uri) = place.database().await;
        let project = Project::new(&[
            ("1_a.sql", "CREATE TABLE a (id int);\n"),
            (
                "2_slow.sql",
                "CREATE TABLE b (id int);\nSELECT pg_sleep(CASE WHEN (SELECT count(*) FROM pg_class WHERE relname = 'fast') = 0 THEN 20 ELSE 0 END);\n",
            ),
        ]);
        let child = project
            .command(&uri, &["apply"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let client = connect(&config).await;
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(CASE%'";
        while value(&client, end).await == "0" {
            thread::sleep(Duration::from_millis(10));
        }
        let (text, code) = told(&child.wait_with_output().unwrap());
        assert_eq!(code, 1, "{text}");
        assert!(
            text.contains("terminating connection due to administrator command")
                || text.contains("the connection to the server was lost"),
            "{text}"
        );
        assert!(text.contains("it goes on where it stopped"), "{text}");
        client.batch_execute("CREATE TABLE fast ()").await.unwrap();
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(
            (code, text.contains("applied 1 migration")),
            (0, true),
            "{text}"
        );
    });
}
