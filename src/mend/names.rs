//! Misspelt words: keywords, tables, columns, types, functions, labels, and names that need quotes.

use std::collections::BTreeSet;

use crate::diagnostic::distance;
use crate::mend::broken::Broken;
use crate::mend::candidate::{Candidate, Lead};
use crate::quote;
use crate::syntax::TokenKind;

/// How far before the place that Postgres points at a misspelt keyword may be: `SELECT id FORM users` reads `FORM` as a name
/// of `id`, and stops at `users`.
const BEFORE: usize = 4;

/// Keywords that are values, and therefore tables as well.
const VALUES: [&str; 13] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
    "values",
];

/// Which lists a misspelt word may be from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Keyword,
    Table,
    Column,
    Type,
    Function,
    Schema,
}

pub(super) fn candidates(broken: &Broken<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    let sorts: &[Sort] = match broken.code {
        // Others with this code come from the analysis, and no keyword is wrong.
        "42601" if broken.is_syntax_error() => &[Sort::Keyword],
        "42703" => &[Sort::Column, Sort::Keyword, Sort::Table],
        "42P01" => &[Sort::Table, Sort::Keyword, Sort::Schema],
        "42704" => &[Sort::Type, Sort::Keyword],
        "42883" => &[Sort::Function, Sort::Keyword],
        "3F000" => &[Sort::Schema],
        "42702" | "22P02" | "42804" | "22007" => &[],
        _ => return found,
    };
    let Some(at) = broken.at else {
        return found;
    };
    let (before, after) = match broken.code {
        "42601" => (BEFORE, 1),
        _ => (1, 1),
    };
    for index in broken.around(before, after) {
        if sorts.contains(&Sort::Keyword) {
            keyword(broken, index, &mut found);
        }
        reserved(broken, index, &mut found);
    }
    // The name that Postgres points at may be qualified: any of its parts may be wrong.
    for index in name_at(broken, at) {
        for sort in sorts.iter().filter(|sort| **sort != Sort::Keyword) {
            name(broken, index, *sort, &mut found);
        }
    }
    match broken.code {
        "42703" => {
            string_in_double_quotes(broken, at, &mut found);
        }
        "42702" => qualified(broken, at, &mut found),
        "22P02" => label(broken, at, &mut found),
        _ => {}
    }
    found
}

/// The tokens of the qualified name that the token is part of.
fn name_at(broken: &Broken<'_>, at: usize) -> impl Iterator<Item = usize> + use<> {
    let mut last = at;
    let mut parts = Vec::new();
    while broken.name(last).is_some() {
        parts.push(last);
        if !broken.is(last + 1, ".") {
            break;
        }
        last += 2;
    }
    parts.into_iter()
}

/// How different a word may be and still be the same one, misspelt.
fn limit(word: &str) -> usize {
    match word.chars().count() {
        0..=1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    }
}

/// The words of a list that are nearest to `word`, with how far they are.
fn near<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<(usize, &'n str)> {
    let limit = limit(word);
    let lower = word.to_lowercase();
    let close = names
        .into_iter()
        .filter(|name| name.len().abs_diff(word.len()) <= limit * 2 && *name != word);
    let close = close.map(|name| (distance(&lower, &name.to_lowercase()), name));
    close.filter(|(distance, _)| *distance <= limit).collect()
}

fn keyword(broken: &Broken<'_>, index: usize, found: &mut Vec<Candidate>) {
    let Some(word) = broken.word(index) else {
        return;
    };
    if broken.known.is_reserved(&word) {
        return;
    }
    let spelled = |keyword: &str| {
        let is_upper = !broken
            .text(index)
            .contains(|c: char| c.is_ascii_lowercase());
        if is_upper {
            keyword.to_uppercase()
        } else {
            keyword.to_owned()
        }
    };
    for (distance, keyword) in near(&word, broken.known.keywords()) {
        // `FROM user` is a table function of one row, which nobody means.
        if broken.code == "42P01" && VALUES.contains(&keyword) {
            continue;
        }
        let text = spelled(keyword);
        found.push(Candidate::new(
            10 + distance,
            Lead::DidYouMean,
            broken.range(index),
            text.clone(),
            text,
        ));
    }
    // Two keywords without the space between them.
    for first in [
        "order",
        "group",
        "insert",
        "delete",
        "left",
        "inner",
        "not",
        "is",
        "create",
        "primary",
        "partition",
    ] {
        let Some(second) = word.strip_prefix(first) else {
            continue;
        };
        if broken.known.is_keyword(second) {
            let text = spelled(&format!("{first} {second}"));
            found.push(Candidate::new(
                11,
                Lead::DidYouMean,
                broken.range(index),
                text.clone(),
                text,
            ));
        }
    }
}

/// A table or column that is called like a keyword.
fn reserved(broken: &Broken<'_>, index: usize, found: &mut Vec<Candidate>) {
    let Some(word) = broken.word(index) else {
        return;
    };
    // Where it is made, nobody knows it yet.
    let is_made = broken.is(0, "create") || broken.is(0, "alter");
    let is_name = broken.known.is_table(&word) || broken.known.is_column(&word);
    if broken.known.is_reserved(&word) && (is_made || is_name) {
        let quoted = quote::always(&word);
        let cost = if is_name { 12 } else { 25 };
        found.push(Candidate::new(
            cost,
            Lead::Reserved,
            broken.range(index),
            quoted.clone(),
            quoted,
        ));
    }
}

