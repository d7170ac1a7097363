impl Read<bigdecimal::BigDecimal> for Numeric {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn read(_: &Type, raw: Option<&[u8]>) -> Result<bigdecimal::BigDecimal, Fault> {
        let number = Digits::read(present(raw)?)?;
        if !matches!(number.sign, 0 | NEGATIVE) {
            return Err("NaN and infinity have no place in a `BigDecimal`".into());
        }
        Ok(number.to_text().parse()?)
    }
}

impl Write<bigdecimal::BigDecimal> for Numeric {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn write(
        value: &bigdecimal::BigDecimal,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Fault> {
        Digits::from_text(&value.to_string())?.write(out)?;
        Ok(IsNull::No)
    }
}

impl Write<&bigdecimal::BigDecimal> for Numeric {
    fn accepts(ty: &Type) -> bool {
        *base(ty) == Type::NUMERIC
    }

    fn write(
        value: &&bigdecimal::BigDecimal,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Fault> {
        <Self as Write<bigdecimal::BigDecimal>>::write(value, ty, out)
    }
}
