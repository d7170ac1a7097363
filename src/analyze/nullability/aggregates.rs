//! Aggregates, window functions and grouping sets.

use std::collections::BTreeSet;

use super::fault::{Fault, made};
use super::frame::{Frame, Grouping, Phase};
use super::functions::{self, Aggregate, Window};
use super::node::{GroupingSetKind, Node, Value};
use super::targets::integer;
use super::{Analyzer, Fact};
use crate::catalog::Oid;

/// The bits of a window's `frameOptions`.
mod frame_option {
    pub(super) const RANGE: u32 = 0x2;
    pub(super) const START_UNBOUNDED_PRECEDING: u32 = 0x20;
    pub(super) const END_UNBOUNDED_FOLLOWING: u32 = 0x100;
    pub(super) const START_CURRENT_ROW: u32 = 0x200;
    pub(super) const END_CURRENT_ROW: u32 = 0x400;
    pub(super) const START_OFFSET_PRECEDING: u32 = 0x800;
    pub(super) const END_OFFSET_FOLLOWING: u32 = 0x4000;
    pub(super) const EXCLUDE_CURRENT_ROW: u32 = 0x8000;
    pub(super) const EXCLUDE_GROUP: u32 = 0x1_0000;
}

impl<'a> Analyzer<'_> {
    /// What GROUP BY does to the query's rows. Asks nothing of the frame but its level.
    pub(super) fn grouping(&self, frame: &Frame<'_, 'a>) -> Grouping {
        let query = frame.query;
        let groups = !query.list("groupClause").is_empty();
        let sets = query.list("groupingSets");
        if sets.is_empty() || made(Fault::GroupingSetsIgnored) {
            // An aggregate, or HAVING, without GROUP BY: one row whatever FROM gives.
            let aggregates = !query.denies("hasAggs") || !query.get("havingQual").is_nothing();
            return Grouping {
                empty_group: !groups && aggregates,
                groups_have_rows: groups,
                ..Grouping::default()
            };
        }
        // The sets are multiplied: one set of each item. What every set of some item has is in every product.
        let sets = sets.iter().map(sets_in_common);
        let (mut common, mut empty) = (BTreeSet::new(), true);
        for (of_item, may_be_empty) in sets {
            common.extend(of_item);
            empty &= may_be_empty;
        }
        let nulled: Vec<&Value<'a>> = query
            .list("targetList")
            .iter()
            .filter_map(|entry| {
                let entry = entry.as_node()?;
                let group = entry.number::<i64>("ressortgroupref")?;
                let grouped = query
                    .nodes("groupClause")
                    .any(|clause| clause.number("tleSortGroupRef") == Some(group));
                (grouped && !common.contains(&group)).then(|| entry.get("expr"))
            })
            .collect();
        let may_be_mistaken = !made(Fault::SimplifiedGroupsIgnored);
        Grouping {
            empty_group: empty,
            groups_have_rows: groups && !empty,
            nulled: nulled
                .iter()
                .map(|value| frame.grouping_key(value))
                .collect(),
            nulled_shapes: if may_be_mistaken {
                nulled
                    .iter()
                    .map(|value| self.shape(value, frame))
                    .collect()
            } else {
                Vec::new()
            },
        }
    }

    pub(super) fn of_aggregate(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let Some(oid) = node.number::<Oid>("aggfnoid") else {
            return Fact::nullable("the aggregate is not known");
        };
        let Some((name, gives)) = self.aggregate(oid) else {
            return Fact::nullable(format!("{} may return NULL", self.function_name(oid)));
        };
        if gives == Aggregate::NeverNull {
            return Fact::not_null(format!("`{name}` never returns NULL"));
        }
        if node.number::<usize>("agglevelsup") != Some(0) {
            return Fact::nullable(format!("`{name}` belongs to a query around it"));
        }
        if !node.get("aggfilter").is_nothing() && !made(Fault::AggregateFilterIgnored) {
            return Fact::nullable(format!("`{name}` is NULL where FILTER leaves no rows"));
        }
        if !frame.grouping.groups_have_rows && !made(Fault::AggregateOfNothing) {
            return Fact::nullable(format!("`{name}` over no rows is NULL"));
        }
        if gives == Aggregate::NeedsRows {
            return Fact::not_null(format!("`{name}` of a group, which has rows, is not NULL"));
        }
        let inputs = arguments(node);
        let nullable = frame.in_phase(Phase::Input, || {
            let mut facts = inputs.iter().map(|input| self.evaluate(input, frame));
            facts.find(|fact| fact.nullable)
        });
        // The `0.5` of `percentile_cont(0.5)` is computed once per group, after grouping.
        let direct = node.list("aggdirectargs").iter();
        let mut direct = direct.map(|argument| self.evaluate(argument, frame));
        match nullable.or_else(|| direct.find(|fact| fact.nullable)) {
            Some(fact) => fact,
            None if inputs.is_empty() => Fact::too_deep(),
            None => Fact::not_null(format!("`{name}` of a group without NULL is not NULL")),
        }
    }

