//! What CHECK constraints say of NULL, and whether the conditions of a CASE leave anything out.
//!
//! A column is not NULL if a constraint would be false were it NULL. A constraint lets NULL pass, so that `CHECK (x > 0)`
//! says nothing of NULL; `CHECK ((kind = 'a') = (x IS NOT NULL))` does where `kind = 'a'`. A constraint was true when the
//! row was written. So it is only believed of what is the same at all times: comparisons of columns with constants, tests
//! for NULL, and what is made of these.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::{Fault, made};
use super::frame::{ColumnId, Frame, Phase};
use super::functions;
use super::node::{BoolTestType, CommandType, Node, NullTestType, RteKind, Value, read_query};
use super::{Analyzer, Fact};
use crate::catalog::{Check, Oid, Relation};

/// What a column may hold.
#[derive(Clone, Debug)]
struct Content {
    null: bool,
    /// The bytes of constants; `None` where it may be any value.
    values: Option<BTreeSet<String>>,
}

type Contents = BTreeMap<ColumnId, Content>;

/// What a condition may turn out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Truth {
    yes: bool,
    no: bool,
    null: bool,
}

/// A column that is compared with constants.
struct Comparison<'v, 'a> {
    column: &'v Value<'a>,
    values: BTreeSet<String>,
    /// `=` or `<>`.
    equal: bool,
}

/// How many columns the conditions of a CASE may read for the cases to be gone through.
const MAX_COLUMNS: usize = 3;

/// How many cases there may be.
const MAX_CASES: usize = 64;

/// A value that no constant is.
const OTHER: &str = "other";

impl<'a> Analyzer<'_> {
    /// Why one of these columns of a table in FROM is not NULL, if its constraints say so.
    pub(super) fn checked_columns(
        &self,
        at: &Frame<'_, 'a>,
        owner: &Frame<'_, 'a>,
        table: usize,
        columns: &[i16],
    ) -> Option<Fact> {
        let entry = owner.entry(table)?;
        let oid = entry.number::<Oid>("relid")?;
        if RteKind::of(entry) != Some(RteKind::Relation) {
            return None;
        }
        let checks = self.checks(oid, !entry.denies("inh"));
        if checks.is_empty() {
            return None;
        }
        let mut contents = if knows_rows(owner) {
            self.contents(owner)
        } else {
            Contents::new()
        };
        for column in at.known_columns(owner.level, table) {
            let id = ColumnId {
                level: owner.level,
                table,
                column,
            };
            contents.entry(id).or_insert(Content::ANY).null = false;
        }
        let place = (owner.level, table);
        let mut checks = checks.into_iter();
        let check = checks.find(|check| self.refutes(check, oid, place, &contents, columns))?;
        Some(Fact::not_null(format!(
            "the constraint `{}` keeps NULL out",
            check.name
        )))
    }

