//! Annotated queries, read from `.sql` files.
//!
//! Pure: text in, queries and diagnostics out. Nothing here knows SQL's grammar, only its tokens, so any statement
//! that Postgres accepts passes through byte for byte apart from its placeholders.

mod alias;
mod annotation;
#[cfg(feature = "postgres")]
mod assignment;
mod clause;
#[cfg(feature = "postgres")]
mod condition;
mod directive;
mod doubtful;
mod header;
#[cfg(feature = "postgres")]
mod implied;
#[cfg(feature = "postgres")]
mod insert;
mod lexer;
mod macro_call;
mod ordering;
#[cfg(feature = "postgres")]
mod paging;
mod pattern;
mod placeholder;
mod shape;
mod stand_in;
mod statement;
mod unnamed;
#[cfg(feature = "postgres")]
mod with;

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Command, Location};
use crate::options::{self, Target};
use crate::source::{Rewritten, SourceFile, Span};
use lexer::lex_from;
use statement::Statement;
use unnamed::Unnamed;

pub(crate) use directive::{Counting, Directive, Named, Override, Paging, Params, Strategy};
pub(crate) use lexer::{Token, TokenKind, lex, tokens_from};
pub(crate) use ordering::Order;
pub(crate) use placeholder::{Embed, Placeholder};
pub(crate) use shape::Shape;
pub(crate) use stand_in::StandIns;
pub(crate) use statement::next_statement;
pub(crate) use unnamed::Role;
#[cfg(feature = "postgres")]
pub(crate) use {
    alias::Alias,
    clause::Verb,
    condition::{Conjunct, Parts, Unusable, parts},
    implied::{Implied, Natural, StarPlace, table_commands},
    insert::{Insert, List, Source},
    ordering::{OrderPlace, order_place},
    paging::{ColumnName, PagePlace, SortKey, Unpageable, page_place, sort_keys},
    pattern::patterns,
    placeholder::renumbered,
    shape::{Argument, ArgumentKind, Field, Name, Selection},
    statement::statements,
    with::after_changes,
};

/// One annotated query of a file.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The name, at its place in the annotation.
    pub(crate) name: Span,
    pub(crate) command: Command,
    /// The lines of its doc comment, without `--`.
    pub(crate) docs: Vec<String>,
    /// The `@` lines of its comments.
    pub(crate) directives: Vec<Directive>,
    /// The Rust types that its aliases name.
    pub(crate) alias_types: Vec<Override>,
    /// The statement, without its `;`.
    pub(crate) statement: Span,
    /// The SQL that is sent, with `$n` placeholders.
    pub(crate) sql: Rewritten,
    /// What `$1`, `$2`, … stand for, in that order.
    pub(crate) placeholders: Vec<Placeholder>,
    /// What `@with` loads with its rows.
    pub(crate) shape: Option<Shape>,
    /// Its `sqlc.embed(…)`, in order.
    pub(crate) embeds: Vec<Embed>,
    /// What `@sort` allows.
    pub(crate) orders: Vec<Order>,
}

/// The place of a name or the like, as it is known below.
pub(crate) fn location(span: &Span) -> Location {
    let position = span.position();
    Location {
        file: span.file.key().to_owned(),
        line: position.line,
        column: position.column,
    }
}

impl Query {
    /// Where the directive `@many` stands.
    pub(crate) fn many(&self) -> Option<&Span> {
        self.directives
            .iter()
            .find_map(|directive| match directive {
                Directive::Many(place) => Some(place),
                _ => None,
            })
    }

    /// What `@load` says, and where it stands.
    pub(crate) fn load(&self) -> Option<(Strategy, &Span)> {
        self.directives
            .iter()
            .find_map(|directive| match directive {
                Directive::Load(strategy, place) => Some((*strategy, place)),
                _ => None,
            })
    }

    /// The parameters that `@optional` names, in the order it does.
    pub(crate) fn optional(&self) -> impl Iterator<Item = &Named> {
        let lists = self.directives.iter().filter_map(|said| match said {
            Directive::Optional(names) => Some(names),
            _ => None,
        });
        lists.flatten()
    }

    /// What `@page` says.
    pub(crate) fn paging(&self) -> Option<&Paging> {
        self.directives.iter().find_map(|said| match said {
            Directive::Page(paging) => Some(paging),
            _ => None,
        })
    }

    /// What `@total` says.
    pub(crate) fn counting(&self) -> Option<&Counting> {
        self.directives.iter().find_map(|said| match said {
            Directive::Total(counting) => Some(counting),
            _ => None,
        })
    }

