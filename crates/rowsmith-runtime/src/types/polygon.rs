/// A `polygon`, by its corners, of which there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon(pub Vec<Point>);

impl Polygon {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let count = reader.count()?;
        Point::read_some(count, reader).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        put_count(self.0.len(), out)?;
        self.0.iter().try_for_each(|point| point.write(out))
    }
}

value!(Polygon, |ty: &Type| *ty == Type::POLYGON);
