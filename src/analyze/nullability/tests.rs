//! Labelled statements against a real Postgres, and what random data says.
//!
//! `ROWSMITH_TEST_POSTGRES_BIN` names the `bin` folder of another server version to run all of this on.

mod attacks;
mod concurrency;
mod examples;
mod functions;
mod labelled;
mod mutation;
mod random;
mod robustness;

use std::path::PathBuf;

use super::*;
use crate::analyze::unwrapped::unwrapped;
use crate::catalog::introspect;
use crate::database::{Provider, Server, Session};

/// Runs something on an empty database.
fn with_database<T>(run: impl AsyncFnOnce(&Session) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let binaries = std::env::var_os("ROWSMITH_TEST_POSTGRES_BIN").map(PathBuf::from);
        let provider = Provider::Local { binaries };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        run(&session).await
    })
}

/// The server's major version.
async fn major(session: &Session) -> u32 {
    introspect(session.client()).await.unwrap().server_version / 10_000
}

/// The tree that Postgres reports of a statement.
async fn tree(session: &Session, sql: &str) -> Result<String, String> {
    let client = session.client();
    let settings =
        "SET debug_pretty_print = off; SET client_min_messages = log; SET debug_print_parse = on";
    client.batch_execute(settings).await.unwrap();
    session.take_notices();
    let prepared = client.prepare(sql).await;
    let notices = session.take_notices();
    client
        .batch_execute("RESET debug_print_parse")
        .await
        .unwrap();
    prepared.map_err(|error| format!("{error:?}"))?;
    // The client's own statements about types come after.
    let mut trees = notices.iter().filter_map(|notice| notice.detail());
    Ok(unwrapped(trees.next().expect("a tree")))
}

/// Whether an array, as Postgres prints it, has NULL in it.
fn has_null_element(array: &str) -> bool {
    let mut quoted = false;
    let mut plain = String::new();
    let mut characters = array.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '"' => quoted = !quoted,
            _ if quoted => {}
            c => plain.push(c),
        }
    }
    plain
        .split(['{', '}', ','])
        .any(|element| element == "NULL")
}

/// What is found out about a statement.
async fn inferred(session: &Session, catalog: &Catalog, sql: &str) -> Result<Inference, String> {
    let tree = tree(session, sql).await?;
    Ok(infer(&tree, catalog, &Assumptions::default()))
}
