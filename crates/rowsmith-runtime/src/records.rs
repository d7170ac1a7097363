//! Reads rows that have their relations inside, as records and arrays of records.

use std::error::Error as StdError;
use std::fmt;

use tokio_postgres::types::{FromSql, Type, WrongType};

use super::Row;
use super::error::{Error, ErrorKind};
use super::fetch::Request;
use super::relations::{ManyWith, OneWith};
#[cfg(feature = "types")]
use super::types::Read;

/// Why a value could not be read.
type Fault = Box<dyn StdError + Sync + Send>;

/// Turns a record, or a row, into a value.
type Decode<T> = fn(&mut Record<'_>) -> Result<T, Error>;

impl<'a> Request<'a> {
    /// Fetches the first row, with what belongs to it.
    pub fn one_nested<T: Send + 'a>(self, decode: Decode<T>) -> OneWith<'a, T> {
        let query = self.query();
        OneWith {
            query,
            rows: Box::pin(async move {
                let row = self.first_row().await?;
                let first = row.map(|row| decode(&mut Record::of(query.name, &row)));
                first.into_iter().collect()
            }),
        }
    }

    /// Fetches all rows, with what belongs to them.
    pub fn many_nested<T: Send + 'a>(self, decode: Decode<T>) -> ManyWith<'a, T> {
        let query = self.query();
        ManyWith(Box::pin(async move {
            let rows = self.rows().await?;
            let rows = rows.iter();
            rows.map(|row| decode(&mut Record::of(query.name, row)))
                .collect()
        }))
    }
}

/// A row, or a record in it, whose fields are read one after the other.
pub struct Record<'a> {
    query: &'static str,
    /// The row, whose columns have all types that can be inside.
    row: &'a Row,
    fields: Fields<'a>,
    /// The struct that is being read, and its field.
    place: (&'static str, &'static str),
}

enum Fields<'a> {
    /// The row itself: the place of the next column.
    Row(usize),
    /// What is left of a record.
    Record(&'a [u8]),
}

impl<'a> Record<'a> {
    fn of(query: &'static str, row: &'a Row) -> Self {
        Self {
            query,
            row,
            fields: Fields::Row(0),
            place: ("", ""),
        }
    }

    /// Says which field of which struct is read next.
    pub fn enter(&mut self, name: &'static str, field: &'static str) {
        self.place = (name, field);
    }

    /// The next field.
    pub fn next<T: FromSql<'a>>(&mut self) -> Result<T, Error> {
        self.read_by(|ty, raw| {
            if T::accepts(ty) {
                T::from_sql_nullable(ty, raw)
            } else {
                Err(WrongType::new::<T>(ty.clone()).into())
            }
        })
    }

    #[cfg(feature = "types")]
    /// The next field, read by the codec `C`.
    pub fn read<C: Read<T>, T>(&mut self) -> Result<T, Error> {
        self.read_by(|ty, raw| {
            if C::accepts(ty) {
                C::read(ty, raw)
            } else {
                Err(WrongType::new::<T>(ty.clone()).into())
            }
        })
    }

    /// The next field, a record or nothing.
    pub fn one<T>(&mut self, decode: Decode<T>) -> Result<Option<T>, Error> {
        let raw = self.read_by(|ty, raw| expect(ty, &Type::RECORD, raw))?;
        raw.map(|raw| self.inner(raw, decode)).transpose()
    }

    /// The next field, a record that must be there; `query` is what would not have found it.
    pub fn required<T>(&mut self, query: &'static str, decode: Decode<T>) -> Result<T, Error> {
        self.one(decode)?.ok_or(Error {
            query,
            kind: ErrorKind::NotFound,
        })
    }

    /// The next field, an array of records.
    pub fn many<T>(&mut self, decode: Decode<T>) -> Result<Vec<T>, Error> {
        let raw = self.read_by(|ty, raw| expect(ty, &Type::RECORD_ARRAY, raw))?;
        let Some(mut raw) = raw else {
            return Ok(Vec::new());
        };
        let length = array_length(&mut raw).map_err(|fault| self.fault(fault))?;
        let mut records = Vec::with_capacity(length);
        for _ in 0..length {
            let value = take_value(&mut raw).map_err(|fault| self.fault(fault))?;
            if let Some(record) = value {
                records.push(self.inner(record, decode)?);
            }
        }
        Ok(records)
    }

    /// Reads a record inside of this one.
    fn inner<T>(&self, mut raw: &'a [u8], decode: Decode<T>) -> Result<T, Error> {
        // How many fields there are.
        take_number(&mut raw).map_err(|fault| self.fault(fault))?;
        decode(&mut Record {
            query: self.query,
            row: self.row,
            fields: Fields::Record(raw),
            place: ("", ""),
        })
    }

    fn read_by<T>(
        &mut self,
        read: impl FnOnce(&Type, Option<&'a [u8]>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.next_field()
            .and_then(|(ty, raw)| read(&ty, raw))
            .map_err(|fault| self.fault(fault))
    }

    fn next_field(&mut self) -> Result<(Type, Option<&'a [u8]>), Fault> {
        match &mut self.fields {
            Fields::Row(next) => {
                let column = self.row.raw(*next)?;
                *next += 1;
                Ok(column)
            }
            Fields::Record(raw) => {
                let oid = u32::from_be_bytes(take_number(raw)?.to_be_bytes());
                let ty = Type::from_oid(oid).or_else(|| self.row.type_of(oid));
                let ty = ty.ok_or_else(|| format!("a record has a field of unknown type {oid}"))?;
                Ok((ty, take_value(raw)?))
            }
        }
    }

    fn fault(&self, cause: Fault) -> Error {
        let fault = FieldFault {
            place: self.place,
            cause,
        };
        Error {
            query: self.query,
            kind: ErrorKind::Value(Box::new(fault)),
        }
    }
}

