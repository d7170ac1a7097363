//! Queries that give their rows in pages: what they sort by, and the texts that give the rows after a cursor.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How a query gives its rows in pages: `-- @page` and `-- @total`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// The bytes of its rows in the query's text: from after a `WITH` to before its `ORDER BY`.
    pub rows: Range<usize>,
    /// Where in that text its list of columns ends.
    pub columns: usize,
    /// The order as it is written, and then those of `@sort`.
    pub orders: Vec<PageOrder>,
    /// Whether all rows are counted, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// How far rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The number after which counting stops; `None` counts all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u32>,
}

/// An order in which a query has pages. Its keys make each row unique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOrder {
    /// What is added to the list of columns, to sort by: `, lower(name) AS page_key_1`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub added: String,
    /// What it sorts by.
    pub keys: Vec<PageKey>,
}

/// A column that pages are sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageKey {
    /// Its place among the columns of the text, with those that are added.
    pub column: usize,
    /// Its name as SQL has it, in quotes where it needs them.
    pub name: String,
    /// The name of its type, as the server knows it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it may be NULL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// Whether the greatest comes first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// Whether NULL comes before all else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_first: bool,
}

/// The text around the rows of a query, before them and after them.
impl Paging {
    /// What precedes the rows of a page.
    pub const OPENING: &'static str = "SELECT * FROM (\n";
    /// What precedes the rows that are counted.
    pub const COUNTING: &'static str = "SELECT count(*) FROM (\n";

    /// What follows the rows that are counted.
    pub fn counted(total: Total) -> String {
        let limit = total
            .up_to
            .map(|rows| format!("\nLIMIT {}", u64::from(rows) + 1));
        format!("{}\n) AS counted", limit.unwrap_or_default())
    }
}

impl PageOrder {
    /// What follows `ORDER BY`.
    pub fn order_by(&self, is_backwards: bool) -> String {
        let keys = self.keys.iter().map(|key| {
            let descending = key.descending != is_backwards;
            let nulls_first = key.nulls_first != is_backwards;
            let direction = if descending { " DESC" } else { "" };
            let nulls = match (nulls_first, descending) {
                (true, false) => " NULLS FIRST",
                (false, true) => " NULLS LAST",
                _ => "",
            };
            format!("{}{direction}{nulls}", key.name)
        });
        keys.collect::<Vec<_>>().join(", ")
    }

    /// In how many ways the values of a cursor may be NULL.
    pub fn ways(&self) -> usize {
        let nullable = self.keys.iter().filter(|key| key.nullable);
        1 << nullable.count()
    }

    /// The condition of the rows after a cursor. Of `way`, each bit says that the value of a key that may be NULL is NULL;
    /// the values of the others are parameters from `$first` on.
    pub fn after(&self, is_backwards: bool, way: usize, first: usize) -> String {
        let (mut bit, mut parameter) = (1, first);
        let keys = self.keys.iter().map(|key| {
            let is_null = key.nullable && way & bit != 0;
            if key.nullable {
                bit <<= 1;
            }
            let value = (!is_null).then(|| {
                parameter += 1;
                format!("${}", parameter - 1)
            });
            Compared {
                key,
                value,
                descending: key.descending != is_backwards,
                nulls_first: key.nulls_first != is_backwards,
            }
        });
        let keys: Vec<Compared<'_>> = keys.collect();
        after(&keys).text
    }
}

/// A condition, and the word between its parts, if it has several.
struct Condition {
    text: String,
    joined_by: Option<&'static str>,
}

impl Condition {
    fn plain(text: String) -> Self {
        let joined_by = None;
        Self { text, joined_by }
    }

    fn joined(parts: [Self; 2], word: &'static str) -> Self {
        let parts = parts.map(|part| match part.joined_by {
            Some(other) if other != word => format!("({})", part.text),
            _ => part.text,
        });
        Self {
            text: parts.join(&format!(" {word} ")),
            joined_by: Some(word),
        }
    }
}

/// A key beside the value of a cursor; `None` is NULL.
struct Compared<'k> {
    key: &'k PageKey,
    value: Option<String>,
    descending: bool,
    nulls_first: bool,
}

