//! Which row of a table each result column is of, and of which tables a statement takes away rows or changes keys.

use std::collections::{BTreeMap, BTreeSet};

use super::describe::{DescribedColumn, Description};
use super::node::{self, CommandType, Node, RteKind, Value};
use super::nullability::shown_targets;
use crate::catalog::{Catalog, Oid, Relation};
use crate::ir::QualifiedName;

/// The numbers of the tables, subqueries and CTEs that lead to a table in FROM.
type Path = Vec<String>;

/// For each result column, which row of its table it is of: 0 where the query has one row of each table.
pub(super) fn rows_of_columns(description: &Description, catalog: &Catalog) -> Vec<usize> {
    let one_row_each = || vec![0; description.columns.len()];
    let tree = description.tree.as_deref().unwrap_or_default();
    // Since Postgres 16 a tree names each table again among the permissions.
    let once = if catalog.server_version >= 160_000 {
        2
    } else {
        1
    };
    let tables = description
        .columns
        .iter()
        .filter_map(DescribedColumn::table);
    let tables: BTreeSet<Oid> = tables.collect();
    let mut several = tables.iter().filter(|table| {
        let named = format!(":relid {table} ");
        tree.matches(&named).count() > once
    });
    if several.next().is_none() {
        return one_row_each();
    }
    let Some(query) = node::read(tree).filter(|query| query.name == "QUERY") else {
        return one_row_each();
    };
    let paths: Vec<Option<Path>> = shown_targets(&query)
        .map(|target| path(target.as_node()?, &[&query]))
        .collect();
    let mut known: BTreeMap<Oid, Vec<Option<Path>>> = BTreeMap::new();
    let columns = description.columns.iter().enumerate();
    let rows = columns.map(|(index, column)| {
        let Some(table) = column.table() else {
            return 0;
        };
        let rows = known.entry(table).or_default();
        let path = paths.get(index).cloned().flatten();
        // One that is not understood is of a row by itself.
        let found = rows.iter().position(|row| path.is_some() && *row == path);
        found.unwrap_or_else(|| {
            rows.push(path);
            rows.len() - 1
        })
    });
    rows.collect()
}

/// The way from an item of a query's list to the table in FROM that it shows a column of.
fn path<'t, 'a>(target: &'t Node<'a>, levels: &[&'t Node<'a>]) -> Option<Path> {
    let var = target.node("expr").unwrap_or(target);
    let level = var
        .number::<usize>("varlevelsup")
        .filter(|_| var.name == "VAR")?;
    let levels = &levels[..levels.len().checked_sub(level)?];
    let query = *levels.last()?;
    let number = var.number::<usize>("varno")?;
    let column = var.number::<usize>("varattno")?.checked_sub(1)?;
    let entry = query
        .list("rtable")
        .get(number.checked_sub(1)?)?
        .as_node()?;
    let kind = RteKind::of(entry)?;
    let mut found = match kind {
        RteKind::Relation => Vec::new(),
        RteKind::Subquery => path_inside(entry.node("subquery")?, column, levels)?,
        RteKind::Cte => {
            let up = entry.number::<usize>("ctelevelsup")?;
            let levels = &levels[..levels.len().checked_sub(up)?];
            let name = entry.text("ctename")?;
            let mut ctes = levels.last()?.nodes("cteList");
            let cte = ctes.find(|cte| cte.text("ctename").as_ref() == Some(&name))?;
            path_inside(cte.node("ctequery")?, column, levels)?
        }
        RteKind::Group => return path(entry.list("groupexprs").get(column)?.as_node()?, levels),
        RteKind::Join => return path(entry.list("joinaliasvars").get(column)?.as_node()?, levels),
        _ => return None,
    };
    // OLD and NEW are two rows.
    let returned = var.number::<u8>("varreturningtype").unwrap_or_default();
    found.insert(0, format!("{level}.{number}.{returned}"));
    Some(found)
}

/// The same for a column of a query in FROM.
fn path_inside<'t, 'a>(
    query: &'t Node<'a>,
    column: usize,
    levels: &[&'t Node<'a>],
) -> Option<Path> {
    let levels: Vec<&Node<'a>> = levels.iter().copied().chain([query]).collect();
    path(shown_targets(query).nth(column)?.as_node()?, &levels)
}

