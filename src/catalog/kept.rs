//! The catalog as a text, for the runs that find the same database again: reading it takes less time than asking.

use super::Catalog;
use crate::digest::digest;
use crate::program;

impl Catalog {
    /// A text that this build of rowsmith reads again.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Nothing in it cannot be written; and what is empty is not read.
        let facts = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = seal(&facts).into_bytes();
        bytes.push(b'\n');
        bytes.extend(facts);
        bytes
    }

    /// What [`Self::to_bytes`] wrote, unless it was another build, which may have asked for other facts, or something is
    /// not as it was written.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let facts = &bytes[end + 1..];
        if bytes[..end] != *seal(facts).as_bytes() {
            return None;
        }
        serde_json::from_slice(facts).ok()
    }
}

/// What stands before `facts`.
fn seal(facts: &[u8]) -> String {
    digest([program::build().as_bytes(), facts])
}
