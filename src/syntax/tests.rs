//! Whole files in, queries and reports out.

use super::*;
use crate::diagnostic::render;

/// Statements without a name are looked at elsewhere.
fn read(file: &SourceFile) -> (Vec<Query>, Vec<Diagnostic>) {
    parse_as(Role::SchemaToo, file, &StandIns::default())
}

fn file(text: &str) -> SourceFile {
    SourceFile::new("q.sql", "q.sql", text)
}

/// The queries as `name :command docs sql`, after making sure that nothing is reported.
fn queries(text: &str) -> Vec<String> {
    let (queries, diagnostics) = read(&file(text));
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

/// What is reported, rendered.
fn report(text: &str) -> String {
    render(&read(&file(text)).1, false)
}

/// What is reported, as `line:column message | help`.
fn mistakes(text: &str) -> Vec<String> {
    let (_, diagnostics) = read(&file(text));
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = diagnostic.line_and_column().unwrap();
            let help: Vec<&str> = diagnostic.helps().collect();
            format!(
                "{line}:{column} {} | {}",
                diagnostic.message(),
                help.join("; ")
            )
        })
        .collect()
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

#[test]
fn docs_are_the_comments_around_the_annotation() {
    let table: &[(&str, &[&str])] = &[
        (
            "-- name: A :one\n-- One.\n--Two.\n--\n--   Three.  \nSELECT 1",
            &["One.", "Two.", "", "  Three."],
        ),
        (
            "-- Above.\n-- name: A :one\n-- Below.\nSELECT 1",
            &["Above.", "Below."],
        ),
        (
            "-- Licence.\n\n-- Above.\n-- name: A :one\nSELECT 1",
            &["Above."],
        ),
        (
            "-- Licence.\r\n\r\n-- name: A :one\r\n-- Below.\r\nSELECT 1",
            &["Below."],
        ),
        (
            "-- name: A :one\n\n-- After a gap.\n\n\n-- More.\nSELECT 1",
            &["After a gap.", "", "More."],
        ),
        ("-- name: A :one\n--\n-- Text.\n--\nSELECT 1", &["Text."]),
        (
            "SELECT 1; -- of the other\n-- Mine.\n-- name: A :one\nSELECT 1",
            &["Mine."],
        ),
        (
            "-- name: A :one\n  -- Indented.\nSELECT 1 -- inner\n",
            &["Indented."],
        ),
        (
            "/* name: A :one */ /* Here. */ -- And here.\nSELECT 1",
            &["Here.", "And here."],
        ),
        (
            "/* One\n   two\n     three */\n-- name: A :one\nSELECT 1",
            &["One", "two", "  three"],
        ),
        (
            "/**\n * One.\n *\n *   Two.\n **/\n-- name: A :one\nSELECT 1",
            &["One.", "", "  Two."],
        ),
        (
            "/*\n  One.\n\n  Two.\n*/\n-- name: A :one\nSELECT 1",
            &["One.", "", "Two."],
        ),
        (
            "-- name: A :one\n-- mail a@param.org\n-- see @param\n-- @ noon\nSELECT 1",
            &["mail a@param.org", "see @param", "@ noon"],
        ),
        (
            "-- name: A :one\n-- @max_rows and\n-- @owner are not checked.\nSELECT @max_rows, sqlc.arg('owner')",
            &["@max_rows and", "@owner are not checked."],
        ),
        (
            "-- name: A :one\n-- @sqlc-vet-disable rule\n-- Text.\nSELECT 1",
            &["Text."],
        ),
        ("/**/\n-- name: A :one\n/* */\nSELECT 1", &[]),
    ];
    for (text, expected) in table {
        let (queries, diagnostics) = read(&file(text));
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, false));
        assert_eq!(&queries[0].docs, expected, "{text:?}");
    }
}

