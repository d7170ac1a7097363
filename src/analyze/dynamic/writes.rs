//! What a statement writes with optional parameters: which assignments of its `SET` and which items of its `VALUES` are left
//! out, and what is sent then.
//!
//! A missing item of `VALUES` is `DEFAULT`. A missing assignment goes with the comma before it. If none is left, the `UPDATE`
//! becomes a `SELECT` of the rows that it finds, so that a call gives the same, and nothing is written.

use std::collections::BTreeSet;
use std::ops::Range;

use tokio_postgres::types::Type;

use super::{Description, Kind, Variant, is_declared};
use crate::ir::{self, Assignment, Dynamic, Mention};
use crate::source::Rewritten;
use crate::syntax::{Conjunct, Parts, Query, lex};

/// Adds what was found in a statement's text.
pub(super) fn add(dynamic: &mut Dynamic, sql: &str, found: Parts) {
    let parts = |found: Vec<Conjunct>| -> Vec<Assignment> {
        let parts = found.into_iter().map(|part| Assignment {
            at: part.range,
            needs: part.parameters.iter().map(|number| number - 1).collect(),
        });
        parts.collect()
    };
    dynamic.assignments = parts(found.assignments);
    dynamic.values = parts(found.values);
    dynamic.mentions = mentions(dynamic, sql);
    if !dynamic.may_set_nothing() {
        return;
    }
    let (Some(reading), Some(first)) = (found.reading, dynamic.assignments.first()) else {
        return;
    };
    let list = reading.list.map_or("", |list| &sql[list]);
    let target = &sql[reading.target];
    let after = dynamic.after_assignment(sql);
    let select = format!("SELECT {list} FROM {target}{after}");
    dynamic.reading = Some(ir::Reading {
        head: reading.head.start..first.at.start,
        select: select.replacen("SELECT  FROM", "SELECT FROM", 1),
        returning: reading.returning,
    });
}

/// Whether some assignment or value can be left out.
pub(super) fn are_dynamic(dynamic: &Dynamic) -> bool {
    !dynamic.assignments.is_empty() || !dynamic.values.is_empty()
}

/// The parameters that a text has, by number.
pub(super) fn mentioned(sql: &str) -> BTreeSet<usize> {
    let tokens = lex(sql);
    tokens
        .iter()
        .filter_map(|token| token.number(sql))
        .collect()
}

/// The types that are declared of the parameters of a text: those that are the same on every server. What the text does not
/// mention, nothing else would tell, and NULL is sent for it.
pub(super) fn types(sql: &str, description: &Description) -> Vec<Type> {
    let mentioned = mentioned(sql);
    let types = description.parameters.iter().enumerate();
    let types = types.map(|(index, ty)| {
        if is_declared(ty) {
            ty.clone()
        } else if mentioned.contains(&(index + 1)) {
            Type::UNKNOWN
        } else {
            Type::TEXT
        }
    });
    types.collect()
}

/// The parameters that stand in assignments and values alone, each with all of these.
fn mentions(dynamic: &Dynamic, sql: &str) -> Vec<Mention> {
    let tokens = lex(sql);
    let uses = tokens.iter().filter_map(|token| {
        let number = token.number(sql)?;
        let mut parts = dynamic.assignments.iter().chain(&dynamic.values);
        let part = parts.find(|part| part.at.contains(&token.range.start));
        Some((number - 1, part.map(|part| part.needs.clone())))
    });
    let uses: Vec<_> = uses.collect();
    let is_always_there = |parameter: usize| {
        let mut uses = uses.iter().filter(|(index, _)| *index == parameter);
        uses.any(|(_, needs)| needs.as_ref().is_none_or(Vec::is_empty))
    };
    let found = uses.iter().filter(|(index, _)| !is_always_there(*index));
    let mut mentions: Vec<Mention> = Vec::new();
    for (parameter, needs) in found {
        let mention = Mention {
            parameter: *parameter,
            needs: needs.clone().unwrap_or_default(),
        };
        if !mentions.contains(&mention) {
            mentions.push(mention);
        }
    }
    mentions.sort_by_key(|mention| mention.parameter);
    mentions
}

/// What is different in the text without the missing parts.
pub(super) fn changes(
    query: &Query,
    dynamic: &Dynamic,
    is_missing: impl Fn(&Assignment) -> bool,
) -> Vec<(Range<usize>, Rewritten)> {
    let mut changes = Vec::new();
    let mut change = |range: Range<usize>, text: &str| {
        let mut instead = Rewritten::default();
        if !text.is_empty() {
            instead.replace(text, query.origin(range.clone()).range);
        }
        changes.push((range, instead));
    };
    for value in dynamic.values.iter().filter(|value| is_missing(value)) {
        change(value.at.clone(), "DEFAULT");
    }
    let list = &dynamic.assignments;
    if let Some(reading) = &dynamic.reading
        && list.iter().all(&is_missing)
    {
        change(reading.head.clone(), &reading.select);
        for (index, assignment) in list.iter().enumerate() {
            change(dynamic.separator(index), "");
            change(assignment.at.clone(), "");
        }
        if let Some(returning) = &reading.returning {
            change(returning.clone(), "");
        }
        return changes;
    }
    let after = dynamic.after_assignment(query.sql.text());
    let mut is_first = true;
    for (index, assignment) in list.iter().enumerate() {
        let is_missing = is_missing(assignment);
        if is_missing || is_first {
            change(dynamic.separator(index), "");
        }
        if is_missing {
            change(assignment.at.clone(), "");
        } else {
            is_first = false;
            let end = assignment.at.end;
            if !after.is_empty() {
                change(end..end, after);
            }
        }
    }
    changes
}

/// Whether the variant is the `SELECT` in the place of an `UPDATE`.
pub(super) fn reads_only(dynamic: &Dynamic, variant: &Variant) -> bool {
    let reading = dynamic.reading.as_ref();
    variant.kind == Kind::LeftOut
        && reading.is_some_and(|reading| variant.query.sql.text().starts_with(&reading.select))
}
