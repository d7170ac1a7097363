//! The lines that a build script prints for Cargo.
#![expect(
    clippy::print_stdout,
    reason = "this is how build scripts talk to Cargo"
)]

use std::iter;

use crate::config::Config;
#[cfg(feature = "postgres")]
use crate::config::{Target, Uri};
use crate::diagnostic::{Diagnostic, Severity};
use crate::project::Project;

/// Names the files that the output depends on. Cargo then runs the build script again when one of them changes.
pub(super) fn depend_on_files(config: &Config, project: &Project) {
    // Cargo takes a file that does not exist for one that changed.
    let snapshot = Some(&config.snapshot).filter(|path| path.exists());
    for path in project.inputs().iter().chain(snapshot) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// Names the environment variables that decide whether and where Postgres is asked: `ours`, and those in the
/// configuration.
#[cfg(feature = "postgres")]
pub(super) fn depend_on_variables(target: &Target, ours: &[&str]) {
    let variables = target.database.uri.iter().flat_map(Uri::variables);
    for variable in variables.chain(ours.iter().copied().map(str::to_owned)) {
        println!("cargo::rerun-if-env-changed={variable}");
    }
}

/// Shows the warnings. Cargo prints them for packages of the user's workspace.
pub(super) fn show_warnings(warnings: &[Diagnostic]) {
    let is_warning = |found: &&Diagnostic| found.severity() == Severity::Warning;
    for line in warnings.iter().filter(is_warning).flat_map(|warning| {
        let place = match (warning.file(), warning.line_and_column()) {
            (Some(file), Some((line, column))) => format!("{file}:{line}:{column}: "),
            (Some(file), None) => format!("{file}: "),
            (None, _) => String::new(),
        };
        let message = iter::once(format!("{place}{}", warning.message()));
        message.chain(warning.helps().map(|help| format!("help: {help}")))
    }) {
        println!("cargo::warning={line}");
    }
}
