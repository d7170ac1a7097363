//! Which rowsmith this is. What one build keeps between runs, another may understand otherwise.

use std::env;
use std::fs;
use std::time::UNIX_EPOCH;

/// Tells this build of rowsmith from all others.
pub(crate) fn build() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let file = env::current_exe().and_then(fs::metadata);
    let stamp = file.and_then(|file| {
        let modified = file.modified()?.duration_since(UNIX_EPOCH);
        Ok((file.len(), modified.map_or(0, |age| age.as_nanos())))
    });
    // Without it, two builds of one version are taken for one another; there is only one outside of rowsmith's own folder.
    format!("{version} {:?}", stamp.ok())
}