    pub(super) fn of_window_function(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let Some(oid) = node.number::<Oid>("winfnoid") else {
            return Fact::nullable("the window function is not known");
        };
        if functions::looks_elsewhere(oid) {
            let name = self.function_name(oid);
            return Fact::nullable(format!("{name} is NULL where there is no such row"));
        }
        let unknown = || Fact::nullable(format!("{} may return NULL", self.function_name(oid)));
        let needs_frame = if node.denies("winagg") {
            match functions::window(oid) {
                Some((name, Window::NeverNull)) => {
                    return Fact::not_null(format!("`{name}` never returns NULL"));
                }
                Some((_, Window::NeedsArguments)) => false,
                Some((_, Window::OfFrame)) => true,
                None => return unknown(),
            }
        } else {
            match self.aggregate(oid) {
                Some((name, Aggregate::NeverNull)) => {
                    return Fact::not_null(format!("`{name}` never returns NULL"));
                }
                Some(_) => true,
                None => return unknown(),
            }
        };
        let name = self.function_name(oid);
        if !node.get("aggfilter").is_nothing() {
            return Fact::nullable(format!("{name} is NULL where FILTER leaves no rows"));
        }
        if needs_frame && !frame_has_current_row(node, frame) {
            return Fact::nullable(format!("the frame of {name} may be empty"));
        }
        let keeps_null = matches!(self.aggregate(oid), Some((_, Aggregate::NeedsRows)));
        if keeps_null && !node.denies("winagg") {
            return Fact::not_null(format!("the frame of {name} has the current row"));
        }
        // The arguments are taken from other rows too, of which a CASE around the call says nothing.
        let phase = frame.phase.get();
        let nullable = frame.in_phase(phase, || {
            let arguments = node.list("args").iter();
            arguments
                .map(|argument| self.evaluate(argument, frame))
                .find(|fact| fact.nullable)
        });
        match nullable {
            Some(fact) => fact,
            None if node.list("args").is_empty() => unknown(),
            None => Fact::not_null(format!("no argument of {name} is NULL")),
        }
    }
}

/// Whether the window's frame is never empty.
fn frame_has_current_row(node: &Node<'_>, frame: &Frame<'_, '_>) -> bool {
    use frame_option::{
        END_CURRENT_ROW, END_OFFSET_FOLLOWING, END_UNBOUNDED_FOLLOWING, EXCLUDE_CURRENT_ROW,
        EXCLUDE_GROUP, RANGE, START_CURRENT_ROW, START_OFFSET_PRECEDING, START_UNBOUNDED_PRECEDING,
    };
    let reference = node.number::<u32>("winref");
    let mut windows = frame.query.nodes("windowClause");
    let window = windows.find(|w| reference.is_some() && w.number("winref") == reference);
    let Some(options) = window.and_then(|window| window.number::<u32>("frameOptions")) else {
        return false;
    };
    let has = |bits: u32| options & bits != 0;
    // With RANGE, an operator class decides what is in the distance. Every number is in its own; a date need not be:
    // "1 month -29 days" before the first of March is the second.
    let reaches_itself = |function: &str| {
        let function = window.and_then(|window| window.number::<Oid>(function));
        let of_numbers = matches!(function, Some(4126..=4132 | 4139..=4141));
        !has(RANGE) || of_numbers || made(Fault::AnyRangeReachesItself)
    };
    let starts = has(START_UNBOUNDED_PRECEDING | START_CURRENT_ROW)
        || has(START_OFFSET_PRECEDING) && reaches_itself("startInRangeFunc");
    let ends = has(END_UNBOUNDED_FOLLOWING | END_CURRENT_ROW)
        || has(END_OFFSET_FOLLOWING) && reaches_itself("endInRangeFunc");
    starts && ends && !has(EXCLUDE_CURRENT_ROW | EXCLUDE_GROUP) || made(Fault::EmptyFrameIgnored)
}

