//! sqlc's own Postgres cases against rowsmith: what is accepted, with which types and which nullability, and what is
//! refused at the right line.
//!
//! The cases are a file `cases.json`, which is not part of this repository: `../shared/conformance` beside it, or the
//! folder that `ROWSMITH_CONFORMANCE` names. Without one there is nothing to compare, and the test says so.
//!
//! ```console
//! cargo test --test conformance -- --nocapture              # compares, and prints the counts
//! cargo test --test conformance -- --nocapture --ignored    # compiles all that is generated, in one crate
//! ```
//!
//! `tests/conformance/reviewed.tsv` has the rules by which rowsmith may differ from sqlc, each with its reason. A
//! difference by no rule fails, and so does a rule that no case needs.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests fail by panics")]
#![expect(clippy::print_stderr, reason = "the counts are for people")]

mod cases;
mod compare;
mod crate_of_all;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cases::Set;
use compare::{Difference, Reviewed};
use rowsmith::{Diagnostic, Severity};

/// What became of all sets.
#[derive(Default)]
struct Counts {
    sets: usize,
    queries: usize,
    accepted: usize,
    refused: usize,
    types: usize,
    nullability: usize,
    /// Differences by the rule that explains them.
    by_rule: BTreeMap<usize, usize>,
    failures: Vec<String>,
}

#[test]
fn sets_are_accepted_or_refused_as_postgres_does() {
    let Some(sets) = cases::load() else { return };
    let server = cases::Server::start();
    let reviewed = Reviewed::read();
    let mut counts = Counts::default();
    for set in &sets {
        counts.sets += 1;
        let project = set.write();
        match server.generator(&project).analyze() {
            Ok(analyses) => {
                counts.accepted += 1;
                if !set.is_to_be_accepted(server.version, &reviewed) {
                    counts
                        .failures
                        .push(format!("{set}: accepted, though Postgres refuses it"));
                }
                for query in &analyses[0].queries {
                    counts.queries += 1;
                    compare_query(set, query, &reviewed, &mut counts);
                }
            }
            Err(error) => {
                counts.refused += 1;
                let found = error.diagnostics();
                if set.is_to_be_accepted(server.version, &reviewed) {
                    counts.failures.push(format!("{set}: refused\n{error:?}"));
                } else {
                    check_places(set, found, &reviewed, &mut counts);
                }
            }
        }
    }
    server.close();
    print(&counts, &reviewed);
    let whole = sets.len() >= 200;
    let unused = reviewed.unused(&counts.by_rule);
    if whole && !unused.is_empty() {
        counts
            .failures
            .push(format!("no case needs these rules:\n{unused}"));
    }
    assert!(
        counts.failures.is_empty(),
        "{} failures\n\n{}",
        counts.failures.len(),
        counts.failures.join("\n")
    );
}

/// Compares a query's columns and parameters with what Postgres and sqlc say.
fn compare_query(set: &Set, query: &rowsmith::ir::Query, reviewed: &Reviewed, counts: &mut Counts) {
    for difference in compare::differences(set, query, &mut counts.types, &mut counts.nullability) {
        if let Some(rule) = reviewed.rule_for(&difference) {
            *counts.by_rule.entry(rule).or_default() += 1;
        } else {
            let Difference {
                place,
                kind,
                reason,
            } = &difference;
            counts.failures.push(format!(
                "{set}, {}: {place}\n    {kind}\t{reason}",
                query.name
            ));
        }
    }
}

/// Each query that Postgres refuses has a diagnostic between its annotation and the next one, and no other query has
/// one. Where the schema is refused, a schema file has one.
fn check_places(set: &Set, found: &[Diagnostic], reviewed: &Reviewed, counts: &mut Counts) {
    let errors = || found.iter().filter(|d| d.severity() == Severity::Error);
    let place = |diagnostic: &Diagnostic| {
        let file = diagnostic.file().unwrap_or_default().to_owned();
        (
            file,
            diagnostic.line_and_column().map_or(0, |(line, _)| line),
        )
    };
    if set.schema_is_refused() {
        if !errors().any(|diagnostic| place(diagnostic).0.contains("/schema/")) {
            counts
                .failures
                .push(format!("{set}: no diagnostic in the schema\n{found:?}"));
        }
        return;
    }
    let places: BTreeSet<(String, usize)> = errors().map(place).collect();
    let mut text = String::new();
    for query in set.annotated() {
        let is_reported = places.iter().any(|(file, line)| {
            file.ends_with(&format!("queries/{}", query.file)) && query.lines.contains(line)
        });
        let is_refused = set.is_refused(&query.name) || reviewed.is_policy(set, &query);
        if is_reported != is_refused {
            let what = if is_refused {
                "has no diagnostic"
            } else {
                "has a diagnostic"
            };
            let _ = writeln!(
                text,
                "{set}: `{}` in line {} {what}",
                query.name, query.lines.start
            );
        }
    }
    if !text.is_empty() {
        counts.failures.push(format!("{text}{found:?}"));
    }
}

fn print(counts: &Counts, reviewed: &Reviewed) {
    let Counts {
        sets,
        queries,
        accepted,
        refused,
        types,
        nullability,
        ..
    } = counts;
    eprintln!("sets                       {sets}");
    eprintln!("  accepted                 {accepted}, with {queries} queries");
    eprintln!("  refused                  {refused}");
    eprintln!("columns and parameters     {types} types compared with Postgres");
    eprintln!("                           {nullability} compared with sqlc about NULL");
    let different: usize = counts.by_rule.values().sum();
    eprintln!("  different by a rule      {different}");
    for (rule, count) in &counts.by_rule {
        eprintln!("    {count:4}  {}", reviewed.describe(*rule));
    }
    eprintln!("failures                   {}", counts.failures.len());
}

/// What rowsmith generates of all accepted sets is one crate that compiles.
#[test]
#[ignore = "takes a minute: `cargo test --test conformance -- --ignored`"]
fn generated_code_of_all_sets_compiles() {
    let Some(sets) = cases::load() else { return };
    let server = cases::Server::start();
    let reviewed = Reviewed::read();
    let accepted = sets
        .iter()
        .filter(|set| set.is_to_be_accepted(server.version, &reviewed));
    let count = crate_of_all::check(accepted, &server);
    server.close();
    eprintln!("{count} generated modules compile");
    assert!(count > 0);
}
