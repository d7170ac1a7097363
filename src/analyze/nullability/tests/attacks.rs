//! Statements that were written to break the promise. They have no labels: each is run on data with NULL wherever it may
//! stand, and no column called not null may show one.
//!
//! `ROWSMITH_TEST_ATTACKS` names a folder with another `schema.sql` and other `statements.sql`.

use tokio_postgres::SimpleQueryMessage;

use super::random::{embeds, outcome};
use super::*;
use crate::analyze::fault::{self, Fault};

const SCHEMA: &str = include_str!("attacks/schema.sql");
const STATEMENTS: &str = include_str!("attacks/statements.sql");
const MORE_SCHEMA: &str = include_str!("attacks/more_schema.sql");
const MORE_STATEMENTS: &str = include_str!("attacks/more_statements.sql");
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

/// The statements of a file, each on a line of its own. `17: ` before one is the first Postgres major that knows it, and
/// ` -- 1, NULL` after one are the values of its parameters.
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
    run(session, SCHEMA, STATEMENTS).await
}

async fn run(session: &Session, schema: &str, attacks: &'static str) -> (Catalog, Vec<Attack>) {
    let client = session.client();
    let major = major(session).await;
    client
        .batch_execute(&of_version(schema, major))
        .await
        .unwrap();
    let catalog = introspect(client).await.unwrap();
    let mut tried = Vec::new();
    for sql in statements(attacks, major) {
        // What is sent for parameters. Otherwise there is one, an array that is sent with NULL in it.
        let (sql, values) = match sql.split_once(" -- ") {
            Some((sql, values)) => (sql, Some(values)),
            None => (sql, sql.contains("$1").then_some("'{1,NULL}'")),
        };
        let has_elements = values.is_some_and(|values| values.contains('{'));
        let tree = tree(session, sql).await;
        let tree = tree.unwrap_or_else(|error| panic!("{error}\n    {sql}"));
        let script = match values {
            Some(values) => format!("PREPARE a AS {sql}; EXECUTE a({values}); DEALLOCATE a"),
            None => sql.to_owned(),
        };
        client.batch_execute("BEGIN").await.unwrap();
        let answer = client.simple_query(&script).await;
        let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n    {sql}"));
        client.batch_execute("ROLLBACK").await.unwrap();
        tried.push(Attack {
            sql,
            tree,
            assumptions: Assumptions {
                nullable_elements: has_elements.then_some(1).into_iter().collect(),
                ..Assumptions::default()
            },
            answer,
        });
    }
    (catalog, tried)
}

/// A schema without the lines that the server does not know.
fn of_version(schema: &str, major: u32) -> String {
    let lines = schema
        .lines()
        .filter_map(|line| match line.split_once(": ") {
            Some((version, rest)) => match version.parse::<u32>() {
                Ok(version) => (version <= major).then_some(rest),
                Err(_) => Some(line),
            },
            None => Some(line),
        });
    lines.collect::<Vec<_>>().join("\n")
}

/// The attacks of a folder.
async fn tried_of(folder: PathBuf, session: &Session) -> (Catalog, Vec<Attack>) {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let statements = String::leak(text("statements.sql"));
    run(session, &text("schema.sql"), statements).await
}

#[test]
fn attacks() {
    match std::env::var_os("ROWSMITH_TEST_ATTACKS").map(PathBuf::from) {
        Some(folder) => {
            let tried = with_database(async move |session| tried_of(folder, session).await);
            nothing_is_contradicted(&tried);
        }
        None => assert!(nothing_is_contradicted(&with_database(tried)) > 300),
    }
}

#[test]
fn more_attacks() {
    let tried = with_database(async |session| run(session, MORE_SCHEMA, MORE_STATEMENTS).await);
    assert!(nothing_is_contradicted(&tried) > 300);
}

/// How many of the attacks gave rows.
#[expect(clippy::print_stderr, reason = "says what was tried")]
fn nothing_is_contradicted((catalog, attacks): &(Catalog, Vec<Attack>)) -> usize {
    let (mut claims, mut with_rows) = (0, 0);
    let mut wrong = Vec::new();
    for attack in attacks {
        let Attack { sql, answer, .. } = attack;
        let infer = || infer(&attack.tree, catalog, &attack.assumptions);
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
    with_rows
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
        let schema = of_version(SCHEMA, major(session).await);
        session.client().batch_execute(&schema).await.unwrap();
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
