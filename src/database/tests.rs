//! The guards against a real Postgres: what is started goes away.
#![cfg(unix)]

#[cfg(target_os = "linux")]
mod kept;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgid};

use super::binaries::Binaries;
use super::local::Cluster;
use super::setup::Databases;
use super::*;

const LOCAL: Provider = Provider::Local { binaries: None };

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

async fn value(session: &Session, sql: &str) -> String {
    let row = session.client().query_one(sql, &[]).await;
    row.unwrap().get(0)
}

async fn execute(session: &Session, sql: &str) {
    session.client().batch_execute(sql).await.unwrap();
}

/// The folder of a local server and the id of its process.
fn traces(server: &Server) -> (PathBuf, u32) {
    match &server.source {
        Source::Local(cluster) => cluster.traces(),
        Source::Embedded(engine) => engine.traces(),
        Source::Remote(_) => panic!("not a local server"),
    }
}

fn is_running(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
        || kill(Pid::from_raw(pid.cast_signed()), None).is_ok()
}

fn assert_gone((folder, pid): &(PathBuf, u32)) {
    assert!(!folder.exists(), "{}", folder.display());
    assert!(!is_running(*pid), "{pid}");
}

/// A local server in the part of the existing one, and the provider that uses it as `role`.
async fn existing(role: &str) -> (Server, Session, Provider) {
    let server = Server::start(&LOCAL).await.unwrap();
    let session = server.create_database().await.unwrap().connect().await;
    let data = traces(&server).0.join("data");
    let host = data.display().to_string().replace('/', "%2F");
    let uri = format!("postgres://{role}:secret@{host}:1/postgres");
    (server, session.unwrap(), Provider::Server { uri })
}

async fn databases(session: &Session) -> String {
    let sql = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database";
    value(session, sql).await
}

#[test]
fn a_local_server_leaves_nothing_when_closed() {
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let traces = traces(&server);
        let mut names = Vec::new();
        for _ in 0..3 {
            let database = server.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            execute(&session, "CREATE TABLE t ()").await;
            names.push(value(&session, "SELECT current_database()::text").await);
            database.close().await.unwrap();
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 3, "databases of their own");
        assert!(server.description().starts_with("Postgres "));
        assert!(server.description().contains("(local, /"));
        server.close().unwrap();
        assert_gone(&traces);
    });
}

#[test]
fn a_local_server_leaves_nothing_when_dropped() {
    let dropped = run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let database = server.create_database().await.unwrap();
        let _session = database.connect().await.unwrap();
        traces(&server)
    });
    assert_gone(&dropped);

    let mut panicked = None;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        run(async {
            let server = Server::start(&LOCAL).await.unwrap();
            panicked = Some(traces(&server));
            panic!("on purpose");
        });
    }));
    assert!(outcome.is_err());
    assert_gone(&panicked.unwrap());
}

#[test]
fn a_start_that_is_given_up_leaves_nothing() {
    // At any moment, `initdb` included.
    for milliseconds in [0, 30, 100, 300] {
        let cache = TempFolder::new();
        let start = Cluster::start_with::<()>(
            Binaries::find(None, None).unwrap(),
            Some(cache.0.clone()),
            Databases::Any,
            &[],
        );
        let patience = Duration::from_millis(milliseconds);
        drop(run(async { tokio::time::timeout(patience, start).await }));
    }
    let own = std::process::id().to_string();
    let output = Command::new("ps")
        .args(["--ppid", &own, "-o", "comm="])
        .output();
    let children = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(!children.contains("initdb"), "{children}");
}

#[test]
fn servers_do_not_meet() {
    run(async {
        let (one, two) = tokio::join!(Server::start(&LOCAL), Server::start(&LOCAL));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(traces(&one), traces(&two));
        let session = one
            .create_database()
            .await
            .unwrap()
            .connect()
            .await
            .unwrap();
        execute(&session, "CREATE TABLE t ()").await;
        two.close().unwrap();
        execute(&session, "CREATE TABLE u ()").await;
    });
}

