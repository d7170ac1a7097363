//! The parts of an `INSERT`, by its tokens: what is rewritten for many rows, and where to point at.
//!
//! Whether the statement is right, Postgres has said before. A form that is not read here is one that nobody rewrites.

use std::ops::Range;

use crate::ir::Bulk;
use crate::syntax::lexer::{Token, TokenKind, lex};

/// An `INSERT`, as byte ranges of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Insert {
    /// The word `WITH` before it.
    pub(crate) with: Option<Range<usize>>,
    /// The table's name as written, with its schema.
    pub(crate) table: Range<usize>,
    /// The names of the columns.
    pub(crate) columns: Option<List>,
    /// `OVERRIDING … VALUE`: the word before `VALUE`.
    pub(crate) overriding: Option<Range<usize>>,
    pub(crate) source: Source,
    /// The words `ON CONFLICT`.
    pub(crate) conflict: Option<Range<usize>>,
    /// The word `RETURNING`.
    pub(crate) returning: Option<Range<usize>>,
}

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `VALUES (…), (…)`.
    Values {
        keyword: Range<usize>,
        rows: Vec<List>,
    },
    /// Something else, at its first word.
    Other(Range<usize>),
}

/// `(a, b)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// With its parentheses.
    pub(crate) range: Range<usize>,
    /// What stands between the commas, without white space and comments around it.
    pub(crate) items: Vec<Range<usize>>,
}

impl Insert {
    /// Reads a statement; `None` if it is no `INSERT`.
    pub(crate) fn read(sql: &str) -> Option<Self> {
        let tokens = lex(sql);
        let tokens = tokens.into_iter().filter(|token| !token.is_trivia());
        let mut reader = Reader {
            sql,
            tokens: tokens.collect(),
            at: 0,
        };
        reader.insert()
    }
}

impl Insert {
    /// The `COPY` into these columns of the table, each with the parameter that it takes, from 0.
    pub(crate) fn copy(&self, sql: &str, columns: Vec<(String, usize)>) -> Bulk {
        let (names, parameters): (Vec<String>, Vec<usize>) = columns.into_iter().unzip();
        let table = significant(&sql[self.table.clone()]);
        let names = names.join(", ");
        let placeholders: Vec<String> = (1..=parameters.len()).map(|n| format!("${n}")).collect();
        let overriding = match &self.overriding {
            Some(_) => " OVERRIDING SYSTEM VALUE",
            None => "",
        };
        Bulk::Copy {
            sql: format!("COPY {table} ({names}) FROM STDIN (FORMAT binary)"),
            insert: format!(
                "INSERT INTO {table} ({names}){overriding} VALUES ({})",
                placeholders.join(", ")
            ),
            parameters,
        }
    }

    /// The `COPY` for `INSERT INTO t (a, b) VALUES ($1, $2)`; `None` for any other form.
    #[cfg(feature = "cli")]
    pub(crate) fn plain_copy(&self, sql: &str) -> Option<Bulk> {
        let Source::Values { rows, .. } = &self.source else {
            return None;
        };
        let ([row], names) = (rows.as_slice(), &self.columns.as_ref()?.items) else {
            return None;
        };
        let columns = names.iter().zip(&row.items).map(|(name, item)| {
            let number: usize = sql[item.clone()].strip_prefix('$')?.parse().ok()?;
            Some((sql[name.clone()].to_owned(), number.checked_sub(1)?))
        });
        Some(self.copy(sql, columns.collect::<Option<_>>()?))
    }
}

/// A text without comments and white space.
fn significant(text: &str) -> String {
    let tokens = lex(text);
    let kept = tokens.iter().filter(|token| !token.is_trivia());
    kept.map(|token| token.text(text)).collect()
}

struct Reader<'a> {
    sql: &'a str,
    /// Without white space and comments.
    tokens: Vec<Token>,
    at: usize,
}

