/// A `timetz`: a time of day, 24:00:00 included, and where it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeTz {
    /// Since midnight.
    pub microseconds: i64,
    /// Seconds east of UTC: 3600 for `+01`.
    pub utc_offset: i32,
}

impl TimeTz {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (microseconds, west) = (reader.i64()?, reader.i32()?);
        Ok(Self {
            microseconds,
            utc_offset: west.checked_neg().ok_or("the offset is too large")?,
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        let west = self.utc_offset.checked_neg();
        out.extend_from_slice(&self.microseconds.to_be_bytes());
        out.extend_from_slice(&west.ok_or("the offset is too large")?.to_be_bytes());
        Ok(())
    }
}

value!(TimeTz, |ty: &Type| *ty == Type::TIMETZ);
