//! The configuration as it is written: an exact mirror of the YAML, checked for form only.
//!
//! Unknown, duplicate and ill-typed keys are all reported in one reading. What the values mean is decided in
//! [`super`]. To add a key: name it in its [`Section`], read it in the function of that section, and describe it in
//! `sqlc.yaml.example` (a test compares).

mod json;
mod node;
mod yaml;

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::SourceFile;
use node::{Kind, Node};

pub(crate) use node::Place;

/// The whole file, version 2.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    pub(super) sql: Vec<Entry>,
}

/// An entry of `sql`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// Whether its form is without mistakes. Otherwise a key that seems to be missing may only be misspelt.
    pub(super) sound: bool,
    pub(super) engine: Option<Written<String>>,
    pub(super) schema: Option<Vec<Written<String>>>,
    pub(super) queries: Option<Vec<Written<String>>>,
    pub(super) database: Option<DatabaseSection>,
    pub(super) rust: Option<RustSection>,
}

/// `sql[].database`.
#[derive(Debug)]
pub(super) struct DatabaseSection {
    pub(super) uri: Option<Written<String>>,
    pub(super) provider: Option<Written<String>>,
    pub(super) binaries: Option<Written<String>>,
}

/// `sql[].gen.rust`.
#[derive(Debug)]
pub(super) struct RustSection {
    pub(super) place: Place,
    pub(super) out: Option<Written<String>>,
    pub(super) query_parameter_limit: Option<usize>,
    pub(super) clients: Option<Vec<Written<String>>>,
    pub(super) prepared: Option<bool>,
    pub(super) strict_one: Option<bool>,
    pub(super) tracing: Option<bool>,
    pub(super) overrides: Vec<OverrideSection>,
}

/// `sql[].gen.rust.overrides[]`.
#[derive(Debug)]
pub(super) struct OverrideSection {
    pub(super) place: Place,
    pub(super) function: Option<Written<String>>,
    pub(super) nullable: Option<Written<bool>>,
    pub(super) db_type: Option<Written<String>>,
    pub(super) column: Option<Written<String>>,
    pub(super) query: Option<Written<String>>,
    pub(super) parameter: Option<Written<String>>,
    pub(super) rust_type: Option<Written<String>>,
    pub(super) implements: Option<Vec<Written<String>>>,
}

impl OverrideSection {
    /// Whether it has a key that only overrides of types have.
    pub(super) fn is_about_type(&self) -> bool {
        let about = [
            &self.db_type,
            &self.column,
            &self.query,
            &self.parameter,
            &self.rust_type,
        ];
        about.into_iter().any(Option::is_some) || self.implements.is_some()
    }
}

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Written<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// The keys of a mapping.
struct Section {
    /// How messages call it.
    name: &'static str,
    /// What rowsmith reads.
    read: &'static [&'static str],
    /// Keys of sqlc that mean nothing to rowsmith, whatever is below them.
    ignored: &'static [&'static str],
}

const TOP: Section = Section {
    name: "at the top level",
    read: &["version", "sql"],
    ignored: &[
        "cloud",
        "servers",
        "overrides",
        "plugins",
        "rules",
        "options",
    ],
};
const SQL: Section = Section {
    name: "in `sql[]`",
    read: &["name", "engine", "schema", "queries", "database", "gen"],
    ignored: &[
        "strict_function_checks",
        "strict_order_by",
        "codegen",
        "rules",
        "analyzer",
    ],
};
const DATABASE: Section = Section {
    name: "in `sql[].database`",
    read: &["uri", "managed", "provider", "binaries"],
    ignored: &[],
};
const GEN: Section = Section {
    name: "in `sql[].gen`",
    read: &["rust"],
    ignored: &["go", "json"],
};
const RUST: Section = Section {
    name: "in `sql[].gen.rust`",
    read: &[
        "out",
        "query_parameter_limit",
        "clients",
        "prepared",
        "strict_one",
        "tracing",
        "overrides",
    ],
    ignored: &[],
};
const OVERRIDE: Section = Section {
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
    ignored: &[],
};
const SECTIONS: [&Section; 6] = [&TOP, &SQL, &DATABASE, &GEN, &RUST, &OVERRIDE];

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
    };
    let config = reader.config(&document, file);
    (config, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
}

/// The entries of a mapping whose keys are known, each key once.
struct Fields<'a>(Vec<(&'a str, &'a Node, &'a Node)>);