    /// The name that `@row` gives to the struct of its rows.
    pub(crate) fn row(&self) -> Option<&Named> {
        self.directives.iter().find_map(|said| match said {
            Directive::Row(name) => Some(name),
            _ => None,
        })
    }

    /// The struct that `@params` makes of its parameters.
    pub(crate) fn params(&self) -> Option<&Params> {
        self.directives.iter().find_map(|said| match said {
            Directive::Params(params) => Some(params),
            _ => None,
        })
    }

    /// Where in the file these bytes of the SQL that is sent come from.
    pub(crate) fn origin(&self, range: Range<usize>) -> Span {
        let start = self.sql.origin(range.start).start;
        let last = self.sql.text()[range.clone()].chars().next_back();
        let last = last.map_or(0, char::len_utf8);
        let end = self.sql.origin(range.end.saturating_sub(last));
        let end = if end.is_empty() {
            end.end + last
        } else {
            end.end
        };
        self.name.file.span(start..end)
    }
}

/// Reads the queries of a file that holds nothing else. A broken one is reported and left out; the rest is still read.
#[cfg(test)]
pub(crate) fn parse(file: &SourceFile, stand_ins: &StandIns) -> (Vec<Query>, Vec<Diagnostic>) {
    parse_as(Role::QueriesOnly, file, stand_ins)
}

/// Reads the queries of a file. A broken one is reported and left out; the rest is still read. So is what belongs to no
/// query, unless `role` says that it is applied.
pub(crate) fn parse_as(
    role: Role,
    file: &SourceFile,
    stand_ins: &StandIns,
) -> (Vec<Query>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let tokens = tokens(file, &mut diagnostics);
    let mut queries = Vec::new();
    let mut unnamed = Unnamed::new(file, role);
    for statement in statement::split(file.text(), &tokens) {
        for part in end_at_annotations(file, &tokens, &statement, &mut diagnostics) {
            if let Some(nul) = nul_in(file, &tokens, &part) {
                diagnostics.push(nul);
                continue;
            }
            let found = query(
                file,
                &tokens,
                &part,
                stand_ins,
                &mut unnamed,
                &mut diagnostics,
            );
            queries.extend(found);
        }
    }
    diagnostics.extend(unnamed.finish());
    (queries, diagnostics)
}

/// The report of a character that no text for Postgres can hold: it would end the connection.
fn nul_in(file: &SourceFile, tokens: &[Token], part: &Statement) -> Option<Diagnostic> {
    let tokens = &tokens[part.tokens.clone()];
    let (first, last) = (tokens.first()?, tokens.last()?);
    let text = &file.text()[first.range.start..last.range.end];
    let at = first.range.start + text.find('\0')?;
    Some(
        Diagnostic::error(Code::InvalidQuery, "the file contains a NUL character")
            .at(file.span(at..at + 1), "Postgres cannot read it")
            .help("remove it; if the file is UTF-16, save it as UTF-8"),
    )
}

/// Whether a piece of SQL has the annotation of a query in a comment of its.
pub(crate) fn is_annotated(text: &str) -> bool {
    text.contains("name:")
        && tokens_from(text, 0)
            .any(|token| token.is_comment() && annotation::is_well_formed(text, &token))
}

/// Whether a statement has a parameter, or a macro of sqlc, which Postgres cannot run as it stands.
pub(crate) fn has_placeholder(sql: &str) -> bool {
    let file = SourceFile::new("", "", sql);
    let sent = placeholder::rewrite(&file, &lex(sql), &StandIns::default(), &mut Vec::new());
    sent.is_none_or(|sent| !sent.placeholders.is_empty() || !sent.embeds.is_empty())
}

/// Reports queries with the same name, and those of one file whose names differ only in case and underscores.
pub(crate) fn check_duplicate_names(queries: &[Query]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut exact: HashMap<&str, &Span> = HashMap::new();
    let mut folded: HashMap<(&str, String), &Span> = HashMap::new();
    for Query { name, .. } in queries {
        let file = name.file.key();
        let same = exact.get(name.text()).copied();
        let similar = folded.get(&(file, fold(name.text()))).copied();
        let message = match (same, similar) {
            (Some(_), _) => format!("there are two queries `{}`", name.text()),
            (None, Some(first)) => format!(
                "the names of queries `{}` and `{}` differ only in case and underscores",
                first.text(),
                name.text()
            ),
            (None, None) => String::new(),
        };
        if let Some(first) = same.or(similar) {
            diagnostics.push(
                Diagnostic::error(Code::DuplicateName, message)
                    .at(name.clone(), "the second one")
                    .also(first.clone(), "the first one")
                    .help("rename one of them"),
            );
        }
        exact.entry(name.text()).or_insert(name);
        folded.entry((file, fold(name.text()))).or_insert(name);
    }
    diagnostics
}

