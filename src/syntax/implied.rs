//! The places where a statement leaves it to the schema which columns it means: `*`, `TABLE t`, `NATURAL JOIN` and
//! `INSERT INTO t VALUES (…)`.
//!
//! Found by tokens, so a place found here may be something else, such as a product. Postgres' tree decides.

use std::ops::Range;

use crate::syntax::clause::Clauses;

/// The places of a statement, as byte ranges of its text, each list in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Implied {
    pub(crate) stars: Vec<StarPlace>,
    pub(crate) inserts: Vec<InsertPlace>,
    pub(crate) naturals: Vec<Natural>,
}

/// A `*` that may stand for columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StarPlace {
    /// `*`, `t.*` or `(c).*`.
    pub(crate) range: Range<usize>,
    /// The text before the dot.
    pub(crate) owner: Option<Range<usize>>,
    /// Postgres gives the columns a location in this range.
    pub(crate) located: Range<usize>,
}

/// An `INSERT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InsertPlace {
    /// Where the list of columns would stand, if there is none.
    pub(crate) list: Option<usize>,
}

/// `NATURAL JOIN t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Natural {
    /// The word `NATURAL` and the space behind it.
    pub(crate) word: Range<usize>,
    /// Where `USING (…)` would stand.
    pub(crate) end: usize,
}

/// Each word `TABLE` that means `SELECT * FROM`.
pub(crate) fn table_commands(sql: &str) -> Vec<Range<usize>> {
    if !contains(sql, "table") {
        return Vec::new();
    }
    let clauses = Clauses::new(sql);
    let commands = (0..clauses.len()).filter(|&index| clauses.is_table_command(index));
    commands.map(|index| clauses.range(index)).collect()
}

