//! PostgreSQL's token rules, lossless and total.
//!
//! Every byte of the text belongs to exactly one token and nothing is refused, so text can be cut and copied by tokens
//! without changing a statement's meaning. The rules are those of Postgres' `scan.l` with
//! `standard_conforming_strings` on; where majors differ (`1_000`, `0x1F`), the newest wins.

use std::ops::Range;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// False for a string, comment or quoted name that the text ends in.
    pub(crate) terminated: bool,
}

/// What sort of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A run of white space; a byte order mark at the start of the text.
    Whitespace,
    /// `-- …`, without its line end.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// `'…'`, also with a prefix: `E`, `U&`, `B`, `X`, `N`.
    String,
    /// `$tag$…$tag$`.
    DollarString,
    /// A name or keyword.
    Identifier,
    /// `"…"`, also with the prefix `U&`.
    QuotedIdentifier,
    Number,
    /// `$1`.
    Positional,
    Operator,
    /// `,` `;` `(` `)` `[` `]` `.` `..` `:` `::` `:=`
    Punctuation,
    /// A byte that starts no token, as `\` or `{`.
    Other,
}

impl Token {
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.clone()]
    }

    /// White space or a comment.
    pub(crate) fn is_trivia(&self) -> bool {
        self.kind == TokenKind::Whitespace || self.is_comment()
    }

    pub(crate) fn is_comment(&self) -> bool {
        matches!(self.kind, TokenKind::LineComment | TokenKind::BlockComment)
    }

    /// Whether it is this punctuation.
    pub(crate) fn is(&self, punctuation: &str, source: &str) -> bool {
        self.kind == TokenKind::Punctuation && self.text(source) == punctuation
    }

    /// What a plain string or a quoted name says.
    pub(crate) fn unquoted(&self, source: &str) -> Option<String> {
        let quote = match self.kind {
            TokenKind::String => "'",
            TokenKind::QuotedIdentifier => "\"",
            _ => return None,
        };
        let inner = self.text(source).strip_prefix(quote)?;
        Some(inner.strip_suffix(quote)?.replace(&quote.repeat(2), quote))
    }

    /// The name that it is, as Postgres reads it: in lower case unless it is quoted.
    pub(crate) fn name(&self, source: &str) -> Option<String> {
        match self.kind {
            TokenKind::Identifier => Some(self.text(source).to_lowercase()),
            TokenKind::QuotedIdentifier => self.unquoted(source),
            _ => None,
        }
    }

    /// The number of the parameter that it is: 1 for `$1`.
    pub(crate) fn number(&self, source: &str) -> Option<usize> {
        let is_parameter = self.kind == TokenKind::Positional;
        is_parameter.then(|| self.text(source)[1..].parse().ok())?
    }

    /// Whether it is this name or keyword, unquoted, in any case.
    pub(crate) fn is_word(&self, word: &str, source: &str) -> bool {
        self.kind == TokenKind::Identifier && self.text(source).eq_ignore_ascii_case(word)
    }
}

/// The tokens of `text`.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    lex_from(text, 0)
}

/// The tokens of `text` from `start`, which is where a token starts.
pub(crate) fn lex_from(text: &str, start: usize) -> Vec<Token> {
    tokens_from(text, start).collect()
}

/// The tokens of `text` from `start`, each read when it is asked for: what follows may be no SQL at all.
pub(crate) fn tokens_from(text: &str, start: usize) -> impl Iterator<Item = Token> {
    let mut start = start;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let Scanned {
            kind,
            length,
            terminated,
        } = if start == 0 && text.starts_with(BYTE_ORDER_MARK) {
            Scanned::new(TokenKind::Whitespace, BYTE_ORDER_MARK.len_utf8())
        } else {
            scan(&text[start..])
        };
        let range = start..start + length;
        start = range.end;
        Some(Token {
            kind,
            range,
            terminated,
        })
    })
}

const BYTE_ORDER_MARK: char = '\u{feff}';

struct Scanned {
    kind: TokenKind,
    length: usize,
    terminated: bool,
}

impl Scanned {
    fn new(kind: TokenKind, length: usize) -> Self {
        Self {
            kind,
            length,
            terminated: true,
        }
    }

    /// A token that ends where `close` found its end, or with the text.
    fn delimited(kind: TokenKind, rest: &str, close: Option<usize>) -> Self {
        Self {
            kind,
            length: close.unwrap_or(rest.len()),
            terminated: close.is_some(),
        }
    }
}

