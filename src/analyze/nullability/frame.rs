//! One query level while it is analysed: its range table, what is known of its rows, and the levels around it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::rc::Rc;

use super::functions;
use super::known::column_key;
pub(super) use super::known::{ColumnId, Key, Known, Proof};
use super::node::{Node, ParamKind, ReturningRow, RteKind, Value};
use super::shapes::Shape;
use super::{Fact, NarrowedColumns};
use crate::analyze::fault::{Fault, made};

use crate::catalog::Oid;

/// Which rows an expression sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Those of FROM and WHERE, before any grouping: in arguments of aggregates and in FROM itself.
    Input,
    /// Those of the result, after grouping.
    Output,
}

/// What the query does to its rows between WHERE and the result.
#[derive(Clone, Debug, Default)]
pub(super) struct Grouping {
    /// There may be a row for a group without rows: an aggregate without GROUP BY, or the empty grouping set.
    pub(super) empty_group: bool,
    /// There is a GROUP BY, and each group has rows.
    pub(super) groups_have_rows: bool,
    /// Keys of expressions that some grouping set leaves out.
    pub(super) nulled: BTreeSet<String>,
    /// Their shapes, if others may be taken for them.
    pub(super) nulled_shapes: Vec<Shape>,
}

/// What RETURNING sees of the row that was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The target's range table index.
    pub(super) table: usize,
    /// For a plain column, and for one of `OLD` and `NEW` (Postgres 18).
    pub(super) plain: Version,
    pub(super) old: Version,
    pub(super) new: Version,
    /// What is known of the row before it was changed.
    pub(super) known_before: Known,
}

/// One version of the row.
#[derive(Clone, Debug)]
pub(super) enum Version {
    /// There may be none.
    Missing(String),
    /// The row as it was found.
    Found,
    /// The row as it was written, by attribute number.
    Stored(BTreeMap<i16, Fact>),
}

/// What is known of the row at hand in a branch of CASE, below a FILTER or below a join.
struct Local {
    known: Known,
    /// Why rows may be missing there, if that differs from the whole query.
    padded: Option<HashMap<usize, Fact>>,
}

/// A query level.
///
/// What is kept for later ([`Self::tables`], [`Self::ctes`]) must not depend on where it was asked for first. So nothing
/// in here changes while expressions are looked at but the phase and `local`, and what is kept is worked out without
/// `local`.
pub(super) struct Frame<'f, 'a> {
    pub(super) query: &'f Node<'a>,
    pub(super) parent: Option<&'f Frame<'f, 'a>>,
    /// How many levels are around it.
    pub(super) level: usize,
    /// Why the row of a range table entry may be missing (padded with NULL) after FROM and WHERE.
    pub(super) padded: HashMap<usize, Fact>,
    /// Why the row of a range table entry is always there, though an outer join might have left it out.
    pub(super) kept: HashMap<usize, String>,
    /// The table of another query that the first one stands for, by level and index.
    pub(super) stands_for: Option<(usize, usize)>,
    /// Whether what is said of `padded` and `known_of_input` is final. Until then any row may be missing.
    pub(super) settled: Cell<bool>,
    /// What holds of each row that passes FROM and WHERE.
    pub(super) known_of_input: Known,
    /// What holds of each row that passes HAVING.
    pub(super) known_of_output: Known,
    pub(super) grouping: Grouping,
    /// The target of a statement that writes, while its RETURNING is looked at.
    pub(super) written: Option<Written>,
    pub(super) phase: Cell<Phase>,
    /// What is known of the row only around the place that is looked at, the closest last.
    local: RefCell<Vec<Local>>,
    /// The columns of the subquery that is being compared with, as in `x = ANY (SELECT …)`.
    pub(super) subquery: RefCell<Vec<Fact>>,
    /// Columns of range table entries, given that some of them are not NULL, and of CTEs that were worked out already.
    pub(super) tables: RefCell<NarrowedColumns<usize>>,
    pub(super) ctes: RefCell<HashMap<String, Rc<Vec<Fact>>>>,
}

impl<'f, 'a> Frame<'f, 'a> {
    /// The level of a query of which nothing is known yet.
    pub(super) fn bare(query: &'f Node<'a>, parent: Option<&'f Frame<'f, 'a>>) -> Self {
        Self {
            query,
            parent,
            level: parent.map_or(0, |parent| parent.level + 1),
            padded: HashMap::new(),
            kept: HashMap::new(),
            stands_for: None,
            settled: Cell::new(false),
            written: None,
            known_of_input: Known::default(),
            known_of_output: Known::default(),
            grouping: Grouping::default(),
            phase: Cell::new(Phase::Input),
            local: RefCell::default(),
            subquery: RefCell::default(),
            tables: RefCell::default(),
            ctes: RefCell::default(),
        }
    }

