//! Folders of every tool: what is applied of them, in which order.

mod lasting;

use std::collections::BTreeMap;

use super::*;
use crate::diagnostic::Severity;

/// A folder in memory.
struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn list(&mut self, folder: &str) -> Vec<String> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let within = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let mut names: Vec<String> = within
            .map(|path| match path.split_once('/') {
                Some((folder, _)) => format!("{folder}/"),
                None => path.to_owned(),
            })
            .collect();
        names.dedup();
        names
    }

    fn read(&mut self, path: &str) -> Option<SourceFile> {
        let text = self.0.get(path)?;
        Some(SourceFile::new(path, path, text.as_str()))
    }

    fn name(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Paths and texts.
type Texts = &'static [(&'static str, &'static str)];

fn read(files: &[(&str, &str)]) -> (Vec<Migration>, Vec<Diagnostic>) {
    let files = files.iter();
    let files = files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let placeholders = [("owner", "shop"), ("/* SCHEMA */", "app.")];
    let placeholders = placeholders.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (found, diagnostics) = read_folder(
        &mut Memory(files.collect()),
        &placeholders.into(),
        Purpose::Throwaway,
    );
    (found.unwrap_or_default(), diagnostics)
}

/// What is applied, a file a line, with `!` where each statement is sent by itself.
fn applied(migrations: &[Migration]) -> Vec<String> {
    let show = |migration: &Migration| {
        let code = migration.sql.text().lines();
        let code = code.filter(|line| !line.trim_start().starts_with("--"));
        let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
        let singly = if migration.singly { "!" } else { "" };
        format!("{}{singly}: {}", migration.file.name(), words.join(" "))
    };
    migrations.iter().map(show).collect()
}

fn reports(diagnostics: &[Diagnostic]) -> Vec<String> {
    let show = |diagnostic: &Diagnostic| {
        let severity = match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning | Severity::Note => "warning",
        };
        let place = match (diagnostic.file(), diagnostic.line_and_column()) {
            (Some(file), Some((line, column))) => format!(" {file}:{line}:{column}"),
            (Some(file), None) => format!(" {file}"),
            (None, _) => String::new(),
        };
        format!("{severity}{place}: {}", diagnostic.message())
    };
    diagnostics.iter().map(show).collect()
}

