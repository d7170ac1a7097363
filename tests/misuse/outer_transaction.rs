//! The transaction of a savepoint, used inside of it: what the savepoint undoes would be undone with it.

use misuse::commands::{Error, Transaction, notes};

async fn rename(tx: &mut Transaction<'_>) -> Result<u64, Error> {
    tx.savepoint(async |sp| { //~ E0502
        notes::rename_notes(sp, "a ", 0).await?;
        notes::rename_notes(tx, "b ", 10).await
    })
    .await
}

fn main() {
    let _ = rename;
}
