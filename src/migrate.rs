//! Applies migrations to a throwaway database, and says where one fails.
//!
//! A file is sent whole, so that Postgres itself cuts it into statements and applies all or nothing. Where it insists
//! on a statement of its own (`CREATE INDEX CONCURRENTLY`, a new enum value that is used at once), the file is applied
//! again statement by statement.

mod psql;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::Range;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::database::{Database, Session};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::source::SourceFile;
use crate::syntax;

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

/// A migration that names more roles than this is not about roles that are missing.
const MAX_ROLES: usize = 100;

/// Applies the files in their order. The first that fails ends it, since the others build on it.
///
/// It does so in a session of its own: migrations change settings (a dump empties `search_path`), which must not reach
/// the analysis.
pub(crate) async fn migrate(
    database: &Database,
    migrations: &[SourceFile],
) -> Result<Vec<Diagnostic>> {
    let session = database.connect().await?;
    let roles = query_roles(&session).await?;
    database.expect_roles(&roles, migrations);
    let mut migrator = Migrator {
        private: database.is_private(),
        session,
        roles: roles.into_iter().collect(),
        created: 0,
        doing: String::new(),
    };
    for file in migrations {
        if let Some(diagnostic) = migrator.apply(file).await? {
            return Ok(vec![diagnostic]);
        }
    }
    Ok(Vec::new())
}

async fn query_roles(session: &Session) -> Result<Vec<String>> {
    let roles = session
        .client()
        .simple_query("SELECT rolname FROM pg_catalog.pg_roles")
        .await
        .map_err(|error| session.lost("reading its roles", error))?;
    let names = roles.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(names.collect())
}

struct Migrator {
    session: Session,
    /// Nobody else uses the server: roles may be created there.
    private: bool,
    /// The roles that were there before, or were created because a migration takes them for granted.
    roles: HashSet<String>,
    created: usize,
    /// What an error says of the moment it happened.
    doing: String,
}

/// Why a part of a file was not applied.
struct Failure {
    error: Refusal,
    /// Where the text that was sent begins.
    sent: usize,
    /// The statement it happened in.
    statement: Range<usize>,
    /// Everything before this is applied for good, everything from here on is not once the transaction is ended.
    resume: usize,
}

enum Refusal {
    Postgres(Box<DbError>),
    /// A `COPY` that exchanges data with the client.
    Copy,
}

impl Migrator {
    async fn apply(&mut self, file: &SourceFile) -> Result<Option<Diagnostic>> {
        self.doing = format!("applying `{}`", file.name());
        if let Some(offset) = file.text().find('\0') {
            return Ok(Some(
                Diagnostic::error(Code::MigrationFailed, "the file contains a NUL character")
                    .at(file.span(offset..offset + 1), "Postgres cannot read it")
                    .help("remove it; if the file is UTF-16, save it as UTF-8"),
            ));
        }
        let mut text = match psql::blank(file) {
            Ok(text) => text.into_owned(),
            Err(diagnostic) => return Ok(Some(*diagnostic)),
        };
        let mut start = 0;
        let mut whole = true;
        loop {
            let attempt = if whole {
                self.send_whole(&text, start).await?
            } else {
                self.send_singly(&text, start).await?
            };
            let Some(failure) = attempt else { break };
            let Refusal::Postgres(error) = &failure.error else {
                return Ok(Some(diagnose(file, &text, &failure)));
            };
            self.execute("ROLLBACK").await?;
            if whole && ALONE.contains(error.code()) {
                whole = false;
            } else if self.knows_role(error) {
                psql::erase(&mut text, failure.statement.clone());
            } else if !self.create_missing_role(error).await? {
                return Ok(Some(diagnose(file, &text, &failure)));
            }
            start = failure.resume;
        }
        self.finish(file).await
    }

