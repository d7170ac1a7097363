/// A `cube` of the extension of that name: two opposite corners, or a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Cube {
    /// As many coordinates as it has dimensions.
    Point(Vec<f64>),
    /// Two corners with as many coordinates each.
    Corners(Vec<f64>, Vec<f64>),
}

/// Set in the number of dimensions of a point.
const IS_POINT: u32 = 0x8000_0000;

impl Cube {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let header = reader.u32()?;
        let dimensions = header & !IS_POINT;
        let mut corner = || {
            let numbers = (0..dimensions).map(|_| reader.f64());
            numbers.collect::<Result<Vec<_>, _>>()
        };
        Ok(if header & IS_POINT == 0 {
            Self::Corners(corner()?, corner()?)
        } else {
            Self::Point(corner()?)
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        let (first, second, flag) = match self {
            Self::Point(point) => (point.as_slice(), &[][..], IS_POINT),
            Self::Corners(first, second) if first.len() == second.len() => {
                (first.as_slice(), second.as_slice(), 0)
            }
            Self::Corners(..) => return Err("the corners differ in their dimensions".into()),
        };
        let header = u32::try_from(first.len())? | flag;
        out.extend_from_slice(&header.to_be_bytes());
        for number in first.iter().chain(second) {
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(())
    }
}

value!(Cube, |ty: &Type| ty.name() == "cube");
