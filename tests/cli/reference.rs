//! `docs/cli.md` and the schemas beside it are what the command does. `UPDATE=1` writes the help texts into the page.

use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use crate::project::{Project, json};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_page_shows_the_help() {
    let project = Project::new(&[]);
    let page = read("docs/cli.md");
    let mut lines = page.lines();
    let mut written = Vec::new();
    let mut shown = Vec::new();
    while let Some(line) = lines.next() {
        written.push(line.to_owned());
        let Some(command) = line
            .strip_prefix("<!-- help: ")
            .and_then(|rest| rest.strip_suffix("-->"))
        else {
            continue;
        };
        // The old text.
        assert_eq!(lines.next(), Some("```text"), "{command}");
        lines.by_ref().find(|line| *line == "```").unwrap();
        let help = project.output(&format!("{command} --help")).stdout;
        let help = help
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n");
        written.push(format!("```text\n{help}\n```"));
        shown.push(command.trim().to_owned());
    }
    let written = written.join("\n") + "\n";
    if env::var_os("UPDATE").is_some() && env::var_os("CI").is_none() {
        fs::write(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md"),
            &written,
        )
        .unwrap();
        return;
    }
    assert_eq!(
        written, page,
        "run `UPDATE=1 cargo test --test cli reference`"
    );
    // No command is missing.
    let help = project.output("--help").stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        if let Some(name) = line
            .strip_prefix("  ")
            .filter(|name| !name.starts_with(' '))
        {
            let name = name.split(' ').next().unwrap();
            assert!(
                name == "help" || shown.iter().any(|known| known == name),
                "{name}"
            );
        }
    }
}

/// Whether a value is what a schema says: as much of JSON Schema as ours use. Returns what is wrong.
fn wrong(value: &Value, schema: &Value, root: &Value) -> Option<String> {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.strip_prefix("#/$defs/").unwrap();
        return wrong(value, &root["$defs"][name], root);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return (!allowed.contains(value)).then(|| format!("{value} is none of {allowed:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_allowed = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => true,
    };
    if !is_allowed {
        return Some(format!("{value} is no {}", schema["type"]));
    }
    if let (Some(values), items @ Value::Object(_)) = (value.as_array(), &schema["items"]) {
        return values.iter().find_map(|value| wrong(value, items, root));
    }
    let (Some(found), Some(known)) = (value.as_object(), schema["properties"].as_object()) else {
        return None;
    };
    let mut required = schema["required"].as_array().unwrap().iter();
    if let Some(missing) = required.find(|name| !found.contains_key(name.as_str().unwrap())) {
        return Some(format!("{missing} is missing"));
    }
    found
        .iter()
        .find_map(|(name, value)| match known.get(name) {
            Some(schema) => wrong(value, schema, root).map(|problem| format!("{name}: {problem}")),
            None => Some(format!("the schema does not know `{name}`")),
        })
}

#[test]
fn json_is_as_its_schemas_say() {
    let diagnostics = json(&read("docs/schema/diagnostics-1.json"));
    let explain = json(&read("docs/schema/explain-1.json"));
    assert!(
        wrong(
            &json("[{\"severity\": \"bad\"}]"),
            &diagnostics,
            &diagnostics
        )
        .is_some()
    );
    assert!(wrong(&json("[{}]"), &explain, &explain).is_some());
    let project = Project::new(&[(
        "migrations/1.sql",
        "CREATE TABLE users (id bigint PRIMARY KEY, tags text[]);\n\
         CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);\n",
    )]);
    assert_eq!(project.output("init").code, 0);
    project.write(
        "queries/more.sql",
        "-- name: ListSome :many\n-- @optional id\n-- @sort back: id DESC\n-- @with { posts }\nSELECT * FROM users WHERE id = @id ORDER BY id;\n",
    );
    let found = json(&project.output("explain --format json").stdout);
    assert_eq!(wrong(&found, &explain, &explain), None);
    assert!(found.as_array().unwrap().len() > 3);
    // Files that are missing, mistakes, a failure, and nothing at all.
    let check = || json(&project.output("check --format json").stdout);
    let missing = check();
    assert_eq!(missing[0]["code"], "drift");
    assert_eq!(wrong(&missing, &diagnostics, &diagnostics), None);
    assert_eq!(project.output("generate").code, 0);
    assert_eq!(check(), json("[]"));
    project.write(
        "queries/more.sql",
        "-- name: ListSome :many\nSELECT nme FROM users;\n",
    );
    let mistakes = check();
    assert_eq!(mistakes[0]["severity"], "error");
    assert_eq!(wrong(&mistakes, &diagnostics, &diagnostics), None);
    let mut command = project.command("check --live --format json");
    command.env("ROWSMITH_DATABASE_URL", "postgres://localhost:1/none");
    let failure = json(&String::from_utf8(command.output().unwrap().stdout).unwrap());
    assert_eq!(failure[0]["code"], "failure");
    assert_eq!(wrong(&failure, &diagnostics, &diagnostics), None);
}
