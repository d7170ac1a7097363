//! A throwaway database for the user's own tests and examples.

use std::fmt;

use crate::database::{Database, Server};
use crate::error::Result;

/// A throwaway database with a project's migrations applied, from [`Generator::throwaway_database`].
///
/// It goes away with this value: at once by [`Self::close`], and at the latest when it is dropped.
///
/// [`Generator::throwaway_database`]: crate::Generator::throwaway_database
pub struct ThrowawayDatabase {
    // In this order, since a database is dropped on its running server.
    database: Database,
    server: Server,
}

impl ThrowawayDatabase {
    pub(crate) fn new(server: Server, database: Database) -> Self {
        Self { database, server }
    }

    /// How to connect to it.
    pub fn config(&self) -> &tokio_postgres::Config {
        self.database.config()
    }

    /// Its address, as `DATABASE_URL` has it: for programs that do not use `tokio-postgres`.
    pub fn url(&self) -> String {
        self.database.address().url()
    }

    /// The variables of the environment that lead programs to it. Those without a value would lead elsewhere.
    #[cfg(feature = "cli")]
    pub(crate) fn environment(&self) -> Vec<(&'static str, Option<String>)> {
        self.database.address().environment()
    }

    /// Drops the database and stops its server, if that was started for it.
    ///
    /// # Errors
    /// If either cannot be done.
    pub async fn close(self) -> Result<()> {
        self.database.close().await?;
        self.server.close()
    }
}

impl fmt::Debug for ThrowawayDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThrowawayDatabase")
            .field("server", &self.server.description())
            .finish_non_exhaustive()
    }
}
