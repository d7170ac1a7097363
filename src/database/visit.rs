//! A database of the user's, which stays.

use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::{cause, remote};
use crate::error::{Error, Result};

/// Connects to the database at `uri`. What is sent is the caller's care; the settings of the session are the server's.
pub(crate) async fn visit(uri: &str) -> Result<Client> {
    visit_at(&visited(uri)?).await
}

/// How to connect to the database at `uri`.
pub(crate) fn visited(uri: &str) -> Result<Config> {
    let mut config = remote::parse(uri)?;
    if config.get_ssl_mode() == SslMode::Prefer {
        config.ssl_mode(SslMode::Disable);
    }
    if config.get_application_name().is_none() {
        config.application_name("rowsmith");
    }
    Ok(config)
}

/// As [`visit`], with what [`visited`] returns.
pub(crate) async fn visit_at(config: &Config) -> Result<Client> {
    let (client, connection) = config.connect(NoTls).await.map_err(|error| {
        let at = remote::address(config);
        let (failure, help) = match error.as_db_error() {
            Some(refusal) => {
                let help = match refusal.code() {
                    code if *code == SqlState::INVALID_CATALOG_NAME => {
                        "create the database first, with `createdb` or `CREATE DATABASE`"
                    }
                    code if code.code().starts_with("28") => {
                        "correct the user and the password in the URI"
                    }
                    _ => "see the server's log",
                };
                let message = format!("the server at `{at}` refuses the connection");
                (Error::new(message), help)
            }
            None => (
                Error::new(format!("cannot reach the server at `{at}`")),
                "is the server running, and is the address right?",
            ),
        };
        failure.with_source(cause(error)).with_help(help)
    })?;
    // It ends with the client; why it ended, the next request says.
    tokio::spawn(connection);
    Ok(client)
}
