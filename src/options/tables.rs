//! Which tables have functions without any SQL of the user's, and which functions.

use super::Place;

/// `tables`.
#[derive(Clone, Debug, Default)]
pub(crate) enum Tables {
    #[default]
    None,
    /// All tables and views.
    All,
    /// Those that are named.
    Of(Vec<WantedTable>),
}

/// A table, and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct WantedTable {
    /// `orders` or `sales.orders`.
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The functions; all that make sense if none are listed.
    pub(crate) only: Vec<Verb>,
    /// The column that says when the row was changed.
    pub(crate) touch: Option<NamedColumn>,
    /// The column that says when the row was deleted.
    pub(crate) soft_delete: Option<NamedColumn>,
}

/// A column of such a table.
#[derive(Clone, Debug)]
pub(crate) struct NamedColumn {
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Tables {
    pub(crate) fn are_wanted(&self) -> bool {
        !matches!(self, Self::None)
    }
}

/// A function of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Find,
    FindMany,
    FindBy,
    Exists,
    Count,
    Insert,
    InsertMany,
    Upsert,
    Patch,
    Delete,
    DeleteMany,
    Restore,
    Purge,
}

impl Verb {
    /// All of them, in the order in which they are written.
    pub(crate) const ALL: [(&str, Self); 13] = [
        ("find", Self::Find),
        ("find_many", Self::FindMany),
        ("find_by", Self::FindBy),
        ("exists", Self::Exists),
        ("count", Self::Count),
        ("insert", Self::Insert),
        ("insert_many", Self::InsertMany),
        ("upsert", Self::Upsert),
        ("patch", Self::Patch),
        ("delete", Self::Delete),
        ("delete_many", Self::DeleteMany),
        ("restore", Self::Restore),
        ("purge", Self::Purge),
    ];

    /// The verb of that name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(known, _)| *known == name).map(|(_, verb)| *verb)
    }
}
