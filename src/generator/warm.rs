//! What `watch` keeps from one run to the next.

use std::cell::RefCell;
use std::rc::Rc;

use super::closing::Closing;
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

impl Warm {
    /// Begins to stop the server, and to keep it.
    pub(super) fn close(self, closing: &mut Closing) {
        let MigratedDatabase {
            database,
            facts,
            is_new,
        } = self.migrated;
        drop(database);
        closing.add(self.server, is_new.then_some(facts));
    }
}

impl Prepared {
    /// Takes the servers that were started for something else.
    pub(super) fn take_others(&mut self, keys: &[WarmKey]) -> Vec<Warm> {
        let is_other = |warm: &mut Warm| !keys.contains(&warm.key);
        self.servers.extract_if(.., is_other).collect()
    }

    /// Takes the server that a former run left for the same.
    pub(super) fn take_server(&mut self, key: &WarmKey) -> Option<Warm> {
        let found = self.servers.iter().position(|warm| warm.key == *key)?;
        Some(self.servers.swap_remove(found))
    }
}

/// `None` except in `watch`.
pub(super) type Warmth = Option<Rc<RefCell<Prepared>>>;
