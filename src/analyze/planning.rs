//! Statements that Postgres accepts and can never run: an `ON CONFLICT` without a unique key, a `FULL JOIN` on `<`, a
//! pattern that does not compile, `LIMIT -1`.
//!
//! Each text that calls send is planned once, with a generic plan, and nothing is executed. What the planner refuses is a
//! mistake only where [`certainty`] proves that every call would be refused; of anything else nothing is said.

mod certainty;
mod omitted;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, SqlState};

use super::describe::{Describer, Description, lost};
use super::dynamic::Checked;
use super::node::{self, Node};
use super::nullability;
use crate::catalog::{Catalog, Key, Oid, Relation};
use crate::diagnostic::{Code, Diagnostic, tidy};
use crate::error::Result;
use crate::quote;
use crate::source::Span;
use crate::syntax::{Directive, Query, Token, lex};

use certainty::Refusal;

/// Before planning: no tree is printed, the plan is the one for any parameters, and a function that the planner calls
/// neither writes nor takes long.
const SET: &str = "SET debug_print_parse = off; SET plan_cache_mode = force_generic_plan; \
    SET default_transaction_read_only = on; SET statement_timeout = '5s'";
const RESET: &str = "RESET statement_timeout; RESET default_transaction_read_only; \
    RESET plan_cache_mode; SET debug_print_parse = on";

/// Has Postgres plan every text of the queries that calls send. `checked` is what is known of their other texts; it is `None`
/// for those that were refused before, and comes back as `None` for those that fail in every call, which is reported.
pub(super) async fn check<'q>(
    describer: &Describer<'_>,
    queries: impl Iterator<Item = (&'q Query, &'q Description)>,
    mut checked: Vec<Option<Checked>>,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Option<Checked>>> {
    let texts = queries.zip(&checked).enumerate();
    let texts = texts.flat_map(|(index, ((query, description), checked))| {
        let whole = checked.as_ref().map(|_| (index, query, description, None));
        let variants = checked.iter().flat_map(Checked::sent);
        let variants =
            variants.map(move |(query, description, what)| (index, query, description, Some(what)));
        whole.into_iter().chain(variants)
    });
    let texts: Vec<_> = texts.collect();
    let statements: Vec<_> = texts
        .iter()
        .map(|(_, query, description, _)| (query.sql.text(), *description))
        .collect();
    let refused = describer.plan(&statements).await?;
    let mut mistaken = BTreeSet::new();
    for ((index, query, description, what), refused) in texts.into_iter().zip(refused) {
        if mistaken.contains(&index) {
            continue;
        }
        let Some(tree) = description.tree.as_deref().and_then(node::read) else {
            continue;
        };
        let found = match &refused {
            Some(error) => refusal(describer, query, &tree, error, catalog).await?,
            None => negative_limit(query, &tree),
        };
        if found.is_none() && what.is_none() {
            omitted::columns(query, &tree, catalog, diagnostics);
        }
        let found = found.map(|found| match what {
            Some(what) => found.note(format!("this is `{}` {what}", query.name.text())),
            None => found,
        });
        if let Some(found) = found {
            mistaken.insert(index);
            diagnostics.push(found);
        }
    }
    for index in mistaken {
        checked[index] = None;
    }
    Ok(checked)
}

