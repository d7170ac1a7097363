//! Which files are read, in which order, and what is said of those that cannot be.

use super::*;

/// A project in a temporary folder: `schema` and `queries` as YAML, and its files (a `/` at the end makes a folder).
fn project(schema: &str, queries: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let yaml = format!(
        "version: 2\nsql:\n  - engine: postgresql\n    schema: {schema}\n    queries: {queries}\n    gen: {{rust: {{out: out}}}}\n"
    );
    let path = folder.path().join("sqlc.yaml");
    fs::write(&path, yaml).unwrap();
    let config = Config::load(&path).unwrap();
    (folder, config)
}

fn keys(files: &[SourceFile]) -> String {
    files
        .iter()
        .map(SourceFile::key)
        .collect::<Vec<_>>()
        .join(" ")
}

fn sources(migrations: &[Migration]) -> Vec<SourceFile> {
    let files = migrations.iter();
    files.map(|migration| migration.file.clone()).collect()
}

const A_QUERY: (&str, &str) = ("q/a.sql", "-- name: A :one\nSELECT 1;");

#[test]
fn files_are_found_in_order() {
    let sql = "SELECT 1;";
    let names = [
        "10_c.sql",
        "9_b.sql",
        "1_a.up.sql",
        "1_a.down.sql",
        ".hidden.sql",
        "notes.md",
        "sub/11.sql",
    ];
    let paths: Vec<_> = names.iter().map(|name| format!("m/{name}")).collect();
    let mut files: Vec<_> = paths.iter().map(|path| (path.as_str(), sql)).collect();
    files.extend([
        ("first.sql", sql),
        ("q/10.sql", sql),
        ("q/9.sql", sql),
        ("x.down.sql", sql),
    ]);
    let (folder, config) = project("[first.sql, m, ./m/9_b.sql, x.down.sql]", "[q, q]", &files);
    let (project, diagnostics) = load(&config, &config.targets[0]);
    assert_eq!(
        keys(&sources(&project.migrations)),
        "first.sql m/1_a.up.sql m/9_b.sql m/10_c.sql x.down.sql"
    );
    assert_eq!(keys(&project.query_files), "q/10.sql q/9.sql");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    for input in ["sqlc.yaml", "m", "m/10_c.sql", "q", "q/9.sql", "first.sql"] {
        let path = folder.path().join(input);
        assert!(project.inputs().contains(&path), "{input}");
    }
}

#[test]
fn what_is_executed_may_differ_from_the_schema() {
    let sql = "SELECT 1;";
    let files = [
        ("gone/x.sql", sql),
        ("m/1.sql", sql),
        ("m/V.sql", sql),
        ("before.sql", sql),
        A_QUERY,
    ];
    for (target, expected) in [
        (
            "migrations: m, setup: before.sql",
            "before.sql m/1.sql m/V.sql",
        ),
        ("setup: [before.sql]", "before.sql gone/x.sql"),
    ] {
        for (beside, within) in [(target, ""), ("", target)] {
            let folder = project("gone", "q", &files).0;
            let [beside, within] = [beside, within].map(|keys| match keys {
                "" => String::new(),
                keys => format!(", {keys}"),
            });
            let text = format!(
                "version: 2\nsql: [{{engine: postgresql, schema: gone, queries: q{beside}, \
                 gen: {{rust: {{out: out{within}}}}}}}]"
            );
            let path = folder.path().join("sqlc.yaml");
            fs::write(&path, text).unwrap();
            let config = Config::load(&path).unwrap();
            let (project, diagnostics) = load(&config, &config.targets[0]);
            assert_eq!(keys(&sources(&project.migrations)), expected);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
        }
    }
}

#[test]
fn texts_are_as_written_but_for_a_byte_order_mark() {
    let files = [("s.sql", "\u{feff}SELECT 'é';\r\n"), A_QUERY];
    let (_folder, config) = project("s.sql", "q", &files);
    let (project, _) = load(&config, &config.targets[0]);
    assert_eq!(project.migrations[0].sql.text(), "SELECT 'é';\r\n");
}

