//! What is left out with `$1`, and with `$2`.

use super::*;

/// The statement with what is left out in brackets, each with its parameters; or what is wrong, with its place.
fn marked(sql: &str) -> String {
    let found = match parts(sql, &BTreeSet::from([1, 2])) {
        Ok(found) => {
            let mut all = [found.conditions, found.assignments, found.values].concat();
            all.sort_by_key(|part| part.range.start);
            all
        }
        Err(unusable) => {
            let (what, range) = match unusable {
                Unusable::Outside(range) => ("outside", range),
                Unusable::Inside(range) => ("inside", range),
                Unusable::Or(range) => ("or", range),
                Unusable::Everything(_, range) => ("everything", range),
            };
            return format!("{what} at {}: {}", range.start, &sql[range.clone()]);
        }
    };
    let mut marked = String::new();
    let mut copied = 0;
    for Conjunct { range, parameters } in found {
        let numbers: Vec<String> = parameters.iter().map(ToString::to_string).collect();
        marked.push_str(&sql[copied..range.start]);
        marked.extend(["[", &numbers.join(" "), ": ", &sql[range.clone()], "]"]);
        copied = range.end;
    }
    marked + &sql[copied..]
}

#[test]
fn finds_what_stands_and_falls_with_a_parameter() {
    for (sql, expected) in [
        // The operands of AND.
        (
            "SELECT 1 FROM t WHERE a = $1",
            "SELECT 1 FROM t WHERE [1: a = $1]",
        ),
        (
            "select 1 from t where a = $1 and b = $2 and c = $3 limit $4",
            "select 1 from t where [1: a = $1] and [2: b = $2] and c = $3 limit $4",
        ),
        (
            "SELECT 1 FROM t WHERE a = $1 AND b = $1",
            "SELECT 1 FROM t WHERE [1: a = $1] AND [1: b = $1]",
        ),
        (
            "SELECT 1 FROM t WHERE a = $3 AND b > $1 + $2 GROUP BY a",
            "SELECT 1 FROM t WHERE a = $3 AND [1 2: b > $1 + $2] GROUP BY a",
        ),
        (
            "SELECT 1 FROM t WHERE NOT a = $1 AND b",
            "SELECT 1 FROM t WHERE [1: NOT a = $1] AND b",
        ),
        // Groups go as a whole.
        (
            "SELECT 1 FROM t WHERE (a = $1 OR b = $2) AND c",
            "SELECT 1 FROM t WHERE [1 2: (a = $1 OR b = $2)] AND c",
        ),
        (
            "SELECT 1 FROM t WHERE (a = $1 AND b = $3) AND c",
            "SELECT 1 FROM t WHERE [1: (a = $1 AND b = $3)] AND c",
        ),
        (
            "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND b = $1) AND c",
            "SELECT 1 FROM t WHERE [1: EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND b = $1)] AND c",
        ),
        (
            "SELECT 1 FROM t WHERE a IN (SELECT a FROM u WHERE b = $1 OR c) AND d",
            "SELECT 1 FROM t WHERE [1: a IN (SELECT a FROM u WHERE b = $1 OR c)] AND d",
        ),
        (
            "SELECT 1 FROM t WHERE a = ANY (ARRAY[$1, 2]) AND b[$2] = 1",
            "SELECT 1 FROM t WHERE [1: a = ANY (ARRAY[$1, 2])] AND [2: b[$2] = 1]",
        ),
        // An AND that is none between conditions.
        (
            "SELECT 1 FROM t WHERE a BETWEEN $1 AND $2 AND b",
            "SELECT 1 FROM t WHERE [1 2: a BETWEEN $1 AND $2] AND b",
        ),
        (
            "SELECT 1 FROM t WHERE a NOT BETWEEN SYMMETRIC $3 AND b AND c = $1",
            "SELECT 1 FROM t WHERE a NOT BETWEEN SYMMETRIC $3 AND b AND [1: c = $1]",
        ),
        (
            "SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND b BETWEEN 3 AND $1 AND t.between AND c",
            "SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND [1: b BETWEEN 3 AND $1] AND t.between AND c",
        ),
        (
            "SELECT 1 FROM t WHERE between AND a = $1",
            "SELECT 1 FROM t WHERE between AND [1: a = $1]",
        ),
        (
            "SELECT 1 FROM t WHERE CASE WHEN a AND b THEN $1 ELSE CASE WHEN c THEN d END END AND e",
            "SELECT 1 FROM t WHERE [1: CASE WHEN a AND b THEN $1 ELSE CASE WHEN c THEN d END END] AND e",
        ),
        (
            "SELECT 1 FROM t WHERE a = 'x AND y OR z' AND b = $1 /* AND c */ AND \"and\" -- OR d\n AND $$ OR $$ <> e",
            "SELECT 1 FROM t WHERE a = 'x AND y OR z' AND [1: b = $1] /* AND c */ AND \"and\" -- OR d\n AND $$ OR $$ <> e",
        ),
        (
            "SELECT 1 FROM t WHERE t.and = $1 AND t.order AND t.or",
            "SELECT 1 FROM t WHERE [1: t.and = $1] AND t.order AND t.or",
        ),
    ] {
        assert_eq!(marked(sql), expected, "{sql}");
    }
}

