//! How rows become structs: field by field, column by column.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::fmt;
#[cfg(feature = "types")]
use std::marker::PhantomData;

use tokio_postgres::types::{FromSql, FromSqlOwned, Type};

use super::Row;
#[cfg(feature = "types")]
use super::types::{Read, read};

/// The columns of a row, one after the other.
pub struct Columns<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Columns<'a> {
    /// Those from the column `first` on.
    pub fn new(row: &'a Row, first: usize) -> Self {
        Self { row, next: first }
    }

    fn step(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// The value of the next column.
    pub fn get<T: FromSqlOwned>(&mut self) -> Result<T, tokio_postgres::Error> {
        let index = self.step();
        self.row
            .try_get(index)
            .map_err(|error| named(self.row, index, error))
    }

    #[cfg(feature = "types")]
    /// Has the codec `C` read the next column.
    pub fn by<'c, C>(&'c mut self) -> By<'c, 'a, C> {
        By(self, PhantomData)
    }
}

#[cfg(feature = "types")]
/// The next column, read by a codec.
pub struct By<'c, 'a, C>(&'c mut Columns<'a>, PhantomData<C>);

#[cfg(feature = "types")]
impl<C> By<'_, '_, C> {
    pub fn get<T>(self) -> Result<T, tokio_postgres::Error>
    where
        C: Read<T>,
    {
        let index = self.0.step();
        read::<C, T>(self.0.row, index).map_err(|error| named(self.0.row, index, error))
    }
}

/// A value that could not be read, with the column that it is in.
#[derive(Debug)]
struct ColumnFault {
    column: String,
    cause: Box<dyn StdError + Sync + Send>,
}

impl fmt::Display for ColumnFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column `{}`: {}", self.column, self.cause)
    }
}

impl StdError for ColumnFault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}

thread_local! {
    /// Why the next [`Failed`] is none.
    static FAULT: RefCell<Option<ColumnFault>> = const { RefCell::new(None) };
}

/// What cannot be read. Only so can an error of `tokio-postgres` be made.
struct Failed;

impl FromSql<'_> for Failed {
    fn from_sql(_: &Type, _: &[u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let fault = FAULT.with(|fault| fault.borrow_mut().take());
        Err(fault.map_or_else(|| "not read".into(), Into::into))
    }

    fn from_sql_null(ty: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Self::from_sql(ty, &[])
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The error with the name of the column. One about no column, as where a row is too short, stays as it is.
fn named(row: &Row, index: usize, error: tokio_postgres::Error) -> tokio_postgres::Error {
    let Some(column) = row.name_of(index) else {
        return error;
    };
    let column = column.to_owned();
    let cause = error.into_source();
    let cause = cause.unwrap_or_else(|| "the value cannot be read".into());
    FAULT.with(|fault| *fault.borrow_mut() = Some(ColumnFault { column, cause }));
    match row.read_raw(index) {
        Err(error) => error,
        Ok(Failed) => unreachable!("nothing can be read as this"),
    }
}

/// Implements `from_row`, which reads a struct from a row: `from_row!(Author { id, name, wage: Numeric })` has the fields
/// in the order of the columns, each with the codec that reads it, if its type does not read itself. With full paths,
/// since the names of the schema are in scope where it is used.
#[doc(hidden)]
#[macro_export]
macro_rules! from_row {
    ($name:ident { $($field:ident $(: $codec:ty)?),* $(,)? }) => {
        impl $name {
            pub(super) fn from_row(
                row: &$crate::Row,
            ) -> ::std::result::Result<Self, ::tokio_postgres::Error> {
                let mut columns = $crate::Columns::new(row, 0);
                ::std::result::Result::Ok(Self {
                    $($field: columns $(.by::<$codec>())? .get()?,)*
                })
            }
        }
    };
}

#[cfg(feature = "parts")]
/// Implements `from_columns`, which reads a struct from the columns of a row that begin at some place, as `from_row!` does
/// from all of them.
#[doc(hidden)]
#[macro_export]
macro_rules! from_columns {
    ($name:ident { $($field:ident $(: $codec:ty)?),* $(,)? }) => {
        impl $name {
            pub(super) fn from_columns(
                row: &$crate::Row,
                first: usize,
            ) -> ::std::result::Result<Self, ::tokio_postgres::Error> {
                let mut columns = $crate::Columns::new(row, first);
                ::std::result::Result::Ok(Self {
                    $($field: columns $(.by::<$codec>())? .get()?,)*
                })
            }
        }
    };
}
