//! The join tree: whose rows may be missing, and what WHERE and ON prove together.
//!
//! An outer join pads the side that found no partner with NULL. What counts is where a table stands in the tree, not
//! which join names it: in `a LEFT JOIN (b JOIN c …)` both `b` and `c` may be missing. A condition that proves a column
//! of the padded side not NULL throws the padded rows away, and the join is an inner one in effect; its ON then holds
//! for every row and may prove more, so this runs until nothing new is found.

use std::collections::{BTreeSet, HashMap};

use super::fault::{Fault, made};
use super::frame::{Frame, Known};
use super::node::{CommandType, JoinType, Node, RteKind, Value};
use super::query::has_a_row;
use super::writes::unmatched_source;
use super::{Analyzer, Fact};

/// What is found on the way down the tree.
struct Walk<'w> {
    /// Tables of which something is proved not NULL: their rows are there.
    present: &'w BTreeSet<usize>,
    padded: HashMap<usize, Fact>,
    /// What the ON of joins that are inner ones in effect prove.
    known: Known,
}

/// Why a part of the tree may be missing as a whole.
#[derive(Clone, Copy)]
struct Padding {
    /// Follows the name of a table.
    reason: &'static str,
    location: Option<usize>,
}

impl<'a> Analyzer<'_> {
    /// What holds of the rows that pass FROM and WHERE, and why tables may be missing from them.
    pub(super) fn settle_joins(&self, frame: &Frame<'_, 'a>) -> (Known, HashMap<usize, Fact>) {
        let Some(tree) = frame.query.node("jointree") else {
            return (Known::default(), HashMap::new());
        };
        let merges = CommandType::of(frame.query) == Some(CommandType::Merge);
        let mut known = if merges {
            // Before Postgres 17 the condition of MERGE … ON stands here, which rows without a match do not meet.
            Known::default()
        } else {
            let condition = self.where_true(tree.get("quals"), frame);
            condition
                .into_known()
                .said_by("WHERE keeps only rows where")
        };
        let unmatched = (merges && !made(Fault::MergeSourceIsThere))
            .then(|| unmatched_source(frame.query))
            .flatten();
        let padding = unmatched.map(|reason| Padding {
            reason,
            location: None,
        });
        loop {
            let present = known.tables_with_rows(frame.level);
            let mut walk = Walk {
                present: &present,
                padded: HashMap::new(),
                known: Known::default(),
            };
            for item in tree.list("fromlist") {
                self.walk_join(item, padding, &mut walk, frame);
            }
            let before = known.len();
            known = known.union(walk.known);
            if known.len() == before {
                return (known, walk.padded);
            }
        }
    }

    /// Who may be missing below a join, whatever the join itself does. For the merged columns of a FULL JOIN.
    pub(super) fn padded_below(&self, join: usize, frame: &Frame<'_, 'a>) -> HashMap<usize, Fact> {
        let tree = frame.query.node("jointree");
        let items = tree.map_or(&[][..], |tree| tree.list("fromlist"));
        let mut open: Vec<&Node<'a>> = items.iter().filter_map(Value::as_node).collect();
        while let Some(item) = open.pop() {
            if item.name != "JOINEXPR" {
                continue;
            }
            let present = frame.known_of_input.tables_with_rows(frame.level);
            if item.number("rtindex") == Some(join) {
                let mut walk = Walk {
                    present: &present,
                    padded: HashMap::new(),
                    known: Known::default(),
                };
                self.walk_join(item.get("larg"), None, &mut walk, frame);
                self.walk_join(item.get("rarg"), None, &mut walk, frame);
                return walk.padded;
            }
            open.extend(item.node("larg"));
            open.extend(item.node("rarg"));
        }
        // Not found: then anything may be missing.
        let tables = 1..=frame.query.list("rtable").len();
        let unknown = Fact::nullable("the join is not in the join tree");
        tables.map(|table| (table, unknown.clone())).collect()
    }

