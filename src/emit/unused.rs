//! Leaves out what nothing uses of the support code for types: private functions, types and methods.
//!
//! The code is laid out by rustfmt, so an item ends where its first column has a line that ends in `;` or `}`. What is used is
//! known by names alone: a name that stands anywhere else is in use.

use std::collections::BTreeSet;

/// An item, or a method, with its docs and the blank line above.
struct Item<'a> {
    text: String,
    /// The private function, type or constant that it defines or, for an `impl`, that it is about.
    about: Option<&'a str>,
    defines: bool,
}

/// The text without its unused private items; `used` are the names that other files use.
pub(super) fn without_unused(text: &str, used: &BTreeSet<&str>) -> String {
    let mut items = items(text, 0);
    loop {
        let before = items.len();
        let defined: BTreeSet<&str> = items
            .iter()
            .filter(|item| item.defines)
            .filter_map(|item| item.about)
            .collect();
        let unused: BTreeSet<&str> = defined
            .iter()
            .copied()
            .filter(|name| {
                let mut others = items.iter().filter(|item| item.about != Some(*name));
                !used.contains(name) && !others.any(|item| mentions(&item.text, name))
            })
            .collect();
        items.retain(|item| item.about.is_none_or(|name| !unused.contains(name)));
        if items.len() == before {
            break;
        }
    }
    let texts: Vec<String> = items.iter().map(|item| item.text.clone()).collect();
    let whole = texts.concat();
    let texts = texts
        .iter()
        .map(|item| without_unused_methods(item, &whole));
    texts.collect::<Vec<_>>().concat()
}

/// An `impl` of no trait without the private methods that are called nowhere else in `whole`.
fn without_unused_methods(item: &str, whole: &str) -> String {
    let header = header(item).trim_start();
    if !header.starts_with("impl") || header.contains(" for ") {
        return item.to_owned();
    }
    let Some((open, rest)) = item.split_once("{\n") else {
        return item.to_owned();
    };
    let Some(body) = rest.strip_suffix("}\n") else {
        return item.to_owned();
    };
    let methods = items(body, 4);
    let kept = methods.iter().filter(|method| {
        let calls = |text: &str, name: &str| {
            let called = format!(".{name}(");
            let named = format!("::{name}");
            let chosen = format!(".{name}::<");
            let ways = [called, named, chosen];
            ways.iter()
                .map(|way| text.matches(way.as_str()).count())
                .sum::<usize>()
        };
        let is_used = |name: &str| calls(whole, name) > calls(&method.text, name);
        method.about.is_none_or(is_used)
    });
    let kept: Vec<&str> = kept.map(|method| method.text.as_str()).collect();
    let kept = kept.concat();
    format!("{open}{{\n{}}}\n", kept.trim_start_matches('\n'))
}

/// The items that begin at this indentation.
fn items(text: &str, indent: usize) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        end += line.len();
        let is_about_it = code.starts_with("//") || code.starts_with("#[");
        let is_at_margin = line.len() - line.trim_start().len() == indent;
        if is_at_margin && !is_about_it && code.ends_with([';', '}']) {
            items.push(item(&text[start..end]));
            start = end;
        }
    }
    items
}

fn item(text: &str) -> Item<'_> {
    let first = header(text).trim_start();
    let private = ["pub(super) ", "pub(crate) "]
        .iter()
        .find_map(|visibility| first.strip_prefix(visibility))
        .unwrap_or(first);
    let (kind, rest) = private.split_once([' ', '<']).unwrap_or((private, ""));
    let about = match kind {
        "fn" | "struct" | "enum" | "trait" | "const" | "type" => Some(name(rest)),
        "impl" => {
            // The type is in its last line, or in the first if that is the only one.
            let header = text.lines().map(str::trim).find(|line| {
                line.contains(" for ") || line.starts_with("for ") || line.ends_with('{')
            });
            let header = header.unwrap_or(first);
            match header.rsplit_once("for ") {
                Some((_, ty)) => Some(name(ty)),
                None => Some(name(after_generics(header))),
            }
        }
        _ => None,
    };
    Item {
        text: text.to_owned(),
        about: about.filter(|name| !name.is_empty()),
        defines: kind != "impl" && about.is_some(),
    }
}

/// What comes after `impl<…>`.
fn after_generics(header: &str) -> &str {
    let rest = header.strip_prefix("impl").unwrap_or(header);
    let mut depth = 0;
    for (index, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ' ' if depth == 0 => return &rest[index + 1..],
            _ => {}
        }
    }
    rest
}

fn header(item: &str) -> &str {
    let mut lines = item.lines().filter(|line| {
        let code = line.trim_start();
        !(code.is_empty() || code.starts_with("//") || code.starts_with("#["))
    });
    lines.next().unwrap_or_default()
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    &text[..end]
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the name stands in the text as a word.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The names in `text` that come from the module `types`.
pub(super) fn names_of_types(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for (start, path) in text.match_indices("types::") {
        let rest = &text[start + path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                names.extend(list.split(',').map(str::trim));
            }
            None => {
                names.insert(name(rest));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_uses_is_left_out() {
        let text = "\
use std::fmt;

/// A codec.
pub(super) enum Used {}

impl Read<i32> for Used {
    fn read(reader: &mut Reader<'_>) -> i32 {
        reader.number()
    }
}

/// Another one.
pub(super) enum Unused {}

impl<T: Clone> Read<T>
    for Unused
{
    fn read() -> T {
        helper(chain())
    }
}

fn helper() {}

fn chain() {
    helper()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&self) -> i32 {
        0
    }

    /// Never called.
    fn text(&self) -> &'a str {
        \"\"
    }
}

/// A type.
pub struct Interval;
";
        let kept = without_unused(text, &BTreeSet::from(["Used"]));
        insta::assert_snapshot!(kept, @r"
        use std::fmt;

        /// A codec.
        pub(super) enum Used {}

        impl Read<i32> for Used {
            fn read(reader: &mut Reader<'_>) -> i32 {
                reader.number()
            }
        }

        struct Reader<'a>(&'a [u8]);

        impl<'a> Reader<'a> {
            fn number(&self) -> i32 {
                0
            }
        }

        /// A type.
        pub struct Interval;
        ");
    }
}
