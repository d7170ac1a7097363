//! The names one generated module can see: what it declares, what it imports, and the prelude.
//!
//! A type is spelled short where its short name is free, and by its path where the module declares or imports another
//! thing of that name. So a table called `strings` or `clients` breaks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::ident::Ident;

/// The names of one module.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    declared: BTreeSet<String>,
    /// Path by short name.
    imports: BTreeMap<String, String>,
    /// Where the models are: `super::models`, or nothing in that module itself.
    models: Option<&'static str>,
    /// Whether the module is one level below the others.
    is_nested: bool,
}

impl Scope {
    /// A scope of a module that declares `names`; `models` is the path of the models' module from there.
    pub(crate) fn new(
        names: impl IntoIterator<Item = String>,
        models: Option<&'static str>,
    ) -> Self {
        Self {
            declared: names.into_iter().collect(),
            imports: BTreeMap::new(),
            models,
            is_nested: false,
        }
    }

    /// The same in a module one level below: paths are given from its parent, and are longer there.
    pub(crate) fn nested(self) -> Self {
        Self {
            is_nested: true,
            ..self
        }
    }

    /// The shortest spelling of the item at `path`, imported if need be.
    pub(crate) fn import(&mut self, path: &str) -> String {
        let longer =
            (self.is_nested && path.starts_with("super::")).then(|| format!("super::{path}"));
        let path = longer.as_deref().unwrap_or(path);
        let short = path.rsplit("::").next().unwrap_or(path);
        if self.declared.contains(short) || is_prelude(short) {
            return path.to_owned();
        }
        let imported = self
            .imports
            .entry(short.to_owned())
            .or_insert_with(|| path.to_owned());
        if imported == path {
            short.to_owned()
        } else {
            path.to_owned()
        }
    }

    /// The spelling of a model or enum of the schema.
    pub(crate) fn import_model(&mut self, name: &Ident) -> String {
        match self.models {
            Some(models) => self.import(&format!("{models}::{name}")),
            None => name.to_string(),
        }
    }

    /// The spelling of an item of the prelude, given by its path in `std`.
    pub(crate) fn prelude(&self, path: &str) -> String {
        let short = path.rsplit("::").next().unwrap_or(path);
        if self.declared.contains(short) {
            format!("std::{path}")
        } else {
            short.to_owned()
        }
    }

    /// The `use` declarations: `std`, then crates, then this crate's modules; one per path up to the last segment.
    pub(crate) fn uses(&self) -> Vec<String> {
        let mut groups: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
        for (short, path) in &self.imports {
            let parent = path
                .strip_suffix(short.as_str())
                .and_then(|p| p.strip_suffix("::"))
                .unwrap_or_default();
            let rank = match parent.split("::").next() {
                Some("std") => 0,
                Some("super" | "crate") => 2,
                _ => 1,
            };
            groups.entry((rank, parent)).or_default().push(short);
        }
        let declaration = |((_, parent), names): ((u8, &str), Vec<&str>)| match names.as_slice() {
            [only] => format!("{parent}::{only}"),
            names => format!("{parent}::{{{}}}", names.join(", ")),
        };
        groups.into_iter().map(declaration).collect()
    }
}

/// Types and variants that generated code spells short; a model of that name is spelled by its path.
fn is_prelude(name: &str) -> bool {
    matches!(
        name,
        "Box"
            | "Copy"
            | "Clone"
            | "Default"
            | "Eq"
            | "Err"
            | "From"
            | "Into"
            | "IntoIterator"
            | "None"
            | "Ok"
            | "Option"
            | "PartialEq"
            | "Result"
            // The type parameter of a function.
            | "S"
            | "Self"
            | "Send"
            | "Some"
            | "String"
            | "Sync"
            | "ToString"
            | "Vec"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_where_free_and_paths_where_taken() {
        let mut scope = Scope::new(
            ["Client".to_owned(), "Vec".to_owned()],
            Some("super::models"),
        );
        assert_eq!(
            scope.import("super::client::Client"),
            "super::client::Client"
        );
        assert_eq!(scope.import("super::client::One"), "One");
        assert_eq!(scope.import("uuid::Uuid"), "Uuid");
        assert_eq!(
            scope.import_model(&Ident::type_name("uuid")),
            "super::models::Uuid"
        );
        assert_eq!(
            scope.import_model(&Ident::type_name("string")),
            "super::models::String"
        );
        assert_eq!(scope.import_model(&Ident::type_name("order")), "Order");
        assert_eq!(scope.prelude("vec::Vec"), "std::vec::Vec");
        assert_eq!(scope.prelude("option::Option"), "Option");
        assert_eq!(
            scope.uses(),
            ["uuid::Uuid", "super::client::One", "super::models::Order"]
        );
    }
}
