//! Comment lines that begin with `@`: `-- @param id bigint?`, `-- @column total rust_decimal::Decimal!`.

mod choice;
mod page;

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::options::CustomType;
use crate::quote::unquote;
use crate::source::{SourceFile, Span};

pub(crate) use page::{Counting, Paging};

/// What a directive says.
#[derive(Clone, Debug)]
pub(crate) enum Directive {
    /// `@param name [type][?|!]`
    Param(Override),
    /// `@column name [rust::Type][?|!]`
    Column(Override),
    /// `@many`, at its place: the query takes many rows at once.
    Many(Span),
    /// `@load single` or `@load batched`, at its place: how the relations of `@with` are loaded.
    Load(Strategy, Span),
    /// `@optional a, b`: parameters without whose values their conditions are left out.
    Optional(Vec<Named>),
    /// `@sort key: expression, …`
    Sort(Sort),
    /// `@row Name`
    Row(Named),
    /// `@page`: the rows come in pages.
    Page(Paging),
    /// `@total`: all rows are counted, too.
    Total(Counting),
    /// `@allow wildcards`: parameters may bring wildcards into patterns.
    AllowWildcards,
    /// `@params Name: a, b`
    Params(Params),
}

/// A struct that parameters are fields of.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pub(crate) name: Named,
    /// The parameters, in the order of the directive; all of them if it lists none.
    pub(crate) fields: Vec<Named>,
}

/// A name in a directive.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Without quotes.
    pub(crate) name: String,
    pub(crate) place: Span,
}

/// An order that a call can choose.
#[derive(Clone, Debug)]
pub(crate) struct Sort {
    pub(crate) key: Named,
    /// What stands after `ORDER BY`.
    pub(crate) list: Span,
}

/// How the relations of a query's rows are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// By the statement that gives the rows.
    Single,
    /// By a statement for each relation.
    Batched,
}

impl Strategy {
    const ALL: [(&str, Self); 2] = [("single", Self::Single), ("batched", Self::Batched)];
}

/// A correction of a parameter or a result column: a type, a nullability, or both.
#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// What it is about, without quotes.
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) place: Span,
    /// The Rust type it is to have. What sqlc reads as a Postgres type after `@param` means nothing here.
    pub(crate) rust_type: Option<CustomType>,
    /// Whether it may be NULL: `?` or `!`, and where that stands.
    pub(crate) nullable: Option<(bool, Span)>,
}

const OVERRIDES: [&str; 2] = ["param", "column"];
const MANY: &str = "many";
const LOAD: &str = "load";
/// Read by `shape`, since it may have several lines.
pub(super) const SHAPE: &str = "with";
const OPTIONAL: &str = "optional";
const SORT: &str = "sort";
const ROW: &str = "row";
const PAGE: &str = "page";
const TOTAL: &str = "total";
const ALLOW: &str = "allow";
const PARAMS: &str = "params";
/// sqlc's own, without a meaning here.
const IGNORED: &str = "sqlc-vet-disable";

/// The word of the directive in a comment line, if it is one: `@` and a letter come first.
pub(super) fn keyword(line: &str) -> Option<&str> {
    let word = line.strip_prefix('@')?;
    if !word.starts_with(char::is_alphabetic) {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
    Some(&word[..end])
}

/// Whether it is a directive that has a meaning here.
pub(super) fn is_known(keyword: &str) -> bool {
    OVERRIDES.contains(&keyword)
        || [
            MANY, LOAD, SHAPE, OPTIONAL, SORT, ROW, PARAMS, PAGE, TOTAL, ALLOW,
        ]
        .contains(&keyword)
}

/// Reads the directive in a comment line without surrounding white space; reports what cannot be read.
pub(super) fn read(
    file: &SourceFile,
    line: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    let keyword = keyword(&file.text()[line.clone()])?;
    let word = line.start..line.start + 1 + keyword.len();
    let error = |message: String| {
        Diagnostic::error(Code::InvalidDirective, message).at(file.span(word.clone()), "")
    };
    let rest = word.end..line.end;
    match keyword {
        "param" => Some(Directive::Param(read_override(
            file,
            word,
            rest,
            diagnostics,
        )?)),
        "column" => Some(Directive::Column(read_override(
            file,
            word,
            rest,
            diagnostics,
        )?)),
        MANY => {
            let rest = trimmed(file.text(), rest);
            if rest.is_empty() {
                return Some(Directive::Many(file.span(word)));
            }
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, "`@many` stands alone")
                    .at(file.span(rest), "")
                    .help("write prose on another line"),
            );
            None
        }
        LOAD => read_strategy(file, word, rest, diagnostics),
        OPTIONAL => choice::read_optional(file, word, rest, diagnostics),
        SORT => choice::read_sort(file, word, rest, diagnostics),
        ROW => choice::read_row(file, word, rest, diagnostics),
        PARAMS => choice::read_params(file, word, rest, diagnostics),
        PAGE => page::read_page(file, word, rest, diagnostics),
        TOTAL => page::read_total(file, word, rest, diagnostics),
        ALLOW => {
            let rest = trimmed(file.text(), rest);
            if &file.text()[rest.clone()] == "wildcards" {
                return Some(Directive::AllowWildcards);
            }
            let place = if rest.is_empty() { word.clone() } else { rest };
            let message = "`@allow` does not say what is allowed";
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, message)
                    .at(file.span(place), "")
                    .help(
                        "write `@allow wildcards`: parameters may bring `%` and `_` into patterns",
                    ),
            );
            None
        }
        IGNORED => None,
        _ => {
            let known = OVERRIDES.into_iter().chain([
                OPTIONAL, SORT, PAGE, TOTAL, ROW, PARAMS, MANY, LOAD, SHAPE, ALLOW, IGNORED,
            ]);
            let help = match nearest(keyword, known) {
                Some(known) => format!("did you mean `@{known}`?"),
                None => {
                    "the directives are `@param`, `@column`, `@row`, `@params`, `@optional`, `@sort`, `@page`, `@total`, `@many`, `@with`, \
                     `@load` and `@allow`; \
                     prose must not begin with `@`"
                        .to_owned()
                }
            };
            diagnostics.push(error(format!("unknown directive `@{keyword}`")).help(help));
            None
        }
    }
}

