//! An existing Postgres server, on which a database is borrowed: created under a unique name, and always dropped.

use std::thread;
use std::time::{Duration, SystemTime};

use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, SimpleQueryMessage};

use super::tls::{self, Tls, Wish};
use super::{Pin, Session, cause, has_code, version};
use crate::error::{Error, Result};

/// How long connecting, and the end of a run, may wait for the server.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that can be reached and is recent enough.
pub(super) struct Remote {
    config: Config,
    wish: Wish,
    tls: Tls,
    version: String,
}

impl Remote {
    /// Gives what can be reached at `uri`. `remedy` is what to do if that is of another version than `pin`.
    pub(super) async fn reach(uri: &str, pin: Option<&Pin>, remedy: &str) -> Result<Self> {
        let (config, wish, tls) = read(uri)?;
        let session = open(&config, &tls).await?;
        let version = column(&session, "SHOW server_version").await;
        let version = version.map_err(|error| connect_error(&config, error))?;
        let version = version.into_iter().next().unwrap_or_default();
        let what = format!("the server at `{}`", address(&config));
        version::check(&version, &what, pin, remedy)?;
        Ok(Self {
            config,
            wish,
            tls,
            version,
        })
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn description(&self) -> String {
        let number = version::number(&self.version);
        format!("Postgres {number} (server, {})", address(&self.config))
    }

    pub(super) async fn create_database(&self) -> Result<Created> {
        let now = now();
        let name = format!(
            "rowsmith_{}_{now:08x}{:08x}",
            std::process::id(),
            super::random() >> 32
        );
        let mut admin = self.config.clone();
        // By this name others see that the run goes on, and its work is found if it ends while the server is creating.
        admin.application_name(&name);
        let session = open(&admin, &self.tls).await?;
        drop_leftovers(&session).await;
        let mut created = Created {
            server: self.config.clone(),
            wish: self.wish.clone(),
            tls: self.tls.clone(),
            name,
            state: State::Creating,
            presence: None,
        };
        let failure = match create(&session, &created.name).await {
            Ok(()) => {
                created.state = State::Created;
                created.presence = Some(session);
                return Ok(created);
            }
            Err(error) => error,
        };
        if failure.as_db_error().is_some() {
            created.state = State::Gone;
        }
        let mut error = Error::new(format!(
            "cannot create a throwaway database on the server at `{}`",
            address(&self.config)
        ));
        if has_code(&failure, &[SqlState::INSUFFICIENT_PRIVILEGE]) {
            let user = column(&session, "SELECT quote_ident(current_user)").await;
            let user = user.ok().and_then(|rows| rows.into_iter().next());
            error = error.with_help(format!(
                "let a superuser run `ALTER ROLE {} CREATEDB`, or use another role or server",
                user.as_deref().unwrap_or("the_role")
            ));
        }
        Err(error.with_source(cause(failure)))
    }
}

/// A database on a server, dropped with this guard.
pub(super) struct Created {
    server: Config,
    wish: Wish,
    tls: Tls,
    name: String,
    state: State,
    /// Open for as long as the database is wanted.
    presence: Option<Session>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The server has been asked, and may still be at it.
    Creating,
    Created,
    Gone,
}

impl Created {
    pub(super) fn config(&self) -> Config {
        let mut config = self.server.clone();
        config.dbname(&self.name);
        config
    }

    pub(super) fn wish(&self) -> &Wish {
        &self.wish
    }

    pub(super) fn tls(&self) -> &Tls {
        &self.tls
    }

    pub(super) async fn close(mut self) -> Result<()> {
        self.drop_database().await?;
        self.state = State::Gone;
        Ok(())
    }

