//! Transactions and savepoints.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio_postgres::IsolationLevel;
use tokio_postgres::types::{ToSql, Type};

use super::connection::Watch;
use super::retries::{Conflict, Pause, Retries, Retry};
use super::{BeginTransaction, Client, Connection, Error};

/// Runs `work` in a transaction: commits when it gives `Ok`, rolls back when it gives `Err`, panics or is dropped. If the
/// future is dropped when `COMMIT` was sent already, the server commits.
///
/// Where the options allow retries, each of them runs a clone of `work` from the start, in a new transaction, after a
/// conflict with another transaction: SQLSTATE 40001 (serialization failure) or 40P01 (deadlock).
///
/// # Errors
/// That of `work`, or of the transaction itself: if it cannot begin or commit.
pub async fn transaction<C, T, E, F>(
    client: &mut C,
    options: TransactionOptions,
    work: F,
) -> Result<T, E>
where
    C: BeginTransaction + ?Sized,
    // An `AsyncFnMut` would do, but the futures of its callers would not be `Send` (rust-lang/rust#110338).
    F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E> + Clone,
    E: From<Error>,
{
    let mut retries = Retries::new(options.retries, options.on_retry.as_deref());
    loop {
        let begun = Instant::now();
        let mut transaction = Transaction::begin(&mut *client, &options);
        let (failure, conflict) = match work.clone()(&mut transaction).await {
            Ok(value) if transaction.rollback_only => {
                transaction.rollback().await?;
                return Ok(value);
            }
            Ok(value) => {
                // One that `work` has kept to itself.
                let hidden = transaction.conflict();
                match transaction.commit().await {
                    Ok(()) => return Ok(value),
                    Err(error) => {
                        let conflict = Conflict::behind(&error, hidden);
                        (E::from(error), conflict)
                    }
                }
            }
            Err(failure) => {
                let conflict = transaction.conflict();
                // Whatever comes of it: the failure is what there is to report.
                let _ = transaction.rollback().await;
                (failure, conflict)
            }
        };
        let took = begun.elapsed();
        let Some(wait) = conflict.and_then(|conflict| retries.next(conflict, took)) else {
            return Err(failure);
        };
        if !wait.is_zero() {
            Pause::new(wait).await;
        }
    }
}

/// How a transaction behaves. Without any choice, as the server's settings say, and without retries.
#[derive(Clone, Default)]
pub struct TransactionOptions {
    isolation: Option<IsolationLevel>,
    read_only: Option<bool>,
    deferrable: Option<bool>,
    settings: Vec<(String, String)>,
    retries: u32,
    on_retry: Option<Arc<dyn Fn(&Retry) + Send + Sync>>,
}

impl TransactionOptions {
    /// As the server's settings say.
    pub fn new() -> Self {
        Self::default()
    }

    /// `ISOLATION LEVEL READ COMMITTED`.
    pub fn read_committed() -> Self {
        Self::new().isolation(IsolationLevel::ReadCommitted)
    }

    /// `ISOLATION LEVEL REPEATABLE READ`.
    pub fn repeatable_read() -> Self {
        Self::new().isolation(IsolationLevel::RepeatableRead)
    }

    /// `ISOLATION LEVEL SERIALIZABLE`.
    pub fn serializable() -> Self {
        Self::new().isolation(IsolationLevel::Serializable)
    }

