//! Rendered Rust, tidied.

use std::mem;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Position, SourceFile};

/// A part of a file.
#[derive(Debug)]
pub(super) enum Piece {
    /// Items for prettyplease.
    Rust(String),
    /// An item as it stands.
    Final(String),
    /// One that belongs to the item before it.
    Attached(String),
}

impl Piece {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Rust(text) | Self::Final(text) | Self::Attached(text) => text,
        }
    }
}

/// Puts a file together, with one blank line between items.
pub(super) fn format(path: &str, pieces: Vec<Piece>) -> Result<String, Box<Diagnostic>> {
    let mut formatted = String::new();
    for piece in pieces {
        if piece.text().trim().is_empty() {
            continue;
        }
        let parsed = syn::parse_file(piece.text())
            .map_err(|error| Box::new(broken_template(path, piece.text(), &error)))?;
        if !(formatted.is_empty() || matches!(piece, Piece::Attached(_))) {
            formatted.push('\n');
        }
        match piece {
            Piece::Rust(_) => formatted.push_str(&tidy(parsed)),
            Piece::Final(text) | Piece::Attached(text) => {
                formatted.push_str(&text);
                formatted.push('\n');
            }
        }
    }
    Ok(formatted)
}

/// Formats items with one blank line between them.
///
/// prettyplease keeps no blank lines, so each item is printed on its own, and so is each member of an `impl`.
/// Consecutive `use` items stay together.
fn tidy(mut file: syn::File) -> String {
    let items = mem::take(&mut file.items);
    let mut formatted = prettyplease::unparse(&file); // Inner attributes.
    if !formatted.is_empty() && !formatted.ends_with('\n') {
        formatted.push('\n');
    }
    file.attrs.clear();
    let mut follows_use = false;
    for item in items {
        let is_use = matches!(item, syn::Item::Use(_));
        if !formatted.is_empty() && (!follows_use || !is_use) {
            formatted.push('\n');
        }
        follows_use = is_use;
        formatted.push_str(&match item {
            syn::Item::Impl(item) if item.items.len() > 1 => print_impl(&mut file, item),
            item => print_item(&mut file, item),
        });
    }
    formatted
}

fn print_item(file: &mut syn::File, item: syn::Item) -> String {
    file.items = vec![item];
    prettyplease::unparse(file)
}

/// Prints an `impl` with one blank line between its members.
fn print_impl(file: &mut syn::File, mut item: syn::ItemImpl) -> String {
    let members = mem::take(&mut item.items);
    file.items = vec![syn::Item::Impl(item)];
    let mut printed = String::new();
    for member in members {
        if let [syn::Item::Impl(item)] = file.items.as_mut_slice() {
            item.items = vec![member];
        }
        let alone = prettyplease::unparse(file);
        // The first brace that ends a line opens the body, since the header has none.
        let body = alone.find("{\n").map_or(0, |brace| brace + 2);
        if printed.is_empty() {
            printed.push_str(&alone[..body]);
        } else {
            printed.push('\n');
        }
        printed.push_str(alone[body..].strip_suffix("}\n").unwrap_or(&alone[body..]));
    }
    printed + "}\n"
}

fn broken_template(path: &str, rendered: &str, error: &syn::Error) -> Diagnostic {
    let start = error.span().start();
    let name = format!("rendered: {path}");
    let file = SourceFile::new(name.clone(), name, rendered);
    let offset = file.offset(Position {
        line: start.line,
        column: start.column + 1,
    });
    Diagnostic::error(
        Code::InternalError,
        format!("a template of rowsmith produced invalid Rust: {error}"),
    )
    .at(file.span(offset..offset + 1), "")
    .help("this is a bug in rowsmith: please report it with this text")
}
