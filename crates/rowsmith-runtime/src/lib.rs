//! How queries run: the [`Client`] they run on, and what a query function returns.

#[cfg(feature = "batch")]
mod batch;
#[cfg(feature = "bb8")]
mod bb8;
mod columns;
mod connection;
#[cfg(feature = "copy")]
mod copy;
#[cfg(feature = "pages")]
mod cursor;
#[cfg(feature = "deadpool")]
mod deadpool;
#[cfg(feature = "dynamic")]
mod dynamic;
mod error;
mod explained;
mod fetch;
#[cfg(feature = "groups")]
mod groups;
#[cfg(feature = "copy")]
mod inserts;
#[cfg(feature = "like")]
pub mod like;
#[cfg(feature = "loaders")]
mod loaders;
#[cfg(feature = "pages")]
mod page_orders;
#[cfg(feature = "pages")]
mod pages;
mod prepare;
#[cfg(feature = "records")]
mod records;
#[cfg(feature = "relations")]
mod relations;
mod retries;
mod row;
#[cfg(feature = "rows")]
mod rows;
mod session;
#[cfg_attr(not(feature = "tracing"), path = "no_span.rs")]
mod span;
mod transaction;
#[cfg(feature = "types")]
pub mod types;
mod user_types;
#[cfg(feature = "values")]
mod values;
#[cfg(feature = "constraints")]
mod violations;

use std::sync::{Arc, OnceLock};

use tokio_postgres::types::{ToSql, Type};

use self::user_types::{Unnamed, UserColumns};

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
    pub const SERDE: bool = cfg!(feature = "serde");
    pub const SERDE_JSON: bool = cfg!(feature = "serde_json");
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
#[cfg(feature = "pages")]
pub use self::cursor::{Cursor, InvalidCursor};
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
#[cfg(feature = "pages")]
#[doc(hidden)]
pub use self::page_orders::{PageKey, PageOrder};
#[cfg(feature = "pages")]
#[doc(hidden)]
pub use self::pages::PageRequest;
#[cfg(feature = "totals")]
pub use self::pages::{Counted, ManyCounted, Total};
#[cfg(feature = "pages")]
pub use self::pages::{ManyPaged, Page, Paged};
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
pub use self::retries::Retry;
#[doc(hidden)]
pub use self::row::Row;
#[cfg(feature = "rows")]
#[doc(hidden)]
pub use self::rows::RowsRequest;
pub use self::session::{Session, Statements};
pub use self::transaction::{Transaction, TransactionOptions, transaction};
#[doc(hidden)]
pub use self::user_types::UserType;
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
    /// The parameters whose types are not built into Postgres, by their place.
    sends: &'static [(usize, UserType)],
    /// The columns whose types are not built into Postgres.
    gives: UserColumns,
    #[cfg(feature = "assignments")]
    /// The places of parameters that the text does not mention.
    unused: &'static [usize],
    /// How it is sent where nothing is prepared.
    unnamed: OnceLock<Unnamed>,
}

impl Query {
    #[doc(hidden)]
    pub const fn new(name: &'static str, types: &'static [Type], sql: &'static str) -> Self {
        Self {
            name,
            sql,
            types,
            is_strict: false,
            sends: &[],
            gives: UserColumns::NONE,
            #[cfg(feature = "assignments")]
            unused: &[],
            unnamed: OnceLock::new(),
        }
    }

    #[doc(hidden)]
    /// Makes a second row of a query for one row an error.
    pub const fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    #[doc(hidden)]
    /// Says what the parameters are whose types are not built into Postgres, by their place.
    pub const fn sends(mut self, types: &'static [(usize, UserType)]) -> Self {
        self.sends = types;
        self
    }

    #[doc(hidden)]
    /// The same for columns; `names` are those of all.
    pub const fn gives(
        self,
        names: &'static [&'static str],
        types: &'static [(usize, UserType)],
    ) -> Self {
        self.gives_after(0, names, types)
    }

    #[doc(hidden)]
    /// The same where a `WITH` changes data before the statement itself, which begins at `body`.
    pub const fn gives_after(
        mut self,
        body: usize,
        names: &'static [&'static str],
        types: &'static [(usize, UserType)],
    ) -> Self {
        self.gives = UserColumns { body, names, types };
        self
    }

    /// How it is sent where nothing is prepared.
    fn unnamed(&self) -> &Unnamed {
        self.unnamed.get_or_init(|| {
            let unnamed = Unnamed::new(self.sql, self.types, self.sends, &self.gives);
            #[cfg(feature = "assignments")]
            let unnamed = unnamed.without(self.unused);
            unnamed
        })
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
    label = "needs a `Session`, a `Transaction`, or a connection of a pool",
    note = "they run on a `Session`, which prepares each query once, on a `Transaction`, and on `tokio_postgres::Client`",
    note = "for the connections of a pool, add `clients: [deadpool]` or `clients: [bb8]` to `gen.rust` in sqlc.yaml",
    note = "queries do not run on a pool itself: take a connection first, `let client = pool.get().await?`"
)]
pub trait Client: Send + Sync {
    /// The connection to the server, and what it has prepared.
    fn connection(&self) -> Connection<'_>;
}

/// A [`Client`] that is not in a transaction, so that [`transaction()`] can begin one on it.
#[diagnostic::on_unimplemented(
    message = "no transaction can begin on `{Self}`",
    label = "needs a client of its own that is in no transaction",
    note = "what several share, as an `Arc`, has no transaction of its own: use a connection of a pool, or `tx.savepoint(…)` in a transaction",
    note = "a connection of `deadpool-postgres` or `bb8` is one where the configuration has `clients: [deadpool]` or `clients: [bb8]`"
)]
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

impl<C: Client + ?Sized> Client for Arc<C> {
    fn connection(&self) -> Connection<'_> {
        (**self).connection()
    }
}

impl<C: Client + ?Sized> Client for Box<C> {
    fn connection(&self) -> Connection<'_> {
        (**self).connection()
    }
}

impl<C: BeginTransaction + ?Sized> BeginTransaction for Box<C> {}

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
