//! Reads from Postgres' tree which columns the places mean where a statement leaves them to the schema.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::analyze::node::{CommandType, Node, RteKind, SubLinkType, Value};
use crate::catalog::{Catalog, Oid, PgTypeKind};
use crate::quote;
use crate::syntax::StarPlace;

/// The columns of the places of a statement.
pub(super) struct Columns {
    /// For each star; `None` where it stands for no columns, or for ones that cannot matter.
    pub(super) stars: Vec<Option<StarColumns>>,
    /// For each `INSERT`, in the order of the text, the columns that it fills, if they are known.
    pub(super) inserts: Vec<Option<Vec<String>>>,
    /// For each `NATURAL JOIN`, the columns that it joins by; `None` where they cannot become others.
    pub(super) naturals: Vec<Option<Vec<String>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StarColumns {
    pub(super) columns: Vec<Column>,
    /// Whether the schema decides: a table, a view or a function has the columns, and not a part of the statement.
    pub(super) is_open: bool,
}

/// A column that a star stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    /// What stands before the dot where nothing is written before the star, as SQL.
    pub(super) qualifier: Option<String>,
    pub(super) name: String,
}

impl StarColumns {
    /// Whether each name means one column.
    pub(super) fn is_distinct(&self) -> bool {
        let names: BTreeSet<&Column> = self.columns.iter().collect();
        names.len() == self.columns.len()
    }
}

impl Columns {
    pub(super) fn of(tree: &Node<'_>, places: &[StarPlace], catalog: &Catalog) -> Self {
        let mut reader = Reader {
            catalog,
            places,
            stars: vec![Found::Nowhere; places.len()],
            naturals: Vec::new(),
        };
        reader.query(tree, &mut Vec::new(), false);
        let Reader {
            stars, naturals, ..
        } = reader;
        let stars = stars.into_iter().map(|found| match found {
            Found::Once(columns) => Some(columns),
            Found::Nowhere | Found::Differently => None,
        });
        Self {
            stars: stars.collect(),
            inserts: inserts(tree, catalog),
            naturals,
        }
    }
}

#[derive(Clone)]
enum Found {
    Nowhere,
    Once(StarColumns),
    /// In two lists that differ.
    Differently,
}

struct Reader<'r> {
    catalog: &'r Catalog,
    places: &'r [StarPlace],
    stars: Vec<Found>,
    naturals: Vec<Option<Vec<String>>>,
}

/// An item of a list that may be a column of a star.
struct Item {
    location: Option<usize>,
    /// The level of its query and the number of its table there.
    table: (usize, usize),
    number: i16,
    is_open: bool,
    /// Whether Postgres 18 found it through GROUP BY.
    is_grouped: bool,
    column: Column,
    /// Whether it is a field of a composite value.
    is_field: bool,
}

