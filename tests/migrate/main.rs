//! `rowsmith migrate` and the crate behind it, on databases that stay.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

mod command;
mod crashes;
mod embedded;
mod files;
mod place;
mod poolers;
mod sessions;
