//! A JSON document as a tree in which every node knows its place.
//!
//! YAML readers take most JSON, but not tabs, and their messages speak of YAML.

use super::node::{Kind, Node, Place};
use super::token::token_length;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::SourceFile;

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 100;

/// Reads a document. An empty one is [`Kind::Null`].
pub(super) fn parse(file: &SourceFile) -> Result<Node, Box<Diagnostic>> {
    let mut reader = Reader { file, at: 0 };
    reader.skip_space()?;
    if reader.rest().is_empty() {
        let place = Place::of_range(file, 0..0);
        let kind = Kind::Null;
        return Ok(Node { place, kind });
    }
    let document = reader.value(0)?;
    reader.skip_space()?;
    if reader.rest().is_empty() {
        Ok(document)
    } else {
        Err(reader.unexpected("nothing may follow the document"))
    }
}

struct Reader<'a> {
    file: &'a SourceFile,
    at: usize,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.file.text()[self.at..]
    }

    fn skip_space(&mut self) -> Read<()> {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.file.text().len() - trimmed.len();
        if trimmed.starts_with("//") || trimmed.starts_with("/*") || trimmed.starts_with('#') {
            let end = trimmed.find('\n').unwrap_or(trimmed.len());
            let end = self.at + trimmed[..end].trim_end().len();
            let diagnostic = invalid().at(self.file.span(self.at..end), "JSON has no comments");
            return Err(Box::new(diagnostic.help(
                "remove it, or write the configuration as YAML: `sqlc.yaml`",
            )));
        }
        Ok(())
    }

    /// Goes past `character` if it is next.
    fn skip(&mut self, character: char) -> bool {
        let is_next = self.rest().starts_with(character);
        if is_next {
            self.at += character.len_utf8();
        }
        is_next
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(self.unexpected("nested too deep"));
        }
        let kind = match self.rest().chars().next() {
            Some('{') => self.mapping(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Kind::Text(self.string()?),
            Some('-' | '0'..='9') => Kind::Number(self.number()?),
            _ => self.word()?,
        };
        let end = match kind {
            Kind::Mapping(_) | Kind::List(_) => start + 1,
            _ => self.at,
        };
        let place = Place::of_range(self.file, start..end);
        Ok(Node { place, kind })
    }

    fn mapping(&mut self, depth: usize) -> Read<Kind> {
        let start = self.at;
        self.skip('{');
        let mut entries = Vec::new();
        loop {
            self.skip_space()?;
            if self.rest().is_empty() {
                return Err(self.unclosed(start, "`}`"));
            }
            if self.skip('}') {
                return Ok(Kind::Mapping(entries));
            }
            if !entries.is_empty() {
                self.comma("}")?;
            }
            if !self.rest().starts_with('"') {
                return Err(self.unexpected("a key in double quotes is expected here"));
            }
            let key = self.value(depth + 1)?;
            self.skip_space()?;
            if !self.skip(':') {
                return Err(self.unexpected("a `:` is expected here"));
            }
            self.skip_space()?;
            entries.push((key, self.value(depth + 1)?));
        }
    }

    fn list(&mut self, depth: usize) -> Read<Kind> {
        let start = self.at;
        self.skip('[');
        let mut items = Vec::new();
        loop {
            self.skip_space()?;
            if self.rest().is_empty() {
                return Err(self.unclosed(start, "`]`"));
            }
            if self.skip(']') {
                return Ok(Kind::List(items));
            }
            if !items.is_empty() {
                self.comma("]")?;
            }
            items.push(self.value(depth + 1)?);
        }
    }

    /// The comma before another entry; `closing` may not follow it.
    fn comma(&mut self, closing: &str) -> Read<()> {
        let comma = self.at;
        if !self.skip(',') {
            return Err(self.unexpected(&format!("a `,` or `{closing}` is expected here")));
        }
        self.skip_space()?;
        if self.rest().starts_with(closing) {
            let diagnostic = invalid()
                .at(
                    self.file.span(comma..comma + 1),
                    "nothing follows this comma",
                )
                .help("remove it");
            return Err(Box::new(diagnostic));
        }
        Ok(())
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.skip('"');
        let mut text = String::new();
        loop {
            let Some(character) = self.rest().chars().next().filter(|c| *c != '\n') else {
                let diagnostic = invalid()
                    .at(self.file.span(start..start + 1), "this string does not end")
                    .help("end it with `\"`");
                return Err(Box::new(diagnostic));
            };
            match character {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                c if c.is_control() && c.is_ascii() => {
                    let place = self.file.span(self.at..self.at + 1);
                    return Err(Box::new(invalid().at(
                        place,
                        "a control character, which JSON does not allow in a string",
                    )));
                }
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        self.skip('\\');
        let Some(character) = self.rest().chars().next() else {
            return Err(self.unexpected("a character is expected here"));
        };
        self.at += character.len_utf8();
        Ok(match character {
            '"' | '\\' | '/' => character,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hexadecimal();
                let code = match first {
                    // The first half of a pair.
                    Some(high @ 0xd800..=0xdbff) if self.rest().starts_with("\\u") => {
                        self.at += 2;
                        self.hexadecimal()
                            .filter(|low| (0xdc00..=0xdfff).contains(low))
                            .map(|low| 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                    }
                    first => first,
                };
                match code.and_then(char::from_u32) {
                    Some(character) => character,
                    None => return Err(self.bad_escape(start)),
                }
            }
            _ => return Err(self.bad_escape(start)),
        })
    }

    /// Four hexadecimal digits.
    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| all)?;
        self.at += 4;
        Some(code)
    }

    fn bad_escape(&self, start: usize) -> Box<Diagnostic> {
        let diagnostic = invalid().at(self.file.span(start..self.at), "not an escape of JSON");
        Box::new(diagnostic.help("a `\\` in a string is written `\\\\`"))
    }

    fn number(&mut self) -> Read<String> {
        let length = token_length(self.rest());
        let written = &self.rest()[..length];
        let digits = written.strip_prefix('-').unwrap_or(written);
        let is_number = written.parse::<f64>().is_ok_and(f64::is_finite)
            && digits.starts_with(|c: char| c.is_ascii_digit())
            && (!digits.starts_with('0') || !digits[1..].starts_with(|c: char| c.is_ascii_digit()));
        if !is_number {
            return Err(self.unexpected("not a number of JSON"));
        }
        self.at += length;
        Ok(written.to_owned())
    }

    fn word(&mut self) -> Read<Kind> {
        let length = token_length(self.rest());
        let kind = match &self.rest()[..length] {
            "null" => Kind::Null,
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            _ => return Err(self.unexpected("a value is expected here")),
        };
        self.at += length;
        Ok(kind)
    }

    /// The next token is not what it should be.
    fn unexpected(&self, expected: &str) -> Box<Diagnostic> {
        let length = token_length(self.rest());
        let diagnostic = invalid().at(self.file.span(self.at..self.at + length), expected);
        Box::new(match self.rest().chars().next() {
            Some('\'') => diagnostic.help("strings of JSON stand in double quotes"),
            Some(c) if c.is_alphabetic() => {
                let word = &self.rest()[..length];
                diagnostic.help(format!("write it in quotes: `\"{word}\"`"))
            }
            _ => diagnostic,
        })
    }

    /// What starts at `start` never ends.
    fn unclosed(&self, start: usize, closing: &str) -> Box<Diagnostic> {
        Box::new(
            invalid()
                .at(self.file.span(start..start + 1), "this does not end")
                .help(format!("end it with {closing}")),
        )
    }
}

