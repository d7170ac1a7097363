//! The connection that a client stands for.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Context;

use tokio_postgres::error::{ErrorPosition, SqlState};
use tokio_postgres::types::ToSql;
use tokio_postgres::{RowStream, Statement};

use super::session::Statements;
use super::{Error, Parameters, Query};

/// A connection to the server, borrowed, and what is known of it.
#[derive(Clone, Copy)]
pub struct Connection<'a> {
    client: &'a tokio_postgres::Client,
    kept: Kept<'a>,
    scope: Scope<'a>,
}

/// Where a connection keeps the statements it has prepared.
#[derive(Clone, Copy)]
enum Kept<'a> {
    Nowhere,
    Statements(&'a Statements),
    #[cfg(all(feature = "deadpool", not(feature = "unprepared")))]
    Deadpool(&'a deadpool_postgres::StatementCache),
}

/// What the server answered to a statement.
pub(super) enum Answer {
    Rows(Pin<Box<RowStream>>),
    /// How many rows were affected, by a statement that nobody reads rows of.
    Affected(u64),
}

/// What a query on a connection is part of.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Statement,
    /// A transaction that was begun elsewhere.
    Transaction,
    Watched(&'a (dyn Watch + 'a)),
}

/// A transaction, as the queries in it see it.
pub(super) trait Watch: Sync {
    /// Reads the answer to what begins the transaction, so that it does not hold up others.
    fn poll_beginning(&self, cx: &mut Context<'_>);

    /// Takes note that something is sent which may fail.
    fn sends(&self);

    /// Takes note that what was sent has succeeded.
    fn succeeded(&self);

    /// Takes note of an answer from the server. Fails if the transaction turns out not to have begun.
    fn answered(&self) -> Result<(), Error>;

    /// Takes note of a failure, and gives its cause, which is another where the transaction did not begin.
    fn failed(&self, error: Error) -> Error;
}

impl<'a> Connection<'a> {
    /// A connection that prepares nothing: the server parses each query each time.
    pub fn new(client: &'a tokio_postgres::Client) -> Self {
        Self {
            client,
            kept: Kept::Nowhere,
            scope: Scope::Statement,
        }
    }

    /// Has the connection prepare each query once and keep it in `statements`.
    pub fn with_statements(self, statements: &'a Statements) -> Self {
        Self {
            kept: Kept::Statements(statements),
            ..self
        }
    }

    #[cfg(all(feature = "deadpool", not(feature = "unprepared")))]
    /// Has the connection prepare each query once and keep it where `deadpool-postgres` does.
    pub fn with_deadpool(self, cache: &'a deadpool_postgres::StatementCache) -> Self {
        Self {
            kept: Kept::Deadpool(cache),
            ..self
        }
    }

    /// Has the connection prepare nothing, as where a name means another table in each transaction.
    pub(super) fn without_statements(self) -> Self {
        Self {
            kept: Kept::Nowhere,
            ..self
        }
    }

    /// Says that a transaction is open on the connection.
    pub fn in_transaction(self) -> Self {
        Self {
            scope: Scope::Transaction,
            ..self
        }
    }

    pub(super) fn watched(self, transaction: &'a (dyn Watch + 'a)) -> Self {
        Self {
            scope: Scope::Watched(transaction),
            ..self
        }
    }

