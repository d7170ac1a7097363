//! What a statement writes, for `-- @optional`: the assignments of its `SET`, and the items of its `VALUES`. Only those of
//! the statement itself are found, not those of a `WITH`.

use std::ops::Range;

use crate::syntax::clause::{Clauses, Verb};

/// What a statement writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    /// The assignments of an `UPDATE`, or of `ON CONFLICT … DO UPDATE`, by their bytes.
    pub(crate) assignments: Vec<Range<usize>>,
    /// The items of all rows of an `INSERT`'s `VALUES`.
    pub(crate) values: Vec<Range<usize>>,
    /// How an `UPDATE` becomes a `SELECT` of the rows that it finds.
    pub(crate) reading: Option<Reading>,
}

/// The parts of an `UPDATE` that differ in a `SELECT` of the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// From `UPDATE` to `SET`.
    pub(crate) head: Range<usize>,
    /// What stands between these words.
    pub(crate) target: Range<usize>,
    /// From `RETURNING` to the end of its list.
    pub(crate) returning: Option<Range<usize>>,
    /// Its list.
    pub(crate) list: Option<Range<usize>>,
}

/// Finds what a statement writes.
pub(super) fn writes(clauses: &Clauses<'_>) -> Writes {
    let mut reader = Reader {
        clauses,
        verb: None,
        start: 0,
        set: None,
        returning: None,
        has_from: false,
        writes: Writes::default(),
    };
    reader.read();
    reader.finish()
}

