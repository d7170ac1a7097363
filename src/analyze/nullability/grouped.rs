//! Which expressions the planner may take for a grouped one, and where.
//!
//! A grouping set that leaves an expression out makes it NULL wherever the query shows it. The planner finds those places
//! after it has simplified everything, so that it also finds others: with `GROUP BY b, ROLLUP (b = true)` even `NOT b` is
//! NULL, since `b = true` became `b`; and two columns of a subquery are one if they show the same column. Since Postgres 18
//! the tree itself says which expressions are meant, but some of those mistakes are still made.

use std::collections::BTreeSet;

use super::Analyzer;
use super::fault::{Fault, made};
use super::frame::{Frame, Phase};
use super::functions::{self, FIRST_USER_OID};
use super::node::{CoercionForm, Node, Value};
use super::shapes::{Kind, Shape};
use super::targets::type_of;
use crate::catalog::Oid;

/// The object id of `boolean`.
const BOOLEAN: Oid = 16;

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