#[test]
fn conditions_stand_in_clauses() {
    for (sql, expected) in [
        // Where a condition ends.
        (
            "SELECT 1 FROM t WHERE a = $1 FOR UPDATE",
            "SELECT 1 FROM t WHERE [1: a = $1] FOR UPDATE",
        ),
        (
            "SELECT 1 FROM t WHERE a = $1 ORDER BY b OFFSET 1 FETCH FIRST ROW ONLY",
            "SELECT 1 FROM t WHERE [1: a = $1] ORDER BY b OFFSET 1 FETCH FIRST ROW ONLY",
        ),
        (
            "SELECT 1 FROM t WHERE a = $1 WINDOW w AS (ORDER BY a)",
            "SELECT 1 FROM t WHERE [1: a = $1] WINDOW w AS (ORDER BY a)",
        ),
        (
            "SELECT 1 FROM t WHERE a = $1 UNION ALL SELECT 2 FROM t WHERE b OR c EXCEPT SELECT 3",
            "SELECT 1 FROM t WHERE [1: a = $1] UNION ALL SELECT 2 FROM t WHERE b OR c EXCEPT SELECT 3",
        ),
        (
            "SELECT 1 FROM t WHERE left(a, 2) = $1 AND right(b, 1) = $2",
            "SELECT 1 FROM t WHERE [1: left(a, 2) = $1] AND [2: right(b, 1) = $2]",
        ),
        (
            "SELECT 1 AS where, a AS order FROM t WHERE a = $1",
            "SELECT 1 AS where, a AS order FROM t WHERE [1: a = $1]",
        ),
        // ON.
        (
            "SELECT 1 FROM a JOIN b ON a.x = b.x AND b.y = $1 LEFT JOIN c ON c.x = $2 WHERE d",
            "SELECT 1 FROM a JOIN b ON a.x = b.x AND [1: b.y = $1] LEFT JOIN c ON [2: c.x = $2] WHERE d",
        ),
        (
            "SELECT 1 FROM a NATURAL LEFT JOIN b JOIN c ON c.x = $1 CROSS JOIN d, e WHERE f",
            "SELECT 1 FROM a NATURAL LEFT JOIN b JOIN c ON [1: c.x = $1] CROSS JOIN d, e WHERE f",
        ),
        (
            "SELECT 1 FROM a JOIN b JOIN c ON b.x = $1 ON a.x = $2, d",
            "SELECT 1 FROM a JOIN b JOIN c ON [1: b.x = $1] ON [2: a.x = $2], d",
        ),
        (
            "SELECT 1 FROM (a JOIN b ON a.x = $1) JOIN LATERAL (SELECT 1 FROM c WHERE y = $2) d ON true",
            "SELECT 1 FROM (a JOIN b ON [1: a.x = $1]) JOIN LATERAL (SELECT 1 FROM c WHERE [2: y = $2]) d ON true",
        ),
        (
            "SELECT DISTINCT ON (a) a FROM b JOIN c USING (x) WHERE y = $1",
            "SELECT DISTINCT ON (a) a FROM b JOIN c USING (x) WHERE [1: y = $1]",
        ),
        // HAVING and FILTER.
        (
            "SELECT count(*) FILTER (WHERE a = $1) FROM t HAVING count(*) > $2 AND max(b) WITHIN GROUP (ORDER BY c) > 1",
            "SELECT count(*) FILTER (WHERE [1: a = $1]) FROM t HAVING [2: count(*) > $2] AND max(b) WITHIN GROUP (ORDER BY c) > 1",
        ),
        // Subqueries, CTEs.
        (
            "WITH x AS (SELECT 1 FROM t WHERE a = $1 OFFSET 0) SELECT (SELECT 1 FROM u WHERE b = $2) FROM x",
            "WITH x AS (SELECT 1 FROM t WHERE [1: a = $1] OFFSET 0) SELECT (SELECT 1 FROM u WHERE [2: b = $2]) FROM x",
        ),
        // Statements that write.
        (
            "UPDATE t SET a = $3 FROM u JOIN v ON u.x = $1 WHERE t.x = u.x AND b = $2 RETURNING *",
            "UPDATE t SET a = $3 FROM u JOIN v ON [1: u.x = $1] WHERE t.x = u.x AND [2: b = $2] RETURNING *",
        ),
        (
            "DELETE FROM t USING u WHERE true AND a = $1",
            "DELETE FROM t USING u WHERE true AND [1: a = $1]",
        ),
        (
            "INSERT INTO t SELECT a FROM u WHERE a = $1 ON CONFLICT (a) DO UPDATE SET b = 1 WHERE t.b = $2 RETURNING a",
            "INSERT INTO t SELECT a FROM u WHERE [1: a = $1] ON CONFLICT (a) DO UPDATE SET b = 1 WHERE [2: t.b = $2] RETURNING a",
        ),
        (
            "INSERT INTO t SELECT a FROM u JOIN v ON v.a = $1 ON CONFLICT DO NOTHING",
            "INSERT INTO t SELECT a FROM u JOIN v ON [1: v.a = $1] ON CONFLICT DO NOTHING",
        ),
        (
            "MERGE INTO t USING u ON t.a = u.a AND u.b = $1 WHEN MATCHED THEN DO NOTHING",
            "MERGE INTO t USING u ON t.a = u.a AND [1: u.b = $1] WHEN MATCHED THEN DO NOTHING",
        ),
    ] {
        assert_eq!(marked(sql), expected, "{sql}");
    }
}

