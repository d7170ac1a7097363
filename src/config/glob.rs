//! Patterns in paths: `*`, `?` and `[a-z]` as Go's `filepath.Glob` reads them, and `**` for folders at any depth.

use std::cmp::Ordering;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::natural;

/// What a pattern stands for.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// Files and folders, in the order of their names, numbers by value.
    pub(super) paths: Vec<PathBuf>,
    /// The folders that were looked into.
    pub(super) folders: Vec<PathBuf>,
    /// How many names were read.
    names: usize,
}

/// How many names a pattern is compared with: more is no project, but a disk.
pub(super) const MAX_NAMES: usize = 100_000;

impl Matches {
    /// Whether not everything was looked at.
    pub(super) fn is_cut(&self) -> bool {
        self.names > MAX_NAMES
    }
}

/// Whether the path is a pattern. One that exists as it is written is none.
pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[']) && !path.exists()
}

/// What is wrong with a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Looks for what matches the absolute pattern.
pub(super) fn find(pattern: &Path) -> Result<Matches, Malformed> {
    let parts: Vec<String> = pattern
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    for part in &parts {
        tokens(part)?;
    }
    let mut matches = Matches::default();
    // Of the written folders nothing is asked but that they are there.
    let fixed = pattern
        .components()
        .take_while(|part| {
            !matches!(part, Component::Normal(name) if name.to_string_lossy().contains(['*', '?', '[', '\\']))
        })
        .count();
    let root: PathBuf = pattern.components().take(fixed).collect();
    matches.search(&root, &parts[fixed..])?;
    matches.paths.sort_by(|a, b| natural_order(a, b));
    matches.paths.dedup();
    matches.folders.sort();
    matches.folders.dedup();
    Ok(matches)
}

impl Matches {
    fn search(&mut self, folder: &Path, parts: &[String]) -> Result<(), Malformed> {
        let [part, rest @ ..] = parts else {
            self.paths.push(folder.to_path_buf());
            return Ok(());
        };
        if part == "**" {
            // No folder at all, or any number of them.
            self.search(folder, rest)?;
            for name in self.names(folder) {
                let path = folder.join(&name);
                // Symlinks could lead in circles.
                if !name.starts_with('.') && path.is_dir() && !path.is_symlink() {
                    self.search(&path, parts)?;
                }
            }
            return Ok(());
        }
        if part == ".." {
            return self.search(&folder.join(part), rest);
        }
        let pattern = tokens(part)?;
        for name in self.names(folder) {
            // As in a shell, hidden files are meant only where the pattern says so.
            let is_hidden = name.starts_with('.') && !part.starts_with('.');
            let path = folder.join(&name);
            if !is_hidden && is_match(&pattern, &name) && (rest.is_empty() || path.is_dir()) {
                self.search(&path, rest)?;
            }
        }
        Ok(())
    }

    fn names(&mut self, folder: &Path) -> Vec<String> {
        self.folders.push(folder.to_path_buf());
        let left = (MAX_NAMES + 1).saturating_sub(self.names);
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names: Vec<String> = entries
            .take(left)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        self.names += names.len();
        names
    }
}

/// A piece of a pattern.
#[derive(Debug)]
enum Token {
    Literal(char),
    /// `?`
    Any,
    /// `*`
    Some,
    /// `[a-z]` or `[^a-z]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

fn tokens(pattern: &str) -> Result<Vec<Token>, Malformed> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => Token::Some,
            '?' => Token::Any,
            '\\' => Token::Literal(characters.next().ok_or(Malformed)?),
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let mut one = |first: bool| match characters.next() {
                        Some('\\') => characters.next().ok_or(Malformed).map(Some),
                        Some(']') if !first => Ok(None),
                        Some('-' | ']') | None => Err(Malformed),
                        Some(character) => Ok(Some(character)),
                    };
                    let Some(low) = one(ranges.is_empty())? else {
                        break;
                    };
                    let high = if characters.next_if_eq(&'-').is_some() {
                        match characters.next() {
                            Some('\\') => characters.next().ok_or(Malformed)?,
                            Some(']' | '-') | None => return Err(Malformed),
                            Some(character) => character,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            literal => Token::Literal(literal),
        });
    }
    Ok(tokens)
}

