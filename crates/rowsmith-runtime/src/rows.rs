//! One statement for many rows: an array for each parameter.

use tokio_postgres::types::ToSql;

use super::fetch::{Exec, ExecRows, Many, Request};
use super::{Client, Query, Row};

/// A query with its rows, not sent yet. Without rows it is never sent.
pub struct RowsRequest<'a, R> {
    request: Request<'a>,
    rows: &'a [R],
}

impl<'a, R: Sync> RowsRequest<'a, R> {
    pub fn new(client: &'a dyn Client, query: &'static Query, rows: &'a [R]) -> Self {
        let mut request = Request::new(client, query);
        request.is_void = rows.is_empty();
        Self { request, rows }
    }

    /// Gives the next placeholder an array of what each row has.
    pub fn bind<T: ToSql + Send + Sync + 'a>(mut self, value: fn(&'a R) -> T) -> Self {
        let values: Vec<T> = self.rows.iter().map(value).collect();
        self.request = self.request.bind(values);
        self
    }

    pub fn many<T>(self, decode: fn(&Row) -> Result<T, tokio_postgres::Error>) -> Many<'a, T> {
        self.request.many(decode)
    }

    pub fn exec(self) -> Exec<'a> {
        self.request.exec()
    }

    pub fn exec_rows(self) -> ExecRows<'a> {
        self.request.exec_rows()
    }
}
