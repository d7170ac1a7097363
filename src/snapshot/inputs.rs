//! What an analysis is made from, as digests: to tell whether it is current, and what changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::source::with_lf;

/// Everything that the analysis of a target depends on, apart from rowsmith and Postgres themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    configuration: String,
    /// In the order they are applied.
    migrations: Vec<File>,
    queries: Vec<File>,
}

/// A file, by its key. In the snapshot, it is the two in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, String)", into = "(String, String)")]
struct File {
    file: String,
    digest: String,
}

impl From<(String, String)> for File {
    fn from((file, digest): (String, String)) -> Self {
        Self { file, digest }
    }
}

impl From<File> for (String, String) {
    fn from(File { file, digest }: File) -> Self {
        (file, digest)
    }
}

impl Inputs {
    /// `configuration` is what of the configuration matters to the analysis; of each file, its key and all that matters
    /// of it.
    pub(crate) fn of<'a>(
        configuration: &str,
        migrations: impl Iterator<Item = (&'a str, [&'a str; 2])>,
        queries: impl Iterator<Item = (&'a str, [&'a str; 2])>,
    ) -> Self {
        let file = |(key, parts): (&str, [&str; 2])| {
            let parts = parts.map(with_lf);
            File {
                file: key.to_owned(),
                digest: digest([parts[0].as_bytes(), parts[1].as_bytes()]),
            }
        };
        Self {
            configuration: digest([configuration.as_bytes()]),
            migrations: migrations.map(file).collect(),
            queries: queries.map(file).collect(),
        }
    }

    /// Whether all but the queries is the same.
    #[cfg(feature = "postgres")]
    pub(crate) fn same_schema(&self, other: &Self) -> bool {
        self.configuration == other.configuration && self.migrations == other.migrations
    }

    /// A digest of the migrations and their order.
    #[cfg(feature = "postgres")]
    pub(crate) fn migrations(&self) -> String {
        self.migrations_but(0)
    }

    /// The same of all but the last ones.
    #[cfg(feature = "postgres")]
    pub(crate) fn migrations_but(&self, last: usize) -> String {
        let applied = self.migrations.len().saturating_sub(last);
        let files = self.migrations[..applied].iter();
        digest(files.map(|file| file.digest.as_bytes()))
    }

    /// How many migrations there are.
    #[cfg(feature = "postgres")]
    pub(crate) fn migration_count(&self) -> usize {
        self.migrations.len()
    }

    /// Whether all but the queries and the migrations is the same.
    #[cfg(feature = "postgres")]
    pub(crate) fn same_configuration(&self, other: &Self) -> bool {
        self.configuration == other.configuration
    }

    /// What is different from `before`, for people: "`a.sql` changed".
    pub(crate) fn changes(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.configuration != before.configuration {
            changes.push("the configuration changed".to_owned());
        }
        for (now, before) in [
            (&self.migrations, &before.migrations),
            (&self.queries, &before.queries),
        ] {
            let digests = |files: &[File]| -> BTreeMap<String, String> {
                let files = files.iter();
                files.map(|f| (f.file.clone(), f.digest.clone())).collect()
            };
            let (now_by_name, before_by_name) = (digests(now), digests(before));
            let count = changes.len();
            for file in now {
                match before_by_name.get(&file.file) {
                    Some(digest) if *digest == file.digest => {}
                    Some(_) => changes.push(format!("`{}` changed", file.file)),
                    None => changes.push(format!("`{}` is new", file.file)),
                }
            }
            for file in before {
                if !now_by_name.contains_key(&file.file) {
                    changes.push(format!("`{}` is gone", file.file));
                }
            }
            if changes.len() == count && now != before {
                changes.push("the files are in another order".to_owned());
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_named() {
        let of = |configuration, migrations: &[(&'static str, &'static str)], queries: &[_]| {
            let file = |&(key, text): &(&'static str, &'static str)| (key, [text, ""]);
            Inputs::of(
                configuration,
                migrations.iter().map(file),
                queries.iter().map(file),
            )
        };
        let (one, two, query) = (("m/1.sql", "1"), ("m/2.sql", "2"), ("q.sql", "SELECT 1;\n"));
        let before = of("c", &[one, two], &[query]);
        for (now, expected) in [
            (of("c", &[one, two], &[query]), ""),
            (of("c", &[one, two], &[("q.sql", "SELECT 1;\r\n")]), ""),
            (
                of("d", &[one], &[("q.sql", "x"), ("r.sql", "")]),
                "the configuration changed, `m/2.sql` is gone, `q.sql` changed, `r.sql` is new",
            ),
            (
                of("c", &[two, one], &[query]),
                "the files are in another order",
            ),
        ] {
            assert_eq!(now.changes(&before).join(", "), expected);
            assert_eq!(now == before, expected.is_empty());
        }
    }
}
