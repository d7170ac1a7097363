//! The entries of `relations`, as they are written.

use crate::options::RelationName;

use super::node::Kind;
use super::sections::RELATION;
use super::{Fields, Place, Reader, Written};

/// `sql[].gen.rust.relations[]`.
#[derive(Debug)]
pub(in crate::config) struct RelationSection {
    pub(in crate::config) place: Place,
    pub(in crate::config) from: Option<Written<String>>,
    pub(in crate::config) to: Option<Written<String>>,
    pub(in crate::config) through: Option<Written<String>>,
    pub(in crate::config) name: RelationName,
    pub(in crate::config) reverse: RelationName,
    pub(in crate::config) unique: Option<bool>,
}

impl Reader {
    /// The relations of all places.
    pub(super) fn relations(&mut self, fields: &Fields<'_>) -> Vec<RelationSection> {
        let mut found = Vec::new();
        for (key, value) in fields.all("relations") {
            let Kind::List(items) = &value.kind else {
                self.wrong_type(key, value, "a list of entries, each with a `-`");
                continue;
            };
            for item in items {
                let Some(fields) = self.fields(key, item, &RELATION) else {
                    continue;
                };
                found.push(RelationSection {
                    place: item.place.clone(),
                    from: self.text(&fields, "from"),
                    to: self.text(&fields, "to"),
                    through: self.text(&fields, "through"),
                    name: self.naming(&fields, "name"),
                    reverse: self.naming(&fields, "reverse"),
                    unique: self.boolean(&fields, "unique"),
                });
            }
        }
        found
    }

    /// A name, or `false`.
    fn naming(&mut self, fields: &Fields<'_>, name: &str) -> RelationName {
        match fields.get(name) {
            Some((_, value)) if matches!(value.kind, Kind::Bool(false)) => RelationName::Hidden,
            Some((key, value)) => self
                .text_of(key, value, "a name, or `false` for none")
                .map_or(RelationName::Derived, |text| {
                    RelationName::Named(text.value)
                }),
            None => RelationName::Derived,
        }
    }
}