    /// Why one of these values is not NULL, if they are columns of one table whose constraints say so.
    pub(super) fn checked_together(
        &self,
        values: &[Value<'a>],
        frame: &Frame<'_, 'a>,
    ) -> Option<Fact> {
        let ids = values.iter().map(|value| column_id(value, frame));
        let ids: Vec<ColumnId> = ids.collect::<Option<_>>()?;
        let first = ids.first()?;
        let owner = frame.outer(frame.level.checked_sub(first.level)?)?;
        let of_one_row = ids
            .iter()
            .all(|id| (id.level, id.table) == (first.level, first.table));
        let is_there = !owner.padded.borrow().contains_key(&first.table)
            || !frame.known_columns(first.level, first.table).is_empty();
        let nulled = owner.phase.get() == Phase::Output && !owner.grouping.nulled.is_empty();
        let written = owner.written.is_some();
        if !of_one_row || !is_there || nulled || written || !owner.settled.get() {
            return None;
        }
        let columns: Vec<i16> = ids.iter().map(|id| id.column).collect();
        self.checked_columns(frame, owner, first.table, &columns)
    }

    /// The constraint that keeps NULL out of a stored column, whatever the others hold.
    pub(super) fn check_of_column(
        &self,
        relation: Oid,
        column: i16,
        with_children: bool,
    ) -> Option<&str> {
        let mut checks = self.checks(relation, with_children).into_iter();
        let contents = Contents::new();
        let check =
            checks.find(|check| self.refutes(check, relation, (0, 1), &contents, &[column]))?;
        Some(check.name.as_str())
    }

    /// The constraints that all rows of a table keep, those of tables that inherit from it included.
    fn checks(&self, relation: Oid, with_children: bool) -> Vec<&Check> {
        let Some(found) = self.catalog.relations.get(&relation) else {
            return Vec::new();
        };
        let alone = !with_children || found.children.is_empty();
        let kept = matches!(found.kind, 'r' | 'p') && (alone || self.has_own_children(found));
        let alone = alone || made(Fault::CheckInherited);
        let checks = found.checks.iter();
        let checks = checks.filter(|check| kept && (alone || !check.no_inherit));
        checks.collect()
    }

    /// Whether whatever inherits from the table is a table of this server.
    fn has_own_children(&self, relation: &Relation) -> bool {
        relation.children.iter().all(|child| {
            let child = self.catalog.relations.get(child);
            child.is_some_and(|c| matches!(c.kind, 'r' | 'p') && self.has_own_children(c))
        })
    }

    /// Whether the constraint would be false if all those columns were NULL.
    fn refutes(
        &self,
        check: &Check,
        relation: Oid,
        (level, table): (usize, usize),
        known: &Contents,
        columns: &[i16],
    ) -> bool {
        let query = format!(
            "{{QUERY :commandType 1 :rtable ({{RTE :rtekind 0 :inh false}}) \
             :jointree {{FROMEXPR :fromlist <> :quals {}}}}}",
            check.tree
        );
        let Some(query) = read_query(&query) else {
            return false;
        };
        let mut frame = Frame::bare(&query, None);
        frame.stands_for = Some((level, table));
        let mut contents = known.clone();
        let id = |column| ColumnId {
            level,
            table,
            column,
        };
        let found = self.catalog.relations.get(&relation);
        let columns_of = found.into_iter().flat_map(|found| &found.columns);
        for attribute in columns_of.filter(|c| self.catalog.is_not_null(relation, c)) {
            let content = contents.entry(id(attribute.number));
            content.or_insert(Content::ANY).null = false;
        }
        for &column in columns {
            contents.insert(id(column), Content::NULL);
        }
        let condition = query.node("jointree").map(|tree| tree.get("quals"));
        condition.is_some_and(|condition| {
            let truth = self.truth(condition, None, &frame, &contents);
            !truth.yes && (!truth.null || made(Fault::CheckOfNullFails))
        })
    }

    /// What WHERE says of the columns of a query level.
    fn contents(&self, frame: &Frame<'_, 'a>) -> Contents {
        let mut contents = Contents::new();
        let tree = frame.query.node("jointree");
        let mut open: Vec<&Value<'a>> = tree.map(|tree| tree.get("quals")).into_iter().collect();
        while let Some(condition) = open.pop() {
            let Some(node) = condition.as_node() else {
                continue;
            };
            if node.name == "BOOLEXPR" && matches!(node.get("boolop"), Value::Token("and")) {
                open.extend(node.list("args"));
                continue;
            }
            let is_null = NullTestType::of(node) == Some(NullTestType::IsNull);
            let (column, content) = if node.name == "NULLTEST" && is_null && !node.flag("argisrow")
            {
                (node.get("arg"), Content::NULL)
            } else if let Some(comparison) = comparison(node).filter(|c| c.equal) {
                (comparison.column, Content::one_of(comparison.values))
            } else if is_boolean_column(node) {
                (condition, Content::boolean(true))
            } else if let (true, [of_not]) = (
                matches!(node.get("boolop"), Value::Token("not")),
                node.list("args"),
            ) {
                (of_not, Content::boolean(false))
            } else {
                continue;
            };
            if let Some(id) = column_id(column, frame) {
                contents.insert(id, content);
            }
        }
        contents
    }

    /// Whether one of the conditions of a CASE without ELSE is always met.
    pub(super) fn is_exhaustive(&self, case: &Node<'a>, frame: &Frame<'_, 'a>) -> bool {
        let subject = Some(case.get("arg")).filter(|subject| !subject.is_nothing());
        let mut conditions = Vec::new();
        let mut columns = BTreeMap::new();
        for branch in case.list("args") {
            let Some(when) = branch.as_node() else {
                return false;
            };
            self.collect_columns(when.get("expr"), subject, frame, &mut columns);
            conditions.push(when.get("expr"));
        }
        if columns.is_empty() || columns.len() > MAX_COLUMNS {
            return false;
        }
        let mut cases = vec![Contents::new()];
        for (id, possible) in columns {
            let each = possible.into_iter().flat_map(|content| {
                cases.iter().map(move |case| {
                    let mut case = case.clone();
                    case.insert(id, content.clone());
                    case
                })
            });
            cases = each.collect();
            if cases.len() > MAX_CASES {
                return false;
            }
        }
        cases.iter().all(|case| {
            conditions.iter().any(|condition| {
                let truth = self.truth(condition, subject, frame, case);
                truth.yes && !truth.no && !truth.null
            })
        })
    }

    /// The columns that a condition reads, with each thing that they may hold.
    fn collect_columns(
        &self,
        value: &Value<'a>,
        subject: Option<&Value<'a>>,
        frame: &Frame<'_, 'a>,
        found: &mut BTreeMap<ColumnId, Vec<Content>>,
    ) {
        match value {
            Value::Node(node) if node.name == "VAR" => {
                let Some(id) = column_id(value, frame) else {
                    return;
                };
                found.entry(id).or_insert_with(|| {
                    let nullable = self.evaluate(value, frame).nullable;
                    let null =
                        (nullable && !made(Fault::ComplementOfNull)).then_some(Content::NULL);
                    let others = if node.number("vartype") == Some(BOOL) {
                        vec![Content::boolean(true), Content::boolean(false)]
                    } else {
                        vec![Content::one_of(BTreeSet::from([OTHER.to_owned()]))]
                    };
                    null.into_iter().chain(others).collect()
                });
            }
            // What a subquery compares is not followed.
            Value::Node(node) if node.name == "QUERY" => {}
            Value::Node(node) => {
                if node.name == "CASETESTEXPR" {
                    if let Some(subject) = subject {
                        self.collect_columns(uncast(subject), None, frame, found);
                    }
                    return;
                }
                for value in node.fields().flat_map(|(_, values)| values) {
                    self.collect_columns(value, subject, frame, found);
                }
                let Some(comparison) = comparison(node) else {
                    return;
                };
                let column = of_subject(comparison.column, subject);
                let Some(contents) = column_id(column, frame).and_then(|id| found.get_mut(&id))
                else {
                    return;
                };
                if column.as_node().and_then(|n| n.number("vartype")) != Some(BOOL) {
                    let values = comparison.values.into_iter();
                    contents.extend(values.map(|value| Content::one_of(BTreeSet::from([value]))));
                }
            }
            Value::List(items) => {
                for item in items {
                    self.collect_columns(item, subject, frame, found);
                }
            }
            _ => {}
        }
    }

    /// What a condition may turn out to be where its columns hold that.
    fn truth(
        &self,
        value: &Value<'a>,
        subject: Option<&Value<'a>>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Truth {
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return Truth::ANY;
        };
        let truth = |value| self.truth(value, subject, frame, contents);
        let content = |value: &Value<'a>| {
            let id = column_id(of_subject(value, subject), frame);
            id.and_then(|id| contents.get(&id).cloned())
                .unwrap_or(Content::ANY)
        };
        let arguments = node.list("args");
        if let Some(comparison) = comparison(node) {
            return content(comparison.column).compare(&comparison);
        }
        match (node.name, arguments) {
            ("CONST", _) => of_constant(node),
            ("VAR", _) => content(value).truth(),
            ("RELABELTYPE", _) => truth(node.get("arg")),
            ("BOOLEXPR", [first, rest @ ..]) => match node.get("boolop") {
                Value::Token("not") => truth(first).not(),
                Value::Token("and") => rest.iter().map(truth).fold(truth(first), Truth::and),
                Value::Token("or") => {
                    let each = rest.iter().map(|value| truth(value).not());
                    each.fold(truth(first).not(), Truth::and).not()
                }
                _ => Truth::ANY,
            },
            ("NULLTEST", _) if !node.flag("argisrow") => {
                let content = content(node.get("arg"));
                let is_null = Truth {
                    yes: content.null,
                    no: content.may_be_something(),
                    null: false,
                };
                match NullTestType::of(node) {
                    Some(NullTestType::IsNull) => is_null,
                    Some(NullTestType::IsNotNull) => is_null.not(),
                    None => Truth::ANY,
                }
            }
            ("BOOLEANTEST", _) => of_test(node, truth(node.get("arg"))),
            ("OPEXPR", [left, right]) if is_function(node, &[BOOL_EQ, BOOL_NE]) => {
                let equal = truth(left).equals(truth(right));
                if is_function(node, &[BOOL_EQ]) {
                    equal
                } else {
                    equal.not()
                }
            }
            ("OPEXPR", [left, right]) => match self.counted(left, right, node, frame, contents) {
                Some(truth) => truth,
                None => self.of_strict_call(node, subject, frame, contents),
            },
            ("FUNCEXPR", _) => self.of_strict_call(node, subject, frame, contents),
            ("COALESCE" | "COALESCEEXPR", [_, ..]) => {
                let mut found = Truth::default();
                for argument in arguments {
                    let next = truth(argument);
                    found = found.or_else(next);
                    found.null = next.null;
                    if !next.null {
                        break;
                    }
                }
                found
            }
            ("CASE" | "CASEEXPR", [_, ..]) => {
                let inner = Some(node.get("arg")).filter(|subject| !subject.is_nothing());
                let mut found = Truth::default();
                for branch in arguments {
                    let Some(when) = branch.as_node() else {
                        return Truth::ANY;
                    };
                    let taken = self.truth(when.get("expr"), inner, frame, contents);
                    if taken.yes {
                        found = found.or_else(truth(when.get("result")));
                    }
                    if !taken.no && !taken.null {
                        return found;
                    }
                }
                found.or_else(match node.get("defresult") {
                    Value::Nothing => Truth::NULL,
                    default => truth(default),
                })
            }
            _ => Truth::ANY,
        }
    }

    /// A call that gives NULL for NULL, with a NULL in it.
    fn of_strict_call(
        &self,
        node: &Node<'a>,
        subject: Option<&Value<'a>>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Truth {
        let function = node.number("funcid").or_else(|| node.number("opfuncid"));
        let is_null = |value: &Value<'a>| {
            let id = column_id(of_subject(value, subject), frame);
            let content = id.and_then(|id| contents.get(&id));
            content.is_some_and(|content| content.null && !content.may_be_something())
        };
        if function.is_some_and(functions::is_strict) && node.list("args").iter().any(is_null) {
            return Truth::NULL;
        }
        Truth::ANY
    }

    /// `num_nonnulls(…) = 1` and the like.
    fn counted(
        &self,
        left: &Value<'a>,
        right: &Value<'a>,
        node: &Node<'a>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Option<Truth> {
        let call = left.as_node().filter(|call| call.name == "FUNCEXPR")?;
        let counts_nulls = match call.number::<Oid>("funcid")? {
            438 => true,
            440 => false,
            _ => return None,
        };
        let number = right.as_node().filter(|node| node.name == "CONST")?;
        let number = i64::from(i32::try_from(super::query::integer(number)?).ok()?);
        if call.flag("funcvariadic") {
            return None;
        }
        let (mut least, mut most) = (0, 0);
        for argument in call.list("args") {
            let id = column_id(argument, frame);
            let content = id.and_then(|id| contents.get(&id)).unwrap_or(&Content::ANY);
            let (may, may_not) = if counts_nulls {
                (content.null, content.may_be_something())
            } else {
                (content.may_be_something(), content.null)
            };
            most += i64::from(may);
            least += i64::from(!may_not);
        }
        // int4eq, int4ne, int4lt, int4gt, int4le, int4ge.
        let holds: fn(i64, i64) -> bool = match node.number::<Oid>("opfuncid")? {
            65 => |a, b| a == b,
            144 => |a, b| a != b,
            66 => |a, b| a < b,
            147 => |a, b| a > b,
            149 => |a, b| a <= b,
            150 => |a, b| a >= b,
            _ => return None,
        };
        Some(Truth {
            yes: (least..=most).any(|count| holds(count, number)),
            no: (least..=most).any(|count| !holds(count, number)),
            null: false,
        })
    }
}

