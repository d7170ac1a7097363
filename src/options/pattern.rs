//! Names with `*` and `?` in them, as overrides use them.

use crate::quote::unquote;

/// A name in which `*` stands for any characters and `?` for one of them, unless it was quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    text: String,
    quoted: bool,
}

/// How narrow a pattern is: more is narrower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Narrowness {
    exact: usize,
    literal: usize,
}

impl Narrowness {
    /// That of so many exact parts.
    pub(crate) fn of(exact: usize) -> Self {
        Self { exact, literal: 0 }
    }
}

impl std::ops::Add for Narrowness {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            exact: self.exact + other.exact,
            literal: self.literal + other.literal,
        }
    }
}

impl Glob {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            quoted: false,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        if self.is_exact() {
            return self.text == name;
        }
        let pattern: Vec<char> = self.text.chars().collect();
        let name: Vec<char> = name.chars().collect();
        // The usual walk with one way back: to the last star, which then takes one character more.
        let (mut p, mut n) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    back = Some((p + 1, n));
                    p += 1;
                }
                Some(&c) if c == '?' || c == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => match back {
                    Some((after_star, taken)) => {
                        p = after_star;
                        n = taken + 1;
                        back = Some((after_star, taken + 1));
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }

    pub(crate) fn narrowness(&self) -> Narrowness {
        Narrowness {
            exact: usize::from(self.is_exact()),
            literal: self.text.chars().filter(|c| *c != '*').count(),
        }
    }

    fn is_exact(&self) -> bool {
        self.quoted || !self.text.contains(['*', '?'])
    }
}

/// `[[catalog.]schema.]table.column`, each part a [`Glob`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPattern {
    /// Any schema, where it is not given.
    pub(crate) schema: Option<Glob>,
    pub(crate) table: Glob,
    pub(crate) column: Glob,
}

impl ColumnPattern {
    /// `None` where the text has another number of parts, or an empty one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = split(text)?.into_iter().rev();
        let column = parts.next()?;
        let table = parts.next()?;
        let schema = parts.next();
        // A query sees one database only, so its name says nothing.
        let _catalog = parts.next();
        parts.next().is_none().then_some(Self {
            schema,
            table,
            column,
        })
    }

    pub(crate) fn matches(&self, schema: &str, table: &str, column: &str) -> bool {
        self.schema.as_ref().is_none_or(|glob| glob.matches(schema))
            && self.table.matches(table)
            && self.column.matches(column)
    }

    pub(crate) fn narrowness(&self) -> Narrowness {
        let schema = self.schema.as_ref().map(Glob::narrowness);
        schema.unwrap_or_default() + self.table.narrowness() + self.column.narrowness()
    }
}

/// The parts of a name, which dots divide; in double quotes everything is part of the name.
pub(crate) fn split_name(text: &str) -> Option<Vec<String>> {
    Some(split(text)?.into_iter().map(|part| part.text).collect())
}

/// The parts of a pattern.
pub(super) fn split(text: &str) -> Option<Vec<Glob>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = unquote(quoted)?;
            (Glob { text, quoted: true }, after)
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (Glob::new(&rest[..end]), &rest[end..])
        };
        if part.text.is_empty() && !part.quoted {
            return None;
        }
        parts.push(part);
        if after.is_empty() {
            return Some(parts);
        }
        rest = after.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_names() {
        for (glob, name, matches) in [
            ("users", "users", true),
            ("users", "user", false),
            ("*", "", true),
            ("*_at", "created_at", true),
            ("*_at", "at", false),
            ("?d", "id", true),
            ("?d", "d", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXcXb", false),
            ("ü?*", "üä", true),
        ] {
            assert_eq!(Glob::new(glob).matches(name), matches, "{glob} {name}");
        }
    }

    #[test]
    fn columns_have_two_to_four_parts() {
        for (text, name, matches) in [
            ("users.id", ("public", "users", "id"), true),
            ("users.id", ("shop", "users", "id"), true),
            ("shop.users.id", ("public", "users", "id"), false),
            ("db.shop.users.id", ("shop", "users", "id"), true),
            ("*.users.*_at", ("shop", "users", "created_at"), true),
            (r#""a.b"."*"."#, ("public", "a.b", "*"), false),
            (r#""a.b"."*""#, ("public", "a.b", "*"), true),
            (r#""a.b"."*""#, ("public", "a.b", "id"), false),
            (r#"t."a""b""#, ("public", "t", "a\"b"), true),
        ] {
            let pattern = ColumnPattern::parse(text);
            let found = pattern.is_some_and(|p| p.matches(name.0, name.1, name.2));
            assert_eq!(found, matches, "{text}");
        }
        for text in ["id", "", "a..b", "a.b.c.d.e", "\"a.b", "\"a\"b.c"] {
            assert_eq!(ColumnPattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn narrower_patterns_are_known() {
        let ordered = [
            "*.*",
            "*.*_at",
            "*.created_at",
            "u*.created_at",
            "users.created_at",
        ];
        let narrowness = ordered.map(|text| ColumnPattern::parse(text).unwrap().narrowness());
        assert!(narrowness.is_sorted_by(|a, b| a < b), "{narrowness:?}");
    }
}