/// A value that could not be read, with the field that it is for.
#[derive(Debug)]
struct FieldFault {
    place: (&'static str, &'static str),
    cause: Fault,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, field) = self.place;
        let field = field.trim_start_matches("r#");
        write!(f, "field `{field}` of `{name}`: {}", self.cause)
    }
}

impl StdError for FieldFault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}

/// The value, if it is of the type that is expected.
fn expect<'a>(
    ty: &Type,
    expected: &Type,
    raw: Option<&'a [u8]>,
) -> Result<Option<&'a [u8]>, Fault> {
    if ty == expected {
        Ok(raw)
    } else {
        Err(format!("the column is `{ty}`, not `{expected}`").into())
    }
}

fn take_number(raw: &mut &[u8]) -> Result<i32, Fault> {
    let (number, rest) = raw
        .split_first_chunk()
        .ok_or("a record is shorter than it says")?;
    *raw = rest;
    Ok(i32::from_be_bytes(*number))
}

/// A value with its length before it; `None` is NULL.
fn take_value<'a>(raw: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Fault> {
    let Ok(length) = usize::try_from(take_number(raw)?) else {
        return Ok(None);
    };
    let (value, rest) = raw
        .split_at_checked(length)
        .ok_or("a record is shorter than it says")?;
    *raw = rest;
    Ok(Some(value))
}

/// How many elements an array of one dimension has, which follow.
fn array_length(raw: &mut &[u8]) -> Result<usize, Fault> {
    let dimensions = take_number(raw)?;
    let (_has_null, _element) = (take_number(raw)?, take_number(raw)?);
    if dimensions == 0 {
        return Ok(0);
    }
    let (length, _lower_bound) = (take_number(raw)?, take_number(raw)?);
    if dimensions > 1 {
        return Err("an array of records has several dimensions".into());
    }
    let length = usize::try_from(length)?;
    // Each takes four bytes at least.
    if length > raw.len() / 4 {
        return Err("an array is shorter than it says".into());
    }
    Ok(length)
}

/// Implements `from_record`, which reads a struct from a row or record: `from_record!(Order(record) { id, lines:
/// record.many(Line::from_record)? })` has the fields in the order of the record, each with the expression that reads it,
/// unless that is `record.next()?`.
#[doc(hidden)]
#[macro_export]
macro_rules! from_record {
    (@ $record:ident) => { $record.next()? };
    (@ $record:ident $value:expr) => { $value };
    ($name:ident($record:ident) { $($field:ident $(: $value:expr)?),* $(,)? }) => {
        impl $name {
            pub(super) fn from_record(
                $record: &mut $crate::Record<'_>,
            ) -> ::std::result::Result<Self, $crate::Error> {
                ::std::result::Result::Ok(Self {
                    $($field: {
                        $record.enter(::std::stringify!($name), ::std::stringify!($field));
                        $crate::from_record!(@ $record $($value)?)
                    },)*
                })
            }
        }
    };
}
