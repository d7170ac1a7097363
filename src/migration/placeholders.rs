//! What stands for something else in migrations: `${name}` of Flyway, variables of the environment in goose.

use std::env;
use std::ops::Range;

use super::draft::Draft;
use super::{Placeholders, Purpose, failed};
use crate::diagnostic::Diagnostic;
use crate::syntax::{StandIns, TokenKind, tokens_from};

/// What Flyway itself gives values to.
const FLYWAY: [(&str, &str); 6] = [
    ("flyway:defaultschema", "public"),
    ("flyway:database", "postgres"),
    ("flyway:user", "postgres"),
    ("flyway:table", "flyway_schema_history"),
    ("flyway:timestamp", "2000-01-01 00:00:00"),
    ("flyway:environment", "default"),
];

/// Replaces `${name}`. One that nobody knows is a mistake where it could not be SQL.
pub(super) fn fill(
    draft: &mut Draft<'_>,
    placeholders: &Placeholders,
    purpose: Purpose,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut unknown = Vec::new();
    for (range, name) in find(draft.text(), 0..draft.text().len()) {
        let name = name.to_lowercase();
        let configured = placeholders
            .iter()
            .find(|(known, _)| known.to_lowercase() == name);
        let value = configured.map(|(_, value)| value.clone()).or_else(|| {
            let own = FLYWAY.iter().find(|(known, _)| *known == name);
            match name.as_str() {
                "flyway:filename" => Some(draft.file.key().rsplit('/').next()?.to_owned()),
                // Of a database that stays, these are not known before it is asked.
                _ if purpose == Purpose::Lasting => None,
                _ => own.map(|(_, value)| (*value).to_owned()),
            }
        });
        match value {
            Some(value) => draft.replace(range, &value),
            None => unknown.push(range),
        }
    }
    if unknown.is_empty() {
        return;
    }
    for token in tokens_from(draft.text(), 0) {
        let is_text =
            token.is_comment() || matches!(token.kind, TokenKind::String | TokenKind::DollarString);
        if !is_text
            && let Some(range) = unknown
                .iter()
                .find(|range| token.range.start <= range.start && range.start < token.range.end)
        {
            diagnostics.push(without_value(draft, range));
        }
    }
}

/// Replaces what is no name but a text of its own, as `/* TEMPLATE: schema */`, wherever it stands.
pub(super) fn fill_literal(draft: &mut Draft<'_>, placeholders: &Placeholders) {
    let stand_ins = StandIns::new(placeholders);
    for (range, value) in stand_ins.find(draft.text(), 0..draft.text().len()) {
        draft.replace(range, value);
    }
}

/// Replaces `${NAME}`, `${NAME:-default}` and `$NAME` in `ranges`, as goose does below `-- +goose ENVSUB ON`.
pub(super) fn fill_environment(
    draft: &mut Draft<'_>,
    ranges: &[Range<usize>],
    placeholders: &Placeholders,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for range in ranges {
        for (place, content) in variables(draft.text(), range.clone()) {
            let (name, default) = match content.split_once('-') {
                Some((name, default)) => (name.trim_end_matches(':'), Some(default.to_owned())),
                None => (content.as_str(), None),
            };
            let value = placeholders.get(name).cloned();
            match value.or_else(|| env::var(name).ok()).or(default) {
                Some(value) => draft.replace(place, &value),
                None => diagnostics.push(without_value(draft, &place)),
            }
        }
    }
}

fn without_value(draft: &Draft<'_>, place: &Range<usize>) -> Diagnostic {
    let placeholder = &draft.file.text()[place.clone()];
    let name = placeholder.trim_matches(['$', '{', '}']);
    let message = format!("the placeholder `{placeholder}` has no value");
    failed(message, draft.file, place.clone()).help(format!(
        "add it to the entry of `sql` in the configuration, below `placeholders:`, as `{name}: …`"
    ))
}

/// Each `${name}` and its name.
fn find(text: &str, within: Range<usize>) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut start = within.start;
    while let Some(at) = text[start..within.end].find("${") {
        let open = start + at;
        let Some(length) = text[open..within.end].find('}') else {
            break;
        };
        let name = &text[open + 2..open + length];
        start = open + 2;
        if !name.is_empty() && !name.contains(['\n', '\'', '$']) {
            found.push((open..open + length + 1, name.trim().to_owned()));
        }
    }
    found
}

/// Each `${…}` with its content, and each `$NAME`. A name with a `$` on either side is part of a dollar quote.
fn variables(text: &str, within: Range<usize>) -> Vec<(Range<usize>, String)> {
    let mut found = find(text, within.clone());
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut start = within.start;
    while let Some(at) = text[start..within.end].find('$') {
        let open = start + at;
        let rest = &text[open + 1..within.end];
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        start = open + 1 + length;
        let starts_name = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts_name && !rest[length..].starts_with('$') {
            found.push((open..start, rest[..length].to_owned()));
        } else if rest[length..].starts_with('$') {
            // The opening of a dollar quote; its content has no variables of ours.
            let delimiter = &text[open..=start];
            let close = text[start + 1..within.end].find(delimiter);
            start = close.map_or(within.end, |close| start + 1 + close + delimiter.len());
        }
    }
    found
}
