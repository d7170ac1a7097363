//! Seeds: SQL files with rows to develop with, and the databases that they are for.
//!
//! All files are run in one transaction, so that a database has all of them or is as it was. A file is run once. If it was
//! edited since, it is run again where that is harmless by its own words: where all it does is `INSERT … ON CONFLICT`.

pub(crate) mod guard;
mod reset;

use std::fs;
use std::path::Path;

use tokio_postgres::error::{ErrorPosition, SqlState};
use tokio_postgres::{Client, Config};

use crate::config::{display, read_text};
use crate::database;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::digest;
use crate::error::{Error, Result};
use crate::natural;
use crate::source::SourceFile;
use crate::syntax::{self, TokenKind, lex};
use guard::Facts;

pub(crate) use reset::prepare;

/// What was run.
const TABLE: &str = "_rowsmith_seeds";

/// The key of the lock under which seeds are run: `seeds` in ASCII.
const KEY: i64 = 0x73_6565_6473;

/// Statements that end the transaction that all seeds are.
const TRANSACTION: [&str; 6] = ["abort", "begin", "commit", "end", "rollback", "start"];

/// The files of a folder, in their order.
#[derive(Debug)]
pub(crate) struct Seeds {
    files: Vec<SourceFile>,
}

/// What became of the files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Planted {
    /// The names of those that were run, in their order.
    pub(crate) run: Vec<String>,
    /// How many had been run before, as they are.
    pub(crate) known: usize,
}

impl Seeds {
    /// Reads `*.sql` of the folder, in the order of the numbers in their names.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let name = display(folder);
        let failed =
            |error| Error::new(format!("cannot read the seeds in `{name}`")).with_source(error);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let found = entry
                .map_err(failed)?
                .file_name()
                .to_string_lossy()
                .into_owned();
            let is_sql = Path::new(&found)
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("sql"));
            if is_sql && !found.starts_with('.') {
                names.push(found);
            }
        }
        names.sort_by(|one, other| natural::compare(one, other));
        let mut files = Vec::new();
        let mut mistakes = Vec::new();
        for found in names {
            let path = folder.join(&found);
            let shown = display(&path);
            match read_text(&path, &shown, &found) {
                Ok(text) => {
                    let file = SourceFile::new(shown, found, text);
                    mistakes.extend(mistake(&file));
                    files.push(file);
                }
                Err(mistake) => mistakes.push(*mistake),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes.into());
        }
        if files.is_empty() {
            return Err(Error::new(format!("there are no seeds in `{name}`"))
                .with_help("write a file such as `1_notes.sql` there, with `INSERT … ON CONFLICT DO NOTHING`"));
        }
        Ok(Self { files })
    }

    /// Connects, looks whether the database may be touched, and runs what was not run yet.
    pub(crate) async fn plant(&self, uri: &str, allow_remote: bool) -> Result<Planted> {
        let at = database::visited(uri)?;
        let client = database::visit_at(&at).await?;
        guard::check(&at.config, &Facts::ask(&client).await?, allow_remote)?;
        self.run(&client).await
    }

    /// Runs what was not run yet.
    async fn run(&self, client: &Client) -> Result<Planted> {
        let ours = |error| failed("the seeds cannot be recorded", error);
        let begin = format!(
            "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock({KEY}); \
             CREATE TABLE IF NOT EXISTS public.{TABLE} (\
                 file text PRIMARY KEY, checksum text NOT NULL, run_at timestamptz NOT NULL DEFAULT pg_catalog.now())"
        );
        client.batch_execute(&begin).await.map_err(ours)?;
        let done = self.run_all(client).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = client.batch_execute(end).await;
        let planted = done?;
        // Constraints that are deferred are checked here.
        ended.map_err(|error| failed("the seeds cannot be kept", error))?;
        Ok(planted)
    }

    async fn run_all(&self, client: &Client) -> Result<Planted> {
        let ours = |error| failed("the seeds cannot be recorded", error);
        let mut planted = Planted::default();
        for file in &self.files {
            let sum = digest([file.text().as_bytes()]);
            let sql = format!("SELECT checksum FROM public.{TABLE} WHERE file = $1");
            let known = client.query_opt(&sql, &[&file.key()]).await.map_err(ours)?;
            match known.map(|row| row.get::<_, String>(0)) {
                Some(known) if known == sum => {
                    planted.known += 1;
                    continue;
                }
                Some(_) => {
                    if let Some(mistake) = unrepeatable(file) {
                        return Err(mistake.into());
                    }
                }
                None => {}
            }
            for range in syntax::statements(file.text()) {
                let sent = client.batch_execute(&file.text()[range.clone()]).await;
                sent.map_err(|error| refused(file, range.start, error))?;
            }
            // What one file sets is nothing to the next.
            let reset = "RESET SESSION AUTHORIZATION; RESET ALL";
            client.batch_execute(reset).await.map_err(ours)?;
            let sql = format!(
                "INSERT INTO public.{TABLE} (file, checksum) VALUES ($1, $2) \
                 ON CONFLICT (file) DO UPDATE SET checksum = excluded.checksum, run_at = excluded.run_at"
            );
            client
                .execute(&sql, &[&file.key(), &sum])
                .await
                .map_err(ours)?;
            planted.run.push(file.name().to_owned());
        }
        Ok(planted)
    }
}

/// The words of a statement, in lower case.
fn words(sql: &str) -> Vec<String> {
    let tokens = lex(sql);
    let words = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Identifier);
    words
        .map(|word| word.text(sql).to_ascii_lowercase())
        .collect()
}

