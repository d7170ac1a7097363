//! Tools that number files in one folder: sqlx, goose, dbmate, golang-migrate, sql-migrate, tern, atlas, Supabase, pop,
//! and folders of no tool at all.

use std::collections::BTreeSet;

use super::folder::Folder;
use super::version::{self, Version};
use super::{Layout, Read, Step};
use crate::diagnostic::Diagnostic;

pub(super) const NUMBERED: Layout = Layout {
    tool: "the numbered files",
    sign: |folder| {
        let mut names = folder.names.iter();
        names
            .find(|name| is_sql(name) && version(name).is_some())
            .cloned()
    },
    steps,
};

/// Databases that are not ours, in names as `1_users.mysql.sql`.
const OTHER_DATABASES: [&str; 10] = [
    "mysql",
    "mariadb",
    "sqlite",
    "sqlite3",
    "cockroach",
    "cockroachdb",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
];
const POSTGRES: [&str; 3] = ["postgres", "postgresql", "pg"];

/// Programs that may be migrations.
const CODE: [&str; 8] = [".go", ".ts", ".js", ".mjs", ".cjs", ".py", ".rb", ".rs"];

/// What is at the end of names of files that take a migration back, or are copies of one.
const NOT_APPLIED: [&str; 6] = [
    ".down.sql",
    ".rollback.sql",
    ".undo.sql",
    ".bak.sql",
    ".backup.sql",
    ".orig.sql",
];

/// The files in the order of the numbers in their names.
pub(super) fn steps(folder: &mut Folder<'_>) -> Vec<Step> {
    for name in folder.names.clone() {
        let is_code = has_ending(&name, &CODE);
        if is_code && version(&name).is_some() {
            let diagnostic = version::code(&folder.name(&name));
            folder.diagnostics.push(diagnostic);
        }
    }
    let own: Vec<&str> = folder.names.iter().map(String::as_str).collect();
    let mut paths = sql_files(&own);
    if paths.is_empty() {
        paths = in_versioned_folders(folder);
    }
    let is_alone = |path: &str| path.contains(".autocommit.");
    let steps = paths.into_iter().map(|path| Step {
        singly: is_alone(&path),
        ..Step::new(path)
    });
    steps.collect()
}

/// The files of folders that are versions: `v1.0/users.sql`.
fn in_versioned_folders(folder: &mut Folder<'_>) -> Vec<String> {
    let is_version = |name: &String| {
        let digits = name.trim_start_matches(['v', 'V']);
        digits.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut folders: Vec<String> = folder
        .folders
        .iter()
        .filter(|name| is_version(name))
        .cloned()
        .collect();
    folders.sort_by(|a, b| version::compare(a, b));
    let mut paths = Vec::new();
    for name in folders {
        let (files, _) = folder.list(&name);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        paths.extend(
            sql_files(&files)
                .iter()
                .map(|file| format!("{name}/{file}")),
        );
    }
    paths
}

/// Those of a folder's files that are applied, in their order.
fn sql_files(names: &[&str]) -> Vec<String> {
    let all: BTreeSet<&str> = names.iter().copied().collect();
    let is_wanted = |name: &&&str| is_sql(name) && !is_way_down(name, &all) && is_ours(name, &all);
    let mut found: Vec<String> = names
        .iter()
        .filter(is_wanted)
        .map(|name| (*name).to_owned())
        .collect();
    found.sort_by(|a, b| version::compare(a, b));
    found
}

pub(super) fn is_sql(name: &str) -> bool {
    has_ending(name, &[".sql"]) && !name.starts_with('.') && !has_ending(name, &NOT_APPLIED)
}

/// Endings are case-sensitive, as the tools have it.
pub(super) fn has_ending(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

/// `1_users_down.sql` beside `1_users_up.sql`.
fn is_way_down(name: &str, all: &BTreeSet<&str>) -> bool {
    ["_down.sql", "-down.sql"].iter().any(|ending| {
        let up = ending.replace("down", "up");
        name.strip_suffix(ending)
            .is_some_and(|stem| all.contains(format!("{stem}{up}").as_str()))
    })
}

/// Whether it is for Postgres. One for all databases gives way to one for Postgres.
fn is_ours(name: &str, all: &BTreeSet<&str>) -> bool {
    let database = |name: &str| {
        let mut parts = name.split('.').map(str::to_owned).skip(1);
        parts.find(|part| {
            POSTGRES.contains(&part.as_str()) || OTHER_DATABASES.contains(&part.as_str())
        })
    };
    if let Some(database) = database(name) {
        return POSTGRES.contains(&database.as_str());
    }
    let (stem, rest) = name.split_once('.').unwrap_or((name, ""));
    let special = |database: &&str| all.contains(format!("{stem}.{database}.{rest}").as_str());
    !POSTGRES.iter().any(special)
}

/// The whole number that a name begins with.
fn version(name: &str) -> Option<Version> {
    let end = name.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = name.split_at(end);
    (!digits.is_empty() && rest.starts_with(['_', '-', '.'])).then(|| Version::parse(digits))
}

/// Warns of two files with the same number, which some tools refuse.
pub(super) fn check_versions(read: &[Read], diagnostics: &mut Vec<Diagnostic>) {
    let is_flat = read.iter().all(|(path, ..)| !path.contains('/'));
    let tool = read.iter().find_map(|(.., marks)| marks.tool.as_ref());
    let tool = tool.map(|(tool, _)| *tool);
    // To sql-migrate the whole name is the version.
    if !is_flat || tool == Some("sql-migrate") {
        return;
    }
    let is_of_migrate = || read.iter().any(|(path, ..)| has_ending(path, &[".up.sql"]));
    let refusing = tool.or_else(|| is_of_migrate().then_some("golang-migrate"));
    // A date and a counter, or a version with dots, is more than its first number.
    let goes_on = |path: &str| {
        let rest = path.trim_start_matches(|c: char| c.is_ascii_digit());
        let mut characters = rest.chars();
        matches!(characters.next(), Some('.' | '-' | '_'))
            && characters.next().is_some_and(|c| c.is_ascii_digit())
    };
    for pair in read.windows(2) {
        let [(one, first, _), (other, second, _)] = pair else {
            continue;
        };
        let (Some(version), Some(next)) = (version(one), version(other)) else {
            continue;
        };
        if version != next || goes_on(one) || goes_on(other) {
            continue;
        }
        let names = [first.file.name(), second.file.name()];
        let mut warning = version::same(Diagnostic::warning, names, &version)
            .note("they are applied in the order of their names");
        if let Some(tool) = refusing {
            warning = warning.note(format!("{tool} refuses them"));
        }
        diagnostics.push(warning);
    }
}