    /// Ends what the next file must not find: an open transaction, and the settings of a dump.
    async fn finish(&self, file: &SourceFile) -> Result<Option<Diagnostic>> {
        let text = file.text();
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
            };
            return Ok(Some(diagnose(file, text, &failure)));
        }
        if mentions("set_config('search_path', ''") {
            self.execute("RESET ALL").await?;
        }
        self.session.take_notices();
        Ok(None)
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
        let failed = statements.get(completed).or(statements.last());
        Ok(Some(Failure {
            error,
            sent: start,
            statement: failed.cloned().unwrap_or(start..text.len()),
            resume: ended.map_or(start, |index| statements[index].end),
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
        let error: tokio_postgres::Error = match sent.await {
            Ok(()) => return Ok(Ok(())),
            Err(error) => error,
        };
        match error.as_db_error() {
            Some(refusal) if !is_fatal(refusal) => {
                let refusal = Refusal::Postgres(Box::new(refusal.clone()));
                Ok(Err((completed, refusal)))
            }
            None if !error.is_closed() && !self.session.client().is_closed() => {
                // The one answer the client does not expect here.
                Ok(Err((completed, Refusal::Copy)))
            }
            _ => Err(self.session.lost(&self.doing, error)),
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

    /// Whether a role cannot be created because it is there, through no fault of these migrations: roles belong to the
    /// whole server.
    fn knows_role(&self, error: &DbError) -> bool {
        *error.code() == SqlState::DUPLICATE_OBJECT
            && role(error, "already exists").is_some_and(|role| self.roles.contains(role))
    }

    /// Creates the role that is missing: dumps name the owners of things, who do not matter here. Only on a private
    /// server, since roles belong to the whole server.
    async fn create_missing_role(&mut self, error: &DbError) -> Result<bool> {
        let role = match role(error, "does not exist") {
            Some(role) if self.private && *error.code() == SqlState::UNDEFINED_OBJECT => role,
            _ => return Ok(false),
        };
        self.created += 1;
        let sql = format!("CREATE ROLE \"{}\"", role.replace('"', "\"\""));
        let created = self.created <= MAX_ROLES && self.execute(&sql).await?.is_none();
        if created {
            self.roles.insert(role.to_owned());
        }
        Ok(created)
    }
}

/// Whether Postgres ended the connection with this message.
fn is_fatal(error: &DbError) -> bool {
    matches!(error.severity(), "FATAL" | "PANIC")
}

/// The role a message is about.
fn role<'a>(error: &'a DbError, predicate: &str) -> Option<&'a str> {
    let rest = error.message().strip_prefix("role \"")?;
    rest.strip_suffix(predicate)?.strip_suffix("\" ")
}

/// The statements from `start` on.
fn statements(text: &str, start: usize) -> Vec<Range<usize>> {
    let found = syntax::statements(&text[start..]).into_iter();
    found
        .map(|statement| start + statement.start..start + statement.end)
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Begins,
    Ends,
    Goes,
}

/// What a statement does to the transaction.
fn transaction(statement: &str) -> Transaction {
    let mut words = statement
        .split(|character: char| !character.is_ascii_alphanumeric())
        .map(str::to_ascii_lowercase);
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "begin" | "start" => Transaction::Begins,
        "commit" | "end" | "abort" => Transaction::Ends,
        // Not to a savepoint.
        "rollback" if words.all(|word| word != "to") => Transaction::Ends,
        "prepare" if words.next().is_some_and(|word| word == "transaction") => Transaction::Ends,
        _ => Transaction::Goes,
    }
}

/// The report of a failed migration, its caret where Postgres says or else at the statement.
fn diagnose(file: &SourceFile, text: &str, failure: &Failure) -> Diagnostic {
    let first_line = text[failure.statement.clone()].lines().next();
    let line = failure.statement.start
        ..failure.statement.start + first_line.unwrap_or_default().trim_end().len();
    let error = match &failure.error {
        Refusal::Postgres(error) => error,
        Refusal::Copy => {
            return Diagnostic::error(
                Code::MigrationFailed,
                "`COPY` from or to the client is not possible in a migration",
            )
            .at(file.span(line), "")
            .help("use `INSERT`, or take the data out of the migrations");
        }
    };
    let span = match error.position() {
        Some(ErrorPosition::Original(position)) => {
            let characters = (*position as usize).saturating_sub(1);
            let sent = &text[failure.sent..];
            let within = sent.char_indices().nth(characters);
            let offset = failure.sent + within.map_or(sent.len(), |(offset, _)| offset);
            offset..offset + token_length(&text[offset..])
        }
        _ => line,
    };
    let mut diagnostic =
        Diagnostic::error(Code::MigrationFailed, error.message()).at(file.span(span.clone()), "");
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(detail);
    }
    if let Some(ErrorPosition::Internal { query, .. }) = error.position() {
        diagnostic = diagnostic.note(format!("in the statement `{query}`"));
    }
    if let Some(context) = error.where_() {
        diagnostic = diagnostic.note(context);
    }
    diagnostic = diagnostic.note(format!("SQLSTATE {}", error.code().code()));
    if let Some(hint) = error.hint() {
        diagnostic = diagnostic.help(hint);
    }
    match help(error, &text[span]) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What to do about failures whose cause is not in the file.
fn help(error: &DbError, token: &str) -> Option<String> {
    let message = error.message();
    if token.starts_with('\\') {
        Some("psql's commands are left out only where a statement would begin".to_owned())
    } else if message.starts_with("extension \"") && message.ends_with("is not available") {
        Some("install the extension for this Postgres, or use a server that has it".to_owned())
    } else if let Some(role) = role(error, "does not exist") {
        Some(format!(
            "create `{role}` on the server, or let rowsmith use installed Postgres programs, where missing roles are \
             created"
        ))
    } else if *error.code() == SqlState::QUERY_CANCELED {
        Some("a statement may take a minute".to_owned())
    } else {
        None
    }
}

/// The length of the word, quoted name or other character that `text` begins with.
fn token_length(text: &str) -> usize {
    let Some(first) = text.chars().next() else {
        return 0;
    };
    let is_word = |character: char| character.is_alphanumeric() || "_$".contains(character);
    if first == '"' || first == '\'' {
        let line = text.lines().next().unwrap_or_default();
        line[1..].find(first).map_or(1, |length| length + 2)
    } else if is_word(first) {
        text.find(|character| !is_word(character))
            .unwrap_or(text.len())
    } else {
        first.len_utf8()
    }
}
