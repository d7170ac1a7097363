//! Traits that the user wants generated types to derive.

use super::Place;

/// What is to be derived by what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derives {
    /// In the order they are written, each with the place of its key.
    pub(crate) groups: Vec<(Deriving, Place, Vec<Derive>)>,
}

/// Types that derive something: a group, or one by its name in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deriving {
    /// Models, rows, composite types and domains.
    Structs,
    Params,
    Enums,
    Named(String),
}

/// Attributes that the user wants on generated types and fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    /// In the order they are written: a group, a type, or a field as `Type.field`, with the place of its key.
    pub(crate) groups: Vec<(Deriving, Place, Vec<String>)>,
}

impl Attributes {
    /// Those of a type: of its group, then of it by name.
    pub(crate) fn of<'d>(
        &'d self,
        group: &'d Deriving,
        name: &'d str,
    ) -> impl Iterator<Item = &'d str> {
        let of_group = self.groups.iter().filter(move |(known, ..)| known == group);
        of_group
            .flat_map(|(.., texts)| texts)
            .map(String::as_str)
            .chain(self.named(name))
    }

    /// Those of a type or a field by its name.
    pub(crate) fn named<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d str> {
        let is_it =
            move |known: &Deriving| matches!(known, Deriving::Named(known) if known == name);
        let found = self.groups.iter().filter(move |(known, ..)| is_it(known));
        found.flat_map(|(.., texts)| texts).map(String::as_str)
    }
}

/// A trait to derive, or with `-` one that is not to be.
#[derive(Clone, Debug)]
pub(crate) struct Derive {
    /// With its path, unless it is the language's own.
    pub(crate) path: String,
    pub(crate) removed: bool,
    pub(crate) place: Place,
}

impl Derive {
    /// The trait without its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or(&self.path).trim()
    }
}

impl Derives {
    /// What is said of a type: of its group, then of it by name.
    pub(crate) fn of<'d>(
        &'d self,
        group: &'d Deriving,
        name: &'d str,
    ) -> impl Iterator<Item = &'d Derive> {
        let is_named =
            move |known: &Deriving| matches!(known, Deriving::Named(known) if known == name);
        let of_group = self.groups.iter().filter(move |(known, ..)| known == group);
        let of_name = self
            .groups
            .iter()
            .filter(move |(known, ..)| is_named(known));
        of_group.chain(of_name).flat_map(|(.., derives)| derives)
    }

    /// Whether a type derives a trait, given without its path; `None` where nothing here is about that.
    pub(crate) fn says(&self, group: &Deriving, name: &str, wanted: &str) -> Option<bool> {
        let about = |derive: &&Derive| derive.name() == wanted;
        let last = self.of(group, name).filter(about).last();
        last.map(|derive| !derive.removed)
    }

    /// Whether anything derives a trait of serde's.
    pub(crate) fn has_serde(&self) -> bool {
        let mut all = self.groups.iter().flat_map(|(.., derives)| derives);
        all.any(|derive| derive.path.starts_with("serde::") && !derive.removed)
    }
}
