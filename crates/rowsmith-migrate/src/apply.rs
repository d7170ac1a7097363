//! Applies what is pending, file by file.
//!
//! Each file claims its row of the journal first, in the transaction that applies it. Even without the lock, two processes
//! could not both apply it.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::alone;
use crate::error::{Error, ErrorKind, Place};
use crate::journal::foreign::Found;
use crate::journal::{self, own};
use crate::migration::{Migration, Migrations};
use crate::options::Options;
use crate::progress::Progress;
use crate::session::{self, Session};
use crate::status::{Entry, State, Status};
use crate::words::{Deed, deed};

/// SQLSTATEs after which a file is tried again: a lock that could not be had in time, and a deadlock.
const AGAIN: [&str; 2] = ["55P03", "40P01"];

/// The pause before a file is tried again, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The versions, in the order they were applied.
    pub versions: Vec<String>,
}

/// What the work is done with.
pub(crate) struct Work<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) options: &'a Options,
    /// The journal of another tool that is kept up to date.
    pub(crate) foreign: Option<Found>,
}

/// See [`migrate`](crate::migrate).
pub(crate) async fn apply(
    client: &Client,
    migrations: &Migrations,
    options: &Options,
) -> Result<Applied, Error> {
    migrations.check()?;
    if crate::status(client, migrations, options)
        .await?
        .is_current()
    {
        return Ok(Applied::default());
    }
    let session = Session::lock(client, options).await?;
    let outcome = apply_locked(&session, migrations, options).await;
    match outcome {
        Ok(applied) => session.release().await.map(|()| applied),
        // Dropping it rolls back what is open.
        Err(error) => Err(error),
    }
}

async fn apply_locked(
    session: &Session<'_>,
    migrations: &Migrations,
    options: &Options,
) -> Result<Applied, Error> {
    let client = session.client;
    // Another process may have done everything while this one waited.
    let journals = journal::read(client, migrations, &options.schema).await?;
    let status = Status::of(migrations, &journals.rows, journals.table(&options.schema));
    let pending = plan(&status, migrations, options)?;
    if pending.is_empty() {
        return Ok(Applied::default());
    }
    own::prepare(client, &options.schema, migrations, &journals).await?;
    let work = Work {
        session,
        options,
        foreign: journals.foreign,
    };
    let mut applied = Applied::default();
    for Step { migration, state } in pending {
        let begun = Instant::now();
        let resumed_at = match state {
            State::Stopped { statement, .. } => Some(statement),
            _ => None,
        };
        options.tell(&Progress::Begun {
            migration,
            out_of_order: state == State::OutOfOrder,
            resumed_at,
        });
        if migration.is_in_transaction() {
            in_transaction(&work, migration).await?;
        } else {
            alone::apply(&work, migration).await?;
        }
        options.tell(&Progress::Applied {
            migration,
            took: begun.elapsed(),
        });
        applied.versions.push(migration.version().to_owned());
    }
    Ok(applied)
}

/// A migration to apply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) state: State,
}

/// What would be applied, in order. Fails if files and journal contradict each other, or a file cannot be applied.
pub(crate) fn plan<'a>(
    status: &Status,
    migrations: &'a Migrations,
    options: &Options,
) -> Result<Vec<Step<'a>>, Error> {
    let mut steps = Vec::new();
    for entry in status.entries() {
        match (entry.state, migrations.find(&entry.version)) {
            (State::Applied, _) => {}
            (State::OutOfOrder, Some(_)) if !options.out_of_order => {
                return Err(late(entry, status));
            }
            (State::Edited, _) => return Err(edited(entry)),
            (State::Missing, _) | (_, None) => return Err(missing(entry)),
            (state, Some(migration)) => {
                check(migration)?;
                if let State::Stopped { statement, begun } = state
                    && migration.is_in_transaction()
                    && (statement > 1 || begun)
                {
                    return Err(joined(entry, statement));
                }
                steps.push(Step { migration, state });
            }
        }
    }
    Ok(steps)
}

/// A file that has stopped half way, and whose marker was taken away since.
fn joined(entry: &Entry, statement: usize) -> Error {
    let file = entry.file.as_deref().unwrap_or_default();
    let message = format!(
        "`{file}` has stopped at statement {statement} without a transaction, and would go on in one"
    );
    Error::new(ErrorKind::Stopped, message)
        .with_help("mark it with `-- rowsmith: no-transaction` again")
}

fn late(entry: &Entry, status: &Status) -> Error {
    let is_later = |found: &&Entry| found.state == State::Applied && found.file.is_some();
    let last = status.entries().iter().rev().find(is_later);
    let last = last.map(|last| last.version.as_str()).unwrap_or_default();
    let file = entry.file.as_deref().unwrap_or_default();
    Error::new(
        ErrorKind::Diverged,
        format!("`{file}` is out of order: version {} is not applied, but {last} is", entry.version),
    )
    .with_help("give it a version behind all that are applied, or allow what is out of order: `out_of_order: allow`")
}

