//! Walks over the analysed tree of a statement, and proposes names for the parameters that it meets.

use std::collections::BTreeSet;

use super::expressions::{
    Level, MAX_DEPTH, arguments, column_name, column_of, is_at_time_zone, is_call, is_choice,
    parameter, parameters_of, shown, unwrapped,
};
use super::text::Text;
use super::{Proposals, Rank};
use crate::analyze::node::{CommandType, Node, ParamKind, RteKind, SubLinkType, Value};
use crate::catalog::{Catalog, Oid};

/// Proposes names for the parameters of a statement.
pub(super) fn propose(query: &Node<'_>, sql: &str, catalog: &Catalog, proposals: &mut Proposals) {
    let mut walk = Walk {
        text: Text::new(sql),
        catalog,
        proposals,
    };
    walk.query(query, None, 0);
}

struct Walk<'w> {
    text: Text<'w>,
    catalog: &'w Catalog,
    proposals: &'w mut Proposals,
}

impl<'a> Walk<'_> {
    /// Looks at a query and all below it. What is around an expression is looked at before what is in it.
    fn query(&mut self, query: &Node<'a>, parent: Option<&Level<'_, 'a>>, depth: usize) {
        let level = Level::new(query, parent);
        self.stored(&level);
        for (limit, name) in [("limitCount", "limit"), ("limitOffset", "offset")] {
            self.propose(query.get(limit), name, Rank::Stored, &level);
        }
        let lists: &[_] = match CommandType::of(query) {
            Some(CommandType::Select) => &["targetList"],
            _ => &["returningList"],
        };
        for target in lists.iter().flat_map(|list| shown(query.list(list))) {
            // Most columns have no parameter in them.
            if has_parameter(target.get("expr"), 0)
                && let Some(name) = target.text("resname")
                && self.text.has_alias(&name)
            {
                self.propose_within(target.get("expr"), &name, Rank::Within, 0);
            }
        }
        self.fields(query, &level, depth);
    }

    fn fields(&mut self, node: &Node<'a>, level: &Level<'_, 'a>, depth: usize) {
        for value in node.fields().flat_map(|(_, values)| values) {
            self.walk(value, level, depth + 1);
        }
    }

