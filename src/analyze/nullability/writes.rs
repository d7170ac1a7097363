//! INSERT, UPDATE, DELETE and MERGE: what RETURNING shows.
//!
//! RETURNING sees the row *after* the change, so what WHERE proved of a column holds only if the statement leaves the
//! column alone and no trigger can change it. A rule can replace the statement altogether, RETURNING included.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{Frame, Known, Version, Written};
use super::node::{
    CommandType, MergeMatchKind, Node, OnConflictAction, RteKind, SubLinkType, Value, read_query,
};
use super::targets::{each_column, is_shown};
use super::{Analyzer, Fact};
use crate::analyze::fault::{Fault, made};
use crate::catalog::{Oid, Relation};

/// A column of a table that a view's column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StoredColumn {
    pub(super) table: Oid,
    pub(super) column: i16,
    /// Whether tables that inherit from it are meant too.
    pub(super) with_children: bool,
}

impl<'a> Analyzer<'_> {
    pub(super) fn returning_columns(
        &self,
        query: &Node<'a>,
        parent: Option<&Frame<'_, 'a>>,
    ) -> Vec<Fact> {
        let returning = query.list("returningList");
        if returning.is_empty() {
            return Vec::new();
        }
        let Some(mut frame) = self.open(query, parent) else {
            return Vec::new();
        };
        let shown = returning.iter().filter(|target| is_shown(target));
        let target = query.number::<usize>("resultRelation");
        let relation = target.and_then(|target| frame.entry(target)?.number::<Oid>("relid"));
        let (Some(target), Some(relation)) = (target, relation) else {
            return Vec::new();
        };
        if self.has_rules(relation) && !made(Fault::RulesIgnored) {
            let fact = Fact::nullable("a rule may replace the statement and its RETURNING");
            return shown.map(|_| fact.clone()).collect();
        }
        let inserts = CommandType::of(query) == Some(CommandType::Insert);
        if inserts && !made(Fault::ConflictSeesView) {
            // ON CONFLICT finds its row in the table, which has rows that a view of it does not show.
            frame.written = Some(self.found_in_table(target, relation, &frame));
        }
        let written = self.written(target, relation, &frame);
        if let Version::Stored(columns) = &written.plain {
            let kept = self.kept_columns(relation, &frame);
            let level = frame.level;
            frame.known_of_input.retain_columns(|column| {
                (column.level, column.table) != (level, target)
                    || kept.contains(&column.column)
                    || made(Fault::ReturningSeesOldRow)
            });
            debug_assert!(kept.iter().all(|column| columns.contains_key(column)));
        }
        frame.written = Some(written);
        each_column(shown, |target| match target.as_node() {
            Some(target) => self.of_result_column(target.get("expr"), &frame),
            None => Fact::too_deep(),
        })
    }

    fn written(&self, target: usize, relation: Oid, frame: &Frame<'_, 'a>) -> Written {
        let missing = |reason: &str| Version::Missing(reason.to_owned());
        let no_old = || missing("there is no OLD row where one was inserted");
        let no_new = || missing("there is no NEW row where one was deleted");
        let stored = || Version::Stored(self.stored_columns(target, relation, frame));
        let (plain, old, new) = match CommandType::of(frame.query) {
            Some(CommandType::Insert) => (stored(), no_old(), stored()),
            Some(CommandType::Update) => (stored(), Version::Found, stored()),
            Some(CommandType::Delete) => (Version::Found, Version::Found, no_new()),
            _ => (stored(), no_old(), no_new()),
        };
        Written {
            table: target,
            plain,
            old,
            new,
            known_before: frame.known_of_input.clone(),
        }
    }

    /// The target as an INSERT finds it: of its columns only what is declared is known.
    fn found_in_table(&self, target: usize, relation: Oid, frame: &Frame<'_, 'a>) -> Written {
        let no_row = || Version::Missing("the row is not written yet".to_owned());
        let found = self.catalog.relations.get(&relation);
        let columns = found.map_or(&[][..], |found| &found.columns).iter();
        let columns = columns.map(|attribute| {
            let column = attribute.number;
            (
                column,
                self.declared_column(target, relation, column, frame).1,
            )
        });
        Written {
            table: target,
            plain: Version::Stored(columns.collect()),
            old: no_row(),
            new: no_row(),
            known_before: Known::default(),
        }
    }

