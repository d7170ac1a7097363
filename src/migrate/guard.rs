//! Migrations on a server that others use: what belongs to the whole server is as it was when they are committed.
//!
//! Roles, the rights on other databases, tablespaces and subscriptions are rows of catalogs that all databases share.
//! Changes of them are part of the transaction, however deep in a `DO` block or a function they were made. So each
//! transaction is one of ours, begun with a snapshot that no other session changes, and before its commit the shared
//! catalogs have to hold the rows they held at its beginning. Roles that were created in it are dropped first: nobody
//! else ever sees them, also not when this process is killed, and runs at the same time wait for each other.
//!
//! Each request holds one statement, which Postgres itself checks; so none can end the transaction but ours. What Postgres
//! refuses inside a transaction is sent without one only if its words say that it stays inside the database. What does not
//! wait for a commit (files, programs, other connections) is found by [`outside`].

use std::ops::Range;

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;

use super::failure::{Failure, Refusal};
use super::outside;
use super::statement::{Transaction, is_alone, is_set_transaction, transaction};
use super::{Migrator, is_fatal, statements};
use crate::error::Result;
use crate::quote;

/// How often a transaction is tried again that met one of another run.
const RETRIES: usize = 5;

/// The rows that all databases share, apart from those about the throwaway database itself.
///
/// A snapshot does not hide the few changes that Postgres makes in place: of `pg_database`, what autovacuum notes, and the
/// limit of a database that is being dropped.
const SHARED: [(&str, &str); 10] = [
    ("pg_authid", ""),
    ("pg_auth_members", ""),
    ("pg_database", "WHERE t.oid <> d.oid"),
    ("pg_db_role_setting", "WHERE t.setdatabase <> d.oid"),
    ("pg_tablespace", ""),
    (
        "pg_shdescription",
        "WHERE (t.classoid, t.objoid) IS DISTINCT FROM ('pg_catalog.pg_database'::pg_catalog.regclass, d.oid)",
    ),
    (
        "pg_shseclabel",
        "WHERE (t.classoid, t.objoid) IS DISTINCT FROM ('pg_catalog.pg_database'::pg_catalog.regclass, d.oid)",
    ),
    (
        "pg_shdepend",
        "WHERE t.dbid <> d.oid AND (t.classid, t.objid) IS DISTINCT FROM \
         ('pg_catalog.pg_database'::pg_catalog.regclass, d.oid)",
    ),
    ("pg_subscription", ""),
    ("pg_replication_origin", ""),
];

/// A transaction, and how the server was when it began.
#[derive(Debug)]
pub(super) struct Guard {
    server: String,
    /// The roles that are there, as a list of numbers.
    roles: String,
    /// Where the text of the file is that belongs to it.
    start: usize,
}

/// What is known of the connection that decides how the server can be looked at.
#[derive(Debug, Default)]
pub(super) struct Rights {
    pub(super) is_superuser: bool,
    pub(super) major_version: u32,
}

