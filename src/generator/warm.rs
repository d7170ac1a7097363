//! What `watch` keeps from one run to the next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::closing::Closing;
use super::facts::{Facts, Growth};
use super::memory::{Memory, News};
use super::target::MigratedDatabase;
use crate::database::{Provider, Server};
use crate::snapshot::Stored;

/// A server that outlives a run, with the migrations applied.
pub(super) struct Warm {
    /// The number of the target.
    pub(super) target: usize,
    // In this order, since a database is dropped on its running server.
    pub(super) migrated: MigratedDatabase,
    pub(super) server: Server,
    pub(super) key: WarmKey,
}

/// A server that runs on a copy, for when the next migrations are saved.
pub(super) struct Spare {
    pub(super) server: Server,
    pub(super) facts: Facts,
    /// What is applied.
    pub(super) base: WarmKey,
}

/// What a server was started for: it serves the runs that want the same.
#[derive(Clone, PartialEq, Eq)]
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
    /// By the number of their target.
    pub(super) spares: BTreeMap<usize, Spare>,
    /// For each target, the migrations that the next ones will probably follow: those before the last ones that were saved.
    pub(super) bases: BTreeMap<usize, WarmKey>,
    pub(super) snapshot: Option<Stored>,
    pub(super) memory: Option<Memory>,
    /// What is left to be remembered of the last run when its output is written.
    pub(super) news: Option<News>,
}

impl WarmKey {
    /// How many of the last migrations a server with this key lacks to be one for `key`, whose digests these are. `None` if it
    /// lacks none, or cannot become one.
    pub(super) fn lacking(&self, key: &Self, digests: &[String]) -> Option<usize> {
        let is_alike = self.provider == key.provider && self.major == key.major;
        let mut digests = digests.iter();
        let lacking = digests.position(|digest| *digest == self.migrations)?;
        (is_alike && lacking > 0).then_some(lacking)
    }
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
    /// Keeps a server for the next run.
    pub(super) fn add(&mut self, warm: Warm) {
        let growth = warm.migrated.facts.growth.as_ref();
        let migrations = growth.map_or(&warm.key.migrations, |growth| &growth.from);
        let base = WarmKey {
            migrations: migrations.clone(),
            ..warm.key.clone()
        };
        self.bases.insert(warm.target, base);
        self.servers.push(warm);
    }

    /// Whether the target has a server for these migrations, or one to which the last of them can be applied.
    pub(super) fn can_serve(&self, target: usize, key: &WarmKey, digests: &[String]) -> bool {
        let spare = self.spares.get(&target);
        self.servers.iter().any(|warm| warm.key == *key)
            || spare.is_some_and(|spare| spare.base.lacking(key, digests).is_some())
    }

    /// What the migrations of that digest changed, by a server that a former run left.
    pub(super) fn growth(&self, target: usize, migrations: &str) -> Option<Growth> {
        let mut servers = self.servers.iter();
        let warm =
            servers.find(|warm| warm.target == target && warm.key.migrations == migrations)?;
        warm.migrated.facts.growth.clone()
    }

    /// Takes the servers of a target, the latest last.
    pub(super) fn take_target(&mut self, target: usize) -> Vec<Warm> {
        let is_its = |warm: &mut Warm| warm.target == target;
        self.servers.extract_if(.., is_its).collect()
    }

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
