//! A query's result columns: SELECT and set operations. What writes is in `writes`.

use super::aggregates::{grouping, wants_rows};
use super::fault::{Fault, made};
use super::frame::{Frame, Known, Phase};
use super::functions::FIRST_USER_OID;
use super::narrowing::shows_its_rows;
use super::node::{CommandType, Node, SetOperation, SubLinkType, Value};
use super::{Analyzer, Fact};
use crate::catalog::Oid;

/// How many queries may be nested.
const MAX_LEVEL: usize = 60;

impl<'a> Analyzer<'_> {
    /// The result columns of a query, seen from the query around it. Fewer than there are where it is not followed.
    pub(super) fn result_columns(
        &self,
        query: &Node<'a>,
        parent: Option<&Frame<'_, 'a>>,
    ) -> Vec<Fact> {
        let Some(_step) = self.step() else {
            return Vec::new();
        };
        match CommandType::of(query) {
            Some(CommandType::Select) if !query.get("setOperations").is_nothing() => {
                self.set_operation_columns(query, parent)
            }
            Some(CommandType::Select) => self.select_columns(query, parent, Known::default()),
            Some(CommandType::Nothing) | None => Vec::new(),
            Some(_) => self.returning_columns(query, parent),
        }
    }

    /// Settles what holds of the query's rows. `None` where queries are nested too deep.
    pub(super) fn open<'f>(
        &self,
        query: &'f Node<'a>,
        parent: Option<&'f Frame<'f, 'a>>,
    ) -> Option<Frame<'f, 'a>> {
        self.open_given(query, parent, Known::default())
    }

    /// The same for rows of which something is given.
    fn open_given<'f>(
        &self,
        query: &'f Node<'a>,
        parent: Option<&'f Frame<'f, 'a>>,
        given: Known,
    ) -> Option<Frame<'f, 'a>> {
        let mut frame = Frame::bare(query, parent);
        if frame.level > MAX_LEVEL {
            return None;
        }
        let (of_input, of_output) = if shows_its_rows(query) {
            (given, Known::default())
        } else {
            (Known::default(), given)
        };
        frame.grouping = grouping(&frame);
        if wants_rows(query.get("havingQual")) {
            frame.grouping.empty_group = false;
            frame.grouping.groups_have_rows = true;
        }
        let settled = self.settle_joins(&frame, of_input);
        frame.known_of_input = settled.known;
        frame.padded.replace(settled.padded);
        frame.kept.replace(settled.kept);
        let having = self.where_true(query.get("havingQual"), &frame);
        frame.known_of_output = having.into_known().said_by("HAVING keeps only rows where");
        // Not of other rows, which windows and aggregates see.
        if !of_output.is_empty() {
            frame.local.borrow_mut().push(of_output);
        }
        frame.settled.set(true);
        Some(frame)
    }

    /// The result columns of a SELECT, for rows of which something is given.
    pub(super) fn select_columns(
        &self,
        query: &Node<'a>,
        parent: Option<&Frame<'_, 'a>>,
        given: Known,
    ) -> Vec<Fact> {
        let Some(frame) = self.open_given(query, parent, given) else {
            return Vec::new();
        };
        frame.phase.set(Phase::Output);
        let targets = query.list("targetList");
        let sets: usize = if query.denies("hasTargetSRFs") {
            0
        } else {
            targets.iter().map(count_sets).sum()
        };
        let shown = targets.iter().filter(|target| is_shown(target));
        let columns = shown.map(|target| {
            // Sets in one target list run side by side; the shorter ones are filled up with NULL.
            if sets > 1 && count_sets(target) > 0 && !made(Fault::SetsOfSameLength) {
                return Fact::nullable(
                    "NULL fills this set up where another of the same SELECT has more rows",
                );
            }
            match target.as_node() {
                Some(target) => self.of_result_column(target.get("expr"), &frame),
                None => Fact::too_deep(),
            }
        });
        columns.collect()
    }

    /// UNION, INTERSECT, EXCEPT. The query's own target list tells of the leftmost part only.
    fn set_operation_columns(&self, query: &Node<'a>, parent: Option<&Frame<'_, 'a>>) -> Vec<Fact> {
        let frame = Frame::bare(query, parent);
        if frame.level > MAX_LEVEL {
            return Vec::new();
        }
        self.of_set_operation(query.get("setOperations"), &frame)
    }

    fn of_set_operation(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Vec<Fact> {
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return Vec::new();
        };
        if node.name == "RANGETBLREF" {
            let index = node.number::<usize>("rtindex");
            let entry = index.and_then(|index| frame.entry(index));
            let query = entry.and_then(|entry| entry.node("subquery"));
            return query.map_or_else(Vec::new, |query| self.result_columns(query, Some(frame)));
        }
        let types = node.get("colTypes").numbers();
        let sides = ["larg", "rarg"].map(|side| {
            let mut columns = self.of_set_operation(node.get(side), frame);
            let from = set_operation_types(node.get(side), frame);
            for (index, column) in columns.iter_mut().enumerate() {
                let to = types.get(index).and_then(|ty| Oid::try_from(*ty).ok());
                if !self.casts_totally(from.get(index).copied().flatten(), to) {
                    *column = Fact::nullable("the cast to the common type may give NULL");
                }
            }
            columns
        });
        let [left, right] = sides;
        let operator = SetOperation::of(node);
        let columns = left.into_iter().zip(right);
        let columns = columns.map(|(left, right)| {
            let elements = match operator {
                Some(SetOperation::Union) if made(Fault::ElementsOfUnionLeft) => {
                    left.elements.clone()
                }
                Some(SetOperation::Union) => left.elements.clone().and(right.elements.clone()),
                Some(SetOperation::Intersect) => left.elements.clone().or(right.elements.clone()),
                Some(SetOperation::Except) => left.elements.clone(),
                None => None,
            };
            let fact = match operator {
                // From either side.
                Some(SetOperation::Union) if left.nullable => left,
                Some(SetOperation::Union) if made(Fault::UnionOfLeft) => left,
                Some(SetOperation::Union) => right,
                // In both sides.
                Some(SetOperation::Intersect) if left.nullable => right,
                Some(SetOperation::Intersect | SetOperation::Except) => left,
                None => Fact::nullable("the set operation is not known"),
            };
            Fact { elements, ..fact }
        });
        columns.collect()
    }

    /// Whether a cast that a set operation makes implicitly gives NULL for NULL only. It is no node of the tree. Those
    /// between the server's own types do; a user's may do anything.
    fn casts_totally(&self, from: Option<Oid>, to: Option<Oid>) -> bool {
        let (Some(mut from), Some(to)) = (from, to) else {
            return false;
        };
        while let Some(base) = (from != to).then(|| self.domain_base(from)).flatten() {
            from = base;
        }
        from == to || from < FIRST_USER_OID && to < FIRST_USER_OID
    }
}

