//! The directives of queries that give their rows in pages: `@page` and `@total up_to 1000`.

use std::ops::Range;

use super::{Directive, trimmed};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceFile, Span};

const PAGE_FORM: &str = "write `@page` alone, or `@page assume_unique` if you know that no two rows are equal in the order";
const TOTAL_FORM: &str =
    "write `@total` alone to count all rows, or `@total up_to 1000` to stop counting there";
/// What says that an order has a unique end, where nothing proves it.
const ASSUME_UNIQUE: &str = "assume_unique";
const UP_TO: &str = "up_to";

/// `@page`, at its place.
#[derive(Clone, Debug)]
pub(crate) struct Paging {
    pub(crate) place: Span,
    /// Whether the user says that no two rows are equal in the order.
    pub(crate) assumes_unique: bool,
}

/// `@total`, at its place.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    pub(crate) place: Span,
    /// How many rows are counted at most.
    pub(crate) up_to: Option<u32>,
}

fn mistake(file: &SourceFile, place: Range<usize>, message: String, help: &str) -> Diagnostic {
    Diagnostic::error(Code::InvalidDirective, message)
        .at(file.span(place), "")
        .help(help)
}

/// Reads what follows `@page`.
pub(super) fn read_page(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let rest = trimmed(file.text(), rest);
    let written = &file.text()[rest.clone()];
    if !written.is_empty() && written != ASSUME_UNIQUE {
        let message = format!("`@page` does not take `{written}`");
        diagnostics.push(mistake(file, rest, message, PAGE_FORM));
        return None;
    }
    Some(Directive::Page(Paging {
        assumes_unique: !written.is_empty(),
        place: file.span(word),
    }))
}

/// Reads what follows `@total`.
pub(super) fn read_total(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let rest = trimmed(file.text(), rest);
    let written = &file.text()[rest.clone()];
    let counting = |up_to| {
        Some(Directive::Total(Counting {
            place: file.span(word),
            up_to,
        }))
    };
    if written.is_empty() {
        return counting(None);
    }
    let number = written
        .strip_prefix(UP_TO)
        .filter(|number| number.starts_with(char::is_whitespace));
    let number = number.and_then(|number| number.trim().replace('_', "").parse().ok());
    if let Some(number @ 1_u32..) = number {
        return counting(Some(number));
    }
    let message = format!("`@total` does not take `{written}`");
    diagnostics.push(mistake(file, rest, message, TOTAL_FORM));
    None
}
