//! Migrations of a database that stays: what the crate `rowsmith-migrate` applies, made of the project's files, and its
//! failures as reports with a caret.

use std::collections::BTreeMap;

use rowsmith_migrate::{ErrorKind, Migrations, Place, Statement};

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::migration::Migration;
use crate::syntax::tokens_from;

/// The migrations of a project, for a database that stays.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) migrations: Migrations,
    files: BTreeMap<String, Migration>,
}

impl Deployment {
    pub(crate) fn new(found: Vec<Migration>) -> Self {
        let migrations: Vec<_> = found.iter().map(ready).collect();
        let files = found
            .into_iter()
            .map(|migration| (migration.identity.version.clone(), migration));
        Self {
            migrations: migrations.into(),
            files: files.collect(),
        }
    }

    /// Turns a failure into a report that shows the statement.
    pub(crate) fn report(&self, error: &rowsmith_migrate::Error) -> Error {
        if let Some(place) = error.place()
            && let Some(migration) = self.files.get(&place.version)
        {
            return self.diagnostic(error, place, migration).into();
        }
        let mut failure = Error::new(match error.code() {
            Some(code) => format!("{} (SQLSTATE {code})", error.message()),
            None => error.message().to_owned(),
        });
        if let Some(source) = std::error::Error::source(error) {
            failure = failure.with_source(source.to_string());
        }
        match error.help() {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }

    fn diagnostic(
        &self,
        error: &rowsmith_migrate::Error,
        place: &Place,
        migration: &Migration,
    ) -> Diagnostic {
        let text = migration.sql.text();
        let starts = crate::syntax::statements(text);
        let statement = starts.get(place.statement - 1).cloned().unwrap_or(0..0);
        let at = (statement.start + place.offset).min(text.len());
        let length = tokens_from(text, at)
            .next()
            .map_or(1, |token| token.range.len());
        let origin = migration.sql.origin(at);
        let span = if origin.is_empty() {
            origin.start..origin.start + length
        } else {
            origin
        };
        let mut found = Diagnostic::error(Code::MigrationFailed, error.message())
            .at(migration.file.span(span), "");
        if let Some(code) = error.code() {
            found = found.note(format!("SQLSTATE {code}"));
        }
        if error.kind() == ErrorKind::Failed {
            let ready = self.migrations.find(&place.version);
            let is_whole = ready.is_some_and(rowsmith_migrate::Migration::is_in_transaction);
            found = found.note(if is_whole {
                "nothing of this file was applied"
            } else {
                "the statements before this one are applied; it goes on here"
            });
        }
        match error.help() {
            Some(help) => found.help(help),
            None => found,
        }
    }
}

/// What the crate applies of a file.
fn ready(migration: &Migration) -> rowsmith_migrate::Migration {
    let parts = migration.parts().into_iter();
    let statements = parts.map(|part| match part.sent {
        None => Statement::new(part.range.start, part.range.end),
        Some(sql) => Statement::with_sql(part.range.start, part.range.end, sql),
    });
    let identity = &migration.identity;
    let ready = rowsmith_migrate::Migration::read(
        identity.version.clone(),
        identity.name.clone(),
        migration.file.key().to_owned(),
        migration.file.text().to_owned(),
        statements.collect(),
    );
    let ready = if migration.singly {
        ready.without_transaction()
    } else {
        ready
    };
    if identity.repeatable {
        ready.repeatable()
    } else {
        ready
    }
}
