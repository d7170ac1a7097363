//! One statement for many rows: an array for each parameter.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, ToSql};

use super::fetch::{Exec, ExecRows, Many, Request};
use super::{Client, Query, Row};

/// A query with its rows, not sent yet. Without rows it is never sent.
pub struct RowsRequest<'a, R> {
    request: Request<'a>,
    query: &'static Query,
    /// The rows, and their places in what the caller gave.
    rows: Vec<(usize, &'a R)>,
    /// The key of each row in the caller's order, until the rows are in its order.
    keys: Vec<BytesMut>,
}

impl<'a, R: Sync> RowsRequest<'a, R> {
    pub fn new(client: &'a dyn Client, query: &'static Query, rows: &'a [R]) -> Self {
        let mut request = Request::new(client, query);
        request.is_void = rows.is_empty();
        Self {
            request,
            query,
            rows: rows.iter().enumerate().collect(),
            keys: Vec::new(),
        }
    }

    /// Has the rows sent in the order of the values for a placeholder. Calls that meet the same rows then wait for each
    /// other, and not one for another in a circle.
    pub fn ordered_by<T: ToSql>(mut self, parameter: usize, value: fn(&'a R) -> T) -> Self {
        let array = &self.query.unnamed().parameters[parameter];
        let Kind::Array(ty) = array.kind() else {
            return self;
        };
        self.keys.resize_with(self.rows.len(), BytesMut::new);
        for ((_, row), key) in self.rows.iter().zip(&mut self.keys) {
            let before = key.len();
            // What cannot be sent is an error later.
            match value(row).to_sql(ty, key) {
                Ok(IsNull::No) => {}
                _ => key.truncate(before),
            }
        }
        self
    }

    /// Gives the next placeholder an array of what each row has.
    pub fn bind<T: ToSql + Send + Sync + 'a>(mut self, value: fn(&'a R) -> T) -> Self {
        if !self.keys.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            self.rows
                .sort_by(|(one, _), (other, _)| keys[*one].cmp(&keys[*other]));
        }
        let values: Vec<T> = self.rows.iter().map(|(_, row)| value(row)).collect();
        self.request = self.request.bind(values);
        self
    }

    pub fn many<T>(self, decode: fn(&Row) -> Result<T, tokio_postgres::Error>) -> Many<'a, T> {
        let places = self.rows.iter().map(|(place, _)| *place);
        let is_as_given = self.rows.is_sorted_by_key(|(place, _)| *place);
        let places = if is_as_given {
            Vec::new()
        } else {
            places.collect()
        };
        self.request.many(decode).in_places(places)
    }

    pub fn exec(self) -> Exec<'a> {
        self.request.exec()
    }

    pub fn exec_rows(self) -> ExecRows<'a> {
        self.request.exec_rows()
    }
}
