//! The line that makes a statement a query: `-- name: GetUser :one`.
//!
//! A comment that begins with `name:` is an annotation or a mistaken one. Other comments are prose, apart from a few
//! that can hardly be meant as such (`-- Name: GetUser :one`, `-- name GetUser :one`, `-- GetUser :one`): passing over a
//! query in silence would be worse.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, in_words, nearest};
use crate::ir::Command;
use crate::source::SourceFile;
use crate::syntax::lexer::{Token, TokenKind};

/// A well-formed annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    /// Where the name stands.
    pub(super) name: Range<usize>,
    pub(super) command: Command,
}

/// What a comment is.
pub(super) enum Reading {
    Prose,
    Annotation(Annotation),
    /// An annotation that cannot be read.
    Mistaken(Diagnostic),
    /// Prose in form that was hardly meant as such; a mistake only where no annotation stands beside it.
    Suspect(Diagnostic),
}

/// sqlc's command for what only other databases remember.
const LAST_ID: &str = ":execlastid";

const MARKER: &str = "name:";

/// Whether a comment is an annotation in form, whatever its command. Stricter than [`read`]: for places where prose is
/// likelier, as between the lines of a statement.
pub(super) fn is_well_formed(text: &str, comment: &Token) -> bool {
    let words = words(text, content(text, comment));
    match words.as_slice() {
        [marker, name, command] => {
            &text[marker.clone()] == MARKER
                && is_name(&text[name.clone()])
                && text[command.clone()].len() > 1
                && text[command.clone()].starts_with(':')
        }
        _ => false,
    }
}

/// Whether a comment is an annotation that is switched off: `-- _name: GetUser :one`.
pub(super) fn is_off(text: &str, comment: &Token) -> bool {
    let words = words(text, content(text, comment));
    match words.as_slice() {
        [marker, _, command] => {
            let marker = &text[marker.clone()];
            let bare = marker.trim_start_matches(['_', '#']);
            bare == MARKER && bare.len() < marker.len() && text[command.clone()].starts_with(':')
        }
        _ => false,
    }
}

/// Reads a comment that stands before a statement.
pub(super) fn read(file: &SourceFile, comment: &Token) -> Reading {
    let text = file.text();
    let mut words = words(text, content(text, comment));
    // `name:GetUser :one` is clearly meant.
    if let Some(first) = words.first_mut()
        && text[first.clone()].len() > MARKER.len()
        && text[first.clone()].starts_with(MARKER)
    {
        let name = first.start + MARKER.len()..first.end;
        first.end = name.start;
        words.insert(1, name);
    }
    let line = Line {
        file,
        comment,
        words,
    };
    if text[content(text, comment)].contains(['\n', '\r']) {
        line.read_block()
    } else if line.words().next() == Some(MARKER) {
        line.read()
    } else {
        line.read_prose()
    }
}

/// The report of a statement whose first line would be an annotation if it were a comment: `# name: GetUser :one`. No
/// statement begins so, and it would be passed over.
pub(super) fn outside_comment(file: &SourceFile, statement: Range<usize>) -> Option<Diagnostic> {
    let text = &file.text()[statement.clone()];
    let line = text.lines().next()?;
    let annotation = line.trim_start_matches(['#', '/', '-', '*', ' ', '\t']);
    let mut words = annotation.strip_prefix(MARKER)?.split_whitespace();
    let name = words.next().filter(|name| is_name(name))?;
    let command = words.next().filter(|word| word.starts_with(':'))?;
    let end = statement.start + line.trim_end().len();
    Some(
        Diagnostic::error(
            Code::InvalidAnnotation,
            "this looks like an annotation, but it is not in a comment",
        )
        .at(file.span(statement.start..end), "")
        .help(format!("write `-- name: {name} {command}`")),
    )
}

/// The text between a comment's markers.
pub(super) fn content(text: &str, comment: &Token) -> Range<usize> {
    let Range { start, end } = comment.range;
    match comment.kind {
        TokenKind::BlockComment if text[start + 2..end].ends_with("*/") => start + 2..end - 2,
        _ => start + 2..end,
    }
}

/// The words of a comment.
struct Line<'a> {
    file: &'a SourceFile,
    comment: &'a Token,
    words: Vec<Range<usize>>,
}

impl<'a> Line<'a> {
    /// Reads a line that begins with `name:`.
    fn read(&self) -> Reading {
        let words: Vec<&str> = self.words().skip(1).collect();
        let is_command = |word: &&str| word.starts_with(':');
        let mistake = match (words.as_slice(), words.iter().position(is_command)) {
            ([name, command], Some(1)) if *command != ":" => return self.check(name, command),
            ([], _) => self.mistake("the annotation has no name and no command", 0, "", ":one"),
            ([command], Some(_)) => self.mistake("the annotation has no name", 1, "", command),
            ([command, name, ..], Some(0)) => {
                self.mistake("the name comes before the command", 1, name, command)
            }
            ([joined, ..], None) if joined.contains(':') => {
                let (name, command) = joined.split_once(':').unwrap_or_default();
                let command = if command.is_empty() {
                    words.get(1).copied()
                } else {
                    Some(command)
                };
                let command = format!(":{}", command.unwrap_or("one"));
                self.mistake(
                    "the name and the command are not separate words",
                    1,
                    name,
                    &command,
                )
            }
            ([name], None) => list_commands(
                self.at(1, format!("query `{name}` has no command"))
                    .help(format!("add one, as in `{}`", self.corrected(name, ":one"))),
            ),
            ([name, command, ..], None) => {
                let message = format!("`{command}` is not a command: there is no `:` before it");
                list_commands(self.mistake(message, 2, name, &format!(":{command}")))
            }
            ([name, ":", command, ..], Some(1)) => {
                let message = "there is a space after the `:` of the command";
                self.mistake(message, 2, name, &format!(":{command}"))
            }
            ([name, ":"], Some(1)) => list_commands(
                self.at(2, "there is no command after the `:`")
                    .help(format!("add one, as in `{}`", self.corrected(name, ":one"))),
            ),
            ([name, command, ..], Some(1)) => match self.check(name, command) {
                Reading::Annotation(_) => self
                    .mistake(
                        "the annotation does not end with its command",
                        3,
                        name,
                        command,
                    )
                    .help("describe the query in a comment line below"),
                mistaken => return mistaken,
            },
            (_, Some(command)) => {
                let parts = &words[..command];
                let is_capital = |part: &&str| part.starts_with(char::is_uppercase);
                let separator = if parts.iter().any(is_capital) {
                    ""
                } else {
                    "_"
                };
                let name = parts.join(separator);
                self.mistake("the name of a query is one word", 2, &name, words[command])
            }
        };
        Reading::Mistaken(mistake)
    }

