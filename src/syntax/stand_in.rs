//! Texts that the configuration replaces wherever they stand, as `/* TEMPLATE: schema */`: a program that fills in a template
//! before it sends its SQL has them, and Postgres cannot read them.

use std::collections::BTreeMap;
use std::ops::Range;

/// Each text and what stands for it.
#[derive(Debug, Default)]
pub(crate) struct StandIns(Vec<(String, String)>);

impl StandIns {
    /// Those among the placeholders of an entry. One that is a name is written `${name}` and concerns migrations only.
    pub(crate) fn new(placeholders: &BTreeMap<String, String>) -> Self {
        let is_name = |c: char| c.is_alphanumeric() || "_-.:".contains(c);
        let texts = placeholders.iter();
        let texts = texts.filter(|(text, _)| !text.chars().all(is_name));
        Self(
            texts
                .map(|(text, value)| (text.clone(), value.clone()))
                .collect(),
        )
    }

    /// Where they stand in a part of `text`, and what replaces them, in their order. Where two begin at the same place, the
    /// longer one counts.
    pub(crate) fn find(&self, text: &str, within: Range<usize>) -> Vec<(Range<usize>, &str)> {
        let mut found = Vec::new();
        for (written, value) in &self.0 {
            let places = text[within.clone()].match_indices(written.as_str());
            found.extend(places.map(|(start, _)| {
                let start = within.start + start;
                (start..start + written.len(), value.as_str())
            }));
        }
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = within.start;
        found.retain(|(range, _)| {
            let is_free = range.start >= end;
            if is_free {
                end = range.end;
            }
            is_free
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_replaced_as_they_stand() {
        let placeholders = [
            ("owner", "shop"),
            ("flyway:table", "x"),
            ("", "y"),
            ("{{s}}", "app"),
            ("{{s}}.", ""),
            ("}.t", "never: it overlaps"),
        ];
        let placeholders = placeholders.map(|(text, value)| (text.to_owned(), value.to_owned()));
        let stand_ins = StandIns::new(&placeholders.into());
        let text = "{{s}} owner {{s}}.t '{{s}}'";
        assert_eq!(
            stand_ins.find(text, 6..text.len()),
            [(12..18, ""), (21..26, "app")]
        );
    }
}
