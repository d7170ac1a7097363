//! What `tracing` sees: a span for each query, with its name and how many rows, never its parameters.

use tokio_postgres::error::SqlState;
use tracing::field::Empty;

use super::Error;

/// The span of a query.
pub struct Span(tracing::Span);

impl Span {
    /// The span of a query that is about to run.
    pub fn of_query(query: &'static str) -> Self {
        Self(tracing::info_span!(
            "query",
            query,
            rows = Empty,
            sqlstate = Empty
        ))
    }

    /// Enters the span until what this returns is dropped.
    pub fn enter(&self) -> tracing::span::Entered<'_> {
        self.0.enter()
    }

    /// Takes note of how many rows arrived or were affected, or of how the query failed.
    pub fn record(&self, outcome: Result<u64, &Error>) {
        match outcome {
            Ok(rows) => self.0.record("rows", rows),
            // The message might quote a parameter.
            Err(error) => self
                .0
                .record("sqlstate", error.sqlstate().map(SqlState::code)),
        };
    }
}