/// Folders, and what is applied of them.
const FOLDERS: &[(&str, Texts, &[&str])] = &[
    (
        "sqlx",
        &[
            ("10_c.sql", "c;"),
            ("9_b.sql", "-- no-transaction\nb;"),
            ("1_a.up.sql", "a;"),
            ("1_a.down.sql", "x;"),
            ("2_a.sql", "a '/* SCHEMA */x';\n-- no-transaction\nb;"),
        ],
        &[
            "1_a.up.sql: a;",
            "2_a.sql: a 'app.x'; b;",
            "9_b.sql!: b;",
            "10_c.sql: c;",
        ],
    ),
    (
        "Diesel",
        &[
            ("2017-09-23-182408_b/up.sql", "b;"),
            ("2017-09-23-182408_b/down.sql", "x;"),
            ("20170309122510_a/up.sql", "a;"),
            ("20180101000000_c/up.sql", "c;"),
            (
                "20180101000000_c/metadata.toml",
                "# why\nrun_in_transaction = false # so\n",
            ),
            ("README.md", "x"),
        ],
        &[
            "20170309122510_a/up.sql: a;",
            "2017-09-23-182408_b/up.sql: b;",
            "20180101000000_c/up.sql!: c;",
        ],
    ),
    (
        "refinery",
        &[
            ("V10__c.sql", "c;"),
            ("V1__a.sql", "a;"),
            ("sub/V2__b.sql", "b;"),
            ("U11__d.sql", "d;"),
        ],
        &[
            "V1__a.sql: a;",
            "sub/V2__b.sql: b;",
            "V10__c.sql: c;",
            "U11__d.sql: d;",
        ],
    ),
    (
        "Flyway",
        &[
            (
                "V1__a.sql",
                "a ${owner} ${flyway:defaultSchema} '${unknown}';",
            ),
            ("U1__a.sql", "x;"),
            (
                "V1.1__b.sql",
                "-- flyway:placeholderReplacement=false\nb '${owner}';",
            ),
            ("V1_10__d.sql", "d;"),
            ("V1_9__c.sql", "c;"),
            ("V1_9__c.sql.conf", "executeInTransaction = false\n"),
            ("R__z.sql", "z;"),
            ("R__y.sql", "y;"),
            ("afterMigrate.sql", "after;"),
            ("beforeMigrate__roles.sql", "before;"),
        ],
        &[
            "beforeMigrate__roles.sql: before;",
            "V1__a.sql: a shop public '${unknown}';",
            "V1.1__b.sql: b '${owner}';",
            "V1_9__c.sql!: c;",
            "V1_10__d.sql: d;",
            "R__y.sql: y;",
            "R__z.sql: z;",
            "afterMigrate.sql: after;",
        ],
    ),
    (
        "Flyway with a baseline",
        &[
            ("V1__a.sql", "x;"),
            ("B2__all.sql", "b;"),
            ("V3__c.sql", "c;"),
        ],
        &["B2__all.sql: b;", "V3__c.sql: c;"],
    ),
    (
        "Prisma",
        &[
            ("20240102030405_b/migration.sql", "b;"),
            ("20230102030405_a/migration.sql", "a;"),
            // Not by number, as Prisma.
            ("20240625_c/migration.sql", "c;"),
            ("migration_lock.toml", "provider = \"postgresql\""),
        ],
        &[
            "20230102030405_a/migration.sql: a;",
            "20240102030405_b/migration.sql: b;",
            "20240625_c/migration.sql: c;",
        ],
    ),
    (
        "dbmate",
        &[
            ("1_a.sql", "-- migrate:up\na;\n-- migrate:down\nx;\n"),
            (
                "2_b.sql",
                "\u{feff}-- migrate:up transaction:false\r\nb;\r\n\r\n  -- MIGRATE:DOWN\r\nx;\r\n",
            ),
        ],
        &["1_a.sql: a;", "2_b.sql!: b;"],
    ),
    (
        "goose",
        &[
            (
                "00001_a.sql",
                "-- +goose Up\na;\n-- +goose StatementBegin\nb $$;$$\n-- +goose StatementEnd\nc;\n\
                     -- +goose Down\nx;\n--+goose  UP\nd;",
            ),
            (
                "00002_b.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\nb;\n  -- +goose down\nx;",
            ),
            (
                "00003_c.sql",
                "-- +goose Up\n-- +goose ENVSUB ON\nc ${ROWSMITH_UNSET:-1} $owner $$ $owner $$;\n\
                     -- +goose ENVSUB OFF\nd $owner;\n",
            ),
        ],
        &[
            "00001_a.sql: a; b $$;$$ ; c; d;",
            "00002_b.sql!: b;",
            "00003_c.sql: c 1 shop $$ $owner $$; d $owner;",
        ],
    ),
    (
        "golang-migrate",
        &[
            ("000002_b.up.sql", "b;"),
            ("000002_b.down.sql", "x;"),
            ("20240102030405_c.up.sql", "c;"),
            ("000001_a.up.sql", "a;"),
        ],
        &[
            "000001_a.up.sql: a;",
            "000002_b.up.sql: b;",
            "20240102030405_c.up.sql: c;",
        ],
    ),
    (
        "tern",
        &[
            (
                "001_a.sql",
                "a '{{b,c}}';\n\n---- create above / drop below ----\n\nx;",
            ),
            (
                "002_b.sql",
                "---- tern: disable-tx ----\nb;\n---- Create above / drop below ----\n",
            ),
        ],
        &["001_a.sql: a '{{b,c}}';", "002_b.sql!: b;"],
    ),
    (
        "sql-migrate",
        &[
            ("1.sql", "-- +migrate Up\na;\n-- +migrate Down\nx;"),
            (
                "2.sql",
                "-- +migrate Up notransaction\n-- +migrate StatementBegin\nb\n-- +migrate StatementEnd\n\
                     -- +migrate Down notransaction\nx;",
            ),
        ],
        &["1.sql: a;", "2.sql!: b ;"],
    ),
    (
        "atlas",
        &[
            ("atlas.sum", "h1:…"),
            ("1_a.sql", "a;"),
            ("2_checkpoint.sql", "-- atlas:checkpoint v1\n\nb;"),
            ("3_c.sql", "-- atlas:txmode none\n\nc;"),
            (
                "4_d.sql",
                "-- atlas:txtar\n\n-- checks.sql --\nx;\n-- migration.sql --\nd;\n-- down.sql --\nx;",
            ),
        ],
        &["2_checkpoint.sql: b;", "3_c.sql!: c;", "4_d.sql: d;"],
    ),
    (
        "drizzle-kit",
        &[
            (
                "meta/_journal.json",
                r#"{"version":"7","entries":[{"idx":0,"tag":"0000_b"},{"idx":1,"tag":"0001_a"}]}"#,
            ),
            ("meta/0000_snapshot.json", "{}"),
            ("0001_a.sql", "c;--> statement-breakpoint\nd;"),
            ("0000_b.sql", "a\n--> statement-breakpoint\nb\n"),
        ],
        &["0000_b.sql: a ; b", "0001_a.sql: c;; d;"],
    ),
    (
        "drizzle-kit with folders",
        &[
            ("20250102_b/migration.sql", "b --> statement-breakpoint\nc"),
            ("20250102_b/snapshot.json", "{}"),
            ("20250101_a/migration.sql", "a;"),
        ],
        &[
            "20250101_a/migration.sql: a;",
            "20250102_b/migration.sql: b ; c",
        ],
    ),
    (
        "node-pg-migrate",
        &[(
            "1700000000000_a.sql",
            "-- Up Migration\na;\n\n-- Down Migration\nx;",
        )],
        &["1700000000000_a.sql: a;"],
    ),
    (
        "Supabase",
        &[
            ("20240102030405_b.sql", "b;"),
            ("20230102030405_a.sql", "a;"),
        ],
        &["20230102030405_a.sql: a;", "20240102030405_b.sql: b;"],
    ),
    (
        "pop",
        &[
            ("1_a.up.sql", "x;"),
            ("1_a.postgres.up.sql", "a;"),
            ("2_b.mysql.up.sql", "x;"),
            ("2_b.sqlite3.up.sql", "x;"),
            ("2_b.postgres.autocommit.up.sql", "b;"),
            ("3_c.up.sql", "c;"),
        ],
        &[
            "1_a.postgres.up.sql: a;",
            "2_b.postgres.autocommit.up.sql!: b;",
            "3_c.up.sql: c;",
        ],
    ),
    (
        "folders of versions",
        &[
            ("v1.10/a.sql", "c;"),
            ("v1.9/b.sql", "b;"),
            ("v1.9/a.sql", "a;"),
        ],
        &["v1.9/a.sql: a;", "v1.9/b.sql: b;", "v1.10/a.sql: c;"],
    ),
    (
        "nobody",
        &[
            ("schema.sql", "b;"),
            ("extensions.sql", "a;"),
            (".hidden.sql", "x;"),
            ("schema.sql~", "x;"),
            ("schema.sql.bak", "x;"),
            ("schema.bak.sql", "x;"),
            ("2_c_down.sql", "x;"),
            ("2_c_up.sql", "c;"),
            ("sub/1.sql", "x;"),
        ],
        &["2_c_up.sql: c;", "extensions.sql: a;", "schema.sql: b;"],
    ),
];