/// The token at the start of `rest`, which is not empty.
fn scan(rest: &str) -> Scanned {
    let bytes = rest.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    match (bytes[0], at(1)) {
        (b'-', b'-') => {
            let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
            Scanned::new(TokenKind::LineComment, end)
        }
        (b'/', b'*') => Scanned::delimited(TokenKind::BlockComment, rest, block_comment_end(bytes)),
        (b'\'', _) => Scanned::delimited(TokenKind::String, rest, quoted_end(bytes, 0)),
        (b'e' | b'E', b'\'') => {
            Scanned::delimited(TokenKind::String, rest, escape_string_end(bytes))
        }
        (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'') => {
            Scanned::delimited(TokenKind::String, rest, quoted_end(bytes, 1))
        }
        (b'u' | b'U', b'&') if at(2) == b'\'' => {
            Scanned::delimited(TokenKind::String, rest, quoted_end(bytes, 2))
        }
        (b'u' | b'U', b'&') if at(2) == b'"' => {
            Scanned::delimited(TokenKind::QuotedIdentifier, rest, quoted_end(bytes, 2))
        }
        (b'"', _) => Scanned::delimited(TokenKind::QuotedIdentifier, rest, quoted_end(bytes, 0)),
        (b'$', b'0'..=b'9') => Scanned::new(
            TokenKind::Positional,
            1 + count(&bytes[1..], |byte| byte.is_ascii_digit()),
        ),
        (b'$', _) => match dollar_delimiter(rest) {
            Some(delimiter) => {
                let body = delimiter.len();
                let close = rest[body..].find(delimiter);
                let close = close.map(|close| body + close + delimiter.len());
                Scanned::delimited(TokenKind::DollarString, rest, close)
            }
            None => Scanned::new(TokenKind::Other, 1),
        },
        (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => {
            Scanned::new(TokenKind::Number, number_length(bytes))
        }
        (b'.', b'.') | (b':', b':' | b'=') => Scanned::new(TokenKind::Punctuation, 2),
        (b',' | b';' | b'(' | b')' | b'[' | b']' | b'.' | b':', _) => {
            Scanned::new(TokenKind::Punctuation, 1)
        }
        (first, _) if is_space(first) => {
            Scanned::new(TokenKind::Whitespace, count(bytes, is_space))
        }
        (first, _) if is_identifier_start(first) => {
            Scanned::new(TokenKind::Identifier, count(bytes, is_identifier_part))
        }
        (first, _) if is_operator(first) => {
            Scanned::new(TokenKind::Operator, operator_length(bytes))
        }
        _ => Scanned::new(TokenKind::Other, 1),
    }
}

fn count(bytes: &[u8], matches: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| matches(**byte)).count()
}

/// Vertical tab counts since Postgres 16.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

/// To Postgres every byte of a non-ASCII character is a letter.
fn is_identifier_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

/// Whether a byte may stand inside a name: a name directly before or after one swallows it.
pub(super) fn is_identifier_part(byte: u8) -> bool {
    is_identifier_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"~!@#^&|`?+-*/%<>=".contains(&byte)
}

fn block_comment_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index..].starts_with(b"/*") {
            depth += 1;
            index += 2;
        } else if bytes[index..].starts_with(b"*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return Some(index);
            }
        } else {
            index += 1;
        }
    }
    None
}

/// The end of a text in quotes whose opening quote is at `open`; a doubled quote does not end it.
fn quoted_end(bytes: &[u8], open: usize) -> Option<usize> {
    let quote = bytes[open];
    let mut index = open + 1;
    while index < bytes.len() {
        if bytes[index] == quote {
            if bytes.get(index + 1) != Some(&quote) {
                return Some(index + 1);
            }
            index += 1;
        }
        index += 1;
    }
    None
}

/// The end of `E'…'`. What continues it on a later line (`E'a'⏎'b\''`) knows backslashes too, so it is the same token.
fn escape_string_end(bytes: &[u8]) -> Option<usize> {
    let mut index = 2;
    while index < bytes.len() {
        match bytes[index] {
            b'\\' => index += 2,
            b'\'' if bytes.get(index + 1) == Some(&b'\'') => index += 2,
            b'\'' => match continuation(&bytes[index + 1..]) {
                Some(gap) => index += 1 + gap,
                None => return Some(index + 1),
            },
            _ => index += 1,
        }
    }
    None
}

/// The length of what stands between a string and its continuation, up to and with the quote: white space with a line
/// end, and line comments.
fn continuation(bytes: &[u8]) -> Option<usize> {
    let mut index = 0;
    loop {
        index += count(&bytes[index..], is_space);
        if !bytes[index..].starts_with(b"--") {
            break;
        }
        index += count(&bytes[index..], |byte| !matches!(byte, b'\n' | b'\r'));
    }
    let has_line_end = bytes[..index]
        .iter()
        .any(|byte| matches!(byte, b'\n' | b'\r'));
    (has_line_end && bytes.get(index) == Some(&b'\'')).then_some(index + 1)
}

