//! A server with a database for each test, and projects with migrations.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use rowsmith::{Generator, ThrowawayDatabase};
use rowsmith_migrate::{Migration, Migrations, Statement};
use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// `ROWSMITH_TEST_POSTGRES_BIN` names the `bin` folder of another server version.
fn configuration(more: &str) -> String {
    let database = match std::env::var("ROWSMITH_TEST_POSTGRES_BIN") {
        Ok(binaries) => format!("    database: {{provider: local, binaries: {binaries}}}\n"),
        Err(_) => String::new(),
    };
    format!(
        "version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
{database}    gen:
      rust:
        out: db
{more}"
    )
}

/// A project in a temporary folder.
pub(crate) struct Project(TempDir);

impl Project {
    /// With these migrations: names and texts.
    pub(crate) fn new(migrations: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        fs::create_dir(project.path().join("migrations")).unwrap();
        project.write("sqlc.yaml", &configuration(""));
        project.write("queries/one.sql", "-- name: One :one\nSELECT 1 AS one;\n");
        for (name, text) in migrations {
            project.write(&format!("migrations/{name}"), text);
        }
        project
    }

    /// Has the generated code hold the migrations.
    pub(crate) fn embed(&self) {
        self.write(
            "sqlc.yaml",
            &configuration("        embed_migrations: true\n"),
        );
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    /// `rowsmith migrate` with these arguments.
    pub(crate) fn command(&self, uri: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowsmith"));
        command
            .current_dir(self.path())
            .arg("migrate")
            .args(arguments);
        command
            .env("DATABASE_URL", uri)
            .env_remove("ROWSMITH_OFFLINE");
        command
    }

    /// What it prints, and its exit code.
    pub(crate) fn run(&self, uri: &str, arguments: &[&str]) -> (String, i32) {
        told(&self.command(uri, arguments).output().unwrap())
    }
}

/// Both outputs and the exit code.
pub(crate) fn told(output: &Output) -> (String, i32) {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (text, output.status.code().unwrap_or(-1))
}

/// A server, and how to make databases on it.
pub(crate) struct Place {
    database: ThrowawayDatabase,
}

impl Place {
    /// A new database: its settings, and its URI.
    pub(crate) async fn database(&self) -> (Config, String) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("stays_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut config = self.database.config().clone();
        let admin = connect(&config).await;
        admin
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        config.dbname(&name);
        config.options("");
        let uri = uri(&config);
        (config, uri)
    }
}

/// The URI of what a configuration says.
fn uri(config: &Config) -> String {
    let mut uri = format!("postgres:///{}?", config.get_dbname().unwrap());
    match &config.get_hosts()[0] {
        Host::Tcp(host) => write!(uri, "host={host}").unwrap(),
        #[cfg(unix)]
        Host::Unix(folder) => {
            let folder = folder.display().to_string().replace('/', "%2F");
            write!(uri, "host={folder}").unwrap();
        }
    }
    if let Some(port) = config.get_ports().first() {
        write!(uri, "&port={port}").unwrap();
    }
    if let Some(user) = config.get_user() {
        write!(uri, "&user={user}").unwrap();
    }
    if let Some(password) = config.get_password() {
        write!(uri, "&password={}", String::from_utf8_lossy(password)).unwrap();
    }
    uri
}

pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Runs `test` with a server of its own.
pub(crate) fn on_server(test: impl AsyncFnOnce(&Place)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let project = Project::new(&[("1_nothing.sql", "CREATE TABLE nothing (id int);\n")]);
        let generator = Generator::from_file(project.path().join("sqlc.yaml")).unwrap();
        let database = generator.throwaway_database().await.unwrap();
        let place = Place { database };
        test(&place).await;
        place.database.close().await.unwrap();
    });
}

/// Migrations of one statement a line, numbered from 1. A file whose text begins with `!` is one without a transaction.
pub(crate) fn migrations(texts: &[&str]) -> Migrations {
    let read = |(index, text): (usize, &&str)| {
        let (text, in_transaction) = match text.strip_prefix('!') {
            Some(text) => (text, false),
            None => (*text, true),
        };
        let mut start = 0;
        let mut statements = Vec::new();
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end().trim_end_matches(';').len();
            statements.push(Statement::new(start, end));
            start += line.len();
        }
        let version = (index + 1).to_string();
        let file = format!("{version}_test.sql");
        let migration = Migration::read(
            version,
            "test".to_owned(),
            file,
            text.to_owned(),
            statements,
        );
        if in_transaction {
            migration
        } else {
            migration.without_transaction()
        }
    };
    texts
        .iter()
        .enumerate()
        .map(read)
        .collect::<Vec<_>>()
        .into()
}

/// The first value of the first row, as text.
pub(crate) async fn value(client: &Client, sql: &str) -> String {
    let messages = client.simple_query(sql).await.unwrap();
    let found = messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => {
            Some(row.get(0).unwrap_or("NULL").to_owned())
        }
        _ => None,
    });
    found.unwrap_or_else(|| "nothing".to_owned())
}
