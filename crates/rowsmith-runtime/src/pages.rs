//! Pages of a query's rows: from the first row, or from a cursor on.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::cursor::Cursor;
use super::dynamic::Choice;
use super::error::{Error, ErrorKind};
use super::fetch::Request;
use super::page_orders::{PageOrder, Part};
use super::{Client, Query, Row};

/// Which page of a query's rows is wanted, and how many rows it has at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    size: u32,
    start: Start,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Start {
    First,
    Last,
    At(Cursor),
    Skip(u64),
}

impl Page {
    /// The first page.
    pub fn first(size: u32) -> Self {
        let start = Start::First;
        Self { size, start }
    }

    /// The last page: the last `size` rows.
    pub fn last(size: u32) -> Self {
        let start = Start::Last;
        Self { size, start }
    }

    /// The page that a cursor leads to, [`Paged::next`] or [`Paged::previous`]. With `None` it is still this page.
    pub fn at(self, cursor: impl Into<Option<Cursor>>) -> Self {
        let start = cursor.into().map_or(self.start, Start::At);
        Self { start, ..self }
    }

    /// The page after so many rows, which the server reads, too: by a number of a page, as people type it.
    pub fn skip(self, rows: u64) -> Self {
        let start = Start::Skip(rows);
        Self { start, ..self }
    }
}

/// A page of rows, and what leads to those beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows in the order of the query.
    pub rows: Vec<T>,
    /// The page before it. `None` if this is known to be the first.
    pub previous: Option<Cursor>,
    /// The page after it. `None` if this is known to be the last.
    pub next: Option<Cursor>,
}

#[cfg(feature = "totals")]
/// A page of rows, what leads to those beside it, and how many rows there are on all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<T> {
    /// The rows in the order of the query.
    pub rows: Vec<T>,
    /// The page before it. `None` if this is known to be the first.
    pub previous: Option<Cursor>,
    /// The page after it. `None` if this is known to be the last.
    pub next: Option<Cursor>,
    /// How many rows there are.
    pub total: Total,
}

#[cfg(feature = "totals")]
/// How many rows there are on all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// More than are counted: `@total up_to 1000` counts 1000.
    MoreThan(u64),
}

#[cfg(feature = "totals")]
impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(rows) => write!(f, "{rows}"),
            Self::MoreThan(rows) => write!(f, "more than {rows}"),
        }
    }
}

/// The boxed future of a page.
type Fetching<'a, P> = Pin<Box<dyn Future<Output = Result<P, Error>> + Send + 'a>>;

/// Turns a row into a value.
type Decode<T> = fn(&Row) -> Result<T, tokio_postgres::Error>;

/// A query for a page of rows: `.await` gives a [`Paged`].
#[must_use = "a query does nothing until awaited"]
pub struct ManyPaged<'a, T>(Fetching<'a, Paged<T>>);

impl<'a, T> IntoFuture for ManyPaged<'a, T> {
    type Output = Result<Paged<T>, Error>;
    type IntoFuture = Fetching<'a, Paged<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0
    }
}

#[cfg(feature = "totals")]
/// A query for a page of rows and the number of all rows: `.await` gives a [`Counted`].
#[must_use = "a query does nothing until awaited"]
pub struct ManyCounted<'a, T>(Fetching<'a, Counted<T>>);

#[cfg(feature = "totals")]
impl<'a, T> IntoFuture for ManyCounted<'a, T> {
    type Output = Result<Counted<T>, Error>;
    type IntoFuture = Fetching<'a, Counted<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.0
    }
}

/// A query for a page with its values, not sent yet.
pub struct PageRequest<'a> {
    client: &'a dyn Client,
    choice: Choice,
    page: Page,
    parameters: Vec<Shared<'a>>,
}

impl<'a> PageRequest<'a> {
    pub fn new(client: &'a dyn Client, choice: Choice, page: Page) -> Self {
        Self {
            client,
            choice,
            page,
            parameters: Vec::new(),
        }
    }

    /// Gives the next placeholder its value.
    pub fn bind(mut self, value: impl ToSql + Sync + Send + 'a) -> Self {
        self.parameters.push(Shared(Arc::new(value)));
        self
    }