fn edited(entry: &Entry) -> Error {
    let file = entry.file.as_deref().unwrap_or_default();
    let at = entry
        .applied_at
        .as_deref()
        .map(|at| format!(" at {at}"))
        .unwrap_or_default();
    Error::new(
        ErrorKind::Diverged,
        format!("`{file}` was edited after version {} was applied{at}", entry.version),
    )
    .with_help(format!(
        "put the file back as it was, and write a new migration; if the edit changes nothing in the database, \
         `rowsmith migrate resolve {} --accept`",
        entry.version
    ))
}

fn missing(entry: &Entry) -> Error {
    let name = match entry.name.as_str() {
        "" => String::new(),
        name => format!(" `{name}`"),
    };
    Error::new(
        ErrorKind::Diverged,
        format!("version {}{name} is applied, but there is no file of it", entry.version),
    )
    .with_help(format!(
        "put the file back, or get the newest version of the project; if the database shall forget it, \
         `rowsmith migrate resolve {} --forget`",
        entry.version
    ))
}

impl Migration {
    /// The place of a statement, by its number from 0, or of a byte in the SQL that is sent for it.
    pub(crate) fn place(&self, statement: usize, offset: usize) -> Place {
        let found = &self.statements()[statement];
        let sql = self.sql(found);
        let text = &self.text()[found.start()..found.end()];
        // Behind a placeholder with a value, only the statement is known.
        let same = sql
            .bytes()
            .zip(text.bytes())
            .take_while(|(sent, written)| sent == written);
        let within = if offset <= same.count() { offset } else { 0 };
        let (line, column) = self.position(found.start() + within);
        Place {
            version: self.version().to_owned(),
            file: self.file().to_owned(),
            line,
            column,
            statement: statement + 1,
            offset,
        }
    }

    /// The statements that are sent inside of our transaction: without a `BEGIN` and a `COMMIT` around all of them.
    fn within_transaction(&self) -> std::ops::Range<usize> {
        let all = self.statements();
        let is = |index: usize, wanted: &Deed| deed(self.sql(&all[index])) == *wanted;
        let is_wrapped = all.len() >= 2
            && is(0, &Deed::Begin { plain: true })
            && is(all.len() - 1, &Deed::Commit);
        if is_wrapped {
            1..all.len() - 1
        } else {
            0..all.len()
        }
    }
}

/// Fails if a file cannot be applied as it is written, before anything of it is.
fn check(migration: &Migration) -> Result<(), Error> {
    if let Some(nul) = migration.text().find('\0') {
        let (line, column) = migration.position(nul);
        return Err(Error::new(
            ErrorKind::Invalid,
            "the file contains a NUL character, which Postgres cannot read",
        )
        .at(Place {
            version: migration.version().to_owned(),
            file: migration.file().to_owned(),
            line,
            column,
            statement: 1,
            offset: 0,
        })
        .with_help("remove it; if the file is UTF-16, save it as UTF-8"));
    }
    let whole = migration.is_in_transaction();
    let within = if whole {
        migration.within_transaction()
    } else {
        0..migration.statements().len()
    };
    let mut is_open = whole;
    for index in within {
        let sql = migration.sql(&migration.statements()[index]);
        let invalid = |message: &str, help: &str| {
            Err(Error::new(ErrorKind::Invalid, message)
                .at(migration.place(index, 0))
                .with_help(help))
        };
        match deed(sql) {
            Deed::Copy => {
                return invalid(
                    "`COPY` from or to the client is not possible in a migration",
                    "write the rows as `INSERT`",
                );
            }
            Deed::MetaCommand => {
                return invalid(
                    "this is a command of psql, not SQL",
                    "take it out, or write what it does as SQL",
                );
            }
            Deed::PrepareTransaction => {
                return invalid(
                    "a migration cannot leave a prepared transaction behind",
                    "use `COMMIT`",
                );
            }
            Deed::Begin { .. } | Deed::Commit | Deed::Rollback if whole => {
                return invalid(
                    "this would end or begin a transaction inside of the one that spans the file",
                    "take it out, or mark the file with `-- rowsmith: no-transaction`",
                );
            }
            Deed::Begin { .. } if is_open => {
                return invalid("a transaction is open already", "take it out");
            }
            Deed::Begin { .. } => is_open = true,
            Deed::Commit | Deed::Rollback if !is_open => {
                return invalid(
                    "no transaction is open here",
                    "take it out, or put a `BEGIN` before it",
                );
            }
            Deed::Commit | Deed::Rollback => is_open = false,
            _ => {}
        }
    }
    if !whole && is_open {
        let last = migration.statements().len() - 1;
        return Err(
            Error::new(ErrorKind::Invalid, "the file ends inside of a transaction")
                .at(migration.place(last, 0))
                .with_help("put a `COMMIT` at its end"),
        );
    }
    Ok(())
}

