//! What CHECK constraints say of NULL, and whether the conditions of a CASE leave anything out.
//!
//! A column is not NULL if a constraint would be false were it NULL. A constraint lets NULL pass, so that `CHECK (x > 0)`
//! says nothing of NULL; `CHECK ((kind = 'a') = (x IS NOT NULL))` does where `kind = 'a'`. A constraint was true when the
//! row was written. So it is only believed of what is the same at all times: comparisons of columns with constants, tests
//! for NULL, and what is made of these.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{ColumnId, Frame, Phase};
use super::node::{CommandType, Node, NullTestType, RteKind, Value, read_query};
use super::references::uncast;
use super::truth::{BOOL, Content, Contents, column_id, comparison, is_boolean_column, of_subject};
use super::{Analyzer, Fact};
use crate::analyze::fault::{Fault, made};
use crate::catalog::{Check, Oid, Relation};

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
            Self::contents(owner)
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
        let is_there = owner.padding(first.table).is_none()
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
    fn contents(frame: &Frame<'_, 'a>) -> Contents {
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
}

/// Whether what WHERE says holds of the rows that are looked at, and goes on holding: what is written may be something
/// else.
fn knows_rows(frame: &Frame<'_, '_>) -> bool {
    let selects = CommandType::of(frame.query) == Some(CommandType::Select);
    let of_groups = frame.phase.get() == Phase::Output
        && (frame.grouping.empty_group || !frame.grouping.nulled.is_empty());
    selects && !of_groups
}