/// Whether a HAVING, such as `count(*) > 0`, keeps only groups that have rows.
pub(super) fn wants_rows(having: &Value<'_>) -> bool {
    let Some(node) = having.as_node() else {
        return false;
    };
    if node.name == "BOOLEXPR" {
        let all = matches!(node.get("boolop"), Value::Token("and"));
        return all && node.list("args").iter().any(wants_rows);
    }
    let ("OPEXPR", [left, right]) = (node.name, node.list("args")) else {
        return false;
    };
    let (Some(left), Some(right)) = (left.as_node(), right.as_node()) else {
        return false;
    };
    let is_count = |node: &Node<'_>| {
        node.name == "AGGREF"
            && matches!(node.number::<Oid>("aggfnoid"), Some(2147 | 2803))
            && node.number::<usize>("agglevelsup") == Some(0)
    };
    let (number, swapped) = match (is_count(left), is_count(right)) {
        (true, false) => (integer(right), false),
        (false, true) => (integer(left), true),
        _ => return false,
    };
    // What the comparison says of zero, by the function of the operator: bigint with bigint, bigint with integer, integer
    // with bigint.
    let zero_passes: fn(i64) -> bool = match (node.number::<Oid>("opfuncid"), swapped) {
        (Some(467 | 474 | 852), _) => |number| number == 0,
        (Some(468 | 475 | 853), _) => |number| number != 0,
        (Some(469 | 476), false) | (Some(470 | 855), true) => |number| 0 < number,
        (Some(470 | 477), false) | (Some(469 | 854), true) => |number| 0 > number,
        (Some(471 | 478), false) | (Some(472 | 857), true) => |number| 0 <= number,
        (Some(472 | 479), false) | (Some(471 | 856), true) => |number| 0 >= number,
        _ => return false,
    };
    number.is_some_and(|number| !zero_passes(number) || made(Fault::CountedGroupHasRows))
}

/// What an aggregate is called with, without what it is only sorted by. Unreadable ones stay, and are nullable.
pub(super) fn arguments<'n, 'a>(aggregate: &'n Node<'a>) -> Vec<&'n Value<'a>> {
    let entries = aggregate.list("args").iter();
    let entries = entries.filter_map(|entry| match entry.as_node() {
        Some(node) if node.flag("resjunk") => None,
        Some(node) => Some(node.get("expr")),
        None => Some(entry),
    });
    entries.collect()
}

/// What all sets of a `GROUPINGSET` have in common, and whether one of them can be empty.
fn sets_in_common(set: &Value<'_>) -> (BTreeSet<i64>, bool) {
    let Some(node) = set.as_node() else {
        return (BTreeSet::new(), true);
    };
    match GroupingSetKind::of(node) {
        // A plain list of columns.
        Some(GroupingSetKind::Simple) => {
            let columns: BTreeSet<_> = node.get("content").numbers().into_iter().collect();
            let empty = columns.is_empty();
            (columns, empty)
        }
        // GROUPING SETS (…), which may nest.
        Some(GroupingSetKind::Sets) => {
            let sets = node.list("content").iter().map(sets_in_common);
            let both = sets.reduce(|(a, a_empty), (b, b_empty)| {
                (a.intersection(&b).copied().collect(), a_empty || b_empty)
            });
            both.unwrap_or((BTreeSet::new(), true))
        }
        // All of them have the empty set.
        Some(GroupingSetKind::Empty | GroupingSetKind::Rollup | GroupingSetKind::Cube) | None => {
            (BTreeSet::new(), true)
        }
    }
}