/// Whether the query has a row if what is in FROM and WHERE has one.
pub(super) fn keeps_a_row(query: &Node<'_>) -> bool {
    let absent = |field: &str| query.get(field).is_nothing();
    CommandType::of(query) == Some(CommandType::Select)
        && absent("setOperations")
        && absent("groupClause")
        && absent("groupingSets")
        && absent("havingQual")
        && absent("limitOffset")
        && (absent("limitCount") || is_positive(query.get("limitCount")))
        && query.denies("hasTargetSRFs")
}

/// Whether the query has a row whatever the data.
pub(super) fn has_a_row(query: &Node<'_>) -> bool {
    // An aggregate without GROUP BY has one row, SELECT without FROM and WHERE another.
    let from_nothing = query
        .node("jointree")
        .is_some_and(|tree| tree.get("fromlist").is_nothing() && tree.get("quals").is_nothing());
    keeps_a_row(query) && (query.flag("hasAggs") || from_nothing)
}

/// The types of the columns of one side of a set operation.
fn set_operation_types(value: &Value<'_>, frame: &Frame<'_, '_>) -> Vec<Option<Oid>> {
    let Some(node) = value.as_node() else {
        return Vec::new();
    };
    if node.name != "RANGETBLREF" {
        let types = node.get("colTypes").numbers().into_iter();
        return types.map(|ty| Oid::try_from(ty).ok()).collect();
    }
    let index = node.number::<usize>("rtindex");
    let entry = index.and_then(|index| frame.entry(index));
    let query = entry.and_then(|entry| entry.node("subquery"));
    query.map_or_else(Vec::new, column_types)
}

