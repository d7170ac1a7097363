//! A real `pgbouncer` in transaction mode: two programs, many clients, two connections of the server.
//!
//! It is looked for in `ROWSMITH_PGBOUNCER`, and where systems install it. Without one, the tests say that they tested
//! nothing.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures, and why nothing was tested"
)]

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

use super::{add_levels, call_all};
use crate::on_case;

/// Where the second program finds the pooler.
const FOLDER: &str = "ROWSMITH_TEST_POOLER";

const CLIENTS: i64 = 8;

/// A pooler of two connections.
struct Pooler {
    child: Child,
    folder: TempDir,
}

impl Pooler {
    /// Starts it before the database; `prepared` is how many statements it keeps track of for each client.
    fn start(program: &Path, database: &Config, prepared: Option<u32>) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rs-pool")
            .tempdir()
            .unwrap();
        let (host, owner) = match database.get_hosts().first().unwrap() {
            Host::Tcp(name) => (name.clone(), None),
            Host::Unix(path) => {
                let port = database.get_ports().first().unwrap_or(&5432);
                let socket = fs::metadata(path.join(format!(".s.PGSQL.{port}"))).unwrap();
                let owner = (socket.uid(), socket.gid());
                (path.display().to_string(), Some(owner))
            }
        };
        let port = database.get_ports().first().unwrap_or(&5432);
        let name = database.get_dbname().unwrap();
        let user = database.get_user().unwrap();
        let password = database.get_password().map_or(String::new(), |password| {
            format!(" password={}", String::from_utf8_lossy(password))
        });
        let prepared = prepared.map_or(String::new(), |count| {
            format!("max_prepared_statements = {count}\n")
        });
        let path = folder.path().display();
        let settings = format!(
            "[databases]\ndb = host={host} port={port} dbname={name} user={user}{password}\n\
             [pgbouncer]\nunix_socket_dir = {path}\nlisten_port = 6432\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n\
             logfile = {path}/log\n{prepared}"
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        command
            .arg("-q")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // It refuses to run as root, and the socket is the server's.
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            let (uid, gid) = owner.unwrap_or((65534, 65534));
            for path in [folder.path(), &file] {
                chown(path, Some(uid), Some(gid)).unwrap();
            }
            command.uid(uid).gid(gid);
        }
        let child = command.spawn().unwrap();
        let socket = folder.path().join(".s.PGSQL.6432");
        while UnixStream::connect(&socket).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, folder }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How to connect to the pooler in a folder.
fn config(folder: &Path) -> Config {
    let mut config = Config::new();
    config.host_path(folder).port(6432).user("any").dbname("db");
    config
}

/// The program and its version.
fn installed() -> Vec<(PathBuf, (u32, u32))> {
    let named = std::env::var_os("ROWSMITH_PGBOUNCER").map(PathBuf::from);
    let usual = [
        "/usr/sbin/pgbouncer",
        "/usr/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ];
    let usual = usual.iter().map(PathBuf::from).find(|path| path.exists());
    let programs = named.into_iter().chain(usual);
    programs
        .map(|program| {
            let output = Command::new(&program).arg("--version").output().unwrap();
            let output = String::from_utf8(output.stdout).unwrap();
            let version = output.split_whitespace().nth(1).unwrap();
            let mut numbers = version.split('.').map(|number| number.parse().unwrap());
            (program, (numbers.next().unwrap(), numbers.next().unwrap()))
        })
        .collect()
}

/// Clients that call everything, so many rounds each, half of them through a pool; gives the number of calls.
async fn run_clients(folder: &Path, first: i64, rounds: i64) -> usize {
    let pool = Pool::builder(Manager::new(config(folder), NoTls)).max_size(3);
    let pool = pool.build().unwrap();
    let clients = (0..CLIENTS).map(|number| {
        let (pool, config) = (pool.clone(), config(folder));
        tokio::spawn(async move {
            let mut calls = 0;
            let (mut own, connection) = config.connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            for round in 0..rounds {
                let base = ((first + number) * rounds + round + 1) * 10;
                calls += if number % 2 == 0 {
                    call_all(&mut own, base).await.unwrap()
                } else {
                    let mut connection = pool.get().await.unwrap();
                    call_all(&mut connection, base).await.unwrap()
                };
                // What the next rounds list stays small.
                let done = format!("DELETE FROM notes WHERE task_id / 10 = {}; DELETE FROM tasks WHERE id / 10 = {0}", base / 10);
                own.batch_execute(&done).await.unwrap();
            }
            calls
        })
    });
    let mut calls = 0;
    for client in clients.collect::<Vec<_>>() {
        calls += client.await.unwrap();
    }
    calls
}

/// What the second program does: the same calls in a process of its own, whose statements would have the same names.
#[test]
#[ignore = "part of the tests of the pooler"]
fn second_program() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let rounds = std::env::var("ROWSMITH_TEST_ROUNDS")
        .unwrap()
        .parse()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let calls = runtime
        .unwrap()
        .block_on(run_clients(Path::new(&folder), CLIENTS, rounds));
    assert!(calls > 0);
}

fn through_a_pooler(rounds: i64) {
    let programs = installed();
    if programs.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "there is no pgbouncer");
        eprintln!("not tested: there is no pgbouncer");
    }
    for (program, version) in programs {
        let both = [None, Some(0), Some(100)];
        // Older ones keep track of nothing.
        let settings = if version < (1, 21) {
            &both[..1]
        } else {
            &both[1..]
        };
        for &prepared in settings {
            on_case("poolers", async |database| {
                let pooler = Pooler::start(&program, database.config(), prepared);
                let (client, connection) = database.config().connect(NoTls).await.unwrap();
                tokio::spawn(connection);
                add_levels(&client).await;
                // Statements of others, under the names that `tokio-postgres` gives, on each connection of the server.
                let (foreign, connection) =
                    config(pooler.folder.path()).connect(NoTls).await.unwrap();
                tokio::spawn(connection);
                for number in 0..40 {
                    let prepare =
                        format!("PREPARE s{number} AS SELECT 'a statement of another program'");
                    let _ = foreign.batch_execute(&prepare).await;
                }
                let mut second = Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "poolers::pgbouncer::second_program", "--ignored"])
                    .env(FOLDER, pooler.folder.path())
                    .env("ROWSMITH_TEST_ROUNDS", rounds.to_string())
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap();
                let calls = run_clients(pooler.folder.path(), 0, rounds).await;
                let status = tokio::task::spawn_blocking(move || second.wait()).await;
                assert!(status.unwrap().unwrap().success());
                println!(
                    "{} calls, none failed: PgBouncer {}.{}, max_prepared_statements {}",
                    2 * calls,
                    version.0,
                    version.1,
                    prepared.unwrap_or(0),
                );
                drop((client, foreign));
            });
        }
    }
}

#[test]
fn two_programs_share_a_pooler() {
    through_a_pooler(3);
}

/// More than ten thousand calls.
#[test]
#[ignore = "thousands of calls, in half a minute"]
fn two_programs_share_a_pooler_for_long() {
    through_a_pooler(30);
}
