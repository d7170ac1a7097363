//! A database of the user's, which is only looked at.

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, NoTls};

use super::{cause, remote};
use crate::error::{Error, Result};

/// Connects to the database at `uri`. What is sent is the caller's care; the settings of the session are the server's.
pub(crate) async fn visit(uri: &str) -> Result<Client> {
    let mut config = remote::parse(uri)?;
    if config.get_ssl_mode() == SslMode::Prefer {
        config.ssl_mode(SslMode::Disable);
    }
    if config.get_application_name().is_none() {
        config.application_name("rowsmith");
    }
    let (client, connection) = config.connect(NoTls).await.map_err(|error| {
        let at = remote::address(&config);
        let failure = match error.as_db_error() {
            Some(_) => Error::new(format!("the server at `{at}` refuses the connection")),
            None => Error::new(format!("cannot reach the server at `{at}`")),
        };
        failure
            .with_source(cause(error))
            .with_help("is the server running, and is the address right?")
    })?;
    // It ends with the client; why it ended, the next request says.
    tokio::spawn(connection);
    Ok(client)
}
