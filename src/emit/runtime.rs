//! The run-time code, written into the project: the source of the crate `rowsmith-runtime`, with the parts in use only.
//!
//! That crate is compiled, linted and tested by itself. Its source is turned into the text of a project by rules that need
//! no parser, since rustfmt has laid it out:
//!
//! - Below a line `#[cfg(feature = "…")]` is one item, field, arm or statement. It stays where the part is in use.
//! - What is `#[doc(hidden)]` there, for generated code alone, is visible to generated code alone here.
//! - Macros are exported there, and used by the path `super::client` here.

use std::collections::BTreeSet;

use super::{HEADER, LINTS};
use crate::rust::items::{Package, Part};

/// How much of the items that are for generated code alone is visible to the rest of the project.
pub(super) const FROM_ROOT: &str = "pub(super)";
const FROM_BELOW: &str = "pub(in super::super)";

/// How macros of the crate name it.
const CRATE: &str = "$crate";

/// The source of a module of the crate, by its name.
macro_rules! source {
    ($name:literal) => {
        include_str!(concat!("../../templates/runtime/", $name, ".rs"))
    };
}

/// The modules of the client: the name, the part that each belongs to, if not all projects have it, and the source.
const MODULES: [(&str, Option<&str>, &str); 22] = [
    ("batch", Some("batch"), source!("batch")),
    ("bb8", Some("bb8"), source!("bb8")),
    ("columns", None, source!("columns")),
    ("connection", None, source!("connection")),
    ("copy", Some("copy"), source!("copy")),
    ("deadpool", Some("deadpool"), source!("deadpool")),
    ("dynamic", Some("dynamic"), source!("dynamic")),
    ("error", None, source!("error")),
    ("explained", None, source!("explained")),
    ("fetch", None, source!("fetch")),
    ("groups", Some("groups"), source!("groups")),
    ("inserts", Some("copy"), source!("inserts")),
    ("loaders", Some("loaders"), source!("loaders")),
    ("prepare", None, source!("prepare")),
    ("records", Some("records"), source!("records")),
    ("relations", Some("relations"), source!("relations")),
    ("retries", None, source!("retries")),
    ("row", None, source!("row")),
    ("rows", Some("rows"), source!("rows")),
    ("session", None, source!("session")),
    ("transaction", None, source!("transaction")),
    ("user_types", None, source!("user_types")),
];

/// The parts of the run-time code that are in use, by the names of the crate's features.
pub(super) type Parts = BTreeSet<&'static str>;

/// The parts that a package uses.
pub(super) fn parts(
    package: &Package,
    has_enums: bool,
    has_relations: bool,
    has_records: bool,
) -> Parts {
    let client = package.client;
    let has_loaders = !package.loaders.is_empty();
    let has_values = has_enums
        || package.types.contains(&Part::Composite)
        || package.types.contains(&Part::Domain);
    let all = [
        ("batch", package.bulk.batches),
        ("bb8", client.bb8),
        ("copy", package.bulk.copies),
        ("deadpool", client.deadpool),
        ("dynamic", package.dynamic.queries),
        ("enums", has_enums),
        ("groups", has_relations || has_loaders),
        ("loaders", has_loaders),
        ("orders", package.dynamic.orders),
        ("parts", package.has_parts),
        ("pools", client.deadpool || client.bb8),
        ("prepared", client.prepared),
        ("records", has_records),
        ("relations", has_relations),
        ("rows", package.bulk.rows),
        ("tracing", client.tracing),
        ("types", package.types.contains(&Part::Codec)),
        ("values", has_values),
    ];
    let in_use = all.into_iter().filter(|(_, is_in_use)| *is_in_use);
    in_use.map(|(part, _)| part).collect()
}

/// The path of each file, relative to the output folder, and its contents.
pub(super) fn files(parts: &Parts, has_constraints: bool) -> Vec<(String, String)> {
    let span = if parts.contains("tracing") {
        source!("span")
    } else {
        source!("no_span")
    };
    let modules = MODULES
        .into_iter()
        .filter(|(_, part, _)| part.is_none_or(|part| parts.contains(part)))
        .map(|(name, _, source)| (name, source))
        .chain(
            [("span", span), ("values", source!("values"))]
                .into_iter()
                .filter(|(name, _)| *name != "values" || parts.contains("values")),
        );
    modules
        .map(|(name, source)| (format!("client/{name}.rs"), module(source, parts)))
        .chain([("client.rs".to_owned(), root(parts, has_constraints))])
        .collect()
}

