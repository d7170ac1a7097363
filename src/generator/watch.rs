//! Generating again and again: after each change of a file, on a Postgres that keeps running.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use super::Generator;
use super::closing::Closing;
use super::memory::Memory;
use super::reading::Reading;
use super::warm::{Prepared, Warmth};
use crate::error::Result;
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::snapshot::Stored;

/// How often files are looked at: seldom enough to cost nothing, often enough not to be noticed.
const PAUSE: Duration = Duration::from_millis(10);

/// Sleep at least this many times as long as the last look at all files took: watching uses at most 2.5 % of a core.
const REST: u32 = 40;

/// How long files must have been as they are before they are read.
const SETTLING: Duration = Duration::from_millis(5);

/// What tells that a file or folder changed.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

impl Generator {
    /// Generates now and after each change of a file, until a signal ends it. Each time `report` gets what to write, or
    /// all mistakes. Postgres is started when it is first needed, and then keeps running.
    ///
    /// # Errors
    /// When a signal ends it, or signals cannot be listened for. What is wrong with the files goes to `report`.
    pub fn watch(&self, report: impl FnMut(Result<Output>)) -> Result<()> {
        let prepared = Rc::new(RefCell::new(Prepared::default()));
        let ended = self.watch_with(&Some(Rc::clone(&prepared)), report);
        // For the next one that starts.
        let servers = prepared.borrow_mut().take_others(&[]);
        let mut closing = Closing::default();
        for warm in servers {
            warm.close(&mut closing);
        }
        let closed = closing.finish();
        ended.and(closed)
    }

    fn watch_with(&self, warmth: &Warmth, mut report: impl FnMut(Result<Output>)) -> Result<()> {
        let mut interrupts = Interrupts::listen()?;
        let mut seen = Stamps::new();
        loop {
            let stamped = stamps([&self.config.path]);
            match Self::from_file(self.given_path()) {
                Ok(mut current) => {
                    current.asking.clone_from(&self.asking);
                    current.asking.warmth.clone_from(warmth);
                    current.out_dir.clone_from(&self.out_dir);
                    let (reading, found) = current.load_stamped(seen);
                    seen = found;
                    // As it was before the configuration was read.
                    seen.extend(stamped);
                    let outcome = reading
                        .whole()
                        .and_then(|reading| current.regenerate(&reading, &mut interrupts));
                    if let Err(error) = &outcome
                        && error.is_interrupted()
                    {
                        return outcome.map(drop);
                    }
                    report(outcome);
                    current.prepare();
                    if let Err(error) = interrupts.run(current.prepare_servers())
                        && error.is_interrupted()
                    {
                        return Err(error);
                    }
                }
                Err(error) => {
                    seen = stamped;
                    report(Err(error));
                }
            }
            interrupts.run(async {
                loop {
                    let start = Instant::now();
                    if seen.iter().any(|(path, stamp)| self::stamp(path) != *stamp) {
                        break;
                    }
                    tokio::time::sleep(PAUSE.max(start.elapsed() * REST)).await;
                }
                // Some editors empty a file before they write it.
                let mut now = stamps(seen.keys());
                loop {
                    tokio::time::sleep(SETTLING).await;
                    let later = stamps(seen.keys());
                    if later == now {
                        return Ok(());
                    }
                    now = later;
                }
            })?;
        }
    }

    /// The path of the configuration, as it was named.
    fn given_path(&self) -> PathBuf {
        PathBuf::from(self.config.file.name())
    }

    /// Reads the files, and tells what they were like before: `known` are those that were there last time.
    fn load_stamped(&self, known: Stamps) -> (Reading<'_>, Stamps) {
        let mut paths: Vec<PathBuf> = known.into_keys().collect();
        loop {
            let before = stamps(&paths);
            let reading = self.load();
            if reading.inputs().all(|path| before.contains_key(path)) {
                return (reading, before);
            }
            paths = reading.inputs().cloned().collect();
        }
    }

    fn regenerate(&self, reading: &Reading<'_>, interrupts: &mut Interrupts) -> Result<Output> {
        let prepared = self.asking.warmth.as_ref();
        let prepared = prepared.and_then(|warmth| warmth.borrow_mut().memory.take());
        let memory = prepared.or_else(|| self.remembered().and_then(Memory::recall));
        match self.recalled(reading, memory.as_ref())? {
            Some(output) => Ok(output),
            None => self.generate_anew(reading, memory.as_ref(), interrupts),
        }
    }

    /// Prepares the next run while nobody waits.
    fn prepare(&self) {
        let Some(warmth) = &self.asking.warmth else {
            return;
        };
        let mut prepared = warmth.borrow_mut();
        if let Some(news) = prepared.news.take() {
            news.keep();
        }
        prepared.memory = self.remembered().and_then(Memory::recall);
        let before = prepared.snapshot.take();
        if !self.asking.without_snapshot
            && let Ok(mut stored) = Stored::open(&self.config.snapshot, before)
        {
            stored.prepare();
            prepared.snapshot = Some(stored);
        }
    }
}

fn stamps<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Stamps {
    let paths = paths.into_iter();
    paths.map(|path| (path.clone(), stamp(path))).collect()
}

fn stamp(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}
