//! Generating again and again: after each change of a file, on a Postgres that keeps running.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Generator;
use crate::database::{Database, Provider, Server};
use crate::error::Result;
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::project;

/// How often files are looked at: seldom enough to cost nothing, often enough not to be noticed.
const PAUSE: Duration = Duration::from_millis(25);

/// A server that outlives a run, with the migrations applied.
pub(super) struct Warm {
    // In this order, since a database is dropped on its running server.
    pub(super) database: Database,
    pub(super) server: Server,
    pub(super) provider: Provider,
    /// The version that was asked for.
    pub(super) major: Option<u32>,
    pub(super) migrations: String,
}

/// The servers that wait for the next run. Without `watch` none is kept.
pub(super) type Warmth = Option<Rc<RefCell<Vec<Warm>>>>;

/// What tells that a file or folder changed.
type Stamps = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

impl Generator {
    /// Generates now and after each change of a file, until a signal ends it. Each time `report` gets what to write, or
    /// all mistakes. Postgres is started when it is first needed, and then keeps running.
    ///
    /// # Errors
    /// When a signal ends it, or signals cannot be listened for. What is wrong with the files goes to `report`.
    pub fn watch(&self, mut report: impl FnMut(Result<Output>)) -> Result<()> {
        let mut interrupts = Interrupts::listen()?;
        let warmth = Some(Rc::new(RefCell::new(Vec::new())));
        loop {
            let mut seen = stamps(vec![self.config.path.clone()]);
            let outcome = Self::from_file(self.given_path()).and_then(|mut current| {
                current.warmth.clone_from(&warmth);
                current.provider.clone_from(&self.provider);
                current.out_dir.clone_from(&self.out_dir);
                current.uses_snapshot = self.uses_snapshot;
                current.reliance = self.reliance;
                seen = current.watched();
                current.generate()
            });
            if let Err(error) = &outcome
                && error.is_interrupted()
            {
                return outcome.map(drop);
            }
            report(outcome);
            interrupts.run(async {
                while seen.iter().all(|(path, stamp)| self::stamp(path) == *stamp) {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(())
            })?;
        }
    }

    /// The path of the configuration, as it was named.
    fn given_path(&self) -> PathBuf {
        PathBuf::from(self.config.file.name())
    }

    fn watched(&self) -> Stamps {
        let targets = self.config.targets.iter();
        let mut paths: Vec<PathBuf> = targets
            .flat_map(|target| project::load(&self.config, target).0.inputs().to_vec())
            .collect();
        paths.push(self.config.path.clone());
        stamps(paths)
    }
}

fn stamps(paths: Vec<PathBuf>) -> Stamps {
    let stamps = paths.into_iter().map(|path| {
        let stamp = stamp(&path);
        (path, stamp)
    });
    stamps.collect()
}

fn stamp(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}