fn is_match(pattern: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    // Where to go on when the rest does not match: the last `*`, and how much of the name it has taken.
    let mut retry: Option<(usize, usize)> = None;
    let (mut at, mut taken) = (0, 0);
    while taken < name.len() {
        let fits = match pattern.get(at) {
            Some(Token::Some) => {
                retry = Some((at + 1, taken));
                at += 1;
                continue;
            }
            Some(Token::Any) => true,
            Some(Token::Literal(character)) => *character == name[taken],
            Some(Token::Class { negated, ranges }) => {
                let is_in = |(low, high): &(char, char)| (*low..=*high).contains(&name[taken]);
                ranges.iter().any(is_in) != *negated
            }
            None => false,
        };
        if fits {
            (at, taken) = (at + 1, taken + 1);
        } else if let Some((after, start)) = retry {
            retry = Some((after, start + 1));
            (at, taken) = (after, start + 1);
        } else {
            return false;
        }
    }
    pattern[at..]
        .iter()
        .all(|token| matches!(token, Token::Some))
}

/// The order of paths in which `9_a.sql` comes before `10_b.sql`.
fn natural_order(a: &Path, b: &Path) -> Ordering {
    let (a, b) = (a.to_string_lossy(), b.to_string_lossy());
    natural::compare(&a, &b).then_with(|| a.cmp(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, names: &[&str]) -> String {
        let tokens = tokens(pattern).unwrap();
        let names = names.iter().filter(|name| is_match(&tokens, name));
        names.copied().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn patterns_match_names() {
        let names = ["a.sql", "b.sql", "ab.sql", "a.txt", "é.sql", "a-b", "]"];
        for (pattern, expected) in [
            ("*", "a.sql b.sql ab.sql a.txt é.sql a-b ]"),
            ("*.sql", "a.sql b.sql ab.sql é.sql"),
            ("?.sql", "a.sql b.sql é.sql"),
            ("[a-b].*", "a.sql b.sql a.txt"),
            ("[^a].sql", "b.sql é.sql"),
            ("[ab]*b*", "ab.sql a-b"),
            ("a[\\-]b", "a-b"),
            ("[\\]]", "]"),
            ("\\a.sql", "a.sql"),
            ("*a*.*s*", "a.sql ab.sql"),
            ("a.sql*", "a.sql"),
            ("b", ""),
        ] {
            assert_eq!(matched(pattern, &names), expected, "{pattern}");
        }
        for pattern in ["[", "[a", "[]", "[a-]", "[-a]", "\\", "[^]"] {
            assert!(tokens(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn files_are_found_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "a/10.sql",
            "a/9.sql",
            "a/.hidden.sql",
            "b/c/1.sql",
            "b/c/d/2.sql",
            "b/.git/3.sql",
            "x.sql",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("a/*.sql", "a/9.sql a/10.sql"),
            ("**/*.sql", "a/9.sql a/10.sql b/c/1.sql b/c/d/2.sql x.sql"),
            ("b/**/2.sql", "b/c/d/2.sql"),
            ("*/c", "b/c"),
            ("b/**", "b b/c b/c/d"),
            ("a/../[x]*", "a/../x.sql"),
            ("a/.h*", "a/.hidden.sql"),
            ("nowhere/*", ""),
            ("x.sql/*", ""),
        ] {
            let found = find(&folder.path().join(pattern)).unwrap();
            let found = found.paths.iter().map(|path| {
                let path = path.strip_prefix(folder.path()).unwrap();
                path.display().to_string()
            });
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{pattern}");
        }
        let found = find(&folder.path().join("*/*.sql")).unwrap();
        assert_eq!(found.folders.len(), 3, "the folder, `a` and `b`");
        assert_eq!(find(Path::new("/a/[")).unwrap_err(), Malformed);
    }
}
