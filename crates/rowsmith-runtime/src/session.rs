//! A connection that keeps what it has prepared.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::Statement;

use super::{BeginTransaction, Client, Connection, Query};

/// The statements that a connection has prepared, by the address of their query.
#[derive(Default)]
pub struct Statements(Mutex<HashMap<usize, Statement>>);

impl Statements {
    /// The statement of a query, if it is prepared.
    pub fn get(&self, query: &'static Query) -> Option<Statement> {
        self.lock().get(&key(query)).cloned()
    }

    /// Keeps the statement of a query.
    pub fn insert(&self, query: &'static Query, statement: Statement) {
        self.lock().insert(key(query), statement);
    }

    /// Forgets the statement of a query.
    pub fn remove(&self, query: &'static Query) {
        self.lock().remove(&key(query));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Statement>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    client: tokio_postgres::Client,
    statements: Statements,
}

impl Session {
    /// Takes over a client.
    pub fn new(client: tokio_postgres::Client) -> Self {
        Self {
            client,
            statements: Statements::default(),
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
