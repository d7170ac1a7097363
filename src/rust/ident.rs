//! Rust identifiers from SQL names: casing, keywords, characters Rust does not take.
//!
//! The only importer of `heck`.

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
        Self::legal(&normal(name).to_snake_case(), "unnamed")
    }

    /// A type or enum variant: `OrderItem`.
    pub(crate) fn type_name(name: &str) -> Self {
        Self::legal(&normal(name).to_upper_camel_case(), "Unnamed")
    }

    /// A static: `ORDER_ITEMS`. Never the name of a function or argument, not even where the script has no case.
    pub(crate) fn constant(name: &str) -> Self {
        let Self(constant) = Self::legal(&normal(name).to_shouty_snake_case(), "UNNAMED");
        if constant.contains(|c: char| c.is_ascii_uppercase()) {
            Self(constant)
        } else {
            Self(constant + "_SQL")
        }
    }

    fn legal(cased: &str, unnamed: &str) -> Self {
        // heck drops ASCII punctuation; what is left may hold characters outside XID, such as emoji.
        let mut name: String = normal(cased)
            .chars()
            .filter(|c| unicode_ident::is_xid_continue(*c))
            .collect();
        if name.is_empty() {
            name.push_str(unnamed);
        }
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

    /// This identifier or, where it is taken, the first free of `name_2`, `name_3`, … (`Name2` for a type); takes it.
    pub(crate) fn unique(self, taken: &mut BTreeSet<Self>) -> Self {
        let is_type = self.0.starts_with(char::is_uppercase)
            && !self.0.ends_with(|c: char| c.is_ascii_digit());
        let separator = if is_type || self.0.ends_with('_') {
            ""
        } else {
            "_"
        };
        let mut candidate = self.clone();
        let mut number = 2;
        while !taken.insert(candidate.clone()) {
            candidate = Self(format!("{}{separator}{number}", self.unraw()));
            number += 1;
        }
        candidate
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Rust takes canonically equivalent names for the same, and warns of letters in disguise such as `ﬁ`.
fn normal(name: &str) -> String {
    name.nfkc().collect()
}

/// Strict and reserved keywords of every edition up to 2024, and those the parser treats as such.
fn is_keyword(word: &str) -> bool {
    syn::parse_str::<syn::Ident>(word).is_err()
        || matches!(word, "async" | "await" | "dyn" | "gen" | "try")
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
            ("", "unnamed", "Unnamed"),
            ("+", "unnamed", "Unnamed"),
            ("Ünïcode", "ünïcode", "Ünïcode"),
            ("😀", "unnamed", "Unnamed"),
            ("_", "unnamed", "Unnamed"),
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
        let names = ["a", "A", "a1", "A1"]
            .map(|name| Ident::type_name(name).unique(&mut taken).to_string());
        assert_eq!(names, ["A", "A2", "A1", "A1_2"]);
    }
}