    pub fn paged<T: Send + 'a>(self, decode: Decode<T>) -> ManyPaged<'a, T> {
        let name = self.choice.name();
        self.paged_with(move |rows| decode_all(name, rows, decode))
    }

    /// The same where `load` loads what belongs to the rows of the page.
    pub fn paged_with<T: Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Fetching<'a, Vec<T>> + Send + 'a,
    ) -> ManyPaged<'a, T> {
        ManyPaged(Box::pin(self.fetch(load)))
    }

    #[cfg(feature = "totals")]
    pub fn counted<T: Send + 'a>(self, decode: Decode<T>) -> ManyCounted<'a, T> {
        let name = self.choice.name();
        self.counted_with(move |rows| decode_all(name, rows, decode))
    }

    #[cfg(feature = "totals")]
    /// The same where `load` loads what belongs to the rows of the page.
    pub fn counted_with<T: Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Fetching<'a, Vec<T>> + Send + 'a,
    ) -> ManyCounted<'a, T> {
        let up_to = self.choice.total();
        let query = self.choice.text(Part::Total);
        let counting = self.request(query).rows();
        let fetching = self.fetch(load);
        ManyCounted(Box::pin(async move {
            let (page, counted) = both(Box::pin(fetching), Box::pin(counting)).await?;
            let Paged {
                rows,
                previous,
                next,
            } = page;
            let count = counted.first().map_or(Ok(0_i64), |row| row.try_get(0));
            let count = count.map_err(|cause| Error::postgres(query.name, cause))?;
            let count = u64::try_from(count).unwrap_or(0);
            let total = match up_to {
                Some(most) if count > u64::from(most) => Total::MoreThan(most.into()),
                _ => Total::Exactly(count),
            };
            Ok(Counted {
                rows,
                previous,
                next,
                total,
            })
        }))
    }

    /// A text with the values of the query's own parameters.
    fn request(&self, query: &'static Query) -> Request<'a> {
        let parameters = self.parameters.iter().cloned();
        parameters.fold(Request::new(self.client, query), Request::bind)
    }

    async fn fetch<T: Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Fetching<'a, Vec<T>> + Send + 'a,
    ) -> Result<Paged<T>, Error> {
        let name = self.choice.name();
        let order = self.choice.page_order();
        let digest = self.choice.digest();
        let size = usize::try_from(self.page.size).unwrap_or(usize::MAX);
        let (part, keys) = self.start(order, digest)?;
        let is_backwards = matches!(
            part,
            Part::Last
                | Part::After {
                    is_backwards: true,
                    ..
                }
        );
        // One more, to know whether more follow.
        let mut request = self.request(self.choice.text(part));
        request = request.bind(i64::from(self.page.size) + 1);
        if let Start::Skip(skipped) = self.page.start {
            request = request.bind(i64::try_from(skipped).unwrap_or(i64::MAX));
        }
        request = keys.into_iter().map(KeyValue).fold(request, Request::bind);
        let mut rows = request.rows().await?;
        let has_more = rows.len() > size;
        rows.truncate(size);
        if is_backwards {
            rows.reverse();
        }
        let beside = |row: Option<&Row>, is_backwards: bool| -> Result<Cursor, Error> {
            let keys = row.map_or(Ok(Vec::new()), |row| order.values(row));
            Ok(Cursor {
                order: digest,
                is_backwards,
                keys: keys.map_err(|cause| Error::postgres(name, cause))?,
            })
        };
        let is_whole = size > 0;
        let (has_previous, has_next) = match part {
            Part::First => (false, has_more),
            Part::Last => (has_more, false),
            _ if is_backwards => (has_more, true),
            Part::Skip => (self.page.start != Start::Skip(0), has_more),
            _ => (true, has_more),
        };
        let previous = (is_whole && has_previous)
            .then(|| beside(rows.first(), true))
            .transpose()?;
        let next = (is_whole && has_next)
            .then(|| beside(rows.last(), false))
            .transpose()?;
        let rows = load(rows).await?;
        Ok(Paged {
            rows,
            previous,
            next,
        })
    }

    /// The text that gives the page, and the values of the cursor that are not NULL.
    fn start(&self, order: &PageOrder, digest: u64) -> Result<(Part, Vec<Vec<u8>>), Error> {
        let cursor = match &self.page.start {
            Start::First => return Ok((Part::First, Vec::new())),
            Start::Last => return Ok((Part::Last, Vec::new())),
            Start::Skip(_) => return Ok((Part::Skip, Vec::new())),
            Start::At(cursor) => cursor,
        };
        let is_backwards = cursor.is_backwards;
        let nulls = match order.nulls(&cursor.keys) {
            Some(nulls) if cursor.order == digest => nulls,
            None if cursor.order == digest && cursor.keys.is_empty() => {
                let part = if is_backwards {
                    Part::Last
                } else {
                    Part::First
                };
                return Ok((part, Vec::new()));
            }
            _ => {
                return Err(Error {
                    query: self.choice.name(),
                    kind: ErrorKind::Cursor,
                });
            }
        };
        let part = Part::After {
            is_backwards,
            nulls,
        };
        Ok((part, cursor.keys.iter().flatten().cloned().collect()))
    }
}

