//! Where a column comes from: seen through joins, subqueries, CTEs and, if wanted, views, down to the table, or to what
//! else makes it.

use std::collections::BTreeSet;

use super::Analyzer;
use super::frame::Frame;
use super::node::{Node, ReturningRow, RteKind, Value, read_query};
use super::shapes::Origin;
use super::targets::shown_targets;

/// How many queries are looked into.
const MAX_DEPTH: usize = 40;

/// Where the walk is.
#[derive(Clone)]
struct Way {
    path: Vec<usize>,
    whole: bool,
    through_views: bool,
}

impl Way {
    fn start(through_views: bool) -> Self {
        Self {
            path: Vec::new(),
            whole: true,
            through_views,
        }
    }
}

impl<'a> Analyzer<'_> {
    /// Where a reference to a column of this level leads, views not followed.
    pub(super) fn origin_of(&self, var: &Node<'a>, frame: &Frame<'_, 'a>) -> Option<Origin> {
        self.follow(var, frame, &Way::start(false))
    }

    /// The same with views followed.
    pub(super) fn base_origin_of(&self, var: &Node<'a>, frame: &Frame<'_, 'a>) -> Option<Origin> {
        self.follow(var, frame, &Way::start(true))
    }

    /// All columns of this level that an expression reads, with views followed.
    pub(super) fn origins_in(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> BTreeSet<Origin> {
        let mut found = BTreeSet::new();
        self.collect(value, frame, 0, &mut found);
        found
    }

    fn collect(
        &self,
        value: &Value<'a>,
        frame: &Frame<'_, 'a>,
        queries: usize,
        found: &mut BTreeSet<Origin>,
    ) {
        match value {
            Value::List(items) => {
                for item in items {
                    self.collect(item, frame, queries, found);
                }
            }
            Value::Node(node) if node.name == "VAR" => {
                if node.number::<usize>("varlevelsup") != Some(queries) {
                    return;
                }
                match (frame.meaning_of(node), self.step()) {
                    (Some(value), Some(_step)) => self.collect(value, frame, 0, found),
                    _ => found.extend(self.base_origin_of(node, frame)),
                }
            }
            Value::Node(node) => {
                let queries = queries + usize::from(node.name == "QUERY");
                for (_, values) in node.fields() {
                    for value in values {
                        self.collect(value, frame, queries, found);
                    }
                }
            }
            Value::Nothing
            | Value::Token(_)
            | Value::Bytes(_)
            | Value::Deferred(_)
            | Value::TooDeep => {}
        }
    }

    /// Follows a column reference, taken to be one of `frame` itself.
    fn follow(&self, var: &Node<'a>, frame: &Frame<'_, 'a>, way: &Way) -> Option<Origin> {
        let (table, column) = (
            var.number::<usize>("varno")?,
            var.number::<i16>("varattno")?,
        );
        let mut way = way.clone();
        way.path.push(table);
        let here = |column| Origin {
            entry: way.path.clone(),
            row: ReturningRow::of(var).map_or(0, |row| row as u8),
            column,
            whole: way.whole,
        };
        let (Some(entry), Some(_step), true) =
            (frame.entry(table), self.step(), way.path.len() < MAX_DEPTH)
        else {
            return Some(here(0));
        };
        let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
        match RteKind::of(entry) {
            Some(RteKind::Join | RteKind::Group) => {
                let column_of = frame.meaning_of(var).and_then(Value::as_node);
                match column_of.filter(|node| is_own_column(node)) {
                    Some(inner) => {
                        way.path.pop();
                        self.follow(inner, frame, &way)
                    }
                    None => Some(Origin {
                        whole: false,
                        ..here(column)
                    }),
                }
            }
            Some(RteKind::Subquery) => match (entry.node("subquery"), index) {
                (Some(query), Some(index)) => self
                    .follow_into(query, index, frame, frame, &way)
                    .or_else(|| Some(here(column))),
                _ => Some(here(column)),
            },
            Some(RteKind::Cte) => {
                let name = entry.text("ctename");
                let level = entry.number("ctelevelsup").and_then(|up| frame.outer(up));
                let followed = level.zip(index).and_then(|(level, index)| {
                    let mut ctes = level.query.nodes("cteList");
                    let cte = ctes.find(|cte| cte.text("ctename") == name)?;
                    let query = cte.node("ctequery").filter(|_| !cte.flag("cterecursive"))?;
                    self.follow_into(query, index, level, frame, &way)
                });
                followed.or_else(|| Some(here(column)))
            }
            Some(RteKind::Relation) if way.through_views => {
                let view = entry.number("relid").and_then(|oid| {
                    let relation = self.catalog.relations.get(&oid)?;
                    read_query(
                        relation
                            .view_tree
                            .as_deref()
                            .filter(|_| relation.kind == 'v')?,
                    )
                });
                let followed = view.zip(index).and_then(|(query, index)| {
                    let bare = Frame::bare(&query, None);
                    let target = shown_targets(&query).nth(index)?.as_node()?.node("expr")?;
                    let follows = is_own_column(target) && query.get("setOperations").is_nothing();
                    follows.then(|| self.follow(target, &bare, &way)).flatten()
                });
                followed.or_else(|| Some(here(column)))
            }
            // A function written in SQL may be a subquery to the planner, with columns that are the same.
            Some(RteKind::Function) => Some(here(0)),
            _ => Some(here(column)),
        }
    }

    /// Into a query in FROM of `around`, or a CTE of it. A column of `lateral` itself leads back there.
    fn follow_into(
        &self,
        query: &Node<'a>,
        index: usize,
        around: &Frame<'_, 'a>,
        lateral: &Frame<'_, 'a>,
        way: &Way,
    ) -> Option<Origin> {
        if !query.get("setOperations").is_nothing() {
            return None;
        }
        let target = shown_targets(query).nth(index)?.as_node()?.node("expr")?;
        if target.name != "VAR" {
            return None;
        }
        match target.number::<usize>("varlevelsup")? {
            0 => {
                let inner = Frame::bare(query, Some(around));
                let mut way = way.clone();
                way.whole &= query.get("groupingSets").is_nothing();
                self.follow(target, &inner, &way)
            }
            1 => {
                let mut way = way.clone();
                way.path.pop();
                way.whole = false;
                self.follow(target, lateral, &way)
            }
            _ => None,
        }
    }
}

fn is_own_column(node: &Node<'_>) -> bool {
    node.name == "VAR" && node.number::<usize>("varlevelsup") == Some(0)
}
