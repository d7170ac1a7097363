//! Runs that are stopped or killed, and runs at the same time: nothing is left behind, and nothing is half written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rowsmith::Generator;

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::project::Project;

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: db
";

/// A project whose migration takes longer than any test.
fn endless() -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("schema.sql", "SELECT pg_sleep(50);\n"),
        ("queries/a.sql", "-- name: A :exec\nSELECT 1;\n"),
    ])
}

fn quick() -> Project {
    let project = endless();
    project.write("schema.sql", "CREATE TABLE t (id int);\n");
    project
}

/// A folder for temporary files, which the user that runs the server can enter.
fn temporary_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn generate(project: &Project, temporary: &Path) -> Command {
    let mut command = project.command("generate");
    command
        .env("TMPDIR", temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How far a run has come, by what is in the folder for temporary files.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Folder,
    Socket,
    Migrating,
}

impl Moment {
    fn wait(self, temporary: &Path) {
        until("the run begins", || !entries(temporary).is_empty());
        if let Self::Folder = self {
            return;
        }
        let socket = entries(temporary)[0].join("data/.s.PGSQL.1");
        until("the server listens", || socket.exists());
        if let Self::Migrating = self {
            thread::sleep(Duration::from_millis(500));
        }
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The processes that work in `folder`.
fn processes_in(folder: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read_link(process.path().join("cwd")).ok())
        .filter(|working| working.starts_with(folder))
        .count()
}

fn stop(child: &mut Child, signal: Signal) -> ExitStatus {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
    let stopped = Instant::now();
    let status = child.wait().unwrap();
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(10), "{signal} took {took:?}");
    status
}

#[test]
fn a_stopped_run_leaves_nothing() {
    for (signal, moment, code) in [
        (Signal::SIGINT, Moment::Folder, 130),
        (Signal::SIGINT, Moment::Socket, 130),
        (Signal::SIGINT, Moment::Migrating, 130),
        (Signal::SIGTERM, Moment::Folder, 143),
        (Signal::SIGTERM, Moment::Migrating, 143),
        (Signal::SIGHUP, Moment::Migrating, 129),
    ] {
        let (project, temporary) = (endless(), temporary_folder());
        let mut child = generate(&project, temporary.path()).spawn().unwrap();
        moment.wait(temporary.path());
        let status = stop(&mut child, signal);
        let case = format!("{signal} at {moment:?}");
        assert_eq!(status.code(), Some(code), "{case}");
        assert_eq!(processes_in(temporary.path()), 0, "{case}");
        assert!(entries(temporary.path()).is_empty(), "{case}");
        assert!(!project.path("db").exists(), "{case}");
    }
}

/// A shell's `&` has what it starts ignore SIGINT and SIGQUIT.
#[test]
fn a_run_in_the_background_stops_as_quickly() {
    let (project, temporary) = (endless(), temporary_folder());
    let run = generate(&project, temporary.path());
    let mut shell = Command::new("sh");
    let line = "trap '' INT QUIT; exec \"$0\" generate";
    shell.args(["-c", line]).arg(run.get_program());
    shell.current_dir(project.path("")).stderr(Stdio::null());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut child = shell.spawn().unwrap();
    let data = || {
        entries(temporary.path())
            .iter()
            .any(|run| run.join("data/PG_VERSION").exists())
    };
    until("the server starts", data);
    let stopped = Instant::now();
    let status = stop(&mut child, Signal::SIGTERM);
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(4), "it took {took:?}");
    assert_eq!(status.code(), Some(143));
    assert!(entries(temporary.path()).is_empty());
}

#[test]
fn a_killed_run_is_swept_by_the_next() {
    let temporary = temporary_folder();
    for moment in [Moment::Folder, Moment::Socket, Moment::Migrating] {
        let project = endless();
        let mut child = generate(&project, temporary.path()).spawn().unwrap();
        moment.wait(temporary.path());
        stop(&mut child, Signal::SIGKILL);
        let killed = Instant::now();
        until("the server is gone", || processes_in(temporary.path()) == 0);
        let took = killed.elapsed();
        assert!(took < Duration::from_secs(3), "{moment:?} took {took:?}");
        assert!(!project.path("db").exists(), "{moment:?}");

        let status = generate(&quick(), temporary.path()).status().unwrap();
        assert!(status.success(), "{moment:?}");
        assert!(entries(temporary.path()).is_empty(), "{moment:?}");
    }
}

#[tokio::test]
async fn a_stopped_run_drops_its_database() {
    // The server to borrow is a throwaway one, too.
    let project = quick();
    let server = Generator::from_file(project.path("sqlc.yaml"));
    let server = server.unwrap().throwaway_database().await.unwrap();
    let (client, connection) = server.config().connect(NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let [tokio_postgres::config::Host::Unix(socket)] = server.config().get_hosts() else {
        panic!("the server has one socket");
    };
    let uri = format!(
        "host={} port={} user={} dbname=postgres",
        socket.display(),
        server.config().get_ports()[0],
        server.config().get_user().unwrap(),
    );
    let count = async |sql: &str| -> i64 { client.query_one(sql, &[]).await.unwrap().get(0) };
    let databases = "SELECT count(*) FROM pg_database WHERE datname LIKE 'rowsmith\\_%'";
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(50)%' AND datname LIKE 'rowsmith%'";
    let before = count(databases).await;
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (project, temporary) = (endless(), temporary_folder());
        let server = format!("{CONFIGURATION}    database:\n      uri: {uri}\n");
        project.write("sqlc.yaml", &server);
        let mut child = generate(&project, temporary.path()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while count(sleeping).await == 0 {
            assert!(Instant::now() < deadline, "the migration never began");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(count(databases).await, before + 1);
        let status = stop(&mut child, signal);
        assert_eq!(status.code(), Some(code));
        assert_eq!(count(databases).await, before, "{signal}");
        assert!(!project.path("db").exists());
    }
    // A killed one leaves its database to the next run.
    let on_server = format!("{CONFIGURATION}    database:\n      uri: {uri}\n");
    let (killed, temporary) = (endless(), temporary_folder());
    killed.write("sqlc.yaml", &on_server);
    killed.write(
        "schema.sql",
        "DO $$ BEGIN CREATE ROLE left_behind; PERFORM pg_sleep(50); END $$;\n",
    );
    let mut child = generate(&killed, temporary.path()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while count(sleeping).await == 0 {
        assert!(Instant::now() < deadline, "the migration never began");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop(&mut child, Signal::SIGKILL);
    let next = quick();
    next.write("sqlc.yaml", &on_server);
    let status = generate(&next, temporary.path()).status().unwrap();
    assert!(status.success());
    assert_eq!(count(databases).await, before);
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname = 'left_behind'";
    assert_eq!(count(roles).await, 0);
    drop(client);
    connection.await.unwrap().unwrap();
    server.close().await.unwrap();
}

#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let (project, temporary) = (quick(), temporary_folder());
    let mut first = None;
    for number in [2, 4, 4] {
        // All want to remove it.
        project.write("db/old.rs", "// @generated by rowsmith\n");
        let children: Vec<Child> = (0..number)
            .map(|_| generate(&project, temporary.path()).spawn().unwrap())
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let mut files = project.tree("db");
        files.retain(|file, _| !file.starts_with("client/"));
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["a.rs", "client.rs", "mod.rs"]);
        assert_eq!(*first.get_or_insert_with(|| files.clone()), files);
        assert!(entries(temporary.path()).is_empty());
        project.remove("db/client.rs");
    }
}
