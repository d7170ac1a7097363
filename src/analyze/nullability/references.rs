//! Rows that are there because a foreign key says so: `books b LEFT JOIN authors a ON a.id = b.author_id` finds an author
//! for every book, if the key is enforced and no part of it is NULL.
//!
//! Postgres checks a foreign key at the end of the statement that writes a row, by what is committed at that time. So
//! the key holds in every snapshot, and only there:
//!
//! * a key that can be deferred, that is not enforced or not validated, or whose triggers are disabled, does not count;
//! * nor does one that changes the rows that refer to it (CASCADE, SET NULL), where a BEFORE trigger or a rule of theirs
//!   may undo that;
//! * FOR UPDATE reads rows that were committed after the snapshot, and RETURNING shows a row that may refer to such a
//!   one, so that nothing is believed in a statement that writes or locks;
//! * row-level security hides rows, ONLY those of partitions, TABLESAMPLE any.

use super::Analyzer;
use super::fault::{Fault, made};
use super::frame::Frame;
use super::node::{CommandType, Node, ReturningRow, RteKind, Value};
use super::targets::{keeps_a_row, shown_targets};
use crate::catalog::{ForeignKey, Oid, Relation};

/// Where a value was read, unchanged.
#[derive(Debug)]
struct Origin {
    table: Oid,
    column: i16,
    /// Whether tables that inherit from it are meant too.
    with_children: bool,
    /// The row it is from: the range table entries, by level and index, from the query in which it is seen to the table.
    row: Vec<(usize, usize)>,
}

/// `b.column = value`.
struct Equality<'v, 'a> {
    column: i16,
    value: &'v Value<'a>,
    origin: Origin,
    operator: Oid,
    /// Whether the value is written first.
    swapped: bool,
    collation: Oid,
}

/// Whether the value, written in that query level, is not NULL.
pub(super) type IsNotNull<'n, 'a> = &'n dyn Fn(&Value<'a>, &Frame<'_, 'a>) -> bool;

/// Whether all that a statement reads is of one snapshot: it neither writes nor locks.
pub(super) fn reads_snapshot(text: &str, query: &Node<'_>) -> bool {
    CommandType::of(query) == Some(CommandType::Select)
        && query.denies("hasModifyingCTE")
        && !locks_rows(text)
}

/// Whether some query in the tree has FOR UPDATE or the like.
pub(super) fn locks_rows(tree: &str) -> bool {
    tree.contains(":rowMarks (") || tree.contains(":rowMarks\n(")
}

impl<'a> Analyzer<'_> {
    /// Why the table has a row that the condition accepts, whatever the data.
    pub(super) fn found_by_reference(
        &self,
        table: usize,
        condition: &Value<'a>,
        frame: &Frame<'_, 'a>,
        is_not_null: IsNotNull<'_, 'a>,
    ) -> Option<String> {
        if !self.reads_snapshot.get() && !made(Fault::ReferenceOutsideSnapshot) {
            return None;
        }
        let entry = frame.entry(table)?;
        let relation = entry.number::<Oid>("relid")?;
        let found = self.catalog.relations.get(&relation)?;
        let reads_all = match found.kind {
            'r' => true,
            'p' => !entry.denies("inh"),
            _ => false,
        };
        if RteKind::of(entry) != Some(RteKind::Relation)
            || !reads_all
            || !entry.get("tablesample").is_nothing() && !made(Fault::SampleHasAllRows)
            || found.row_security && !made(Fault::RowSecurityIgnored)
        {
            return None;
        }
        let mut equalities = Vec::new();
        self.collect_equalities(condition, table, frame, &mut equalities)?;
        let first = &equalities.first()?.origin;
        let of_one_row = equalities.iter().all(|e| e.origin.row == first.row);
        if !of_one_row || !equalities.iter().all(|e| is_not_null(e.value, frame)) {
            return None;
        }
        let referring = self.catalog.relations.get(&first.table)?;
        let key = referring.foreign_keys.iter().find(|key| {
            key.foreign_table == relation
                && self.says_each(key, &equalities, found)
                && self.is_complete(key, referring, first, &equalities)
                && self.is_kept(referring, key, first.with_children)
        })?;
        Some(format!(
            "the foreign key `{}` finds a row of `{}`",
            key.name,
            frame.entry_name(table)
        ))
    }

