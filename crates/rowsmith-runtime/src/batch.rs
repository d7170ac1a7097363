//! Batches: a query for each of many items, sent without waiting for one answer before the next.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::iter::Peekable;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::connection;
use super::error::{Error, ErrorKind};
use super::span::Span;
use super::{Client, Connection, Parameters, Query, Row};

/// How many items are under way at a time. It bounds the memory that a batch takes.
const WINDOW: usize = 1000;

type Items<'a> = Peekable<Box<dyn Iterator<Item = Parameters<'a>> + Send + 'a>>;

type Preparing<'a> =
    Pin<Box<dyn Future<Output = Result<Statement, tokio_postgres::Error>> + Send + 'a>>;

type Answering<'a> =
    Pin<Box<dyn Future<Output = Result<Answer, tokio_postgres::Error>> + Send + 'a>>;

/// Turns the server's answer to one item into a value.
type Finish<'a, T> = Box<dyn Fn(Answer) -> Result<T, ErrorKind> + Send + 'a>;

/// What the server answered to one item.
struct Answer {
    rows: Vec<Row>,
    affected: u64,
    /// What the query had to be prepared as again, since the schema has changed.
    renewed: Option<Statement>,
}

/// The values of one item.
pub struct Values<'a>(Parameters<'a>);

impl<'a> Values<'a> {
    /// Gives the next placeholder its value.
    pub fn bind(mut self, value: impl ToSql + Sync + Send + 'a) -> Self {
        self.0.push(Box::new(value));
        self
    }
}

/// A query with many items, not sent yet.
pub struct BatchRequest<'a> {
    client: &'a dyn Client,
    query: &'static Query,
    items: Items<'a>,
    /// Whether somebody wants the rows that each item returns.
    reads_rows: bool,
}

impl<'a> BatchRequest<'a> {
    /// `bind` gives the values for an item's placeholders.
    pub fn new<I: Sync>(
        client: &'a dyn Client,
        query: &'static Query,
        items: &'a [I],
        bind: fn(&'a I, Values<'a>) -> Values<'a>,
    ) -> Self {
        let bound = items
            .iter()
            .map(move |item| bind(item, Values(Vec::new())).0);
        let items: Box<dyn Iterator<Item = _> + Send> = Box::new(bound);
        Self {
            client,
            query,
            items: items.peekable(),
            reads_rows: true,
        }
    }

    pub fn exec(mut self) -> Batch<'a, u64> {
        self.reads_rows = false;
        self.finish(|answer| Ok(answer.affected))
    }

    pub fn one<T: 'a>(self, decode: fn(&Row) -> Result<T, tokio_postgres::Error>) -> Batch<'a, T> {
        let is_strict = self.query.is_strict;
        self.finish(move |answer| match answer.rows.as_slice() {
            [] => Err(ErrorKind::NotFound),
            [_, _, ..] if is_strict => Err(ErrorKind::TooManyRows),
            [row, ..] => decode(row).map_err(ErrorKind::Postgres),
        })
    }

    pub fn many<T: 'a>(
        self,
        decode: fn(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Batch<'a, Vec<T>> {
        self.finish(move |answer| {
            let rows = answer.rows.iter().map(decode);
            rows.collect::<Result<_, _>>().map_err(ErrorKind::Postgres)
        })
    }

    fn finish<T>(
        self,
        finish: impl Fn(Answer) -> Result<T, ErrorKind> + Send + 'a,
    ) -> Batch<'a, T> {
        Batch {
            request: self,
            finish: Box::new(finish),
        }
    }
}

/// A query that runs for each of many items: `.await` gives a `Vec` with what each of them gave, in their order.
///
/// Each item is a statement of its own: one that fails undoes nothing of the others, unless a transaction is around
/// them. Where some fail, `.await` gives the error of the first of them, and `.results().await` each item's own.
#[must_use = "a batch does nothing until awaited"]
pub struct Batch<'a, T> {
    request: BatchRequest<'a>,
    finish: Finish<'a, T>,
}

impl<'a, T> Batch<'a, T> {
    /// Gives each item's own result. The outer one is an error if the query could not be prepared, so that no item ran.
    pub fn results(self) -> BatchResults<'a, T> {
        BatchResults {
            items: self.stream(),
            results: Vec::new(),
        }
    }

    /// Hands out each item's result as it arrives, in their order.
    pub fn stream(self) -> BatchStream<'a, T> {
        BatchStream {
            connection: self.request.client.connection(),
            span: Span::of_query(self.request.query.name),
            rows: 0,
            batch: self,
            state: State::Waiting,
            under_way: VecDeque::new(),
        }
    }
}

impl<'a, T> IntoFuture for Batch<'a, T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = BatchAll<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        BatchAll {
            items: self.stream(),
            collected: Ok(Vec::new()),
        }
    }
}

impl<T> fmt::Debug for Batch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

/// The results of [`Batch::stream`].
#[must_use = "a stream does nothing until polled"]
pub struct BatchStream<'a, T> {
    connection: Connection<'a>,
    span: Span,
    /// How many have arrived or were affected, of all items.
    rows: u64,
    batch: Batch<'a, T>,
    state: State<'a>,
    /// What was sent and is not answered, in the items' order.
    under_way: VecDeque<Sent<'a>>,
}

enum State<'a> {
    Waiting,
    Preparing(Preparing<'a>),
    /// With the statement, where it has a name.
    Prepared(Option<Statement>),
    Failed,
}

enum Sent<'a> {
    Answering(Answering<'a>),
    /// As for a value that cannot be sent.
    Answered(Result<Answer, tokio_postgres::Error>),
}

/// Nothing inside is pinned in place.
impl<T> Unpin for BatchStream<'_, T> {}

