/// An `interval`. Its parts do not add up: a month has no fixed number of days, nor a day of hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    pub microseconds: i64,
}

impl Interval {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (microseconds, days, months) = (reader.i64()?, reader.i32()?, reader.i32()?);
        Ok(Self {
            months,
            days,
            microseconds,
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        out.extend_from_slice(&self.microseconds.to_be_bytes());
        out.extend_from_slice(&self.days.to_be_bytes());
        out.extend_from_slice(&self.months.to_be_bytes());
        Ok(())
    }
}

value!(Interval, |ty: &Type| *ty == Type::INTERVAL);
