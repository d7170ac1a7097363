//! Random schemas, data full of NULL, and random queries: no column called not null may show one.
//!
//! `ROWSMITH_TEST_SEED` repeats a run, `ROWSMITH_TEST_QUERIES` asks for more queries than the few of an ordinary run.

pub(super) mod embeds;
mod expressions;
mod schema;
mod select;
mod writes;

use crate::analyze::fault;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use futures_util::future::join_all;
use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::analyze::describe::Describer;
use crate::source::SourceFile;
use crate::syntax::{self, StandIns};

/// How many queries are made for one schema.
const PER_SCHEMA: usize = 250;

const SEED: usize = 20_260;

/// The types of random expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Int,
    Text,
    Bool,
    Ints,
    Json,
    Time,
    /// A whole row, of whatever columns.
    Row,
}

impl Type {
    fn sql(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Text => "text",
            Self::Bool => "bool",
            Self::Ints => "int[]",
            Self::Json => "jsonb",
            Self::Time => "timestamptz",
            Self::Row => "record",
        }
    }

    /// Its name within other names.
    fn word(self) -> &'static str {
        match self {
            Self::Ints => "ints",
            Self::Json => "json",
            Self::Time => "time",
            other => other.sql(),
        }
    }

    /// A value that is not NULL.
    fn something(self) -> &'static str {
        match self {
            Self::Int => "1",
            Self::Text => "'a'",
            Self::Bool => "true",
            Self::Ints => "'{1,NULL}'::int[]",
            Self::Json => "'{\"a\": null}'::jsonb",
            Self::Time => "now()",
            Self::Row => "ROW()",
        }
    }
}

/// What a query can read from or write to.
#[derive(Clone, Debug)]
struct Relation {
    name: String,
    /// How to get at each column, with `$t` for the relation's name in the query.
    columns: Vec<(String, Type)>,
    /// The names of all columns, and their types as Postgres calls them.
    plain: Vec<String>,
    types: Vec<String>,
    /// Columns that can be assigned, and those that an INSERT must give a value.
    assignable: Vec<(String, Type)>,
    needed: Vec<(String, Type)>,
    /// Columns that refer to the `id` of a table, and that table.
    references: Vec<(String, String)>,
    /// Whether rows that refer to nothing are put into it, since its keys allow that for a while.
    has_orphans: bool,
    /// Whether `id` is unique.
    has_key: bool,
    writable: bool,
}

/// Makes SQL.
struct Generator {
    random: Random,
    major: u32,
    names: usize,
    relations: Vec<Relation>,
    ctes: Vec<(String, Vec<Type>)>,
    /// The types of `$1`, `$2`, …; `None` where there can be no parameters.
    parameters: Option<Vec<Type>>,
}

/// A query and what came of it.
pub(super) struct Sample {
    pub(super) sql: String,
    pub(super) tree: String,
    /// Which arrays are sent with NULL in them, as overrides let users do.
    pub(super) assumptions: Assumptions,
    pub(super) runs: Vec<Run>,
}

/// One execution.
pub(super) struct Run {
    /// The parameters that were NULL.
    null_parameters: BTreeSet<usize>,
    values: Vec<String>,
    rows: usize,
    /// The columns that were NULL in some row.
    null_columns: BTreeSet<usize>,
    /// Those that, if they are arrays, had NULL in them.
    null_elements: BTreeSet<usize>,
}

/// What was tried.
#[derive(Debug, Default)]
struct Counts {
    queries: usize,
    refused: usize,
    failed: usize,
    /// Columns called not null, of queries that gave rows, and the others.
    claims: usize,
    /// Columns whose elements are called not null.
    element_claims: usize,
    nullable: usize,
    never_seen_null: usize,
}

#[test]
#[expect(clippy::print_stderr, reason = "says what was tried")]
fn random_queries() {
    let number = |name: &str, otherwise| {
        let value = std::env::var(name).ok();
        value.map_or(otherwise, |value| value.parse().unwrap())
    };
    let seed = number("ROWSMITH_TEST_SEED", SEED);
    let queries = number("ROWSMITH_TEST_QUERIES", 2 * PER_SCHEMA);
    let mut counts = Counts::default();
    let mut refusals = BTreeMap::new();
    with_database(async |session| {
        let mut generator = Generator::new(seed, major(session).await);
        while counts.queries < queries {
            let wanted = PER_SCHEMA.min(queries - counts.queries);
            let (catalog, schema) = generator.make_schema(session.client()).await;
            let samples = generator
                .samples(session, &catalog, wanted, &mut counts, &mut refusals)
                .await;
            for sample in &samples {
                let found = infer(&sample.tree, &catalog, &sample.assumptions);
                counts.add(&found, sample);
                let backwards =
                    fault::backwards(|| infer(&sample.tree, &catalog, &sample.assumptions));
                assert_eq!(
                    outcome(&found),
                    outcome(&backwards),
                    "seed {seed}: the order of the columns decides\n\n{}\n\n{};\n",
                    sample.sql,
                    schema.join(";\n")
                );
                if let Some(contradiction) = contradiction(&found, sample) {
                    panic!(
                        "seed {seed}: {contradiction}\n\n{}\n\n{};\n",
                        sample.sql,
                        schema.join(";\n")
                    );
                }
            }
        }
        eprintln!("Postgres {}, seed {seed}: {counts:?}", generator.major);
        if std::env::var_os("ROWSMITH_TEST_REFUSALS").is_some() {
            for (message, (count, sql)) in &refusals {
                eprintln!("{count} times: {message}\n    {sql}");
            }
        }
    });
    assert!(
        counts.refused * 3 < counts.queries,
        "too many are no SQL: {refusals:#?}"
    );
    assert!(
        counts.claims > queries / 2,
        "hardly anything was found not NULL"
    );
}

