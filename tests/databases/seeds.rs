//! `rowsmith seed` and `rowsmith reset`, run as users run them.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{Server, connect, with_server};

const CONFIGURATION: &str = "version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen: {rust: {out: db}}
";

/// A project with one migration and these seeds.
fn project(seeds: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "sqlc.yaml", CONFIGURATION);
    let sql = "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);\n";
    write(&folder, "migrations/1_notes.sql", sql);
    for (name, sql) in seeds {
        write(&folder, &format!("seeds/{name}"), sql);
    }
    folder
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The exit code, and what is told.
fn run(folder: &TempDir, uri: &str, arguments: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
    command
        .args(arguments.split_whitespace())
        .args(["--database", uri]);
    command.current_dir(folder.path()).stdin(Stdio::null());
    let done = command.output().unwrap();
    assert!(done.stdout.is_empty());
    (
        done.status.code().unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    )
}

impl Server {
    /// A new database of this name.
    async fn named(&self, name: &str) -> String {
        let sql = format!("CREATE DATABASE \"{name}\"");
        self.admin.batch_execute(&sql).await.unwrap();
        self.uri(name)
    }

    async fn drop(&self, name: &str) {
        let sql = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
        self.admin.batch_execute(&sql).await.unwrap();
    }

    async fn bodies(&self, name: &str) -> Vec<String> {
        let client = connect(self.config.clone().dbname(name)).await;
        let rows = client
            .query("SELECT body FROM notes ORDER BY id", &[])
            .await
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

#[test]
fn seeds_are_run_once_and_again_where_that_is_harmless() {
    with_server(async |server| {
        let uri = server.named("shop").await;
        let one = "SET search_path = nowhere;\nINSERT INTO public.notes VALUES (1, 'one') ON CONFLICT DO NOTHING;\n";
        let folder = project(&[
            ("10_b.sql", "INSERT INTO notes VALUES (2, 'two');\n"),
            ("9_a.sql", one),
        ]);
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(code, 1);
        assert!(told.contains("seeds/9_a.sql:2:13"), "{told}");
        assert!(
            told.contains("see with `rowsmith migrate status`"),
            "{told}"
        );
        assert_eq!(run(&folder, &uri, "migrate apply").0, 0);
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(
            (code, told.as_str()),
            (
                0,
                "ran seeds/9_a.sql\nran seeds/10_b.sql\n2 seeds are new\n"
            )
        );
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(
            (code, told.as_str()),
            (0, "nothing to do: all seeds are there\n")
        );
        assert_eq!(server.bodies("shop").await, ["one", "two"]);
        // What is harmless is run again, with a new file.
        let more =
            format!("{one}INSERT INTO public.notes VALUES (3, 'three') ON CONFLICT DO NOTHING;\n");
        write(&folder, "seeds/9_a.sql", &more);
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(
            (code, told.as_str()),
            (0, "ran seeds/9_a.sql\n1 seed is new, 1 was there\n")
        );
        // What might add rows twice is not, and nothing else is run either.
        write(
            &folder,
            "seeds/10_b.sql",
            "INSERT INTO notes VALUES (2, 'two');\nINSERT INTO notes VALUES (4, 'four');\n",
        );
        write(
            &folder,
            "seeds/1_first.sql",
            "INSERT INTO notes VALUES (5, 'five');\n",
        );
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(code, 1);
        assert!(
            told.contains("`seeds/10_b.sql` was run, and edited since"),
            "{told}"
        );
        assert!(told.contains("seeds/10_b.sql:1:1"), "{told}");
        assert_eq!(server.bodies("shop").await, ["one", "two", "three"]);
        server.drop("shop").await;
    });
}

#[test]
fn what_postgres_refuses_is_shown_and_nothing_is_kept() {
    with_server(async |server| {
        let uri = server.named("shop").await;
        let twice = "INSERT INTO notes VALUES (1, 'é'),\n  (1, 'b');\n";
        let folder = project(&[
            ("1_a.sql", "INSERT INTO notes VALUES (7, 'seven');\n"),
            ("2_b.sql", twice),
        ]);
        assert_eq!(run(&folder, &uri, "migrate apply").0, 0);
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(code, 1);
        assert!(told.contains("seeds/2_b.sql:1:1"), "{told}");
        assert!(told.contains("`ON CONFLICT DO NOTHING`"), "{told}");
        assert!(server.bodies("shop").await.is_empty());
        write(
            &folder,
            "seeds/2_b.sql",
            "INSERT INTO notes\n  VALUES (1, 'é' || nowhere);\n",
        );
        let (_, told) = run(&folder, &uri, "seed");
        assert!(told.contains("seeds/2_b.sql:2:21"), "{told}");
        for (sql, told_of) in [
            (
                "INSERT INTO notes VALUES (1, 'a'); COMMIT;",
                "seeds/2_b.sql:1:36",
            ),
            ("\\copy notes from 'x'\n", "a command of psql"),
            ("COPY notes FROM stdin;\n1\ta\n\\.\n", "`COPY … FROM stdin`"),
        ] {
            write(&folder, "seeds/2_b.sql", sql);
            let (code, told) = run(&folder, &uri, "seed");
            assert_eq!(code, 1);
            assert!(told.contains(told_of), "{told}");
        }
        fs::remove_dir_all(folder.path().join("seeds")).unwrap();
        let (code, told) = run(&folder, &uri, "seed");
        assert_eq!(code, 2);
        assert!(told.contains("there is no folder `seeds`"), "{told}");
        server.drop("shop").await;
    });
}

#[test]
fn reset_makes_the_database_anew_with_its_settings() {
    with_server(async |server| {
        let uri = server.named("Shop \u{e9}").await;
        let uri = uri.replace(' ', "%20").replace('\u{e9}', "%C3%A9");
        let settings = "ALTER DATABASE \"Shop \u{e9}\" SET search_path = app, public; \
                        ALTER DATABASE \"Shop \u{e9}\" SET work_mem = '8MB'; \
                        CREATE ROLE guest; REVOKE ALL ON DATABASE \"Shop \u{e9}\" FROM PUBLIC; \
                        GRANT CONNECT ON DATABASE \"Shop \u{e9}\" TO guest WITH GRANT OPTION";
        server.admin.batch_execute(settings).await.unwrap();
        let folder = project(&[("1_a.sql", "INSERT INTO notes VALUES (1, 'seed');\n")]);
        assert_eq!(run(&folder, &uri, "migrate apply").0, 0);
        let config = server.config.clone().dbname("Shop \u{e9}").clone();
        let client = connect(&config).await;
        client
            .batch_execute("INSERT INTO notes VALUES (2, 'mine')")
            .await
            .unwrap();
        let facts = "SELECT datacl::text, encoding, datcollate, datctype, datdba, \
                         ARRAY(SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1) \
                     FROM pg_database d WHERE datname = current_database()";
        let before = client.query_one(facts, &[]).await.unwrap();

        let (code, told) = run(&folder, &uri, "reset");
        assert_eq!(code, 2);
        assert!(
            told.contains("`reset` deletes all that is in `Shop \u{e9}` (2 tables, "),
            "{told}"
        );
        assert!(told.contains("add `--yes`"), "{told}");
        // A mistake leaves everything as it was.
        write(
            &folder,
            "migrations/2_bad.sql",
            "CREATE TABLE more (id int REFERENCES nowhere);\n",
        );
        let (code, told) = run(&folder, &uri, "reset --yes");
        assert_eq!(code, 1);
        assert!(told.contains("migrations/2_bad.sql:1"), "{told}");
        write(
            &folder,
            "migrations/2_bad.sql",
            "CREATE TABLE more (id int);\n",
        );
        write(
            &folder,
            "seeds/2_b.sql",
            "INSERT INTO nowhere VALUES (1);\n",
        );
        assert_eq!(run(&folder, &uri, "reset --yes").0, 1);
        assert_eq!(server.bodies("Shop \u{e9}").await, ["mine"]);
        fs::remove_file(folder.path().join("seeds/2_b.sql")).unwrap();

        let (code, told) = run(&folder, &uri, "reset --yes");
        assert_eq!(
            (code, told.as_str()),
            (
                0,
                "made `Shop \u{e9}` anew, with 2 migrations and the seeds\n"
            )
        );
        assert_eq!(server.bodies("Shop \u{e9}").await, ["seed"]);
        assert!(client.is_closed() || client.query("SELECT 1", &[]).await.is_err());
        let after = connect(&config).await.query_one(facts, &[]).await.unwrap();
        for column in 1..4 {
            let texts = |row: &tokio_postgres::Row| row.try_get::<_, String>(column).ok();
            assert_eq!(texts(&before), texts(&after));
        }
        assert_eq!(before.get::<_, u32>(4), after.get::<_, u32>(4));
        assert_eq!(
            before.get::<_, Vec<String>>(5),
            after.get::<_, Vec<String>>(5)
        );
        assert_eq!(before.get::<_, String>(0), after.get::<_, String>(0));
        let left = "SELECT count(*) FROM pg_database WHERE datname LIKE '%rowsmith_reset%'";
        let left: i64 = server.admin.query_one(left, &[]).await.unwrap().get(0);
        assert_eq!(left, 0);
        server.drop("Shop \u{e9}").await;
        server.admin.batch_execute("DROP ROLE guest").await.unwrap();
    });
}

#[test]
fn what_is_no_database_of_development_is_refused() {
    with_server(async |server| {
        let folder = project(&[("1_a.sql", "INSERT INTO notes VALUES (1, 'seed');\n")]);
        let uri = server.named("shop").await;
        let mark = "ALTER DATABASE shop SET rowsmith.environment = 'production'";
        server.admin.batch_execute(mark).await.unwrap();
        for command in ["seed", "seed --allow-remote", "reset --yes --allow-remote"] {
            let (code, told) = run(&folder, &uri, command);
            assert_eq!(code, 2, "{command}");
            assert!(
                told.contains("says of itself that it is for `production`"),
                "{told}"
            );
        }
        let mark = "ALTER DATABASE shop RESET rowsmith.environment; CREATE ROLE rds_superuser";
        server.admin.batch_execute(mark).await.unwrap();
        let (code, told) = run(&folder, &uri, "reset --yes");
        assert_eq!(code, 2);
        assert!(told.contains("Amazon RDS runs its server"), "{told}");
        assert!(told.contains("`--allow-remote`"), "{told}");
        server
            .admin
            .batch_execute("DROP ROLE rds_superuser")
            .await
            .unwrap();
        let (code, told) = run(&folder, &server.uri("postgres"), "reset --yes");
        assert_eq!(code, 2);
        assert!(told.contains("belongs to the server itself"), "{told}");
        let two = format!("{},127.0.0.1/shop", server.uri("").trim_end_matches('/'));
        let (code, told) = run(&folder, &two, "reset --yes");
        assert_eq!(code, 2);
        assert!(told.contains("names several servers"), "{told}");
        server.drop("shop").await;
    });
}
