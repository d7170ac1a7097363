//! Where a statement begins after the `WITH` in front of it.

use super::clause::{Clauses, Verb};

/// Where the statement itself begins, in bytes, if the `WITH` before it changes data; 0 otherwise. Postgres lets such a
/// `WITH` stand at the top only, so that the whole cannot be put into another statement.
pub(crate) fn after_changes(sql: &str) -> usize {
    main_statement(&Clauses::new(sql)).unwrap_or(0)
}

fn main_statement(clauses: &Clauses<'_>) -> Option<usize> {
    if !clauses.is_word(0, "with") {
        return None;
    }
    let (mut depth, mut changes) = (0_usize, false);
    for at in 1..clauses.len() {
        let follows_closing = clauses.closes(at - 1);
        let is_main = clauses.verb(at, false).is_some() || clauses.is(at, "(") && follows_closing;
        if depth == 0 && is_main && !clauses.follows(at, &["as", "materialized"]) {
            return changes.then(|| clauses.range(at).start);
        }
        // One that changes data begins with its verb, or with a `WITH` that changes nothing itself.
        changes |= matches!(
            clauses.verb(at, false),
            Some(Verb::Insert | Verb::Update | Verb::Delete | Verb::Merge)
        ) && depth > 0;
        if clauses.opens(at) {
            depth += 1;
        } else if clauses.closes(at) {
            depth = depth.checked_sub(1)?;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_statement_after_changes() {
        for (sql, expected) in [
            ("SELECT 1", ""),
            ("WITH a AS (SELECT 1) SELECT * FROM a", ""),
            (
                "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
                "SELECT * FROM a",
            ),
            (
                "with recursive a(select, \"b)\") as not materialized (\n ( update t set x = ')' returning 1)), b as (select 1)\nINSERT INTO t SELECT 1",
                "INSERT INTO t SELECT 1",
            ),
            (
                "WITH a AS (SELECT 1), b AS (INSERT INTO t VALUES (1) RETURNING 1) (SELECT 1) UNION SELECT 2",
                "(SELECT 1) UNION SELECT 2",
            ),
            (
                "WITH a AS (MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE) VALUES (1)",
                "VALUES (1)",
            ),
            ("WITH a AS (DELETE FROM t", ""),
        ] {
            let found = match after_changes(sql) {
                0 => "",
                start => &sql[start..],
            };
            assert_eq!(found, expected, "{sql}");
        }
    }
}
