//! What is sent for statements of every sort, on a real Postgres.
//!
//! `ROWSMITH_TEST_POSTGRES_BIN` names the `bin` folder of another server version.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::catalog::introspect;
use crate::database::{Provider, Server};
use crate::diagnostic::render;
use crate::source::SourceFile;
use crate::syntax::{self, StandIns};

const SCHEMA: &str = r#"
    CREATE TYPE pair AS (x int, y text);
    CREATE TABLE a (id int PRIMARY KEY, gone int, name text, p pair, n int GENERATED ALWAYS AS (1) STORED);
    ALTER TABLE a DROP COLUMN gone;
    CREATE TABLE b (id int PRIMARY KEY, a_id int, "Na""me" text, "user" text);
    CREATE SCHEMA s;
    CREATE TABLE s.a (id int, other text);
    CREATE TABLE twins (id int, name text);
    CREATE TABLE long_ones (the_first_long_column int, the_second_long_column int, the_third_long_column int, x int);
    CREATE VIEW v AS SELECT id, name FROM a;
    CREATE FUNCTION rows_of_a() RETURNS SETOF a LANGUAGE sql AS 'SELECT * FROM a';
    CREATE FUNCTION two(OUT one int, OUT two text) RETURNS SETOF record LANGUAGE sql AS $$SELECT 1, 'x'$$;
    CREATE FUNCTION of_pair(pair) RETURNS pair LANGUAGE sql AS 'SELECT $1';
"#;

/// The texts that are sent for statements, and the warnings about them. Those for later versions are left out.
fn sent<'s>(statements: &'s [(u32, &'s str, &'s str)]) -> Vec<(&'s str, &'s str, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let binaries = std::env::var_os("ROWSMITH_TEST_POSTGRES_BIN").map(PathBuf::from);
        let provider = Provider::Local { binaries };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        session.client().batch_execute(SCHEMA).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        let mut results = Vec::new();
        let describer = Describer::start(&session, &catalog, 1).await.unwrap();
        let known = statements.iter();
        let known = known.filter(|(version, ..)| catalog.server_version / 10_000 >= *version);
        for &(_, statement, expected) in known {
            let text = format!("-- name: Q :many\n{statement};\n");
            let file = SourceFile::new("q.sql", "q.sql", text);
            let (queries, mistakes) = syntax::parse(&file, &StandIns::default());
            assert_eq!(render(&mistakes, false), "", "{statement}");
            let mut warnings = Vec::new();
            let expanded = expand(&describer, &queries, &catalog, &mut warnings)
                .await
                .unwrap();
            let Expanded { query, outcome, .. } = &expanded[0];
            let warnings = warnings.iter().map(|warning| {
                let (line, column) = warning.line_and_column().unwrap();
                format!(" !{line}:{column}")
            });
            let warnings: String = warnings.collect();
            let sent = match outcome {
                Ok(_) => format!("{}{warnings}", query.sql.text()),
                Err(error) => format!("refused: {}", error.message()),
            };
            results.push((statement, expected, sent));
        }
        describer.finish().await.unwrap();
        database.close().await.unwrap();
        results
    })
}