impl<'a> Fields<'a> {
    /// The key and the value, unless the key is missing.
    fn get(&self, name: &str) -> Option<(&'a Node, &'a Node)> {
        let found = self.0.iter().find(|(key, ..)| *key == name);
        found.map(|(_, key, value)| (*key, *value))
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
        if let Err(diagnostic) = check_version(document, version) {
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
        let Some(fields) = self.fields(document, document, &TOP) else {
            return ConfigFile::default();
        };
        let sound = self.diagnostics.is_empty();
        let help = "add a list `sql:` with an entry for each database";
        let sql = match fields.get("sql") {
            None if !sound => Vec::new(),
            None => {
                self.missing(&document.place, "the configuration has no `sql`", help);
                Vec::new()
            }
            Some((
                key,
                Node {
                    kind: Kind::Null, ..
                },
            )) => {
                self.missing(&key.place, "`sql` is empty", help);
                Vec::new()
            }
            Some((key, value)) => match &value.kind {
                Kind::List(items) if items.is_empty() => {
                    self.missing(&value.place, "`sql` is empty", help);
                    Vec::new()
                }
                Kind::List(items) => items
                    .iter()
                    .filter_map(|item| self.entry(key, item))
                    .collect(),
                _ => {
                    self.wrong_type(key, value, "a list of entries, each with a `-`");
                    Vec::new()
                }
            },
        };
        ConfigFile { sql }
    }

    fn entry(&mut self, sql: &Node, item: &Node) -> Option<Entry> {
        let mistakes = self.diagnostics.len();
        let fields = self.fields(sql, item, &SQL)?;
        let generate = fields
            .get("gen")
            .and_then(|(key, value)| self.fields(key, value, &GEN));
        // A name is for people only.
        self.text(&fields, "name");
        let entry = Entry {
            place: item.place.clone(),
            sound: true,
            engine: self.text(&fields, "engine"),
            schema: self.texts(&fields, "schema", PATHS),
            queries: self.texts(&fields, "queries", PATHS),
            database: self.database(&fields),
            rust: generate.and_then(|fields| self.rust(&fields)),
        };
        let sound = self.diagnostics.len() == mistakes;
        Some(Entry { sound, ..entry })
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
        })
    }

    fn rust(&mut self, fields: &Fields<'_>) -> Option<RustSection> {
        let (key, value) = fields.get("rust")?;
        let fields = self.fields(key, value, &RUST)?;
        Some(RustSection {
            place: key.place.clone(),
            out: self.text(&fields, "out"),
            query_parameter_limit: self.count(&fields, "query_parameter_limit"),
            clients: self.texts(&fields, "clients", "`deadpool`, `bb8` or a list of both"),
            prepared: self.boolean(&fields, "prepared"),
            strict_one: self.boolean(&fields, "strict_one"),
            tracing: self.boolean(&fields, "tracing"),
            overrides: self.overrides(&fields),
        })
    }

    fn overrides(&mut self, fields: &Fields<'_>) -> Vec<OverrideSection> {
        let Some((key, value)) = fields.get("overrides") else {
            return Vec::new();
        };
        let Kind::List(items) = &value.kind else {
            self.wrong_type(key, value, "a list of entries, each with a `-`");
            return Vec::new();
        };
        let read = items.iter().filter_map(|item| {
            let fields = self.fields(key, item, &OVERRIDE)?;
            Some(OverrideSection {
                place: item.place.clone(),
                function: self.text(&fields, "function"),
                nullable: self.written_boolean(&fields, "nullable"),
                db_type: self.text(&fields, "db_type"),
                column: self.text(&fields, "column"),
                query: self.text(&fields, "query"),
                parameter: self.text(&fields, "parameter"),
                rust_type: self.text(&fields, "rust_type"),
                implements: self.list(&fields, "implements", "a list of traits"),
            })
        });
        read.collect()
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

    fn text(&mut self, fields: &Fields<'_>, name: &str) -> Option<Written<String>> {
        let (key, value) = fields.get(name)?;
        self.text_of(key, value, "a string")
    }

    fn text_of(&mut self, key: &Node, value: &Node, expected: &str) -> Option<Written<String>> {
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

    /// A list of strings, which may be empty.
    fn list(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        expected: &str,
    ) -> Option<Vec<Written<String>>> {
        let (key, value) = fields.get(name)?;
        let Kind::List(items) = &value.kind else {
            self.wrong_type(key, value, expected);
            return None;
        };
        let items = items.iter();
        let read: Vec<_> = items
            .map(|item| self.text_of(key, item, expected))
            .collect();
        read.into_iter().collect()
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

fn check_version(document: &Node, version: Option<&(Node, Node)>) -> Result<(), Box<Diagnostic>> {
    let (place, message, help) = match version {
        None => (
            &document.place,
            "the configuration has no `version`".to_owned(),
            "add `version: \"2\"` as its first line",
        ),
        Some((key, value)) => match &value.kind {
            Kind::Text(version) | Kind::Number(version) if version == "2" => return Ok(()),
            Kind::Text(version) | Kind::Number(version) if version == "1" => (
                &value.place,
                "version 1 of the configuration is not supported yet".to_owned(),
                "write `version: \"2\"`, and the entries of `packages:` as entries of `sql:`",
            ),
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

fn unknown_key(name: &str, place: &Place, section: &Section) -> Diagnostic {
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
pub(super) fn known_keys() -> impl Iterator<Item = &'static str> {
    SECTIONS
        .iter()
        .flat_map(|section| section.read.iter().chain(section.ignored).copied())
}
