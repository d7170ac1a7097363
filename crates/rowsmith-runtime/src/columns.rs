//! How rows become structs: field by field, column by column.

#[cfg(feature = "types")]
use std::marker::PhantomData;

use tokio_postgres::types::FromSqlOwned;

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
        self.row.try_get(index)
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
        read::<C, T>(self.0.row, index)
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