/// The tables of which the statement may delete rows, or change the columns that foreign keys point to, be it by what a
/// foreign key does then. Rows that it returns may lead to such a row, which is gone.
pub(super) fn unsettled(description: &Description, catalog: &Catalog) -> Vec<QualifiedName> {
    let tree = description.tree.as_deref().unwrap_or_default();
    let mut found = BTreeSet::new();
    if let Some(query) = node::read(tree).filter(|query| query.name == "QUERY") {
        let ctes = query
            .nodes("cteList")
            .filter_map(|cte| cte.node("ctequery"));
        for query in ctes.chain([&query]) {
            found.extend(written(query, catalog));
        }
    }
    // What that does to rows that point there.
    let mut open: Vec<Oid> = found.iter().copied().collect();
    while let Some(table) = open.pop() {
        for (&child, relation) in &catalog.relations {
            let mut keys = relation.foreign_keys.iter();
            if keys.any(|key| key.cascades && key.foreign_table == table) {
                for member in family(child, catalog) {
                    if found.insert(member) {
                        open.push(member);
                    }
                }
            }
        }
    }
    let relations = found.iter().filter_map(|oid| catalog.relations.get(oid));
    relations.map(Relation::qualified_name).collect()
}

/// The tables whose rows a statement deletes, or whose keys it changes, but for its WITH.
fn written(query: &Node<'_>, catalog: &Catalog) -> BTreeSet<Oid> {
    let number = query.number::<usize>("resultRelation").unwrap_or_default();
    let entry = number
        .checked_sub(1)
        .and_then(|index| query.list("rtable").get(index));
    let table = entry
        .and_then(Value::as_node)
        .and_then(|entry| entry.number::<Oid>("relid"));
    let Some(table) = table else {
        return BTreeSet::new();
    };
    let tables = underlying(table, catalog);
    let changes_key = |targets: &[Value<'_>]| {
        let targets = targets.iter().filter_map(Value::as_node);
        let mut numbers = targets.filter_map(|target| target.number::<i16>("resno"));
        numbers.any(|number| is_pointed_to(table, number, &tables, catalog))
    };
    let is_unsettled = match CommandType::of(query) {
        Some(CommandType::Delete) => true,
        Some(CommandType::Update) => changes_key(query.list("targetList")),
        Some(CommandType::Insert) => {
            let conflict = query.node("onConflict");
            conflict.is_some_and(|conflict| changes_key(conflict.list("onConflictSet")))
        }
        Some(CommandType::Merge) => {
            let mut actions = query.nodes("mergeActionList");
            actions.any(|action| match CommandType::of(action) {
                Some(CommandType::Delete) => true,
                Some(CommandType::Update) => changes_key(action.list("targetList")),
                _ => false,
            })
        }
        _ => false,
    };
    if is_unsettled {
        tables
    } else {
        BTreeSet::new()
    }
}

/// Whether a foreign key points to a column of the table; of a view, any column may be one that it does.
fn is_pointed_to(table: Oid, number: i16, tables: &BTreeSet<Oid>, catalog: &Catalog) -> bool {
    let Some(relation) = catalog.relations.get(&table) else {
        return true;
    };
    if relation.view_tree.is_some() {
        return true;
    }
    let name = relation.attribute(number).map(|column| &column.name);
    let mut keys = catalog
        .relations
        .values()
        .flat_map(|relation| &relation.foreign_keys);
    keys.any(|key| {
        let target = catalog.relations.get(&key.foreign_table);
        tables.contains(&key.foreign_table)
            && key.foreign_columns.iter().any(|&column| {
                let pointed_to = target.and_then(|target| target.attribute(column));
                pointed_to.map(|column| &column.name) == name
            })
    })
}

/// The tables whose rows a statement on this table or view writes.
fn underlying(table: Oid, catalog: &Catalog) -> BTreeSet<Oid> {
    let view = catalog
        .relations
        .get(&table)
        .and_then(|found| found.view_tree.as_deref());
    let Some(view) = view else {
        return family(table, catalog);
    };
    let named = view.split(":relid ").skip(1).filter_map(|rest| {
        let number = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        number.parse::<Oid>().ok().filter(|&oid| oid != table)
    });
    named
        .collect::<BTreeSet<_>>()
        .into_iter()
        .flat_map(|oid| underlying(oid, catalog))
        .collect()
}

/// The table with all that it inherits from or is a partition of, and all that inherits from it.
fn family(table: Oid, catalog: &Catalog) -> BTreeSet<Oid> {
    let above = catalog.relations.keys().copied();
    let above = above.filter(|&other| catalog.descendants(other).contains(&table));
    above.chain(catalog.descendants(table)).collect()
}
