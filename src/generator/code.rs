//! The second half of the work: from an analysis to Rust, in memory.

use super::reading::Reading;
use super::state::Run;
use crate::diagnostic::{Code, Diagnostic, has_errors};
use crate::emit::{self, Formatted};
use crate::rust;

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
    let mut files = Vec::new();
    let analysed = reading.targets.iter().zip(run.analyses()).zip(&run.options);
    for (number, (((_, project), analysis), options)) in analysed.enumerate() {
        let (package, warnings) = rust::lower(analysis, &project.query_files, options);
        // What was left out because of a mistake may be what an override is about.
        if !has_errors(diagnostics) && !has_errors(&reading.diagnostics) {
            diagnostics.extend(warnings);
        }
        let rendered =
            package.and_then(|package| emit::render(&package, formatted).map_err(|bug| vec![*bug]));
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