impl Reader<'_> {
    fn insert(&mut self) -> Option<Insert> {
        let with = self.word("with");
        if with.is_some() {
            while !self.is_word("insert") {
                self.skip()?;
            }
        }
        self.word("insert")?;
        self.word("into")?;
        let table = self.name()?;
        if self.word("as").is_some() {
            self.at += 1;
        }
        let start = self.at;
        let mut columns = self.list();
        let overriding = self.word("overriding").and_then(|_| {
            let which = self.peek()?.range.clone();
            self.at += 2;
            Some(which)
        });
        let keyword = self.word("values");
        let begins_source = || {
            let words = ["select", "with", "table", "default"];
            words.iter().any(|word| self.is_word(word)) || self.is("(")
        };
        if columns.is_some() && keyword.is_none() && !begins_source() {
            // `INSERT INTO t (SELECT …)`
            columns = None;
            self.at = start;
        }
        let first = self.peek()?.range.clone();
        let mut source = match keyword {
            Some(keyword) if self.is("(") => Source::Values {
                keyword,
                rows: self.rows()?,
            },
            _ => Source::Other(first),
        };
        let (mut conflict, mut returning) = (None, None);
        while let Some(token) = self.peek() {
            let range = token.range.clone();
            if let (Source::Values { .. }, None, None) = (&source, &conflict, &returning)
                && !self.is_word("on")
                && !self.is_word("returning")
            {
                // `VALUES (…) ORDER BY …`
                source = Source::Other(range);
            } else if self.is_word("returning") {
                returning = returning.or(Some(range));
            } else if self.is_word("on") && self.next_is_word("conflict") {
                let end = self.tokens[self.at + 1].range.end;
                conflict = conflict.or(Some(range.start..end));
            }
            self.skip()?;
        }
        Some(Insert {
            with,
            table,
            columns,
            overriding,
            source,
            conflict,
            returning,
        })
    }

    /// `a`, `a.b` or `a.b.c`.
    fn name(&mut self) -> Option<Range<usize>> {
        let start = self.name_part()?.start;
        let mut end = self.tokens[self.at - 1].range.end;
        while self.is(".") {
            self.at += 1;
            end = self.name_part()?.end;
        }
        Some(start..end)
    }

    fn name_part(&mut self) -> Option<Range<usize>> {
        let token = self.peek()?;
        let is_name = matches!(
            token.kind,
            TokenKind::Identifier | TokenKind::QuotedIdentifier
        );
        let range = token.range.clone();
        self.at += usize::from(is_name);
        is_name.then_some(range)
    }

    /// The lists after `VALUES`.
    fn rows(&mut self) -> Option<Vec<List>> {
        let mut rows = vec![self.list()?];
        while self.is(",") {
            self.at += 1;
            rows.push(self.list()?);
        }
        Some(rows)
    }

    fn list(&mut self) -> Option<List> {
        if !self.is("(") {
            return None;
        }
        let before = self.at;
        let start = self.peek()?.range.start;
        self.at += 1;
        let mut items = Vec::new();
        let mut first = self.at;
        loop {
            let closes = self.is(")");
            if (closes || self.is(",")) && first < self.at {
                items.push(self.tokens[first].range.start..self.tokens[self.at - 1].range.end);
            }
            if closes {
                let end = self.tokens[self.at].range.end;
                self.at += 1;
                let range = start..end;
                return Some(List { range, items });
            }
            if self.is(",") {
                self.at += 1;
                first = self.at;
            } else if self.skip().is_none() {
                self.at = before;
                return None;
            }
        }
    }

    /// Moves past a token, or past all up to its closing bracket; `None` at the end.
    fn skip(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            if self.is("(") || self.is("[") {
                open += 1;
            } else if self.is(")") || self.is("]") {
                open = open.saturating_sub(1);
            }
            self.peek()?;
            self.at += 1;
            if open == 0 {
                return Some(());
            }
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, punctuation: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.is(punctuation, self.sql))
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.is_word(word, self.sql))
    }

    fn next_is_word(&self, word: &str) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|token| token.is_word(word, self.sql))
    }

    /// Takes the word, if it comes next.
    fn word(&mut self, word: &str) -> Option<Range<usize>> {
        let range = self
            .is_word(word)
            .then(|| self.tokens[self.at].range.clone());
        self.at += usize::from(range.is_some());
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a statement as `name=text`, in order.
    fn parts(sql: &str) -> String {
        let Some(insert) = Insert::read(sql) else {
            return "-".to_owned();
        };
        let text = |range: &Range<usize>| sql[range.clone()].to_owned();
        let list = |list: &List| {
            let items: Vec<String> = list.items.iter().map(&text).collect();
            format!("[{}]", items.join("|"))
        };
        let mut parts = vec![text(&insert.table)];
        parts.extend(insert.columns.as_ref().map(&list));
        parts.extend(insert.overriding.as_ref().map(&text));
        match &insert.source {
            Source::Values { keyword, rows } => {
                parts.push(text(keyword));
                parts.extend(rows.iter().map(&list));
            }
            Source::Other(first) => parts.push(format!("other:{}", text(first))),
        }
        parts.extend(insert.with.as_ref().map(&text));
        parts.extend(insert.conflict.as_ref().map(&text));
        parts.extend(insert.returning.as_ref().map(text));
        parts.join(" ")
    }

    #[test]
    fn reads_the_parts() {
        for (sql, expected) in [
            ("SELECT 1", "-"),
            ("", "-"),
            ("WITH a AS (INSERT INTO t VALUES (1)) SELECT 1", "-"),
            (
                "INSERT INTO t VALUES ($1, f($2, ']'), a[1, 2])",
                "t VALUES [$1|f($2, ']')|a[1, 2]]",
            ),
            (
                "insert /* x */ into s . \"T\" as x (a , b) values ( $1 , default ) returning id",
                "s . \"T\" [a|b] values [$1|default] returning",
            ),
            (
                "INSERT INTO values (values) OVERRIDING SYSTEM VALUE VALUES ($1), ($2)",
                "values [values] SYSTEM VALUES [$1] [$2]",
            ),
            (
                "WITH insert_ AS (SELECT ')' AS x) INSERT INTO t(a) VALUES ((SELECT x FROM insert_)) ON CONFLICT (a) DO UPDATE SET b = $1 RETURNING *",
                "t [a] VALUES [(SELECT x FROM insert_)] WITH ON CONFLICT RETURNING",
            ),
            ("INSERT INTO t (a) SELECT 1", "t [a] other:SELECT"),
            ("INSERT INTO t (SELECT 1, 2)", "t other:("),
            ("INSERT INTO t (a) (VALUES (1))", "t [a] other:("),
            ("INSERT INTO t DEFAULT VALUES", "t other:DEFAULT"),
            ("INSERT INTO t TABLE u", "t other:TABLE"),
            ("INSERT INTO t VALUES (1), (2) ORDER BY 1", "t other:ORDER"),
            ("INSERT INTO t VALUES (1", "-"),
        ] {
            assert_eq!(parts(sql), expected, "{sql}");
        }
    }
}
