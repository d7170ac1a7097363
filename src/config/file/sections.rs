//! The keys that each mapping of the configuration may have.

use super::invalid;
use super::node::Place;
use crate::diagnostic::{Diagnostic, nearest};

/// The keys of a mapping.
pub(super) struct Section {
    /// How messages call it.
    pub(super) name: &'static str,
    /// What rowsmith reads.
    pub(super) read: &'static [&'static str],
    /// Keys of sqlc that mean nothing to rowsmith, whatever is below them.
    pub(super) ignored: &'static [&'static str],
}

pub(super) const TOP: Section = Section {
    name: "at the top level",
    read: &["version", "sql", "overrides", "plugins", "options"],
    ignored: &["cloud", "servers", "rules"],
};
pub(super) const SQL: Section = Section {
    name: "in `sql[]`",
    read: &[
        "name",
        "engine",
        "schema",
        "migrations",
        "setup",
        "placeholders",
        "queries",
        "database",
        "gen",
        "codegen",
    ],
    ignored: &[
        "strict_function_checks",
        "strict_order_by",
        "rules",
        "analyzer",
    ],
};
pub(super) const DATABASE: Section = Section {
    name: "in `sql[].database`",
    read: &["uri", "managed", "provider", "binaries", "version"],
    ignored: &[],
};
pub(super) const GEN: Section = Section {
    name: "in `sql[].gen`",
    read: &["rust"],
    ignored: &["go", "json"],
};
pub(super) const RUST: Section = Section {
    name: "in `sql[].gen.rust`",
    read: &[
        "out",
        "runtime",
        "query_parameter_limit",
        "clients",
        "prepared",
        "strict_one",
        "tracing",
        "date_time",
        "numeric",
        "array_elements",
        "domains",
        "overrides",
        "relations",
        "loaders",
        "tables",
        "rename",
        "derives",
        "attributes",
        "owned_params",
        "allow",
        "emit_exact_table_names",
        "inflection_exclude_table_names",
        "embed_migrations",
        "migrations",
        "setup",
        "placeholders",
    ],
    ignored: &[],
};
pub(super) const OVERRIDE: Section = Section {
    name: "in `sql[].gen.rust.overrides[]`",
    read: &[
        "function",
        "nullable",
        "db_type",
        "column",
        "query",
        "parameter",
        "rust_type",
        "implements",
    ],
    ignored: &["go_type", "go_struct_tag", "unsigned", "engine"],
};
pub(super) const RELATION: Section = Section {
    name: "in `sql[].gen.rust.relations[]`",
    read: &["from", "to", "through", "name", "reverse", "unique"],
    ignored: &[],
};
pub(super) const TABLE: Section = Section {
    name: "in `sql[].gen.rust.tables[]`",
    read: &["table", "only", "touch", "soft_delete"],
    ignored: &[],
};
/// The keys of [`RUST`] in the options of sqlc's plugin, and for all entries.
pub(super) const PLUGIN_OPTIONS: Section = Section {
    name: "in `sql[].codegen[].options`",
    ..RUST
};
pub(super) const OPTIONS_RUST: Section = Section {
    name: "in `options.rust`",
    ..RUST
};
pub(super) const CODEGEN: Section = Section {
    name: "in `sql[].codegen[]`",
    read: &["plugin", "out", "options"],
    ignored: &[],
};
pub(super) const PLUGIN: Section = Section {
    name: "in `plugins[]`",
    read: &["name", "process", "wasm"],
    ignored: &["env"],
};
pub(super) const PROCESS: Section = Section {
    name: "in `plugins[].process`",
    read: &["cmd"],
    ignored: &["format"],
};
pub(super) const OVERRIDES: Section = Section {
    name: "in `overrides`",
    read: &["go"],
    ignored: &[],
};
const SECTIONS: [&Section; 10] = [
    &TOP, &SQL, &DATABASE, &GEN, &RUST, &OVERRIDE, &CODEGEN, &PLUGIN, &PROCESS, &OVERRIDES,
];

/// Says what was probably meant by a key that is none.
pub(super) fn unknown_key(name: &str, place: &Place, section: &Section) -> Diagnostic {
    let diagnostic = invalid(format!("unknown key `{name}` {}", section.name));
    let known = || section.read.iter().chain(section.ignored).copied();
    let elsewhere = SECTIONS.iter().find(|other| other.read.contains(&name));
    let (label, help) =
        if let Some(suggestion) = nearest(name, known()).or_else(|| abbreviation(name, known())) {
            (String::new(), format!("did you mean `{suggestion}`?"))
        } else if let Some(elsewhere) = elsewhere {
            let label = "not in its place".to_owned();
            (label, format!("`{name}` belongs {}", elsewhere.name))
        } else {
            let keys: Vec<_> = section.read.iter().map(|key| format!("`{key}`")).collect();
            let help = match keys.as_slice() {
                [only] => format!("the only key here is {only}"),
                keys => format!("the keys here are {}", keys.join(", ")),
            };
            (String::new(), help)
        };
    diagnostic.at(place.span(), label).help(help)
}

/// The key that is a longer or shorter form of `name`: `out` for `output`.
fn abbreviation<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let is_form = |key: &&str| {
        key.len().min(name.len()) >= 3 && (name.starts_with(*key) || key.starts_with(name))
    };
    known.into_iter().find(is_form)
}

/// Every key of every section, for the test of `sqlc.yaml.example`.
#[cfg(test)]
pub(in crate::config) fn known_keys() -> impl Iterator<Item = &'static str> {
    SECTIONS
        .iter()
        .flat_map(|section| section.read.iter().chain(section.ignored).copied())
}
