//! The selection of `@with`: which relations are loaded with a query's rows, and what of them.
//!
//! ```text
//! -- @with { customer { id, name }, recent: items(where: quantity > @least, order_by: id, limit: 5) { *, -note } }
//! ```

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Rewritten, SourceFile, Span};
use crate::syntax::lexer::{Token, TokenKind, lex_from};
use crate::syntax::placeholder::{self, Placeholder};
use crate::syntax::stand_in::StandIns;

/// What `@with` asks for.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// The word `@with`.
    pub(crate) place: Span,
    pub(crate) fields: Vec<Field>,
}

/// One thing between braces.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// `*`: all columns.
    All(Span),
    /// `-name`: all columns but this one.
    Without(Name),
    /// A column, or a relation.
    Named(Box<Selection>),
}

/// `alias: table.name(arguments) { fields }`; only the name must be there.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) alias: Option<Name>,
    pub(crate) table: Option<Name>,
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) fields: Option<Vec<Field>>,
    /// From the first brace or parenthesis on.
    pub(crate) body: Option<Span>,
}

impl Selection {
    /// What the field is called.
    pub(crate) fn field(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.name)
    }

    /// From its name to its last brace or parenthesis.
    pub(crate) fn whole(&self) -> Span {
        let start = &self.name.place;
        let end = self.body.as_ref().unwrap_or(start).range.end;
        start.file.span(start.range.start..end)
    }

    pub(crate) fn argument(&self, kind: ArgumentKind) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.kind == kind)
    }
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// Without quotes.
    pub(crate) text: String,
    pub(crate) quoted: bool,
    pub(crate) place: Span,
}

impl Name {
    /// Whether it names this: as written or, unquoted, in lower case as SQL has it.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.text == name || (!self.quoted && self.text.to_lowercase() == name)
    }
}

/// `where: …`, `order_by: …`, `limit: …`.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    pub(crate) kind: ArgumentKind,
    /// The word before the colon.
    pub(crate) place: Span,
    /// SQL with `$n` placeholders, numbered for itself.
    pub(crate) sql: Rewritten,
    pub(crate) placeholders: Vec<Placeholder>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArgumentKind {
    Where,
    OrderBy,
    Limit,
}

impl ArgumentKind {
    const ALL: [(&str, Self); 3] = [
        ("where", Self::Where),
        ("order_by", Self::OrderBy),
        ("limit", Self::Limit),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Where => "where",
            Self::OrderBy => "order_by",
            Self::Limit => "limit",
        }
    }
}

/// How deep relations may nest; what is deeper is hardly meant, and would exhaust the stack.
const MAX_DEPTH: usize = 32;

/// How many of `lines`, the first of which begins with `@with`, belong to it: up to the line that closes its braces. All
/// up to the next directive where none does.
pub(super) fn extent(file: &SourceFile, lines: &[Range<usize>]) -> usize {
    for count in 1..=lines.len() {
        let masked = mask(file, &lines[..count]);
        let text = masked.text();
        let mut depth = 0_i32;
        let mut is_open = false;
        for token in tokens(&masked, lines[0].start, lines[count - 1].end) {
            match token.text(text) {
                "{" | "(" => depth += 1,
                "}" | ")" => depth -= 1,
                _ => is_open |= !token.terminated,
            }
        }
        if depth <= 0 && !is_open {
            return count;
        }
    }
    let is_directive =
        |line: &Range<usize>| file.text()[line.clone()].trim_start().starts_with('@');
    let next = lines.iter().skip(1).position(is_directive);
    next.map_or(lines.len(), |next| next + 1)
}

