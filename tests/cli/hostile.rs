//! What should not lie where a file is read or written, and passwords that nobody may see.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::project::Project;

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: db
";

fn project() -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("schema.sql", "CREATE TABLE t (id int);\n"),
        ("queries/a.sql", "-- name: A :many\nSELECT id FROM t;\n"),
    ])
}

/// What a command does, which has to come to an end.
fn run(command: &mut Command) -> Output {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    // Pipes take so little that a long report would wait for its reader.
    let mut pipes = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read = |pipe: &mut dyn std::io::Read| {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let stdout = thread::spawn(move || read(&mut pipes.0));
    let stderr = thread::spawn(move || read(&mut pipes.1));
    let deadline = Instant::now() + Duration::from_secs(100);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it hangs");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    Output {
        status,
        stdout,
        stderr,
    }
}

/// The first line of what a command says.
fn first_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn whatever_lies_at_a_path_nothing_hangs_and_nothing_is_overwritten() {
    let mut told = String::new();
    for name in [
        "rowsmith.snapshot",
        "db/mod.rs",
        "db/a.rs",
        "schema.sql",
        "queries/a.sql",
        "sqlc.yaml",
    ] {
        for what in ["pipe", "device", "folder", "link", "huge"] {
            let project = project();
            let path = project.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mine = project.path("mine");
            fs::write(&mine, "my own notes\n").unwrap();
            if path.exists() && what != "link" {
                fs::remove_file(&path).unwrap();
            }
            match what {
                "pipe" => mkfifo(&path, Mode::S_IRWXU).unwrap(),
                "device" => symlink("/dev/zero", &path).unwrap(),
                "folder" => fs::create_dir(&path).unwrap(),
                "huge" => fs::File::create(&path).unwrap().set_len(1 << 40).unwrap(),
                _ if path.exists() => {
                    // To read through a link is fine.
                    fs::rename(&path, project.path("real")).unwrap();
                    symlink(project.path("real"), &path).unwrap();
                }
                _ => symlink(&mine, &path).unwrap(),
            }
            let output = run(&mut project.command("generate"));
            let code = output.status.code().expect("it ends by itself");
            let _ = writeln!(told, "{name}, a {what}: [{code}] {}", first_line(&output));
            assert_eq!(fs::read_to_string(&mine).unwrap(), "my own notes\n");
            assert!(what != "link" || path.is_symlink());
        }
    }
    insta::assert_snapshot!(told, @r"
    rowsmith.snapshot, a pipe: [1] warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` cannot be read: it is not a regular file, so Postgres is asked
    rowsmith.snapshot, a device: [1] warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` cannot be read: it is not a regular file, so Postgres is asked
    rowsmith.snapshot, a folder: [1] warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` is a folder, so Postgres is asked
    rowsmith.snapshot, a link: [1] warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` is not a snapshot, so Postgres is asked
    rowsmith.snapshot, a huge: [1] warning[unusable-snapshot]: the snapshot `rowsmith.snapshot` cannot be read: it is larger than 256 MB, so Postgres is asked
    db/mod.rs, a pipe: [1] error[foreign-file]: `db/mod.rs` is not a regular file, so it is not replaced
    db/mod.rs, a device: [1] error[foreign-file]: `db/mod.rs` is a link, so it is not replaced
    db/mod.rs, a folder: [1] error[foreign-file]: `db/mod.rs` is a folder, so it is not replaced
    db/mod.rs, a link: [1] error[foreign-file]: `db/mod.rs` is a link, so it is not replaced
    db/mod.rs, a huge: [1] error[foreign-file]: `db/mod.rs` is too large to be written by rowsmith, so it is not replaced
    db/a.rs, a pipe: [1] error[foreign-file]: `db/a.rs` is not a regular file, so it is not replaced
    db/a.rs, a device: [1] error[foreign-file]: `db/a.rs` is a link, so it is not replaced
    db/a.rs, a folder: [1] error[foreign-file]: `db/a.rs` is a folder, so it is not replaced
    db/a.rs, a link: [1] error[foreign-file]: `db/a.rs` is a link, so it is not replaced
    db/a.rs, a huge: [1] error[foreign-file]: `db/a.rs` is too large to be written by rowsmith, so it is not replaced
    schema.sql, a pipe: [1] error[unreadable-file]: cannot read `schema.sql`: it is not a regular file
    schema.sql, a device: [1] error[unreadable-file]: cannot read `schema.sql`: it is not a regular file
    schema.sql, a folder: [1] error[nothing-found]: the folder `schema.sql` is empty
    schema.sql, a link: [0] created db/a.rs
    schema.sql, a huge: [1] error[unreadable-file]: cannot read `schema.sql`: it is larger than 256 MB
    queries/a.sql, a pipe: [1] error[unreadable-file]: cannot read `queries/a.sql`: it is not a regular file
    queries/a.sql, a device: [1] error[unreadable-file]: cannot read `queries/a.sql`: it is not a regular file
    queries/a.sql, a folder: [1] error[unreadable-file]: cannot read `queries/a.sql`: it is a folder
    queries/a.sql, a link: [0] created db/a.rs
    queries/a.sql, a huge: [1] error[unreadable-file]: cannot read `queries/a.sql`: it is larger than 256 MB
    sqlc.yaml, a pipe: [1] error[unreadable-file]: cannot read `sqlc.yaml`: it is not a regular file
    sqlc.yaml, a device: [1] error[unreadable-file]: cannot read `sqlc.yaml`: it is not a regular file
    sqlc.yaml, a folder: [1] error[unreadable-file]: cannot read `sqlc.yaml`: it is a folder
    sqlc.yaml, a link: [0] created db/a.rs
    sqlc.yaml, a huge: [1] error[unreadable-file]: cannot read `sqlc.yaml`: it is larger than 256 MB
    ");
}

#[test]
fn folders_without_end_are_not_walked() {
    let project = project();
    project.write("m/1.sql", "CREATE TABLE t (id int);");
    symlink(".", project.path("m/again")).unwrap();
    symlink("..", project.path("m/up")).unwrap();
    let with = |schema: &str| CONFIGURATION.replace("schema.sql", schema);
    let mut told = String::new();
    for schema in ["/", "m", "/**/*.sql", "m/**/*.sql"] {
        project.write("sqlc.yaml", &with(&format!("[\"{schema}\"]")));
        let output = run(&mut project.command("generate"));
        // What a whole disk holds differs.
        let line = first_line(&output);
        let line = line.split(": ").next().unwrap_or_default();
        let _ = writeln!(told, "{schema}: {} {line}", output.status);
    }
    insta::assert_snapshot!(told, @r"
    /: exit status: 1 error[unreadable-file]
    m: exit status: 0 created db/a.rs
    /**/*.sql: exit status: 1 error[invalid-config]
    m/**/*.sql: exit status: 0 changed rowsmith.snapshot
    ");
}

#[test]
fn a_report_of_thousands_of_mistakes_and_levels_comes_to_an_end() {
    let project = project();
    let many = |line: &dyn Fn(usize) -> String| (0..4000).map(line).collect::<String>();
    let queries = many(&|n| format!("-- name: Q{n} :one\nSELECT nothing{n} FROM t;\n\n"));
    project.write("queries/a.sql", &queries);
    let output = run(&mut project.command("generate"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.ends_with("4000 mistakes; nothing was written\n"));
    assert!(text.contains("--> queries/a.sql:11999:8\n"));
    assert!(text.contains("\n11999 | SELECT nothing3999 FROM t;\n"));

    let unknown = many(&|n| format!("unknown{n}: 1\n"));
    project.write("sqlc.yaml", &format!("{CONFIGURATION}{unknown}"));
    let output = run(&mut project.command("generate"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("unknown key `unknown0`"), "{text}");
    assert!(text.contains("note[invalid-config]: these are the first 100 mistakes\n"));
    assert!(text.ends_with("100 mistakes; nothing was written\n"));

    for (name, deep) in [
        ("sqlc.yaml", "[".repeat(100_000)),
        ("sqlc.yaml", "{a: ".repeat(25_000)),
        ("sqlc.yaml", "- ".repeat(50_000)),
        ("sqlc.yaml", "? ".repeat(50_000)),
        ("sqlc.json", "[".repeat(100_000)),
    ] {
        let project = Project::new(&[(name, &deep)]);
        let output = run(&mut project.command("generate"));
        assert_eq!(output.status.code(), Some(1));
        let line = first_line(&output);
        assert!(line.starts_with("error[invalid-config]: "), "{line}");
    }
}

#[test]
fn a_nul_byte_hides_nothing_else() {
    let project = project();
    project.write(
        "queries/a.sql",
        "-- name: A :one\nSELECT nothing FROM t;\n-- name: B :one\nSELECT 'x\0' FROM t;\n-- name: C :one\nSELECT no FROM t;\n",
    );
    let text = project.run("generate");
    let lines = text.lines();
    let told: Vec<&str> = lines
        .filter(|line| line.starts_with("error") || line.trim_start().starts_with("-->"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error[invalid-query]: column "nothing" does not exist
     --> queries/a.sql:2:8
    error[invalid-query]: the file contains a NUL character
     --> queries/a.sql:4:10
    error[invalid-query]: column "no" does not exist
     --> queries/a.sql:6:8
    "#);
}

#[test]
fn what_cannot_be_printed_is_a_failure() {
    let project = project();
    assert_eq!(project.output("generate").code, 0);
    project.write("queries/a.sql", "-- name: A :many\nSELECT id + 1 FROM t;\n");
    for arguments in [
        "explain",
        "explain --format json",
        "check",
        "check --format json",
        "check --format github",
        "--help",
        "--version",
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = project.command(arguments);
        let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        if !arguments.starts_with("--") {
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(
                text.contains("error: cannot write to standard output\n"),
                "{text}"
            );
        }
    }
    // Nor is it one to tell nobody.
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = project.command("generate").stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn no_output_shows_a_password() {
    const SECRET: &str = "s3crt";
    let project = project();
    let uris = [
        format!("postgres://me:{SECRET}@127.0.0.1:1/db"),
        format!("postgres://me:{SECRET}/x@127.0.0.1:1/db"),
        format!("postgres://me:{SECRET}@ret@127.0.0.1:1/db"),
        format!("postgres://me:1{SECRET}#@127.0.0.1:1/db"),
        format!("postgres://me:{SECRET}%zz@127.0.0.1:1/db"),
        format!("postgres://127.0.0.1:1/db?password={SECRET}&bad=1"),
        format!("host=127.0.0.1 port=1 user=me password={SECRET}"),
        format!("host=127.0.0.1 port=x user=me password='{SECRET}"),
        format!("mysql://me:{SECRET}@127.0.0.1/db"),
        SECRET.to_owned(),
    ];
    let mistakes: [fn(&str) -> String; 12] = [
        |uri| format!("    database:\n      uri: \"{uri}\"\n"),
        |uri| format!("    database: {{uri: \"{uri}\", unknown: 1}}\n"),
        |uri| format!("    database:\n      uri: \"{uri}\"\n      uri: \"{uri}\"\n"),
        |uri| format!("    database:\n      uri: \"{uri}${{UNSET}}\"\n"),
        |uri| format!("    database:\n      uri: \"{uri}\n"),
        |uri| format!("    database:\n      uri: [\"{uri}\"]\n"),
        |uri| format!("    database:\n      uri: \"{uri}\": x\n"),
        |uri| format!("    database:\n      uri: >\n        {uri}\n       bad\n"),
        |uri| format!("    database:\n      uri: &x \"{uri}\"\n      provider: *x\n"),
        |uri| format!("    database:\n      uri: \"{uri}\"\n      provider: srver\n"),
        |uri| format!("    database: \"uri: {uri}\"\n"),
        |uri| format!("\turi: {uri}\n"),
    ];
    let mut told = 0;
    for uri in &uris {
        for mistake in mistakes {
            // What is no address is taken for the name of a provider there.
            if uri == SECRET && mistake(uri).contains("*x") {
                continue;
            }
            project.write("sqlc.yaml", &format!("{CONFIGURATION}{}", mistake(uri)));
            for format in ["human", "json", "github"] {
                let arguments = format!("generate --verbose --format {format}");
                let output = project.output(&arguments);
                assert_ne!(output.code, 0);
                let text = format!("{}{}", output.stdout, output.stderr);
                assert!(!text.contains(SECRET), "{}\n{text}", mistake(uri));
                told += usize::from(text.contains("uri"));
            }
        }
        project.write(
            "sqlc.yaml",
            &format!("{CONFIGURATION}    database:\n      uri: \"${{ADDRESS}}\"\n"),
        );
        for variable in ["ADDRESS", "ROWSMITH_DATABASE_URL"] {
            if variable != "ADDRESS" {
                project.write("sqlc.yaml", CONFIGURATION);
            }
            let mut command = project.command("generate --verbose");
            let output = command.env(variable, uri).output().unwrap();
            assert!(!output.status.success());
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(!text.contains(SECRET), "{uri}\n{text}");
        }
        let provider = rowsmith::Provider::Server { uri: uri.clone() };
        assert!(!format!("{provider:?}").contains(SECRET));
    }
    assert!(told > 150, "the mistakes are about the address: {told}");
}

#[test]
fn the_private_server_knows_nothing_of_the_environment() {
    let project = project();
    project.write(
        "schema.sql",
        "CREATE TABLE t (id text);\nCOPY t FROM PROGRAM 'env';\n\
         DO $$ BEGIN IF EXISTS (SELECT FROM t WHERE id LIKE '%s3crt%') THEN RAISE 'it is known'; END IF; END $$;\n",
    );
    let mut command = project.command("generate");
    command
        .env("APP_PASSWORD", "s3crt")
        .env("PGPASSWORD", "s3crt");
    let output = run(&mut command);
    assert!(output.status.success(), "{}", first_line(&output));
}