#[test]
fn a_server_outlives_the_thread_that_started_it_and_its_terminal() {
    let server = thread::spawn(|| run(Server::start(&LOCAL)).unwrap())
        .join()
        .unwrap();
    thread::sleep(Duration::from_millis(100));
    run(async {
        let session = server.create_database().await.unwrap().connect().await;
        assert_eq!(value(&session.unwrap(), "SELECT 'here'").await, "here");
    });
    let pid = Pid::from_raw(traces(&server).1.cast_signed());
    assert_eq!(
        getpgid(Some(pid)),
        Ok(pid),
        "Ctrl-C reaches the group of this process"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_leaves_no_server_and_its_folder_is_swept() {
    const VARIABLE: &str = "ROWSMITH_TEST_KILLED";
    if let Ok(report) = env::var(VARIABLE) {
        let server = run(Server::start(&LOCAL)).unwrap();
        let (folder, pid) = traces(&server);
        fs::write(report, format!("{pid} {}", folder.display())).unwrap();
        thread::sleep(Duration::from_secs(60));
        return;
    }
    let folder = TempFolder::new();
    let report = folder.0.join("report");
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "database::tests::a_killed_run_leaves_no_server_and_its_folder_is_swept",
        ])
        .env(VARIABLE, &report)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let text = wait_for(|| {
        fs::read_to_string(&report)
            .ok()
            .filter(|text| text.contains('/'))
    });
    let (pid, run_folder) = text.split_once(' ').unwrap();
    let (pid, run_folder) = (pid.parse().unwrap(), Path::new(run_folder));
    assert!(is_running(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for(|| (!is_running(pid)).then_some(()));
    // Unless another test has swept it already.
    drop(run(Server::start(&LOCAL)).unwrap());
    assert!(!run_folder.exists());
}

fn wait_for<T>(mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = check() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A folder that is removed on drop.
struct TempFolder(PathBuf);

impl TempFolder {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("test-rowsmith-{:016x}", random()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_template_survives_concurrent_first_runs_and_damage() {
    let cache = TempFolder::new();
    let start = || {
        Cluster::start_with::<()>(
            Binaries::find(None, None).unwrap(),
            Some(cache.0.clone()),
            Databases::Any,
            &[],
        )
    };
    let template = || {
        let entries = fs::read_dir(&cache.0).unwrap();
        let folders = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir());
        folders.collect::<Vec<_>>()
    };
    run(async {
        let (one, two) = tokio::join!(start(), start());
        drop((one.unwrap(), two.unwrap()));
        let made = template();
        assert_eq!(made.len(), 1, "{made:?}");
        let control = made[0].join("data/global/pg_control");
        let whole = fs::read(&control).unwrap();

        // Copied, not made again.
        let stamp = fs::metadata(&control).unwrap().modified().unwrap();
        drop(start().await.unwrap());
        assert_eq!(fs::metadata(&control).unwrap().modified().unwrap(), stamp);

        // Something is missing; something is wrong.
        fs::remove_file(&control).unwrap();
        drop(start().await.unwrap());
        assert_eq!(fs::read(&control).unwrap().len(), whole.len());
        fs::write(&control, vec![0; whole.len()]).unwrap();
        drop(start().await.unwrap());
        assert_ne!(fs::read(&control).unwrap(), vec![0; whole.len()]);
        assert_eq!(template(), made);
    });
}

#[test]
fn a_database_on_a_server_goes_away_and_nothing_else_does() {
    run(async {
        let (_existing, admin, provider) = existing("postgres").await;
        let [left, wanted] = [1, 2].map(|number| format!("rowsmith_{number}_{:016x}", random()));
        for name in ["mine", "rowsmith_1", &left, &wanted] {
            execute(&admin, &format!("CREATE DATABASE {name}")).await;
        }
        // A run that goes on is seen by its session.
        execute(&admin, &format!("SET application_name = '{wanted}'")).await;
        let before = databases(&admin).await;
        let after = before.replace(&format!(" {left}"), "");
        assert_ne!(before, after);

        let server = Server::start(&provider).await.unwrap();
        assert!(
            server.description().contains("(server, /"),
            "{}",
            server.description()
        );
        let (one, two) = tokio::join!(server.create_database(), server.create_database());
        let (one, two) = (one.unwrap(), two.unwrap());
        let session = one.connect().await.unwrap();
        execute(&session, "CREATE TABLE t ()").await;
        assert_eq!(value(&session, "SHOW server_encoding").await, "UTF8");
        assert_eq!(
            databases(&admin).await.split(' ').count(),
            after.split(' ').count() + 2
        );
        one.close().await.unwrap();
        assert_eq!(
            databases(&admin).await.split(' ').count(),
            after.split(' ').count() + 1
        );
        // Dropped in a runtime, with a session open.
        let _session = two.connect().await.unwrap();
        drop(two);
        assert_eq!(databases(&admin).await, after);

        // Given up while the server is creating.
        for milliseconds in [1, 5, 10, 20, 40] {
            let patience = Duration::from_millis(milliseconds);
            let _ = tokio::time::timeout(patience, server.create_database()).await;
            assert_eq!(databases(&admin).await, after, "after {milliseconds} ms");
        }
        server.close().unwrap();

        let panicked = thread::spawn(move || {
            run(async {
                let server = Server::start(&provider).await.unwrap();
                let _database = server.create_database().await.unwrap();
                panic!("on purpose");
            });
        });
        assert!(panicked.join().is_err());
        assert_eq!(databases(&admin).await, after);
    });
}

#[test]
fn sessions_are_alike_wherever_they_are() {
    let settings = [
        ("search_path", "\"$user\",public"),
        ("TimeZone", "UTC"),
        ("DateStyle", "ISO, MDY"),
        ("standard_conforming_strings", "on"),
        ("statement_timeout", "1min"),
        ("lc_messages", "C"),
        ("application_name", "rowsmith"),
        ("client_encoding", "UTF8"),
    ];
    run(async {
        let (_existing, admin, provider) = existing("owner").await;
        execute(
            &admin,
            "CREATE ROLE owner LOGIN SUPERUSER;
             ALTER ROLE owner SET search_path = 'elsewhere';
             ALTER ROLE owner SET TimeZone = 'Asia/Tokyo';
             ALTER ROLE owner SET DateStyle = 'German';
             ALTER ROLE owner SET standard_conforming_strings = off;",
        )
        .await;
        for provider in [LOCAL, provider] {
            let server = Server::start(&provider).await.unwrap();
            let database = server.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            for (name, expected) in settings {
                let found = value(&session, &format!("SHOW {name}")).await;
                assert_eq!(found, expected, "{name} of {provider:?}");
            }
            execute(&session, "SET search_path = ''; RESET ALL").await;
            assert_eq!(value(&session, "SHOW search_path").await, settings[0].1);
        }
    });
}

#[test]
fn notices_come_in_order_and_before_the_answer() {
    run(async {
        let server = Server::start(&LOCAL).await.unwrap();
        let session = server
            .create_database()
            .await
            .unwrap()
            .connect()
            .await
            .unwrap();
        for round in 0..3 {
            let sql = "DO $$ BEGIN FOR i IN 1..500 LOOP RAISE WARNING '%', i; END LOOP; END $$";
            execute(&session, sql).await;
            let notices = session.take_notices();
            let numbers = notices
                .iter()
                .map(|notice| notice.message().parse().unwrap());
            assert_eq!(
                numbers.collect::<Vec<u32>>(),
                (1..=500).collect::<Vec<_>>(),
                "{round}"
            );
        }
        assert!(session.take_notices().is_empty());
    });
}

#[test]
fn a_server_that_cannot_be_used_is_explained() {
    let report = |uri: &str| {
        let provider = Provider::Server {
            uri: uri.to_owned(),
        };
        let error = run(Server::start(&provider))
            .err()
            .map(|error| format!("{error:?}"));
        error.unwrap_or_else(|| panic!("{uri} can be used"))
    };
    let uris = [
        "postgres://me:secret@127.0.0.1:1/db",
        "postgres://me:sec@ret@127.0.0.1:1/db",
        "mysql://me:secret@127.0.0.1:1/db?a=b",
        "postgres://me:secret@127.0.0.1:1/db?sslmode=sometimes",
        "postgres://me:secret@127.0.0.1:1/db?schema=public",
        "me:secret@localhost=x",
        "secret",
    ];
    insta::assert_snapshot!(uris.map(report).join("\n"), @r"
    cannot reach the Postgres server at `127.0.0.1:1`
      caused by: Connection refused (os error 111)
      help: start it, correct its URI, or give none to use installed Postgres programs
    the server URI has more than one `@`
      help: write an `@` of the password as `%40`
    the server URI does not begin with `postgres://`
      help: write it as `postgres://user:PASSWORD@host:5432/postgres`, special characters of the password as `%xx`
    the server URI has an unknown `sslmode`
      help: write disable, prefer, require, verify-ca or verify-full
    the server URI cannot be read
      caused by: unknown option `schema`
      help: leave the option out
    the server URI cannot be read
      help: write it as `postgres://user:PASSWORD@host:5432/postgres`, special characters of the password as `%xx`
    the server URI cannot be read
      caused by: unexpected EOF
      help: write it as `postgres://user:PASSWORD@host:5432/postgres`, special characters of the password as `%xx`
    ");
}

#[test]
fn a_server_that_refuses_is_explained() {
    let found = run(async {
        let (existing, admin, provider) = existing("limited").await;
        execute(&admin, "CREATE ROLE limited LOGIN PASSWORD 'other'").await;
        let server = Server::start(&provider).await.unwrap();
        let unprivileged = server.create_database().await.err().unwrap();
        let Provider::Server { uri } = &provider else {
            panic!()
        };
        let uri = uri.replace("1/postgres", "1/nowhere");
        let lost = Server::start(&Provider::Server { uri })
            .await
            .err()
            .unwrap();
        let folder = traces(&existing).0;
        let hba = folder.join("data/pg_hba.conf");
        fs::write(
            hba,
            "local all postgres trust\nlocal all all scram-sha-256\n",
        )
        .unwrap();
        value(&admin, "SELECT pg_reload_conf()::text").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let stranger = Server::start(&provider).await.err().unwrap();
        let found = format!("{unprivileged:?}\n{lost:?}\n{stranger:?}\n");
        let without =
            "; a server that insists on TLS needs a rowsmith that is built with `--features tls`";
        let found = found.replace(without, "");
        found.replace(&folder.display().to_string(), "FOLDER")
    });
    insta::assert_snapshot!(found, @r#"
    cannot create a throwaway database on the server at `FOLDER/data:1`
      caused by: ERROR: permission denied to create database
      help: let a superuser run `ALTER ROLE limited CREATEDB`, or use another role or server
    the Postgres server at `FOLDER/data:1` refuses the connection
      caused by: FATAL: database "nowhere" does not exist
      help: name an existing database in its URI, such as `postgres`; it is only used to create another one
    the Postgres server at `FOLDER/data:1` refuses the connection
      caused by: FATAL: password authentication failed for user "limited"
      help: correct the user and the password in its URI
    "#);
}

#[test]
fn programs_that_are_not_there_are_explained() {
    let folder = TempFolder::new();
    let provider = Provider::Local {
        binaries: Some(folder.0.clone()),
    };
    let error = run(Server::start(&provider)).err().unwrap();
    let found = format!("{error:?}").replace(&folder.0.display().to_string(), "FOLDER");
    insta::assert_snapshot!(found, @r"
    no Postgres programs in `FOLDER`: there is no `initdb`
      help: name the folder that holds `initdb` and `postgres`, or none to search for it
    ");
}

#[test]
fn versions_are_told_apart() {
    for (version, major) in [
        ("15.18 (Debian 15.18-0+deb12u1)", Some(15)),
        ("17beta1", Some(17)),
        ("18", Some(18)),
        ("", None),
        ("EnterpriseDB", None),
    ] {
        assert_eq!(version::major(version), major, "{version}");
    }
    let error = version::check("13.4", "it", None, "").unwrap_err();
    assert_eq!(error.to_string(), "it is Postgres 13.4, which is too old");
    assert!(version::check("14.0", "it", None, "").is_ok());
}
