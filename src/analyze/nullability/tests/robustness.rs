//! Queries of a size or depth that nobody writes by hand, and trees that are none.

use std::time::{Duration, Instant};

use super::*;

/// Runs on a stack of the usual size of a thread, whatever the tests' own is.
fn infer_in_thread(tree: &str, catalog: &Catalog) -> (Inference, Duration) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let thread = thread.spawn_scoped(scope, || {
            let start = Instant::now();
            let found = infer(tree, catalog, &Assumptions::default());
            (found, start.elapsed())
        });
        thread.unwrap().join().unwrap()
    })
}

#[test]
fn large_queries_are_followed_or_given_up() {
    let joins: Vec<_> = (1..20)
        .map(|n| format!(" LEFT JOIN wide w{n} USING (c0)"))
        .collect();
    let joins = joins.concat();
    let nested_joins: Vec<_> = (0..100)
        .map(|n| format!(" JOIN wide x{n} ON true)"))
        .collect();
    let nested_joins = nested_joins.concat();
    let repeat = |text: &str, count: usize| text.repeat(count);
    let nested = |before: &str, inner: &str, after: &str, count: usize| {
        format!("{}{inner}{}", before.repeat(count), after.repeat(count))
    };
    let cases = [
        // Statement, whether its first column is known not to be NULL.
        (format!("SELECT w0.c0, w19.c1 FROM wide w0{joins}"), true),
        (format!("SELECT 1{}", repeat(" + 1", 100)), true),
        (format!("SELECT 1{}", repeat(" + 1", 1500)), false),
        (
            format!(
                "SELECT c0 FROM wide WHERE c1 = 1{}",
                repeat(" OR c1 = 1", 3000)
            ),
            true,
        ),
        (
            format!(
                "SELECT c1 FROM wide WHERE {}",
                nested("NOT (", "c1 > 1", ")", 100)
            ),
            true,
        ),
        (
            format!(
                "SELECT c1 FROM wide WHERE {}",
                nested("coalesce(", "c1 > 1", " AND c1 > 1, false)", 400)
            ),
            false,
        ),
        (
            format!("SELECT 1{}", repeat(" UNION ALL SELECT 1", 60)),
            true,
        ),
        (
            format!("SELECT 1{}", repeat(" UNION ALL SELECT 1", 400)),
            false,
        ),
        (nested("SELECT * FROM (", "SELECT 1", ") q", 40), true),
        (nested("SELECT * FROM (", "SELECT 1", ") q", 250), false),
        (
            format!(
                "SELECT {}",
                nested("CASE WHEN random() > 0 THEN 1 ELSE ", "1", " END", 60)
            ),
            true,
        ),
        (
            format!(
                "SELECT {}",
                nested("(SELECT coalesce(max(c1), 0) + ", "1", " FROM wide)", 30)
            ),
            true,
        ),
        (format!("VALUES (1){}", repeat(", (2)", 20_000)), true),
        (
            format!(
                "SELECT w.id FROM {}wide w{}",
                repeat("(", 100),
                nested_joins
            ),
            false,
        ),
    ];
    with_database(async |session| {
        let columns: Vec<_> = (0..40).map(|n| format!(", c{n} int")).collect();
        let columns = columns.concat();
        let table = format!("CREATE TABLE wide (id int NOT NULL{columns})");
        let table = table.replacen("c0 int", "c0 int NOT NULL", 1);
        session.client().batch_execute(&table).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        for (sql, known) in &cases {
            let short = &sql[..sql.len().min(60)];
            let tree = tree(session, sql).await;
            let tree = tree.unwrap_or_else(|error| panic!("{short}: {error}"));
            let (found, time) = infer_in_thread(&tree, &catalog);
            let first = found.columns.first();
            let not_null = first.is_some_and(|fact| !fact.nullable);
            if *known {
                assert!(not_null, "{short}: {first:?}");
            }
            assert!(time < Duration::from_secs(10), "{short} took {time:?}");
        }
    });
}

#[test]
fn broken_trees_are_harmless() {
    let statements = [
        "SELECT x.a, sum(x.b) OVER (ORDER BY x.a) FROM (VALUES (1, 2)) x(a, b) LEFT JOIN generate_series(1, 2) g ON g = x.a WHERE x.b IN (1, 2) OR x.a IS NOT NULL",
        "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r WHERE a < 5) SELECT a, count(*) FROM r GROUP BY ROLLUP (a) HAVING a > 1",
        "INSERT INTO t VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = coalesce($3, excluded.b) RETURNING a, CASE WHEN b IS NULL THEN 0 ELSE b END",
        "SELECT a FROM t FULL JOIN v USING (a) WHERE EXISTS (SELECT 1 FROM t s WHERE s.b = t.b) UNION SELECT (SELECT max(b) FROM t)",
    ];
    with_database(async |session| {
        let schema = "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE VIEW v AS SELECT * FROM t";
        session.client().batch_execute(schema).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        let mut state = 1_usize;
        let mut below = |limit: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for sql in statements {
            let tree = tree(session, sql).await.unwrap();
            let words: Vec<&str> = tree.split_inclusive([' ', '\n']).collect();
            for _ in 0..400 {
                let mut broken = words.clone();
                for _ in 0..=below(3) {
                    let count = broken.len().max(1);
                    let (at, other) = (below(count), below(count));
                    if broken.is_empty() {
                        break;
                    }
                    match below(4) {
                        0 => drop(broken.remove(at)),
                        1 => broken.swap(at, other),
                        2 => broken[at] = broken[other],
                        _ => broken.truncate(at + 1),
                    }
                }
                let _ = infer(&broken.concat(), &catalog, &Assumptions::default());
            }
        }
    });
}
