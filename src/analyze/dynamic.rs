//! Queries whose text depends on the call, by `-- @optional`, `-- @sort` and `-- @page`: which parts of it do, and every text that is
//! checked.
//!
//! Each assignment of a `SET` and each item of a `VALUES` stands for one column. With more optional parameters than have all
//! their combinations checked, a column that is shown as it is stored is never NULL in any text if it is not in the text with
//! all of them and not in the text with none, since it depends on its own assignment alone. Of any other column nothing is
//! claimed then.
//!
//! There is one more text, which no call sends: that with a switch for each parameter that may be missing: `(NOT NOT c OR $7)`
//! for a condition `c`. By the values of its switches it gives the rows of each of the texts, however many there are and
//! wherever the conditions stand. So a column that is never NULL in it is never NULL in any.

mod mistakes;
mod pages;
mod trees;
mod weaken;
mod writes;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;

use super::describe::{Describer, Description};
use super::naming;
use super::node;
use super::overrides::unknown;
use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic, in_words};
use crate::error::Result;
use crate::ir::{self, Assignment, COMBINED, Condition, Dynamic, MAX_OPTIONAL, Ordering};
use crate::source::Rewritten;
use crate::syntax::{Conjunct, Named, OrderPlace, Query, lex, order_place, parts};

pub(super) use weaken::{weaken, weaken_computed};

use mistakes::{
    check_orders, contradiction, difference, explain, in_order, nothing_to_set, of_many, undecided,
    without_order,
};

/// What of a query's text depends on the call, and the texts that this makes.
struct Plan {
    dynamic: Dynamic,
    variants: Vec<Variant>,
}

/// A query as some calls send it.
pub(super) struct Variant {
    query: Query,
    /// The types of its parameters, as far as they are declared.
    types: Vec<Type>,
    /// Which of the texts it is: "with `status` left out".
    what: String,
    kind: Kind,
}

/// What makes a variant another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Conditions that are left out.
    LeftOut,
    /// The switches beside its conditions.
    Switched,
    /// The same, with all assignments and values left out that can be.
    Bare,
    Order,
    /// A page of its rows.
    Page,
}

/// What a query's directives say of its text. `names` are those of its parameters.
fn plan(
    query: &Query,
    description: &Description,
    names: &[String],
) -> std::result::Result<Plan, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    diagnostics.extend(of_many(query));
    let optional = optional(query, names, &mut diagnostics);
    check_orders(query, names, &optional, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let sql = query.sql.text();
    let numbers = optional.iter().map(|index| index + 1).collect();
    let mut found = parts(sql, &numbers).map_err(|unusable| vec![explain(query, unusable)])?;
    let conditions = std::mem::take(&mut found.conditions);
    let conditions = conditions
        .into_iter()
        .map(|found| condition(sql, found, description))
        .collect();
    let mut dynamic = Dynamic {
        optional,
        conditions,
        ..Dynamic::default()
    };
    writes::add(&mut dynamic, sql, found);
    if dynamic.may_set_nothing() && dynamic.reading.is_none() {
        return Err(vec![nothing_to_set(query, &dynamic)]);
    }
    let contradictions = query.optional().filter(|named| {
        let is_it = |index: &usize| ir::is_same_name(&names[*index], &named.name);
        let mut needed = dynamic.conditions.iter().flat_map(|found| &found.needs);
        needed.any(is_it)
    });
    let contradictions = contradictions.filter_map(|named| contradiction(query, named));
    let contradictions: Vec<_> = contradictions.collect();
    if !contradictions.is_empty() {
        return Err(contradictions);
    }
    if let Some(first) = query.orders.first() {
        let place = order_place(sql).map_err(|verb| vec![without_order(&first.key, verb)])?;
        let at = match place {
            OrderPlace::Written(list) => list,
            OrderPlace::Missing(at) => at..at,
        };
        let mut inside = dynamic.conditions.iter();
        let is_inside =
            |condition: &&Condition| at.start < condition.at.end && condition.at.start < at.end;
        if let Some(condition) = inside.find(is_inside) {
            let place = query.origin(condition.at.clone());
            return Err(vec![in_order(&place, &first.key)]);
        }
        let (space_before, space_after) = spaces(sql, &at);
        let orders = query.orders.iter().map(|order| ir::Order {
            key: order.key.name.clone(),
            sql: [space_before, order.sql.text(), space_after].concat(),
        });
        dynamic.ordering = Some(Ordering {
            at,
            orders: orders.collect(),
        });
    }
    let variants = variants(query, &dynamic, names, description);
    Ok(Plan { dynamic, variants })
}

