//! Files without a transaction: each statement by itself, with its number in the journal.
//!
//! A statement that can be in a transaction is in one, together with its number: it is done and counted, or neither. Only
//! the few that cannot (`CREATE INDEX CONCURRENTLY`, `VACUUM`) can be interrupted so that nobody knows. Those are noted before
//! they begin; after a crash, their outcome is looked at.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::apply::{Patience, Work, failure};
use crate::error::{Error, ErrorKind};
use crate::journal::own::{self, Running};
use crate::migration::{Migration, hex};
use crate::progress::Progress;
use crate::quote::literal;
use crate::session;
use crate::words::{Deed, Index, deed};

/// Applies a file from where it stopped, or from its beginning.
pub(crate) async fn apply(work: &Work<'_>, migration: &Migration) -> Result<(), Error> {
    let client = work.session.client;
    let schema = &work.options.schema;
    work.session.check_lock().await?;
    let running = own::running(client, schema, migration).await?;
    let mut done = 0;
    if let Some(running) = running {
        done = check_same(migration, &running)?;
        settings_again(work, migration, done).await?;
        if let Some(begun) = &running.begun
            && is_done(work, migration, done, begun).await?
        {
            let now = migration
                .statements()
                .get(done)
                .map(|statement| migration.sql(statement));
            if now != Some(begun) {
                return Err(unknown(migration, done));
            }
            done += 1;
            note(work, migration, done, None).await?;
        }
    } else {
        let begun = own::begin(schema, migration, &digest(migration, 0));
        let sql = format!("BEGIN READ WRITE; {begun}; COMMIT");
        own::tell(schema, session::raw(client, &sql).await)?;
        limits(work).await?;
    }
    while done < migration.statements().len() {
        done = step(work, migration, done).await?;
    }
    let end = format!(
        "BEGIN READ WRITE; {}; {}",
        work.session.restore(),
        own::finish(schema, migration)
    );
    own::tell(schema, session::raw(client, &end).await)?;
    if let Some(found) = &work.foreign {
        found.record(client, migration).await?;
    }
    session::execute(client, "COMMIT").await
}

/// A lock on a table is waited for no longer than elsewhere. A statement takes as long as it takes.
async fn limits(work: &Work<'_>) -> Result<(), Error> {
    let lock_timeout = work.options.lock_timeout.as_millis();
    let sql = format!("SET lock_timeout = {lock_timeout}; SET statement_timeout = 0");
    session::execute(work.session.client, &sql).await
}

/// The SHA-256 of the first statements: they may not change while the file is half applied.
fn digest(migration: &Migration, done: usize) -> String {
    let mut digest = Sha256::new();
    for statement in &migration.statements()[..done] {
        digest.update(migration.sql(statement).as_bytes());
        digest.update([0]);
    }
    hex(&digest.finalize())
}

/// SQL that writes how many statements are done.
pub(crate) fn noted(schema: &str, migration: &Migration, done: usize) -> String {
    own::note(schema, migration, done, &digest(migration, done), None)
}

/// How many statements are done. Fails if one of them is another one now.
fn check_same(migration: &Migration, running: &Running) -> Result<usize, Error> {
    let is_same = running.done <= migration.statements().len()
        && digest(migration, running.done) == running.digest;
    if is_same {
        return Ok(running.done);
    }
    let message = format!(
        "`{}` has stopped after statement {}, and what was applied of it is not what is there now",
        migration.file(),
        running.done
    );
    Err(Error::new(ErrorKind::Stopped, message)
        .with_help("put the statements back that were applied; those after them may change"))
}

/// Sends the settings again that the statements before made for the session: they were lost with it.
async fn settings_again(work: &Work<'_>, migration: &Migration, done: usize) -> Result<(), Error> {
    limits(work).await?;
    for (index, statement) in migration.statements()[..done].iter().enumerate() {
        let sql = migration.sql(statement);
        if deed(sql) == Deed::Set {
            let sent = work.session.client.batch_execute(sql).await;
            sent.map_err(|error| failure(migration, index, error))?;
        }
    }
    Ok(())
}

