//! A connection to a throwaway database, whose settings do not depend on where the server comes from.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::DbError;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};

use super::cause;
use super::tls::Tls;
use crate::error::Error;

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

/// A connection to a throwaway database.
pub(crate) struct Session {
    pub(super) client: Client,
    state: Arc<Mutex<State>>,
    /// What to do about a refusal whose cause is the server, not the SQL.
    pub(super) remedy: fn(&DbError) -> Option<String>,
}

/// What the connection has told apart from answers.
#[derive(Default)]
struct State {
    notices: Vec<DbError>,
    /// Why the connection ended.
    failure: Option<tokio_postgres::Error>,
}

impl Session {
    pub(super) async fn open(config: &Config) -> Result<Self, tokio_postgres::Error> {
        Self::open_over(config, &Tls::None).await
    }

    pub(super) async fn open_over(
        config: &Config,
        tls: &Tls,
    ) -> Result<Self, tokio_postgres::Error> {
        let config = Self::configure(config);
        match tls {
            Tls::None => {
                let (client, connection) = config.connect(NoTls).await?;
                Self::over(client, connection).await
            }
            #[cfg(feature = "tls")]
            Tls::Rustls(connector) => {
                let (client, connection) = config.connect(connector.clone()).await?;
                Self::over(client, connection).await
            }
        }
    }

    /// Adds the settings of every session.
    pub(super) fn configure(config: &Config) -> Config {
        let mut config = config.clone();
        config.options(options(config.get_options()));
        if config.get_application_name().is_none() {
            config.application_name("rowsmith");
        }
        config
    }

    /// A session over a connection of any sort.
    pub(super) async fn over<S, T>(
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