impl Reader<'_> {
    /// Reads a query inside of `levels`. Where it is that of EXISTS, what it shows cannot matter.
    fn query<'t, 'a>(
        &mut self,
        query: &'t Node<'a>,
        levels: &mut Vec<&'t Node<'a>>,
        in_exists: bool,
    ) {
        levels.push(query);
        if !in_exists || !query.get("setOperations").is_nothing() {
            for list in ["targetList", "returningList"] {
                self.list(query.list(list), levels);
            }
        }
        for action in query.nodes("mergeActionList") {
            self.list(action.list("targetList"), levels);
        }
        self.fields(query, levels);
        levels.pop();
    }

    fn fields<'t, 'a>(&mut self, node: &'t Node<'a>, levels: &mut Vec<&'t Node<'a>>) {
        for (_, values) in node.fields() {
            for value in values {
                self.value(value, levels);
            }
        }
    }

    fn value<'t, 'a>(&mut self, value: &'t Value<'a>, levels: &mut Vec<&'t Node<'a>>) {
        let node = match value {
            Value::Node(node) => node,
            Value::List(items) => {
                for item in items {
                    self.value(item, levels);
                }
                return;
            }
            _ => return,
        };
        match node.name {
            "QUERY" => return self.query(node, levels, false),
            "SUBLINK" if SubLinkType::of(node) == Some(SubLinkType::Exists) => {
                if let Some(query) = node.node("subselect") {
                    self.query(query, levels, true);
                }
                return;
            }
            "ROWEXPR" | "ROW" => self.list(node.list("args"), levels),
            "RTE" | "RANGETBLENTRY" => {
                for row in node.list("values_lists") {
                    self.list(row.items(), levels);
                }
            }
            "JOINEXPR" => {
                self.value(node.get("larg"), levels);
                if node.flag("isNatural") {
                    let names = node.list("usingClause").iter().filter_map(Value::text);
                    let names = names.map(Cow::into_owned).collect();
                    let is_open = levels
                        .last()
                        .is_some_and(|query| self.joins_open(node, query));
                    self.naturals.push(is_open.then_some(names));
                }
                self.value(node.get("rarg"), levels);
                return;
            }
            _ => {}
        }
        self.fields(node, levels);
    }

    /// Reads a list in which stars are replaced by their columns.
    fn list(&mut self, values: &[Value<'_>], levels: &[&Node<'_>]) {
        let shown = values.iter().filter_map(Value::as_node);
        let shown = shown.filter(|node| !node.flag("resjunk"));
        let items: Vec<Option<Item>> = shown.map(|node| self.item(node, levels)).collect();
        let owners: Vec<Option<usize>> = items
            .iter()
            .map(|item| self.star_of(item.as_ref()?))
            .collect();
        let named: BTreeSet<usize> = owners.iter().copied().flatten().collect();
        for star in named {
            let is_of_star = |of: &Option<usize>| *of == Some(star);
            let (Some(mut first), Some(last)) = (
                owners.iter().position(is_of_star),
                owners.iter().rposition(is_of_star),
            ) else {
                continue;
            };
            // One of them written after the star may have its place, but a star has no column twice.
            let mut end = (first..=last)
                .find(|&index| index > first && is_repeated(&items, first, index))
                .unwrap_or(last + 1);
            // A grouped column may have the place of an equal one that is written elsewhere.
            while first > 0 && continues(&items, first - 1, first) {
                first -= 1;
            }
            while continues(&items, end - 1, end) {
                end += 1;
            }
            let columns: Option<Vec<&Item>> =
                items[first..end].iter().map(Option::as_ref).collect();
            let found = columns.map(|columns| StarColumns {
                is_open: columns.iter().any(|item| item.is_open),
                columns: columns.iter().map(|item| item.column.clone()).collect(),
            });
            let known = &mut self.stars[star];
            *known = match (&known, found) {
                (Found::Nowhere, Some(found)) => Found::Once(found),
                (Found::Once(known), Some(found)) if *known == found => Found::Once(found),
                _ => Found::Differently,
            };
        }
    }

    /// The star that the item is a column of, by its location.
    fn star_of(&self, item: &Item) -> Option<usize> {
        let location = item.location?;
        let places = self.places.iter().enumerate();
        let around = places.filter(|(_, place)| {
            place.located.contains(&location) && (item.is_field || place.located.len() == 1)
        });
        let (index, _) = around.min_by_key(|(_, place)| place.located.len())?;
        Some(index)
    }

    fn item(&self, node: &Node<'_>, levels: &[&Node<'_>]) -> Option<Item> {
        let expression = match node.name {
            "TARGETENTRY" | "TARGET" => node.node("expr")?,
            _ => node,
        };
        match expression.name {
            "VAR" => self.column(expression, levels),
            "FIELDSELECT" => {
                let argument = expression.get("arg");
                let of_group = argument.as_node().and_then(|var| grouped(var, levels));
                Some(Item {
                    location: of_group.map_or_else(|| first_location(argument), first_place),
                    table: (0, 0),
                    number: expression.number("fieldnum")?,
                    is_open: true,
                    is_grouped: false,
                    is_field: true,
                    column: Column {
                        qualifier: None,
                        name: node.text("resname")?.into_owned(),
                    },
                })
            }
            _ => None,
        }
    }

    fn column(&self, var: &Node<'_>, levels: &[&Node<'_>]) -> Option<Item> {
        if let Some(of_group) = grouped(var, levels) {
            return Some(Item {
                is_grouped: true,
                ..self
                    .column(of_group, levels)
                    .filter(|_| of_group.name == "VAR")?
            });
        }
        let level = levels
            .len()
            .checked_sub(1 + var.number::<usize>("varlevelsup")?)?;
        let query = levels[level];
        let table = var.number::<usize>("varno")?;
        let number = var.number::<i16>("varattno").filter(|number| *number > 0)?;
        let spelled = var.number("varnosyn").filter(|table| *table > 0);
        let spelled = entry_of(query, spelled.unwrap_or(table))?;
        let spelled_number = var
            .number::<usize>("varattnosyn")
            .filter(|number| *number > 0);
        let index = spelled_number.or(usize::try_from(number).ok())? - 1;
        let names = spelled.node("eref")?;
        let name = names.list("colnames").get(index)?.text()?.into_owned();
        // Of INSERT … SELECT and of UNION: the star stands inside.
        if names.text("aliasname")?.starts_with("*SELECT*") {
            return None;
        }
        Some(Item {
            location: var.location(),
            table: (level, table),
            number,
            is_open: self.is_open(entry_of(query, table)?),
            is_grouped: false,
            is_field: false,
            column: Column {
                qualifier: self.qualifier(query, spelled),
                name,
            },
        })
    }

    /// Whether the schema decides which columns an entry of FROM has.
    fn is_open(&self, entry: &Node<'_>) -> bool {
        match RteKind::of(entry) {
            Some(RteKind::Relation | RteKind::Join) => true,
            Some(RteKind::Function) => entry.nodes("functions").any(|function| {
                let result = function.node("funcexpr");
                let result = result.and_then(|call| call.number::<Oid>("funcresulttype"));
                let ty = result.and_then(|oid| self.catalog.types.get(&oid));
                let has_columns = ty.is_some_and(|ty| {
                    matches!(ty.kind, PgTypeKind::Composite { .. } | PgTypeKind::Pseudo)
                });
                // What `AS t (a int)` lists is a part of the statement.
                has_columns && function.list("funccolnames").is_empty()
            }),
            _ => false,
        }
    }

    /// Whether the schema decides which columns a part of FROM has.
    fn joins_open(&self, part: &Node<'_>, query: &Node<'_>) -> bool {
        match part.name {
            "RANGETBLREF" => {
                let number = part.number("rtindex");
                let entry = number.and_then(|number| entry_of(query, number));
                entry.is_some_and(|entry| self.is_open(entry))
            }
            _ => ["larg", "rarg"].iter().any(|side| {
                let side = part.node(side);
                side.is_some_and(|side| self.joins_open(side, query))
            }),
        }
    }

    /// What a column of this entry needs before its name: nothing where there are no other tables.
    fn qualifier(&self, query: &Node<'_>, spelled: &Node<'_>) -> Option<String> {
        let from = query.node("jointree").map(|tree| tree.list("fromlist"));
        let is_alone = match from.unwrap_or_default() {
            [] => true,
            [only] => only
                .as_node()
                .is_some_and(|node| node.name == "RANGETBLREF"),
            _ => false,
        };
        let kind = CommandType::of(query);
        if kind == Some(CommandType::Insert) || (is_alone && kind != Some(CommandType::Merge)) {
            return None;
        }
        let has_alias = !spelled.get("alias").is_nothing();
        let kind = RteKind::of(spelled);
        if matches!(kind, Some(RteKind::Join | RteKind::Subquery)) && !has_alias {
            return None;
        }
        let name = spelled.node("eref")?.text("aliasname")?;
        let relation = spelled
            .number::<Oid>("relid")
            .filter(|_| kind == Some(RteKind::Relation));
        let is_namesake = |other: &Node<'_>| {
            let other_name = other.node("eref").and_then(|names| names.text("aliasname"));
            other_name.as_ref() == Some(&name) && other.number::<Oid>("relid") != relation
        };
        let relation = relation.filter(|_| !has_alias && query.nodes("rtable").any(is_namesake));
        let relation = relation.and_then(|oid| self.catalog.relations.get(&oid));
        Some(match relation {
            Some(relation) => quote::in_schema(&relation.schema, &relation.name),
            None => quote::name(&name),
        })
    }
}