/// Queries with what came of them, by schema.
pub(super) async fn sampled(session: &Session, queries: usize) -> Vec<(Catalog, Vec<Sample>)> {
    let mut generator = Generator::new(SEED, major(session).await);
    let (mut counts, mut refusals) = (Counts::default(), BTreeMap::new());
    let mut schemas = Vec::new();
    while counts.queries < queries {
        let (catalog, _) = generator.make_schema(session.client()).await;
        let wanted = PER_SCHEMA.min(queries - counts.queries);
        let samples = generator
            .samples(session, &catalog, wanted, &mut counts, &mut refusals)
            .await;
        schemas.push((catalog, samples));
    }
    schemas
}

/// What is found of each column, without the reasons.
pub(super) fn outcome(found: &Inference) -> Vec<(bool, bool)> {
    let columns = found.columns.iter();
    columns
        .map(|fact| (fact.nullable, fact.elements.is_some()))
        .collect()
}

/// A NULL where none can be, if there is one.
pub(super) fn contradiction(found: &Inference, sample: &Sample) -> Option<String> {
    for run in &sample.runs {
        // A parameter that is called required is not NULL.
        let allowed = run.null_parameters.iter().all(|number| {
            found
                .parameters
                .get(number)
                .is_some_and(|parameter| parameter.nullable)
        });
        let mut nulls = run.null_columns.iter().filter_map(|&index| {
            let fact = found.columns.get(index)?;
            (!fact.nullable).then(|| format!("column {index} is NULL, but {}", fact.reason))
        });
        let mut elements = run.null_elements.iter().filter_map(|&index| {
            let reason = found.columns.get(index)?.elements.as_ref()?;
            Some(format!("column {index} has NULL in it, but {reason}"))
        });
        if let (true, Some(mut text)) = (allowed, nulls.next().or_else(|| elements.next())) {
            if !run.values.is_empty() {
                let _ = write!(text, " (with {})", run.values.join(", "));
            }
            return Some(text);
        }
    }
    None
}

impl Counts {
    fn add(&mut self, found: &Inference, sample: &Sample) {
        if sample.runs.iter().all(|run| run.rows == 0) {
            return;
        }
        for (index, fact) in found.columns.iter().enumerate() {
            self.claims += usize::from(!fact.nullable);
            self.element_claims += usize::from(fact.elements.is_some());
            self.nullable += usize::from(fact.nullable);
            let seen = sample
                .runs
                .iter()
                .any(|run| run.null_columns.contains(&index));
            self.never_seen_null += usize::from(fact.nullable && !seen);
        }
    }
}

impl Generator {
    pub(super) fn new(seed: usize, major: u32) -> Self {
        Self {
            random: Random {
                state: seed as u64 ^ 0x9E37_79B9_7F4A_7C15,
            },
            major,
            names: 0,
            relations: Vec::new(),
            ctes: Vec::new(),
            parameters: None,
        }
    }

