//! The throwaway Postgres: where it comes from, and that it goes away.
//!
//! A [`Server`] runs (or is borrowed) for a whole run and holds any number of [`Database`]s; both are guards that leave
//! nothing behind, whether they are closed, dropped early, or dropped by a panic. What a run sees of Postgres is a
//! [`Session`], whose settings do not depend on where the server comes from.

#[cfg(unix)]
mod binaries;
#[cfg(unix)]
pub(crate) mod embedded;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod kept;
#[cfg(unix)]
mod local;
#[cfg(unix)]
mod process;
mod remote;
#[cfg(unix)]
mod setup;
#[cfg(unix)]
mod template;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod tree;
mod version;
mod visit;
mod wanted;

use std::collections::hash_map::RandomState;
use std::env;
use std::error::Error as StdError;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};

use crate::error::{Error, Result};
pub(crate) use version::Pin;
pub(crate) use visit::visit;
#[cfg(feature = "cli")]
pub(crate) use visit::{visit_at, visited};
pub(crate) use wanted::{Facts, Wanted};

/// The environment variable that names the server for [`Provider::Auto`].
pub(crate) const URL_VARIABLE: &str = "ROWSMITH_DATABASE_URL";

/// What every session is told, so that the same SQL means the same on every server. These are given as start-up
/// options: they win over settings of the role or the database, and survive the `RESET ALL` of a migration.
const SETTINGS: [(&str, &str); 9] = [
    ("search_path", "\"$user\",public"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO,MDY"),
    ("IntervalStyle", "postgres"),
    ("standard_conforming_strings", "on"),
    ("default_transaction_read_only", "off"),
    ("client_min_messages", "warning"),
    // Bounds for a migration or a query that would never end.
    ("statement_timeout", "60s"),
    ("idle_in_transaction_session_timeout", "0"),
];

/// Where the throwaway database comes from.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// The server that the environment variable `ROWSMITH_DATABASE_URL` names, else installed Postgres programs, else the
    /// embedded Postgres; also that where the configuration asks for its version, and no other of that is installed.
    #[default]
    Auto,
    /// An existing server, version 14 or later. A database of a unique name is created there and always dropped;
    /// nothing else is touched. The role needs the right to create databases.
    Server {
        /// A `postgres://` URI, or `key=value` pairs as libpq reads them.
        uri: String,
    },
    /// Installed Postgres programs, which run a private server on a Unix socket for as long as it is needed.
    Local {
        /// The folder of `initdb` and `postgres`; without it the newest version found is taken.
        binaries: Option<PathBuf>,
    },
    /// The Postgres inside the `rowsmith` command, where that was built with the feature `embedded`: version 17, for one
    /// connection at a time.
    Embedded {
        /// The `rowsmith` command; without it this program, if it is one, or else the one on the `PATH`.
        program: Option<PathBuf>,
    },
}

/// Without the address of a server, which may hold a password.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("Auto"),
            Self::Server { .. } => f.debug_struct("Server").finish_non_exhaustive(),
            Self::Local { binaries } => {
                f.debug_struct("Local").field("binaries", binaries).finish()
            }
            Self::Embedded { program } => f
                .debug_struct("Embedded")
                .field("program", program)
                .finish(),
        }
    }
}

/// A running server, for a whole run.
pub(crate) struct Server {
    description: String,
    source: Source,
}

enum Source {
    Remote(remote::Remote),
    #[cfg(unix)]
    Local(local::Cluster),
    #[cfg(unix)]
    Embedded(embedded::Engine),
}

impl Server {
    /// Starts the server that `provider` asks for, or checks that it can be reached.
    #[cfg(test)]
    pub(crate) async fn start(provider: &Provider) -> Result<Self> {
        Self::start_for(provider, Wanted::default()).await
    }

    /// Starts the server that `provider` asks for, or checks that it can be reached and is what is wanted.
    pub(crate) async fn start_for(provider: &Provider, wanted: Wanted<'_>) -> Result<Self> {
        let (server, _) = Self::start_informed::<()>(provider, wanted).await?;
        Ok(server)
    }

