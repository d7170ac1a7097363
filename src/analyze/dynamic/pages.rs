//! Queries that give their rows in pages, by `-- @page`: what they sort by, and the texts of their pages.
//!
//! The statement becomes a subquery, `SELECT * FROM (…) AS page`, around which stand the condition of a cursor, the order
//! and the limit. So GROUP BY, DISTINCT, UNION and windows mean what they meant, and Postgres still uses an index where it
//! would: it takes a plain subquery apart. What is sorted by and not shown is added to the columns.
//!
//! A first text, without conditions, tells the types of what is sorted by, whether it may be NULL, and whether no two rows
//! are equal in it. All texts that calls send are then made, and checked by Postgres as any other.

mod mistakes;
mod trees;

use std::ops::Range;

use tokio_postgres::error::DbError;
use tokio_postgres::types::{Kind as TypeKind, Type};

use super::super::describe::{Describer, Description};
use super::super::node::{self, Value};
use super::super::nullability::shown_targets;
use super::super::unique::{self, Unproved};
use super::{Kind, Refused, Variant, changes, is_declared, spliced};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::ir::{self, Command, Condition, Dynamic, PageKey, PageOrder};
use crate::quote;
use crate::source::{Rewritten, Span};
use crate::syntax::{ColumnName, PagePlace, Paging, Query, SortKey, page_place, sort_keys};

use trees::{base, is_same_column, nullable, subquery, type_name, varies};

/// How many of the keys of an order may be NULL: each doubles the number of texts.
const MAX_NULLABLE: usize = 3;

/// Why a query cannot have pages.
pub(super) enum Wrong {
    Mistakes(Vec<Diagnostic>),
    /// Postgres refuses a text.
    Refused(Box<Refused>),
}

/// The texts of pages, with what Postgres says of them.
type Pages = (ir::Paging, Vec<(Variant, Description)>);

/// What a query sorts by: the order that is written, or one of `@sort`.
struct List<'q> {
    /// The text that has the list, and where it is in that.
    sql: &'q Rewritten,
    at: Range<usize>,
    /// Where it stands in the file.
    place: Span,
    /// What the order is called, for messages.
    what: String,
    keys: Vec<Key>,
}

impl List<'_> {
    /// The columns of the keys in a text that has `width` columns, and then those that are added.
    fn columns(&self, width: usize) -> Vec<usize> {
        let mut next = width;
        let columns = self.keys.iter().map(|key| {
            key.column.unwrap_or_else(|| {
                next += 1;
                next - 1
            })
        });
        columns.collect()
    }
}

/// A part of a list.
struct Key {
    written: SortKey,
    /// The result column that it means.
    column: Option<usize>,
    place: Span,
}

/// What has pages.
struct Paged<'q> {
    query: &'q Query,
    known: &'q Description,
    dynamic: &'q Dynamic,
    place: PagePlace,
    /// The declared types of its parameters.
    types: Vec<Type>,
    /// What the names of added columns begin with.
    prefix: String,
}

/// Makes and checks the texts of a query's pages. `known` is what Postgres says of the query itself, and `dynamic` what
/// else of its text depends on the call.
pub(super) async fn check(
    describer: &Describer<'_>,
    query: &Query,
    paging: &Paging,
    known: &Description,
    dynamic: &Dynamic,
    catalog: &Catalog,
) -> Result<std::result::Result<Pages, Wrong>> {
    let (paged, lists) = match Paged::new(query, paging, known, dynamic) {
        Ok(paged) => paged,
        Err(mistakes) => return Ok(Err(Wrong::Mistakes(mistakes))),
    };
    let mut orders = Vec::new();
    for list in &lists {
        let found = match paged.probe(describer, list).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(Wrong::Refused(refused))),
        };
        match paged.order(list, &found, catalog, paging.assumes_unique) {
            Ok(order) => orders.push(order),
            Err(mistake) => return Ok(Err(Wrong::Mistakes(vec![*mistake]))),
        }
    }
    let total = query.counting().map(|counting| ir::Total {
        up_to: counting.up_to,
    });
    let found = ir::Paging {
        rows: paged.place.body..paged.place.end,
        columns: paged.place.columns,
        orders,
        total,
    };
    paged.pages(describer, &lists, found).await
}

