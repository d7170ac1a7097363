//! What a statement does, as far as its words tell.

use std::ops::Range;

use super::{erase, statements};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    Begins,
    Ends,
    Goes,
}

/// What a statement does to the transaction.
pub(super) fn transaction(statement: &str) -> Transaction {
    let mut words = words(statement);
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

/// Words, and the dots between them, in lower case: of strings and comments, too.
fn words(statement: &str) -> impl Iterator<Item = String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut rest = statement;
    std::iter::from_fn(move || {
        let start = rest.find(|c: char| is_word(c) || c == '.')?;
        rest = &rest[start..];
        let end = match rest.find(|c| !is_word(c)) {
            Some(0) => 1,
            end => end.unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word.to_lowercase())
    })
}

/// All that a statement may name, in lower case.
pub(super) fn names(statement: &str) -> impl Iterator<Item = String> {
    words(statement).filter(|word| word != ".")
}

/// Keywords between `CREATE` or `ALTER` and the name.
const BEFORE_NAMES: [&str; 49] = [
    "or",
    "replace",
    "global",
    "local",
    "temp",
    "temporary",
    "unlogged",
    "recursive",
    "materialized",
    "unique",
    "constraint",
    "foreign",
    "trusted",
    "procedural",
    "default",
    "table",
    "view",
    "index",
    "concurrently",
    "sequence",
    "type",
    "domain",
    "function",
    "procedure",
    "aggregate",
    "routine",
    "schema",
    "trigger",
    "rule",
    "policy",
    "collation",
    "extension",
    "role",
    "user",
    "group",
    "server",
    "event",
    "statistics",
    "text",
    "search",
    "configuration",
    "dictionary",
    "language",
    "if",
    "not",
    "exists",
    "only",
    "column",
    "authorization",
];

/// What a statement would have made or changed, in lower case; `None` if it may be anything.
pub(super) fn made(statement: &str) -> Option<Vec<String>> {
    let words: Vec<String> = words(statement).collect();
    let anything = [
        "set", "reset", "call", "load", "begin", "start", "commit", "end", "rollback",
    ];
    if anything.contains(&words.first()?.as_str()) {
        return None;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(made_by(&words).map(str::to_owned).collect())
}

/// What a statement of these words makes or changes.
pub(super) fn made_by<'w>(words: &'w [&'w str]) -> impl Iterator<Item = &'w str> {
    words.iter().enumerate().filter_map(|(at, word)| {
        let after = &words[at + 1..];
        match *word {
            "create" | "alter" => path(without_keywords(after)),
            "into" | "to" | "update" => path(after),
            _ => None,
        }
    })
}

/// The words from the name on. `CREATE TABLE user` is refused, but `user` is the name.
fn without_keywords<'w, 'a>(words: &'a [&'w str]) -> &'a [&'w str] {
    const OBJECTS: [&str; 5] = ["domain", "index", "table", "type", "view"];
    const BETWEEN: [&str; 5] = ["concurrently", "if", "not", "exists", "only"];
    let mut rest = words;
    let mut known: &[&str] = &BEFORE_NAMES;
    while let [word, after @ ..] = rest
        && known.contains(word)
    {
        rest = after;
        if OBJECTS.contains(word) {
            known = &BETWEEN;
        }
    }
    rest
}

/// The last part of the name that words begin with.
fn path<'w>(words: &[&'w str]) -> Option<&'w str> {
    let mut last = words.first()?;
    let mut rest = &words[1..];
    while let [".", part, after @ ..] = rest {
        last = part;
        rest = after;
    }
    Some(*last)
}

/// Whether a statement creates an extension.
pub(super) fn is_extension(statement: &str) -> bool {
    let mut words = words(statement);
    words.next().is_some_and(|word| word == "create")
        && words.next().is_some_and(|word| word == "extension")
}

/// The names that stand where one would create an extension: also within the blocks of `DO`, and in comments, which does
/// not matter.
pub(super) fn extensions(text: &str) -> impl Iterator<Item = String> {
    let text = text.to_lowercase();
    let starts: Vec<usize> = text.match_indices("extension").map(|(at, _)| at).collect();
    starts.into_iter().filter_map(move |at| {
        let mut rest = text[at + "extension".len()..].trim_start();
        for word in ["if", "not", "exists"] {
            let after = rest
                .strip_prefix(word)
                .filter(|after| after.starts_with(char::is_whitespace));
            rest = after.map_or(rest, str::trim_start);
        }
        // In the text of an `EXECUTE`, or as an identifier that needs quotes.
        let rest = rest.trim_start_matches(['"', '\'']);
        let is_part = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        name.starts_with(char::is_alphabetic)
            .then(|| name.to_owned())
    })
}

/// Whether a statement only says who may do what.
pub(super) fn is_about_privileges(statement: &str) -> bool {
    let words: Vec<String> = words(statement).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["grant" | "revoke", ..]
        | ["alter", "default", "privileges", ..]
        | ["create" | "alter" | "drop", "policy", ..]
        | ["set", "role", ..]
        | ["set", "local" | "session", "role" | "authorization", ..]
        | ["reassign" | "drop", "owned", ..] => true,
        ["alter", rest @ ..] => rest.windows(2).any(|pair| pair == ["owner", "to"]),
        words => is_about_roles(words),
    }
}

