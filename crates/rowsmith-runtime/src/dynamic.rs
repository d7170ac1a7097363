//! Queries whose text depends on the call: it leaves out conditions, or chooses an order.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "orders")]
use std::error::Error as StdError;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use tokio_postgres::types::Type;

#[cfg(feature = "pages")]
use super::page_orders::{PageOrder, Part};
use super::prepare::Checked;
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
    #[cfg(feature = "assignments")]
    /// Where parameters are mentioned whose types only the text tells, if not each text mentions them: the place, and the
    /// bits of the values that it takes.
    mentions: &'static [(usize, u128)],
    #[cfg(feature = "pages")]
    /// The orders in which it has pages; none if it has no pages.
    pages: &'static [PageOrder],
    #[cfg(feature = "totals")]
    /// How many rows are counted at most.
    total: Option<u32>,
    made: RwLock<BTreeMap<Text, &'static Query>>,
}

/// Which of the texts it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Text {
    /// The values that are there, one bit for each.
    given: u128,
    order: usize,
    #[cfg(feature = "pages")]
    part: Option<Part>,
}

/// A piece of a query's text.
pub enum Piece {
    /// What every call sends.
    Text(&'static str),
    /// A condition, for calls that have the values of these bits, and what others send.
    When(u128, &'static str, &'static str),
    #[cfg(feature = "assignments")]
    /// An assignment of a `SET`, for calls that have the values of these bits; before it, what separates it from one that is
    /// sent before it.
    Assignment(u128, &'static str, &'static str),
    #[cfg(feature = "assignments")]
    /// What is sent with some assignment, and what with none.
    Changing(&'static str, &'static str),
    #[cfg(feature = "orders")]
    /// The order as written, and those to choose from.
    Order(&'static [&'static str]),
    #[cfg(feature = "pages")]
    /// Where the rows that have pages begin.
    Rows,
    #[cfg(feature = "pages")]
    /// The columns that are added in each order, to sort by.
    Keys(&'static [&'static str]),
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
            #[cfg(feature = "pages")]
            pages: &[],
            #[cfg(feature = "totals")]
            total: None,
            #[cfg(feature = "assignments")]
            mentions: &[],
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

    #[cfg(feature = "pages")]
    /// Says in which orders it has pages.
    pub const fn pages(mut self, orders: &'static [PageOrder]) -> Self {
        self.pages = orders;
        self
    }

    #[cfg(feature = "totals")]
    /// Has no more than so many rows counted.
    pub const fn total_up_to(mut self, rows: u32) -> Self {
        self.total = Some(rows);
        self
    }

    #[cfg(feature = "assignments")]
    /// Says where parameters are mentioned whose types only the text tells, if not each text mentions them.
    pub const fn mentions(mut self, mentions: &'static [(usize, u128)]) -> Self {
        self.mentions = mentions;
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

    /// The texts that were checked when this code was generated, with their signatures, of which `signature` is the query's
    /// own.
    pub fn checked(&'static self, signature: &'static str) -> Vec<Checked> {
        let all = self.given(u128::MAX);
        let choices: BTreeSet<u128> = if all.count_ones() <= COMBINED {
            (0..=all).collect()
        } else {
            let each = (0..u128::BITS)
                .map(|bit| 1 << bit)
                .filter(|bit| bit & all != 0);
            each.flat_map(|bit| [bit, all & !bit])
                .chain([0, all])
                .collect()
        };
        let choices: BTreeSet<u128> = choices.into_iter().map(|given| self.given(given)).collect();
        let texts = choices.into_iter().map(|given| self.whole(given, 0));
        #[cfg(feature = "orders")]
        let texts = texts.chain((1..self.orders()).map(|order| self.whole(all, order)));
        #[cfg(feature = "pages")]
        if !self.pages.is_empty() {
            return self.checked_pages(texts.collect(), all, signature);
        }
        texts.map(|text| (self.text(text), signature)).collect()
    }

    #[cfg(feature = "pages")]
    /// The same for pages: the first one with each choice, and all of them with everything.
    fn checked_pages(
        &'static self,
        texts: Vec<Text>,
        all: u128,
        signature: &'static str,
    ) -> Vec<Checked> {
        let mut pages: BTreeSet<Text> = texts
            .into_iter()
            .map(|text| Text {
                part: Some(Part::First),
                ..text
            })
            .collect();
        for (order, page) in self.pages.iter().enumerate() {
            pages.extend(page.parts().map(|part| Text {
                given: all,
                order,
                part: Some(part),
            }));
        }
        pages
            .into_iter()
            .filter_map(|text| {
                let order = self.pages.get(text.order)?;
                let own = order.signature(signature, text.part?);
                // It is asked for once as long as the program runs, or a few times.
                Some((self.text(text), &*own.leak()))
            })
            .collect()
    }

    /// The text without pages.
    fn whole(&self, given: u128, order: usize) -> Text {
        Text {
            given,
            order,
            #[cfg(feature = "pages")]
            part: None,
        }
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
    fn given(&self, given: u128) -> u128 {
        self.pieces.iter().fold(0, |all, piece| match piece {
            Piece::When(needs, ..) if given & needs == *needs => all | needs,
            #[cfg(feature = "assignments")]
            Piece::Assignment(needs, ..) if given & needs == *needs => all | needs,
            _ => all,
        })
    }

    fn text(&self, text: Text) -> &'static Query {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(query) = made.get(&text) {
            return query;
        }
        drop(made);
        let (mut sql, mut body, mut written) = (String::new(), 0, 0);
        #[cfg(feature = "assignments")]
        let changes = self.changes(text.given);
        #[cfg(feature = "assignments")]
        let mut is_first = true;
        for piece in self.pieces {
            let (sent, as_written) = match piece {
                Piece::Text(text) => (*text, *text),
                Piece::When(needs, condition, _) if text.given & needs == *needs => {
                    (*condition, *condition)
                }
                Piece::When(_, condition, otherwise) => (*otherwise, *condition),
                #[cfg(feature = "assignments")]
                Piece::Assignment(needs, separator, assignment) => {
                    written += separator.len();
                    if text.given & needs != *needs {
                        ("", *assignment)
                    } else {
                        if !is_first {
                            sql.push_str(separator);
                        }
                        is_first = false;
                        (*assignment, *assignment)
                    }
                }
                #[cfg(feature = "assignments")]
                Piece::Changing(with, without) => (if changes { *with } else { *without }, *with),
                #[cfg(feature = "orders")]
                Piece::Order(orders) => (orders[text.order], orders[0]),
                #[cfg(feature = "pages")]
                Piece::Rows => (Part::opening(text.part), ""),
                #[cfg(feature = "pages")]
                Piece::Keys(added) => (Part::added(text.part, added[text.order]), ""),
            };
            if let Some(inside) = self.gives.body.checked_sub(written) {
                body = sql.len() + inside;
            }
            sql.push_str(sent);
            written += as_written.len();
        }
        #[cfg(feature = "pages")]
        if let Some(order) = self.pages.get(text.order) {
            // What has pages changes no data, so that it is one statement from its first byte on.
            body = 0;
            if let Some(part) = text.part {
                sql.push_str(&self.closing(order, part));
            }
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        // An order that is the one as written has the same text, and others may have come first.
        let same = made.values().copied().find(|query| query.sql == sql);
        let query = same.unwrap_or_else(|| {
            let mut query = Query::new(self.name, self.types, sql.leak());
            query.is_strict = self.is_strict;
            query.sends = self.sends;
            query.gives = UserColumns { body, ..self.gives };
            #[cfg(feature = "pages")]
            self.complete(&mut query, text);
            #[cfg(feature = "assignments")]
            self.leave_out(text.given, &mut query);
            // There are only so many.
            Box::leak(Box::new(query))
        });
        made.insert(text, query);
        query
    }

    #[cfg(feature = "pages")]
    /// What follows the rows that have pages.
    fn closing(&self, order: &PageOrder, part: Part) -> String {
        let closing = order.closing(part, self.types.len() + 1);
        #[cfg(feature = "totals")]
        if let (Part::Total, Some(rows)) = (part, self.total) {
            return format!("\nLIMIT {}{closing}", u64::from(rows) + 1);
        }
        closing
    }

    #[cfg(feature = "pages")]
    /// Adds the parameters and columns that the text of a page has by itself.
    fn complete(&self, query: &mut Query, text: Text) {
        let (Some(order), Some(part)) = (self.pages.get(text.order), text.part) else {
            return;
        };
        let own = order.own_types(part);
        let own = own.into_iter().map(|ty| match ty {
            "int8" => Type::INT8,
            // As the column that it is compared with.
            _ => Type::UNKNOWN,
        });
        let types: Vec<Type> = self.types.iter().cloned().chain(own).collect();
        query.types = types.leak();
        if self.gives.types.is_empty() {
            return;
        }
        query.gives = match order.width(part, self.gives.names.len()) {
            Some(width) => {
                let mut names = self.gives.names.to_vec();
                names.resize(width, "");
                UserColumns {
                    names: names.leak(),
                    ..query.gives
                }
            }
            None => UserColumns::NONE,
        };
    }

    #[cfg(feature = "pages")]
    /// The columns that are added in an order.
    fn added(&self, order: usize) -> &'static str {
        let mut pieces = self.pieces.iter();
        let added = pieces.find_map(|piece| match piece {
            Piece::Keys(added) => added.get(order),
            _ => None,
        });
        added.copied().unwrap_or_default()
    }
}

