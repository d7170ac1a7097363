//! What of a migration is not sent: what only psql understands, queries, and statements about the server as a whole.
//!
//! Dumps have psql's meta-commands and the data of `COPY`. A file may hold the schema beside annotated queries, which
//! are read elsewhere. And a migration that creates the database it runs in, or configures the server, says nothing
//! about the schema.

use std::ops::Range;

use super::draft::Draft;
use super::{Purpose, failed};
use crate::diagnostic::Diagnostic;
use crate::syntax::{has_placeholder, is_annotated, next_statement, tokens_from};

/// Meta-commands without which the rest of a file means something else.
const UNSUPPORTED: [&str; 9] = [
    "i",
    "include",
    "ir",
    "include_relative",
    "if",
    "elif",
    "else",
    "endif",
    "gexec",
];

/// How statements begin that are queries where they have parameters.
const QUERIES: [&str; 7] = [
    "select", "insert", "update", "delete", "merge", "values", "with",
];

pub(super) fn take_out(draft: &mut Draft<'_>, purpose: Purpose, diagnostics: &mut Vec<Diagnostic>) {
    let has_queries = is_annotated(draft.text());
    let mut position = 0;
    loop {
        if let Some(line) = meta_command(draft.text(), position) {
            position = line.end;
            diagnostics.extend(unsupported(draft, &line, purpose));
            draft.take_out(line);
            continue;
        }
        let Some(statement) = next_statement(draft.text(), position) else {
            return;
        };
        let text = draft.text();
        let words = words(&text[statement.clone()]);
        // Beside queries, those without a name are passed over as well. Elsewhere they are mistakes.
        let is_query = || {
            is_annotated(&text[position..statement.end])
                || words
                    .first()
                    .is_some_and(|word| QUERIES.contains(&word.as_str()))
                    && has_placeholder(&text[statement.clone()])
        };
        let is_about_server = || purpose == Purpose::Throwaway && is_about_server(&words);
        let omitted = if has_queries && is_query() || is_about_server() {
            Some(statement.end)
        } else {
            copied_data(text, &words, &statement)
        };
        if omitted.is_some_and(|end| end > statement.end) && purpose == Purpose::Lasting {
            diagnostics.push(
                failed(
                    "the data of a `COPY` cannot be applied by rowsmith",
                    draft.file,
                    statement.clone(),
                )
                .help("write the rows as `INSERT`"),
            );
        }
        let end = omitted.unwrap_or(statement.end);
        if omitted.is_some() {
            draft.take_out(statement.start..end);
        }
        position = end;
    }
}

/// The line of a meta-command that is next. Only the text before it can be read as SQL: it may look like an open quote.
fn meta_command(text: &str, position: usize) -> Option<Range<usize>> {
    let is_significant = |token: &crate::syntax::Token| !token.is_trivia() && !token.is(";", text);
    let start = tokens_from(text, position)
        .find(is_significant)?
        .range
        .start;
    let line = text[start..].find('\n');
    text[start..]
        .starts_with('\\')
        .then(|| start..line.map_or(text.len(), |line| start + line))
}

/// The report of a meta-command that changes what is applied. To a database that stays, none is left out silently.
fn unsupported(draft: &Draft<'_>, line: &Range<usize>, purpose: Purpose) -> Option<Diagnostic> {
    let command = &draft.file.text()[line.start + 1..line.end];
    let end = command.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &command[..end.unwrap_or(command.len())];
    // What `pg_dump` writes around its statements means nothing outside of psql.
    let is_harmless = ["restrict", "unrestrict"].contains(&name);
    let is_refused = purpose == Purpose::Lasting && !is_harmless;
    (is_refused || UNSUPPORTED.contains(&name)).then(|| {
        let message = format!("psql's `\\{name}` cannot be followed");
        let place = line.start..line.start + 1 + name.len();
        failed(message, draft.file, place)
            .help("write the statements out, or list the included files as migrations")
    })
}

/// The words that a statement begins with, in lower case: enough to tell what it does. Of a `COPY` all of them.
fn words(statement: &str) -> Vec<String> {
    const ENOUGH: usize = 64;
    let significant = tokens_from(statement, 0).filter(|token| !token.is_trivia());
    let mut words: Vec<String> = Vec::new();
    for token in significant {
        if words.len() >= ENOUGH && words[0] != "copy" {
            break;
        }
        words.push(token.text(statement).to_ascii_lowercase());
    }
    words
}

/// Whether it is about databases, tablespaces, settings of the server, or for how long statements may run. Newer dumps set
/// limits that older servers do not have.
fn is_about_server(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create" | "alter" | "drop", "database" | "tablespace", ..]
        | ["alter", "system", ..]
        | ["comment", "on", "database" | "tablespace", ..] => true,
        ["set", "session" | "local", setting, ..] | ["set", setting, ..] => {
            setting.ends_with("_timeout")
        }
        ["grant" | "revoke", rest @ ..] => rest
            .windows(2)
            .any(|pair| matches!(pair, ["on", "database" | "tablespace"])),
        _ => false,
    }
}

/// Where the data of a `COPY … FROM stdin;` end: after the line `\.`.
fn copied_data(text: &str, words: &[String], statement: &Range<usize>) -> Option<usize> {
    let is_copy = words.first().is_some_and(|word| word == "copy");
    let from_client = words
        .windows(2)
        .any(|pair| pair[0] == "from" && pair[1] == "stdin");
    if !is_copy || !from_client {
        return None;
    }
    let mut end = statement.end;
    for line in text[statement.end..].split_inclusive('\n') {
        end += line.len();
        if line.trim_end_matches(['\r', '\n']) == "\\." {
            return Some(end);
        }
    }
    None
}
