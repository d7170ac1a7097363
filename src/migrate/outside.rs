//! What statements do outside of their database at once, as far as their words tell: no rollback takes it back.
//!
//! Functions of the server's files, processes, log and replication, languages that can do everything, tables of other
//! servers, and `COPY` with files and programs. A statement may name them, also in the text of a block, or a function, view
//! or table of an earlier statement that does. A name that is put together at run time is not seen.

use std::collections::BTreeSet;

use super::statement::made_by;
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
const FOREIGN: &str = "it uses tables of another server";
const LANGUAGE: &str = "its language can do everything that the server can";
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
    /// The functions among it.
    functions: BTreeSet<String>,
    /// Whether there is a table of another server.
    has_foreign: bool,
}

impl Reach {
    /// Why a statement must not run, if so. One that may and defines something is remembered.
    pub(super) fn why(&mut self, statement: &str) -> Option<&'static str> {
        let mut found = Vec::new();
        significant(statement, 0, &mut found);
        let words: Vec<&str> = found.iter().map(String::as_str).collect();
        if words.starts_with(&["import", "foreign"]) || self.has_foreign && analyzes_all(&words) {
            return Some(FOREIGN);
        }
        let is_foreign = words.starts_with(&["create", "foreign", "table"]);
        self.has_foreign |= is_foreign;
        let reaches = |word: &&str| is_function(word) || self.made.contains(*word);
        let calls = is_foreign || words.iter().any(reaches);
        let why = copies(&words)
            .or(can_do_everything(&words).then_some(LANGUAGE))
            .or(calls.then_some(FUNCTION))?;
        let first = words.first().copied().unwrap_or_default();
        if !DEFINITIONS.contains(&first) || self.runs(&words) {
            return Some(why);
        }
        self.remember(&words);
        None
    }

    /// Whether a definition calls at once what it names.
    fn runs(&self, words: &[&str]) -> bool {
        let has = |word: &str| words.contains(&word);
        let is_query = has("materialized") || words.starts_with(&["create", "table"]) && has("as");
        // It is fired by definitions.
        let is_event = words.starts_with(&["create", "event"]);
        let computes = match words {
            ["alter", "table" | "domain" | "foreign", ..]
            | ["create", "index", ..]
            | ["create", "unique", "index", ..] => true,
            ["create", "table", ..] => has("partition"),
            _ => false,
        };
        let is_called = |pair: &[&str]| {
            pair[1] == "(" && (is_function(pair[0]) || self.functions.contains(pair[0]))
        };
        is_query || is_event || computes && words.windows(2).any(is_called)
    }

    /// Takes note of what a definition makes.
    fn remember(&mut self, words: &[&str]) {
        let is_create = matches!(words, ["create" | "alter", ..]);
        // The extension is not its functions.
        if !is_create || words.get(1) == Some(&"extension") {
            return;
        }
        let made: Vec<String> = made_by(words).map(str::to_owned).collect();
        if words
            .iter()
            .take(4)
            .any(|word| *word == "function" || *word == "procedure")
        {
            self.functions.extend(made.iter().cloned());
        }
        self.made.extend(made);
        let mut add = |part: &str| {
            if !matches!(part, "." | "," | "(") {
                self.made.insert(part.to_owned());
            }
        };
        // A trigger is called by what is done to its table.
        let is_trigger = words
            .iter()
            .take(5)
            .any(|word| *word == "trigger" || *word == "rule");
        if let Some(on) = words
            .iter()
            .position(|word| *word == "on")
            .filter(|_| is_trigger)
        {
            let table = words[on + 1..].iter();
            table
                .take_while(|word| !matches!(**word, "for" | "execute"))
                .for_each(|part| add(part));
        }
        // What is written to a table goes to its partitions and children, too.
        for (at, pair) in words.windows(2).enumerate() {
            let parents = match pair {
                ["partition", "of"] => &words[at + 2..(at + 5).min(words.len())],
                ["inherit" | "inherits", _] => &words[at + 1..],
                _ => continue,
            };
            parents
                .iter()
                .take_while(|word| !matches!(**word, ")" | "for" | "default" | "server"))
                .for_each(|part| add(part));
        }
    }
}

