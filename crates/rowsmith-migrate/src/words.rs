//! The first words of a statement: enough to tell what it does to transactions and indexes.

/// A token that is neither white space nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// In lower case.
    Word(String),
    /// A name in double quotes, without them.
    Quoted(String),
    Symbol(char),
}

/// What a statement does that a migration runner has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Begins a transaction; `plain` without saying of what kind.
    Begin {
        plain: bool,
    },
    Commit,
    Rollback,
    PrepareTransaction,
    /// Exchanges data with the client.
    Copy,
    /// A command of psql.
    MetaCommand,
    /// Changes a setting of the session.
    Set,
    CreateIndexConcurrently(Index),
    DropIndexConcurrently(Name),
    /// Cannot be in a transaction, and may be run again.
    Repeatable,
    /// Cannot be in a transaction, and either happens or does not.
    Alone,
    /// May hold transactions of its own.
    Procedure,
    Other,
}

impl Deed {
    /// Whether Postgres refuses it in a transaction.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(
            self,
            Self::CreateIndexConcurrently(_)
                | Self::DropIndexConcurrently(_)
                | Self::Repeatable
                | Self::Alone
        )
    }
}

/// An index that is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// `None` if Postgres chooses the name.
    pub(crate) name: Option<String>,
    pub(crate) table: Name,
    pub(crate) if_not_exists: bool,
}

/// A name, perhaps with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) Vec<String>);

impl Name {
    /// As SQL.
    pub(crate) fn quoted(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|part| crate::quote::identifier(part))
            .collect();
        parts.join(".")
    }
}

/// What a statement does.
pub(crate) fn deed(sql: &str) -> Deed {
    let mut words = Words {
        tokens: tokens(sql),
        at: 0,
    };
    match words.word().as_deref() {
        Some("begin") => Deed::Begin {
            plain: words.is_plain_begin(),
        },
        Some("start") if words.takes("transaction") => Deed::Begin {
            plain: words.is_plain_begin(),
        },
        Some("commit" | "rollback") if words.takes("prepared") => Deed::Alone,
        Some("commit" | "end") => Deed::Commit,
        Some("rollback" | "abort") => {
            let _ = words.takes("work") || words.takes("transaction");
            // Back to a savepoint, which stays within the transaction.
            if words.takes("to") {
                Deed::Other
            } else {
                Deed::Rollback
            }
        }
        Some("prepare") if words.takes("transaction") => Deed::PrepareTransaction,
        Some("copy") if words.has("stdin") || words.has("stdout") => Deed::Copy,
        Some("set" | "reset") => {
            let ends_with_transaction = ["local", "constraints", "transaction"]
                .iter()
                .any(|word| words.takes(word));
            if ends_with_transaction {
                Deed::Other
            } else {
                Deed::Set
            }
        }
        Some("create") => words.create(),
        Some("drop") => words.drop(),
        Some("reindex") if words.has("concurrently") => Deed::Repeatable,
        Some("reindex") if words.has("database") || words.has("system") || words.has("schema") => {
            Deed::Repeatable
        }
        Some("vacuum") => Deed::Repeatable,
        Some("alter") if words.takes("system") => Deed::Repeatable,
        Some("do" | "call") => Deed::Procedure,
        None if words.tokens.first() == Some(&Token::Symbol('\\')) => Deed::MetaCommand,
        _ => Deed::Other,
    }
}

struct Words {
    tokens: Vec<Token>,
    at: usize,
}

impl Words {
    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return None;
        };
        self.at += 1;
        Some(word.clone())
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at);
        let is_next = matches!(found, Some(Token::Word(next)) if next == word);
        self.at += usize::from(is_next);
        is_next
    }

    fn has(&self, word: &str) -> bool {
        let is = |token: &Token| matches!(token, Token::Word(found) if found == word);
        self.tokens.iter().any(is)
    }

    fn is_plain_begin(&mut self) -> bool {
        let _ = self.takes("work") || self.takes("transaction");
        self.at == self.tokens.len()
    }

    /// A name with or without its schema.
    fn name(&mut self) -> Option<Name> {
        let mut parts = Vec::new();
        loop {
            match self.tokens.get(self.at)? {
                Token::Word(part) | Token::Quoted(part) => parts.push(part.clone()),
                Token::Symbol(_) => return None,
            }
            self.at += 1;
            if self.tokens.get(self.at) != Some(&Token::Symbol('.')) {
                return Some(Name(parts));
            }
            self.at += 1;
        }
    }

    /// The rest of `CREATE …`.
    fn create(&mut self) -> Deed {
        if self.takes("database") || self.takes("tablespace") || self.takes("subscription") {
            return Deed::Alone;
        }
        let _ = self.takes("unique");
        if !self.takes("index") || !self.takes("concurrently") {
            return Deed::Other;
        }
        let if_not_exists = self.takes("if");
        if if_not_exists {
            let _ = self.takes("not") && self.takes("exists");
        }
        let name = if self.takes("on") {
            None
        } else {
            let name = self.name();
            let _ = self.takes("on");
            name.and_then(|name| name.0.into_iter().next_back())
        };
        let _ = self.takes("only");
        match self.name() {
            Some(table) => Deed::CreateIndexConcurrently(Index {
                name,
                table,
                if_not_exists,
            }),
            None => Deed::Other,
        }
    }

    /// The rest of `DROP …`.
    fn drop(&mut self) -> Deed {
        if self.takes("database") || self.takes("tablespace") || self.takes("subscription") {
            return Deed::Alone;
        }
        if !self.takes("index") || !self.takes("concurrently") {
            return Deed::Other;
        }
        let _ = self.takes("if") && self.takes("exists");
        self.name().map_or(Deed::Other, Deed::DropIndexConcurrently)
    }
}

