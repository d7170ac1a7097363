//! What the user wants things to be called.

use super::Place;

/// The choices about names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    pub(crate) renames: Vec<Rename>,
    /// Models are called as their tables are, not in the singular.
    pub(crate) exact_table_names: bool,
    /// Tables whose names have no singular, in any case.
    pub(crate) not_inflected: Vec<String>,
}

/// Another name for something.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub(crate) kind: Renamed,
    /// The parts of its name in SQL, as many as were written.
    pub(crate) parts: Vec<String>,
    /// An identifier; its casing is for where it stands.
    pub(crate) to: String,
    /// Where the name in SQL is written.
    pub(crate) place: Place,
}

/// The sorts of things that can be renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renamed {
    /// Any column, parameter, table, type or label of that name: sqlc's form.
    Any,
    /// `[schema.]table`, or a view.
    Table,
    /// `[schema.]table.column`, or `Query.column`.
    Column,
    /// `[schema.]type`
    Type,
    /// `[schema.]enum.label`
    Value,
    /// `Query`
    Query,
    /// `Query.parameter`
    Parameter,
}

impl Renamed {
    /// Those with a word of their own, and how many parts their names have.
    pub(crate) const WORDS: [(&'static str, Self, std::ops::RangeInclusive<usize>); 6] = [
        ("table", Self::Table, 1..=2),
        ("column", Self::Column, 2..=3),
        ("type", Self::Type, 1..=2),
        ("value", Self::Value, 2..=3),
        ("query", Self::Query, 1..=1),
        ("parameter", Self::Parameter, 2..=2),
    ];
}

impl Naming {
    /// The narrowest rename of a thing, whose full name is `parts`; what is left out at its front is any.
    pub(crate) fn find(&self, kind: Renamed, parts: &[&str]) -> Option<&Rename> {
        let fits = |rename: &&Rename| {
            rename.kind == kind
                && rename.parts.len() <= parts.len()
                && rename
                    .parts
                    .iter()
                    .rev()
                    .zip(parts.iter().rev())
                    .all(|(a, b)| a == b)
        };
        let found = self.renames.iter().filter(fits);
        found.max_by_key(|rename| rename.parts.len())
    }

    /// sqlc's form of a rename, for the first of these names that has one.
    pub(crate) fn find_any<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&Rename> {
        // Go writes `TemplateIDs` for what Rust calls `template_ids` anyway.
        let fold = |name: &str| name.replace('_', "").to_lowercase();
        let mut names = names.into_iter();
        let found = names.find_map(|name| self.find(Renamed::Any, &[name]));
        found.filter(|rename| {
            rename
                .parts
                .last()
                .is_none_or(|name| fold(name) != fold(&rename.to))
        })
    }
}
