//! Whole files in, queries and reports out.

use super::*;
use crate::diagnostic::render;

fn file(text: &str) -> SourceFile {
    SourceFile::new("q.sql", "q.sql", text)
}

/// The queries as `name :command docs sql`, after making sure that nothing is reported.
fn queries(text: &str) -> Vec<String> {
    let (queries, diagnostics) = parse(&file(text));
    assert!(
        diagnostics.is_empty(),
        "{text}\n{}",
        render(&diagnostics, false)
    );
    queries
        .iter()
        .map(|query| {
            let docs = query.docs.join("|");
            format!(
                "{} {} [{docs}] {}",
                query.name.text(),
                query.command,
                query.sql.text()
            )
        })
        .collect()
}

fn report(text: &str) -> String {
    render(&parse(&file(text)).1, false)
}

#[test]
fn queries_are_read() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("CREATE TABLE a (); -- nothing\n", &[]),
        ("-- name: A :one\nSELECT 1;\n", &["A :one [] SELECT 1"]),
        ("-- name: A :one\nSELECT 1", &["A :one [] SELECT 1"]),
        (
            "\u{feff}-- name: A :one\r\nSELECT\r\n 1 ;\r\n",
            &["A :one [] SELECT\r\n 1"],
        ),
        ("--name:\tA   :exec \nSELECT 1", &["A :exec [] SELECT 1"]),
        (
            "/* name: A :execrows */ SELECT 1 /* x */;",
            &["A :execrows [] SELECT 1"],
        ),
        ("/*name: A :many*/\nSELECT 1", &["A :many [] SELECT 1"]),
        ("--name:Été_1 :many\nSELECT 1", &["Été_1 :many [] SELECT 1"]),
        (
            "CREATE TABLE t (); -- name: A :one\nSELECT 1; SELECT 2; -- name: B :many\nSELECT 3",
            &["A :one [] SELECT 1", "B :many [] SELECT 3"],
        ),
        (
            "-- name: A :one\nSELECT 1 -- inner\n  , 2 -- outer\n;",
            &["A :one [] SELECT 1 -- inner\n  , 2"],
        ),
        (
            "-- name: A :one\n/*+ SeqScan(t) */ SELECT 1",
            &["A :one [] /*+ SeqScan(t) */ SELECT 1"],
        ),
        // Prose stays prose.
        (
            "-- name of the user\n-- Name: t; Type: TABLE; Schema: public; Owner: -\nSELECT 1;",
            &[],
        ),
        (
            "-- -- name: A :one\n-- SELECT 1;\n/*\n-- name: B :one\n*/\n/* name: C :one\nSELECT 1; */SELECT 1",
            &[],
        ),
        ("CREATE TABLE t (\n-- name: the name\n name text)", &[]),
        (
            "-- name: A :one\n-- name: what it is called\nSELECT 1",
            &["A :one [name: what it is called] SELECT 1"],
        ),
        ("SELECT '\n-- name: A :one\n'", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(&queries(text), expected, "{text:?}");
    }
}