    /// Where a column of the target is stored, and what is declared of it there.
    fn declared_column(
        &self,
        target: usize,
        relation: Oid,
        column: i16,
        frame: &Frame<'_, 'a>,
    ) -> (Option<StoredColumn>, Fact) {
        // An INSERT names no child tables, but goes to a partition, where a generated column may be computed in another way.
        let is_parted = self
            .catalog
            .relations
            .get(&relation)
            .is_some_and(|found| found.kind == 'p');
        let with_children = is_parted && !made(Fault::PartitionsOfInsertIgnored)
            || frame.entry(target).is_none_or(|entry| !entry.denies("inh"));
        let name = frame.column_name(target, column);
        let stored = self.stored_column(relation, column, with_children);
        let declared = match stored {
            Some(at)
                if !self.has_instead_of_hooks(relation)
                    || made(Fault::InsteadOfTriggersIgnored) =>
            {
                self.of_declared_column(at.table, at.column, at.with_children, &name)
            }
            _ => Fact::nullable(format!("the view does not store `{name}` as it is shown")),
        };
        (stored, declared)
    }

    /// The row as it is stored, for each column of the target.
    fn stored_columns(
        &self,
        target: usize,
        relation: Oid,
        frame: &Frame<'_, 'a>,
    ) -> BTreeMap<i16, Fact> {
        let found = self.catalog.relations.get(&relation);
        let columns = found.map_or(&[][..], |found| &found.columns);
        let hooked = self.has_write_hooks(relation) && !made(Fault::TriggersIgnored);
        let kept = self.kept_columns(relation, frame);
        let columns = columns.iter().map(|attribute| {
            let column = attribute.number;
            let (stored, declared) = self.declared_column(target, relation, column, frame);
            let fact = if !declared.nullable {
                declared
            } else if hooked {
                let name = frame.column_name(target, column);
                Fact::nullable(format!("a trigger may set `{name}` to NULL"))
            } else if stored.is_none_or(|at| self.is_generated(at)) {
                declared
            } else if kept.contains(&column) {
                self.of_read_column(frame, frame, target, column)
            } else {
                self.of_assigned(column, declared, frame)
            };
            (column, fact)
        });
        columns.collect()
    }

