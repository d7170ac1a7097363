//! Loads the relations of rows: one statement for any number of rows, those that need not wait for each other at once.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::future::{Future, IntoFuture, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use super::error::{Error, ErrorKind};
use super::fetch::Request;
use super::groups::{Group, Groups};
use super::row::Bytes;
use super::{Client, Query, Row};

/// Rows that are loaded with all that belongs to them.
pub type Loading<'a, T> = Pin<Box<dyn Future<Output = Result<Vec<T>, Error>> + Send + 'a>>;

/// A query for one row and what belongs to it: `.await` gives the row or [`Error::is_not_found`], `.optional().await` an
/// `Option`.
#[must_use = "a query does nothing until awaited"]
pub struct OneWith<'a, T> {
    pub(super) query: &'static Query,
    pub(super) rows: Loading<'a, T>,
}

impl<'a, T: 'a> OneWith<'a, T> {
    /// Takes the absence of a row as `None`.
    pub fn optional(self) -> Pin<Box<dyn Future<Output = Result<Option<T>, Error>> + Send + 'a>> {
        Box::pin(async move { Ok(self.rows.await?.pop()) })
    }
}

impl<'a, T: 'a> IntoFuture for OneWith<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let row = self.rows.await?.pop();
            row.ok_or_else(|| not_found(self.query))
        })
    }
}

/// A query for any number of rows and what belongs to them: `.await` gives a `Vec`.
#[must_use = "a query does nothing until awaited"]
pub struct ManyWith<'a, T>(pub(super) Loading<'a, T>);

impl<'a, T> IntoFuture for ManyWith<'a, T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = Loading<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        self.0
    }
}

impl<'a> Request<'a> {
    /// The first row, if there is one.
    pub(super) async fn first_row(self) -> Result<Option<Row>, Error> {
        let query = self.query();
        let mut rows = self.rows().await?;
        if query.is_strict && rows.len() > 1 {
            return Err(Error {
                query: query.name,
                kind: ErrorKind::TooManyRows,
            });
        }
        rows.truncate(1);
        Ok(rows.pop())
    }

    /// Fetches the first row; `load` loads what belongs to it.
    pub fn one_with<T: 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Loading<'a, T> + Send + 'a,
    ) -> OneWith<'a, T> {
        let query = self.query();
        OneWith {
            query,
            rows: Box::pin(async move {
                let row = self.first_row().await?;
                load(row.into_iter().collect()).await
            }),
        }
    }

    /// Fetches all rows; `load` loads what belongs to them.
    pub fn many_with<T: 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Loading<'a, T> + Send + 'a,
    ) -> ManyWith<'a, T> {
        ManyWith(Box::pin(async move { load(self.rows().await?).await }))
    }
}

/// What a query gives for a row, with its name in the error.
pub fn decoded<T>(query: &'static str, row: Result<T, tokio_postgres::Error>) -> Result<T, Error> {
    row.map_err(|cause| Error::postgres(query, cause))
}

fn not_found(query: &'static Query) -> Error {
    Error {
        query: query.name,
        kind: ErrorKind::NotFound,
    }
}

/// One relation of rows, not sent yet. Its first parameters are the keys of the rows, each once.
pub struct Relation<'a, const N: usize> {
    query: &'static Query,
    request: Request<'a>,
    keys: Result<Keys<'a, N>, Error>,
    found: [usize; N],
}

impl<'a, const N: usize> Relation<'a, N> {
    /// The relation of `rows` by their columns `key`, which the columns `found` of its own rows repeat.
    pub fn new(
        client: &'a dyn Client,
        query: &'static Query,
        rows: &'a [Row],
        key: [usize; N],
        found: [usize; N],
    ) -> Self {
        let request = Request::new(client, query);
        let (request, keys) = match decoded(query.name, Keys::of(rows, key)) {
            Ok((keys, arrays)) => (arrays.into_iter().fold(request, Request::bind), Ok(keys)),
            Err(error) => (request, Err(error)),
        };
        Self {
            query,
            request,
            keys,
            found,
        }
    }

    /// Gives the next placeholder its value.
    pub fn bind(mut self, value: impl ToSql + Sync + Send + 'a) -> Self {
        self.request = self.request.bind(value);
        self
    }

    /// At most one row for each.
    pub fn one<T: Clone + Send + 'a>(self, decode: Decode<T>) -> Related<'a, Option<T>> {
        let query = self.query;
        self.load(move |rows| decode_all(query, rows, decode))
    }

    /// At most one row for each, with what belongs to it.
    pub fn one_with<T: Clone + Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Loading<'a, T> + Send + 'a,
    ) -> Related<'a, Option<T>> {
        self.load(load)
    }

    /// Any number of rows for each.
    pub fn many<T: Clone + Send + 'a>(self, decode: Decode<T>) -> Related<'a, Vec<T>> {
        let query = self.query;
        self.load(move |rows| decode_all(query, rows, decode))
    }

    /// Any number of rows for each, with what belongs to them.
    pub fn many_with<T: Clone + Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Loading<'a, T> + Send + 'a,
    ) -> Related<'a, Vec<T>> {
        self.load(load)
    }

    /// How many rows there are for each.
    pub fn count(self) -> Related<'a, i64> {
        let query = self.query;
        self.load(move |rows| decode_all(query, rows, |row| row.try_get(0)))
    }

    fn load<G: Group<Item: Send> + Send + 'a>(
        self,
        load: impl FnOnce(Vec<Row>) -> Loading<'a, G::Item> + Send + 'a,
    ) -> Related<'a, G> {
        Related {
            query: self.query,
            groups: Groups::new(0, Vec::new()),
            running: Some(Box::pin(async move {
                let mut keys = self.keys?;
                let mut groups = Groups::new(keys.index.len(), mem::take(&mut keys.of_row));
                if !keys.index.is_empty() {
                    let rows = self.request.rows().await?;
                    let places = decoded(self.query.name, keys.places(&rows, self.found))?;
                    for (place, item) in places.into_iter().zip(load(rows).await?) {
                        if let Some(place) = place {
                            groups.add(place, item);
                        }
                    }
                }
                Ok(groups)
            })),
        }
    }
}