#[test]
fn assignments_and_values_are_left_out() {
    for (sql, expected) in [
        (
            "UPDATE t SET a = $1, b = 2, c = lower($2) || $1 WHERE d = $3",
            "UPDATE t SET [1: a = $1], [: b = 2], [1 2: c = lower($2) || $1] WHERE d = $3",
        ),
        (
            "UPDATE t SET a = $1 WHERE b = $2 AND c",
            "UPDATE t SET [1: a = $1] WHERE [2: b = $2] AND c",
        ),
        (
            "INSERT INTO t (a, b) VALUES ($1, $3), (lower($2), 2)",
            "INSERT INTO t (a, b) VALUES ([1: $1], $3), ([2: lower($2)], 2)",
        ),
        (
            "INSERT INTO t (a, b) VALUES ($3, $1) ON CONFLICT (a) DO UPDATE SET b = $1, c = 1",
            "INSERT INTO t (a, b) VALUES ($3, [1: $1]) ON CONFLICT (a) DO UPDATE SET [1: b = $1], [: c = 1]",
        ),
        // Where no assignment is optional, a condition inside of one can be.
        (
            "UPDATE t SET a = (SELECT max(b) FROM u WHERE c = $1)",
            "UPDATE t SET a = (SELECT max(b) FROM u WHERE [1: c = $1])",
        ),
    ] {
        assert_eq!(marked(sql), expected, "{sql}");
    }
}

#[test]
fn tells_what_cannot_be_left_out() {
    for (sql, expected) in [
        ("SELECT $1", "outside at 7: $1"),
        ("SELECT 1 FROM t LIMIT $1", "outside at 22: $1"),
        ("SELECT 1 FROM t WHERE a LIMIT $2", "outside at 30: $2"),
        (
            "SELECT 1 FROM t WHERE a = $1 ORDER BY $1",
            "outside at 38: $1",
        ),
        (
            "SELECT CASE WHEN a = $1 AND b THEN 1 END",
            "outside at 21: $1",
        ),
        ("INSERT INTO t SELECT $1", "outside at 21: $1"),
        (
            "UPDATE t SET a = 1 WHERE b RETURNING $1",
            "outside at 37: $1",
        ),
        (
            "WITH x AS (UPDATE t SET a = $1 RETURNING b) SELECT b FROM x",
            "outside at 28: $1",
        ),
        (
            "UPDATE t SET a = $1, b = (SELECT c FROM u WHERE d = $2)",
            "inside at 48: d = $2",
        ),
        ("SELECT f(a, $1) FROM t", "outside at 12: $1"),
        (
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED AND u.b = $1 THEN DELETE",
            "outside at 57: $1",
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b = $1 DO UPDATE SET c = 2 WHERE t.d",
            "outside at 51: $1",
        ),
        (
            "SELECT json_value(a, 'x' NULL ON ERROR DEFAULT $1)",
            "outside at 47: $1",
        ),
        ("SELECT 1 FROM t WHERE a = $1 OR b", "or at 29: OR"),
        ("SELECT 1 FROM t WHERE a or b AND c = $1", "or at 24: or"),
        ("SELECT 1 FROM a JOIN b ON c OR d = $1", "or at 28: OR"),
        ("DELETE FROM t WHERE a = $1", "everything at 20: a = $1"),
        (
            "UPDATE t SET a = 1 WHERE b = $1 AND c = $2",
            "everything at 25: b = $1",
        ),
        (
            "WITH x AS (DELETE FROM t WHERE (a = $1) RETURNING a) SELECT * FROM x",
            "everything at 31: (a = $1)",
        ),
        (
            "WITH delete AS (SELECT 1), u AS (SELECT 2) UPDATE t SET a = 1 WHERE b = $1",
            "everything at 68: b = $1",
        ),
        (
            "MERGE INTO t USING u ON t.a = $1 WHEN MATCHED THEN DELETE",
            "everything at 24: t.a = $1",
        ),
    ] {
        assert_eq!(marked(sql), expected, "{sql}");
    }
}

