//! The configuration as it is written: an exact mirror of the YAML, checked for form only.
//!
//! Unknown, duplicate and ill-typed keys are all reported in one reading. What the values mean is decided in
//! [`super`]. To add a key: name it in its section of [`sections`], read it in the function of that section, and describe it in
//! `sqlc.yaml.example` (a test compares).

mod choices;
mod json;
mod node;
mod relation;
mod sections;
mod sources;
mod tables;
mod target;
mod token;
mod version1;
mod yaml;

use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::SourceFile;
use node::{Kind, Node};
use sections::{DATABASE, SQL, Section, TOP, unknown_key};
use target::Shared;

pub(super) use choices::OverrideSection;
pub(crate) use node::Place;
pub(super) use relation::{LoadersSection, RelationSection};
#[cfg(test)]
pub(super) use sections::known_keys;
pub(super) use sources::Sources;
pub(super) use tables::TablesSection;
pub(super) use target::parse_plugin_options;

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    pub(super) sql: Vec<Entry>,
    /// Keys that change Go code only.
    pub(super) go_keys: BTreeSet<String>,
    /// What may change the result of the analysis, without places and layout.
    pub(super) substance: String,
}

/// An entry of `sql`, or of `packages` in version 1.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// Its own name, or that of its Go package.
    pub(super) name: Option<String>,
    /// Whether its form is without mistakes. Otherwise a key that seems to be missing may only be misspelt.
    pub(super) sound: bool,
    pub(super) engine: Option<Written<String>>,
    /// Whether the engine may be left out.
    pub(super) has_default_engine: bool,
    pub(super) schema: Option<Vec<Written<String>>>,
    pub(super) sources: Sources,
    pub(super) queries: Option<Vec<Written<String>>>,
    pub(super) database: Option<DatabaseSection>,
    pub(super) rust: Option<RustSection>,
    /// Whether the Rust target is the one for all entries, of which each gets a folder below `out`.
    pub(super) has_shared_target: bool,
}

/// `sql[].database`.
#[derive(Debug)]
pub(super) struct DatabaseSection {
    pub(super) uri: Option<Written<String>>,
    pub(super) provider: Option<Written<String>>,
    pub(super) binaries: Option<Written<String>>,
    pub(super) version: Option<Written<u32>>,
}

/// `sql[].gen.rust`, or another [place](target) for it.
#[derive(Debug)]
pub(super) struct RustSection {
    pub(super) place: Place,
    pub(super) out: Option<Written<String>>,
    pub(super) runtime: Option<Written<String>>,
    pub(super) query_parameter_limit: Option<usize>,
    pub(super) clients: Option<Vec<Written<String>>>,
    pub(super) prepared: Option<bool>,
    pub(super) strict_one: Option<bool>,
    pub(super) embed_migrations: Option<bool>,
    pub(super) tracing: Option<bool>,
    pub(super) date_time: Option<Written<String>>,
    pub(super) numeric: Option<Written<String>>,
    pub(super) array_elements: Option<Written<String>>,
    pub(super) domains: Option<Written<String>>,
    pub(super) overrides: Vec<OverrideSection>,
    pub(super) relations: Vec<RelationSection>,
    pub(super) loaders: Option<LoadersSection>,
    pub(super) tables: Option<TablesSection>,
    pub(super) rename: Vec<(Written<String>, Written<String>)>,
    /// By group or type; a list without one has the key `derives`.
    pub(super) derives: Vec<(Written<String>, Vec<Written<String>>)>,
    /// The same, or by field.
    pub(super) attributes: Vec<(Written<String>, Vec<Written<String>>)>,
    pub(super) owned_params: Option<bool>,
    pub(super) allow: Vec<Written<String>>,
    pub(super) emit_exact_table_names: bool,
    pub(super) inflection_exclude_table_names: Vec<String>,
    pub(super) sources: Sources,
}

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Where the throwaway Postgres comes from and where the code goes changes nothing in what is known of the queries.
const NO_SUBSTANCE: [&str; 2] = ["database", "out"];

