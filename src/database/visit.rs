//! A database of the user's, which stays.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::tls::Tls;
use super::{cause, remote};
use crate::error::{Error, Result};

/// How to connect to a database of the user's.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) config: Config,
    tls: Tls,
}

/// Connects to the database at `uri`. What is sent is the caller's care; the settings of the session are the server's.
pub(crate) async fn visit(uri: &str) -> Result<Client> {
    visit_at(&visited(uri)?).await
}

/// How to connect to the database at `uri`.
pub(crate) fn visited(uri: &str) -> Result<Visit> {
    let (mut config, _, tls) = remote::read(uri)?;
    if config.get_application_name().is_none() {
        config.application_name("rowsmith");
    }
    Ok(Visit { config, tls })
}

/// As [`visit`], with what [`visited`] returns.
pub(crate) async fn visit_at(Visit { config, tls }: &Visit) -> Result<Client> {
    let at = remote::address(config);
    let cannot_connect = |error: tokio_postgres::Error| {
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
    };
    // A connection ends with its client; why it ended, the next request says.
    match tls {
        Tls::None => {
            let connected = config.connect(NoTls).await;
            let (client, connection) = connected.map_err(cannot_connect)?;
            tokio::spawn(connection);
            Ok(client)
        }
        #[cfg(feature = "tls")]
        Tls::Rustls(connector) => {
            let connected = config.connect(connector.clone()).await;
            let (client, connection) = connected.map_err(cannot_connect)?;
            tokio::spawn(connection);
            Ok(client)
        }
    }
}
