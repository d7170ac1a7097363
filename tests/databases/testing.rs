//! Databases for tests: isolated, gone afterwards, made at once by many threads and processes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use rowsmith_migrate::testing::{TestDatabases, database};
use rowsmith_migrate::{ErrorKind, Migration, Migrations, Statement};
use tokio_postgres::Client;

use crate::{Server, with_server};

/// What a process of ours is told.
const DEATH: &str = "ROWSMITH_TEST_DEATH";

const NOTES: &str =
    "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, body text NOT NULL);";

/// A migration that takes its time, and the table that it makes.
fn migrations(extra: &str) -> Migrations {
    let text = format!("{NOTES}SELECT pg_sleep(0.1); {extra}");
    let statements = vec![
        Statement::new(0, NOTES.len()),
        Statement::new(NOTES.len(), text.len()),
    ];
    let file = "1_notes.sql".to_owned();
    vec![Migration::read(
        "1".to_owned(),
        "notes".to_owned(),
        file,
        text,
        statements,
    )]
    .into()
}

impl Server {
    /// Its URL, with a parameter that makes it another server for this process.
    fn url(&self, name: &str) -> String {
        format!("{}?application_name={name}", self.uri("postgres"))
    }

    /// How many databases have a name that starts so.
    async fn count(&self, start: &str) -> i64 {
        let sql = "SELECT count(*) FROM pg_database WHERE starts_with(datname::text, $1)";
        self.admin.query_one(sql, &[&start]).await.unwrap().get(0)
    }

