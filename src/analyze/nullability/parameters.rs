//! Which parameters may be NULL: those with a use that has a meaning for NULL, and no use that forbids it.
//!
//! NULL has a meaning where it is stored in a column that takes it, where it is asked for (`$1 IS NULL`,
//! `IS NOT DISTINCT FROM $1`), and where another value stands in for it (`COALESCE($1, x)`). It is forbidden where it is
//! stored in a column that is declared NOT NULL, or cast to a domain that is. All other uses, such as `a = $1`, would
//! only lose rows without a word, so they count for neither.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::Frame;
use super::node::{CoercionForm, CommandType, Node, ParamKind, RteKind, SubLinkType, Value};
use super::targets::{is_shown, shown_targets};
use super::writes::multiple_assignment;
use super::{Analyzer, Fact};
use crate::analyze::fault::{Fault, made};
use crate::catalog::Oid;

/// How deep the walk over the tree goes.
const MAX_DEPTH: usize = 700;

/// What the uses of each parameter say.
#[derive(Default)]
struct Uses {
    tolerated: BTreeMap<usize, Fact>,
    forbidden: BTreeMap<usize, Fact>,
    /// Every parameter, with its first place.
    all: BTreeSet<usize>,
}

/// Where a value goes.
#[derive(Clone, Debug)]
struct Destination {
    takes_null: bool,
    reason: String,
}

impl<'a> Analyzer<'_> {
    /// What the uses of a statement's parameters say of them, by number.
    pub(super) fn parameters_of(&self, query: &Node<'a>) -> BTreeMap<usize, Fact> {
        let mut uses = Uses::default();
        let frame = Frame::bare(query, None);
        self.walk_query(query, &frame, &mut uses, 0);
        let Uses {
            tolerated: mut facts,
            mut forbidden,
            all,
        } = uses;
        if !made(Fault::ParameterMayBeStoredAnywhere) {
            facts.append(&mut forbidden);
        }
        for number in all {
            facts.entry(number).or_insert_with(|| {
                Fact::not_null(format!("no use of `${number}` has a meaning for NULL"))
            });
        }
        facts
    }

    /// Looks at every node below a query, and at what the query stores.
    fn walk_query(&self, query: &Node<'a>, frame: &Frame<'_, 'a>, uses: &mut Uses, depth: usize) {
        self.walk_stored(query, frame, uses);
        self.walk_fields(query, frame, uses, depth);
    }

    fn walk_fields(&self, node: &Node<'a>, frame: &Frame<'_, 'a>, uses: &mut Uses, depth: usize) {
        for (_, values) in node.fields() {
            for value in values {
                self.walk(value, frame, uses, depth + 1);
            }
        }
    }