    fn walk(&mut self, value: &Value<'a>, level: &Level<'_, 'a>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::List(items) => {
                for item in items {
                    self.walk(item, level, depth + 1);
                }
            }
            Value::Node(node) if node.name == "QUERY" => self.query(node, Some(level), depth),
            Value::Node(node) => {
                self.look_at(node, level);
                self.fields(node, level, depth);
            }
            // Aliases of a join repeat what stands below it.
            Value::Nothing
            | Value::Token(_)
            | Value::Bytes(_)
            | Value::Deferred(_)
            | Value::TooDeep => {}
        }
    }

    fn look_at(&mut self, node: &Node<'a>, level: &Level<'_, 'a>) {
        match node.name {
            "OPEXPR" | "DISTINCTEXPR" | "SCALARARRAYOPEXPR" => {
                if let [left, right] = node.list("args") {
                    self.pair(left, right, level);
                }
            }
            "ROWCOMPARE" | "ROWCOMPAREEXPR" => {
                for (left, right) in node.list("largs").iter().zip(node.list("rargs")) {
                    self.pair(left, right, level);
                }
            }
            "BOOLEXPR" => self.between(node, level),
            "CASE" | "CASEEXPR" => self.compared_cases(node, level),
            "SUBLINK" => self.compared_with_subquery(node, level),
            "FUNCEXPR" if is_at_time_zone(node, &self.text) => {
                if let Some(zone) = node.list("args").first() {
                    self.propose(zone, "time_zone", Rank::Direct, level);
                }
            }
            "FUNCEXPR" if self.text.has_words(node.location(), &["OVERLAPS"]) => {
                if let [start, end, other_start, other_end] = node.list("args") {
                    self.pair(start, other_start, level);
                    self.pair(end, other_end, level);
                }
            }
            _ if is_choice(node) => {
                let values = node.list("args");
                let name = values
                    .iter()
                    .find_map(|value| self.column_name(value, level));
                if let Some(name) = name {
                    for value in values {
                        self.propose(value, &name, Rank::Direct, level);
                    }
                }
            }
            _ if is_call(node) => self.call(node, level),
            _ => {}
        }
    }

    fn column_name(&self, value: &Value<'a>, level: &Level<'_, 'a>) -> Option<String> {
        column_name(value, level, &self.text, 0)
    }

    /// Two expressions that are compared or combined: each can name the other.
    fn pair(&mut self, left: &Value<'a>, right: &Value<'a>, level: &Level<'_, 'a>) {
        for (named, other) in [(left, right), (right, left)] {
            if let Some(name) = self.column_name(named, level) {
                self.propose(other, &name, Rank::Direct, level);
            }
        }
    }

    /// Postgres makes two comparisons of BETWEEN, and leaves its place at them.
    fn between(&mut self, both: &Node<'a>, level: &Level<'_, 'a>) {
        let place = both.location();
        let is_between = [["BETWEEN"].as_slice(), &["NOT", "BETWEEN"]];
        if !is_between
            .iter()
            .any(|words| self.text.has_words(place, words))
        {
            return;
        }
        let [Value::Node(first), Value::Node(second)] = both.list("args") else {
            return;
        };
        let ([value, low], [_, high]) = (first.list("args"), second.list("args")) else {
            return;
        };
        // BETWEEN SYMMETRIC is two of these, each of which comes here.
        if [first.name, second.name] != ["OPEXPR", "OPEXPR"] {
            return;
        }
        if let Some(name) = self.column_name(value, level) {
            self.propose(low, &format!("from_{name}"), Rank::Direct, level);
            self.propose(high, &format!("to_{name}"), Rank::Direct, level);
        } else {
            let mut limits = [low, high].into_iter();
            if let Some(name) = limits.find_map(|limit| self.column_name(limit, level)) {
                self.propose(value, &name, Rank::Direct, level);
            }
        }
    }

    /// `CASE status WHEN $1`.
    fn compared_cases(&mut self, case: &Node<'a>, level: &Level<'_, 'a>) {
        if case.get("arg").is_nothing() {
            return;
        }
        for when in case.nodes("args") {
            let comparison = when.node("expr").map(|comparison| comparison.list("args"));
            if let Some([_, value]) = comparison {
                self.pair(case.get("arg"), value, level);
            }
        }
    }

    /// `$1 IN (SELECT user_id …)`.
    fn compared_with_subquery(&mut self, sublink: &Node<'a>, level: &Level<'_, 'a>) {
        let Some(query) = sublink.node("subselect") else {
            return;
        };
        let inner = Level::new(query, Some(level));
        let test = sublink.node("testexpr");
        let all = test.filter(|test| test.name == "BOOLEXPR");
        let comparisons = all.into_iter().flat_map(|all| all.nodes("args"));
        for comparison in comparisons.chain(test) {
            let [value, column] = comparison.list("args") else {
                continue;
            };
            let column = unwrapped(column).as_node();
            let is_of_subquery = |node: &&Node<'a>| ParamKind::of(node) == Some(ParamKind::SubLink);
            let number = column
                .filter(is_of_subquery)
                .and_then(|column| column.number::<usize>("paramid"));
            let target = number
                .and_then(|number| shown(query.list("targetList")).nth(number.checked_sub(1)?));
            let name = target.and_then(|target| {
                let alias = target
                    .text("resname")
                    .filter(|name| self.text.has_alias(name));
                let alias = alias.map(Into::into);
                alias.or_else(|| self.column_name(target.get("expr"), &inner))
            });
            if let Some(name) = name {
                self.propose(value, &name, Rank::Direct, level);
            }
        }
    }

    /// The arguments of a call: by their own names where the function has them, else by the function's.
    fn call(&mut self, call: &Node<'a>, level: &Level<'_, 'a>) {
        let Some(function) = self.text.function(call.location()) else {
            return;
        };
        let oid = ["funcid", "aggfnoid", "winfnoid"]
            .into_iter()
            .find_map(|field| call.number::<Oid>(field));
        let known = oid.and_then(|oid| self.catalog.functions.get(&oid));
        let names = known.map_or([].as_slice(), |known| &known.argument_names);
        for (position, value) in arguments(call).enumerate() {
            let written = value.as_node().filter(|node| node.name == "NAMEDARGEXPR");
            let own = match written {
                Some(written) => written.text("name").map(Into::into),
                None => names.get(position).filter(|name| !name.is_empty()).cloned(),
            };
            let name = own.as_ref().unwrap_or(&function);
            self.propose(value, name, Rank::Direct, level);
        }
    }

    /// What INSERT, UPDATE, ON CONFLICT and MERGE store, by the columns of the target.
    fn stored(&mut self, level: &Level<'_, 'a>) {
        let query = level.query;
        let writes = matches!(
            CommandType::of(query),
            Some(CommandType::Update | CommandType::Insert | CommandType::Merge)
        );
        let target = query.number("resultRelation").filter(|_| writes);
        let Some(table) = target.and_then(|target| level.entry(target)) else {
            return;
        };
        let conflict = query.node("onConflict");
        let lists = [query.list("targetList")]
            .into_iter()
            .chain(conflict.map(|conflict| conflict.list("onConflictSet")))
            .chain(
                query
                    .nodes("mergeActionList")
                    .map(|action| action.list("targetList")),
            );
        for target in lists.flat_map(shown) {
            let number = target.number::<i16>("resno");
            if let Some(name) = number.and_then(|number| column_of(table, number)) {
                let mut seen = BTreeSet::new();
                self.store(target.get("expr"), &name, Rank::Stored, level, &mut seen);
            }
        }
    }

    fn store(
        &mut self,
        value: &Value<'a>,
        name: &str,
        rank: Rank,
        level: &Level<'_, 'a>,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let Some(node) = unwrapped(value).as_node() else {
            return;
        };
        match node.name {
            // `SET tags[1] = $1` and `SET address.city = $1` store the column with that part changed.
            "SUBSCRIPTINGREF" if !node.get("refassgnexpr").is_nothing() => {
                self.store(node.get("refassgnexpr"), name, rank, level, seen);
            }
            "FIELDSTORE" => {
                for value in node.list("newvals") {
                    self.store(value, name, rank, level, seen);
                }
            }
            "PARAM" if ParamKind::of(node) == Some(ParamKind::MultiExpr) => {
                self.store_of_row(node, name, level, seen);
            }
            "VAR" => self.store_from(node, name, rank, level, seen),
            _ => self.propose(value, name, rank, level),
        }
    }

    /// `SET (a, b) = (SELECT $1, $2)`.
    fn store_of_row(
        &mut self,
        column: &Node<'a>,
        name: &str,
        level: &Level<'_, 'a>,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        // The number of the subquery, and that of its column.
        let Some((subquery, number)) = column
            .number::<usize>("paramid")
            .map(|id| (id >> 16, id & 0xffff))
        else {
            return;
        };
        let sublinks = level
            .query
            .nodes("targetList")
            .filter_map(|target| target.node("expr"));
        let mut sublinks = sublinks.filter(|node| {
            SubLinkType::of(node) == Some(SubLinkType::MultiExpr)
                && node.number("subLinkId") == Some(subquery)
        });
        if let Some(query) = sublinks
            .next()
            .and_then(|sublink| sublink.node("subselect"))
        {
            self.store_column(query, number, name, Rank::Stored, level, seen);
        }
    }

    /// A column of VALUES, a subquery or a CTE.
    fn store_from(
        &mut self,
        var: &Node<'a>,
        name: &str,
        rank: Rank,
        level: &Level<'_, 'a>,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let owner = var.number("varlevelsup").and_then(|up| level.outer(up));
        let place = (var.number::<usize>("varno"), var.number::<i16>("varattno"));
        let (Some(owner), (Some(table), Some(column))) = (owner, place) else {
            return;
        };
        let (Some(entry), Ok(number)) = (owner.entry(table), usize::try_from(column)) else {
            return;
        };
        // A recursive CTE leads back to itself.
        let query = std::ptr::from_ref(owner.query).addr();
        if number == 0 || !seen.insert((query, table, column)) {
            return;
        }
        // The rows of INSERT itself, or what a subquery of them hands on.
        let is_insert = CommandType::of(owner.query) == Some(CommandType::Insert);
        let rank = if is_insert { rank } else { Rank::HandedOn };
        match RteKind::of(entry) {
            Some(RteKind::Subquery) => {
                if let Some(query) = entry.node("subquery") {
                    self.store_column(query, number, name, rank, owner, seen);
                }
            }
            Some(RteKind::Values) => {
                for row in entry.list("values_lists") {
                    if let Some(value) = row.items().get(number - 1) {
                        self.store(value, name, rank, owner, seen);
                    }
                }
            }
            Some(RteKind::Cte) => {
                let cte = entry.text("ctename");
                let level = entry.number("ctelevelsup").and_then(|up| owner.outer(up));
                let Some(level) = level else { return };
                let mut ctes = level.query.nodes("cteList");
                let found = ctes.find(|found| found.text("ctename") == cte);
                if let Some(query) = found.and_then(|found| found.node("ctequery")) {
                    self.store_column(query, number, name, Rank::HandedOn, level, seen);
                }
            }
            _ => {}
        }
    }

    /// The column of that number, from 1, of a subquery of `around`.
    fn store_column(
        &mut self,
        query: &Node<'a>,
        number: usize,
        name: &str,
        rank: Rank,
        around: &Level<'_, 'a>,
        seen: &mut BTreeSet<(usize, usize, i16)>,
    ) {
        let inner = Level::new(query, Some(around));
        if !query.get("setOperations").is_nothing() {
            for part in query
                .nodes("rtable")
                .filter_map(|entry| entry.node("subquery"))
            {
                self.store_column(part, number, name, rank, &inner, seen);
            }
            return;
        }
        let list = match CommandType::of(query) {
            Some(CommandType::Select) => "targetList",
            _ => "returningList",
        };
        if let Some(target) = number
            .checked_sub(1)
            .and_then(|index| shown(query.list(list)).nth(index))
        {
            self.store(target.get("expr"), name, rank, &inner, seen);
        }
    }

    /// Names the parameters that `value` is a form of, and those that are part of it.
    fn propose(&mut self, value: &Value<'a>, name: &str, rank: Rank, level: &Level<'_, 'a>) {
        for (number, place) in parameters_of(value, level, &self.text, 0) {
            self.proposals.add(number, rank, place, name);
        }
        self.propose_within(value, name, rank.max(Rank::Within), 0);
    }

    /// Names the parameters whose value may become part of `value`. A condition decides about it, and is no part of it.
    fn propose_within(&mut self, value: &Value<'a>, name: &str, rank: Rank, depth: usize) {
        visit_parts(value, depth, &mut |number, place| {
            self.proposals.add(number, rank, place, name);
        });
    }
}

