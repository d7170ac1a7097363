//! Migrations as `rowsmith` hands them over: the text of each file, and where its statements are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::words::deed;

/// Text that is in the program, or was read from a file.
type Text = Cow<'static, str>;

/// One migration: a file, and the statements of it that are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    version: Text,
    name: Text,
    file: Text,
    text: Text,
    statements: Cow<'static, [Statement]>,
    in_transaction: bool,
    repeatable: bool,
}

/// A statement of a migration: a part of the file's text, or what is sent in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    start: usize,
    end: usize,
    sent: Option<Text>,
}

impl Statement {
    /// The bytes from `start` to `end` of the file's text, as they are.
    pub const fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            sent: None,
        }
    }

    /// `sql` is sent instead of the bytes from `start` to `end`, because placeholders in them have values.
    pub const fn filled(start: usize, end: usize, sql: &'static str) -> Self {
        Self {
            start,
            end,
            sent: Some(Cow::Borrowed(sql)),
        }
    }

    /// As [`Self::filled`], with text that is not in the program.
    pub fn with_sql(start: usize, end: usize, sql: impl Into<Cow<'static, str>>) -> Self {
        Self {
            start,
            end,
            sent: Some(sql.into()),
        }
    }

    /// Where it begins in the file's text, in bytes.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Where it ends in the file's text, in bytes.
    pub fn end(&self) -> usize {
        self.end
    }
}

impl Migration {
    /// A migration that runs in a transaction.
    ///
    /// `version` identifies it: a number without leading zeros (`20240102030405`, `1.2`), or a name where files have no
    /// number. `name` is for people. `file` is the path that messages name. `text` is the whole file.
    /// `statements` are in their order and do not overlap.
    pub const fn new(
        version: &'static str,
        name: &'static str,
        file: &'static str,
        text: &'static str,
        statements: &'static [Statement],
    ) -> Self {
        Self {
            version: Cow::Borrowed(version),
            name: Cow::Borrowed(name),
            file: Cow::Borrowed(file),
            text: Cow::Borrowed(text),
            statements: Cow::Borrowed(statements),
            in_transaction: true,
            repeatable: false,
        }
    }

    /// As [`Self::new`], with text that is not in the program.
    pub fn read(
        version: String,
        name: String,
        file: String,
        text: String,
        statements: Vec<Statement>,
    ) -> Self {
        Self {
            version: version.into(),
            name: name.into(),
            file: file.into(),
            text: text.into(),
            statements: statements.into(),
            in_transaction: true,
            repeatable: false,
        }
    }

    /// Sends its statements one by one, outside of a transaction that spans the file.
    #[must_use]
    pub const fn without_transaction(mut self) -> Self {
        self.in_transaction = false;
        self
    }

    /// Applies it again whenever its text changes, after the others.
    #[must_use]
    pub const fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// What identifies it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What people call it, without the version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statements that are applied, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The SQL that is sent for a statement.
    pub fn sql<'a>(&'a self, statement: &'a Statement) -> &'a str {
        match &statement.sent {
            Some(sql) => sql,
            None => &self.text[statement.start..statement.end],
        }
    }

    /// Whether one transaction spans the file. A single statement that cannot be in a transaction needs no marker.
    pub fn is_in_transaction(&self) -> bool {
        match self.statements() {
            [only] => self.in_transaction && !deed(self.sql(only)).is_alone(),
            _ => self.in_transaction,
        }
    }

    /// Whether it is applied again when its text changes.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// The SHA-256 of the file's text, in hexadecimal: what the journal keeps to notice an edited file. Line ends and a byte
    /// order mark make no difference: a checkout on Windows is the same file.
    pub fn checksum(&self) -> String {
        let text = self
            .text
            .trim_start_matches('\u{feff}')
            .replace("\r\n", "\n");
        hex(&Sha256::digest(text.as_bytes()))
    }

    /// The line and the column, both from 1 and in characters, of a byte of the file's text.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// All migrations of a database, in the order they are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrations(Cow<'static, [Migration]>);

impl Migrations {
    /// Migrations that are in the program, as `rowsmith generate` writes them.
    pub const fn new(migrations: &'static [Migration]) -> Self {
        Self(Cow::Borrowed(migrations))
    }

    /// The migrations, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.0.iter()
    }

    /// The one with this version.
    pub fn find(&self, version: &str) -> Option<&Migration> {
        self.iter().find(|migration| migration.version == version)
    }

    /// Fails if two have the same version: which of them a database has could not be told.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut known = BTreeMap::new();
        for migration in self {
            if let Some(first) = known.insert(migration.version(), migration.file()) {
                return Err(Error::duplicate(
                    migration.version(),
                    first,
                    migration.file(),
                ));
            }
        }
        Ok(())
    }
}

impl From<Vec<Migration>> for Migrations {
    fn from(migrations: Vec<Migration>) -> Self {
        Self(migrations.into())
    }
}

impl<'a> IntoIterator for &'a Migrations {
    type Item = &'a Migration;
    type IntoIter = std::slice::Iter<'a, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
