//! Flyway and refinery: `V1.2__create_users.sql`, in folders of any depth.
//!
//! They differ in `U`: to Flyway `U1__…` undoes `V1__…`; to refinery it is a migration with a version of its own.

use super::folder::Folder;
use super::names::is_sql;
use super::version::{self, Version};
use super::{Identity, Layout, Step};
use crate::diagnostic::{Code, Diagnostic};

pub(super) const LAYOUT: Layout = Layout {
    tool: "Flyway or refinery",
    sign: |folder| {
        // Its own files, before those of folders within.
        let own = folder.names.iter().find(|name| is_versioned(name)).cloned();
        own.or_else(|| {
            files(folder)
                .into_iter()
                .find(|path| is_versioned(file_name(path)))
        })
    },
    steps,
};

/// What a name says.
enum Name {
    /// `V1__…`
    Versioned(Version),
    /// `B1__…`: stands for all versions up to its own.
    Baseline(Version),
    /// `U1__…`
    Undo(Version),
    /// `R__…`
    Repeatable,
    /// `beforeMigrate.sql`
    Before,
    /// `afterMigrate.sql`
    After,
}

/// How deep folders are searched.
const DEPTH: usize = 8;

fn parse(name: &str) -> Option<Name> {
    let stem = name.strip_suffix(".sql")?;
    let (head, _) = stem.split_once("__").unwrap_or((stem, ""));
    match head {
        "beforeMigrate" => return Some(Name::Before),
        "afterMigrate" => return Some(Name::After),
        "R" if stem.starts_with("R__") => return Some(Name::Repeatable),
        _ => {}
    }
    if !stem.contains("__") {
        return None;
    }
    let mut characters = head.chars();
    let prefix = characters.next()?;
    let version = characters.as_str();
    let is_version = version.starts_with(|c: char| c.is_ascii_digit())
        && version
            .chars()
            .all(|c| c.is_ascii_digit() || "._".contains(c));
    let version = is_version.then(|| Version::parse(version))?;
    match prefix {
        'V' | 'v' => Some(Name::Versioned(version)),
        'B' => Some(Name::Baseline(version)),
        'U' => Some(Name::Undo(version)),
        _ => None,
    }
}

/// What identifies a file that is named as a migration of Flyway or refinery.
pub(super) fn identity(file: &str) -> Option<Identity> {
    let stem = file.strip_suffix(".sql")?;
    let (_, name) = stem.split_once("__").unwrap_or((stem, ""));
    Some(match parse(file)? {
        Name::Versioned(version) | Name::Undo(version) | Name::Baseline(version) => {
            Identity::new(version.to_string(), name)
        }
        Name::Repeatable => Identity {
            repeatable: true,
            ..Identity::new(stem, name)
        },
        Name::Before | Name::After => Identity::new(stem, stem),
    })
}

/// The report of what only Flyway can apply to a database that stays.
pub(super) fn unsupported(path: &str, name: &str) -> Option<Diagnostic> {
    let (what, help) = match parse(file_name(path))? {
        Name::Before | Name::After => (
            "a callback of Flyway",
            "let the program that starts `rowsmith migrate` do what it does",
        ),
        Name::Baseline(_) => (
            "a baseline migration of Flyway",
            "put back the migrations that it stands for; on a database that has their schema, `rowsmith migrate baseline` records them",
        ),
        _ => return None,
    };
    let message = format!("{what} cannot be applied by rowsmith");
    Some(
        Diagnostic::error(Code::InvalidMigration, message)
            .in_file(name)
            .help(help),
    )
}

/// Whether a file is named as a migration of Flyway or refinery.
pub(super) fn is_migration(name: &str) -> bool {
    parse(name).is_some()
}

