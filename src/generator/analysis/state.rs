//! What the snapshot on disk is worth, beside the files as they are now.

use std::fmt::Write as _;

use super::super::{Generator, REFRESH, Reliance};
use super::{Closing, Parsed, Run, options};
use crate::config;
use crate::diagnostic::{Code, Diagnostic};
use crate::snapshot::{self, Snapshot, Stored, Unusable};

/// What is on disk beside what should be.
pub(super) enum State {
    Current(Snapshot),
    /// With why, for people, after "the snapshot".
    Outdated(Option<Stored>, String),
    Unusable(Unusable),
}

impl Generator {
    /// The warning that a snapshot is there, but of no use.
    pub(super) fn made_anew(&self, unusable: &Unusable) -> Option<Diagnostic> {
        let is_looked_at = self.uses_snapshot && self.reliance == Reliance::Snapshot;
        if !is_looked_at || *unusable == Unusable::Missing {
            return None;
        }
        let name = &self.config.snapshot_name;
        let then = if unusable.is_of_a_snapshot() {
            "it is made anew"
        } else {
            "Postgres is asked"
        };
        let message = format!("the snapshot `{name}` {unusable}, so {then}");
        let warning = Diagnostic::warning(Code::UnusableSnapshot, message);
        Some(warning.in_file(name))
    }

    /// Compares the snapshot with the files.
    pub(super) fn state(&self, parsed: &[Parsed<'_>]) -> State {
        let prepared = self.warmth.as_ref();
        let prepared = prepared.and_then(|warmth| warmth.borrow_mut().snapshot.take());
        let stored = match Stored::open(&self.config.snapshot, prepared) {
            Ok(stored) => stored,
            Err(unusable) => return State::Unusable(unusable),
        };
        if stored.targets().len() != parsed.len() {
            return State::Outdated(None, "the configuration changed".to_owned());
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
                Ok(snapshot) => State::Current(snapshot),
                Err(unusable) => State::Unusable(unusable),
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
        State::Outdated(Some(stored), what)
    }

    /// The mistake that there is no current snapshot where Postgres may not be asked.
    pub(super) fn not_current(&self, state: &State, parsed: &[Parsed<'_>]) -> Diagnostic {
        let name = &self.config.snapshot_name;
        let message = match state {
            State::Current(_) | State::Unusable(Unusable::Missing) => {
                format!("there is no snapshot `{name}`, and Postgres may not be asked")
            }
            State::Unusable(unusable) => {
                format!("the snapshot `{name}` {unusable}, and Postgres may not be asked")
            }
            State::Outdated(_, what) => {
                format!(
                    "the snapshot `{name}` is not current ({what}), and Postgres may not be asked"
                )
            }
        };
        let mistake = Diagnostic::error(Code::UnusableSnapshot, message);
        let other = match state {
            State::Outdated(Some(stored), _) => other_postgres(stored, parsed),
            _ => None,
        };
        match other {
            Some((version, found)) => {
                let label = format!("Postgres {} is asked for here", version.major);
                let help = format!("{REFRESH}; or write `version: {found}`");
                mistake.at(version.span(), label).help(help)
            }
            None => mistake.in_file(name).help(REFRESH),
        }
    }

    /// What a current snapshot says.
    pub(super) fn restore(
        &self,
        snapshot: Snapshot,
        parsed: &[Parsed<'_>],
        mut diagnostics: Vec<Diagnostic>,
    ) -> Run {
        for (parsed, target) in parsed.iter().zip(&snapshot.targets) {
            diagnostics.extend(self.restored_warnings(parsed, target));
        }
        Run {
            snapshot,
            is_new: false,
            options: options(parsed),
            diagnostics,
            servers: Vec::new(),
            closing: Closing::default(),
        }
    }

    pub(super) fn restored_warnings<'b>(
        &'b self,
        parsed: &'b Parsed<'_>,
        target: &'b snapshot::Target,
    ) -> impl Iterator<Item = Diagnostic> + 'b {
        let (project, config) = (parsed.project, [&self.config.file]);
        let migrations = project.migrations.iter().map(|migration| &migration.file);
        let files = migrations.chain(&project.query_files);
        let files: Vec<_> = files.chain(config).collect();
        let warnings = target.warnings.iter();
        warnings.filter_map(move |warning| warning.restore(&files))
    }
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
