/// A `numeric` as it travels: digits of base 10000, the first of which counts `10000^weight`.
struct Digits {
    weight: i16,
    sign: u16,
    /// How many decimal digits are shown after the point.
    scale: u16,
    digits: Vec<u16>,
}

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEGATIVE_INFINITY: u16 = 0xf000;

impl Digits {
    fn read(raw: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader(raw);
        let count = reader.u16()?;
        let (weight, sign, scale) = (reader.i16()?, reader.u16()?, reader.u16()?);
        let digits = (0..count).map(|_| reader.u16());
        let digits = digits.collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(Self {
            weight,
            sign,
            scale,
            digits,
        })
    }
}

/// A `numeric`, which may be larger or more precise than the type that holds it.
#[doc(hidden)]
pub enum Numeric {}
