/// How much a lexeme counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    D,
    C,
    B,
    A,
}

impl Weight {
    const ALL: [Self; 4] = [Self::D, Self::C, Self::B, Self::A];
}