impl Rights {
    /// Selects a digest of what all databases share, and the roles. It may not read everything; what it then cannot see is
    /// seen by the lock that a change takes.
    fn look(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (catalog, condition) in SHARED {
            let (row, catalog) = match catalog {
                "pg_authid" if !self.is_superuser => ("pg_catalog.to_jsonb(t)", "pg_roles"),
                "pg_subscription" if !self.is_superuser => (
                    "pg_catalog.jsonb_build_array(t.oid, t.subdbid, t.subname, t.subowner, t.subenabled)",
                    catalog,
                ),
                "pg_database" => (
                    "pg_catalog.to_jsonb(t) - '{datfrozenxid,datminmxid,datconnlimit}'::pg_catalog.text[] || \
                     pg_catalog.jsonb_build_object('limit', GREATEST(t.datconnlimit, -1))",
                    catalog,
                ),
                _ => ("pg_catalog.to_jsonb(t)", catalog),
            };
            parts.push(format!(
                "SELECT pg_catalog.concat('{catalog} ', {row}) FROM pg_catalog.{catalog} t, d {condition}"
            ));
        }
        if self.major_version >= 15 {
            parts.push(
                "SELECT pg_catalog.concat('pg_parameter_acl ', pg_catalog.to_jsonb(t)) FROM pg_catalog.pg_parameter_acl t"
                    .to_owned(),
            );
        }
        if !self.is_superuser {
            // A new password cannot be seen, but that somebody sets one.
            parts.push(
                "SELECT pg_catalog.concat('lock ', t.mode) FROM pg_catalog.pg_locks t WHERE t.pid = pg_catalog.pg_backend_pid() \
                 AND t.relation = 'pg_catalog.pg_authid'::pg_catalog.regclass AND t.mode LIKE '%Exclusive%'"
                    .to_owned(),
            );
        }
        format!(
            "WITH d AS (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()), \
             shared (line) AS ({}) \
             SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), \
                    pg_catalog.sum(pg_catalog.hashtextextended(line, 0)::pg_catalog.numeric), \
                    pg_catalog.sum(pg_catalog.hashtextextended(line, 1)::pg_catalog.numeric)), \
                    (SELECT pg_catalog.string_agg(oid::pg_catalog.text, ',') FROM pg_catalog.pg_roles) FROM shared",
            parts.join(" UNION ALL ")
        )
    }
}

/// Runs something with the rights of the connection and the operators of Postgres, whatever the migrations have set.
fn as_ourselves(sql: &str) -> String {
    format!(
        "SAVEPOINT rowsmith; SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; \
         SET LOCAL search_path = pg_catalog; {sql}; ROLLBACK TO SAVEPOINT rowsmith; RELEASE SAVEPOINT rowsmith"
    )
}

