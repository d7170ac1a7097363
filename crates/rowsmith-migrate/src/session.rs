//! The connection that applies migrations: one session of the server, whose settings no file may leave changed.

use std::fmt::Write as _;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{Error, ErrorKind, POOLED};
use crate::options::Options;
use crate::progress::Progress;
use crate::quote::{identifier, literal};

/// The key of the advisory lock: `rowsmith` in ASCII.
const KEY: i64 = 0x726f_7773_6d69_7468;

/// The rows of `pg_locks` about our lock in this database.
const LOCK_ROWS: &str = "SELECT l.pid FROM pg_catalog.pg_locks l \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
       AND l.classid = 1919907699 AND l.objid = 1835627624 \
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())";

/// How long a process waits before it asks for the lock again, at first and at most.
const POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// A session that holds the lock. Dropped early, as with its future, it still rolls back and gives the lock up.
pub(crate) struct Session<'a> {
    pub(crate) client: &'a Client,
    /// The process of the server.
    process: i32,
    /// What brings role and settings back to what the caller had.
    restore: String,
    /// What makes the rest of a transaction run as the caller, whatever role a file has taken.
    as_ourselves: String,
    is_released: bool,
}

impl<'a> Session<'a> {
    /// Waits for the lock. It asks again and again: a session that waits inside of Postgres is waited for by `CREATE INDEX
    /// CONCURRENTLY`, and both would never end.
    pub(crate) async fn lock(client: &'a Client, options: &Options) -> Result<Self, Error> {
        let process = check(client).await?;
        let role = value(client, "SELECT pg_catalog.current_setting('role')").await?;
        let role = role.filter(|role| role != "none");
        let role = role.map_or_else(|| "NONE".to_owned(), |role| identifier(&role));
        let restore = restore(client, &role).await?;
        let ask = format!(
            "SELECT CASE WHEN EXISTS ({LOCK_ROWS} AND l.pid = pg_catalog.pg_backend_pid()) THEN 'held' \
                 WHEN pg_catalog.pg_try_advisory_lock({KEY}) THEN 'taken' ELSE 'busy' END"
        );
        let deadline = Instant::now() + options.lock_wait;
        let mut pause = POLL.0;
        let mut holder = None;
        loop {
            match value(client, &ask).await?.as_deref() {
                Some("taken") => break,
                Some("held") => {
                    return Err(pooled(
                        "this session of the server already holds the lock of migrations",
                    ));
                }
                _ => {}
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(locked(client, options.lock_wait).await?);
            }
            let found = held_by(client).await?;
            if found.is_some() && found != holder {
                options.tell(&Progress::Waiting { holder: found });
                holder = found;
            }
            sleep(client, pause.min(deadline - now)).await?;
            pause = (pause * 2).min(POLL.1);
        }
        Ok(Self {
            client,
            process,
            restore,
            as_ourselves: format!(
                "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE {role}; SET LOCAL search_path = pg_catalog"
            ),
            is_released: false,
        })
    }

    /// SQL that ends what a file has set. It can be part of a transaction.
    pub(crate) fn restore(&self) -> &str {
        &self.restore
    }

    /// SQL that makes the rest of a transaction run as the caller.
    pub(crate) fn as_ourselves(&self) -> &str {
        &self.as_ourselves
    }

    /// Fails if the connection has come to another process of the server.
    pub(crate) fn check(&self, process: Option<&str>) -> Result<(), Error> {
        if process.and_then(|process| process.parse().ok()) == Some(self.process) {
            return Ok(());
        }
        Err(pooled(
            "the connection has changed its session on the server",
        ))
    }

    /// Fails if the lock is not held any more.
    pub(crate) async fn check_lock(&self) -> Result<(), Error> {
        let process = value(self.client, "SELECT pg_catalog.pg_backend_pid()").await?;
        self.check(process.as_deref())?;
        let sql = format!("{LOCK_ROWS} AND l.pid = pg_catalog.pg_backend_pid()");
        match value(self.client, &sql).await? {
            Some(_) => Ok(()),
            None => Err(Error::new(
                ErrorKind::Locked,
                "the lock of migrations was given up while they were applied",
            )
            .with_help("take `pg_advisory_unlock_all` out of the migrations")),
        }
    }

