//! Which result columns a `t.*` of the statement became. Postgres writes the place of the `*` on each of them.

use std::ops::Range;

use super::fault::{Fault, made};
use super::frame::{Frame, Phase};
use super::node::{CommandType, Node, RteKind, Value, read_query};
use super::shapes::Origin;
use super::targets::shown_targets;
use super::{Analyzer, Assumptions};
use crate::catalog::Catalog;

/// The columns of a `t.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Star {
    /// Their places among the result columns.
    pub(crate) columns: Range<usize>,
    /// Whether they are those of one row, so that only a missing row makes all of them NULL. Grouping sets empty single
    /// columns, and set operations mix rows of several queries.
    pub(crate) is_row: bool,
}

/// What the `t.*` at that byte of the statement became; `None` where the statement itself does not show it, as in a
/// subquery.
pub(crate) fn columns_of_star(tree: &str, offset: usize) -> Option<Star> {
    let query = read_query(tree)?;
    let shown: Vec<Option<Column>> = shown_targets(&query)
        .map(|target| column(target, &query))
        .collect();
    let is_at_star = |column: &Option<Column>| {
        column
            .as_ref()
            .is_some_and(|column| column.location == Some(offset))
    };
    let mut start = shown.iter().position(is_at_star)?;
    let mut end = shown.iter().rposition(is_at_star)? + 1;
    // A grouped column may have the place of an equal one that is written elsewhere. A star has its columns in order.
    let continues = |before: usize, after: usize| match (shown.get(before), shown.get(after)) {
        (Some(Some(before)), Some(Some(after))) => {
            before.table == after.table
                && before.number < after.number
                && (before.is_grouped || after.is_grouped)
        }
        _ => false,
    };
    while start > 0 && grouped(&shown, start - 1) && continues(start - 1, start) {
        start -= 1;
    }
    while grouped(&shown, end) && continues(end - 1, end) {
        end += 1;
    }
    let nothing = |field: &str| query.get(field).is_nothing();
    Some(Star {
        columns: start..end,
        is_row: nothing("groupingSets") && nothing("setOperations"),
    })
}

/// Which columns of a `t.*` may be NULL in a row of `t` that is there, whether or not an outer join finds one. `None` where
/// `t` is a join, or the statement is no plain SELECT.
pub(crate) fn nullable_in_row(
    tree: &str,
    star: &Star,
    catalog: &Catalog,
    assumptions: &Assumptions,
) -> Option<Vec<bool>> {
    let query = read_query(tree)?;
    if !star.is_row || CommandType::of(&query) != Some(CommandType::Select) {
        return None;
    }
    let targets: Vec<&Value<'_>> = shown_targets(&query).collect();
    let targets = targets.get(star.columns.clone())?;
    let table = column(targets.first()?, &query)?.table;
    let is_of_table =
        |target: &&Value<'_>| column(target, &query).is_some_and(|c| c.table == table);
    if !targets.iter().all(is_of_table) {
        return None;
    }
    let mut analyzer = Analyzer::new(catalog, assumptions);
    analyzer.begin(tree, &query);
    let mut frame = analyzer.open(&query, None)?;
    // A join has rows of which only a part is there.
    if RteKind::of(frame.entry(table)?) == Some(RteKind::Join) {
        return None;
    }
    frame.phase.set(Phase::Output);
    frame.padded.remove(&table);
    let nullable = targets.iter().map(|target| {
        let expression = target.as_node().map(|target| target.get("expr"));
        expression.is_none_or(|expression| analyzer.evaluate(expression, &frame).nullable)
    });
    Some(nullable.collect())
}

/// Whether the columns of a `t.*` are one row of one table or other part of FROM, however deep in subqueries it stands. A
/// subquery may show columns of several, and of one table under several names.
pub(crate) fn is_of_one_row(tree: &str, star: &Star, catalog: &Catalog) -> bool {
    let origins = || -> Option<Vec<Origin>> {
        let query = read_query(tree)?;
        let assumptions = Assumptions::default();
        let analyzer = Analyzer::new(catalog, &assumptions);
        let frame = Frame::bare(&query, None);
        let targets: Vec<&Value<'_>> = shown_targets(&query).collect();
        let targets = targets.get(star.columns.clone())?.iter();
        targets
            .map(|target| {
                let var = target.as_node()?.node("expr")?;
                of_var(var)?;
                analyzer.origin_of(var, &frame)
            })
            .collect()
    };
    let is_one = |origins: Vec<Origin>| {
        let mut pairs = origins.windows(2);
        origins.iter().all(|origin| origin.whole)
            && pairs.all(|pair| (&pair[0].entry, pair[0].row) == (&pair[1].entry, pair[1].row))
    };
    star.is_row && origins().is_some_and(is_one) || made(Fault::EmbedBelievesTable)
}

/// A column of a table in FROM.
struct Column {
    table: usize,
    number: i16,
    location: Option<usize>,
    /// Whether it was found through GROUP BY, as Postgres 18 writes it.
    is_grouped: bool,
}

fn grouped(shown: &[Option<Column>], index: usize) -> bool {
    let column = shown.get(index).and_then(Option::as_ref);
    column.is_some_and(|column| column.is_grouped)
}

fn column(target: &Value<'_>, query: &Node<'_>) -> Option<Column> {
    let var = target.as_node()?.node("expr")?;
    let own = of_var(var)?;
    let entry = query.list("rtable").get(own.table.checked_sub(1)?)?;
    let entry = entry.as_node()?;
    // Postgres 18 has an entry for GROUP BY.
    if RteKind::of(entry) != Some(RteKind::Group) {
        return Some(own);
    }
    let index = usize::try_from(own.number).ok()?.checked_sub(1)?;
    let grouped = entry.list("groupexprs").get(index)?.as_node()?;
    Some(Column {
        is_grouped: true,
        ..of_var(grouped)?
    })
}

fn of_var(var: &Node<'_>) -> Option<Column> {
    (var.name == "VAR" && var.number::<usize>("varlevelsup") == Some(0)).then_some(())?;
    Some(Column {
        table: var.number("varno")?,
        number: var.number("varattno")?,
        location: var.location(),
        is_grouped: false,
    })
}
