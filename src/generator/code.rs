//! The second half of the work: from an analysis to Rust, in memory.

use super::reading::Reading;
use super::state::Run;
use crate::diagnostic::{Code, Diagnostic, has_errors};
use crate::emit::{self, Formatted, Needed};
use crate::options::Runtime;
use crate::project::Project;
use crate::rust::items::EmbeddedMigration;
use crate::rust::{self, Package};

/// A generated file.
pub(super) struct Generated {
    /// The number of its target.
    pub(super) target: usize,
    pub(super) path: String,
    pub(super) file: emit::File,
}

/// Generates the files of all targets, each with the number of its target. After mistakes, too: what is sound may
/// have some of another sort, and all are reported in one run.
pub(super) fn files(
    reading: &Reading<'_>,
    run: &Run,
    formatted: &Formatted,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Generated> {
    let mut packages = Vec::new();
    let analysed = reading.targets.iter().zip(run.analyses()).zip(&run.options);
    for (((_, project), analysis), options) in analysed {
        let (package, warnings) = rust::lower(analysis, &project.query_files, options);
        // What was left out because of a mistake may be what an override is about.
        if !has_errors(diagnostics) && !has_errors(&reading.diagnostics) {
            diagnostics.extend(warnings);
        }
        packages.push(package.map(|package| Package {
            migrations: embedded(project, diagnostics),
            ..package
        }));
    }
    let needed = needed(&packages);
    let mut files = Vec::new();
    for (number, (package, needed)) in packages.into_iter().zip(&needed).enumerate() {
        let rendered = package.and_then(|package| {
            emit::render(&package, needed, formatted).map_err(|bug| vec![*bug])
        });
        match rendered {
            Ok(rendered) => {
                let rendered = rendered.into_iter();
                files.extend(rendered.map(|(path, file)| Generated {
                    target: number,
                    path,
                    file,
                }));
            }
            Err(found) => {
                // Two queries of one name were reported when they were read.
                let is_new = |found: &Diagnostic| {
                    found.code() != Code::DuplicateName
                        || !diagnostics.iter().any(|known| known.is_like(found))
                };
                let found: Vec<_> = found.into_iter().filter(is_new).collect();
                diagnostics.extend(found);
            }
        }
    }
    files
}

/// The migrations that the code holds, if it holds them.
fn embedded(
    project: &Project,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<EmbeddedMigration>> {
    let migrations = project.embedded.as_ref()?;
    let namesake = project.query_files.iter().find(|file| {
        let name = file.key().rsplit('/').next().unwrap_or_default();
        name == "migrations.sql"
    });
    if let Some(file) = namesake {
        let message = format!(
            "`{}` and the embedded migrations would both be the module `migrations`",
            file.name()
        );
        diagnostics.push(
            Diagnostic::error(Code::DuplicateName, message)
                .in_file(file.name())
                .help("rename the file, or leave `embed_migrations` out of the configuration"),
        );
    }
    let embedded = migrations.iter().map(|migration| EmbeddedMigration {
        version: migration.identity.version.clone(),
        name: migration.identity.name.clone(),
        file: migration.file.key().to_owned(),
        text: migration.file.text().to_owned(),
        statements: migration
            .parts()
            .into_iter()
            .map(|part| (part.range, part.sent))
            .collect(),
        in_transaction: !migration.singly,
        repeatable: migration.identity.repeatable,
    });
    Some(embedded.collect())
}

/// The run-time code that each target needs. One that is shared has what all need that share it.
fn needed(packages: &[Result<Package, Vec<Diagnostic>>]) -> Vec<Needed> {
    let needed = packages.iter().map(|package| match package {
        Ok(package) => Needed::of(package),
        Err(_) => Needed::default(),
    });
    let own: Vec<Needed> = needed.collect();
    let mut needed = own.clone();
    for (package, own) in packages.iter().zip(&own) {
        if let Ok(package) = package
            && let Runtime::Shared { target, .. } = package.runtime
        {
            needed[target].share(own);
        }
    }
    needed
}
