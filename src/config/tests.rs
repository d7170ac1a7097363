//! Configurations, and what is read of them or said about them.

use super::*;
use crate::options::Runtime;

const GOOD: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: src/db
";

/// Reads `text` as the file of an otherwise empty project with the folders `migrations` and `queries`.
fn load(text: impl AsRef<[u8]>) -> Result<Config> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["migrations", "queries"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("sqlc.yaml");
    fs::write(&path, text).unwrap();
    Config::load(&path)
}

/// Its mistakes, each as `line:column message; help`, one a line.
fn mistakes(text: &str) -> String {
    let error = load(text).expect_err("a mistake");
    let mistakes = error.diagnostics().iter().map(|diagnostic| {
        let place = diagnostic.line_and_column();
        let place = place.map_or_else(String::new, |(line, column)| format!("{line}:{column} "));
        let helps = diagnostic.helps().map(|help| format!("; {help}"));
        let helps = helps.collect::<Vec<_>>().concat();
        format!("{place}{}{helps}", diagnostic.message())
    });
    mistakes.collect::<Vec<_>>().join("\n")
}

/// Two entries, `shop` and `reports`, each with its `runtime`.
fn sharing(shop: &str, reports: &str) -> String {
    let entry = |name: &str, runtime: &str| {
        GOOD.replace("version: \"2\"\nsql:\n", "")
            .replace("src/db", &format!("src/{name}\n        runtime: {runtime}"))
    };
    let (shop, reports) = (entry("shop", shop), entry("reports", reports));
    format!("version: \"2\"\nsql:\n{shop}{reports}")
}

#[test]
fn entries_share_a_runtime() {
    let runtimes = |shop: &str, reports: &str| {
        let config = load(sharing(shop, reports)).unwrap();
        let targets = config.targets.into_iter();
        let runtimes: Vec<_> = targets.map(|target| target.rust.options.runtime).collect();
        runtimes
    };
    let shared = |client: &str, target| Runtime::Shared {
        client: client.to_owned(),
        target,
    };
    let shop = "crate::shop::client";
    let of_shop = [Runtime::Inline, shared(shop, 0)];
    assert_eq!(runtimes("inline", shop), of_shop);
    assert_eq!(runtimes(shop, shop), of_shop);
    let reports = "crate::db::reports::client";
    assert_eq!(
        runtimes(reports, "inline"),
        [shared(reports, 1), Runtime::Inline]
    );
    // A module that is not called as its folder is.
    let elsewhere = "crate::db::client";
    assert_eq!(
        runtimes("inline", elsewhere),
        [Runtime::Inline, shared(elsewhere, 0)]
    );
    assert_eq!(runtimes("crate", "crate"), [Runtime::Crate, Runtime::Crate]);
}