/// The object ids of `boolean`, and of functions that compare.
const BOOL: Oid = 16;
const BOOL_EQ: Oid = 60;
const BOOL_NE: Oid = 84;

/// Functions of types of which two values are equal if their bytes are: int2, int4, text, "char", date, uuid, enum.
const EQUAL: &[Oid] = &[BOOL_EQ, 63, 65, 67, 61, 1086, 2956, 3508];
const NOT_EQUAL: &[Oid] = &[BOOL_NE, 145, 144, 157, 70, 1091, 2959, 3509];

/// Collations for which texts are equal only if they are the same: the database's own, C and POSIX; 0 is that of types
/// without any.
const DETERMINISTIC: &[Oid] = &[0, 100, 950, 951];

impl Content {
    const ANY: Self = Self {
        null: true,
        values: None,
    };
    const NULL: Self = Self {
        null: true,
        values: Some(BTreeSet::new()),
    };

    fn one_of(values: BTreeSet<String>) -> Self {
        Self {
            null: false,
            values: Some(values),
        }
    }

    fn boolean(value: bool) -> Self {
        Self::one_of(BTreeSet::from([boolean(value)]))
    }

    fn may_be_something(&self) -> bool {
        self.values.as_ref().is_none_or(|values| !values.is_empty())
    }