/// After so many mistakes the rest would hardly be read, and each takes a reading of the file to find its place.
pub(super) const MAX_MISTAKES: usize = 100;

/// What `schema` and `queries` take.
const PATHS: &str = "a path or a list of paths";

/// Reads the file. Whatever is sound is there; the rest is in the diagnostics.
pub(super) fn parse(file: &SourceFile) -> (ConfigFile, Vec<Diagnostic>) {
    let extension = Path::new(file.key()).extension();
    let read = if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        json::parse(file)
    } else {
        yaml::parse(file)
    };
    let document = match read {
        Ok(document) => document,
        Err(diagnostic) => return (ConfigFile::default(), vec![*diagnostic]),
    };
    let mut reader = Reader {
        diagnostics: Vec::new(),
        go_keys: BTreeSet::new(),
    };
    let mut config = reader.config(&document, file);
    config.substance = document.canonical(&NO_SUBSTANCE);
    (config, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
    /// Keys that change Go code only.
    go_keys: BTreeSet<String>,
}

/// The entries of a mapping whose keys are known. Where a key is there twice, the first one counts: it comes from a place
/// that is closer.
#[derive(Debug, Default)]
struct Fields<'a>(Vec<(&'a str, &'a Node, &'a Node)>);

impl<'a> Fields<'a> {
    /// The key and the value, unless the key is missing.
    fn get(&self, name: &str) -> Option<(&'a Node, &'a Node)> {
        let found = self.0.iter().find(|(key, ..)| *key == name);
        found.map(|(_, key, value)| (*key, *value))
    }

    /// The key and the value from each place that has the key.
    fn all(&self, name: &str) -> impl Iterator<Item = (&'a Node, &'a Node)> {
        let found = self.0.iter().filter(move |(key, ..)| *key == name);
        found.map(|(_, key, value)| (*key, *value))
    }

    /// Adds what a place that is farther says of some keys.
    fn add(&mut self, other: &Fields<'a>, keep: impl Fn(&str) -> bool) {
        self.0.extend(other.0.iter().filter(|(key, ..)| keep(key)));
    }
}

impl Reader {
    fn config(&mut self, document: &Node, file: &SourceFile) -> ConfigFile {
        let Kind::Mapping(entries) = &document.kind else {
            let diagnostic = match document.kind {
                Kind::Null => invalid("the configuration is empty").in_file(file.name()),
                _ => invalid("the configuration is not a mapping")
                    .at(document.place.span(), "expected `version: \"2\"`"),
            };
            let help = "`rowsmith init` writes a configuration to start from";
            self.diagnostics.push(diagnostic.help(help));
            return ConfigFile::default();
        };
        // Before the keys: they depend on the version.
        let version = entries
            .iter()
            .find(|(key, _)| matches!(&key.kind, Kind::Text(key) if key == "version"));
        match check_version(document, version) {
            Ok(Version::One) => return self.version1(document),
            Ok(Version::Two) => {}
            Err(diagnostic) => {
                let misspelt = entries
                    .iter()
                    .find_map(|(key, _)| match &key.kind {
                        Kind::Text(name) => nearest(name, ["version"]).map(|_| (name, key)),
                        _ => None,
                    })
                    .filter(|_| version.is_none());
                self.diagnostics.push(match misspelt {
                    Some((name, key)) => unknown_key(name, &key.place, &TOP),
                    None => *diagnostic,
                });
                return ConfigFile::default();
            }
        }
        let Some(top) = self.fields(document, document, &TOP) else {
            return ConfigFile::default();
        };
        let shared = self.shared(&top);
        let help = "add a list `sql:` with an entry for each database";
        let sql = self.entries(document, &top, "sql", help, |reader, key, item| {
            reader.entry(key, item, &shared)
        });
        ConfigFile {
            sql,
            go_keys: std::mem::take(&mut self.go_keys),
            substance: String::new(),
        }
    }