/// The places of the parameters that `@optional` names.
fn optional(query: &Query, names: &[String], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut found: Vec<(usize, &Named)> = Vec::new();
    for named in query.optional() {
        let is_it = |known: &String| ir::is_same_name(known, &named.name);
        let Some(index) = names.iter().position(is_it) else {
            diagnostics.push(unknown("parameter", query, &named.place, names));
            continue;
        };
        if let Some((_, first)) = found.iter().find(|(known, _)| *known == index) {
            let message = format!("`@optional` names `{}` twice", named.name);
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, message)
                    .at(named.place.clone(), "the second time")
                    .also(first.place.clone(), "the first time")
                    .help("once is enough"),
            );
            continue;
        }
        found.push((index, named));
    }
    if let Some((_, named)) = found.get(MAX_OPTIONAL) {
        let message = format!("a query has up to {MAX_OPTIONAL} optional parameters");
        diagnostics.push(
            Diagnostic::error(Code::InvalidDirective, message)
                .at(named.place.clone(), "")
                .help("make several queries of it"),
        );
    }
    found.into_iter().map(|(index, _)| index).collect()
}

/// What is sent without a condition. Where nothing else would tell the server the type of a parameter, that of the schema
/// for instance, or that a query around it has an aggregate, the condition stays in it for that alone: the planner drops
/// it as it drops `true`.
fn condition(sql: &str, found: Conjunct, description: &Description) -> Condition {
    let text = &sql[found.range.clone()];
    let tokens = lex(text);
    let numbers = tokens.iter().filter_map(|token| token.number(text));
    let mut types = numbers.filter_map(|number| description.parameters.get(number.checked_sub(1)?));
    let tree = description.tree.as_deref();
    let is_needed = tree.is_some_and(|tree| trees::groups_outside(tree, &found.range));
    let otherwise = if is_needed || !types.all(is_declared) {
        format!("(true OR {text})")
    } else if spaces(sql, &found.range) != ("", "") {
        "(true)".to_owned()
    } else {
        "true".to_owned()
    };
    Condition {
        at: found.range,
        needs: found.parameters.iter().map(|number| number - 1).collect(),
        otherwise,
    }
}

/// The spaces to put around a word in the place of this part of the text: `ORDER BY(a)LIMIT 1` needs none.
fn spaces(sql: &str, part: &Range<usize>) -> (&'static str, &'static str) {
    let space = |beside: Option<char>| {
        let is_of_word = beside.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
        if is_of_word { " " } else { "" }
    };
    let before = sql[..part.start].chars().next_back();
    let before = before.filter(|_| !part.is_empty());
    (space(before), space(sql[part.end..].chars().next()))
}

/// Whether generated code declares the type, since it is the same on every server.
fn is_declared(ty: &Type) -> bool {
    Type::from_oid(ty.oid()).is_some()
}

/// All texts to check beside that with everything, each once.
fn variants(
    query: &Query,
    dynamic: &Dynamic,
    names: &[String],
    description: &Description,
) -> Vec<Variant> {
    let mut texts = BTreeSet::from([query.sql.text().to_owned()]);
    let mut variants = Vec::new();
    let mut add = |sql: Rewritten, what: String, kind: Kind| {
        if texts.insert(sql.text().to_owned()) {
            let types = writes::types(sql.text(), description);
            variants.push(Variant::new(query, sql, types, what, kind));
        }
    };
    for missing in choices(&dynamic.optional) {
        let left_out: Vec<String> = missing
            .iter()
            .map(|&index| format!("`{}`", names[index]))
            .collect();
        let what = format!("with {} left out", in_words(&left_out, "and"));
        let instead = |condition: &Condition| {
            let is_missing = condition.needs.iter().any(|index| missing.contains(index));
            is_missing.then(|| condition.otherwise.clone())
        };
        let is_missing = |part: &Assignment| part.needs.iter().any(|index| missing.contains(index));
        let sql = text(query, dynamic, instead, is_missing, None);
        add(sql, what, Kind::LeftOut);
    }
    for (order, named) in query.orders.iter().enumerate() {
        let what = format!("in the order `{}`", named.key.name);
        let sql = text(query, dynamic, |_| None, |_| false, Some(order));
        add(sql, what, Kind::Order);
    }
    if !dynamic.conditions.is_empty() {
        let count = description.parameters.len();
        variants.push(switched(query, dynamic, count, Kind::Switched, |_| true));
        if dynamic.optional.len() > COMBINED && writes::are_dynamic(dynamic) {
            variants.push(switched(query, dynamic, count, Kind::Bare, |_| true));
        }
    }
    variants
}

