//! A storm of deadlocks: eight clients, each a transaction after another over the same two rows, every second one in the
//! opposite order. Prints how many are lost with five retries, and how long the storm takes.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panics")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

#[path = "../tests/cases/clients/expected/mod.rs"]
mod db;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use db::bank::{self, AddAccountParams};
use db::{Error, Session, TransactionOptions};
use rowsmith::Generator;
use tokio_postgres::NoTls;

const CLIENTS: u32 = 8;

/// How many transactions each client has.
const EACH: u32 = 10;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/clients/sqlc.yaml");
    let generator = Generator::from_file(case).unwrap();
    let database = generator.throwaway_database().await.unwrap();
    let connect = async || {
        let (client, connection) = database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        Session::new(client)
    };
    let session = connect().await;
    bank::add_owner(&session, 1, "a@example.com").await.unwrap();
    for id in [1, 2] {
        let account = AddAccountParams {
            id,
            owner_id: 1,
            balance: 0,
        };
        bank::add_account(&session, account).await.unwrap();
    }
    let (deadlocks, begun) = (Arc::new(AtomicU32::new(0)), Instant::now());
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (mut session, deadlocks) = (connect().await, Arc::clone(&deadlocks));
        clients.push(tokio::spawn(async move {
            let mut lost = 0;
            for number in 0..EACH {
                let [first, second] = if (client + number) % 2 == 0 {
                    [1, 2]
                } else {
                    [2, 1]
                };
                let deadlocks = Arc::clone(&deadlocks);
                let options = TransactionOptions::new().retries(5).on_retry(move |_| {
                    deadlocks.fetch_add(1, Ordering::Relaxed);
                });
                let stored = db::transaction(&mut session, options, async |tx| {
                    bank::deposit(tx, 1, first).await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    bank::deposit(tx, 1, second).await?;
                    Ok::<_, Error>(())
                });
                lost += u32::from(stored.await.is_err());
            }
            lost
        }));
    }
    let mut lost = 0;
    for client in clients {
        lost += client.await.unwrap();
    }
    let stored = bank::total(&session).await.unwrap() / 2;
    println!(
        "{} transactions: {lost} lost, {stored} stored, {} deadlocks, {:.0?}",
        CLIENTS * EACH,
        deadlocks.load(Ordering::Relaxed),
        begun.elapsed(),
    );
    drop(session);
    database.close().await.unwrap();
}
