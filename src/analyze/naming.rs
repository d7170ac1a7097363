//! Names for plain `$n` parameters: from the columns and arguments that they are for, as Postgres' analysis of the
//! statement shows them.
//!
//! Postgres knows every form of SQL, so a clause that is unknown here hides nothing but itself. Names are users' API:
//! the first of the rules that gives one decides, in the order of [`Rank`].

mod expressions;
mod text;
mod tree;
mod without_tree;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use super::node;
use crate::catalog::Catalog;
use crate::syntax::Query;

/// How well a use of a parameter names it, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It is what is stored in a column, or the limit of the rows.
    Stored,
    /// It is what is compared or passed.
    Direct,
    /// It is part of an expression that is stored, compared or shown.
    Within,
    /// A subquery hands it on to where it is stored.
    HandedOn,
}

/// The names that are proposed for parameters.
#[derive(Default)]
struct Proposals(BTreeMap<usize, Proposal>);

struct Proposal {
    rank: Rank,
    /// The place in the text where the parameter is used.
    place: usize,
    name: String,
}

impl Proposals {
    /// Of equally good names, the one of the first use in the text counts; of several for one use, the first proposed.
    fn add(&mut self, number: usize, rank: Rank, place: usize, name: &str) {
        let known = self.0.get(&number);
        if known.is_none_or(|known| (rank, place) < (known.rank, known.place)) {
            let name = name.to_owned();
            self.0.insert(number, Proposal { rank, place, name });
        }
    }

    fn name(&self, number: usize) -> Option<&str> {
        self.0.get(&number).map(|proposal| proposal.name.as_str())
    }
}

/// A name for each of the `count` parameters: the one that the query gives, else one from its use. All differ.
pub(super) fn parameter_names(
    query: &Query,
    count: usize,
    tree: Option<&str>,
    catalog: &Catalog,
) -> Vec<String> {
    let written = |index: usize| query.placeholders.get(index).and_then(|p| p.name.clone());
    let mut taken: HashSet<String> = (0..count).filter_map(written).collect();
    let proposals = if (0..count).all(|index| written(index).is_some()) {
        Proposals::default()
    } else {
        propose(query.sql.text(), tree, catalog)
    };
    let mut names = Vec::with_capacity(count);
    for index in 0..count {
        names.push(written(index).unwrap_or_else(|| {
            let number = index + 1;
            let base = proposals.name(number);
            let base = base.map_or_else(|| format!("arg_{number}"), str::to_owned);
            let mut name = base.clone();
            for suffix in 2.. {
                if taken.insert(name.clone()) {
                    break;
                }
                name = format!("{base}_{suffix}");
            }
            name
        }));
    }
    names
}

fn propose(sql: &str, tree: Option<&str>, catalog: &Catalog) -> Proposals {
    let query = tree.and_then(node::read_query);
    let mut proposals = Proposals::default();
    // Up to Postgres 15, the tree of a CALL or EXPLAIN is empty.
    let has_tree = |query: &node::Node<'_>| query.get("utilityStmt").is_nothing();
    if !query.as_ref().is_some_and(has_tree) {
        without_tree::propose(sql, catalog, &mut proposals);
    }
    if let Some(query) = query {
        tree::propose(&query, sql, catalog, &mut proposals);
    }
    proposals
}