    /// Reads the list under `name`, which may not be empty.
    fn entries(
        &mut self,
        document: &Node,
        top: &Fields<'_>,
        name: &str,
        help: &str,
        mut read: impl FnMut(&mut Self, &Node, &Node) -> Option<Entry>,
    ) -> Vec<Entry> {
        let empty = format!("`{name}` is empty");
        match top.get(name) {
            None => {
                if self.diagnostics.is_empty() {
                    let message = format!("the configuration has no `{name}`");
                    self.missing(&document.place, &message, help);
                }
            }
            Some((key, value)) => match &value.kind {
                Kind::Null => self.missing(&key.place, &empty, help),
                Kind::List(items) if items.is_empty() => self.missing(&value.place, &empty, help),
                Kind::List(items) => {
                    let read = items.iter().filter_map(|item| read(self, key, item));
                    return read.collect();
                }
                _ => self.wrong_type(key, value, "a list of entries, each with a `-`"),
            },
        }
        Vec::new()
    }

    fn entry(&mut self, sql: &Node, item: &Node, shared: &Shared<'_>) -> Option<Entry> {
        let mistakes = self.diagnostics.len();
        let fields = self.fields(sql, item, &SQL)?;
        let mut entry = self.common(item, &fields, &Fields::default(), shared);
        if entry.name.is_none() {
            entry.name = go_package(&fields);
        }
        entry.sound = self.diagnostics.len() == mistakes;
        Some(entry)
    }