/// The statements up to the end of the transaction that the file itself begins at `start`.
fn group(migration: &Migration, start: usize) -> Range<usize> {
    let statements = migration.statements();
    let is_end = |index: &usize| {
        matches!(
            deed(migration.sql(&statements[*index])),
            Deed::Commit | Deed::Rollback
        )
    };
    let end = (start..statements.len()).find(is_end);
    start..end.map_or(statements.len(), |end| end + 1)
}

/// Does the next statement, or the transaction that it begins. Returns how many are done then.
async fn step(work: &Work<'_>, migration: &Migration, done: usize) -> Result<usize, Error> {
    let client = work.session.client;
    let sql = migration.sql(&migration.statements()[done]);
    work.options.tell(&Progress::Statement {
        migration,
        number: done + 1,
    });
    let range = match deed(sql) {
        Deed::Begin { .. } => group(migration, done),
        deed if deed.is_alone() => return by_itself(work, migration, done).await,
        _ => done..done + 1,
    };
    let mut patience = Patience::new(work.options);
    loop {
        let Err(error) = together(work, migration, range.clone()).await else {
            return Ok(range.end);
        };
        if error.kind() == ErrorKind::Connection {
            return Err(error);
        }
        session::execute(client, "ROLLBACK").await?;
        // It cannot be in a transaction, or ends its own.
        if matches!(error.code(), Some("25001" | "2D000")) && range.len() == 1 {
            return by_itself(work, migration, done).await;
        }
        patience.again(work, migration, error).await?;
    }
}

/// Sends statements in a transaction, in which their number is noted.
async fn together(
    work: &Work<'_>,
    migration: &Migration,
    range: Range<usize>,
) -> Result<(), Error> {
    let client = work.session.client;
    let schema = &work.options.schema;
    let is_own = range.len() == 1;
    if is_own {
        // Whatever the file has set, the number is written in it.
        session::execute(client, "BEGIN READ WRITE").await?;
    }
    for index in range.clone() {
        let sql = migration.sql(&migration.statements()[index]);
        if index + 1 == range.end && !is_own {
            // Before its `COMMIT`. After a `ROLLBACK` there is nothing to note but the number.
            if deed(sql) == Deed::Rollback {
                let sent = client.batch_execute(sql).await;
                sent.map_err(|error| failure(migration, index, error))?;
                return note(work, migration, range.end, None).await;
            }
            let noted = format!(
                "{}; {}",
                work.session.as_ourselves(),
                noted(schema, migration, range.end)
            );
            own::tell(schema, session::raw(client, &noted).await)?;
        }
        let sent = client.batch_execute(sql).await;
        sent.map_err(|error| failure(migration, index, error))?;
    }
    if is_own {
        let noted = format!(
            "{}; {}",
            work.session.as_ourselves(),
            noted(schema, migration, range.end)
        );
        own::tell(schema, session::raw(client, &noted).await)?;
        let committed = client.batch_execute("COMMIT").await;
        committed.map_err(|error| failure(migration, range.start, error))?;
    }
    Ok(())
}

/// Writes how many statements are done, and which one begins.
async fn note(
    work: &Work<'_>,
    migration: &Migration,
    done: usize,
    begun: Option<&str>,
) -> Result<(), Error> {
    let schema = &work.options.schema;
    let noted = own::note(schema, migration, done, &digest(migration, done), begun);
    let sql = format!(
        "BEGIN READ WRITE; {}; {noted}; COMMIT",
        work.session.as_ourselves()
    );
    own::tell(schema, session::raw(work.session.client, &sql).await).map(|_| ())
}

