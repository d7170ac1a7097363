//! Values whose types do not fit, and the cast that makes them.

use std::ops::Range;

use crate::mend::broken::Broken;
use crate::mend::candidate::{Candidate, Lead};
use crate::syntax::TokenKind;

pub(super) fn candidates(broken: &Broken<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let Some(at) = broken.at else {
        return found;
    };
    match broken.code {
        "42883" if broken.message.starts_with("operator ") => {
            operator(broken, at, &mut found);
            nearby_parameters(broken, at, &mut found);
        }
        "42883" => arguments(broken, at, &mut found),
        "42804" | "42846" => {
            assigned(broken, at, &mut found);
            nearby_parameters(broken, at, &mut found);
        }
        "22P02" | "22007" => {
            array(broken, at, &mut found);
            arrow(broken, at.checked_sub(3), &mut found);
            nearby_parameters(broken, at, &mut found);
        }
        _ => {}
    }
    found
}

/// The types that a message names, in its order: of `operator does not exist: text = bigint`, or of `column "a" is of type
/// integer but expression is of type text`.
fn types(message: &str) -> Vec<String> {
    if let Some(rest) = message.strip_prefix("operator does not exist: ") {
        let operands = rest.split(|c: char| "~!@#^&|`?+-*/%<>=".contains(c));
        return operands
            .map(str::trim)
            .filter(|ty| !ty.is_empty())
            .map(str::to_owned)
            .collect();
    }
    if let Some((_, rest)) = message.split_once(" is of type ") {
        return rest
            .split(" but expression is of type ")
            .map(str::to_owned)
            .collect();
    }
    if let Some((_, rest)) = message.split_once(" types ")
        && let Some(both) = rest.strip_suffix(" cannot be matched")
    {
        return both.split(" and ").map(str::to_owned).collect();
    }
    if let Some((_, rest)) = message.split_once("must be type ") {
        return rest.split(", not type ").map(str::to_owned).collect();
    }
    Vec::new()
}

/// How sure a cast is: what the query brings itself comes before what a table holds.
fn cost(broken: &Broken<'_>, operand: &Range<usize>) -> usize {
    match broken.kind(operand.start) {
        Some(TokenKind::Positional) => 20,
        Some(TokenKind::String | TokenKind::Number) => 21,
        _ => 23,
    }
}

