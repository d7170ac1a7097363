//! `overrides`, `rename` and other keys about types and names, as they are written.

use super::node::{Kind, Node, Place};
use super::sections::OVERRIDE;
use super::{Fields, Reader, Written, invalid};

/// `sql[].gen.rust.overrides[]`.
#[derive(Debug)]
pub(in crate::config) struct OverrideSection {
    pub(in crate::config) place: Place,
    pub(in crate::config) function: Option<Written<String>>,
    pub(in crate::config) nullable: Option<Written<bool>>,
    pub(in crate::config) db_type: Option<Written<String>>,
    pub(in crate::config) column: Option<Written<String>>,
    pub(in crate::config) query: Option<Written<String>>,
    pub(in crate::config) parameter: Option<Written<String>>,
    pub(in crate::config) rust_type: Option<Written<String>>,
    pub(in crate::config) implements: Option<Vec<Written<String>>>,
}

impl OverrideSection {
    /// Whether it has a key that only overrides of types have.
    pub(in crate::config) fn is_about_type(&self) -> bool {
        let about = [
            &self.db_type,
            &self.column,
            &self.query,
            &self.parameter,
            &self.rust_type,
        ];
        about.into_iter().any(Option::is_some) || self.implements.is_some()
    }
}

impl Reader {
    /// The overrides of all places, the closest first.
    pub(super) fn overrides(&mut self, fields: &Fields<'_>) -> Vec<OverrideSection> {
        let mut found = Vec::new();
        for (key, value) in fields.all("overrides") {
            let Kind::List(items) = &value.kind else {
                self.wrong_type(key, value, "a list of entries, each with a `-`");
                continue;
            };
            for item in items {
                // One for Go alone.
                if item.child("go_type").is_some() && item.child("rust_type").is_none() {
                    continue;
                }
                let Some(fields) = self.fields(key, item, &OVERRIDE) else {
                    continue;
                };
                found.push(OverrideSection {
                    place: item.place.clone(),
                    function: self.text(&fields, "function"),
                    nullable: self.written_boolean(&fields, "nullable"),
                    db_type: self.text(&fields, "db_type"),
                    column: self.text(&fields, "column"),
                    query: self.text(&fields, "query"),
                    parameter: self.text(&fields, "parameter"),
                    rust_type: self.text(&fields, "rust_type"),
                    implements: self.list(&fields, "implements", "a list of traits"),
                });
            }
        }
        found
    }

    /// A mapping whose keys are the user's own, to strings; from all places, of which the closest counts.
    pub(super) fn pairs(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        expected: &str,
    ) -> Vec<(Written<String>, Written<String>)> {
        let mut pairs: Vec<(Written<String>, Written<String>)> = Vec::new();
        for (key, value) in fields.all(name) {
            let entries = match &value.kind {
                Kind::Mapping(entries) => entries.as_slice(),
                Kind::Null => &[],
                _ => {
                    self.wrong_type(key, value, "a mapping");
                    continue;
                }
            };
            let mut here: Vec<(Written<String>, Written<String>)> = Vec::new();
            for (key, value) in entries {
                let read = self.text_of(key, key, "names as keys");
                let Some((key, value)) = read.zip(self.text_of(key, value, expected)) else {
                    continue;
                };
                let is_key = |(known, _): &&(Written<String>, _)| known.value == key.value;
                if let Some((first, _)) = here.iter().find(is_key) {
                    let message = format!("the key `{}` is there twice", key.value);
                    let duplicate = invalid(message)
                        .at(key.place.span(), "")
                        .also(first.place.span(), "first here");
                    self.diagnostics.push(duplicate);
                } else if !pairs.iter().any(|pair| is_key(&pair)) {
                    here.push((key, value));
                }
            }
            pairs.append(&mut here);
        }
        pairs
    }

    /// `derives` and `attributes`: a list, or lists by the user's own keys.
    pub(super) fn lists(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        expected: &str,
    ) -> Vec<(Written<String>, Vec<Written<String>>)> {
        let Some((key, value)) = fields.get(name) else {
            return Vec::new();
        };
        let entries: Vec<(&Node, &Node)> = match &value.kind {
            Kind::List(_) => vec![(key, value)],
            Kind::Mapping(entries) => entries.iter().map(|(key, value)| (key, value)).collect(),
            _ => {
                self.wrong_type(key, value, expected);
                return Vec::new();
            }
        };
        let mut read = Vec::new();
        for (key, value) in entries {
            let Some(name) = self.text_of(key, key, "names as keys") else {
                continue;
            };
            let Kind::List(items) = &value.kind else {
                self.wrong_type(key, value, expected);
                continue;
            };
            let traits = items.iter();
            let traits = traits.filter_map(|item| self.text_of(key, item, expected));
            read.push((name, traits.collect()));
        }
        read
    }

    /// A list of strings, which may be empty.
    pub(super) fn list(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        expected: &str,
    ) -> Option<Vec<Written<String>>> {
        let (key, value) = fields.get(name)?;
        let Kind::List(items) = &value.kind else {
            self.wrong_type(key, value, expected);
            return None;
        };
        let items = items.iter();
        let read: Vec<_> = items
            .map(|item| self.text_of(key, item, expected))
            .collect();
        read.into_iter().collect()
    }
}
