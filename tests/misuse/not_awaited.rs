//! A query that is never sent.

#![deny(unused_must_use)]

use misuse::commands::{Session, notes};

fn delete(client: &Session) {
    notes::delete_notes(client); //~ unused_must_use
}

fn main() {
    let _ = delete;
}