#[test]
fn mistakes_about_the_runtime() {
    let all = [
        ("inline", "crat"),
        ("inline", "shared"),
        ("inline", "shop::client"),
        ("inline", "crate::client"),
        ("inline", "crate::a-b::client"),
        ("crate", "crate::shop::client"),
        ("crate::reports::client", "crate::shop::client"),
    ];
    let all = all.map(|(shop, reports)| mistakes(&sharing(shop, reports)));
    insta::assert_snapshot!(all.join("\n"), @r"
    16:18 there is no runtime `crat`; did you mean `crate`?
    16:18 there is no runtime `shared`; write `inline`, `crate`, or the path of another entry's module, such as `crate::shop::client`
    16:18 there is no runtime `shop::client`; write `inline`, `crate`, or the path of another entry's module, such as `crate::shop::client`
    16:18 there is no runtime `crate::client`; write `inline`, `crate`, or the path of another entry's module, such as `crate::shop::client`
    16:18 there is no runtime `crate::a-b::client`; write `inline`, `crate`, or the path of another entry's module, such as `crate::shop::client`
    16:18 no entry generates the module `crate::shop::client`; name the module `client` of another entry, whose `runtime` is `inline`
    9:18 no entry generates the module `crate::reports::client`; name the module `client` of another entry, whose `runtime` is `inline`
    16:18 no entry generates the module `crate::shop::client`; name the module `client` of another entry, whose `runtime` is `inline`
    ");
}

#[test]
fn values_are_resolved() {
    let config = load(GOOD.replace(
        "schema: migrations",
        "name: shop\n    schema: [./migrations, ../more//a.sql]\n    database: {provider: local, binaries: pg/bin, version: \"17\"}",
    ))
    .unwrap();
    let target = &config.targets[0];
    let root = config.path.parent().unwrap();
    let schema: Vec<_> = target.schema.iter().map(|input| &input.key).collect();
    assert_eq!(schema, ["migrations", "../more/a.sql"]);
    assert_eq!(target.queries[0].path, root.join("queries"));
    assert_eq!(target.queries[0].place.span().text(), "queries");
    assert_eq!(target.rust.out, root.join("src/db"));
    assert_eq!(target.database.provider, Provider::Local);
    assert_eq!(target.database.binaries, Some(root.join("pg/bin")));
    assert_eq!(target.database.version.as_ref().unwrap().major, 17);
    assert_eq!(config.file.key(), "sqlc.yaml");
}

#[test]
fn paths_have_a_name_and_a_key() {
    for (base, written, name, key) in [
        ("", "queries", "queries", "queries"),
        (".", "./queries/", "queries", "queries"),
        (
            "examples/shop",
            "queries",
            "examples/shop/queries",
            "queries",
        ),
        ("examples/shop", "../q", "examples/q", "../q"),
        ("examples/shop", ".", "examples/shop", "."),
        ("", ".", ".", "."),
        ("a", "/elsewhere/q", "/elsewhere/q", "/elsewhere/q"),
        ("a", "/root/q", "/root/q", "q"),
    ] {
        let file = SourceFile::new("sqlc.yaml", "sqlc.yaml", GOOD);
        let place = file::parse(&file).0.sql.remove(0).place;
        let checker = Checker {
            root: Path::new("/root"),
            base: Path::new(base),
            diagnostics: Vec::new(),
        };
        let value = written.to_owned();
        let input = checker.resolve(&Written { value, place });
        assert_eq!(
            (input.name.as_str(), input.key.as_str()),
            (name, key),
            "{written} in {base}"
        );
        let (_, key) = input.names_within("a.sql");
        assert!(!key.contains("./a") || key.contains(".."), "{key}");
    }
}

#[test]
fn other_ways_to_write_it_are_fine() {
    let json = "{\n\t\"version\": \"2\",\n\t\"sql\": [{\n\t\t\"engine\": \"postgresql\", \"schema\": [\"migrations\"],\n\t\t\"queries\": \"queries\",\n\t\t\"gen\": {\"rust\": {\"out\": \"src\\/db\"}}\n\t}]\n}\n";
    let shared = format!(
        "{}plugins: []\nservers: [{{engine: postgresql, uri: x}}]\noverrides: {{go: {{}}}}\nrules: []\noptions: {{a: 1}}\ncloud:\n",
        GOOD.replace(
            "    gen:\n",
            "    strict_order_by: false\n    analyzer: {database: only}\n    codegen: []\n    rules: [a]\n    database:\n    gen:\n      go: {package: x, out: y}\n      json: {out: z}\n",
        )
    );
    let second = "  - {engine: mysql, schema: a, queries: b, gen: {go: {out: c}}}\n";
    for text in [
        GOOD.to_owned(),
        GOOD.replace("\"2\"", "2"),
        GOOD.replace('\n', "\r\n"),
        format!("\u{feff}{GOOD}"),
        format!("---\n# comment\n{GOOD}"),
        json.to_owned(),
        shared,
        format!("{GOOD}{second}"),
        // An output folder may be inside a folder that is read, and may hold a file that is.
        GOOD.replace("schema: migrations", "schema: src/db/schema.sql"),
        GOOD.replace("out: src/db", "out: queries/generated"),
    ] {
        let config = load(&text).unwrap_or_else(|error| panic!("{text}{error:?}"));
        assert_eq!(config.targets.len(), 1, "{text}");
    }
}

#[test]
fn mistakes_of_the_whole_file() {
    for (text, expected) in [
        (
            "",
            "the configuration is empty; `rowsmith init` writes a configuration to start from",
        ),
        (
            "# nothing\n",
            "the configuration is empty; `rowsmith init` writes a configuration to start from",
        ),
        (
            "- a\n",
            "1:1 the configuration is not a mapping; \
                 `rowsmith init` writes a configuration to start from",
        ),
        (
            "version: 1\npackages: []\n",
            "2:11 `packages` is empty; add a list `packages:` with an entry for each database",
        ),
        (
            "version: 9\n",
            "1:10 there is no version `9` of the configuration; write `version: \"2\"`",
        ),
        (
            "sql: []\n",
            "1:1 the configuration has no `version`; add `version: \"2\"` as its first line",
        ),
        (
            "verison: 2\n",
            "1:1 unknown key `verison` at the top level; did you mean `version`?",
        ),
        (
            "version: 2\n",
            "1:1 the configuration has no `sql`; \
                 add a list `sql:` with an entry for each database",
        ),
        (
            "version: 2\nsql:\n",
            "2:1 `sql` is empty; add a list `sql:` with an entry for each database",
        ),
        (
            "version: 2\nsql: a\n",
            "2:6 `sql` takes a list of entries, each with a `-`, not a string",
        ),
        (
            "version: 2\nsql: !a []\n",
            "2:6 the configuration is not valid YAML",
        ),
        (
            "version: 2\n---\nsql: []\n",
            "2:1 the configuration holds several YAML documents; keep one document",
        ),
        (
            "version: 2\nsql: \u{1}\n",
            "2:6 the configuration holds a control character",
        ),
    ] {
        assert_eq!(mistakes(text), expected, "{text}");
    }
}

#[test]
fn mistakes_in_choices_of_names_and_types() {
    for (replaced, by, expected) in [
        (
            "        out:",
            "        rename: {table a.b.c: X, users: 1st}\n        derives: [Serialize, a b]\n        out:",
            "8:18 `a.b.c` is not the name of a table; write `table users` or `table my_schema.users`\n\
                 8:41 `1st` is not a name in Rust; write letters, digits and underscores, \
                 beginning with a letter or an underscore\n\
                 9:19 the generated code does not know where `Serialize` is; \
                 write its path, such as `serde::Serialize`\n\
                 9:30 `a b` is not a trait; write a trait such as `Hash` or `serde::Serialize`; \
                 `-Debug` leaves one out",
        ),
        (
            "        out:",
            "        attributes: [serde(a) b, derive(Debug)]\n        allow: [same-verson, x]\n        out:",
            "8:22 `serde(a) b` is not an attribute; write what stands between `#[` and `]`, \
                 such as `serde(rename_all = \"camelCase\")`\n\
                 8:34 `derive(Debug)` is not an attribute; write the traits under `derives`\n\
                 9:17 no warning is of the sort `same-verson`; did you mean `same-version`?\n\
                 9:30 no warning is of the sort `x`; write what stands in the brackets of the warning, \
                 such as `same-version`",
        ),
        (
            "        out:",
            "        overrides:\n          - {column: id, rust_type: String}\n          - {db_type: int, rust_type: Json<Money>}\n          - {column: a.b, nullable: true, rust_type: String}\n        out:",
            "9:22 `id` is not the name of a column; write `table.column` or `schema.table.column`; \
                 `*` and `?` stand for what may differ\n\
                 10:44 the generated code does not know where `Money` is; \
                 write its path, such as `crate::Money` or `my_crate::Money`\n\
                 11:37 `nullable` goes with `db_type` or `function` only; remove it: \
                 whether a column may be NULL is known, and makes its type an `Option` by itself",
        ),
        (
            "        out:",
            "        tables:\n          - {table: users, only: [find, pach, everything]}\n          - {touch: at}\n          - {table: orders, touched: at}\n        out:",
            "9:41 a table has no function `pach`; did you mean `patch`?\n\
                 9:47 a table has no function `everything`; the functions are `find`, `find_many`, `find_by`, `exists`, \
                 `count`, `insert`, `insert_many`, `upsert`, `patch`, `delete`, `delete_many`, `restore` and `purge`\n\
                 10:13 this entry has no `table`; add `table:` with the name of a table\n\
                 11:29 unknown key `touched` in `sql[].gen.rust.tables[]`; did you mean `touch`?",
        ),
        (
            "        out:",
            "        tables: users\n        out:",
            "8:17 `tables` takes `true`, or a list of tables, not a string",
        ),
    ] {
        let text = GOOD.replace(replaced, by);
        assert_eq!(mistakes(&text), expected, "{text}");
    }
}

#[test]
fn mistakes_of_an_entry() {
    // Each replaces some text of `GOOD`.
    for (replaced, by, expected) in [
        (
            "    queries:",
            "    querys: 1\n    shema:",
            "5:5 unknown key `querys` in `sql[]`; did you mean `queries`?\n\
                 6:5 unknown key `shema` in `sql[]`; did you mean `schema`?",
        ),
        (
            "        out:",
            "        output:",
            "8:9 unknown key `output` in `sql[].gen.rust`; did you mean `out`?",
        ),
        (
            "    schema:",
            "    out: é\n    wibble: [1]\n    schema:",
            "4:5 unknown key `out` in `sql[]`; `out` belongs in `sql[].gen.rust`\n\
                 5:5 unknown key `wibble` in `sql[]`; the keys here are \
                 `name`, `engine`, `schema`, `migrations`, `setup`, `placeholders`, `queries`, `database`, `gen`, `codegen`",
        ),
        (
            "schema: migrations",
            "schema: [é, 3, [a]]",
            "4:17 `schema` takes a path or a list of paths, not a number; \
                 write it in quotes: `\"3\"`\n\
                 4:20 `schema` takes a path or a list of paths, not a list",
        ),
        (
            "schema: migrations\n    queries: queries",
            "schema: []\n    queries: ['']",
            "4:13 `schema` is empty\n5:15 `queries` is empty",
        ),
        ("schema: migrations", "schema:", "4:5 `schema` has no value"),
        (
            "    queries",
            "    schema: x\n    queries",
            "5:5 the key `schema` is there twice",
        ),
        (
            "    queries",
            "\tqueries",
            "5:1 YAML cannot be indented with tabs; indent with spaces",
        ),
        (
            ": queries",
            ": \"queries",
            "5:14 the configuration is not valid YAML",
        ),
        (
            "engine: postgresql",
            "engine: sqlite",
            "3:13 the engine `sqlite` is not supported; \
                 remove `gen.rust` from this entry, or write `engine: postgresql`",
        ),
        (
            "engine: postgresql\n    schema: migrations\n",
            "name: é\n",
            "3:5 the key `engine` is missing; add `engine: postgresql`",
        ),
        (
            "        out: src/db",
            "",
            "7:7 the key `out` is missing; \
                 add `out:` with the folder for the generated code, such as `out: src/db`",
        ),
        (
            "rust:\n        out: src/db",
            "go: {out: x}",
            &format!("3:5 no entry generates Rust; {NO_TARGET}"),
        ),
        (
            "    gen",
            "    database: {provider: servr, managed: 1}\n    gen",
            "6:26 there is no provider `servr`; did you mean `server`?\n\
                 6:42 `managed` takes `true` or `false`, not a number",
        ),
        (
            "    gen",
            "    database: {version: 16.2}\n    gen",
            "6:25 `16.2` is not a major version; write the first number of it: `version: 16`",
        ),
        (
            "    gen",
            "    database: {version: [16]}\n    gen",
            "6:25 `version` takes a major version, such as `17`, not a list",
        ),
        (
            "    gen",
            "    database: {provider: server}\n    gen",
            "6:26 the provider `server` needs a `uri`; \
                 add `uri:` with the address of a server, such as `uri: ${DATABASE_URL}`",
        ),
    ] {
        let text = GOOD.replace(replaced, by);
        assert_eq!(mistakes(&text), expected, "{text}");
    }
}

#[test]
fn output_folders_are_for_output_only() {
    let entry = GOOD.split_once("sql:\n").unwrap().1;
    for (text, expected) in [
        (format!("{GOOD}{entry}"), "14:14"),
        (format!("{GOOD}{}", entry.replace("src/db", "src")), "14:14"),
        (format!("{GOOD}{}", entry.replace("src/db", "src/db2")), ""),
        (GOOD.replace("src/db", "queries"), "8:14"),
        (GOOD.replace("src/db", "src/../migrations/."), "8:14"),
        (GOOD.replace("src/db", "."), "8:14 8:14"),
    ] {
        let places: Vec<_> = match load(&text) {
            Ok(_) => Vec::new(),
            Err(error) => error
                .diagnostics()
                .iter()
                .filter_map(Diagnostic::line_and_column)
                .map(|(line, column)| format!("{line}:{column}"))
                .collect(),
        };
        assert_eq!(places.join(" "), expected, "{text}");
    }
}

#[test]
fn files_that_are_no_text_are_reported() {
    let report = format!("{:?}", load(b"version: 2\n\xff\n").unwrap_err());
    assert!(
        report.contains("sqlc.yaml` is not UTF-8")
            && report.contains("sqlc.yaml:2:1")
            && report.contains("the byte 0xff"),
        "{report}"
    );
    let report = format!("{:?}", load("version: \u{1}\n").unwrap_err());
    assert!(report.contains("control character"), "{report}");
    let report = format!(
        "{:?}",
        Config::load(Path::new("nowhere/sqlc.yaml")).unwrap_err()
    );
    assert!(
        report.contains("cannot read `nowhere/sqlc.yaml`: there is no such"),
        "{report}"
    );
}

#[test]
fn the_file_is_found_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let found = || Config::find(folder.path()).map_err(|error| format!("{error:?}"));
    assert!(found().unwrap_err().contains("`rowsmith init` writes one"));
    fs::write(folder.path().join("sqlc.yml"), "").unwrap();
    assert_eq!(found().unwrap(), folder.path().join("sqlc.yml"));
    fs::write(folder.path().join("sqlc.json"), "").unwrap();
    assert!(
        found()
            .unwrap_err()
            .contains("keep one, or choose with `-f FILE`")
    );
}