/// The Rust types that queries choose, in their comments and by their aliases. A comment comes first.
pub(crate) fn type_overrides(queries: &[Query]) -> Vec<options::Override> {
    queries.iter().flat_map(chosen_types).collect()
}

fn chosen_types(query: &Query) -> Vec<options::Override> {
    let name = || query.name.text().to_owned();
    let of_column = |said: &Override| Target::SaidOfColumn {
        query: name(),
        column: said.name.clone(),
    };
    let chosen = |said: &Override, target: Target| {
        Some(options::Override {
            target: Some(target),
            rust_type: said.rust_type.clone()?,
            implements: None,
            place: said.place.clone().into(),
        })
    };
    let said = query.directives.iter();
    let mut types: Vec<_> = said
        .filter_map(|directive| match directive {
            Directive::Param(said) => {
                let parameter = said.name.clone();
                let query = name();
                chosen(said, Target::SaidOfParameter { query, parameter })
            }
            Directive::Column(said) => chosen(said, of_column(said)),
            _ => None,
        })
        .collect();
    for said in &query.alias_types {
        let target = of_column(said);
        if !types
            .iter()
            .any(|known| known.target.as_ref() == Some(&target))
        {
            types.extend(chosen(said, target));
        }
    }
    types
}

/// What is left of a name when it is cased and cut into words anew.
fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

