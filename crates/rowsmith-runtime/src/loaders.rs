//! Loads a relation for any rows: one statement, with each key once.

use std::collections::HashMap;
use std::hash::Hash;

use tokio_postgres::types::ToSql;

use super::error::{Error, ErrorKind};
use super::fetch::Request;
use super::groups::{Group, Groups};
use super::{Client, Query, Row};

/// Turns a row into a value.
type Decode<T> = fn(&Row) -> Result<T, tokio_postgres::Error>;

/// A relation of rows, not sent yet. Without keys it is never sent.
pub struct Loader<'a, K> {
    query: &'static Query,
    request: Request<'a>,
    /// Each key once.
    keys: Vec<K>,
    /// The place of each key among them.
    places: HashMap<K, usize>,
    /// Which key each row has.
    of_row: Vec<Option<usize>>,
}

impl<'a, K: Clone + Eq + Hash> Loader<'a, K> {
    /// The relation of rows with these keys.
    pub fn new(
        client: &'a dyn Client,
        query: &'static Query,
        rows: impl Iterator<Item = Option<K>>,
    ) -> Self {
        let mut keys = Vec::new();
        let mut places = HashMap::new();
        let of_row = rows
            .map(|key| {
                let key = key?;
                Some(*places.entry(key).or_insert_with_key(|key| {
                    keys.push(key.clone());
                    keys.len() - 1
                }))
            })
            .collect();
        let mut request = Request::new(client, query);
        request.is_void = keys.is_empty();
        Self {
            query,
            request,
            keys,
            places,
            of_row,
        }
    }

    /// Gives the next placeholder an array with what each key has.
    pub fn bind<T: ToSql + Send + Sync + 'a>(mut self, value: fn(&K) -> T) -> Self {
        let values: Vec<T> = self.keys.iter().map(value).collect();
        self.request = self.request.bind(values);
        self
    }

    /// A row for each, which must be there.
    pub async fn one<T: Clone>(self, key: Decode<K>, decode: Decode<T>) -> Result<Vec<T>, Error> {
        let missing = Error {
            query: self.query.name,
            kind: ErrorKind::NotFound,
        };
        let found: Option<Vec<T>> = self.optional(key, decode).await?.into_iter().collect();
        found.ok_or(missing)
    }

    /// At most one row for each.
    pub async fn optional<T: Clone>(
        self,
        key: Decode<K>,
        decode: Decode<T>,
    ) -> Result<Vec<Option<T>>, Error> {
        self.load(key, decode).await
    }

    /// Any number of rows for each.
    pub async fn many<T: Clone>(
        self,
        key: Decode<K>,
        decode: Decode<T>,
    ) -> Result<Vec<Vec<T>>, Error> {
        self.load(key, decode).await
    }

    /// How many rows there are for each.
    pub async fn count(self, key: Decode<K>) -> Result<Vec<i64>, Error> {
        self.load(key, |row| row.try_get(0)).await
    }

    /// Hands what is found for a key to each row that has it.
    async fn load<G: Group>(
        self,
        key: Decode<K>,
        decode: Decode<G::Item>,
    ) -> Result<Vec<G>, Error> {
        let failed = |cause| Error::postgres(self.query.name, cause);
        let mut groups = Groups::new(self.keys.len(), self.of_row);
        for row in self.request.rows().await? {
            let key = key(&row).map_err(failed)?;
            if let Some(&place) = self.places.get(&key) {
                groups.add(place, decode(&row).map_err(failed)?);
            }
        }
        Ok(groups.into_rows())
    }
}
