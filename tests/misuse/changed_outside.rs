//! A closure that changes what is outside of it, which each retry would do once more.

use misuse::commands::{self as db, Error, Session, TransactionOptions, notes};

async fn rename(client: &mut Session) -> Result<u64, Error> {
    let mut renamed = 0;
    db::transaction(client, TransactionOptions::new().retries(3), async |tx| { //~ E0277
        renamed += notes::rename_notes(tx, "a ", 0).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(renamed)
}

fn main() {
    let _ = rename;
}