    fn compare(&self, comparison: &Comparison<'_, '_>) -> Truth {
        let each = self.values.as_ref();
        let equal = Truth {
            yes: each.is_none_or(|values| !values.is_disjoint(&comparison.values)),
            no: each.is_none_or(|values| !values.is_subset(&comparison.values)),
            null: self.null,
        };
        if comparison.equal { equal } else { equal.not() }
    }

    /// Of a column of booleans.
    fn truth(&self) -> Truth {
        let may_be = |value| {
            let values = self.values.as_ref();
            values.is_none_or(|values| values.contains(&boolean(value)))
        };
        Truth {
            yes: may_be(true),
            no: may_be(false),
            null: self.null,
        }
    }
}

impl Truth {
    const ANY: Self = Self {
        yes: true,
        no: true,
        null: true,
    };
    const NULL: Self = Self {
        yes: false,
        no: false,
        null: true,
    };

    fn not(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            null: self.null && (other.null || other.yes) || other.null && self.yes,
        }
    }

    fn equals(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes || self.no && other.no,
            no: self.yes && other.no || self.no && other.yes,
            null: self.null || other.null,
        }
    }

    /// This or that.
    fn or_else(self, other: Self) -> Self {
        Self {
            yes: self.yes || other.yes,
            no: self.no || other.no,
            null: self.null || other.null,
        }
    }
}

