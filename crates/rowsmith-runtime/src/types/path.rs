/// A `path`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Whether the last point is joined to the first.
    pub closed: bool,
    /// At least one.
    pub points: Vec<Point>,
}

impl Path {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let closed = reader.byte()? != 0;
        let count = reader.count()?;
        let points = Point::read_some(count, reader)?;
        Ok(Self { closed, points })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&[u8::from(self.closed)]);
        put_count(self.points.len(), out)?;
        self.points.iter().try_for_each(|point| point.write(out))
    }
}

value!(Path, |ty: &Type| *ty == Type::PATH);