/// Whether a grouped column is at one of the places from `start`, too.
fn is_repeated(items: &[Option<Item>], start: usize, index: usize) -> bool {
    let Some(item) = items[index].as_ref().filter(|item| item.is_grouped) else {
        return false;
    };
    let mut before = items[start..index].iter().flatten();
    before.any(|before| before.table == item.table && before.number == item.number)
}

/// Whether the columns at two places that follow each other are of one table and in its order, and one is grouped.
fn continues(items: &[Option<Item>], before: usize, after: usize) -> bool {
    match (items.get(before), items.get(after)) {
        (Some(Some(before)), Some(Some(after))) => {
            before.table == after.table
                && before.number < after.number
                && (before.is_grouped || after.is_grouped)
        }
        _ => false,
    }
}

fn entry_of<'t, 'a>(query: &'t Node<'a>, number: usize) -> Option<&'t Node<'a>> {
    query.list("rtable").get(number.checked_sub(1)?)?.as_node()
}

/// What GROUP BY says where a column is one of its results, as Postgres 18 writes it.
fn grouped<'t, 'a>(var: &Node<'_>, levels: &[&'t Node<'a>]) -> Option<&'t Node<'a>> {
    let is_own = var.name == "VAR" && var.number::<usize>("varlevelsup") == Some(0);
    let query = levels.last().filter(|_| is_own)?;
    let entry = entry_of(query, var.number("varno")?)?;
    let is_group = RteKind::of(entry) == Some(RteKind::Group);
    let index = var.number::<usize>("varattno")?.checked_sub(1)?;
    entry
        .list("groupexprs")
        .get(index)
        .filter(|_| is_group)?
        .as_node()
}