    /// The client of `tokio-postgres`, for what is not a query: `COPY`, notifications, commands.
    pub fn client(&self) -> &'a tokio_postgres::Client {
        // Nobody tells what becomes of it.
        self.sends();
        self.client
    }

    /// Prepares a query, or finds it prepared.
    pub async fn prepare(self, query: &'static Query) -> Result<Statement, tokio_postgres::Error> {
        self.sends();
        let prepared = self.statement(query).await;
        if prepared.is_ok() {
            self.succeeded();
        }
        prepared
    }

    async fn statement(self, query: &'static Query) -> Result<Statement, tokio_postgres::Error> {
        let statements = match self.kept {
            Kept::Nowhere => return self.client.prepare_typed(query.sql, query.types).await,
            Kept::Statements(statements) => statements,
            #[cfg(all(feature = "deadpool", not(feature = "unprepared")))]
            Kept::Deadpool(cache) => {
                return cache
                    .prepare_typed(self.client, query.sql, query.types)
                    .await;
            }
        };
        if let Some(statement) = statements.get(query) {
            return Ok(statement);
        }
        let statement = statements
            .prepare(self.client, query, query.types, false)
            .await?;
        statements.insert(query, statement.clone());
        Ok(statement)
    }

    #[cfg(feature = "copy")]
    /// Prepares a statement for one use, with the types that the server finds.
    pub(super) async fn prepare_once(
        self,
        query: &'static Query,
    ) -> Result<Statement, tokio_postgres::Error> {
        self.sends();
        match self.kept {
            Kept::Statements(statements) => statements.prepare(self.client, query, &[], true).await,
            _ => self.client.prepare(query.sql).await,
        }
    }

    /// Sends a query: in one round trip where it is prepared already, or where nothing is. When the rows have been read to
    /// the end, call `succeeded`.
    pub(super) async fn run(
        self,
        query: &'static Query,
        parameters: Parameters<'a>,
        reads_rows: bool,
    ) -> Result<Answer, Error> {
        self.sends();
        let mut sent = pin!(self.send(query, &parameters, reads_rows));
        let answer = poll_fn(|cx| {
            self.poll_beginning(cx);
            sent.as_mut().poll(cx)
        });
        match answer.await {
            Ok(answer) => {
                self.answered()?;
                Ok(answer)
            }
            Err(cause) => Err(self.failed(query.name, cause)),
        }
    }

    async fn send(
        self,
        query: &'static Query,
        parameters: &Parameters<'a>,
        reads_rows: bool,
    ) -> Result<Answer, tokio_postgres::Error> {
        if !self.prepares() {
            return self.send_unnamed(query, parameters, reads_rows).await;
        }
        let values = || {
            parameters
                .iter()
                .map(|value| &**value as &(dyn ToSql + Sync))
        };
        let statement = self.statement(query).await?;
        let sent = match self.client.query_raw(&statement, values()).await {
            Err(cause) => match self.renew(query, &cause).await {
                Some(statement) => self.client.query_raw(&statement, values()).await,
                None => Err(cause),
            },
            sent => sent,
        };
        sent.map(|rows| Answer::Rows(Box::pin(rows)))
    }

    /// Whether a transaction is open on it.
    pub(super) fn is_in_transaction(&self) -> bool {
        !matches!(self.scope, Scope::Statement)
    }

    /// Whether statements are prepared and kept.
    pub(super) fn prepares(&self) -> bool {
        !matches!(self.kept, Kept::Nowhere)
    }

    /// Sends a statement that has no name, so that the connection may be another one the next time.
    pub(super) async fn send_unnamed(
        self,
        query: &'static Query,
        parameters: &Parameters<'_>,
        reads_rows: bool,
    ) -> Result<Answer, tokio_postgres::Error> {
        let unnamed = query.unnamed();
        let values = parameters
            .iter()
            .map(|value| &**value as &(dyn ToSql + Sync));
        let typed = values.zip(unnamed.parameters.iter().cloned());
        if reads_rows {
            let sql = unnamed.sql.as_deref().unwrap_or(query.sql);
            let rows = self.client.query_typed_raw(sql, typed).await?;
            return Ok(Answer::Rows(Box::pin(rows)));
        }
        // So that nobody asks what the columns are that nobody reads.
        let typed: Vec<_> = typed.collect();
        let affected = self.client.execute_typed(query.sql, &typed).await?;
        Ok(Answer::Affected(affected))
    }

    /// Prepares a query again whose statement turned out to be of no use any more; `None` where it failed for another
    /// reason, or cannot run again.
    pub(super) async fn renew(
        self,
        query: &'static Query,
        cause: &tokio_postgres::Error,
    ) -> Option<Statement> {
        if !is_stale(cause) {
            return None;
        }
        self.forget(query);
        // It has changed nothing, so it can run again, unless it has spoilt the transaction it is part of.
        match self.scope {
            Scope::Statement => self.statement(query).await.ok(),
            Scope::Transaction | Scope::Watched(_) => None,
        }
    }

    /// Has the query prepared again when it is needed next.
    pub(super) fn forget(&self, query: &'static Query) {
        match self.kept {
            Kept::Nowhere => {}
            Kept::Statements(statements) => statements.remove(query),
            #[cfg(all(feature = "deadpool", not(feature = "unprepared")))]
            Kept::Deadpool(cache) => drop(cache.remove(query.sql, query.types)),
        }
    }

    /// Reads the answer to what begins the transaction, so that it does not hold up others.
    pub(super) fn poll_beginning(&self, cx: &mut Context<'_>) {
        if let Scope::Watched(transaction) = self.scope {
            transaction.poll_beginning(cx);
        }
    }

    fn sends(&self) {
        if let Scope::Watched(transaction) = self.scope {
            transaction.sends();
        }
    }

    /// Takes note that what was sent has succeeded.
    pub(super) fn succeeded(&self) {
        if let Scope::Watched(transaction) = self.scope {
            transaction.succeeded();
        }
    }

    /// Takes note of an answer from the server.
    pub(super) fn answered(&self) -> Result<(), Error> {
        match self.scope {
            Scope::Watched(transaction) => transaction.answered(),
            Scope::Statement | Scope::Transaction => Ok(()),
        }
    }

    /// Takes note of a failure, and gives its cause.
    pub(super) fn failed(&self, query: &'static str, cause: tokio_postgres::Error) -> Error {
        let error = Error::postgres(query, cause);
        match self.scope {
            Scope::Watched(transaction) => transaction.failed(error),
            Scope::Statement | Scope::Transaction => error,
        }
    }
}

/// Whether a prepared statement is of no use any more: the schema or the `search_path` has changed under it, or the server
/// has lost it.
fn is_stale(cause: &tokio_postgres::Error) -> bool {
    cause.as_db_error().is_some_and(|report| {
        let state = report.code();
        // What is wrong with the text itself was right when it was prepared.
        let is_about_text = state.code().starts_with("42")
            && *state != SqlState::INSUFFICIENT_PRIVILEGE
            && matches!(report.position(), Some(ErrorPosition::Original(_)));
        *state == SqlState::INVALID_SQL_STATEMENT_NAME
            || is_about_text
            || report.routine() == Some("RevalidateCachedQuery")
            // The type of a parameter was dropped and made anew. Such messages are never translated.
            || *report.code() == SqlState::INTERNAL_ERROR
                && report.message().starts_with("cache lookup failed for type")
    })
}

impl fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
