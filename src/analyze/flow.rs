//! Where values come from and go to, read from the analysed tree: how many dimensions an array has by the way it is made,
//! and which column a parameter is stored in or compared with.
//!
//! A value is followed through whatever hands it on as it is: casts, CASE, COALESCE, NULLIF, GREATEST, subqueries, CTEs,
//! VALUES, UNION, `unnest`. Arithmetic, `||` and function calls make another value.

mod dimensions;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::functions;
use super::node::{self, CommandType, Node, ParamKind, RteKind, SubLinkType, Value};
use super::nullability::shown_targets;
use crate::catalog::{Catalog, Oid};

pub(super) use dimensions::of_view as dimensions_of_view;

/// How many values are looked at before the rest is given up, and how deep they may nest.
const MAX_STEPS: usize = 100_000;
const MAX_DEPTH: usize = 120;

const UNNEST: Oid = 2331;

/// A column of a table or view: its relation and number.
pub(super) type ColumnId = (Oid, i16);

/// Where the values of a statement come from and go to.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// How many dimensions each result column has by construction; 1 where nothing says that it has more.
    pub(super) dimensions: Vec<usize>,
    /// The column that each parameter, by `$n`, is stored in, or else compared with for equality or order.
    pub(super) parameters: BTreeMap<usize, ColumnId>,
}

impl Flow {
    /// What the tree of a statement says, if there is one.
    pub(super) fn of(tree: Option<&str>, catalog: &Catalog) -> Self {
        let Some(query) = tree.and_then(node::read_query) else {
            return Self::default();
        };
        Self {
            dimensions: dimensions::of_columns(&query, catalog),
            parameters: columns_of_parameters(&query, catalog),
        }
    }
}

fn columns_of_parameters(query: &Node<'_>, catalog: &Catalog) -> BTreeMap<usize, ColumnId> {
    let steps = Cell::new(0);
    let mut uses = Uses::default();
    Scope::of(query, catalog, &steps).walk_query(&mut uses);
    let mut columns = uses.compared;
    columns.extend(uses.stored);
    columns
}

#[derive(Default)]
struct Uses {
    stored: BTreeMap<usize, ColumnId>,
    compared: BTreeMap<usize, ColumnId>,
}

/// A query, inside of others.
#[derive(Clone, Copy)]
struct Scope<'s, 'a> {
    query: &'s Node<'a>,
    parent: Option<&'s Scope<'s, 'a>>,
    catalog: &'s Catalog,
    steps: &'s Cell<usize>,
    depth: usize,
}

impl<'s, 'a> Scope<'s, 'a> {
    fn of(query: &'s Node<'a>, catalog: &'s Catalog, steps: &'s Cell<usize>) -> Self {
        Self {
            query,
            parent: None,
            catalog,
            steps,
            depth: 0,
        }
    }

