//! The set of labelled statements that lies beside the repository, where it does.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use super::*;

/// How many columns may be nullable without need: a domain's NOT NULL, the longest of two sets.
const IMPRECISE: usize = 3;

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a test that found nothing to do says so"
)]
fn labelled_statements() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/nullability");
    let Ok(statements) = fs::read_to_string(folder.join("statements.json")) else {
        // Past the capture of the test's output: it is to be seen that nothing was tested.
        let _ = writeln!(
            std::io::stderr(),
            "labelled_statements: SKIPPED, since there is no {}",
            folder.display()
        );
        return;
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let statements: Vec<Value> = serde_json::from_str(&statements).unwrap();
    with_database(async |session| {
        let major = major(session).await;
        let by_version = if major < 18 {
            "schema_le17.sql"
        } else {
            "schema_18.sql"
        };
        for file in ["schema.sql", by_version, "schema_v.sql"] {
            session.client().batch_execute(&read(file)).await.unwrap();
        }
        let catalog = introspect(session.client()).await.unwrap();
        let (mut unsound, mut imprecise, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns = 0;
        for statement in &statements {
            let text = |field: &str| statement[field].as_str().unwrap();
            if statement["min_pg"].as_u64().unwrap() > u64::from(major) {
                continue;
            }
            let sql = text("sql");
            // The labels let every array hold NULL, also one that is sent.
            let assumptions = Assumptions {
                nullable_elements: (1..100).collect(),
                ..Assumptions::default()
            };
            let found = infer(&tree(session, sql).await.unwrap(), &catalog, &assumptions);
            let labels = text("columns").chars();
            assert_eq!(labels.clone().count(), found.columns.len(), "{sql}");
            for (index, (label, fact)) in labels.zip(&found.columns).enumerate() {
                columns += 1;
                // `?`: a child table may have NULL where the parent may not. Since 18 it cannot drop what it inherits.
                let promised = label == '?' && text("id") == "inherit_trap" && major >= 18;
                let line = format!("{}[{index}]: {fact:?}\n    {sql}", text("id"));
                match (label, fact.nullable) {
                    ('N' | '?', false) if !promised => unsound.push(line),
                    ('!', true) => imprecise.push(line),
                    _ => {}
                }
            }
            for (index, label) in text("params").chars().enumerate() {
                let fact = &found.parameters[&(index + 1)];
                if fact.nullable != (label == 'o') {
                    wrong.push(format!(
                        "{} ${}: {fact:?}\n    {sql}",
                        text("id"),
                        index + 1
                    ));
                }
            }
        }
        eprintln!(
            "Postgres {major}: {columns} columns, {} unsound, {} imprecise, {} parameters wrong",
            unsound.len(),
            imprecise.len(),
            wrong.len()
        );
        eprintln!("imprecise:\n{}", imprecise.join("\n"));
        assert!(unsound.is_empty(), "unsound:\n{}", unsound.join("\n"));
        assert!(wrong.is_empty(), "wrong parameters:\n{}", wrong.join("\n"));
        assert!(
            imprecise.len() <= IMPRECISE,
            "more than {IMPRECISE} imprecise"
        );
    });
}
