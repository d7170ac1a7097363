//! The comments above a statement: its annotation, doc comment and directives.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceFile, Span};
use crate::syntax::annotation::{self, Annotation, Reading};
use crate::syntax::directive::{self, Directive};
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::shape::{self, Shape};

/// What the comments above a statement say, where one of them makes it a query.
#[derive(Debug)]
pub(super) struct Header {
    /// `None` if it cannot be read, which is reported.
    pub(super) annotation: Option<Annotation>,
    /// How many tokens it has. What follows is a planner hint (`/*+ … */`) and belongs to the statement.
    pub(super) length: usize,
    /// The lines of the doc comment.
    pub(super) docs: Vec<String>,
    pub(super) directives: Vec<Directive>,
    /// What `@with` says.
    pub(super) shape: Option<Shape>,
}

/// Reads the white space and comments before a statement; `None` if it is no query. `body` is the statement itself.
pub(super) fn read(
    file: &SourceFile,
    trivia: &[Token],
    body: &[Token],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Header> {
    let (index, annotation) = find_annotation(file, trivia, diagnostics)?;
    let is_hint = |token: &Token| token.text(file.text()).starts_with("/*+");
    let hint = trivia[index + 1..].iter().position(is_hint);
    let trivia = &trivia[..hint.map_or(trivia.len(), |hint| index + 1 + hint)];
    let mut header = Header {
        annotation,
        length: trivia.len(),
        docs: Vec::new(),
        directives: Vec::new(),
        shape: None,
    };
    let lines = doc_lines(file.text(), trivia, index);
    let mut has_shape = false;
    let mut read = 0;
    while let Some(line) = lines.get(read).cloned() {
        read += 1;
        let content = directive::trimmed(file.text(), line.clone());
        let keyword = directive::keyword(&file.text()[content.clone()]);
        if keyword == Some(directive::SHAPE) {
            has_shape = true;
            let count = shape::extent(file, &lines[read - 1..]);
            header.read_shape(
                file,
                &content,
                &lines[read - 1..read - 1 + count],
                diagnostics,
            );
            read += count - 1;
        } else if keyword
            .is_some_and(|word| directive::is_known(word) || !mentions(file, body, word))
        {
            header
                .directives
                .extend(directive::read(file, content, diagnostics));
        } else {
            header.docs.push(file.text()[line].to_owned());
        }
    }
    header.check_load(has_shape, diagnostics);
    header.check_row(diagnostics);
    header.check_pages(diagnostics);
    let is_blank = |line: &String| line.trim().is_empty();
    while header.docs.last().is_some_and(is_blank) {
        header.docs.pop();
    }
    let blank = header.docs.iter().take_while(|line| is_blank(line)).count();
    header.docs.drain(..blank);
    Some(header)
}

impl Header {
    /// Reads `@with`, which may have several lines.
    fn read_shape(
        &mut self,
        file: &SourceFile,
        content: &Range<usize>,
        lines: &[Range<usize>],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let word = content.start..content.start + 1 + directive::SHAPE.len();
        let shape = shape::read(file, word.clone(), lines, diagnostics);
        if let Some(first) = &self.shape {
            let second = second_one(directive::SHAPE, &first.place, &file.span(word));
            diagnostics.push(second.help("write all relations between the same braces"));
        }
        self.shape = self.shape.take().or(shape);
    }

    /// Reports a second `@row` or `@params`.
    fn check_row(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut params = self.directives.iter().filter_map(|said| match said {
            Directive::Params(params) => Some(&params.name.place),
            _ => None,
        });
        if let Some(first) = params.next() {
            diagnostics.extend(params.map(|second| second_one("params", first, second)));
        }
        let mut rows = self.directives.iter().filter_map(|said| match said {
            Directive::Row(named) => Some(&named.place),
            _ => None,
        });
        if let Some(first) = rows.next() {
            diagnostics.extend(rows.map(|second| second_one("row", first, second)));
        }
    }

    /// Reports a second `@page` or `@total`, and a `@total` without pages.
    fn check_pages(&self, diagnostics: &mut Vec<Diagnostic>) {
        let places = |of: fn(&Directive) -> Option<&Span>| self.directives.iter().filter_map(of);
        let mut pages = places(|said| match said {
            Directive::Page(paging) => Some(&paging.place),
            _ => None,
        });
        let mut totals = places(|said| match said {
            Directive::Total(counting) => Some(&counting.place),
            _ => None,
        });
        let (page, total) = (pages.next(), totals.next());
        if let (None, Some(total)) = (page, total) {
            let message = "`@total` counts the rows of all pages, and this query has no pages";
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, message)
                    .at(total.clone(), "")
                    .help("add a line `-- @page`, or write a query with `count(*)`"),
            );
        }
        if let Some(first) = page {
            diagnostics.extend(pages.map(|second| second_one("page", first, second)));
        }
        if let Some(first) = total {
            diagnostics.extend(totals.map(|second| second_one("total", first, second)));
        }
    }

    /// Reports an `@load` that says nothing: without `@with`, or a second time.
    fn check_load(&self, has_shape: bool, diagnostics: &mut Vec<Diagnostic>) {
        let mut loads = self.directives.iter().filter_map(|said| match said {
            Directive::Load(_, place) => Some(place),
            _ => None,
        });
        let Some(first) = loads.next() else { return };
        if !has_shape {
            let message = "`@load` says how relations are loaded, and this query has no `@with`";
            diagnostics.push(
                Diagnostic::error(Code::InvalidDirective, message)
                    .at(first.clone(), "")
                    .help("remove it, or name relations: `@with { customer }`"),
            );
        }
        diagnostics.extend(loads.map(|second| second_one("load", first, second)));
    }
}