impl Compared<'_> {
    /// Whether NULL comes after the value, though no comparison says so.
    fn nulls_follow(&self) -> bool {
        self.key.nullable && !self.nulls_first
    }

    /// The comparison with a value.
    fn compare(&self, value: &str, [ascending, descending]: [&str; 2]) -> Condition {
        let name = &self.key.name;
        let operator = if self.descending {
            descending
        } else {
            ascending
        };
        let compared = Condition::plain(format!("{name} {operator} {value}"));
        if self.nulls_follow() {
            let or_null = Condition::plain(format!("{name} IS NULL"));
            Condition::joined([compared, or_null], "OR")
        } else {
            compared
        }
    }

    /// It comes after the value.
    fn after(&self) -> Condition {
        match (&self.value, self.nulls_first) {
            (Some(value), _) => self.compare(value, [">", "<"]),
            (None, true) => Condition::plain(format!("{} IS NOT NULL", self.key.name)),
            (None, false) => Condition::plain("false".to_owned()),
        }
    }

    /// It comes after the value; or it is equal, and `rest` holds. An index finds where that begins: the first part says so by
    /// itself.
    fn after_or(&self, rest: Condition) -> Condition {
        let name = &self.key.name;
        match (&self.value, self.nulls_first) {
            (Some(value), _) => {
                let not_before = self.compare(value, [">=", "<="]);
                let differs = if self.nulls_follow() {
                    format!("{name} IS DISTINCT FROM {value}")
                } else {
                    format!("{name} <> {value}")
                };
                let rest = Condition::joined([Condition::plain(differs), rest], "OR");
                Condition::joined([not_before, rest], "AND")
            }
            (None, true) => {
                let differs = Condition::plain(format!("{name} IS NOT NULL"));
                Condition::joined([differs, rest], "OR")
            }
            (None, false) => {
                let equal = Condition::plain(format!("{name} IS NULL"));
                Condition::joined([equal, rest], "AND")
            }
        }
    }

    /// Whether a comparison of rows means the same for it.
    fn is_plain(&self) -> bool {
        self.value.is_some() && !self.key.nullable
    }
}

/// The condition of what comes after the values of all keys.
fn after(keys: &[Compared<'_>]) -> Condition {
    let Some((first, rest)) = keys.split_first() else {
        return Condition::plain("false".to_owned());
    };
    if rest.is_empty() {
        return first.after();
    }
    let is_of_row = |key: &Compared<'_>| key.is_plain() && key.descending == first.descending;
    if keys.iter().all(is_of_row) {
        let names: Vec<&str> = keys.iter().map(|key| key.key.name.as_str()).collect();
        let values: Vec<&str> = keys.iter().filter_map(|key| key.value.as_deref()).collect();
        let operator = if first.descending { "<" } else { ">" };
        let (names, values) = (names.join(", "), values.join(", "));
        return Condition::plain(format!("({names}) {operator} ({values})"));
    }
    first.after_or(after(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order of such keys: `a`, `b?` may be NULL, `-c` descends, `^d?` has NULL first.
    fn order(keys: &str) -> PageOrder {
        let keys = keys.split(' ').map(|written| {
            let descending = written.contains('-');
            PageKey {
                column: 0,
                name: written.trim_matches(['-', '?', '^']).to_owned(),
                ty: "int4".to_owned(),
                nullable: written.contains('?'),
                descending,
                nulls_first: written.contains('^') != descending,
            }
        });
        PageOrder {
            added: String::new(),
            keys: keys.collect(),
        }
    }

    #[test]
    fn conditions_of_what_follows() {
        let mut lines = Vec::new();
        for keys in [
            "a", "a b", "-a -b -c", "-a b", "a -b -c", "a? b", "-a? b", "^a? -b?",
        ] {
            let order = order(keys);
            for is_backwards in [false, true] {
                let order_by = order.order_by(is_backwards);
                lines.push(format!("{keys}: {order_by}"));
                for way in 0..order.ways() {
                    lines.push(format!("  {}", order.after(is_backwards, way, 1)));
                }
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        a: a
          a > $1
        a: a DESC
          a < $1
        a b: a, b
          (a, b) > ($1, $2)
        a b: a DESC, b DESC
          (a, b) < ($1, $2)
        -a -b -c: a DESC, b DESC, c DESC
          (a, b, c) < ($1, $2, $3)
        -a -b -c: a, b, c
          (a, b, c) > ($1, $2, $3)
        -a b: a DESC, b
          a <= $1 AND (a <> $1 OR b > $2)
        -a b: a, b DESC
          a >= $1 AND (a <> $1 OR b < $2)
        a -b -c: a, b DESC, c DESC
          a >= $1 AND (a <> $1 OR (b, c) < ($2, $3))
        a -b -c: a DESC, b, c
          a <= $1 AND (a <> $1 OR (b, c) > ($2, $3))
        a? b: a, b
          (a >= $1 OR a IS NULL) AND (a IS DISTINCT FROM $1 OR b > $2)
          a IS NULL AND b > $1
        a? b: a DESC, b DESC
          a <= $1 AND (a <> $1 OR b < $2)
          a IS NOT NULL OR b < $1
        -a? b: a DESC, b
          a <= $1 AND (a <> $1 OR b > $2)
          a IS NOT NULL OR b > $1
        -a? b: a, b DESC
          (a >= $1 OR a IS NULL) AND (a IS DISTINCT FROM $1 OR b < $2)
          a IS NULL AND b < $1
        ^a? -b?: a NULLS FIRST, b DESC
          a >= $1 AND (a <> $1 OR b < $2)
          a IS NOT NULL OR b < $1
          a >= $1 AND (a <> $1 OR b IS NOT NULL)
          a IS NOT NULL OR b IS NOT NULL
        ^a? -b?: a DESC NULLS LAST, b
          (a <= $1 OR a IS NULL) AND (a IS DISTINCT FROM $1 OR b > $2 OR b IS NULL)
          a IS NULL AND (b > $1 OR b IS NULL)
          (a <= $1 OR a IS NULL) AND (a IS DISTINCT FROM $1 OR false)
          a IS NULL AND false
        ");
    }
}
