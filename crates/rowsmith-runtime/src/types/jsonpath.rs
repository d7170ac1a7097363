/// A `jsonpath`, as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JsonPath(pub String);

impl JsonPath {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        if reader.byte()? != 1 {
            return Err("the jsonpath is of an unknown version".into());
        }
        let text = reader.bytes(reader.0.len())?;
        Ok(Self(std::str::from_utf8(text)?.to_owned()))
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&[1]);
        out.extend_from_slice(self.0.as_bytes());
        Ok(())
    }
}

value!(JsonPath, |ty: &Type| *ty == Type::JSONPATH);
