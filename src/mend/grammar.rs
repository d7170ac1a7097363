//! Tokens that are missing, there twice, too many, or in the wrong order.

use std::ops::Range;

use crate::mend::broken::Broken;
use crate::mend::candidate::{Candidate, Lead};
use crate::syntax::TokenKind;

/// What is left out most.
const LEFT_OUT: [&str; 45] = [
    ",",
    "[",
    "]",
    ".",
    "::",
    "AND",
    "OR",
    "FROM",
    "WHERE",
    "ON",
    "BY",
    "AS",
    "IN",
    "IS",
    "SET",
    "VALUES",
    "SELECT",
    "JOIN",
    "THEN",
    "ELSE",
    "END",
    "WHEN",
    "NOT",
    "LIKE",
    "ORDER",
    "GROUP",
    "TABLE",
    "KEY",
    "LIMIT",
    "OFFSET",
    "USING",
    "DO",
    "CONFLICT",
    "REFERENCES",
    "WITH",
    "TO",
    "DISTINCT",
    "UPDATE",
    "DELETE",
    "INSERT",
    "CASE",
    "COLUMN",
    "BETWEEN",
    "UNION",
    "ARRAY",
];

/// Words that are missing only after one of these.
const FOLLOWING: [(&str, &[&str]); 2] = [("INTO", &["insert", "merge"]), ("NULL", &["is", "set"])];

/// What a query lacks if Postgres does not find a table or a column: without its `FROM`, it has none.
const NAMELESS: [&str; 3] = ["FROM", "JOIN", ","];

/// Those that are guessed only if Postgres stops exactly where they are missing.
const CLOSE: [&str; 4] = [".", "::", "LIKE", "NOT"];

pub(super) fn candidates(broken: &Broken<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let Some(at) = broken.at else {
        return found;
    };
    if broken.is_syntax_error() || ["42703", "42P01"].contains(&broken.code) {
        missing(broken, at, &mut found);
    }
    if broken.is_syntax_error() || ["42703", "42P01", "42883", "42804"].contains(&broken.code) {
        doubled(broken, at, &mut found);
    }
    if broken.code == "42P01" {
        swapped(broken, at, &mut found);
    }
    if broken.code == "42883" && broken.is(at + 1, "(") && broken.is(at + 2, ")") {
        fill(broken, at + 2, &mut found);
    }
    if broken.is_syntax_error() {
        missing_operator(broken, at, &mut found);
        missing_commas(broken, at, &mut found);
        missing_semicolon(broken, at, &mut found);
        unbalanced(broken, &mut found);
        too_many(broken, at, &mut found);
        swapped(broken, at, &mut found);
        fill(broken, at, &mut found);
        if let Some(before) = at.checked_sub(1) {
            fill(broken, before, &mut found);
        }
    }
    found
}

fn missing(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    // Postgres may read on after the place: `FROM users id = 1`.
    let first = at.saturating_sub(3);
    let last = if broken.is_syntax_error() { at } else { at + 4 };
    let is_setting =
        broken.is(0, "update") && !(0..broken.tokens.len()).any(|index| broken.is(index, "where"));
    for index in first..=last.min(broken.tokens.len()) {
        let apart = at.abs_diff(index);
        let before = index.checked_sub(1).and_then(|before| broken.word(before));
        let follows = |after: &[&str]| before.as_deref().is_some_and(|word| after.contains(&word));
        let following = FOLLOWING
            .iter()
            .filter(|(_, after)| follows(after))
            .map(|(word, _)| *word);
        let words = LEFT_OUT.into_iter().filter(|word| {
            (apart <= 1 || !CLOSE.contains(word))
                && (broken.is_syntax_error() || NAMELESS.contains(word))
                && before
                    .as_ref()
                    .is_none_or(|before| !before.eq_ignore_ascii_case(word))
                && !broken.is(index, word)
                // What follows `SET` is another column, or the condition.
                && !(is_setting && ["AND", "OR", "LIKE"].contains(word))
        });
        for word in words.chain(following) {
            let place = broken.range(index).start;
            let text = match word {
                "." | "::" => word.to_owned(),
                word if index == broken.tokens.len() => format!(" {word}"),
                word => format!(" {word} "),
            };
            let lead = Lead::Missing {
                before: broken.text(index).to_owned(),
            };
            // `upper(name) length(email)`: what is called is no other name of what stands before it.
            let is_call = word == "," && ["(", "."].contains(&broken.text(index + 1));
            let cost = if is_call { 29 } else { 30 + apart };
            found.push(Candidate::new(cost, lead, place..place, text, word));
        }
    }
}

/// `WHERE id $1`
fn missing_operator(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    for index in at.saturating_sub(1)..=at {
        let place = broken.range(index).start;
        let before = broken.text(index).to_owned();
        if before.is_empty() {
            continue;
        }
        found.push(Candidate::new(
            22,
            Lead::Operator { before },
            place..place,
            " = ",
            "=",
        ));
    }
}

