//! The order of migrations: by the numbers in their names.

use std::cmp::Ordering;
use std::fmt;

use crate::diagnostic::{Code, Diagnostic};
use crate::natural;

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

/// The report of two migrations that a tool cannot tell apart: a warning, or an error, as `of` makes it.
pub(super) fn same(
    of: fn(Code, String) -> Diagnostic,
    [one, other]: [&str; 2],
    version: &Version,
) -> Diagnostic {
    let message = format!("`{one}` and `{other}` have the same version {version}");
    of(Code::SameVersion, message)
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

/// Compares file names by their versions; those that are equal compare as text.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    natural::compare(stem(a), stem(b)).then_with(|| a.cmp(b))
}

pub(super) fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".sql").unwrap_or(name);
    name.strip_suffix(".up").unwrap_or(name)
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