/// The output folders of the targets, each with its limit of parameters.
fn outs(text: &str) -> String {
    let config = load(text).unwrap_or_else(|error| panic!("{text}\n{error:?}"));
    let outs = config.targets.iter().map(|target| {
        let out = target.rust.out_name.rsplit_once("/src/").unwrap().1;
        format!("{out} {}", target.rust.options.query_parameter_limit)
    });
    outs.collect::<Vec<_>>().join(", ")
}

const ENTRY: &str = "engine: postgresql, schema: migrations, queries: queries";

#[test]
fn the_rust_target_may_stand_in_three_places() {
    let two = format!("version: 2\nsql: [{{{ENTRY}}}]\n");
    let several = format!(
        "version: 2\nsql: [{{{ENTRY}, name: Big One}}, {{{ENTRY}, gen: {{go: {{package: small, out: x}}}}}}, \
             {{engine: mysql, schema: a, queries: b}}]\n"
    );
    let one = "version: 1\npackages: [{path: db/a, schema: migrations, queries: queries}";
    for (text, expected) in [
        (
            two.replace(ENTRY, &format!("{ENTRY}, gen: {{rust: {{out: src/a, query_parameter_limit: 5}}}}")),
            "a 5",
        ),
        (
            two.replace(
                ENTRY,
                &format!("{ENTRY}, codegen: [{{plugin: rust, out: src/a, options: {{query_parameter_limit: 5}}}}]"),
            ),
            "a 5",
        ),
        (format!("{two}options: {{rust: {{out: src/a}}, other: 1}}\n"), "a 2"),
        (
            format!("{several}options: {{rust: {{out: src/db/}}}}\n"),
            "db/big_one 2, db/small 2",
        ),
        // What is said for all is a default, and so is what is said for Go.
        (
            format!(
                "{}options: {{rust: {{query_parameter_limit: 7}}}}\n",
                two.replace(ENTRY, &format!("{ENTRY}, gen: {{rust: {{out: src/a}}}}"))
            ),
            "a 7",
        ),
        (
            format!(
                "{}options: {{rust: {{out: src/a}}}}\n",
                two.replace(ENTRY, &format!("{ENTRY}, gen: {{go: {{query_parameter_limit: 3, package: p}}}}"))
            ),
            "a 3",
        ),
        (format!("{one}]\noptions: {{rust: {{out: src/a}}}}\n"), "a 2"),
        (
            format!(
                "{one}, {{path: b, name: c, query_parameter_limit: 1, schema: migrations, queries: queries}}]\n\
                     options: {{rust: {{out: src}}}}\n"
            )
            .replace("out: src", "out: src/x"),
            "x/a 2, x/c 1",
        ),
        (
            format!("{one}, gen: {{rust: {{out: src/b}}}}]\n").replace("queries}, gen", "queries, gen").replace("}}]", "}}}]"),
            "b 2",
        ),
    ] {
        assert_eq!(outs(&text), expected, "{text}");
    }
}

