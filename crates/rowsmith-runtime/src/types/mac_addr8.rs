/// A `macaddr8`, shown as `08:00:2b:01:02:03:04:05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr8(pub [u8; 8]);

impl MacAddr8 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self(reader.array()?))
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

impl fmt::Display for MacAddr8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.map(|byte| format!("{byte:02x}"));
        f.write_str(&bytes.join(":"))
    }
}

value!(MacAddr8, |ty: &Type| *ty == Type::MACADDR8);
