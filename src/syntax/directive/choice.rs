//! The directives of queries whose text depends on the call, and of their rows: `@optional a, b`,
//! `@sort key: expression DESC, …`, `@row Name` and `@params Name: a, b`.

use std::ops::Range;

use super::{Directive, Named, Params, Sort, leading_name, trimmed};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceFile;
use crate::syntax::clause::foreign_to_order;
use crate::syntax::lexer::lex;

const OPTIONAL_FORM: &str =
    "write the names of parameters, with commas between them: `@optional status, placed_after`";
const SORT_FORM: &str =
    "write a key, a colon, and what stands after ORDER BY: `@sort newest: created_at DESC, id`";
const PARAMS_FORM: &str = "write the name of a Rust struct, and after a colon its fields if these are not all: \
     `@params OrderPatch: status, note`";
const ROW_FORM: &str = "write the name of a Rust struct: `@row OrderSummary`";

fn mistake(
    file: &SourceFile,
    place: Range<usize>,
    message: impl Into<String>,
    help: &str,
) -> Diagnostic {
    Diagnostic::error(Code::InvalidDirective, message)
        .at(file.span(place), "")
        .help(help)
}

/// Reads the list of names in `rest`.
pub(super) fn read_optional(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let text = file.text();
    let rest = trimmed(text, rest);
    if rest.is_empty() {
        let message = "`@optional` names no parameter";
        diagnostics.push(mistake(file, word, message, OPTIONAL_FORM));
        return None;
    }
    let names = read_names(file, rest, OPTIONAL_FORM, diagnostics)?;
    Some(Directive::Optional(names))
}

/// Reads `a, b` from `rest`.
fn read_names(
    file: &SourceFile,
    rest: Range<usize>,
    form: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Named>> {
    let text = file.text();
    let mut names = Vec::new();
    let mut start = rest.start;
    for part in text[rest].split(',') {
        let place = trimmed(text, start..start + part.len());
        start += part.len() + 1;
        let written = &text[place.clone()];
        // The name as the statement has it is understood, too.
        let sigil = usize::from(written.starts_with('@'));
        match leading_name(&written[sigil..]) {
            Some((name, length)) if sigil + length == written.len() => names.push(Named {
                name,
                place: file.span(place),
            }),
            _ => {
                let message = if written.is_empty() {
                    "a name is missing beside this comma".to_owned()
                } else {
                    format!("`{written}` is not a name")
                };
                let place = if written.is_empty() {
                    place.start.saturating_sub(1)..place.start
                } else {
                    place
                };
                diagnostics.push(mistake(file, place, message, form));
                return None;
            }
        }
    }
    Some(names)
}

/// Reads `key: expression, …` from `rest`.
pub(super) fn read_sort(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let text = file.text();
    let rest = trimmed(text, rest);
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let written = &text[rest.clone()];
    let length = written.find(|c| !is_part(c)).unwrap_or(written.len());
    let key = rest.start..rest.start + length;
    let after = trimmed(text, key.end..rest.end);
    let colon = text[after.clone()].starts_with(':') && !text[after.clone()].starts_with("::");
    if key.is_empty() || !colon || !text[key.clone()].contains(char::is_alphanumeric) {
        let (place, message) = if written.is_empty() {
            (word, "`@sort` has no key".to_owned())
        } else if key.is_empty() {
            let end = written.find([':', ' ']).unwrap_or(written.len()).max(1);
            let place = rest.start..rest.start + end;
            let message = format!("`{}` is not a key", file.span(place.clone()).text());
            (place, message)
        } else {
            let message = format!("there is no colon after `{}`", &text[key.clone()]);
            (key, message)
        };
        diagnostics.push(mistake(file, place, message, SORT_FORM));
        return None;
    }
    let list = after.start + 1..rest.end;
    let tokens = lex(&text[list.clone()]);
    let at = |range: &Range<usize>| list.start + range.start..list.start + range.end;
    // What a line comment would hide in the statement is not taken into it.
    let mut significant = tokens.iter().filter(|token| !token.is_trivia());
    let Some(start) = significant.next() else {
        let message = format!("the order `{}` is empty", &text[key.clone()]);
        diagnostics.push(mistake(file, key, message, SORT_FORM));
        return None;
    };
    let end = significant.next_back().unwrap_or(start);
    let range = start.range.start..end.range.end;
    if let Some(broken) = tokens.iter().find(|token| !token.terminated) {
        let message = "this does not end on its line";
        diagnostics.push(mistake(file, at(&broken.range), message, SORT_FORM));
        return None;
    }
    let list = at(&range);
    if let Some(foreign) = foreign_to_order(&text[list.clone()]) {
        let place = list.start + foreign.start..list.start + foreign.end;
        let message = format!("`{}` is no part of an order", &text[place.clone()]);
        diagnostics.push(mistake(file, place, message, SORT_FORM));
        return None;
    }
    Some(Directive::Sort(Sort {
        key: Named {
            name: text[key.clone()].to_owned(),
            place: file.span(key),
        },
        list: file.span(list),
    }))
}

/// Reads `Name` from `rest`.
pub(super) fn read_row(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let rest = trimmed(file.text(), rest);
    let name = file.text()[rest.clone()].to_owned();
    if name.is_empty() {
        let message = "`@row` has no name";
        diagnostics.push(mistake(file, word, message, ROW_FORM));
        return None;
    }
    Some(Directive::Row(Named {
        name,
        place: file.span(rest),
    }))
}

/// Reads `Name` or `Name: a, b` from `rest`.
pub(super) fn read_params(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let text = file.text();
    let rest = trimmed(text, rest);
    let (name, list) = match text[rest.clone()].find(':') {
        Some(colon) => (
            trimmed(text, rest.start..rest.start + colon),
            Some(trimmed(text, rest.start + colon + 1..rest.end)),
        ),
        None => (rest, None),
    };
    if name.is_empty() {
        let message = "`@params` has no name";
        diagnostics.push(mistake(file, word, message, PARAMS_FORM));
        return None;
    }
    let fields = match list {
        None => Vec::new(),
        Some(list) if list.is_empty() => {
            let message = "`@params` lists no parameter after its colon";
            diagnostics.push(mistake(file, name, message, PARAMS_FORM));
            return None;
        }
        Some(list) => read_names(file, list, PARAMS_FORM, diagnostics)?,
    };
    Some(Directive::Params(Params {
        name: Named {
            name: text[name.clone()].to_owned(),
            place: file.span(name),
        },
        fields,
    }))
}