impl<'a, T> BatchStream<'a, T> {
    /// The next item's result. The outer error is that of preparing the query.
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Result<T, Error>>, Error>> {
        let connection = self.connection;
        let query = self.batch.request.query;
        let reads_rows = self.batch.request.reads_rows;
        let items = &mut self.batch.request.items;
        let _entered = self.span.enter();
        connection.poll_beginning(cx);
        loop {
            match &mut self.state {
                State::Waiting => {
                    if items.peek().is_none() {
                        return Poll::Ready(Ok(None));
                    }
                    self.state = if connection.prepares() {
                        State::Preparing(Box::pin(connection.prepare(query)))
                    } else {
                        State::Prepared(None)
                    };
                }
                State::Preparing(preparing) => {
                    let prepared = match ready!(preparing.as_mut().poll(cx)) {
                        Ok(statement) => connection.answered().map(|()| statement),
                        Err(cause) => Err(connection.failed(query.name, cause)),
                    };
                    match prepared {
                        Ok(statement) => self.state = State::Prepared(Some(statement)),
                        Err(error) => {
                            self.span.record(Err(&error));
                            self.state = State::Failed;
                            return Poll::Ready(Err(error));
                        }
                    }
                }
                State::Prepared(statement) => {
                    let free = WINDOW - self.under_way.len();
                    for parameters in items.by_ref().take(free) {
                        // It is sent when it is first polled.
                        let mut answering: Answering<'_> = Box::pin(answer(
                            connection,
                            query,
                            statement.clone(),
                            parameters,
                            reads_rows,
                        ));
                        self.under_way.push_back(match answering.as_mut().poll(cx) {
                            Poll::Pending => Sent::Answering(answering),
                            Poll::Ready(answered) => Sent::Answered(answered),
                        });
                    }
                    if let Some(Sent::Answering(answering)) = self.under_way.front_mut() {
                        let answered = ready!(answering.as_mut().poll(cx));
                        self.under_way[0] = Sent::Answered(answered);
                    }
                    let Some(Sent::Answered(answered)) = self.under_way.pop_front() else {
                        self.span.record(Ok(self.rows));
                        return Poll::Ready(Ok(None));
                    };
                    let result = match answered {
                        Ok(mut answer) => {
                            if statement.is_none() {
                                connection.answered()?;
                            }
                            self.rows += answer.affected.max(answer.rows.len() as u64);
                            if let Some(renewed) = answer.renewed.take() {
                                *statement = Some(renewed);
                            }
                            (self.batch.finish)(answer).map_err(|kind| Error {
                                query: query.name,
                                kind,
                            })
                        }
                        Err(cause) => Err(connection.failed(query.name, cause)),
                    };
                    if let Err(error) = &result {
                        self.span.record(Err(error));
                    }
                    return Poll::Ready(Ok(Some(result)));
                }
                State::Failed => return Poll::Ready(Ok(None)),
            }
        }
    }
}

async fn answer(
    connection: Connection<'_>,
    query: &'static Query,
    statement: Option<Statement>,
    parameters: Parameters<'_>,
    reads_rows: bool,
) -> Result<Answer, tokio_postgres::Error> {
    let client = connection.client();
    let mut renewed = None;
    let sent = match &statement {
        None => {
            connection
                .send_unnamed(query, &parameters, reads_rows)
                .await?
        }
        Some(statement) => {
            let values = || {
                parameters
                    .iter()
                    .map(|value| &**value as &(dyn ToSql + Sync))
            };
            let stream = match client.query_raw(statement, values()).await {
                Err(cause) => {
                    renewed = connection.renew(query, &cause).await;
                    let statement = renewed.as_ref().ok_or(cause)?;
                    client.query_raw(statement, values()).await?
                }
                Ok(stream) => stream,
            };
            connection::Answer::Rows(Box::pin(stream))
        }
    };
    let mut rows = Vec::new();
    let affected = match sent {
        connection::Answer::Affected(affected) => affected,
        connection::Answer::Rows(mut stream) => {
            while let Some(row) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                rows.push(Row::new(row?, query));
            }
            stream.rows_affected().unwrap_or(0)
        }
    };
    Ok(Answer {
        rows,
        affected,
        renewed,
    })
}

impl<T> Stream for BatchStream<'_, T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.get_mut().poll_item(cx));
        Poll::Ready(item.unwrap_or_else(|error| Some(Err(error))))
    }
}

/// The future of [`Batch`].
#[must_use = "a batch does nothing until awaited"]
pub struct BatchAll<'a, T> {
    items: BatchStream<'a, T>,
    collected: Result<Vec<T>, Error>,
}

/// Nothing inside is pinned in place.
impl<T> Unpin for BatchAll<'_, T> {}

impl<T> Future for BatchAll<'_, T> {
    type Output = Result<Vec<T>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // To the end: what is sent will run.
        while let Some(item) = ready!(this.items.poll_item(cx))? {
            match (&mut this.collected, item) {
                (Ok(collected), Ok(value)) => collected.push(value),
                (Ok(_), Err(first)) => this.collected = Err(first),
                (Err(_), _) => {}
            }
        }
        Poll::Ready(std::mem::replace(&mut this.collected, Ok(Vec::new())))
    }
}

/// The future of [`Batch::results`].
#[must_use = "a batch does nothing until awaited"]
pub struct BatchResults<'a, T> {
    items: BatchStream<'a, T>,
    results: Vec<Result<T, Error>>,
}

/// Nothing inside is pinned in place.
impl<T> Unpin for BatchResults<'_, T> {}

impl<T> Future for BatchResults<'_, T> {
    type Output = Result<Vec<Result<T, Error>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        while let Some(result) = ready!(this.items.poll_item(cx))? {
            this.results.push(result);
        }
        Poll::Ready(Ok(std::mem::take(&mut this.results)))
    }
}
