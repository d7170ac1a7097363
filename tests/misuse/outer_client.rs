//! The client of a transaction, used inside of it: the query would be part of the transaction by chance, or wait for ever.

use misuse::commands::{self as db, Error, Session, TransactionOptions, notes};

async fn rename(client: &mut Session) -> Result<u64, Error> {
    db::transaction(client, TransactionOptions::new(), async |tx| { //~ E0502
        notes::rename_notes(tx, "a ", 0).await?;
        notes::rename_notes(client, "b ", 10).await
    })
    .await
}

async fn rename_by_hand(client: &mut Session) -> Result<u64, Error> {
    let tx = db::Transaction::begin(client, &TransactionOptions::new());
    let renamed = notes::rename_notes(client, "b ", 10).await?; //~ E0502
    tx.commit().await?;
    Ok(renamed)
}

fn main() {
    let _ = (rename, rename_by_hand);
}
