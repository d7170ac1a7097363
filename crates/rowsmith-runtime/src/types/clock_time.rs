/// A time of day, of which 24:00:00 has no place in the type.
#[doc(hidden)]
pub enum ClockTime {}

impl<T: FromSqlOwned> Read<T> for ClockTime {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn read(ty: &Type, raw: Option<&[u8]>) -> Result<T, Fault> {
        let raw = present(raw)?;
        if Reader(raw).i64()? == 24 * 60 * 60 * 1_000_000 {
            return Err("24:00:00 has no place in a time of day that ends at midnight".into());
        }
        T::from_sql(base(ty), raw)
    }
}

impl<T: ToSql> Write<T> for ClockTime {
    fn accepts(ty: &Type) -> bool {
        T::accepts(base(ty))
    }

    fn write(value: &T, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.to_sql(base(ty), out)
    }
}
