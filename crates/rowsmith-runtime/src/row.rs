//! A row of a query, however its statement was sent.

use std::cell::Cell;
use std::error::Error as StdError;

use tokio_postgres::types::{FromSql, Type, WrongType};

use super::Query;

/// Why a value could not be read.
type Fault = Box<dyn StdError + Sync + Send>;

/// A row of a query.
#[derive(Debug)]
pub struct Row {
    row: tokio_postgres::Row,
    query: &'static Query,
}

impl Row {
    pub(super) fn new(row: tokio_postgres::Row, query: &'static Query) -> Self {
        Self { row, query }
    }

    /// The value of a column.
    pub fn try_get<'a, T: FromSql<'a>>(&'a self, index: usize) -> Result<T, tokio_postgres::Error> {
        match self.expected(index) {
            None => self.row.try_get(index),
            Some(ty) => {
                EXPECTED.set(Some(ty));
                let value = self.row.try_get(index);
                value.map(|Inside(value)| value)
            }
        }
    }

    /// What a column is called; `None` where there is none.
    pub(super) fn name_of(&self, index: usize) -> Option<&str> {
        let column = self.row.columns().get(index)?;
        let gives = &self.query.gives;
        // As records, they are sent under other names.
        let mut types = gives.types.iter();
        let is_inside = types.any(|(place, _)| self.expected(*place).is_some());
        let name = gives.names.get(index).filter(|_| is_inside);
        Some(name.map_or(column.name(), |name| *name))
    }

    /// The value of a column as it was sent.
    pub(super) fn read_raw<'a, T: FromSql<'a>>(
        &'a self,
        index: usize,
    ) -> Result<T, tokio_postgres::Error> {
        self.row.try_get(index)
    }

    /// The type of a column that was given as a record, in bytes.
    fn expected(&self, index: usize) -> Option<&'static Type> {
        let place = self.query.gives.find(index)?;
        let column = self.row.columns().get(index)?;
        // Prepared, it has a type of its own.
        let is_inside = *column.type_() == Type::BYTEA;
        is_inside.then(|| &self.query.unnamed().columns[place])
    }

    #[cfg(feature = "records")]
    /// The type of a column and its bytes, as they were sent.
    pub(super) fn raw(&self, index: usize) -> Result<(Type, Option<&[u8]>), Fault> {
        let column = self.row.columns().get(index);
        let column = column.ok_or("the row has too few columns")?;
        let raw = self.try_get::<Option<Bytes<'_>>>(index)?;
        let ty = self.expected(index).unwrap_or(column.type_());
        Ok((ty.clone(), raw.map(|Bytes(raw)| raw)))
    }

    #[cfg(feature = "records")]
    /// The type with an object id, among those of the columns.
    pub(super) fn type_of(&self, oid: u32) -> Option<Type> {
        let mut columns = self.row.columns().iter().enumerate();
        columns.find_map(|(index, column)| match self.expected(index) {
            None => (column.type_().oid() == oid).then(|| column.type_().clone()),
            Some(expected) => {
                let raw: Bytes<'_> = self.row.try_get(index).ok()?;
                let (found, _) = only_field(raw.0).ok()?;
                (found == oid).then(|| expected.clone())
            }
        })
    }
}

thread_local! {
    /// The type of the value that is about to be read: `FromSql` is not told.
    static EXPECTED: Cell<Option<&'static Type>> = const { Cell::new(None) };
}

/// A value inside of a record of one field.
struct Inside<T>(T);

impl<'a, T: FromSql<'a>> FromSql<'a> for Inside<T> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        let expected = EXPECTED.take().ok_or("a value has no type")?;
        let (oid, value) = only_field(raw)?;
        // It may have become another type since.
        let built_in = Type::from_oid(oid);
        let ty = built_in.as_ref().unwrap_or(expected);
        if !T::accepts(ty) {
            return Err(WrongType::new::<T>(ty.clone()).into());
        }
        T::from_sql_nullable(ty, value).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }
}

/// The object id of the type of a record's only field, and its value.
fn only_field(raw: &[u8]) -> Result<(u32, Option<&[u8]>), Fault> {
    let malformed = "a record is not as it was asked for";
    let (&count, rest) = raw.split_first_chunk().ok_or(malformed)?;
    let (&oid, rest) = rest.split_first_chunk().ok_or(malformed)?;
    let (&length, value) = rest.split_first_chunk().ok_or(malformed)?;
    let length = i32::from_be_bytes(length);
    let value = (length != -1).then_some(value);
    if i32::from_be_bytes(count) != 1
        || value.is_some_and(|value| Ok(value.len()) != usize::try_from(length))
    {
        return Err(malformed.into());
    }
    Ok((u32::from_be_bytes(oid), value))
}

#[cfg(feature = "raw_rows")]
/// A value of any type, as it was sent.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

#[cfg(feature = "raw_rows")]
impl<'a> FromSql<'a> for Bytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
