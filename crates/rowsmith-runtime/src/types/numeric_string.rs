/// A `numeric` as text, which holds any number.
#[doc(hidden)]
pub enum NumericString {}

impl Read<String> for NumericString {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<String, Fault> {
        Ok(Digits::read(present(raw)?)?.to_text())
    }
}

impl<T: AsRef<str>> Write<T> for NumericString {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn write(value: &T, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        Digits::from_text(value.as_ref())?.write(out)?;
        Ok(IsNull::No)
    }
}
