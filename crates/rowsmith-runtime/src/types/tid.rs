/// A `tid`: where a row is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid {
    pub block: u32,
    pub offset: u16,
}

impl Tid {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (block, offset) = (reader.u32()?, reader.u16()?);
        Ok(Self { block, offset })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&self.block.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
        Ok(())
    }
}

value!(Tid, |ty: &Type| *ty == Type::TID);
