/// What a domain is over; any other type itself.
fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// How values of `T` are read where `T` alone does not say it.
#[doc(hidden)]
pub trait Read<T> {
    fn accepts(ty: &Type) -> bool;

    /// Reads a value; `None` is NULL.
    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<T, Fault>;
}

/// How values of `T` are written where `T` alone does not say it.
#[doc(hidden)]
pub trait Write<T> {
    fn accepts(ty: &Type) -> bool;

    fn write(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault>;
}

/// A value that travels by the codec `C`.
#[doc(hidden)]
pub struct As<C, T>(T, PhantomData<C>);

impl<'a, C: Read<T>, T> FromSql<'a> for As<C, T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self(C::read(ty, Some(raw))?, PhantomData))
    }

    fn from_sql_null(ty: &Type) -> Result<Self, Fault> {
        Ok(Self(C::read(ty, None)?, PhantomData))
    }

    fn accepts(ty: &Type) -> bool {
        C::accepts(ty)
    }
}

impl<C, T: fmt::Debug> fmt::Debug for As<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<C: Write<T>, T: fmt::Debug> ToSql for As<C, T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        C::write(&self.0, ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        C::accepts(ty)
    }

    to_sql_checked!();
}

/// Reads a column by the codec `C`.
#[doc(hidden)]
pub fn read<C: Read<T>, T>(row: &Row, index: usize) -> Result<T, tokio_postgres::Error> {
    row.try_get::<As<C, T>>(index).map(|value| value.0)
}

/// Makes a parameter of a value, sent by the codec `C`.
#[doc(hidden)]
pub fn send<C, T>(value: T) -> As<C, T> {
    As(value, PhantomData)
}

/// A value elsewhere that travels by the codec `C`.
#[doc(hidden)]
pub struct Borrowed<'a, C, T>(&'a T, PhantomData<C>);

impl<C, T: fmt::Debug> fmt::Debug for Borrowed<'_, C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<C: Write<T>, T: fmt::Debug> ToSql for Borrowed<'_, C, T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        C::write(self.0, ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        C::accepts(ty)
    }

    to_sql_checked!();
}

/// Makes a parameter of a value that stays where it is, sent by the codec `C`.
#[doc(hidden)]
pub fn send_borrowed<C, T>(value: &T) -> Borrowed<'_, C, T> {
    Borrowed(value, PhantomData)
}

/// The type's own way, for domains over its Postgres type as well.
#[doc(hidden)]
pub enum Native {}

impl<T: FromSqlOwned> Read<T> for Native {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<T, Fault> {
        T::from_sql_nullable(base(ty), raw)
    }
}

impl<T: ToSql> Write<T> for Native {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn write(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.to_sql(base(ty), out)
    }
}

/// What may be NULL.
#[doc(hidden)]
pub struct Nullable<C>(PhantomData<C>);

impl<C: Read<T>, T> Read<Option<T>> for Nullable<C> {
    fn accepts(ty: &Type) -> bool {
        C::accepts(ty)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Option<T>, Fault> {
        raw.map(|_| C::read(ty, raw)).transpose()
    }
}

impl<C: Write<T>, T> Write<Option<T>> for Nullable<C> {
    fn accepts(ty: &Type) -> bool {
        C::accepts(ty)
    }

    fn write(value: &Option<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match value {
            Some(value) => C::write(value, ty, out),
            None => Ok(IsNull::Yes),
        }
    }
}
