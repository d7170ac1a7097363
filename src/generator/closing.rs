//! Servers that have done their work, and end while the run goes on.

use std::thread::{self, JoinHandle};

use crate::database::Server;
use crate::error::{Error, Result};

/// Servers that are being stopped. All of them have ended when this is dropped.
#[derive(Default)]
pub(super) struct Closing(Vec<JoinHandle<Result<()>>>);

impl Closing {
    /// Begins to stop a server.
    pub(super) fn add(&mut self, server: Server) {
        self.0.push(thread::spawn(|| server.close()));
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// If one cannot be stopped.
    pub(super) fn finish(&mut self) -> Result<()> {
        let ended = self.0.drain(..).map(|ending| {
            let panicked = |_| Err(Error::new("stopping the throwaway server failed"));
            ending.join().unwrap_or_else(panicked)
        });
        // Every one is waited for, whatever became of those before it.
        let ended: Vec<_> = ended.collect();
        ended.into_iter().collect()
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // It was not asked for, so nobody is there to be told.
        let _ = self.finish();
    }
}
