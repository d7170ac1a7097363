//! When a transaction runs again: after which failures, and after how long.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::Error;

/// Is told of each retry, before it.
pub(super) type Observer = dyn Fn(&Retry) + Send + Sync;

/// A transaction that is about to run again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Retry {
    /// 1 for the first retry.
    pub number: u32,
    /// The query that failed, or `COMMIT`.
    pub query: &'static str,
    /// Why it failed.
    pub sqlstate: SqlState,
    /// How long the transaction waits before.
    pub wait: Duration,
}

/// The retries of a transaction.
pub(super) struct Retries<'o> {
    limit: u32,
    observe: Option<&'o Observer>,
    done: u32,
    /// The longest wait that is next.
    longest: Duration,
}

impl<'o> Retries<'o> {
    const SHORTEST: Duration = Duration::from_millis(2);
    const LONGEST: Duration = Duration::from_secs(8);

    pub(super) fn new(limit: u32, observe: Option<&'o Observer>) -> Self {
        Self {
            limit,
            observe,
            done: 0,
            longest: Duration::ZERO,
        }
    }

    /// How long to wait before the next retry, if there is to be one, after an attempt that took so long.
    ///
    /// The first follows at once, unless it would meet the others of a deadlock again. The next waits between once and
    /// twice as long as the attempt took, others twice as long each time. In a deadlock, an attempt takes the server's
    /// `deadlock_timeout` at least. Whoever comes back sooner meets the next deadlock of those that are still there.
    pub(super) fn next(&mut self, conflict: Conflict, took: Duration) -> Option<Duration> {
        if self.done == self.limit {
            return None;
        }
        let is_deadlock = conflict.sqlstate == SqlState::T_R_DEADLOCK_DETECTED;
        let wait = if self.done == 0 && !is_deadlock {
            Duration::ZERO
        } else {
            let longest = self.longest.max(took).saturating_mul(2);
            self.longest = longest.clamp(Self::SHORTEST, Self::LONGEST);
            let half = self.longest / 2;
            half + Duration::from_nanos(random() % half.as_nanos() as u64)
        };
        self.done += 1;
        if let Some(observe) = self.observe {
            observe(&Retry {
                number: self.done,
                query: conflict.query,
                sqlstate: conflict.sqlstate,
                wait,
            });
        }
        Some(wait)
    }
}

fn random() -> u64 {
    // Each state has keys of its own.
    RandomState::new().hash_one(())
}

/// What makes a transaction worth another try.
#[derive(Clone)]
pub(super) struct Conflict {
    query: &'static str,
    sqlstate: SqlState,
}

impl Conflict {
    pub(super) fn of(error: &Error) -> Option<Self> {
        error.is_retryable().then(|| Self {
            query: error.query(),
            sqlstate: error
                .sqlstate()
                .cloned()
                .unwrap_or(SqlState::T_R_SERIALIZATION_FAILURE),
        })
    }

    /// The conflict that has led to an error: the error itself, or the one before, after which every statement fails.
    pub(super) fn behind(error: &Error, before: Option<Self>) -> Option<Self> {
        Self::of(error).or_else(|| before.filter(|_| is_consequence(error)))
    }
}

/// Whether a statement failed since one before it has.
fn is_consequence(error: &Error) -> bool {
    error.sqlstate() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}

/// Waits without a timer of an executor, and without the connection, which a pooler can give to others meanwhile.
pub(super) struct Pause {
    wait: Duration,
    shared: Option<Arc<Mutex<(bool, Waker)>>>,
}

impl Pause {
    pub(super) fn new(wait: Duration) -> Self {
        Self { wait, shared: None }
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(shared) = &self.shared {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.1.clone_from(cx.waker());
            return if shared.0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            };
        }
        let shared = Arc::new(Mutex::new((false, cx.waker().clone())));
        let (alarm, wait) = (Arc::clone(&shared), self.wait);
        let sleep = move || {
            thread::sleep(wait);
            let mut alarm = alarm.lock().unwrap_or_else(PoisonError::into_inner);
            alarm.0 = true;
            alarm.1.wake_by_ref();
        };
        self.shared = Some(shared);
        match thread::Builder::new().spawn(sleep) {
            Ok(_) => Poll::Pending,
            // Too many threads: rather no wait than none to come.
            Err(_) => Poll::Ready(()),
        }
    }
}
