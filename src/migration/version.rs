//! The order of migrations: by the numbers in their names.

use std::cmp::Ordering;
use std::fmt;

use crate::diagnostic::{Code, Diagnostic};

/// A version of numbers, as `1.10`, of any length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<Number>);

/// Digits without leading zeros: the longer one is the greater, then the digits decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Number(usize, String);

impl Version {
    /// Reads numbers with anything between them. `1.0` is `1`.
    pub(super) fn parse(text: &str) -> Self {
        let numbers = text.split(|c: char| !c.is_ascii_digit());
        let mut numbers: Vec<Number> = numbers
            .map(|digits| {
                let digits = digits.trim_start_matches('0');
                Number(digits.len(), digits.to_owned())
            })
            .collect();
        while numbers.len() > 1 && numbers.last().is_some_and(|number| number.0 == 0) {
            numbers.pop();
        }
        Self(numbers)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Number(length, digits)) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            let digits = if *length == 0 { "0" } else { digits };
            write!(f, "{dot}{digits}")?;
        }
        Ok(())
    }
}

/// The report of two migrations that a tool cannot tell apart.
pub(super) fn same(one: &str, other: &str, version: &Version) -> Diagnostic {
    let message = format!("`{one}` and `{other}` have the same version {version}");
    Diagnostic::error(Code::SameVersion, message)
        .in_file(other)
        .help("give each migration a version of its own")
}

/// The report of a migration that is a program.
pub(super) fn code(name: &str) -> Diagnostic {
    let message = format!("`{name}` is not applied: it is a program, not SQL");
    Diagnostic::warning(Code::UnusedMigration, message)
        .in_file(name)
        .help("if it changes the schema, name a dump of the schema in `migrations` instead")
}

/// Compares file names so that `10_x.sql` comes after `9_x.sql` and `V1.10__x.sql` after `V1.9__x.sql`.
///
/// Runs of digits compare as integers of any length, everything else character by character. A version that goes on
/// (`V1.1__b.sql`) comes after the version it extends (`V1__a.sql`). Names that are equal so far compare as text.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (stem(a), stem(b));
    loop {
        let ((part_a, after_a), (part_b, after_b)) = (next_part(rest_a), next_part(rest_b));
        let order = part_a.cmp(&part_b);
        if order != Ordering::Equal {
            return order;
        }
        if part_a == Part::End {
            return a.cmp(b);
        }
        (rest_a, rest_b) = (after_a, after_b);
    }
}

fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".sql").unwrap_or(name);
    name.strip_suffix(".up").unwrap_or(name)
}

/// A piece of a name, in the order they sort at one place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    End,
    /// Without leading zeros: the longer one is the greater, then the digits decide.
    Number(usize, &'a str),
    Other(char),
    /// A `.` before a digit: the version goes on.
    Further,
}

fn next_part(text: &str) -> (Part<'_>, &str) {
    let Some(first) = text.chars().next() else {
        return (Part::End, "");
    };
    let after = &text[first.len_utf8()..];
    if first.is_ascii_digit() {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = text.split_at(end.unwrap_or(text.len()));
        let digits = digits.trim_start_matches('0');
        (Part::Number(digits.len(), digits), after)
    } else if first == '.' && after.starts_with(|c: char| c.is_ascii_digit()) {
        (Part::Further, after)
    } else {
        (Part::Other(first), after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_order_migrations() {
        for ordered in [
            ["1_a.sql", "2_b.sql", "10_c.sql"],
            ["0001_a.sql", "2_b.sql", "0010_c.sql"],
            ["9_a.sql", "20240101_b.sql", "20240101120000_c.sql"],
            ["V1__z.sql", "V1.9__b.sql", "V1.10__a.sql"],
            ["1.sql", "1.1.sql", "2.sql"],
            ["1.up.sql", "1_a.up.sql", "10_a.up.sql"],
            ["1_a.sql", "1_b.sql", "01_c.sql"],
            ["01_a.sql", "1_a.sql", "001_b.sql"],
            ["a.sql", "b2.sql", "b10.sql"],
            [
                "1_a.sql",
                "99999999999999999999998_b.sql",
                "99999999999999999999999_a.sql",
            ],
            ["init.sql", "init_more.sql", "é.sql"],
        ] {
            let mut shuffled = [ordered[2], ordered[0], ordered[1]];
            shuffled.sort_by(|a, b| compare(a, b));
            assert_eq!(shuffled, ordered);
        }
    }
}