/// The first place of the statement that a value is written at.
fn first_location(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::Node(node) => first_place(node),
        Value::List(items) => items.iter().filter_map(first_location).min(),
        _ => None,
    }
}

fn first_place(node: &Node<'_>) -> Option<usize> {
    let inside = node.fields().flat_map(|(_, values)| values);
    let inside = inside.filter_map(first_location);
    node.location().into_iter().chain(inside).min()
}

/// The columns of the `INSERT`s of a statement, in the order of its text.
fn inserts(query: &Node<'_>, catalog: &Catalog) -> Vec<Option<Vec<String>>> {
    let ctes = query
        .nodes("cteList")
        .filter_map(|cte| cte.node("ctequery"));
    let mut found: Vec<_> = ctes.flat_map(|query| inserts(query, catalog)).collect();
    let names = |targets: &[Value<'_>]| {
        let table = entry_of(query, query.number("resultRelation")?)?;
        let relation = catalog.relations.get(&table.number("relid")?)?;
        let targets = targets.iter().filter_map(Value::as_node);
        let names = targets.map(|target| {
            let column = relation.attribute(target.number("resno")?)?;
            Some(column.name.clone())
        });
        names.collect::<Option<Vec<String>>>()
    };
    match CommandType::of(query) {
        Some(CommandType::Insert) => found.push(names(query.list("targetList"))),
        Some(CommandType::Merge) => {
            let actions = query.nodes("mergeActionList");
            let actions = actions.filter(|a| CommandType::of(a) == Some(CommandType::Insert));
            found.extend(actions.map(|action| names(action.list("targetList"))));
        }
        _ => {}
    }
    found
}
