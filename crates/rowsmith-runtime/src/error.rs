//! Why a query failed.

use std::error::Error as StdError;
use std::{fmt, io};

use tokio_postgres::error::{Severity, SqlState};

use super::Query;

/// Why a query failed.
///
/// It displays as one sentence, with what the server says. In a log, `{error}` is enough; `{error:?}` adds the SQLSTATE, and the
/// detail and the hint of the server.
pub struct Error {
    pub(super) query: &'static str,
    pub(super) kind: ErrorKind,
}

#[derive(Debug)]
pub(super) enum ErrorKind {
    NotFound,
    TooManyRows,
    /// At least one.
    Outdated(Vec<Misfit>),
    Postgres(tokio_postgres::Error),
    #[cfg(feature = "faults")]
    /// A value that cannot be sent or read, outside of a query's parameters and columns.
    Value(Box<dyn StdError + Send + Sync>),
    #[cfg(feature = "pools")]
    Pool(Box<dyn StdError + Send + Sync>),
    #[cfg(feature = "pages")]
    /// A cursor of another query, or of another order.
    Cursor,
}

/// A query that the database is not right for.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit {
    query: &'static str,
    why: String,
}

impl Misfit {
    pub(super) fn changed(query: &Query, found: &str, expected: &str) -> Self {
        Self {
            query: query.name,
            why: format!(" is {found}, not {expected}"),
        }
    }

    pub(super) fn refused(query: &Query, reason: String) -> Self {
        Self {
            query: query.name,
            why: format!(": {reason}"),
        }
    }
}

impl Error {
    pub(super) fn postgres(query: &'static str, cause: tokio_postgres::Error) -> Self {
        Self {
            query,
            kind: ErrorKind::Postgres(cause),
        }
    }

    #[cfg(feature = "pools")]
    pub(super) fn pool(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            query: "CONNECT",
            kind: ErrorKind::Pool(Box::new(cause)),
        }
    }

    #[cfg(feature = "pools")]
    /// Whether a pool had no connection to give, in time or at all. For errors of a pool that `?` has made into this one.
    pub fn is_pool_error(&self) -> bool {
        matches!(self.kind, ErrorKind::Pool(_))
    }

    pub(super) fn outdated(misfits: Vec<Misfit>) -> Self {
        Self {
            query: misfits.first().map_or("", |misfit| misfit.query),
            kind: ErrorKind::Outdated(misfits),
        }
    }

    /// Whether `prepare_all` found another database than this code was generated for.
    pub fn is_outdated(&self) -> bool {
        matches!(self.kind, ErrorKind::Outdated(_))
    }

    /// The names of the queries that such a database is not right for.
    pub fn outdated_queries(&self) -> impl Iterator<Item = &'static str> + '_ {
        let misfits = match &self.kind {
            ErrorKind::Outdated(misfits) => misfits.as_slice(),
            _ => &[],
        };
        misfits.iter().map(|misfit| misfit.query)
    }

    /// Whether a query for one row found none.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, ErrorKind::NotFound)
    }

    #[cfg(feature = "pages")]
    /// Whether a page was asked for by the cursor of another query, or of another order of this one.
    pub fn is_wrong_cursor(&self) -> bool {
        matches!(self.kind, ErrorKind::Cursor)
    }

    /// Whether a query for one row found more.
    pub fn is_too_many_rows(&self) -> bool {
        matches!(self.kind, ErrorKind::TooManyRows)
    }

    /// Whether the transaction would succeed if it ran again: it conflicts with another one, or is in a deadlock.
    pub fn is_retryable(&self) -> bool {
        self.sqlstate().is_some_and(|state| {
            *state == SqlState::T_R_SERIALIZATION_FAILURE
                || *state == SqlState::T_R_DEADLOCK_DETECTED
        })
    }

    /// Whether the connection cannot be used any more.
    pub fn is_connection_lost(&self) -> bool {
        let Some(cause) = self.as_postgres() else {
            return false;
        };
        match cause.as_db_error() {
            // The server says so as it leaves.
            Some(report) => report
                .parsed_severity()
                .is_some_and(|severity| matches!(severity, Severity::Fatal | Severity::Panic)),
            None => {
                cause.is_closed() || cause.source().is_some_and(|cause| cause.is::<io::Error>())
            }
        }
    }

    /// The server's code for what went wrong.
    pub fn sqlstate(&self) -> Option<&SqlState> {
        self.as_postgres().and_then(|cause| cause.code())
    }

    #[cfg(feature = "shared")]
    /// The constraint that was violated, if `C` knows it: `error.constraint::<db::Constraint>()`. Each generated module
    /// `db` has an enum of the constraints of its schema.
    pub fn constraint<C: Violation>(&self) -> Option<C> {
        C::of(self)
    }

    /// The name of the query, or what was done instead: `BEGIN`, `COMMIT`.
    pub fn query(&self) -> &'static str {
        self.query
    }

    /// What `tokio-postgres` reported: the server's error, a lost connection, a value that does not fit its type.
    pub fn as_postgres(&self) -> Option<&tokio_postgres::Error> {
        match &self.kind {
            ErrorKind::Postgres(cause) => Some(cause),
            _ => None,
        }
    }
}