    /// The level that is `up` levels further out.
    pub(super) fn outer(&self, up: usize) -> Option<&Self> {
        (0..up).try_fold(self, |frame, _| frame.parent)
    }

    /// The range table entry of that index, from 1.
    pub(super) fn entry(&self, index: usize) -> Option<&'f Node<'a>> {
        let entries = self.query.list("rtable");
        entries.get(index.checked_sub(1)?)?.as_node()
    }

    /// What a column of a join or, in Postgres 18, of GROUP BY stands for; `var` is taken to be one of this level.
    pub(super) fn meaning_of(&self, var: &Node<'a>) -> Option<&'f Value<'a>> {
        let entry = self.entry(var.number("varno")?)?;
        let column = var.number::<usize>("varattno")?.checked_sub(1)?;
        match RteKind::of(entry)? {
            RteKind::Join => entry.list("joinaliasvars").get(column),
            RteKind::Group => entry.list("groupexprs").get(column),
            _ => None,
        }
    }

    /// What people call the entry.
    pub(super) fn entry_name(&self, index: usize) -> String {
        let name = self.entry(index).and_then(|entry| {
            let alias = entry
                .node("alias")
                .and_then(|alias| alias.text("aliasname"));
            alias.or_else(|| entry.node("eref")?.text("aliasname"))
        });
        name.map_or_else(|| "the table".to_owned(), std::borrow::Cow::into_owned)
    }

    /// What people call a column of the entry: `users.id`.
    pub(super) fn column_name(&self, index: usize, column: i16) -> String {
        let table = self.entry_name(index);
        let names = self.entry(index).and_then(|entry| entry.node("eref"));
        let name = names.and_then(|names| {
            let position = usize::try_from(column).ok()?.checked_sub(1)?;
            names.list("colnames").get(position)?.text()
        });
        match name {
            // Postgres' own names for what the user did not name.
            Some(name) if table.starts_with('*') || table.starts_with("unnamed_") => {
                name.into_owned()
            }
            Some(name) => format!("{table}.{name}"),
            None => table,
        }
    }

    /// Runs `look` on expressions that see other rows than the place where they stand: what CASE branches proved there
    /// does not hold.
    pub(super) fn in_phase<T>(&self, phase: Phase, look: impl FnOnce() -> T) -> T {
        let before = self.phase.replace(phase);
        let local = if made(Fault::CaseConditionHoldsInAggregates) {
            Vec::new()
        } else {
            self.local.take()
        };
        let found = look();
        self.local.borrow_mut().splice(0..0, local);
        self.phase.set(before);
        found
    }

    /// What stands for a column, from 1, of the subquery that is being compared with.
    pub(super) fn subquery_column(&self, number: usize) -> Fact {
        let columns = self.subquery.borrow();
        let fact = number.checked_sub(1).and_then(|index| columns.get(index));
        fact.cloned()
            .unwrap_or_else(|| Fact::nullable("the subquery's column may be NULL"))
    }

    /// Runs `look` with more known of the row at hand.
    pub(super) fn with_local<T>(&self, known: Known, look: impl FnOnce() -> T) -> T {
        self.with(
            Local {
                known,
                padded: None,
            },
            look,
        )
    }

    /// Knows more of the rows of the result for good, though not of those that windows and aggregates see.
    pub(super) fn know_of_result(&self, known: Known) {
        let padded = None;
        self.local.borrow_mut().push(Local { known, padded });
    }

    /// Runs `look` where other rows may be missing than in the whole query.
    pub(super) fn with_rows<T>(
        &self,
        known: Known,
        padded: HashMap<usize, Fact>,
        look: impl FnOnce() -> T,
    ) -> T {
        let padded = Some(padded);
        self.with(Local { known, padded }, look)
    }

    fn with<T>(&self, local: Local, look: impl FnOnce() -> T) -> T {
        self.local.borrow_mut().push(local);
        let found = look();
        self.local.borrow_mut().pop();
        found
    }

    /// Whether something is known only at the place that is looked at.
    pub(super) fn is_local(&self) -> bool {
        !self.local.borrow().is_empty()
    }

    /// Why the row of a range table entry may be missing at the place that is looked at.
    pub(super) fn padding(&self, table: usize) -> Option<Fact> {
        let local = self.local.borrow();
        if !self.settled.get() {
            return Some(Fact::nullable("the joins around it are not settled"));
        }
        let closest = local.iter().rev().find_map(|local| local.padded.as_ref());
        closest.unwrap_or(&self.padded).get(&table).cloned()
    }

    /// All rows that may be missing at the place that is looked at, but for those of some entries.
    pub(super) fn padded_without(&self, present: &BTreeSet<usize>) -> HashMap<usize, Fact> {
        let tables = 1..=self.query.list("rtable").len();
        tables
            .filter(|table| !present.contains(table))
            .filter_map(|table| Some((table, self.padding(table)?)))
            .collect()
    }

