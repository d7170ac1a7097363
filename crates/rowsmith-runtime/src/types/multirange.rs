/// A multirange: ranges that Postgres keeps in order, without overlap and without empty ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Multirange<T>(pub Vec<Range<T>>);

impl<T> Default for Multirange<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<Vec<Range<T>>> for Multirange<T> {
    fn from(ranges: Vec<Range<T>>) -> Self {
        Self(ranges)
    }
}

/// What a multirange is over. Of those that `CREATE TYPE` makes, `tokio-postgres` does not tell, and no codec asks.
fn subtype_of_multirange(ty: &Type) -> Option<&Type> {
    match base(ty).kind() {
        Kind::Multirange(subtype) => Some(subtype),
        Kind::Simple if Type::from_oid(ty.oid()).is_none() => Some(&Type::UNKNOWN),
        _ => None,
    }
}

fn is_over(ty: &Type, accepts: impl Fn(&Type) -> bool) -> bool {
    subtype_of_multirange(ty).is_some_and(|subtype| *subtype == Type::UNKNOWN || accepts(subtype))
}

impl<'a, T: FromSqlOwned> FromSql<'a> for Multirange<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        MultirangeOf::<Native>::read(ty, Some(raw))
    }

    fn accepts(ty: &Type) -> bool {
        is_over(ty, T::accepts)
    }
}

impl<T: ToSql + fmt::Debug> ToSql for Multirange<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        MultirangeOf::<Native>::write(self, ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        is_over(ty, T::accepts)
    }

    to_sql_checked!();
}

/// A multirange whose bounds travel by `C`.
#[doc(hidden)]
pub struct MultirangeOf<C>(PhantomData<C>);

impl<C: Read<T>, T> Read<Multirange<T>> for MultirangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        is_over(ty, C::accepts)
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<Multirange<T>, Fault> {
        let subtype = subtype_of_multirange(ty).ok_or("the value is not a multirange")?;
        let mut reader = Reader(present(raw)?);
        let mut ranges = Vec::new();
        for _ in 0..reader.count()? {
            ranges.push(RangeOf::<C>::read_over(subtype, present(reader.value()?)?)?);
        }
        reader.end()?;
        Ok(Multirange(ranges))
    }
}

impl<C: Write<T>, T> Write<Multirange<T>> for MultirangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        is_over(ty, C::accepts)
    }

    fn write(value: &Multirange<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        let subtype = subtype_of_multirange(ty).ok_or("the value is not a multirange")?;
        put_count(value.0.len(), out)?;
        for range in &value.0 {
            put_value(out, |out| {
                RangeOf::<C>::write_over(range, subtype, out)?;
                Ok(IsNull::No)
            })?;
        }
        Ok(IsNull::No)
    }
}

impl<C: Write<T>, T> Write<&Multirange<T>> for MultirangeOf<C> {
    fn accepts(ty: &Type) -> bool {
        is_over(ty, C::accepts)
    }

    fn write(value: &&Multirange<T>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        <Self as Write<Multirange<T>>>::write(value, ty, out)
    }
}