/// Whether what WHERE says holds of the rows that are looked at, and goes on holding: what is written may be something
/// else.
fn knows_rows(frame: &Frame<'_, '_>) -> bool {
    let selects = CommandType::of(frame.query) == Some(CommandType::Select);
    let of_groups = frame.phase.get() == Phase::Output
        && (frame.grouping.empty_group || !frame.grouping.nulled.is_empty());
    selects && !of_groups
}

/// How a constant of type boolean is printed, as `comparison` writes it.
fn boolean(value: bool) -> String {
    format!("{} 0 0 0 0 0 0 0", u8::from(value))
}

fn of_constant(node: &Node<'_>) -> Truth {
    if node.number("consttype") != Some(BOOL) {
        return Truth::ANY;
    }
    match constant(node) {
        Some(bytes) => Content::one_of(BTreeSet::from([bytes])).truth(),
        None if node.flag("constisnull") => Truth::NULL,
        None => Truth::ANY,
    }
}

fn of_test(node: &Node<'_>, of: Truth) -> Truth {
    let is = |yes: bool, no: bool| Truth {
        yes,
        no,
        null: false,
    };
    match BoolTestType::of(node) {
        Some(BoolTestType::True) => is(of.yes, of.no || of.null),
        Some(BoolTestType::NotTrue) => is(of.no || of.null, of.yes),
        Some(BoolTestType::False) => is(of.no, of.yes || of.null),
        Some(BoolTestType::NotFalse) => is(of.yes || of.null, of.no),
        Some(BoolTestType::Unknown) => is(of.null, of.yes || of.no),
        Some(BoolTestType::NotUnknown) => is(of.yes || of.no, of.null),
        None => Truth::ANY,
    }
}