/// The tokens of the operand that ends before, or starts at, this token: a value, a name with its qualifiers, a call, with
/// the operators of documents behind it.
fn operand_before(broken: &Broken<'_>, operator: usize) -> Option<Range<usize>> {
    let mut start = operator.checked_sub(1)?;
    loop {
        if broken.is(start, ")") {
            let mut depth = 0_usize;
            loop {
                match broken.text(start) {
                    ")" => depth += 1,
                    "(" => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                start = start.checked_sub(1)?;
            }
            let called = start
                .checked_sub(1)
                .filter(|&name| broken.word(name).is_some());
            let is_call = called.is_some_and(|name| {
                broken
                    .word(name)
                    .is_some_and(|word| !broken.known.is_reserved(&word))
            });
            if is_call {
                start -= 1;
            }
        }
        let Some(before) = start.checked_sub(1) else {
            break;
        };
        match broken.text(before) {
            "." | "->" | "->>" | "#>" | "#>>" | "::" => start = before.checked_sub(1)?,
            _ => break,
        }
    }
    Some(start..operator)
}

fn operand_after(broken: &Broken<'_>, operator: usize) -> Option<Range<usize>> {
    let start = operator + 1;
    let mut end = start;
    if broken.text(start).is_empty() || broken.is(start, "any") || broken.is(start, "all") {
        return None;
    }
    loop {
        let is_call = broken.is(end + 1, "(") && broken.name(end).is_some();
        if is_call || broken.is(end, "(") {
            if is_call {
                end += 1;
            }
            let mut depth = 0_usize;
            loop {
                match broken.text(end) {
                    "(" => depth += 1,
                    ")" => depth -= 1,
                    "" => return None,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                end += 1;
            }
        }
        match broken.text(end + 1) {
            "." | "->" | "->>" | "#>" | "#>>" | "::" => end += 2,
            _ => break,
        }
    }
    Some(start..end + 1)
}

/// Adds the cast of an operand.
fn cast(
    broken: &Broken<'_>,
    operand: &Range<usize>,
    ty: &str,
    cost: usize,
    found: &mut Vec<Candidate>,
) {
    let range = broken.between(operand.start, operand.end - 1);
    let text = &broken.sql[range.clone()];
    let has_operator = operand
        .clone()
        .any(|index| broken.kind(index) == Some(TokenKind::Operator));
    let mended = if has_operator && !text.starts_with('(') {
        format!("({text})::{ty}")
    } else {
        format!("{text}::{ty}")
    };
    found.push(Candidate::new(
        cost,
        Lead::Cast,
        range,
        mended.clone(),
        mended,
    ));
}

fn operator(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let types = types(broken.message);
    // `IN (…)` and `NOT IN (…)` are shown at their word.
    let left = operand_before(
        broken,
        if broken.is(at.wrapping_sub(1), "not") {
            at - 1
        } else {
            at
        },
    );
    let right = operand_after(broken, at);
    if let [left_type, right_type] = types.as_slice() {
        if let Some(left) = &left {
            cast(broken, left, right_type, cost(broken, left) + 1, found);
        }
        if let Some(right) = &right {
            literal(broken, right, left_type, found);
            // A number beside a text is compared as a number.
            let is_number = broken.kind(right.start) == Some(TokenKind::Number);
            if !broken.is(at, "in") && !is_number {
                cast(broken, right, left_type, cost(broken, right), found);
            }
        }
    }
    if let Some(left) = &left
        && let [_, right_type] = types.as_slice()
    {
        literal(broken, left, right_type, found);
    }
    arrow(broken, at.checked_sub(2), found);
}

/// `data -> 'key' = 'x'`: a document's text has to be taken out before it is compared.
fn arrow(broken: &Broken<'_>, arrow: Option<usize>, found: &mut Vec<Candidate>) {
    let is_about_json = broken.message.contains("json");
    let Some(arrow) =
        arrow.filter(|&arrow| is_about_json && ["->", "#>"].contains(&broken.text(arrow)))
    else {
        return;
    };
    let text = format!("{}>", broken.text(arrow));
    found.push(Candidate::new(
        15,
        Lead::DidYouMean,
        broken.range(arrow),
        text.clone(),
        text,
    ));
}

/// `tags = 'x'`
fn array(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let Some(operator) = at
        .checked_sub(1)
        .filter(|&operator| broken.is(operator, "="))
    else {
        return;
    };
    if !broken.message.starts_with("malformed array literal") {
        return;
    }
    if let Some(left) = operand_before(broken, operator) {
        let column = &broken.sql[broken.between(left.start, operator - 1)];
        let text = format!("{} = ANY ({column})", broken.text(at));
        found.push(Candidate::new(
            15,
            Lead::Sentence,
            broken.between(left.start, at),
            text.clone(),
            format!("`{column}` is an array: write `{text}`"),
        ));
    }
}

/// `zip = 12345` and `active = 1`
fn literal(broken: &Broken<'_>, operand: &Range<usize>, other: &str, found: &mut Vec<Candidate>) {
    let is_equality = [operand.start.wrapping_sub(1), operand.end]
        .iter()
        .any(|&near| ["=", "<>", "!="].contains(&broken.text(near)));
    if operand.len() != 1 || broken.kind(operand.start) != Some(TokenKind::Number) {
        return;
    }
    let number = broken.text(operand.start);
    let text = match (other, number) {
        ("boolean", "1") => "true".to_owned(),
        ("boolean", "0") => "false".to_owned(),
        // In the order of texts, '10' comes before '5'.
        ("text" | "character varying" | "character", _) if is_equality => format!("'{number}'"),
        _ => return,
    };
    found.push(Candidate::new(
        18,
        Lead::DidYouMean,
        broken.range(operand.start),
        text.clone(),
        text,
    ));
}

/// A parameter whose type Postgres took from where it stands, though it was meant to be another one.
fn nearby_parameters(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    const NEAR: usize = 6;
    const USUAL: [&str; 4] = ["interval", "integer", "text", "timestamptz"];
    let named = types(broken.message);
    for index in broken.around(NEAR, NEAR) {
        if broken.kind(index) != Some(TokenKind::Positional) || broken.is(index + 1, "::") {
            continue;
        }
        let types = named.iter().map(String::as_str).chain(USUAL);
        for (order, ty) in types.enumerate() {
            let text = format!("{}::{ty}", broken.text(index));
            found.push(Candidate::new(
                26 + order + at.abs_diff(index),
                Lead::Cast,
                broken.range(index),
                text.clone(),
                text,
            ));
        }
    }
}

/// A value that is stored, returned or compared where another type is wanted.
fn assigned(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let types = types(broken.message);
    let Some(wanted) = types.first() else { return };
    let Some(operand) = at.checked_sub(1).map_or_else(
        || operand_after(broken, 0),
        |before| operand_after(broken, before),
    ) else {
        return;
    };
    literal(broken, &operand, wanted, found);
    cast(broken, &operand, wanted, cost(broken, &operand), found);
    if let Some(other) = types.get(1)
        && broken.message.contains("cannot be matched")
        && other != wanted
    {
        // The first one may be meant to be the second one's type.
        cast(broken, &operand, "text", cost(broken, &operand) + 2, found);
    }
}

/// The arguments of a function that is there for other types: `round(price, 2)`, `sum(name)`.
fn arguments(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    const TRIED: [&str; 7] = [
        "numeric",
        "text",
        "integer",
        "timestamptz",
        "date",
        "jsonb",
        "interval",
    ];
    let mut open = at;
    while broken.name(open).is_some() && broken.is(open + 1, ".") {
        open += 2;
    }
    if !broken.is(open + 1, "(") {
        return;
    }
    let Some(name) = broken.name(open) else {
        return;
    };
    if !broken.known.functions.contains(&name) {
        return;
    }
    let mut argument = open + 1;
    for _ in 0..4 {
        let Some(operand) = operand_after(broken, argument) else {
            return;
        };
        let end = operand.end;
        if !broken.is(end, ",") && !broken.is(end, ")") {
            return;
        }
        for (order, ty) in TRIED.iter().enumerate() {
            cast(broken, &operand, ty, cost(broken, &operand) + order, found);
        }
        if broken.is(end, ")") {
            return;
        }
        argument = end;
    }
}

/// `column "users.email" must appear in the GROUP BY clause`: the statement with it there, and how it is written.
pub(super) fn grouped<'b>(broken: &Broken<'b>) -> Option<(String, &'b str)> {
    if !broken
        .message
        .contains("must appear in the GROUP BY clause")
    {
        return None;
    }
    let at = broken.at?;
    let operand = operand_after(broken, at.checked_sub(1)?)?;
    let name = &broken.sql[broken.between(operand.start, operand.end - 1)];
    let mut depth = 0_usize;
    let mut group = None;
    let mut end = broken.tokens.len();
    for index in at..broken.tokens.len() {
        match broken.text(index).to_lowercase().as_str() {
            "(" => depth += 1,
            ")" if depth > 0 => depth -= 1,
            "group" if depth == 0 && broken.is(index + 1, "by") => group = Some(index + 1),
            ")" | "order" | "limit" | "having" | "union" | "offset" | "fetch" | "for"
            | "window"
                if depth == 0 =>
            {
                end = index;
                break;
            }
            _ => {}
        }
    }
    let (before, after) = broken.sql.split_at(broken.range(end.saturating_sub(1)).end);
    let text = match group {
        Some(_) => format!("{before}, {name}{after}"),
        None => format!("{before} GROUP BY {name}{after}"),
    };
    Some((text, name))
}
