//! Queries on the connections of a `deadpool-postgres` pool.

use deadpool_postgres::PoolError;

use super::{BeginTransaction, Client, Connection, Error};

impl Client for deadpool_postgres::Client {
    fn connection(&self) -> Connection<'_> {
        let connection = Connection::new(self);
        #[cfg(not(feature = "unprepared"))]
        let connection = connection.with_deadpool(&self.statement_cache);
        connection
    }
}

impl BeginTransaction for deadpool_postgres::Client {}

impl Client for deadpool_postgres::Transaction<'_> {
    fn connection(&self) -> Connection<'_> {
        let connection = Connection::new(self.client());
        #[cfg(not(feature = "unprepared"))]
        let connection = connection.with_deadpool(&self.statement_cache);
        connection.in_transaction()
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(cause) => Self::postgres("CONNECT", cause),
            error => Self::pool(error),
        }
    }
}
