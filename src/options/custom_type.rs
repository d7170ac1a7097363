//! A Rust type as the user writes it: `my_crate::Money`, `Json<crate::Settings>`.

use std::ops::Range;

use syn::spanned::Spanned as _;

/// A Rust type that the user names. It parses, owns its values, and names everything by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomType {
    text: String,
    /// The short names in it, which a generated module may have to spell otherwise, with their paths.
    short: Vec<(Range<usize>, &'static str)>,
}

/// Why a text is not such a type, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Names that need no path, and the path they stand for.
const SHORT: &[(&str, &str)] = &[
    ("Array", "super::types::Array"),
    ("Box", "std::boxed::Box"),
    ("Json", "tokio_postgres::types::Json"),
    ("Option", "std::option::Option"),
    ("String", "std::string::String"),
    ("Vec", "std::vec::Vec"),
];

/// Those of them that are read where what they hold is.
const CONTAINERS: &[&str] = &["Array", "Box", "Option", "Vec"];

const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "u128", "u16", "u32",
    "u64", "u8", "usize",
];

impl CustomType {
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        // One line, so that it can stand anywhere; of the same length, so that places stay right.
        let text = text.replace(|c: char| c.is_ascii_whitespace(), " ");
        let ty = syn::parse_str::<syn::Type>(&text).map_err(|error| Mistake {
            range: error.span().byte_range(),
            message: format!("this is not a Rust type: {error}"),
            help: "write a path such as `my_crate::Money` or `Json<crate::Settings>`".to_owned(),
        })?;
        let mut short = Vec::new();
        check(&ty, Within::Nothing, &mut short)?;
        Ok(Self { text, short })
    }

    /// A type that is part of another, where it may be an `Option`.
    fn parse_inner(text: &str) -> Option<Self> {
        let ty = syn::parse_str::<syn::Type>(text).ok()?;
        let mut short = Vec::new();
        check(&ty, Within::Container, &mut short).ok()?;
        let text = text.to_owned();
        Some(Self { text, short })
    }

    /// As the user wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// As it is written where short names are spelled by `spell`.
    pub(crate) fn spelled(&self, mut spell: impl FnMut(&'static str) -> String) -> String {
        let mut spelled = String::new();
        let mut end = 0;
        for (range, path) in &self.short {
            spelled.push_str(&self.text[end..range.start]);
            spelled.push_str(&spell(path));
            end = range.end;
        }
        spelled + &self.text[end..]
    }

    /// `T` of `Vec<T>`.
    pub(crate) fn element(&self) -> Option<Self> {
        self.inside("Vec")
    }

    /// `T` of `Array<T>`, the generated type of arrays with several dimensions.
    pub(crate) fn element_of_array(&self) -> Option<Self> {
        self.inside("Array")
    }

    /// `T` of `outer<T>`.
    pub(crate) fn inside(&self, outer: &str) -> Option<Self> {
        let arguments = self.text.strip_prefix(outer)?.trim_start();
        let element = arguments.strip_prefix('<')?.trim_end().strip_suffix('>')?;
        Self::parse_inner(element.trim())
    }

    /// Whether `tokio_postgres::types::Json` is part of it.
    pub(crate) fn has_json(&self) -> bool {
        self.short.iter().any(|(_, path)| path.ends_with("::Json"))
    }
}

/// Where a type stands.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    /// `Vec`, `Box` or `Option`: what it holds is read from a row, too.
    Container,
    /// A type that reads what it likes.
    Type,
}

