//! Queries whose text depends on the call.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Paging;

/// How many optional parameters have all their combinations checked. With more, it is all of them, none, each alone,
/// and all but each.
pub const COMBINED: usize = 4;

/// What of a query's text a call chooses: `-- @optional`, `-- @sort` and `-- @page`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dynamic {
    /// The places of the parameters that may be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<usize>,
    /// The conditions that are left out without them, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The orders to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordering: Option<Ordering>,
    /// How its rows come in pages, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
}

/// A condition that applies where all parameters that it needs are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Its bytes in the query's text.
    pub at: Range<usize>,
    /// The places of those parameters.
    pub needs: Vec<usize>,
    /// What is sent in its place.
    pub otherwise: String,
}

/// The orders that a query's rows can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordering {
    /// The bytes of what stands after `ORDER BY` in the query's text; empty where that has none.
    pub at: Range<usize>,
    /// The orders, as their directives stand.
    pub orders: Vec<Order>,
}

/// One of the orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What it is called.
    pub key: String,
    /// What stands after `ORDER BY`, with spaces where it would touch a word.
    pub sql: String,
}

impl Ordering {
    /// What precedes an order in the text.
    pub fn introduction(&self) -> &'static str {
        if self.at.is_empty() { " ORDER BY " } else { "" }
    }
}
