//! Hands out what a statement has found for keys to the rows that have them.

use std::mem;

/// What is found for one key.
pub trait Group: Clone + Default {
    type Item;

    fn add(&mut self, item: Self::Item);
}

impl<T: Clone> Group for Vec<T> {
    type Item = T;

    fn add(&mut self, item: T) {
        self.push(item);
    }
}

impl<T: Clone> Group for Option<T> {
    type Item = T;

    fn add(&mut self, item: T) {
        self.get_or_insert(item);
    }
}

impl Group for i64 {
    type Item = Self;

    fn add(&mut self, item: Self) {
        *self = item;
    }
}

/// What is found for each key, and which key each row has.
pub struct Groups<G> {
    groups: Vec<G>,
    of_row: Vec<Option<usize>>,
    /// How many rows have yet to be given each.
    uses: Vec<usize>,
}

impl<G: Group> Groups<G> {
    /// Nothing yet, for so many keys; each row has one, by its index, or none.
    pub fn new(keys: usize, of_row: Vec<Option<usize>>) -> Self {
        let mut uses = vec![0; keys];
        for &key in of_row.iter().flatten() {
            uses[key] += 1;
        }
        Self {
            groups: vec![G::default(); keys],
            of_row,
            uses,
        }
    }

    /// Adds what was found for a key.
    pub fn add(&mut self, key: usize, item: G::Item) {
        self.groups[key].add(item);
    }

    /// What was found for the key of a row; once for each.
    pub fn take(&mut self, row: usize) -> G {
        let Some(key) = self.of_row.get_mut(row).and_then(Option::take) else {
            return G::default();
        };
        self.uses[key] -= 1;
        if self.uses[key] == 0 {
            mem::take(&mut self.groups[key])
        } else {
            self.groups[key].clone()
        }
    }

    #[cfg(feature = "loaders")]
    /// What was found for the key of each row.
    pub fn into_rows(mut self) -> Vec<G> {
        (0..self.of_row.len()).map(|row| self.take(row)).collect()
    }
}
