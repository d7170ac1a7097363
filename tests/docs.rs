//! Keeps the documentation true where that is cheap: links, configurations, tables of types and of nullability, quoted
//! code and quoted messages.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rowsmith::{Explanation, Generator};

/// A page, by its path from the root of the repository.
struct Page {
    path: PathBuf,
    text: String,
}

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    body: String,
    /// The line before it.
    before: &'a str,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pages() -> Vec<Page> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| Path::new("docs").join(entry.unwrap().file_name()));
    let others = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from);
    let paths = docs
        .chain(others)
        .filter(|path| path.extension().is_some_and(|e| e == "md"));
    paths
        .map(|path| Page {
            text: read(&path),
            path,
        })
        .collect()
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                language,
                body: body.join("\n") + "\n",
                before,
            });
        }
        before = line;
    }
    blocks
}

/// The text without fenced blocks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The rows of the tables below the heading that starts with `heading`, as cells.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let mut depth = 0;
    let mut rows = Vec::new();
    for line in prose(text).lines() {
        let hashes = line.len() - line.trim_start_matches('#').len();
        if line.starts_with(heading) {
            depth = hashes;
        } else if (1..=depth).contains(&hashes) {
            break;
        } else if depth > 0 && line.starts_with('|') && !line.starts_with("|---") {
            let cells = line.replace("\\|", "\0");
            let cells = cells.trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().replace('\0', "|")).collect());
        }
    }
    assert!(rows.len() > 1, "there is no table below {heading}");
    rows
}