/// Turns a row into a value.
type Decode<T> = fn(&Row) -> Result<T, tokio_postgres::Error>;

fn decode_all<'a, T: Send + 'a>(
    query: &'static Query,
    rows: Vec<Row>,
    decode: Decode<T>,
) -> Loading<'a, T> {
    Box::pin(async move { decoded(query.name, rows.iter().map(decode).collect()) })
}

/// A relation that is being loaded, and what it gives to each row once it is.
pub struct Related<'a, G> {
    query: &'static Query,
    groups: Groups<G>,
    running: Option<Pin<Box<dyn Future<Output = Result<Groups<G>, Error>> + Send + 'a>>>,
}

impl<G: Group> Related<'_, G> {
    /// What belongs to a row, by its index; once for each.
    pub fn take(&mut self, row: usize) -> G {
        self.groups.take(row)
    }
}

impl<T: Clone + Send> Related<'_, Option<T>> {
    /// What belongs to a row and must be there: it is missing only if it was deleted after the row was read.
    pub fn require(&mut self, row: usize) -> Result<T, Error> {
        self.take(row).ok_or_else(|| not_found(self.query))
    }
}

/// A relation of any type that can be waited for.
pub trait Pending: Send {
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;
}

impl<G: Group + Send> Pending for Related<'_, G> {
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(running) = &mut self.running {
            self.groups = ready!(running.as_mut().poll(cx))?;
            self.running = None;
        }
        Poll::Ready(Ok(()))
    }
}

/// Loads relations at the same time.
pub async fn all(relations: &mut [&mut dyn Pending]) -> Result<(), Error> {
    poll_fn(|cx| {
        let mut is_pending = false;
        for relation in relations.iter_mut() {
            match relation.advance(cx) {
                Poll::Ready(result) => result?,
                Poll::Pending => is_pending = true,
            }
        }
        if is_pending {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    })
    .await
}

/// The keys of rows, each once, as the bytes that the server sent.
struct Keys<'a, const N: usize> {
    of_row: Vec<Option<usize>>,
    index: HashMap<[&'a [u8]; N], usize>,
}

impl<'a, const N: usize> Keys<'a, N> {
    /// The keys in the columns of these rows, and the arrays that send them. A key with a NULL in it leads nowhere.
    fn of(
        rows: &'a [Row],
        columns: [usize; N],
    ) -> Result<(Self, [KeyArray; N]), tokio_postgres::Error> {
        let mut keys = Self {
            of_row: Vec::with_capacity(rows.len()),
            index: HashMap::with_capacity(rows.len()),
        };
        let mut arrays = [(); N].map(|()| KeyArray::default());
        for row in rows {
            let Some(key) = read_key(row, columns)? else {
                keys.of_row.push(None);
                continue;
            };
            let next = keys.index.len();
            let place = *keys.index.entry(key).or_insert(next);
            if place == next {
                for (array, bytes) in arrays.iter_mut().zip(key) {
                    array.push(bytes);
                }
            }
            keys.of_row.push(Some(place));
        }
        Ok((keys, arrays))
    }

    /// Which key each of these rows repeats.
    fn places(
        &self,
        rows: &[Row],
        columns: [usize; N],
    ) -> Result<Vec<Option<usize>>, tokio_postgres::Error> {
        let mut places = Vec::with_capacity(rows.len());
        // Rows of one key often follow each other.
        let mut last = None;
        for row in rows {
            let key = read_key(row, columns)?;
            let place = match last {
                Some((known, place)) if known == key => place,
                _ => key.and_then(|key| self.index.get(&key).copied()),
            };
            last = Some((key, place));
            places.push(place);
        }
        Ok(places)
    }
}

fn read_key<const N: usize>(
    row: &Row,
    columns: [usize; N],
) -> Result<Option<[&[u8]; N]>, tokio_postgres::Error> {
    let mut key: [&[u8]; N] = [&[]; N];
    for (part, column) in key.iter_mut().zip(columns) {
        match row.try_get::<Option<Bytes<'_>>>(column)? {
            Some(Bytes(bytes)) => *part = bytes,
            None => return Ok(None),
        }
    }
    Ok(Some(key))
}

/// An array of values of any type, as they were sent.
#[derive(Debug, Default)]
struct KeyArray {
    length: usize,
    elements: Vec<u8>,
}

impl KeyArray {
    fn push(&mut self, bytes: &[u8]) {
        self.length += 1;
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.elements.extend_from_slice(&length.to_be_bytes());
        self.elements.extend_from_slice(bytes);
    }
}

impl ToSql for KeyArray {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else {
            return Err("the keys of a relation are sent as an array".into());
        };
        let dimensions = 1_i32;
        let has_nulls = 0_i32;
        let lower_bound = 1_i32;
        out.extend_from_slice(&dimensions.to_be_bytes());
        out.extend_from_slice(&has_nulls.to_be_bytes());
        out.extend_from_slice(&element.oid().to_be_bytes());
        out.extend_from_slice(&i32::try_from(self.length)?.to_be_bytes());
        out.extend_from_slice(&lower_bound.to_be_bytes());
        out.extend_from_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}
