//! A YAML document as a tree in which every node knows its place.
//!
//! The only importer of `serde_yaml`, which tells places in errors only. So a node keeps its number in reading order,
//! and when a diagnostic needs the place, the text is read once more by a visitor that fails at that number: exact for
//! any style of YAML (flow, quotes, aliases, JSON), and free as long as nothing is wrong.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};

use super::node::{Kind, Node, Place};
use super::token::token_length;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Position, SourceFile, Span, floor_char_boundary};

/// The token that the node of that number, in reading order, starts with.
pub(super) fn span(file: &SourceFile, node: usize) -> Span {
    let mut walk = Walk::new(file, Some(node));
    let location = walk.read().err().and_then(|error| error.location());
    // Bytes, unlike the column; and YAML has more sorts of line ends than we do.
    let start = location.map_or(0, |at| at.index());
    let start = floor_char_boundary(file.text(), start);
    let rest = &file.text()[start..];
    let length = match walk.stopped_on {
        Some(value) if rest.starts_with(&value) => value.len(),
        _ => token_length(rest),
    };
    file.span(start..start + length)
}

/// Reads a document. An empty one is [`Kind::Null`].
pub(super) fn parse(file: &SourceFile) -> Result<Node, Box<Diagnostic>> {
    if let Some(at) = too_deep(file.text()) {
        let mistake = Diagnostic::error(
            Code::InvalidConfig,
            "the configuration is nested too deeply",
        );
        let label = format!("more than {MAX_DEPTH} levels");
        return Err(Box::new(mistake.at(file.span(at..at + 1), label)));
    }
    let mut walk = Walk::new(file, None);
    walk.read()
        .map_err(|error| Box::new(syntax_error(file, &error)))
}

/// How deep brackets and lists may be nested: the reader takes time by the square of that.
const MAX_DEPTH: usize = 100;

/// Where a text is nested deeper than any configuration: too many brackets that are open, or dashes at the beginning of a
/// line. Those in strings and comments are counted, too; nobody writes as many.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut dashes = 0;
    let mut starts_line = true;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        starts_line = match byte {
            b'\n' | b'\r' => {
                dashes = 0;
                true
            }
            b'-' | b'?' if starts_line => {
                dashes += 1;
                true
            }
            byte => starts_line && byte == b' ',
        };
        // A line of dashes alone is a document's beginning, or text.
        let is_list = dashes > MAX_DEPTH && text.as_bytes().get(at + 1) == Some(&b' ');
        if depth > MAX_DEPTH || is_list {
            return Some(at);
        }
    }
    None
}

fn syntax_error(file: &SourceFile, error: &serde_yaml::Error) -> Diagnostic {
    let invalid = |message: &str| Diagnostic::error(Code::InvalidConfig, message);
    let text = error.to_string();
    // "what at line 3 column 1, while parsing … at line 2 column 1"
    let (Some(location), Some((what, rest))) = (error.location(), text.split_once(" at line "))
    else {
        return unplaced_error(file, &text);
    };
    let token = |start: usize| {
        let length = token_length(&file.text()[start..]);
        file.span(start..start + length)
    };
    let place = token(floor_char_boundary(file.text(), location.index()));
    if let Some(tab) = indenting_tab(file.text(), place.range.start) {
        return invalid("YAML cannot be indented with tabs")
            .at(file.span(tab..tab + 1), "a tab")
            .help("indent with spaces");
    }
    // serde puts the path of the keys before a message of ours.
    let what = match what.find(TAG_MESSAGE) {
        Some(start) => &what[start..],
        None => what,
    };
    let diagnostic = invalid("the configuration is not valid YAML");
    let Some((context, begun)) = rest
        .split_once(", ")
        .and_then(|(_, context)| context.split_once(" at line "))
    else {
        return diagnostic.at(place, what);
    };
    match position(begun).map(|begun| token(file.offset(begun))) {
        // What is never closed ends the file: its beginning says more.
        Some(begun) if what.contains("unexpected end of stream") => {
            diagnostic.at(begun, format!("{what} {context}"))
        }
        Some(begun) if begun.range != place.range => {
            diagnostic.at(place, what).also(begun, context)
        }
        _ => diagnostic.at(place, what).note(context),
    }
}

const TAG_MESSAGE: &str = "a YAML tag (`!…`) means nothing here";

/// "3 column 1…"
fn position(text: &str) -> Option<Position> {
    let (line, rest) = text.split_once(" column ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    Some(Position {
        line: line.parse().ok()?,
        column: rest[..end.unwrap_or(rest.len())].parse().ok()?,
    })
}

/// The few errors that the YAML reader gives no place for.
fn unplaced_error(file: &SourceFile, what: &str) -> Diagnostic {
    let invalid = |message: &str| Diagnostic::error(Code::InvalidConfig, message);
    let text = file.text();
    if what.contains("more than one document") {
        return match text.rfind("\n---").or_else(|| text.find("\n...")) {
            Some(at) => invalid("the configuration holds several YAML documents")
                .at(file.span(at + 1..at + 4), "another one starts here")
                .help("keep one document"),
            None => invalid("the configuration is not valid YAML")
                .in_file(file.name())
                .note("something follows the end of its first value"),
        };
    }
    let is_forbidden = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    match text.char_indices().find(|(_, c)| is_forbidden(c)) {
        Some((at, character)) => invalid("the configuration holds a control character").at(
            file.span(at..at + character.len_utf8()),
            "YAML does not allow it",
        ),
        // The first character is no place either, in its messages.
        None => invalid("the configuration is not valid YAML")
            .at(file.span(0..token_length(text)), what),
    }
}