/// The code spans of a cell.
fn codes(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Explains queries against a schema.
fn explain(schema: &str, queries: &str) -> BTreeMap<String, Explanation> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("schema.sql", schema);
    write("queries.sql", queries);
    write(
        "sqlc.yaml",
        "version: 2\nsql: [{engine: postgresql, schema: schema.sql, queries: queries.sql, gen: {rust: {out: db}}}]\n",
    );
    let found = Generator::from_folder(folder.path()).and_then(|generator| generator.explain());
    let found = found.unwrap_or_else(|error| panic!("{error:?}"));
    found
        .into_iter()
        .map(|query| (query.name.clone(), query))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for Page { path, text } in pages() {
        let prose = prose(&text);
        let targets = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let found = match file {
                "" => path.clone(),
                _ => path.parent().unwrap().join(file),
            };
            let exists = root().join(&found).exists();
            if !exists || !anchor.is_empty() && !anchors(&read(&found)).contains(anchor) {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_first_page_leads_to_all_others() {
    let first = read("README.md");
    for Page { path, .. } in pages() {
        if path.starts_with("docs") {
            let target = format!("({})", path.display());
            assert!(first.contains(&target), "{target}");
        }
    }
}

/// The book has each page once.
#[test]
fn the_table_of_contents_has_every_page() {
    let contents = read("docs/SUMMARY.md");
    for Page { path, .. } in pages() {
        let Ok(name) = path.strip_prefix("docs") else {
            continue;
        };
        let target = format!("({})", name.display());
        let expected = usize::from(name != Path::new("SUMMARY.md"));
        assert_eq!(contents.matches(&target).count(), expected, "{target}");
    }
    assert!(read("docs/book.toml").contains("src = \".\""));
}

/// Each recipe has its tables and its queries.
#[test]
fn recipes_are_accepted_by_postgres() {
    let page = read("docs/cookbook.md");
    let (mut schema, mut queries) = (String::new(), String::new());
    for block in blocks(&page).iter().filter(|block| block.language == "sql") {
        if block.body.starts_with("-- name:") {
            queries += &block.body;
        } else {
            schema += &block.body;
        }
    }
    let found = explain(&schema, &queries);
    assert!(found.len() > 20, "{}", found.len());
    // What the texts say of them.
    assert!(
        found["ChangeProfile"]
            .parameters
            .iter()
            .any(|parameter| parameter.name == "bio" && parameter.nullable)
    );
    assert!(!found["FindSession"].columns[1].nullable);
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let anchor = |heading: &str| -> String {
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn configurations_are_read() {
    let mut seen = 0;
    for Page { path, text } in pages() {
        for block in blocks(&text) {
            if block.language == "yaml" && block.body.contains("version:") {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("sqlc.yaml");
                fs::write(&file, &block.body).unwrap();
                let read = Generator::from_file(file);
                assert!(read.is_ok(), "{}: {:?}", path.display(), read.err());
                seen += 1;
            }
        }
    }
    assert!(seen > 3);
}

#[test]
fn every_key_is_described() {
    let page = read("docs/configuration.md");
    for line in read("sqlc.yaml.example").lines() {
        let line = line
            .trim_start()
            .trim_start_matches("#:")
            .trim_start_matches("- ");
        if let Some((key, _)) = line.split_once(':')
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            // Below keys that mean nothing.
            && !["package", "out", "project"].contains(&key)
        {
            let described = [format!("`{key}`"), format!(".{key}`"), format!(".{key}.")];
            assert!(described.iter().any(|text| page.contains(text)), "{key}");
        }
    }
}

#[test]
fn types_are_as_described() {
    let page = read("docs/types.md");
    let table = rows(&page, "## Table");
    let described: Vec<(&str, &str, &str)> = table
        .iter()
        .filter(|cells| cells[0].starts_with('`'))
        .map(|cells| {
            (
                codes(&cells[0])[0],
                codes(&cells[1])[0],
                codes(&cells[2])[0],
            )
        })
        .collect();
    let unsupported = rows(&page, "## Types without a Rust type");
    let unsupported: Vec<&str> = unsupported
        .iter()
        .filter(|cells| cells[0].starts_with('`'))
        .flat_map(|cells| codes(&cells[0]))
        .filter(|code| code.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .collect();
    assert!(unsupported.len() > 5);

    let mut queries = Vec::new();
    for (index, (ty, ..)) in described.iter().enumerate() {
        queries.push(format!("-- name: S{index} :one\nSELECT @p::{ty} AS c;\n"));
        queries.push(format!("-- name: A{index} :one\nSELECT @p::{ty}[] AS c;\n"));
    }
    for (index, ty) in unsupported.iter().enumerate() {
        queries.push(format!("-- name: U{index} :one\nSELECT NULL::{ty} AS c;\n"));
    }
    let found = explain("", &queries.concat());
    let rust_types = |name: String| {
        let query = &found[&name];
        [
            query.columns[0].rust_type.clone(),
            query.parameters[0].rust_type.clone(),
        ]
    };
    for (index, (ty, column, parameter)) in described.iter().enumerate() {
        let expected = [Some((*column).to_owned()), Some((*parameter).to_owned())];
        assert_eq!(rust_types(format!("S{index}")), expected, "{ty}");
        let expected = [Some(format!("Vec<{column}>")), Some(format!("&[{column}]"))];
        assert_eq!(rust_types(format!("A{index}")), expected, "{ty}[]");
    }
    for (index, ty) in unsupported.iter().enumerate() {
        assert_eq!(
            found[&format!("U{index}")].columns[0].rust_type,
            None,
            "{ty}"
        );
    }

    // No type is left out.
    let source = read("src/rust/types/postgres.rs");
    for table in ["BUILTIN", "CODED", "CONSTANTS", "EXTENSIONS"] {
        let (_, list) = source.split_once(&format!("const {table}")).unwrap();
        let (list, _) = list.split_once("\n];").unwrap();
        let entries = list.split('(').map(str::trim_start);
        let names: Vec<&str> = entries
            .filter_map(|entry| entry.strip_prefix('"')?.split('"').next())
            .filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .collect();
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            let name = if name == "char" { "\"char\"" } else { name };
            let is_listed = page.contains(&format!("`{name}`"));
            assert!(is_listed, "docs/types.md does not list `{name}`");
        }
    }
}

#[test]
fn nullability_is_as_described() {
    let page = read("docs/nullability.md");
    let blocks = blocks(&page);
    let is_schema = |block: &&Block<'_>| block.body.contains("CREATE TABLE");
    let schema = &blocks.iter().find(is_schema).unwrap().body;
    let examples = |heading: &str| -> Vec<Vec<String>> {
        let rows = rows(&page, heading).into_iter();
        rows.filter(|cells| {
            codes(&cells[0])
                .first()
                .is_some_and(|code| code.contains(' '))
        })
        .collect()
    };
    let columns = examples("## Columns");
    let parameters = examples("## Parameters");
    assert!(columns.len() > 20 && parameters.len() > 5);

    let mut queries = Vec::new();
    for (letter, rows) in [("C", &columns), ("P", &parameters)] {
        for (index, cells) in rows.iter().enumerate() {
            let sql = codes(&cells[0])[0];
            let has_rows = sql.starts_with("SELECT") || sql.contains("RETURNING");
            let command = if has_rows { ":many" } else { ":exec" };
            queries.push(format!("-- name: {letter}{index} {command}\n{sql};\n"));
        }
    }
    let found = explain(schema, &queries.concat());
    for (letter, rows) in [("C", &columns), ("P", &parameters)] {
        for (index, cells) in rows.iter().enumerate() {
            let query = &found[&format!("{letter}{index}")];
            let facts = if letter == "C" {
                &query.columns
            } else {
                &query.parameters
            };
            let types: Vec<String> = facts
                .iter()
                .map(|fact| format!("`{}`", fact.rust_type.as_deref().unwrap_or_default()))
                .collect();
            let reasons: Vec<&str> = facts
                .iter()
                .map(|fact| without_place(&fact.reason))
                .collect();
            assert_eq!(
                [&types.join(", "), &reasons.join("; ")],
                [&cells[1], &cells[2]],
                "{}",
                cells[0]
            );
        }
    }
}

/// A reason without the line it is about.
fn without_place(reason: &str) -> &str {
    let (reason, _) = reason
        .split_once(" at queries.sql:")
        .unwrap_or((reason, ""));
    reason.trim_end_matches(',')
}

#[test]
fn quoted_code_is_what_is_generated() {
    let mut seen = 0;
    for Page { path, text } in pages() {
        for block in blocks(&text) {
            let source = block.before.strip_prefix("<!-- from ");
            let Some(source) = source.and_then(|rest| rest.strip_suffix(" -->")) else {
                continue;
            };
            seen += 1;
            let source = read(source);
            for paragraph in block.body.split("\n\n") {
                assert!(
                    source.contains(paragraph.trim_end()),
                    "{}:\n{paragraph}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 3);
}

#[test]
fn quoted_messages_exist() {
    let mut sources = Vec::new();
    collect_sources(&root().join("src"), &mut sources);
    // A message may go on in the next line.
    let source: String = sources
        .join("\n")
        .split("\\\n")
        .map(str::trim_start)
        .collect();
    let postgres = rows(&read("docs/postgres.md"), "## Troubleshooting");
    for cells in &postgres[1..] {
        for message in cells[0].split("`, `") {
            let pieces = message
                .trim_matches(['`', ' '])
                .split(['…', '`'])
                .map(str::trim);
            for piece in pieces.filter(|piece| piece.len() > 1) {
                assert!(source.contains(piece), "no message has `{piece}`");
            }
        }
    }
}

fn collect_sources(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The text of all files of a folder, and of those below it.
fn read_all(folder: &Path, extension: &str) -> String {
    let mut texts = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts += &read_all(&path, extension);
        } else if path.extension().is_some_and(|found| found == extension) {
            texts += &read(path);
        }
    }
    texts
}

/// The page on relations names tests, cases and queries, which must be there.
#[test]
fn behaviours_have_their_tests() {
    let tests = read_all(&root().join("tests/generated"), "rs");
    let mistakes = read_all(&root().join("tests/cases/wrong_relations/queries"), "sql");
    let mut named = 0;
    for row in rows(&read("docs/relations-behaviours.md"), "# What") {
        for name in codes(&row[2]) {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let is_name = name.chars().all(is_part) && name.contains(char::is_lowercase);
            let is_there = if is_name && name.contains('_') {
                tests.contains(&format!("fn {name}()"))
                    || root().join("tests/cases").join(name).is_dir()
            } else if is_name && name.starts_with(char::is_uppercase) {
                mistakes.contains(&format!("-- name: {name} "))
            } else {
                continue;
            };
            assert!(is_there, "{}: there is no `{name}`", row[0]);
            named += 1;
        }
    }
    assert!(named > 90, "the table is read");
}

/// The page on clients names a test for each fault.
#[test]
fn faults_have_their_tests() {
    let tests = read_all(&root().join("tests/generated"), "rs");
    let faults = rows(&read("docs/clients.md"), "## When something goes wrong");
    for row in &faults[1..] {
        let names = codes(&row[3]);
        assert!(!names.is_empty(), "{}: no test is named", row[0]);
        for name in names {
            let is_there = tests.contains(&format!("#[test]\nfn {name}()"));
            assert!(is_there, "{}: there is no `{name}`", row[0]);
        }
    }
    assert!(faults.len() > 10, "the table is read");
}
