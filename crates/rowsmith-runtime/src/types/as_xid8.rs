/// An `xid8`, as `u64`.
#[doc(hidden)]
pub enum AsXid8 {}

impl Read<u64> for AsXid8 {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::XID8
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<u64, Fault> {
        let mut reader = Reader(present(raw)?);
        let value = reader.u64()?;
        reader.end()?;
        Ok(value)
    }
}

impl Write<u64> for AsXid8 {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::XID8
    }

    fn write(value: &u64, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        out.extend_from_slice(&value.to_be_bytes());
        Ok(IsNull::No)
    }
}
