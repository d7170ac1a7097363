//! `derives`: traits that generated types are to derive.

use super::file::Written;
use super::{Checker, invalid};
use crate::options::{self, Derive, Derives, Deriving};

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
