//! Random schemas with foreign keys, random rows and random shapes: one statement, a statement for each relation, and a
//! query for each row give the same, byte for byte.
//!
//! `ROWSMITH_TEST_SEED` repeats a run, `ROWSMITH_TEST_SHAPES` asks for more shapes than the few of an ordinary run.

mod load;
mod random;

use crate::analyze;
use crate::catalog::{self, Catalog};
use crate::database::{Provider, Server, Session};
use crate::diagnostic::render;
use crate::ir;
use crate::source::SourceFile;
use crate::syntax;

use super::{Graph, Plan, Schema};
use load::{Value, batched, naive, single};
use random::Generator;

const SEED: usize = 7_319;

/// How many shapes are made for one schema.
const PER_SCHEMA: usize = 20;

#[test]
fn strategies_give_the_same() {
    let shapes = number("ROWSMITH_TEST_SHAPES", 2 * PER_SCHEMA);
    let outcome = compare(shapes, |_| {});
    assert!(
        outcome.different.is_empty(),
        "{}",
        outcome.different.join("\n\n")
    );
    assert!(outcome.values > 10 * shapes, "{} values", outcome.values);
}

#[test]
fn a_wrong_statement_gives_something_else() {
    let faults: [fn(&mut ir::Query); 4] = [
        |query| {
            edit(&mut query.single, |sql| {
                sql.replacen(" = root.", " <> root.", 1)
            });
        },
        |query| {
            edit(&mut query.single, |sql| {
                sql.replace("LIMIT 1\n", "LIMIT 2\n")
            });
        },
        |query| {
            for relation in &mut query.relations {
                relation.statement.sql = relation.statement.sql.replace("DESC", "ASC");
            }
        },
        |query| {
            for relation in &mut query.relations {
                relation.statement_key.clone_from(&relation.key);
            }
        },
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let outcome = compare(PER_SCHEMA, fault);
        assert!(
            !outcome.different.is_empty(),
            "fault {number} went unnoticed"
        );
    }
}

fn edit(single: &mut Option<ir::Single>, change: impl Fn(&str) -> String) {
    if let Some(single) = single {
        single.sql = change(&single.sql);
    }
}

fn number(name: &str, otherwise: usize) -> usize {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().unwrap())
}

/// What came of some shapes.
#[derive(Default)]
struct Outcome {
    /// Where the strategies differ, for people.
    different: Vec<String>,
    /// How many values were compared.
    values: usize,
}

/// Loads random shapes in each way; `fault` changes what was generated.
fn compare(shapes: usize, fault: fn(&mut ir::Query)) -> Outcome {
    let seed = number("ROWSMITH_TEST_SEED", SEED);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let server = Server::start(&Provider::Local { binaries: None });
        let server = server.await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        let mut generator = Generator::new(seed);
        let mut outcome = Outcome::default();
        for _ in 0..shapes.div_ceil(PER_SCHEMA) {
            let schema = generator.schema();
            session.client().batch_execute(&schema).await.unwrap();
            let catalog = catalog::introspect(session.client()).await.unwrap();
            let described = analyze::describe_schema(&catalog);
            let graph = Graph::new(&described, &[]);
            for _ in 0..PER_SCHEMA {
                let (shape, text) = generator.shape(&graph, &described);
                let mut query = analysed(&session, &catalog, &described, &graph, &text).await;
                fault(&mut query);
                let client = session.client();
                let expected = naive(client, &shape).await;
                outcome.values += expected.iter().map(Value::count).sum::<usize>();
                let ways = [
                    ("one statement", single(client, &query, &shape).await),
                    ("several statements", batched(client, &query, &shape).await),
                ];
                for (way, found) in ways {
                    if found.as_ref() != Ok(&expected) {
                        outcome.different.push(format!(
                            "seed {seed}, {way}: {found:?}\nbut should be {expected:?}\n{text}\n{schema}"
                        ));
                    }
                }
            }
        }
        outcome
    })
}

/// The query of a file with nothing wrong in it, with both ways to load its relations.
async fn analysed(
    session: &Session,
    catalog: &Catalog,
    described: &ir::Catalog,
    graph: &Graph,
    text: &str,
) -> ir::Query {
    let (queries, mut diagnostics) = syntax::parse(
        &SourceFile::new("a.sql", "a.sql", text),
        &syntax::StandIns::default(),
    );
    let schema = Schema {
        catalog: described,
        graph,
        server: catalog,
    };
    let asked = analyze::analyze(session, catalog, &queries, &analyze::Settings::default()).await;
    let (mut analysed, found) = asked.unwrap();
    diagnostics.extend(found);
    let plan = Plan::new(&queries, &analysed, schema, &mut diagnostics);
    let statements = analyze::analyze(
        session,
        catalog,
        plan.statements(),
        &analyze::Settings::default(),
    )
    .await;
    let (found, refused) = statements.unwrap();
    diagnostics.extend(refused);
    let singles = analyze::analyze(
        session,
        catalog,
        plan.single_statements(),
        &analyze::Settings::default(),
    )
    .await;
    plan.complete(&mut analysed, found, singles.unwrap(), &mut diagnostics);
    assert_eq!(render(&diagnostics, false), "", "{text}");
    analysed.pop().unwrap()
}