    async fn drop_database(&self) -> Result<()> {
        let session = open(&self.server, &self.tls).await?;
        if self.state == State::Creating {
            // A database that is still being created cannot be seen, hence not be dropped.
            let creators = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'",
                self.name
            );
            while column(&session, &creators)
                .await
                .is_ok_and(|rows| !rows.is_empty())
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        session
            .client()
            .batch_execute(&sql)
            .await
            .map_err(|error| {
                Error::new(format!(
                    "cannot drop the throwaway database `{}` on the server at `{}`",
                    self.name,
                    address(&self.server)
                ))
                .with_source(cause(error))
                .with_help("drop it by hand")
            })?;
        Ok(())
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        if self.state == State::Gone {
            return;
        }
        // On a thread and a runtime of its own: this may run inside a runtime, where waiting is not allowed, or after
        // its end.
        thread::scope(|scope| {
            let work = || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .ok()?;
                let drop = async { tokio::time::timeout(PATIENCE, self.drop_database()).await };
                runtime.block_on(drop).ok()
            };
            // Without a thread or a runtime, and with a server that fails, there is nothing left to do.
            if let Ok(thread) = thread::Builder::new().spawn_scoped(scope, work) {
                let _ = thread.join();
            }
        });
    }
}

/// Creates an empty UTF-8 database where the server's locale allows one; else whatever a new database is there.
async fn create(session: &Session, name: &str) -> Result<(), tokio_postgres::Error> {
    let mut first_failure = None;
    for options in [
        "TEMPLATE template0 ENCODING 'UTF8'",
        "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
    ] {
        let sql = format!("CREATE DATABASE {name} {options}");
        match session.client().batch_execute(&sql).await {
            Ok(()) => return Ok(()),
            Err(error)
                if error.as_db_error().is_none()
                    || has_code(&error, &[SqlState::INSUFFICIENT_PRIVILEGE]) =>
            {
                return Err(error);
            }
            Err(error) => first_failure = first_failure.or(Some(error)),
        }
    }
    let sql = format!("CREATE DATABASE {name}");
    let last = session.client().batch_execute(&sql).await;
    last.map_err(|error| first_failure.unwrap_or(error))
}

/// Drops what killed runs left: databases of rowsmith's for which no run has a session open. The databases are read first: a
/// run opens its session before it creates one, and closes it after it dropped that.
async fn drop_leftovers(session: &Session) {
    let databases =
        r"SELECT datname FROM pg_database WHERE datname ~ '^rowsmith_[0-9]+_[0-9a-f]{16}$'";
    let databases = column(session, databases).await.unwrap_or_default();
    if databases.is_empty() {
        return;
    }
    let present =
        "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'rowsmith%'";
    let Ok(present) = column(session, present).await else {
        return;
    };
    for name in databases.iter().filter(|name| !present.contains(name)) {
        // Fails where it is another role's.
        let _ = session
            .client()
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await;
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

/// The first column of each row.
async fn column(session: &Session, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let messages = session.client().simple_query(sql).await?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    });
    Ok(rows.collect())
}

/// Reads a URI: where it leads, and how connections are protected.
pub(super) fn read(uri: &str) -> Result<(Config, Wish, Tls)> {
    let (uri, wish) = tls::take_out(uri)?;
    let mut config = parse(&uri)?;
    let tls = wish.apply(&mut config)?;
    Ok((config, wish, tls))
}

