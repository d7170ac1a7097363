//! Whether a text can mean one of some names, in whatever way SQL has to write it. A yes costs time; a no has to be right.

use std::collections::{BTreeSet, HashSet};

/// Postgres cuts longer names off at 63 bytes, in the middle of a character perhaps.
const LONGEST: usize = 59;

/// Names that are looked for.
#[derive(Debug)]
pub(crate) enum Mentions {
    /// Every text counts.
    Any,
    Of {
        /// In lower case.
        words: HashSet<String>,
        /// Names that are no words, as in `"user name"`, in lower case.
        parts: Vec<String>,
    },
}

impl Mentions {
    pub(super) fn of(names: &BTreeSet<String>) -> Self {
        if names.iter().any(|name| name.len() > LONGEST) {
            return Self::Any;
        }
        let names = names.iter().map(|name| name.to_ascii_lowercase());
        let (words, others): (Vec<_>, Vec<_>) =
            names.partition(|name| name.chars().all(is_of_word));
        let quoted = |name: &String| name.replace('"', "\"\"");
        let doubled = |name: &String| name.replace('\'', "''");
        let mut parts: Vec<String> = others.iter().map(quoted).collect();
        parts.extend(others.iter().map(doubled));
        parts.extend(others);
        Self::Of {
            words: words.into_iter().collect(),
            parts,
        }
    }

    /// Whether one of the names may be meant in the text, a string in it included, or a part of it that cannot be read like
    /// that: with escapes, or with a name that is cut off.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        let Self::Of { words, parts } = self else {
            return true;
        };
        if words.is_empty() && parts.is_empty() {
            return false;
        }
        let text = text.to_ascii_lowercase();
        if text.contains('\\') || text.contains("u&") || has_continued_string(&text) {
            return true;
        }
        let mut found = text.split(|c| !is_of_word(c));
        found.any(|word| {
            // `LIMIT 1foo` is a number and a name.
            let name = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$');
            word.len() > LONGEST || words.contains(word) || words.contains(name)
        }) || parts.iter().any(|part| text.contains(part))
    }
}

/// Whether it can be in a name that needs no quotes.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// Whether a string goes on in another line: `'use'` and below it `'rs'` are one.
fn has_continued_string(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('\'') {
        rest = &rest[at + 1..];
        let next = rest.trim_start();
        // A comment may be between, too.
        let is_next = next.starts_with('\'') || next.starts_with("--") || next.starts_with("/*");
        if is_next && rest[..rest.len() - next.len()].contains('\n') || next.starts_with("--") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let names = ["users", "User Name", "Größe", "a\"b", "it's"];
        let mentions = Mentions::of(&names.map(str::to_owned).into());
        for text in [
            "SELECT * FROM users",
            "select*from\"users\"where true",
            "FROM public.USERS u",
            "'users'::regclass",
            "nextval('public.\"User Name\"')",
            "\"Größe\"",
            "LIMIT 1users",
            "$1users",
            "\"a\"\"b\"",
            "'it''s'",
            "U&\"\\0075sers\"",
            "E'use\\x72s'",
            "'use'\n 'rs'",
            "'use' -- and more\n 'rs'",
            "\"a_name_that_is_so_long_that_nobody_knows_where_postgres_will_cut_it_off\"",
            "-- name: Users :many",
        ] {
            assert!(mentions.are_in(text), "{text}");
        }
        for text in [
            "SELECT * FROM user",
            "SELECT users_id FROM susers",
            "'us' || 'ers'",
            "\"User  Name\"",
            "SELECT 'a', 'b'",
        ] {
            assert!(!mentions.are_in(text), "{text}");
        }
        let nothing = Mentions::of(&BTreeSet::new());
        assert!(!nothing.are_in("E'\\x'"));
        let long = BTreeSet::from(["a".repeat(60)]);
        assert!(Mentions::of(&long).are_in(""));
    }
}