/// Statements and what is sent for them; the same where that is none.
const STATEMENTS: &[(&str, &str)] = &[
    ("SELECT 2 * 3, count(*) FROM a", ""),
    ("SELECT * FROM a", "SELECT id, name, p, n FROM a"),
    (
        "SELECT DISTINCT ON (id) * FROM a",
        "SELECT DISTINCT ON (id) id, name, p, n FROM a",
    ),
    (
        "SELECT x.* FROM a x",
        "SELECT x.id, x.name, x.p, x.n FROM a x",
    ),
    (
        "SELECT * FROM a x, b",
        "SELECT x.id, x.name, x.p, x.n, b.id, b.a_id, b.\"Na\"\"me\", b.user FROM a x, b",
    ),
    (
        "SELECT \"user\", b.* FROM b",
        "SELECT \"user\", b.id, b.a_id, b.\"Na\"\"me\", b.user FROM b",
    ),
    (
        "SELECT * FROM b",
        "SELECT id, a_id, \"Na\"\"me\", \"user\" FROM b",
    ),
    ("SELECT s.a.* FROM s.a", "SELECT s.a.id, s.a.other FROM s.a"),
    (
        "SELECT * FROM a, s.a",
        "SELECT public.a.id, public.a.name, public.a.p, public.a.n, s.a.id, s.a.other FROM a, s.a",
    ),
    (
        "SELECT * FROM a JOIN twins USING (id)",
        "SELECT a.id, a.name, a.p, a.n, twins.name FROM a JOIN twins USING (id)",
    ),
    (
        "SELECT * FROM a FULL JOIN twins USING (id)",
        "SELECT id, a.name, a.p, a.n, twins.name FROM a FULL JOIN twins USING (id)",
    ),
    (
        "SELECT * FROM a RIGHT JOIN twins USING (id)",
        "SELECT twins.id, a.name, a.p, a.n, twins.name FROM a RIGHT JOIN twins USING (id)",
    ),
    (
        "SELECT * FROM a NATURAL JOIN twins",
        "SELECT a.id, a.name, a.p, a.n FROM a JOIN twins USING (id, name)",
    ),
    (
        "SELECT 1 FROM a NATURAL LEFT JOIN twins AS t WHERE true",
        "SELECT 1 FROM a LEFT JOIN twins AS t USING (id, name) WHERE true",
    ),
    (
        "SELECT 1 FROM long_ones NATURAL LEFT JOIN twins",
        "SELECT 1 FROM long_ones NATURAL LEFT JOIN twins !2:25",
    ),
    (
        "SELECT j.* FROM (a JOIN b ON b.a_id = a.id) AS j (q)",
        "SELECT j.q, j.name, j.p, j.n, j.id, j.a_id, j.\"Na\"\"me\", j.user FROM (a JOIN b ON b.a_id = a.id) AS j (q)",
    ),
    (
        "SELECT j.* FROM (a JOIN b ON b.a_id = a.id) AS j",
        "SELECT j.* FROM (a JOIN b ON b.a_id = a.id) AS j !2:8",
    ),
    (
        "SELECT s.* FROM (SELECT * FROM a) s",
        "SELECT s.* FROM (SELECT id, name, p, n FROM a) s",
    ),
    (
        "SELECT * FROM (SELECT x.*, y.* FROM a x, a y) s",
        "SELECT * FROM (SELECT x.id, x.name, x.p, x.n, y.id, y.name, y.p, y.n FROM a x, a y) s",
    ),
    (
        "WITH w AS (SELECT * FROM v) SELECT * FROM w",
        "WITH w AS (SELECT id, name FROM v) SELECT * FROM w",
    ),
    (
        "WITH RECURSIVE w AS (SELECT * FROM twins UNION ALL SELECT twins.* FROM twins JOIN w USING (id)) SELECT * FROM w",
        "WITH RECURSIVE w AS (SELECT id, name FROM twins UNION ALL SELECT twins.id, twins.name FROM twins JOIN w USING (id)) SELECT * FROM w",
    ),
    (
        "SELECT * FROM twins UNION SELECT * FROM v ORDER BY 1",
        "SELECT id, name FROM twins UNION SELECT id, name FROM v ORDER BY 1",
    ),
    ("TABLE twins", "SELECT id, name FROM twins"),
    ("TABLE ONLY twins", "SELECT id, name FROM ONLY twins"),
    (
        "SELECT 1, 'x' UNION ALL (TABLE twins) ORDER BY 2",
        "SELECT 1, 'x' UNION ALL (SELECT id, name FROM twins) ORDER BY 2",
    ),
    (
        "SELECT id FROM a WHERE EXISTS (SELECT * FROM b WHERE a_id = a.id)",
        "",
    ),
    (
        "SELECT id FROM a WHERE EXISTS (SELECT * FROM twins UNION SELECT * FROM v)",
        "SELECT id FROM a WHERE EXISTS (SELECT id, name FROM twins UNION SELECT id, name FROM v)",
    ),
    (
        "SELECT id FROM a WHERE (id, name) IN (SELECT * FROM twins)",
        "SELECT id FROM a WHERE (id, name) IN (SELECT id, name FROM twins)",
    ),
    ("SELECT count(a.*), to_jsonb(a.*) FROM a GROUP BY a.*", ""),
    ("SELECT a FROM a", ""),
    (
        "SELECT a.id, l.* FROM a, LATERAL (SELECT a.*, b.id FROM b) l (q)",
        "SELECT a.id, l.* FROM a, LATERAL (SELECT a.id, a.name, a.p, a.n, b.id FROM b) l (q)",
    ),
    ("SELECT (p).* FROM a", "SELECT (p).x, (p).y FROM a"),
    (
        "SELECT (a).* FROM a",
        "SELECT (a).id, (a).name, (a).p, (a).n FROM a",
    ),
    (
        "SELECT (of_pair(p)).*, 1 FROM a",
        "SELECT (of_pair(p)).x, (of_pair(p)).y, 1 FROM a",
    ),
    (
        "SELECT (of_pair(@p)).* FROM a",
        "SELECT (of_pair($1)).x, (of_pair($1)).y FROM a",
    ),
    (
        "SELECT ((SELECT p FROM (SELECT * FROM a) q)).*",
        "SELECT ((SELECT p FROM (SELECT id, name, p, n FROM a) q)).x, ((SELECT p FROM (SELECT id, name, p, n FROM a) q)).y",
    ),
    (
        "SELECT ROW(t.*, 1) FROM twins t",
        "SELECT ROW(t.id, t.name, 1) FROM twins t",
    ),
    (
        "SELECT * FROM rows_of_a()",
        "SELECT id, name, p, n FROM rows_of_a()",
    ),
    (
        "SELECT f.* FROM two() WITH ORDINALITY f",
        "SELECT f.one, f.two, f.ordinality FROM two() WITH ORDINALITY f",
    ),
    ("SELECT * FROM generate_series(1, 2) AS g", ""),
    ("SELECT * FROM json_to_recordset('[]') AS r (k int)", ""),
    ("SELECT * FROM (VALUES (1, 2)) AS x", ""),
    (
        "SELECT b.*, g.* FROM b, unnest(ARRAY[1]) AS g",
        "SELECT b.id, b.a_id, b.\"Na\"\"me\", b.user, g.* FROM b, unnest(ARRAY[1]) AS g",
    ),
    (
        "SELECT twins.*, count(*) FROM twins GROUP BY name, id",
        "SELECT twins.id, twins.name, count(*) FROM twins GROUP BY name, id",
    ),
    (
        "SELECT id, twins.*, name FROM twins GROUP BY name, id",
        "SELECT id, twins.id, twins.name, name FROM twins GROUP BY name, id",
    ),
    (
        "SELECT a.* FROM a GROUP BY a.id",
        "SELECT a.id, a.name, a.p, a.n FROM a GROUP BY a.id",
    ),
    (
        "SELECT the_first_long_column, the_second_long_column,\n  * FROM long_ones",
        "SELECT the_first_long_column, the_second_long_column,\n  the_first_long_column, the_second_long_column, the_third_long_column, x FROM long_ones",
    ),
    (
        "SELECT l.*, l.* FROM long_ones l",
        "SELECT l.the_first_long_column, l.the_second_long_column, l.the_third_long_column, l.x, l.the_first_long_column,\n    l.the_second_long_column, l.the_third_long_column, l.x FROM long_ones l",
    ),
    (
        "INSERT INTO twins VALUES (1, 'x') RETURNING *",
        "INSERT INTO twins (id, name) VALUES (1, 'x') RETURNING id, name",
    ),
    (
        "INSERT INTO twins VALUES (1)",
        "INSERT INTO twins (id) VALUES (1)",
    ),
    (
        "INSERT INTO twins AS t VALUES (1, 'x'), (2, DEFAULT) RETURNING t.*",
        "INSERT INTO twins AS t (id, name) VALUES (1, 'x'), (2, DEFAULT) RETURNING t.id, t.name",
    ),
    (
        "INSERT INTO twins SELECT * FROM v",
        "INSERT INTO twins (id, name) SELECT id, name FROM v",
    ),
    (
        "INSERT INTO twins TABLE v",
        "INSERT INTO twins (id, name) SELECT id, name FROM v",
    ),
    (
        "INSERT INTO twins (name, id) SELECT name, id FROM (TABLE twins) t",
        "INSERT INTO twins (name, id) SELECT name, id FROM (SELECT id, name FROM twins) t",
    ),
    (
        "INSERT INTO a VALUES (1, 'x', NULL, DEFAULT) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *",
        "INSERT INTO a (id, name, p, n) VALUES (1, 'x', NULL, DEFAULT) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id, name, p, n",
    ),
    (
        "WITH i AS (INSERT INTO twins VALUES (1, 'x') RETURNING *), d AS (DELETE FROM b) INSERT INTO twins SELECT * FROM i",
        "WITH i AS (INSERT INTO twins (id, name) VALUES (1, 'x') RETURNING id, name), d AS (DELETE FROM b) INSERT INTO twins (id, name) SELECT * FROM i",
    ),
    (
        "UPDATE twins SET name = 'x' RETURNING *",
        "UPDATE twins SET name = 'x' RETURNING id, name",
    ),
    (
        "UPDATE twins t SET name = b.\"user\" FROM b WHERE b.id = t.id RETURNING *",
        "UPDATE twins t SET name = b.\"user\" FROM b WHERE b.id = t.id RETURNING t.id, t.name, b.id, b.a_id, b.\"Na\"\"me\", b.user",
    ),
    (
        "DELETE FROM twins USING v WHERE v.id = twins.id RETURNING v.*, twins.*",
        "DELETE FROM twins USING v WHERE v.id = twins.id RETURNING v.id, v.name, twins.id, twins.name",
    ),
    (
        "UPDATE twins SET (id, name) = (SELECT v.* FROM v)",
        "UPDATE twins SET (id, name) = (SELECT v.id, v.name FROM v)",
    ),
    (
        "SELECT sqlc.embed(t), sqlc.embed(s) FROM twins t, (SELECT 1 AS x) s",
        "SELECT t.id, t.name, s.x FROM twins t, (SELECT 1 AS x) s",
    ),
    (
        "SELECT sqlc.embed(t) AS twin, * FROM twins t",
        "SELECT t.id, t.name, id, name FROM twins t",
    ),
    (
        "SELECT * FROM a x LEFT JOIN LATERAL (SELECT b.* FROM b WHERE b.a_id = x.id) y ON true WHERE x.id = @id * 2",
        "SELECT x.id, x.name, x.p, x.n, y.id, y.a_id, y.\"Na\"\"me\", y.user FROM a x LEFT JOIN LATERAL (SELECT b.id, b.a_id, b.\"Na\"\"me\", b.user FROM b WHERE b.a_id = x.id) y ON true WHERE x.id = $1 * 2",
    ),
];