    fn inner<'t>(&'t self, query: &'t Node<'a>) -> Scope<'t, 'a> {
        Scope {
            query,
            parent: Some(self),
            depth: self.depth + 1,
            ..*self
        }
    }

    /// Counts one step; `false` where it would be too many or too deep.
    fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() < MAX_STEPS && self.depth < MAX_DEPTH
    }

    fn outer(&self, up: usize) -> Option<&Scope<'s, 'a>> {
        match up {
            0 => Some(self),
            _ => self.parent?.outer(up - 1),
        }
    }

    fn entry(&self, index: usize) -> Option<&'s Node<'a>> {
        self.query
            .list("rtable")
            .get(index.checked_sub(1)?)?
            .as_node()
    }

    /// Calls `found` with the values that a column of FROM has, and `stored` with the table column that it is.
    fn sources(
        &self,
        var: &Node<'a>,
        stored: &mut dyn FnMut(ColumnId),
        found: &mut dyn FnMut(&Scope<'_, 'a>, &Value<'a>),
    ) -> Option<()> {
        let owner = self.outer(var.number("varlevelsup")?)?;
        let entry = owner.entry(var.number("varno")?)?;
        let column: i16 = var.number("varattno")?;
        let index = usize::try_from(column).ok()?.checked_sub(1)?;
        // Whoever leads back to itself ends here.
        let owner = Scope {
            depth: owner.depth.max(self.depth) + 1,
            ..*owner
        };
        if !self.step() {
            return None;
        }
        match RteKind::of(entry)? {
            RteKind::Relation => stored((entry.number("relid")?, column)),
            RteKind::Subquery => owner.inner(entry.node("subquery")?).column(index, found),
            RteKind::Join => found(&owner, entry.list("joinaliasvars").get(index)?),
            RteKind::Group => found(&owner, entry.list("groupexprs").get(index)?),
            RteKind::Values => {
                for row in entry.list("values_lists") {
                    found(&owner, row.items().get(index)?);
                }
            }
            RteKind::Cte => {
                let level = owner.outer(entry.number("ctelevelsup")?)?;
                let level = Scope {
                    depth: owner.depth,
                    ..*level
                };
                let name = entry.text("ctename")?;
                let mut ctes = level.query.nodes("cteList");
                let cte = ctes.find(|cte| cte.text("ctename").as_deref() == Some(&*name))?;
                level.inner(cte.node("ctequery")?).column(index, found);
            }
            // Of several arrays, each is a function with one column.
            RteKind::Function => {
                let function = entry.nodes("functions").nth(index)?;
                let call = function.node("funcexpr")?;
                let is_unnest = call.number::<Oid>("funcid") == Some(UNNEST);
                let is_single = function.number::<usize>("funccolcount") == Some(1);
                if is_unnest && is_single {
                    found(&owner, call.list("args").first()?);
                }
            }
            RteKind::TableFunction => {}
        }
        Some(())
    }

    /// Calls `found` with the values of a result column, from 0, of this query.
    fn column(&self, index: usize, found: &mut dyn FnMut(&Scope<'_, 'a>, &Value<'a>)) {
        if !self.step() {
            return;
        }
        if self.query.get("setOperations").is_nothing() {
            if let Some(target) = shown_targets(self.query).nth(index) {
                found(self, target);
            }
            return;
        }
        for part in self
            .query
            .nodes("rtable")
            .filter_map(|entry| entry.node("subquery"))
        {
            self.inner(part).column(index, found);
        }
    }

    fn walk_query(&self, uses: &mut Uses) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.note_stored(uses);
        for (_, values) in self.query.fields() {
            for value in values {
                self.walk(value, uses, 0);
            }
        }
    }

    fn walk(&self, value: &Value<'a>, uses: &mut Uses, depth: usize) {
        if depth > MAX_DEPTH * 5 {
            return;
        }
        match value {
            Value::List(items) => {
                for item in items {
                    self.walk(item, uses, depth + 1);
                }
            }
            Value::Node(node) if node.name == "QUERY" => self.inner(node).walk_query(uses),
            Value::Node(node) => {
                self.note_compared(node, uses);
                for (_, values) in node.fields() {
                    for value in values {
                        self.walk(value, uses, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// The assignments of INSERT, UPDATE, ON CONFLICT and MERGE.
    fn note_stored(&self, uses: &mut Uses) -> Option<()> {
        let command = CommandType::of(self.query)?;
        if !matches!(
            command,
            CommandType::Insert | CommandType::Update | CommandType::Merge
        ) {
            return None;
        }
        let target = self.entry(self.query.number("resultRelation")?)?;
        let relation: Oid = target.number("relid")?;
        let conflict = self.query.node("onConflict");
        let conflict = conflict.map_or(&[][..], |conflict| conflict.list("onConflictSet"));
        let actions = self.query.nodes("mergeActionList");
        let targets = self.query.list("targetList").iter().chain(conflict);
        let targets = targets.chain(actions.flat_map(|action| action.list("targetList")));
        for target in targets.filter_map(Value::as_node) {
            let Some(column) = target
                .number::<i16>("resno")
                .filter(|_| !target.flag("resjunk"))
            else {
                continue;
            };
            self.carried(target.get("expr"), &mut |parameter| {
                uses.stored.entry(parameter).or_insert((relation, column));
            });
        }
        Some(())
    }

    fn note_compared(&self, node: &Node<'a>, uses: &mut Uses) {
        match (node.name, node.list("args")) {
            ("OPEXPR" | "SCALARARRAYOPEXPR", [left, right]) if self.compares(node) => {
                self.note_pair(left, right, uses);
            }
            ("DISTINCTEXPR" | "NULLIFEXPR", [left, right]) => self.note_pair(left, right, uses),
            ("ROWCOMPAREEXPR", _) => {
                let pairs = node.list("largs").iter().zip(node.list("rargs"));
                pairs.for_each(|(left, right)| self.note_pair(left, right, uses));
            }
            // `CASE a WHEN $1`: each condition compares a stand-in for `a`.
            ("CASE" | "CASEEXPR", whens) => {
                let conditions = whens.iter().filter_map(|when| when.as_node()?.node("expr"));
                for condition in conditions.filter(|condition| self.compares(condition)) {
                    if let [_, value] = condition.list("args") {
                        self.note_pair(node.get("arg"), value, uses);
                    }
                }
            }
            // `$1 IN (SELECT a …)`, and the other way round.
            ("SUBLINK", _) => {
                let test = node.node("testexpr").filter(|test| self.compares(test));
                let query = node.node("subselect");
                let (Some([left, right]), Some(query)) =
                    (test.map(|test| test.list("args")), query)
                else {
                    return;
                };
                let number: Option<usize> = right.as_node().and_then(|node| node.number("paramid"));
                let Some(index) = number.and_then(|number| number.checked_sub(1)) else {
                    return;
                };
                let inner = self.inner(query);
                let mut columns = Vec::new();
                inner.column(index, &mut |scope, value| {
                    columns.push(scope.table_column(value));
                });
                if let [Some(column)] = columns[..] {
                    self.carried(left, &mut |parameter| {
                        uses.compared.entry(parameter).or_insert(column);
                    });
                }
                if let Some(column) = self.table_column(left) {
                    inner.column(index, &mut |scope, value| {
                        scope.carried(value, &mut |parameter| {
                            uses.compared.entry(parameter).or_insert(column);
                        });
                    });
                }
            }
            _ => {}
        }
    }

    fn note_pair(&self, left: &Value<'a>, right: &Value<'a>, uses: &mut Uses) {
        for (value, other) in [(left, right), (right, left)] {
            if let Some(column) = self.table_column(other) {
                self.carried(value, &mut |parameter| {
                    uses.compared.entry(parameter).or_insert(column);
                });
            }
        }
    }

    /// Whether an operator compares for equality or order. The functions behind those are called so: `int4eq`, `text_lt`,
    /// `date_ge_timestamp`.
    fn compares(&self, node: &Node<'a>) -> bool {
        let Some(function) = node.number::<Oid>("opfuncid") else {
            return false;
        };
        let own = self.catalog.functions.get(&function);
        let name = own
            .map(|own| own.name.as_str())
            .or_else(|| functions::name(function));
        let gives_truth = node.number::<Oid>("opresulttype").is_none_or(|ty| ty == 16);
        gives_truth && name.is_some_and(functions::is_comparison)
    }

    /// The column of a table or view that a value is, seen through joins, subqueries and CTEs.
    fn table_column(&self, value: &Value<'a>) -> Option<ColumnId> {
        let node = value.as_node().filter(|_| self.step())?;
        match node.name {
            "TARGETENTRY" => self.table_column(node.get("expr")),
            "RELABELTYPE" | "COLLATE" | "COLLATEEXPR" => self.table_column(node.get("arg")),
            "VAR" => {
                let mut columns = Vec::new();
                let mut below = Vec::new();
                self.sources(
                    node,
                    &mut |column| columns.push(Some(column)),
                    &mut |scope, value| {
                        below.push(scope.table_column(value));
                    },
                )?;
                columns.append(&mut below);
                let first = columns.first().copied()??;
                columns
                    .iter()
                    .all(|column| *column == Some(first))
                    .then_some(first)
            }
            _ => None,
        }
    }

    /// Calls `found` with each parameter that a value may be, as it is.
    fn carried(&self, value: &Value<'a>, found: &mut dyn FnMut(usize)) {
        let Some(node) = value.as_node().filter(|_| self.step()) else {
            return;
        };
        match node.name {
            "PARAM" if ParamKind::of(node) == Some(ParamKind::Extern) => {
                if let Some(number) = node.number("paramid") {
                    found(number);
                }
            }
            "TARGETENTRY" => self.carried(node.get("expr"), found),
            "RELABELTYPE" | "COERCEVIAIO" | "COLLATE" | "COLLATEEXPR" | "ARRAYCOERCEEXPR"
            | "COERCETODOMAIN" | "NAMEDARGEXPR" => self.carried(node.get("arg"), found),
            // A cast, also one to a length; and the elements of an array.
            "FUNCEXPR"
                if matches!(node.number::<u8>("funcformat"), Some(1 | 2))
                    || node.number::<Oid>("funcid") == Some(UNNEST) =>
            {
                if let Some(first) = node.list("args").first() {
                    self.carried(first, found);
                }
            }
            "CASE" | "CASEEXPR" => {
                for when in node.nodes("args") {
                    self.carried(when.get("result"), found);
                }
                self.carried(node.get("defresult"), found);
            }
            "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" => {
                node.list("args")
                    .iter()
                    .for_each(|value| self.carried(value, found));
            }
            "ARRAY" | "ARRAYEXPR" => {
                node.list("elements")
                    .iter()
                    .for_each(|value| self.carried(value, found));
            }
            "NULLIFEXPR" => {
                if let Some(first) = node.list("args").first() {
                    self.carried(first, found);
                }
            }
            "SUBLINK" if SubLinkType::of(node) == Some(SubLinkType::Expr) => {
                if let Some(query) = node.node("subselect") {
                    self.inner(query)
                        .column(0, &mut |scope, value| scope.carried(value, found));
                }
            }
            "VAR" => {
                self.sources(node, &mut |_| {}, &mut |scope, value| {
                    scope.carried(value, found);
                });
            }
            _ => {}
        }
    }
}
