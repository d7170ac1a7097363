//! Writes out the columns that a statement leaves to the schema: those of `*`, of `TABLE t`, of `NATURAL JOIN` and of
//! `INSERT INTO t VALUES (…)`. So what is sent names the columns that were there when the code was generated, and goes on
//! meaning them when the database gets others.
//!
//! Postgres' tree says which columns each place means. What is written out is then proved: Postgres must read the same
//! statement in it, places aside. A place whose columns cannot be written out stays as it is, with a warning.

mod proof;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod tree;
mod writer;

use std::borrow::Cow;
use std::ops::Range;

use tokio_postgres::error::DbError;

use super::describe::{Describer, Description};
use super::embed;
use super::node;
use super::nullability::Star;
use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::syntax::{Embed, Implied, Natural, Query, table_commands};

use tree::Columns;
use writer::{Change, Instead, edited};

/// A query as it is sent, and what Postgres says of it.
pub(super) struct Expanded<'q> {
    pub(super) query: Cow<'q, Query>,
    /// The columns of each of its embeds.
    pub(super) embeds: Vec<Star>,
    pub(super) outcome: Result<Description, Box<DbError>>,
}

/// A place that is written in another way, by one change of the text or two.
type Edit = Vec<Change>;

/// Describes queries, with their columns written out. A query whose embeds are not understood is reported and left out.
pub(super) async fn expand<'q>(
    describer: &Describer<'_>,
    queries: &'q [Query],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Expanded<'q>>> {
    let mut found = Vec::with_capacity(queries.len());
    let outcomes = describer.describe(queries).await?;
    for (query, outcome) in queries.iter().zip(outcomes) {
        let embeds = match &outcome {
            Ok(description) => embed::columns(query, description, diagnostics),
            Err(_) => Some(Vec::new()),
        };
        found.extend(embeds.map(|embeds| Expanded {
            query: Cow::Borrowed(query),
            embeds,
            outcome,
        }));
    }
    let commands = |query: &Query, _: &str| commands(query);
    write_out(describer, &mut found, commands, diagnostics).await?;
    let columns = |query: &Query, tree: &str| columns(query, tree, catalog);
    write_out(describer, &mut found, columns, diagnostics).await?;
    Ok(found)
}

