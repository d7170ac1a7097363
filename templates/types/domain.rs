/// A domain of the schema with a type of its own.
pub(super) trait Domain {
    /// What it is over.
    type Base;
    /// How that travels.
    type Codec;
}

/// Whether `ty` is the domain, or what it is over, as in a result.
pub(super) fn is_domain<T: Domain>(ty: &Type) -> bool
where
    T::Codec: Read<T::Base>,
{
    T::Codec::accepts(ty)
}

pub(super) fn read_domain<T: Domain + From<T::Base>>(ty: &Type, raw: &[u8]) -> Result<T, Fault>
where
    T::Codec: Read<T::Base>,
{
    T::Codec::read(ty, Some(raw)).map(T::from)
}

pub(super) fn write_domain<T: Domain>(
    value: &T::Base,
    ty: &Type,
    out: &mut BytesMut,
) -> Result<IsNull, Fault>
where
    T::Codec: Write<T::Base>,
{
    T::Codec::write(value, ty, out)
}

/// Implements what `tokio-postgres` needs to send and receive a domain. With full paths, since the names of
/// the schema are in scope where it is used.
macro_rules! domain_in_postgres {
    ($name:ident) => {
        impl<'a> tokio_postgres::types::FromSql<'a> for $name {
            fn from_sql(
                ty: &tokio_postgres::types::Type,
                raw: &'a [u8],
            ) -> std::result::Result<Self, super::types::Fault> {
                super::types::read_domain(ty, raw)
            }

            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                super::types::is_domain::<Self>(ty)
            }
        }

        impl tokio_postgres::types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut tokio_postgres::types::private::BytesMut,
            ) -> std::result::Result<tokio_postgres::types::IsNull, super::types::Fault> {
                super::types::write_domain::<Self>(&self.0, ty, out)
            }

            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                super::types::is_domain::<Self>(ty)
            }

            fn to_sql_checked(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut tokio_postgres::types::private::BytesMut,
            ) -> std::result::Result<tokio_postgres::types::IsNull, super::types::Fault> {
                super::types::checked(self, ty, out)
            }
        }
    };
}

pub(super) use domain_in_postgres;
