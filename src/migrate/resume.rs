//! Applying migrations to where others ended, in a session of its own, as if all were applied in one.
//!
//! That is only right where nothing is left in the session that ended: no setting, no temporary table, no prepared statement.
//! Some things that are left cannot be seen. There the words of the migrations decide, and rather against it.

use serde::{Deserialize, Serialize};
use tokio_postgres::SimpleQueryMessage;

use super::provide::Roles;
use crate::database::Session;
use crate::migration::Migration;

/// What has to be known of applied migrations to go on after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resume {
    pub(super) roles: Roles,
}

/// Whether the session is as it was when it was opened. `lc_messages` is set then.
const IS_CLEAN: &str = "\
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE source = 'session' AND name <> 'lc_messages')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_cursors)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory')
    AND pg_catalog.pg_my_temp_schema() = 0
    AND CURRENT_USER = SESSION_USER
    AND SESSION_USER = 'postgres'";

/// Parts of words that speak of what a session remembers and does not show.
const REMEMBERING: [&str; 9] = [
    "currval",
    "lastval",
    "setseed",
    "plperl",
    "plpython",
    "pltcl",
    "plv8",
    "pljava",
    // What it says applies when the server starts anew.
    "alter system",
];

/// Whether nothing is left in the session of what was done in it.
pub(super) async fn is_clean(session: &Session) -> bool {
    let answer = session.client().simple_query(IS_CLEAN).await;
    answer.is_ok_and(|messages| {
        let mut rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        rows.next() == Some("t")
    })
}

/// Whether the migrations may have to be applied in one session, by their words: a later one could find out what an earlier
/// one left there, though [`is_clean`] sees nothing.
pub(crate) fn need_one_session(migrations: &[Migration]) -> bool {
    let (mut sets, mut shows) = (false, false);
    for migration in migrations {
        let text = migration.sql.text().to_ascii_lowercase();
        if REMEMBERING.iter().any(|word| text.contains(word)) || loads(&text) {
            return true;
        }
        sets |= text.contains("set_config") || sets_with_dot(&text);
        shows |= text.contains("current_setting") || text.contains("show");
    }
    sets && shows
}

/// Whether there is a `LOAD 'library'`.
fn loads(text: &str) -> bool {
    after(text, "load").any(|rest| {
        let rest = rest.trim_start();
        rest.starts_with('\'') || rest.starts_with("e'") || rest.starts_with('$')
    })
}

/// Whether there is a `SET my.setting`, which no list of settings shows.
fn sets_with_dot(text: &str) -> bool {
    after(text, "set").any(|rest| {
        let mut words = rest.split_whitespace();
        let word = words.find(|word| !["session", "local"].contains(word));
        let name = word.map(|word| word.split(['=', ',', '(', ';']).next().unwrap_or_default());
        name.is_some_and(|name| name.contains('.'))
    })
}

/// What comes after each place where the word stands.
fn after<'t>(text: &'t str, word: &'static str) -> impl Iterator<Item = &'t str> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).filter_map(move |(at, _)| {
        let rest = &text[at + word.len()..];
        let is_word = !text[..at].ends_with(is_of_word) && !rest.starts_with(is_of_word);
        is_word.then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Placeholders, Purpose, read_file};
    use crate::source::SourceFile;

    #[test]
    fn what_only_the_session_knows_keeps_migrations_together() {
        let need = |texts: &[&str]| {
            let files = texts.iter().map(|text| {
                let file = SourceFile::new("1.sql", "1.sql", *text);
                read_file(file, &Placeholders::new(), Purpose::Throwaway).0
            });
            need_one_session(&files.collect::<Vec<_>>())
        };
        for texts in [
            &["SELECT nextval('s')", "SELECT Currval('s')"][..],
            &["LOAD 'age'"],
            &["load\n $$age$$"],
            &[
                "SET app.tenant = 'a'",
                "SELECT current_setting('app.tenant')",
            ],
            &["SET SESSION app.tenant TO 'a'; SHOW app.tenant"],
            &["SELECT set_config('app.a', '1', false)", "SHOW app.a"],
            &["CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS ''"],
        ] {
            assert!(need(texts), "{texts:?}");
        }
        for texts in [
            &["CREATE TABLE upload (payload text)", "SET search_path = a"][..],
            &["UPDATE t SET a = b.c FROM b"],
            &["CREATE POLICY p ON t USING (a = current_setting('app.a'))"],
            &["SELECT set_config('search_path', '', false)"],
        ] {
            assert!(!need(texts), "{texts:?}");
        }
    }
}