fn is_versioned(name: &str) -> bool {
    matches!(parse(name), Some(Name::Versioned(_)))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// All files in the folder and the folders within.
fn files(folder: &mut Folder<'_>) -> Vec<String> {
    let mut found = folder.names.clone();
    let mut folders = folder.folders.clone();
    for _ in 0..DEPTH {
        for path in std::mem::take(&mut folders) {
            let (names, deeper) = folder.list(&path);
            found.extend(names.iter().map(|name| format!("{path}/{name}")));
            folders.extend(deeper.iter().map(|name| format!("{path}/{name}")));
        }
    }
    found
}

fn steps(folder: &mut Folder<'_>) -> Vec<Step> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut versioned, mut undo, mut repeatable) = (Vec::new(), Vec::new(), Vec::new());
    let mut baseline: Option<(Version, String)> = None;
    let all = files(folder);
    for path in &all {
        match parse(file_name(path)) {
            Some(Name::Before) => before.push(path.clone()),
            Some(Name::After) => after.push(path.clone()),
            Some(Name::Versioned(version)) => versioned.push((version, path.clone())),
            Some(Name::Undo(version)) => undo.push((version, path.clone())),
            Some(Name::Repeatable) => repeatable.push(path.clone()),
            Some(Name::Baseline(version)) => {
                if baseline
                    .as_ref()
                    .is_none_or(|(newest, _)| *newest < version)
                {
                    baseline = Some((version, path.clone()));
                }
            }
            None => report_unused(folder, path),
        }
    }
    let undone = |version: &Version| versioned.iter().any(|(known, _)| known == version);
    undo.retain(|(version, _)| !undone(version));
    versioned.append(&mut undo);
    if let Some((newest, path)) = baseline {
        versioned.retain(|(version, _)| *version > newest);
        versioned.push((newest, path));
    }
    versioned.sort();
    for pair in versioned.windows(2) {
        let [(version, one), (next, other)] = pair else {
            continue;
        };
        if version == next {
            let diagnostic = version::same(
                Diagnostic::error,
                [&folder.name(one), &folder.name(other)],
                version,
            );
            folder.diagnostics.push(diagnostic);
        }
    }
    repeatable.sort_by(|a, b| file_name(a).cmp(file_name(b)));
    let versioned = versioned.into_iter().map(|(_, path)| path);
    let paths = before
        .into_iter()
        .chain(versioned)
        .chain(repeatable)
        .chain(after);
    let steps = paths.map(|path| Step {
        singly: runs_without_transaction(folder, &all, &path),
        placeholders: true,
        ..Step::new(path)
    });
    let steps = steps.map(|step| match identity(file_name(&step.path)) {
        Some(identity) => Step { identity, ..step },
        None => step,
    });
    steps.collect()
}

/// What lies beside migrations and may have been meant as one.
fn report_unused(folder: &mut Folder<'_>, path: &str) {
    let name = folder.name(path);
    let is_code = ["rs", "java", "kt", "py"].iter().any(|ending| {
        let stem = file_name(path).strip_suffix(&format!(".{ending}"));
        stem.is_some_and(|stem| is_versioned(&format!("{stem}.sql")))
    });
    if is_code {
        folder.diagnostics.push(version::code(&name));
    } else if is_sql(file_name(path)) {
        let message = format!(
            "`{name}` is not applied: Flyway and refinery apply `V1__name.sql` and the like"
        );
        folder.diagnostics.push(
            Diagnostic::warning(Code::UnusedMigration, message)
                .in_file(&name)
                .help("rename it, or name it in `schema` before or after the folder"),
        );
    }
}

/// Whether the configuration beside a script says `executeInTransaction=false`.
fn runs_without_transaction(folder: &mut Folder<'_>, all: &[String], path: &str) -> bool {
    let configuration = format!("{path}.conf");
    let file = all
        .contains(&configuration)
        .then(|| folder.read(&configuration))
        .flatten();
    file.is_some_and(|file| {
        file.text().lines().any(|line| {
            let setting: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            setting.eq_ignore_ascii_case("executeInTransaction=false")
        })
    })
}
