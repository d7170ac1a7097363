//! How queries run: the [`Client`] they run on, and what a query function returns.

#[cfg(feature = "batch")]
mod batch;
#[cfg(feature = "bb8")]
mod bb8;
mod columns;
mod connection;
#[cfg(feature = "copy")]
mod copy;
#[cfg(feature = "deadpool")]
mod deadpool;
#[cfg(feature = "dynamic")]
mod dynamic;
mod error;
mod fetch;
#[cfg(feature = "groups")]
mod groups;
#[cfg(feature = "loaders")]
mod loaders;
mod prepare;
#[cfg(feature = "records")]
mod records;
#[cfg(feature = "relations")]
mod relations;
#[cfg(feature = "rows")]
mod rows;
mod session;
#[cfg_attr(not(feature = "tracing"), path = "no_span.rs")]
mod span;
mod transaction;
#[cfg(feature = "types")]
pub mod types;
#[cfg(feature = "values")]
mod values;
#[cfg(feature = "constraints")]
mod violations;

use tokio_postgres::types::{ToSql, Type};

#[cfg(feature = "abi")]
#[doc(hidden)]
/// The version of what generated code knows of this crate. It changes with the names and types of hidden items.
pub const ABI: u32 = 1;

#[cfg(feature = "abi")]
#[doc(hidden)]
/// The features that generated code may need.
pub mod enabled {
    pub const BB8: bool = cfg!(feature = "bb8");
    pub const BIGDECIMAL: bool = cfg!(feature = "bigdecimal");
    pub const DEADPOOL: bool = cfg!(feature = "deadpool");
    pub const RUST_DECIMAL: bool = cfg!(feature = "rust_decimal");
    pub const TRACING: bool = cfg!(feature = "tracing");
    pub const UNPREPARED: bool = cfg!(feature = "unprepared");
}

#[cfg(feature = "batch")]
#[doc(hidden)]
pub use self::batch::BatchRequest;
#[cfg(feature = "batch")]
pub use self::batch::{Batch, BatchAll, BatchResults, BatchStream};
#[cfg(all(feature = "bb8", not(feature = "unprepared")))]
pub use self::bb8::SessionManager;
#[doc(hidden)]
pub use self::columns::Columns;
pub use self::connection::Connection;
#[cfg(feature = "copy")]
#[doc(hidden)]
pub use self::copy::{CopyBuffer, CopyTarget};
#[cfg(feature = "copy")]
pub use self::copy::{CopyIn, CopyStream};
#[cfg(feature = "orders")]
pub use self::dynamic::UnknownOrder;
#[cfg(feature = "dynamic")]
#[doc(hidden)]
pub use self::dynamic::{DynamicQuery, Piece};
pub use self::error::Error;
#[cfg(feature = "shared")]
pub use self::error::Violation;
pub use self::fetch::{
    Affected, Collect, Exec, ExecRows, Executed, Many, One, Optional, Required, RowsStream,
};
#[doc(hidden)]
pub use self::fetch::{Request, scalar};
#[cfg(feature = "loaders")]
#[doc(hidden)]
pub use self::loaders::Loader;
#[doc(hidden)]
pub use self::prepare::{Checked, prepare_modules};
#[cfg(feature = "records")]
#[doc(hidden)]
pub use self::records::Record;
#[cfg(feature = "relations")]
#[doc(hidden)]
pub use self::relations::{Loading, Relation, all, decoded};
#[cfg(feature = "relations")]
pub use self::relations::{ManyWith, OneWith};
#[cfg(feature = "rows")]
#[doc(hidden)]
pub use self::rows::RowsRequest;
pub use self::session::{Session, Statements};
pub use self::transaction::{Retry, Transaction, TransactionOptions, transaction};
#[cfg(feature = "enums")]
pub use self::values::UnknownLabel;
#[cfg(feature = "values")]
#[doc(hidden)]
pub use self::values::{Fault, write_checked};
#[cfg(feature = "enums")]
#[doc(hidden)]
pub use self::values::{is_enum, read_label, write_label};

/// One query of the SQL files: its name, its text and the types of its parameters.
#[derive(Debug)]
pub struct Query {
    /// The name in the query's annotation.
    pub name: &'static str,
    /// The text that is sent.
    pub sql: &'static str,
    /// The parameters' types; `Type::UNKNOWN` leaves one to the server, as for an enum.
    pub types: &'static [Type],
    /// Whether a second row is an error, where one is expected.
    pub is_strict: bool,
}

impl Query {
    #[doc(hidden)]
    pub const fn new(name: &'static str, types: &'static [Type], sql: &'static str) -> Self {
        Self {
            name,
            sql,
            types,
            is_strict: false,
        }
    }

    #[doc(hidden)]
    /// Makes a second row of a query for one row an error.
    pub const fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }
}

/// The values for a query's placeholders, in order.
pub type Parameters<'a> = Vec<Box<dyn ToSql + Sync + Send + 'a>>;

/// What queries run on: a [`Session`], a [`Transaction`], or `tokio-postgres`' own client and transaction.
///
/// Take a [`Session`] where you can: it prepares each query once. The types of `tokio-postgres` remember nothing between two
/// calls, so they have the server parse and plan the query each time, and a query for one row takes three to five times as
/// long. A wrapper of your own hands out the connection of what it wraps.
#[diagnostic::on_unimplemented(
    message = "queries cannot run on `{Self}`",
    note = "they run on a `Session`, which prepares each query once, on a `Transaction`, and on `tokio_postgres::Client`",
    note = "for the connections of a pool, add `clients: [deadpool]` or `clients: [bb8]` to `gen.rust` in sqlc.yaml"
)]
pub trait Client: Send + Sync {
    /// The connection to the server, and what it has prepared.
    fn connection(&self) -> Connection<'_>;
}

/// A [`Client`] that is not in a transaction, so that [`transaction()`] can begin one on it.
pub trait BeginTransaction: Client {}

impl<C: Client + ?Sized> Client for &C {
    fn connection(&self) -> Connection<'_> {
        (**self).connection()
    }
}

impl<C: Client + ?Sized> Client for &mut C {
    fn connection(&self) -> Connection<'_> {
        (**self).connection()
    }
}

impl<C: BeginTransaction + ?Sized> BeginTransaction for &mut C {}

/// The server parses and plans the query each time. A [`Session`], made by `Session::new(client)`, prepares each query once:
/// a query for one row is then three to five times as fast.
impl Client for tokio_postgres::Client {
    fn connection(&self) -> Connection<'_> {
        Connection::new(self)
    }
}

impl BeginTransaction for tokio_postgres::Client {}

impl Client for tokio_postgres::Transaction<'_> {
    fn connection(&self) -> Connection<'_> {
        Connection::new(self.client()).in_transaction()
    }
}
