//! The options of a plugin of sqlc, which are those of `gen.rust`.

use std::path::Path;

use super::{Checker, file};
use crate::error::Result;
use crate::options::Options;
use crate::source::SourceFile;

/// Reads the options that sqlc passes on as JSON; there may be none.
#[cfg_attr(
    not(feature = "cli"),
    expect(dead_code, reason = "only the command line is a plugin")
)]
pub(crate) fn plugin_options(json: &str) -> Result<Options> {
    if json.trim().is_empty() {
        return Ok(Options::default());
    }
    let file = SourceFile::new("the plugin's options", "options.json", json);
    let (section, diagnostics) = file::parse_plugin_options(&file);
    let mut checker = Checker {
        root: Path::new(""),
        base: Path::new(""),
        diagnostics,
    };
    let options = section.map(|mut section| {
        let runtime = section.runtime.take();
        let mut options = checker.options(&mut section).1;
        options.runtime = checker.runtime_of_plugin(runtime.as_ref());
        options
    });
    if checker.diagnostics.is_empty() {
        Ok(options.unwrap_or_default())
    } else {
        Err(checker.diagnostics.into())
    }
}
