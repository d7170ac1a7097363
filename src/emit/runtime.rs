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
use crate::options::Runtime;
use crate::rust::items::{Item, Package, Part};

/// The version of what generated code and the crate know of each other. A crate of another version does not compile with it.
const ABI: u32 = 1;

/// How macros of the crate name it.
const CRATE: &str = "$crate";

/// The source of a module of the crate, by its name.
macro_rules! source {
    ($name:literal) => {
        include_str!(concat!("../../templates/runtime/", $name, ".rs"))
    };
}

/// The modules of the client: the name, the part that each belongs to, if not all projects have it, and the source.
const MODULES: [(&str, Option<&str>, &str); 28] = [
    ("batch", Some("batch"), source!("batch")),
    ("bb8", Some("bb8"), source!("bb8")),
    ("columns", None, source!("columns")),
    ("connection", None, source!("connection")),
    ("copy", Some("copy"), source!("copy")),
    ("cursor", Some("pages"), source!("cursor")),
    ("deadpool", Some("deadpool"), source!("deadpool")),
    ("dynamic", Some("dynamic"), source!("dynamic")),
    ("error", None, source!("error")),
    ("explained", None, source!("explained")),
    ("fetch", None, source!("fetch")),
    ("groups", Some("groups"), source!("groups")),
    ("inserts", Some("copy"), source!("inserts")),
    ("like", Some("like"), source!("like")),
    ("loaders", Some("loaders"), source!("loaders")),
    ("page_orders", Some("pages"), source!("page_orders")),
    ("pages", Some("pages"), source!("pages")),
    ("prepare", None, source!("prepare")),
    ("records", Some("records"), source!("records")),
    ("relations", Some("relations"), source!("relations")),
    ("retries", None, source!("retries")),
    ("row", None, source!("row")),
    ("rows", Some("rows"), source!("rows")),
    ("session", None, source!("session")),
    ("transaction", None, source!("transaction")),
    ("user_types", None, source!("user_types")),
    ("values", Some("values"), source!("values")),
    ("violations", Some("constraints"), source!("violations")),
];

/// The parts of the run-time code that are in use, by the names of the crate's features.
pub(super) type Parts = BTreeSet<&'static str>;

/// The run-time code that packages need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needed {
    pub(super) parts: Parts,
    pub(super) types: BTreeSet<Part>,
}

impl Needed {
    /// The code that a package needs.
    pub(crate) fn of(package: &Package) -> Self {
        let client = package.client;
        let modules = package.models.iter().chain(&package.queries);
        let items = || modules.clone().flat_map(|module| &module.items);
        let has_enums = package.models.iter().flat_map(|module| &module.items);
        let has_enums = has_enums
            .into_iter()
            .any(|item| matches!(item, Item::Enum(_)));
        let has_records =
            items().any(|item| matches!(item, Item::Struct(s) if s.from_record.is_some()));
        let has_relations = has_records || items().any(|item| matches!(item, Item::Relations(_)));
        let has_loaders = !package.loaders.is_empty();
        let has_pages = package.dynamic.pages;
        let is_schemas_own = |part: &Part| matches!(part, Part::Composite | Part::Domain);
        let all = [
            ("assignments", package.dynamic.assignments),
            ("batch", package.bulk.batches),
            ("bb8", client.bb8),
            ("constraints", !package.constraints.is_empty()),
            ("copy", package.bulk.copies),
            ("deadpool", client.deadpool),
            ("dynamic", package.dynamic.queries),
            ("enums", has_enums),
            ("faults", package.bulk.copies || has_records),
            ("groups", has_relations || has_loaders),
            ("like", package.has_patterns),
            ("loaders", has_loaders),
            ("orders", package.dynamic.orders),
            ("pages", has_pages),
            ("parts", package.has_parts),
            ("pools", client.deadpool || client.bb8),
            ("raw_rows", has_relations || has_loaders || has_pages),
            ("records", has_records),
            ("relations", has_relations),
            ("rows", package.bulk.rows),
            ("serde", package.serde && has_pages),
            ("totals", package.dynamic.totals),
            ("tracing", client.tracing),
            ("types", package.types.contains(&Part::Codec)),
            ("unprepared", !client.prepared),
            (
                "values",
                has_enums || package.types.iter().any(is_schemas_own),
            ),
        ];
        let in_use = all.into_iter().filter(|(_, is_in_use)| *is_in_use);
        Self {
            parts: in_use.map(|(part, _)| part).collect(),
            types: package.types.clone(),
        }
    }

    /// Adds what another package needs, which has its code here.
    pub(crate) fn share(&mut self, other: &Self) {
        self.parts.extend(&other.parts);
        self.parts.insert("shared");
        self.types.extend(&other.types);
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.parts.contains(part)
    }

