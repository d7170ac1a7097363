//! `COPY`: rows for a table, in Postgres' binary format.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::iter::Peekable;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use futures_core::TryStream;
use futures_sink::Sink;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};
use tokio_postgres::{CopyInSink, Statement};

use super::error::{Error, ErrorKind};
use super::inserts;
use super::span::Span;
use super::{Client, Connection, Query};

/// How many bytes are sent at a time.
const CHUNK: usize = 64 * 1024;

/// The signature of the format, no flags, no header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// In the place of a row's number of columns: there are no more rows.
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// In the place of a value's length.
const NULL: &[u8] = &(-1_i32).to_be_bytes();

/// The columns of a table that rows are copied to.
#[derive(Debug)]
pub struct CopyTarget {
    /// The `COPY` statement.
    pub copy: Query,
    /// An `INSERT` into the same columns, whose parameters have their types.
    pub insert: Query,
}

/// Why there is no row, or none that can be sent.
type Fault = Box<dyn StdError + Sync + Send>;

/// A stream whose items become rows, each of them a `Result`.
pub trait CopyStream: TryStream<Ok: Send, Error: Into<Fault>> + Send {}

impl<S: TryStream<Ok: Send, Error: Into<Fault>> + Send> CopyStream for S {}

/// Rows on their way to a table: `.await` gives their number.
///
/// All of them are stored, or none.
#[must_use = "rows are not copied until this is awaited"]
pub struct CopyIn<'a> {
    client: &'a dyn Client,
    target: &'static CopyTarget,
    source: Box<dyn Source + 'a>,
}

impl<'a> CopyIn<'a> {
    /// `put` writes the columns of a row.
    pub fn new<I: IntoIterator<Item: 'a, IntoIter: Send + 'a>>(
        client: &'a dyn Client,
        target: &'static CopyTarget,
        rows: I,
        put: Put<I::Item>,
    ) -> Self
    where
        I::Item: Send,
    {
        let rows = rows.into_iter().peekable();
        Self {
            client,
            target,
            source: Box::new(Rows { rows, put }),
        }
    }

    /// `put` writes the columns of the row that an item becomes.
    pub fn from_stream<S: CopyStream + 'a>(
        client: &'a dyn Client,
        target: &'static CopyTarget,
        items: S,
        put: impl for<'b> Fn(&S::Ok, &'b mut CopyBuffer) -> &'b mut CopyBuffer + Send + 'a,
    ) -> Self {
        Self {
            client,
            target,
            source: Box::new(Items {
                items: Box::pin(items),
                first: None,
                put,
            }),
        }
    }
}

impl<'a> IntoFuture for CopyIn<'a> {
    type Output = Result<u64, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let connection = self.client.connection();
            let span = Span::of_query(self.target.copy.name);
            let mut copying = pin!(copy(connection, self.target, self.source));
            let copied = poll_fn(|cx| {
                let _entered = span.enter();
                connection.poll_beginning(cx);
                copying.as_mut().poll(cx)
            });
            let copied = copied.await;
            span.record(copied.as_ref().copied());
            copied
        })
    }
}

impl fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyIn").finish_non_exhaustive()
    }
}

/// Writes the columns of a row.
type Put<R> = for<'b> fn(&R, &'b mut CopyBuffer) -> &'b mut CopyBuffer;

