//! The golden cases' generated code, compiled under strict lints and run on Postgres.

#![deny(warnings, missing_docs, unreachable_pub)]
#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

mod assignments;
mod behaviours;
mod bulk;
mod clients;
mod commands;
mod dynamic;
mod flow;
mod groups;
mod json;
mod living;
mod loaders;
mod names;
mod overrides;
mod pages;
mod poolers;
mod relation_strategies;
mod relations;
mod schema_zoo;
mod shared;
mod sqlc_macros;
mod tables;
mod types;
mod types_jiff;
mod types_time;
mod unsettled;
mod wire;

use std::future::Future;
use std::path::Path;

use rowsmith::{Generator, ThrowawayDatabase};
use tokio_postgres::{Client, NoTls};

/// Runs `test` with a client of a throwaway database with the migrations of a case.
fn on_database_of<F: Future<Output = ()>>(case: &str, test: impl FnOnce(Client) -> F) {
    on_case(case, async |database| {
        let (client, connection) = database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        test(client).await;
    });
}

/// Runs `test` on a throwaway database with the migrations of a case.
fn on_case(case: &str, test: impl AsyncFnOnce(&ThrowawayDatabase)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases")
            .join(case)
            .join("sqlc.yaml");
        let database = Generator::from_file(project)
            .unwrap()
            .throwaway_database()
            .await
            .unwrap();
        test(&database).await;
        database.close().await.unwrap();
    });
}
