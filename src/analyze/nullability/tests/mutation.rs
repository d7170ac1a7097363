//! Would the tests notice a wrong rule? Makes each known [`Fault`] in turn and looks for something that contradicts it:
//! a labelled example, or a NULL that an attack or a random query gave.
//!
//! `ROWSMITH_TEST_QUERIES` asks for more random queries, and for what they alone would notice.

use super::attacks;
use super::examples::{self, Example};
use super::random::{self, Sample};
use super::*;
use crate::analyze::fault::{self, Fault};

/// How many random queries an ordinary run has.
const QUERIES: usize = 250;

#[test]
#[expect(clippy::print_stderr, reason = "says what noticed each")]
fn faults_are_noticed() {
    let queries = std::env::var("ROWSMITH_TEST_QUERIES").ok();
    let thorough = queries.is_some();
    let queries = queries.map_or(QUERIES, |queries| queries.parse().unwrap());
    let (of_examples, examples) = with_database(examples::analysed);
    let (of_attacks, attacks) = with_database(attacks::tried);
    let schemas = with_database(async |session| random::sampled(session, queries).await);
    for (catalog, samples) in &schemas {
        for sample in samples {
            let found = infer(&sample.tree, catalog, &sample.assumptions);
            let wrong = random::contradiction(&found, sample);
            assert!(
                wrong.is_none(),
                "without any fault: {wrong:?}\n{}",
                sample.sql
            );
        }
    }
    let by_example = |fault| {
        let mut examples = examples.iter();
        examples.find(|(example, tree)| is_mislabelled(example, tree, &of_examples, fault))
    };
    let by_attack = |fault| {
        let mut attacks = attacks.iter();
        attacks.any(|attack| attack.is_contradicted(&of_attacks, fault))
    };
    let by_query = |fault| {
        let samples = schemas
            .iter()
            .flat_map(|(catalog, samples)| samples.iter().map(move |sample| (catalog, sample)));
        let mut samples = samples;
        samples.find(|(catalog, sample)| is_contradicted(sample, catalog, fault))
    };
    let (mut by_examples, mut by_attacks, mut by_queries) = (0, 0, 0);
    let mut survivors = Vec::new();
    for &fault in Fault::ALL {
        // RETURNING of MERGE is new in Postgres 17.
        if fault == Fault::MergeSourceIsThere && of_examples.server_version < 170_000 {
            continue;
        }
        // So is a partition that computes a generated column in another way, in Postgres 16.
        let is_older = of_examples.server_version < 160_000;
        if fault == Fault::PartitionsOfInsertIgnored && is_older {
            continue;
        }
        // It makes no difference to columns; there is a test of its own.
        if fault == Fault::EmbedBelievesTable {
            continue;
        }
        let example = by_example(fault);
        let attack = by_attack(fault);
        let query = if thorough || example.is_none() && !attack {
            by_query(fault)
        } else {
            None
        };
        by_examples += usize::from(example.is_some());
        by_attacks += usize::from(attack);
        by_queries += usize::from(query.is_some());
        let noticed = [
            (example.is_some(), "an example"),
            (attack, "an attack"),
            (query.is_some(), "a random query"),
        ];
        let noticed = noticed.into_iter().filter(|(noticed, _)| *noticed);
        let noticed: Vec<&str> = noticed.map(|(_, by)| by).collect();
        if noticed.is_empty() {
            survivors.push(fault);
        }
        eprintln!("{fault:?}: noticed by {}", noticed.join(", "));
    }
    let count = Fault::ALL.len();
    eprintln!(
        "{count} faults: examples notice {by_examples}, attacks {by_attacks}, random queries {by_queries}{}",
        if thorough { "" } else { " of the others" }
    );
    assert!(survivors.is_empty(), "nothing notices {survivors:?}");
}

/// Whether an example is called not null, or a parameter something else, against its label.
fn is_mislabelled(example: &Example, tree: &str, catalog: &Catalog, fault: Fault) -> bool {
    let found = fault::with(fault, || infer(tree, catalog, &Assumptions::default()));
    // `!*?` is a column without NULL in it, and one that may be NULL.
    let labels = example.1.split(['!', '?']).skip(1).map(|mark| mark == "*");
    let kinds = example.1.chars().filter(|c| *c != '*');
    let mut columns = kinds.zip(labels).zip(&found.columns);
    let mut parameters = example.2.chars().zip(found.parameters.values());
    columns.any(|((label, no_null_in_it), fact)| {
        label == '?' && !fact.nullable || !no_null_in_it && fact.elements.is_some()
    }) || parameters.any(|(label, fact)| (label == 'o') != fact.nullable)
}

fn is_contradicted(sample: &Sample, catalog: &Catalog, fault: Fault) -> bool {
    let found = fault::with(fault, || infer(&sample.tree, catalog, &sample.assumptions));
    random::contradiction(&found, sample).is_some()
}
