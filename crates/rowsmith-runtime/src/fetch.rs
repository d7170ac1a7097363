//! What a query function returns: a request that is sent when it is awaited.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio_postgres::RowStream;
use tokio_postgres::types::{FromSqlOwned, ToSql};

use super::connection::Answer;
use super::error::{Error, ErrorKind};
use super::span::Span;
use super::{Client, Connection, Parameters, Query, Row};

/// A query on its way to its first row.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// Turns a row into a value.
type Decode<T> = fn(&Row) -> Result<T, tokio_postgres::Error>;

/// Decodes a row of one column.
pub fn scalar<T: FromSqlOwned>(row: &Row) -> Result<T, tokio_postgres::Error> {
    row.try_get(0)
}

/// A query with its values, not sent yet.
pub struct Request<'a> {
    client: &'a dyn Client,
    query: &'static Query,
    parameters: Parameters<'a>,
    /// Whether there is nothing to send it for.
    pub(super) is_void: bool,
    /// Whether somebody wants the rows that it returns.
    reads_rows: bool,
}

impl<'a> Request<'a> {
    pub fn new(client: &'a dyn Client, query: &'static Query) -> Self {
        Self {
            client,
            query,
            parameters: Vec::with_capacity(query.types.len()),
            is_void: false,
            reads_rows: true,
        }
    }

    /// Gives the next placeholder its value.
    pub fn bind(mut self, value: impl ToSql + Sync + Send + 'a) -> Self {
        #[cfg(feature = "assignments")]
        if self.query.unused.contains(&self.parameters.len()) {
            self.parameters.push(Box::new(None::<&str>));
            return self;
        }
        self.parameters.push(Box::new(value));
        self
    }

    pub fn one<T>(self, decode: Decode<T>) -> One<'a, T> {
        One {
            request: self,
            decode,
        }
    }

    pub fn many<T>(self, decode: Decode<T>) -> Many<'a, T> {
        Many {
            request: self,
            decode,
            places: Vec::new(),
        }
    }

    pub fn exec(self) -> Exec<'a> {
        Exec(self.without_rows())
    }

    pub fn exec_rows(self) -> ExecRows<'a> {
        ExecRows(self.without_rows())
    }

    fn without_rows(self) -> Self {
        Self {
            reads_rows: false,
            ..self
        }
    }

    #[cfg(feature = "relations")]
    /// The query that is asked.
    pub(super) fn query(&self) -> &'static Query {
        self.query
    }

    #[cfg(feature = "raw_rows")]
    /// All rows as they come.
    pub(super) async fn rows(self) -> Result<Vec<Row>, Error> {
        let mut sent = self.start();
        let mut rows = Vec::new();
        while let Some(row) = std::future::poll_fn(|cx| sent.poll_row(cx)).await? {
            rows.push(row);
        }
        Ok(rows)
    }

    fn start(self) -> Rows<'a> {
        let connection = self.client.connection();
        Rows {
            connection,
            query: self.query,
            span: Span::of_query(self.query.name),
            rows: 0,
            state: if self.is_void {
                State::Done(0)
            } else {
                State::Starting(Box::pin(connection.run(
                    self.query,
                    self.parameters,
                    self.reads_rows,
                )))
            },
        }
    }
}

/// The rows of a query that was sent.
struct Rows<'a> {
    connection: Connection<'a>,
    query: &'static Query,
    span: Span,
    /// How many have arrived.
    rows: u64,
    state: State<'a>,
}

enum State<'a> {
    Starting(Running<'a>),
    Reading(Pin<Box<RowStream>>),
    /// With the number of rows affected.
    Done(u64),
}

impl Rows<'_> {
    /// The next row, decoded; `None` when the server has reported that the whole statement succeeded.
    fn poll_next<T>(
        &mut self,
        decode: Decode<T>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<T>, Error>> {
        let row = ready!(self.poll_row(cx))?;
        Poll::Ready(
            row.map(|row| decode(&row))
                .transpose()
                .map_err(|cause| Error::postgres(self.query.name, cause)),
        )
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Row>, Error>> {
        let _entered = self.span.enter();
        let outcome = loop {
            match &mut self.state {
                State::Starting(running) => match ready!(running.as_mut().poll(cx)) {
                    Ok(Answer::Rows(rows)) => self.state = State::Reading(rows),
                    Ok(Answer::Affected(affected)) => {
                        self.connection.succeeded();
                        break Ok(affected);
                    }
                    Err(error) => break Err(error),
                },
                State::Reading(rows) => match ready!(rows.as_mut().poll_next(cx)) {
                    Some(Ok(row)) => {
                        self.rows += 1;
                        return Poll::Ready(Ok(Some(Row::new(row, self.query))));
                    }
                    Some(Err(cause)) => {
                        break Err(self.connection.failed(self.query.name, cause));
                    }
                    None => {
                        self.connection.succeeded();
                        break Ok(rows.rows_affected().unwrap_or(0));
                    }
                },
                State::Done(_) => return Poll::Ready(Ok(None)),
            }
        };
        self.state = State::Done(*outcome.as_ref().unwrap_or(&0));
        // Of a statement without rows, those affected.
        self.span
            .record(outcome.as_ref().map(|affected| self.rows.max(*affected)));
        Poll::Ready(outcome.map(|_| None))
    }

    /// Reads to the end; gives the number of rows affected.
    fn poll_affected(&mut self, cx: &mut Context<'_>) -> Poll<Result<u64, Error>> {
        loop {
            if let State::Done(affected) = self.state {
                return Poll::Ready(Ok(affected));
            }
            ready!(self.poll_row(cx))?;
        }
    }
}

/// A query for one row: `.await` gives the row or [`Error::is_not_found`], `.optional().await` an `Option`.
///
/// Rows after the first are ignored. With the option `strict_one` they are an error, [`Error::is_too_many_rows`].
#[must_use = "a query does nothing until awaited"]
pub struct One<'a, T> {
    request: Request<'a>,
    decode: Decode<T>,
}

