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
#[cfg(all(feature = "cli", unix))]
mod install;
#[cfg(unix)]
mod installed;
#[cfg(unix)]
mod kept;
#[cfg(unix)]
mod local;
#[cfg(unix)]
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "the command installs them")
)]
mod packages;
#[cfg(unix)]
mod process;
mod remote;
mod session;
#[cfg(unix)]
mod setup;
#[cfg(unix)]
mod template;
#[cfg(test)]
mod tests;
mod tls;

#[cfg(unix)]
mod tree;
mod url;
mod version;
mod visit;
mod wanted;

use std::collections::hash_map::RandomState;
use std::env;
use std::error::Error as StdError;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use crate::error::{Error, Result};
#[cfg(all(feature = "cli", unix))]
pub(crate) use install::{install, remove};
pub(crate) use session::Session;
use tls::Tls;
pub(crate) use version::Pin;
pub(crate) use visit::visit;
#[cfg(feature = "cli")]
pub(crate) use visit::{Visit, visit_at, visited};
pub(crate) use wanted::{Facts, Wanted};

/// The environment variable that names the server for [`Provider::Auto`].
pub(crate) const URL_VARIABLE: &str = "ROWSMITH_DATABASE_URL";

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

    /// Whether it is kept, or can be: then one that lacks some of its migrations can be had as a copy.
    pub(crate) fn is_keepable(&self) -> bool {
        match &self.source {
            Source::Remote(_) => false,
            #[cfg(unix)]
            Source::Local(cluster) => cluster.is_keepable(),
            #[cfg(unix)]
            Source::Embedded(_) => false,
        }
    }

    /// Has the copy of a server, to which nothing was applied yet, be the one for the migrations of that digest. Of these it
    /// lacks the last ones.
    pub(crate) fn become_one_for(&mut self, migrations: &str, lacking: usize) {
        match &mut self.source {
            Source::Remote(_) => {}
            #[cfg(unix)]
            Source::Local(cluster) => cluster.become_one_for(migrations, lacking),
            #[cfg(unix)]
            Source::Embedded(_) => {}
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

/// Removes what killed runs left in the folder for temporary files, for a run that starts no server.
pub(crate) fn sweep() {
    #[cfg(unix)]
    folder::sweep_leftovers(process::RunUser::needed().ok().flatten().as_ref());
}

/// Removes the clusters that are kept for later runs, unless one is in use. Gives the folders that are gone.
#[cfg(feature = "cli")]
pub(crate) fn clean() -> Vec<PathBuf> {
    #[cfg(unix)]
    return [local::clean(), embedded::clean()].concat();
    #[cfg(not(unix))]
    Vec::new()
}

/// The Postgres programs on this machine: their folders, and their versions or what is wrong with them. The first is used
/// where no version is asked for.
#[cfg(feature = "cli")]
pub(crate) fn programs() -> Vec<(PathBuf, Result<String, String>)> {
    #[cfg(unix)]
    return binaries::all();
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
        let tls = match &self.kind {
            Kind::Created(created) => created.tls(),
            #[cfg(unix)]
            Kind::Private(_) | Kind::Embedded(_) => &Tls::None,
        };
        let session = Session::open_over(&self.config, tls)
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

    /// Its address, as programs read it.
    pub(crate) fn address(&self) -> url::Address<'_> {
        let wish = match &self.kind {
            Kind::Created(created) => Some(created.wish()),
            #[cfg(unix)]
            Kind::Private(_) | Kind::Embedded(_) => None,
        };
        url::Address {
            config: &self.config,
            wish,
        }
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