/// Where the rows come from.
pub(super) trait Source: Send {
    /// Whether there is no row at all. Asked once, before the first is written.
    fn poll_is_empty(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Fault>>;

    /// Writes rows until there is a chunk of them; whether there may be more.
    fn poll_fill(
        &mut self,
        buffer: &mut CopyBuffer,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, Fault>>;
}

struct Rows<I: Iterator> {
    rows: Peekable<I>,
    put: Put<I::Item>,
}

impl<I: Iterator<Item: Send> + Send> Source for Rows<I> {
    fn poll_is_empty(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, Fault>> {
        Poll::Ready(Ok(self.rows.peek().is_none()))
    }

    fn poll_fill(
        &mut self,
        buffer: &mut CopyBuffer,
        _: &mut Context<'_>,
    ) -> Poll<Result<bool, Fault>> {
        for row in self.rows.by_ref() {
            buffer.begin_row();
            (self.put)(&row, buffer);
            if buffer.is_full()? {
                return Poll::Ready(Ok(true));
            }
        }
        Poll::Ready(Ok(false))
    }
}

struct Items<S: CopyStream, P> {
    items: Pin<Box<S>>,
    /// What has come before there was a buffer.
    first: Option<S::Ok>,
    put: P,
}

impl<S: CopyStream, P> Items<S, P> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<S::Ok>, Fault>> {
        let item = ready!(self.items.as_mut().try_poll_next(cx));
        Poll::Ready(item.transpose().map_err(Into::into))
    }
}

impl<S, P> Source for Items<S, P>
where
    S: CopyStream,
    P: for<'b> Fn(&S::Ok, &'b mut CopyBuffer) -> &'b mut CopyBuffer + Send,
{
    fn poll_is_empty(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Fault>> {
        self.first = ready!(self.poll_next(cx))?;
        Poll::Ready(Ok(self.first.is_none()))
    }

    fn poll_fill(
        &mut self,
        buffer: &mut CopyBuffer,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, Fault>> {
        loop {
            let item = match self.first.take() {
                Some(first) => first,
                None => match ready!(self.poll_next(cx))? {
                    Some(item) => item,
                    None => return Poll::Ready(Ok(false)),
                },
            };
            buffer.begin_row();
            (self.put)(&item, buffer);
            if buffer.is_full()? {
                return Poll::Ready(Ok(true));
            }
        }
    }
}

/// If this is dropped before its end, or fails, the server stores nothing.
async fn copy(
    connection: Connection<'_>,
    target: &'static CopyTarget,
    mut source: Box<dyn Source + '_>,
) -> Result<u64, Error> {
    let name = target.copy.name;
    let refused = |fault| Error {
        query: name,
        kind: ErrorKind::Value(fault),
    };
    let is_empty = poll_fn(|cx| source.poll_is_empty(cx)).await;
    if is_empty.map_err(refused)? {
        return Ok(0);
    }
    if !connection.prepares() {
        return inserts::insert(connection, target, source).await;
    }
    let failed = |cause| connection.failed(name, cause);
    let (statement, insert) = prepare(connection, target).await.map_err(failed)?;
    connection.answered()?;
    let sink = connection.client().copy_in(&statement).await;
    let mut sink = pin!(sink.map_err(failed)?);

    let found = insert.params().iter().zip(target.insert.types);
    let types = found.map(|(found, expected)| sent_as(found, expected).clone());
    let mut buffer = CopyBuffer::new(types.collect());
    loop {
        let has_more = poll_fn(|cx| source.poll_fill(&mut buffer, cx)).await;
        let has_more = has_more.map_err(refused)?;
        if !has_more {
            buffer.bytes.extend_from_slice(TRAILER);
        }
        let sent = send(sink.as_mut(), buffer.take()).await;
        sent.map_err(failed)?;
        if !has_more {
            return sink.finish().await.map_err(failed);
        }
    }
}

/// Prepares both statements at the same time, and each time anew. A `COPY` takes the bytes of any type, so the columns must
/// be what the server says they are now. And `tokio-postgres` loses a connection on which a `COPY` is refused before it has
/// begun, as in a failed transaction, which is noticed here.
async fn prepare(
    connection: Connection<'_>,
    target: &'static CopyTarget,
) -> Result<(Statement, Statement), tokio_postgres::Error> {
    let mut copy = pin!(connection.prepare_once(&target.copy));
    let mut insert = pin!(connection.prepare_once(&target.insert));
    let mut prepared = None;
    let described = poll_fn(|cx| {
        if prepared.is_none() {
            prepared = match copy.as_mut().poll(cx) {
                Poll::Ready(copy) => Some(copy),
                Poll::Pending => None,
            };
        }
        insert.as_mut().poll(cx)
    });
    let described = described.await;
    let prepared = match prepared {
        Some(prepared) => prepared,
        None => copy.await,
    };
    Ok((prepared?, described?))
}

/// The type that values are encoded as for a column of the type `found`: as `expected`, unless that has changed. Then they
/// are right for it as well, or refused.
fn sent_as<'t>(found: &'t Type, expected: &'t Type) -> &'t Type {
    if is_based_on(found, expected) {
        expected
    } else {
        found
    }
}

fn is_based_on(ty: &Type, base: &Type) -> bool {
    match (ty.kind(), base.kind()) {
        (Kind::Domain(over), _) => is_based_on(over, base),
        (Kind::Array(element), Kind::Array(base)) => is_based_on(element, base),
        _ => ty == base,
    }
}

async fn send(
    mut sink: Pin<&mut CopyInSink<BytesMut>>,
    chunk: BytesMut,
) -> Result<(), tokio_postgres::Error> {
    poll_fn(|cx| sink.as_mut().poll_ready(cx)).await?;
    sink.start_send(chunk)
}

/// Rows in Postgres' binary format.
pub struct CopyBuffer {
    types: Vec<Type>,
    bytes: BytesMut,
    /// The column that is written next.
    column: usize,
    fault: Option<Fault>,
}

impl CopyBuffer {
    fn new(types: Vec<Type>) -> Self {
        let mut buffer = Self::without_header(types);
        buffer.bytes.extend_from_slice(HEADER);
        buffer
    }

    pub(super) fn without_header(types: Vec<Type>) -> Self {
        Self {
            types,
            bytes: BytesMut::with_capacity(2 * CHUNK),
            column: 0,
            fault: None,
        }
    }

    pub(super) fn take(&mut self) -> BytesMut {
        let chunk = self.bytes.split();
        self.bytes.reserve(2 * CHUNK);
        chunk
    }

    fn begin_row(&mut self) {
        // A table has at most 1600 columns.
        let columns = self.types.len() as i16;
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        self.column = 0;
    }

    /// Whether there is a chunk to send.
    fn is_full(&mut self) -> Result<bool, Fault> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(self.bytes.len() >= CHUNK),
        }
    }

    /// Writes the value of the next column.
    pub fn put<T: ToSql>(&mut self, value: &T) -> &mut Self {
        if self.fault.is_none() {
            self.fault = self.write(value).err();
        }
        self.column += 1;
        self
    }

    fn write<T: ToSql>(&mut self, value: &T) -> Result<(), Fault> {
        let ty = self
            .types
            .get(self.column)
            .ok_or("a row has too many values")?;
        if let Format::Text = value.encode_format(ty) {
            return Err(format!("a value of type `{ty}` has no binary format").into());
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(NULL);
        if let IsNull::No = value.to_sql_checked(ty, &mut self.bytes)? {
            let length = i32::try_from(self.bytes.len() - start - NULL.len())?;
            self.bytes[start..start + NULL.len()].copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }
}

impl fmt::Debug for CopyBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyBuffer").finish_non_exhaustive()
    }
}