    /// The same. If a former run kept the server, or one that lacks some of the migrations, it comes with what that run knew:
    /// the facts of [`Self::keep`].
    pub(crate) async fn start_informed<T: Facts>(
        provider: &Provider,
        wanted: Wanted<'_>,
    ) -> Result<(Self, Option<T>)> {
        let uninformed = |server| (server, None);
        match provider {
            Provider::Auto => match env::var(URL_VARIABLE) {
                Ok(uri) if !uri.trim().is_empty() => {
                    let remedy = format!(
                        "unset `{URL_VARIABLE}` to have installed programs used, or set it to a server of that version"
                    );
                    let reason = format!("the server that `{URL_VARIABLE}` names");
                    let server = Self::reach(uri.trim(), wanted.pin, &reason, &remedy);
                    server.await.map(uninformed)
                }
                _ => match why_embedded(wanted.pin) {
                    Some(reason) => Self::embed(None, wanted, &reason).await.map(uninformed),
                    None => Self::launch(None, wanted).await,
                },
            },
            Provider::Server { uri } => {
                let remedy =
                    "name a server of that version, or none to have installed programs used";
                let server = Self::reach(uri, wanted.pin, "the server that was named", remedy);
                server.await.map(uninformed)
            }
            Provider::Local { binaries } => Self::launch(binaries.as_deref(), wanted).await,
            Provider::Embedded { program } => {
                let server = Self::embed(program.as_deref(), wanted, "it was named");
                server.await.map(uninformed)
            }
        }
    }

    async fn reach(uri: &str, pin: Option<&Pin>, reason: &str, remedy: &str) -> Result<Self> {
        let remote = remote::Remote::reach(uri, pin, remedy).await?;
        Ok(Self {
            description: format!("{}: {reason}", remote.description()),
            source: Source::Remote(remote),
        })
    }

    #[cfg(unix)]
    async fn launch<T: Facts>(
        binaries: Option<&std::path::Path>,
        wanted: Wanted<'_>,
    ) -> Result<(Self, Option<T>)> {
        let binaries = binaries::Binaries::find(binaries, wanted.pin)?;
        let reason = binaries.reason.clone();
        let databases = match wanted.migrations {
            [] => setup::Databases::Any,
            _ => setup::Databases::One,
        };
        // What holds the lock of a kept cluster must not outlive its run.
        let migrations = if cfg!(target_os = "linux") {
            wanted.migrations
        } else {
            &[]
        };
        let started = local::Cluster::start(binaries, databases, migrations).await?;
        let (cluster, known) = started;
        let server = Self {
            description: format!("{}: {reason}", cluster.description()),
            source: Source::Local(cluster),
        };
        Ok((server, known))
    }

    #[cfg(unix)]
    async fn embed(
        program: Option<&std::path::Path>,
        wanted: Wanted<'_>,
        reason: &str,
    ) -> Result<Self> {
        let engine = embedded::Engine::start(program, wanted.extensions).await?;
        let remedy = "install that version, or name a server of it in `database.uri`";
        version::check(
            engine.version(),
            "the embedded Postgres",
            wanted.pin,
            remedy,
        )?;
        Ok(Self {
            description: format!("{}: {reason}", engine.description()),
            source: Source::Embedded(engine),
        })
    }

    #[cfg(not(unix))]
    async fn embed(
        _program: Option<&std::path::Path>,
        wanted: Wanted<'_>,
        _reason: &str,
    ) -> Result<Self> {
        let (server, _) = Self::launch::<()>(None, wanted).await?;
        Ok(server)
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unused_async,
        reason = "starting a server takes time elsewhere"
    )]
    async fn launch<T: Facts>(
        _binaries: Option<&std::path::Path>,
        _wanted: Wanted<'_>,
    ) -> Result<(Self, Option<T>)> {
        Err(
            Error::new("a private Postgres server can be started on Unix systems only")
                .with_help(format!(
                    "set `{URL_VARIABLE}` (or `database.uri` in the configuration) to a server that may be used"
                )),
        )
    }

    /// What people are told about it, and why it was chosen, as
    /// `Postgres 15.18 (local, /usr/lib/postgresql/15/bin): the only one installed`.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// The major version, as 15.
    pub(crate) fn major_version(&self) -> u32 {
        let version = match &self.source {
            Source::Remote(remote) => remote.version(),
            #[cfg(unix)]
            Source::Local(cluster) => cluster.version(),
            #[cfg(unix)]
            Source::Embedded(engine) => engine.version(),
        };
        // Anything else was refused.
        version::major(version).unwrap_or_default()
    }

    /// How many of the last migrations that it was started for are not applied in its first database: 0 if all are, `None`
    /// if none is.
    pub(crate) fn lacking(&self) -> Option<usize> {
        match &self.source {
            Source::Remote(_) => None,
            #[cfg(unix)]
            Source::Local(cluster) => cluster.lacking(),
            #[cfg(unix)]
            Source::Embedded(_) => None,
        }
    }

    /// What was kept with a server to which the migrations of that digest have been applied.
    pub(crate) fn known_of<T: Facts>(&self, migrations: &str) -> Option<T> {
        match &self.source {
            Source::Remote(_) => None,
            #[cfg(unix)]
            Source::Local(cluster) => cluster.known_of(migrations),
            #[cfg(unix)]
            Source::Embedded(_) => None,
        }
    }

    /// Has the server kept for the next run with the same migrations, where it can be: they are applied, and nothing else
    /// is changed. So the `facts` that are known of it will be true then, too: see [`Self::start_informed`].
    pub(crate) fn keep(&self, facts: impl FnOnce() -> Vec<u8>) {
        match &self.source {
            Source::Remote(_) => drop(facts),
            #[cfg(unix)]
            Source::Local(cluster) => cluster.keep(facts),
            #[cfg(unix)]
            Source::Embedded(_) => drop(facts),
        }
    }

    /// Creates an empty database.
    pub(crate) async fn create_database(&self) -> Result<Database> {
        match &self.source {
            Source::Remote(remote) => {
                let created = remote.create_database().await?;
                Ok(Database {
                    config: created.config(),
                    kind: Kind::Created(Box::new(created)),
                })
            }
            #[cfg(unix)]
            Source::Local(cluster) => {
                let (config, session) = cluster.create_database().await?;
                let kind = Kind::Private(Mutex::new(session));
                Ok(Database { config, kind })
            }
            #[cfg(unix)]
            Source::Embedded(engine) => {
                let (config, session) = engine.create_database().await?;
                let kind = Kind::Embedded(Mutex::new(session));
                Ok(Database { config, kind })
            }
        }
    }

    /// Stops the server if it was started here, and waits for its end. Dropping does the same.
    pub(crate) fn close(self) -> Result<()> {
        match self.source {
            Source::Remote(_) => Ok(()),
            #[cfg(unix)]
            Source::Local(cluster) => cluster.close(),
            #[cfg(unix)]
            Source::Embedded(engine) => engine.close(),
        }
    }
}

