//! The entries of `relations`, and `loaders`, as they are written.

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

/// `sql[].gen.rust.loaders`.
#[derive(Debug)]
pub(in crate::config) enum LoadersSection {
    /// Of all tables in use, or of none.
    All(Written<bool>),
    /// Of these tables, and these relations of tables.
    Of(Vec<Written<String>>),
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

    /// `true`, `false`, or a list.
    pub(super) fn loaders(&mut self, fields: &Fields<'_>) -> Option<LoadersSection> {
        let (key, value) = fields.get("loaders")?;
        match value.kind {
            Kind::Bool(all) => Some(LoadersSection::All(Written {
                value: all,
                place: value.place.clone(),
            })),
            Kind::List(_) => self
                .list(fields, "loaders", "a list of tables")
                .map(LoadersSection::Of),
            _ => {
                let expected = "`true`, or a list of tables and of relations as `orders.items`";
                self.wrong_type(key, value, expected);
                None
            }
        }
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