    /// Chooses the isolation level.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.isolation = Some(level);
        self
    }

    /// `READ ONLY`.
    pub fn read_only(mut self) -> Self {
        self.read_only = Some(true);
        self
    }

    /// `READ WRITE`.
    pub fn read_write(mut self) -> Self {
        self.read_only = Some(false);
        self
    }

    /// `DEFERRABLE`: a serializable, read-only transaction waits until it can run without conflicts.
    pub fn deferrable(mut self) -> Self {
        self.deferrable = Some(true);
        self
    }

    /// Sets a parameter of the server for this transaction, as `SET LOCAL` does.
    pub fn set_local(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.settings.push((name.into(), value.to_string()));
        self
    }

    /// Runs the transaction as another role, as `SET LOCAL ROLE` does.
    pub fn role(self, role: impl ToString) -> Self {
        self.set_local("role", role)
    }

    /// Cancels a statement that takes longer.
    pub fn statement_timeout(self, timeout: Duration) -> Self {
        self.set_local("statement_timeout", milliseconds(timeout))
    }

    /// Cancels a statement that waits longer for a lock.
    pub fn lock_timeout(self, timeout: Duration) -> Self {
        self.set_local("lock_timeout", milliseconds(timeout))
    }

    /// Has the server close the connection when the transaction waits longer for its next statement.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        self.set_local("idle_in_transaction_session_timeout", milliseconds(timeout))
    }

    /// Runs the transaction again, up to so many times, after a conflict with another one: SQLSTATE 40001 or 40P01.
    pub fn retries(mut self, limit: u32) -> Self {
        self.retries = limit;
        self
    }

    /// Is told of each retry, before it.
    pub fn on_retry(mut self, observe: impl Fn(&Retry) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(Arc::new(observe));
        self
    }

    fn sets_search_path(&self) -> bool {
        let mut names = self.settings.iter().map(|(name, _)| name);
        names.any(|name| name.eq_ignore_ascii_case("search_path"))
    }

    /// What begins the transaction.
    ///
    /// `BEGIN` takes modes too, but where it fails over one, as on a standby, there is no transaction, and the statement
    /// that travels with it would run on its own. This way there is one, which has failed.
    fn begin(&self) -> String {
        let mut modes = Vec::new();
        modes.extend(self.isolation.map(|level| match level {
            IsolationLevel::ReadUncommitted => "ISOLATION LEVEL READ UNCOMMITTED",
            IsolationLevel::ReadCommitted => "ISOLATION LEVEL READ COMMITTED",
            IsolationLevel::RepeatableRead => "ISOLATION LEVEL REPEATABLE READ",
            _ => "ISOLATION LEVEL SERIALIZABLE",
        }));
        modes.extend(self.read_only.map(|read_only| match read_only {
            true => "READ ONLY",
            false => "READ WRITE",
        }));
        modes.extend(self.deferrable.map(|_| "DEFERRABLE"));
        if modes.is_empty() {
            "BEGIN".to_owned()
        } else {
            format!("BEGIN; SET TRANSACTION {}", modes.join(", "))
        }
    }
}

impl fmt::Debug for TransactionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the settings, which may be secret.
        f.debug_struct("TransactionOptions")
            .field("isolation", &self.isolation)
            .field("read_only", &self.read_only)
            .field("deferrable", &self.deferrable)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

/// Rounded up: 0 would mean no limit.
fn milliseconds(timeout: Duration) -> u128 {
    timeout.as_nanos().div_ceil(1_000_000).max(1)
}

/// An open transaction, or a savepoint in one; it is rolled back unless committed.
///
/// `BEGIN` is sent at once, and answered together with the first query.
#[must_use = "a transaction is rolled back when it is dropped"]
pub struct Transaction<'c> {
    /// What it was begun on.
    outer: Connection<'c>,
    /// 0 for a transaction, more for a savepoint in one.
    depth: u32,
    progress: Mutex<Progress<'c>>,
    /// Whether names mean other tables and types than in other transactions, so that what is prepared is of no use.
    has_own_path: bool,
    rollback_only: bool,
    ended: bool,
}

/// What a transaction knows of itself.
#[derive(Default)]
struct Progress<'c> {
    /// What was sent to begin it and is not answered yet.
    beginning: Vec<Command<'c>>,
    /// Why it did not begin, until someone is told.
    refused: Option<Error>,
    /// How many statements are not known to have succeeded.
    open: u64,
    /// The last failure, if it was one of these.
    conflict: Option<Conflict>,
}

/// A command that was sent.
type Command<'c> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'c>>;