fn is_function(word: &str) -> bool {
    FUNCTIONS.iter().any(|name| match name.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == *name,
    })
}

/// Whether it makes or runs code in a language that only superusers may use.
fn can_do_everything(words: &[&str]) -> bool {
    let is_code = |word: &&str| matches!(*word, "function" | "procedure" | "do");
    let of_untrusted = |at: usize| {
        let mut names = words[at + 1..].iter().filter(|word| **word != "'");
        names
            .next()
            .is_some_and(|name| name.starts_with("pl") && name.ends_with('u') || *name == "plsh")
    };
    let mut languages = words.iter().enumerate();
    words.iter().take(4).any(is_code)
        && languages.any(|(at, word)| *word == "language" && of_untrusted(at))
}

/// `ANALYZE` or `VACUUM ANALYZE` of all tables.
fn analyzes_all(words: &[&str]) -> bool {
    let [first @ ("analyze" | "vacuum"), rest @ ..] = words else {
        return false;
    };
    let options = [
        "(", ")", ",", ";", "analyze", "verbose", "full", "freeze", "true", "on",
    ];
    (*first == "analyze" || rest.contains(&"analyze"))
        && rest.iter().all(|word| options.contains(word))
}

/// `COPY … TO 'file'`, and with a program in either direction.
fn copies(words: &[&str]) -> Option<&'static str> {
    let mut copies = words
        .iter()
        .enumerate()
        .filter(|(_, word)| **word == "copy");
    copies.find_map(|(at, _)| {
        let mut rest = words[at..].windows(2).take_while(|pair| pair[0] != ";");
        rest.find_map(|pair| match (pair[0], pair[1]) {
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
            TokenKind::DollarString => {
                words.push("'".to_owned());
                within(words, body(found));
            }
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
    #[expect(clippy::too_many_lines, reason = "a table")]
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
            ("COPY t TO $$/tmp/x$$", true),
            (
                "IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public",
                true,
            ),
            ("INSERT INTO p1 VALUES (1)", false),
            (
                "CREATE FOREIGN TABLE far1 PARTITION OF a.p1 DEFAULT SERVER s",
                false,
            ),
            ("INSERT INTO a.p1 VALUES (1)", true),
            (
                "CREATE FOREIGN TABLE far2 () INHERITS (p2, a.p3) SERVER s OPTIONS (x 'y')",
                false,
            ),
            ("DELETE FROM p2", true),
            ("UPDATE p3 SET a = 1", true),
            ("ALTER FOREIGN TABLE far INHERIT p4", false),
            ("TRUNCATE p4", true),
            (
                "ALTER TABLE root ATTACH PARTITION p1 FOR VALUES IN (1)",
                false,
            ),
            ("INSERT INTO root VALUES (1)", true),
            ("SELECT 1 FROM server", false),
            ("VACUUM", false),
            ("ANALYZE u1", false),
            ("ANALYZE", true),
            ("VACUUM (FULL, ANALYZE)", true),
            (
                "CREATE FOREIGN TABLE x.\"Far Away\" (a int) SERVER s",
                false,
            ),
            ("CREATE VIEW \"The View\" AS TABLE x.\"Far Away\"", false),
            ("DELETE FROM \"The View\"", true),
            ("ALTER VIEW \"The View\" RENAME TO \"Other View\"", false),
            ("DELETE FROM \"Other View\"", true),
            ("CREATE INDEX i ON z (f(a))", true),
            ("CREATE INDEX i ON z (a)", false),
            ("ALTER TABLE z ADD COLUMN b int DEFAULT f()", true),
            ("ALTER FUNCTION f(int) OWNER TO me", false),
            (
                "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
                true,
            ),
            (
                "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION g()",
                false,
            ),
            ("CREATE EXTENSION plpython3u", false),
            ("DO LANGUAGE plpython3u $$ import os $$", true),
            ("DO $$ BEGIN END $$ LANGUAGE plpgsql", false),
            (
                "CREATE FUNCTION h() RETURNS int LANGUAGE 'plperlu' AS $$ 1 $$",
                false,
            ),
            ("SELECT h()", true),
        ] {
            assert_eq!(reach.why(statement).is_some(), is_refused, "{statement}");
        }
    }
}