/// Whatever is fed to it, it ends without a panic, and what it finds is a part of the text.
#[test]
fn reads_any_text() {
    for sql in [
        "",
        ")",
        "]",
        "WHERE",
        "WHERE AND $1",
        "((($1",
        "WHERE $1 AND",
        ") WHERE $1 ) AND $2",
        "END",
        "CASE CASE WHERE $1",
        "ON",
        "AS",
        "WHERE é = $1 AND ü",
    ] {
        if let Ok(found) = parts(sql, &BTreeSet::from([1, 2])) {
            let written = [found.assignments, found.values].concat();
            for conjunct in found.conditions.into_iter().chain(written) {
                assert!(sql.get(conjunct.range).is_some(), "{sql}");
            }
        }
    }
}

/// Conditions that have no parameter that may be missing, and some that have one.
const OTHERS: &[&str] = &[
    "a",
    "a = $3",
    "a BETWEEN $3 AND 4",
    "(b OR c AND $3)",
    "'it''s AND OR $1' <> d",
    "$$ $1 AND WHERE $$ = e",
    "CASE WHEN a OR b THEN c AND d ELSE e END",
    "EXISTS (SELECT 1 FROM u WHERE x AND y OR z ORDER BY 1 LIMIT 1)",
    "/* AND $1 OR */ f(a, b)",
    "-- OR $2\n g.or IS NOT DISTINCT FROM h.and",
    "left(a, 1) LIKE \"OR\"",
    "a[1:2] @> ARRAY['AND']",
];
const DROPPED: &[&str] = &[
    "a = $1",
    "$1",
    "a NOT BETWEEN SYMMETRIC 1 AND $1",
    "a BETWEEN CASE WHEN b AND c THEN 1 END AND f($1)",
    "(b = $1 OR c = $2 AND d)",
    "NOT (a AND $1)",
    "x IN (SELECT y FROM u JOIN v ON u.a = v.a AND u.b = $1 WHERE z OR t)",
    "CASE a WHEN 1 THEN b = $1 AND c END",
    "'AND' || a /* OR */ = $1",
    "E'\\' OR' = ANY (ARRAY[$1, 'b'])",
    "count(*) FILTER (WHERE a AND b = $1) > 1",
    "d.order = $1::\"and\"",
];
const CLAUSES: &[(&str, &str)] = &[
    ("SELECT 1 FROM t WHERE ", " ORDER BY a LIMIT 1"),
    (
        "SELECT 1 FROM t JOIN u ON ",
        " LEFT JOIN v USING (a) WHERE b OR c",
    ),
    (
        "SELECT a, count(*) FROM t GROUP BY a HAVING ",
        " UNION SELECT 1, 2 WHERE a OR b",
    ),
    (
        "WITH x AS (SELECT 1 FROM t WHERE ",
        ") SELECT a OR b FROM x WHERE c OR d",
    ),
    (
        "UPDATE t SET a = b OR c WHERE x IS NULL AND ",
        " RETURNING a OR b",
    ),
    ("SELECT count(*) FILTER (WHERE ", ") FROM t WHERE a OR b"),
    (
        "SELECT (SELECT 1 FROM t WHERE ",
        " OFFSET 0) OR a FROM u JOIN v ON a OR b",
    ),
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn finds_each_operand_of_any_condition(
        clause in proptest::sample::select(CLAUSES),
        operands in proptest::collection::vec(
            (proptest::bool::ANY, 0..OTHERS.len()),
            1..7,
        ),
    ) {
        let mut sql = clause.0.to_owned();
        let mut expected = Vec::new();
        for (index, (is_dropped, operand)) in operands.iter().enumerate() {
            if index > 0 {
                sql.push_str("\n  and ");
            }
            let operand = if *is_dropped { DROPPED[*operand] } else { OTHERS[*operand] };
            if *is_dropped {
                expected.push(sql.len()..sql.len() + operand.len());
            }
            sql.push_str(operand);
        }
        sql.push_str(clause.1);
        let found = parts(&sql, &BTreeSet::from([1, 2])).map(|found| {
            found.conditions.into_iter().map(|conjunct| conjunct.range).collect::<Vec<_>>()
        });
        proptest::prop_assert_eq!(found, Ok(expected), "{}", sql);
    }
}