    /// How far items are visible that are for generated code alone: to that of this package, or of all in the crate.
    pub(super) fn visibility(&self, from_root: bool) -> &'static str {
        match (self.has("shared"), from_root) {
            (true, _) => "pub(crate)",
            (false, true) => "pub(super)",
            (false, false) => "pub(in super::super)",
        }
    }

    /// The features of the crate that a package needs beside the default ones.
    pub(super) fn features(&self) -> Vec<&'static str> {
        let clients = ["bb8", "deadpool", "serde", "tracing", "unprepared"];
        let numbers = [
            ("bigdecimal", Part::BigDecimal),
            ("rust_decimal", Part::RustDecimal),
            ("serde_json", Part::ExactJson),
        ];
        let numbers = numbers
            .into_iter()
            .filter(|(_, part)| self.types.contains(part));
        let clients = clients.into_iter().filter(|part| self.has(part));
        clients.chain(numbers.map(|(name, _)| name)).collect()
    }
}

/// The path of each file of the client, relative to the output folder, and its contents.
pub(super) fn files(package: &Package, needed: &Needed) -> Vec<(String, String)> {
    let has_constraints = !package.constraints.is_empty();
    let path = match &package.runtime {
        Runtime::Inline => return inline_files(needed, has_constraints),
        Runtime::Crate => "rowsmith_runtime",
        Runtime::Shared { client, .. } => client,
    };
    let checks = match package.runtime {
        Runtime::Crate => checks(needed),
        _ => String::new(),
    };
    let own = own_modules(has_constraints);
    let client = format!(
        "{HEADER}\n//! How queries run, which is in `{path}`, and what is this schema's own.\n\n{LINTS}\n\
        pub use {path}::*;\n\n{own}{checks}"
    );
    let mut files = vec![("client.rs".to_owned(), client)];
    if !package.types.is_empty() {
        let path = match path.strip_suffix("::client") {
            Some(module) => format!("{module}::types"),
            None => format!("{path}::types"),
        };
        let types = format!(
            "{HEADER}\n//! Postgres types that no crate has, and how values travel.\n\n{LINTS}\npub use {path}::*;\n"
        );
        let macros =
            "pub(super) use rowsmith_runtime::{composite_in_postgres, domain_in_postgres};\n";
        let macros = if package.runtime == Runtime::Crate {
            macros
        } else {
            ""
        };
        files.push(("types.rs".to_owned(), types + macros));
    }
    files
}

/// What makes code that does not fit the crate an error that says so.
fn checks(needed: &Needed) -> String {
    let fits = format!(
        "\nconst _: () = assert!(\n    rowsmith_runtime::ABI == {ABI},\n    \
        \"this code and `rowsmith-runtime` do not fit: use the same version of both, and run `rowsmith generate`\",\n);\n"
    );
    let features = needed.features();
    let features = features.iter().map(|feature| {
        format!(
            "const _: () = assert!(\n    rowsmith_runtime::enabled::{},\n    \
            \"`rowsmith-runtime` needs the feature `{feature}` in Cargo.toml\",\n);\n",
            feature.to_uppercase()
        )
    });
    let features: Vec<String> = features.collect();
    fits + &features.concat()
}

/// The modules that are the schema's own.
fn own_modules(has_constraints: bool) -> &'static str {
    if has_constraints {
        "mod constraint;\nmod queries;\n\npub use self::constraint::Constraint;\npub use self::queries::prepare_all;\n"
    } else {
        "mod queries;\n\npub use self::queries::prepare_all;\n"
    }
}

fn inline_files(needed: &Needed, has_constraints: bool) -> Vec<(String, String)> {
    let span = if needed.has("tracing") {
        source!("span")
    } else {
        source!("no_span")
    };
    let modules = MODULES
        .into_iter()
        .filter(|(_, part, _)| part.is_none_or(|part| needed.has(part)));
    modules
        .map(|(name, _, source)| (name, source))
        .chain([("span", span)])
        .map(|(name, source)| (format!("client/{name}.rs"), module(source, needed)))
        .chain([("client.rs".to_owned(), root(needed, has_constraints))])
        .collect()
}

/// A module of the client.
fn module(source: &str, needed: &Needed) -> String {
    let text = inline(source, needed, needed.visibility(false));
    // It is beside the client in a project, and a part of the crate.
    let text = text.replace("use super::types::", "use super::super::types::");
    format!("{HEADER}\n{text}")
}

