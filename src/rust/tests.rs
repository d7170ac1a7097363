//! Names, labels, comments and strings of any sort: the generated code parses, keeps everything apart, and compiles.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::lower;
use crate::emit::{self, Formatted, Needed};
use crate::ir;
use crate::options::Options;

/// Text that a user could write anywhere, and text that nobody should.
fn text() -> impl Strategy<Value = String> {
    let nasty = [
        "type",
        "self",
        "Self",
        "crate",
        "super",
        "r#type",
        "_",
        "__",
        "gen",
        "async",
        "Result",
        "option",
        "String",
        "vec",
        "Ok",
        "none",
        "error",
        "client",
        "row",
        "query",
        "request",
        "params",
        "scalar",
        "std",
        "core",
        "tokio_postgres",
        "from_row",
        "ALL",
        "as_str",
        "Err",
        "1st",
        "+",
        "a-b",
        "a b",
        "A_b",
        "é",
        "e\u{301}",
        "ß",
        "名前",
        "😀",
        "ﬁ",
        "\u{202e}x",
        "x\u{2066}",
        "\"",
        "\\",
        "\"#",
        "r#\"",
        "*/",
        "/*",
        "{{",
        "}}",
        "{%",
        "`",
        "```",
        "~~~",
        "    code",
        "-     code",
        "> ```",
        "[link]",
        "<b>",
        "https://a.b/c_(d)",
        "//",
        "///",
        "#![x]",
        "\n",
        "a\nb",
        "\r",
        "\r\n",
        "\t",
        "';--",
        "$1",
        "\u{feff}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "&amp;",
        "1. x",
    ];
    let word = prop_oneof![
        3 => proptest::sample::select(nasty.to_vec()).prop_map(str::to_owned),
        1 => "[a-zA-Z_]{1,8}",
        1 => proptest::collection::vec(any::<char>(), 1..6).prop_map(String::from_iter),
    ];
    let joined = proptest::collection::vec(word, 1..4).prop_map(|words| words.concat());
    joined.prop_map(|text| text.replace('\0', ""))
}

/// A name is not empty, and is not longer than Postgres takes.
fn name() -> impl Strategy<Value = String> {
    let cut = |text: String| text.chars().take(15).collect::<String>();
    text()
        .prop_map(cut)
        .prop_filter("not empty", |name| !name.is_empty())
}

fn names(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(name(), count)
        .prop_map(Vec::from_iter)
        .prop_shuffle()
}

fn pg(name: &str) -> ir::Type {
    ir::Type::Base(ir::QualifiedName::new("pg_catalog", name))
}

