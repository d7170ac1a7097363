/// A `money`, in the smallest unit of the currency: the server's `lc_monetary` says how many make up a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

impl Money {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self(reader.i64()?))
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&self.0.to_be_bytes());
        Ok(())
    }
}

value!(Money, |ty: &Type| *ty == Type::MONEY);