#[test]
fn mistaken_annotations_are_reported_at_the_word() {
    let table: &[(&str, &str)] = &[
        (
            "-- name:",
            "1:4 the annotation has no name and no command | write `-- name: QueryName :one`",
        ),
        (
            "-- name: GetUser",
            "1:10 query `GetUser` has no command | add one, as in `-- name: GetUser :one`",
        ),
        (
            "-- name: :many",
            "1:10 the annotation has no name | write `-- name: QueryName :many`",
        ),
        (
            "# name: GetUser :one\nSELECT 1",
            "1:1 this looks like an annotation, but it is not in a comment | write `-- name: GetUser :one`",
        ),
        (
            "-- Users\n//name: GetUser :oen\nSELECT 1;",
            "2:1 this looks like an annotation, but it is not in a comment | write `-- name: GetUser :oen`",
        ),
        (
            "-- name: :one GetUser",
            "1:10 the name comes before the command | ",
        ),
        (
            "-- name: GetUser one",
            "1:18 `one` is not a command: there is no `:` before it | ",
        ),
        (
            "-- name:\tGetUser  onee",
            "1:19 `onee` is not a command: there is no `:` before it | ",
        ),
        (
            "-- name: GetUser:one",
            "1:10 the name and the command are not separate words | ",
        ),
        (
            "-- name: GetUser: one",
            "1:10 the name and the command are not separate words | ",
        ),
        (
            "-- name: GetUser : one",
            "1:18 there is a space after the `:` of the command | ",
        ),
        (
            "-- name: GetUser :",
            "1:18 there is no command after the `:` | add one, as in `-- name: GetUser :one`",
        ),
        (
            "-- name: Get User :one",
            "1:14 the name of a query is one word | ",
        ),
        (
            "-- name: get user :one",
            "1:14 the name of a query is one word | write `-- name: get_user :one`",
        ),
        (
            "-- name: Get-User :onee",
            "1:10 `Get-User` cannot be the name of a query | write `-- name: Get_User :one`",
        ),
        (
            "-- name: 1st :many",
            "1:10 `1st` cannot be the name of a query | write `-- name: _1st :many`",
        ),
        (
            "-- name: __ :many",
            "1:10 `__` cannot be the name of a query | write `-- name: QueryName :many`",
        ),
        (
            "-- name: GetUser :One",
            "1:18 unknown command `:One` | did you mean `:one`?",
        ),
        (
            "-- name: GetUser :execlastid",
            "1:18 Postgres does not remember the last identity | add `RETURNING id` to the statement, and use `:one`",
        ),
        (
            "-- name: GetUser :one by id",
            "1:23 the annotation does not end with its command | write `-- name: GetUser :one`; describe the query in a comment line below",
        ),
        (
            "/* name: GetUser one */",
            "1:18 `one` is not a command: there is no `:` before it | write `/* name: GetUser :one */`",
        ),
    ];
    assert_annotation_mistakes(table);
}

#[test]
fn comments_that_are_hardly_prose_are_reported() {
    assert_annotation_mistakes(&[
        (
            "-- Name: GetUser :one",
            "1:4 this looks like an annotation, but it is not one | ",
        ),
        (
            "-- name GetUser :one",
            "1:4 this looks like an annotation, but it is not one | ",
        ),
        (
            "-- name : GetUser :one",
            "1:4 this looks like an annotation, but it is not one | ",
        ),
        (
            "-- nmae: GetUser :one",
            "1:4 this looks like an annotation, but it is not one | ",
        ),
        (
            "-- GetUser :one",
            "1:4 this looks like an annotation, but it is not one | ",
        ),
        (
            "/* name: GetUser :one\n more */",
            "1:4 an annotation is a comment of one line | write `/* name: GetUser :one */`",
        ),
    ]);
}

#[test]
fn a_query_that_is_switched_off_is_passed_over() {
    for line in ["-- _name: GetUser :one", "-- #name: GetUser :one"] {
        assert_eq!(mistakes(&format!("{line}\nSELECT 1;")), [""; 0], "{line}");
    }
}

/// Each with the whole help, or nothing after `| ` where it is the usual one.
fn assert_annotation_mistakes(table: &[(&str, &str)]) {
    for (line, expected) in table {
        let usual = if expected.ends_with("| ") {
            "write `-- name: GetUser :one`"
        } else {
            ""
        };
        let expected = format!("{expected}{usual}");
        assert_eq!(
            mistakes(&format!("{line}\nSELECT 1;")),
            [expected],
            "{line:?}"
        );
    }
}

