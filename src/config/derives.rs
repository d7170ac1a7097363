//! `derives`, `attributes` and `allow`: traits that generated types are to derive, what else stands above them, and which
//! warnings are not wanted.

use super::file::Written;
use super::{Checker, invalid};
use crate::diagnostic::{Code, nearest};
use crate::options::{self, Attributes, Derive, Derives, Deriving};

/// What `derive` takes without a path.
const OF_THE_LANGUAGE: [&str; 9] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
];

impl Checker<'_> {
    pub(super) fn derives(
        &mut self,
        entries: Vec<(Written<String>, Vec<Written<String>>)>,
    ) -> Derives {
        let mut groups = Vec::new();
        for (key, traits) in entries {
            let read: Vec<Derive> = traits.into_iter().filter_map(|t| self.derive(t)).collect();
            let place = options::Place::new(move || key.place.span());
            let of = |group| (group, place.clone(), read.clone());
            match key.value.as_str() {
                // The list without a key.
                "" | "derives" => groups.extend([of(Deriving::Structs), of(Deriving::Enums)]),
                "structs" => groups.push(of(Deriving::Structs)),
                "params" => groups.push(of(Deriving::Params)),
                "enums" => groups.push(of(Deriving::Enums)),
                name => groups.push(of(Deriving::Named(name.to_owned()))),
            }
        }
        Derives { groups }
    }

    /// The sorts of warnings that are not shown.
    pub(super) fn allowed(&mut self, written: Vec<Written<String>>) -> Vec<String> {
        let mut allowed = Vec::new();
        for Written { value, place } in written {
            if Code::ALL.iter().any(|code| code.name() == value) {
                allowed.push(value);
                continue;
            }
            let near = nearest(&value, Code::ALL.iter().map(|code| code.name()));
            let help = near.map_or_else(
                || {
                    "write what stands in the brackets of the warning, such as `same-version`"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`?"),
            );
            self.diagnostics.push(
                invalid(format!("no warning is of the sort `{value}`"))
                    .at(place.span(), "")
                    .help(help),
            );
        }
        allowed
    }

    pub(super) fn attributes(
        &mut self,
        entries: Vec<(Written<String>, Vec<Written<String>>)>,
    ) -> Attributes {
        let mut groups = Vec::new();
        for (key, written) in entries {
            let read = written.into_iter().filter_map(|text| self.attribute(&text));
            let read: Vec<String> = read.collect();
            let place = options::Place::new(move || key.place.span());
            let of = |group| (group, place.clone(), read.clone());
            match key.value.as_str() {
                // The list without a key.
                "" | "attributes" => groups.extend([of(Deriving::Structs), of(Deriving::Enums)]),
                "structs" => groups.push(of(Deriving::Structs)),
                "params" => groups.push(of(Deriving::Params)),
                "enums" => groups.push(of(Deriving::Enums)),
                name => groups.push(of(Deriving::Named(name.to_owned()))),
            }
        }
        Attributes { groups }
    }

    /// An attribute as it stands between `#[` and `]`, which may be written, too.
    fn attribute(&mut self, written: &Written<String>) -> Option<String> {
        let text = written.value.trim();
        let text = text
            .strip_prefix("#[")
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text)
            .trim();
        let help = match syn::parse_str::<syn::Meta>(text) {
            Ok(meta) if !meta.path().is_ident("derive") => return Some(text.to_owned()),
            Ok(_) => "write the traits under `derives`",
            Err(_) => {
                "write what stands between `#[` and `]`, such as `serde(rename_all = \"camelCase\")`"
            }
        };
        self.diagnostics.push(
            invalid(format!("`{text}` is not an attribute"))
                .at(written.place.span(), "")
                .help(help),
        );
        None
    }

    fn derive(&mut self, written: Written<String>) -> Option<Derive> {
        let text = written.value.trim();
        let (path, removed) = match text.strip_prefix('-') {
            Some(path) => (path.trim(), true),
            None => (text, false),
        };
        let refuse = |message: String, help: &str| {
            Some(invalid(message).at(written.place.span(), "").help(help))
        };
        let parsed = syn::parse_str::<syn::Path>(path);
        let plain = |path: &syn::Path| path.segments.iter().all(|s| s.arguments.is_none());
        let mistake = match &parsed {
            Ok(parsed) if plain(parsed) => {
                let known = removed || OF_THE_LANGUAGE.contains(&path) || parsed.segments.len() > 1;
                if known {
                    None
                } else {
                    refuse(
                        format!("the generated code does not know where `{path}` is"),
                        "write its path, such as `serde::Serialize`",
                    )
                }
            }
            _ => refuse(
                format!("`{path}` is not a trait"),
                "write a trait such as `Hash` or `serde::Serialize`; `-Debug` leaves one out",
            ),
        };
        if let Some(mistake) = mistake {
            self.diagnostics.push(mistake);
            return None;
        }
        Some(Derive {
            path: path.to_owned(),
            removed,
            place: options::Place::new(move || written.place.span()),
        })
    }
}
