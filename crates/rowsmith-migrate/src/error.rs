//! Why migrations could not be applied. No message holds a password, or data of the tables.

use std::error::Error as StdError;
use std::fmt;

use tokio_postgres::error::DbError;

/// Why migrations could not be applied. `Display` is one line; [`Error::help`] says what to do.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    place: Option<Place>,
    code: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What to do about a connection that has no session of its own.
pub(crate) const POOLED: &str = "migrations need one session: connect to the server itself, or to a pool in session mode (for pgbouncer \
     `pool_mode = session`)";

/// The place of a statement that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The version of the migration.
    pub version: String,
    /// The path of its file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The number of the statement in its file, from 1.
    pub statement: usize,
    /// Where in the SQL that was sent Postgres points at, in bytes.
    pub offset: usize,
}

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Files and journal contradict each other. Nothing was applied.
    Diverged,
    /// A migration cannot be applied as it is written. Nothing of it was applied.
    Invalid,
    /// A statement failed.
    Failed,
    /// A file without a transaction has stopped, and a person has to look at the database.
    Stopped,
    /// Another process held the lock for too long.
    Locked,
    /// The connection does not belong to one session, as behind a pooler.
    Pooled,
    /// The journal could not be read or written.
    Journal,
    /// The connection was lost.
    Connection,
    /// A database for a test could not be made.
    Server,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            help: None,
            place: None,
            code: None,
            source: None,
        }))
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    #[cfg(feature = "testing")]
    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Two migrations with one version.
    pub(crate) fn duplicate(version: &str, first: &str, second: &str) -> Self {
        Self::new(
            ErrorKind::Diverged,
            format!("`{first}` and `{second}` have the same version {version}"),
        )
        .with_help("give the one that no database has another version")
    }

    /// Two tools say what was applied, and each would be believed alone.
    pub(crate) fn two_journals(one: (&str, &str), other: (&str, &str)) -> Self {
        let name = |(table, tool): (&str, &str)| format!("`{table}` of {tool}");
        let (one, other) = (name(one), name(other));
        Self::new(
            ErrorKind::Diverged,
            format!("the database has the journals of two tools: {one} and {other}"),
        )
        .with_help("drop or empty the one that is not used any more")
    }

    /// The journal of another tool says that a migration was begun and not finished.
    pub(crate) fn failed_elsewhere(table: &str, tool: &str, version: &str, remedy: &str) -> Self {
        Self::new(
            ErrorKind::Stopped,
            format!("`{table}` says that migration `{version}` failed under {tool}"),
        )
        .with_help(remedy)
    }

    /// A statement of ours about the journal failed.
    pub(crate) fn journal(table: &str, error: tokio_postgres::Error) -> Self {
        Self::of(
            ErrorKind::Journal,
            &format!("the journal `{table}` cannot be used"),
            error,
        )
    }

    /// A statement of a migration failed.
    pub(crate) fn statement(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(found) if is_end(found) => Self::ended(found),
            Some(found) => {
                let mut failure = Self::new(ErrorKind::Failed, told(found));
                failure.0.code = Some(found.code().code().to_owned());
                failure
            }
            None => Self::of(ErrorKind::Failed, "the statement was sent", error),
        }
    }

    /// A failure that Postgres or the connection reports while doing something.
    pub(crate) fn of(kind: ErrorKind, doing: &str, error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(found) if is_end(found) => Self::ended(found),
            Some(found) => {
                let code = found.code().code();
                // A prepared statement that is not there, or is there already.
                let is_pooled = matches!(code, "26000" | "42P05");
                let kind = if is_pooled { ErrorKind::Pooled } else { kind };
                let mut failure = Self::new(kind, format!("{doing}: {}", told(found)));
                failure.0.code = Some(code.to_owned());
                match code {
                    _ if is_pooled => failure.with_help(POOLED),
                    "42501" => failure.with_help(
                        "use a role that may do this, or another schema for the journal",
                    ),
                    "3F000" => {
                        failure.with_help("create the schema, or name another one for the journal")
                    }
                    "25006" => failure.with_help("connect to the primary server"),
                    _ => failure,
                }
            }
            None if error.is_closed() || StdError::source(&error).is_some() => {
                let mut failure = Self::new(
                    ErrorKind::Connection,
                    format!("{doing}: the connection to the server was lost"),
                );
                failure.0.source = Some(Box::new(error));
                failure.with_help(AGAIN)
            }
            None => {
                let mut failure = Self::new(kind, doing);
                failure.0.source = Some(Box::new(error));
                failure
            }
        }
    }

    /// The server said that it ends the connection.
    fn ended(found: &DbError) -> Self {
        let message = format!("the server ended the connection: {}", found.message());
        let mut failure = Self::new(ErrorKind::Connection, message);
        failure.0.code = Some(found.code().code().to_owned());
        failure.with_help(AGAIN)
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The statement that failed.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The SQLSTATE, if Postgres reported the failure.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What is wrong, without the place and the SQLSTATE.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// What to do about a connection that was lost.
const AGAIN: &str = "see whether the server runs, and run it again: it goes on where it stopped";

/// Whether the server ends the connection with this.
fn is_end(error: &DbError) -> bool {
    matches!(error.code().code(), "57P01" | "57P02" | "57P03" | "57P05")
}

/// The message of Postgres, without the values of rows. Its detail is left out for the same reason.
pub(crate) fn told(error: &DbError) -> String {
    let message = error.message();
    // `invalid input syntax for type integer: "…"`
    if error.code().code().starts_with("22")
        && let Some(start) = message.find(": \"")
    {
        return message[..start].to_owned();
    }
    message.to_owned()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            message,
            place,
            code,
            ..
        } = &*self.0;
        if let Some(place) = place {
            write!(f, "{}:{}:{}: ", place.file, place.line, place.column)?;
        }
        f.write_str(message)?;
        if let Some(code) = code {
            write!(f, " (SQLSTATE {code})")?;
        }
        Ok(())
    }
}

/// All that is known, so that `fn main() -> Result<(), Box<dyn Error>>` tells it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        if let Some(help) = self.help() {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source as &(dyn StdError + 'static))
    }
}