#[test]
fn keys_for_go_are_noted_once() {
    let text = format!(
        "version: 2\nsql: [{{{ENTRY}, gen: {{rust: {{out: o}}, go: {{out: x, package: p, emit_interface: true, \
             sql_package: pgx/v5, overrides: [{{go_type: a.B, column: c.d}}]}}}}}}]\noverrides: {{go: {{overrides: [{{go_type: t}}]}}}}\n"
    );
    let config = load(&text).unwrap();
    let notes: Vec<_> = config.notes.iter().map(Diagnostic::message).collect();
    assert_eq!(
        notes,
        ["these keys are for Go alone: `emit_interface`, `sql_package`"]
    );
    assert!(load(GOOD).unwrap().notes.is_empty());
}

#[test]
fn mistakes_of_targets() {
    for (change, expected) in [
        (
            "",
            "3:5 no entry generates Rust; add one of these, the last two where sqlc reads the file as well:",
        ),
        (
            "    gen: {rust: {out: a}}\n    codegen: [{plugin: rust, out: b}]\n",
            "7:15 this entry has two Rust targets; keep one of them",
        ),
        (
            "    codegen: [{plugin: rust, out: b}, {plugin: rust, out: c}]\n",
            "6:39 this entry has two Rust targets; keep one of them",
        ),
        (
            "    codegen: [{plugin: rust}]\n",
            "6:15 the key `out` is missing; add `out:` with the folder for the generated code, such as `out: src/db`",
        ),
        (
            "    codegen: [{plugin: rust, out: b, options: {limit: 1}}]\n",
            "6:48 unknown key `limit` in `sql[].codegen[].options`",
        ),
        (
            "    codegen: [{plugin: rut, out: b}]\n",
            "6:24 there is no plugin `rut`; did you mean `rust`?",
        ),
        (
            "    codegen: [{plugin: py, out: b}, {out: c}]\nplugins: [{name: python, wasm: {}}]\n",
            "6:24 there is no plugin `py`",
        ),
        (
            "plugins: [{name: a, process: {cmd: x}}, {name: a, wasm: {}}, {name: go, wasm: {}}, {name: b}, {wasm: {}}]\n",
            "6:48 there are two plugins `a`; give each a name of its own",
        ),
        (
            "options: {rust: {wibble: 1}}\n",
            "6:18 unknown key `wibble` in `options.rust`",
        ),
        (
            "options: {rust: 1}\n",
            "6:17 `rust` takes a mapping, not a number",
        ),
    ] {
        let text = format!(
            "version: 2\nsql:\n  - engine: postgresql\n    schema: migrations\n    queries: queries\n{change}"
        );
        let found = mistakes(&text);
        assert!(found.starts_with(expected), "{text}\n{found}");
    }
}

