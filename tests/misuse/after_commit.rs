//! A transaction used after its end.

use misuse::commands::{Error, Session, Transaction, TransactionOptions, notes};

async fn rename(client: &mut Session) -> Result<u64, Error> {
    let tx = Transaction::begin(client, &TransactionOptions::new());
    tx.commit().await?;
    notes::rename_notes(&tx, "a ", 0).await //~ E0382
}

fn main() {
    let _ = rename;
}
