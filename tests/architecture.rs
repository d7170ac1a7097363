//! The shape of the crate, kept true: who may import whom, and what has its one place.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What each top-level module may import from the others. The arrows point down to leaves that import nothing.
///
/// The waist is `ir`: what reads SQL and talks to Postgres is above it, what makes Rust is below, and neither sees the
/// other. `generator` joins them.
const IMPORTS: [(&str, &[&str]); 42] = [
    ("main", &[]),
    (
        "cli",
        &[
            "cache",
            "config",
            "database",
            "diagnostic",
            "error",
            "explain",
            "generator",
            "interrupt",
            "ir",
            "migration",
            "output",
            "plugin",
            "quote",
            "seed",
        ],
    ),
    (
        "seed",
        &[
            "config",
            "database",
            "diagnostic",
            "digest",
            "error",
            "natural",
            "quote",
            "source",
            "syntax",
        ],
    ),
    // An analysis by sqlc takes the place of ours.
    (
        "plugin",
        &[
            "base64",
            "config",
            "diagnostic",
            "emit",
            "error",
            "ir",
            "options",
            "rust",
            "syntax",
        ],
    ),
    (
        "generator",
        &[
            "analyze",
            "cache",
            "catalog",
            "config",
            "database",
            "deploy",
            "diagnostic",
            "digest",
            "disk",
            "drift",
            "emit",
            "error",
            "explain",
            "interrupt",
            "ir",
            "migrate",
            "migration",
            "options",
            "output",
            "parallel",
            "program",
            "project",
            "relations",
            "rust",
            "snapshot",
            "source",
            "syntax",
            "tables",
            "throwaway",
        ],
    ),
    (
        "tables",
        &["diagnostic", "inflect", "ir", "options", "quote"],
    ),
    ("throwaway", &["database", "error"]),
    ("deploy", &["diagnostic", "error", "migration", "syntax"]),
    ("drift", &["ir"]),
    ("interrupt", &["error"]),
    // Before the waist.
    (
        "config",
        &[
            "diagnostic",
            "disk",
            "error",
            "natural",
            "options",
            "source",
        ],
    ),
    ("project", &["config", "diagnostic", "migration", "source"]),
    ("migration", &["diagnostic", "natural", "source", "syntax"]),
    (
        "syntax",
        &["diagnostic", "ir", "options", "quote", "source"],
    ),
    (
        "database",
        &[
            "base64",
            "cache",
            "diagnostic",
            "digest",
            "error",
            "program",
            "source",
        ],
    ),
    (
        "migrate",
        &[
            "database",
            "diagnostic",
            "error",
            "mend",
            "migration",
            "quote",
            "remedy",
            "source",
            "syntax",
        ],
    ),
    ("catalog", &["error", "ir"]),
    (
        "analyze",
        &[
            "catalog",
            "database",
            "diagnostic",
            "error",
            "ir",
            "mend",
            "quote",
            "remedy",
            "source",
            "syntax",
        ],
    ),
    ("mend", &["database", "diagnostic", "quote", "syntax"]),
    (
        "relations",
        &[
            "catalog",
            "diagnostic",
            "inflect",
            "ir",
            "options",
            "quote",
            "source",
            "syntax",
        ],
    ),
    // The waist, and how it is kept.
    ("ir", &[]),
    (
        "snapshot",
        &["diagnostic", "digest", "disk", "ir", "source"],
    ),
    // Behind it.
    ("explain", &["ir", "options", "rust"]),
    (
        "rust",
        &[
            "diagnostic",
            "inflect",
            "ir",
            "options",
            "parallel",
            "quote",
            "source",
        ],
    ),
    (
        "emit",
        &[
            "diagnostic",
            "digest",
            "options",
            "parallel",
            "rust",
            "source",
        ],
    ),
    ("output", &["diagnostic", "disk", "error", "source"]),
    // For all.
    ("base64", &[]),
    ("cache", &[]),
    ("parallel", &[]),
    ("digest", &[]),
    ("disk", &[]),
    ("error", &["diagnostic", "secret"]),
    ("diagnostic", &["secret", "source"]),
    ("options", &["quote", "source"]),
    ("inflect", &[]),
    ("natural", &[]),
    ("program", &[]),
    ("quote", &[]),
    ("remedy", &[]),
    ("secret", &[]),
    ("source", &["secret"]),
    ("lib", &[]),
];

/// What asks Postgres, or serves those who do: all of it is behind the feature `postgres`. The other modules are what a build
/// script needs.
const ASKING: [&str; 12] = [
    "analyze",
    "cache",
    "catalog",
    "database",
    "deploy",
    "interrupt",
    "mend",
    "migrate",
    "program",
    "remedy",
    "tables",
    "throwaway",
];

