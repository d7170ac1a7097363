//! Applies migrations to a throwaway database, and says where they fail.
//!
//! A file is sent whole, so that Postgres itself cuts it into statements and applies all or nothing. Where it insists
//! on a statement of its own (`CREATE INDEX CONCURRENTLY`, a new enum value that is used at once), the file is applied
//! again statement by statement. What migrations take for granted (roles, other tools' tables) is provided.

mod failure;
mod guard;
mod outside;
mod provide;
mod resume;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, SqlState};

use crate::database::{Database, Session};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::mend::{Mender, Trial};
use crate::migration::Migration;
use crate::syntax;
use failure::{Failure, Refusal};
use guard::Rights;
use outside::Reach;
use provide::Roles;
use statement::{Transaction, made, transaction};

pub(crate) use resume::{Resume, need_one_session};

/// What Postgres refuses in a file only because its statements make one transaction.
const ALONE: [SqlState; 5] = [
    SqlState::ACTIVE_SQL_TRANSACTION,
    SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE,
    SqlState::INVALID_TRANSACTION_TERMINATION,
    // Pending trigger events of data inserted before.
    SqlState::OBJECT_IN_USE,
    // More locks than one transaction can hold.
    SqlState::OUT_OF_MEMORY,
];

/// After so many mistakes the rest would hardly be read.
const MAX_MISTAKES: usize = 100;

/// What is wrong with the migrations.
#[derive(Debug, Default)]
pub(crate) struct Migrated {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What is not as the migrations would have it, because a statement failed: names in lower case. `None` when
    /// anything may be.
    pub(crate) missing: Option<BTreeSet<String>>,
    /// What it takes to go on after them. `None` where the session would be missed, or not all is as it should be.
    pub(crate) resume: Option<Resume>,
}

impl Migrated {
    /// Of migrations that were applied before.
    pub(crate) fn whole() -> Self {
        Self {
            missing: Some(BTreeSet::new()),
            ..Self::default()
        }
    }
}

/// Applies the files in their order. A statement that fails is left out, and so are those that build on it; the others
/// are applied, so that all mistakes are found in one run.
///
/// It does so in a session of its own: migrations change settings (a dump empties `search_path`), which must not reach
/// the analysis.
pub(crate) async fn migrate(database: &Database, migrations: &[Migration]) -> Result<Migrated> {
    let session = database.connect().await?;
    let roles = Roles::query(&session).await?;
    apply(database, session, roles, migrations).await
}

/// Applies the files to a database in which those before them were applied, and left what `after` says.
pub(crate) async fn migrate_on(
    database: &Database,
    after: Resume,
    migrations: &[Migration],
) -> Result<Migrated> {
    let session = database.connect().await?;
    apply(database, session, after.roles, migrations).await
}

async fn apply(
    database: &Database,
    session: Session,
    roles: Roles,
    migrations: &[Migration],
) -> Result<Migrated> {
    let major_version = major_version(&session).await?;
    let mut migrator = Migrator {
        private: database.is_private(),
        rights: Rights {
            is_superuser: is_superuser(&session).await?,
            major_version,
        },
        reach: Reach::default(),
        lent: Vec::new(),
        major_version,
        session,
        roles,
        doing: String::new(),
        diagnostics: Vec::new(),
        missing: BTreeSet::new(),
        lacks_extension: false,
        unmended: Vec::new(),
    };
    for (index, migration) in migrations.iter().enumerate() {
        if migrator
            .apply(migration, &migrations[index..])
            .await?
            .is_none()
        {
            return Ok(Migrated {
                diagnostics: migrator.diagnostics,
                missing: None,
                resume: None,
            });
        }
    }
    let is_whole = migrator.diagnostics.is_empty() && migrator.missing.is_empty();
    let resume = if is_whole && migrator.private && resume::is_clean(&migrator.session).await {
        Some(Resume {
            roles: migrator.roles,
        })
    } else {
        None
    };
    Ok(Migrated {
        diagnostics: migrator.diagnostics,
        missing: (!migrator.lacks_extension).then_some(migrator.missing),
        resume,
    })
}

/// The extensions that the migrations create, and perhaps others that they only speak of.
pub(crate) fn extensions(migrations: &[Migration]) -> Vec<String> {
    let texts = migrations.iter().map(|migration| migration.sql.text());
    let mut extensions: Vec<String> = texts.flat_map(statement::extensions).collect();
    extensions.sort();
    extensions.dedup();
    extensions
}

/// The version of the server, which remedies depend on.
async fn major_version(session: &Session) -> Result<u32> {
    let version = setting(session, "server_version_num").await?;
    let version = version.and_then(|version| version.parse::<u32>().ok());
    // An unknown version lacks nothing.
    Ok(version.map_or(u32::MAX, |version| version / 10_000))
}

async fn is_superuser(session: &Session) -> Result<bool> {
    let value = setting(session, "is_superuser").await?;
    Ok(value.is_some_and(|value| value == "on"))
}

async fn setting(session: &Session, name: &str) -> Result<Option<String>> {
    let messages = session
        .client()
        .simple_query(&format!("SHOW {name}"))
        .await
        .map_err(|error| session.lost("reading its version", error))?;
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(value)
}