#[test]
fn entries_that_share_a_target_have_folders_of_their_own() {
    let entry = |rest: &str| {
        format!("  - {{engine: postgresql, schema: migrations, queries: queries{rest}}}\n")
    };
    let text = [
        "version: 2\nsql:\n".to_owned(),
        entry(", name: Users SQL"),
        entry(", gen: {go: {package: books, out: x/y}}"),
        entry(", gen: {go: {out: internal/gadb/}}"),
        "options: {rust: {out: src/db}}\n".to_owned(),
    ]
    .concat();
    let config = load(&text).unwrap();
    let outs = config
        .targets
        .iter()
        .map(|target| target.rust.out_name.as_str());
    let outs: Vec<_> = outs.map(|out| &out[out.find("src").unwrap()..]).collect();
    assert_eq!(outs, ["src/db/users_sql", "src/db/books", "src/db/gadb"]);
    let text = text.replace("internal/gadb/", "..");
    assert_eq!(
        mistakes(&text),
        "5:5 the entry has no name for the folder of its code; add `name:`, or a Rust target of its own"
    );
    let text = "version: 2\nsql: [{engine: sqlite, schema: migrations, queries: queries}]\noptions: {rust: {out: o}}\n";
    assert_eq!(
        mistakes(text),
        "2:16 no entry generates Rust; add an entry with `engine: postgresql`"
    );
}

