//! What is known of a query's columns whichever of its texts a call sends: what holds for each of them.

use std::fmt::Write as _;

use super::{Kind, Variant, writes};
use crate::analyze::nullability::Inference;
use crate::analyze::reasoned;
use crate::ir::{COMBINED, Dynamic};

/// Takes from what is known of a query's columns what depends on more than one assignment, where not all combinations of
/// them are looked at.
pub(in crate::analyze) fn weaken_computed(
    known: &mut Inference,
    dynamic: &Dynamic,
    is_stored: impl Fn(usize) -> bool,
) {
    if dynamic.optional.len() <= COMBINED || !writes::are_dynamic(dynamic) {
        return;
    }
    for (index, column) in known.columns.iter_mut().enumerate() {
        if is_stored(index) {
            continue;
        }
        column.elements = None;
        if !column.nullable {
            column.nullable = true;
            column.location = None;
            column.reason = format!(
                "it is computed, and of more than {COMBINED} optional assignments not all combinations are looked at"
            );
        }
    }
}

/// Takes from what is known of a query's columns what does not hold for a variant of it.
pub(in crate::analyze) fn weaken(known: &mut Inference, variant: &Variant, found: &Inference) {
    // An order takes no part in it.
    if variant.kind == Kind::Order {
        return;
    }
    let columns = known.columns.iter_mut().enumerate();
    for (index, column) in columns {
        let Some(found) = found.columns.get(index) else {
            column.nullable = true;
            column.elements = None;
            column.location = None;
            column.reason = format!("rowsmith could not follow the query {}", variant.what);
            continue;
        };
        if !column.nullable {
            // The last variant has the fewest conditions, or switches: what it gives as a reason holds for all.
            column.reason = reasoned(&variant.query, Some(found), " at").reason;
            column.location = None;
        }
        if found.nullable && !column.nullable {
            column.nullable = true;
            let _ = write!(column.reason, ", {}", variant.what);
        }
        if found.elements.is_none() {
            column.elements = None;
        }
    }
}