    /// Checks the two words of a complete line.
    fn check(&self, name: &str, command: &str) -> Reading {
        if !is_name(name) {
            let message = format!("`{name}` cannot be the name of a query");
            return Reading::Mistaken(
                self.mistake(message, 1, name, command)
                    .note("a name has letters, digits and `_`, and does not start with a digit"),
            );
        }
        if let Some(command) = Command::ALL
            .into_iter()
            .find(|known| known.as_str() == command)
        {
            let name = self.words[1].clone();
            return Reading::Annotation(Annotation { name, command });
        }
        if command == LAST_ID {
            let diagnostic = self.at(2, "Postgres does not remember the last identity");
            let help = "add `RETURNING id` to the statement, and use `:one`";
            return Reading::Mistaken(diagnostic.help(help));
        }
        let mut diagnostic = self.at(2, format!("unknown command `{command}`"));
        if let Some(known) = nearest(command, commands()) {
            diagnostic = diagnostic.help(format!("did you mean `{known}`?"));
        }
        Reading::Mistaken(list_commands(diagnostic))
    }

    /// Reads a line that does not begin with `name:`.
    fn read_prose(&self) -> Reading {
        let words: Vec<&str> = self.words().collect();
        let (name, command) = match words.as_slice() {
            [name, command] => (name, command),
            // `-- _name: GetUser :one` is how people switch a query off.
            [marker, name, command]
                if marker.starts_with(char::is_alphabetic)
                    && (marker.ends_with(':') || marker.eq_ignore_ascii_case("name")) =>
            {
                (name, command)
            }
            [marker, ":", name, command] if marker.eq_ignore_ascii_case("name") => (name, command),
            _ => return Reading::Prose,
        };
        if is_name(name) && commands().any(|known| known == *command) {
            Reading::Suspect(self.mistake(
                "this looks like an annotation, but it is not one",
                0,
                name,
                command,
            ))
        } else {
            Reading::Prose
        }
    }

    /// Reads a block comment of several lines. A query that is commented out as a whole may well begin like an
    /// annotation.
    fn read_block(&self) -> Reading {
        let words: Vec<&str> = self.words().collect();
        match words.as_slice() {
            [MARKER, name, command, ..]
                if is_name(name)
                    && commands().any(|known| known == *command)
                    && !self.comment.text(self.file.text()).contains(';') =>
            {
                Reading::Suspect(self.mistake(
                    "an annotation is a comment of one line",
                    0,
                    name,
                    command,
                ))
            }
            _ => Reading::Prose,
        }
    }

    /// A mistake at a word, and the line as it should be.
    fn mistake(
        &self,
        message: impl Into<String>,
        word: usize,
        name: &str,
        command: &str,
    ) -> Diagnostic {
        self.at(word, message)
            .help(format!("write `{}`", self.corrected(name, command)))
    }

    /// A mistake at a word: at the last one, if there are fewer.
    fn at(&self, word: usize, message: impl Into<String>) -> Diagnostic {
        let word = &self.words[word.min(self.words.len() - 1)];
        Diagnostic::error(Code::InvalidAnnotation, message).at(self.file.span(word.clone()), "")
    }

    /// The whole comment with this name and this command, or what was probably meant by them.
    fn corrected(&self, name: &str, command: &str) -> String {
        let name = corrected_name(name);
        let command = nearest(command, commands()).unwrap_or(command);
        match self.comment.kind {
            TokenKind::BlockComment => format!("/* {MARKER} {name} {command} */"),
            _ => format!("-- {MARKER} {name} {command}"),
        }
    }

    fn words(&self) -> impl Iterator<Item = &'a str> {
        self.words
            .iter()
            .map(|word| &self.file.text()[word.clone()])
    }
}

fn list_commands(diagnostic: Diagnostic) -> Diagnostic {
    let commands = Command::ALL.map(|command| format!("`{command}`"));
    diagnostic.note(format!("the commands are {}", in_words(&commands, "and")))
}

/// sqlc's commands.
fn commands() -> impl Iterator<Item = &'static str> {
    let commands = Command::ALL.map(Command::as_str);
    commands.into_iter().chain([LAST_ID])
}

/// Letters, digits and `_`, not starting with a digit.
fn is_name(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(is_name_part)
        && word.chars().any(|c| c != '_')
}

fn is_name_part(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_'
}

/// The name that was probably meant.
fn corrected_name(name: &str) -> String {
    let name = name.replace(|c| !is_name_part(c), "_");
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "QueryName".to_owned(),
        Some('0'..='9') => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

fn words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = range.start;
    for part in text[range].split(char::is_whitespace) {
        if !part.is_empty() {
            words.push(start..start + part.len());
        }
        // White space is not always one byte.
        let end = start + part.len();
        start = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
    words
}