    /// What entries of both versions have; `go` are keys for Go that are as true of Rust.
    fn common<'a>(
        &mut self,
        item: &Node,
        fields: &Fields<'a>,
        go: &Fields<'a>,
        shared: &Shared<'a>,
    ) -> Entry {
        let found = self.target(fields, go, shared);
        Entry {
            place: item.place.clone(),
            name: self.text(fields, "name").map(|name| name.value),
            sound: true,
            engine: self.text(fields, "engine"),
            has_default_engine: false,
            schema: self.texts(fields, "schema", PATHS),
            sources: self.sources(fields),
            queries: self.texts(fields, "queries", PATHS),
            database: self.database(fields),
            has_shared_target: found.as_ref().is_some_and(|found| found.is_shared),
            rust: found.map(|found| found.section),
        }
    }

    fn database(&mut self, fields: &Fields<'_>) -> Option<DatabaseSection> {
        let (key, value) = fields.get("database")?;
        let fields = self.fields(key, value, &DATABASE)?;
        // sqlc's word for a database that it makes itself; rowsmith never works otherwise.
        self.boolean(&fields, "managed");
        Some(DatabaseSection {
            uri: self.text(&fields, "uri"),
            provider: self.text(&fields, "provider"),
            binaries: self.text(&fields, "binaries"),
            version: self.major_version(&fields),
        })
    }

    fn major_version(&mut self, fields: &Fields<'_>) -> Option<Written<u32>> {
        let (key, value) = fields.get("version")?;
        let (Kind::Number(text) | Kind::Text(text)) = &value.kind else {
            self.wrong_type(key, value, "a major version, such as `17`");
            return None;
        };
        let Ok(major) = text.parse() else {
            let mistake = invalid(format!("`{text}` is not a major version"));
            let first = text.split('.').next().unwrap_or_default();
            let number: Option<u32> = first.parse().ok();
            let help = match number {
                Some(number) => format!("write the first number of it: `version: {number}`"),
                None => "write a number, such as `version: 17`".to_owned(),
            };
            self.diagnostics
                .push(mistake.at(value.place.span(), "").help(help));
            return None;
        };
        Some(Written {
            value: major,
            place: value.place.clone(),
        })
    }

    fn rust_section(&mut self, place: Place, fields: &Fields<'_>) -> RustSection {
        RustSection {
            place,
            out: self.text(fields, "out"),
            runtime: self.text(fields, "runtime"),
            query_parameter_limit: self.count(fields, "query_parameter_limit"),
            clients: self.texts(fields, "clients", "`deadpool`, `bb8` or a list of both"),
            prepared: self.boolean(fields, "prepared"),
            strict_one: self.boolean(fields, "strict_one"),
            embed_migrations: self.boolean(fields, "embed_migrations"),
            tracing: self.boolean(fields, "tracing"),
            date_time: self.text(fields, "date_time"),
            numeric: self.text(fields, "numeric"),
            array_elements: self.text(fields, "array_elements"),
            domains: self.text(fields, "domains"),
            overrides: self.overrides(fields),
            relations: self.relations(fields),
            loaders: self.loaders(fields),
            tables: self.tables(fields),
            rename: self.pairs(fields, "rename", "a name"),
            derives: self.lists(fields, "derives", "a list of traits"),
            attributes: self.lists(fields, "attributes", "a list of attributes"),
            owned_params: self.boolean(fields, "owned_params"),
            allow: self
                .list(fields, "allow", "a list of the sorts of warnings")
                .unwrap_or_default(),
            emit_exact_table_names: self
                .boolean(fields, "emit_exact_table_names")
                .unwrap_or_default(),
            inflection_exclude_table_names: self
                .list(fields, "inflection_exclude_table_names", "a list of tables")
                .into_iter()
                .flatten()
                .map(|written| written.value)
                .collect(),
            sources: self.sources(fields),
        }
    }

    /// The entries of the mapping `value`, after reporting the keys that are unknown or there twice.
    fn fields<'a>(&mut self, key: &Node, value: &'a Node, section: &Section) -> Option<Fields<'a>> {
        let entries = match &value.kind {
            Kind::Mapping(entries) => entries.as_slice(),
            // A key whose contents are commented out.
            Kind::Null => &[],
            _ => {
                self.wrong_type(key, value, "a mapping");
                return None;
            }
        };
        let mut fields: Vec<(&str, &Node, &Node)> = Vec::new();
        for (key, value) in entries {
            if self.is_full() {
                return None;
            }
            let Kind::Text(name) = &key.kind else {
                let message = format!("{} is not a key", key.kind.describe());
                self.diagnostics
                    .push(invalid(message).at(key.place.span(), ""));
                continue;
            };
            let known = section.read.iter().chain(section.ignored);
            if !known.clone().any(|known| known == name) {
                self.diagnostics
                    .push(unknown_key(name, &key.place, section));
            } else if let Some((_, first, _)) = fields.iter().find(|(known, ..)| known == name) {
                let duplicate = invalid(format!("the key `{name}` is there twice"))
                    .at(key.place.span(), "")
                    .also(first.place.span(), "first here");
                self.diagnostics.push(duplicate);
            } else {
                fields.push((name, key, value));
            }
        }
        Some(Fields(fields))
    }

    fn is_full(&self) -> bool {
        self.diagnostics.len() >= MAX_MISTAKES
    }

    fn text(&mut self, fields: &Fields<'_>, name: &str) -> Option<Written<String>> {
        let (key, value) = fields.get(name)?;
        self.text_of(key, value, "a string")
    }

    fn text_of(&mut self, key: &Node, value: &Node, expected: &str) -> Option<Written<String>> {
        if self.is_full() {
            return None;
        }
        match &value.kind {
            Kind::Text(text) if text.trim().is_empty() => {
                let message = format!("`{}` is empty", key.place.span().text());
                self.diagnostics
                    .push(invalid(message).at(value.place.span(), "expected some text"));
                None
            }
            Kind::Text(text) => Some(Written {
                value: text.clone(),
                place: value.place.clone(),
            }),
            _ => {
                self.wrong_type(key, value, expected);
                None
            }
        }
    }

    /// A string, or a list of some.
    fn texts(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        expected: &str,
    ) -> Option<Vec<Written<String>>> {
        let (key, value) = fields.get(name)?;
        match &value.kind {
            Kind::List(items) if items.is_empty() => {
                let message = format!("`{name}` is empty");
                self.diagnostics
                    .push(invalid(message).at(value.place.span(), format!("expected {expected}")));
                None
            }
            Kind::List(items) => items
                .iter()
                .map(|item| self.text_of(key, item, expected))
                .collect::<Vec<_>>()
                .into_iter()
                .collect(),
            _ => self
                .text_of(key, value, expected)
                .map(|written| vec![written]),
        }
    }

    fn boolean(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        Some(self.written_boolean(fields, name)?.value)
    }

    fn written_boolean(&mut self, fields: &Fields<'_>, name: &str) -> Option<Written<bool>> {
        let (key, value) = fields.get(name)?;
        let Kind::Bool(read) = value.kind else {
            self.wrong_type(key, value, "`true` or `false`");
            return None;
        };
        Some(Written {
            value: read,
            place: value.place.clone(),
        })
    }

    fn count(&mut self, fields: &Fields<'_>, name: &str) -> Option<usize> {
        let (key, value) = fields.get(name)?;
        let count = match &value.kind {
            Kind::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        if count.is_none() {
            self.wrong_type(key, value, "a whole number, such as `2`");
        }
        count
    }

    fn wrong_type(&mut self, key: &Node, value: &Node, expected: &str) {
        if self.is_full() {
            return;
        }
        let name = match &key.kind {
            Kind::Text(name) => name.as_str(),
            _ => "the configuration",
        };
        let found = value.kind.describe();
        let mut diagnostic = match value.kind {
            // An absent value has no token of its own.
            Kind::Null => invalid(format!("`{name}` has no value"))
                .at(key.place.span(), format!("takes {expected}")),
            _ => invalid(format!("`{name}` takes {expected}, not {found}"))
                .at(value.place.span(), format!("this is {found}")),
        };
        if let Kind::Number(_) | Kind::Bool(_) = value.kind
            && (expected.starts_with("a string") || expected.starts_with("a path"))
        {
            let text = value.place.span().text().to_owned();
            diagnostic = diagnostic.help(format!("write it in quotes: `\"{text}\"`"));
        }
        self.diagnostics.push(diagnostic);
    }

    fn missing(&mut self, place: &Place, message: &str, help: &str) {
        self.diagnostics
            .push(invalid(message).at(place.span(), "").help(help));
    }
}

