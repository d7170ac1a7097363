//! Which programs these are: rowsmith itself, since what one build keeps between runs another may understand otherwise, and
//! those it runs.

use std::env;
use std::fs::{self, Metadata};
use std::io;
use std::time::UNIX_EPOCH;

/// Tells this build of rowsmith from all others.
pub(crate) fn build() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let file = env::current_exe().and_then(fs::metadata);
    let stamp = file.and_then(|file| stamp(&file));
    // Without it, two builds of one version are taken for one another; there is only one outside of rowsmith's own folder.
    format!("{version} {:?}", stamp.ok())
}

/// Tells a file from what was in its place before: its length, and when it was written.
pub(crate) fn stamp(file: &Metadata) -> io::Result<(u64, u128)> {
    let modified = file.modified()?.duration_since(UNIX_EPOCH);
    Ok((file.len(), modified.map_or(0, |age| age.as_nanos())))
}
