//! A document as a tree in which every node knows its place, whether it was YAML or JSON.

use std::fmt::{self, Write as _};
use std::ops::Range;

use crate::source::{SourceFile, Span};

/// A key or value of the document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

impl Node {
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if it is a mapping that has the key.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        let Kind::Mapping(entries) = &self.kind else {
            return None;
        };
        let found = entries.iter().find(|(key, _)| key.as_text() == Some(name));
        found.map(|(_, value)| value)
    }

    /// The same text for documents that say the same, without the values of the keys in `without`.
    pub(super) fn canonical(&self, without: &[&str]) -> String {
        let mut text = String::new();
        self.write_canonical(without, &mut text);
        text
    }

    fn write_canonical(&self, without: &[&str], text: &mut String) {
        match &self.kind {
            Kind::Null => text.push_str("null"),
            Kind::Bool(value) => text.push_str(&value.to_string()),
            Kind::Number(value) => text.push_str(value),
            Kind::Text(value) => {
                let _ = write!(text, "{value:?}"); // A string takes everything.
            }
            Kind::List(items) => {
                text.push('[');
                for item in items {
                    item.write_canonical(without, text);
                    text.push(',');
                }
                text.push(']');
            }
            Kind::Mapping(entries) => {
                let mut lines: Vec<String> = entries
                    .iter()
                    .filter(|(key, _)| {
                        !matches!(&key.kind, Kind::Text(key) if without.contains(&key.as_str()))
                    })
                    .map(|(key, value)| {
                        format!("{}:{},", key.canonical(without), value.canonical(without))
                    })
                    .collect();
                lines.sort();
                text.push('{');
                text.extend(lines);
                text.push('}');
            }
        }
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// As text, since no key takes a number for its value.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document, duplicate keys included.
    Mapping(Vec<(Node, Node)>),
}

impl Kind {
    /// What it is, for "takes a list, not …".
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// Where a node is.
#[derive(Clone)]
pub(crate) struct Place {
    file: SourceFile,
    at: At,
}

#[derive(Clone)]
enum At {
    /// The number of the node in reading order, and how its span is found: that reads the text again.
    Node(usize, FindSpan),
    Range(Range<usize>),
}

type FindSpan = fn(&SourceFile, usize) -> Span;

impl Place {
    /// The node of that number in reading order, which is cheap to keep.
    pub(super) fn of_node(file: &SourceFile, node: usize, span: FindSpan) -> Self {
        let (file, at) = (file.clone(), At::Node(node, span));
        Self { file, at }
    }

    pub(super) fn of_range(file: &SourceFile, range: Range<usize>) -> Self {
        let (file, at) = (file.clone(), At::Range(range));
        Self { file, at }
    }

    /// The token at this place: a scalar as it is written, the first token of anything bigger.
    pub(crate) fn span(&self) -> Span {
        match &self.at {
            At::Node(node, span) => span(&self.file, *node),
            At::Range(range) => self.file.span(range.clone()),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.name();
        match &self.at {
            At::Node(node, _) => write!(f, "Place({name:?}, node {node})"),
            At::Range(range) => write!(f, "Place({name:?}, {range:?})"),
        }
    }
}