#[expect(clippy::too_many_lines, reason = "it is data, read from top to bottom")]
fn analysis() -> impl Strategy<Value = ir::Analysis> {
    let tables = (
        names(2..6),
        names(1..6),
        proptest::collection::vec(text(), 8),
    );
    let queries = (
        names(1..5),
        names(1..5),
        proptest::collection::vec(text(), 4),
    );
    (tables, names(1..8), queries).prop_map(
        |((tables, columns, comments), labels, (parameters, shown, strings))| {
            let not_null = || ir::Nullability::not_null("");
            let (kind, tables) = tables.split_last().unwrap();
            let kind = ir::QualifiedName::new("public", kind);
            let types = [pg("int4"), pg("text"), ir::Type::Enum(kind.clone())];
            let location = |line| ir::Location {
                file: format!("{}.sql", parameters[0].replace(['/', '\n'], "")),
                line,
                column: 1,
            };
            let origin = |table: &str, column: &str| ir::ColumnOrigin {
                table: ir::QualifiedName::new("public", table),
                column: column.to_owned(),
            };
            let mut analysis = ir::Analysis::default();
            for (index, table) in tables.iter().enumerate() {
                let columns = columns.iter().zip(types.iter().cycle());
                let columns: Vec<ir::TableColumn> = columns
                    .map(|(column, ty)| ir::TableColumn {
                        name: column.clone(),
                        ty: ty.clone(),
                        nullability: not_null(),
                        elements: None,
                        has_default: false,
                        generated: false,
                        comment: Some(comments[index].clone()),
                    })
                    .collect();
                analysis.queries.push(ir::Query {
                    name: format!("Table{index}"),
                    command: ir::Command::Many,
                    location: location(index),
                    docs: comments[index].split('\n').map(str::to_owned).collect(),
                    sql: strings.concat(),
                    body: 0,
                    parameters: Vec::new(),
                    columns: columns
                        .iter()
                        .map(|column| ir::Column {
                            name: column.name.clone(),
                            ty: column.ty.clone(),
                            nullability: not_null(),
                            elements: None,
                            origin: Some(origin(table, &column.name)),
                            row: 0,
                            location: None,
                        })
                        .collect(),
                    embeds: Vec::new(),
                    bulk: None,
                    relations: Vec::new(),
                    single: None,
                    row: None,
                    params: None,
                    dynamic: None,
                    patterns: Vec::new(),
                    unsettled: Vec::new(),
                });
                analysis.catalog.tables.push(ir::Table {
                    row_security: false,
                    inherited: false,
                    name: ir::QualifiedName::new("public", table),
                    kind: ir::TableKind::Table,
                    comment: Some(comments[7 - index].clone()),
                    columns,
                    unique_keys: Vec::new(),
                    foreign_keys: Vec::new(),
                });
            }
            analysis.catalog.tables.sort_by(|a, b| a.name.cmp(&b.name));
            analysis.catalog.enums.push(ir::Enum {
                name: kind,
                labels,
                comment: Some(comments[0].clone()),
            });
            analysis.queries.push(ir::Query {
                name: "Shown".to_owned(),
                command: ir::Command::One,
                location: location(99),
                docs: strings.clone(),
                sql: strings[0].clone(),
                body: 0,
                parameters: parameters
                    .iter()
                    .zip(types.iter().cycle())
                    .map(|(name, ty)| ir::Parameter {
                        name: name.clone(),
                        ty: ty.clone(),
                        nullability: not_null(),
                        origin: None,
                        position: ir::Position {
                            line: 99,
                            column: 1,
                        },
                    })
                    .collect(),
                columns: shown
                    .iter()
                    .chain(&shown)
                    .map(|name| ir::Column {
                        name: name.clone(),
                        ty: pg("int4"),
                        nullability: ir::Nullability::nullable(""),
                        elements: None,
                        origin: None,
                        row: 0,
                        location: None,
                    })
                    .collect(),
                embeds: Vec::new(),
                bulk: None,
                relations: Vec::new(),
                single: None,
                row: None,
                params: None,
                dynamic: None,
                patterns: Vec::new(),
                unsettled: Vec::new(),
            });
            analysis
        },
    )
}

fn generated(analysis: &ir::Analysis) -> Vec<(String, String)> {
    let (package, warnings) = lower(analysis, &[], &Options::default());
    let package = package.unwrap();
    assert!(warnings.is_empty());
    let files = emit::render(&package, &Needed::of(&package), &Formatted::default()).unwrap();
    let files = files.into_iter();
    files.map(|(path, file)| (path, file.text)).collect()
}

/// Reads the structs and enums of a file, each with the names in it.
fn declared(file: &syn::File) -> Vec<(String, Vec<String>)> {
    let items = file.items.iter();
    let read = items.filter_map(|item| match item {
        syn::Item::Struct(item) => {
            let fields = item.fields.iter().filter_map(|field| field.ident.as_ref());
            Some((
                item.ident.to_string(),
                fields.map(ToString::to_string).collect(),
            ))
        }
        syn::Item::Enum(item) => {
            let variants = item
                .variants
                .iter()
                .map(|variant| variant.ident.to_string());
            Some((item.ident.to_string(), variants.collect()))
        }
        _ => None,
    });
    read.collect()
}

