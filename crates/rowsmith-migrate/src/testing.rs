//! A database for each test, with the migrations applied.
//!
//! The migrations are applied once, to a template that stays on the server until they change. A test gets a copy of it, which
//! nobody else sees, and which goes away with the test, also if that panics. Tests may run in parallel, in threads as by
//! `cargo test` and in processes as by `cargo nextest`.
//!
//! ```no_run
//! # async fn test(migrations: &rowsmith_migrate::Migrations) -> Result<(), Box<dyn std::error::Error>> {
//! let database = rowsmith_migrate::testing::database(migrations).await?;
//! let client = database.connect().await?;
//! client.execute("INSERT INTO notes (body) VALUES ('buy milk')", &[]).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The server is that of `DATABASE_URL`. Only databases whose names start with `rowsmith_test_` and `rowsmith_template_` are
//! made and dropped there; the database that the URL names is used to connect, and nothing in it changes.

mod copy;
mod server;
mod template;
mod url;

use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio_postgres::{Client, Config};

use crate::error::{Error, ErrorKind};
use crate::migration::Migrations;
use copy::Copied;
use server::Server;
use template::Template;

/// The variable that says where the server is.
const VARIABLE: &str = "DATABASE_URL";

/// How long a test waits at its end for its database to be dropped. What is left over then is dropped by a later run.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a database for a test on the server of `DATABASE_URL`, with the migrations applied and nothing else.
///
/// # Errors
/// If the server cannot be reached or does not let this role make databases, or a migration fails.
pub async fn database(migrations: &Migrations) -> Result<TestDatabase, Error> {
    TestDatabases::new(migrations).database().await
}

/// What the databases of tests are made of.
#[derive(Clone, Debug)]
pub struct TestDatabases {
    migrations: Migrations,
    seeds: Vec<(String, String)>,
    server: Option<String>,
}

impl TestDatabases {
    /// Databases with these migrations.
    pub fn new(migrations: &Migrations) -> Self {
        Self {
            migrations: migrations.clone(),
            seeds: Vec::new(),
            server: None,
        }
    }

    /// Runs `sql` after the migrations, once for the template. `file` is the path that messages name.
    ///
    /// ```ignore
    /// databases.seed("seeds/notes.sql", include_str!("../seeds/notes.sql"))
    /// ```
    #[must_use]
    pub fn seed(mut self, file: impl Into<String>, sql: impl Into<String>) -> Self {
        self.seeds.push((file.into(), sql.into()));
        self
    }

    /// The URL of the server, instead of `DATABASE_URL`.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.server = Some(url.into());
        self
    }

    /// Makes a database for a test.
    ///
    /// # Errors
    /// If the server cannot be reached or does not let this role make databases, or a migration or a seed fails.
    pub async fn database(&self) -> Result<TestDatabase, Error> {
        let url = match &self.server {
            Some(url) => url.clone(),
            None => std::env::var(VARIABLE).map_err(|_| without_server())?,
        };
        let server = Server::of(&url)?;
        if server.is_first_use() {
            server.spawn(template::sweep(Arc::clone(&server)));
        }
        let template = Template::new(&self.migrations, &self.seeds);
        // On the runtime of the server's thread, since that of the test ends with the test.
        let copying = server.spawn(Copied::make(Arc::clone(&server), template));
        let copy = copying.await.map_err(|_| {
            Error::new(
                ErrorKind::Server,
                "the thread that makes databases has panicked",
            )
        })??;
        Ok(TestDatabase {
            config: copy.config(),
            name: copy.name().to_owned(),
            copy: Some(copy),
            server,
        })
    }
}

/// The database of one test. It is dropped with this value, whoever is still connected.
pub struct TestDatabase {
    name: String,
    config: Config,
    /// There until it is dropped.
    copy: Option<Copied>,
    server: Arc<Server>,
}

impl TestDatabase {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to connect to it, for pools on `tokio-postgres`.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How to connect to it, for anything else: `postgres://…`, with the password if there is one.
    pub fn url(&self) -> String {
        url::of(&self.config)
    }

    /// Connects to it. Each call is a connection of its own.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn connect(&self) -> Result<Client, Error> {
        let connected = self.server.connect_to(&self.config).await;
        let (client, connection) = connected.map_err(|error| {
            Error::of(
                ErrorKind::Server,
                "cannot connect to the test's database",
                error,
            )
        })?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Drops it now, and says whether that went well.
    ///
    /// # Errors
    /// If it cannot be dropped. A later run tries again.
    pub async fn close(mut self) -> Result<(), Error> {
        let Some(copy) = self.copy.take() else {
            return Ok(());
        };
        let dropping = self.server.spawn(copy.drop_database());
        dropping.await.map_err(|_| {
            Error::new(
                ErrorKind::Server,
                "the thread that drops databases has panicked",
            )
        })?
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(copy) = self.copy.take() else {
            return;
        };
        let (done, waiting) = mpsc::channel();
        self.server.spawn(async move {
            let _ = done.send(copy.drop_database().await);
        });
        // Whether it is dropped or not is nothing that a test could fail by: a later run drops what is left.
        let _ = waiting.recv_timeout(PATIENCE);
    }
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn without_server() -> Error {
    Error::new(ErrorKind::Server, format!("`{VARIABLE}` is not set"))
        .with_help("set it to a server where databases for tests may be made, as `postgres://postgres@localhost/postgres`")
}