/// Whether a statement makes, changes or drops roles, which belong to the whole server.
fn is_about_roles(words: &[&str]) -> bool {
    match words {
        ["create" | "alter" | "drop", "user", "mapping", ..] => false,
        ["create" | "alter" | "drop", "role" | "user" | "group", ..]
        | ["comment", "on", "role", ..] => true,
        // Membership of one role in another.
        ["grant" | "revoke", rest @ ..] => !rest.contains(&"on"),
        _ => false,
    }
}

/// Whether a statement is about what belongs to the whole server and says nothing about the schema. Databases and
/// tablespaces are left out before.
fn is_about_server(words: &[&str]) -> bool {
    match words {
        ["create" | "alter" | "drop", "subscription", ..]
        | ["comment", "on", "subscription", ..] => true,
        ["security", "label", rest @ ..] => rest.windows(2).any(|pair| {
            matches!(
                pair,
                ["on", "role" | "database" | "tablespace" | "subscription"]
            )
        }),
        ["grant" | "revoke", rest @ ..] => {
            rest.windows(2).any(|pair| pair == ["on", "parameter"]) || is_about_roles(words)
        }
        words => is_about_roles(words),
    }
}

/// Leaves out what would outlive the database.
pub(super) fn erase_server_statements(text: &mut String) {
    let about_server: Vec<Range<usize>> = statements(text, 0)
        .into_iter()
        .filter(|statement| {
            let words: Vec<String> = words(&text[statement.clone()]).take(200).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            is_about_server(&words)
        })
        .collect();
    for statement in about_server {
        erase(text, statement);
    }
}

/// Whether a statement that Postgres refuses inside a transaction stays inside the database: what cannot be taken back goes
/// away with it.
pub(super) fn is_alone(statement: &str) -> bool {
    let words: Vec<String> = words(statement).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["vacuum" | "reindex" | "cluster", ..] | ["discard", "all"] => true,
        ["create" | "drop", rest @ ..] => rest
            .windows(2)
            .take(2)
            .any(|pair| pair == ["index", "concurrently"]),
        ["alter", "table", rest @ ..] => rest.contains(&"detach") && rest.contains(&"concurrently"),
        ["alter", "type", rest @ ..] => rest.windows(2).any(|pair| pair == ["add", "value"]),
        _ => false,
    }
}

/// Whether a statement is about the transaction it is in, which is not the user's on a server that others use.
pub(super) fn is_set_transaction(statement: &str) -> bool {
    let mut words = words(statement);
    words.next().is_some_and(|word| word == "set")
        && words.next().is_some_and(|word| word == "transaction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_wherever_they_are_created() {
        let text = "create extension if not exists \"uuid-ossp\";
            CREATE EXTENSION IF NOT\n EXISTS citext WITH SCHEMA ext; CREATE EXTENSION hstore;
            DO $$ BEGIN EXECUTE 'CREATE EXTENSION pg_trgm'; END $$;
            DROP EXTENSION - ; COMMENT ON EXTENSION";
        let found: Vec<String> = extensions(text).collect();
        assert_eq!(found, ["uuid-ossp", "citext", "hstore", "pg_trgm"]);
    }

    #[test]
    fn what_a_statement_makes_is_known() {
        for (statement, expected) in [
            (
                "CREATE TABLE IF NOT EXISTS app.\"Users\" (id int)",
                Some("users"),
            ),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", Some("i")),
            ("CREATE TABLE user (id int)", Some("user")),
            ("alter table only t rename to u", Some("t u")),
            (
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS int AS $$ $$",
                Some("f"),
            ),
            (
                "CREATE TABLE a (id int)\nCREATE VIEW b AS SELECT 1",
                Some("a b"),
            ),
            ("INSERT INTO t VALUES (1)", Some("t")),
            ("DO $$ BEGIN CREATE TYPE e AS ENUM (); END $$", Some("e")),
            ("CREATE EXTENSION IF NOT EXISTS postgis", Some("postgis")),
            ("DROP TABLE t", Some("")),
            ("SET search_path TO a", None),
        ] {
            let made = made(statement).map(|names| names.join(" "));
            assert_eq!(made.as_deref(), expected, "{statement}");
        }
    }

    #[test]
    fn role_statements_are_told_from_others() {
        for (statement, roles, privileges) in [
            ("CREATE ROLE app", true, true),
            ("create user app with password 'x'", true, true),
            ("CREATE USER MAPPING FOR app SERVER s", false, false),
            ("GRANT readers TO app", true, true),
            (
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app",
                false,
                true,
            ),
            ("ALTER TABLE t OWNER TO app", false, true),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO b",
                false,
                true,
            ),
            ("SET SESSION AUTHORIZATION app", false, true),
            ("ALTER TABLE t ADD COLUMN role text", false, false),
            ("CREATE TABLE roles ()", false, false),
        ] {
            let words: Vec<String> = words(statement).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(is_about_roles(&words), roles, "{statement}");
            assert_eq!(is_about_privileges(statement), privileges, "{statement}");
        }
    }
}