    /// Why the query has a row whatever the data: it looks one up by a foreign key.
    pub(super) fn finds_row(
        &self,
        query: &Node<'a>,
        around: &Frame<'_, 'a>,
        is_not_null: IsNotNull<'_, 'a>,
    ) -> Option<String> {
        if !keeps_a_row(query) {
            return None;
        }
        let tree = query.node("jointree")?;
        let [item] = tree.list("fromlist") else {
            return None;
        };
        let item = item.as_node().filter(|item| item.name == "RANGETBLREF")?;
        let inner = Frame::bare(query, Some(around));
        self.found_by_reference(
            item.number("rtindex")?,
            tree.get("quals"),
            &inner,
            is_not_null,
        )
    }

    /// What the condition is made of; `None` where something else than an equality is in it.
    fn collect_equalities<'v>(
        &self,
        condition: &'v Value<'a>,
        table: usize,
        frame: &Frame<'_, 'a>,
        found: &mut Vec<Equality<'v, 'a>>,
    ) -> Option<()> {
        let _step = self.step()?;
        let node = condition.as_node()?;
        if node.name == "BOOLEXPR" && matches!(node.get("boolop"), Value::Token("and")) {
            let mut parts = node.list("args").iter();
            return parts.try_for_each(|part| self.collect_equalities(part, table, frame, found));
        }
        if made(Fault::OtherConditionsHold) && !found.is_empty() {
            return Some(());
        }
        let [left, right] = node.list("args") else {
            return None;
        };
        let left_column = own_column(left, table);
        let (column, value, swapped) = match (left_column, own_column(right, table)) {
            (Some(column), None) => (column, right, false),
            (None, Some(column)) => (column, left, true),
            _ => return None,
        };
        found.push(Equality {
            column,
            value: uncast(value),
            origin: self.origin(value, frame)?,
            operator: node.number("opno").filter(|_| node.name == "OPEXPR")?,
            swapped,
            collation: node.number("inputcollid")?,
        });
        Some(())
    }

    /// The column of a table that a value is, seen through joins, subqueries, views and CTEs.
    fn origin(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Option<Origin> {
        let _step = self.step()?;
        let var = as_column(value)?;
        if !matches!(ReturningRow::of(var), None | Some(ReturningRow::Default)) {
            return None;
        }
        let owner = frame.outer(var.number("varlevelsup")?)?;
        let (table, column) = (
            var.number::<usize>("varno")?,
            var.number::<i16>("varattno")?,
        );
        let entry = owner.entry(table)?;
        let index = usize::try_from(column).ok()?.checked_sub(1)?;
        let mut origin = match RteKind::of(entry)? {
            RteKind::Join => {
                return self.origin(entry.list("joinaliasvars").get(index)?, owner);
            }
            RteKind::Group => return self.origin(entry.list("groupexprs").get(index)?, owner),
            RteKind::Relation => self.origin_of_relation(entry, column)?,
            RteKind::Subquery => {
                self.origin_of_column(entry.node("subquery")?, column, Some(owner))?
            }
            RteKind::Cte => {
                let level = owner.outer(entry.number("ctelevelsup")?)?;
                let name = entry.text("ctename");
                let mut ctes = level.query.nodes("cteList");
                let cte = ctes.find(|cte| cte.text("ctename") == name)?;
                // Of a recursive one, the columns are those of a set operation.
                self.origin_of_column(cte.node("ctequery")?, column, Some(level))?
            }
            _ => return None,
        };
        origin.row.push((owner.level, table));
        Some(origin)
    }

    fn origin_of_relation(&self, entry: &Node<'a>, column: i16) -> Option<Origin> {
        let table = entry.number::<Oid>("relid")?;
        let found = self.catalog.relations.get(&table)?;
        match found.kind {
            'r' | 'p' => Some(Origin {
                table,
                column,
                with_children: !entry.denies("inh"),
                row: Vec::new(),
            }),
            // A materialized view shows an older snapshot.
            'v' => {
                let tree = found.view_tree.as_deref()?;
                let query = super::node::read(tree).filter(|_| !locks_rows(tree))?;
                self.origin_of_column(&query, column, None)
            }
            _ => None,
        }
    }

    fn origin_of_column(
        &self,
        query: &Node<'a>,
        column: i16,
        around: Option<&Frame<'_, 'a>>,
    ) -> Option<Origin> {
        let inner = Frame::bare(query, around);
        let selects = CommandType::of(query) == Some(CommandType::Select);
        if !selects || !query.get("setOperations").is_nothing() {
            return None;
        }
        let index = usize::try_from(column).ok()?.checked_sub(1)?;
        let target = shown_targets(query).nth(index)?.as_node()?;
        self.origin(target.get("expr"), &inner)
    }

    /// Whether the key says what each of the equalities asks for.
    fn says_each(&self, key: &ForeignKey, asked: &[Equality<'_, 'a>], foreign: &Relation) -> bool {
        let is_said = |equality: &Equality<'_, 'a>| {
            let collation = foreign.attribute(equality.column).map(|c| c.collation);
            let operators = if equality.swapped {
                &key.commutators
            } else {
                &key.operators
            };
            let pairs = key.columns.iter().zip(&key.foreign_columns).zip(operators);
            let mut pairs = pairs.map(|((own, foreign), operator)| (*own, *foreign, *operator));
            // Texts that are the same for one collation need not be for another.
            collation == Some(equality.collation)
                && pairs.any(|pair| {
                    pair == (equality.origin.column, equality.column, equality.operator)
                })
        };
        asked.iter().all(is_said)
    }

    /// Whether no column of the key can be NULL: a key with NULL in it refers to nothing.
    fn is_complete(
        &self,
        key: &ForeignKey,
        referring: &Relation,
        origin: &Origin,
        asked: &[Equality<'_, 'a>],
    ) -> bool {
        let is_declared = |column: i16| match referring.attribute(column) {
            Some(column) if origin.with_children => self.catalog.is_not_null(origin.table, column),
            Some(column) => column.not_null,
            None => false,
        };
        let asks = |column: i16| asked.iter().any(|e| e.origin.column == column);
        let mut columns = key.columns.iter();
        columns.all(|&column| asks(column) || is_declared(column)) || made(Fault::KeyOfNullRefers)
    }

    /// Whether all rows of the table keep the foreign key, those of tables that inherit from it included.
    fn is_kept(&self, referring: &Relation, key: &ForeignKey, with_children: bool) -> bool {
        // The rows of a partition are changed through the table that it is a partition of, whose rules are not looked
        // at here.
        let may_undo = referring.has_write_hooks || referring.is_partition;
        let may_undo = key.cascades && may_undo && !made(Fault::CascadeNotUndone);
        !may_undo && self.is_checked(referring, key, with_children)
    }

    fn is_checked(&self, referring: &Relation, key: &ForeignKey, with_children: bool) -> bool {
        let holds = key.validated && key.immediate || made(Fault::AnyForeignKeyHolds);
        let is_checked_in = |child: &Oid| {
            self.catalog.relations.get(child).is_some_and(|child| {
                child.foreign_keys.iter().any(|own| {
                    (own.foreign_table, &own.foreign_columns)
                        == (key.foreign_table, &key.foreign_columns)
                        && names(child, &own.columns) == names(referring, &key.columns)
                        && self.is_checked(child, own, true)
                })
            })
        };
        let with_children = with_children && !made(Fault::ForeignKeyInherited);
        holds && (!with_children || referring.children.iter().all(is_checked_in))
    }
}

/// The names of columns.
fn names<'r>(relation: &'r Relation, columns: &[i16]) -> Option<Vec<&'r str>> {
    let columns = columns.iter().map(|&column| relation.attribute(column));
    columns.map(|column| Some(column?.name.as_str())).collect()
}

/// The column of that table that a value is.
fn own_column(value: &Value<'_>, table: usize) -> Option<i16> {
    let var = as_column(value)?;
    if var.number::<usize>("varlevelsup") != Some(0) {
        return None;
    }
    let (entry, column) = (
        var.number::<usize>("varno")?,
        var.number::<i16>("varattno")?,
    );
    (entry == table && column > 0).then_some(column)
}

/// The value without changes of type that leave it as it is.
pub(super) fn uncast<'v, 'a>(value: &'v Value<'a>) -> &'v Value<'a> {
    let mut value = value;
    while let Some(node) = value.as_node().filter(|node| node.name == "RELABELTYPE") {
        value = node.get("arg");
    }
    value
}

/// The column that a value is, apart from changes of type.
fn as_column<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Node<'a>> {
    uncast(value).as_node().filter(|node| node.name == "VAR")
}