/// Reads the URI. No message repeats it: it may hold a password.
fn parse(uri: &str) -> Result<Config> {
    let help = "write it as `postgres://user:PASSWORD@host:5432/postgres`, special characters of the password as `%xx`";
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| scheme.chars().all(char::is_alphanumeric))
        && !matches!(scheme, Some("postgres" | "postgresql"))
    {
        return Err(Error::new("the server URI does not begin with `postgres://`").with_help(help));
    }
    let mut config: Config = uri.parse().map_err(|error| {
        let problem = cause(error).to_string();
        let failure = Error::new("the server URI cannot be read");
        if !tells_nothing(&problem) {
            return failure.with_help(help);
        }
        let is_unknown = problem.starts_with("unknown option");
        failure.with_source(problem).with_help(if is_unknown {
            "leave the option out"
        } else {
            help
        })
    })?;
    let hosts = config.get_hosts();
    if hosts
        .iter()
        .any(|host| matches!(host, Host::Tcp(name) if name.contains('@')))
    {
        return Err(Error::new("the server URI has more than one `@`")
            .with_help("write an `@` of the password as `%40`"));
    }
    // What was meant as a part of the password would be taken for the port, and shown.
    let behind_host = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.find(['/', '?', '#']).map(|at| &rest[at..]));
    if behind_host.is_some_and(|rest| rest.contains('@')) {
        return Err(Error::new("the server URI has an `@` behind its host").with_help(
            "write special characters of the password as `%xx`: a `/` as `%2F`, a `?` as `%3F`, a `#` as `%23`",
        ));
    }
    if hosts.is_empty() && config.get_hostaddrs().is_empty() {
        default_host(&mut config);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    Ok(config)
}

/// Whether the parser's message quotes nothing but a keyword or a single character of the URI.
fn tells_nothing(problem: &str) -> bool {
    problem.split('`').skip(1).step_by(2).all(|quoted| {
        let mut characters = quoted.chars();
        quoted.len() == 1 || characters.all(|c| c.is_ascii_lowercase() || c == '_')
    })
}

/// A URI without a host means this machine: its socket where there is one, as in libpq.
fn default_host(config: &mut Config) {
    #[cfg(unix)]
    {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        for folder in ["/var/run/postgresql", "/tmp"] {
            if std::path::Path::new(folder)
                .join(format!(".s.PGSQL.{port}"))
                .exists()
            {
                config.host_path(folder);
                return;
            }
        }
    }
    config.host("localhost");
}

async fn open(config: &Config, tls: &Tls) -> Result<Session> {
    Session::open_over(config, tls)
        .await
        .map_err(|error| connect_error(config, error))
}

fn connect_error(config: &Config, error: tokio_postgres::Error) -> Error {
    let at = address(config);
    let is_tls = error.to_string().contains("TLS");
    let (message, help) = match error.as_db_error() {
        None if is_tls => (
            format!("cannot make a TLS connection to the Postgres server at `{at}`"),
            "correct `sslmode` and `sslrootcert` in its URI: `require` wants TLS, `verify-ca` a certificate of an authority \
             you name, `verify-full` also the server's name in it",
        ),
        None if error.is_closed() || error.to_string().contains("connecting") => (
            format!("cannot reach the Postgres server at `{at}`"),
            "start it, correct its URI, or give none to use installed Postgres programs",
        ),
        None => (
            format!("cannot connect to the Postgres server at `{at}`"),
            "correct the URI, or give none to use installed Postgres programs",
        ),
        Some(failure) => {
            let message = format!("the Postgres server at `{at}` refuses the connection");
            let code = failure.code();
            let help = if *code == SqlState::INVALID_PASSWORD
                || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
            {
                if cfg!(feature = "tls") {
                    "correct the user and the password in its URI"
                } else {
                    "correct the user and the password in its URI; a server that insists on TLS needs a rowsmith that is built \
                     with `--features tls`"
                }
            } else if *code == SqlState::INVALID_CATALOG_NAME {
                "name an existing database in its URI, such as `postgres`; it is only used to create another one"
            } else if *code == SqlState::PROTOCOL_VIOLATION {
                "connect to the server itself instead of a connection pooler"
            } else {
                "make room on the server, or use another one"
            };
            (message, help)
        }
    };
    Error::new(message)
        .with_source(cause(error))
        .with_help(help)
}

/// `host:port`, for people.
pub(super) fn address(config: &Config) -> String {
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        #[cfg(unix)]
        (Some(Host::Unix(folder)), _) => folder.display().to_string(),
        (None, Some(address)) => address.to_string(),
        (None, None) => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("{host}:{port}")
}
