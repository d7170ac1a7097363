//! Queries whose text depends on the call, by `-- @optional` and `-- @sort`: which parts of it do, and every text that is
//! checked.

mod mistakes;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;

use super::describe::{Describer, Description};
use super::naming;
use super::nullability::Inference;
use super::overrides::unknown;
use super::reasoned;
use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic, in_words};
use crate::error::Result;
use crate::ir::{self, COMBINED, Condition, Dynamic, Ordering};
use crate::source::Rewritten;
use crate::syntax::{Conjunct, Named, OrderPlace, Query, conjuncts, lex, order_place};

use mistakes::{
    check_orders, contradiction, difference, explain, in_order, of_many, without_order,
};

/// How many a query can have: generated code counts them in the bits of a number.
const MAX_OPTIONAL: usize = 64;

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
    /// Whether it differs by its order.
    is_ordered: bool,
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
    let found = conjuncts(sql, &numbers).map_err(|unusable| vec![explain(query, unusable)])?;
    let conditions = found
        .into_iter()
        .map(|found| condition(sql, found, description))
        .collect();
    let mut dynamic = Dynamic {
        optional,
        conditions,
        ordering: None,
    };
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
        let orders = query.orders.iter().map(|order| ir::Order {
            key: order.key.name.clone(),
            sql: order.sql.text().to_owned(),
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
        diagnostics.extend(contradiction(query, named));
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
/// for instance, the condition stays in it for that alone: the planner drops it as it drops `true`.
fn condition(sql: &str, found: Conjunct, description: &Description) -> Condition {
    let text = &sql[found.range.clone()];
    let tokens = lex(text);
    let numbers = tokens.iter().filter_map(|token| token.number(text));
    let mut types = numbers.filter_map(|number| description.parameters.get(number.checked_sub(1)?));
    let otherwise = if types.all(is_declared) {
        "true".to_owned()
    } else {
        format!("(true OR {text})")
    };
    Condition {
        at: found.range,
        needs: found.parameters.iter().map(|number| number - 1).collect(),
        otherwise,
    }
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
    let types = description.parameters.iter();
    let types: Vec<Type> = types
        .map(|ty| {
            if is_declared(ty) {
                ty.clone()
            } else {
                Type::UNKNOWN
            }
        })
        .collect();
    let mut texts = BTreeSet::from([query.sql.text().to_owned()]);
    let mut variants = Vec::new();
    let mut add = |sql: Rewritten, what: String, is_ordered: bool| {
        if texts.insert(sql.text().to_owned()) {
            variants.push(Variant {
                query: Query {
                    sql,
                    ..query.clone()
                },
                types: types.clone(),
                what,
                is_ordered,
            });
        }
    };
    for missing in choices(&dynamic.optional) {
        let left_out: Vec<String> = missing
            .iter()
            .map(|&index| format!("`{}`", names[index]))
            .collect();
        let what = format!("with {} left out", in_words(&left_out, "and"));
        add(text(query, dynamic, &missing, None), what, false);
    }
    for (order, named) in query.orders.iter().enumerate() {
        let what = format!("in the order `{}`", named.key.name);
        let sql = text(query, dynamic, &BTreeSet::new(), Some(order));
        add(sql, what, true);
    }
    variants
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

/// The text without these parameters, in that order.
fn text(
    query: &Query,
    dynamic: &Dynamic,
    missing: &BTreeSet<usize>,
    order: Option<usize>,
) -> Rewritten {
    let mut changes: Vec<(Range<usize>, Rewritten)> = Vec::new();
    for condition in &dynamic.conditions {
        if !condition.needs.iter().any(|index| missing.contains(index)) {
            continue;
        }
        let mut instead = Rewritten::default();
        let origin = query.origin(condition.at.clone()).range;
        let text = &query.sql.text()[condition.at.clone()];
        match condition.otherwise.split_once(text) {
            Some((before, after)) => {
                instead.replace(before, origin.start..origin.start);
                instead.append_range(&query.sql, condition.at.clone());
                instead.replace(after, origin.end..origin.end);
            }
            None => instead.replace(&condition.otherwise, origin),
        }
        changes.push((condition.at.clone(), instead));
    }
    if let (Some(ordering), Some(order)) = (&dynamic.ordering, order) {
        let order = &query.orders[order];
        let mut instead = Rewritten::default();
        let start = order.list.range.start;
        instead.replace(ordering.introduction(), start..start);
        instead.append(&order.sql, str::to_owned);
        changes.push((ordering.at.clone(), instead));
    }
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

/// Takes from what is known of a query's columns what does not hold for a variant of it.
pub(super) fn weaken(known: &mut Inference, variant: &Variant, found: &Inference) {
    // An order takes no part in it.
    if variant.is_ordered {
        return;
    }
    let columns = known.columns.iter_mut().enumerate();
    for (index, column) in columns {
        let Some(found) = found.columns.get(index) else {
            column.nullable = true;
            column.elements = None;
            column.location = None;
            column.reason = format!("rowsmith could not follow the query {}", variant.what);
            continue;
        };
        if !column.nullable {
            // The last variant has the fewest conditions: what it gives as a reason holds for all.
            column.reason = reasoned(&variant.query, Some(found), " at").reason;
            column.location = None;
        }
        if found.nullable && !column.nullable {
            column.nullable = true;
            let _ = write!(column.reason, ", {}", variant.what);
        }
        if found.elements.is_none() {
            column.elements = None;
        }
    }
}

/// What Postgres says of the texts of a query.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) dynamic: Option<Dynamic>,
    /// Each variant that Postgres accepts, with what it says of it.
    pub(super) variants: Vec<(Variant, Description)>,
}

/// A variant that Postgres refuses.
pub(super) struct Refused {
    variant: Variant,
    pub(super) error: Box<DbError>,
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
pub(super) async fn check(
    describer: &Describer<'_>,
    queries: impl Iterator<Item = (&Query, &Description)>,
    catalog: &Catalog,
    refused: &mut Vec<Refused>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Option<Checked>>> {
    let queries: Vec<_> = queries.collect();
    let plans = queries.iter().map(|(query, description)| {
        if query.optional().next().is_none() && query.orders.is_empty() {
            return Some(None);
        }
        let names = naming::parameter_names(query, description.parameters.len(), catalog);
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
        let Some(plan) = plan else {
            checked.push(None);
            continue;
        };
        let Some(plan) = plan else {
            checked.push(Some(Checked::default()));
            continue;
        };
        let mut mistakes: Vec<Refused> = Vec::new();
        let mut differences = Vec::new();
        let mut variants = Vec::new();
        for (variant, outcome) in plan.variants.into_iter().zip(&mut outcomes) {
            match outcome {
                Ok(found) => {
                    differences.extend(difference(query, known, &variant, &found));
                    variants.push((variant, found));
                }
                Err(error) => {
                    // What is wrong with one condition left out is wrong with more of them, too.
                    let is_news =
                        |before: &Refused| variant.is_ordered || before.variant.is_ordered;
                    if mistakes.iter().all(is_news) {
                        mistakes.push(Refused { variant, error });
                    }
                }
            }
        }
        differences.truncate(1);
        let is_sound = mistakes.is_empty() && differences.is_empty();
        diagnostics.extend(differences);
        refused.extend(mistakes);
        checked.push(is_sound.then_some(Checked {
            dynamic: Some(plan.dynamic),
            variants,
        }));
    }
    Ok(checked)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