    /// Makes queries, has Postgres analyse them, and runs them.
    async fn samples(
        &mut self,
        session: &Session,
        catalog: &Catalog,
        count: usize,
        counts: &mut Counts,
        refusals: &mut BTreeMap<String, (usize, String)>,
    ) -> Vec<Sample> {
        let mut texts = Vec::new();
        while texts.len() < count {
            self.names = 0;
            self.parameters = Some(Vec::new());
            let sql = if self.random.chance(30) {
                self.writing()
            } else {
                Some(self.reading())
            };
            let parameters = self.parameters.take().unwrap_or_default();
            if let Some(sql) = sql.filter(|sql| sql.len() < 6000) {
                texts.push(without_gaps(sql, &parameters));
            }
        }
        let annotated = texts.iter().enumerate();
        let annotated =
            annotated.map(|(index, (sql, _))| format!("-- name: Q{index} :many\n{sql};\n"));
        let file = SourceFile::new("random.sql", "random.sql", annotated.collect::<String>());
        let (queries, mistakes) = syntax::parse(&file, &StandIns::default());
        assert!(
            mistakes.is_empty() && queries.len() == count,
            "{mistakes:?}"
        );
        let describer = Describer::start(session, catalog, usize::MAX)
            .await
            .unwrap();
        let descriptions = describer.describe(&queries).await.unwrap();
        describer.finish().await.unwrap();

        counts.queries += count;
        let mut samples = Vec::new();
        let mut scripts = Vec::new();
        for ((sql, types), description) in texts.into_iter().zip(descriptions) {
            match description {
                Ok(description) => {
                    let tree = description.tree.expect("a tree of every statement");
                    let parameters = infer(&tree, catalog, &Assumptions::default()).parameters;
                    let overridden = (1..=types.len()).filter(|_| self.random.chance(30));
                    let assumptions = Assumptions {
                        nullable_elements: overridden.collect(),
                        ..Assumptions::default()
                    };
                    let runs: Vec<_> = (0..if types.is_empty() { 1 } else { 3 })
                        .map(|_| self.bind(&types, &parameters, &assumptions))
                        .collect();
                    scripts.push(script(counts.queries + samples.len(), &sql, &types, &runs));
                    samples.push(Sample {
                        sql,
                        tree,
                        assumptions,
                        runs,
                    });
                }
                Err(error) => {
                    counts.refused += 1;
                    let known = refusals
                        .entry(error.message().to_owned())
                        .or_insert((0, sql));
                    known.0 += 1;
                }
            }
        }
        let client = session.client();
        client
            .batch_execute("SET statement_timeout = '3s'")
            .await
            .unwrap();
        let ran = join_all(scripts.iter().map(|script| client.simple_query(script))).await;
        client.batch_execute("RESET statement_timeout").await.ok();
        for (sample, messages) in samples.iter_mut().zip(ran) {
            match messages {
                Ok(messages) => record(sample, &messages),
                Err(error) => {
                    assert!(!error.is_closed(), "the server crashed\n\n{}", sample.sql);
                    counts.failed += 1;
                    let message = error.as_db_error().map_or("", |error| error.message());
                    let known = refusals.entry(message.to_owned());
                    known.or_insert((0, sample.sql.clone())).0 += 1;
                }
            }
        }
        samples
    }

    /// Values for the parameters.
    fn bind(
        &mut self,
        types: &[Type],
        facts: &BTreeMap<usize, Fact>,
        assumptions: &Assumptions,
    ) -> Run {
        let mut run = Run {
            null_parameters: BTreeSet::new(),
            values: Vec::new(),
            rows: 0,
            null_columns: BTreeSet::new(),
            null_elements: BTreeSet::new(),
        };
        for (index, ty) in types.iter().enumerate() {
            let nullable = facts.get(&(index + 1)).is_some_and(|fact| fact.nullable);
            if nullable && self.random.chance(50) {
                run.null_parameters.insert(index + 1);
                run.values.push("NULL".to_owned());
            } else {
                let value = self.value(*ty, &[], 0);
                let value = format!("coalesce({value}, {})", ty.something());
                let is_overridden = assumptions.nullable_elements.contains(&(index + 1));
                run.values.push(match ty {
                    Type::Ints if !is_overridden => format!("array_remove({value}, NULL)"),
                    _ => value,
                });
            }
        }
        run
    }
}

/// Numbers the parameters anew: some were made for expressions that were not taken.
fn without_gaps(mut sql: String, types: &[Type]) -> (String, Vec<Type>) {
    let mut used = Vec::new();
    for (index, ty) in types.iter().enumerate() {
        let parameter = format!("${}::", index + 1);
        if sql.contains(&parameter) {
            used.push(*ty);
            sql = sql.replace(&parameter, &format!("${}::", used.len()));
        }
    }
    (sql, used)
}

/// Runs the query in a transaction that is rolled back, as many times as there are runs.
fn script(number: usize, sql: &str, types: &[Type], runs: &[Run]) -> String {
    if types.is_empty() {
        return format!("{sql};\nROLLBACK");
    }
    let executions = runs
        .iter()
        .map(|run| format!("EXECUTE p{number}({})", run.values.join(", ")));
    format!(
        "PREPARE p{number} AS {sql};\n{};\nDEALLOCATE p{number};\nROLLBACK",
        executions.collect::<Vec<_>>().join(";\n")
    )
}

/// Notes what the runs gave.
fn record(sample: &mut Sample, messages: &[SimpleQueryMessage]) {
    let prepared = sample.runs.iter().any(|run| !run.values.is_empty());
    // The PREPARE has an answer of its own.
    let mut finished = 0;
    for message in messages {
        let run = match prepared {
            true if finished == 0 => None,
            true => sample.runs.get_mut(finished - 1),
            false => sample.runs.get_mut(finished),
        };
        match message {
            SimpleQueryMessage::CommandComplete(_) => finished += 1,
            SimpleQueryMessage::Row(row) => {
                let run = run.expect("a run that gives rows");
                run.rows += 1;
                let nulls = (0..row.len()).filter(|&index| row.get(index).is_none());
                run.null_columns.extend(nulls);
                let within = |&index: &usize| row.get(index).is_some_and(has_null_element);
                run.null_elements.extend((0..row.len()).filter(within));
            }
            _ => {}
        }
    }
}

/// Numbers that follow from a seed.
struct Random {
    state: u64,
}

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from((self.state >> 11) % limit as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'s>(&mut self, choices: &[&'s str]) -> &'s str {
        choices[self.below(choices.len())]
    }

    fn choose<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}
