//! What statements do outside of their database at once, as far as their words tell: no rollback takes it back.
//!
//! Functions of the server's files, processes, log and replication, connections to other servers, and `COPY` with files and
//! programs. A statement may name them, also in the text of a block, or a function, view or table of an earlier statement
//! that does. A name that is put together at run time is not seen.

use std::collections::BTreeSet;

use crate::syntax::{Token, TokenKind, lex};

/// Functions that do not wait for a commit. A `*` stands for any ending.
const FUNCTIONS: [&str; 34] = [
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_rotate_logfile_old",
    "pg_logfile_rotate",
    "pg_log_backend_memory_contexts",
    "pg_switch_wal",
    "pg_create_restore_point",
    "pg_backup_start",
    "pg_backup_stop",
    "pg_start_backup",
    "pg_stop_backup",
    "pg_promote",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "pg_log_standby_snapshot",
    "pg_logical_emit_message",
    "pg_create_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_copy_logical_replication_slot",
    "pg_drop_replication_slot",
    "pg_replication_slot_advance",
    "pg_logical_slot_get_changes",
    "pg_logical_slot_get_binary_changes",
    "pg_sync_replication_slots",
    "pg_replication_origin_*",
    "pg_stat_reset_*",
    "pg_stat_statements_reset",
    "lo_export",
    "pg_file_*",
    "dblink*",
    "pg_background_*",
];

const FUNCTION: &str =
    "it calls a function whose effect outside of the database cannot be taken back";
const FILE: &str = "it writes a file of the server";
const PROGRAM: &str = "it runs a program on the server";

/// How statements begin that only define something, or say who may use it: what they name is not called by them.
const DEFINITIONS: [&str; 7] = [
    "create", "alter", "comment", "grant", "revoke", "drop", "security",
];

/// What is known of the statements so far.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What was made of something that reaches outside: names in lower case.
    made: BTreeSet<String>,
}

impl Reach {
    /// Why a statement must not run, if so. One that may and defines something is remembered.
    pub(super) fn why(&mut self, statement: &str) -> Option<&'static str> {
        let mut words = Vec::new();
        significant(statement, 0, &mut words);
        let has = |word: &str| words.iter().any(|found| found == word);
        let why = copies(&words).or_else(|| {
            let calls = |word: &String| is_function(word) || self.made.contains(word);
            let is_foreign = words.starts_with(&["create".to_owned(), "foreign".to_owned()])
                && words.get(2).is_some_and(|word| word == "table");
            (is_foreign || words.iter().any(calls)).then_some(FUNCTION)
        })?;
        let first = words.first().map(String::as_str).unwrap_or_default();
        let runs = has("materialized")
            || first == "create" && words.get(1).is_some_and(|word| word == "table") && has("as");
        if !DEFINITIONS.contains(&first) || runs {
            return Some(why);
        }
        // The extension is not its functions.
        let is_extension = words.get(1).is_some_and(|word| word == "extension");
        if matches!(first, "create" | "alter") && !is_extension {
            self.made
                .extend(super::statement::made(statement).into_iter().flatten());
            // A trigger is called by what is done to its table.
            let on = words.iter().position(|word| word == "on");
            let table = on.map(|on| &words[on + 1..]).unwrap_or_default();
            let is_trigger = words
                .iter()
                .take(5)
                .any(|word| word == "trigger" || word == "rule");
            let parts = table
                .iter()
                .take_while(|word| *word != "for" && *word != "execute");
            if is_trigger {
                self.made.extend(parts.filter(|part| *part != ".").cloned());
            }
        }
        None
    }
}

fn is_function(word: &String) -> bool {
    FUNCTIONS.iter().any(|name| match name.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == name,
    })
}

/// `COPY … TO 'file'`, and with a program in either direction.
fn copies(words: &[String]) -> Option<&'static str> {
    let mut copies = words.iter().enumerate().filter(|(_, word)| *word == "copy");
    copies.find_map(|(at, _)| {
        let mut rest = words[at..].windows(2).take_while(|pair| pair[0] != ";");
        rest.find_map(|pair| match (pair[0].as_str(), pair[1].as_str()) {
            ("to" | "from", "program") => Some(PROGRAM),
            ("to", file) if file.starts_with('\'') => Some(FILE),
            _ => None,
        })
    })
}

