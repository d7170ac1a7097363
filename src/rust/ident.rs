//! Rust identifiers from SQL names: casing, keywords, characters Rust does not take.
//!
//! The only importer of `heck`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use unicode_normalization::UnicodeNormalization;

/// An identifier that is legal where it stands, with `r#` where it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ident(String);

impl Ident {
    /// A function, module, field or argument: `order_items`, `r#type`.
    pub(crate) fn value(name: &str) -> Self {
        if is_snake_case(name) {
            return Self::legal(name);
        }
        let name = spelled_where_silent(name);
        Self::legal(&normal(&name).to_snake_case())
    }

    /// A type or enum variant: `OrderItem`.
    pub(crate) fn type_name(name: &str) -> Self {
        let name = spelled_where_silent(name);
        Self::legal(&normal(&name).to_upper_camel_case())
    }

    /// A type or variant whose name says what it begins and ends with, too: `c++` becomes `CPlusPlus`.
    pub(crate) fn spelled_type(name: &str) -> Self {
        let is_letter = |c: char| c.is_alphanumeric();
        let core = name.trim_matches(|c: char| !is_letter(c));
        let start = name.find(core).unwrap_or(0);
        let (before, after) = (&name[..start], &name[start + core.len()..]);
        Self::type_name(&format!("{} {core} {}", spelled(before), spelled(after)))
    }

    /// A field, function or argument that the user named: as written, unless lints want it in another case.
    pub(crate) fn chosen_value(name: &str) -> Self {
        if name.contains(char::is_uppercase) || name.trim_matches('_').contains("__") {
            Self::value(name)
        } else {
            Self::legal(name)
        }
    }

    /// A type or variant that the user named: as written, unless lints want it in another case.
    pub(crate) fn chosen_type(name: &str) -> Self {
        if name.starts_with(char::is_uppercase) && !name.contains('_') {
            Self::legal(name)
        } else {
            Self::type_name(name)
        }
    }

    /// A static: `ORDER_ITEMS`. Never the name of a function or argument, not even where the script has no case.
    pub(crate) fn constant(name: &str) -> Self {
        let name = spelled_where_silent(name);
        let Self(constant) = Self::legal(&normal(&name).to_shouty_snake_case());
        if constant.contains(|c: char| c.is_ascii_uppercase()) {
            Self(constant)
        } else {
            Self(constant + "_SQL")
        }
    }

    fn legal(cased: &str) -> Self {
        // heck drops ASCII punctuation; what is left may hold characters outside XID, such as emoji.
        let mut name = normal(cased).into_owned();
        name.retain(unicode_ident::is_xid_continue);
        if !name.starts_with(|c: char| c == '_' || unicode_ident::is_xid_start(c)) {
            name.insert(0, '_');
        }
        match name.as_str() {
            // No raw form exists for these.
            "_" | "self" | "Self" | "super" | "crate" => Self(name + "_"),
            keyword if is_keyword(keyword) => Self(format!("r#{keyword}")),
            _ => Self(name),
        }
    }