    /// Gives the lock up.
    pub(crate) async fn release(mut self) -> Result<(), Error> {
        self.is_released = true;
        let sql = format!(
            "{}; SELECT pg_catalog.pg_advisory_unlock({KEY})",
            self.restore
        );
        execute(self.client, &sql).await
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.is_released {
            return;
        }
        let sql = format!(
            "ROLLBACK; {}; SELECT pg_catalog.pg_advisory_unlock({KEY})",
            self.restore
        );
        // The first poll sends it. Nobody is left to read the answer.
        let sending = pin!(self.client.batch_execute(&sql));
        let _ = sending.poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// Who holds the lock.
pub(crate) async fn held_by(client: &Client) -> Result<Option<i32>, Error> {
    let found = value(client, LOCK_ROWS).await?;
    Ok(found.and_then(|process| process.parse().ok()))
}

/// Waits in Postgres, so that no timer is needed.
pub(crate) async fn sleep(client: &Client, pause: Duration) -> Result<(), Error> {
    execute(
        client,
        &format!("SELECT pg_catalog.pg_sleep({})", pause.as_secs_f64()),
    )
    .await
}

pub(crate) async fn execute(client: &Client, sql: &str) -> Result<(), Error> {
    let done = client.batch_execute(sql).await;
    done.map_err(|error| Error::of(ErrorKind::Journal, "the database cannot be asked", error))
}

/// The first value of the first row.
pub(crate) async fn value(client: &Client, sql: &str) -> Result<Option<String>, Error> {
    let rows = raw(client, sql).await;
    let rows =
        rows.map_err(|error| Error::of(ErrorKind::Journal, "the database cannot be asked", error))?;
    Ok(rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next().flatten()))
}

/// Rows as text.
pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// The rows of all statements of `sql`, as text.
pub(crate) async fn raw(client: &Client, sql: &str) -> Result<Rows, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let values = (0..row.len()).map(|index| row.get(index).map(str::to_owned));
            Some(values.collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

/// The process of the server, after making sure that it stays the same.
pub(crate) async fn check(client: &Client) -> Result<i32, Error> {
    // A pooler that lends sessions for one transaction gives prepared statements names of its own.
    let sql = "SELECT pg_catalog.pg_backend_pid(), \
         EXISTS (SELECT FROM pg_catalog.pg_prepared_statements s WHERE s.name LIKE 'PGBOUNCER\\_%')";
    let row = client.query_one(sql, &[]).await;
    let row =
        row.map_err(|error| Error::of(ErrorKind::Journal, "the database cannot be asked", error))?;
    let process: i32 = row.get(0);
    if row.get(1) {
        return Err(pooled(
            "the connection goes through a pooler that lends it a session for one transaction at a time",
        ));
    }
    for _ in 0..3 {
        let again = value(client, "SELECT pg_catalog.pg_backend_pid()").await?;
        if again.and_then(|process| process.parse().ok()) != Some(process) {
            return Err(pooled(
                "the connection changes its session on the server from statement to statement",
            ));
        }
    }
    Ok(process)
}

fn pooled(message: &str) -> Error {
    Error::new(ErrorKind::Pooled, message).with_help(POOLED)
}

async fn locked(client: &Client, waited: Duration) -> Result<Error, Error> {
    let sql = format!(
        "SELECT 'process ' || a.pid || coalesce(nullif(' (`' || a.application_name || '`)', ' (``)'), '') || \
             ', connected since ' || pg_catalog.date_trunc('second', a.backend_start) \
         FROM pg_catalog.pg_stat_activity a WHERE a.pid IN ({LOCK_ROWS})"
    );
    let holder = value(client, &sql).await?;
    let message = format!(
        "another process has not finished applying migrations within {} s",
        waited.as_secs_f64()
    );
    let help = match holder {
        Some(holder) => format!("wait for {holder} on the server, or raise the limit of waiting"),
        None => "run it again".to_owned(),
    };
    Ok(Error::new(ErrorKind::Locked, message).with_help(help))
}

/// SQL that restores the role and the settings that the session has now.
async fn restore(client: &Client, role: &str) -> Result<String, Error> {
    let mut sql = format!("RESET SESSION AUTHORIZATION; RESET ALL; SET ROLE {role}");
    let settings =
        "SELECT s.name, s.setting FROM pg_catalog.pg_settings s WHERE s.source = 'session'";
    let messages = client.simple_query(settings).await;
    let messages = messages
        .map_err(|error| Error::of(ErrorKind::Journal, "the database cannot be asked", error))?;
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message
            && let (Some(name), Some(setting)) = (row.get(0), row.get(1))
        {
            let (name, setting) = (literal(name), literal(setting));
            let _ = write!(
                sql,
                "; SELECT pg_catalog.set_config({name}, {setting}, false)"
            );
        }
    }
    Ok(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_pg_locks() {
        assert_eq!(KEY >> 32, 1_919_907_699);
        assert_eq!(KEY & 0xffff_ffff, 1_835_627_624);
    }
}