    /// Whether anything is known of expressions here or further out, so that keys are worth making.
    pub(super) fn knows_anything(&self) -> bool {
        let mut frame = Some(self);
        while let Some(level) = frame {
            let local = level.local.borrow();
            if !level.known_of_input.is_empty()
                || !level.known_of_output.is_empty()
                || local.iter().any(|local| !local.known.is_empty())
            {
                return true;
            }
            frame = level.parent;
        }
        false
    }

    /// Why the value with that key is not NULL, if that is known at the place that is looked at.
    pub(super) fn proof(&self, key: &str) -> Option<Proof> {
        let mut frame = Some(self);
        while let Some(level) = frame {
            if let Some(proof) = level.own_proof(key) {
                return Some(proof);
            }
            frame = level.parent;
        }
        None
    }

    fn own_proof(&self, key: &str) -> Option<Proof> {
        let local = self.local.borrow();
        let mut closest = local.iter().rev();
        let found = closest.find_map(|local| local.known.get(key));
        let mut settled = self.settled_knowledge();
        let found = found.or_else(|| settled.find_map(|known| known.get(key)));
        found.cloned()
    }

    /// What the clauses of this level prove of the rows at hand.
    fn settled_knowledge(&self) -> impl Iterator<Item = &Known> {
        let (of_groups, of_rows) = match self.phase.get() {
            Phase::Input => (None, true),
            Phase::Output => {
                // A group without rows gives a row that never passed WHERE. What WHERE says of outer columns and
                // parameters does not hold there.
                // Nor does it hold of what a grouping set leaves out.
                let empty_group =
                    self.grouping.empty_group && !made(Fault::WhereHoldsForEmptyGroup);
                let of_rows = !empty_group && self.grouping.nulled.is_empty();
                (Some(&self.known_of_output), of_rows)
            }
        };
        of_groups
            .into_iter()
            .chain(of_rows.then_some(&self.known_of_input))
    }

    /// The columns of a table, 0 for the whole row, that are known not to be NULL at the place that is looked at. If
    /// there is one, the table's row is there.
    pub(super) fn known_columns(&self, level: usize, table: usize) -> BTreeSet<i16> {
        let mut found = BTreeSet::new();
        let mut frame = Some(self);
        while let Some(at) = frame {
            let local = at.local.borrow();
            let local = local.iter().map(|local| &local.known);
            for known in local.chain(at.settled_knowledge()) {
                let columns = known.columns();
                let own = columns.filter(|id| (id.level, id.table) == (level, table));
                found.extend(own.map(|id| id.column));
            }
            frame = at.parent;
        }
        found
    }

    /// The key of a column at this level.
    pub(super) fn key_of_column(&self, table: usize, column: i16) -> Key {
        let mut key = Key::default();
        self.write_own_column(table, column, &mut key);
        key
    }

    /// The [`Self::grouping_key`] of a column at this level.
    pub(super) fn grouping_key_of_column(&self, table: usize, column: i16) -> String {
        let mut key = Key::of_grouping();
        self.write_own_column(table, column, &mut key);
        key.text
    }

    /// The key of an expression, if its value is the same wherever the key is.
    pub(super) fn key(&self, value: &Value<'a>) -> Option<Key> {
        let mut key = Key::default();
        self.write_key(value, &mut key);
        key.repeatable.then_some(key)
    }

    /// The key of an expression, also of one that may give something else each time; for matching a grouping expression,
    /// which is computed once. Before Postgres 18 the planner matches what is left after constants are computed: with
    /// `GROUP BY a, ROLLUP (a + (1 + 1))`, even `a + 2` is NULL. So all constants have the same key.
    pub(super) fn grouping_key(&self, value: &Value<'a>) -> String {
        let mut key = Key::of_grouping();
        self.write_key(value, &mut key);
        key.text
    }

    fn write_key(&self, value: &Value<'a>, key: &mut Key) {
        match value.resolve() {
            Value::Nothing => key.text.push_str("<>"),
            Value::Token(text) => key.text.push_str(text),
            Value::Bytes(text) => key
                .text
                .extend(text.split_whitespace().flat_map(|b| [b, ","])),
            Value::List(items) => {
                key.text.push('(');
                for item in items {
                    self.write_key(item, key);
                    key.text.push(' ');
                }
                key.text.push(')');
            }
            Value::Node(node) if node.name == "VAR" => self.write_column(node, key),
            Value::Node(node) => self.write_node(node, key),
            Value::Deferred(_) | Value::TooDeep => key.refuse(),
        }
    }

