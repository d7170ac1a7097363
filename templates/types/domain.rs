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

/// Implements what `tokio-postgres` needs to send and receive a domain.
macro_rules! domain_in_postgres {
    ($name:ident) => {
        super::client::in_postgres!(
            $name,
            accepts: super::types::is_domain::<$name>,
            read: super::types::read_domain,
            write: |value: &$name, ty, out| super::types::write_domain::<$name>(&value.0, ty, out)
        );
    };
}

pub(super) use domain_in_postgres;