/// `SELECT id name email`: a comma before each of the names.
fn missing_commas(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let is_column = |index: usize| {
        broken
            .name(index)
            .is_some_and(|name| broken.known.is_column(&name))
    };
    let first = at.saturating_sub(4);
    let edits: Vec<(Range<usize>, String)> = (first.max(1)..=at)
        .filter(|&index| is_column(index) && (is_column(index - 1) || broken.is(index - 1, ")")))
        .map(|index| {
            let place = broken.range(index).start;
            (place..place, ", ".to_owned())
        })
        .collect();
    let Some(names) = edits.len().checked_sub(1) else {
        return;
    };
    if names == 0 {
        return;
    }
    found.push(Candidate {
        cost: 20,
        edits,
        lead: Lead::Sentence,
        shown: "`,` is missing between the columns".to_owned(),
    });
}

/// Two statements without a `;`.
fn missing_semicolon(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    const FIRST: [&str; 13] = [
        "alter", "begin", "comment", "commit", "create", "delete", "drop", "grant", "insert",
        "select", "update", "values", "with",
    ];
    for index in at.saturating_sub(2).max(1)..=at {
        let starts = broken
            .word(index)
            .is_some_and(|word| FIRST.contains(&word.as_str()));
        if starts {
            let end = broken.range(index - 1).end;
            found.push(Candidate::new(
                15,
                Lead::Missing {
                    before: broken.text(index).to_owned(),
                },
                end..end,
                ";",
                ";",
            ));
        }
    }
}

/// Brackets without their other half. Which place the missing one has, often only the user knows.
fn unbalanced(broken: &Broken<'_>, found: &mut Vec<Candidate>) {
    let mut open = Vec::new();
    let mut extra = None;
    for index in 0..broken.tokens.len() {
        if broken.is(index, "(") {
            open.push(index);
        } else if broken.is(index, ")") && open.pop().is_none() {
            extra = extra.or(Some(index));
        }
    }
    let mut push = |shown: usize, cost: usize, edits: Vec<(Range<usize>, String)>, missing| {
        found.push(Candidate {
            cost,
            edits,
            lead: Lead::Unbalanced { missing },
            shown: broken.text(shown).to_owned(),
        });
    };
    if let Some(extra) = extra {
        push(extra, 22, vec![(broken.range(extra), String::new())], "(");
        for index in 0..=extra {
            let place = broken.range(index).start;
            push(extra, 23, vec![(place..place, "(".to_owned())], "(");
        }
    } else if let Some(&first) = open.first() {
        for index in first + 1..=broken.tokens.len() {
            let place = broken.range(index - 1).end;
            push(first, 22, vec![(place..place, ")".to_owned())], ")");
        }
        push(first, 23, vec![(broken.range(first), String::new())], ")");
    }
}

fn doubled(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    for index in at.saturating_sub(3)..=at {
        let text = broken.text(index);
        // `))` is usual.
        if text.is_empty() || ["(", ")"].contains(&text) || !broken.is(index + 1, text) {
            continue;
        }
        found.push(Candidate::new(
            13,
            Lead::Doubled,
            broken.range(index).end..broken.range(index + 1).end,
            "",
            text,
        ));
    }
}

/// `SELECT id, FROM users`
fn too_many(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    const LOOSE: [&str; 6] = [",", "and", "or", "where", "=", "set"];
    for (index, side) in [(at.wrapping_sub(1), "after"), (at, "before")] {
        let text = broken.text(index);
        if LOOSE.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            found.push(Candidate::new(
                26,
                Lead::Remove { side },
                broken.range(index),
                "",
                text,
            ));
        }
    }
}

fn swapped(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let count = broken.tokens.len();
    for index in at.saturating_sub(3)..=at {
        if index + 1 >= count {
            continue;
        }
        let (first, second) = (broken.text(index), broken.text(index + 1));
        if first.eq_ignore_ascii_case(second) {
            continue;
        }
        let text = format!("{second} {first}");
        let shown = if matches!(first, "," | ")" | ".") {
            format!("{second}{first}")
        } else {
            text.clone()
        };
        found.push(Candidate::new(
            24,
            Lead::Order,
            broken.between(index, index + 1),
            text,
            shown,
        ));
    }
}

/// Something that nobody can guess.
fn fill(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let Some(before) = at.checked_sub(1) else {
        return;
    };
    let is_value = matches!(
        broken.kind(before),
        Some(
            TokenKind::QuotedIdentifier
                | TokenKind::Number
                | TokenKind::String
                | TokenKind::Positional
        )
    );
    if is_value {
        return;
    }
    let place = broken.range(at).start;
    let mut push = |cost: usize, text: &str, what: &'static str| {
        let lead = Lead::Fill {
            after: broken.text(before).to_owned(),
            before: broken.text(at).to_owned(),
            what,
        };
        found.push(Candidate::new(
            cost,
            lead,
            place..place,
            format!(" {text} "),
            broken.text(before),
        ));
    };
    let is_after = |words: &[&str]| words.iter().any(|word| broken.is(before, word));
    if is_after(&[
        "from",
        "join",
        "into",
        "update",
        "table",
        "only",
        "references",
    ]) {
        for (table, _) in broken.known.tables.iter().take(20) {
            push(50, table, "a table");
        }
    }
    let numbers = broken
        .tokens
        .iter()
        .filter_map(|token| token.number(broken.sql));
    let numbers: Vec<usize> = numbers.collect();
    let unused = (1..=numbers.len()).find(|number| !numbers.contains(number));
    let unused = unused.map(|number| format!("${number}"));
    for text in ["NULL", "id", "1", "*"]
        .into_iter()
        .chain(unused.as_deref())
    {
        push(51, text, "a column or a value");
    }
}