    fn write_column(&self, var: &Node<'a>, key: &mut Key) {
        key.constant = false;
        let place: (Option<usize>, Option<i16>) = (var.number("varno"), var.number("varattno"));
        let up = var.number::<usize>("varlevelsup");
        let outside = up.and_then(|up| self.outer(up.checked_sub(key.queries)?));
        let (Some(owner), (Some(table), Some(column))) = (outside, place) else {
            // A column of a subquery that is part of the expression.
            key.refuse();
            let _ = write!(key.text, "S{up:?}{place:?}");
            return;
        };
        owner.write_own_column(table, column, key);
        match ReturningRow::of(var) {
            Some(ReturningRow::Old) => key.text.push_str("@old"),
            Some(ReturningRow::New) => key.text.push_str("@new"),
            Some(ReturningRow::Default) | None => {}
        }
    }

    /// A column of this level. One that a join or (in Postgres 18) GROUP BY made is written as what it stands for, as
    /// the planner does.
    fn write_own_column(&self, table: usize, column: i16, key: &mut Key) {
        let entry = self.entry(table);
        let stands_for = entry.and_then(|entry| match RteKind::of(entry) {
            Some(RteKind::Join) => Some(entry.list("joinaliasvars")),
            Some(RteKind::Group) => Some(entry.list("groupexprs")),
            _ => None,
        });
        if let Some(columns) = stands_for {
            let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
            if let Some(value) = index.and_then(|index| columns.get(index)) {
                // It stands at this level, wherever it is referred to.
                let queries = std::mem::take(&mut key.queries);
                self.write_key(value, key);
                key.queries = queries;
                return;
            }
            // The whole row of a join is `ROW(…)` of the columns, which is no NULL even where all of them are.
            key.refuse();
        }
        let (level, table) = self.stands_for.unwrap_or((self.level, table));
        let id = ColumnId {
            level,
            table,
            column,
        };
        key.text.push_str(&column_key(id));
        key.columns.insert(id);
    }

    fn write_node(&self, node: &Node<'a>, key: &mut Key) {
        if !is_repeatable(node) {
            key.refuse();
        }
        let start = key.text.len();
        let around = std::mem::replace(&mut key.constant, !varies(node));
        let is_query = usize::from(node.name == "QUERY");
        key.queries += is_query;
        key.text.push('{');
        key.text.push_str(node.name);
        for (field, values) in node.fields() {
            if is_cosmetic(field) {
                continue;
            }
            key.text.push(' ');
            for value in values {
                self.write_key(value, key);
            }
        }
        key.text.push('}');
        key.queries -= is_query;
        if key.constant && key.merges_constants {
            key.text.replace_range(start.., "{}");
        }
        key.constant &= around;
    }
}

/// Fields that do not change what an expression gives. `varnullingrels` says at which place among outer joins a column
/// is read; keys are only compared where that place is accounted for.
fn is_cosmetic(field: &str) -> bool {
    matches!(
        field,
        "location"
            | "funcformat"
            | "relabelformat"
            | "coerceformat"
            | "coercionformat"
            | "convertformat"
            | "row_format"
            | "colnames"
            | "resname"
            | "resorigtbl"
            | "resorigcol"
            | "list_start"
            | "list_end"
            | "stmt_location"
            | "stmt_len"
            | "aggno"
            | "aggtransno"
    )
}

/// Whether the node is no constant, though its arguments may be.
fn varies(node: &Node<'_>) -> bool {
    matches!(
        node.name,
        "PARAM" | "AGGREF" | "WINDOWFUNC" | "SUBLINK" | "GROUPINGFUNC" | "CASETESTEXPR"
    )
}

/// Whether the node itself gives the same for the same arguments within one statement.
fn is_repeatable(node: &Node<'_>) -> bool {
    let function = |field| {
        let oid = node.number::<Oid>(field);
        oid.is_some_and(functions::is_repeatable)
    };
    match node.name {
        "FUNCEXPR" => function("funcid"),
        "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" | "SCALARARRAYOPEXPR" => function("opfuncid"),
        "AGGREF" => node
            .number("aggfnoid")
            .and_then(functions::aggregate)
            .is_some(),
        // Only the caller's parameters; the others stand for rows of a subquery.
        "PARAM" => ParamKind::of(node) == Some(ParamKind::Extern),
        "CONST" | "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COLLATE" | "COLLATEEXPR"
        | "FIELDSELECT" | "SUBSCRIPTINGREF" | "COALESCE" | "COALESCEEXPR" | "CASE" | "CASEEXPR"
        | "WHEN" | "CASEWHEN" | "MINMAX" | "MINMAXEXPR" | "BOOLEXPR" | "NULLTEST"
        | "BOOLEANTEST" | "ROW" | "ROWEXPR" | "ARRAY" | "ARRAYEXPR" | "COERCETODOMAIN"
        | "NAMEDARGEXPR" | "SQLVALUEFUNCTION" | "TARGETENTRY" | "SORTGROUPCLAUSE" => true,
        // CASETESTEXPR means something else in each CASE.
        _ => false,
    }
}