/// Removes the clusters that are kept for later runs, unless one is in use. Gives the folders that are gone.
#[cfg(feature = "cli")]
pub(crate) fn clean() -> Vec<PathBuf> {
    #[cfg(unix)]
    return [local::clean(), embedded::clean()].concat();
    #[cfg(not(unix))]
    Vec::new()
}

/// Why the embedded Postgres has to do, if it has to and can: no other is installed, or none of the version that is asked
/// for.
fn why_embedded(pin: Option<&Pin>) -> Option<String> {
    #[cfg(unix)]
    {
        let reason = match pin {
            _ if !binaries::are_installed() => "no other Postgres is installed".to_owned(),
            Some(pin) if pin.major == embedded::MAJOR && !binaries::are_of(pin) => {
                format!("no other Postgres {} is installed", pin.major)
            }
            _ => return None,
        };
        embedded::is_available().then_some(reason)
    }
    #[cfg(not(unix))]
    {
        let _ = pin;
        None
    }
}

/// An empty database, which goes away with this guard. One on a server that was started here goes away with that.
pub(crate) struct Database {
    config: Config,
    kind: Kind,
}

enum Kind {
    /// On a server that others use, too: it has to be dropped.
    Created(Box<remote::Created>),
    /// With a session that nobody uses.
    #[cfg(unix)]
    Private(Mutex<Option<Session>>),
    /// The same in the embedded Postgres.
    #[cfg(unix)]
    Embedded(Mutex<Option<Session>>),
}

impl Database {
    /// Opens a session with the settings every session starts with. A migration may change those of its own session
    /// (a dump empties `search_path`), so that analysis needs a session of its own.
    ///
    /// The embedded Postgres has only one at a time: there this waits until the one before is gone.
    pub(crate) async fn connect(&self) -> Result<Session> {
        let cannot = "cannot connect to the throwaway database";
        #[cfg(unix)]
        if let Kind::Private(first) | Kind::Embedded(first) = &self.kind {
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            // It does not outlive the runtime that it was opened in.
            if let Some(first) = first.filter(|first| !first.client.is_closed()) {
                return Ok(first);
            }
        }
        #[cfg(unix)]
        if let Kind::Embedded(_) = &self.kind {
            let session = embedded::open(&self.config).await;
            return session.map_err(|error| Error::new(cannot).with_source(error));
        }
        let session = Session::open(&self.config)
            .await
            .map_err(|error| Error::new(cannot).with_source(cause(error)))?;
        if let Kind::Created(_) = &self.kind {
            // A statement ends soon after this process did, so that the database can be dropped. Not every system can.
            let check = "SET client_connection_check_interval TO '1s'";
            let _ = session.client.batch_execute(check).await;
        }
        Ok(session)
    }

