/// A `box`. Postgres reorders the corners that it is sent, so that these are the ones it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub upper_right: Point,
    pub lower_left: Point,
}

impl Rect {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (upper_right, lower_left) = (Point::read(reader)?, Point::read(reader)?);
        Ok(Self {
            upper_right,
            lower_left,
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        self.upper_right.write(out)?;
        self.lower_left.write(out)
    }
}

value!(Rect, |ty: &Type| *ty == Type::BOX);
