//! What conditions on a subquery, view or CTE prove of its other columns: the query is looked at again, knowing that some
//! of its columns are not NULL. With `v` a view of `a LEFT JOIN b`, `WHERE v.b_id IS NOT NULL` throws away the rows
//! without `b`.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::fault::{Fault, made};
use super::frame::{Frame, Known};
use super::node::{CommandType, Node, RteKind};
use super::targets::shown_targets;
use super::{Analyzer, Fact};
use crate::catalog::Oid;

impl<'a> Analyzer<'_> {
    /// A column of a range table entry that is not NULL, given what is known of the others at the place `at`.
    pub(super) fn narrowed_column(
        &self,
        at: &Frame<'_, 'a>,
        owner: &Frame<'_, 'a>,
        table: usize,
        column: i16,
    ) -> Option<Fact> {
        let entry = owner.entry(table)?;
        if !matches!(
            RteKind::of(entry)?,
            RteKind::Relation | RteKind::Subquery | RteKind::Cte
        ) {
            return None;
        }
        let mut given = at.known_columns(owner.level, table);
        given.remove(&0);
        if given.is_empty() {
            return None;
        }
        let columns = match RteKind::of(entry)? {
            RteKind::Relation => {
                let relation = entry.number::<Oid>("relid")?;
                self.columns_of_narrowed_view(relation, given)?
            }
            _ => self.columns_of_entry(entry, owner, table, given),
        };
        let index = usize::try_from(column).ok()?.checked_sub(1)?;
        columns.get(index).filter(|fact| !fact.nullable).cloned()
    }

    fn columns_of_narrowed_view(&self, view: Oid, given: BTreeSet<i16>) -> Option<Rc<Vec<Fact>>> {
        let relation = self.catalog.relations.get(&view)?;
        let tree = relation.view_tree.as_deref()?;
        let key = (view, given);
        if let Some(columns) = self.narrowed_views.borrow().get(&key) {
            return Some(Rc::clone(columns));
        }
        // A view cannot contain itself, but a broken tree might.
        let mut views = self.narrowed_views.borrow_mut();
        views.insert(key.clone(), Rc::default());
        drop(views);
        let columns = self.in_view(tree, |analyzer, query| {
            analyzer.narrowed_columns(query, None, &key.1)
        });
        let columns = Rc::new(columns);
        let mut views = self.narrowed_views.borrow_mut();
        views.insert(key, Rc::clone(&columns));
        Some(columns)
    }

    /// The result columns of a query, for rows in which those columns are not NULL.
    pub(super) fn narrowed_columns(
        &self,
        query: &Node<'a>,
        parent: Option<&Frame<'_, 'a>>,
        given: &BTreeSet<i16>,
    ) -> Vec<Fact> {
        let selects = CommandType::of(query) == Some(CommandType::Select)
            && query.get("setOperations").is_nothing()
            && query.denies("hasTargetSRFs");
        if !selects {
            return Vec::new();
        }
        let inner = Frame::bare(query, parent);
        let known = (1_i16..)
            .zip(shown_targets(query))
            .filter(|(number, _)| given.contains(number))
            .filter_map(|(_, target)| {
                let value = target.as_node()?.get("expr");
                Some(self.where_not_null(value, &inner).into_known())
            })
            .fold(Known::default(), Known::union)
            .said_by("the query around it keeps only rows where");
        if known.is_empty() {
            return Vec::new();
        }
        let Some(_step) = self.step() else {
            return Vec::new();
        };
        self.select_columns(query, parent, known)
    }
}

/// Whether the rows of the result are those of FROM and WHERE, each by itself: what is known of one that is shown holds
/// before it is shown.
pub(super) fn shows_its_rows(query: &Node<'_>) -> bool {
    let absent = |field: &str| query.get(field).is_nothing();
    let plain = absent("groupClause")
        && absent("groupingSets")
        && absent("havingQual")
        && query.denies("hasAggs")
        && query.denies("hasWindowFuncs");
    plain || made(Fault::GroupsAreRows)
}
