impl Read<rust_decimal::Decimal> for Numeric {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<rust_decimal::Decimal, Fault> {
        const TOO_LARGE: &str = "the number has more digits than a `Decimal` holds";
        /// The largest integer of 96 bits.
        const MAX: i128 = (1 << 96) - 1;
        let number = Digits::read(present(raw)?)?;
        if !matches!(number.sign, 0 | NEGATIVE) {
            return Err("NaN and infinity have no place in a `Decimal`".into());
        }
        let mut mantissa = 0_i128;
        for digit in &number.digits {
            let shifted = mantissa.checked_mul(10_000).ok_or(TOO_LARGE)?;
            mantissa = shifted + i128::from(*digit);
        }
        // The number is mantissa / 10^scale. Zeros at the end are kept as far as they fit.
        let last = i64::try_from(number.digits.len())? - 1 - i64::from(number.weight);
        let mut scale = if mantissa == 0 { 0 } else { last * 4 };
        let wanted = i64::from(number.scale.min(28));
        while scale < wanted && (scale < 0 || mantissa <= MAX / 10) {
            mantissa = mantissa.checked_mul(10).ok_or(TOO_LARGE)?;
            scale += 1;
        }
        while scale > wanted || mantissa > MAX && scale > 0 {
            if mantissa % 10 != 0 {
                return Err(TOO_LARGE.into());
            }
            mantissa /= 10;
            scale -= 1;
        }
        if number.sign == NEGATIVE {
            mantissa = -mantissa;
        }
        let scale = u32::try_from(scale)?;
        Ok(rust_decimal::Decimal::try_from_i128_with_scale(
            mantissa, scale,
        )?)
    }
}

impl Write<rust_decimal::Decimal> for Numeric {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn write(value: &rust_decimal::Decimal, _: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        value.to_sql(&Type::NUMERIC, out)
    }
}
