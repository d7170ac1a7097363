use super::*;
use crate::syntax::clause::foreign_to_order;

/// The statement with the order `x` in brackets; or the verb of one that cannot be ordered.
fn marked(sql: &str) -> String {
    match order_place(sql) {
        Ok(OrderPlace::Written(range)) => {
            format!(
                "{}[{}]{}",
                &sql[..range.start],
                &sql[range.clone()],
                &sql[range.end..]
            )
        }
        Ok(OrderPlace::Missing(at)) => format!("{}[]{}", &sql[..at], &sql[at..]),
        Err(verb) => verb.as_str().to_owned(),
    }
}

#[test]
fn finds_the_order_at_the_top() {
    for (sql, expected) in [
        ("SELECT 1 FROM t", "SELECT 1 FROM t[]"),
        (
            "SELECT 1 FROM t ORDER BY a, b DESC",
            "SELECT 1 FROM t ORDER BY [a, b DESC]",
        ),
        (
            "select 1 order  by f(a, b)\nlimit 2",
            "select 1 order  by [f(a, b)]\nlimit 2",
        ),
        (
            "SELECT 1 FROM t -- x\nLIMIT 1",
            "SELECT 1 FROM t[] -- x\nLIMIT 1",
        ),
        (
            "SELECT 1 FROM t ORDER BY a /* x */ OFFSET 1",
            "SELECT 1 FROM t ORDER BY [a] /* x */ OFFSET 1",
        ),
        (
            "SELECT 1 FROM t FETCH FIRST ROW ONLY",
            "SELECT 1 FROM t[] FETCH FIRST ROW ONLY",
        ),
        (
            "SELECT 1 FROM t ORDER BY a FOR UPDATE OF t",
            "SELECT 1 FROM t ORDER BY [a] FOR UPDATE OF t",
        ),
        (
            "SELECT 1 FROM t ORDER BY a OFFSET 1 LIMIT 2",
            "SELECT 1 FROM t ORDER BY [a] OFFSET 1 LIMIT 2",
        ),
        (
            "SELECT array_agg(a ORDER BY a), rank() OVER (ORDER BY b) FROM t",
            "SELECT array_agg(a ORDER BY a), rank() OVER (ORDER BY b) FROM t[]",
        ),
        (
            "SELECT 1 FROM t WINDOW w AS (PARTITION BY a ORDER BY b) LIMIT 1",
            "SELECT 1 FROM t WINDOW w AS (PARTITION BY a ORDER BY b)[] LIMIT 1",
        ),
        (
            "WITH x AS (SELECT 1 ORDER BY 1 LIMIT 1) SELECT * FROM x WHERE a IN (SELECT 1 ORDER BY 1)",
            "WITH x AS (SELECT 1 ORDER BY 1 LIMIT 1) SELECT * FROM x WHERE a IN (SELECT 1 ORDER BY 1)[]",
        ),
        (
            "SELECT 1 UNION (SELECT 2 ORDER BY 1) ORDER BY 1",
            "SELECT 1 UNION (SELECT 2 ORDER BY 1) ORDER BY [1]",
        ),
        (
            "(SELECT 1 ORDER BY 1 LIMIT 1) UNION SELECT 2",
            "(SELECT 1 ORDER BY 1 LIMIT 1) UNION SELECT 2[]",
        ),
        (
            "SELECT t.order, t.limit, 1 AS order FROM t",
            "SELECT t.order, t.limit, 1 AS order FROM t[]",
        ),
        (
            "SELECT 'ORDER BY', \"order\" FROM t -- ORDER BY a",
            "SELECT 'ORDER BY', \"order\" FROM t[] -- ORDER BY a",
        ),
        (
            "SELECT substring(a FOR 2) FROM t",
            "SELECT substring(a FOR 2) FROM t[]",
        ),
        ("VALUES (1), (2)", "VALUES (1), (2)[]"),
        ("TABLE t", "TABLE t[]"),
        ("INSERT INTO t SELECT 1 ORDER BY 1", "INSERT"),
        (
            "WITH values AS (SELECT 1) DELETE FROM t RETURNING *",
            "DELETE",
        ),
        ("UPDATE t SET a = (SELECT 1 ORDER BY 1)", "UPDATE"),
        ("", "[]"),
        ("ORDER BY", "ORDER BY[]"),
    ] {
        assert_eq!(marked(sql), expected, "{sql}");
    }
}

#[test]
fn tells_what_is_no_part_of_an_order() {
    for (list, expected) in [
        ("a DESC NULLS LAST, b COLLATE \"C\", c USING <", None),
        (
            "CASE WHEN a IS DISTINCT FROM b THEN 1 END, (SELECT x FROM t ORDER BY y LIMIT 1), t.limit",
            None,
        ),
        ("a LIMIT 1", Some("LIMIT")),
        ("a; DROP TABLE t", Some(";")),
        ("a) OR (b", Some(")")),
        ("(a", Some("(")),
        ("a[1)", Some(")")),
        ("a FOR UPDATE", Some("FOR")),
        ("a UNION SELECT 1", Some("UNION")),
    ] {
        let found = foreign_to_order(list).map(|range| &list[range]);
        assert_eq!(found, expected, "{list}");
    }
}
