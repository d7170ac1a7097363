//! The guards against a real Postgres: what is started goes away.
#![cfg(unix)]

use std::future::Future;
use std::panic;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;

const LOCAL: Provider = Provider::Local { binaries: None };

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

async fn value(session: &Session, sql: &str) -> String {
    let row = session.client().query_one(sql, &[]).await.unwrap();
    row.get(0)
}

/// The folder of a local server and the id of its process.
fn traces(server: &Server) -> (PathBuf, u32) {
    let Source::Local(cluster) = &server.source else {
        panic!("not a local server");
    };
    cluster.traces()
}

fn is_gone((folder, pid): &(PathBuf, u32)) -> bool {
    !folder.exists() && !Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn a_local_server_leaves_nothing() {
    run(async {
        let begin = Instant::now();
        let server = Server::start(&LOCAL).await.unwrap();
        eprintln!("started {:?}", begin.elapsed());
        let traces = traces(&server);
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        eprintln!("connected {:?}", begin.elapsed());
        assert_eq!(value(&session, "SHOW TimeZone").await, "UTC");
        let closing = Instant::now();
        drop(session);
        database.close().await.unwrap();
        server.close().await.unwrap();
        eprintln!("closed {:?}", closing.elapsed());
        assert!(is_gone(&traces), "{traces:?}");
    });
}