impl<'q> Paged<'q> {
    fn new(
        query: &'q Query,
        paging: &Paging,
        known: &'q Description,
        dynamic: &'q Dynamic,
    ) -> std::result::Result<(Self, Vec<List<'q>>), Vec<Diagnostic>> {
        let one = |mistake: Diagnostic| vec![mistake];
        if query.command != Command::Many {
            return Err(one(mistakes::command(query, paging)));
        }
        let place = page_place(query.sql.text())
            .map_err(|wrong| one(mistakes::unpageable(query, paging, wrong)))?;
        let tree = known.tree.as_deref().and_then(node::read_query);
        let has = |field: &str| tree.as_ref().is_some_and(|tree| tree.flag(field));
        if has("hasModifyingCTE") {
            return Err(one(mistakes::changes_data(paging)));
        }
        let Some(order) = place.order.clone() else {
            return Err(one(mistakes::unordered(query, paging)));
        };
        if has("hasDistinctOn") {
            return Err(one(mistakes::distinct_on(query, paging)));
        }
        let in_order = |condition: &&Condition| condition.at.end > place.end;
        if let Some(condition) = dynamic.conditions.iter().find(in_order) {
            return Err(one(mistakes::in_order(query, paging, condition)));
        }
        let names = known.columns.iter().map(|column| column.name.as_str());
        let mut prefix = "page_key_".to_owned();
        while names.clone().any(|name| name.starts_with(&prefix)) {
            prefix.push('_');
        }
        let types = known.parameters.iter();
        let types = types.map(|ty| {
            if is_declared(ty) {
                ty.clone()
            } else {
                Type::UNKNOWN
            }
        });
        let paged = Self {
            query,
            known,
            dynamic,
            place,
            types: types.collect(),
            prefix,
        };
        let mut lists = vec![List {
            sql: &query.sql,
            place: query.origin(order.clone()),
            at: order,
            what: String::new(),
            keys: Vec::new(),
        }];
        lists.extend(query.orders.iter().map(|order| List {
            sql: &order.sql,
            at: 0..order.sql.text().len(),
            place: order.list.clone(),
            what: format!(" in the order `{}`", order.key.name),
            keys: Vec::new(),
        }));
        let mut wrong = Vec::new();
        for list in &mut lists {
            match paged.keys(list) {
                Ok(keys) => list.keys = keys,
                Err(mistake) => wrong.push(*mistake),
            }
        }
        if wrong.is_empty() {
            Ok((paged, lists))
        } else {
            Err(wrong)
        }
    }

    /// The parts of a list, with the result columns that they mean.
    fn keys(&self, list: &List<'_>) -> std::result::Result<Vec<Key>, Box<Diagnostic>> {
        let text = &list.sql.text()[list.at.clone()];
        let place = |part: &Range<usize>| {
            let range = list.at.start + part.start..list.at.start + part.end;
            let start = list.sql.origin(range.start).start;
            let final_char = list.sql.text()[range.clone()].chars().next_back();
            let origin = list
                .sql
                .origin(range.end - final_char.map_or(0, char::len_utf8));
            let end = if origin.is_empty() {
                origin.end + 1
            } else {
                origin.end
            };
            let end = end.max(start).min(list.place.range.end.max(start));
            self.query.name.file.span(start..end)
        };
        let keys = sort_keys(text).map_err(|part| Box::new(mistakes::using(&place(&part))))?;
        let keys = keys.into_iter().map(|written| {
            let place = place(&written.expression);
            let column = match &written.column {
                Some(ColumnName::Number(number)) => {
                    let index = number.checked_sub(1);
                    index.filter(|index| *index < self.known.columns.len())
                }
                Some(ColumnName::Name(name)) => {
                    let mut columns = self.known.columns.iter();
                    columns.position(|column| column.name == *name)
                }
                None => None,
            };
            if let Some(column) = column.filter(|column| !self.has_its_name_alone(*column)) {
                let name = &self.known.columns[column].name;
                return Err(Box::new(mistakes::same_name(&place, name)));
            }
            Ok(Key {
                written,
                column,
                place,
            })
        });
        keys.collect()
    }