impl Describer<'_> {
    /// Plans statements that were described and are still prepared, and runs none of them; `Some` is Postgres' refusal.
    async fn plan(&self, statements: &[(&str, &Description)]) -> Result<Vec<Option<Box<DbError>>>> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.session().client();
        let lost = |error| lost(self.session(), error);
        // The client keeps to itself what it called them.
        let known =
            "SELECT statement, name FROM pg_catalog.pg_prepared_statements WHERE NOT from_sql";
        client.batch_execute(SET).await.map_err(lost)?;
        let known = client.simple_query(known).await.map_err(lost)?;
        let known: BTreeMap<&str, &str> = known
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some((row.get(0)?, row.get(1)?)),
                _ => None,
            })
            .collect();
        let planned = join_all(statements.iter().map(async |(sql, description)| {
            let name = known.get(sql)?;
            let nulls = vec!["NULL"; description.parameters.len()].join(", ");
            let nulls = if nulls.is_empty() {
                nulls
            } else {
                format!("({nulls})")
            };
            let explain = format!("EXPLAIN (COSTS OFF) EXECUTE {}{nulls}", quote::always(name));
            Some(client.simple_query(&explain).await)
        }))
        .await;
        client.batch_execute(RESET).await.map_err(lost)?;
        self.session().take_notices();
        let refused = planned.into_iter().map(|outcome| match outcome {
            Some(outcome) => Ok(self.refusal(outcome)?.err()),
            None => Ok(None),
        });
        refused.collect()
    }

    /// Which of these functions of the server's own depend on where and when they are called, by name.
    async fn stable_functions(&self, functions: &BTreeSet<Oid>) -> Result<Vec<String>> {
        let functions: Vec<String> = functions.iter().map(Oid::to_string).collect();
        let sql = format!(
            "SELECT proname, pronamespace = 'pg_catalog'::pg_catalog.regnamespace FROM pg_catalog.pg_proc
             WHERE provolatile = 's' AND oid = ANY('{{{}}}')",
            functions.join(",")
        );
        let found = self.session().client().simple_query(&sql).await;
        let found = found.map_err(|error| lost(self.session(), error))?;
        self.session().take_notices();
        let names = found.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => match row.get(1)? {
                "t" => row.get(0).map(str::to_owned),
                _ => Some(format!("{}()", row.get(0)?)),
            },
            _ => None,
        });
        Ok(names.collect())
    }
}

/// The mistake that the planner's refusal shows, if every call is refused.
async fn refusal(
    describer: &Describer<'_>,
    query: &Query,
    tree: &Node<'_>,
    error: &DbError,
    catalog: &Catalog,
) -> Result<Option<Diagnostic>> {
    let is_settled =
        || certainty::is_settled(tree, catalog, &nullable_parameters(query, tree, catalog));
    let certain = match certainty::of(error) {
        Refusal::Uncertain => false,
        Refusal::Always => true,
        Refusal::Arbiter => certainty::has_constant_arbiters(tree),
        Refusal::Shape => is_settled(),
        Refusal::Evaluation => {
            is_settled() && certainty::is_secluded(tree, catalog) && {
                let functions = certainty::functions(tree, catalog);
                let stable = describer.stable_functions(&functions).await?;
                stable.iter().all(|name| certainty::is_harmless(name))
            }
        }
    };
    Ok(certain.then(|| explain(query, tree, error, catalog)))
}

/// The parameters that calls may give NULL for, by `$n`.
fn nullable_parameters(query: &Query, tree: &Node<'_>, catalog: &Catalog) -> BTreeSet<usize> {
    let said = query.directives.iter().any(|said| match said {
        Directive::Param(said) => said
            .nullable
            .as_ref()
            .is_some_and(|(nullable, _)| *nullable),
        _ => false,
    });
    let found = nullability::parameters(tree, catalog);
    let places = query.placeholders.iter().enumerate();
    let places = places.filter(|(index, placeholder)| {
        said || placeholder.nullable || found.get(&(index + 1)).is_none_or(|fact| fact.nullable)
    });
    places.map(|(index, _)| index + 1).collect()
}

fn explain(query: &Query, tree: &Node<'_>, error: &DbError, catalog: &Catalog) -> Diagnostic {
    let code = error.code();
    let is_conflict = *code == SqlState::INVALID_COLUMN_REFERENCE;
    let is_full_join = certainty::of(error) == Refusal::Shape;
    let place = match error.position() {
        Some(tokio_postgres::error::ErrorPosition::Original(position)) => {
            let origin = query.sql.origin_of_character(*position);
            Some(token_at(query, origin.start))
        }
        _ if is_conflict => only_words(query, &["on", "conflict"]),
        _ if is_full_join => only_words(query, &["full"]),
        _ => certainty::culprit(tree, code, query.sql.text())
            .map(|offset| token_at(query, query.sql.origin(offset).start)),
    };
    let label = if place.is_some() { "" } else { "in this query" };
    let place = place.unwrap_or_else(|| query.name.clone());
    let mut diagnostic = Diagnostic::error(Code::InvalidQuery, error.message()).at(place, label);
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(tidy(detail));
    }
    diagnostic = failing(diagnostic, code.code());
    let help = if is_conflict {
        Some(arbiter_help(tree, catalog))
    } else if is_full_join {
        Some("join on an equality (`=`); or write a LEFT JOIN, and with UNION ALL the rows that only the other side has".to_owned())
    } else if *code == SqlState::DIVISION_BY_ZERO {
        Some("divide by something that is not always zero".to_owned())
    } else if *code == SqlState::INVALID_REGULAR_EXPRESSION {
        Some(
            "mend the pattern; `\\` before a special character takes it as it is, as in `\\(`"
                .to_owned(),
        )
    } else {
        error.hint().map(tidy)
    };
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The notes of a statement that Postgres accepts and cannot run.
fn failing(diagnostic: Diagnostic, code: &str) -> Diagnostic {
    diagnostic
        .note(format!("SQLSTATE {code}"))
        .note("Postgres accepts the statement and then fails in every call of it")
}

