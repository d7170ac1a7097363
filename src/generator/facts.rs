//! What a run knows of a database to which the migrations have been applied, as a text for the runs that find the same database
//! again: reading it takes less time than asking.

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Changes};
use crate::database;
use crate::digest::digest;
use crate::migrate::Resume;
use crate::program;

/// What is known of a database.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) catalog: Catalog,
    /// What it takes to apply more migrations, where that can be done.
    pub(super) resume: Option<Resume>,
    pub(super) growth: Option<Growth>,
}

/// What the last migrations changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Growth {
    /// The digest of the migrations before them.
    pub(super) from: String,
    pub(super) changes: Changes,
}

impl Facts {
    /// A text that this build of rowsmith reads again.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Nothing in it cannot be written; and what is empty is not read.
        let facts = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = seal(&facts).into_bytes();
        bytes.push(b'\n');
        bytes.extend(facts);
        bytes
    }
}

impl database::Facts for Facts {
    /// What [`Self::to_bytes`] wrote, unless it was another build, which may have asked for other facts, or something is
    /// not as it was written.
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let facts = &bytes[end + 1..];
        if bytes[..end] != *seal(facts).as_bytes() {
            return None;
        }
        serde_json::from_slice(facts).ok()
    }

    fn can_go_on(&self) -> bool {
        self.resume.is_some()
    }
}

/// What stands before `facts`.
fn seal(facts: &[u8]) -> String {
    digest([program::build().as_bytes(), facts])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::database::Facts as _;

    #[test]
    fn what_is_kept_is_what_was_read() {
        let facts = Facts {
            catalog: Catalog {
                server_version: 150_018,
                casts: BTreeSet::from([(16_400, 25)]),
                ..Catalog::default()
            },
            resume: None,
            growth: Some(Growth {
                from: "before".to_owned(),
                changes: Changes::Of(BTreeSet::from(["users".to_owned()])),
            }),
        };
        let bytes = facts.to_bytes();
        assert_eq!(Facts::read(&bytes), Some(facts));
        // Cut short, changed, or by another build, it is as good as none.
        for length in 0..bytes.len() {
            assert!(Facts::read(&bytes[..length]).is_none(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Facts::read(&changed).is_none(), "{at}");
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let other = digest([b"another build", &bytes[end + 1..]]);
        assert!(Facts::read(&[other.as_bytes(), &bytes[end..]].concat()).is_none());
    }
}
