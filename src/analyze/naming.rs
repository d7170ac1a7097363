//! Names for parameters.

use crate::catalog::Catalog;
use crate::syntax::Query;

/// A name for each parameter.
pub(super) fn parameter_names(query: &Query, count: usize, _catalog: &Catalog) -> Vec<String> {
    (0..count)
        .map(|index| {
            let written = query.placeholders.get(index).and_then(|p| p.name.clone());
            written.unwrap_or_else(|| format!("arg_{}", index + 1))
        })
        .collect()
}
