//! Databases that other tools have migrated: their journals, as the tools wrote them, are read.
//!
//! `crates/rowsmith-migrate/tests/journals/write.py` has made the fixtures with the tools themselves.

use std::fs;
use std::path::{Path, PathBuf};

use rowsmith::Generator;
use rowsmith_migrate::{ErrorKind, Migrations, Options, State, Status};
use tokio_postgres::Client;

use crate::{Server, with_server};

const CONFIGURATION: &str = "version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen: {rust: {out: db}}
";

/// The tools, the tables that their fixtures have, and whether they keep checksums.
const TOOLS: [(&str, &str, bool); 9] = [
    ("sqlx", "public._sqlx_migrations", true),
    ("refinery", "public.refinery_schema_history", true),
    ("diesel", "public.__diesel_schema_migrations", false),
    ("golang-migrate", "public.schema_migrations", false),
    ("dbmate", "public.schema_migrations", false),
    ("goose", "public.goose_db_version", false),
    ("flyway", "public.flyway_schema_history", true),
    ("prisma", "public._prisma_migrations", true),
    ("drizzle", "drizzle.__drizzle_migrations", true),
];

fn fixtures_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/rowsmith-migrate/tests/journals")
}

/// Databases that have what tools have written.
impl Server {
    async fn with(&mut self, fixtures: &[&str]) -> Client {
        let client = self.database().await;
        for fixture in fixtures {
            let sql = fs::read_to_string(fixtures_folder().join(format!("{fixture}.sql"))).unwrap();
            client.batch_execute(&sql).await.unwrap();
        }
        client
    }
}

/// The migrations of a tool as rowsmith reads them, after `edit` has had its way with the text of each.
fn edited(tool: &str, edit: impl Fn(&str, String) -> String) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    collect(&fixtures_folder().join(tool), "", &mut files);
    for (file, text) in files {
        let path = folder.path().join("migrations").join(&file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, edit(&file, text)).unwrap();
    }
    fs::write(folder.path().join("sqlc.yaml"), CONFIGURATION).unwrap();
    Generator::from_folder(folder.path())
        .unwrap()
        .migrations()
        .unwrap()
}

fn migrations(tool: &str) -> Migrations {
    edited(tool, |_, text| text)
}

fn collect(folder: &Path, within: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{within}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

async fn status(
    client: &Client,
    migrations: &Migrations,
) -> Result<Status, rowsmith_migrate::Error> {
    rowsmith_migrate::status(client, migrations, &Options::default()).await
}

fn states(status: &Status) -> Vec<State> {
    status.entries().iter().map(|entry| entry.state).collect()
}

#[test]
fn what_each_tool_applied_is_known() {
    with_server(async |server| {
        for (tool, table, has_checksums) in TOOLS {
            let client = server.with(&[tool]).await;
            let found = status(&client, &migrations(tool)).await.unwrap();
            let expected = [State::Applied, State::Applied, State::Pending];
            assert_eq!(states(&found), expected, "{tool}");
            assert_eq!(found.journal(), Some(table));

            // A checkout on Windows has the same files.
            let windows = edited(tool, |_, text| text.replace('\n', "\r\n"));
            let found = status(&client, &windows).await.unwrap();
            assert_eq!(states(&found), expected, "{tool}");

            let changed = edited(tool, |file, text| {
                if file.contains("written_at") {
                    text + "-- edited\n"
                } else {
                    text
                }
            });
            let found = status(&client, &changed).await.unwrap();
            let second = if has_checksums {
                State::Edited
            } else {
                State::Applied
            };
            assert_eq!(
                states(&found),
                [State::Applied, second, State::Pending],
                "{tool}"
            );
        }
    });
}

#[test]
fn what_failed_under_a_tool_is_said_with_its_remedy() {
    with_server(async |server| {
        for (tool, version, remedy) in [
            ("golang-migrate", "`4`", "migrate force"),
            ("flyway", "`3`", "flyway repair"),
            (
                "prisma",
                "`20240103000000_broken`",
                "prisma migrate resolve",
            ),
        ] {
            let client = server.with(&[&format!("{tool}-failed")]).await;
            let error = status(&client, &migrations(tool)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Stopped);
            assert!(error.to_string().contains(version), "{error}");
            assert!(error.help().unwrap().contains(remedy), "{error:?}");
        }
        // The table of sqlx for all databases has this column, and MySQL needs it.
        let client = server.with(&["sqlx"]).await;
        let sql = "UPDATE _sqlx_migrations SET success = false WHERE version = 2";
        client.batch_execute(sql).await.unwrap();
        let error = status(&client, &migrations("sqlx")).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("migration `2` failed under sqlx"),
            "{error}"
        );
        // What was rolled back is pending.
        let client = server.with(&["prisma-failed"]).await;
        let sql = "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL";
        client.batch_execute(sql).await.unwrap();
        let found = status(&client, &migrations("prisma")).await.unwrap();
        assert_eq!(
            states(&found),
            [State::Applied, State::Applied, State::Pending]
        );
    });
}

