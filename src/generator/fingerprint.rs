//! What the output depends on: one list of facts. The snapshot holds digests of those that the analysis depends on, by
//! file; the memory holds one digest of all.

use crate::config::Config;
use crate::project::Project;
use crate::snapshot::Inputs;
use crate::source::SourceFile;
#[cfg(feature = "postgres")]
use {crate::digest::digest, crate::program};

/// A file of the project, with all of it that the analysis depends on.
struct Input<'a> {
    file: &'a SourceFile,
    facts: [&'a str; 2],
}

impl<'a> Input<'a> {
    fn by_key(self) -> (&'a str, [&'a str; 2]) {
        (self.file.key(), self.facts)
    }
}

/// The migrations of a target: what is applied of each, and how.
fn migrations(project: &Project) -> impl Iterator<Item = Input<'_>> {
    project.migrations.iter().map(|migration| Input {
        file: &migration.file,
        facts: [
            migration.sql.text(),
            if migration.singly { "singly" } else { "" },
        ],
    })
}

fn queries(project: &Project) -> impl Iterator<Item = Input<'_>> {
    project.query_files.iter().map(|file| Input {
        file,
        facts: [file.text(), ""],
    })
}

/// What the analysis of a target depends on, as the snapshot holds it.
pub(super) fn of_analysis(config: &Config, project: &Project) -> Inputs {
    Inputs::of(
        &config.substance,
        migrations(project).map(Input::by_key),
        queries(project).map(Input::by_key),
    )
}

/// A digest of everything that the output depends on but for the snapshot: of the analysis, and of what reports show,
/// which is the names and texts of the files.
#[cfg(feature = "postgres")]
pub(super) fn of_output<'a>(
    config: &Config,
    projects: impl IntoIterator<Item = &'a Project>,
) -> String {
    let program = program::build();
    let mut parts: Vec<&[u8]> = vec![
        program.as_bytes(),
        config.file.name().as_bytes(),
        config.file.text().as_bytes(),
    ];
    for project in projects {
        for inputs in [
            migrations(project).collect::<Vec<_>>(),
            queries(project).collect(),
        ] {
            for Input { file, facts } in inputs {
                parts.extend([file.name(), file.key(), file.text()].map(str::as_bytes));
                parts.extend(facts.map(str::as_bytes));
            }
            parts.push(b"end");
        }
    }
    digest(parts)
}