/// The mistake that a directive stands there twice.
fn second_one(keyword: &str, first: &Span, second: &Span) -> Diagnostic {
    let message = format!("a query has one `@{keyword}`");
    Diagnostic::error(Code::InvalidDirective, message)
        .at(second.clone(), "the second one")
        .also(first.clone(), "the first one")
}

/// Whether a statement has the parameter, or anything else, called `word`. A line of prose may begin with it, as
/// `@max_rows is at most 100`.
fn mentions(file: &SourceFile, body: &[Token], word: &str) -> bool {
    let mut texts = body.iter().map(|token| token.text(file.text()));
    texts.any(|text| text.trim_matches(['@', '\'', '"']) == word)
}

/// The annotation nearest to the statement, with its index. Once there is one, a malformed line is prose, as
/// `-- name: of the user`; so it is for sqlc.
fn find_annotation(
    file: &SourceFile,
    trivia: &[Token],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(usize, Option<Annotation>)> {
    let mut found: Option<(usize, Option<Annotation>)> = None;
    let mut suspect = None;
    for (index, comment) in trivia
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_comment())
    {
        match annotation::read(file, comment) {
            Reading::Annotation(next) => {
                if let Some((_, Some(previous))) = &found {
                    let also = file.span(next.name.clone());
                    diagnostics
                        .push(without_statement(file, previous).also(also, "the next query"));
                }
                found = Some((index, Some(next)));
            }
            Reading::Mistaken(mistake) if !matches!(found, Some((_, Some(_)))) => {
                diagnostics.push(mistake);
                found = Some((index, None));
            }
            Reading::Suspect(mistake) => suspect = suspect.or(Some((index, mistake))),
            Reading::Mistaken(_) | Reading::Prose => {}
        }
    }
    if found.is_none()
        && let Some((index, mistake)) = suspect
    {
        diagnostics.push(mistake);
        found = Some((index, None));
    }
    found
}

/// An annotation with nothing to annotate.
pub(super) fn without_statement(file: &SourceFile, annotation: &Annotation) -> Diagnostic {
    let name = file.span(annotation.name.clone());
    let message = format!("query `{}` has no statement", name.text());
    Diagnostic::error(Code::InvalidAnnotation, message)
        .at(name, "there is no SQL after this")
        .help("write its statement below, or remove the annotation")
}

