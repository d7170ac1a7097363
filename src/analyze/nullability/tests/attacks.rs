//! Statements that were written to break the promise. They have no labels: each is run on data with NULL wherever it may
//! stand, and no column called not null may show one.

use tokio_postgres::SimpleQueryMessage;

use super::random::{embeds, outcome};
use super::*;
use crate::analyze::fault::{self, Fault};

const SCHEMA: &str = include_str!("attacks/schema.sql");
const STATEMENTS: &str = include_str!("attacks/statements.sql");
const EMBEDS: &str = include_str!("attacks/embeds.sql");

/// A statement and what it gave.
pub(super) struct Attack {
    sql: &'static str,
    tree: String,
    assumptions: Assumptions,
    answer: Vec<SimpleQueryMessage>,
}

impl Attack {
    /// Whether what is found out while the mistake is made contradicts what the statement gave.
    pub(super) fn is_contradicted(&self, catalog: &Catalog, fault: Fault) -> bool {
        let found = fault::with(fault, || infer(&self.tree, catalog, &self.assumptions));
        !contradictions(&found, &self.answer).is_empty()
    }
}

/// The statements of a file, each on a line of its own. `17: ` before one is the first Postgres major that knows it.
fn statements(text: &'static str, major: u32) -> impl Iterator<Item = &'static str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
        .filter_map(move |line| {
            let version = line.split_once(": ");
            let version = version.and_then(|(version, sql)| Some((version.parse().ok()?, sql)));
            let (since, sql): (u32, &str) = version.unwrap_or((14, line));
            (since <= major).then_some(sql)
        })
}

/// Runs all statements, each in a transaction that is rolled back.
pub(super) async fn tried(session: &Session) -> (Catalog, Vec<Attack>) {
    let client = session.client();
    client.batch_execute(SCHEMA).await.unwrap();
    let catalog = introspect(client).await.unwrap();
    let mut attacks = Vec::new();
    for sql in statements(STATEMENTS, catalog.server_version / 10_000) {
        let tree = tree(session, sql).await;
        let tree = tree.unwrap_or_else(|error| panic!("{error}\n    {sql}"));
        // A parameter is an array that is sent with NULL in it.
        let has_parameter = sql.contains("$1");
        let script = if has_parameter {
            format!("PREPARE a AS {sql}; EXECUTE a('{{1,NULL}}'); DEALLOCATE a")
        } else {
            sql.to_owned()
        };
        client.batch_execute("BEGIN").await.unwrap();
        let answer = client.simple_query(&script).await;
        let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n    {sql}"));
        client.batch_execute("ROLLBACK").await.unwrap();
        attacks.push(Attack {
            sql,
            tree,
            assumptions: Assumptions {
                nullable_elements: has_parameter.then_some(1).into_iter().collect(),
                ..Assumptions::default()
            },
            answer,
        });
    }
    (catalog, attacks)
}

#[test]
#[expect(clippy::print_stderr, reason = "says what was tried")]
fn attacks() {
    let (catalog, attacks) = with_database(tried);
    let (mut claims, mut with_rows) = (0, 0);
    let mut wrong = Vec::new();
    for attack in &attacks {
        let Attack { sql, answer, .. } = attack;
        let infer = || infer(&attack.tree, &catalog, &attack.assumptions);
        let found = infer();
        let is_row = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(_));
        if answer.iter().any(is_row) {
            with_rows += 1;
            claims += found.columns.iter().filter(|fact| !fact.nullable).count();
        }
        let shown = contradictions(&found, answer);
        wrong.extend(shown.iter().map(|shown| format!("{shown}\n    {sql}")));
        if outcome(&found) != outcome(&fault::backwards(infer)) {
            wrong.push(format!("the order of the columns decides\n    {sql}"));
        }
    }
    let tried = attacks.len();
    eprintln!("{tried} statements, {with_rows} with rows, in which {claims} columns are not null");
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(with_rows > 300 && claims > 300);
}

/// The columns that are NULL, or have NULL in them, though they are called not null.
fn contradictions(found: &Inference, answer: &[SimpleQueryMessage]) -> Vec<String> {
    let mut contradictions = Vec::new();
    for message in answer {
        let SimpleQueryMessage::Row(row) = message else {
            continue;
        };
        for (index, fact) in found.columns.iter().enumerate() {
            let value = row.get(index);
            if value.is_none() && !fact.nullable {
                contradictions.push(format!("column {index} is NULL, but {}", fact.reason));
            }
            if let (Some(reason), true) = (&fact.elements, value.is_some_and(has_null_element)) {
                contradictions.push(format!("column {index} has NULL in it, but {reason}"));
            }
        }
    }
    contradictions.dedup();
    contradictions
}

/// What contradicts the embeds of the statements about them.
fn of_embeds() -> Vec<String> {
    with_database(async |session| {
        session.client().batch_execute(SCHEMA).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        let statements = statements(EMBEDS, catalog.server_version / 10_000);
        let statements: Vec<_> = statements.map(str::to_owned).collect();
        embeds::contradictions(session, &catalog, &statements)
            .await
            .contradictions
    })
}

#[test]
fn embeds_drop_nothing() {
    let wrong = of_embeds();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let wrong = fault::with(Fault::EmbedBelievesTable, of_embeds);
    assert!(!wrong.is_empty(), "nothing notices the mistake");
}
