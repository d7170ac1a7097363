/// A `point`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (x, y) = (reader.f64()?, reader.f64()?);
        Ok(Self { x, y })
    }

    fn read_some(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, Fault> {
        (0..count).map(|_| Self::read(reader)).collect()
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&self.x.to_be_bytes());
        out.extend_from_slice(&self.y.to_be_bytes());
        Ok(())
    }
}

value!(Point, |ty: &Type| *ty == Type::POINT);