fn name(broken: &Broken<'_>, index: usize, sort: Sort, found: &mut Vec<Candidate>) {
    let Some(word) = broken.name(index) else {
        return;
    };
    let known = broken.known;
    // Aliases and the columns of a table that is just being made stand in the statement itself.
    let own: BTreeSet<String> = (0..broken.tokens.len())
        .filter(|other| broken.text(*other) != broken.text(index))
        .filter_map(|other| broken.name(other))
        .filter(|own| !known.is_keyword(own))
        .collect();
    let own = || own.iter().map(String::as_str);
    let names: Vec<&str> = match sort {
        Sort::Table => known
            .tables
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(own())
            .collect(),
        Sort::Column => known
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(own())
            .collect(),
        Sort::Type => known.types.iter().map(String::as_str).collect(),
        // The name is right, and the arguments are wrong.
        Sort::Function if known.functions.contains(&word) => return,
        Sort::Function => known.functions.iter().map(String::as_str).collect(),
        Sort::Schema => known.schemas.iter().map(String::as_str).collect(),
        Sort::Keyword => return,
    };
    let names: BTreeSet<&str> = names.into_iter().collect();
    let is_last = !broken.is(index + 1, ".");
    let mut push = |cost: usize, text: String, is_own: bool| {
        // As it is written, with what stands before the dot.
        let mut shown = text.clone();
        let mut part = index;
        while is_last && part >= 2 && broken.is(part - 1, ".") {
            part -= 2;
            shown = format!("{}.{shown}", broken.text(part));
        }
        if !is_last {
            shown = format!("{shown}.{}", broken.text(index + 2));
        }
        let lead = if is_own {
            Lead::Own {
                instead: word.clone(),
            }
        } else {
            Lead::DidYouMean
        };
        found.push(Candidate::new(cost, lead, broken.range(index), text, shown));
    };
    let is_known = |name: &str| match sort {
        Sort::Table | Sort::Column => known.is_table(name) || known.is_column(name),
        _ => true,
    };
    for (distance, near) in near(&word, names.iter().copied()) {
        // An alias of one or two letters is told apart from another one by its length.
        let is_own = !is_known(near) && near.len() > 2;
        push(10 + distance, quote::name(near), is_own);
    }
    // The name itself, in another schema.
    if sort == Sort::Table && !broken.is(index.wrapping_sub(1), ".") {
        let here = known.tables.iter().filter(|(name, _)| *name == word);
        for (name, schema) in here {
            push(10, quote::in_schema(schema, name), false);
        }
    }
    // An alias in the place of the table's name, or the other way round.
    if sort == Sort::Table && !is_last {
        for alias in own() {
            push(16, quote::name(alias), false);
        }
    }
}

/// `WHERE name = "bob"`
fn string_in_double_quotes(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    if broken.kind(at) != Some(TokenKind::QuotedIdentifier) {
        return;
    }
    let Some(text) = broken.name(at) else { return };
    let string = format!("'{}'", text.replace('\'', "''"));
    found.push(Candidate::new(
        14,
        Lead::Quotes,
        broken.range(at),
        string.clone(),
        string,
    ));
}

/// A column that several tables have.
fn qualified(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let tables: BTreeSet<String> = (1..broken.tokens.len())
        .filter(|&index| {
            let follows = ["from", "join", ",", "as", "update", "into", "lateral", ")"];
            let before = broken.text(index - 1).to_lowercase();
            follows.contains(&before.as_str())
                || broken.name(index - 1).is_some()
                || broken.is(index - 1, ".")
        })
        .filter_map(|index| broken.name(index))
        .collect();
    for table in tables {
        let text = format!("{}.{}", quote::name(&table), broken.text(at));
        found.push(Candidate::new(
            10,
            Lead::Which,
            broken.range(at),
            text.clone(),
            text,
        ));
    }
}

/// `status = 'hgih'`
fn label(broken: &Broken<'_>, at: usize, found: &mut Vec<Candidate>) {
    let Some(rest) = broken.message.strip_prefix("invalid input value for enum ") else {
        return;
    };
    let Some((name, written)) = rest.split_once(": \"") else {
        return;
    };
    let name = name.trim_matches('"');
    let written = written.strip_suffix('"').unwrap_or(written);
    let Some(labels) = broken
        .known
        .labels
        .get(name.rsplit('.').next().unwrap_or(name))
    else {
        return;
    };
    if broken.kind(at) != Some(TokenKind::String) {
        return;
    }
    let shown = |label: &str| format!("'{}'", label.replace('\'', "''"));
    for (distance, label) in near(written, labels.iter().map(String::as_str)) {
        found.push(Candidate::new(
            10 + distance,
            Lead::DidYouMean,
            broken.range(at),
            shown(label),
            shown(label),
        ));
    }
    // Labels differ more often in case than in letters.
    let all: Vec<String> = labels
        .iter()
        .take(8)
        .map(|label| format!("`{label}`"))
        .collect();
    if let Some(first) = labels.first() {
        let more = if labels.len() > all.len() {
            ", …"
        } else {
            ""
        };
        found.push(Candidate::new(
            40,
            Lead::Sentence,
            broken.range(at),
            shown(first),
            format!("the labels of `{name}` are {}{more}", all.join(", ")),
        ));
    }
}