fn decode_all<'a, T: Send + 'a>(
    query: &'static str,
    rows: Vec<Row>,
    decode: Decode<T>,
) -> Fetching<'a, Vec<T>> {
    let decoded: Result<Vec<T>, _> = rows.iter().map(decode).collect();
    Box::pin(async move { decoded.map_err(|cause| Error::postgres(query, cause)) })
}

#[cfg(feature = "totals")]
fn arrived<T>(poll: Poll<Result<T, Error>>) -> Result<Option<T>, Error> {
    match poll {
        Poll::Ready(found) => found.map(Some),
        Poll::Pending => Ok(None),
    }
}

#[cfg(feature = "totals")]
/// Waits for both at once, so that they share a round trip.
async fn both<A, B>(mut one: Fetching<'_, A>, mut other: Fetching<'_, B>) -> Result<(A, B), Error> {
    let (mut first, mut second) = (None, None);
    poll_fn(|cx| {
        if first.is_none() {
            first = arrived(one.as_mut().poll(cx))?;
        }
        if second.is_none() {
            second = arrived(other.as_mut().poll(cx))?;
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready(Ok((first, second))),
            found => {
                (first, second) = found;
                Poll::Pending
            }
        }
    })
    .await
}

/// A value that two statements send.
#[derive(Clone, Debug)]
struct Shared<'a>(Arc<dyn ToSql + Sync + Send + 'a>);

impl ToSql for Shared<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.0.to_sql_checked(ty, out)
    }

    // The value itself is asked when it is sent.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value of a cursor, as the server sent it.
#[derive(Debug)]
struct KeyValue(Vec<u8>);

impl ToSql for KeyValue {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Paged<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_struct("Paged", 3)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "rows", &self.rows)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "previous", &self.previous)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "next", &self.next)?;
        serde::ser::SerializeStruct::end(page)
    }
}

#[cfg(all(feature = "serde", feature = "totals"))]
impl<T: serde::Serialize> serde::Serialize for Counted<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_struct("Counted", 4)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "rows", &self.rows)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "previous", &self.previous)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "next", &self.next)?;
        serde::ser::SerializeStruct::serialize_field(&mut page, "total", &self.total)?;
        serde::ser::SerializeStruct::end(page)
    }
}

#[cfg(all(feature = "serde", feature = "totals"))]
/// `{ "rows": 1000, "is_exact": false }`.
impl serde::Serialize for Total {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (rows, is_exact) = match self {
            Self::Exactly(rows) => (rows, true),
            Self::MoreThan(rows) => (rows, false),
        };
        let mut total = serializer.serialize_struct("Total", 2)?;
        serde::ser::SerializeStruct::serialize_field(&mut total, "rows", rows)?;
        serde::ser::SerializeStruct::serialize_field(&mut total, "is_exact", &is_exact)?;
        serde::ser::SerializeStruct::end(total)
    }
}