/// Modules of which a part asks.
const DIVIDED: [&str; 2] = ["generator", "relations"];

/// Rooms in which modules still import each other.
const CIRCULAR: [&str; 2] = ["emit", "rust"];

/// Crates that have one importer, so that another could take their place.
const CRATES: [(&str, &str); 7] = [
    ("pglite_oxide", "src/database/embedded"),
    ("annotate_snippets", "src/diagnostic.rs"),
    ("serde_yaml", "src/config/file"),
    ("askama", "src/emit"),
    ("prettyplease", "src/emit"),
    ("heck", "src/rust/ident.rs"),
    ("sqlparser", "src/analyze/naming/without_tree.rs"),
];

/// A source file, without its tests.
struct Source {
    /// Relative to the package, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The top-level module that it is, or is in.
    fn module(&self) -> &str {
        let within = self.path.strip_prefix("src/").unwrap();
        within.split(['/', '.']).next().unwrap()
    }

    /// The names that lead to it from the crate.
    fn path(&self) -> Vec<&str> {
        let within = self.path.strip_prefix("src/").unwrap();
        within.strip_suffix(".rs").unwrap().split('/').collect()
    }

    /// Its lines of code, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut sources);
    assert!(sources.len() > 30, "the sources are found");
    sources
}

fn collect(root: &Path, folder: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            if !path.ends_with("/tests") {
                collect(root, &path, sources);
            }
        } else if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "rs")
            && !path.ends_with("/tests.rs")
        {
            let text = fs::read_to_string(entry.path()).unwrap();
            // Tests are at the bottom, and may do as they like.
            let code = text.split("\nmod tests {").next().unwrap().to_owned();
            sources.push(Source { path, text: code });
        }
    }
}

/// The modules that a line names after `crate::`. Types there are examples of users' own.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    let names = line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    });
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn modules_import_what_the_table_says() {
    let mut violations = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources() {
        let module = source.module();
        let Some((_, allowed)) = IMPORTS.iter().find(|(known, _)| *known == module) else {
            violations.push(format!("{}: `{module}` is not in the table", source.path));
            continue;
        };
        for (line, text) in source.code() {
            for name in imported(text) {
                if name == module {
                    continue;
                }
                if allowed.contains(&name) {
                    used.insert((module.to_owned(), name.to_owned()));
                } else {
                    violations.push(format!(
                        "{}:{line}: `{module}` imports `{name}`",
                        source.path
                    ));
                }
            }
        }
    }
    for (module, allowed) in IMPORTS {
        for name in allowed {
            if !used.contains(&(module.to_owned(), (*name).to_owned())) {
                violations.push(format!(
                    "`{module}` does not import `{name}` any more: tidy the table"
                ));
            }
        }
    }
    none(&violations);
}

/// The paths that a module names: in `use`, and where they stand by themselves.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("use ") {
        let is_word = rest[..start].ends_with(char::is_whitespace) || start == 0;
        paths.extend(names(&rest[..start]));
        rest = &rest[start + 4..];
        if is_word {
            let (tree, after) = rest.split_once(';').unwrap_or((rest, ""));
            expand("", tree, &mut paths);
            rest = after;
        }
    }
    paths.extend(names(rest));
    paths
}

/// Words joined by `::`.
fn names(code: &str) -> impl Iterator<Item = String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = code.split(move |c| !is_name(c));
    words.filter(|word| word.contains("::")).map(str::to_owned)
}

/// The paths of a tree such as `super::{a::A, b}`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        if !tree.is_empty() {
            paths.push(format!("{prefix}{tree}"));
        }
        return;
    };
    let prefix = format!("{prefix}{}", before.trim());
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let mut depth = 0;
    let items = group.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    items.for_each(|item| expand(&prefix, item, paths));
}

/// The other modules of its room that a module names.
fn imports_in_room<'s>(
    source: &'s Source,
    modules: &BTreeSet<Vec<&'s str>>,
) -> BTreeSet<Vec<&'s str>> {
    let own = source.path();
    let code = source.code().map(|(_, line)| line);
    let code = code.collect::<Vec<_>>().join("\n");
    let mut imports = BTreeSet::new();
    for path in paths(&code) {
        let mut full: Vec<&str> = Vec::new();
        let segments: Vec<&str> = path.split("::").map(str::trim).collect();
        let up = segments
            .iter()
            .take_while(|segment| **segment == "super")
            .count();
        let rest = match segments[0] {
            "crate" => &segments[1..],
            "self" => {
                full.extend(&own);
                &segments[1..]
            }
            _ if up > 0 => {
                full.extend(&own[..own.len().saturating_sub(up)]);
                &segments[up..]
            }
            _ => {
                full.extend(&own);
                &segments[..]
            }
        };
        full.extend(rest);
        let is_prefix = |module: &&Vec<&str>| full.starts_with(module);
        let Some(found) = modules
            .iter()
            .filter(is_prefix)
            .max_by_key(|module| module.len())
        else {
            continue;
        };
        // A module may use what it is in.
        if found[0] == own[0] && !own.starts_with(found) {
            imports.insert(found.clone());
        }
    }
    imports
}