    fn walk(&self, value: &Value<'a>, frame: &Frame<'_, 'a>, uses: &mut Uses, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::List(items) => {
                for item in items {
                    self.walk(item, frame, uses, depth + 1);
                }
            }
            Value::Node(node) if node.name == "QUERY" => {
                let inner = Frame::bare(node, Some(frame));
                self.walk_query(node, &inner, uses, depth);
            }
            Value::Node(node) => {
                self.look_at(node, uses);
                self.walk_fields(node, frame, uses, depth);
            }
            // Aliases of a join repeat what stands below it.
            Value::Nothing
            | Value::Token(_)
            | Value::Bytes(_)
            | Value::Deferred(_)
            | Value::TooDeep => {}
        }
    }

    fn look_at(&self, node: &Node<'a>, uses: &mut Uses) {
        let tolerate = |value: &Value<'a>, reason: &str, uses: &mut Uses| {
            if let Some((number, location)) = parameter(value) {
                let fact = Fact::nullable(reason.replace("$n", &format!("${number}")));
                uses.tolerated.entry(number).or_insert(fact.at(location));
            }
        };
        match node.name {
            "PARAM" => {
                if let (Some(ParamKind::Extern), Some(number)) =
                    (ParamKind::of(node), node.number("paramid"))
                {
                    uses.all.insert(number);
                }
            }
            "NULLTEST" => tolerate(node.get("arg"), "`$n` is compared with NULL", uses),
            "DISTINCTEXPR" => {
                for value in node.list("args") {
                    tolerate(value, "`IS [NOT] DISTINCT FROM` takes NULL for `$n`", uses);
                }
            }
            "COALESCE" | "COALESCEEXPR" => {
                if let [before @ .., last] = node.list("args") {
                    let last = made(Fault::ParameterOfLastArgument).then_some(last);
                    for value in before.iter().chain(last) {
                        tolerate(value, "COALESCE has another value where `$n` is NULL", uses);
                    }
                }
            }
            "COERCETODOMAIN" => {
                let domain = node.number::<Oid>("resulttype");
                if let (Some(domain), Some((number, location))) = (
                    domain.filter(|&domain| self.is_not_null_domain(domain)),
                    parameter(node.get("arg")),
                ) {
                    let name = self.type_name(domain);
                    let reason = format!("the domain `{name}` is declared NOT NULL");
                    let fact = Fact::not_null(reason).at(location);
                    uses.forbidden.entry(number).or_insert(fact);
                }
            }
            _ => {}
        }
    }

    /// The assignments of INSERT, UPDATE, ON CONFLICT and MERGE.
    fn walk_stored(&self, query: &Node<'a>, frame: &Frame<'_, 'a>, uses: &mut Uses) {
        if !matches!(
            CommandType::of(query),
            Some(CommandType::Update | CommandType::Insert | CommandType::Merge)
        ) {
            return;
        }
        let target = query.number::<usize>("resultRelation");
        let relation = target.and_then(|target| frame.entry(target)?.number::<Oid>("relid"));
        let Some(relation) = relation else {
            return;
        };
        let mut lists: Vec<&[Value<'a>]> = vec![query.list("targetList")];
        if let Some(conflict) = query.node("onConflict") {
            lists.push(conflict.list("onConflictSet"));
        }
        for action in query.nodes("mergeActionList") {
            lists.push(action.list("targetList"));
        }
        for target in lists
            .into_iter()
            .flatten()
            .filter(|target| is_shown(target))
        {
            let target = target.as_node();
            let column = target.and_then(|target| target.number::<i16>("resno"));
            if let (Some(target), Some(column)) = (target, column) {
                let destination = self.destination(relation, column);
                let mut seen = BTreeSet::new();
                self.store(target.get("expr"), &destination, frame, uses, &mut seen);
            }
        }
    }

    /// What a column of the target takes.
    fn destination(&self, relation: Oid, column: i16) -> Destination {
        let stored = (!self.has_instead_of_hooks(relation))
            .then(|| self.stored_column(relation, column, false))
            .flatten();
        let found = stored.and_then(|at| {
            let table = self.catalog.relations.get(&at.table)?;
            Some((table, table.attribute(at.column)?))
        });
        let Some((table, attribute)) = found else {
            // A view whose trigger or rule decides.
            return Destination {
                takes_null: true,
                reason: "is stored through a view that does not forbid NULL".to_owned(),
            };
        };
        let name = format!("{}.{}", table.name, attribute.name);
        if attribute.not_null {
            Destination {
                takes_null: false,
                reason: format!("is stored in `{name}`, which is declared NOT NULL"),
            }
        } else if let Some(check) =
            stored.and_then(|at| self.check_of_column(at.table, at.column, false))
        {
            Destination {
                takes_null: false,
                reason: format!(
                    "is stored in `{name}`, where the constraint `{check}` keeps NULL out"
                ),
            }
        } else if self.is_not_null_domain(attribute.type_id) {
            let domain = self.type_name(attribute.type_id);
            Destination {
                takes_null: false,
                reason: format!("is stored in `{name}`, whose domain `{domain}` is NOT NULL"),
            }
        } else {
            Destination {
                takes_null: true,
                reason: format!("is stored in `{name}`, which takes NULL"),
            }
        }
    }

    /// Follows a value that is stored back to the parameters that it is, through whatever hands NULL on unchanged.
    fn store(
        &self,
        value: &Value<'a>,
        destination: &Destination,
        frame: &Frame<'_, 'a>,
        uses: &mut Uses,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return;
        };
        match node.name {
            "PARAM" if ParamKind::of(node) == Some(ParamKind::MultiExpr) => {
                if let Some((query, column)) = multiple_assignment(node, frame.query) {
                    self.store_column(query, column, destination, frame, uses, seen);
                }
            }
            "PARAM" => {
                let Some((number, location)) = parameter(value) else {
                    return;
                };
                let reason = format!("`${number}` {}", destination.reason);
                if destination.takes_null {
                    let fact = Fact::nullable(reason).at(location);
                    uses.tolerated.entry(number).or_insert(fact);
                } else {
                    let fact = Fact::not_null(reason).at(location);
                    uses.forbidden.entry(number).or_insert(fact);
                }
            }
            "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR"
            | "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" | "COERCETODOMAIN" => {
                self.store(node.get("arg"), destination, frame, uses, seen);
            }
            // A cast, also one to a length such as varchar(50). Strict, like every cast of the server's own.
            "FUNCEXPR" if is_cast(node) => {
                if let Some(first) = node.list("args").first() {
                    self.store(first, destination, frame, uses, seen);
                }
            }
            "CASE" | "CASEEXPR" => {
                for when in node.nodes("args") {
                    self.store(when.get("result"), destination, frame, uses, seen);
                }
                self.store(node.get("defresult"), destination, frame, uses, seen);
            }
            // NULL in the last argument comes out; in the others the next is taken.
            "COALESCE" | "COALESCEEXPR" => {
                if let Some(last) = node.list("args").last() {
                    self.store(last, destination, frame, uses, seen);
                }
            }
            "SUBLINK" if SubLinkType::of(node) == Some(SubLinkType::Expr) => {
                if let Some(query) = node.node("subselect") {
                    self.store_column(query, 1, destination, frame, uses, seen);
                }
            }
            "VAR" => self.store_from(node, destination, frame, uses, seen),
            // `SET spot.shelf = $1`. Fields have no NOT NULL of their own.
            "FIELDSTORE" => {
                self.store(node.get("arg"), destination, frame, uses, seen);
                let field = Destination {
                    takes_null: true,
                    reason: "is stored in a field of a composite value, which takes NULL"
                        .to_owned(),
                };
                for value in node.list("newvals") {
                    self.store(value, &field, frame, uses, seen);
                }
            }
            _ => {}
        }
    }

    /// A column of VALUES, a subquery, a CTE or EXCLUDED.
    fn store_from(
        &self,
        var: &Node<'a>,
        destination: &Destination,
        frame: &Frame<'_, 'a>,
        uses: &mut Uses,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let owner = var.number("varlevelsup").and_then(|up| frame.outer(up));
        let place = (var.number::<usize>("varno"), var.number::<i16>("varattno"));
        let (Some(owner), (Some(table), Some(column))) = (owner, place) else {
            return;
        };
        // A recursive CTE leads back to itself.
        let query = std::ptr::from_ref(owner.query).addr();
        let index = usize::try_from(column).ok().and_then(|c| c.checked_sub(1));
        let (true, Some(index), Some(entry)) = (
            seen.insert((query, table, column)),
            index,
            owner.entry(table),
        ) else {
            return;
        };
        let excluded = owner.query.node("onConflict");
        if excluded.is_some_and(|conflict| conflict.number("exclRelIndex") == Some(table)) {
            let targets = owner.query.nodes("targetList");
            let mut inserted = targets.filter(|target| target.number("resno") == Some(column));
            if let Some(target) = inserted.next() {
                self.store(target.get("expr"), destination, owner, uses, seen);
            }
            return;
        }
        match RteKind::of(entry) {
            Some(RteKind::Subquery) => {
                if let Some(query) = entry.node("subquery") {
                    self.store_column(query, index + 1, destination, owner, uses, seen);
                }
            }
            Some(RteKind::Join) => {
                if let Some(value) = entry.list("joinaliasvars").get(index) {
                    self.store(value, destination, owner, uses, seen);
                }
            }
            Some(RteKind::Values) => {
                for row in entry.list("values_lists") {
                    if let Some(value) = row.items().get(index) {
                        self.store(value, destination, owner, uses, seen);
                    }
                }
            }
            Some(RteKind::Cte) => {
                let name = entry.text("ctename");
                let level = entry.number("ctelevelsup").and_then(|up| owner.outer(up));
                let Some(level) = level else { return };
                let mut ctes = level.query.nodes("cteList");
                let cte = ctes.find(|cte| cte.text("ctename") == name);
                if let Some(query) = cte.and_then(|cte| cte.node("ctequery")) {
                    self.store_column(query, index + 1, destination, level, uses, seen);
                }
            }
            _ => {}
        }
    }

    /// The column of that number, from 1, of a subquery of `around`.
    fn store_column(
        &self,
        query: &Node<'a>,
        number: usize,
        destination: &Destination,
        around: &Frame<'_, 'a>,
        uses: &mut Uses,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let inner = Frame::bare(query, Some(around));
        if !query.get("setOperations").is_nothing() {
            for entry in query.nodes("rtable") {
                if let Some(part) = entry.node("subquery") {
                    self.store_column(part, number, destination, &inner, uses, seen);
                }
            }
            return;
        }
        if let Some(target) = shown_targets(query)
            .nth(number - 1)
            .and_then(Value::as_node)
        {
            self.store(target.get("expr"), destination, &inner, uses, seen);
        }
    }
}

/// Whether a function call is written as a cast, or not written at all.
fn is_cast(call: &Node<'_>) -> bool {
    matches!(
        CoercionForm::of(call),
        Some(CoercionForm::ExplicitCast | CoercionForm::ImplicitCast)
    )
}

/// The parameter that a value is, apart from casts that keep NULL.
fn parameter(value: &Value<'_>) -> Option<(usize, Option<usize>)> {
    let node = value.as_node()?;
    match node.name {
        "PARAM" if ParamKind::of(node) == Some(ParamKind::Extern) => {
            Some((node.number("paramid")?, node.location()))
        }
        "RELABELTYPE" | "COERCEVIAIO" | "COLLATE" | "COLLATEEXPR" | "ARRAYCOERCEEXPR"
        | "COERCETODOMAIN" => parameter(node.get("arg")),
        "FUNCEXPR" if is_cast(node) => parameter(node.list("args").first()?),
        _ => None,
    }
}
