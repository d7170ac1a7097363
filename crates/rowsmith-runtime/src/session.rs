//! A connection that keeps what it has prepared.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio_postgres::Statement;
use tokio_postgres::types::Type;

use super::{BeginTransaction, Client, Connection, Query};

/// The statements that a connection has prepared, by the address of their query.
#[derive(Default)]
pub struct Statements {
    prepared: Mutex<HashMap<usize, Statement>>,
    /// What was sent and nobody waits for any more. Forgotten, it would leave a statement on the server that nobody uses.
    abandoned: Mutex<HashMap<usize, Vec<Preparing>>>,
    /// The connection, where nobody else owns it.
    owned: Option<Arc<tokio_postgres::Client>>,
}

type Preparing = Pin<Box<dyn Future<Output = Result<Statement, tokio_postgres::Error>> + Send>>;

impl Statements {
    /// The statement of a query, if it is prepared.
    pub fn get(&self, query: &'static Query) -> Option<Statement> {
        lock(&self.prepared).get(&key(query)).cloned()
    }

    /// Keeps the statement of a query.
    pub fn insert(&self, query: &'static Query, statement: Statement) {
        lock(&self.prepared).insert(key(query), statement);
    }

    /// Forgets the statement of a query.
    pub fn remove(&self, query: &'static Query) {
        lock(&self.prepared).remove(&key(query));
    }

    /// Prepares a query on their connection. What was begun before and abandoned is used, or brought to its end and closed
    /// where it has to be `new`.
    pub(super) async fn prepare(
        &self,
        client: &tokio_postgres::Client,
        query: &'static Query,
        types: &'static [Type],
        new: bool,
    ) -> Result<Statement, tokio_postgres::Error> {
        let Some(owned) = &self.owned else {
            return client.prepare_typed(query.sql, types).await;
        };
        while let Some(preparing) = self.adopt(query) {
            match self.finish(query, preparing).await {
                Ok(statement) if !new => return Ok(statement),
                // An error is of that time, as of a transaction that had failed.
                _ => {}
            }
        }
        let (client, sql) = (Arc::clone(owned), query.sql);
        let preparing = Box::pin(async move { client.prepare_typed(sql, types).await });
        self.finish(query, preparing).await
    }

    fn adopt(&self, query: &'static Query) -> Option<Preparing> {
        lock(&self.abandoned).get_mut(&key(query))?.pop()
    }

    fn finish(&self, query: &'static Query, preparing: Preparing) -> Finish<'_> {
        Finish {
            statements: self,
            query,
            preparing: Some(preparing),
        }
    }
}

/// Waits for a statement. If this is dropped before, the statement is kept for whoever asks next.
struct Finish<'a> {
    statements: &'a Statements,
    query: &'static Query,
    preparing: Option<Preparing>,
}

impl Future for Finish<'_> {
    type Output = Result<Statement, tokio_postgres::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(preparing) = &mut self.preparing else {
            return Poll::Pending;
        };
        let prepared = ready!(preparing.as_mut().poll(cx));
        self.preparing = None;
        Poll::Ready(prepared)
    }
}

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        if let Some(preparing) = self.preparing.take() {
            let mut abandoned = lock(&self.statements.abandoned);
            abandoned
                .entry(key(self.query))
                .or_default()
                .push(preparing);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(query: &'static Query) -> usize {
    std::ptr::from_ref(query) as usize
}

impl fmt::Debug for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statements").finish_non_exhaustive()
    }
}

/// A connection that prepares each query once, on first use.
pub struct Session {
    client: Arc<tokio_postgres::Client>,
    statements: Statements,
}

impl Session {
    /// Takes over a client.
    pub fn new(client: tokio_postgres::Client) -> Self {
        let client = Arc::new(client);
        Self {
            statements: Statements {
                owned: Some(Arc::clone(&client)),
                ..Statements::default()
            },
            client,
        }
    }
}

impl Client for Session {
    fn connection(&self) -> Connection<'_> {
        Connection::new(&self.client).with_statements(&self.statements)
    }
}

impl BeginTransaction for Session {}

impl Deref for Session {
    type Target = tokio_postgres::Client;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
