//! `sqlc.embed` of whatever stands in FROM: a row that is called missing must be NULL as a whole, and no field of one that
//! is there may be NULL against its type.

use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::analyze::{Settings, analyze};

/// How many queries are made.
const QUERIES: usize = 150;

/// What came of queries with embeds.
#[derive(Default)]
pub(in super::super) struct Outcome {
    pub(in super::super) contradictions: Vec<String>,
    /// How many embeds may be missing, and how many there were in all.
    missing: usize,
    embeds: usize,
}

/// Analyses and runs the queries; those that Postgres refuses are left out.
pub(in super::super) async fn contradictions(
    session: &Session,
    catalog: &Catalog,
    statements: &[String],
) -> Outcome {
    let annotated = statements.iter().enumerate();
    let annotated = annotated.map(|(index, sql)| format!("-- name: Q{index} :many\n{sql};\n"));
    let file = SourceFile::new("embeds.sql", "embeds.sql", annotated.collect::<String>());
    let (queries, mistakes) = syntax::parse(&file, &StandIns::default());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let settings = Settings::default();
    let analysed = analyze(session, catalog, &queries, &settings);
    let (analysed, _) = analysed.await.unwrap();
    let mut outcome = Outcome::default();
    for query in analysed {
        session.client().batch_execute("BEGIN").await.unwrap();
        let answer = session.client().simple_query(&query.sql).await;
        session.client().batch_execute("ROLLBACK").await.unwrap();
        for embed in &query.embeds {
            outcome.embeds += 1;
            outcome.missing += usize::from(embed.nullability.nullable);
            for message in answer.iter().flatten() {
                let SimpleQueryMessage::Row(row) = message else {
                    continue;
                };
                let is_null = |index: usize| row.get(index).is_none();
                let mut required = embed.columns.clone().zip(&embed.nullable_columns);
                let lost = required.any(|(index, nullable)| !nullable && is_null(index));
                let is_missing = embed.columns.clone().all(is_null);
                if lost && !(embed.nullability.nullable && is_missing) {
                    let values: Vec<_> = embed.columns.clone().map(|at| row.get(at)).collect();
                    outcome
                        .contradictions
                        .push(format!("{values:?} of {embed:?}\n    {}", query.sql));
                    break;
                }
            }
        }
    }
    outcome
}

#[test]
#[expect(clippy::print_stderr, reason = "says what was tried")]
fn random_embeds() {
    with_database(async |session| {
        let mut generator = Generator::new(SEED, major(session).await);
        let (catalog, schema) = generator.make_schema(session.client()).await;
        let statements: Vec<_> = (0..QUERIES).map(|_| generator.embedding()).collect();
        let outcome = contradictions(session, &catalog, &statements).await;
        eprintln!(
            "{} embeds, {} of which may be missing",
            outcome.embeds, outcome.missing
        );
        assert!(
            outcome.contradictions.is_empty(),
            "{}\n\n{};",
            outcome.contradictions.join("\n"),
            schema.join(";\n")
        );
        assert!(outcome.missing > 10 && outcome.embeds > QUERIES / 2);
    });
}

impl Generator {
    /// A query with an embed.
    fn embedding(&mut self) -> String {
        self.names = 0;
        let (from, columns) = self.item_of_from(&[], 2);
        let rows = columns.into_iter().filter(|column| column.ty == Type::Row);
        let rows: Vec<_> = rows.map(|row| row.sql).collect();
        let (from, name) = if rows.is_empty() || self.random.chance(50) {
            self.mixed_rows()
        } else {
            (from, self.random.choose(&rows))
        };
        format!("SELECT sqlc.embed({name}) FROM {from} LIMIT 60")
    }

    /// A subquery with the columns of one table, some of them from another alias of it.
    fn mixed_rows(&mut self) -> (String, String) {
        let relation = self.random.choose(&self.relations.clone());
        let (a, b, name) = (self.name(), self.name(), self.name());
        let other = self.random.choose(&[0, 0, 40]);
        let columns = relation.plain.iter().map(|column| {
            let from = if self.random.chance(other) { &b } else { &a };
            format!("{from}.{column}")
        });
        let columns: Vec<_> = columns.collect();
        let kind = self
            .random
            .pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
        let group = if self.random.chance(10) {
            format!(
                " GROUP BY GROUPING SETS (({0}), ({1}))",
                columns.join(", "),
                columns[0]
            )
        } else {
            String::new()
        };
        let from = format!(
            "{0} AS {a} {kind} {0} AS {b} ON {a}.{1} = {b}.{1}",
            relation.name,
            self.random.choose(&relation.plain)
        );
        let around = self.random.pick(&["t0_ LEFT JOIN ", ""]);
        let on = if around.is_empty() {
            ""
        } else {
            " ON random() < 0.7"
        };
        (
            format!(
                "{around}(SELECT {} FROM {from}{group}) AS {name}{on}",
                columns.join(", ")
            ),
            name,
        )
    }
}