    async fn wait_for(&self, start: &str, count: i64) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.count(start).await != count {
            assert!(
                Instant::now() < deadline,
                "{start}: {}",
                self.count(start).await
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn notes(client: &Client) -> i64 {
    let sql = "SELECT count(*) FROM notes";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

#[test]
fn each_test_has_a_database_of_its_own_which_goes_away() {
    with_server(async |server| {
        let databases = TestDatabases::new(&migrations(""))
            .seed("seeds/a.sql", "INSERT INTO notes (body) VALUES ('seed')")
            .server(server.url("own"));
        let one = databases.database().await.unwrap();
        let other = databases.database().await.unwrap();
        assert_ne!(one.name(), other.name());
        let (client, second) = (one.connect().await.unwrap(), one.connect().await.unwrap());
        client
            .batch_execute("INSERT INTO notes (body) VALUES ('one')")
            .await
            .unwrap();
        assert_eq!(notes(&second).await, 2);
        assert_eq!(notes(&other.connect().await.unwrap()).await, 1);
        // Its URL leads there, too.
        let (found, connection) = tokio_postgres::connect(&one.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        assert_eq!(notes(&found).await, 2);
        assert_eq!(server.count("rowsmith_test_").await, 2);
        assert_eq!(server.count("rowsmith_template_").await, 1);
        // Also with somebody connected.
        drop(one);
        assert_eq!(server.count("rowsmith_test_").await, 1);
        other.close().await.unwrap();
        assert_eq!(server.count("rowsmith_test_").await, 0);
        drop_templates(server).await;
    });
}

#[test]
fn a_test_that_panics_leaves_nothing() {
    with_server(async |server| {
        let databases = TestDatabases::new(&migrations("")).server(server.url("panics"));
        let outcome = thread::spawn(move || {
            catch_unwind(AssertUnwindSafe(|| {
                block_on(async {
                    let database = databases.database().await.unwrap();
                    let _client = database.connect().await.unwrap();
                    panic!("on purpose");
                });
            }))
        });
        assert!(outcome.join().unwrap().is_err());
        assert_eq!(server.count("rowsmith_test_").await, 0);
        drop_templates(server).await;
    });
}

#[test]
fn threads_and_processes_that_start_together_make_one_template() {
    with_server(async |server| {
        let url = server.url("together");
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let databases = TestDatabases::new(&migrations("")).server(url.clone());
                thread::spawn(move || {
                    block_on(async {
                        let database = databases.database().await.unwrap();
                        assert_eq!(notes(&database.connect().await.unwrap()).await, 0);
                    });
                })
            })
            .collect();
        let processes: Vec<_> = (0..4).map(|_| process(&url, "none")).collect();
        for thread in threads {
            thread.join().unwrap();
        }
        for mut process in processes {
            assert!(process.wait().unwrap().success());
        }
        assert_eq!(server.count("rowsmith_template_").await, 1);
        assert_eq!(server.count("rowsmith_test_").await, 0);
        // Other migrations are another template.
        let other = TestDatabases::new(&migrations("CREATE TABLE more ()")).server(url);
        drop(other.database().await.unwrap());
        assert_eq!(server.count("rowsmith_template_").await, 2);
        drop_templates(server).await;
    });
}

#[test]
fn what_killed_processes_left_is_swept_and_what_lives_is_not() {
    with_server(async |server| {
        let databases = TestDatabases::new(&migrations("")).server(server.url("lives"));
        let living = databases.database().await.unwrap();
        for death in ["copied", "copied"] {
            assert!(
                !process(&server.url("dies"), death)
                    .wait()
                    .unwrap()
                    .success()
            );
        }
        // The second may have swept what the first left.
        assert!(server.count("rowsmith_test_").await >= 2);
        // Another process sweeps.
        let next = TestDatabases::new(&migrations("")).server(server.url("next"));
        let next = next.database().await.unwrap();
        server.wait_for("rowsmith_test_", 2).await;
        assert_eq!(notes(&living.connect().await.unwrap()).await, 0);
        assert_eq!(notes(&next.connect().await.unwrap()).await, 0);
        drop((living, next));
        // What died while it made the template has made none.
        let sql = "SELECT datname::text FROM pg_database WHERE datistemplate AND starts_with(datname::text, 'rowsmith_')";
        let name: String = server.admin.query_one(sql, &[]).await.unwrap().get(0);
        let half = format!("ALTER DATABASE {name} WITH IS_TEMPLATE false ALLOW_CONNECTIONS true");
        server.admin.batch_execute(&half).await.unwrap();
        let client = crate::connect(server.config.clone().dbname(&name)).await;
        client.batch_execute("DROP TABLE notes").await.unwrap();
        let made = databases.database().await.unwrap();
        assert_eq!(notes(&made.connect().await.unwrap()).await, 0);
        drop(made);
        drop_templates(server).await;
    });
}

#[test]
fn what_is_wrong_is_told() {
    with_server(async |server| {
        let wrong = TestDatabases::new(&migrations("SELECT nowhere")).server(server.url("wrong"));
        let error = wrong.database().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.place().unwrap().file, "1_notes.sql");
        let seed = "INSERT INTO notes (body)\n  VALUES (nowhere)";
        let wrong = TestDatabases::new(&migrations("")).seed("seeds/a.sql", seed);
        let error = wrong
            .server(server.url("wrong"))
            .database()
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "seeds/a.sql:2:11: the seed failed: column \"nowhere\" does not exist (SQLSTATE 42703)"
        );
        // Nothing half made is left.
        assert_eq!(server.count("rowsmith_template_").await, 0);
        let nobody =
            TestDatabases::new(&migrations("")).server("postgres://me:s3cret@127.0.0.1:1/x");
        let error = nobody.database().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot connect to the server for tests at `127.0.0.1`, port 1"
        );
        let unreadable = TestDatabases::new(&migrations("")).server("postgres://me:s3cret@[");
        let error = unreadable.database().await.unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
        server
            .admin
            .batch_execute("CREATE ROLE poor LOGIN")
            .await
            .unwrap();
        let (before, after) = server
            .url("poor")
            .split_once("://")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let (_, host) = after.split_once('@').unwrap();
        let poor = TestDatabases::new(&migrations("")).server(format!("{before}://poor@{host}"));
        let error = poor.database().await.unwrap_err();
        assert!(error.help().unwrap().contains("CREATEDB"), "{error:?}");
        server.admin.batch_execute("DROP ROLE poor").await.unwrap();
    });
}

/// Another process that makes a database, and dies of this.
fn process(url: &str, death: &str) -> std::process::Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "testing::a_process_of_its_own"])
        .env("DATABASE_URL", url)
        .env(DEATH, death)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "is a process of other tests"]
fn a_process_of_its_own() {
    let Ok(death) = env::var(DEATH) else {
        return;
    };
    block_on(async {
        let database = database(&migrations("")).await.unwrap();
        assert_eq!(notes(&database.connect().await.unwrap()).await, 0);
        if death == "copied" {
            std::process::abort();
        }
    });
}

async fn drop_templates(server: &Server) {
    let sql = "SELECT datname::text, datistemplate FROM pg_database WHERE starts_with(datname::text, 'rowsmith_template_')";
    for row in server.admin.query(sql, &[]).await.unwrap() {
        let name: String = row.get(0);
        if row.get(1) {
            let sql = format!("ALTER DATABASE {name} IS_TEMPLATE false");
            server.admin.batch_execute(&sql).await.unwrap();
        }
        server
            .admin
            .batch_execute(&format!("DROP DATABASE {name}"))
            .await
            .unwrap();
    }
}