/// The tokens of a file. Where a string, comment or quoted name does not end, the first one with an annotation inside
/// is to blame, and reading goes on at that annotation; otherwise a forgotten quote would spoil the rest of the file.
fn tokens(file: &SourceFile, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token> {
    let text = file.text();
    let mut tokens = lex_from(text, 0);
    let mut read = 0;
    while tokens.last().is_some_and(|token| !token.terminated) {
        let culprit = tokens[read..]
            .iter()
            .enumerate()
            .find_map(|(index, token)| {
                let is_candidate = !token.terminated
                    || matches!(
                        token.kind,
                        TokenKind::String | TokenKind::DollarString | TokenKind::QuotedIdentifier
                    );
                let resume = is_candidate.then(|| annotation_inside(text, token))??;
                Some((read + index, Some(resume)))
            });
        let (index, resume) = culprit.unwrap_or((tokens.len() - 1, None));
        let token = &mut tokens[index];
        diagnostics.push(unterminated(file, token, resume.as_ref()));
        token.terminated = false;
        let Some(resume) = resume else { break };
        token.range.end = resume.start;
        tokens.truncate(index + 1);
        read = index + 1;
        tokens.extend(lex_from(text, resume.start));
    }
    tokens
}

/// The line inside a token that is an annotation.
fn annotation_inside(text: &str, token: &Token) -> Option<Range<usize>> {
    let mut start = token.range.start;
    for (index, line) in token.text(text).split_inclusive('\n').enumerate() {
        let comment = Token {
            kind: TokenKind::LineComment,
            range: start..start + line.trim_end().len(),
            terminated: true,
        };
        if index > 0 && line.starts_with("--") && annotation::is_well_formed(text, &comment) {
            return Some(comment.range);
        }
        start += line.len();
    }
    None
}

/// Warns of strings and quoted names with an annotation inside: two forgotten quotes hide what is between them.
fn report_swallowed_queries(file: &SourceFile, body: &[Token], diagnostics: &mut Vec<Diagnostic>) {
    for token in body {
        if matches!(token.kind, TokenKind::String | TokenKind::QuotedIdentifier)
            && let Some(annotation) = annotation_inside(file.text(), token)
        {
            let start = token.range.start;
            diagnostics.push(
                Diagnostic::warning(
                    Code::UnterminatedToken,
                    "a query starts inside a quoted text",
                )
                .at(file.span(annotation), "this is not read as a query")
                .also(file.span(start..start + 1), "the quoted text starts here")
                .help("is there a quote too many, or too few?"),
            );
        }
    }
}

fn unterminated(file: &SourceFile, token: &Token, resume: Option<&Range<usize>>) -> Diagnostic {
    let text = token.text(file.text());
    let (what, opening, closing) = match token.kind {
        TokenKind::BlockComment => ("comment", 2, "*/"),
        TokenKind::QuotedIdentifier => ("quoted name", text.find('"').unwrap_or(0) + 1, "\""),
        TokenKind::DollarString => {
            let length = text[1..].find('$').map_or(1, |end| end + 2);
            ("string", length, &text[..length])
        }
        _ => ("string", text.find('\'').unwrap_or(0) + 1, "'"),
    };
    let start = token.range.start;
    let diagnostic =
        Diagnostic::error(Code::UnterminatedToken, format!("this {what} does not end"))
            .at(file.span(start..start + opening), "it starts here")
            .help(match closing {
                "'" => "end it with `'`; inside a string, `'` is written `''`".to_owned(),
                closing => format!("end it with `{closing}`"),
            });
    match resume {
        Some(annotation) => {
            diagnostic.also(file.span(annotation.clone()), "a query starts inside it")
        }
        None => diagnostic,
    }
}

/// Cuts a statement before each annotation below its first line: somebody forgot a `;`.
fn end_at_annotations(
    file: &SourceFile,
    tokens: &[Token],
    statement: &Statement,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Statement> {
    let text = file.text();
    let mut parts = Vec::new();
    let mut start = statement.tokens.start;
    for index in statement.body.start..statement.tokens.end {
        let is_first_of_line = || header::line_ends(tokens[index - 1].text(text)) > 0;
        if !tokens[index].is_comment()
            || !is_first_of_line()
            || !annotation::is_well_formed(text, &tokens[index])
        {
            continue;
        }
        let part = Statement::new(tokens, start..index);
        if let Some(last) = tokens[part.body.clone()].last() {
            let end = last.range.end;
            // A command of psql's has no `;`.
            let is_statement = !tokens[part.body.start].text(text).starts_with('\\');
            diagnostics.extend(is_statement.then(|| {
                Diagnostic::error(
                    Code::InvalidAnnotation,
                    "there is no `;` before the next query",
                )
                .at(file.span(end..end), "write `;` here")
                .also(file.span(tokens[index].range.clone()), "the next query")
                .help("the annotation of a query stands above its statement")
            }));
            parts.push(part);
            start = index;
        }
    }
    parts.push(Statement::new(tokens, start..statement.tokens.end));
    parts
}

/// Reads one statement; `None` if it is no query, or a broken one.
fn query(
    file: &SourceFile,
    tokens: &[Token],
    statement: &Statement,
    stand_ins: &StandIns,
    unnamed: &mut Unnamed<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Query> {
    let trivia = &tokens[statement.tokens.start..statement.body.start];
    let Some(header) = header::read(file, trivia, &tokens[statement.body.clone()], diagnostics)
    else {
        let body = tokens[statement.body.clone()]
            .first()
            .zip(tokens[statement.body.clone()].last());
        let range = body.map(|(first, last)| first.range.start..last.range.end);
        match range.and_then(|range| annotation::outside_comment(file, range)) {
            Some(mistake) => diagnostics.push(mistake),
            None => unnamed.add(tokens, statement, stand_ins),
        }
        return None;
    };
    if statement.body.is_empty() {
        if let Some(annotation) = &header.annotation {
            diagnostics.push(header::without_statement(file, annotation));
        }
        return None;
    }
    let body = &tokens[statement.tokens.start + header.length..statement.body.end];
    let rest = &tokens[statement.body.start..statement.tokens.end];
    header::report_misplaced(file, rest, diagnostics);
    if body.iter().any(|token| !token.terminated) {
        return None;
    }
    report_swallowed_queries(file, body, diagnostics);
    let sent = placeholder::rewrite(file, body, stand_ins, diagnostics)?;
    diagnostics.extend(doubtful::warnings(file, body));
    let annotation = header.annotation?;
    let alias_types = alias::types(file, body, diagnostics);
    let sorts = header.directives.iter().filter_map(|said| match said {
        Directive::Sort(sort) => Some(sort),
        _ => None,
    });
    let orders: Option<Vec<_>> = sorts
        .map(|sort| ordering::order(file, sort, &sent.placeholders, stand_ins, diagnostics))
        .collect();
    let query = Query {
        orders: orders?,
        name: file.span(annotation.name),
        command: annotation.command,
        docs: header.docs,
        directives: header.directives,
        alias_types,
        shape: header.shape,
        statement: file.span(body.first()?.range.start..body.last()?.range.end),
        sql: sent.sql,
        placeholders: sent.placeholders,
        embeds: sent.embeds,
    };
    let allows_wildcards = |said: &Directive| matches!(said, Directive::AllowWildcards);
    if !query.directives.iter().any(allows_wildcards) {
        let origin = |range| query.origin(range);
        pattern::report(query.sql.text(), &query.placeholders, origin, diagnostics);
    }
    Some(query)
}

#[cfg(test)]
mod tests;
