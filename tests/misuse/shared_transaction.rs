//! A transaction on a session that others may use meanwhile: their queries would be part of it.

use std::sync::Arc;

use misuse::commands::{self as db, Error, Session, TransactionOptions, notes};

async fn rename(mut session: Arc<Session>) -> Result<u64, Error> {
    notes::delete_notes(&session).await?;
    let options = TransactionOptions::new();
    db::transaction(&mut session, options, async |tx| { //~ E0277
        notes::rename_notes(tx, "a ", 0).await
    })
    .await //~ E0277
}

fn main() {
    let _ = rename;
}
