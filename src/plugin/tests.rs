//! Requests as sqlc 1.31 sends them, and what is generated.

use std::path::Path;
use std::{env, fs};

use super::*;
use wire::{Message, Type};

/// A request of sqlc, in JSON: a table, an enum, and these queries.
fn request(queries: &Value, options: &str) -> Value {
    let table = json!({
        "rel": { "catalog": "", "schema": "", "name": "authors" },
        "columns": [
            column("id", "bigserial", true, true),
            column("name", "text", true, true),
            column("mood", "mood", false, true),
        ],
        "comment": "Who writes",
    });
    let mood = json!({ "name": "mood", "vals": ["sad", "ok"], "comment": "" });
    let system = json!({ "rel": { "schema": "pg_catalog", "name": "pg_class" } });
    json!({
        "settings": { "version": "2", "engine": "postgresql" },
        "catalog": {
            "default_schema": "public",
            "schemas": [
                { "name": "public", "tables": [table], "enums": [mood] },
                { "name": "pg_catalog", "tables": [system] },
            ],
        },
        "queries": queries,
        "sqlc_version": "v1.31.1",
        "plugin_options": base64::encode(options.as_bytes()),
        "global_options": "",
    })
}

fn column(name: &str, ty: &str, not_null: bool, of_table: bool) -> Value {
    let table = json!({ "catalog": "", "schema": "", "name": "authors" });
    json!({
        "name": name,
        "not_null": not_null,
        "is_array": false,
        "length": -1,
        "table": of_table.then_some(table),
        "type": { "catalog": "", "schema": "", "name": ty },
        "embed_table": null,
        "original_name": if of_table { name } else { "" },
    })
}

fn query(name: &str, cmd: &str, text: &str, columns: &[Value], params: &[Value]) -> Value {
    let params = params.iter().enumerate();
    let params: Vec<Value> = params
        .map(|(index, column)| json!({ "number": index + 1, "column": column }))
        .collect();
    json!({
        "text": text,
        "name": name,
        "cmd": cmd,
        "columns": columns,
        "params": params,
        "comments": [format!(" About {name}.")],
        "filename": "authors.sql",
    })
}

/// The message in protobuf.
fn encode(value: &Value, message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, name, ty) in message.0 {
        let value = &value[*name];
        let items = value.as_array().into_iter().flatten();
        bytes.extend(match ty {
            Type::Bool if value == true => wire::varint_field(*number, 1),
            Type::Number if value.is_i64() => {
                wire::varint_field(*number, value.as_i64().unwrap().cast_unsigned())
            }
            Type::Text if value.is_string() => {
                wire::field(*number, value.as_str().unwrap().as_bytes())
            }
            Type::Bytes if value.is_string() => {
                let content = base64::decode(value.as_str().unwrap()).unwrap();
                wire::field(*number, &content)
            }
            Type::Message(inner) if value.is_object() => {
                wire::field(*number, &encode(value, inner))
            }
            Type::Texts => items
                .flat_map(|text| wire::field(*number, text.as_str().unwrap().as_bytes()))
                .collect(),
            Type::Messages(inner) => items
                .flat_map(|item| wire::field(*number, &encode(item, inner)))
                .collect(),
            _ => Vec::new(),
        });
    }
    bytes
}

const FILE: Message = Message(&[(1, "name", Type::Text), (2, "contents", Type::Bytes)]);
const RESPONSE: Message = Message(&[(1, "files", Type::Messages(&FILE))]);

/// The generated files by name, the same in both formats, and the warnings.
fn generated(request: &Value) -> (BTreeMap<String, String>, Vec<String>) {
    let json = respond(request.to_string().as_bytes()).unwrap();
    let protobuf = respond(&encode(request, &request::REQUEST)).unwrap();
    let response: Value = serde_json::from_slice(&json.bytes).unwrap();
    assert_eq!(
        wire::read(&protobuf.bytes, &RESPONSE),
        Some(response.clone())
    );
    let files = response["files"].as_array().unwrap().iter().map(|file| {
        let contents = base64::decode(file["contents"].as_str().unwrap()).unwrap();
        let name = file["name"].as_str().unwrap().to_owned();
        (name, String::from_utf8(contents).unwrap())
    });
    let warnings = json.warnings.iter();
    let warnings = warnings.map(|warning| warning.message().to_owned());
    (files.collect(), warnings.collect())
}

