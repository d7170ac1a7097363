//! The name of a new migration: numbered as those before it are.

use super::names::is_sql;
use super::{flyway, version};

/// The path of a new migration in its folder, and its first text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What a folder holds, for [`fresh`].
pub(crate) struct Present<'a> {
    /// The names of its files.
    pub(crate) files: Vec<String>,
    /// The names of the folders in it, with the names of their files.
    pub(crate) folders: Vec<(String, Vec<String>)>,
    /// The text of a file.
    pub(crate) read: &'a dyn Fn(&str) -> Option<String>,
}

/// Names the migration after those in the folder. `now` is the time as `YYYYMMDDhhmmss`. An error says why it cannot be done.
pub(crate) fn fresh(present: &Present<'_>, name: &str, now: &str) -> Result<Fresh, String> {
    if present.folders.iter().any(|(folder, _)| folder == "meta") {
        return Err("drizzle-kit lists its migrations in a journal: let `drizzle-kit generate --custom` make it".to_owned());
    }
    let in_folders = |file: &str| {
        let mut found = present
            .folders
            .iter()
            .filter(|(_, files)| files.iter().any(|found| found == file));
        found.next_back().map(|(folder, _)| folder.clone())
    };
    if let Some(last) = in_folders("up.sql") {
        let stamp = if last.contains('-') {
            format!("{}-{}-{}-{}", &now[..4], &now[4..6], &now[6..8], &now[8..])
        } else {
            now.to_owned()
        };
        return Ok(Fresh {
            path: format!("{stamp}_{name}/up.sql"),
            text: String::new(),
        });
    }
    if in_folders("migration.sql").is_some() {
        return Ok(Fresh {
            path: format!("{now}_{name}/migration.sql"),
            text: String::new(),
        });
    }
    let mut files: Vec<&String> = present.files.iter().filter(|file| is_sql(file)).collect();
    files.sort_by(|a, b| version::compare(a, b));
    if let Some(last) = files.iter().rev().find(|file| flyway::is_migration(file)) {
        let versions = files
            .iter()
            .filter_map(|file| file.strip_prefix(['V', 'v']));
        let digits = versions.filter_map(|file| file.split("__").next());
        let number = next(digits, now).ok_or_else(|| too_new(last))?;
        return Ok(Fresh {
            path: format!("V{number}__{name}.sql"),
            text: String::new(),
        });
    }
    let digits = |file: &&String| -> Option<String> {
        let end = file.find(|c: char| !c.is_ascii_digit())?;
        (end > 0).then(|| file[..end].to_owned())
    };
    let numbered: Vec<String> = files.iter().filter_map(digits).collect();
    let last = files.iter().rev().find(|file| digits(file).is_some());
    let number = match last {
        Some(last) => {
            next(numbered.iter().map(String::as_str), now).ok_or_else(|| too_new(last))?
        }
        None => "0001".to_owned(),
    };
    let ending = match last {
        Some(last) if last.ends_with(".up.sql") => "up.sql",
        _ => "sql",
    };
    let text = last.and_then(|last| (present.read)(last));
    Ok(Fresh {
        path: format!("{number}_{name}.{ending}"),
        text: text.map(|text| sections(&text)).unwrap_or_default(),
    })
}

fn too_new(last: &str) -> String {
    format!("the version of `{last}` is later than now: nothing could come after it")
}

/// The next number, as wide as those before; the time where they are times.
fn next<'a>(numbers: impl Iterator<Item = &'a str>, now: &str) -> Option<String> {
    let mut greatest: Option<(u128, usize)> = None;
    for digits in numbers {
        if let Ok(number) = digits.parse::<u128>() {
            greatest = greatest.max(Some((number, digits.len())));
        }
    }
    let (number, width) = greatest?;
    if width == now.len() {
        let time: u128 = now.parse().ok()?;
        return (time > number).then(|| now.to_owned());
    }
    Some(format!("{:0width$}", number + 1))
}

/// The empty sections of the tool whose markers a file has.
fn sections(text: &str) -> String {
    let has = |marker: &str| {
        text.lines()
            .any(|line| line.trim().eq_ignore_ascii_case(marker))
    };
    for (up, down) in [
        ("-- +goose Up", "-- +goose Down"),
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- migrate:up", "-- migrate:down"),
        ("-- rambler up", "-- rambler down"),
    ] {
        if has(up) {
            return format!("{up}\n\n\n{down}\n\n");
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "20251201103000";

    fn of(files: &[&str], folders: &[(&str, &[&str])]) -> Result<String, String> {
        let strings = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let present = Present {
            files: strings(files),
            folders: folders
                .iter()
                .map(|(name, files)| ((*name).to_owned(), strings(files)))
                .collect(),
            read: &|_| Some("-- +goose Up\nSELECT 1;\n".to_owned()),
        };
        fresh(&present, "add_x", NOW).map(|fresh| fresh.path)
    }

    #[test]
    fn a_new_migration_is_named_as_those_before_it() {
        for (files, path) in [
            (&[] as &[&str], "0001_add_x.sql"),
            (&["0001_a.sql", "0002_b.sql"], "0003_add_x.sql"),
            (&["1_a.sql", "9_b.sql"], "10_add_x.sql"),
            (
                &["000001_a.up.sql", "000001_a.down.sql"],
                "000002_add_x.up.sql",
            ),
            (&["20240102030405_a.sql"], "20251201103000_add_x.sql"),
            (&["V1__a.sql", "V2__b.sql", "R__c.sql"], "V3__add_x.sql"),
            (&["schema.sql"], "0001_add_x.sql"),
        ] {
            assert_eq!(of(files, &[]).as_deref(), Ok(path), "{files:?}");
        }
        let diesel: &[(&str, &[&str])] = &[("2024-01-02-030405_a", &["up.sql", "down.sql"])];
        assert_eq!(
            of(&[], diesel).as_deref(),
            Ok("2025-12-01-103000_add_x/up.sql")
        );
        let prisma: &[(&str, &[&str])] = &[("20240102030405_a", &["migration.sql"])];
        assert_eq!(
            of(&[], prisma).as_deref(),
            Ok("20251201103000_add_x/migration.sql")
        );
        assert!(of(&["0000_a.sql"], &[("meta", &["_journal.json"])]).is_err());
        assert!(of(&["20990102030405_a.sql"], &[]).is_err());
    }

    #[test]
    fn sections_are_those_of_the_last_file() {
        assert_eq!(
            sections("-- +goose Up\n"),
            "-- +goose Up\n\n\n-- +goose Down\n\n"
        );
        assert_eq!(sections("CREATE TABLE t ();"), "");
    }
}
