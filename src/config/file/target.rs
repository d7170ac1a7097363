//! Where a configuration says what Rust to make: in the entry itself, as a plugin of sqlc, or once for all entries.
//!
//! sqlc refuses keys that it does not know, but lets plugins have options. So a file that both tools read has the Rust
//! target in `codegen` or in `options`; one for rowsmith alone may have it in `gen.rust`. All take the same keys. What
//! is said of Go counts, too, where it is as true of Rust: `rename`, say.

use std::collections::BTreeSet;

use super::json;
use super::node::{Kind, Node};
use super::sections::{
    CODEGEN, GEN, OPTIONS_RUST, OVERRIDES, PLUGIN, PLUGIN_OPTIONS, PROCESS, RUST,
};
use super::{Fields, Reader, RustSection, Written, invalid};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::SourceFile;

/// The name of the plugin that rowsmith is for sqlc.
const PLUGIN_NAME: &str = "rust";

/// What the top level says for all entries.
pub(super) struct Shared<'a> {
    /// `options.rust`, with its key.
    rust: Option<(&'a Node, Fields<'a>)>,
    /// Keys for Go at the top level that are as true of Rust.
    go: Fields<'a>,
    /// The plugins that are declared.
    plugins: Vec<&'a str>,
}

/// The Rust target of an entry.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) section: RustSection,
    /// Whether it is the one for all entries.
    pub(super) is_shared: bool,
}

impl<'a> Shared<'a> {
    /// Takes what is said at the top level of version 1.
    pub(super) fn add_keys_for_go(&mut self, top: &Fields<'a>) {
        self.go.add(top, |key| SHARED_WITH_GO.contains(&key));
    }
}

/// Reads the options of sqlc's plugin, which sqlc passes on as JSON.
pub(in crate::config) fn parse_plugin_options(
    file: &SourceFile,
) -> (Option<RustSection>, Vec<Diagnostic>) {
    let document = match json::parse(file) {
        Ok(document) => document,
        Err(diagnostic) => return (None, vec![*diagnostic]),
    };
    let mut reader = Reader {
        diagnostics: Vec::new(),
        go_keys: BTreeSet::new(),
    };
    let fields = reader.fields(&document, &document, &PLUGIN_OPTIONS);
    let section = fields.map(|fields| reader.rust_section(document.place.clone(), &fields));
    (section, reader.diagnostics)
}