/// Whether a query names one of `missing`.
pub(crate) fn names_any(sql: &str, missing: &BTreeSet<String>) -> bool {
    !missing.is_empty() && statement::names(sql).any(|name| missing.contains(&name))
}

struct Migrator {
    session: Session,
    /// Of the server.
    major_version: u32,
    /// Nobody else uses the server: roles may be created there.
    private: bool,
    /// Of the connection, on a server that others use.
    rights: Rights,
    /// What the statements so far have made that reaches outside of the database.
    reach: Reach,
    /// Roles that the file takes for granted, there in each of its transactions, on a server that others use.
    lent: Vec<String>,
    roles: Roles,
    /// What an error says of the moment it happened.
    doing: String,
    diagnostics: Vec<Diagnostic>,
    /// What statements that failed would have made or changed.
    missing: BTreeSet<String>,
    /// An extension is not available.
    lacks_extension: bool,
    /// The failures of the file at hand that have no remedy yet.
    unmended: Vec<Unmended>,
}

/// A failure whose remedy can be looked for when the rest of its file is applied.
struct Unmended {
    /// Of its report.
    index: usize,
    text: String,
    failure: Failure,
    /// The migration that makes what is missing, later.
    maker: Option<String>,
}

impl Migrator {
    /// Applies one file, and looks for what mends its mistakes; `rest` are it and those after it. `None` when nothing after
    /// it could be judged.
    async fn apply(&mut self, migration: &Migration, rest: &[Migration]) -> Result<Option<()>> {
        let applied = self.apply_file(migration, rest).await?;
        let unmended = std::mem::take(&mut self.unmended);
        if unmended.is_empty() {
            return Ok(applied);
        }
        let trial = if self.private {
            Trial::Run
        } else {
            Trial::Prepare
        };
        let mender = Mender::new(&self.session, trial);
        for Unmended {
            index,
            text,
            failure,
            maker,
        } in unmended
        {
            let mend = match maker {
                Some(_) => None,
                None => failure.mend(&mender, &text).await,
            };
            let version = self.major_version;
            let found = failure::diagnose(
                &self.session,
                migration,
                &text,
                &failure,
                version,
                mend.as_ref(),
            );
            self.diagnostics[index] = match maker {
                Some(maker) => found.help(maker),
                None => found,
            };
        }
        Ok(applied)
    }

    async fn apply_file(
        &mut self,
        migration: &Migration,
        rest: &[Migration],
    ) -> Result<Option<()>> {
        self.doing = format!("applying `{}`", migration.file.name());
        let mut text = migration.sql.text().to_owned();
        if let Some(offset) = text.find('\0') {
            self.diagnostics.push(failure::nul(migration, offset));
            return Ok(None);
        }
        if !self.private {
            self.lent.clear();
            statement::erase_server_statements(&mut text);
        }
        let mut start = 0;
        let mut whole = !migration.singly;
        loop {
            let attempt = if !self.private {
                self.send_guarded(&text, start, whole).await?
            } else if whole {
                self.send_whole(&text, start).await?
            } else {
                self.send_singly(&text, start).await?
            };
            let Some(failure) = attempt else { break };
            if let Refusal::Copy = failure.error {
                // The server waits for data that nobody sends.
                let found = failure::diagnose(
                    &self.session,
                    migration,
                    &text,
                    &failure,
                    self.major_version,
                    None,
                );
                self.diagnostics.push(found);
                self.unmended.clear();
                return Ok(None);
            }
            self.execute("ROLLBACK").await?;
            let resume = failure.resume;
            if let Refusal::Postgres(error) = &failure.error
                && whole
                && ALONE.contains(error.code())
            {
                whole = false;
            } else if let Some(erased) = self.remedy(&failure, &text).await? {
                if erased {
                    erase(&mut text, failure.statement);
                }
            } else if self.blame(rest, &text, &failure) {
                erase(&mut text, failure.statement);
            } else {
                return Ok(None);
            }
            start = resume;
        }
        self.finish(migration, &text).await
    }

    /// Reports a failure, unless it follows from another one. Whether the rest can be judged without the statement.
    fn blame(&mut self, rest: &[Migration], text: &str, failure: &Failure) -> bool {
        let [migration, later @ ..] = rest else {
            return false;
        };
        let statement = &text[failure.statement.clone()];
        let names_missing = names_any(statement, &self.missing);
        // Nobody knows what would have been in an extension.
        let is_unknown = |error: &DbError| {
            [SqlState::UNDEFINED_OBJECT, SqlState::UNDEFINED_FUNCTION].contains(error.code())
        };
        let may_be_in_extension = self.lacks_extension
            && matches!(&failure.error, Refusal::Postgres(error) if is_unknown(error));
        if !names_missing && !may_be_in_extension {
            let version = self.major_version;
            let found = failure::diagnose(&self.session, migration, text, failure, version, None);
            let maker = later
                .iter()
                .find(|migration| failure.is_mended_by(migration));
            self.unmended.push(Unmended {
                index: self.diagnostics.len(),
                text: text.to_owned(),
                failure: failure.clone(),
                maker: maker.map(|maker| {
                    format!(
                        "`{}` makes it, which is applied later: change the order",
                        maker.file.name()
                    )
                }),
            });
            self.diagnostics.push(found);
        }
        self.lacks_extension |= statement::is_extension(statement);
        let Some(made) = made(statement) else {
            return false;
        };
        self.missing.extend(made);
        !failure.at_end && self.diagnostics.len() < MAX_MISTAKES
    }

