/// A `circle`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    pub center: Point,
    pub radius: f64,
}

impl Circle {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (center, radius) = (Point::read(reader)?, reader.f64()?);
        Ok(Self { center, radius })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        self.center.write(out)?;
        out.extend_from_slice(&self.radius.to_be_bytes());
        Ok(())
    }
}

value!(Circle, |ty: &Type| *ty == Type::CIRCLE);