    fn walk_join(
        &self,
        item: &Value<'a>,
        padding: Option<Padding>,
        walk: &mut Walk<'_>,
        frame: &Frame<'_, 'a>,
    ) {
        let Some(node) = item.as_node() else {
            // Too deep to be read: every table of the query may be somewhere in there.
            let unknown = Fact::too_deep();
            for table in 1..=frame.query.list("rtable").len() {
                walk.padded.insert(table, unknown.clone());
            }
            return;
        };
        let index = node.number::<usize>("rtindex");
        if let (Some(index), Some(padding)) = (index, padding) {
            let reason = format!("`{}` {}", frame.entry_name(index), padding.reason);
            let fact = Fact::nullable(reason).at(padding.location);
            walk.padded.insert(index, fact);
        }
        if node.name != "JOINEXPR" {
            return;
        }
        let (left, right) = (node.get("larg"), node.get("rarg"));
        let (pads_left, pads_right, reason) = match JoinType::of(node) {
            Some(JoinType::Inner) => (false, false, ""),
            Some(JoinType::Left) => (false, true, "is on the nullable side of the LEFT JOIN"),
            Some(JoinType::Right) => (true, false, "is on the nullable side of the RIGHT JOIN"),
            _ => (true, true, "is in a FULL JOIN"),
        };
        let is_kept = |side: &Value<'a>| {
            !tables(side).is_disjoint(walk.present)
                || always_matches(side, node.get("quals"), frame)
        };
        let pads_left = pads_left && !is_kept(left) && !made(Fault::RightJoinIgnored);
        let pads_right = pads_right && !is_kept(right) && !made(Fault::LeftJoinIgnored);
        let inner = !pads_left && !pads_right && padding.is_none();
        if inner || made(Fault::JoinConditionAlwaysHolds) {
            let condition = self.where_true(node.get("quals"), frame).into_known();
            let known = std::mem::take(&mut walk.known);
            walk.known = known.union(condition.said_by("the join keeps only rows where"));
        }
        let location = self.first_location(node.get("quals"));
        let outer = padding.filter(|_| !made(Fault::NestedJoinIgnored));
        let side = |pads: bool| outer.or(pads.then_some(Padding { reason, location }));
        self.walk_join(left, side(pads_left), walk, frame);
        self.walk_join(right, side(pads_right), walk, frame);
    }

    /// Where a condition is written. Joins have no location of their own, so their ON stands for them.
    fn first_location(&self, condition: &Value<'a>) -> Option<usize> {
        let node = condition.as_node()?;
        let below = || {
            node.list("args")
                .iter()
                .find_map(|arg| self.first_location(arg))
        };
        self.location(node).or_else(below)
    }
}

/// Whether a side of a join always has a row, and ON accepts every row: `LEFT JOIN LATERAL (SELECT count(*) …) ON true`.
fn always_matches(side: &Value<'_>, condition: &Value<'_>, frame: &Frame<'_, '_>) -> bool {
    let accepts_all = condition.as_node().is_some_and(|node| {
        let one = |bytes: &str| bytes.split_whitespace().any(|byte| byte != "0");
        node.name == "CONST"
            && node.number::<u32>("consttype") == Some(16)
            && node.bytes("constvalue").is_some_and(one)
    });
    let index = side.as_node().filter(|node| node.name == "RANGETBLREF");
    let entry = index.and_then(|node| frame.entry(node.number("rtindex")?));
    let query = entry.filter(|entry| RteKind::of(entry) == Some(RteKind::Subquery));
    let query = query.and_then(|entry| entry.node("subquery"));
    accepts_all && query.is_some_and(|query| has_a_row(query))
}

/// The range table indexes in a part of the tree, those of joins included.
fn tables(item: &Value<'_>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Node<'_>> = item.as_node().into_iter().collect();
    while let Some(node) = open.pop() {
        found.extend(node.number::<usize>("rtindex"));
        open.extend(node.node("larg"));
        open.extend(node.node("rarg"));
    }
    found
}
