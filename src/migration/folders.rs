//! Tools that give each migration a folder: Diesel, Prisma and newer versions of drizzle-kit.

use std::cmp::Ordering;

use super::folder::Folder;
use super::version::{self, Version};
use super::{Identity, Layout, Step};
use crate::diagnostic::{Code, Diagnostic};

/// `2024-01-02-030405_create_users/up.sql`, with `down.sql` and sometimes `metadata.toml` beside it.
pub(super) const DIESEL: Layout = Layout {
    tool: "Diesel",
    sign: |folder| sign(folder, "up.sql"),
    steps: |folder| {
        let mut steps = steps(folder, "up.sql", |a, b| {
            version(a).cmp(&version(b)).then_with(|| a.cmp(b))
        });
        for pair in steps.windows(2).map(|pair| [&pair[0].path, &pair[1].path]) {
            let [one, other] = pair.map(|path| path.split('/').next().unwrap_or_default());
            if version(one) == version(other) {
                let diagnostic = version::same(
                    Diagnostic::error,
                    [&folder.name(one), &folder.name(other)],
                    &version(one),
                );
                folder.diagnostics.push(diagnostic);
            }
        }
        for step in &mut steps {
            let folder_name = step.path.split('/').next().unwrap_or_default();
            let name = folder_name.split_once('_').map_or("", |(_, name)| name);
            step.identity = Identity::new(version(folder_name).to_string(), name);
            step.singly = runs_without_transaction(folder, &step.path);
        }
        steps
    },
};

/// `20240102030405_users/migration.sql`: of Prisma with a `migration_lock.toml`, of drizzle-kit with a snapshot in each
/// folder. Both apply them in the order of their names as text, so that `20250625_b` comes after `20250409154352_a`.
pub(super) const MIGRATION_SQL: Layout = Layout {
    tool: "Prisma or drizzle-kit",
    sign: |folder| sign(folder, "migration.sql"),
    steps: |folder| {
        let mut steps = steps(folder, "migration.sql", str::cmp);
        for step in &mut steps {
            // The whole name: Prisma knows them by it.
            let folder_name = step.path.split('/').next().unwrap_or_default();
            let name = folder_name.split_once('_').map_or("", |(_, name)| name);
            step.identity = Identity::new(folder_name, name);
        }
        steps
    },
};

/// The first folder that holds `file`.
fn sign(folder: &mut Folder<'_>, file: &str) -> Option<String> {
    folder.folders.clone().into_iter().find_map(|name| {
        let holds = folder.list(&name).0.iter().any(|found| found == file);
        holds.then(|| format!("{name}/{file}"))
    })
}

fn steps(folder: &mut Folder<'_>, file: &str, order: impl Fn(&str, &str) -> Ordering) -> Vec<Step> {
    let mut found = Vec::new();
    for name in folder.folders.clone() {
        let (files, _) = folder.list(&name);
        if files.iter().any(|found| found == file) {
            found.push(name);
        } else if name.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("the migration `{}` has no `{file}`", folder.name(&name));
            let diagnostic = Diagnostic::error(Code::InvalidMigration, message)
                .help("put the file back, or remove the folder");
            folder.diagnostics.push(diagnostic);
        }
    }
    found.sort_by(|a, b| order(a, b));
    let paths = found.into_iter().map(|name| format!("{name}/{file}"));
    paths.map(Step::new).collect()
}

/// Diesel's version: what stands before the first `_`, without `-`.
fn version(name: &str) -> Version {
    let digits = name.split('_').next().unwrap_or_default();
    Version::parse(&digits.replace('-', ""))
}

/// Whether `metadata.toml` says `run_in_transaction = false`.
fn runs_without_transaction(folder: &mut Folder<'_>, path: &str) -> bool {
    const METADATA: &str = "metadata.toml";
    let Some((own, _)) = path.split_once('/') else {
        return false;
    };
    let has_metadata = folder.list(own).0.iter().any(|name| name == METADATA);
    let metadata = has_metadata
        .then(|| folder.read(&format!("{own}/{METADATA}")))
        .flatten();
    metadata.is_some_and(|file| {
        file.text().lines().any(|line| {
            let line = line.split('#').next().unwrap_or_default();
            let setting = line
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()));
            setting == Some(("run_in_transaction", "false"))
        })
    })
}