#[cfg(feature = "shared")]
/// The constraints of a schema, of which generated code has an enum.
pub trait Violation: Sized {
    /// The constraint that was violated, if it is known.
    fn of(error: &Error) -> Option<Self>;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::NotFound => write!(f, "query `{}` found no row", self.query),
            ErrorKind::TooManyRows => write!(f, "query `{}` found more than one row", self.query),
            #[cfg(feature = "pages")]
            ErrorKind::Cursor => write!(
                f,
                "query `{}` has no such page: the cursor is of another query or order",
                self.query
            ),
            ErrorKind::Outdated(misfits) => {
                f.write_str("the database is not the one that this code was generated for")?;
                for Misfit { query, why } in misfits {
                    write!(f, "\n- query `{query}`{why}")?;
                }
                Ok(())
            }
            #[cfg(feature = "pools")]
            ErrorKind::Pool(cause) => {
                f.write_str("the pool gave no connection: ")?;
                write_chain(&**cause, f)
            }
            ErrorKind::Postgres(cause) => {
                write!(f, "{} failed: ", Failed(self.query))?;
                match cause.as_db_error() {
                    Some(report) => f.write_str(report.message()),
                    None => write_chain(cause, f),
                }
            }
            #[cfg(feature = "faults")]
            ErrorKind::Value(cause) => {
                write!(f, "{} failed: ", Failed(self.query))?;
                write_chain(&**cause, f)
            }
        }
    }
}

/// What failed: a query, or a command that belongs to none.
struct Failed(&'static str);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names of queries are in another case, or are not commands.
        let is_command = matches!(
            self.0.split(' ').next(),
            Some("BEGIN" | "COMMIT" | "CONNECT" | "RELEASE" | "ROLLBACK" | "SAVEPOINT" | "SET")
        );
        if is_command {
            write!(f, "`{}`", self.0)
        } else {
            write!(f, "query `{}`", self.0)
        }
    }
}

/// An error and its causes, unless it says them itself.
fn write_chain(error: &dyn StdError, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut said = error.to_string();
    f.write_str(&said)?;
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_says = cause.to_string();
        if !said.contains(&cause_says) {
            write!(f, ": {cause_says}")?;
            said = cause_says;
        }
        next = cause.source();
    }
    Ok(())
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let Some(report) = self.as_postgres().and_then(|cause| cause.as_db_error()) else {
            return Ok(());
        };
        if let Some(detail) = report.detail() {
            write!(f, "\n  detail: {detail}")?;
        }
        if let Some(hint) = report.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        write!(f, "\n  SQLSTATE: {}", report.code().code())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            ErrorKind::NotFound | ErrorKind::TooManyRows | ErrorKind::Outdated(_) => None,
            #[cfg(feature = "pages")]
            ErrorKind::Cursor => None,
            #[cfg(feature = "pools")]
            ErrorKind::Pool(cause) => Some(&**cause),
            ErrorKind::Postgres(cause) => Some(cause),
            #[cfg(feature = "faults")]
            ErrorKind::Value(cause) => Some(&**cause),
        }
    }
}
