//! Queries on the connections of a `bb8` pool.

#[cfg(not(feature = "unprepared"))]
use bb8_postgres::PostgresConnectionManager;
use bb8_postgres::bb8::{ManageConnection, PooledConnection, RunError};
#[cfg(not(feature = "unprepared"))]
use tokio_postgres::tls::MakeTlsConnect;
#[cfg(not(feature = "unprepared"))]
use tokio_postgres::{Config, Socket};

#[cfg(not(feature = "unprepared"))]
use super::Session;
use super::{BeginTransaction, Client, Connection, Error};

impl<M: ManageConnection<Connection: Client>> Client for PooledConnection<'_, M> {
    fn connection(&self) -> Connection<'_> {
        (**self).connection()
    }
}

impl<M: ManageConnection<Connection: BeginTransaction>> BeginTransaction
    for PooledConnection<'_, M>
{
}

impl From<RunError<tokio_postgres::Error>> for Error {
    fn from(error: RunError<tokio_postgres::Error>) -> Self {
        match error {
            RunError::User(cause) => Self::postgres("CONNECT", cause),
            error => Self::pool(error),
        }
    }
}

#[cfg(not(feature = "unprepared"))]
/// Makes the connections of a `bb8` pool [`Session`]s, which keep the statements they have prepared.
///
/// Those of `bb8_postgres::PostgresConnectionManager` keep nothing.
#[derive(Clone, Debug)]
pub struct SessionManager<Tls: MakeTlsConnect<Socket>>(PostgresConnectionManager<Tls>);

#[cfg(not(feature = "unprepared"))]
impl<Tls: MakeTlsConnect<Socket>> SessionManager<Tls> {
    /// Connects as `config` says.
    pub fn new(config: Config, tls: Tls) -> Self {
        Self(PostgresConnectionManager::new(config, tls))
    }
}

#[cfg(not(feature = "unprepared"))]
impl<Tls: MakeTlsConnect<Socket>> ManageConnection for SessionManager<Tls>
where
    PostgresConnectionManager<Tls>:
        ManageConnection<Connection = tokio_postgres::Client, Error = tokio_postgres::Error>,
{
    type Connection = Session;
    type Error = tokio_postgres::Error;

    async fn connect(&self) -> Result<Session, tokio_postgres::Error> {
        self.0.connect().await.map(Session::new)
    }

    async fn is_valid(&self, session: &mut Session) -> Result<(), tokio_postgres::Error> {
        session.simple_query("").await.map(drop)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.is_closed()
    }
}