#[test]
fn patterns_are_expanded() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "m/10.sql",
        "m/9.sql",
        "m/9.down.sql",
        "a/q/x.sql",
        "b/q/y.sql",
        "b/q/notes.txt",
        "[x].sql",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let keys = |schema: &str, queries: &str| {
        let text = format!(
            "version: 2\nsql: [{{engine: postgresql, schema: {schema}, queries: {queries}, gen: {{rust: {{out: o}}}}}}]\n"
        );
        fs::write(folder.path().join("sqlc.yaml"), text).unwrap();
        let config = Config::load(&folder.path().join("sqlc.yaml"));
        config.map_err(|error| format!("{error:?}")).map(|config| {
            let [target] = config.targets.as_slice() else {
                panic!()
            };
            let keys = target
                .schema
                .iter()
                .chain(&target.queries)
                .map(|input| input.key.clone());
            (keys.collect::<Vec<_>>().join(" "), target.watched.len())
        })
    };
    let found = |schema, queries| keys(schema, queries).unwrap().0;
    assert_eq!(found("m/*.sql", "\"**/q/*.sql\""), "m a/q b/q");
    assert_eq!(found("m/?*.sql", "\"*/q\""), "m/9.sql m/10.sql a/q b/q");
    assert_eq!(
        found("\"[x].sql\"", "\"**/[xy].sql\""),
        "[x].sql a/q/x.sql b/q/y.sql"
    );
    assert!(keys("m", "\"*/q\"").unwrap().1 > 2);
    assert_eq!(found("n/*.sql", "a"), "n/*.sql a", "reported later");
    let report = keys("n/*.sql", "\"b/q/[\"").unwrap_err();
    assert!(
        report.contains("the pattern `b/q/[` is malformed"),
        "{report}"
    );
}

#[test]
fn the_example_has_every_key() {
    let example = include_str!("../../sqlc.yaml.example");
    load(example).unwrap();
    for key in file::known_keys() {
        let described = example.lines().any(|line| {
            let line = line.trim_start_matches([' ', '#', ':', '-']);
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        });
        assert!(described, "`{key}` is not in sqlc.yaml.example");
    }
    // What is commented out is right as well.
    let everything = example.replace("#:", "");
    load(&everything).unwrap_or_else(|error| panic!("{error:?}"));
}