/// A module of the client.
fn module(source: &str, parts: &Parts) -> String {
    let text = inline(source, parts, FROM_BELOW);
    // It is beside the client in a project, and a part of the crate.
    let text = text.replace("use super::types::", "use super::super::types::");
    format!("{HEADER}\n{text}")
}

/// The client itself, with the modules that are the schema's own.
fn root(parts: &Parts, has_constraints: bool) -> String {
    let text = inline(source!("lib"), parts, FROM_ROOT)
        .replace("pub mod types;\n", "")
        .replace(
            "#[cfg_attr(not(feature = \"tracing\"), path = \"no_span.rs\")]\n",
            "",
        );
    let (docs, code) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (module, name) = if has_constraints {
        (
            "mod constraint;\n",
            "pub use self::constraint::Constraint;\n",
        )
    } else {
        ("", "")
    };
    let macros = [
        ("columns::from_row", true),
        ("columns::from_columns", parts.contains("parts")),
        ("values::in_postgres", parts.contains("values")),
        ("values::enum_in_postgres", parts.contains("enums")),
    ];
    let macros: Vec<String> = macros
        .into_iter()
        .filter(|(_, is_in_use)| *is_in_use)
        .map(|(path, _)| format!("{FROM_ROOT} use self::{path};\n"))
        .collect();
    let macros = macros.concat();
    format!(
        "{HEADER}\n{docs}\n\n{LINTS}\n{module}mod queries;\n\n{name}pub use self::queries::prepare_all;\n{macros}\n{code}"
    )
}

/// The text that a source of the crate is in a project.
pub(super) fn inline(source: &str, parts: &Parts, visibility: &str) -> String {
    let source = without_unused(source, parts);
    let mut text = String::new();
    // The macro that is being read.
    let mut exported = None;
    for line in source.lines() {
        if line == "#[macro_export]" {
            continue;
        }
        if let Some(name) = line.strip_prefix("macro_rules! ") {
            exported = name
                .strip_suffix(" {")
                .filter(|_| text.ends_with("#[doc(hidden)]\n"));
            if exported.is_some() {
                text.truncate(text.len() - "#[doc(hidden)]\n".len());
            }
        }
        text.push_str(line);
        text.push('\n');
        if line == "}"
            && let Some(name) = exported.take()
        {
            text.extend(["\n", visibility, " use ", name, ";\n"]);
        }
    }
    let text = text
        .replace(&format!("{CRATE}::types::"), "super::types::")
        .replace(&format!("{CRATE}::"), "super::client::");
    visible(&text, visibility)
}

/// Makes items that are hidden from the docs visible as far as `visibility`.
fn visible(text: &str, visibility: &str) -> String {
    let mut shown = String::new();
    let mut is_hidden = false;
    for line in text.lines() {
        if line.trim_start() == "#[doc(hidden)]" {
            is_hidden = true;
            continue;
        }
        let rest = line.trim_start();
        match rest.strip_prefix("pub ") {
            Some(item) if is_hidden => {
                let indent = &line[..line.len() - rest.len()];
                shown.extend([indent, visibility, " ", item]);
                is_hidden = false;
            }
            _ => shown.push_str(line),
        }
        shown.push('\n');
    }
    shown
}

/// Leaves out what belongs to parts that are not in use, and the attributes that say so.
fn without_unused(source: &str, parts: &Parts) -> String {
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let attribute = line.trim_start();
        if !attribute.starts_with("#[cfg(") {
            text.push_str(line);
            text.push('\n');
            continue;
        }
        let named = attribute.split("feature = \"").skip(1);
        let mut named = named.filter_map(|rest| rest.split('"').next());
        if named.all(|part| parts.contains(part)) {
            continue;
        }
        let indent = line.len() - attribute.len();
        for line in lines.by_ref() {
            let item = line.trim_start();
            let is_first_level = line.len() - item.len() == indent;
            let is_about_it = item.starts_with("//") || item.starts_with("#[");
            if is_first_level && !is_about_it && item.ends_with([';', ',', '}']) {
                break;
            }
        }
        // One blank line of the two around it.
        if text.ends_with("\n\n") || text.ends_with("{\n") {
            let mut rest = lines.clone();
            if rest.next() == Some("") {
                lines = rest;
            }
        }
    }
    // What was last is gone.
    while text.ends_with("\n\n") {
        text.pop();
    }
    text.replace("\n\n}", "\n}").replace("\n\n    }", "\n    }")
}