fn invalid(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message)
}

/// The name of the Go package of an entry: as sqlc, that of its folder where it is not said.
fn go_package(entry: &Fields<'_>) -> Option<String> {
    let (_, generate) = entry.get("gen")?;
    let go = generate.child("go")?;
    let package = go.child("package").and_then(Node::as_text);
    package
        .or_else(|| last_folder(go.child("out")?.as_text()?))
        .map(str::to_owned)
}

/// The folder that a path ends in.
fn last_folder(path: &str) -> Option<&str> {
    let folder = path.trim_end_matches('/').rsplit('/').next()?;
    (!folder.trim_matches('.').is_empty()).then_some(folder)
}

/// The form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

fn check_version(
    document: &Node,
    version: Option<&(Node, Node)>,
) -> Result<Version, Box<Diagnostic>> {
    let (place, message, help) = match version {
        None => (
            &document.place,
            "the configuration has no `version`".to_owned(),
            "add `version: \"2\"` as its first line",
        ),
        Some((key, value)) => match &value.kind {
            Kind::Text(version) | Kind::Number(version) if version == "2" => {
                return Ok(Version::Two);
            }
            Kind::Text(version) | Kind::Number(version) if version == "1" => {
                return Ok(Version::One);
            }
            Kind::Text(version) | Kind::Number(version) => (
                &value.place,
                format!("there is no version `{version}` of the configuration"),
                "write `version: \"2\"`",
            ),
            Kind::Null => (
                &key.place,
                "`version` has no value".to_owned(),
                "write `version: \"2\"`",
            ),
            other => (
                &value.place,
                format!("`version` takes a number, not {}", other.describe()),
                "write `version: \"2\"`",
            ),
        },
    };
    Err(Box::new(invalid(message).at(place.span(), "").help(help)))
}
