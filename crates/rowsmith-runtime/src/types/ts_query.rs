/// A `tsquery`; `None` asks for nothing, and can be read but not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TsQuery(pub Option<TsNode>);

/// A part of a [`TsQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TsNode {
    Lexeme {
        text: String,
        /// Whether it stands for all words that begin with it.
        prefix: bool,
        /// The weights that count; none means all.
        weights: Vec<Weight>,
    },
    Not(Box<TsNode>),
    And(Box<TsNode>, Box<TsNode>),
    Or(Box<TsNode>, Box<TsNode>),
    /// The right one stands so many lexemes after the left one.
    Phrase(Box<TsNode>, Box<TsNode>, u16),
}

const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;

/// How deep a query may be nested.
const MAX_QUERY_DEPTH: usize = 1000;

impl TsQuery {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.i32()? {
            0 => Ok(Self(None)),
            _ => TsNode::read(reader, 0).map(|node| Self(Some(node))),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        let node = self.0.as_ref();
        let node =
            node.ok_or("Postgres takes no empty tsquery from outside, only `''::tsquery`")?;
        put_count(node.size(), out)?;
        node.write(out)
    }
}

impl TsNode {
    /// The number of lexemes and operators.
    fn size(&self) -> usize {
        match self {
            Self::Lexeme { .. } => 1,
            Self::Not(of) => 1 + of.size(),
            Self::And(left, right) | Self::Or(left, right) | Self::Phrase(left, right, _) => {
                1 + left.size() + right.size()
            }
        }
    }

    fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Self, Fault> {
        if depth > MAX_QUERY_DEPTH {
            return Err("the tsquery is nested too deeply".into());
        }
        if reader.byte()? == 1 {
            let (weights, prefix) = (reader.byte()?, reader.byte()? != 0);
            let text = reader.text()?;
            let counts = |weight: &Weight| weights & 1 << *weight as u8 != 0;
            return Ok(Self::Lexeme {
                text,
                prefix,
                weights: Weight::ALL.into_iter().filter(counts).collect(),
            });
        }
        let operator = reader.byte()?;
        let distance = if operator == PHRASE { reader.u16()? } else { 0 };
        // The operand on the right comes first.
        let right = Box::new(Self::read(reader, depth + 1)?);
        if operator == NOT {
            return Ok(Self::Not(right));
        }
        let left = Box::new(Self::read(reader, depth + 1)?);
        match operator {
            AND => Ok(Self::And(left, right)),
            OR => Ok(Self::Or(left, right)),
            PHRASE => Ok(Self::Phrase(left, right, distance)),
            _ => Err("the tsquery has an unknown operator".into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Fault> {
        match self {
            Self::Lexeme {
                text,
                prefix,
                weights,
            } => {
                let bits = weights
                    .iter()
                    .fold(0, |bits, weight| bits | 1 << *weight as u8);
                out.extend_from_slice(&[1, bits, u8::from(*prefix)]);
                put_text(text, out)
            }
            Self::Not(of) => {
                out.extend_from_slice(&[2, NOT]);
                of.write(out)
            }
            Self::And(left, right) => Self::write_pair(&[2, AND], left, right, out),
            Self::Or(left, right) => Self::write_pair(&[2, OR], left, right, out),
            Self::Phrase(left, right, distance) => {
                let [high, low] = distance.to_be_bytes();
                Self::write_pair(&[2, PHRASE, high, low], left, right, out)
            }
        }
    }

    fn write_pair(
        operator: &[u8],
        left: &Self,
        right: &Self,
        out: &mut BytesMut,
    ) -> Result<(), Fault> {
        out.extend_from_slice(operator);
        right.write(out)?;
        left.write(out)
    }
}

value!(TsQuery, |ty: &Type| *ty == Type::TSQUERY);
