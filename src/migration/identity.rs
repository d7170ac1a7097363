//! What identifies a migration in the journal of a database, for as long as the project lives.
//!
//! It is read from the name alone, whichever files are beside it: another file must not change what a database has been told.

use super::version::{self, Version};

/// What a migration is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// A number without leading zeros, or a name where there is no number.
    pub(crate) version: String,
    /// What people call it, without the version.
    pub(crate) name: String,
    /// It is applied again whenever it changes.
    pub(crate) repeatable: bool,
}

impl Identity {
    pub(super) fn new(version: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            name: name.into(),
            repeatable: false,
        }
    }

    /// Of a file in the folder of the migrations, or in a folder within: then all of its path counts.
    pub(super) fn of_path(path: &str) -> Self {
        let stem = version::stem(path);
        match numbers(stem) {
            Some((version, name)) if !path.contains('/') => Self::new(version.to_string(), name),
            _ => Self::new(stem, stem.rsplit('/').next().unwrap_or(stem)),
        }
    }
}

/// The numbers that a name begins with, and the rest. A counter goes with a date: `20240102_1_users`, `1.2_users`. After
/// another number and a `_`, digits belong to the name: `0003_2024_report`.
fn numbers(stem: &str) -> Option<(Version, &str)> {
    let first = digits(stem)?;
    let mut end = first;
    loop {
        let rest = &stem[end..];
        let Some(separator) = rest.chars().next() else {
            break;
        };
        let goes_on =
            matches!(separator, '.' | '-') || separator == '_' && first == "YYYYMMDD".len();
        match digits(&rest[separator.len_utf8()..]) {
            Some(length) if goes_on => end += separator.len_utf8() + length,
            _ => break,
        }
    }
    let name = stem[end..].trim_start_matches(['_', '-', '.']);
    Some((Version::parse(&stem[..end]), name))
}

/// The length of the number that a text begins with, if nothing but a separator follows it.
fn digits(text: &str) -> Option<usize> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let is_whole = text[end..].is_empty() || text[end..].starts_with(['_', '-', '.']);
    (end > 0 && is_whole).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_versions() {
        for (path, version, name) in [
            ("0001_users.sql", "1", "users"),
            ("1_users.up.sql", "1", "users"),
            (
                "20240102030405_add_users.sql",
                "20240102030405",
                "add_users",
            ),
            ("20240102_1_users.sql", "20240102.1", "users"),
            ("20240102_users.sql", "20240102", "users"),
            ("20240102-030405-users.sql", "20240102.30405", "users"),
            ("1.2_users.sql", "1.2", "users"),
            ("0003_2024_report.sql", "3", "2024_report"),
            ("0003_2fa.sql", "3", "2fa"),
            ("2fa.sql", "2fa", "2fa"),
            ("0000.sql", "0", ""),
            ("schema.sql", "schema", "schema"),
            ("v1.0/users.sql", "v1.0/users", "users"),
            (
                "99999999999999999999999_a.sql",
                "99999999999999999999999",
                "a",
            ),
        ] {
            assert_eq!(
                Identity::of_path(path),
                Identity::new(version, name),
                "{path}"
            );
        }
    }
}