impl Progress<'_> {
    fn poll_beginning(&mut self, cx: &mut Context<'_>) {
        let refused = &mut self.refused;
        self.beginning
            .retain_mut(|command| match command.as_mut().poll(cx) {
                Poll::Pending => true,
                Poll::Ready(Ok(())) => false,
                Poll::Ready(Err(error)) => {
                    refused.get_or_insert(error);
                    false
                }
            });
    }
}

impl<'c> Transaction<'c> {
    /// Begins a transaction. It ends with [`Transaction::commit`] or [`Transaction::rollback`]; retries are for
    /// [`transaction()`].
    pub fn begin<C: BeginTransaction + ?Sized>(
        client: &'c mut C,
        options: &TransactionOptions,
    ) -> Self {
        let outer = <C as Client>::connection(client);
        let mut beginning = vec![command(outer, "BEGIN", options.begin())];
        if !options.settings.is_empty() {
            beginning.push(set_local(outer, options.settings.clone()));
        }
        let mut transaction = Self::new(outer, 0, beginning);
        transaction.has_own_path = options.sets_search_path();
        transaction
    }

    fn new(outer: Connection<'c>, depth: u32, beginning: Vec<Command<'c>>) -> Self {
        let mut progress = Progress {
            beginning,
            ..Progress::default()
        };
        // Polled once, they are on their way.
        progress.poll_beginning(&mut Context::from_waker(Waker::noop()));
        Self {
            outer,
            depth,
            progress: Mutex::new(progress),
            has_own_path: false,
            rollback_only: false,
            ended: false,
        }
    }

    /// Makes the changes permanent, or those of a savepoint part of what is around it.
    ///
    /// # Errors
    /// If a statement has failed before, a deferred constraint is violated, the transaction conflicts with another one,
    /// or the connection is lost.
    pub async fn commit(mut self) -> Result<(), Error> {
        let outcome = match self.depth {
            0 if self.progress().open == 0 => self.end("COMMIT", "COMMIT").await,
            // After a failure, a `COMMIT` rolls back and succeeds. Any other statement fails.
            0 => self.end("COMMIT", "SELECT; COMMIT").await,
            depth => {
                self.end("RELEASE", &format!("RELEASE SAVEPOINT s{depth}"))
                    .await
            }
        };
        // What failed may still be open.
        self.ended = outcome.is_ok();
        outcome
    }