/// Reads `@with { … }` in these lines; `word` is the directive itself. Reports what cannot be read.
pub(super) fn read(
    file: &SourceFile,
    word: Range<usize>,
    lines: &[Range<usize>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Shape> {
    let masked = mask(file, lines);
    let end = lines.last().map_or(word.end, |line| line.end);
    let tokens: Vec<Token> = tokens(&masked, word.end, end)
        .into_iter()
        .filter(|token| !token.is_trivia())
        .collect();
    let mut parser = Parser {
        file,
        masked: &masked,
        tokens: &tokens,
        next: 0,
        depth: 0,
        end,
        diagnostics,
    };
    let found = parser.shape(&word);
    match found {
        Ok(fields) => Some(Shape {
            place: file.span(word),
            fields,
        }),
        Err(Wrong(mistake)) => {
            diagnostics.extend(mistake.map(|mistake| *mistake));
            None
        }
    }
}

/// The file with what stands between the lines of the directive, comment markers above all, as white space: so that
/// places in it are places in the file.
fn mask(file: &SourceFile, lines: &[Range<usize>]) -> SourceFile {
    if lines.len() < 2 {
        return file.clone();
    }
    let mut text = file.text().to_owned();
    for pair in lines.windows(2) {
        let gap = pair[0].end..pair[1].start;
        let blank: String = text[gap.clone()]
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        text.replace_range(gap, &blank);
    }
    SourceFile::new(file.name(), file.key(), text)
}

fn tokens(masked: &SourceFile, start: usize, end: usize) -> Vec<Token> {
    lex_from(&masked.text()[..end], start)
}

/// A mistake; `None` where it was reported already.
struct Wrong(Option<Box<Diagnostic>>);

type Parsed<T> = Result<T, Wrong>;

fn wrong(mistake: Diagnostic) -> Wrong {
    Wrong(Some(Box::new(mistake)))
}

struct Parser<'a> {
    file: &'a SourceFile,
    masked: &'a SourceFile,
    tokens: &'a [Token],
    next: usize,
    depth: usize,
    end: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Parser<'a> {
    fn shape(&mut self, word: &Range<usize>) -> Parsed<Vec<Field>> {
        if self.peek() != Some("{") {
            let place = self
                .tokens
                .first()
                .map_or(word.clone(), |token| token.range.clone());
            return Err(wrong(
                self.mistake("`@with` takes relations in braces", place)
                    .help("write `@with { customer, items { quantity } }`"),
            ));
        }
        let fields = self.braces()?;
        match self.tokens.get(self.next) {
            None => Ok(fields),
            Some(extra) => {
                let message = "nothing may follow the closing brace of `@with`";
                Err(wrong(self.mistake(message, extra.range.clone())))
            }
        }
    }

    /// `{ field, field }`; commas may be left out.
    fn braces(&mut self) -> Parsed<Vec<Field>> {
        let open = self.tokens[self.next].range.clone();
        self.next += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("relations nest at most {MAX_DEPTH} levels deep");
            return Err(wrong(self.mistake(message, open)));
        }
        let mut fields = Vec::new();
        loop {
            match self.peek() {
                Some("}") => break,
                Some(",") => self.next += 1,
                Some(_) => fields.push(self.field()?),
                None => {
                    return Err(wrong(
                        self.mistake("this brace is not closed", open)
                            .help("write `}` at the end"),
                    ));
                }
            }
        }
        let close = self.tokens[self.next].range.end;
        self.next += 1;
        self.depth -= 1;
        if fields.is_empty() {
            return Err(wrong(
                self.mistake("nothing is selected here", open.start..close)
                    .help("name columns or relations, or leave the braces out for all columns"),
            ));
        }
        Ok(fields)
    }

    fn field(&mut self) -> Parsed<Field> {
        let token = &self.tokens[self.next];
        match self.text(token) {
            "*" => {
                self.next += 1;
                Ok(Field::All(self.file.span(token.range.clone())))
            }
            "-" => {
                self.next += 1;
                Ok(Field::Without(self.name()?))
            }
            _ => Ok(Field::Named(Box::new(self.selection()?))),
        }
    }

    fn selection(&mut self) -> Parsed<Selection> {
        let mut name = self.name()?;
        let mut alias = None;
        let mut table = None;
        if self.peek() == Some(":") {
            self.next += 1;
            alias = Some(name);
            name = self.name()?;
        }
        if self.peek() == Some(".") {
            self.next += 1;
            table = Some(name);
            name = self.name()?;
        }
        let start = self.tokens.get(self.next).map(|token| token.range.start);
        let before = self.next;
        let arguments = if self.peek() == Some("(") {
            self.arguments()?
        } else {
            Vec::new()
        };
        let fields = if self.peek() == Some("{") {
            Some(self.braces()?)
        } else {
            None
        };
        let last = (self.next > before).then(|| self.tokens[self.next - 1].range.end);
        let body = start
            .zip(last)
            .map(|(start, end)| self.file.span(start..end));
        Ok(Selection {
            alias,
            table,
            name,
            arguments,
            fields,
            body,
        })
    }

    fn name(&mut self) -> Parsed<Name> {
        let Some(token) = self.tokens.get(self.next) else {
            let message = "`@with` ends where a name should stand";
            return Err(wrong(self.mistake(message, self.end..self.end)));
        };
        let written = self.text(token);
        let (text, quoted) = match token.kind {
            TokenKind::Identifier => (written.to_owned(), false),
            TokenKind::QuotedIdentifier if written.starts_with('"') && token.terminated => {
                (written[1..written.len() - 1].replace("\"\"", "\""), true)
            }
            _ => {
                let message = format!("`{written}` is not a name");
                return Err(wrong(self.mistake(message, token.range.clone()).help(
                    "name a column or a relation, an unusual name in double quotes",
                )));
            }
        };
        self.next += 1;
        Ok(Name {
            text,
            quoted,
            place: self.file.span(token.range.clone()),
        })
    }

    /// `(where: …, order_by: …, limit: …)`.
    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let open = self.tokens[self.next].range.clone();
        self.next += 1;
        let mut arguments: Vec<Argument> = Vec::new();
        loop {
            match self.peek() {
                Some(")") => break,
                Some(",") => {
                    self.next += 1;
                    continue;
                }
                Some(_) => {}
                None => {
                    return Err(wrong(
                        self.mistake("this parenthesis is not closed", open)
                            .help("write `)` after the last argument"),
                    ));
                }
            }
            let argument = self.argument()?;
            if arguments.iter().any(|known| known.kind == argument.kind) {
                let message = format!("`{}` stands here twice", argument.kind.as_str());
                return Err(wrong(self.mistake(message, argument.place.range)));
            }
            arguments.push(argument);
        }
        let close = self.tokens[self.next].range.end;
        self.next += 1;
        if arguments.is_empty() {
            return Err(wrong(
                self.mistake("there is nothing in these parentheses", open.start..close)
                    .help("write `where: …`, `order_by: …` or `limit: …`, or leave them out"),
            ));
        }
        Ok(arguments)
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let word = &self.tokens[self.next];
        let written = self.text(word).to_lowercase();
        let is_argument = self.text_at(self.next + 1) == Some(":");
        let Some((_, kind)) = ArgumentKind::ALL
            .into_iter()
            .find(|(name, _)| *name == written && is_argument)
        else {
            let known = ArgumentKind::ALL.into_iter().map(|(name, _)| name);
            let near = nearest(&written, known);
            let help = match near {
                Some(near) => format!("write `{near}: …`"),
                None => "the arguments are `where: …`, `order_by: …` and `limit: …`".to_owned(),
            };
            let message = format!("`{}` is no argument of a relation", self.text(word));
            return Err(wrong(self.mistake(message, word.range.clone()).help(help)));
        };
        let place = self.file.span(word.range.clone());
        self.next += 2;
        let first = self.next;
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.next) {
            match self.text(token) {
                "(" | "[" => depth += 1,
                ")" if depth == 0 => break,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0
                    && self.text_at(self.next + 2) == Some(":")
                    && self.tokens[self.next + 1].kind == TokenKind::Identifier =>
                {
                    break;
                }
                _ => {}
            }
            self.next += 1;
        }
        let value = &self.tokens[first..self.next];
        let (Some(start), Some(end)) = (value.first(), value.last()) else {
            let message = format!("`{}` has no value", kind.as_str());
            return Err(wrong(self.mistake(message, place.range)));
        };
        if let (ArgumentKind::Limit, [sign, number]) = (kind, value)
            && self.text(sign) == "-"
            && number.kind == TokenKind::Number
        {
            let mistake = self.mistake(
                "`limit` must not be negative",
                sign.range.start..number.range.end,
            );
            return Err(wrong(
                mistake.help("write a number from 0 up, or leave `limit` out"),
            ));
        }
        // With the white space between them.
        let range = start.range.start..end.range.end;
        let whole = lex_from(&self.masked.text()[..range.end], range.start);
        let sent =
            placeholder::rewrite(self.masked, &whole, &StandIns::default(), self.diagnostics)
                .ok_or(Wrong(None))?;
        let mut placeholders = sent.placeholders;
        for place in placeholders
            .iter_mut()
            .flat_map(|placeholder| &mut placeholder.uses)
        {
            *place = self.file.span(place.range.clone());
        }
        let unnamed = placeholders
            .iter()
            .find(|placeholder| placeholder.name.is_none());
        if let Some(place) = unnamed.and_then(|placeholder| placeholder.uses.first()) {
            return Err(wrong(
                self.mistake("parameters of a relation have names", place.range.clone())
                    .help("write `@name`; the same name in the query means the same value"),
            ));
        }
        if let Some(embed) = sent.embeds.first() {
            let message = "`sqlc.embed` has no meaning in a relation";
            return Err(wrong(self.mistake(message, embed.place.range.clone())));
        }
        Ok(Argument {
            kind,
            place,
            sql: sent.sql,
            placeholders,
        })
    }

    fn peek(&self) -> Option<&'a str> {
        self.text_at(self.next)
    }

    fn text_at(&self, index: usize) -> Option<&'a str> {
        self.tokens.get(index).map(|token| self.text(token))
    }

    fn text(&self, token: &Token) -> &'a str {
        token.text(self.masked.text())
    }

    fn mistake(&self, message: impl Into<String>, range: Range<usize>) -> Diagnostic {
        Diagnostic::error(Code::InvalidDirective, message).at(self.file.span(range), "")
    }
}
