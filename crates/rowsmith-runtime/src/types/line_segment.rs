/// An `lseg`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSegment {
    pub start: Point,
    pub end: Point,
}

impl LineSegment {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (start, end) = (Point::read(reader)?, Point::read(reader)?);
        Ok(Self { start, end })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        self.start.write(out)?;
        self.end.write(out)
    }
}

value!(LineSegment, |ty: &Type| *ty == Type::LSEG);