/// Reads `single` or `batched` from `rest`.
fn read_strategy(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Directive> {
    const HELP: &str =
        "write `@load single` for one statement, or `@load batched` for one for each relation";
    let rest = trimmed(file.text(), rest);
    let written = &file.text()[rest.clone()];
    let mut strategies = Strategy::ALL.into_iter();
    if let Some((_, strategy)) = strategies.find(|(name, _)| *name == written) {
        return Some(Directive::Load(strategy, file.span(word.start..rest.end)));
    }
    let (place, message) = if written.is_empty() {
        (word, "`@load` does not say how".to_owned())
    } else {
        (rest, format!("`{written}` is no way to load relations"))
    };
    diagnostics.push(
        Diagnostic::error(Code::InvalidDirective, message)
            .at(file.span(place), "")
            .help(HELP),
    );
    None
}

/// Reads `name [type][?|!]` from `rest`.
fn read_override(
    file: &SourceFile,
    word: Range<usize>,
    rest: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Override> {
    let text = file.text();
    let directive = &text[word.clone()];
    let form = match directive {
        "@param" => "@param name [type][?|!]",
        _ => "@column name [rust::Type][?|!]",
    };
    let rest = trimmed(text, rest);
    let Some((name, length)) = leading_name(&text[rest.clone()]) else {
        let (place, message) = if rest.is_empty() {
            (word, format!("`{directive}` names nothing"))
        } else {
            let end = text[rest.clone()].find(char::is_whitespace);
            let place = rest.start..end.map_or(rest.end, |end| rest.start + end);
            let message = format!("`{}` is not a name", &text[place.clone()]);
            (place, message)
        };
        diagnostics.push(
            Diagnostic::error(Code::InvalidDirective, message)
                .at(file.span(place), "")
                .help(format!(
                    "write `{form}`, with an unusual name in double quotes"
                )),
        );
        return None;
    };
    let place = rest.start..rest.start + length;
    let mut ty = trimmed(text, place.end..rest.end);
    let nullable = match text[ty.clone()].chars().next_back() {
        Some(mark @ ('?' | '!')) => {
            let mark_place = ty.end - 1..ty.end;
            ty = trimmed(text, ty.start..mark_place.start);
            Some((mark == '?', file.span(mark_place)))
        }
        _ => None,
    };
    if ty.is_empty() && nullable.is_none() {
        diagnostics.push(
            Diagnostic::warning(
                Code::InvalidDirective,
                format!("this `{directive}` changes nothing"),
            )
            .at(file.span(place.clone()), "")
            .help(format!(
                "write a type, or `?` or `!` for whether it can be NULL: `{form}`"
            )),
        );
    }
    let of_sqlc = directive == "@param" && !is_rust(&text[ty.clone()]);
    let rust_type = (!ty.is_empty() && !of_sqlc).then(|| CustomType::parse(&text[ty.clone()]));
    let rust_type = match rust_type.transpose() {
        Ok(rust_type) => rust_type,
        Err(mistake) => {
            let place = ty.start + mistake.range.start..ty.start + mistake.range.end;
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, mistake.message)
                    .at(file.span(place), "")
                    .help(mistake.help),
            );
            None
        }
    };
    Some(Override {
        name,
        place: file.span(place),
        rust_type,
        nullable,
    })
}

/// Whether a type after `@param` is meant to be Rust's, and not sqlc's note of a Postgres type.
fn is_rust(ty: &str) -> bool {
    ty.contains("::") || ty.contains('<') || CustomType::parse(ty).is_ok()
}

/// The name that `text` begins with, and its length there: a word that white space, `?`, `!` or nothing follows, or
/// anything in double quotes.
fn leading_name(text: &str) -> Option<(String, usize)> {
    let (name, length) = if let Some(quoted) = text.strip_prefix('"') {
        let (name, after) = unquote(quoted)?;
        (name, text.len() - after.len())
    } else {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
        (text[..length].to_owned(), length)
    };
    let ends = text[length..]
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || matches!(c, '?' | '!'));
    (ends && !name.is_empty()).then_some((name, length))
}

/// The range without white space around it.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let within = &text[range.clone()];
    let start = range.start + (within.len() - within.trim_start().len());
    let end = range.end - (within.len() - within.trim_end().len());
    start..end.max(start)
}