#[test]
fn a_journal_may_be_anywhere_and_have_another_name() {
    with_server(async |server| {
        for (tool, table, _) in TOOLS {
            let client = server.with(&[tool]).await;
            client
                .batch_execute("CREATE SCHEMA \"O'ps\"")
                .await
                .unwrap();
            let (_, name) = table.split_once('.').unwrap();
            let sql = format!("ALTER TABLE {table} SET SCHEMA \"O'ps\"");
            client.batch_execute(&sql).await.unwrap();
            let found = status(&client, &migrations(tool)).await.unwrap();
            assert_eq!(found.journal(), Some(format!("O'ps.{name}").as_str()));
            assert_eq!(states(&found)[1], State::Applied);
            // Where the columns leave no doubt, the name does not matter.
            if !["diesel", "golang-migrate", "dbmate", "drizzle"].contains(&tool) {
                let sql = format!("ALTER TABLE \"O'ps\".{name} RENAME TO \"Our Journal\"");
                client.batch_execute(&sql).await.unwrap();
                let found = status(&client, &migrations(tool)).await.unwrap();
                assert_eq!(found.journal(), Some("O'ps.Our Journal"));
            }
        }
    });
}

#[test]
fn two_journals_are_an_error_and_an_empty_one_says_nothing() {
    with_server(async |server| {
        let client = server.with(&["sqlx", "flyway"]).await;
        let sqlx = migrations("sqlx");
        let error = status(&client, &sqlx).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database has the journals of two tools: `public._sqlx_migrations` of sqlx and \
             `public.flyway_schema_history` of Flyway"
        );
        client
            .batch_execute("TRUNCATE flyway_schema_history")
            .await
            .unwrap();
        let found = status(&client, &sqlx).await.unwrap();
        assert_eq!(found.journal(), Some("public._sqlx_migrations"));
        client
            .batch_execute("TRUNCATE _sqlx_migrations")
            .await
            .unwrap();
        let found = status(&client, &sqlx).await.unwrap();
        assert_eq!(states(&found), [State::Pending; 3]);
    });
}

#[test]
fn tables_that_look_like_journals_are_none() {
    with_server(async |server| {
        let client = server.database().await;
        let sql = "CREATE TABLE notes (version bigint, dirty boolean); \
                   CREATE TABLE versions (version text); \
                   CREATE SCHEMA ecto; \
                   CREATE TABLE ecto.schema_migrations (version bigint, inserted_at timestamp); \
                   CREATE TABLE files (id int, hash text, created_at bigint); \
                   CREATE TABLE jobs (id int, execution_time bigint, success boolean); \
                   CREATE TEMP TABLE _sqlx_migrations (version bigint)";
        client.batch_execute(sql).await.unwrap();
        let found = status(&client, &migrations("sqlx")).await.unwrap();
        assert_eq!(found.journal(), None);
        assert_eq!(states(&found), [State::Pending; 3]);
    });
}

#[test]
fn journals_tell_what_is_missing_late_and_baselined() {
    with_server(async |server| {
        // golang-migrate keeps the last version only.
        let client = server.with(&["golang-migrate"]).await;
        let all = migrations("golang-migrate");
        for (version, expected) in [
            ("1", vec![State::Applied, State::Pending, State::Pending]),
            ("3", vec![State::Applied; 3]),
            // Its file is gone.
            (
                "7",
                vec![
                    State::Applied,
                    State::Applied,
                    State::Applied,
                    State::Missing,
                ],
            ),
        ] {
            let sql = format!("UPDATE schema_migrations SET version = {version}");
            client.batch_execute(&sql).await.unwrap();
            let mut found = states(&status(&client, &all).await.unwrap());
            if version == "7" {
                found.truncate(4);
            }
            assert_eq!(found, expected, "{version}");
        }
        // Taken back by goose, and applied again.
        let client = server.with(&["goose"]).await;
        let all = migrations("goose");
        let sql =
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (20240101000002, false)";
        client.batch_execute(sql).await.unwrap();
        let found = states(&status(&client, &all).await.unwrap());
        assert_eq!(found, [State::Applied, State::Pending, State::Pending]);
        let sql = "DELETE FROM goose_db_version WHERE version_id = 20240101000001; \
                   INSERT INTO goose_db_version (version_id, is_applied) VALUES (20240101000002, true)";
        client.batch_execute(sql).await.unwrap();
        let found = states(&status(&client, &all).await.unwrap());
        assert_eq!(found, [State::OutOfOrder, State::Applied, State::Pending]);
        // Flyway: a baseline stands for what was there before, and has no file.
        let client = server.with(&["flyway"]).await;
        let all = migrations("flyway");
        let sql = "DELETE FROM flyway_schema_history WHERE installed_rank = 2; \
                   UPDATE flyway_schema_history SET version = '1.5', type = 'BASELINE', checksum = NULL";
        client.batch_execute(sql).await.unwrap();
        let found = states(&status(&client, &all).await.unwrap());
        assert_eq!(found, [State::Applied, State::Applied, State::Pending]);
        // An undone version is pending.
        let sql = "UPDATE flyway_schema_history SET version = '1', type = 'SQL'; \
                   INSERT INTO flyway_schema_history VALUES (9, '1', 'notes', 'UNDO_SQL', 'U1__notes.sql', 1, 'me', now(), 1, true), \
                       (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"app\"', NULL, 'me', now(), 0, true)";
        client.batch_execute(sql).await.unwrap();
        let found = states(&status(&client, &all).await.unwrap());
        assert_eq!(found, [State::Pending; 3]);
    });
}