/// Whether a transaction was given up because of another run's, and may work when it is tried again.
fn met_another(refusal: &Refusal) -> bool {
    let codes = [
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    matches!(refusal, Refusal::Postgres(error) if codes.contains(error.code()))
}

impl Migrator {
    /// Applies the statements from `start` on: in one transaction if they are sent `whole`, else each in its own. Those
    /// between `BEGIN` and `COMMIT` are one in any case.
    pub(super) async fn send_guarded(
        &mut self,
        text: &str,
        start: usize,
        whole: bool,
    ) -> Result<Option<Failure>> {
        let mut careful = false;
        let mut start = start;
        let mut retries = RETRIES;
        loop {
            match self.try_guarded(text, start, whole, careful).await? {
                Some(failure) if met_another(&failure.error) && retries > 0 => {
                    retries -= 1;
                    start = failure.resume;
                }
                // Which statement it was is found by looking after each.
                Some(failure) if matches!(failure.error, Refusal::Changed) && !careful => {
                    careful = true;
                    start = failure.resume;
                }
                outcome => return Ok(outcome),
            }
            self.execute("ROLLBACK").await?;
        }
    }

    async fn try_guarded(
        &mut self,
        text: &str,
        start: usize,
        whole: bool,
        careful: bool,
    ) -> Result<Option<Failure>> {
        let mut open: Option<Guard> = None;
        let mut is_block = false;
        let mut last = start..start;
        let fail = |error, statement: &Range<usize>, open: Option<&Guard>, at_end| {
            Ok(Some(Failure {
                error,
                sent: statement.start,
                resume: open.map_or(statement.start, |open| open.start),
                statement: statement.clone(),
                at_end,
            }))
        };
        for statement in statements(text, start) {
            let sql = &text[statement.clone()];
            last = statement.clone();
            match transaction(sql) {
                Transaction::Begins => {
                    is_block = true;
                    if open.is_none() {
                        match self.open(statement.start).await? {
                            Ok(guard) => open = Some(guard),
                            Err(error) => return fail(error, &statement, None, false),
                        }
                    }
                    continue;
                }
                Transaction::Ends => {
                    is_block = false;
                    let error = match open.as_ref() {
                        _ if outside::is_prepared(sql) => Err(Refusal::Outside(
                            "a prepared transaction stays on the server when the database is dropped",
                        )),
                        Some(guard) if outside::is_commit(sql) => self.close(guard).await?,
                        _ => {
                            self.execute("ROLLBACK").await?;
                            Ok(())
                        }
                    };
                    if let Err(error) = error {
                        return fail(error, &statement, open.as_ref(), true);
                    }
                    open = None;
                    continue;
                }
                Transaction::Goes => {}
            }
            if is_set_transaction(sql) {
                continue;
            }
            if let Some(why) = self.reach.why(sql) {
                return fail(Refusal::Outside(why), &statement, open.as_ref(), false);
            }
            if open.is_none() {
                match self.open(statement.start).await? {
                    Ok(guard) => open = Some(guard),
                    Err(error) => return fail(error, &statement, None, false),
                }
            }
            let guard = open.as_ref().expect("it has just been opened");
            if let Err(error) = self.send_one(sql).await? {
                let is_refused = matches!(&error, Refusal::Postgres(error)
                    if *error.code() == SqlState::ACTIVE_SQL_TRANSACTION);
                let ends = matches!(&error, Refusal::Postgres(error)
                    if *error.code() == SqlState::INVALID_TRANSACTION_TERMINATION);
                if whole || is_block || !(is_refused || ends) {
                    return fail(error, &statement, Some(guard), false);
                }
                if ends || !is_alone(sql) {
                    let why = if ends {
                        "it commits, so what it changes outside of the database cannot be taken back"
                    } else {
                        "it is possible outside of transactions only, so it cannot be taken back"
                    };
                    return fail(Refusal::Outside(why), &statement, Some(guard), false);
                }
                self.execute("ROLLBACK").await?;
                open = None;
                if let Err(error) = self.send_one(sql).await? {
                    return fail(error, &statement, None, false);
                }
                continue;
            }
            if careful && !self.is_unchanged_but_for_roles(guard).await? {
                return fail(Refusal::Changed, &statement, Some(guard), false);
            }
            if !whole && !is_block {
                if let Err(error) = self.close(guard).await? {
                    return fail(error, &statement, Some(guard), false);
                }
                open = None;
            }
        }
        if let Some(guard) = &open
            && let Err(error) = self.close(guard).await?
        {
            return fail(error, &last, open.as_ref(), true);
        }
        Ok(None)
    }

    /// Sends one statement; Postgres refuses more than one.
    async fn send_one(&self, sql: &str) -> Result<std::result::Result<(), Refusal>> {
        let client = self.session.client();
        let sent = async {
            let statement = client.prepare(sql).await?;
            let none: [i32; 0] = [];
            let rows = client.query_raw(&statement, none).await?;
            rows.try_for_each(|_| std::future::ready(Ok(()))).await
        };
        match sent.await {
            Ok(()) => Ok(Ok(())),
            Err(error) => self.refusal(error).map(Err),
        }
    }

    /// Begins a transaction, in which the roles are there that the file takes for granted.
    async fn open(&mut self, start: usize) -> Result<std::result::Result<Guard, Refusal>> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE";
        if let Some(error) = self.execute(begin).await? {
            return Ok(Err(Refusal::Postgres(Box::new(error))));
        }
        let (server, roles) = match self.look().await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        for role in std::mem::take(&mut self.lent) {
            let sql = format!("CREATE ROLE {} SUPERUSER", quote::always(&role));
            if let Some(error) = self.execute(&sql).await? {
                return Ok(Err(Refusal::Postgres(Box::new(error))));
            }
            self.lent.push(role);
        }
        Ok(Ok(Guard {
            server,
            roles,
            start,
        }))
    }

    /// Commits, if what all databases share is as it was.
    async fn close(&self, guard: &Guard) -> Result<std::result::Result<(), Refusal>> {
        // Triggers that wait for the commit would change it after we looked.
        if let Some(error) = self.execute("SET CONSTRAINTS ALL IMMEDIATE").await? {
            return Ok(Err(Refusal::Postgres(Box::new(error))));
        }
        match self.drop_roles(guard).await? {
            Ok(true) => {}
            Ok(false) => return Ok(Err(Refusal::Changed)),
            Err(error) => return Ok(Err(error)),
        }
        match self.execute("COMMIT").await? {
            None => Ok(Ok(())),
            Some(error) => Ok(Err(Refusal::Postgres(Box::new(error)))),
        }
    }

    /// Drops the roles that were created in the transaction. Says whether all is as it was then.
    async fn drop_roles(&self, guard: &Guard) -> Result<std::result::Result<bool, Refusal>> {
        let (server, _) = match self.look().await? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        if server == guard.server {
            return Ok(Ok(true));
        }
        let sql = format!(
            "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(rolname), ', ') FROM pg_catalog.pg_roles WHERE oid <> ALL \
             ('{{{}}}'::pg_catalog.oid[])",
            guard.roles
        );
        let new = match self.row(&sql).await? {
            Ok(row) => row.into_iter().next().flatten(),
            Err(error) => return Ok(Err(error)),
        };
        let Some(new) = new else {
            return Ok(Ok(false));
        };
        let sql = format!(
            "RESET SESSION AUTHORIZATION; RESET ROLE; REASSIGN OWNED BY {new} TO CURRENT_USER; DROP OWNED BY {new}; \
             DROP ROLE {new}"
        );
        if self.execute(&sql).await?.is_some() {
            return Ok(Ok(false));
        }
        let found = self.look().await?;
        Ok(found.map(|(server, _)| server == guard.server))
    }

    /// Looks in the middle of a transaction, which goes on as if nothing had been looked at.
    async fn is_unchanged_but_for_roles(&self, guard: &Guard) -> Result<bool> {
        if self.execute("SAVEPOINT rowsmith_look").await?.is_some() {
            return Ok(true);
        }
        let found = self.drop_roles(guard).await?;
        self.execute("ROLLBACK TO SAVEPOINT rowsmith_look; RELEASE SAVEPOINT rowsmith_look")
            .await?;
        Ok(found.unwrap_or(false))
    }

    /// What all databases share, and which roles there are.
    async fn look(&self) -> Result<std::result::Result<(String, String), Refusal>> {
        let found = self.row(&as_ourselves(&self.rights.look())).await?;
        Ok(found.map(|row| {
            let mut row = row.into_iter().map(Option::unwrap_or_default);
            (
                row.next().unwrap_or_default(),
                row.next().unwrap_or_default(),
            )
        }))
    }

    /// The only row of statements of our own.
    async fn row(&self, sql: &str) -> Result<std::result::Result<Vec<Option<String>>, Refusal>> {
        let messages = match self.session.client().simple_query(sql).await {
            Ok(messages) => messages,
            Err(error) => return self.refusal(error).map(Err),
        };
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let columns = 0..row.len();
                Some(columns.map(|n| row.get(n).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(Ok(row.unwrap_or_default()))
    }

    /// What Postgres says against a statement; an error where the connection is lost.
    pub(super) fn refusal(&self, error: tokio_postgres::Error) -> Result<Refusal> {
        match error.as_db_error() {
            Some(refusal) if !is_fatal(refusal) => Ok(Refusal::Postgres(Box::new(refusal.clone()))),
            // The one answer the client does not expect here.
            None if !error.is_closed() && !self.session.client().is_closed() => Ok(Refusal::Copy),
            _ => Err(self.session.lost(&self.doing, error)),
        }
    }
}

#[cfg(test)]
mod tests;