struct Reader<'c, 'a> {
    clauses: &'c Clauses<'a>,
    verb: Option<Verb>,
    /// The token of the verb.
    start: usize,
    /// The token of the `SET` of an `UPDATE`.
    set: Option<usize>,
    returning: Option<usize>,
    has_from: bool,
    writes: Writes,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let mut index = 0;
        while index < self.clauses.len() {
            if self.clauses.opens(index) {
                index = self.after_group(index);
                continue;
            }
            if self.verb.is_none() {
                self.verb = self.clauses.verb(index, index == 0);
                self.start = index;
                index += 1;
                continue;
            }
            let is = |word: &str| self.clauses.is_keyword(index, word);
            let follows = |words: &[&str]| self.clauses.follows(index, words);
            match self.verb {
                // `UPDATE set SET …`: a table may be called so.
                Some(Verb::Update)
                    if is("set")
                        && self.set.is_none()
                        && !follows(&["only"])
                        && index > self.start + 1 =>
                {
                    self.set = Some(index);
                    index = self.assignments(index + 1);
                    continue;
                }
                Some(Verb::Update) if is("from") && !follows(&["distinct"]) => {
                    self.has_from = true;
                }
                Some(Verb::Insert)
                    if is("set")
                        && follows(&["update"])
                        && self.clauses.follows(index - 1, &["do"]) =>
                {
                    index = self.assignments(index + 1);
                    continue;
                }
                Some(Verb::Insert) if is("values") && !follows(&["into"]) => {
                    index = self.rows(index + 1);
                    continue;
                }
                _ => {}
            }
            if is("returning") {
                self.returning.get_or_insert(index);
            }
            index += 1;
        }
    }

    /// The token after a group in parentheses or brackets.
    fn after_group(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for index in open..self.clauses.len() {
            depth += usize::from(self.clauses.opens(index));
            if self.clauses.closes(index) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
        }
        self.clauses.len()
    }

    /// Reads a list up to a word that ends it, or to its parenthesis; gives the token there.
    fn items(
        &self,
        first: usize,
        ends: impl Fn(&Self, usize) -> bool,
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        let (mut start, mut index) = (first, first);
        while index < self.clauses.len() && !ends(self, index) {
            if self.clauses.opens(index) {
                index = self.after_group(index);
            } else {
                if self.clauses.is(index, ",") {
                    found.extend(self.clauses.ranges(start..index));
                    start = index + 1;
                }
                index += 1;
            }
        }
        found.extend(self.clauses.ranges(start..index));
        index
    }

    fn assignments(&mut self, first: usize) -> usize {
        let mut found = Vec::new();
        let ends = |this: &Self, index: usize| {
            let clauses = this.clauses;
            let is = |word: &str| clauses.is_keyword(index, word);
            is("where")
                || is("returning")
                || is("from") && !clauses.follows(index, &["distinct"])
                || clauses.is(index, ";")
        };
        let end = self.items(first, ends, &mut found);
        self.writes.assignments = found;
        end
    }

    fn rows(&mut self, first: usize) -> usize {
        let mut index = first;
        let mut found = Vec::new();
        while self.clauses.is(index, "(") {
            let end = self.items(index + 1, |this, at| this.clauses.closes(at), &mut found);
            index = end + 1;
            if !self.clauses.is(index, ",") {
                break;
            }
            index += 1;
        }
        self.writes.values = found;
        index
    }

    fn finish(mut self) -> Writes {
        if let (Some(set), 0, false) = (self.set, self.start, self.has_from) {
            self.writes.reading = self.reading(set);
        }
        self.writes
    }

    fn reading(&self, set: usize) -> Option<Reading> {
        let end = self.clauses.len();
        let list = self.returning.map(|returning| returning + 1..end);
        let returning = self.returning.map(|returning| returning..end);
        let ranges = |tokens: Option<Range<usize>>| self.clauses.ranges(tokens?);
        Some(Reading {
            head: self.clauses.ranges(0..set + 1)?,
            target: self.clauses.ranges(1..set)?,
            returning: ranges(returning),
            list: ranges(list),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statement with what it writes in brackets, and the `SELECT` that it becomes.
    fn marked(sql: &str) -> (String, Option<String>) {
        let found = writes(&Clauses::new(sql));
        let mut marked = String::new();
        let mut copied = 0;
        let mut all = [found.assignments, found.values].concat();
        all.sort_by_key(|range| range.start);
        for range in all {
            marked.extend([&sql[copied..range.start], "[", &sql[range.clone()], "]"]);
            copied = range.end;
        }
        let reading = found.reading.map(|reading| {
            let list = reading.list.map_or("", |list| &sql[list]);
            format!("SELECT {list} FROM {}", &sql[reading.target])
        });
        (marked + &sql[copied..], reading)
    }

    #[test]
    fn finds_what_is_written() {
        for (sql, expected) in [
            (
                "UPDATE t SET a = $1, b = f(1, $2) WHERE c = $3",
                "UPDATE t SET [a = $1], [b = f(1, $2)] WHERE c = $3",
            ),
            (
                "UPDATE ONLY s.t AS set SET (a, b) = ($1, $2), c[1] = $3 FROM u",
                "UPDATE ONLY s.t AS set SET [(a, b) = ($1, $2)], [c[1] = $3] FROM u",
            ),
            (
                "UPDATE set SET a = b IS DISTINCT FROM $1, c = CASE WHEN d THEN 1 END RETURNING *",
                "UPDATE set SET [a = b IS DISTINCT FROM $1], [c = CASE WHEN d THEN 1 END] RETURNING *",
            ),
            (
                "UPDATE t SET a = (SELECT x FROM u WHERE y), /* b, */ \"where\" = $1 -- c,\n",
                "UPDATE t SET [a = (SELECT x FROM u WHERE y)], /* b, */ [\"where\" = $1] -- c,\n",
            ),
            (
                "WITH set AS (UPDATE u SET x = 1 RETURNING y) UPDATE t SET a = $1",
                "WITH set AS (UPDATE u SET x = 1 RETURNING y) UPDATE t SET [a = $1]",
            ),
            (
                "INSERT INTO t (a, values) VALUES ($1, f($2, 3)), (DEFAULT, 4) RETURNING a",
                "INSERT INTO t (a, values) VALUES ([$1], [f($2, 3)]), ([DEFAULT], [4]) RETURNING a",
            ),
            (
                "INSERT INTO values VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $1, c = excluded.c WHERE d",
                "INSERT INTO values VALUES ([$1]) ON CONFLICT (a) DO UPDATE SET [b = $1], [c = excluded.c] WHERE d",
            ),
            ("INSERT INTO t SELECT $1", "INSERT INTO t SELECT $1"),
            (
                "SELECT 1 FROM (VALUES ($1)) v",
                "SELECT 1 FROM (VALUES ($1)) v",
            ),
            ("DELETE FROM t WHERE a = $1", "DELETE FROM t WHERE a = $1"),
            ("UPDATE t SET", "UPDATE t SET"),
        ] {
            assert_eq!(marked(sql).0, expected);
        }
    }

    #[test]
    fn an_update_becomes_a_select_of_the_rows_it_finds() {
        for (sql, expected) in [
            ("UPDATE t SET a = $1", Some("SELECT  FROM t")),
            (
                "UPDATE ONLY t * AS x -- a\nSET a = $1 WHERE b RETURNING x.a, b AS c -- d",
                Some("SELECT x.a, b AS c FROM ONLY t * AS x"),
            ),
            ("UPDATE t SET a = $1 FROM u WHERE t.b = u.b", None),
            ("WITH x AS (SELECT 1) UPDATE t SET a = $1", None),
            (
                "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1",
                None,
            ),
        ] {
            assert_eq!(marked(sql).1.as_deref(), expected, "{sql}");
        }
    }
}