/// Those that only some versions know.
const LATER: &[(u32, &str, &str)] = &[
    (
        15,
        "MERGE INTO twins t USING v ON v.id = t.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)",
        "MERGE INTO twins t USING v ON v.id = t.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name)",
    ),
    (
        16,
        "SELECT * FROM twins, (SELECT 1 AS x)",
        "SELECT twins.id, twins.name, x FROM twins, (SELECT 1 AS x)",
    ),
    (
        17,
        "MERGE INTO twins t USING (SELECT * FROM v) w ON w.id = t.id WHEN MATCHED THEN DELETE RETURNING *",
        "MERGE INTO twins t USING (SELECT id, name FROM v) w ON w.id = t.id WHEN MATCHED THEN DELETE RETURNING w.id, w.name, t.id, t.name",
    ),
    (
        18,
        "UPDATE twins SET name = 'x' RETURNING old.*, new.*, *",
        "UPDATE twins SET name = 'x' RETURNING old.id, old.name, new.id, new.name, id, name",
    ),
    (
        18,
        "DELETE FROM twins RETURNING WITH (OLD AS o) o.*, *",
        "DELETE FROM twins RETURNING WITH (OLD AS o) o.id, o.name, id, name",
    ),
];

#[test]
fn columns_are_written_out() {
    let statements = STATEMENTS.iter();
    let statements = statements.map(|&(statement, expected)| (0, statement, expected));
    let statements: Vec<_> = statements.chain(LATER.iter().copied()).collect();
    let mut wrong = String::new();
    for (statement, expected, sent) in sent(&statements) {
        let expected = if expected.is_empty() {
            statement
        } else {
            expected
        };
        if sent != expected {
            let _ = writeln!(
                wrong,
                "{statement}\n  sent:     {sent}\n  expected: {expected}"
            );
        }
    }
    assert_eq!(wrong, "");
}