#[test]
fn modules_of_a_room_do_not_import_each_other() {
    let sources = sources();
    let modules: BTreeSet<Vec<&str>> = sources.iter().map(Source::path).collect();
    let mut imports: BTreeMap<Vec<&str>, BTreeSet<Vec<&str>>> = sources
        .iter()
        .map(|source| (source.path(), imports_in_room(source, &modules)))
        .collect();
    let known: usize = imports.values().map(BTreeSet::len).sum();
    assert!(known > 300, "the imports are found");
    // What imports nothing that is left is in no circle, and neither is what nothing that is left imports.
    loop {
        let imported: BTreeSet<Vec<&str>> = imports.values().flatten().cloned().collect();
        let before = imports.len();
        imports.retain(|module, imports| !imports.is_empty() && imported.contains(module));
        if imports.len() == before {
            break;
        }
        let left: BTreeSet<Vec<&str>> = imports.keys().cloned().collect();
        for imported in imports.values_mut() {
            imported.retain(|module| left.contains(module));
        }
    }
    imports.retain(|module, _| !CIRCULAR.contains(&module[0]));
    let in_circles = imports.iter().map(|(module, imported)| {
        let imported = imported.iter().map(|module| module.join("::"));
        format!(
            "{} imports {}",
            module.join("::"),
            imported.collect::<Vec<_>>().join(", ")
        )
    });
    none(&in_circles.collect::<Vec<_>>());
}

#[test]
fn crates_have_one_importer() {
    let mut violations = Vec::new();
    for source in sources() {
        for (line, text) in source.code() {
            for (name, place) in CRATES {
                let is_named = text.contains(&format!("{name}::"));
                if is_named && !source.path.starts_with(place) {
                    violations.push(format!(
                        "{}:{line}: only `{place}` uses `{name}`",
                        source.path
                    ));
                }
            }
        }
    }
    none(&violations);
}

/// Below the waist nothing talks to Postgres; `tokio_postgres` is there in the text of the generated code only.
#[test]
fn rust_is_made_without_postgres() {
    let is_below =
        |source: &Source| ["rust", "emit", "output", "explain"].contains(&source.module());
    let mut violations = Vec::new();
    for source in sources().into_iter().filter(is_below) {
        for (line, text) in source.code() {
            if text.trim_start().starts_with("use tokio_postgres") {
                violations.push(format!("{}:{line}: {text}", source.path));
            }
        }
    }
    none(&violations);
}

#[test]
fn what_asks_postgres_can_be_left_out() {
    let crate_root = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let crate_root = crate_root.unwrap();
    let mut violations = Vec::new();
    for name in ASKING {
        let gated = format!("#[cfg(feature = \"postgres\")]\nmod {name};");
        if !crate_root.contains(&gated) {
            violations.push(format!("`{name}` is not behind the feature"));
        }
    }
    let needs_asking = |module: &str| {
        let with_it = ["main", "cli", "plugin", "seed", "lib"];
        [with_it.as_slice(), &ASKING, &DIVIDED]
            .concat()
            .contains(&module)
    };
    for (module, imports) in IMPORTS.iter().filter(|(module, _)| !needs_asking(module)) {
        for name in imports.iter().filter(|name| ASKING.contains(name)) {
            violations.push(format!("`{module}` imports `{name}`, which asks Postgres"));
        }
    }
    none(&violations);
}

/// Cargo reads what a build script prints: that is the one exception, and it is marked.
#[test]
fn only_the_command_line_prints_and_exits() {
    let mut violations = Vec::new();
    for source in sources() {
        let is_marked = source.path == "src/generator/cargo.rs";
        for (line, text) in source.code() {
            let prints = [
                "print!(",
                "println!(",
                "io::stdout()",
                "io::stderr()",
                "process::exit(",
            ];
            let to_cargo = is_marked && text.contains("println!(\"cargo::");
            if prints.iter().any(|print| text.contains(print))
                && source.module() != "cli"
                && !to_cargo
            {
                violations.push(format!("{}:{line}: {}", source.path, text.trim()));
            }
        }
    }
    none(&violations);
}

#[test]
fn files_say_what_they_are_for_and_stay_small() {
    let mut violations = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            violations.push(format!("{} does not begin with `//!`", source.path));
        }
        let lines = source.text.lines().count();
        if lines > 600 {
            violations.push(format!(
                "{} has {lines} lines: split it by concept",
                source.path
            ));
        }
    }
    none(&violations);
}
