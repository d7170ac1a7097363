//! Postgres' refusal of a migration, told at the right place of the user's file and with a remedy.

use std::ops::Range;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use super::statement::made;
use crate::database::Session;
use crate::diagnostic::{Code, Diagnostic, tidy};
use crate::mend::{self, Mend, Mender};
use crate::migration::Migration;
use crate::remedy;
use crate::source::{Span, floor_char_boundary};
use crate::syntax::{self, Token, TokenKind, lex};

/// Why a part of a file was not applied.
#[derive(Clone)]
pub(super) struct Failure {
    pub(super) error: Refusal,
    /// Where the text that was sent begins.
    pub(super) sent: usize,
    /// The statement it happened in.
    pub(super) statement: Range<usize>,
    /// Everything before this is applied for good, everything from here on is not once the transaction is ended.
    pub(super) resume: usize,
    /// It happened when all statements were done, at the commit: any of them may be to blame.
    pub(super) at_end: bool,
}

impl Failure {
    /// What mends the statement, as the database is now. A statement that failed at the end may not be to blame.
    pub(super) async fn mend(&self, mender: &Mender<'_>, text: &str) -> Option<Mend> {
        let Refusal::Postgres(error) = &self.error else {
            return None;
        };
        let pointed = self.error.offset(&text[self.sent..]);
        let pointed =
            pointed.and_then(|offset| (self.sent + offset).checked_sub(self.statement.start));
        let statement = text.get(self.statement.clone()).filter(|_| !self.at_end)?;
        mender.mend(statement, pointed, error).await
    }

    /// Whether a migration makes what Postgres does not find.
    pub(super) fn is_mended_by(&self, migration: &Migration) -> bool {
        const MISSING: [SqlState; 4] = [
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_OBJECT,
            SqlState::UNDEFINED_FUNCTION,
            SqlState::INVALID_SCHEMA_NAME,
        ];
        let Refusal::Postgres(error) = &self.error else {
            return false;
        };
        let message = error.message();
        let quoted = message.split('"').nth(1);
        let called = message.split(['(', ' ']).nth(1);
        let Some(name) = quoted.or(called).and_then(|name| name.rsplit('.').next()) else {
            return false;
        };
        let text = migration.sql.text();
        let makes = |statement: &Range<usize>| {
            let made = made(&text[statement.clone()]);
            made.is_some_and(|made| made.iter().any(|made| made == name))
        };
        MISSING.contains(error.code())
            && text.contains(name)
            && syntax::statements(text).iter().any(makes)
    }
}

#[derive(Clone)]
pub(super) enum Refusal {
    Postgres(Box<DbError>),
    /// A `COPY` that exchanges data with the client.
    Copy,
    /// It is not run, since what it does outside of the database cannot be taken back: why.
    Outside(&'static str),
    /// It changes what all databases of the server share.
    Changed,
}

impl Refusal {
    /// Where in what was sent Postgres points at.
    pub(super) fn offset(&self, sent: &str) -> Option<usize> {
        let Self::Postgres(error) = self else {
            return None;
        };
        mend::offset(error, sent)
    }
}

/// The report of a text that Postgres cannot read.
pub(super) fn nul(migration: &Migration, offset: usize) -> Diagnostic {
    let place = migration.sql.origin(offset);
    Diagnostic::error(Code::MigrationFailed, "the file contains a NUL character")
        .at(
            migration.file.span(place.start..place.start + 1),
            "Postgres cannot read it",
        )
        .help("remove it; if the file is UTF-16, save it as UTF-8")
}

/// The role a message is about.
pub(super) fn role<'a>(error: &'a DbError, predicate: &str) -> Option<&'a str> {
    let rest = error.message().strip_prefix("role \"")?;
    rest.strip_suffix(predicate)?.strip_suffix("\" ")
}

/// What makes everything possible.
const PRIVATE: &str = "name no server: then installed Postgres programs run a private one, where everything is possible";

