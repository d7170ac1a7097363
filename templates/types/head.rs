use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;
use std::str::FromStr;

use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{
    FromSql, FromSqlOwned, IsNull, Kind, ToSql, Type, WasNull, WrongType, to_sql_checked,
};

/// Why a value could not be read or written.
pub(super) type Fault = Box<dyn StdError + Sync + Send>;
