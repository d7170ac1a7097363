//! How migrations are applied.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::progress::Progress;

/// How migrations are applied. [`Default`] suits production.
#[derive(Clone)]
pub struct Options {
    pub(crate) lock_wait: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) out_of_order: bool,
    pub(crate) schema: String,
    pub(crate) observer: Option<Observer>,
}

type Observer = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

impl Default for Options {
    fn default() -> Self {
        Self {
            lock_wait: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(15 * 60),
            retries: 10,
            out_of_order: false,
            schema: "public".to_owned(),
            observer: None,
        }
    }
}

impl Options {
    /// How long to wait for another process that is applying migrations. 60 seconds unless it is said.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// How long a statement may wait for a lock on a table. Behind a statement that waits, all others wait, too. After that
    /// the file is rolled back and tried again. 2 seconds unless it is said; zero waits for ever.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// How long a statement of a file in a transaction may run. 15 minutes unless it is said; zero is no limit. A file
    /// without a transaction has no limit of ours: building an index takes as long as it takes.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// How often a file is tried again after a lock timeout. 10 times unless it is said.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Also applies migrations that stand before ones that are applied. Without it they are an error.
    #[must_use]
    pub fn allow_out_of_order(mut self) -> Self {
        self.out_of_order = true;
        self
    }

    /// The schema of the journal, the table `_rowsmith_migrations`. `public` unless it is said.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Calls `observer` as the work goes on.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    pub(crate) fn tell(&self, progress: &Progress<'_>) {
        if let Some(observer) = &self.observer {
            observer(progress);
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("lock_wait", &self.lock_wait)
            .field("lock_timeout", &self.lock_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("retries", &self.retries)
            .field("out_of_order", &self.out_of_order)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