/// The report of a failed migration.
pub(super) fn diagnose(
    session: &Session,
    migration: &Migration,
    text: &str,
    failure: &Failure,
    major_version: u32,
    mend: Option<&Mend>,
) -> Diagnostic {
    let error = match &failure.error {
        Refusal::Postgres(error) => error,
        Refusal::Copy => {
            return Diagnostic::error(
                Code::MigrationFailed,
                "`COPY` from or to the client is not possible in a migration",
            )
            .at(span(migration, first_line(text, failure)), "")
            .help("use `INSERT`, or take the data out of the migrations");
        }
        Refusal::Outside(why) => {
            return Diagnostic::error(
                Code::MigrationFailed,
                "this statement reaches outside of the throwaway database, on a server that others use",
            )
            .at(span(migration, first_line(text, failure)), "")
            .note(*why)
            .help(format!("leave it out of the migrations, or {PRIVATE}"));
        }
        Refusal::Changed => {
            return Diagnostic::error(
                Code::MigrationFailed,
                "this statement changes what belongs to the whole server, which others use",
            )
            .at(span(migration, first_line(text, failure)), "")
            .note("roles, their settings and memberships, other databases, tablespaces and subscriptions stay as they are")
            .help(format!(
                "leave it out of the migrations, or make it on the server and have the statement do nothing where it is made, \
                 or {PRIVATE}"
            ));
        }
    };
    let place = place(migration, text, failure, error);
    let token = place.text().to_owned();
    let is_syntax = *error.code() == SqlState::SYNTAX_ERROR;
    let mended = mend.filter(|mend| is_syntax && !mend.place.is_empty());
    let mended = mended.map(|mend| {
        let start = failure.statement.start;
        span(migration, start + mend.place.start..start + mend.place.end)
    });
    let is_apart = |mended: &Span| {
        let (mended, place) = (&mended.range, &place.range);
        mended.end <= place.start || mended.start >= place.end
    };
    let mut diagnostic = Diagnostic::error(Code::MigrationFailed, error.message());
    diagnostic = match mended.filter(is_apart) {
        Some(mended) => diagnostic
            .at(mended, "here")
            .also(place, "Postgres stops here"),
        None => diagnostic.at(place, ""),
    };
    if let Some(detail) = error.detail() {
        diagnostic = diagnostic.note(tidy(detail));
    }
    if let Some(ErrorPosition::Internal { query, .. }) = error.position() {
        diagnostic = diagnostic.note(format!("in the statement `{query}`"));
    }
    if let Some(context) = error.where_() {
        diagnostic = diagnostic.note(context);
    }
    diagnostic = diagnostic.note(format!("SQLSTATE {}", error.code().code()));
    let help = session
        .remedy(error)
        .or_else(|| help(error, &token))
        .or_else(|| Some(mend.filter(|mend| mend.is_foreign)?.help.clone()))
        .or_else(|| remedy::find(error.message(), major_version))
        .or_else(|| Some(mend?.help.clone()))
        .or_else(|| error.hint().map(tidy));
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn span(migration: &Migration, range: Range<usize>) -> Span {
    let start = migration.sql.origin(range.start).start;
    let last = migration
        .sql
        .origin(range.end.saturating_sub(1).max(range.start));
    // The origin of a byte that was copied is a position.
    let end = if last.is_empty() {
        last.end + 1
    } else {
        last.end
    };
    migration.file.span(start..end.max(start))
}

fn first_line(text: &str, failure: &Failure) -> Range<usize> {
    let start = failure.statement.start;
    let line = text[failure.statement.clone()].lines().next();
    start..start + line.unwrap_or_default().trim_end().len()
}

/// Where Postgres points, or else the name that its message is about, the line that a block stopped at, or the
/// statement's first line.
fn place(migration: &Migration, text: &str, failure: &Failure, error: &DbError) -> Span {
    if let Some(offset) = failure.error.offset(&text[failure.sent..]) {
        let origin = migration.sql.origin(failure.sent + offset);
        if !origin.is_empty() {
            return migration.file.span(origin);
        }
        let file = migration.file.text();
        let start = floor_char_boundary(file, origin.start);
        return migration
            .file
            .span(start..start + token_length(&file[start..]));
    }
    let statement = &text[failure.statement.clone()];
    let within = block_line(statement, error).or_else(|| offending_name(statement, error));
    match within {
        Some(found) => {
            let start = failure.statement.start;
            span(migration, start + found.start..start + found.end)
        }
        None => span(migration, first_line(text, failure)),
    }
}

/// The place in a `DO` block that it stopped at, which Postgres tells as a line of the block's text.
fn block_line(statement: &str, error: &DbError) -> Option<Range<usize>> {
    const BLOCK: &str = "inline_code_block line ";
    let context = error.where_()?;
    let number = &context[context.rfind(BLOCK)? + BLOCK.len()..];
    let number: usize = number[..number.find(|c: char| !c.is_ascii_digit())?]
        .parse()
        .ok()?;
    let tokens = lex(statement);
    let is_body =
        |token: &&Token| matches!(token.kind, TokenKind::DollarString | TokenKind::String);
    let body = tokens.iter().find(is_body)?;
    let opening = match body.kind {
        TokenKind::DollarString => body.text(statement)[1..].find('$')? + 2,
        _ => body.text(statement).find('\'')? + 1,
    };
    let mut start = body.range.start + opening;
    let closing = if body.terminated {
        opening.min(body.range.len() - opening)
    } else {
        0
    };
    let end = body.range.end - closing;
    let lines = statement[start..end].split_inclusive('\n');
    let mut lines = lines.skip_while({
        let mut skipped = 1;
        let start = &mut start;
        move |line| {
            let skip = skipped < number;
            if skip {
                skipped += 1;
                *start += line.len();
            }
            skip
        }
    });
    let line = lines.next()?;
    let indent = line.len() - line.trim_start().len();
    let whole = start + indent..start + line.trim_end().len();
    // The statement there may go on for many lines: the word that Postgres points at is one of its own.
    let word = match error.position() {
        Some(ErrorPosition::Internal { position, query }) => {
            let characters = (*position as usize).saturating_sub(1);
            let offset = query.char_indices().nth(characters)?.0;
            &query[offset..offset + token_length(&query[offset..])]
        }
        _ => "",
    };
    let found = tokens_of(statement, start..end)
        .find(|token| !word.is_empty() && token.text(statement) == word)
        .map(|token| token.range);
    Some(found.unwrap_or(whole))
}

/// The tokens of a piece of a text, with their places in the whole.
fn tokens_of(text: &str, range: Range<usize>) -> impl Iterator<Item = Token> {
    let tokens = lex(&text[range.clone()]).into_iter();
    tokens.map(move |token| Token {
        range: range.start + token.range.start..range.start + token.range.end,
        ..token
    })
}

/// The name in a statement that a message without a position is about.
fn offending_name(statement: &str, error: &DbError) -> Option<Range<usize>> {
    let quoted = |text: &str| -> Vec<String> {
        text.split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let mut names = quoted(error.message());
    // `function f(integer) does not exist`
    if let Some((what, _)) = error.message().split_once('(')
        && let Some((_, name)) = what.rsplit_once(' ')
    {
        names.push(name.to_owned());
    }
    names.extend(error.detail().map(quoted).unwrap_or_default());
    let fields = [
        error.column(),
        error.constraint(),
        error.table(),
        error.datatype(),
    ];
    names.extend(fields.into_iter().flatten().map(str::to_owned));
    let tokens = lex(statement);
    let is_repeated = error.message().ends_with("specified more than once");
    names.iter().find_map(|name| {
        let found = |name: &str| {
            let mut places = tokens
                .iter()
                .filter(|token| is_name(token, statement, name))
                .map(|token| token.range.clone());
            if is_repeated {
                places.next_back()
            } else {
                places.next()
            }
        };
        found(name).or_else(|| found(name.rsplit('.').next()?))
    })
}

/// Whether a token is this name, or a string with it.
fn is_name(token: &Token, text: &str, name: &str) -> bool {
    let text = token.text(text);
    match token.kind {
        TokenKind::Identifier => text.to_lowercase() == name,
        TokenKind::QuotedIdentifier => text.trim_matches('"').replace("\"\"", "\"") == name,
        TokenKind::String => text.trim_matches('\'') == name,
        _ => false,
    }
}

/// Extensions that come with Postgres, in a package of their own on some systems.
const CONTRIB: [&str; 34] = [
    "adminpack",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pageinspect",
    "pg_buffercache",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "seg",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
];

/// Extensions whose package has another name.
const PACKAGES: [(&str, &str); 7] = [
    ("postgis", "PostGIS"),
    ("postgis_topology", "PostGIS"),
    ("postgis_raster", "PostGIS"),
    ("vector", "pgvector"),
    ("timescaledb", "TimescaleDB"),
    ("pg_uuidv7", "pg_uuidv7"),
    ("pg_search", "ParadeDB's pg_search"),
];

/// What is there already.
const DUPLICATES: [SqlState; 5] = [
    SqlState::DUPLICATE_COLUMN,
    SqlState::DUPLICATE_FUNCTION,
    SqlState::DUPLICATE_OBJECT,
    SqlState::DUPLICATE_SCHEMA,
    SqlState::DUPLICATE_TABLE,
];

/// What to do about failures whose cause is not in the file.
fn help(error: &DbError, token: &str) -> Option<String> {
    let message = error.message();
    let extension = message
        .strip_prefix("extension \"")
        .and_then(|rest| rest.strip_suffix("\" is not available"));
    if token.starts_with('\\') {
        Some("psql's commands are left out only where a statement would begin".to_owned())
    } else if let Some(extension) = extension {
        let package = PACKAGES.iter().find(|(name, _)| *name == extension);
        let what = match package {
            Some((_, package)) => package.to_string(),
            None if CONTRIB.contains(&extension) => "Postgres' contrib package".to_owned(),
            None => format!("`{extension}`"),
        };
        Some(format!(
            "install {what} for this Postgres, or use a server that has it; where nothing depends on it, leave the \
             statement out"
        ))
    } else if let Some(role) = role(error, "does not exist") {
        Some(format!(
            "create `{role}` on the server, or let rowsmith use installed Postgres programs, where missing roles are \
             created"
        ))
    } else if *error.code() == SqlState::QUERY_CANCELED {
        Some("a statement may take a minute".to_owned())
    } else if *error.code() == SqlState::UNDEFINED_TABLE && token.starts_with('\'') {
        // sqlc never evaluates a default, so what it reads may lack its sequences.
        Some(
            "nothing makes this sequence: name the project's migrations in `migrations`, or a file that creates it in `setup`"
                .to_owned(),
        )
    } else if DUPLICATES.contains(error.code()) {
        Some(
            "remove one of the two; if this file only tells sqlc what is there, name what is executed in `migrations`"
                .to_owned(),
        )
    } else if is_about_schema(error) {
        Some(
            "if something else than the migrations makes it, write a stand-in and name that file in `setup`".to_owned(),
        )
    } else {
        None
    }
}

/// Whether a schema is missing, or something in a schema that is not the default one.
fn is_about_schema(error: &DbError) -> bool {
    let name = error.message().split('"').nth(1).unwrap_or_default();
    match error.code() {
        code if *code == SqlState::INVALID_SCHEMA_NAME => true,
        code if *code == SqlState::UNDEFINED_TABLE => {
            name.contains('.') && !name.starts_with("public.")
        }
        _ => false,
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