    /// Whether no other result column is called the same.
    fn has_its_name_alone(&self, column: usize) -> bool {
        let name = &self.known.columns[column].name;
        let same = self.known.columns.iter();
        same.filter(|other| other.name == *name).count() == 1
    }

    /// The columns to add for an order: those of its keys that `is_added`, as written, each after a comma.
    fn added(&self, list: &List<'_>, is_added: impl Fn(usize) -> bool) -> Rewritten {
        let mut added = Rewritten::default();
        for (index, key) in list.keys.iter().enumerate() {
            if key.column.is_some() || !is_added(index) {
                continue;
            }
            let place = key.place.range.start..key.place.range.start;
            added.replace(", ", place.clone());
            let part = &key.written.expression;
            let range = list.at.start + part.start..list.at.start + part.end;
            added.append_range(list.sql, range);
            added.replace(&format!(" AS {}", self.added_name(index)), place);
        }
        added
    }

    fn added_name(&self, index: usize) -> String {
        format!("{}{}", self.prefix, index + 1)
    }

    /// The statement with what stands around its rows. Without conditions, where that is asked for.
    fn text(
        &self,
        added: Rewritten,
        opening: &str,
        closing: &str,
        list: &List<'_>,
        without_conditions: bool,
    ) -> Rewritten {
        let instead =
            |condition: &Condition| without_conditions.then(|| condition.otherwise.clone());
        let mut all = changes(self.query, self.dynamic, instead);
        let place = list.place.range.start..list.place.range.start;
        let replaced = |text: &str| {
            let mut replaced = Rewritten::default();
            replaced.replace(text, place.clone());
            replaced
        };
        let PagePlace {
            body, columns, end, ..
        } = self.place;
        all.push((body..body, replaced(opening)));
        all.push((columns..columns, added));
        all.push((end..self.query.sql.text().len(), replaced(closing)));
        spliced(self.query, all)
    }

    /// Asks Postgres about the keys of an order: of a text with all conditions, and of one without any.
    async fn probe(
        &self,
        describer: &Describer<'_>,
        list: &List<'_>,
    ) -> Result<std::result::Result<Vec<Description>, Box<Refused>>> {
        let count = if self.dynamic.conditions.is_empty() {
            1
        } else {
            2
        };
        let mut found = Vec::new();
        for without_conditions in [false, true].into_iter().take(count) {
            let sql = self.text(
                self.added(list, |_| true),
                ir::Paging::OPENING,
                "\n) AS page",
                list,
                without_conditions,
            );
            let what = format!("in pages{}", list.what);
            let variant = self.variant(sql, self.types.clone(), what);
            match describe(describer, &variant).await? {
                Ok(description) => found.push(description),
                Err(error) => return Ok(Err(Box::new(Refused { variant, error }))),
            }
        }
        Ok(Ok(found))
    }

    fn variant(&self, sql: Rewritten, types: Vec<Type>, what: String) -> Variant {
        Variant::new(self.query, sql, types, what, Kind::Page)
    }