fn contains(sql: &str, word: &str) -> bool {
    let mut windows = sql.as_bytes().windows(word.len());
    windows.any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

impl Implied {
    /// Reads a statement.
    pub(crate) fn find(sql: &str) -> Self {
        let (insert, natural) = (contains(sql, "insert"), contains(sql, "natural"));
        if !(sql.contains('*') || insert || natural) {
            return Self::default();
        }
        let clauses = Clauses::new(sql);
        let indexes = || 0..clauses.len();
        Self {
            stars: indexes().filter_map(|index| clauses.star(index)).collect(),
            inserts: indexes()
                .filter(|_| insert)
                .filter_map(|index| clauses.insert(index))
                .collect(),
            naturals: indexes()
                .filter(|_| natural)
                .filter_map(|index| clauses.natural(index))
                .collect(),
        }
    }
}

impl Clauses<'_> {
    fn star(&self, index: usize) -> Option<StarPlace> {
        let star = self.is_star(index).then(|| self.range(index))?;
        let Some(dot) = index.checked_sub(1).filter(|&dot| self.is(dot, ".")) else {
            return Some(StarPlace {
                located: star.clone(),
                range: star,
                owner: None,
            });
        };
        let last = dot.checked_sub(1)?;
        let first = self.operand_start(last)?;
        let owner = self.range(first).start..self.range(last).end;
        // Postgres gives what stands in parentheses the location it has without them.
        let (mut start, mut end) = (first, last);
        while self.is(start, "(")
            && self.is(end, ")")
            && self.operand_start(end - 1) == Some(start + 1)
        {
            (start, end) = (start + 1, end - 1);
        }
        let is_name = (start..=end).all(|part| {
            if (part - start) % 2 == 0 {
                self.is_name_token(part) || self.parameter(part).is_some()
            } else {
                self.is(part, ".")
            }
        });
        let located = if is_name {
            let start = self.range(start).start;
            start..start + 1
        } else {
            owner.clone()
        };
        Some(StarPlace {
            range: owner.start..star.end,
            owner: Some(owner),
            located,
        })
    }

    /// The first token of the name, parameter or expression in brackets that ends at `last`.
    fn operand_start(&self, last: usize) -> Option<usize> {
        let mut first = last;
        loop {
            if self.closes(first) {
                let is_subscript = self.is(first, "]");
                let mut open = 0_usize;
                loop {
                    if self.closes(first) {
                        open += 1;
                    } else if self.opens(first) {
                        open -= 1;
                    }
                    if open == 0 {
                        break;
                    }
                    first = first.checked_sub(1)?;
                }
                if is_subscript {
                    first = first.checked_sub(1)?;
                    continue;
                }
            } else if !self.is_name_token(first) && self.parameter(first).is_none() {
                return None;
            }
            match first.checked_sub(1) {
                Some(dot) if self.is(dot, ".") => first = dot.checked_sub(1)?,
                _ => return Some(first),
            }
        }
    }

    /// Whether `TABLE` at `index` is a query.
    fn is_table_command(&self, index: usize) -> bool {
        if !self.is_keyword(index, "table") {
            return false;
        }
        let Some(before) = index.checked_sub(1) else {
            return true;
        };
        let set_operations = ["union", "intersect", "except", "all", "distinct"];
        self.is(before, "(")
            || self.is_one_of(before, &set_operations)
            || (self.is(before, ")") && self.is_word(0, "with"))
            || self.inserts_into(before)
    }

    /// Whether the table of an `INSERT` ends at `last`.
    fn inserts_into(&self, last: usize) -> bool {
        (0..last).any(|index| self.table_of_insert(index) == Some(last + 1))
    }

    /// The index after the table of the `INSERT` at `index`, and after its alias.
    fn table_of_insert(&self, index: usize) -> Option<usize> {
        let is_insert = self.is_keyword(index, "insert") && self.is_word(index + 1, "into");
        let mut next = is_insert.then_some(index + 2)?;
        while self.is(next + 1, ".") {
            next += 2;
        }
        next += 1;
        if self.is_word(next, "as") {
            next += 2;
        }
        Some(next)
    }

    fn insert(&self, index: usize) -> Option<InsertPlace> {
        // In MERGE: `THEN INSERT VALUES (…)`.
        let next = if self.is_keyword(index, "insert") && self.follows(index, &["then"]) {
            index + 1
        } else {
            self.table_of_insert(index)?
        };
        let begins_query = |index| {
            // A column may be called `values`.
            let is_name = self.is(index + 1, ",") || self.is(index + 1, ")");
            self.is_one_of(index, &["select", "values", "with", "table"]) && !is_name
        };
        let mut inner = next;
        while self.is(inner, "(") {
            inner += 1;
        }
        let is_implied = begins_query(inner) || self.is_word(next, "overriding");
        let list = is_implied.then(|| self.range(next - 1).end);
        Some(InsertPlace { list })
    }

    fn natural(&self, index: usize) -> Option<Natural> {
        let is_natural = self.is_keyword(index, "natural") && self.is_after_operand(index);
        let mut next = is_natural.then_some(index + 1)?;
        while self.is_one_of(next, &["inner", "left", "right", "full", "outer"]) {
            next += 1;
        }
        let start = self.is_word(next, "join").then_some(next + 1)?;
        let mut end = start;
        let mut open = 0_usize;
        while end < self.len() {
            if self.opens(end) {
                open += 1;
            } else if self.closes(end) && open > 0 {
                open -= 1;
            } else if open == 0
                && end > start
                && (self.closes(end)
                    || self.ends_condition(end)
                    || ["using", "set"]
                        .iter()
                        .any(|word| self.is_keyword(end, word)))
            {
                break;
            }
            end += 1;
        }
        Some(Natural {
            word: self.range(index).start..self.range(index + 1).start,
            end: self.range(end - 1).end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each place as text.
    fn found(sql: &str) -> Vec<String> {
        let implied = Implied::find(sql);
        let stars = implied.stars.iter().map(|star| {
            let located = &sql[star.located.clone()];
            format!("{} at {located}", &sql[star.range.clone()])
        });
        let tables = table_commands(sql).into_iter().map(|at| sql[at].to_owned());
        let inserts = implied.inserts.iter().filter_map(|insert| insert.list);
        let inserts = inserts.map(|at| format!("{}()", &sql[..at]));
        let naturals = implied.naturals.iter().map(|natural| {
            let joined = &sql[natural.word.end..natural.end];
            format!("{joined} USING")
        });
        stars.chain(tables).chain(inserts).chain(naturals).collect()
    }

    #[test]
    fn finds_the_places() {
        for (sql, expected) in [
            ("SELECT 1", &[][..]),
            ("SELECT * FROM t", &["* at *"]),
            ("SELECT a.t . * FROM t", &["a.t . * at a"]),
            (
                "SELECT (t).*, \"a b\".*",
                &["(t).* at t", "\"a b\".* at \""],
            ),
            (
                "SELECT (f(a)).*, x[1].*, $1.*",
                &["(f(a)).* at (f(a))", "x[1].* at x[1]", "$1.* at $"],
            ),
            ("SELECT ((a).b).*", &["((a).b).* at ((a).b)"]),
            ("SELECT (a).b.*", &["(a).b.* at (a).b"]),
            ("TABLE t", &["TABLE"]),
            ("SELECT 1 UNION ALL TABLE t", &["TABLE"]),
            ("CREATE TABLE t AS SELECT 1", &[]),
            ("INSERT INTO t TABLE u", &["TABLE", "INSERT INTO t()"]),
            (
                "INSERT INTO s.t AS x VALUES (1)",
                &["INSERT INTO s.t AS x()"],
            ),
            ("INSERT INTO t (a) VALUES (1)", &[]),
            ("INSERT INTO t DEFAULT VALUES", &[]),
            ("INSERT INTO t (values, a) VALUES (1, 2)", &[]),
            ("INSERT INTO t ((SELECT 1))", &["INSERT INTO t()"]),
            (
                "INSERT INTO t OVERRIDING USER VALUE VALUES (1)",
                &["INSERT INTO t()"],
            ),
            (
                "SELECT 1 FROM a NATURAL LEFT JOIN (SELECT 1 FROM b NATURAL JOIN c) AS x JOIN d ON true",
                &[
                    "LEFT JOIN (SELECT 1 FROM b NATURAL JOIN c) AS x USING",
                    "JOIN c USING",
                ],
            ),
            (
                "SELECT 1 FROM a NATURAL JOIN left_ WHERE true",
                &["JOIN left_ USING"],
            ),
        ] {
            assert_eq!(found(sql), expected, "{sql}");
        }
    }
}
