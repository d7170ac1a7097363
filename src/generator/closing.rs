//! Servers that have done their work, and end while the run goes on, or when its files are written.

use std::thread::{self, JoinHandle};

use super::facts::Facts;
use crate::database::Server;
use crate::error::{Error, Result};

/// Servers that are being stopped, or are to be kept. All of them have ended when this is dropped.
#[derive(Default)]
pub(super) struct Closing {
    stopping: Vec<JoinHandle<Result<()>>>,
    /// To keep one takes a while, in which it writes down what it holds.
    keeping: Vec<(Server, Facts)>,
}

impl Closing {
    /// Begins to stop a server. One of which new facts are known is kept, later.
    pub(super) fn add(&mut self, server: Server, facts: Option<Facts>) {
        match facts {
            Some(facts) => self.keeping.push((server, facts)),
            None => self.stopping.push(thread::spawn(|| server.close())),
        }
    }

    /// Keeps those that are to be kept, and waits until all have ended.
    ///
    /// # Errors
    /// If one cannot be stopped.
    pub(super) fn finish(&mut self) -> Result<()> {
        let kept = self.keeping.drain(..).map(|(server, facts)| {
            server.keep(|| facts.to_bytes());
            server.close()
        });
        // Every one is waited for, whatever became of those before it.
        let mut ended: Vec<_> = kept.collect();
        ended.extend(self.stopping.drain(..).map(|ending| {
            let panicked = |_| Err(Error::new("stopping the throwaway server failed"));
            ending.join().unwrap_or_else(panicked)
        }));
        ended.into_iter().collect()
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // It was not asked for, so nobody is there to be told.
        let _ = self.finish();
    }
}
