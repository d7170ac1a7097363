//! Where a database stands: its journal held against the migrations. Pure.

use crate::journal::{Row, Text};
use crate::migration::{Migration, Migrations};

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    entries: Vec<Entry>,
    journal: Option<String>,
}

/// A migration, or a row of the journal that no file belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What identifies it.
    pub version: String,
    /// What people call it.
    pub name: String,
    /// The path of its file; `None` if there is no file.
    pub file: Option<String>,
    /// When it was applied, or began, as Postgres writes a `timestamptz`.
    pub applied_at: Option<String>,
    /// Whether the database has it.
    pub state: State,
}

/// Whether a database has a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is applied, and its file is as it was.
    Applied,
    /// It is not applied, and comes after all that are.
    Pending,
    /// It is not applied, but one that comes after it is.
    OutOfOrder,
    /// It is applied, and its file has changed since.
    Edited,
    /// It is applied, and there is no file.
    Missing,
    /// It is being applied right now, by another process.
    Running {
        /// The number of the statement it is at, from 1.
        statement: usize,
    },
    /// It runs without a transaction, and has stopped.
    Stopped {
        /// The number of the statement it goes on with, from 1.
        statement: usize,
        /// That statement was begun, and may have been done.
        begun: bool,
    },
}

impl State {
    /// One or two words, the same in every version of this crate.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Running { .. } => "running",
            Self::Stopped { .. } => "stopped",
        }
    }
}

impl Status {
    /// Each migration in its order, then the rows without a file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The table that the journal was read from; `None` if the database has none. Where another tool has migrated the
    /// database, it is that tool's.
    pub fn journal(&self) -> Option<&str> {
        self.journal.as_deref()
    }

    /// Whether every migration is applied, and nothing else is.
    pub fn is_current(&self) -> bool {
        self.entries
            .iter()
            .all(|entry| entry.state == State::Applied)
    }

    /// Whether files and database contradict each other: something is edited, missing, out of order or stopped.
    pub fn is_diverged(&self) -> bool {
        self.entries.iter().any(|entry| {
            !matches!(
                entry.state,
                State::Applied | State::Pending | State::Running { .. }
            )
        })
    }

    /// What has stopped is running if another process holds the lock.
    pub(crate) fn mark_running(&mut self) {
        for entry in &mut self.entries {
            if let State::Stopped { statement, .. } = entry.state {
                entry.state = State::Running { statement };
            }
        }
    }

    pub(crate) fn has_stopped(&self) -> bool {
        let is_stopped = |entry: &Entry| matches!(entry.state, State::Stopped { .. });
        self.entries.iter().any(is_stopped)
    }

    /// Holds the rows of the journal against the migrations.
    pub(crate) fn of(migrations: &Migrations, rows: &[Row], journal: Option<String>) -> Self {
        let row_of = |migration: &Migration| {
            let mut rows = rows.iter();
            rows.find(|row| row.version == migration.version())
        };
        let last = migrations
            .iter()
            .rposition(|migration| !migration.is_repeatable() && row_of(migration).is_some());
        let files = migrations
            .iter()
            .enumerate()
            .map(|(index, migration)| Entry {
                version: migration.version().to_owned(),
                name: migration.name().to_owned(),
                file: Some(migration.file().to_owned()),
                applied_at: row_of(migration).and_then(|row| row.applied_at.clone()),
                state: match row_of(migration) {
                    Some(row) => applied(migration, row),
                    None if last.is_some_and(|last| index < last) && !migration.is_repeatable() => {
                        State::OutOfOrder
                    }
                    None => State::Pending,
                },
            });
        let without_file = rows
            .iter()
            .filter(|row| migrations.find(&row.version).is_none());
        let missing = without_file.map(|row| Entry {
            version: row.version.clone(),
            name: row.name.clone(),
            file: None,
            applied_at: row.applied_at.clone(),
            state: State::Missing,
        });
        Self {
            entries: files.chain(missing).collect(),
            journal,
        }
    }
}

/// The state of a migration that the journal knows.
fn applied(migration: &Migration, row: &Row) -> State {
    match (row.stopped, row.text) {
        (Some((statement, begun)), _) => State::Stopped { statement, begun },
        (None, Text::Edited) if migration.is_repeatable() => State::Pending,
        (None, Text::Edited) => State::Edited,
        (None, Text::Same | Text::Unknown) => State::Applied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrations() -> Migrations {
        let read = |version: &str| {
            let file = format!("{version}_a.sql");
            Migration::read(
                version.to_owned(),
                "a".to_owned(),
                file,
                String::new(),
                Vec::new(),
            )
        };
        vec![
            read("1"),
            read("2"),
            read("10"),
            read("R__views").repeatable(),
        ]
        .into()
    }

    fn row(version: &str) -> Row {
        Row {
            version: version.to_owned(),
            name: "a".to_owned(),
            applied_at: None,
            text: Text::Same,
            stopped: None,
        }
    }

    fn states(rows: &[Row]) -> Vec<(String, State)> {
        let status = Status::of(&migrations(), rows, None);
        let entries = status.entries.into_iter();
        entries.map(|entry| (entry.version, entry.state)).collect()
    }

    #[test]
    fn pending_is_what_the_journal_lacks() {
        let found = states(&[row("2"), row("3")]);
        let expected = [
            ("1", State::OutOfOrder),
            ("2", State::Applied),
            ("10", State::Pending),
            ("R__views", State::Pending),
            ("3", State::Missing),
        ];
        let expected = expected.map(|(version, state)| (version.to_owned(), state));
        assert_eq!(found, expected);
    }

    #[test]
    fn edited_files_are_seen_and_repeatable_ones_are_applied_again() {
        let edited = |version| Row {
            text: Text::Edited,
            ..row(version)
        };
        let found = states(&[edited("1"), edited("R__views")]);
        assert_eq!(found[0].1, State::Edited);
        assert_eq!(found[1].1, State::Pending);
        assert_eq!(found[3].1, State::Pending);
        let status = Status::of(&migrations(), &[edited("1")], None);
        assert!(status.is_diverged() && !status.is_current());
    }

    #[test]
    fn a_file_that_stopped_is_neither_applied_nor_edited() {
        let stopped = Row {
            text: Text::Edited,
            stopped: Some((3, true)),
            ..row("1")
        };
        let expected = State::Stopped {
            statement: 3,
            begun: true,
        };
        assert_eq!(states(&[stopped])[0].1, expected);
    }
}
