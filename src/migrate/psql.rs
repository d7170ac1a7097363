//! What only psql understands, as dumps contain it: meta-commands and the data of `COPY`. Postgres does not.
//!
//! It is blanked out byte for byte, so that positions stay what they are.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceFile;
use crate::syntax;

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

/// The text of a migration as Postgres can read it.
pub(super) fn blank(file: &SourceFile) -> Result<Cow<'_, str>, Box<Diagnostic>> {
    let text = file.text();
    let has_byte_order_mark = text.starts_with('\u{feff}');
    let has_meta_command = text.lines().any(|line| line.trim_start().starts_with('\\'));
    if !has_byte_order_mark && !has_meta_command {
        return Ok(Cow::Borrowed(text));
    }
    let mut blanked = text.to_owned();
    if has_byte_order_mark {
        erase(&mut blanked, 0..'\u{feff}'.len_utf8());
    }
    let mut position = 0;
    while let Some(found) = next(&blanked, position) {
        position = found.end;
        if let Some(command) = blanked[found.clone()].strip_prefix('\\') {
            let name: String = command
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            if UNSUPPORTED.contains(&name.as_str()) {
                let message = format!("psql's `\\{name}` cannot be followed");
                return Err(Box::new(
                    Diagnostic::error(Code::MigrationFailed, message)
                        .at(file.span(found.start..found.start + 1 + name.len()), "")
                        .help("write the statements out, or list the included files as migrations"),
                ));
            }
        }
        erase(&mut blanked, found);
    }
    Ok(Cow::Owned(blanked))
}

/// The next meta-command or `COPY` with its data, at or after `position`, where no statement is unfinished.
///
/// Only the text before it can be read as SQL: what follows a meta-command or is data may look like an open quote.
fn next(text: &str, position: usize) -> Option<Range<usize>> {
    syntax::statements(&text[position..])
        .into_iter()
        .map(|statement| position + statement.start..position + statement.end)
        .find_map(|statement| {
            if text[statement.clone()].starts_with('\\') {
                let line = text[statement.start..].find('\n');
                Some(statement.start..line.map_or(text.len(), |line| statement.start + line))
            } else {
                copied_data(text, &statement).map(|end| statement.start..end)
            }
        })
}

/// Where the data of a `COPY … FROM stdin;` end: after the line `\.`.
fn copied_data(text: &str, statement: &Range<usize>) -> Option<usize> {
    let words: Vec<&str> = text[statement.clone()].split_whitespace().collect();
    let is_copy = words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    let from_client = words
        .windows(2)
        .any(|pair| pair[0].eq_ignore_ascii_case("from") && pair[1].eq_ignore_ascii_case("stdin"));
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

/// Replaces all but line breaks by spaces.
pub(super) fn erase(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()]
        .bytes()
        .map(|byte| match byte {
            b'\n' | b'\r' => char::from(byte),
            _ => ' ',
        })
        .collect();
    text.replace_range(range, &blanks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psql_is_blanked_in_place() {
        let table = [
            ("SELECT '\\x';", "SELECT '\\x';"),
            ("\u{feff}SELECT 1;", "   SELECT 1;"),
            (
                "\\restrict don't\nSELECT 'é';\n\\unrestrict x",
                "               \nSELECT 'é';\n             ",
            ),
            ("-- it's\n\\c é\r\nSELECT 1;", "-- it's\n     \r\nSELECT 1;"),
            (
                "SELECT $$\n\\restrict x\n$$, '\n\\c\n';",
                "SELECT $$\n\\restrict x\n$$, '\n\\c\n';",
            ),
            (
                "COPY a.t (b) FROM stdin;\nit's\t1\n\\.\n\\c\nSELECT 1;",
                "                        \n      \n  \n  \nSELECT 1;",
            ),
            (
                "COPY t FROM 'f';\n\\c\nSELECT 1;",
                "COPY t FROM 'f';\n  \nSELECT 1;",
            ),
        ];
        for (text, expected) in table {
            let file = SourceFile::new("m.sql", "m.sql", text);
            let blanked = blank(&file).unwrap();
            assert_eq!(blanked, expected, "{text:?}");
            assert_eq!(blanked.len(), text.len(), "{text:?}");
        }
    }

    #[test]
    fn includes_are_reported() {
        let file = SourceFile::new("m.sql", "m.sql", "SELECT 1;\n\\ir other.sql\n");
        let diagnostic = blank(&file).unwrap_err();
        assert_eq!(diagnostic.message(), "psql's `\\ir` cannot be followed");
        assert_eq!(diagnostic.line_and_column(), Some((2, 1)));
    }
}