fn invalid() -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, "the configuration is not valid JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document in a short form, each scalar as its span has it.
    fn shown(node: &Node) -> String {
        match &node.kind {
            Kind::List(items) => {
                let items: Vec<_> = items.iter().map(shown).collect();
                format!("[{}]", items.join(" "))
            }
            Kind::Mapping(entries) => {
                let entries = entries.iter();
                let entries =
                    entries.map(|(key, value)| format!("{}={}", shown(key), shown(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
            }
            Kind::Text(text) => format!("{}:{text}", node.place.span().text()),
            _ => node.place.span().text().to_owned(),
        }
    }

    #[test]
    fn documents_are_read_with_places() {
        for (json, expected) in [
            ("", ""),
            (" \n\t", ""),
            (
                "{\n\t\"a\":\t[1, -2.5e3,\r\n null,true , false],\"é\":{}}",
                "{\"a\":a=[1 -2.5e3 null true false] \"é\":é={}}",
            ),
            (
                r#"["a\"\\\/\n\u00e9\ud83d\ude00"]"#,
                "[\"a\\\"\\\\\\/\\n\\u00e9\\ud83d\\ude00\":a\"\\/\né😀]",
            ),
            ("[]", "[]"),
            ("\"x\"", "\"x\":x"),
        ] {
            let node = parse(&SourceFile::new("c", "c", json)).unwrap();
            assert_eq!(shown(&node), expected, "{json}");
        }
    }

    #[test]
    fn mistakes_have_places() {
        for (json, expected) in [
            ("{\"a\": 1,}", "1:8+1 nothing follows this comma"),
            ("[1,\n ]", "1:3+1 nothing follows this comma"),
            ("[1 2]", "1:4+1 a `,` or `]` is expected here"),
            ("{\"a\" 1}", "1:6+1 a `:` is expected here"),
            ("{a: 1}", "1:2+1 a key in double quotes is expected here"),
            ("{\"a\": yes}", "1:7+3 a value is expected here"),
            ("{\"a\": 'b'}", "1:7+3 a value is expected here"),
            ("{\"a\": 01}", "1:7+2 not a number of JSON"),
            ("{\"a\": 1e999}", "1:7+5 not a number of JSON"),
            ("{\n// b\n}", "2:1+4 JSON has no comments"),
            ("{\"a\": [1", "1:7+1 this does not end"),
            ("{\"a\": {", "1:7+1 this does not end"),
            ("{\"a\": \"b\n}", "1:7+1 this string does not end"),
            ("\"\\x\"", "1:2+2 not an escape of JSON"),
            ("\"\\ud800\"", "1:2+6 not an escape of JSON"),
            (
                "\"\t\"",
                "1:2+4 a control character, which JSON does not allow in a string",
            ),
            ("{} {}", "1:4+1 nothing may follow the document"),
            ("[", "1:1+1 this does not end"),
        ] {
            let file = SourceFile::new("c", "c", json);
            let report = crate::diagnostic::render(&[*parse(&file).unwrap_err()], false);
            let place = expected.split('+').next().unwrap();
            let label = expected.split_once(' ').unwrap().1;
            assert!(report.contains(&format!("c:{place}\n")), "{json}: {report}");
            assert!(report.contains(label), "{json}: {report}");
            let width: usize = expected.split(['+', ' ']).nth(1).unwrap().parse().unwrap();
            assert_eq!(report.matches('^').count(), width, "{report}");
        }
        let deep = "[".repeat(100_000);
        let report = parse(&SourceFile::new("c", "c", deep)).unwrap_err();
        assert_eq!(report.line_and_column(), Some((1, 102)));
    }
}