    /// The identifier without `r#`, as file names and error messages have it.
    pub(crate) fn unraw(&self) -> &str {
        self.0.strip_prefix("r#").unwrap_or(&self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// This identifier of a value or, where it is taken, the first free of `name_2`, `name_3`, …; takes it.
    pub(crate) fn unique(self, taken: &mut BTreeSet<Self>) -> Self {
        let separator = if self.0.ends_with('_') { "" } else { "_" };
        self.numbered(separator, taken)
    }

    /// The same for a type or variant: `Name2`, `Name3`, …
    pub(crate) fn unique_type(self, taken: &mut BTreeSet<Self>) -> Self {
        let ends_with_digit = self.0.ends_with(|c: char| c.is_ascii_digit());
        self.numbered(if ends_with_digit { "_" } else { "" }, taken)
    }

    fn numbered(self, separator: &str, taken: &mut BTreeSet<Self>) -> Self {
        if taken.insert(self.clone()) {
            return self;
        }
        // An underscore that only made it legal is not needed before a number, and lints do not like it in types.
        let stem = match self.unraw() {
            name if separator.is_empty() && name.starts_with(char::is_uppercase) => {
                name.trim_end_matches('_')
            }
            name => name,
        };
        let numbers = 2_usize..;
        let mut candidates = numbers.map(|number| Self(format!("{stem}{separator}{number}")));
        let free = candidates.find(|candidate| taken.insert(candidate.clone()));
        free.unwrap_or(self)
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is lower-case words already, as most names of columns are.
fn is_snake_case(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.split('_').all(is_word)
}

/// The name, or its characters in words where none of them can stand in an identifier.
fn spelled_where_silent(name: &str) -> Cow<'_, str> {
    let speaks = |c: char| c != '_' && unicode_ident::is_xid_continue(c);
    if normal(name).chars().any(speaks) {
        Cow::Borrowed(name)
    } else if name.is_empty() {
        Cow::Borrowed("empty")
    } else {
        Cow::Owned(spelled(name))
    }
}

/// Characters that identifiers do not take, in words.
fn spelled(text: &str) -> String {
    let words = text.chars().map(|c| match c {
        ' ' => "space".to_owned(),
        '!' => "not".to_owned(),
        '"' => "quote".to_owned(),
        '#' => "hash".to_owned(),
        '$' => "dollar".to_owned(),
        '%' => "percent".to_owned(),
        '&' => "and".to_owned(),
        '\'' => "apostrophe".to_owned(),
        '(' | ')' => "parenthesis".to_owned(),
        '*' => "star".to_owned(),
        '+' => "plus".to_owned(),
        ',' => "comma".to_owned(),
        '-' => "minus".to_owned(),
        '.' => "dot".to_owned(),
        '/' => "slash".to_owned(),
        ':' => "colon".to_owned(),
        ';' => "semicolon".to_owned(),
        '<' => "less".to_owned(),
        '=' => "equal".to_owned(),
        '>' => "greater".to_owned(),
        '?' => "question".to_owned(),
        '@' => "at".to_owned(),
        '[' | ']' => "bracket".to_owned(),
        '\\' => "backslash".to_owned(),
        '^' => "caret".to_owned(),
        '_' => "underscore".to_owned(),
        '`' => "backtick".to_owned(),
        '{' | '}' => "brace".to_owned(),
        '|' => "pipe".to_owned(),
        '~' => "tilde".to_owned(),
        '\n' => "newline".to_owned(),
        '\t' => "tab".to_owned(),
        other => format!("u{:x}", u32::from(other)),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Rust takes canonically equivalent names for the same, and warns of letters in disguise such as `ﬁ`.
fn normal(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfkc().collect())
    }
}

/// Strict and reserved keywords of every edition up to 2024: <https://doc.rust-lang.org/reference/keywords.html>.
#[rustfmt::skip]
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match",
    "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
];

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_legal_identifiers() {
        for (sql, value, type_name) in [
            ("order_items", "order_items", "OrderItems"),
            ("GetUserByID", "get_user_by_id", "GetUserById"),
            ("type", "r#type", "Type"),
            ("gen", "r#gen", "Gen"),
            ("self", "self_", "Self_"),
            ("1st place", "_1st_place", "_1stPlace"),
            ("a-b", "a_b", "AB"),
            ("?column?", "column", "Column"),
            ("", "empty", "Empty"),
            ("+", "plus", "Plus"),
            ("<=", "less_equal", "LessEqual"),
            ("Ünïcode", "ünïcode", "Ünïcode"),
            ("😀", "u1f600", "U1f600"),
            ("_", "underscore", "Underscore"),
            ("e\u{301}", "\u{e9}", "\u{c9}"),
            ("ﬁ", "fi", "Fi"),
            ("名前", "名前", "名前"),
        ] {
            assert_eq!(Ident::value(sql).as_str(), value, "{sql}");
            assert_eq!(Ident::type_name(sql).as_str(), type_name, "{sql}");
            for ident in [
                Ident::value(sql),
                Ident::type_name(sql),
                Ident::constant(sql),
            ] {
                syn::parse_str::<syn::Ident>(ident.as_str()).unwrap();
            }
        }
    }

    #[test]
    fn every_keyword_is_known() {
        let is_refused = |word: &str| syn::parse_str::<syn::Ident>(word).is_err();
        let of_later_editions = ["async", "await", "dyn", "gen", "try"];
        for word in KEYWORDS {
            assert!(
                is_refused(word) || of_later_editions.contains(&word),
                "{word}"
            );
        }
    }

    #[test]
    fn chosen_names_keep_their_case_where_lints_do() {
        for (name, value, type_name) in [
            ("SpotifyURL", "spotify_url", "SpotifyURL"),
            ("sha_1", "sha_1", "Sha1"),
            ("a__b", "a_b", "AB"),
            ("_x", "_x", "X"),
            ("type", "r#type", "Type"),
            ("self", "self_", "Self_"),
        ] {
            assert_eq!(Ident::chosen_value(name).as_str(), value);
            assert_eq!(Ident::chosen_type(name).as_str(), type_name);
        }
        for (label, variant) in [("c++", "CPlusPlus"), (">=18", "GreaterEqual18"), ("c", "C")] {
            assert_eq!(Ident::spelled_type(label).as_str(), variant);
        }
    }

    #[test]
    fn constants_differ_from_functions_and_arguments() {
        for (sql, constant) in [
            ("GetUser", "GET_USER"),
            ("_1", "_1_SQL"),
            ("名前", "名前_SQL"),
            ("été", "ÉTÉ"),
        ] {
            assert_eq!(Ident::constant(sql).as_str(), constant);
        }
    }

    #[test]
    fn taken_names_are_numbered() {
        let mut taken = BTreeSet::new();
        let names = ["id", "id", "type", "id", "type", "self", "self"]
            .map(|name| Ident::value(name).unique(&mut taken).to_string());
        let expected = ["id", "id_2", "r#type", "id_3", "type_2", "self_", "self_2"];
        assert_eq!(names, expected);
        let names = ["a", "A", "a1", "A1", "self", "Self", "1st", "1ST"]
            .map(|name| Ident::type_name(name).unique_type(&mut taken).to_string());
        let expected = ["A", "A2", "A1", "A1_2", "Self_", "Self2", "_1st", "_1st2"];
        assert_eq!(names, expected);
    }
}
