/// Types that travel as `text` does under another name.
#[doc(hidden)]
pub enum AsText {}

impl AsText {
    fn is_like_text(ty: &Type) -> bool {
        matches!(base(ty).name(), "xml" | "refcursor" | "pg_node_tree")
    }
}

impl Read<String> for AsText {
    fn accepts(ty: &Type) -> bool {
        Self::is_like_text(ty)
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<String, Fault> {
        String::from_sql(&Type::TEXT, present(raw)?)
    }
}

impl<T: AsRef<str>> Write<T> for AsText {
    fn accepts(ty: &Type) -> bool {
        Self::is_like_text(ty)
    }

    fn write(value: &T, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.as_ref().to_sql(&Type::TEXT, out)
    }
}
