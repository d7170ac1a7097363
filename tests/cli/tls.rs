//! TLS to a real server: its own authority, a certificate for `localhost`, and no plain connections over TCP.

#![cfg(feature = "tls")]
#![expect(clippy::print_stderr, reason = "a test that tested nothing says so")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::project::{Outcome, Project, outcome};

/// Makes two authorities, and a certificate that the first one signs.
const CERTIFICATES: &str = "\
set -e
for ca in ca other; do
  openssl req -x509 -newkey rsa:2048 -nodes -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2
done
openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
printf 'subjectAltName=DNS:localhost' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile server.ext
chmod 600 server.key
";

/// Connections over TCP need TLS and a password.
const ACCESS: &str = "\
local all all trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128 scram-sha-256
";

struct Server {
    postgres: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    /// Nothing where there is no `openssl`.
    fn start() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("rs-tls").tempdir().unwrap();
        let made = sh(folder.path(), CERTIFICATES).output().unwrap();
        if !made.status.success() {
            eprintln!("not tested: there is no `openssl` that makes certificates");
            return None;
        }
        let bin = programs();
        fs::write(folder.path().join("password"), "s3:c@ret\n").unwrap();
        for entry in [folder.path().to_owned()].into_iter().chain(
            fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        ) {
            if let Some((uid, gid)) = run_user() {
                chown(entry, Some(uid), Some(gid)).unwrap();
            }
        }
        let data = folder.path().join("data");
        let mut initdb = as_user(Command::new(bin.join("initdb")), folder.path());
        initdb.args([
            "--no-sync",
            "--auth=scram-sha-256",
            "--pwfile=password",
            "--username=postgres",
            "-D",
        ]);
        assert!(
            initdb
                .arg(&data)
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        );
        fs::write(data.join("pg_hba.conf"), ACCESS).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut postgres = as_user(Command::new(bin.join("postgres")), folder.path());
        postgres
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .arg("-p")
            .arg(port.to_string());
        for setting in [
            "fsync=off",
            "listen_addresses=localhost",
            "ssl=on",
            "ssl_cert_file=../server.pem",
            "ssl_key_file=../server.key",
        ] {
            postgres.args(["-c", setting]);
        }
        let server = Self {
            postgres: postgres.stderr(Stdio::null()).spawn().unwrap(),
            folder,
            port,
        };
        let ready = server.folder.path().join(format!(".s.PGSQL.{port}"));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !ready.exists() {
            assert!(Instant::now() < deadline, "the server starts");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(300));
        Some(server)
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a command with an address of this server.
    fn run(
        &self,
        project: &Project,
        host: &str,
        options: &str,
        arguments: &str,
        last: Option<&str>,
    ) -> Outcome {
        let url = format!(
            "postgres://postgres:s3%3Ac%40ret@{host}:{}/postgres?{options}",
            self.port
        );
        let mut command = project.command(arguments);
        command
            .args(last)
            .env("ROWSMITH_DATABASE_URL", url)
            .env_remove("SSL_CERT_FILE");
        outcome(&mut command, project)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.postgres.kill();
        let _ = self.postgres.wait();
    }
}

fn sh(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder);
    command
}

/// The folder of the programs that rowsmith uses.
fn programs() -> PathBuf {
    let list = Project::new(&[]).output("postgres list").stdout;
    let folder = list.lines().next().unwrap().split("  ").nth(1).unwrap();
    PathBuf::from(folder)
}

/// Whom Postgres runs as, if this is root.
fn run_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find(|line| line.starts_with("postgres:") || line.starts_with("nobody:"));
    let fields: Vec<&str> = line.unwrap().split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn as_user(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder);
    if let Some((uid, gid)) = run_user() {
        command.uid(uid).gid(gid);
    }
    command
}

#[test]
fn each_sslmode_demands_what_it_says() {
    let Some(server) = Server::start() else {
        return;
    };
    let project = Project::new(&[(
        "migrations/1.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY);\n",
    )]);
    assert_eq!(project.output("init").code, 0);
    let (ca, other, own) = (
        server.file("ca.pem"),
        server.file("other.pem"),
        server.file("server.pem"),
    );
    for (host, options, is_right) in [
        ("localhost", String::new(), true),
        ("localhost", "sslmode=prefer".to_owned(), true),
        ("localhost", "sslmode=disable".to_owned(), false),
        ("localhost", "sslmode=require".to_owned(), true),
        (
            "localhost",
            format!("sslmode=require&sslrootcert={other}"),
            false,
        ),
        ("localhost", "sslmode=verify-ca".to_owned(), false),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={ca}"),
            true,
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={other}"),
            false,
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={ca}"),
            true,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={ca}"),
            true,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={own}"),
            true,
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={ca}"),
            false,
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={own}"),
            false,
        ),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=system".to_owned(),
            false,
        ),
    ] {
        let told = server.run(&project, host, &options, "generate --live", None);
        assert_eq!(
            told.code == 0,
            is_right,
            "{host} {options}: {}",
            told.stderr
        );
        assert!(!told.stderr.contains("s3"), "{}", told.stderr);
        if !is_right && !options.contains("disable") {
            assert!(
                told.stderr.contains("cannot make a TLS connection"),
                "{options}: {}",
                told.stderr
            );
        }
    }
    let told = server.run(
        &project,
        "localhost",
        "sslmode=require&sslrootcert=/nowhere",
        "check --live",
        None,
    );
    assert!(
        told.stderr.contains("cannot read the `sslrootcert`"),
        "{}",
        told.stderr
    );
    let told = server.run(
        &project,
        "localhost",
        "sslmode=always",
        "check --live",
        None,
    );
    assert!(told.stderr.contains("unknown `sslmode`"), "{}", told.stderr);
    // What is run is told how to connect.
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let options = format!("sslmode=verify-full&sslrootcert={ca}");
    for script in [
        format!("psql \"$DATABASE_URL\" -Atc '{query}'"),
        format!("psql -Atc '{query}'"),
    ] {
        let told = server.run(
            &project,
            "localhost",
            &options,
            "exec -- sh -c",
            Some(&script),
        );
        assert_eq!(
            (told.stdout.as_str(), told.code),
            ("t\n", 0),
            "{}",
            told.stderr
        );
    }
}