/// The query with switches beside those of its conditions that are asked for: parameters after the `count` that it has.
/// `kind` says whether it has its assignments and values.
fn switched(
    query: &Query,
    dynamic: &Dynamic,
    count: usize,
    kind: Kind,
    has_switches: impl Fn(&Condition) -> bool,
) -> Variant {
    let instead = |condition: &Condition| {
        let mut sql = format!("(NOT NOT {}", &query.sql.text()[condition.at.clone()]);
        for index in &condition.needs {
            let mut optional = dynamic.optional.iter();
            let switch = optional.position(|optional| optional == index)?;
            let _ = write!(sql, " OR ${}", count + switch + 1);
        }
        has_switches(condition).then(|| sql + ")")
    };
    let is_missing = |part: &Assignment| kind == Kind::Bare && !part.needs.is_empty();
    let sql = text(query, dynamic, instead, is_missing, None);
    let mentioned = writes::mentioned(sql.text());
    let types = (1..=count).map(|number| {
        if mentioned.contains(&number) {
            Type::UNKNOWN
        } else {
            Type::TEXT
        }
    });
    let mut types: Vec<Type> = types.collect();
    types.resize(count + dynamic.optional.len(), Type::BOOL);
    let what = "with some conditions left out".to_owned();
    Variant::new(query, sql, types, what, kind)
}

/// The sets of parameters that are left out in some text to check.
fn choices(optional: &[usize]) -> Vec<BTreeSet<usize>> {
    let all: BTreeSet<usize> = optional.iter().copied().collect();
    if optional.len() <= COMBINED {
        let subsets = 1..1_usize << optional.len();
        let subset = |bits: usize| {
            let places = optional.iter().enumerate();
            let places = places.filter(|(place, _)| bits >> place & 1 == 1);
            places.map(|(_, index)| *index).collect()
        };
        return subsets.map(subset).collect();
    }
    let each = optional.iter().map(|index| BTreeSet::from([*index]));
    let mut choices: Vec<_> = each.collect();
    choices.extend(optional.iter().map(|alone| {
        let mut others = all.clone();
        others.remove(alone);
        others
    }));
    choices.push(all);
    choices
}

/// The text with what `instead` gives in the place of conditions, without the assignments and values that are missing, in
/// that order.
fn text(
    query: &Query,
    dynamic: &Dynamic,
    instead: impl Fn(&Condition) -> Option<String>,
    is_missing: impl Fn(&Assignment) -> bool,
    order: Option<usize>,
) -> Rewritten {
    let mut changes = changes(query, dynamic, instead);
    changes.extend(writes::changes(query, dynamic, is_missing));
    if let (Some(ordering), Some(order)) = (&dynamic.ordering, order) {
        let order = &query.orders[order];
        let mut instead = Rewritten::default();
        let (start, end) = (order.list.range.start, order.list.range.end);
        let (space_before, space_after) = spaces(query.sql.text(), &ordering.at);
        instead.replace(ordering.introduction(), start..start);
        instead.replace(space_before, start..start);
        instead.append(&order.sql, str::to_owned);
        instead.replace(space_after, end..end);
        changes.push((ordering.at.clone(), instead));
    }
    spliced(query, changes)
}

