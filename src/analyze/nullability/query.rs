//! A query's result columns: SELECT and set operations. What writes is in `writes`.

use super::aggregates::wants_rows;
use super::fault::{Fault, made};
use super::frame::{Frame, Known, Phase};
use super::functions::FIRST_USER_OID;
use super::narrowing::shows_its_rows;
use super::node::{CommandType, Node, SetOperation, Value};
use super::targets::{column_types, count_sets, each_column, is_shown, type_of};
use super::{Analyzer, Fact};
use crate::catalog::{Oid, PgTypeKind};

/// The object id of `text`.
const TEXT: Oid = 25;

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
        frame.grouping = self.grouping(&frame);
        if wants_rows(query.get("havingQual")) {
            frame.grouping.empty_group = false;
            frame.grouping.groups_have_rows = true;
        }
        let settled = self.settle_joins(&frame, of_input);
        frame.known_of_input = settled.known;
        frame.padded = settled.padded;
        frame.kept = settled.kept;
        let having = self.where_true(query.get("havingQual"), &frame);
        frame.known_of_output = having.into_known().said_by("HAVING keeps only rows where");
        // Not of other rows, which windows and aggregates see.
        if !of_output.is_empty() {
            frame.know_of_result(of_output);
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
        each_column(shown, |target| {
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
        })
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

    /// Whether a cast that a set operation makes implicitly gives NULL for NULL only. It is no node of the tree. The
    /// server's own do; a user's may do anything, also one between two of the server's types.
    fn casts_totally(&self, from: Option<Oid>, to: Option<Oid>) -> bool {
        let (Some(mut from), Some(to)) = (from, to) else {
            return false;
        };
        while let Some(base) = (from != to).then(|| self.domain_base(from)).flatten() {
            from = base;
        }
        let is_servers = from < FIRST_USER_OID
            && to < FIRST_USER_OID
            && (!self.has_own_cast(from, to) || made(Fault::UnionCastIsTotal));
        from == to || is_servers
    }

    /// Whether a cast is not the server's own: that from one type to another, or that of arrays' elements.
    fn has_own_cast(&self, from: Oid, to: Oid) -> bool {
        let elements = (self.element_type(from), self.element_type(to));
        let of_elements = matches!(elements, (Some(from), Some(to)) if self.has_own_cast(from, to));
        of_elements || self.catalog.casts.contains(&(from, to))
    }

    /// Whether some cast to text, that is not the server's own, may be the one for this value.
    pub(super) fn has_own_cast_to_text(&self, value: &Value<'a>) -> bool {
        let mut ty = value.as_node().and_then(type_of);
        while let Some(base) = ty.and_then(|ty| self.domain_base(ty)) {
            ty = Some(base);
        }
        let mut casts = self.catalog.casts.iter();
        casts.any(|&(from, to)| to == TEXT && ty.is_none_or(|ty| ty == from))
    }

    fn element_type(&self, array: Oid) -> Option<Oid> {
        match self.catalog.types.get(&array)?.kind {
            PgTypeKind::Array { element } => Some(element),
            _ => None,
        }
    }
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
