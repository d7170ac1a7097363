//! What other databases and libraries write, and what Postgres has instead: by [`RULES`], and where a rule cannot say it.
//!
//! A rule is a guess until Postgres has accepted the statement that it makes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::mend::broken::Broken;
use crate::mend::candidate::{Candidate, Lead};
use crate::mend::rules::RULES;
use crate::syntax::TokenKind;

/// The most that a candidate of these costs.
pub(super) const COST: usize = 6;

/// What each word of a rule stood for.
type Captured = BTreeMap<String, Range<usize>>;

pub(super) fn candidates(broken: &Broken<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    found.extend(backticks(broken));
    found.extend(brackets(broken));
    found.extend(top(broken));
    for (pattern, instead, help) in RULES {
        found.extend(by_rule(broken, pattern, instead, help));
    }
    if found.len() > 1 {
        found.extend(together(&found));
    }
    found
}

/// One rule at all its places.
fn by_rule(broken: &Broken<'_>, pattern: &str, instead: &str, help: &str) -> Option<Candidate> {
    let pattern: Vec<&str> = pattern.split(' ').collect();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut shown = None;
    let mut parameter = next_parameter(broken);
    let mut index = 0;
    while index < broken.tokens.len() {
        let mut captured = Captured::new();
        let Some(end) = matched(broken, index, &pattern, &mut captured) else {
            index += 1;
            continue;
        };
        let text = if instead == "$" {
            parameter += 1;
            format!("${}", parameter - 1)
        } else {
            filled(broken, instead, &captured)
        };
        shown.get_or_insert_with(|| match help {
            "" if text.is_empty() => format!("leave out `{}`", pattern.join(" ").to_uppercase()),
            "" => format!("in Postgres, this is `{}`", text.trim()),
            help => filled(broken, help, &captured),
        });
        // A word that takes the place of an operator without spaces around it.
        let range = broken.between(index, end - 1);
        let is_word = |text: &str, last: bool| {
            let mut characters = text.chars();
            let character = if last {
                characters.next_back()
            } else {
                characters.next()
            };
            character.is_some_and(|c| c.is_alphanumeric() || "_$".contains(c))
        };
        let before = if is_word(&broken.sql[..range.start], true) && is_word(&text, false) {
            " "
        } else {
            ""
        };
        let after = if is_word(&broken.sql[range.end..], false) && is_word(&text, true) {
            " "
        } else {
            ""
        };
        edits.push((range, format!("{before}{text}{after}")));
        index = end;
    }
    Some(Candidate {
        cost: 5,
        edits,
        lead: Lead::Sentence,
        shown: shown?,
    })
}

/// The token after what the pattern stands for, if it stands at `index`.
fn matched(
    broken: &Broken<'_>,
    index: usize,
    pattern: &[&str],
    captured: &mut Captured,
) -> Option<usize> {
    let Some((first, rest)) = pattern.split_first() else {
        return Some(index);
    };
    let text = broken.text(index);
    if first.starts_with("..") {
        let mut depth = 0_usize;
        for end in index..=broken.tokens.len() {
            if depth == 0
                && (!rest.is_empty() || end == broken.tokens.len())
                && let Some(after) = matched(broken, end, rest, captured)
            {
                captured.insert((*first).to_owned(), index..end);
                return Some(after);
            }
            match broken.text(end) {
                "(" => depth += 1,
                ")" => depth = depth.checked_sub(1)?,
                ";" => return None,
                _ => {}
            }
        }
        return None;
    }
    if text.is_empty() {
        return None;
    }
    if *first == "$p" {
        (broken.kind(index) == Some(TokenKind::Positional)).then_some(())?;
        captured.insert((*first).to_owned(), index..index + 1);
    } else if first.len() > 1 && first.starts_with('_') {
        let is_value = !matches!(
            broken.kind(index),
            Some(TokenKind::Punctuation | TokenKind::Operator)
        );
        is_value.then_some(())?;
        captured.insert((*first).to_owned(), index..index + 1);
    } else if !text.eq_ignore_ascii_case(first) {
        return None;
    }
    matched(broken, index + 1, rest, captured)
}