#[cfg(feature = "assignments")]
impl DynamicQuery {
    /// Whether there is an assignment with these values.
    fn changes(&self, given: u128) -> bool {
        let mut pieces = self.pieces.iter();
        pieces.any(|piece| match piece {
            Piece::Assignment(needs, ..) => given & needs == *needs,
            _ => false,
        })
    }

    /// Takes note of the parameters that the text with these values does not mention, so that nothing tells their types:
    /// NULL is sent for them, as text.
    fn leave_out(&self, given: u128, query: &mut Query) {
        let mentioned = |place: usize| {
            let mut mentions = self.mentions.iter();
            mentions.any(|(known, needs)| *known == place && given & needs == *needs)
        };
        let places = self.mentions.iter().map(|(place, _)| *place);
        let unused: BTreeSet<usize> = places.filter(|place| !mentioned(*place)).collect();
        if unused.is_empty() {
            return;
        }
        let mut types = self.types.to_vec();
        for place in &unused {
            types[*place] = Type::TEXT;
        }
        query.types = types.leak();
        query.unused = unused.into_iter().collect::<Vec<_>>().leak();
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
    next: u128,
    given: u128,
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
        query.text(query.whole(query.given(given), order))
    }

    #[cfg(feature = "pages")]
    pub(super) fn name(&self) -> &'static str {
        self.query.name
    }

    #[cfg(feature = "pages")]
    /// The order in which it has pages.
    pub(super) fn page_order(&self) -> &'static PageOrder {
        &self.query.pages[self.order]
    }

    #[cfg(feature = "pages")]
    /// What tells its cursors from those of other queries and orders.
    pub(super) fn digest(&self) -> u64 {
        let added = self.query.added(self.order);
        self.page_order().digest(self.query.name, added)
    }

    #[cfg(feature = "pages")]
    /// The query with the text of a page.
    pub(super) fn text(&self, part: Part) -> &'static Query {
        self.query.text(Text {
            given: self.query.given(self.given),
            order: self.order,
            part: Some(part),
        })
    }

    #[cfg(feature = "totals")]
    /// How many rows are counted at most.
    pub(super) fn total(&self) -> Option<u32> {
        self.query.total
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
