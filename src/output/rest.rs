//! What is left to be done when the files are written: nobody waits for it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;

/// Some work that is done once: when it is asked for, or else when this is dropped.
#[derive(Default)]
pub(crate) struct Rest(Option<Mutex<Work>>);

type Work = Box<dyn FnOnce() -> Result<()> + Send>;

impl Rest {
    pub(crate) fn new(work: impl FnOnce() -> Result<()> + Send + 'static) -> Self {
        Self(Some(Mutex::new(Box::new(work))))
    }

    pub(crate) fn finish(&mut self) -> Result<()> {
        match self.0.take() {
            Some(work) => work.into_inner().unwrap_or_else(PoisonError::into_inner)(),
            None => Ok(()),
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        // It was not asked for, so nobody is there to be told.
        let _ = self.finish();
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.is_some() { "left" } else { "done" };
        f.write_str(state)
    }
}
