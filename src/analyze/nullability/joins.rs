//! The join tree: whose rows may be missing, and what WHERE and ON prove together.
//!
//! An outer join pads the side that found no partner with NULL. What counts is where a table stands in the tree, not
//! which join names it: in `a LEFT JOIN (b JOIN c …)` both `b` and `c` may be missing. A condition that proves a column
//! of the padded side not NULL throws the padded rows away, and the join is an inner one in effect; its ON then holds
//! for every row and may prove more, so this runs until nothing new is found.

use std::collections::{BTreeSet, HashMap};

use super::fault::{Fault, made};
use super::frame::{Frame, Known};
use super::node::{CommandType, JoinType, Node, Value};
use super::targets::has_a_row;
use super::writes::unmatched_source;
use super::{Analyzer, Fact};

/// What holds of the rows that pass FROM and WHERE.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) known: Known,
    /// Why tables may be missing.
    pub(super) padded: HashMap<usize, Fact>,
    /// Why tables are never missing, though they could be for all that the kind of join says.
    pub(super) kept: HashMap<usize, String>,
}

/// What is found on the way down the tree.
struct Walk<'w> {
    /// What is proved so far.
    proved: &'w Known,
    /// Tables of which something is proved not NULL: their rows are there.
    present: BTreeSet<usize>,
    padded: HashMap<usize, Fact>,
    kept: HashMap<usize, String>,
    /// What the ON of joins that are inner ones in effect prove.
    known: Known,
}

impl<'w> Walk<'w> {
    fn new(proved: &'w Known, level: usize) -> Self {
        Self {
            proved,
            present: proved.tables_with_rows(level),
            padded: HashMap::new(),
            kept: HashMap::new(),
            known: Known::default(),
        }
    }
}

/// Why a part of the tree may be missing as a whole.
#[derive(Clone, Copy)]
struct Padding {
    /// Follows the name of a table.
    reason: &'static str,
    location: Option<usize>,
}

impl<'a> Analyzer<'_> {
    /// What holds of the rows that pass FROM and WHERE, of which something is given.
    pub(super) fn settle_joins(&self, frame: &Frame<'_, 'a>, given: Known) -> Settled {
        let Some(tree) = frame.query.node("jointree") else {
            return Settled::default();
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
                .union(given)
        };
        let unmatched = (merges && !made(Fault::MergeSourceIsThere))
            .then(|| unmatched_source(frame.query))
            .flatten();
        let padding = unmatched.map(|reason| Padding {
            reason,
            location: None,
        });
        let mut kept = HashMap::new();
        loop {
            let mut walk = Walk::new(&known, frame.level);
            for item in tree.list("fromlist") {
                self.walk_join(item, padding, &mut walk, frame);
            }
            let (padded, more) = (walk.padded, walk.known);
            // The next time, its condition proves that the row is there.
            kept.extend(walk.kept);
            let before = known.len();
            known = known.union(more);
            if known.len() == before {
                return Settled {
                    known,
                    padded,
                    kept,
                };
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
            if item.number("rtindex") == Some(join) {
                let mut walk = Walk::new(&frame.known_of_input, frame.level);
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
        let condition = node.get("quals");
        let location = self.first_location(condition);
        let outer = padding.filter(|_| !made(Fault::NestedJoinIgnored));
        let side = |pads: bool| outer.or(pads.then_some(Padding { reason, location }));
        let is_present =
            |side: &Value<'a>, walk: &Walk<'_>| !tables(side).is_disjoint(&walk.present);
        let mut pads_left = pads_left && !is_present(left, walk) && !made(Fault::RightJoinIgnored);
        let mut pads_right =
            pads_right && !is_present(right, walk) && !made(Fault::LeftJoinIgnored);
        // The side that is not padded first: what it is made of decides whether the other is.
        if pads_left {
            self.walk_join(right, side(pads_right), walk, frame);
            pads_left = !self.always_matches(left, condition, walk, frame);
            self.walk_join(left, side(pads_left), walk, frame);
        } else {
            self.walk_join(left, side(pads_left), walk, frame);
            pads_right = pads_right && !self.always_matches(right, condition, walk, frame);
            self.walk_join(right, side(pads_right), walk, frame);
        }
        let inner = !pads_left && !pads_right && padding.is_none();
        if inner || made(Fault::JoinConditionAlwaysHolds) {
            let condition = self.where_true(condition, frame).into_known();
            let known = std::mem::take(&mut walk.known);
            walk.known = known.union(condition.said_by("the join keeps only rows where"));
        }
    }

    /// Whether a side of a join has a row that the condition accepts for every row of the other side, which was walked
    /// already.
    fn always_matches(
        &self,
        side: &Value<'a>,
        condition: &Value<'a>,
        walk: &mut Walk<'_>,
        frame: &Frame<'_, 'a>,
    ) -> bool {
        let item = side.as_node().filter(|node| node.name == "RANGETBLREF");
        let Some(index) = item.and_then(|item| item.number::<usize>("rtindex")) else {
            return false;
        };
        let is_not_null = |value: &Value<'a>, at: &Frame<'_, 'a>| {
            let key = at.key(value);
            let proved = key
                .as_ref()
                .is_some_and(|key| walk.proved.get(&key.text).is_some());
            let column = key.and_then(|key| key.column());
            proved
                || match column.filter(|column| column.level == frame.level) {
                    Some(column) => {
                        !walk.padded.contains_key(&column.table)
                            && !frame
                                .entry(column.table)
                                .is_none_or(|entry| entry.flag("lateral"))
                            && !self
                                .column_of_entry(frame, column.table, column.column)
                                .nullable
                    }
                    None => !self.evaluate(value, at).nullable,
                }
        };
        let query = frame.entry(index).and_then(|entry| entry.node("subquery"));
        let kept = match query {
            Some(_) if !is_true(condition) => return false,
            Some(query) if has_a_row(query) => return true,
            Some(query) => self.finds_row(query, frame, &is_not_null),
            None => self.found_by_reference(index, condition, frame, &is_not_null),
        };
        let found = kept.is_some();
        walk.kept.extend(kept.map(|reason| (index, reason)));
        found
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

/// Whether a condition accepts every row: `LEFT JOIN LATERAL (SELECT count(*) …) ON true`.
fn is_true(condition: &Value<'_>) -> bool {
    condition.as_node().is_some_and(|node| {
        let one = |bytes: &str| bytes.split_whitespace().any(|byte| byte != "0");
        node.name == "CONST"
            && node.number::<u32>("consttype") == Some(16)
            && node.bytes("constvalue").is_some_and(one)
    })
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