    /// Takes back a session whose settings are as they were, for whoever connects next: what the server has learnt for it
    /// need not be learnt again.
    pub(crate) fn give_back(&self, session: Session) {
        match &self.kind {
            Kind::Created(_) => drop(session),
            #[cfg(unix)]
            Kind::Private(free) | Kind::Embedded(free) => {
                *free.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
            }
        }
    }

    /// How to connect to it, without the settings that analysis needs.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Whether nobody else uses the server.
    pub(crate) fn is_private(&self) -> bool {
        !matches!(self.kind, Kind::Created(_))
    }

    /// Drops the database. Dropping the guard does the same, without a report of failures.
    pub(crate) async fn close(self) -> Result<()> {
        match self.kind {
            Kind::Created(created) => created.close().await,
            #[cfg(unix)]
            Kind::Private(_) | Kind::Embedded(_) => Ok(()),
        }
    }
}

/// A connection to a throwaway database.
pub(crate) struct Session {
    client: Client,
    state: Arc<Mutex<State>>,
    /// What to do about a refusal whose cause is the server, not the SQL.
    remedy: fn(&DbError) -> Option<String>,
}

/// What the connection has told apart from answers.
#[derive(Default)]
struct State {
    notices: Vec<DbError>,
    /// Why the connection ended.
    failure: Option<tokio_postgres::Error>,
}

impl Session {
    async fn open(config: &Config) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = Self::configure(config).connect(NoTls).await?;
        Self::over(client, connection).await
    }

    /// Adds the settings of every session.
    fn configure(config: &Config) -> Config {
        let mut config = config.clone();
        config.options(options(config.get_options()));
        if config.get_application_name().is_none() {
            config.application_name("rowsmith");
        }
        config
    }

    /// A session over a connection of any sort.
    async fn over<S, T>(
        client: Client,
        mut connection: Connection<S, T>,
    ) -> Result<Self, tokio_postgres::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        // A notice is stored before the connection reads on, hence before the answer that follows it is passed on.
        tokio::spawn(async move {
            let mut messages = stream::poll_fn(|context| connection.poll_message(context));
            while let Some(message) = messages.next().await {
                let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
                match message {
                    Ok(AsyncMessage::Notice(notice)) => state.notices.push(notice),
                    Ok(_) => {}
                    Err(error) => {
                        state.failure = Some(error);
                        break;
                    }
                }
            }
        });
        let session = Self {
            client,
            state,
            remedy: |_| None,
        };
        // Messages are shown to people and must not depend on the server's language; only some roles may set this.
        match session.client.batch_execute("SET lc_messages TO 'C'").await {
            Err(error) if error.as_db_error().is_none() => Err(error),
            _ => Ok(session),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The notices that arrived since the last call, in their order: all that precede the last completed answer.
    pub(crate) fn take_notices(&self) -> Vec<DbError> {
        std::mem::take(&mut self.state().notices)
    }

    /// Turns the failure of a request that is not about its SQL into an error that says why the connection ended.
    pub(crate) fn lost(&self, doing: &str, error: tokio_postgres::Error) -> Error {
        let failure = self.state().failure.take();
        let error = match failure {
            Some(failure) if error.as_db_error().is_none() => failure,
            _ => error,
        };
        Error::new(format!("lost the throwaway database while {doing}"))
            .with_source(cause(error))
            .with_help(
                "the server was stopped, or the machine ran out of memory or disk space: try again",
            )
    }

    /// What to do about a refusal whose cause is the server, not the SQL.
    pub(crate) fn remedy(&self, refusal: &DbError) -> Option<String> {
        (self.remedy)(refusal)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`SETTINGS`] as start-up options, after those the user's URI gives.
fn options(given: Option<&str>) -> String {
    let mut options = given.unwrap_or_default().to_owned();
    for (name, value) in SETTINGS {
        if !options.is_empty() {
            options.push(' ');
        }
        options.push_str("-c ");
        options.push_str(name);
        options.push('=');
        for character in value.chars() {
            if character == ' ' || character == '\\' {
                options.push('\\');
            }
            options.push(character);
        }
    }
    options
}

/// A number that no other run comes up with.
fn random() -> u64 {
    // The standard library's hasher is seeded by the system.
    RandomState::new().build_hasher().finish()
}

/// What is behind a client's error, which itself says little more than "db error".
fn cause(error: tokio_postgres::Error) -> Box<dyn StdError + Send + Sync> {
    let message = error.to_string();
    error.into_source().unwrap_or_else(|| message.into())
}

fn has_code(error: &tokio_postgres::Error, codes: &[SqlState]) -> bool {
    error.code().is_some_and(|code| codes.contains(code))
}
