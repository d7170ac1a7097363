//! What the configuration says of relations: names, keys that the schema does not have, relations to hide, functions.

use super::Place;

/// An entry of `relations`.
#[derive(Clone, Debug)]
pub(crate) struct RelationRule {
    /// The columns that point.
    pub(crate) from: KeyColumns,
    /// The columns they point to; may be left out where there is a foreign key. Through a junction, the columns of the
    /// junction that point to the far side.
    pub(crate) to: Option<KeyColumns>,
    /// Whether the columns are those of a junction: the relation leads from what `from` points to, to what `to` does.
    pub(crate) through: bool,
    /// The name where `from` is, or on the near side of a junction.
    pub(crate) name: RelationName,
    /// The name on the other side.
    pub(crate) reverse: RelationName,
    /// Whether at most one row of `from` has the same key, though no unique key says so.
    pub(crate) unique: bool,
}

/// A table and columns of it.
#[derive(Clone, Debug)]
pub(crate) struct KeyColumns {
    /// The schema, where it is written.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
    pub(crate) place: Place,
}

/// What one direction of a relation is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum RelationName {
    /// As derived from the schema.
    #[default]
    Derived,
    Named(String),
    /// There is none.
    Hidden,
}

/// Which relations have functions that load them for any rows.
#[derive(Clone, Debug, Default)]
pub(crate) enum Loaders {
    #[default]
    None,
    /// Those of all tables whose keys some query's rows have.
    All(Place),
    /// Those that are named.
    Of(Vec<WantedLoaders>),
}

/// A table, all of whose relations are meant, or one of its relations: `orders`, `sales.orders`, `orders.items`.
#[derive(Clone, Debug)]
pub(crate) struct WantedLoaders {
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Loaders {
    pub(crate) fn are_wanted(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Where the loader of a relation is asked for.
    pub(crate) fn place(&self, schema: &str, table: &str, relation: &str) -> Option<&Place> {
        match self {
            Self::None => None,
            Self::All(place) => Some(place),
            Self::Of(names) => {
                let qualified = format!("{schema}.{table}");
                let is_meant = |wanted: &&WantedLoaders| {
                    let name = wanted.name.trim();
                    let after = |table: &str| name.strip_prefix(table)?.strip_prefix('.');
                    name == table
                        || name == qualified
                        || after(table) == Some(relation)
                        || after(&qualified) == Some(relation)
                };
                names.iter().find(is_meant).map(|wanted| &wanted.place)
            }
        }
    }
}
