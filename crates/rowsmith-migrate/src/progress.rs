//! What an observer is told while migrations are applied.

use std::time::Duration;

use crate::migration::Migration;

/// One step of the work. See [`Options::observe`](crate::Options::observe).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another process holds the lock; this one waits for it.
    Waiting {
        /// The process of the server that holds it, if that can be told.
        holder: Option<i32>,
    },
    /// A file begins.
    #[non_exhaustive]
    Begun {
        /// The file.
        migration: &'a Migration,
        /// It stands before ones that are applied.
        out_of_order: bool,
        /// The number of the statement it goes on with, from 1, after it stopped there.
        resumed_at: Option<usize>,
    },
    /// A statement begins.
    #[non_exhaustive]
    Statement {
        /// The file.
        migration: &'a Migration,
        /// The number of the statement, from 1.
        number: usize,
    },
    /// The file was rolled back, because a lock could not be had in time, and is tried again.
    #[non_exhaustive]
    Retried {
        /// The file.
        migration: &'a Migration,
        /// How often it was tried.
        tries: u32,
    },
    /// A file is applied.
    #[non_exhaustive]
    Applied {
        /// The file.
        migration: &'a Migration,
        /// How long it took.
        took: Duration,
    },
}
