/// A `tsvector`: the lexemes of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TsVector(pub Vec<Lexeme>);

/// A word of a [`TsVector`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lexeme {
    pub text: String,
    /// Where it stands in the document, up to 16383, with its weight there.
    pub positions: Vec<(u16, Weight)>,
}

impl TsVector {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut lexemes = Vec::new();
        for _ in 0..reader.count()? {
            let text = reader.text()?;
            let positions = (0..reader.u16()?).map(|_| {
                let entry = reader.u16()?;
                Ok((entry & 0x3fff, Weight::ALL[usize::from(entry >> 14)]))
            });
            let positions = positions.collect::<Result<_, Fault>>()?;
            lexemes.push(Lexeme { text, positions });
        }
        Ok(Self(lexemes))
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        put_count(self.0.len(), out)?;
        for lexeme in &self.0 {
            put_text(&lexeme.text, out)?;
            let count = u16::try_from(lexeme.positions.len())?;
            out.extend_from_slice(&count.to_be_bytes());
            for &(position, weight) in &lexeme.positions {
                if position > 0x3fff {
                    return Err("a position in a tsvector is at most 16383".into());
                }
                let entry = position | (weight as u16) << 14;
                out.extend_from_slice(&entry.to_be_bytes());
            }
        }
        Ok(())
    }
}

value!(TsVector, |ty: &Type| *ty == Type::TS_VECTOR);