#[test]
fn what_is_applied_after_a_tool_is_in_our_journal_and_theirs_is_as_it_was() {
    with_server(async |server| {
        for (tool, table, _) in TOOLS {
            let mut client = server.with(&[tool]).await;
            let all = migrations(tool);
            // What the tool's migrations have made.
            for migration in all.iter().take(2) {
                for statement in migration.statements() {
                    client
                        .batch_execute(migration.sql(statement))
                        .await
                        .unwrap();
                }
            }
            let rows = format!("SELECT count(*) FROM {table}");
            let before: i64 = client.query_one(&rows, &[]).await.unwrap().get(0);
            let options = Options::default();
            let applied = rowsmith_migrate::migrate(&mut client, &all, &options).await;
            assert_eq!(applied.unwrap().versions.len(), 1, "{tool}");
            let after: i64 = client.query_one(&rows, &[]).await.unwrap().get(0);
            assert_eq!(after - before, i64::from(tool == "sqlx"), "{tool}");
            let found = status(&client, &all).await.unwrap();
            assert!(found.is_current(), "{tool}");
            let journal = found.journal().unwrap();
            assert!(journal.ends_with("rowsmith_migrations"), "{journal}");
            let ours = format!("SELECT count(*) FROM {journal} WHERE applied_at IS NOT NULL");
            let ours: i64 = client.query_one(&ours, &[]).await.unwrap().get(0);
            assert_eq!(ours, 3, "{tool}");
        }
    });
}

#[test]
fn the_row_for_sqlx_is_what_sqlx_writes() {
    with_server(async |server| {
        let mut client = server.with(&["sqlx"]).await;
        let columns = "SELECT version, description, success, encode(checksum, 'hex'), execution_time > 0, \
                           installed_on > now() - interval '1 minute' \
                       FROM _sqlx_migrations ORDER BY version";
        let theirs = client.query(columns, &[]).await.unwrap();
        // The same migrations again, by us.
        client
            .batch_execute("TRUNCATE _sqlx_migrations")
            .await
            .unwrap();
        let all = migrations("sqlx");
        rowsmith_migrate::migrate(&mut client, &all, &Options::default())
            .await
            .unwrap();
        let ours = client.query(columns, &[]).await.unwrap();
        assert_eq!((theirs.len(), ours.len()), (2, 3));
        for (one, other) in theirs.iter().zip(&ours) {
            assert_eq!(one.get::<_, i64>(0), other.get::<_, i64>(0));
            assert_eq!(one.get::<_, String>(1), other.get::<_, String>(1));
            assert_eq!(one.get::<_, String>(3), other.get::<_, String>(3));
        }
        assert!(
            ours.iter()
                .all(|row| row.get(2) && row.get(4) && row.get(5))
        );
    });
}

#[test]
fn what_was_edited_under_a_tool_is_accepted_by_name_only() {
    with_server(async |server| {
        let mut client = server.with(&["sqlx"]).await;
        let all = edited("sqlx", |_, text| text + "-- edited\n");
        let options = Options::default();
        let error = rowsmith_migrate::migrate(&mut client, &all, &options)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Diverged);
        let accept = rowsmith_migrate::Resolution::Accept;
        rowsmith_migrate::resolve(&mut client, &all, "2", accept, &options)
            .await
            .unwrap();
        let found = states(&status(&client, &all).await.unwrap());
        assert_eq!(found, [State::Edited, State::Applied, State::Pending]);
        // What the other tool says cannot be forgotten behind its back.
        let forget = rowsmith_migrate::Resolution::Forget;
        let error = rowsmith_migrate::resolve(&mut client, &all, "1", forget, &options)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`public._sqlx_migrations` of sqlx says that version 1 is applied"
        );
    });
}