/// Makes the edits that `edits` gives for a query and its tree, where Postgres then reads the same statement.
async fn write_out(
    describer: &Describer<'_>,
    queries: &mut [Expanded<'_>],
    edits: impl Fn(&Query, &str) -> Edits,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<()> {
    let mut attempts: Vec<Attempt> = Vec::new();
    for (index, expanded) in queries.iter().enumerate() {
        let description = expanded.outcome.as_ref().ok();
        let Some(tree) = description.and_then(|description| description.tree.as_deref()) else {
            continue;
        };
        let Edits { edits, unfixed } = edits(&expanded.query, tree);
        diagnostics.extend(unfixed.into_iter().map(|at| moving(&expanded.query, at)));
        if !edits.is_empty() {
            attempts.push(Attempt {
                index,
                query: edited(&expanded.query, &edits),
                edits,
            });
        }
    }
    let refused = attempt(describer, queries, attempts).await?;
    // Some edit is wrong. Each that is right by itself is kept.
    for Attempt { index, edits, .. } in refused {
        for edit in edits.into_iter().rev() {
            let at = edit[0].at.clone();
            let edits = vec![edit];
            let query = edited(&queries[index].query, &edits);
            let alone = Attempt {
                index,
                query,
                edits,
            };
            if !attempt(describer, queries, vec![alone]).await?.is_empty() {
                diagnostics.push(moving(&queries[index].query, at));
            }
        }
    }
    Ok(())
}

/// A query with edits, by the place of the query among all.
struct Attempt {
    index: usize,
    query: Query,
    edits: Vec<Edit>,
}

/// Takes each query in the place of the one it is made from, if it is the same statement. Returns the others.
async fn attempt(
    describer: &Describer<'_>,
    queries: &mut [Expanded<'_>],
    attempts: Vec<Attempt>,
) -> Result<Vec<Attempt>> {
    if attempts.is_empty() {
        return Ok(attempts);
    }
    let outcomes = describer
        .describe(attempts.iter().map(|attempt| &attempt.query))
        .await?;
    let mut refused = Vec::new();
    for (attempt, outcome) in attempts.into_iter().zip(outcomes) {
        let expanded = &mut queries[attempt.index];
        if is_same(expanded.outcome.as_ref().ok(), outcome.as_ref().ok()) {
            expanded.query = Cow::Owned(attempt.query);
            expanded.outcome = outcome;
        } else {
            refused.push(attempt);
        }
    }
    Ok(refused)
}

fn is_same(written: Option<&Description>, sent: Option<&Description>) -> bool {
    let trees = written.zip(sent);
    let trees = trees.and_then(|(written, sent)| written.tree.as_deref().zip(sent.tree.as_deref()));
    trees.is_some_and(|(written, sent)| proof::is_same_statement(written, sent))
}

/// The places of a statement that are written in another way.
#[derive(Default)]
struct Edits {
    /// In the order of the text.
    edits: Vec<Edit>,
    /// The places whose columns cannot be written out.
    unfixed: Vec<Range<usize>>,
}

/// `SELECT * FROM t` for `TABLE t`.
fn commands(query: &Query) -> Edits {
    let tables = table_commands(query.sql.text()).into_iter();
    let edits = tables.map(|at| vec![Change::new(at, "SELECT * FROM")]);
    Edits {
        edits: edits.collect(),
        unfixed: Vec::new(),
    }
}

/// The columns of the places that mean other ones when the schema has others.
fn columns(query: &Query, tree: &str, catalog: &Catalog) -> Edits {
    let implied = Implied::find(query.sql.text());
    let mut found = Edits::default();
    if implied == Implied::default() {
        return found;
    }
    let Some(tree) = node::read(tree).filter(|tree| tree.name == "QUERY") else {
        return found;
    };
    let Columns {
        stars,
        inserts,
        naturals,
    } = Columns::of(&tree, &implied.stars, catalog);
    for (place, star) in implied.stars.into_iter().zip(stars) {
        let Some(star) = star else { continue };
        let is_embed = |embed: &Embed| embed.offset == place.range.start;
        if !star.is_open && !query.embeds.iter().any(is_embed) {
            continue;
        }
        if star.is_distinct() {
            found.edits.push(vec![Change {
                at: place.range,
                instead: Instead::Columns(place.owner, star.columns),
            }]);
        } else if star.is_open {
            found.unfixed.push(place.range);
        }
    }
    // Otherwise the tokens are of something else, and the statement is left alone.
    if implied.inserts.len() == inserts.len() {
        let inserts = implied.inserts.into_iter().zip(inserts);
        found.edits.extend(inserts.filter_map(|(place, names)| {
            let (at, names) = (place.list?, names?);
            Some(vec![Change::list(at, "", &names)])
        }));
    }
    if implied.naturals.len() == naturals.len() {
        for (Natural { word, end }, names) in implied.naturals.into_iter().zip(naturals) {
            match names.as_deref() {
                None => {}
                // USING needs a column.
                Some([]) => found.unfixed.push(word),
                Some(names) => {
                    let using = Change::list(end, "USING ", names);
                    found.edits.push(vec![Change::new(word, ""), using]);
                }
            }
        }
    }
    found
}

/// A place that means other columns when the schema has others.
fn moving(query: &Query, at: Range<usize>) -> Diagnostic {
    let place = query.origin(at);
    let message = format!(
        "the columns that `{}` means are not fixed when the code is generated",
        place.text().trim_end()
    );
    Diagnostic::warning(Code::MovingColumns, message)
        .at(place, "")
        .note("a column that a table gets later changes what the statement means")
        .help("name the columns")
}