/// A text with what was found in the places of its words.
fn filled(broken: &Broken<'_>, text: &str, captured: &Captured) -> String {
    let mut filled = text.to_owned();
    // The longer one first: `..a` is not `_a` in any order, but `_a` may be the beginning of `_ab`.
    for (word, tokens) in captured.iter().rev() {
        let piece = match tokens.end.checked_sub(1).filter(|_| !tokens.is_empty()) {
            Some(last) => &broken.sql[broken.between(tokens.start, last)],
            None => "",
        };
        filled = filled.replace(word.as_str(), piece);
    }
    filled
}

/// The number of the first parameter that the statement does not have.
fn next_parameter(broken: &Broken<'_>) -> usize {
    let numbers = broken
        .tokens
        .iter()
        .filter_map(|token| token.number(broken.sql));
    numbers.max().unwrap_or(0) + 1
}

/// Names as `MySQL` quotes them.
fn backticks(broken: &Broken<'_>) -> Option<Candidate> {
    let mut edits = Vec::new();
    let mut shown = None;
    let sql = broken.sql;
    let mut open: Option<usize> = None;
    for token in &broken.tokens {
        if token.kind != TokenKind::Operator {
            continue;
        }
        for (offset, _) in token.text(sql).match_indices('`') {
            let place = token.range.start + offset;
            match open.take() {
                None => open = Some(place),
                Some(start) => {
                    let name = &sql[start + 1..place];
                    let written = crate::quote::name(&name.to_lowercase());
                    shown.get_or_insert_with(|| {
                        format!("Postgres writes names without backticks: `{written}`")
                            .replace("``", "`")
                    });
                    edits.push((start..place + 1, written));
                }
            }
        }
    }
    Some(Candidate {
        cost: 4,
        edits,
        lead: Lead::Sentence,
        shown: shown?,
    })
}

/// SQL Server's names.
fn brackets(broken: &Broken<'_>) -> Option<Candidate> {
    let mut edits = Vec::new();
    let mut shown = None;
    for index in 0..broken.tokens.len() {
        let is_name = broken.kind(index + 1) == Some(TokenKind::Identifier);
        if broken.is(index, "[") && is_name && broken.is(index + 2, "]") {
            let written = crate::quote::name(&broken.name(index + 1)?);
            shown.get_or_insert_with(|| {
                format!("Postgres writes names without brackets: `{written}`")
            });
            edits.push((broken.between(index, index + 2), written));
        }
    }
    Some(Candidate {
        cost: 4,
        edits,
        lead: Lead::Sentence,
        shown: shown?,
    })
}

/// SQL Server's `SELECT TOP 10`.
fn top(broken: &Broken<'_>) -> Option<Candidate> {
    let top = (1..broken.tokens.len())
        .find(|&index| broken.is(index, "top") && broken.is(index - 1, "select"))?;
    let last = if broken.is(top + 1, "(") {
        top + 3
    } else {
        top + 1
    };
    let number = broken.text(if last == top + 1 { last } else { top + 2 });
    let end = broken.range(broken.tokens.len()).start;
    Some(Candidate {
        cost: 5,
        edits: vec![
            (broken.between(top, last), String::new()),
            (end..end, format!(" LIMIT {number}")),
        ],
        lead: Lead::Sentence,
        shown: format!("Postgres writes `LIMIT {number}`, at the end"),
    })
}

/// All rules at once, as far as they are about different places: a statement is rarely foreign in one word only.
fn together(found: &[Candidate]) -> Option<Candidate> {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut sentences: Vec<&str> = Vec::new();
    for candidate in found {
        let is_free = |(range, _): &(Range<usize>, String)| {
            edits
                .iter()
                .all(|(taken, _)| taken.end <= range.start || taken.start >= range.end)
        };
        if candidate.edits.iter().all(is_free) {
            edits.extend(candidate.edits.iter().cloned());
            sentences.push(&candidate.shown);
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    (sentences.len() > 1).then(|| Candidate {
        cost: COST,
        edits,
        lead: Lead::Sentence,
        shown: sentences.join("; "),
    })
}
