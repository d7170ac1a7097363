//! Statements and the names their parameters get.

use super::*;

fn names(sql: &str, count: usize) -> String {
    let advice = advise(sql, &Catalog::default());
    let names = (1..=count).map(|number| advice.name(number).unwrap_or("-"));
    names.collect::<Vec<_>>().join(" ")
}

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
        "id id x",
    ),
    (
        "SELECT 1 FROM t WHERE $1 IN (SELECT user_id FROM u)",
        "user_id",
    ),
    (
        "SELECT 1 FROM t WHERE at BETWEEN $1 AND $2",
        "from_at to_at",
    ),
    ("SELECT 1 FROM t WHERE $1 BETWEEN starts AND ends", "starts"),
    (
        "SELECT 1 FROM t WHERE name LIKE $1 AND nick ILIKE '%' || $2 || '%'",
        "name nick",
    ),
    ("SELECT 1 FROM t WHERE (a, b) > ($1, $2)", "a b"),
    (
        "SELECT 1 FROM t WHERE (a, b) IN (($1, $2), ($3, $4))",
        "a b a b",
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
        "SELECT 1 FROM t WHERE at > (SELECT x FROM u WHERE y = $1)",
        "y",
    ),
    (
        "SELECT * FROM t ORDER BY a LIMIT $1 OFFSET $2",
        "limit offset",
    ),
    (
        "SELECT * FROM t ORDER BY a FETCH FIRST $1 ROWS ONLY",
        "limit",
    ),
    (
        "SELECT * FROM generate_series($1::int, $2::int) g",
        "generate_series generate_series",
    ),
    ("SELECT f(x => $1, $2)", "x f"),
    ("CALL p($1, 2)", "p"),
    ("SELECT $1::text, $2::text AS greeting", "- greeting"),
    ("SELECT at AT TIME ZONE $1 FROM t", "time_zone"),
    (
        "INSERT INTO t (a, \"B\") VALUES ($1, $2), ($3, lower($4))",
        "a B a B",
    ),
    (
        "INSERT INTO t (a, b) SELECT $1, x + $2 FROM u WHERE y = $3",
        "a x y",
    ),
    (
        "INSERT INTO t (a, b) SELECT unnest($1::int[]), unnest($2::text[])",
        "a b",
    ),
    (
        "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2, n = t.n + $3",
        "a b n",
    ),
    (
        "UPDATE t SET a = $1, b = coalesce($2, b), (c, d) = ($3, $4) WHERE id = $5",
        "a b c d id",
    ),
    ("UPDATE t SET total = $1 * $2", "total total"),
    ("UPDATE t SET a = CASE WHEN $1 THEN $2 ELSE a END", "a a"),
    (
        "WITH x AS (INSERT INTO t (a) VALUES ($1) RETURNING id) SELECT * FROM x WHERE id > $2",
        "a id",
    ),
    ("DELETE FROM t WHERE a = $1 RETURNING *", "a"),
    (
        "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = $1 \
             WHEN NOT MATCHED THEN INSERT (b, c) VALUES ($2, $3)",
        "a b c",
    ),
    ("SELECT CASE status WHEN $1 THEN 1 END FROM t", "status"),
    // Not SQL that the adviser reads.
    (
        "SELECT (c).* FROM t WHERE a OPERATOR(pg_catalog.=) $1 ON CONFLICT",
        "-",
    ),
];

#[test]
fn parameters_are_named_by_their_use() {
    for &(sql, expected) in CASES {
        let count = expected.split(' ').count();
        let found = names(sql, count);
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn large_statements_are_quick_and_harmless() {
    let sum = |n: usize| format!("SELECT 1 WHERE a = $1 AND 0 < {}", vec!["1"; n].join(" + "));
    let parens = |n: usize| format!("SELECT 1 WHERE a = {}$1{}", "(".repeat(n), ")".repeat(n));
    let union = |n: usize| format!("SELECT 1 WHERE a = $1{}", " UNION SELECT 1".repeat(n));
    let rows = |n: usize| format!("INSERT INTO t (a) VALUES ($1){}", ", ($2)".repeat(n));
    let casts = |n: usize| format!("SELECT 1 WHERE a = $1{}", "::text".repeat(n));
    for (sql, expected) in [
        (sum(100), "a"),
        (sum(MAX_OPERATORS - 20), "a"),
        (sum(100_000), "-"),
        (parens(5), "a"),
        (parens(100_000), "-"),
        (union(300), "a"),
        (union(100_000), "-"),
        (casts(300), "a"),
        (casts(100_000), "-"),
        (rows(50_000), "a"),
        (format!("SELECT {}1", "- ".repeat(10_000)), "-"),
        (format!("SELECT {}1", "NOT ".repeat(900)), "-"),
        (format!("SELECT a{}", ".b".repeat(10_000)), "-"),
        (format!("SELECT a{}", "[1]".repeat(10_000)), "-"),
    ] {
        assert_eq!(names(&sql, 1), expected, "{sql:.60}");
    }
}
