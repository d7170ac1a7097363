//! Queries whose text depends on the call: it leaves out conditions, or chooses an order.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "orders")]
use std::error::Error as StdError;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tokio_postgres::types::Type;

use super::user_types::UserColumns;
use super::{Query, UserType};

/// With so many values that may be missing, all their combinations were checked when the code was generated.
const COMBINED: u32 = 6;

/// A query in pieces. Each text that calls make of them is a [`Query`] of its own, which is put together once and kept
/// as long as the program runs; so each connection prepares it once, too.
pub struct DynamicQuery {
    /// The name in the query's annotation.
    pub name: &'static str,
    types: &'static [Type],
    pieces: &'static [Piece],
    is_strict: bool,
    sends: &'static [(usize, UserType)],
    /// Its `body` is counted in the text with all conditions and the order as written.
    gives: UserColumns,
    /// By the values that are there, one bit for each, and the order.
    made: RwLock<BTreeMap<(u64, usize), &'static Query>>,
}

/// A piece of a query's text.
pub enum Piece {
    /// What every call sends.
    Text(&'static str),
    /// A condition, for calls that have the values of these bits, and what others send.
    When(u64, &'static str, &'static str),
    #[cfg(feature = "orders")]
    /// The order as written, and those to choose from.
    Order(&'static [&'static str]),
}

impl DynamicQuery {
    pub const fn new(name: &'static str, types: &'static [Type], pieces: &'static [Piece]) -> Self {
        Self {
            name,
            types,
            pieces,
            is_strict: false,
            sends: &[],
            gives: UserColumns::NONE,
            made: RwLock::new(BTreeMap::new()),
        }
    }

    /// Makes a second row of a query for one row an error.
    pub const fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// Says what the parameters are whose types are not built into Postgres, by their place.
    pub const fn sends(mut self, types: &'static [(usize, UserType)]) -> Self {
        self.sends = types;
        self
    }

    /// The same for columns; `names` are those of all.
    pub const fn gives(
        self,
        names: &'static [&'static str],
        types: &'static [(usize, UserType)],
    ) -> Self {
        self.gives_after(0, names, types)
    }

    /// The same where a `WITH` changes data before the statement itself, which begins at `body`.
    pub const fn gives_after(
        mut self,
        body: usize,
        names: &'static [&'static str],
        types: &'static [(usize, UserType)],
    ) -> Self {
        self.gives = UserColumns { body, names, types };
        self
    }

    /// A call that has none of the values yet.
    pub fn choose(&'static self) -> Choice {
        Choice {
            query: self,
            next: 1,
            given: 0,
            order: 0,
        }
    }

    /// The texts that were checked when this code was generated.
    pub fn checked(&'static self) -> Vec<&'static Query> {
        let all = self.given(u64::MAX);
        let choices: BTreeSet<u64> = if all.count_ones() <= COMBINED {
            (0..=all).collect()
        } else {
            let each = (0..u64::BITS)
                .map(|bit| 1 << bit)
                .filter(|bit| bit & all != 0);
            each.flat_map(|bit| [bit, all & !bit])
                .chain([0, all])
                .collect()
        };
        let choices: BTreeSet<u64> = choices.into_iter().map(|given| self.given(given)).collect();
        let checked = choices.into_iter().map(|given| self.text(given, 0));
        #[cfg(feature = "orders")]
        let checked = checked.chain((1..self.orders()).map(|order| self.text(all, order)));
        checked.collect()
    }

    #[cfg(feature = "orders")]
    /// How many orders there are, with the one as written.
    fn orders(&self) -> usize {
        let orders = self.pieces.iter().map(|piece| match piece {
            Piece::Order(orders) => orders.len(),
            _ => 0,
        });
        orders.sum()
    }

    /// Those of the values that make a difference to the text.
    fn given(&self, given: u64) -> u64 {
        self.pieces.iter().fold(0, |all, piece| match piece {
            Piece::When(needs, ..) if given & needs == *needs => all | needs,
            _ => all,
        })
    }

    fn text(&self, given: u64, order: usize) -> &'static Query {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(query) = made.get(&(given, order)) {
            return query;
        }
        drop(made);
        let (mut sql, mut body, mut written) = (String::new(), 0, 0);
        for piece in self.pieces {
            let (sent, as_written) = match piece {
                Piece::Text(text) => (*text, *text),
                Piece::When(needs, condition, _) if given & needs == *needs => {
                    (*condition, *condition)
                }
                Piece::When(_, condition, otherwise) => (*otherwise, *condition),
                #[cfg(feature = "orders")]
                Piece::Order(orders) => (orders[order], orders[0]),
            };
            if let Some(inside) = self.gives.body.checked_sub(written) {
                body = sql.len() + inside;
            }
            sql.push_str(sent);
            written += as_written.len();
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        // An order that is the one as written has the same text, and others may have come first.
        let same = made.values().copied().find(|query| query.sql == sql);
        let query = same.unwrap_or_else(|| {
            let mut query = Query::new(self.name, self.types, sql.leak());
            query.is_strict = self.is_strict;
            query.sends = self.sends;
            query.gives = UserColumns { body, ..self.gives };
            // There are only so many.
            Box::leak(Box::new(query))
        });
        made.insert((given, order), query);
        query
    }
}

impl fmt::Debug for DynamicQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicQuery")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a call chooses of a query.
pub struct Choice {
    query: &'static DynamicQuery,
    /// The bit of the next value.
    next: u64,
    given: u64,
    order: usize,
}

impl Choice {
    /// Whether the next of the values that may be missing is there.
    pub fn given(mut self, is_there: bool) -> Self {
        if is_there {
            self.given |= self.next;
        }
        self.next <<= 1;
        self
    }

    #[cfg(feature = "orders")]
    /// The place of the order among those to choose from.
    pub fn order(mut self, chosen: Option<usize>) -> Self {
        self.order = chosen.map_or(0, |place| place + 1);
        self
    }

    /// The query with that text.
    pub fn query(self) -> &'static Query {
        let Self {
            query,
            given,
            order,
            ..
        } = self;
        query.text(query.given(given), order)
    }
}

#[cfg(feature = "orders")]
/// An order that a query does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOrder {
    query: &'static str,
    key: String,
}

#[cfg(feature = "orders")]
impl UnknownOrder {
    #[doc(hidden)]
    pub fn new(query: &'static str, key: &str) -> Self {
        Self {
            query,
            key: key.to_owned(),
        }
    }
}

#[cfg(feature = "orders")]
impl fmt::Display for UnknownOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has no order `{}`", self.query, self.key)
    }
}

#[cfg(feature = "orders")]
impl StdError for UnknownOrder {}