/// A statement that no seed can have.
fn mistake(file: &SourceFile) -> Option<Diagnostic> {
    let text = file.text();
    syntax::statements(text).into_iter().find_map(|range| {
        let words = words(&text[range.clone()]);
        let first = words.first().map(String::as_str).unwrap_or_default();
        let span = |length: usize| file.span(range.start..range.start + length);
        if TRANSACTION.contains(&first) {
            let message = format!(
                "`{}` in a seed: all seeds are one transaction",
                first.to_uppercase()
            );
            return Some(
                Diagnostic::error(Code::InvalidSeed, message)
                    .at(span(first.len()), "")
                    .help("take it out"),
            );
        }
        if first == "copy" && words.iter().any(|word| word == "stdin") {
            return Some(
                Diagnostic::error(
                    Code::InvalidSeed,
                    "the rows of `COPY … FROM stdin` are not read in a seed",
                )
                .at(span(first.len()), "")
                .help("write `INSERT`, as `pg_dump --inserts --on-conflict-do-nothing` does"),
            );
        }
        text[range.start..].starts_with('\\').then(|| {
            Diagnostic::error(
                Code::InvalidSeed,
                "a command of psql in a seed: only SQL is read",
            )
            .at(span(1), "")
            .help("take it out")
        })
    })
}

/// Why an edited file is not run again.
fn unrepeatable(file: &SourceFile) -> Option<Diagnostic> {
    let text = file.text();
    let found = syntax::statements(text)
        .into_iter()
        .find(|range| !is_repeatable(&text[range.clone()]))?;
    let message = format!(
        "`{}` was run, and edited since; run again, it might add its rows twice",
        file.name()
    );
    let length = words(&text[found.clone()]).first().map_or(1, String::len);
    Some(
        Diagnostic::error(Code::InvalidSeed, message)
            .at(file.span(found.start..found.start + length), "not an `INSERT … ON CONFLICT`")
            .help("put new rows into a new file, write `ON CONFLICT` in each `INSERT`, or start over with `rowsmith reset`"),
    )
}

/// Whether a statement may be run again and again.
fn is_repeatable(sql: &str) -> bool {
    let words = words(sql);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    match words.first().map(String::as_str) {
        Some("insert") => words
            .windows(2)
            .any(|pair| pair[0] == "on" && pair[1] == "conflict"),
        Some("select") => has("setval") || has("set_config"),
        Some("merge" | "set") => true,
        _ => false,
    }
}

/// Why Postgres refused a statement, at the place in its file.
fn refused(file: &SourceFile, start: usize, error: tokio_postgres::Error) -> Error {
    let Some(found) = error.as_db_error() else {
        return failed("the seeds were not run to their end", error);
    };
    let text = &file.text()[start..];
    let offset = match found.position() {
        Some(ErrorPosition::Original(position)) => {
            let before = usize::try_from(*position)
                .unwrap_or_default()
                .saturating_sub(1);
            text.char_indices()
                .nth(before)
                .map_or(0, |(offset, _)| offset)
        }
        _ => 0,
    };
    let token = lex(&text[offset..])
        .first()
        .map_or(1, |token| token.range.len());
    let at = start + offset;
    let diagnostic = Diagnostic::error(Code::InvalidSeed, found.message())
        .at(file.span(at..at + token), "")
        .note(format!("SQLSTATE {}", found.code().code()));
    let code = found.code();
    let diagnostic = if *code == SqlState::UNIQUE_VIOLATION {
        diagnostic.help("write `ON CONFLICT DO NOTHING` where rows may be there already, or start over with `rowsmith reset`")
    } else if [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::INVALID_SCHEMA_NAME,
    ]
    .contains(code)
    {
        diagnostic.help("see with `rowsmith migrate status` whether the migrations are applied")
    } else {
        diagnostic
    };
    diagnostic.into()
}

/// A failure of a statement that is not of the user's files.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it serves as a function for `map_err`"
)]
fn failed(what: &str, error: tokio_postgres::Error) -> Error {
    let cause = match error.as_db_error() {
        Some(found) => format!("{} (SQLSTATE {})", found.message(), found.code().code()),
        None => error.to_string(),
    };
    Error::new(what).with_source(cause)
}

/// Whether a configuration names one server.
fn has_one_host(config: &Config) -> bool {
    config.get_hosts().len().max(config.get_hostaddrs().len()) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SourceFile {
        SourceFile::new("seeds/a.sql", "a.sql", text)
    }

    #[test]
    fn what_may_be_run_again_is_known_by_its_words() {
        for sql in [
            "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING;",
            "-- one\ninsert into a select 1 On /* two */ Conflict (x) do update set x = 1",
            "SET search_path = app; SELECT setval('a_id_seq', 10);",
            "MERGE INTO a USING b ON a.x = b.x WHEN NOT MATCHED THEN INSERT VALUES (1)",
            "",
        ] {
            assert!(unrepeatable(&file(sql)).is_none(), "{sql}");
        }
        for sql in [
            "INSERT INTO a VALUES (1)",
            "INSERT INTO a VALUES ('on conflict')",
            "INSERT INTO a VALUES (1) -- on conflict do nothing",
            "UPDATE a SET x = x + 1",
            "SELECT fill()",
            "TRUNCATE a",
            "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING; INSERT INTO b VALUES (1)",
        ] {
            assert!(unrepeatable(&file(sql)).is_some(), "{sql}");
        }
    }

    #[test]
    fn what_no_seed_can_have_is_found() {
        for sql in [
            "BEGIN; SELECT 1",
            "SELECT 1; commit;",
            "COPY a FROM stdin;\n1\n\\.\n",
            "\\set x 1\n",
        ] {
            assert!(mistake(&file(sql)).is_some(), "{sql}");
        }
        let sql =
            "INSERT INTO a VALUES ('begin; commit'); COPY a FROM '/file'; DO $$ BEGIN NULL; END $$";
        assert!(mistake(&file(sql)).is_none());
    }
}