/// Sends a statement outside of any transaction, and makes sure that it did what it should.
async fn by_itself(work: &Work<'_>, migration: &Migration, done: usize) -> Result<usize, Error> {
    let client = work.session.client;
    let sql = migration.sql(&migration.statements()[done]);
    let what = deed(sql);
    // An index of that name that is there before is not ours: Postgres refuses the statement, or does nothing.
    let is_noted = match &what {
        Deed::CreateIndexConcurrently(index) => built(work, index).await?.is_none(),
        _ => true,
    };
    if is_noted {
        note(work, migration, done, Some(sql)).await?;
    }
    // It waits for transactions, not for a queue that others would have to join.
    let own_limit = migration
        .text()
        .to_ascii_lowercase()
        .contains("lock_timeout");
    if !own_limit {
        session::execute(client, "SET lock_timeout = 0").await?;
    }
    let sent = client.batch_execute(sql).await;
    if let Err(error) = sent {
        let is_answer = error.as_db_error().is_some();
        let error = failure(migration, done, error);
        // A procedure may have committed a part. An index that failed is looked at by the next run.
        let leaves_nothing = !matches!(
            what,
            Deed::Procedure | Deed::Other | Deed::CreateIndexConcurrently(_)
        );
        if is_answer && is_noted && leaves_nothing && !client.is_closed() {
            note(work, migration, done, None).await?;
        }
        return Err(error);
    }
    if let Deed::CreateIndexConcurrently(index) = &what
        && built(work, index)
            .await?
            .is_some_and(|index| !index.is_valid)
    {
        let message = "the index is there, but Postgres has not finished it: it is INVALID";
        return Err(Error::new(ErrorKind::Failed, message)
            .at(migration.place(done, 0))
            .with_help("drop it, and run this again"));
    }
    note(work, migration, done + 1, None).await?;
    if !own_limit {
        limits(work).await?;
    }
    Ok(done + 1)
}

/// Whether the statement that had begun before a crash is done. What is left of an index is dropped first.
async fn is_done(
    work: &Work<'_>,
    migration: &Migration,
    done: usize,
    begun: &str,
) -> Result<bool, Error> {
    match deed(begun) {
        Deed::CreateIndexConcurrently(index) if index.name.is_some() => {
            let Some(left) = built(work, &index).await? else {
                return Ok(false);
            };
            if !left.is_valid {
                let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", left.name);
                session::execute(work.session.client, "SET lock_timeout = 0").await?;
                session::execute(work.session.client, &drop).await?;
                limits(work).await?;
            }
            Ok(left.is_valid)
        }
        Deed::DropIndexConcurrently(name) => {
            let sql = format!(
                "SELECT 1 WHERE pg_catalog.to_regclass({}) IS NOT NULL",
                literal(&name.quoted())
            );
            Ok(session::value(work.session.client, &sql).await?.is_none())
        }
        Deed::Repeatable => Ok(false),
        _ => Err(unknown(migration, done)),
    }
}

fn unknown(migration: &Migration, done: usize) -> Error {
    let number = done + 1;
    let version = migration.version();
    let message = format!("statement {number} was begun, and nobody knows whether it is done");
    let error = Error::new(ErrorKind::Stopped, message).with_help(format!(
        "look at the database, then say `rowsmith migrate resolve {version} --done` or `rowsmith migrate resolve {version} --again`"
    ));
    if done < migration.statements().len() {
        return error.at(migration.place(done, 0));
    }
    error
}

/// An index that is there.
struct Built {
    /// With its schema, as SQL.
    name: String,
    is_valid: bool,
}

/// The index of this name; `None` if there is none, or Postgres chooses the name.
async fn built(work: &Work<'_>, index: &Index) -> Result<Option<Built>, Error> {
    let Some(name) = &index.name else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid \
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE i.indrelid = pg_catalog.to_regclass({}) AND c.relname = {}",
        literal(&index.table.quoted()),
        literal(name)
    );
    let rows = own::tell(
        &work.options.schema,
        session::raw(work.session.client, &sql).await,
    )?;
    Ok(rows.into_iter().next().map(|row| {
        let mut values = row.into_iter().flatten();
        Built {
            name: values.next().unwrap_or_default(),
            is_valid: values.next().is_some_and(|valid| valid == "t"),
        }
    }))
}