    /// A column that the statement may set, if nothing else keeps NULL out of it.
    fn of_assigned(&self, column: i16, declared: Fact, frame: &Frame<'_, 'a>) -> Fact {
        let query = frame.query;
        let value = |holder: &Node<'a>, list| {
            let assigned = assignment(holder, list, column);
            assigned.map(|value| self.evaluate(value, frame))
        };
        match CommandType::of(query) {
            Some(CommandType::Update) => value(query, "targetList").unwrap_or(declared),
            Some(CommandType::Insert) => {
                let Some(inserted) = value(query, "targetList") else {
                    return Fact {
                        nullable: !made(Fault::DefaultIsNotNull),
                        ..Fact::nullable("the column's default may be NULL")
                    };
                };
                let conflict = query.get("onConflict");
                if inserted.nullable || conflict.is_nothing() || made(Fault::ConflictIgnored) {
                    return inserted;
                }
                match conflict.as_node() {
                    // DO NOTHING shows no row but those inserted.
                    Some(conflict)
                        if OnConflictAction::of(conflict) == Some(OnConflictAction::Nothing) =>
                    {
                        inserted
                    }
                    // DO UPDATE changes the row that was there, which has what it is declared to have.
                    Some(conflict) => value(conflict, "onConflictSet").unwrap_or(declared),
                    None => declared,
                }
            }
            Some(CommandType::Merge) => {
                let mut last = declared.clone();
                for action in query.list("mergeActionList") {
                    let Some(action) = action.as_node() else {
                        return declared;
                    };
                    let fact = match CommandType::of(action) {
                        Some(CommandType::Nothing) => continue,
                        Some(CommandType::Insert | CommandType::Update) => {
                            value(action, "targetList")
                        }
                        _ => None,
                    };
                    last = fact.unwrap_or_else(|| declared.clone());
                    if last.nullable {
                        return last;
                    }
                }
                last
            }
            _ => declared,
        }
    }

    /// A column of EXCLUDED: the row that was to be inserted, changed by triggers, its constraints checked.
    pub(super) fn of_excluded(&self, frame: &Frame<'_, 'a>, table: usize, column: i16) -> Fact {
        let name = frame.column_name(table, column);
        let unknown = || Fact::nullable(format!("nothing is known of `{name}`"));
        let conflict = frame.query.node("onConflict");
        let is_excluded =
            conflict.is_some_and(|conflict| conflict.number("exclRelIndex") == Some(table));
        let relation = frame
            .entry(table)
            .and_then(|entry| entry.number::<Oid>("relid"));
        let Some(relation) = relation.filter(|_| is_excluded && column > 0) else {
            return unknown();
        };
        let found = self.catalog.relations.get(&relation);
        if !found.is_some_and(|found| matches!(found.kind, 'r' | 'p')) {
            return unknown();
        }
        let declared = self.of_declared_column(relation, column, true, &name);
        if !declared.nullable {
            return declared;
        }
        if self.has_write_hooks(relation) && !made(Fault::TriggersIgnored) {
            return Fact::nullable(format!("a trigger may set `{name}` to NULL"));
        }
        if self.is_generated(StoredColumn {
            table: relation,
            column,
            with_children: true,
        }) {
            return declared;
        }
        match assignment(frame.query, "targetList", column) {
            Some(value) => self.evaluate(value, frame),
            None => Fact::nullable(format!("the default of `{name}` may be NULL")),
        }
    }

    /// The target's columns that an UPDATE leaves as they were. Generated columns follow others.
    fn kept_columns(&self, relation: Oid, frame: &Frame<'_, 'a>) -> BTreeSet<i16> {
        let found = self.catalog.relations.get(&relation);
        let (Some(found), Some(CommandType::Update)) = (found, CommandType::of(frame.query)) else {
            return BTreeSet::new();
        };
        let targets = frame.query.list("targetList");
        if self.has_write_hooks(relation) || targets.iter().any(|t| t.as_node().is_none()) {
            return BTreeSet::new();
        }
        // Two columns of a view may show the same column of its table.
        let at = |column| {
            let stored = self.stored_column(relation, column, true);
            stored.map(|stored| (stored.table, stored.column))
        };
        let shown = targets.iter().filter(|target| is_shown(target));
        let assigned: Vec<i16> = shown
            .filter_map(|target| target.as_node()?.number("resno"))
            .collect();
        let changed: BTreeSet<_> = assigned.iter().filter_map(|&column| at(column)).collect();
        let kept = found.columns.iter().filter(|attribute| {
            let stored = at(attribute.number);
            !assigned.contains(&attribute.number)
                && stored.is_some_and(|stored| !changed.contains(&stored))
                && self
                    .stored_column(relation, attribute.number, true)
                    .is_some_and(|at| !self.is_generated(at))
        });
        kept.map(|attribute| attribute.number).collect()
    }

    /// Whether the column follows others.
    fn is_generated(&self, at: StoredColumn) -> bool {
        let attribute = self.catalog.attribute(at.table, at.column);
        attribute.is_none_or(|attribute| attribute.generated) && !made(Fault::GeneratedIsKept)
    }

    /// What a view's column, written through the view, is in the table below. `None` for one that is computed.
    pub(super) fn stored_column(
        &self,
        relation: Oid,
        column: i16,
        with_children: bool,
    ) -> Option<StoredColumn> {
        let _step = self.step()?;
        let found = self.catalog.relations.get(&relation)?;
        if found.kind != 'v' {
            return Some(StoredColumn {
                table: relation,
                column,
                with_children,
            });
        }
        let query = read_query(found.view_tree.as_deref()?)?;
        let mut shown = query.list("targetList").iter().filter(|t| is_shown(t));
        let target = shown.nth(usize::try_from(column).ok()?.checked_sub(1)?)?;
        let var = target.as_node()?.node("expr").filter(|e| e.name == "VAR")?;
        if var.number::<usize>("varlevelsup") != Some(0) {
            return None;
        }
        let frame = Frame::bare(&query, None);
        let entry = frame.entry(var.number("varno")?)?;
        if RteKind::of(entry) != Some(RteKind::Relation) {
            return None;
        }
        // The view's own child tables count, whatever the statement says: a view has none itself.
        let inherits = !entry.denies("inh");
        self.stored_column(entry.number("relid")?, var.number("varattno")?, inherits)
    }

    /// The relation, of a view those it is made of, and whatever inherits from one of them.
    fn written_relations(&self, relation: Oid) -> Vec<&Relation> {
        let mut found: Vec<&Relation> = Vec::new();
        let mut open = vec![relation];
        let mut seen = BTreeSet::new();
        while let Some(oid) = open.pop() {
            let Some(relation) = self
                .catalog
                .relations
                .get(&oid)
                .filter(|_| seen.insert(oid))
            else {
                continue;
            };
            found.push(relation);
            open.extend(&relation.children);
            let query = relation.view_tree.as_deref().and_then(read_query);
            let entries = query.iter().flat_map(|query| query.nodes("rtable"));
            open.extend(entries.filter_map(|entry| entry.number::<Oid>("relid")));
        }
        found
    }

    /// Whether a rule may replace a statement that writes to the relation.
    pub(super) fn has_rules(&self, relation: Oid) -> bool {
        let relations = self.written_relations(relation);
        relations.is_empty() || relations.iter().any(|relation| relation.has_rules)
    }

    /// Whether a trigger may change what is written to the relation. A foreign table may have some at its own server.
    fn has_write_hooks(&self, relation: Oid) -> bool {
        let mut relations = self.written_relations(relation).into_iter();
        relations.any(|relation| relation.has_write_hooks || relation.kind == 'f')
    }

    /// Whether a view's triggers do the writing: then nothing says where it ends up.
    pub(super) fn has_instead_of_hooks(&self, relation: Oid) -> bool {
        let mut relations = self.written_relations(relation).into_iter();
        relations.any(|relation| relation.kind == 'v' && relation.has_write_hooks)
    }
}