#[test]
fn folders_of_every_tool_are_read() {
    for (tool, files, expected) in FOLDERS {
        let (migrations, diagnostics) = read(files);
        assert_eq!(applied(&migrations), *expected, "{tool}");
        assert_eq!(reports(&diagnostics), Vec::<String>::new(), "{tool}");
    }
}

/// Folders, and what is wrong with them.
const MISTAKEN: &[(Texts, &[&str])] = &[
    (
        &[("1_a.sql", "a;"), ("V2__b.sql", "b;")],
        &[
            "error: two forms of migrations are mixed: `V2__b.sql` is one of Flyway or refinery, `1_a.sql` is one of \
                 the numbered files",
        ],
    ),
    (
        &[("1_a/up.sql", "a;"), ("2_b/migration.sql", "b;")],
        &[
            "error: two forms of migrations are mixed: `1_a/up.sql` is one of Diesel, `2_b/migration.sql` is one of \
                 Prisma or drizzle-kit",
        ],
    ),
    (
        &[
            ("1_a.sql", "-- +goose Up\na;"),
            ("2_b.sql", "-- migrate:up\nb;"),
        ],
        &["error 2_b.sql:1:1: migrations of goose and of dbmate are mixed"],
    ),
    (
        &[("1_a.sql", "-- +goose Up\na;\n-- migrate:down\nb;")],
        &["error 1_a.sql:3:1: migrations of goose and of dbmate are mixed"],
    ),
    (
        &[("1_a.up.sql", "a;"), ("01_b.up.sql", "b;")],
        &["warning 01_b.up.sql: `1_a.up.sql` and `01_b.up.sql` have the same version 1"],
    ),
    (
        &[("1_a.sql", "a;"), ("1_b.sql", "b;")],
        &["warning 1_b.sql: `1_a.sql` and `1_b.sql` have the same version 1"],
    ),
    (
        &[("2024-01-02_a.sql", "a;"), ("2024-01-03_b.sql", "b;")],
        &[],
    ),
    (
        &[("V1__a.sql", "a;"), ("V1.0__b.sql", "b;")],
        &["error V1__a.sql: `V1.0__b.sql` and `V1__a.sql` have the same version 1"],
    ),
    (
        &[("1-2_a/up.sql", "a;"), ("12_b/up.sql", "b;")],
        &["error 12_b: `1-2_a` and `12_b` have the same version 12"],
    ),
    (
        &[("1_a/up.sql", "a;"), ("2_b/down.sql", "b;")],
        &["error: the migration `2_b` has no `up.sql`"],
    ),
    (
        &[("1_a.sql", "-- +goose Up\na;\n-- +goose Dwon\nb;")],
        &["error 1_a.sql:3:1: goose has no marker `-- +goose Dwon`"],
    ),
    (
        &[("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\na;")],
        &["error 1_a.sql:2:1: `-- +goose StatementBegin` has no end"],
    ),
    (
        &[("1_a.sql", "-- +goose Up\na;\n  -- +goose StatementEnd\n")],
        &["error 1_a.sql:3:3: `-- +goose StatementEnd` has no begin"],
    ),
    (
        &[("1_a.sql", "-- why\nb;\n-- migrate:up\na;")],
        &["warning 1_a.sql:2:1: this is not applied: it stands before the first section"],
    ),
    (
        &[(
            "1_a.sql",
            "-- +goose Up\n-- +goose ENVSUB ON\na ${ROWSMITH_UNSET};",
        )],
        &["error 1_a.sql:3:3: the placeholder `${ROWSMITH_UNSET}` has no value"],
    ),
    (
        &[("V1__a.sql", "CREATE TABLE ${unset}.a ();")],
        &["error V1__a.sql:1:14: the placeholder `${unset}` has no value"],
    ),
    (
        &[(
            "1_a.sql",
            "a {{ template \"b.sql\" . }};\n---- create above / drop below ----",
        )],
        &["error 1_a.sql:1:3: the template `{{ template \"b.sql\" . }}` is not filled in"],
    ),
    (
        &[("meta/_journal.json", "{\"entries\": [\n  {\"tag\": }]}")],
        &[
            "error meta/_journal.json:2:11: the journal of drizzle-kit cannot be read: expected value",
        ],
    ),
    (
        &[
            (
                "meta/_journal.json",
                "{\"entries\": [{\"tag\": \"0000_gone\"}]}",
            ),
            ("0001_b.sql", "b;"),
        ],
        &[
            "error meta/_journal.json:1:22: there is no `0000_gone.sql`, which the journal lists",
            "warning 0001_b.sql: `0001_b.sql` is not applied: the journal does not list it",
        ],
    ),
    (
        &[
            ("00001_a.sql", "-- +goose Up\na;"),
            ("00002_b.go", "package x"),
        ],
        &["warning 00002_b.go: `00002_b.go` is not applied: it is a program, not SQL"],
    ),
    (
        &[("V1__a.sql", "a;"), ("V2__b.rs", "fn"), ("seed.sql", "s;")],
        &[
            "warning V2__b.rs: `V2__b.rs` is not applied: it is a program, not SQL",
            "warning seed.sql: `seed.sql` is not applied: Flyway and refinery apply `V1__name.sql` and the like",
        ],
    ),
    (
        &[("1_a.sql", "SELECT 1;\n\\ir other.sql\n")],
        &["error 1_a.sql:2:1: psql's `\\ir` cannot be followed"],
    ),
];