fn is_function(node: &Node<'_>, functions: &[Oid]) -> bool {
    let function = node.number::<Oid>("opfuncid");
    function.is_some_and(|function| functions.contains(&function))
}

/// A comparison for equality of a column, or what CASE compares, with constants.
fn comparison<'v, 'a>(node: &'v Node<'a>) -> Option<Comparison<'v, 'a>> {
    let [left, right] = node.list("args") else {
        return None;
    };
    let equal = is_function(node, EQUAL);
    let is_known = equal || is_function(node, NOT_EQUAL);
    let collation = node.number::<Oid>("inputcollid")?;
    if !is_known || !DETERMINISTIC.contains(&collation) {
        return None;
    }
    let is_column = |value: &Value<'a>| {
        let node = value.as_node();
        node.is_some_and(|node| matches!(node.name, "VAR" | "CASETESTEXPR"))
    };
    let (left, right) = (uncast(left), uncast(right));
    match node.name {
        "OPEXPR" => {
            let (column, value) = if is_column(left) {
                (left, right)
            } else {
                (right, left)
            };
            let values = BTreeSet::from([constant(value.as_node()?)?]);
            is_column(column).then_some(Comparison {
                column,
                values,
                equal,
            })
        }
        // `= ANY`, which IN is, and `<> ALL`, which NOT IN is.
        "SCALARARRAYOPEXPR" if node.flag("useOr") == equal => {
            let mut array = right.as_node()?;
            if array.name == "ARRAYCOERCEEXPR" {
                let element = array.node("elemexpr")?;
                array = array
                    .node("arg")
                    .filter(|_| element.name == "RELABELTYPE")?;
            }
            let parts = array.list("elements").iter();
            let of_array = array.name == "ARRAY" || array.name == "ARRAYEXPR";
            let values: Option<BTreeSet<_>> = parts
                .map(|part| constant(uncast(part).as_node()?))
                .collect();
            let values = values.filter(|values| of_array && !values.is_empty())?;
            is_column(left).then_some(Comparison {
                column: left,
                values,
                equal,
            })
        }
        _ => None,
    }
}

/// What CASE compares, where a value stands for that.
fn of_subject<'v, 'a>(value: &'v Value<'a>, subject: Option<&'v Value<'a>>) -> &'v Value<'a> {
    let stands_in = value
        .as_node()
        .is_some_and(|node| node.name == "CASETESTEXPR");
    match subject {
        Some(subject) if stands_in => uncast(subject),
        _ => value,
    }
}

fn is_boolean_column(node: &Node<'_>) -> bool {
    node.name == "VAR" && node.number("vartype") == Some(BOOL)
}

/// The column that a value is.
fn column_id<'a>(value: &Value<'a>, frame: &Frame<'_, 'a>) -> Option<ColumnId> {
    let value = uncast(value);
    let is_column = value.as_node().is_some_and(|node| node.name == "VAR");
    is_column.then(|| frame.key(value)?.column()).flatten()
}

/// The bytes of a constant that is not NULL, as they are printed.
fn constant(node: &Node<'_>) -> Option<String> {
    if node.name != "CONST" || !node.denies("constisnull") {
        return None;
    }
    let bytes = node.bytes("constvalue")?.split_whitespace();
    Some(bytes.collect::<Vec<_>>().join(" "))
}

/// The value without changes of type that leave it as it is.
fn uncast<'v, 'a>(value: &'v Value<'a>) -> &'v Value<'a> {
    let mut value = value;
    while let Some(node) = value.as_node().filter(|node| node.name == "RELABELTYPE") {
        value = node.get("arg");
    }
    value
}
