/// The object identifier types and others of four bytes, as `u32`.
#[doc(hidden)]
pub enum AsOid {}

impl AsOid {
    fn is_like_oid(ty: &Type) -> bool {
        let name = base(ty).name();
        name.starts_with("reg") || matches!(name, "oid" | "xid" | "cid")
    }
}

impl Read<u32> for AsOid {
    fn accepts(ty: &Type) -> bool {
        Self::is_like_oid(ty)
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<u32, Fault> {
        u32::from_sql(&Type::OID, present(raw)?)
    }
}

impl Write<u32> for AsOid {
    fn accepts(ty: &Type) -> bool {
        Self::is_like_oid(ty)
    }

    fn write(value: &u32, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.to_sql(&Type::OID, out)
    }
}
