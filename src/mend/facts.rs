//! What is known of a mistake where no single change mends it.

use std::collections::BTreeSet;

use crate::diagnostic::in_words;
use crate::mend::broken::Broken;

pub(super) fn find(broken: &Broken<'_>) -> Option<String> {
    match broken.code {
        "42703" => column_elsewhere(broken),
        "42803" => aggregate(broken),
        "42601" if broken.message.starts_with("INSERT has more") => counts(broken),
        "42601" => returning(broken),
        _ => None,
    }
}

/// The tables that have the column, none of which the statement reads.
fn column_elsewhere(broken: &Broken<'_>) -> Option<String> {
    const MOST: usize = 3;
    let mut at = broken.at?;
    while broken.is(at + 1, ".") {
        at += 2;
    }
    let name = broken.name(at)?;
    let tables: BTreeSet<&str> = broken
        .known
        .columns
        .iter()
        .filter(|(column, _)| *column == name)
        .map(|(_, table)| table.as_str())
        .collect();
    let words: BTreeSet<String> = (0..broken.tokens.len())
        .filter_map(|index| broken.name(index))
        .collect();
    if tables.is_empty() || tables.len() > MOST || tables.iter().any(|table| words.contains(*table))
    {
        return None;
    }
    let tables: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
    Some(format!(
        "`{name}` is a column of {}, which this statement does not read",
        in_words(&tables, "and")
    ))
}

fn aggregate(broken: &Broken<'_>) -> Option<String> {
    broken
        .message
        .starts_with("aggregate functions are not allowed in WHERE")
        .then(|| "`WHERE` looks at rows; a condition on groups stands in `HAVING`".to_owned())
}

fn returning(broken: &Broken<'_>) -> Option<String> {
    let at = broken.at?;
    let is_returning = [Some(at), at.checked_sub(1)]
        .iter()
        .flatten()
        .any(|&near| broken.is(near, "returning"));
    (is_returning && broken.is(0, "select"))
        .then(|| "`RETURNING` belongs to `INSERT`, `UPDATE`, `DELETE` and `MERGE`; a `SELECT` names its columns first".to_owned())
}

/// How many columns and values an `INSERT` names.
fn counts(broken: &Broken<'_>) -> Option<String> {
    let values = (0..broken.tokens.len()).find(|&index| broken.is(index, "values"))?;
    let columns = items(broken, (0..values).find(|&index| broken.is(index, "("))?)?;
    let values = items(broken, values + 1)?;
    let of =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    Some(format!(
        "there are {} and {}",
        of(columns, "column"),
        of(values, "value")
    ))
}

/// The number of items in the parentheses that open at a token.
fn items(broken: &Broken<'_>, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut commas = 0;
    for index in open..broken.tokens.len() {
        match broken.text(index) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            "," if depth == 1 => commas += 1,
            _ => {}
        }
        if depth == 0 {
            return Some(commas + 1);
        }
    }
    None
}