    /// Undoes the changes.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let rollback = self.rollback_command();
        self.end("ROLLBACK", &rollback).await
    }

    /// Sends what ends it, and waits for the answer.
    async fn end(&mut self, name: &'static str, command: &str) -> Result<(), Error> {
        let connection = self.outer;
        let mut sent = pin!(connection.client().batch_execute(command));
        let outcome = poll_fn(|cx| {
            // On its way, whether or not someone waits for the answer.
            self.ended = true;
            self.poll_beginning(cx);
            sent.as_mut().poll(cx)
        });
        match outcome.await {
            Ok(()) => self.answered(),
            Err(cause) => Err(self.failed(Error::postgres(name, cause))),
        }
    }

    fn rollback_command(&self) -> String {
        match self.depth {
            0 => "ROLLBACK".to_owned(),
            depth => format!("ROLLBACK TO SAVEPOINT s{depth}; RELEASE SAVEPOINT s{depth}"),
        }
    }

    /// Has [`transaction()`] or [`Transaction::savepoint`] undo the changes in the end, whatever the closure gives.
    pub fn set_rollback_only(&mut self) {
        self.rollback_only = true;
    }

    /// Runs `work` in a savepoint: keeps its changes when it gives `Ok`, undoes them when it gives `Err`, panics or is
    /// dropped. If the future is dropped when `work` has given `Ok` and `RELEASE` was sent already, they are kept. The
    /// transaction goes on in any case.
    ///
    /// # Errors
    /// That of `work`, or of the savepoint itself.
    pub async fn savepoint<T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Transaction<'_>) -> Result<T, E>,
        E: From<Error>,
    {
        let mut savepoint = self.begin_savepoint();
        let (outcome, conflict) = match work(&mut savepoint).await {
            Ok(value) if savepoint.rollback_only => {
                savepoint.rollback().await?;
                (Ok(value), None)
            }
            Ok(value) => {
                let hidden = savepoint.conflict();
                match savepoint.commit().await {
                    Ok(()) => (Ok(value), None),
                    Err(error) => {
                        let conflict = Conflict::behind(&error, hidden);
                        (Err(E::from(error)), conflict)
                    }
                }
            }
            Err(failure) => {
                let conflict = savepoint.conflict();
                let _ = savepoint.rollback().await;
                (Err(failure), conflict)
            }
        };
        self.progress().conflict = conflict;
        outcome
    }

    /// Begins a savepoint. It ends with [`Transaction::commit`] or [`Transaction::rollback`].
    pub fn begin_savepoint(&mut self) -> Transaction<'_> {
        let depth = self.depth + 1;
        let outer = <Self as Client>::connection(self);
        let begin = command(outer, "SAVEPOINT", format!("SAVEPOINT s{depth}"));
        Transaction::new(outer, depth, vec![begin])
    }

    /// Takes note of an answer, which tells that no conflict came before if it is a `success`.
    fn answer(&self, success: bool) -> Result<(), Error> {
        self.outer.answered()?;
        let mut progress = self.progress();
        // The server answers in order, so these are answered too.
        progress.poll_beginning(&mut Context::from_waker(Waker::noop()));
        let refused = progress.refused.take();
        if success || refused.is_some() {
            progress.conflict = refused.as_ref().and_then(Conflict::of);
        }
        refused.map_or(Ok(()), Err)
    }

    fn conflict(&self) -> Option<Conflict> {
        self.progress().conflict.clone()
    }

    fn progress(&self) -> MutexGuard<'_, Progress<'c>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client for Transaction<'_> {
    fn connection(&self) -> Connection<'_> {
        let connection = self.outer.watched(self);
        if self.has_own_path {
            connection.without_statements()
        } else {
            connection
        }
    }
}

impl Watch for Transaction<'_> {
    fn poll_beginning(&self, cx: &mut Context<'_>) {
        self.outer.poll_beginning(cx);
        self.progress().poll_beginning(cx);
    }

    fn sends(&self) {
        self.progress().open += 1;
    }

    fn succeeded(&self) {
        self.progress().open -= 1;
    }

    fn answered(&self) -> Result<(), Error> {
        self.answer(true)
    }

    fn failed(&self, error: Error) -> Error {
        let error = self.answer(false).err().unwrap_or(error);
        let mut progress = self.progress();
        progress.conflict = Conflict::behind(&error, progress.conflict.take());
        drop(progress);
        error
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let rollback = self.rollback_command();
            // Polled once, it is on its way.
            let sent = pin!(self.outer.client().batch_execute(&rollback));
            let _ = sent.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

fn command<'c>(connection: Connection<'c>, name: &'static str, text: String) -> Command<'c> {
    Box::pin(async move {
        let sent = connection.client().batch_execute(&text).await;
        sent.map_err(|cause| Error::postgres(name, cause))
    })
}

/// Sets parameters for the transaction. Names and values are bound, so they may be any text.
fn set_local<'c>(connection: Connection<'c>, settings: Vec<(String, String)>) -> Command<'c> {
    const SET_LOCAL: &str =
        "SELECT count(set_config(name, value, true)) FROM unnest($1, $2) AS setting(name, value)";
    let (names, values): (Vec<_>, Vec<_>) = settings.into_iter().unzip();
    Box::pin(async move {
        let parameters: [(&(dyn ToSql + Sync), Type); 2] =
            [(&names, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)];
        let sent = connection
            .client()
            .query_typed(SET_LOCAL, &parameters)
            .await;
        sent.map(drop)
            .map_err(|cause| Error::postgres("SET LOCAL", cause))
    })
}