    /// The order, by what Postgres says of its probes.
    fn order(
        &self,
        list: &List<'_>,
        probes: &[Description],
        catalog: &Catalog,
        assumes_unique: bool,
    ) -> std::result::Result<PageOrder, Box<Diagnostic>> {
        let width = self.known.columns.len();
        let probe = &probes[0];
        let mut pairs = self.known.columns.iter().zip(&probe.columns);
        let is_as_known =
            pairs.all(|(known, found)| known.name == found.name && known.ty() == found.ty());
        let expected = width + list.keys.iter().filter(|key| key.column.is_none()).count();
        if !is_as_known || probe.columns.len() != expected {
            return Err(Box::new(mistakes::not_followed(self.query)));
        }
        let columns = list.columns(width);
        let unproved = probes
            .iter()
            .rev()
            .find_map(|probe| match probe.tree.as_deref() {
                Some(tree) => unique::unproved(tree, &columns, catalog),
                None => Some(Unproved::Because("Postgres gave no tree of it")),
            });
        let tree = probe.tree.as_deref().and_then(node::read_query);
        let rows = tree.as_ref().and_then(subquery);
        let targets: Vec<&Value<'_>> = match rows {
            Some(rows) => shown_targets(rows).collect(),
            None => Vec::new(),
        };
        for (key, column) in list.keys.iter().zip(&columns) {
            let value = targets.get(*column).and_then(|target| target.as_node());
            if let Some(why) = value.and_then(|value| varies(value, catalog)) {
                return Err(Box::new(mistakes::varies(&key.place, &why)));
            }
        }
        if let Some(unproved) = unproved.filter(|_| !assumes_unique) {
            return Err(Box::new(mistakes::unproved(self.query, list, unproved)));
        }
        let nullable = nullable(probes, catalog);
        let mut order = PageOrder {
            added: String::new(),
            keys: Vec::new(),
        };
        let mut is_added = Vec::new();
        for (index, (key, column)) in list.keys.iter().zip(&columns).enumerate() {
            let shown = key.column.or_else(|| self.shown(&targets, *column));
            let ty = probe.columns[*column].ty();
            if matches!(ty.kind(), TypeKind::Composite(_)) || *ty == Type::RECORD {
                return Err(Box::new(mistakes::composite(&key.place)));
            }
            if shown.is_none() && !is_declared(ty) {
                return Err(Box::new(mistakes::not_shown(&key.place, ty)));
            }
            let name = match shown {
                Some(shown) => quote::name(&self.known.columns[shown].name),
                None => self.added_name(index),
            };
            let before = is_added.iter().filter(|is_added| **is_added).count();
            is_added.push(shown.is_none());
            order.keys.push(PageKey {
                column: shown.unwrap_or(width + before),
                name,
                ty: type_name(ty),
                nullable: nullable.contains(column),
                descending: key.written.is_descending,
                nulls_first: key.written.nulls_first,
            });
        }
        order
            .keys
            .dedup_by(|later, earlier| later.column == earlier.column);
        if order.keys.iter().filter(|key| key.nullable).count() > MAX_NULLABLE {
            return Err(Box::new(mistakes::nullable(&list.place, MAX_NULLABLE)));
        }
        let added = self.added(list, |index| is_added[index]);
        added.text().clone_into(&mut order.added);
        Ok(order)
    }

    /// The result column that is the same as an added one.
    fn shown(&self, targets: &[&Value<'_>], column: usize) -> Option<usize> {
        let added = targets.get(column)?;
        (0..self.known.columns.len()).find(|shown| {
            let target = targets.get(*shown);
            self.has_its_name_alone(*shown)
                && target.is_some_and(|target| is_same_column(target, added))
        })
    }

    /// All texts that calls send, checked.
    async fn pages(
        &self,
        describer: &Describer<'_>,
        lists: &[List<'_>],
        found: ir::Paging,
    ) -> Result<std::result::Result<Pages, Wrong>> {
        let limit = self.types.len() + 1;
        let mut variants = Vec::new();
        for (list, order) in lists.iter().zip(&found.orders) {
            let is_added = |index| {
                let name = format!(" AS {}", self.added_name(index));
                order.added.ends_with(&name) || order.added.contains(&format!("{name}, "))
            };
            let added = || self.added(list, is_added);
            let mut add = |closing: &str, own: Vec<Type>, what: &str, without_conditions| {
                let sql = self.text(
                    added(),
                    ir::Paging::OPENING,
                    closing,
                    list,
                    without_conditions,
                );
                let types = self.types.iter().cloned().chain(own).collect();
                let what = format!("{what}{}", list.what);
                variants.push((Some(order), self.variant(sql, types, what)));
            };
            let (forwards, backwards) = (order.order_by(false), order.order_by(true));
            let first = format!("\n) AS page\nORDER BY {forwards}\nLIMIT ${limit}");
            let last = format!("\n) AS page\nORDER BY {backwards}\nLIMIT ${limit}");
            let skip = format!("{first} OFFSET ${}", limit + 1);
            add(&first, vec![Type::INT8], "on the first page", false);
            if !self.dynamic.conditions.is_empty() {
                let what = "on the first page, with all conditions left out";
                add(&first, vec![Type::INT8], what, true);
            }
            add(&last, vec![Type::INT8], "on the last page", false);
            add(
                &skip,
                vec![Type::INT8, Type::INT8],
                "on a page after some rows",
                false,
            );
            for (is_backwards, order_by) in [(false, &forwards), (true, &backwards)] {
                for way in 0..order.ways() {
                    let condition = order.after(is_backwards, way, limit + 1);
                    let closing = format!(
                        "\n) AS page\nWHERE {condition}\nORDER BY {order_by}\nLIMIT ${limit}"
                    );
                    let nulls = usize::try_from(way.count_ones()).unwrap_or(0);
                    let mut own = vec![Type::UNKNOWN; 1 + order.keys.len() - nulls];
                    own[0] = Type::INT8;
                    let what = if is_backwards {
                        "before a cursor"
                    } else {
                        "after a cursor"
                    };
                    add(&closing, own, what, false);
                }
            }
        }
        if let (Some(total), Some(list)) = (found.total, lists.first()) {
            let closing = ir::Paging::counted(total);
            let none = Rewritten::default();
            let sql = self.text(none, ir::Paging::COUNTING, &closing, list, false);
            let what = "where all rows are counted".to_owned();
            variants.push((None, self.variant(sql, self.types.clone(), what)));
        }
        let statements: Vec<(&str, &[Type])> = variants
            .iter()
            .map(|(_, variant)| (variant.query.sql.text(), variant.types.as_slice()))
            .collect();
        let outcomes = describer.describe_typed(&statements).await?;
        let mut pages = Vec::new();
        for ((order, variant), outcome) in variants.into_iter().zip(outcomes) {
            let description = match outcome {
                Ok(description) => description,
                Err(error) => return Ok(Err(Wrong::Refused(Box::new(Refused { variant, error })))),
            };
            if let Some(mistake) =
                order.and_then(|order| self.difference(order, &variant, &description))
            {
                return Ok(Err(Wrong::Mistakes(vec![mistake])));
            }
            pages.push((variant, description));
        }
        Ok(Ok((found, pages)))
    }

    /// What is wrong with the types of a text that Postgres accepts: those of the keys in its condition are others.
    fn difference(
        &self,
        order: &PageOrder,
        variant: &Variant,
        found: &Description,
    ) -> Option<Diagnostic> {
        if found.parameters.get(..self.types.len()) != Some(&self.known.parameters[..]) {
            return Some(mistakes::other_parameters(self.query, &variant.what));
        }
        // The texts with all values have all keys in order; the others have the same comparisons.
        let own = found.parameters.get(self.types.len() + 1..)?;
        if own.len() != order.keys.len()
            || variant.types.get(self.types.len() + 1) == Some(&Type::INT8)
        {
            return None;
        }
        let mut keys = order.keys.iter().zip(own);
        let (key, ty) = keys.find(|(key, ty)| {
            let found = type_name(base(ty));
            found != key.ty && (found.as_str(), key.ty.as_str()) != ("text", "varchar")
        })?;
        Some(mistakes::other_operator(self.query, key, ty))
    }
}

async fn describe(
    describer: &Describer<'_>,
    variant: &Variant,
) -> Result<std::result::Result<Description, Box<DbError>>> {
    let statement = [(variant.query.sql.text(), variant.types.as_slice())];
    let mut outcomes = describer.describe_typed(&statement).await?;
    Ok(outcomes.remove(0))
}