/// What `instead` gives in the place of conditions, each with their bytes.
fn changes(
    query: &Query,
    dynamic: &Dynamic,
    instead: impl Fn(&Condition) -> Option<String>,
) -> Vec<(Range<usize>, Rewritten)> {
    let mut changes: Vec<(Range<usize>, Rewritten)> = Vec::new();
    for condition in &dynamic.conditions {
        let Some(sent) = instead(condition) else {
            continue;
        };
        let mut instead = Rewritten::default();
        let origin = query.origin(condition.at.clone()).range;
        let text = &query.sql.text()[condition.at.clone()];
        match sent.split_once(text) {
            Some((before, after)) => {
                instead.replace(before, origin.start..origin.start);
                instead.append_range(&query.sql, condition.at.clone());
                instead.replace(after, origin.end..origin.end);
            }
            None => instead.replace(&sent, origin),
        }
        changes.push((condition.at.clone(), instead));
    }
    changes
}

/// The query's text with these changes.
fn spliced(query: &Query, mut changes: Vec<(Range<usize>, Rewritten)>) -> Rewritten {
    changes.sort_by_key(|(range, _)| range.start);
    let mut sql = Rewritten::default();
    let mut copied = 0;
    for (range, instead) in changes {
        sql.append_range(&query.sql, copied..range.start);
        sql.append(&instead, str::to_owned);
        copied = range.end;
    }
    sql.append_range(&query.sql, copied..query.sql.text().len());
    sql
}

/// What Postgres says of the texts of a query.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) dynamic: Option<Dynamic>,
    /// Each variant that Postgres accepts, with what it says of it; among them those with switches, if they are not all
    /// that calls send.
    pub(super) variants: Vec<(Variant, Description)>,
    /// The texts of its pages.
    pages: Vec<(Variant, Description)>,
}

impl Checked {
    /// The variants that calls send, each with what Postgres says of it and which text it is.
    pub(super) fn sent(&self) -> impl Iterator<Item = (&Query, &Description, &str)> {
        let sent = self.variants.iter().chain(&self.pages);
        let sent = sent.filter(|(variant, _)| !matches!(variant.kind, Kind::Switched | Kind::Bare));
        sent.map(|(variant, found)| (&variant.query, found, variant.what.as_str()))
    }
}

/// A variant that Postgres refuses.
pub(super) struct Refused {
    variant: Variant,
    pub(super) error: Box<DbError>,
}

impl Variant {
    fn new(query: &Query, sql: Rewritten, types: Vec<Type>, what: String, kind: Kind) -> Self {
        let query = Query {
            sql,
            ..query.clone()
        };
        Self {
            query,
            types,
            what,
            kind,
        }
    }
}

impl Refused {
    pub(super) fn query(&self) -> &Query {
        &self.variant.query
    }

    /// The refusal, given as that of any query.
    pub(super) fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        let (name, what) = (self.variant.query.name.text(), &self.variant.what);
        diagnostic.note(format!("this is `{name}` {what}"))
    }
}

