//! Statements and the names their parameters get, with the trees of a real Postgres.

use std::fmt::Write;

use super::{Proposals, without_tree};
use crate::analyze::{Settings, analyze};
use crate::catalog::{Catalog, introspect};
use crate::database::{Provider, Server};
use crate::diagnostic::{has_errors, render};
use crate::source::SourceFile;
use crate::syntax::{self, StandIns};

const SCHEMA: &str = "
    CREATE TYPE address AS (street text, city text);
    CREATE TABLE t (
        id int PRIMARY KEY, name text, nick text, email text, tag text, a int, b int, c int, d int, x int,
        status text, note text, total numeric, tags text[], data jsonb, at timestamptz, starts date, ends date,
        home address, flag boolean, \"Größe\" int, \"B\" text, parent int
    );
    CREATE UNIQUE INDEX ON t (lower(name));
    CREATE UNIQUE INDEX ON t (c) WHERE flag;
    CREATE TABLE u (id int, user_id int, x int, y int);
    CREATE TABLE numbered (number int GENERATED ALWAYS AS IDENTITY, label text);
    CREATE VIEW seen AS SELECT id AS key, note AS remark FROM t;
    CREATE FUNCTION similarity(text, text) RETURNS real LANGUAGE sql AS 'SELECT 1::real';
    CREATE FUNCTION find(term text, max_rows int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION any_of(first text, VARIADIC rest text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE p(int, days int) LANGUAGE sql AS 'SELECT 1';
";

const CASES: &[(&str, &str)] = &[
    ("SELECT 1 FROM t WHERE id = $1", "id"),
    (
        "SELECT 1 FROM t WHERE $1 < t.\"Größe\" AND T.Name <> $2::text",
        "Größe name",
    ),
    ("SELECT 1 FROM t WHERE lower(email) = lower($1)", "email"),
    (
        "SELECT 1 FROM t WHERE email = trim(lower($1::text))",
        "email",
    ),
    (
        "SELECT 1 FROM t WHERE id = ANY($1::int[]) AND NOT (tag = ALL ($2))",
        "id tag",
    ),
    ("SELECT 1 FROM t WHERE $1 = ANY(tags)", "tags"),
    (
        "SELECT 1 FROM t WHERE id IN ($1, $2) OR x NOT IN ($3)",
        "id id_2 x",
    ),
    ("SELECT 1 FROM t WHERE a IN ($1, b, $2)", "a a_2"),
    (
        "SELECT 1 FROM t WHERE $1 IN (SELECT user_id FROM u)",
        "user_id",
    ),
    (
        "SELECT 1 FROM t WHERE ($1, $2) IN (SELECT user_id, x AS y FROM u)",
        "user_id y",
    ),
    (
        "SELECT 1 FROM t WHERE $1 = (SELECT user_id FROM u LIMIT 1)",
        "user_id",
    ),
    (
        "SELECT 1 FROM t WHERE at BETWEEN $1 AND $2",
        "from_at to_at",
    ),
    (
        "SELECT 1 FROM t WHERE at NOT BETWEEN $1 AND $2",
        "from_at to_at",
    ),
    ("SELECT 1 FROM t WHERE a >= $1 AND a <= $2", "a a_2"),
    ("SELECT 1 FROM t WHERE $1 BETWEEN starts AND ends", "starts"),
    (
        "SELECT 1 FROM t WHERE name LIKE $1 AND nick ILIKE '%' || $2 || '%'",
        "name nick",
    ),
    (
        "SELECT 1 FROM t WHERE name LIKE $1 ESCAPE '!' AND nick SIMILAR TO $2",
        "name nick",
    ),
    ("SELECT 1 FROM t WHERE (a, b) > ($1, $2)", "a b"),
    (
        "SELECT 1 FROM t WHERE (a, b) IN (($1, $2), ($3, $4))",
        "a b a_2 b_2",
    ),
    ("SELECT 1 FROM t WHERE a IS NOT DISTINCT FROM $1", "a"),
    (
        "SELECT 1 FROM t WHERE data->>'k' = $1 AND tags[1] = $2",
        "data tags",
    ),
    ("SELECT 1 FROM t WHERE coalesce($1, name) = 'x'", "name"),
    (
        "SELECT 1 FROM t WHERE similarity(name, $1) > $2",
        "similarity name",
    ),
    ("SELECT 1 FROM t WHERE at > now() - $1::interval", "at"),
    (
        "SELECT 1 FROM t WHERE a > (SELECT x FROM u WHERE y = $1)",
        "y",
    ),
    (
        "SELECT 1 FROM t GROUP BY a, lower(name) HAVING a = $1 AND lower(name) = $2",
        "a name",
    ),
    ("SELECT id FROM t WHERE xmin::text = $1", "xmin"),
    (
        "SELECT a FROM t ORDER BY a LIMIT $1 OFFSET $2",
        "limit offset",
    ),
    (
        "SELECT a FROM t ORDER BY a FETCH FIRST $1 ROWS ONLY",
        "limit",
    ),
    (
        "SELECT * FROM generate_series($1::int, $2::int) g WHERE g = $3",
        "generate_series generate_series_2 g",
    ),
    (
        "SELECT find(term => $1), find($2, $3)",
        "term term_2 max_rows",
    ),
    ("CALL p($1, $2)", "p days"),
    ("EXPLAIN SELECT a FROM t WHERE id = $1", "id"),
    ("SELECT $1::text, $2::text AS greeting", "arg_1 greeting"),
    ("SELECT $1::date AS date, CAST($2 AS text)", "date arg_2"),
    (
        "SELECT at AT TIME ZONE $1 FROM t WHERE at > $2::timestamp AT TIME ZONE $3",
        "time_zone at time_zone_2",
    ),
    (
        "INSERT INTO t (id, \"B\") VALUES ($1, $2), ($3, lower($4))",
        "id B id_2 B_2",
    ),
    (
        "INSERT INTO t (id, b) SELECT $1, x + $2 FROM u WHERE y = $3",
        "id x y",
    ),
    (
        "INSERT INTO t (id, note) SELECT unnest($1::int[]), unnest($2::text[])",
        "id note",
    ),
    (
        "INSERT INTO t (id, a) SELECT 1, $1::int UNION ALL SELECT 2, $2",
        "a a_2",
    ),
    ("INSERT INTO t SELECT $1, $2", "id name"),
    (
        "INSERT INTO t (id, a) SELECT * FROM (VALUES ($1::int, $2::int)) v",
        "id a",
    ),
    (
        "WITH input AS (SELECT $1::int AS key) INSERT INTO t (id) SELECT key FROM input",
        "key",
    ),
    (
        "INSERT INTO t (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET b = $2, a = t.a + $3",
        "id b a",
    ),
    (
        "UPDATE t SET a = $1, b = coalesce($2, b), (c, d) = ($3, $4) WHERE id = $5",
        "a b c d id",
    ),
    (
        "UPDATE t SET (a, b) = (SELECT $1::int, $2::int) WHERE id = $3",
        "a b id",
    ),
    ("UPDATE t SET total = $1::numeric * $2", "total total_2"),
    ("UPDATE t SET a = $1 WHERE a = $1 AND b <> $2", "a b"),
    ("UPDATE seen SET remark = $1 WHERE key = $2", "remark key"),
    (
        "WITH n AS (INSERT INTO t (id) VALUES ($1) RETURNING id) SELECT * FROM n WHERE id > $2",
        "id id_2",
    ),
    ("DELETE FROM t WHERE a = $1 RETURNING *", "a"),
    (
        "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = $1 \
         WHEN NOT MATCHED THEN INSERT (id, c) VALUES ($2, $3)",
        "a id c",
    ),
    ("SELECT CASE status WHEN $1 THEN 1 END FROM t", "status"),
    // A condition decides about a value, and is no part of it.
    (
        "UPDATE t SET note = CASE WHEN $1::boolean THEN $2 ELSE note END WHERE id = $3",
        "arg_1 note id",
    ),
    (
        "UPDATE t SET a = coalesce(CASE WHEN $1 THEN $2::int END, a)",
        "arg_1 a",
    ),
    (
        "SELECT count(*) FILTER (WHERE $1::boolean) AS found FROM t",
        "arg_1",
    ),
    (
        "SELECT EXISTS (SELECT 1 FROM t WHERE $1::boolean) AS found",
        "arg_1",
    ),
    // Every form of SQL is known to Postgres.
    ("SELECT a FROM t WHERE id = $1 FOR NO KEY UPDATE", "id"),
    (
        "INSERT INTO t (id, name) VALUES ($1, $2) ON CONFLICT (lower(name)) DO UPDATE SET note = $3",
        "id name note",
    ),
    (
        "INSERT INTO t (id, c) VALUES ($1, $2) ON CONFLICT (c) WHERE flag DO NOTHING",
        "id c",
    ),
    (
        "UPDATE t SET tags[1] = $2, home.city = $3 WHERE id = $1",
        "id tags home",
    ),
    ("SELECT (home).* FROM t WHERE (home).city = $1", "home"),
    (
        "SELECT sum(a) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING EXCLUDE TIES) FROM t WHERE c = $1",
        "c",
    ),
    (
        "WITH RECURSIVE r AS (SELECT id, parent FROM t WHERE id = $1 UNION ALL \
         SELECT t.id, t.parent FROM t JOIN r ON t.parent = r.id) \
         SEARCH DEPTH FIRST BY id SET place CYCLE id SET looped USING path \
         SELECT id FROM r WHERE parent = $2",
        "id parent",
    ),
    (
        "INSERT INTO numbered (number, label) OVERRIDING SYSTEM VALUE VALUES ($1, $2)",
        "number label",
    ),
    (
        "SELECT 1 FROM t WHERE a BETWEEN SYMMETRIC $1 AND $2",
        "from_a to_a",
    ),
    (
        "SELECT * FROM ROWS FROM (generate_series(1, $1), find($2)) AS g (n, found) WHERE n = $3",
        "generate_series term n",
    ),
    (
        "SELECT any_of($1, VARIADIC $2), any_of($3, $4, $5)",
        "first rest first_2 rest_2 rest_3",
    ),
    ("SELECT 1 FROM t WHERE a ISNULL AND b = $1", "b"),
    (
        "WITH known AS (TABLE u) SELECT 1 FROM known WHERE y = $1",
        "y",
    ),
    (
        "SELECT j.id FROM t JOIN u USING (id) AS j WHERE j.id = $1 AND y = $2",
        "id y",
    ),
    ("SELECT 1 FROM t WHERE a OPERATOR(pg_catalog.=) $1", "a"),
    (
        "SELECT 1 FROM t WHERE (starts, ends) OVERLAPS ($1, $2)",
        "starts ends",
    ),
];

/// The names of each statement's parameters; none where Postgres refuses it.
fn names(statements: &[&str]) -> Vec<String> {
    let mut text = String::new();
    for (index, sql) in statements.iter().enumerate() {
        let _ = write!(text, "-- name: Q{index} :execrows\n{sql};\n\n");
    }
    let file = SourceFile::new("q.sql", "q.sql", text);
    let (queries, found) = syntax::parse(&file, &StandIns::default());
    // Warnings of wildcards say nothing of names.
    assert!(!has_errors(&found), "{}", render(&found, false));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (analysed, diagnostics) = runtime.unwrap().block_on(async {
        let provider = Provider::Local { binaries: None };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        session.client().batch_execute(SCHEMA).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        analyze(&session, &catalog, &queries, &Settings::default())
            .await
            .unwrap()
    });
    assert_eq!(render(&diagnostics, false), "");
    let names = analysed.iter().map(|query| {
        let names = query
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    });
    names.collect()
}

#[test]
fn parameters_are_named_by_their_use() {
    let statements: Vec<&str> = CASES.iter().map(|(sql, _)| *sql).collect();
    let found = names(&statements);
    let pairs = CASES.iter().zip(&found);
    let wrong: Vec<String> = pairs
        .filter(|((_, expected), found)| expected != found)
        .map(|((sql, expected), found)| {
            format!("{sql}\n    expected {expected}\n    found    {found}")
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(found.len(), CASES.len());
}

#[test]
fn large_statements_are_quick_and_harmless() {
    let sum = |n: usize| {
        format!(
            "SELECT 1 FROM t WHERE a = $1 AND 0 < {}",
            vec!["1"; n].join(" + ")
        )
    };
    let union = |n: usize| {
        format!(
            "SELECT 1 FROM t WHERE a = $1{}",
            " UNION SELECT 1".repeat(n)
        )
    };
    let rows = |n: usize| format!("INSERT INTO t (id) VALUES ($1){}", ", ($2)".repeat(n));
    let casts = |n: usize| format!("SELECT 1 FROM t WHERE name = $1{}", "::text".repeat(n));
    let calls = |n: usize| {
        let (open, close) = ("lower(".repeat(n), ")".repeat(n));
        format!("SELECT 1 FROM t WHERE name = {open}$1{close}")
    };
    let long = [
        (sum(500), "a"),
        (union(300), "a"),
        (casts(300), "name"),
        (calls(100), "name"),
        (rows(10_000), "id id_2"),
    ];
    let statements: Vec<&str> = long.iter().map(|(sql, _)| sql.as_str()).collect();
    let expected: Vec<&str> = long.iter().map(|(_, expected)| *expected).collect();
    assert_eq!(names(&statements), expected);
}

#[test]
fn statements_without_a_tree_are_read() {
    let proposed = |sql: &str| {
        let mut proposals = Proposals::default();
        without_tree::propose(sql, &Catalog::default(), &mut proposals);
        proposals
    };
    for (sql, expected) in [
        ("CALL app.tidy($1, days => $2::int)", "tidy days"),
        ("/* now */ call tidy(($1))", "tidy"),
        ("CALL tidy($1", "-"),
        (
            "EXPLAIN SELECT tidy($1) FROM t WHERE t.\"Id\" >= $2 AND note ILIKE $3",
            "- Id note",
        ),
        (&format!("CALL tidy({}$1)", "- ".repeat(10_000)), "-"),
        (
            &format!("CALL tidy({}$1{})", "(".repeat(80), ")".repeat(80)),
            "-",
        ),
    ] {
        let proposals = proposed(sql);
        let count = expected.split(' ').count();
        let names = (1..=count).map(|number| proposals.name(number).unwrap_or("-"));
        assert_eq!(names.collect::<Vec<_>>().join(" "), expected, "{sql:.60}");
    }
}
