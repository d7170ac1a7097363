//! Names of result columns that say more: `AS "total!"`, and as in sqlx `AS "settings: my_crate::Settings"`.

use crate::diagnostic::{Code, Diagnostic};
use crate::options::CustomType;
use crate::source::SourceFile;

use super::directive::Override;
use super::lexer::{Token, TokenKind};

/// What the name of a result column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alias<'a> {
    /// The name itself.
    pub(crate) name: &'a str,
    /// `total?` may be NULL, `total!` never is.
    pub(crate) nullable: Option<bool>,
    /// The Rust type that it names; `_`, which is any, is none.
    rust_type: Option<&'a str>,
}

impl<'a> Alias<'a> {
    /// Reads a name. Most say nothing, and neither does Postgres' own name for an expression, `?column?`.
    pub(crate) fn parse(written: &'a str) -> Self {
        let (marked, rust_type) = match written.split_once(':') {
            Some((marked, ty)) if is_typed(marked.trim_end(), ty.trim()) => {
                (marked.trim_end(), Some(ty.trim()))
            }
            _ => (written, None),
        };
        let (name, nullable) = match marked.char_indices().next_back() {
            _ if written == "?column?" => (marked, None),
            Some((end @ 1.., mark @ ('?' | '!'))) => (&marked[..end], Some(mark == '?')),
            _ => (marked, None),
        };
        Self {
            name,
            nullable,
            rust_type: rust_type.filter(|ty| *ty != "_"),
        }
    }
}

/// The types of the language without a capital letter that columns can have.
const NUMBERS: [&str; 8] = ["bool", "i8", "i16", "i32", "i64", "u32", "f32", "f64"];

/// Whether it is a name with a type, and not prose with a colon in it.
fn is_typed(name: &str, ty: &str) -> bool {
    let name = name.strip_suffix(['?', '!']).unwrap_or(name);
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_type = ty == "_"
        || ty.starts_with(|c: char| c.is_ascii_uppercase())
        || ty.contains("::")
        || NUMBERS.contains(&ty);
    is_word && is_type && !ty.contains(char::is_whitespace) | ty.contains('<')
}

/// The types that the aliases in a statement name. One whose path is not said is reported and left out.
pub(super) fn types(
    file: &SourceFile,
    tokens: &[Token],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Override> {
    let text = file.text();
    let mut after_as = false;
    let mut types = Vec::new();
    for token in tokens.iter().filter(|token| !token.is_trivia()) {
        let is_alias = after_as && token.kind == TokenKind::QuotedIdentifier;
        after_as = token.is_word("as", text);
        let Some(written) = token.unquoted(text).filter(|_| is_alias) else {
            continue;
        };
        let Alias {
            name,
            rust_type: Some(ty),
            ..
        } = Alias::parse(&written)
        else {
            continue;
        };
        let place = file.span(token.range.clone());
        match CustomType::parse(ty) {
            Ok(rust_type) => types.push(Override {
                name: name.to_owned(),
                place,
                rust_type: Some(rust_type),
                nullable: None,
            }),
            Err(mistake) => diagnostics.push(
                Diagnostic::warning(Code::InvalidDirective, mistake.message)
                    .at(place, format!("`{ty}` is left out"))
                    .help(mistake.help)
                    .help(format!(
                        "or remove `: {ty}`; a column has the Rust type of its Postgres type"
                    )),
            ),
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_say() {
        for (written, name, nullable, rust_type) in [
            ("total", "total", None, None),
            ("total!", "total", Some(false), None),
            ("total?", "total", Some(true), None),
            ("really??", "really?", Some(true), None),
            ("!", "!", None, None),
            ("?column?", "?column?", None, None),
            ("kind: _", "kind", None, None),
            ("kind!: _", "kind", Some(false), None),
            ("kind?:crate::Kind", "kind", Some(true), Some("crate::Kind")),
            ("kind: Kind", "kind", None, Some("Kind")),
            ("total: i64", "total", None, Some("i64")),
            (
                "tags: Vec<(String, bool)>",
                "tags",
                None,
                Some("Vec<(String, bool)>"),
            ),
            (
                "größe!: Json<Größe>",
                "größe",
                Some(false),
                Some("Json<Größe>"),
            ),
            // Prose.
            ("Total: gross", "Total: gross", None, None),
            ("Total: Gross sum", "Total: Gross sum", None, None),
            ("in all: Sum", "in all: Sum", None, None),
            ("12:30", "12:30", None, None),
            (": X", ": X", None, None),
            ("a::b", "a::b", None, None),
            ("sure: ?", "sure: ", Some(true), None),
        ] {
            let expected = Alias {
                name,
                nullable,
                rust_type,
            };
            assert_eq!(Alias::parse(written), expected, "{written}");
        }
    }
}