#[test]
fn reports_of_likely_mistakes() {
    insta::assert_snapshot!(report("-- name: GetUser :frobnicate\nSELECT 1;\n-- name: GetUser one\nSELECT * FROM users WHERE id = :id;\n"), @r#"
        error[invalid-annotation]: unknown command `:frobnicate`
         --> q.sql:1:18
          |
        1 | -- name: GetUser :frobnicate
          |                  ^^^^^^^^^^^
          |
          = note: the commands are `:one`, `:many`, `:exec`, `:execrows`, `:execresult`, `:copyfrom`, `:batchexec`, `:batchone` and `:batchmany`

        error[invalid-annotation]: `one` is not a command: there is no `:` before it
         --> q.sql:3:18
          |
        3 | -- name: GetUser one
          |                  ^^^
          |
          = note: the commands are `:one`, `:many`, `:exec`, `:execrows`, `:execresult`, `:copyfrom`, `:batchexec`, `:batchone` and `:batchmany`
          = help: write `-- name: GetUser :one`

        error[invalid-placeholder]: `:id` is not a placeholder
         --> q.sql:4:32
          |
        4 | SELECT * FROM users WHERE id = :id;
          |                                ^^^
          |
          = help: write `@id`
        "#);
}

#[test]
fn a_broken_query_does_not_hide_the_others() {
    let text = "-- name: A :onee\nSELECT @a, $3;\n-- name: B :one\nSELECT 1;\n-- name: C :one\nSELECT :x = :y;\n";
    let (queries, _) = read(&file(text));
    assert_eq!(queries.len(), 1);
    assert_eq!(queries[0].name.text(), "B");
    assert_eq!(
        mistakes(text),
        [
            "1:12 unknown command `:onee` | did you mean `:one`?",
            "2:12 `$3` is used, but `$2` is not | write `$2`, or a name: `@name`",
            "6:8 `:x` is not a placeholder | write `@x`",
            "6:13 `:y` is not a placeholder | write `@y`",
        ]
    );
}

#[test]
fn forgotten_semicolons_are_reported_and_both_queries_read() {
    let text = "-- name: A :one\nSELECT 1 -- one\n\n-- name: B :one\n-- Doc.\nSELECT 2";
    let (queries, _) = read(&file(text));
    let sql: Vec<_> = queries.iter().map(|query| query.sql.text()).collect();
    assert_eq!(sql, ["SELECT 1", "SELECT 2"]);
    assert_eq!(queries[1].docs, ["Doc."]);
    insta::assert_snapshot!(report(text), @r#"
        error[invalid-annotation]: there is no `;` before the next query
         --> q.sql:2:9
          |
        2 | SELECT 1 -- one
          |         ^ write `;` here
        3 |
        4 | -- name: B :one
          | --------------- the next query
          |
          = help: the annotation of a query stands above its statement
        "#);
}

#[test]
fn annotations_need_a_statement() {
    insta::assert_snapshot!(report("-- name: A :one\n-- name: B :one\nSELECT 2;\n-- name: C :one\n-- SELECT 3\n;"), @r#"
        error[invalid-annotation]: query `A` has no statement
         --> q.sql:1:10
          |
        1 | -- name: A :one
          |          ^ there is no SQL after this
        2 | -- name: B :one
          |          - the next query
          |
          = help: write its statement below, or remove the annotation

        error[invalid-annotation]: query `C` has no statement
         --> q.sql:4:10
          |
        4 | -- name: C :one
          |          ^ there is no SQL after this
          |
          = help: write its statement below, or remove the annotation
        "#);
    for text in [
        "-- name: A :one",
        "-- name: A :one\n;",
        "SELECT 1\n-- name: A :one\n",
        "/* name: A :one */ -- x",
    ] {
        let found = mistakes(text);
        assert!(
            found.last().unwrap().contains("query `A` has no statement"),
            "{text:?}: {found:?}"
        );
    }
}

#[test]
fn unterminated_text_spoils_one_query() {
    let text = "-- name: A :one\nSELECT 'its;\n\n-- name: B :one\nSELECT 'x';\n-- name: C :one\nSELECT \"c;\n";
    let (queries, _) = read(&file(text));
    assert_eq!(queries.len(), 1);
    assert_eq!(queries[0].sql.text(), "SELECT 'x'");
    insta::assert_snapshot!(report(text), @r#"
        error[unterminated-token]: this string does not end
         --> q.sql:2:8
          |
        2 | SELECT 'its;
          |        ^ it starts here
        3 |
        4 | -- name: B :one
          | --------------- a query starts inside it
          |
          = help: end it with `'`; inside a string, `'` is written `''`

        error[unterminated-token]: this quoted name does not end
         --> q.sql:7:8
          |
        7 | SELECT "c;
          |        ^ it starts here
          |
          = help: end it with `"`
        "#);
    let table = [
        (
            "SELECT 1; /* a /* b */",
            "1:11 this comment does not end | end it with `*/`",
        ),
        (
            "SELECT E'a\\'",
            "1:8 this string does not end | end it with `'`; inside a string, `'` is written `''`",
        ),
        (
            "SELECT $x$ a $X$",
            "1:8 this string does not end | end it with `$x$`",
        ),
        (
            "SELECT U&\"a\"\"",
            "1:8 this quoted name does not end | end it with `\"`",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(mistakes(text), [expected], "{text:?}");
    }
}

#[test]
fn queries_between_two_forgotten_quotes_are_missed() {
    let text = "-- name: A :one\nSELECT 'a;\n-- name: B :one\nSELECT 1, 'b;\n";
    insta::assert_snapshot!(report(text), @r#"
        warning[unterminated-token]: a query starts inside a quoted text
         --> q.sql:3:1
          |
        2 | SELECT 'a;
          |        - the quoted text starts here
        3 | -- name: B :one
          | ^^^^^^^^^^^^^^^ this is not read as a query
          |
          = help: is there a quote too many, or too few?
        "#);
}

#[test]
fn directives_are_read() {
    let text = r#"-- name: A :one
-- @param id bigint?
-- @param "a ""b" !
-- @param c ?
-- @param d numeric(10, 2)[]
/* @column total rust_decimal::Decimal! */
--@column  e  Json<Vec<String>>
-- @param f my::Money?
-- @many
-- @optional a, "B c" ,@d
-- @sort newest : a DESC, (b) -- the default
-- @sort by-2: 'x' || c COLLATE "C" /* y */ ASC
-- @row OrderSummary
SELECT 1"#;
    let (queries, diagnostics) = read(&file(text));
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, false));
    let directives: Vec<_> = queries[0]
        .directives
        .iter()
        .map(|directive| {
            let (kind, directive) = match directive {
                Directive::Param(directive) => ("param", directive),
                Directive::Column(directive) => ("column", directive),
                Directive::Many(place) | Directive::Load(_, place) => {
                    return format!("many {}", place.text());
                }
                Directive::Optional(names) => {
                    let names = names.iter().map(|named| named.name.as_str());
                    return format!("optional {}", names.collect::<Vec<_>>().join("|"));
                }
                Directive::Sort(sort) => {
                    return format!("sort {}|{}", sort.key.name, sort.list.text());
                }
                Directive::Row(name) => return format!("row {}", name.name),
                Directive::Page(paging) => return format!("page {}", paging.assumes_unique),
                Directive::Total(counting) => return format!("total {:?}", counting.up_to),
                Directive::AllowWildcards => return "allow wildcards".to_owned(),
                Directive::Params(params) => return format!("params {}", params.name.name),
            };
            let Override {
                name,
                place,
                rust_type,
                nullable,
            } = directive;
            let ty = rust_type.as_ref().map_or("-", |ty| ty.as_str());
            let nullable = nullable
                .as_ref()
                .map(|(nullable, mark)| (*nullable, mark.text()));
            format!("{kind} {name} {} {ty} {nullable:?}", place.text())
        })
        .collect();
    assert_eq!(
        directives,
        [
            r#"param id id - Some((true, "?"))"#,
            r#"param a "b "a ""b" - Some((false, "!"))"#,
            r#"param c c - Some((true, "?"))"#,
            r"param d d - None",
            r#"column total total rust_decimal::Decimal Some((false, "!"))"#,
            r"column e e Json<Vec<String>> None",
            r#"param f f my::Money Some((true, "?"))"#,
            "many @many",
            "optional a|B c|d",
            "sort newest|a DESC, (b)",
            r#"sort by-2|'x' || c COLLATE "C" /* y */ ASC"#,
            "row OrderSummary",
        ]
    );
}

#[test]
fn mistaken_directives_are_reported_at_the_word() {
    let table: &[(&str, &str)] = &[
        (
            "@parm id int",
            "2:4 unknown directive `@parm` | did you mean `@param`?",
        ),
        (
            "@zzz",
            "2:4 unknown directive `@zzz` | the directives are `@param`, `@column`, `@row`, `@params`, `@optional`, `@sort`, `@page`, `@total`, `@many`, `@with`, `@load` and `@allow`; prose must not begin with `@`",
        ),
        (
            "@param",
            "2:4 `@param` names nothing | write `@param name [type][?|!]`, with an unusual name in double quotes",
        ),
        (
            "@column a-b?",
            "2:12 `a-b?` is not a name | write `@column name [rust::Type][?|!]`, with an unusual name in double quotes",
        ),
        (
            "@column \"a",
            "2:12 `\"a` is not a name | write `@column name [rust::Type][?|!]`, with an unusual name in double quotes",
        ),
        (
            "@param id",
            "2:11 this `@param` changes nothing | write a type, or `?` or `!` for whether it can be NULL: `@param name [type][?|!]`",
        ),
    ];
    for (line, expected) in table {
        let text = format!("-- name: A :one\n-- {line}\nSELECT 1;");
        assert_eq!(&mistakes(&text), &[expected.to_owned()], "{line:?}");
    }
    let misplaced = "-- name: A :one\nSELECT 1\n-- @param a int\n;\n-- @foo\nSELECT 1 -- @foo\n";
    let expected =
        "3:4 `@param` stands inside its statement | move it up, below the `-- name:` line";
    assert_eq!(mistakes(misplaced), [expected]);
}

#[test]
fn types_in_aliases_need_their_path() {
    let text = "-- name: A :one\nSELECT kind AS \"kind!: Kind\", a AS \"a: crate::A\", b AS \"Sum: net\"\nFROM t;";
    let expected = "2:16 the generated code does not know where `Kind` is \
                    | write its path, such as `crate::Kind` or `my_crate::Kind`; \
                    or remove `: Kind`; a column has the Rust type of its Postgres type";
    assert_eq!(mistakes(text), [expected]);
}

#[test]
fn duplicate_names_are_reported_with_both_places() {
    let a = file("-- name: GetUser :one\nSELECT 1;\n-- name: get_user :one\nSELECT 1;\n");
    let b = SourceFile::new(
        "r.sql",
        "r.sql",
        "-- name: GetUser :one\nSELECT 1;\n-- name: getuser :one\nSELECT 1;",
    );
    let queries: Vec<_> = [a, b].iter().flat_map(|file| read(file).0).collect();
    insta::assert_snapshot!(render(&check_duplicate_names(&queries), false), @r#"
        error[duplicate-name]: the names of queries `GetUser` and `get_user` differ only in case and underscores
         --> q.sql:3:10
          |
        1 | -- name: GetUser :one
          |          ------- the first one
        2 | SELECT 1;
        3 | -- name: get_user :one
          |          ^^^^^^^^ the second one
          |
          = help: rename one of them

        error[duplicate-name]: there are two queries `GetUser`
         --> r.sql:1:10
          |
        1 | -- name: GetUser :one
          |          ^^^^^^^ the second one
          |
         ::: q.sql:1:10
          |
        1 | -- name: GetUser :one
          |          ------- the first one
          |
          = help: rename one of them

        error[duplicate-name]: the names of queries `GetUser` and `getuser` differ only in case and underscores
         --> r.sql:3:10
          |
        1 | -- name: GetUser :one
          |          ------- the first one
        2 | SELECT 1;
        3 | -- name: getuser :one
          |          ^^^^^^^ the second one
          |
          = help: rename one of them
        "#);
}

const FRAGMENTS: &[&str] = &[
    "-- name: A :one\n",
    "-- name: B :many",
    "/* name: C :exec */",
    "-- name:",
    "-- Name: D :one\n",
    "-- @param a int?\n",
    "-- @",
    "-- doc\n",
    "/*+ hint */",
    "/*",
    "*/",
    "/* x\n * y\n */",
    "--",
    "SELECT 1",
    "@a",
    "$1",
    ":b",
    "sqlc.arg(",
    "'",
    "E'",
    "\"",
    "$$",
    "\\",
    ";",
    "(",
    ")",
    "[",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "é",
    "\u{feff}",
    "CREATE FUNCTION f() BEGIN ATOMIC",
    "END",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]

    #[test]
    fn any_file_is_read(
        fragments in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 0..16),
    ) {
        let text = fragments.concat();
        let (queries, diagnostics) = read(&file(&text));
        render(&diagnostics, false);
        for query in &queries {
            let start = query.sql.origin(0).start;
            proptest::prop_assert_eq!(start, query.statement.range.start);
        }
        for range in statements(&text) {
            proptest::prop_assert_eq!(text[range.clone()].trim_start(), &text[range]);
        }
    }
}