/// A tab in the white space that the line of `offset` starts with.
fn indenting_tab(text: &str, offset: usize) -> Option<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..];
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    indent.find('\t').map(|tab| start + tab)
}

/// One reading of the document: numbers the nodes, and fails at the one looked for.
struct Walk<'a> {
    file: &'a SourceFile,
    visited: usize,
    stop_at: Option<usize>,
    /// The value of the scalar it stopped on.
    stopped_on: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(file: &'a SourceFile, stop_at: Option<usize>) -> Self {
        Self {
            file,
            visited: 0,
            stop_at,
            stopped_on: None,
        }
    }

    fn read(&mut self) -> Result<Node, serde_yaml::Error> {
        self.deserialize(serde_yaml::Deserializer::from_str(self.file.text()))
    }

    fn enter<E: Error>(&mut self) -> Result<Place, E> {
        let node = self.visited;
        if self.stop_at == Some(node) {
            return Err(E::custom("here"));
        }
        self.visited += 1;
        Ok(Place::of_node(self.file, node, span))
    }

    fn scalar<E: Error>(&mut self, kind: Kind) -> Result<Node, E> {
        let place = self.enter()?;
        Ok(Node { place, kind })
    }
}

impl<'de> DeserializeSeed<'de> for &mut Walk<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Walk<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plain value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.scalar(Kind::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        self.scalar(Kind::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(Kind::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(Kind::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(Kind::Number(value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Node, E> {
        self.scalar(Kind::Number(value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Node, E> {
        self.scalar(Kind::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        self.scalar(Kind::Number(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        if self.stop_at == Some(self.visited) {
            self.stopped_on = Some(value.to_owned());
        }
        self.scalar(Kind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let place = self.enter()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(&mut *self)? {
            items.push(item);
        }
        let kind = Kind::List(items);
        Ok(Node { place, kind })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Node, A::Error> {
        let place = self.enter()?;
        let mut entries = Vec::new();
        while let Some(key) = mapping.next_key_seed(&mut *self)? {
            entries.push((key, mapping.next_value_seed(&mut *self)?));
        }
        let kind = Kind::Mapping(merge(entries));
        Ok(Node { place, kind })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(A::Error::custom(TAG_MESSAGE))
    }
}

/// Replaces `<<: *other` by the entries of `other` that are not there yet. A `<<` with anything else is left in, to be
/// reported as an unknown key.
fn merge(entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
    let is_mapping = |node: &Node| matches!(node.kind, Kind::Mapping(_));
    let is_merge = |(key, value): &(Node, Node)| {
        let mergeable = match &value.kind {
            Kind::List(items) => items.iter().all(is_mapping),
            _ => is_mapping(value),
        };
        mergeable && key.as_text() == Some("<<")
    };
    let (merges, mut all): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    for (_, value) in merges {
        let sources = match value.kind {
            Kind::List(sources) => sources,
            kind => vec![Node { kind, ..value }],
        };
        for source in sources {
            let Kind::Mapping(entries) = source.kind else {
                continue;
            };
            for entry in entries {
                if all
                    .iter()
                    .all(|(key, _)| key.as_text() != entry.0.as_text())
                {
                    all.push(entry);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scalar of the document, as its span has it.
    fn spans(node: &Node) -> Vec<String> {
        match &node.kind {
            Kind::List(items) => items.iter().flat_map(spans).collect(),
            Kind::Mapping(entries) => entries
                .iter()
                .flat_map(|(key, value)| [spans(key), spans(value)].concat())
                .collect(),
            _ => vec![node.place.span().text().to_owned()],
        }
    }

    #[test]
    fn every_scalar_knows_its_place() {
        for (yaml, expected) in [
            ("a: b\n", vec!["a", "b"]),
            ("é: [b,c, 'd''e']  # f", vec!["é", "b", "c", "'d''e'"]),
            (
                "{\"ö\":\t{\n\t\"b\":\t\"c\\\"d\",\n\t\"e\": 12}}",
                vec!["\"ö\"", "\"b\"", "\"c\\\"d\"", "\"e\"", "12"],
            ),
            ("# \u{2028}\n# \u{85}\na: b\n", vec!["a", "b"]),
            ("a:\r\n  - b c\r\n  - true\r\n", vec!["a", "b c", "true"]),
            (
                "a: postgres://h,i/j?k#l\n",
                vec!["a", "postgres://h,i/j?k#l"],
            ),
            ("a: &x b\nc: *x\n", vec!["a", "&x", "c", "&x"]),
        ] {
            let node = parse(&SourceFile::new("c", "c", yaml)).unwrap();
            assert_eq!(spans(&node), expected, "{yaml}");
        }
    }

    #[test]
    fn merge_keys_add_what_is_missing() {
        let yaml = "- &a {x: 1, y: 2}\n- {<<: *a, y: 3}\n- {<<: [*a, {z: 4}], x: 5}\n- {<<: 6}\n";
        let node = parse(&SourceFile::new("c", "c", yaml)).unwrap();
        assert_eq!(
            spans(&node).join(" "),
            "x 1 y 2 y 3 x 1 x 5 y 2 z 4 << 6",
            "{node:?}"
        );
    }
}
