//! The server on which databases for tests are made: one thread of the process talks to it, for all tests.
//!
//! Each test has a runtime that ends with it. What has to happen after that, as dropping a database, needs one that stays.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::error::{Error, ErrorKind};
use crate::session;

/// How long a place on the server is waited for, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// A server, and connections to it that nobody uses right now.
pub(super) struct Server {
    url: String,
    config: Mutex<Config>,
    runtime: Handle,
    idle: Mutex<Vec<Admin>>,
    is_used: AtomicBool,
}

/// A connection that makes and drops databases.
pub(super) struct Admin {
    pub(super) client: Client,
    /// The number of the database it is connected to: names are made with it, since locks are seen within one database only.
    pub(super) scope: u32,
    /// How a database is copied. Files are copied in half the time that the log takes, which is what Postgres 15 and later do
    /// unless they are told.
    pub(super) strategy: &'static str,
}

/// Those of this process.
static SERVERS: Mutex<Vec<Arc<Server>>> = Mutex::new(Vec::new());

impl Server {
    /// The server with this URL.
    pub(super) fn of(url: &str) -> Result<Arc<Self>, Error> {
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.iter().find(|server| server.url == url) {
            return Ok(Arc::clone(server));
        }
        let config: Config = url.parse().map_err(|_| unreadable())?;
        let server = Arc::new(Self {
            url: url.to_owned(),
            config: Mutex::new(config),
            runtime: runtime()?,
            idle: Mutex::default(),
            is_used: AtomicBool::new(false),
        });
        servers.push(Arc::clone(&server));
        Ok(server)
    }

    /// Whether this is the first time that this is asked.
    pub(super) fn is_first_use(&self) -> bool {
        !self.is_used.swap(true, Ordering::Relaxed)
    }

    /// Runs something on the thread of the server.
    pub(super) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.spawn(future)
    }

    /// How to connect to a database.
    pub(super) fn config(&self, database: &str) -> Config {
        let mut config = self
            .config
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        config.dbname(database);
        config
    }

    /// A connection for one user at a time. Runs on the thread of the server.
    pub(super) async fn admin(&self) -> Result<Admin, Error> {
        loop {
            let idle = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop();
            match idle {
                Some(admin) if admin.client.is_closed() => {}
                Some(admin) => return Ok(admin),
                None => return self.connect().await,
            }
        }
    }

    /// Keeps a connection that holds no lock for the next.
    pub(super) fn give_back(&self, admin: Admin) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(admin);
    }

    /// Connects on the caller's runtime. If the server has no place left, other tests will soon make one.
    pub(super) async fn connect_to(
        &self,
        config: &Config,
    ) -> Result<(Client, Connection<Socket, NoTlsStream>), tokio_postgres::Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match config.connect(NoTls).await {
                Err(error)
                    if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
                        && Instant::now() < deadline =>
                {
                    // The caller's runtime may have no clock.
                    let _ = self.spawn(tokio::time::sleep(PAUSE)).await;
                }
                connected => return connected,
            }
        }
    }

    async fn connect(&self) -> Result<Admin, Error> {
        let mut config = self
            .config
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        config.application_name("rowsmith tests");
        let mut connected = self.connect_to(&config).await;
        let is_missing =
            |error: &tokio_postgres::Error| error.code() == Some(&SqlState::INVALID_CATALOG_NAME);
        if connected.as_ref().is_err_and(is_missing) {
            // The database of development need not be there for tests.
            connected = self.connect_to(config.dbname("postgres")).await;
        }
        let (client, connection) = connected.map_err(|error| refused(&config, error))?;
        tokio::spawn(connection);
        session::check(&client).await?;
        let sql = "SELECT d.oid, pg_catalog.current_setting('server_version_num')::int >= 150000 \
                   FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";
        let row = client.query_one(sql, &[]).await.map_err(unanswered)?;
        let scope = row.get(0);
        let strategy = if row.get(1) {
            " STRATEGY file_copy"
        } else {
            ""
        };
        Ok(Admin {
            client,
            scope,
            strategy,
        })
    }
}

/// A runtime on a thread of its own, for the rest of the process.
fn runtime() -> Result<Handle, Error> {
    let failed = |error: std::io::Error| {
        Error::new(
            ErrorKind::Server,
            "cannot start the thread that makes databases for tests",
        )
        .with_source(error)
    };
    let (started, starting) = mpsc::channel();
    let run = move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => {
                let _ = started.send(Ok(runtime.handle().clone()));
                runtime.block_on(std::future::pending::<()>());
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    };
    let name = "rowsmith-testing".to_owned();
    thread::Builder::new()
        .name(name)
        .spawn(run)
        .map_err(failed)?;
    match starting.recv() {
        Ok(started) => started.map_err(failed),
        Err(gone) => Err(failed(std::io::Error::other(gone))),
    }
}

/// A failure of a statement that has nothing to do with the user's files.
pub(super) fn unanswered(error: tokio_postgres::Error) -> Error {
    let is_denied = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    let failure = Error::of(
        ErrorKind::Server,
        "a database for a test cannot be made",
        error,
    );
    if is_denied {
        return failure.with_help("let the role make databases: `ALTER ROLE … CREATEDB`");
    }
    failure
}

fn unreadable() -> Error {
    // What is wrong with it is not told: it may quote a password.
    Error::new(ErrorKind::Server, "the URL of the server cannot be read")
        .with_help("write it as `postgres://user:password@host:port/database`")
}

fn refused(config: &Config, error: tokio_postgres::Error) -> Error {
    use tokio_postgres::config::Host;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "its host".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let refusal = error.as_db_error().is_some();
    let doing = format!("cannot connect to the server for tests at `{host}`, port {port}");
    if refusal {
        return Error::of(ErrorKind::Server, &doing, error);
    }
    Error::new(ErrorKind::Server, doing)
        .with_source(error)
        .with_help("start it, or set `DATABASE_URL` to one that runs")
}
