/// Implements what `tokio-postgres` needs, by a type's own `read` and `write`.
macro_rules! value {
    ($name:ident, $accepts:expr) => {
        impl<'a> FromSql<'a> for $name {
            fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
                let mut reader = Reader(raw);
                let value = Self::read(&mut reader)?;
                reader.end()?;
                Ok(value)
            }

            fn accepts(ty: &Type) -> bool {
                ($accepts)(ty)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
                self.write(out)?;
                Ok(IsNull::No)
            }

            fn accepts(ty: &Type) -> bool {
                ($accepts)(ty)
            }

            to_sql_checked!();
        }
    };
}
