//! The case `clients`: every client, transactions, and what can go wrong.

/// As [build scripts](../../docs/build-script.md) have it.
mod db {
    include!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/clients/expected/mod.rs"
    ));
}

mod faults;
mod pools;
mod spans;
mod transactions;

use db::Client;
use db::bank::{self, AddAccountParams};
use rowsmith::ThrowawayDatabase;
use tokio_postgres::NoTls;

use crate::on_case;

/// Runs `test` on a bank of one owner with two accounts, of 100 and 50.
fn on_the_bank(test: impl AsyncFnOnce(&ThrowawayDatabase)) {
    on_case("clients", async |database| {
        let client = connect(database).await;
        bank::add_owner(&client, 1, "ada@example.com")
            .await
            .unwrap();
        for (id, balance) in [(1, 100), (2, 50)] {
            let params = AddAccountParams {
                id,
                owner_id: 1,
                balance,
            };
            bank::add_account(&client, params).await.unwrap();
        }
        test(database).await;
    });
}

async fn connect(database: &ThrowawayDatabase) -> tokio_postgres::Client {
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn balances(client: &dyn Client) -> Vec<i64> {
    let accounts = bank::list_balances(client).await.unwrap();
    accounts.iter().map(|account| account.balance).collect()
}