/// The client itself, with the modules that are the schema's own.
fn root(needed: &Needed, has_constraints: bool) -> String {
    let visibility = needed.visibility(true);
    let text = inline(source!("lib"), needed, visibility)
        .replace("pub mod types;\n", "")
        .replace(
            "#[cfg_attr(not(feature = \"tracing\"), path = \"no_span.rs\")]\n",
            "",
        );
    let (docs, code) = text.split_once("\n\n").unwrap_or((&text, ""));
    let macros = [
        ("columns::from_row", true),
        ("columns::from_columns", needed.has("parts")),
        ("records::from_record", needed.has("records")),
        ("values::in_postgres", needed.has("values")),
        ("values::enum_in_postgres", needed.has("enums")),
        ("violations::constraints", needed.has("constraints")),
    ];
    let macros: Vec<String> = macros
        .into_iter()
        .filter(|(_, is_in_use)| *is_in_use)
        .map(|(path, _)| format!("{visibility} use self::{path};\n"))
        .collect();
    let own = own_modules(has_constraints);
    format!(
        "{HEADER}\n{docs}\n\n{LINTS}\n{own}{}\n{code}",
        macros.concat()
    )
}

/// The text that a source of the crate is in a project.
pub(super) fn inline(source: &str, needed: &Needed, visibility: &str) -> String {
    let source = without_unused(source, needed);
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
fn without_unused(source: &str, needed: &Needed) -> String {
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let attribute = line.trim_start();
        if !attribute.starts_with("#[cfg(") {
            text.push_str(line);
            text.push('\n');
            continue;
        }
        if is_in_use(attribute, needed) {
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

/// Whether the item of an attribute stays: `#[cfg(feature = "…")]`, with `not(…)` around it, or several in `all(…)`.
fn is_in_use(attribute: &str, needed: &Needed) -> bool {
    let mut pieces = attribute.split("feature = \"");
    let mut before = pieces.next().unwrap_or_default();
    pieces.all(|piece| {
        let (part, after) = piece.split_once('"').unwrap_or((piece, ""));
        let is_wanted = !before.ends_with("not(");
        before = after;
        needed.has(part) == is_wanted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;

    fn sources() -> impl Iterator<Item = &'static str> {
        let modules = MODULES.into_iter().map(|(.., source)| source);
        modules.chain([source!("lib"), source!("span"), source!("no_span")])
    }

    /// What generated code may name is hidden from the docs. With it changes what the crate and generated code know of each other.
    #[test]
    fn the_version_changes_with_what_generated_code_names() {
        let mut hidden = Vec::new();
        for source in sources() {
            let mut is_hidden = false;
            for line in source.lines().map(str::trim) {
                if line == "#[doc(hidden)]" {
                    is_hidden = true;
                } else if is_hidden && !line.starts_with("///") && !line.starts_with("#[") {
                    hidden.push(line);
                    is_hidden = false;
                }
            }
        }
        let version = format!("pub const ABI: u32 = {ABI};");
        assert!(hidden.contains(&version.as_str()), "the same in both");
        let digest = digest(hidden.iter().map(|line| line.as_bytes()));
        // If it differs, raise ABI here and there, unless no version with this one was published.
        insta::assert_snapshot!(&digest[..16], @"367ebcdc7c142b47");
    }

    #[test]
    fn attributes_of_parts_come_first() {
        for source in sources() {
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            for pair in lines.windows(2) {
                let is_late = pair[1].starts_with("#[cfg(") && pair[0].starts_with("///");
                assert!(!is_late, "`{}` comes after the docs of its item", pair[1]);
            }
        }
    }

    #[test]
    fn parts_are_left_out_and_hidden_items_are_seen() {
        let source = "\
//! Docs.

#[cfg(feature = \"batch\")]
mod batch;
mod fetch;

#[cfg(all(feature = \"copy\", not(feature = \"unprepared\")))]
#[doc(hidden)]
/// Copies.
pub fn copy(
    a: i32,
) -> i32 {
    a
}

#[doc(hidden)]
#[macro_export]
macro_rules! from_row {
    () => { $crate::types::read($crate::Row) };
}

pub enum E {
    A,
    #[cfg(feature = \"batch\")]
    /// B.
    B(i32),
}
";
        let inline = |parts: &[&'static str]| {
            let needed = Needed {
                parts: parts.iter().copied().collect(),
                types: BTreeSet::new(),
            };
            inline(source, &needed, needed.visibility(true))
        };
        insta::assert_snapshot!(inline(&["copy", "unprepared"]), @r"
        //! Docs.

        mod fetch;

        macro_rules! from_row {
            () => { super::types::read(super::client::Row) };
        }

        pub(super) use from_row;

        pub enum E {
            A,
        }
        ");
        insta::assert_snapshot!(inline(&["batch", "copy", "shared"]), @r"
        //! Docs.

        mod batch;
        mod fetch;

        /// Copies.
        pub(crate) fn copy(
            a: i32,
        ) -> i32 {
            a
        }

        macro_rules! from_row {
            () => { super::types::read(super::client::Row) };
        }

        pub(crate) use from_row;

        pub enum E {
            A,
            /// B.
            B(i32),
        }
        ");
    }
}
