//! A throwaway cluster for unit tests: a private Postgres on a unix socket, gone when dropped.

use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// A running server.
pub(crate) struct TestServer {
    folder: PathBuf,
    process: Child,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let binaries = binaries();
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("rowsmith-test-{}-{number}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        if nix::unistd::geteuid().is_root() {
            let user = unprivileged();
            chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        }
        let data = folder.join("data");
        let created = command(&binaries.join("initdb"), &folder)
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .args(["--username=postgres", "--pgdata"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(created.success(), "initdb failed");
        let process = command(&binaries.join("postgres"), &folder)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .spawn()
            .unwrap();
        let server = Self { folder, process };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.folder.join(".s.PGSQL.5432").exists() {
            assert!(Instant::now() < deadline, "Postgres did not start");
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// A connection, and what takes the notices that arrived on it. Needs a runtime to run in.
    pub(crate) async fn connect(&self) -> (Client, impl Fn() -> Vec<DbError> + use<>) {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(&self.folder)
            .user("postgres")
            .dbname("postgres");
        let deadline = Instant::now() + Duration::from_secs(60);
        let (client, mut connection) = loop {
            match config.connect(NoTls).await {
                Ok(connected) => break connected,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let notices = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&notices);
        tokio::spawn(async move {
            while let Some(Ok(message)) =
                std::future::poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notice(notice) = message {
                    sink.lock().unwrap().push(notice);
                }
            }
        });
        (client, move || {
            std::mem::take(&mut *notices.lock().unwrap())
        })
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let process = nix::unistd::Pid::from_raw(self.process.id().cast_signed());
        let _ = nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGINT); // Fast shutdown.
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// Where `initdb` is: on the path, or where Debian puts it, newest first.
fn binaries() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| {
            versions
                .flatten()
                .map(|version| version.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    let mut candidates = env::split_paths(&path).chain(folders);
    candidates
        .find(|folder| folder.join("initdb").exists())
        .expect("these tests need Postgres' binaries (initdb, postgres)")
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Postgres refuses to run as root.
    if nix::unistd::geteuid().is_root() {
        let user = unprivileged();
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

fn unprivileged() -> nix::unistd::User {
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| nix::unistd::User::from_name(name).ok().flatten())
        .expect("a user to run Postgres as")
}