/// How to make an `ON CONFLICT` fit.
fn arbiter_help(tree: &Node<'_>, catalog: &Catalog) -> String {
    let relation = target(tree, catalog);
    let columns = |relation: &Relation, key: &Key| {
        let columns = key.columns.iter();
        let columns = columns.filter_map(|number| relation.attribute(*number));
        let columns: Vec<_> = columns.map(|column| quote::name(&column.name)).collect();
        format!("`({})`", columns.join(", "))
    };
    let keys: Vec<String> = relation.map_or_else(Vec::new, |relation| {
        let keys = relation.unique_keys.iter();
        keys.map(|key| columns(relation, key)).collect()
    });
    let make =
        "make a unique index or constraint on exactly what `ON CONFLICT` names in a migration";
    match (relation, keys.as_slice()) {
        (Some(relation), [_, ..]) => format!(
            "name a unique key: `{}` has {}; or {make}",
            relation.name,
            crate::diagnostic::in_words(&keys, "and")
        ),
        _ => make.to_owned(),
    }
}

/// The relation that a statement inserts into.
fn target<'c>(tree: &Node<'_>, catalog: &'c Catalog) -> Option<&'c Relation> {
    let index = tree.number::<usize>("resultRelation")?.checked_sub(1)?;
    let entry = tree.list("rtable").get(index)?.as_node()?;
    catalog.relations.get(&entry.number("relid")?)
}

/// A LIMIT or OFFSET of the statement itself that is a negative number. Executing finds it, not planning.
fn negative_limit(query: &Query, tree: &Node<'_>) -> Option<Diagnostic> {
    let (clause, code, offset) = certainty::negative_limit(tree)?;
    let place = offset.map_or_else(
        || query.name.clone(),
        |offset| token_at(query, query.sql.origin(offset).start),
    );
    let message = format!("{clause} must not be negative");
    let help = format!("write a number from 0 up, or leave {clause} out");
    let diagnostic = Diagnostic::error(Code::InvalidQuery, message).at(place, "");
    Some(failing(diagnostic, code).help(help))
}

/// The token of the file that starts at this byte, with the number after a minus sign.
fn token_at(query: &Query, start: usize) -> Span {
    let file = &query.statement.file;
    let end = query.statement.range.end.max(start);
    let text = &file.text()[start..end];
    let length = match lex(text).as_slice() {
        [sign, number, ..] if sign.text(text) == "-" && !number.is_trivia() => number.range.end,
        [first, ..] => first.text(text).lines().next().map_or(0, str::len),
        [] => 0,
    };
    file.span(start..start + length)
}

/// Where these words stand one after another, if they do so once in the statement.
fn only_words(query: &Query, words: &[&str]) -> Option<Span> {
    let text = query.statement.text();
    let tokens = lex(text);
    let tokens: Vec<&Token> = tokens.iter().filter(|token| !token.is_trivia()).collect();
    let mut found = tokens.windows(words.len()).filter(|window| {
        let mut pairs = window.iter().zip(words);
        pairs.all(|(token, word)| token.is_word(word, text))
    });
    let (Some([first, .., last] | [first @ last]), None) = (found.next(), found.next()) else {
        return None;
    };
    let start = query.statement.range.start;
    Some(
        query
            .statement
            .file
            .span(start + first.range.start..start + last.range.end),
    )
}
