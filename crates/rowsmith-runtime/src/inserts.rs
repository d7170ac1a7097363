//! Rows for a table where nothing is prepared: a `COPY` needs a statement with a name, so they are inserted, some hundreds
//! in a statement, and all of them or none.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Waker};

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::copy::{CopyBuffer, CopyTarget, Source};
use super::error::{Error, ErrorKind};
use super::{Connection, Query};

/// Inserts what `source` gives. If this is dropped before its end, or fails, nothing is stored.
pub(super) async fn insert(
    connection: Connection<'_>,
    target: &'static CopyTarget,
    mut source: Box<dyn Source + '_>,
) -> Result<u64, Error> {
    let name = target.copy.name;
    let failed = |cause| connection.failed(name, cause);
    let types = &target.insert.unnamed().parameters;
    let mut buffer = CopyBuffer::without_header(types.clone());
    let mut whole = None;
    let mut stored = 0;
    loop {
        let has_more = poll_fn(|cx| source.poll_fill(&mut buffer, cx)).await;
        let has_more = has_more.map_err(|fault| Error {
            query: name,
            kind: ErrorKind::Value(fault),
        })?;
        if has_more && whole.is_none() {
            whole = Some(Whole::begin(connection).await.map_err(failed)?);
        }
        let rows = rows(buffer.take(), types.len());
        if !rows.is_empty() {
            let sql = statement(&target.insert, rows.len(), types.len());
            let values = rows
                .iter()
                .flatten()
                .map(|value| value as &(dyn ToSql + Sync));
            let typed: Vec<_> = values.zip(types.iter().cloned().cycle()).collect();
            let inserted = connection.client().execute_typed(&sql, &typed).await;
            stored += inserted.map_err(failed)?;
            connection.answered()?;
        }
        if !has_more {
            if let Some(whole) = whole {
                whole.end().await.map_err(failed)?;
            }
            return Ok(stored);
        }
    }
}

/// The `INSERT` of so many rows.
fn statement(insert: &Query, rows: usize, columns: usize) -> String {
    const VALUES: &str = " VALUES ";
    let place = insert.sql.rfind(VALUES).unwrap_or(insert.sql.len());
    let mut sql = insert.sql[..place].to_owned() + VALUES;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            let separator = if column == 1 { "" } else { ", " };
            let _ = write!(sql, "{separator}${}", row * columns + column);
        }
        sql.push(')');
    }
    sql
}

/// The values of each row that was written for a `COPY`.
fn rows(mut written: BytesMut, columns: usize) -> Vec<Vec<Written>> {
    let mut rows = Vec::new();
    while !written.is_empty() {
        // How many columns there are.
        drop(written.split_to(2));
        let values = (0..columns).map(|_| {
            let length = written.split_to(4);
            let length = <[u8; 4]>::try_from(&*length).map_or(-1, i32::from_be_bytes);
            let length = usize::try_from(length).ok();
            Written(length.map(|length| written.split_to(length)))
        });
        rows.push(values.collect());
    }
    rows
}

/// A value that was written before; `None` is NULL.
#[derive(Debug)]
struct Written(Option<BytesMut>);

impl ToSql for Written {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(bytes) = &self.0 else {
            return Ok(IsNull::Yes);
        };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Statements that are undone together, unless they are ended.
struct Whole<'a> {
    connection: Connection<'a>,
    is_ended: bool,
}

impl<'a> Whole<'a> {
    async fn begin(connection: Connection<'a>) -> Result<Self, tokio_postgres::Error> {
        let begin = match connection.is_in_transaction() {
            true => "SAVEPOINT copied_",
            false => "BEGIN",
        };
        // Made first: if this is dropped before the answer, it has begun all the same.
        let whole = Self {
            connection,
            is_ended: false,
        };
        connection.client().batch_execute(begin).await?;
        Ok(whole)
    }

    async fn end(mut self) -> Result<(), tokio_postgres::Error> {
        let end = match self.connection.is_in_transaction() {
            true => "RELEASE SAVEPOINT copied_",
            false => "COMMIT",
        };
        let mut sent = pin!(self.connection.client().batch_execute(end));
        let ended = poll_fn(|cx| {
            // On its way, whether or not someone waits for the answer.
            self.is_ended = true;
            sent.as_mut().poll(cx)
        });
        ended.await
    }
}

impl Drop for Whole<'_> {
    fn drop(&mut self) {
        if !self.is_ended {
            let undo = match self.connection.is_in_transaction() {
                true => "ROLLBACK TO SAVEPOINT copied_; RELEASE SAVEPOINT copied_",
                false => "ROLLBACK",
            };
            // Polled once, it is on its way.
            let sent = pin!(self.connection.client().batch_execute(undo));
            let _ = sent.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}