/// Has Postgres check every text of the queries that have several; `None` for one that is refused, which is reported.
#[expect(clippy::too_many_lines, reason = "one step after the other")]
pub(super) async fn check(
    describer: &Describer<'_>,
    queries: impl Iterator<Item = (&Query, &Description)>,
    catalog: &Catalog,
    refused: &mut Vec<Refused>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Option<Checked>>> {
    let queries: Vec<_> = queries.collect();
    let plans = queries.iter().map(|(query, description)| {
        if query.optional().next().is_none() && query.orders.is_empty() && query.paging().is_none()
        {
            return Some(None);
        }
        let count = description.parameters.len();
        let names = naming::parameter_names(query, count, description.tree.as_deref(), catalog);
        match plan(query, description, &names) {
            Ok(plan) => Some(Some(plan)),
            Err(mistakes) => {
                diagnostics.extend(mistakes);
                None
            }
        }
    });
    let plans: Vec<Option<Option<Plan>>> = plans.collect();
    let variants = plans
        .iter()
        .flatten()
        .flatten()
        .flat_map(|plan| &plan.variants);
    let statements: Vec<_> = variants
        .map(|variant| (variant.query.sql.text(), variant.types.as_slice()))
        .collect();
    let mut outcomes = match statements.as_slice() {
        [] => Vec::new(),
        statements => describer.describe_typed(statements).await?,
    }
    .into_iter();
    let mut checked = Vec::with_capacity(queries.len());
    for ((query, known), plan) in queries.into_iter().zip(plans) {
        let Some(mut plan) = plan else {
            checked.push(None);
            continue;
        };
        let Some(plan) = &mut plan else {
            checked.push(Some(Checked::default()));
            continue;
        };
        let mut mistakes: Vec<Refused> = Vec::new();
        let mut differences = Vec::new();
        let mut variants = Vec::new();
        let mut is_cut_right = true;
        for (variant, outcome) in std::mem::take(&mut plan.variants)
            .into_iter()
            .zip(&mut outcomes)
        {
            match outcome {
                // Without it, nothing is known of what calls can send.
                Err(error) if variant.kind == Kind::Bare => {
                    mistakes.push(Refused { variant, error });
                }
                Ok(found) if variant.kind == Kind::Bare => variants.push((variant, found)),
                outcome if variant.kind == Kind::Switched => {
                    is_cut_right = is_same_statement(known, outcome.as_ref().ok());
                    let found = outcome.ok();
                    let found = found.filter(|_| plan.dynamic.optional.len() > COMBINED);
                    variants.extend(found.map(|found| (variant, found)));
                }
                Ok(found) => {
                    differences.extend(difference(query, known, &variant, &found));
                    variants.push((variant, found));
                }
                Err(_) if writes::reads_only(&plan.dynamic, &variant) => {
                    // What the UPDATE may say in its RETURNING, a SELECT may not: OLD and NEW.
                    differences.push(nothing_to_set(query, &plan.dynamic));
                }
                Err(error) => {
                    // What is wrong with one condition left out is wrong with more of them, too.
                    let is_order = |variant: &Variant| variant.kind == Kind::Order;
                    let is_news =
                        |before: &Refused| is_order(&variant) || is_order(&before.variant);
                    if mistakes.iter().all(is_news) {
                        mistakes.push(Refused { variant, error });
                    }
                }
            }
        }
        if !is_cut_right {
            let condition = wrongly_cut(describer, query, known, &plan.dynamic).await?;
            diagnostics.push(undecided(query, condition));
            checked.push(None);
            continue;
        }
        differences.truncate(1);
        let is_sound = mistakes.is_empty() && differences.is_empty();
        diagnostics.extend(differences);
        refused.extend(mistakes);
        if !is_sound {
            checked.push(None);
            continue;
        }
        let mut found = Checked {
            dynamic: None,
            variants,
            pages: Vec::new(),
        };
        if let Some(paging) = query.paging() {
            match pages::check(describer, query, paging, known, &plan.dynamic, catalog).await? {
                Ok((paging, pages)) => {
                    plan.dynamic.paging = Some(paging);
                    found.pages = pages;
                }
                Err(pages::Wrong::Mistakes(mistakes)) => {
                    diagnostics.extend(mistakes);
                    checked.push(None);
                    continue;
                }
                Err(pages::Wrong::Refused(mistake)) => {
                    refused.push(*mistake);
                    checked.push(None);
                    continue;
                }
            }
        }
        found.dynamic = Some(plan.dynamic.clone());
        checked.push(Some(found));
    }
    Ok(checked)
}

/// Whether the text with switches is the statement that is written. One that Postgres refuses is none.
fn is_same_statement(written: &Description, switched: Option<&Description>) -> bool {
    switched.is_some_and(
        |switched| match (written.tree.as_deref(), switched.tree.as_deref()) {
            (Some(tree), Some(switched)) => {
                trees::is_same_statement(tree, switched, written.parameters.len())
            }
            _ => true,
        },
    )
}

/// Which of the conditions is none, of those of a query whose text with all switches is another statement.
async fn wrongly_cut<'d>(
    describer: &Describer<'_>,
    query: &Query,
    known: &Description,
    dynamic: &'d Dynamic,
) -> Result<Option<&'d Condition>> {
    for condition in &dynamic.conditions {
        let is_it = |other: &Condition| other.at == condition.at;
        let count = known.parameters.len();
        let variant = switched(query, dynamic, count, Kind::Switched, is_it);
        let text = [(variant.query.sql.text(), variant.types.as_slice())];
        let found = describer.describe_typed(&text).await?.pop();
        if !is_same_statement(known, found.and_then(std::result::Result::ok).as_ref()) {
            return Ok(Some(condition));
        }
    }
    Ok(dynamic.conditions.first())
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