    /// Ends what the next file must not find: an open transaction, and the settings of a dump.
    async fn finish(&mut self, migration: &Migration, text: &str) -> Result<Option<()>> {
        let mentions = |word: &str| {
            text.as_bytes()
                .windows(word.len())
                .any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        };
        if (mentions("begin") || mentions("start"))
            && let Some(error) = self.execute("COMMIT").await?
        {
            let failure = Failure {
                error: Refusal::Postgres(Box::new(error)),
                sent: text.len(),
                statement: syntax::statements(text).pop().unwrap_or_default(),
                resume: text.len(),
                at_end: true,
            };
            let version = self.major_version;
            let found = failure::diagnose(&self.session, migration, text, &failure, version, None);
            self.diagnostics.push(found);
            return Ok(None);
        }
        if mentions("set_config('search_path', ''") {
            self.execute("RESET ALL").await?;
        }
        if mentions("session authorization") || mentions("role") {
            self.execute("RESET SESSION AUTHORIZATION; RESET ROLE")
                .await?;
        }
        self.session.take_notices();
        Ok(Some(()))
    }

    /// Sends everything from `start` on as one request.
    async fn send_whole(&self, text: &str, start: usize) -> Result<Option<Failure>> {
        let Err((completed, error)) = self.send(&text[start..]).await? else {
            return Ok(None);
        };
        let statements = statements(text, start);
        let done = &statements[..completed.min(statements.len())];
        let ended = done
            .iter()
            .rposition(|statement| transaction(&text[statement.clone()]) == Transaction::Ends);
        // A mistake in the grammar is found before anything is done.
        let pointed = error.offset(&text[start..]).map(|offset| start + offset);
        let failed = pointed
            .filter(|_| completed == 0)
            .and_then(|offset| statements.iter().find(|statement| offset <= statement.end))
            .or(statements.get(completed))
            .or(statements.last());
        Ok(Some(Failure {
            error,
            sent: start,
            statement: failed.cloned().unwrap_or(start..text.len()),
            resume: ended.map_or(start, |index| statements[index].end),
            at_end: completed >= statements.len(),
        }))
    }

    /// Sends each statement from `start` on as a request of its own.
    async fn send_singly(&self, text: &str, start: usize) -> Result<Option<Failure>> {
        let mut block = None;
        for statement in statements(text, start) {
            if let Err((_, error)) = self.send(&text[statement.clone()]).await? {
                return Ok(Some(Failure {
                    error,
                    sent: statement.start,
                    resume: block.unwrap_or(statement.start),
                    at_end: false,
                    statement,
                }));
            }
            match transaction(&text[statement.clone()]) {
                Transaction::Begins => block = block.or(Some(statement.start)),
                Transaction::Ends => block = None,
                Transaction::Goes => {}
            }
        }
        Ok(None)
    }

    /// Sends one request. The inner error comes with the number of statements that were completed before.
    async fn send(&self, sql: &str) -> Result<Result<(), (usize, Refusal)>> {
        let mut completed = 0;
        let sent = async {
            let mut messages = pin!(self.session.client().simple_query_raw(sql).await?);
            while let Some(message) = messages.try_next().await? {
                if let SimpleQueryMessage::CommandComplete(_) = message {
                    completed += 1;
                }
            }
            Ok(())
        };
        match sent.await {
            Ok(()) => Ok(Ok(())),
            Err(error) => Ok(Err((completed, self.refusal(error)?))),
        }
    }

    /// Runs a statement of our own.
    async fn execute(&self, sql: &str) -> Result<Option<DbError>> {
        match self.session.client().batch_execute(sql).await {
            Ok(()) => Ok(None),
            Err(error) => match error.as_db_error() {
                Some(refusal) if !is_fatal(refusal) => Ok(Some(refusal.clone())),
                _ => Err(self.session.lost(&self.doing, error)),
            },
        }
    }
}

/// Whether Postgres ended the connection with this message.
fn is_fatal(error: &DbError) -> bool {
    matches!(error.severity(), "FATAL" | "PANIC")
}

/// Replaces all but line breaks by blanks: positions stay what they are.
fn erase(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()]
        .bytes()
        .map(|byte| match byte {
            b'\n' | b'\r' => char::from(byte),
            _ => ' ',
        })
        .collect();
    text.replace_range(range, &blanks);
}

/// The statements from `start` on.
fn statements(text: &str, start: usize) -> Vec<Range<usize>> {
    let found = syntax::statements(&text[start..]).into_iter();
    found
        .map(|statement| start + statement.start..start + statement.end)
        .collect()
}