impl Reader {
    /// Reads what is said at the top level, in version 2.
    pub(super) fn shared<'a>(&mut self, top: &Fields<'a>) -> Shared<'a> {
        let mut shared = self.shared_options(top);
        if let Some((key, value)) = top.get("overrides")
            && let Some(fields) = self.fields(key, value, &OVERRIDES)
            && let Some((key, value)) = fields.get("go")
        {
            shared.go = self.keys_for_go(key, value);
        }
        shared.plugins = self.plugins(top);
        shared
    }

    /// Reads `options.rust`, in any version.
    pub(super) fn shared_options<'a>(&mut self, top: &Fields<'a>) -> Shared<'a> {
        let options = top
            .get("options")
            .map(|(key, value)| self.lenient(key, value));
        let rust = options.and_then(|options| options.get(PLUGIN_NAME));
        let rust =
            rust.and_then(|(key, value)| Some((key, self.fields(key, value, &OPTIONS_RUST)?)));
        Shared {
            rust,
            go: Fields::default(),
            plugins: Vec::new(),
        }
    }

    /// The names of the declared plugins.
    fn plugins<'a>(&mut self, top: &Fields<'a>) -> Vec<&'a str> {
        let mut names: Vec<(&str, &Node)> = Vec::new();
        for (key, item) in self.items(top, "plugins") {
            let Some(fields) = self.fields(key, item, &PLUGIN) else {
                continue;
            };
            let ways = ["process", "wasm"].map(|way| fields.get(way));
            match ways {
                [None, None] => self.missing(
                    &item.place,
                    "this plugin has neither `process` nor `wasm`",
                    "add `process:` and, below it, `cmd:` with the command",
                ),
                [Some(_), Some((wasm, _))] => self.diagnostics.push(
                    invalid("this plugin has both `process` and `wasm`")
                        .at(wasm.place.span(), "")
                        .help("keep one of them"),
                ),
                [Some((key, value)), None] => {
                    if let Some(process) = self.fields(key, value, &PROCESS)
                        && self.text(&process, "cmd").is_none()
                        && process.get("cmd").is_none()
                    {
                        let help = "add `cmd:` with the command";
                        self.missing(&key.place, "this process has no `cmd`", help);
                    }
                }
                [None, Some(_)] => {}
            }
            match fields.get("name") {
                None => {
                    let help = "add `name:`, which `codegen` refers to";
                    self.missing(&item.place, "this plugin has no `name`", help);
                }
                Some((_, value)) => {
                    let Some(name) = value.as_text() else {
                        continue;
                    };
                    let known = names.iter().find(|(known, _)| *known == name);
                    if let Some((_, first)) = known {
                        self.diagnostics.push(
                            invalid(format!("there are two plugins `{name}`"))
                                .at(value.place.span(), "")
                                .also(first.place.span(), "the first one")
                                .help("give each a name of its own"),
                        );
                    } else if matches!(name, "go" | "json") {
                        self.diagnostics.push(
                            invalid(format!("`{name}` is a name of sqlc's own"))
                                .at(value.place.span(), "")
                                .help("give the plugin another name"),
                        );
                    }
                    names.push((name, value));
                }
            }
        }
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// The Rust target of an entry: its own, or the one for all.
    pub(super) fn target<'a>(
        &mut self,
        entry: &Fields<'a>,
        go: &Fields<'a>,
        shared: &Shared<'a>,
    ) -> Option<Found> {
        let generate = entry.get("gen");
        let generate = generate.and_then(|(key, value)| self.fields(key, value, &GEN));
        let own = generate.as_ref().and_then(|generate| generate.get("rust"));
        let own = own.and_then(|(key, value)| Some((key, self.fields(key, value, &RUST)?)));
        let of_gen = generate.as_ref().and_then(|generate| generate.get("go"));
        let of_gen = of_gen.map(|(key, value)| self.keys_for_go(key, value));
        let plugin = self.codegen(entry, shared);
        if let (Some((own, _)), Some((plugin, _))) = (&own, &plugin) {
            self.diagnostics.push(
                invalid("this entry has two Rust targets")
                    .at(plugin.place.span(), "")
                    .also(own.place.span(), "the other one")
                    .help("keep one of them"),
            );
        }
        let (key, mut layers, is_shared) = if let Some((key, fields)) = own.or(plugin) {
            (key, fields, false)
        } else {
            let (key, fields) = shared.rust.as_ref()?;
            // Without `out` it only adds to the targets of entries.
            fields.get("out")?;
            (*key, Fields::default(), true)
        };
        if let Some((_, fields)) = &shared.rust {
            layers.add(fields, |key| is_shared || key != "out");
        }
        for keys in [of_gen.as_ref(), Some(go), Some(&shared.go)]
            .into_iter()
            .flatten()
        {
            layers.add(keys, |_| true);
        }
        let section = self.rust_section(key.place.clone(), &layers);
        Some(Found { section, is_shared })
    }

    /// The item of `codegen` that is rowsmith.
    fn codegen<'a>(
        &mut self,
        entry: &Fields<'a>,
        shared: &Shared<'a>,
    ) -> Option<(&'a Node, Fields<'a>)> {
        let mut found: Option<(&'a Node, Fields<'a>)> = None;
        for (list, item) in self.items(entry, "codegen") {
            let Some(fields) = self.fields(list, item, &CODEGEN) else {
                continue;
            };
            let Some(plugin) = self.text(&fields, "plugin") else {
                if fields.get("plugin").is_none() {
                    let help = "add `plugin:` with the name of a plugin, such as `rust`";
                    self.missing(&item.place, "this item has no `plugin`", help);
                }
                continue;
            };
            if plugin.value != PLUGIN_NAME {
                self.check_plugin(&plugin, &fields, item, shared);
                continue;
            }
            let options = fields.get("options");
            let options = options.and_then(|(key, value)| self.fields(key, value, &PLUGIN_OPTIONS));
            let mut layers = Fields::default();
            layers.add(&fields, |key| key == "out");
            if let Some(options) = options {
                layers.add(&options, |_| true);
            }
            if let Some((first, _)) = &found {
                self.diagnostics.push(
                    invalid("this entry has two Rust targets")
                        .at(item.place.span(), "")
                        .also(first.place.span(), "the other one")
                        .help("keep one of them"),
                );
            } else {
                found = Some((item, layers));
            }
        }
        found
    }

    /// What sqlc checks of an item for another plugin.
    fn check_plugin(
        &mut self,
        plugin: &Written<String>,
        fields: &Fields<'_>,
        item: &Node,
        shared: &Shared<'_>,
    ) {
        let name = &plugin.value;
        if !shared.plugins.contains(&name.as_str()) {
            let known = shared.plugins.iter().copied().chain([PLUGIN_NAME]);
            let help = match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it under `plugins:` with `name: {name}`"),
            };
            self.diagnostics.push(
                invalid(format!("there is no plugin `{name}`"))
                    .at(plugin.place.span(), "")
                    .help(help),
            );
        }
        if fields.get("out").is_none() {
            let help = "add `out:` with the folder for what the plugin generates";
            self.missing(&item.place, "the key `out` is missing", help);
        }
    }

    /// The keys of a mapping for Go that are as true of Rust. The others are noted.
    pub(super) fn keys_for_go<'a>(&mut self, key: &Node, value: &'a Node) -> Fields<'a> {
        let mut fields = self.lenient(key, value);
        fields.0.retain(|(name, ..)| {
            let is_shared = SHARED_WITH_GO.contains(name);
            // Where Go code goes is no matter of taste.
            if !is_shared && !matches!(*name, "package" | "out" | "overrides" | "rename") {
                self.go_keys.insert((*name).to_owned());
            }
            is_shared
        });
        fields
    }

    /// The entries of a mapping whose keys are no matter here.
    fn lenient<'a>(&mut self, key: &Node, value: &'a Node) -> Fields<'a> {
        let mut fields = Fields::default();
        match &value.kind {
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    fields
                        .0
                        .extend(key.as_text().map(|name| (name, key, value)));
                }
            }
            Kind::Null => {}
            _ => self.wrong_type(key, value, "a mapping"),
        }
        fields
    }

    /// The items of a list, each with the key of the list; none where there is no list.
    fn items<'a>(&mut self, fields: &Fields<'a>, name: &str) -> Vec<(&'a Node, &'a Node)> {
        let Some((key, value)) = fields.get(name) else {
            return Vec::new();
        };
        match &value.kind {
            Kind::List(items) => items.iter().map(|item| (key, item)).collect(),
            Kind::Null => Vec::new(),
            _ => {
                self.wrong_type(key, value, "a list of entries, each with a `-`");
                Vec::new()
            }
        }
    }
}

/// Keys of sqlc's Go target that mean the same for Rust.
pub(super) const SHARED_WITH_GO: [&str; 5] = [
    "overrides",
    "rename",
    "query_parameter_limit",
    "inflection_exclude_table_names",
    "emit_exact_table_names",
];