/// `$tag$` at the start of `rest`, if that is what stands there.
fn dollar_delimiter(rest: &str) -> Option<&str> {
    let tag = &rest[1..=rest[1..].find('$')?];
    let mut bytes = tag.bytes();
    let is_tag = bytes.next().is_none_or(is_identifier_start) && bytes.all(is_identifier_part);
    is_tag.then(|| &rest[..tag.len() + 2])
}

fn number_length(bytes: &[u8]) -> usize {
    let radix = match bytes.get(1) {
        Some(b'x' | b'X') => Some(16),
        Some(b'o' | b'O') => Some(8),
        Some(b'b' | b'B') => Some(2),
        _ => None,
    };
    if let (b'0', Some(radix)) = (bytes[0], radix) {
        let underscore = usize::from(bytes.get(2) == Some(&b'_'));
        let length = digits(&bytes[2 + underscore..], radix);
        if length > 0 {
            return 2 + underscore + length;
        }
    }
    let mut end = digits(bytes, 10);
    // `1..2` is a range, not `1.` and `.2`.
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1) != Some(&b'.') {
        end += 1;
        end += digits(&bytes[end..], 10);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes.get(end + 1 + sign..).unwrap_or_default(), 10);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}

/// The length of digits with single underscores between them.
fn digits(bytes: &[u8], radix: u32) -> usize {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(|byte| char::from(*byte).is_digit(radix));
    let mut end = 0;
    loop {
        if is_digit(bytes.get(end)) {
            end += 1;
        } else if end > 0 && bytes[end..].starts_with(b"_") && is_digit(bytes.get(end + 1)) {
            end += 2;
        } else {
            return end;
        }
    }
}

