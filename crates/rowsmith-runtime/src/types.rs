//! Postgres types that no crate has, and how values travel.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{
    Field, FromSql, FromSqlOwned, IsNull, Kind, ToSql, Type, WasNull, WrongType, to_sql_checked,
};

use super::Row;

/// Why a value could not be read or written.
#[doc(hidden)]
pub type Fault = Box<dyn StdError + Sync + Send>;

// One module in projects, too: a file for each part, of which a project has those that it uses.
include!("types/binary.rs");
include!("types/value.rs");
include!("types/codec.rs");
include!("types/interval.rs");
include!("types/time_tz.rs");
include!("types/money.rs");
include!("types/tid.rs");
include!("types/snapshot.rs");
include!("types/jsonpath.rs");
include!("types/mac_addr.rs");
include!("types/mac_addr8.rs");
include!("types/point.rs");
include!("types/line.rs");
include!("types/line_segment.rs");
include!("types/rect.rs");
include!("types/path.rs");
include!("types/polygon.rs");
include!("types/circle.rs");
include!("types/weight.rs");
include!("types/ts_vector.rs");
include!("types/ts_query.rs");
include!("types/cube.rs");
include!("types/array.rs");
include!("types/range.rs");
include!("types/multirange.rs");
include!("types/codec_array.rs");
include!("types/as_oid.rs");
include!("types/as_xid8.rs");
include!("types/as_text.rs");
include!("types/void.rs");
include!("types/clock_time.rs");
include!("types/numeric.rs");
include!("types/numeric_text.rs");
#[cfg(feature = "rust_decimal")]
include!("types/numeric_rust_decimal.rs");
#[cfg(feature = "bigdecimal")]
include!("types/numeric_bigdecimal.rs");
include!("types/numeric_string.rs");
#[cfg(feature = "serde_json")]
include!("types/exact_json.rs");
include!("types/composite.rs");
include!("types/domain.rs");
