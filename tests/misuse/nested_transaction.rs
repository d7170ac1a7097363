//! A transaction begun in a transaction, which Postgres does not have; there are savepoints.

use misuse::commands::{Transaction, TransactionOptions};

fn begin(tx: &mut Transaction<'_>) {
    drop(Transaction::begin(tx, &TransactionOptions::new())); //~ E0277
}

fn main() {
    let _ = begin;
}
