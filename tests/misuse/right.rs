//! What the other programs do, as it should be done.

use std::future::Future;

use misuse::commands::{self as db, Error, Session, Transaction, TransactionOptions, notes};

async fn rename(client: &mut Session) -> Result<u64, Error> {
    db::transaction(client, TransactionOptions::new(), async |tx| {
        let all = notes::rename_notes(tx, "a ", 0).await?;
        let some = tx
            .savepoint(async |sp| notes::rename_notes(sp, "b ", 10).await)
            .await?;
        Ok(all + some)
    })
    .await
}

async fn by_hand(client: &mut Session) -> Result<(), Error> {
    let tx = Transaction::begin(client, &TransactionOptions::new());
    notes::delete_notes(&tx).await?;
    tx.commit().await?;
    notes::delete_notes(client).await
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

fn main() {
    let _ = async |mut client: Session| {
        send(rename(&mut client)).await?;
        send(by_hand(&mut client)).await
    };
}
