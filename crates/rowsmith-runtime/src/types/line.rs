/// A `line`: the points where `a * x + b * y + c` is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub a: f64,
    pub b: f64,
    pub c: f64,
}

impl Line {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (a, b, c) = (reader.f64()?, reader.f64()?, reader.f64()?);
        Ok(Self { a, b, c })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        for number in [self.a, self.b, self.c] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    }
}

value!(Line, |ty: &Type| *ty == Type::LINE);
