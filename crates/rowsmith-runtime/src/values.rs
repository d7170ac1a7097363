//! How values of the schema's own types travel.

use std::error::Error as StdError;
#[cfg(feature = "enums")]
use std::fmt;
#[cfg(feature = "enums")]
use std::str::FromStr;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, WrongType};

/// Why a value could not be read or written.
pub type Fault = Box<dyn StdError + Sync + Send>;

/// Writes a value, if the type is the one it has.
pub fn write_checked<T: ToSql>(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
    if T::accepts(ty) {
        value.to_sql(ty, out)
    } else {
        Err(WrongType::new::<T>(ty.clone()).into())
    }
}

/// Implements what `tokio-postgres` needs to send and receive a type, by three functions. With full paths, since the
/// names of the schema are in scope where it is used.
#[doc(hidden)]
#[macro_export]
macro_rules! in_postgres {
    ($name:ident, accepts: $accepts:expr, read: $read:expr, write: $write:expr) => {
        impl<'a> tokio_postgres::types::FromSql<'a> for $name {
            fn from_sql(
                ty: &tokio_postgres::types::Type,
                raw: &'a [u8],
            ) -> std::result::Result<Self, $crate::Fault> {
                ($read)(ty, raw)
            }

            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                ($accepts)(ty)
            }
        }

        impl tokio_postgres::types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut tokio_postgres::types::private::BytesMut,
            ) -> std::result::Result<tokio_postgres::types::IsNull, $crate::Fault> {
                ($write)(self, ty, out)
            }

            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                ($accepts)(ty)
            }

            fn to_sql_checked(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut tokio_postgres::types::private::BytesMut,
            ) -> std::result::Result<tokio_postgres::types::IsNull, $crate::Fault> {
                $crate::write_checked(self, ty, out)
            }
        }
    };
}

#[cfg(feature = "enums")]
/// A label that the Rust enum does not have: the database is newer than this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLabel {
    name: &'static str,
    label: String,
}

#[cfg(feature = "enums")]
impl UnknownLabel {
    #[doc(hidden)]
    pub fn new(name: &'static str, label: &str) -> Self {
        Self {
            name,
            label: label.to_owned(),
        }
    }
}

#[cfg(feature = "enums")]
impl fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown label `{}` of the enum `{}`",
            self.label, self.name
        )
    }
}

#[cfg(feature = "enums")]
impl StdError for UnknownLabel {}

#[cfg(feature = "enums")]
/// Whether `ty` is the enum `name`, or a domain over it, as a parameter may be.
pub fn is_enum(ty: &Type, name: &str) -> bool {
    match ty.kind() {
        tokio_postgres::types::Kind::Domain(base) => is_enum(base, name),
        _ => ty.name() == name,
    }
}

#[cfg(feature = "enums")]
pub fn read_label<T: FromStr<Err = UnknownLabel>>(_: &Type, raw: &[u8]) -> Result<T, Fault> {
    Ok(std::str::from_utf8(raw)?.parse()?)
}

#[cfg(feature = "enums")]
pub fn write_label(label: &str, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
    label.to_sql(ty, out)
}

#[cfg(feature = "enums")]
/// Implements what `tokio-postgres` needs to send and receive an enum.
#[doc(hidden)]
#[macro_export]
macro_rules! enum_in_postgres {
    ($name:ident, $sql_name:literal) => {
        $crate::in_postgres!(
            $name,
            accepts: |ty| $crate::is_enum(ty, $sql_name),
            read: $crate::read_label,
            write: |value: &$name, ty, out| $crate::write_label(value.as_str(), ty, out)
        );
    };
}
