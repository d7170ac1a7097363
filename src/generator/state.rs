//! The snapshot on disk, compared with the files as they are now.

use std::fmt::Write as _;

use super::reading::{Parsed, Reading};
use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::ir;
use crate::options::Options;
use crate::snapshot::{self, Snapshot, Stored, Unusable};

/// The analysis of every target, in their order, and what was found since the files were read.
pub(super) struct Run {
    pub(super) snapshot: Snapshot,
    /// The configured options, and the overrides that are written in queries.
    pub(super) options: Vec<Options>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The snapshot on disk beside what it should be.
pub(super) enum State {
    Current(Snapshot),
    /// With the reason for people, after "the snapshot".
    Outdated(Option<Stored>, String),
    Unusable(Unusable),
}

/// How to fix an outdated snapshot.
const REFRESH: &str = "run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code) on a machine \
                       with Postgres, and commit the snapshot";

/// How to fix one that the command of another version wrote.
const REFRESH_BY_THIS_VERSION: &str = concat!(
    "install the command of the same version, ",
    env!("CARGO_PKG_VERSION"),
    ", run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code), and commit the snapshot",
);

/// Why nothing but the snapshot will do.
#[cfg(feature = "postgres")]
const NOT_ASKED: &str = "Postgres may not be asked";
#[cfg(not(feature = "postgres"))]
const NOT_ASKED: &str = "rowsmith was built without the feature `postgres`";

impl Run {
    pub(super) fn analyses(&self) -> impl Iterator<Item = &ir::Analysis> {
        self.snapshot.targets.iter().map(|target| &target.analysis)
    }

    fn restore(
        config: &Config,
        snapshot: Snapshot,
        parsed: &[Parsed<'_>],
        mut diagnostics: Vec<Diagnostic>,
    ) -> Self {
        for (parsed, target) in parsed.iter().zip(&snapshot.targets) {
            diagnostics.extend(restored_warnings(config, parsed, target));
        }
        Self {
            snapshot,
            options: parsed.iter().map(Parsed::options).collect(),
            diagnostics,
        }
    }
}

impl State {
    /// Compares the snapshot with the files. `known` is the file as it was read before.
    pub(super) fn of(config: &Config, parsed: &[Parsed<'_>], known: Option<Stored>) -> Self {
        let stored = match Stored::open(&config.snapshot, known) {
            Ok(stored) => stored,
            Err(unusable) => return Self::Unusable(unusable),
        };
        if stored.targets().len() != parsed.len() {
            return Self::Outdated(None, "the configuration changed".to_owned());
        }
        let mut changes = Vec::new();
        for (now, before) in parsed.iter().zip(stored.targets()) {
            changes.extend(now.inputs.changes(&before.inputs));
        }
        if let Some((version, found)) = other_postgres(&stored, parsed) {
            let asked = version.major;
            changes.insert(0, format!("it is of Postgres {found}, not {asked}"));
        }
        if changes.is_empty() {
            return match stored.read() {
                Ok(snapshot) => Self::Current(snapshot),
                Err(unusable) => Self::Unusable(unusable),
            };
        }
        changes.dedup();
        // A few tell enough.
        let more = changes.len().saturating_sub(3);
        changes.truncate(3);
        let mut what = changes.join(", ");
        if more > 0 {
            let _ = write!(what, ", and {more} more"); // A string takes everything.
        }
        Self::Outdated(Some(stored), what)
    }

    /// The contents of a current snapshot.
    ///
    /// # Errors
    /// If it is not current, with everything else that is wrong with the files.
    pub(super) fn into_run(
        self,
        config: &Config,
        reading: &Reading<'_>,
        parsed: &[Parsed<'_>],
        mut diagnostics: Vec<Diagnostic>,
    ) -> Result<Run> {
        match self {
            Self::Current(snapshot) => Ok(Run::restore(config, snapshot, parsed, diagnostics)),
            state => {
                diagnostics.extend(reading.diagnostics.iter().cloned());
                diagnostics.push(state.not_current(config, parsed));
                Err(diagnostics.into())
            }
        }
    }

    /// The mistake that there is no current snapshot, where Postgres cannot be asked.
    fn not_current(&self, config: &Config, parsed: &[Parsed<'_>]) -> Diagnostic {
        let name = &config.snapshot_name;
        let message = match self {
            Self::Current(_) | Self::Unusable(Unusable::Missing) => {
                format!("there is no snapshot `{name}`, and {NOT_ASKED}")
            }
            Self::Unusable(unusable) => {
                format!("the snapshot `{name}` {unusable}, and {NOT_ASKED}")
            }
            Self::Outdated(_, what) => {
                format!("the snapshot `{name}` is not current ({what}), and {NOT_ASKED}")
            }
        };
        let mistake = Diagnostic::error(Code::UnusableSnapshot, message);
        let other = match self {
            Self::Outdated(Some(stored), _) => other_postgres(stored, parsed),
            _ => None,
        };
        let mistake = match other {
            Some((version, found)) => {
                let label = format!("Postgres {} is asked for here", version.major);
                let help = format!("{REFRESH}; or write `version: {found}`");
                mistake.at(version.span(), label).help(help)
            }
            None => mistake.in_file(name).help(match self {
                Self::Unusable(Unusable::OtherVersion(_)) => REFRESH_BY_THIS_VERSION,
                _ => REFRESH,
            }),
        };
        if cfg!(feature = "postgres") {
            mistake
        } else {
            mistake.help(
                "or have Postgres asked: add `features = [\"postgres\"]` to the dependency `rowsmith` in `Cargo.toml`",
            )
        }
    }
}

fn restored_warnings<'b>(
    config: &'b Config,
    parsed: &'b Parsed<'_>,
    target: &'b snapshot::Target,
) -> impl Iterator<Item = Diagnostic> + 'b {
    let project = parsed.project;
    let migrations = project.migrations.iter().map(|migration| &migration.file);
    let files: Vec<_> = migrations
        .chain(&project.query_files)
        .chain([&config.file])
        .collect();
    let warnings = target.warnings.iter();
    warnings.filter_map(move |warning| warning.restore(&files))
}

/// A version that is asked for, and the one that the snapshot is of instead.
fn other_postgres<'a>(
    stored: &Stored,
    parsed: &[Parsed<'a>],
) -> Option<(&'a config::Version, u32)> {
    let mut targets = parsed.iter().zip(stored.targets());
    targets.find_map(|(now, before)| {
        let version = now.target.database.version.as_ref()?;
        (version.major != before.postgres).then_some((version, before.postgres))
    })
}