#[test]
fn what_is_not_there_is_reported_where_it_is_named() {
    let table = ("m/1.sql", "CREATE TABLE t ();");
    for (schema, files, expected) in [
        (
            "gone",
            vec![],
            "4:13 cannot read `gone`: there is no such file or folder",
        ),
        (
            "[m, gone.sql]",
            vec![table],
            "4:17 cannot read `gone.sql`: there is no such file or folder",
        ),
        (
            "m/1.sql/x",
            vec![table],
            "4:13 cannot read `m/1.sql/x`: a part of the path is not a folder",
        ),
        ("m", vec![("m/", "")], "4:13 the folder `m` is empty"),
        (
            "m",
            vec![("m/a.txt", ""), ("m/1.down.sql", "")],
            "4:13 the folder `m` holds no `.sql` file",
        ),
        (
            "m",
            vec![("m/1.sql/", "")],
            "4:13 the folder `m` holds no `.sql` file",
        ),
        (
            "m",
            vec![("m/1.sql", "-- later\n/* a /* b */ c */\n")],
            "m/1.sql `m/1.sql` holds only comments or nothing",
        ),
        (
            "[m, gone, gone2]",
            vec![table],
            "4:17 cannot read `gone`: there is no such file or folder\n4:23 cannot read `gone2`: there is no such file or folder",
        ),
        (
            "m",
            vec![table, ("q/b.sql", "-- nothing yet")],
            "q/b.sql `q/b.sql` holds only comments or nothing",
        ),
        ("m", vec![table, ("q/b.sql", "-- name: B :one")], ""),
        ("m", vec![table, ("m/2.sql", "")], ""),
    ] {
        let (folder, config) = project(schema, "q", &[files.as_slice(), &[A_QUERY]].concat());
        let (_, diagnostics) = load(&config, &config.targets[0]);
        let root = format!("{}/", folder.path().display());
        let found: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| {
                let place = match diagnostic.line_and_column() {
                    Some((line, column)) => format!("{line}:{column}"),
                    None => diagnostic.file().unwrap().to_owned(),
                };
                format!("{place} {}", diagnostic.message()).replace(&root, "")
            })
            .collect();
        assert_eq!(found.join("\n"), expected, "{schema} {files:?}");
    }
}

#[test]
fn a_schema_may_be_empty() {
    for (schema, whole) in [("m", true), ("[m, gone]", false)] {
        let files = [("m/1.sql", "-- later"), A_QUERY];
        let (_folder, config) = project(schema, "q", &files);
        let (project, _) = load(&config, &config.targets[0]);
        assert_eq!(project.has_all_migrations(), whole, "{schema}");
    }
}

#[test]
fn queries_must_be_there() {
    let files = [
        ("m/1.sql", "CREATE TABLE t ();"),
        ("q/a.sql", "-- none"),
        ("q/b.sql", ""),
    ];
    let (_folder, config) = project("m", "q", &files);
    let (_, diagnostics) = load(&config, &config.targets[0]);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].severity(), Severity::Error);
    assert!(
        diagnostics[0]
            .message()
            .ends_with("hold only comments or nothing")
    );
}

#[test]
fn of_what_a_pattern_matches_some_must_hold_something() {
    let one = "-- name: A :one\nSELECT 1;";
    let files = [
        ("m/", ""),
        ("m/a/1.sql", ""),
        ("q/teams/a.sql", one),
        ("q/teams/old/notes.md", ""),
        ("q/none/", ""),
        ("x/y/", ""),
    ];
    for (schema, queries, expected) in [
        ("m/**", "q/**", ""),
        ("m/a", "q/*", ""),
        (
            "m/**",
            "[q/**, q/none]",
            "5:21 the folder `q/none` is empty",
        ),
        (
            "x/**",
            "x/*",
            "4:13 the folder `x` holds no `.sql` file, 5:14 the folder `x/y` is empty",
        ),
    ] {
        let (folder, config) = project(schema, queries, &files);
        let (project, diagnostics) = load(&config, &config.targets[0]);
        let root = format!("{}/", folder.path().display());
        let about_folders = diagnostics.iter().filter_map(|found| {
            let (line, column) = found.line_and_column()?;
            let message = found.message().replace(&root, "");
            message
                .contains("the folder")
                .then(|| format!("{line}:{column} {message}"))
        });
        let found: Vec<_> = about_folders.collect();
        assert_eq!(found.join(", "), expected, "{schema} {queries}");
        if queries.starts_with("q/*") {
            assert_eq!(keys(&project.query_files), "q/teams/a.sql");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_reported() {
    let (folder, config) = project("m", "q", &[("m/", ""), A_QUERY]);
    fs::write(folder.path().join("m/1.sql"), b"SELECT 1;\nSELECT '\xe9';").unwrap();
    let (_, diagnostics) = load(&config, &config.targets[0]);
    let message = diagnostics[0].message();
    assert!(message.ends_with("m/1.sql` is not UTF-8"), "{message}");
    assert_eq!(diagnostics[0].line_and_column(), Some((2, 9)));
    assert_eq!(diagnostics[0].notes().next(), Some("the byte 0xe9"));
}

#[cfg(unix)]
#[test]
fn symlinks_are_followed() {
    use std::os::unix::fs::symlink;
    let files = [
        ("real/1.sql", "SELECT 1;"),
        ("m/2.sql", "SELECT 1;"),
        A_QUERY,
    ];
    let (folder, config) = project("[m, linked]", "q", &files);
    symlink("../real/1.sql", folder.path().join("m/1.sql")).unwrap();
    symlink("real", folder.path().join("linked")).unwrap();
    let (project, diagnostics) = load(&config, &config.targets[0]);
    assert_eq!(keys(&sources(&project.migrations)), "m/1.sql m/2.sql");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    symlink("nowhere", folder.path().join("m/3.sql")).unwrap();
    let (_, diagnostics) = load(&config, &config.targets[0]);
    assert!(
        diagnostics[0]
            .message()
            .contains("m/3.sql`: there is no such file")
    );
}