/// Applies a file in one transaction, again and again while locks cannot be had.
async fn in_transaction(work: &Work<'_>, migration: &Migration) -> Result<(), Error> {
    let mut patience = Patience::new(work.options);
    loop {
        let Err(error) = attempt(work, migration).await else {
            return Ok(());
        };
        if error.kind() == ErrorKind::Connection {
            return Err(error);
        }
        session::execute(work.session.client, "ROLLBACK").await?;
        patience.again(work, migration, error).await?;
    }
}

/// How often, and after which pauses, something is tried again.
pub(crate) struct Patience {
    tries: u32,
    limit: u32,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            tries: 0,
            limit: options.retries,
            pause: BACKOFF.0,
        }
    }

    /// Waits before the next try. Fails with the error if it has another cause than locks, or after too many tries.
    pub(crate) async fn again(
        &mut self,
        work: &Work<'_>,
        migration: &Migration,
        error: Error,
    ) -> Result<(), Error> {
        self.tries += 1;
        let is_lock = error.code().is_some_and(|code| AGAIN.contains(&code));
        if !is_lock || self.tries > self.limit {
            return Err(error);
        }
        work.options.tell(&Progress::Retried {
            migration,
            tries: self.tries,
        });
        session::sleep(work.session.client, self.pause).await?;
        self.pause = (self.pause * 2).min(BACKOFF.1);
        Ok(())
    }
}

/// One try: claims the row, sends the statements, commits both.
async fn attempt(work: &Work<'_>, migration: &Migration) -> Result<(), Error> {
    let Work {
        session,
        options,
        foreign,
    } = work;
    let schema = &options.schema;
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; {}; \
         SET LOCAL statement_timeout = {}; SELECT pg_catalog.pg_backend_pid()",
        options.lock_timeout.as_millis(),
        own::claim(schema, migration),
        options.statement_timeout.as_millis(),
    );
    let rows = own::tell(schema, session::raw(session.client, &begin).await)?;
    let values: Vec<&str> = rows
        .iter()
        .flatten()
        .flatten()
        .map(String::as_str)
        .collect();
    session.check(values.last().copied())?;
    if values.len() < 2 {
        return Err(Error::new(
            ErrorKind::Locked,
            format!(
                "`{}` was applied by another process at the same time",
                migration.file()
            ),
        )
        .with_help("run it again"));
    }
    let within = migration.within_transaction();
    for index in within.clone() {
        options.tell(&Progress::Statement {
            migration,
            number: index + 1,
        });
        let sql = migration.sql(&migration.statements()[index]);
        let sent = session.client.batch_execute(sql).await;
        sent.map_err(|error| failure(migration, index, error))?;
    }
    let end = format!("{}; {}", session.restore(), own::finish(schema, migration));
    own::tell(schema, session::raw(session.client, &end).await)?;
    if let Some(found) = foreign {
        found.record(session.client, migration).await?;
    }
    let last = within.end.saturating_sub(1);
    let committed = session.client.batch_execute("COMMIT").await;
    committed.map_err(|error| match migration.statements() {
        // What is deferred to the end.
        [] => Error::of(
            ErrorKind::Failed,
            "the migration cannot be committed",
            error,
        ),
        _ => failure(migration, last, error),
    })
}

/// The report of a statement that Postgres refuses.
pub(crate) fn failure(migration: &Migration, index: usize, error: tokio_postgres::Error) -> Error {
    let sql = migration.sql(&migration.statements()[index]);
    let offset = match error.as_db_error().and_then(|found| found.position()) {
        Some(tokio_postgres::error::ErrorPosition::Original(position)) => {
            let characters = (*position as usize).saturating_sub(1);
            sql.char_indices()
                .nth(characters)
                .map_or(sql.len(), |(offset, _)| offset)
        }
        _ => 0,
    };
    let code = error.code().map(|code| code.code().to_owned());
    let failure = Error::statement(error).at(migration.place(index, offset));
    let help = match code.as_deref() {
        Some("25001") => {
            "a statement of this kind has no place in a transaction: put it into a file of its own, or mark the file with `-- rowsmith: no-transaction`"
        }
        Some("55P04") => {
            "a new value of an enum can be used after its transaction: add it in a file before this one"
        }
        Some("55P03") => {
            "other sessions hold a lock on this table: wait until they are done, or allow more time and tries"
        }
        Some("57014") => {
            "it took longer than `statement_timeout`: allow more time, or divide the work"
        }
        Some("25006") => "connect to the primary server",
        Some("42501") => "use a role that may do this",
        _ => return failure,
    };
    failure.with_help(help)
}