/// The entries of the target list that are result columns of a query, or of its RETURNING.
pub(in crate::analyze) fn shown_targets<'q, 'a>(
    query: &'q Node<'a>,
) -> impl Iterator<Item = &'q Value<'a>> {
    let list = match CommandType::of(query) {
        Some(CommandType::Select) => "targetList",
        _ => "returningList",
    };
    query.list(list).iter().filter(|target| is_shown(target))
}

/// Whether a target entry is a result column, not only sorted or grouped by. Unreadable ones count.
pub(super) fn is_shown(target: &Value<'_>) -> bool {
    target.as_node().is_none_or(|node| !node.flag("resjunk"))
}

/// How many sets an entry of the target list gives rows from. Those in subqueries are none of them.
fn count_sets(value: &Value<'_>) -> usize {
    match value {
        Value::Node(node) if node.name == "QUERY" => 0,
        Value::Node(node) => {
            let own = usize::from(node.flag("funcretset") || node.flag("opretset"));
            let inner = node.fields().flat_map(|(_, values)| values);
            own + inner.map(count_sets).sum::<usize>()
        }
        Value::List(items) => items.iter().map(count_sets).sum(),
        // Nobody knows; two are enough to give up.
        Value::TooDeep => 2,
        Value::Nothing | Value::Token(_) | Value::Bytes(_) | Value::Deferred(_) => 0,
    }
}

/// A constant above zero, as in LIMIT 1, which is cast to bigint.
fn is_positive(value: &Value<'_>) -> bool {
    let Some(node) = value.as_node() else {
        return false;
    };
    match node.list("args") {
        // int4 to int8.
        [argument] if node.number("funcid") == Some(481) => is_positive(argument),
        _ => integer(node).is_some_and(|number| number > 0),
    }
}

/// The value of a constant of type integer or bigint.
pub(super) fn integer(node: &Node<'_>) -> Option<i64> {
    if node.name != "CONST" || !matches!(node.number::<Oid>("consttype"), Some(20 | 23)) {
        return None;
    }
    // The lowest byte first. They are printed as signed or unsigned, as the server's platform has them.
    let bytes = node.bytes("constvalue")?.split_whitespace();
    let bytes = bytes.map(|byte| u8::try_from(byte.parse::<i16>().ok()? & 0xff).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    Some(i64::from_le_bytes(bytes.try_into().ok()?))
}

/// The types of a query's result columns, where they are easily told.
pub(super) fn column_types(query: &Node<'_>) -> Vec<Option<Oid>> {
    let targets = query.list("targetList").iter();
    let shown = targets.filter(|target| is_shown(target));
    let types = shown.map(|target| type_of(target.as_node()?.node("expr")?));
    types.collect()
}

fn type_of(node: &Node<'_>) -> Option<Oid> {
    let field = match node.name {
        "VAR" => "vartype",
        "CONST" => "consttype",
        "PARAM" => "paramtype",
        "FUNCEXPR" => "funcresulttype",
        "OPEXPR" | "NULLIFEXPR" => "opresulttype",
        "AGGREF" => "aggtype",
        "WINDOWFUNC" => "wintype",
        "CASE" | "CASEEXPR" => "casetype",
        "COALESCE" | "COALESCEEXPR" => "coalescetype",
        "MINMAX" | "MINMAXEXPR" => "minmaxtype",
        "ARRAY" | "ARRAYEXPR" => "array_typeid",
        "ROW" | "ROWEXPR" => "row_typeid",
        "SQLVALUEFUNCTION" => "type",
        "SUBSCRIPTINGREF" => "refrestype",
        "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR"
        | "COERCETODOMAIN" | "FIELDSELECT" => "resulttype",
        "COLLATE" | "COLLATEEXPR" => return type_of(node.node("arg")?),
        "BOOLEXPR" | "NULLTEST" | "BOOLEANTEST" | "DISTINCTEXPR" | "SCALARARRAYOPEXPR"
        | "ROWCOMPARE" | "ROWCOMPAREEXPR" => return Some(16),
        "GROUPINGFUNC" => return Some(23),
        "SUBLINK" => {
            return match SubLinkType::of(node)? {
                SubLinkType::Array => None,
                SubLinkType::Expr => column_types(node.node("subselect")?).first().copied()?,
                _ => Some(16),
            };
        }
        _ => return None,
    };
    node.number(field)
}