#[test]
fn mistakes_in_folders_are_reported() {
    for (files, expected) in MISTAKEN {
        let (_, diagnostics) = read(files);
        assert_eq!(reports(&diagnostics), *expected, "{files:?}");
    }
}

#[test]
fn what_is_no_schema_is_not_sent() {
    let table = [
        ("SELECT '\\x';", "SELECT '\\x';"),
        (
            "\\restrict don't\nSELECT 'é';\n\\unrestrict x",
            "\n\nSELECT 'é';\n\n",
        ),
        ("-- it's\n\\c é\r\nSELECT 1;", "-- it's\n\n\nSELECT 1;"),
        (
            "SELECT $$\n\\restrict x\n$$, '\n\\c\n';",
            "SELECT $$\n\\restrict x\n$$, '\n\\c\n';",
        ),
        (
            "COPY a.t (b) FROM stdin;\nit's\t1\n\\.\n\\c\nSELECT 1;",
            "\n\n\nSELECT 1;",
        ),
        (
            "COPY t FROM 'f';\n\\c\nSELECT 1;",
            "COPY t FROM 'f';\n\n\nSELECT 1;",
        ),
        (
            "CREATE TABLE t ();\n-- name: Get :one\nSELECT @a;\nSELECT 1;",
            "CREATE TABLE t ();\n-- name: Get :one\n\n;\nSELECT 1;",
        ),
        (
            "CREATE TABLE t ();\n-- name: Get :one\nSELECT 1;\nSELECT @a; UPDATE t SET a = sqlc.arg(b);\nSELECT sqlc.embed(t) FROM t;\nINSERT INTO t VALUES ('@a');\nCREATE VIEW v AS SELECT @a;",
            "CREATE TABLE t ();\n-- name: Get :one\n\n;\n\n; \n;\n\n;\nINSERT INTO t VALUES ('@a');\nCREATE VIEW v AS SELECT @a;",
        ),
        // An absolute value.
        ("UPDATE t SET a = @b;", "UPDATE t SET a = @b;"),
        (
            "SET transaction_timeout = 0; SET LOCAL lock_timeout TO '1s'; SET search_path = a",
            "\n; \n; SET search_path = a",
        ),
        (
            "create database x; GRANT CONNECT ON DATABASE x TO y; a; ALTER SYSTEM SET b = 1",
            "\n; \n; a; \n",
        ),
    ];
    for (text, expected) in table {
        let file = SourceFile::new("m.sql", "m.sql", text);
        let (migration, diagnostics) = read_file(file, &Placeholders::new(), Purpose::Throwaway);
        assert_eq!(migration.sql.text(), expected, "{text:?}");
        assert!(diagnostics.is_empty(), "{text:?}");
    }
}

#[test]
fn a_big_dump_is_read_in_no_time() {
    let row = format!("{}\tit's\t{}\n", "a".repeat(100_000), "\"".repeat(50));
    let table = |n: usize| {
        format!(
            "CREATE TABLE t{n} (a text);\nCOPY t{n} FROM stdin;\n{}\\.\n",
            row.repeat(2)
        )
    };
    let text: String = (0..100).map(table).collect();
    assert!(text.len() > 20_000_000);
    let file = SourceFile::new("m.sql", "m.sql", text);
    let started = std::time::Instant::now();
    let (migration, _) = read_file(file, &Placeholders::new(), Purpose::Throwaway);
    assert!(migration.sql.text().len() < 10_000);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
