//! Where the rows of a statement are ordered, for `-- @sort`: its `ORDER BY` at the top, or the place for one.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::is_same_name;
use crate::source::{Rewritten, SourceFile, Span};
use crate::syntax::clause::{Clauses, Verb};
use crate::syntax::directive::{Named, Sort};
use crate::syntax::lexer::tokens_from;
use crate::syntax::placeholder::{self, Placeholder};
use crate::syntax::stand_in::StandIns;

/// An order that a call can choose, with what is sent for it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) key: Named,
    /// What stands after `ORDER BY`, as written.
    pub(crate) list: Span,
    /// The same with the placeholders of the statement.
    pub(crate) sql: Rewritten,
}

/// Where an order goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderPlace {
    /// In the place of this list, after the `ORDER BY` that is written.
    Written(Range<usize>),
    /// With an `ORDER BY` of its own at this byte.
    Missing(usize),
}

/// Finds where the rows of a statement are ordered; the verb of one that cannot order them.
pub(crate) fn order_place(sql: &str) -> Result<OrderPlace, Verb> {
    let clauses = Clauses::new(sql);
    let mut depth = 0_usize;
    let mut verb = None;
    let mut list = None;
    let mut end = clauses.len();
    for index in 0..clauses.len() {
        if clauses.opens(index) {
            depth += 1;
        } else if clauses.closes(index) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            verb = verb.or_else(|| clauses.verb(index, index == 0));
            if clauses.is_keyword(index, "order") && clauses.is_word(index + 1, "by") {
                list = Some(index + 2);
            } else if clauses.ends_order(index) {
                end = index;
                break;
            }
        }
    }
    if let Some(verb) = verb.filter(|verb| *verb != Verb::Select) {
        return Err(verb);
    }
    let written = list.and_then(|start| clauses.ranges(start..end));
    Ok(written.map_or_else(
        || OrderPlace::Missing(clauses.ranges(0..end).map_or(0, |before| before.end)),
        OrderPlace::Written,
    ))
}

/// Gives the parameters in an order the numbers that they have in its statement. `None` if that cannot be, which is
/// reported.
pub(super) fn order(
    file: &SourceFile,
    sort: &Sort,
    placeholders: &[Placeholder],
    stand_ins: &StandIns,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Order> {
    let (start, end) = (sort.list.range.start, sort.list.range.end);
    let tokens = tokens_from(file.text(), start).take_while(|token| token.range.start < end);
    let tokens: Vec<_> = tokens.collect();
    let sent = placeholder::rewrite(file, &tokens, stand_ins, diagnostics)?;
    let report = |place: Span, message: String, help: &str| {
        Diagnostic::error(Code::InvalidDirective, message)
            .at(place, "")
            .help(help)
    };
    if let Some(embed) = sent.embeds.first() {
        diagnostics.push(report(
            embed.place.clone(),
            "an order has no result columns".to_owned(),
            "write expressions",
        ));
        return None;
    }
    let mut numbers = Vec::new();
    for (index, own) in sent.placeholders.iter().enumerate() {
        let is_same = |known: &Placeholder| match (&own.name, &known.name) {
            (Some(own), Some(known)) => is_same_name(own, known),
            _ => false,
        };
        let number = match &own.name {
            Some(_) => placeholders.iter().position(is_same),
            None => Some(index).filter(|index| *index < placeholders.len()),
        };
        let Some(number) = number else {
            let place = own.uses[0].clone();
            let message = format!(
                "the order `{}` has a parameter `{}` that its statement has not",
                sort.key.name,
                place.text()
            );
            diagnostics.push(report(
                place,
                message,
                "an order can use the parameters of the statement: write it there, too, or write a value here",
            ));
            return None;
        };
        numbers.push(number + 1);
    }
    let mut sql = Rewritten::default();
    sql.append(&sent.sql, |sent| placeholder::renumbered(sent, &numbers));
    Some(Order {
        key: sort.key.clone(),
        list: sort.list.clone(),
        sql,
    })
}

#[cfg(test)]
mod tests;
