//! Which migration a row of a journal is about. Pure.

use std::cmp::Ordering;

use super::checksum::Form;
use super::tools::{Found, Key, Tool};
use crate::journal::{Row, Text};
use crate::migration::{Migration, Migrations};

/// A row as the query of its tool gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) applied_at: Option<String>,
    pub(super) checksum: String,
    /// It stands for all migrations up to this one.
    pub(super) until: bool,
}

/// What a journal says of the migrations, and how their files were written where the tool applied them.
pub(super) fn rows(tool: &Tool, kept: &[Kept], migrations: &Migrations) -> (Vec<Row>, Form) {
    let found = match tool.key {
        Key::Hash => by_hash(tool, kept, migrations),
        key => {
            let of = |kept: &Kept| migrations.iter().find(|one| is_about(key, &kept.key, one));
            kept.iter().map(of).collect()
        }
    };
    let mut form = Form::default();
    let mut rows = Vec::new();
    for (kept, migration) in kept.iter().zip(found) {
        let text = match migration {
            Some(migration) => match compare(tool, kept, migration) {
                Compared::Same(seen) => {
                    form = seen;
                    Text::Same
                }
                Compared::Edited => Text::Edited,
                Compared::Unknown => Text::Unknown,
            },
            None => Text::Unknown,
        };
        // Flyway's version to begin with has no file of its own, and neither have those that a file replaces.
        let is_start = kept.until && tool.key == Key::Dotted;
        if migration.is_none() && (is_start || is_replaced(tool, kept, migrations)) {
            continue;
        }
        rows.push(Row {
            version: migration
                .map_or(kept.key.as_str(), Migration::version)
                .to_owned(),
            name: match migration {
                Some(migration) => migration.name().to_owned(),
                None => kept.name.clone(),
            },
            applied_at: kept.applied_at.clone(),
            text,
            stopped: None,
        });
    }
    for kept in kept.iter().filter(|kept| kept.until) {
        for migration in migrations {
            let is_known = rows.iter().any(|row| row.version == migration.version());
            if !is_known && !migration.is_repeatable() && is_up_to(tool.key, migration, &kept.key) {
                rows.push(Row {
                    version: migration.version().to_owned(),
                    name: migration.name().to_owned(),
                    applied_at: None,
                    text: Text::Unknown,
                    stopped: None,
                });
            }
        }
    }
    (rows, form)
}

/// Whether a file is the one that was applied.
enum Compared {
    /// It was, written like this.
    Same(Form),
    Edited,
    Unknown,
}

fn compare(tool: &Tool, kept: &Kept, migration: &Migration) -> Compared {
    let found = Found {
        key: &kept.key,
        name: &kept.name,
        checksum: &kept.checksum,
    };
    let mut compared = Compared::Unknown;
    for form in Form::ALL {
        match (tool.same)(migration, &found, &form.write(migration.text())) {
            Some(true) => return Compared::Same(form),
            Some(false) => compared = Compared::Edited,
            None => {}
        }
    }
    compared
}

/// The migrations of a journal that knows them by the hashes of their files. Where a file was edited, its place in the order
/// tells which one it is.
fn by_hash<'m>(
    tool: &Tool,
    kept: &[Kept],
    migrations: &'m Migrations,
) -> Vec<Option<&'m Migration>> {
    let is_same = |kept: &Kept, migration: &Migration| {
        matches!(compare(tool, kept, migration), Compared::Same(_))
    };
    let mut free: Vec<&Migration> = migrations.iter().collect();
    let mut found: Vec<Option<&Migration>> = Vec::new();
    for kept in kept {
        let place = free.iter().position(|migration| is_same(kept, migration));
        found.push(place.map(|place| free.remove(place)));
    }
    for (place, found) in found.iter_mut().enumerate() {
        let Some(migration) = migrations.iter().nth(place) else {
            break;
        };
        if found.is_none()
            && free
                .iter()
                .any(|free| free.version() == migration.version())
        {
            *found = Some(migration);
        }
    }
    found
}

fn is_about(key: Key, text: &str, migration: &Migration) -> bool {
    match key {
        Key::Number => !migration.is_repeatable() && number(text) == number_of(migration),
        Key::Dotted if migration.is_repeatable() => file_name(text) == file_name(migration.file()),
        Key::Dotted => order(text, migration.version()) == Some(Ordering::Equal),
        Key::Folder => folder_name(migration.file()) == Some(text),
        Key::Hash => false,
    }
}

fn is_up_to(key: Key, migration: &Migration, text: &str) -> bool {
    let order = match key {
        Key::Number => order(&number_of(migration), &number(text)),
        Key::Dotted => order(migration.version(), text),
        Key::Folder | Key::Hash => None,
    };
    order.is_some_and(Ordering::is_le)
}

/// Whether a file that makes the schema at once (`B5__all.sql` of Flyway) takes the place of the row's.
fn is_replaced(tool: &Tool, kept: &Kept, migrations: &Migrations) -> bool {
    tool.key == Key::Dotted
        && migrations.iter().any(|migration| {
            let starts = file_name(migration.file()).starts_with('B');
            starts && order(&kept.key, migration.version()) == Some(Ordering::Less)
        })
}

/// The number of a migration. Where its version is more than that, tools still read what its name begins with.
fn number_of(migration: &Migration) -> String {
    let version = number(migration.version());
    if version.bytes().all(|byte| byte.is_ascii_digit()) {
        return version;
    }
    let file = migration.file();
    let name = match file_name(file) {
        "up.sql" | "migration.sql" => folder_name(file).unwrap_or(file),
        name => name,
    };
    let end = name
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(name.len());
    number(name[..end].trim_end_matches('-'))
}

/// A number as text, to compare.
fn number(text: &str) -> String {
    let digits: String = text.chars().filter(|&c| c != '-').collect();
    if digits.is_empty() || digits.contains(|c: char| !c.is_ascii_digit()) {
        return text.to_owned();
    }
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }.to_owned()
}

/// The order of two versions of numbers with dots; `None` if one is none.
fn order(one: &str, other: &str) -> Option<Ordering> {
    let parts = |text: &str| {
        let mut parts = Vec::new();
        for part in text.split(['.', '_']) {
            if part.is_empty() || part.contains(|c: char| !c.is_ascii_digit()) {
                return None;
            }
            let part = part.trim_start_matches('0').to_owned();
            // Of two numbers without leading zeros, the longer is the greater.
            parts.push((part.len(), part));
        }
        while parts.last().is_some_and(|(length, _)| *length == 0) {
            parts.pop();
        }
        Some(parts)
    };
    Some(parts(one)?.cmp(&parts(other)?))
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn folder_name(path: &str) -> Option<&str> {
    path.rsplit(['/', '\\']).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_their_tools_compare_them() {
        let is = |one, other| order(one, other).unwrap();
        assert_eq!(is("1", "1.0"), Ordering::Equal);
        assert_eq!(is("01.2", "1_2"), Ordering::Equal);
        assert_eq!(is("1.10", "1.9"), Ordering::Greater);
        assert_eq!(is("20240101000000", "3"), Ordering::Greater);
        assert_eq!(order("R__views", "1"), None);
        assert_eq!(number("2024-01-01-000001"), number("20240101000001"));
        assert_eq!(number("0007"), "7");
        assert_eq!(number("000"), "0");
    }
}
