//! Queries whose text depends on the call.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Paging;

/// How many optional parameters have all their combinations checked. With more, it is all of them, none, each alone,
/// and all but each.
pub const COMBINED: usize = 4;

/// How many optional parameters a query can have: generated code counts them in the bits of a number.
pub const MAX_OPTIONAL: usize = 128;

/// What of a query's text a call chooses: `-- @optional`, `-- @sort` and `-- @page`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dynamic {
    /// The places of the parameters that may be missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<usize>,
    /// The conditions that are left out without them, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// All assignments of a `SET` of which some can be left out, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// The items of `VALUES` in whose place `DEFAULT` can be sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Assignment>,
    /// How the rows are read if no assignment is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Those of `optional` for which NULL is a value, beside none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nullable: Vec<usize>,
    /// The parameters that stand in assignments and values alone, with what each of these needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
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

/// An assignment or a value that is sent where all parameters that it needs are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its bytes in the query's text.
    pub at: Range<usize>,
    /// The places of those parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<usize>,
}

/// The parts of an `UPDATE` that differ in a `SELECT` of the same rows, which is sent if there is nothing to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The bytes of what precedes the first assignment.
    pub head: Range<usize>,
    /// What stands in their place.
    pub select: String,
    /// The bytes of `RETURNING` and its list, in whose place nothing stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returning: Option<Range<usize>>,
}

/// Where a parameter is part of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The place of the parameter.
    pub parameter: usize,
    /// The places of the parameters that the assignment or value needs.
    pub needs: Vec<usize>,
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

impl Dynamic {
    /// Whether an assignment or a value is left out without the parameter at this place.
    pub fn writes(&self, parameter: usize) -> bool {
        let mut parts = self.assignments.iter().chain(&self.values);
        parts.any(|part| part.needs.contains(&parameter))
    }

    /// Whether some call sends no assignment at all.
    pub fn may_set_nothing(&self) -> bool {
        let mut assignments = self.assignments.iter();
        !self.assignments.is_empty() && assignments.all(|assignment| !assignment.needs.is_empty())
    }

    /// What separates an assignment from the one before it, in the query's text.
    pub fn separator(&self, index: usize) -> Range<usize> {
        let start = &self.assignments[index].at.start;
        let before = index.checked_sub(1).map(|before| &self.assignments[before]);
        before.map_or(*start, |before| before.at.end)..*start
    }

    /// What follows each assignment, so that it does not touch the word after the list when that is what is left.
    pub fn after_assignment(&self, sql: &str) -> &'static str {
        let end = self.assignments.last().map(|last| last.at.end);
        let next = end.and_then(|end| sql.get(end..)?.chars().next());
        let touches = next.is_some_and(|next| next.is_alphanumeric() || next == '_');
        if touches { " " } else { "" }
    }
}

impl Ordering {
    /// What precedes an order in the text.
    pub fn introduction(&self) -> &'static str {
        if self.at.is_empty() { " ORDER BY " } else { "" }
    }
}
