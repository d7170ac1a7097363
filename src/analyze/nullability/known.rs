//! What is known not to be NULL.
//!
//! It is kept under a key: the text of the expression without what does not change its value (locations, casts'
//! spelling), each column reference resolved to the level that owns it. The same key thus means the same value wherever it
//! is written, in a subquery too. [`Frame`] makes the keys.
//!
//! [`Frame`]: super::frame::Frame

use std::collections::{BTreeMap, BTreeSet};

/// A column of some query level: the level, the range table index, the attribute number (0: the whole row).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnId {
    pub(super) level: usize,
    pub(super) table: usize,
    pub(super) column: i16,
}

/// Expressions that are not NULL, with why and where that is said.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    by_key: BTreeMap<String, Proof>,
}

#[derive(Clone, Debug)]
pub(super) struct Proof {
    /// What the expression is called; with [`Known::said_by`] a whole reason.
    pub(super) reason: String,
    pub(super) location: Option<usize>,
    /// The columns that the expression reads.
    columns: BTreeSet<ColumnId>,
}

pub(super) fn column_key(id: ColumnId) -> String {
    format!("V{}.{}.{}", id.level, id.table, id.column)
}

/// What identifies an expression.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) columns: BTreeSet<ColumnId>,
    pub(super) repeatable: bool,
    /// How many subqueries, that are part of the expression, are around the place that is written.
    pub(super) queries: usize,
    /// Whether what was written so far is computed from constants alone.
    pub(super) constant: bool,
    /// Whether what is constant is written as such, whatever its value.
    pub(super) merges_constants: bool,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            text: String::new(),
            columns: BTreeSet::new(),
            repeatable: true,
            queries: 0,
            constant: true,
            merges_constants: false,
        }
    }
}

impl Key {
    pub(super) fn of_grouping() -> Self {
        Self {
            merges_constants: true,
            ..Self::default()
        }
    }

    pub(super) fn refuse(&mut self) {
        self.repeatable = false;
    }

    /// The column that the expression is, if it is one.
    pub(super) fn column(&self) -> Option<ColumnId> {
        let first = self.columns.first().copied()?;
        (self.text == column_key(first)).then_some(first)
    }
}

impl Known {
    pub(super) fn insert(&mut self, key: Key, reason: String, location: Option<usize>) {
        let proof = Proof {
            reason,
            location,
            columns: key.columns,
        };
        self.by_key.entry(key.text).or_insert(proof);
    }

    /// Makes reasons of names: `WHERE keeps only rows where` … `is not NULL`.
    pub(super) fn said_by(mut self, clause: &str) -> Self {
        for proof in self.by_key.values_mut() {
            proof.reason = format!("{clause} {} is not NULL", proof.reason);
        }
        self
    }

    pub(super) fn get(&self, key: &str) -> Option<&Proof> {
        self.by_key.get(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// What either proves.
    pub(super) fn union(mut self, other: Self) -> Self {
        for (key, proof) in other.by_key {
            self.by_key.entry(key).or_insert(proof);
        }
        self
    }

    /// What both prove.
    pub(super) fn intersection(mut self, other: &Self) -> Self {
        self.by_key.retain(|key, _| other.by_key.contains_key(key));
        self
    }

    /// Keeps what reads only columns that `keep` accepts.
    pub(super) fn retain_columns(&mut self, keep: impl Fn(&ColumnId) -> bool) {
        self.by_key
            .retain(|_, proof| proof.columns.iter().all(&keep));
    }

    /// The tables of a level of which a column is known not to be NULL: their rows are there.
    pub(super) fn tables_with_rows(&self, level: usize) -> BTreeSet<usize> {
        let own = self.columns().filter(|column| column.level == level);
        own.map(|column| column.table).collect()
    }

    /// The columns that are known not to be NULL.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnId> {
        // A key of more than one column may be not NULL with one of them missing, as in COALESCE; what is strict has put
        // its columns in by themselves.
        self.by_key.iter().filter_map(|(key, proof)| {
            let mut columns = proof.columns.iter();
            let first = columns.next()?;
            (columns.next().is_none() && *key == column_key(*first)).then_some(*first)
        })
    }
}