fn mistakes(request: &Value) -> Vec<String> {
    let outcome = respond(request.to_string().as_bytes());
    let error = outcome.err().expect("a mistake");
    let mistakes = error.diagnostics().iter();
    mistakes
        .map(|mistake| mistake.message().to_owned())
        .collect()
}

#[test]
fn sqlc_gets_rust() {
    let slice = json!({
        "name": "ids",
        "not_null": false,
        "is_sqlc_slice": true,
        "type": { "schema": "", "name": "pg_catalog.int8" },
    });
    let array =
        json!({ "name": "", "not_null": true, "is_array": true, "type": { "name": "mood" } });
    let queries = json!([
        query(
            "ListAuthors",
            ":many",
            "SELECT id, name, mood, max(id) FROM authors WHERE id NOT IN ($1) AND mood = ANY($2)",
            &[
                column("id", "bigserial", true, true),
                column("name", "text", true, true),
                column("mood", "mood", false, true),
                column("max", "bigint", true, false),
            ],
            &[slice, array],
        ),
        query(
            "CountAuthors",
            ":one",
            "SELECT count(*) AS \"n!\" FROM authors",
            &[column("n!", "bigint", true, false)],
            &[],
        ),
        query(
            "Both",
            ":many",
            "SELECT name FROM authors UNION SELECT NULL",
            &[column("name", "text", true, true)],
            &[],
        ),
    ]);
    let (files, warnings) = generated(&request(&queries, "{\"query_parameter_limit\":1}"));
    let module = &files["authors.rs"];
    for expected in [
        "// @generated by rowsmith for sqlc.",
        "/// About ListAuthors.",
        "WHERE id <> ALL($1) AND mood = ANY($2)",
        "pub struct ListAuthorsParams<'a> {",
        "pub ids: &'a [i64],",
        "pub dollar_2: &'a [Mood],",
        "pub mood: Option<Mood>,",
        "pub max: Option<i64>,",
        "pub name: String,",
        "-> One<'_, i64>",
        "-> Many<'_, Option<String>>",
    ] {
        assert!(module.contains(expected), "{expected} is not in\n{module}");
    }
    let message = "2 result columns are `Option`s because nothing that sqlc says proves otherwise";
    assert_eq!(warnings, [message]);
}

/// `tests/plugin/request.json` is what sqlc sent, without its system catalog. `UPDATE=1` writes what is expected.
#[test]
fn a_recorded_request_gives_copies_and_batches() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugin");
    let recorded = fs::read_to_string(folder.join("request.json")).unwrap();
    let (files, warnings) = generated(&serde_json::from_str(&recorded).unwrap());
    assert_eq!(warnings, [""; 0]);
    for name in ["members.rs", "models.rs"] {
        let path = folder.join("expected").join(name);
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, &files[name]).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap();
        assert_eq!(
            files[name], expected,
            "if this is right: UPDATE=1 cargo test --lib plugin"
        );
    }
}

#[test]
fn a_copy_names_its_columns() {
    let copy = query(
        "CopyAuthors",
        ":copyfrom",
        "INSERT INTO authors VALUES ($1, $2)",
        &[],
        &[
            column("id", "bigserial", true, true),
            column("name", "text", true, true),
        ],
    );
    assert_eq!(
        mistakes(&request(&json!([copy]), "")),
        ["`CopyAuthors` is no plain `INSERT`"]
    );
}

#[test]
fn what_sqlc_does_not_know_is_a_mistake() {
    let any = query(
        "A",
        ":one",
        "SELECT $1",
        &[column("x", "any", false, false)],
        &[column("p", "", true, false)],
    );
    let command = query("B", ":nothing", "SELECT 1", &[], &[]);
    assert_eq!(
        mistakes(&request(&json!([any, command]), "")),
        [
            "sqlc does not know the type of `x` in `A`",
            "sqlc does not know the type of `$1` in `A`",
            "`:nothing` of `B` is not supported here",
        ]
    );
    let unknown = mistakes(&request(&json!([]), "{\"wibble\":1}"));
    assert_eq!(
        unknown,
        ["unknown key `wibble` in `sql[].codegen[].options`"]
    );
}

#[test]
fn input_of_others_is_refused() {
    for input in [
        &b""[..],
        b"{}",
        b"{\"queries\": 1}",
        b"hello",
        b"\x0a\xff",
        b"\xff\xff\xff",
    ] {
        let error = respond(input).err().expect("a refusal");
        assert_eq!(error.to_string(), "standard input is not a request of sqlc");
    }
}