/// How deep texts in texts are read.
const DEPTH: usize = 6;

/// The words of a statement in lower case, without comments. A string that may hold statements is followed by its own.
fn significant(text: &str, depth: usize, words: &mut Vec<String>) {
    let within = |words: &mut Vec<String>, text: &str| {
        if depth < DEPTH {
            significant(text, depth + 1, words);
        }
    };
    for token in lex(text).iter().filter(|token| !token.is_trivia()) {
        let found = token.text(text);
        match token.kind {
            TokenKind::DollarString => within(words, body(found)),
            TokenKind::String => {
                words.push("'".to_owned());
                let inner = found.trim_start_matches(|c: char| c != '\'');
                within(words, &inner.trim_matches('\'').replace("''", "'"));
            }
            TokenKind::QuotedIdentifier => {
                words.push(found.trim_matches('"').to_lowercase());
            }
            _ => words.push(found.to_lowercase()),
        }
    }
}

/// What is between the tags of a dollar-quoted string.
fn body(quoted: &str) -> &str {
    let tag = quoted[1..].find('$').map_or(quoted.len(), |end| end + 2);
    let rest = &quoted[tag.min(quoted.len())..];
    rest.strip_suffix(&quoted[..tag.min(quoted.len())])
        .unwrap_or(rest)
}

/// Whether the statement is `PREPARE TRANSACTION`.
pub(super) fn is_prepared(statement: &str) -> bool {
    first_word(statement).eq_ignore_ascii_case("prepare")
}

/// Whether the statement that ends a transaction keeps what was done in it.
pub(super) fn is_commit(statement: &str) -> bool {
    let first = first_word(statement);
    first.eq_ignore_ascii_case("commit") || first.eq_ignore_ascii_case("end")
}

fn first_word(statement: &str) -> &str {
    let tokens = lex(statement);
    let first: Option<&Token> = tokens.iter().find(|token| !token.is_trivia());
    first.map_or("", |token| token.text(statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_outside_is_seen_through_blocks_functions_and_triggers() {
        let mut reach = Reach::default();
        for (statement, is_refused) in [
            ("SELECT 1 -- pg_terminate_backend", false),
            ("SELECT pg_terminate_backend(1)", true),
            ("SELECT pg_catalog.\"pg_terminate_backend\"(1)", true),
            ("DO $$ BEGIN PERFORM pg_reload_conf(); END $$", true),
            (
                "DO $a$ BEGIN EXECUTE $b$SELECT pg_reload_conf()$b$; END $a$",
                true,
            ),
            (
                "DO 'BEGIN EXECUTE ''SELECT lo_export(1, ''''/x'''')''; END'",
                true,
            ),
            ("DO $$ BEGIN /* pg_reload_conf */ PERFORM 1; END $$", false),
            ("COPY t TO '/tmp/x'", true),
            ("COPY (SELECT 1) TO PROGRAM 'cat'", true),
            ("copy t from program 'cat'", true),
            ("COPY t FROM '/tmp/x'", false),
            ("COPY t TO stdout", false),
            ("DO $$ BEGIN COPY t TO PROGRAM 'x'; END $$", true),
            ("SELECT copy, a FROM t", false),
            ("CREATE EXTENSION dblink", false),
            ("SELECT dblink_exec('x', 'y')", true),
            (
                "CREATE FUNCTION f() RETURNS int AS $$ SELECT pg_reload_conf() $$ LANGUAGE sql",
                false,
            ),
            ("CREATE VIEW v AS SELECT f()", false),
            ("GRANT SELECT ON v TO app", false),
            ("SELECT * FROM v", true),
            ("CREATE TABLE t AS TABLE v", true),
            ("CREATE MATERIALIZED VIEW m AS TABLE v", true),
            ("INSERT INTO u VALUES (1)", false),
            (
                "CREATE TRIGGER x AFTER INSERT ON s.u FOR EACH ROW EXECUTE FUNCTION f()",
                false,
            ),
            ("INSERT INTO s.u VALUES (1)", true),
            ("CREATE FOREIGN TABLE far (a int) SERVER s", false),
            ("DELETE FROM far", true),
        ] {
            assert_eq!(reach.why(statement).is_some(), is_refused, "{statement}");
        }
    }
}
