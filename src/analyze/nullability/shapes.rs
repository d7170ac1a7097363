//! Which expressions the planner may take for a grouped one.
//!
//! A grouping set that leaves an expression out makes it NULL wherever the query shows it. The planner finds those places
//! after it has simplified everything, so that it also finds others: with `GROUP BY b, ROLLUP (b = true)` even `NOT b` is
//! NULL, since `b = true` became `b`; and two columns of a subquery are one if they show the same column. Since Postgres 18
//! the tree itself says which expressions are meant, but some of those mistakes are still made.
//!
//! A [`Shape`] is as much of an expression as simplifying it cannot change.

use std::collections::BTreeSet;

use super::Analyzer;
use super::fault::{Fault, made};
use super::frame::{Frame, Phase};
use super::functions::{self, FIRST_USER_OID};
use super::node::{CoercionForm, Node, Value};
use super::origins::Origin;
use super::query::type_of;
use crate::catalog::Oid;

/// The object id of `boolean`.
const BOOLEAN: Oid = 16;

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

impl<'a> Analyzer<'_> {
    /// Whether a grouping set may leave the expression out because the planner takes it for a grouped one.
    pub(super) fn may_be_taken_for_grouped(
        &self,
        value: &Value<'a>,
        frame: &Frame<'_, 'a>,
    ) -> bool {
        let grouped = &frame.grouping.nulled_shapes;
        if grouped.is_empty() || frame.phase.get() != Phase::Output {
            return false;
        }
        // What is never grouped by, or never replaced.
        let is_exempt = value.as_node().is_none_or(|node| {
            matches!(
                node.name,
                "CONST" | "AGGREF" | "WINDOWFUNC" | "GROUPINGFUNC" | "PARAM"
            )
        });
        if is_exempt || made(Fault::GroupedExpressionsIgnored) {
            return false;
        }
        let shape = self.shape(value, frame);
        grouped.iter().any(|grouped| grouped.may_become(&shape))
    }

    /// The same for a column of `owner`, wherever it is referred to.
    pub(super) fn column_may_be_taken_for_grouped(
        &self,
        var: &Node<'a>,
        owner: &Frame<'_, 'a>,
    ) -> bool {
        let grouped = &owner.grouping.nulled_shapes;
        if grouped.is_empty() || owner.phase.get() != Phase::Output {
            return false;
        }
        let shape = self.column_shape(var, owner);
        grouped.iter().any(|grouped| grouped.may_become(&shape))
    }

    fn column_shape(&self, var: &Node<'a>, owner: &Frame<'_, 'a>) -> Shape {
        match owner.meaning_of(var) {
            Some(value) => self.shape(value, owner),
            None => match self.base_origin_of(var, owner) {
                Some(origin) => Shape::Column(type_of(var), origin),
                None => Shape::Other(None, BTreeSet::new()),
            },
        }
    }

    pub(super) fn shape(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Shape {
        let other = |node: Option<&Node<'a>>| {
            Shape::Other(node.and_then(type_of), self.origins_in(value, frame))
        };
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return other(None);
        };
        match node.name {
            "VAR" if node.number::<usize>("varlevelsup") == Some(0) => {
                self.column_shape(node, frame)
            }
            "CONST" => Shape::Constant(frame.key(value).map_or_else(String::new, |key| key.text)),
            "SUBLINK" => Shape::Kept(Kind::Subquery, vec![other(None)]),
            _ => match kept_kind(node) {
                Some(kind) => {
                    let arguments = node.list("args").iter();
                    let arguments = arguments.map(|argument| self.shape(argument, frame));
                    Shape::Kept(kind, arguments.collect())
                }
                None => other(Some(node)),
            },
        }
    }
}

/// The kind of a node that the planner never replaces by something else, but by its value.
fn kept_kind(node: &Node<'_>) -> Option<Kind> {
    let function = match node.name {
        // `b = true` becomes `b`.
        "OPEXPR" if type_of(node) != Some(BOOLEAN) => "opfuncid",
        // A cast to a length may become no cast at all.
        "FUNCEXPR" if CoercionForm::of(node) == Some(CoercionForm::ExplicitCall) => "funcid",
        "MINMAX" | "MINMAXEXPR" => return Some(Kind::Greatest(node.number("op"))),
        _ => return None,
    };
    let function = node.number::<Oid>(function)?;
    let is_kept = function < FIRST_USER_OID
        && functions::is_strict(function)
        && !functions::is_written_in_sql(function);
    is_kept.then_some(Kind::Call(function))
}

impl Shape {
    /// Whether both may be the same once they are simplified.
    fn may_become(&self, other: &Self) -> bool {
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