/// The string literals of the statics, in order: name, then text, of each query.
fn literals(file: &syn::File) -> Vec<String> {
    let mut found = Vec::new();
    for item in &file.items {
        let syn::Item::Static(item) = item else {
            continue;
        };
        let mut expression = item.expr.as_ref();
        // What is said of its types follows.
        while let syn::Expr::MethodCall(call) = expression {
            expression = &call.receiver;
        }
        let syn::Expr::Call(query) = expression else {
            continue;
        };
        for argument in &query.args {
            if let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) = argument
            {
                found.push(text.value());
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_names_and_text_are_kept_apart_and_as_they_are(analysis in analysis()) {
        let mut sent = Vec::new();
        for (path, contents) in generated(&analysis) {
            let file = syn::parse_file(&contents).unwrap();
            if path == "client.rs" || path.starts_with("client/") {
                continue;
            }
            let declared = declared(&file);
            let names: BTreeSet<_> = declared.iter().map(|(name, _)| name).collect();
            prop_assert_eq!(names.len(), declared.len(), "{}", contents);
            for (name, members) in &declared {
                let distinct: BTreeSet<_> = members.iter().collect();
                prop_assert_eq!(distinct.len(), members.len(), "{} in {}", name, contents);
            }
            if path == "models.rs" {
                let catalog = &analysis.catalog;
                // A table of one column has no model. Every third column or parameter is of the enum.
                let columns = catalog.tables[0].columns.len();
                let models = if columns > 1 { catalog.tables.len() } else { 0 };
                let shown = analysis.queries.last().map_or(0, |query| query.parameters.len());
                let has_enum = columns > 2 || shown > 2;
                prop_assert_eq!(declared.len(), models + usize::from(has_enum), "{}", contents);
                if has_enum {
                    prop_assert_eq!(declared[0].1.len(), catalog.enums[0].labels.len());
                }
            }
            sent.extend(literals(&file));
        }
        for query in &analysis.queries {
            let place = sent.iter().position(|text| *text == query.name);
            prop_assert_eq!(place.map(|place| &sent[place + 1]), Some(&query.sql));
        }
    }
}

#[test]
fn a_module_is_what_its_queries_make_it_however_many_there_are() {
    let mut analysis = analysis()
        .new_tree(&mut TestRunner::deterministic())
        .unwrap()
        .current();
    let queries = std::mem::take(&mut analysis.queries);
    let mut in_file = |name: &str, query: &ir::Query| {
        let mut query = query.clone();
        query.location.file = format!("{name}.sql");
        analysis.queries.push(query);
    };
    for query in &queries {
        in_file("alone", query);
    }
    for number in 10..60 {
        for query in &queries {
            in_file(&format!("many_{number}"), query);
        }
    }
    let together = generated(&analysis);
    analysis.queries.truncate(queries.len());
    let alone = generated(&analysis);
    let file = |files: &[(String, String)], path: &str| {
        let found = files.iter().find(|(known, _)| known == path);
        found.map(|(_, contents)| contents.clone())
    };
    for number in 10..60 {
        let path = format!("many_{number}.rs");
        assert_eq!(file(&together, &path), file(&alone, "alone.rs"), "{path}");
    }
    for path in ["models.rs", "types.rs", "client.rs"] {
        assert_eq!(file(&together, path), file(&alone, path), "{path}");
    }
}

/// Where Cargo put what the tests of this crate were built with.
fn built() -> PathBuf {
    std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

fn candidates(name: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(built()).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let prefix = format!("lib{name}-");
    let is_it = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy();
        file.starts_with(&prefix) && file.ends_with(".rlib")
    };
    paths.filter(is_it).collect()
}

/// Runs rustc or rustdoc on a crate; gives what it has to say, if it is not content.
fn run(program: &str, root: &Path, tokio: &Path, futures: &Path) -> Option<String> {
    let output = Command::new(program)
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--crate-name",
            "hostile",
        ])
        .args(if program == "rustc" {
            ["--emit", "metadata"].as_slice()
        } else {
            &[]
        })
        .arg(root)
        .arg("-o")
        .arg(root.parent().unwrap().join(program))
        .arg("-L")
        .arg(format!("dependency={}", built().display()))
        .arg("--extern")
        .arg(format!("tokio_postgres={}", tokio.display()))
        .arg("--extern")
        .arg(format!("futures_core={}", futures.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

#[test]
fn any_names_and_text_compile_and_are_documented() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut root = String::from(
        "//! Generated.\n#![deny(warnings, rustdoc::all)]\n\
         #![allow(uncommon_codepoints, confusable_idents, mixed_script_confusables, rustdoc::missing_crate_level_docs)]\n",
    );
    for index in 0..12 {
        let analysis = analysis().new_tree(&mut runner).unwrap().current();
        let module = folder.path().join(format!("case_{index}"));
        for (path, contents) in generated(&analysis) {
            let path = module.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        let _ = writeln!(root, "#[allow(missing_docs)]\npub mod case_{index};");
    }
    let path = folder.path().join("lib.rs");
    fs::write(&path, root).unwrap();
    // Cargo keeps builds with other features beside each other; one pair belongs together.
    let mut said = String::from("nothing is built");
    for tokio in candidates("tokio_postgres") {
        for futures in candidates("futures_core") {
            match run("rustc", &path, &tokio, &futures) {
                None => {
                    assert_eq!(
                        run("rustdoc", &path, &tokio, &futures)
                            .as_deref()
                            .unwrap_or(""),
                        ""
                    );
                    return;
                }
                Some(report) => said = report,
            }
        }
    }
    panic!("{said}");
}