impl<'a, T> One<'a, T> {
    /// Takes the absence of a row as `None`.
    pub fn optional(self) -> Optional<'a, T> {
        Optional {
            is_strict: self.request.query.is_strict,
            rows: self.request.start(),
            decode: self.decode,
            found: None,
        }
    }
}

impl<'a, T> IntoFuture for One<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = Required<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        Required(self.optional())
    }
}

/// The future of [`One::optional`].
#[must_use = "a query does nothing until awaited"]
pub struct Optional<'a, T> {
    rows: Rows<'a>,
    decode: Decode<T>,
    is_strict: bool,
    found: Option<T>,
}

/// Nothing inside is pinned in place.
impl<T> Unpin for Optional<'_, T> {}

impl<T> Future for Optional<'_, T> {
    type Output = Result<Option<T>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // To the end, since a statement may fail after it has sent its row.
        while let Some(row) = ready!(this.rows.poll_next(this.decode, cx))? {
            if this.is_strict && this.found.is_some() {
                return Poll::Ready(Err(Error {
                    query: this.rows.query.name,
                    kind: ErrorKind::TooManyRows,
                }));
            }
            this.found.get_or_insert(row);
        }
        Poll::Ready(Ok(this.found.take()))
    }
}

/// The future of [`One`].
#[must_use = "a query does nothing until awaited"]
pub struct Required<'a, T>(Optional<'a, T>);

impl<T> Future for Required<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let found = ready!(Pin::new(&mut self.0).poll(cx))?;
        Poll::Ready(found.ok_or(Error {
            query: self.0.rows.query.name,
            kind: ErrorKind::NotFound,
        }))
    }
}

/// A query for any number of rows: `.await` gives a `Vec`, `.stream()` a [`Stream`].
#[must_use = "a query does nothing until awaited"]
pub struct Many<'a, T> {
    request: Request<'a>,
    decode: Decode<T>,
    /// The place of each row in the `Vec`, where that is not the order in which they come.
    places: Vec<usize>,
}

impl<'a, T> Many<'a, T> {
    #[cfg(feature = "rows")]
    /// The same with the rows in other places, if there is one for each.
    pub(super) fn in_places(self, places: Vec<usize>) -> Self {
        Self { places, ..self }
    }

    /// Hands out the rows as they arrive.
    pub fn stream(self) -> RowsStream<'a, T> {
        RowsStream {
            rows: self.request.start(),
            decode: self.decode,
        }
    }
}

impl<'a, T> IntoFuture for Many<'a, T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = Collect<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        Collect {
            rows: self.request.start(),
            decode: self.decode,
            places: self.places,
            collected: Vec::new(),
        }
    }
}

/// The future of [`Many`].
#[must_use = "a query does nothing until awaited"]
pub struct Collect<'a, T> {
    rows: Rows<'a>,
    decode: Decode<T>,
    places: Vec<usize>,
    collected: Vec<T>,
}

/// Nothing inside is pinned in place.
impl<T> Unpin for Collect<'_, T> {}

impl<T> Future for Collect<'_, T> {
    type Output = Result<Vec<T>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        while let Some(row) = ready!(this.rows.poll_next(this.decode, cx))? {
            this.collected.push(row);
        }
        let collected = std::mem::take(&mut this.collected);
        if this.places.len() != collected.len() {
            // As they came: some were left out, or nobody asked for another order.
            return Poll::Ready(Ok(collected));
        }
        let mut placed: Vec<_> = this.places.iter().zip(collected).collect();
        placed.sort_by_key(|(place, _)| **place);
        Poll::Ready(Ok(placed.into_iter().map(|(_, row)| row).collect()))
    }
}

/// The rows of [`Many::stream`].
#[must_use = "a stream does nothing until polled"]
pub struct RowsStream<'a, T> {
    rows: Rows<'a>,
    decode: Decode<T>,
}

impl<T> Stream for RowsStream<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.rows.poll_next(this.decode, cx).map(Result::transpose)
    }
}

/// A query whose rows, if any, are ignored: `.await` gives `()`.
#[must_use = "a query does nothing until awaited"]
pub struct Exec<'a>(Request<'a>);

impl<'a> IntoFuture for Exec<'a> {
    type Output = Result<(), Error>;
    type IntoFuture = Executed<'a>;

    fn into_future(self) -> Self::IntoFuture {
        Executed(self.0.start())
    }
}

/// The future of [`Exec`].
#[must_use = "a query does nothing until awaited"]
pub struct Executed<'a>(Rows<'a>);

impl Future for Executed<'_> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_affected(cx).map_ok(|_| ())
    }
}

/// A query that counts: `.await` gives the number of rows affected.
#[must_use = "a query does nothing until awaited"]
pub struct ExecRows<'a>(Request<'a>);

impl<'a> IntoFuture for ExecRows<'a> {
    type Output = Result<u64, Error>;
    type IntoFuture = Affected<'a>;

    fn into_future(self) -> Self::IntoFuture {
        Affected(self.0.start())
    }
}

/// The future of [`ExecRows`].
#[must_use = "a query does nothing until awaited"]
pub struct Affected<'a>(Rows<'a>);

impl Future for Affected<'_> {
    type Output = Result<u64, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_affected(cx)
    }
}