/// The lines of the doc comment: of the comments that touch the annotation from above, and of all below it. An empty
/// line between comments is an empty range.
fn doc_lines(text: &str, trivia: &[Token], annotation: usize) -> Vec<Range<usize>> {
    let is_blank = |token: &Token| line_ends(token.text(text)) > 1;
    // A blank line ends the block above, as does the annotation of another query.
    let first = trivia[..annotation]
        .iter()
        .rposition(|token| match token.kind {
            TokenKind::Whitespace => is_blank(token),
            _ => annotation::is_well_formed(text, token),
        })
        .map_or(0, |before| before + 1);
    let mut lines = Vec::new();
    for (index, token) in trivia.iter().enumerate().skip(first) {
        if token.is_comment() {
            if index != annotation && !ends_a_statement_line(text, trivia, index) {
                lines.extend(comment_lines(text, token));
            }
        } else if is_blank(token) {
            lines.push(token.range.end..token.range.end);
        }
    }
    lines
}

/// Whether a comment stands on the line of the previous statement's end, and so belongs to that.
fn ends_a_statement_line(text: &str, trivia: &[Token], index: usize) -> bool {
    let start = trivia[0].range.start;
    start > 0 && line_ends(&text[start..trivia[index].range.start]) == 0
}

/// The lines of a comment without its markers and one following space.
fn comment_lines(text: &str, comment: &Token) -> Vec<Range<usize>> {
    let mut content = annotation::content(text, comment);
    if comment.kind == TokenKind::BlockComment && text[content.clone()].starts_with('*') {
        content.start += 1; // `/** … */`
    }
    let mut lines = Vec::new();
    let mut start = content.start;
    for line in text[content].split('\n') {
        let range = start..start + line.trim_end().len();
        lines.push(range);
        start += line.len() + 1;
    }
    if comment.kind == TokenKind::BlockComment && lines.len() > 1 {
        unindent(text, &mut lines[1..]);
        // The markers often stand on lines of their own.
        if lines.first().is_some_and(Range::is_empty) {
            lines.remove(0);
        }
        if lines.last().is_some_and(Range::is_empty) {
            lines.pop();
        }
    }
    if let Some(first) = lines.first_mut()
        && text[first.clone()].starts_with(' ')
    {
        first.start += 1;
    }
    lines
}

/// Removes what the lines of a block comment have in common: `*` at their beginning, or their indentation.
fn unindent(text: &str, lines: &mut [Range<usize>]) {
    let indentation = |line: &Range<usize>| {
        let line = &text[line.clone()];
        line.len() - line.trim_start().len()
    };
    let is_starred = lines.iter().all(|line| {
        let line = text[line.clone()].trim_start();
        line.is_empty() || line.starts_with('*')
    });
    let written = |line: &Range<usize>| line.start < line.end;
    let common = lines
        .iter()
        .filter(|line| written(line))
        .map(indentation)
        .min();
    for line in lines {
        if !written(line) {
            continue;
        }
        if is_starred {
            line.start += indentation(line) + 1;
            if text[line.clone()].starts_with(' ') {
                line.start += 1;
            }
        } else {
            line.start += common.unwrap_or_default();
        }
    }
}

/// Reports directives between the lines of a statement, where they would be passed over.
pub(super) fn report_misplaced(
    file: &SourceFile,
    statement: &[Token],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let text = file.text();
    for comment in statement.iter().filter(|token| token.is_comment()) {
        let content = directive::trimmed(text, annotation::content(text, comment));
        if let Some(keyword) = directive::keyword(&text[content.clone()])
            && directive::is_known(keyword)
        {
            diagnostics.push(
                Diagnostic::error(
                    Code::InvalidDirective,
                    format!("`@{keyword}` stands inside its statement"),
                )
                .at(file.span(content), "")
                .help("move it up, below the `-- name:` line"),
            );
        }
    }
}

/// How many lines end in `text`: at `\n`, `\r\n` or `\r`.
pub(super) fn line_ends(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(index, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(index + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count()
}
