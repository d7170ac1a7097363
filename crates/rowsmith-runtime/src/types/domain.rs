/// A domain of the schema with a type of its own.
#[doc(hidden)]
pub trait Domain {
    /// What it is over.
    type Base;
    /// How that travels.
    type Codec;
}

/// Whether `ty` is the domain, or what it is over, as in a result.
#[doc(hidden)]
pub fn is_domain<T: Domain>(ty: &Type) -> bool
where
    T::Codec: Read<T::Base>,
{
    T::Codec::accepts(ty)
}

#[doc(hidden)]
pub fn read_domain<T: Domain + From<T::Base>>(ty: &Type, raw: &[u8]) -> Result<T, Fault>
where
    T::Codec: Read<T::Base>,
{
    T::Codec::read(ty, Some(raw)).map(T::from)
}

#[doc(hidden)]
pub fn write_domain<T: Domain>(
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
#[doc(hidden)]
#[macro_export]
macro_rules! domain_in_postgres {
    ($name:ident) => {
        $crate::in_postgres!(
            $name,
            accepts: $crate::types::is_domain::<$name>,
            read: $crate::types::read_domain,
            write: |value: &$name, ty, out| $crate::types::write_domain::<$name>(&value.0, ty, out)
        );
    };
}