/// Whether there is a parameter in what [`visit_parts`] visits.
fn has_parameter(value: &Value<'_>, depth: usize) -> bool {
    let mut found = false;
    visit_parts(value, depth, &mut |_, _| found = true);
    found
}

/// Visits the parameters whose value may become part of `value`, with their places.
fn visit_parts(value: &Value<'_>, depth: usize, visit: &mut dyn FnMut(usize, usize)) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::List(items) => {
            for item in items {
                visit_parts(item, depth + 1, visit);
            }
        }
        Value::Node(node) => {
            if let Some((number, place)) = parameter(node) {
                visit(number, place);
            }
            let parts: &[&str] = match node.name {
                "WHEN" | "CASEWHEN" => &["result"],
                "SUBLINK" if SubLinkType::of(node) == Some(SubLinkType::Exists) => &[],
                "SUBLINK" => &["subselect"],
                "QUERY" => &["targetList"],
                _ => {
                    for (field, values) in node.fields() {
                        if field != "aggfilter" {
                            for value in values {
                                visit_parts(value, depth + 1, visit);
                            }
                        }
                    }
                    return;
                }
            };
            for part in parts {
                visit_parts(node.get(part), depth + 1, visit);
            }
        }
        Value::Nothing
        | Value::Token(_)
        | Value::Bytes(_)
        | Value::Deferred(_)
        | Value::TooDeep => {}
    }
}