fn check(
    ty: &syn::Type,
    within: Within,
    short: &mut Vec<(Range<usize>, &'static str)>,
) -> Result<(), Mistake> {
    let refuse = |message: &str, help: &str| {
        Err(Mistake {
            range: ty.span().byte_range(),
            message: message.to_owned(),
            help: help.to_owned(),
        })
    };
    match ty {
        syn::Type::Path(path) if path.qself.is_none() => check_path(&path.path, within, short),
        syn::Type::Tuple(tuple) if within == Within::Type => tuple
            .elems
            .iter()
            .try_for_each(|element| check(element, Within::Type, short)),
        syn::Type::Tuple(_) => refuse(
            "no value of Postgres is read as a tuple",
            "write a type of yours, such as `crate::Pair`, that implements `FromSql`",
        ),
        syn::Type::Array(array) if within != Within::Nothing => check(&array.elem, within, short),
        syn::Type::Reference(_) => refuse(
            "a column owns its value, so its type cannot borrow",
            "write the owned type, as `String` for `&str`",
        ),
        _ => refuse(
            "this is not the path of a Rust type",
            "write a path such as `my_crate::Money` or `Json<crate::Settings>`",
        ),
    }
}

fn check_path(
    path: &syn::Path,
    within: Within,
    short: &mut Vec<(Range<usize>, &'static str)>,
) -> Result<(), Mistake> {
    let refuse = |range: Range<usize>, message: String, help: String| {
        Err(Mistake {
            range,
            message,
            help,
        })
    };
    let Some(first) = path.segments.first() else {
        return Ok(());
    };
    let (name, range) = (first.ident.to_string(), first.ident.span().byte_range());
    if matches!(name.as_str(), "self" | "super" | "Self") {
        return refuse(
            range,
            format!("`{name}` would be relative to the generated code"),
            "write the path from `crate`".to_owned(),
        );
    }
    if path.segments.len() == 1 && path.leading_colon.is_none() {
        if within == Within::Nothing && name == "Option" {
            return refuse(
                range,
                "whether it may be NULL is not part of the type".to_owned(),
                "write the type inside; what may be NULL is an `Option` by itself".to_owned(),
            );
        }
        match SHORT.iter().find(|(known, _)| *known == name) {
            Some((_, path)) => short.push((range, path)),
            None if PRIMITIVES.contains(&name.as_str()) => {}
            None => {
                return refuse(
                    range,
                    format!("the generated code does not know where `{name}` is"),
                    format!("write its path, such as `crate::{name}` or `my_crate::{name}`"),
                );
            }
        }
    }
    let is_container = path.segments.len() == 1 && CONTAINERS.contains(&name.as_str());
    let inside = match within {
        Within::Nothing | Within::Container if is_container => Within::Container,
        _ => Within::Type,
    };
    for segment in &path.segments {
        let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            continue;
        };
        for argument in &arguments.args {
            match argument {
                syn::GenericArgument::Type(ty) => check(ty, inside, short)?,
                syn::GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => {
                    return refuse(
                        lifetime.span().byte_range(),
                        "a column owns its value, so its type cannot borrow".to_owned(),
                        "write the owned type, as `Cow<'static, str>` for `Cow<'a, str>`"
                            .to_owned(),
                    );
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_for_their_place() {
        for (text, spelled) in [
            ("my::Money", "my::Money"),
            ("::my::Money", "::my::Money"),
            ("i64", "i64"),
            (
                "Json<crate::Settings>",
                "<tokio_postgres::types::Json><crate::Settings>",
            ),
            (
                "std::collections::HashMap<String, Option<String>>",
                "std::collections::HashMap<<std::string::String>, <std::option::Option><<std::string::String>>>",
            ),
            (
                "a::Ü<Vec<(u8, [u8; 4])>>",
                "a::Ü<<std::vec::Vec><(u8, [u8; 4])>>",
            ),
            ("a::B<'static, 3>", "a::B<'static, 3>"),
        ] {
            let ty = CustomType::parse(text).unwrap();
            assert_eq!(ty.spelled(|path| format!("<{path}>")), spelled);
        }
        let element = CustomType::parse("Vec<my::Tag>").unwrap().element();
        assert_eq!(element.unwrap().as_str(), "my::Tag");
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, place, message) in [
            (
                "Money",
                "Money",
                "the generated code does not know where `Money` is",
            ),
            (
                "Json<Money>",
                "Money",
                "the generated code does not know where `Money` is",
            ),
            (
                "super::Money",
                "super",
                "`super` would be relative to the generated code",
            ),
            (
                "Option<my::A>",
                "Option",
                "whether it may be NULL is not part of the type",
            ),
            (
                "&str",
                "&str",
                "a column owns its value, so its type cannot borrow",
            ),
            (
                "my::A<'a>",
                "'a",
                "a column owns its value, so its type cannot borrow",
            ),
            (
                "my::A<&'static str>",
                "&'static str",
                "a column owns its value, so its type cannot borrow",
            ),
            ("fn()", "fn()", "this is not the path of a Rust type"),
            (
                "Vec<Option<(i32, String)>>",
                "(i32, String)",
                "no value of Postgres is read as a tuple",
            ),
            (
                "<A as B>::C",
                "<A as B>::C",
                "this is not the path of a Rust type",
            ),
            (
                "my::A; fn x() {}",
                ";",
                "this is not a Rust type: unexpected token",
            ),
            (
                "my-type::A",
                "-",
                "this is not a Rust type: unexpected token",
            ),
            (
                "my::A<",
                "",
                "this is not a Rust type: unexpected end of input, expected one of: lifetime, literal, `{`, type, const argument",
            ),
            (
                "",
                "",
                "this is not a Rust type: unexpected end of input, expected a type",
            ),
        ] {
            let mistake = CustomType::parse(text).unwrap_err();
            assert!(
                mistake.message.starts_with(message) || text.len() < 7,
                "{text}: {mistake:?}"
            );
            assert_eq!(&text[mistake.range], place, "{text}");
        }
    }
}
