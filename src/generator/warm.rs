//! What `watch` keeps from one run to the next.

use std::cell::RefCell;
use std::rc::Rc;

use super::memory::{Memory, News};
use super::target::MigratedDatabase;
use crate::database::{Provider, Server};
use crate::snapshot::Stored;

/// A server that outlives a run, with the migrations applied.
pub(super) struct Warm {
    // In this order, since a database is dropped on its running server.
    pub(super) migrated: MigratedDatabase,
    pub(super) server: Server,
    pub(super) key: WarmKey,
}

/// What a server was started for: it serves the runs that want the same.
#[derive(PartialEq, Eq)]
pub(super) struct WarmKey {
    pub(super) provider: Provider,
    /// The version that was asked for.
    pub(super) major: Option<u32>,
    pub(super) migrations: String,
}

/// What waits for the next run.
#[derive(Default)]
pub(super) struct Prepared {
    pub(super) servers: Vec<Warm>,
    pub(super) snapshot: Option<Stored>,
    pub(super) memory: Option<Memory>,
    /// What is left to be remembered of the last run when its output is written.
    pub(super) news: Option<News>,
}

impl Prepared {
    /// Takes the server that a former run left for the same.
    pub(super) fn take_server(&mut self, key: &WarmKey) -> Option<Warm> {
        let found = self.servers.iter().position(|warm| warm.key == *key)?;
        Some(self.servers.swap_remove(found))
    }
}

/// `None` except in `watch`.
pub(super) type Warmth = Option<Rc<RefCell<Prepared>>>;