/// The tokens up to the first string or number, of which there is none in what is looked for.
fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("/*") {
            rest = after_comment(rest);
        } else if first == '"' {
            let (name, after) = quoted(&rest[1..]);
            tokens.push(Token::Quoted(name));
            rest = after;
        } else if is_word(first) && first != '$' {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_lowercase()));
            rest = &rest[end..];
        } else if first == '\'' || first == '$' {
            return tokens;
        } else {
            tokens.push(Token::Symbol(first));
            rest = &rest[first.len_utf8()..];
        }
    }
}

/// The name up to its closing quote, and what follows that.
fn quoted(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut rest = text;
    while let Some(end) = rest.find('"') {
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        if !rest.starts_with('"') {
            return (name, rest);
        }
        name.push('"');
        rest = &rest[1..];
    }
    (name, "")
}

/// What follows a block comment; they nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 0;
    let mut rest = text;
    loop {
        let (open, close) = (rest.find("/*"), rest.find("*/"));
        match (open, close) {
            (Some(open), close) if close.is_none_or(|close| open < close) => {
                depth += 1;
                rest = &rest[open + 2..];
            }
            (_, Some(close)) => {
                depth -= 1;
                rest = &rest[close + 2..];
                if depth == 0 {
                    return rest;
                }
            }
            _ => return "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(name: Option<&str>, table: &[&str], if_not_exists: bool) -> Deed {
        Deed::CreateIndexConcurrently(Index {
            name: name.map(str::to_owned),
            table: Name(table.iter().map(|part| (*part).to_owned()).collect()),
            if_not_exists,
        })
    }

    #[test]
    fn statements_are_known_by_their_first_words() {
        let name = |parts: &[&str]| Name(parts.iter().map(|part| (*part).to_owned()).collect());
        let table = [
            ("BEGIN", Deed::Begin { plain: true }),
            (
                "/* a /* b */ */ begin -- c\n work",
                Deed::Begin { plain: true },
            ),
            (
                "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                Deed::Begin { plain: false },
            ),
            ("END", Deed::Commit),
            ("COMMIT AND CHAIN", Deed::Commit),
            ("COMMIT PREPARED 'a'", Deed::Alone),
            ("ROLLBACK TO a", Deed::Other),
            ("ROLLBACK TRANSACTION TO SAVEPOINT a", Deed::Other),
            ("abort", Deed::Rollback),
            ("PREPARE TRANSACTION 'a'", Deed::PrepareTransaction),
            ("PREPARE a AS SELECT 1", Deed::Other),
            ("COPY t (a) FROM STDIN", Deed::Copy),
            ("COPY t FROM '/stdin'", Deed::Other),
            ("\\connect a", Deed::MetaCommand),
            ("SET search_path = a", Deed::Set),
            ("SET LOCAL search_path = a", Deed::Other),
            ("RESET ROLE", Deed::Set),
            ("CREATE INDEX a ON t (b)", Deed::Other),
            (
                "CREATE INDEX CONCURRENTLY a ON t (b)",
                index(Some("a"), &["t"], false),
            ),
            (
                "create unique index concurrently if not exists \"A\"\"b\" on only S.\"T\" using gin (b)",
                index(Some("A\"b"), &["s", "T"], true),
            ),
            (
                "CREATE INDEX CONCURRENTLY ON t (b)",
                index(None, &["t"], false),
            ),
            (
                "DROP INDEX CONCURRENTLY IF EXISTS s.a",
                Deed::DropIndexConcurrently(name(&["s", "a"])),
            ),
            ("DROP INDEX a", Deed::Other),
            ("REINDEX (VERBOSE) INDEX CONCURRENTLY a", Deed::Repeatable),
            ("REINDEX TABLE a", Deed::Other),
            ("VACUUM FULL a", Deed::Repeatable),
            ("ALTER SYSTEM SET a = 1", Deed::Repeatable),
            ("CREATE DATABASE a", Deed::Alone),
            ("CREATE TABLE database (a int)", Deed::Other),
            ("DO $$ BEGIN COMMIT; END $$", Deed::Procedure),
            ("CALL p()", Deed::Procedure),
            ("", Deed::Other),
            ("\"begin\"", Deed::Other),
        ];
        for (sql, expected) in table {
            assert_eq!(deed(sql), expected, "{sql}");
        }
    }
}
