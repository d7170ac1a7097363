//! Shapes of expressions: as much of one as the planner cannot change when it simplifies. Two with different shapes are
//! never taken for each other.

use std::collections::BTreeSet;

use crate::catalog::Oid;

/// A column of something in FROM that is not followed further.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    /// The range table entry: its index at each query level, from the outermost.
    pub(super) entry: Vec<usize>,
    /// Which row of the entry: that before or after a change, of RETURNING.
    pub(super) row: u8,
    /// 0 for any column.
    pub(super) column: i16,
    /// Whether on the way each row of the entry was kept as a whole: no set operation mixes rows of several queries, and
    /// no grouping set empties single columns.
    pub(super) whole: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Column(Option<Oid>, Origin),
    /// A constant as it is written in the tree.
    Constant(String),
    /// What stays a node of its kind unless all in it is constant: a call of a function of the server's own, GREATEST, a
    /// subquery.
    Kept(Kind, Vec<Shape>),
    /// Anything that may become something else of its type.
    Other(Option<Oid>, BTreeSet<Origin>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Call(Oid),
    Greatest(Option<u8>),
    Subquery,
}

impl Shape {
    /// Whether both may be the same once they are simplified.
    pub(super) fn may_become(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(a_type, a), Self::Column(b_type, b)) => {
                is_same(*a_type, *b_type) && may_be_one(a, b)
            }
            (Self::Constant(a), Self::Constant(b)) => a == b,
            (Self::Constant(_), Self::Other(..)) | (Self::Other(..), Self::Constant(_)) => true,
            (Self::Column(..), Self::Constant(_) | Self::Kept(..))
            | (Self::Constant(_) | Self::Kept(..), Self::Column(..)) => false,
            (Self::Constant(_), kept @ Self::Kept(..))
            | (kept @ Self::Kept(..), Self::Constant(_)) => kept.origins().is_empty(),
            (Self::Kept(a, a_arguments), Self::Kept(b, b_arguments)) => {
                let mut pairs = a_arguments.iter().zip(b_arguments);
                a == b
                    && a_arguments.len() == b_arguments.len()
                    && pairs.all(|(a, b)| a.may_become(b))
                    || self.origins().is_empty() && other.origins().is_empty()
            }
            (Self::Other(ty, origins), shape) | (shape, Self::Other(ty, origins)) => {
                let others = shape.origins();
                let mut pairs = origins
                    .iter()
                    .flat_map(|a| others.iter().map(move |b| (a, b)));
                let is_same_type = match shape {
                    Self::Column(other, _) | Self::Other(other, _) => is_same(*ty, *other),
                    Self::Kept(..) | Self::Constant(_) => true,
                };
                is_same_type
                    && (pairs.any(|(a, b)| may_be_one(a, b))
                        || origins.is_empty()
                        || others.is_empty())
            }
        }
    }

    /// The columns that are read.
    fn origins(&self) -> BTreeSet<&Origin> {
        match self {
            Self::Column(_, origin) => [origin].into(),
            Self::Constant(_) => BTreeSet::new(),
            Self::Kept(_, arguments) => arguments.iter().flat_map(Self::origins).collect(),
            Self::Other(_, origins) => origins.iter().collect(),
        }
    }
}

/// Whether two types may be the same; one that is not known may be any.
fn is_same(a: Option<Oid>, b: Option<Oid>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

fn may_be_one(a: &Origin, b: &Origin) -> bool {
    a.entry == b.entry && (a.column == b.column || a.column == 0 || b.column == 0)
}