/// The longest run of operator characters that neither starts a comment nor, unless it has a character that standard
/// SQL's operators lack, ends in `+` or `-`: `=-` is two operators, `?-` is one.
fn operator_length(bytes: &[u8]) -> usize {
    let run = &bytes[..count(bytes, is_operator)];
    let comment = run
        .windows(2)
        .position(|pair| matches!(pair, b"--" | b"/*"));
    let mut length = comment.unwrap_or(run.len());
    let is_special = |byte: &u8| b"~!@#^&|`?%".contains(byte);
    if !run[..length].iter().any(is_special) {
        while length > 1 && matches!(run[length - 1], b'+' | b'-') {
            length -= 1;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tokens that are not white space, as `kind:text`, with `!` where one is unterminated.
    fn listed(text: &str) -> Vec<String> {
        lex(text)
            .into_iter()
            .filter(|token| token.kind != TokenKind::Whitespace)
            .map(|token| {
                let kind = match token.kind {
                    TokenKind::Whitespace => "ws",
                    TokenKind::LineComment | TokenKind::BlockComment => "comment",
                    TokenKind::String => "str",
                    TokenKind::DollarString => "dollar",
                    TokenKind::Identifier => "id",
                    TokenKind::QuotedIdentifier => "quoted",
                    TokenKind::Number => "num",
                    TokenKind::Positional => "pos",
                    TokenKind::Operator => "op",
                    TokenKind::Punctuation => "p",
                    TokenKind::Other => "other",
                };
                let mark = if token.terminated { "" } else { "!" };
                format!("{kind}{mark}:{}", token.text(text))
            })
            .collect()
    }

    #[test]
    fn tokens_are_those_of_postgres() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            (" \t\r\n\x0b\x0c", &[]),
            ("\u{feff}SELECT", &["id:SELECT"]),
            ("a-- b\nc", &["id:a", "comment:-- b", "id:c"]),
            ("--a\r\n--b", &["comment:--a", "comment:--b"]),
            ("/*a/*b*/c*/d", &["comment:/*a/*b*/c*/", "id:d"]),
            ("/***/a/**/", &["comment:/***/", "id:a", "comment:/**/"]),
            ("/*/*/a*/", &["comment!:/*/*/a*/"]),
            ("/*", &["comment!:/*"]),
            ("'it''s'a", &["str:'it''s'", "id:a"]),
            (r"'a\'b", &[r"str:'a\'", "id:b"]),
            ("'a'\n'b'", &["str:'a'", "str:'b'"]),
            ("'a''", &["str!:'a''"]),
            ("'", &["str!:'"]),
            (r"E'a\'b'c", &[r"str:E'a\'b'", "id:c"]),
            (r"e'a\\'c", &[r"str:e'a\\'", "id:c"]),
            (r"E'a''b\", &[r"str!:E'a''b\"]),
            (r"E'a\'", &[r"str!:E'a\'"]),
            ("E'a' -- x\n '\\'b' c", &["str:E'a' -- x\n '\\'b'", "id:c"]),
            ("E'a' 'b'", &["str:E'a'", "str:'b'"]),
            ("E'a'\n--'\nx", &["str:E'a'", "comment:--'", "id:x"]),
            (
                "U&'d\\0061' u&\"x\"",
                &["str:U&'d\\0061'", "quoted:u&\"x\""],
            ),
            ("U&x", &["id:U", "op:&", "id:x"]),
            ("b'01' X'f' n'é'", &["str:b'01'", "str:X'f'", "str:n'é'"]),
            ("ab'c'", &["id:ab", "str:'c'"]),
            ("\"a\"\"b\"", &["quoted:\"a\"\"b\""]),
            ("\"a", &["quoted!:\"a"]),
            ("$$a'b$$c", &["dollar:$$a'b$$", "id:c"]),
            ("$é1$ $$ $b$é1$", &["dollar:$é1$ $$ $b$é1$"]),
            ("$a$ $A$", &["dollar!:$a$ $A$"]),
            ("$a $", &["other:$", "id:a", "other:$"]),
            ("$1$2", &["pos:$1", "pos:$2"]),
            ("$1abc", &["pos:$1", "id:abc"]),
            ("a$b$c", &["id:a$b$c"]),
            ("a$$b$$", &["id:a$$b$$"]),
            ("Ünï_1 x", &["id:Ünï_1", "id:x"]),
            ("1.5e3 1e-3 1.e+5", &["num:1.5e3", "num:1e-3", "num:1.e+5"]),
            (".5 1. 5.a", &["num:.5", "num:1.", "num:5.", "id:a"]),
            ("1..2", &["num:1", "p:..", "num:2"]),
            (
                "0x1F 0o7 0b01 0x_f",
                &["num:0x1F", "num:0o7", "num:0b01", "num:0x_f"],
            ),
            ("0xg 0b2", &["num:0", "id:xg", "num:0", "id:b2"]),
            (
                "1_000 1__0 1_",
                &["num:1_000", "num:1", "id:__0", "num:1", "id:_"],
            ),
            ("1e 1e+", &["num:1", "id:e", "num:1", "id:e", "op:+"]),
            ("a.b.1", &["id:a", "p:.", "id:b", "num:.1"]),
            (
                "a::b:=c:d",
                &["id:a", "p:::", "id:b", "p::=", "id:c", "p::", "id:d"],
            ),
            (
                "(a,[b]);",
                &["p:(", "id:a", "p:,", "p:[", "id:b", "p:]", "p:)", "p:;"],
            ),
            ("a=-1", &["id:a", "op:=", "op:-", "num:1"]),
            ("a<=-+1", &["id:a", "op:<=", "op:-", "op:+", "num:1"]),
            ("a?-b @-1", &["id:a", "op:?-", "id:b", "op:@-", "num:1"]),
            ("*--x", &["op:*", "comment:--x"]),
            ("@--x", &["op:@", "comment:--x"]),
            (
                "=-/*x*/-1",
                &["op:=", "op:-", "comment:/*x*/", "op:-", "num:1"],
            ),
            ("a->>@x", &["id:a", "op:->>@", "id:x"]),
            ("a !=b", &["id:a", "op:!=", "id:b"]),
            ("f(a=>1)", &["id:f", "p:(", "id:a", "op:=>", "num:1", "p:)"]),
            (
                "\\d {x}",
                &["other:\\", "id:d", "other:{", "id:x", "other:}"],
            ),
            ("\0", &["other:\0"]),
        ];
        for (text, expected) in table {
            assert_eq!(&listed(text), expected, "{text:?}");
        }
    }

    fn assert_lossless(text: &str) {
        let mut end = 0;
        for token in lex(text) {
            assert_eq!(token.range.start, end, "{text:?}");
            assert!(token.range.end > end, "{text:?}");
            end = token.range.end;
            assert!(
                token.terminated || end == text.len(),
                "only the last token can be unterminated: {text:?}"
            );
        }
        assert_eq!(end, text.len(), "{text:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_text_is_lexed_without_loss(text in any::<String>()) {
            assert_lossless(&text);
        }

        #[test]
        fn tricky_fragments_are_lexed_without_loss(
            fragments in proptest::collection::vec(prop::sample::select(FRAGMENTS), 0..24),
        ) {
            assert_lossless(&fragments.concat());
        }
    }

    const FRAGMENTS: &[&str] = &[
        "'",
        "''",
        "E'",
        "\\",
        "U&'",
        "U&\"",
        "\"",
        "$",
        "$$",
        "$a$",
        "$é$",
        "$1",
        "--",
        "/*",
        "*/",
        "\n",
        "\r\n",
        " ",
        ";",
        ":",
        "::",
        ":=",
        ".",
        "..",
        "1",
        "1e",
        "0x",
        "_",
        "é",
        "a",
        "@",
        "@x",
        "=",
        "-",
        "+",
        "<",
        ">",
        "?",
        "(",
        ")",
        "[",
        "]",
        "\u{feff}",
        "b'",
        "\0",
        "sqlc.arg(",
    ];
}