/// The subquery of `SET (a, b) = (SELECT …)` that a stand-in for one of its columns is from, and the column's number.
pub(super) fn multiple_assignment<'n, 'a>(
    stand_in: &Node<'a>,
    query: &'n Node<'a>,
) -> Option<(&'n Node<'a>, usize)> {
    let number = stand_in.number::<usize>("paramid")?;
    let targets = match CommandType::of(query)? {
        CommandType::Update => query.list("targetList"),
        CommandType::Insert => query.node("onConflict")?.list("onConflictSet"),
        _ => return None,
    };
    let values = targets
        .iter()
        .filter_map(|target| target.as_node()?.node("expr"));
    let mut sublinks = values.filter(|value| {
        SubLinkType::of(value) == Some(SubLinkType::MultiExpr)
            && value.number("subLinkId") == Some(number >> 16)
    });
    Some((sublinks.next()?.node("subselect")?, number & 0xffff))
}

/// What a list of assignments gives a column.
fn assignment<'n, 'a>(holder: &'n Node<'a>, list: &str, column: i16) -> Option<&'n Value<'a>> {
    let shown = holder.list(list).iter().filter(|target| is_shown(target));
    let mut targets = shown.filter_map(Value::as_node);
    let target = targets.find(|target| target.number("resno") == Some(column))?;
    Some(target.get("expr"))
}

/// Why the source of a MERGE may be missing from RETURNING, after its name.
pub(super) fn unmatched_source(query: &Node<'_>) -> Option<&'static str> {
    let actions = query.list("mergeActionList").iter();
    let acts = actions.map(Value::as_node).any(|action| {
        action.is_none_or(|action| {
            let by_source = action.has("matchKind")
                && !matches!(
                    MergeMatchKind::of(action),
                    Some(MergeMatchKind::Matched | MergeMatchKind::NotMatchedByTarget)
                );
            by_source && CommandType::of(action) != Some(CommandType::Nothing)
        })
    });
    acts.then_some("has no row where MERGE acts on NOT MATCHED BY SOURCE")
}
