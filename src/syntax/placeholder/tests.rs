//! Parameters in all the places where they may stand.

use proptest::prelude::*;

use super::*;
use crate::syntax::lexer::lex;

fn rewritten(sql: &str) -> (Option<Sent>, Vec<Diagnostic>) {
    let file = SourceFile::new("q.sql", "q.sql", sql);
    let mut diagnostics = Vec::new();
    let rewritten = rewrite(&file, &lex(sql), &StandIns::default(), &mut diagnostics);
    assert_eq!(rewritten.is_none(), !diagnostics.is_empty(), "{sql:?}");
    (rewritten, diagnostics)
}

/// The SQL that is sent and the names of its parameters, `-` for none and with `?` after `sqlc.narg`.
fn sent(sql: &str) -> (String, String) {
    let (rewritten, diagnostics) = rewritten(sql);
    let Some(Sent {
        sql, placeholders, ..
    }) = rewritten
    else {
        panic!("{sql}: {diagnostics:?}")
    };
    let names = placeholders.iter().map(|placeholder| {
        let name = placeholder.name.as_deref().unwrap_or("-");
        format!("{name}{}", if placeholder.nullable { "?" } else { "" })
    });
    (sql.text().to_owned(), names.collect::<Vec<_>>().join(" "))
}

#[test]
fn what_the_configuration_replaces_is_sent_instead() {
    let sql = "SELECT nextval('/* s */ids'), @a FROM /* s */t WHERE x = @@@b@@ AND y = @c";
    let file = SourceFile::new("q.sql", "q.sql", sql);
    let stand_ins = [("/* s */", "app."), ("@@b@@", "TRUE")]
        .map(|(text, value)| (text.to_owned(), value.to_owned()));
    let stand_ins = StandIns::new(&stand_ins.into());
    let mut diagnostics = Vec::new();
    let sent = rewrite(&file, &lex(sql), &stand_ins, &mut diagnostics).unwrap();
    assert_eq!(
        sent.sql.text(),
        "SELECT nextval('app.ids'), $1 FROM app.t WHERE x = @TRUE AND y = $2"
    );
    let offset = sent.sql.text().find(".t").unwrap();
    assert_eq!(&sql[sent.sql.origin(offset)], "/* s */");
    assert_eq!(&sql[sent.sql.origin(offset + 1).start..][..1], "t");
}

#[test]
fn placeholders_are_numbered_in_text_order() {
    let table = [
        ("SELECT 1", "SELECT 1", ""),
        ("$1 $2 $1", "$1 $2 $1", "- -"),
        ("$2 $1", "$2 $1", "- -"),
        ("LIMIT @lim OFFSET @off", "LIMIT $1 OFFSET $2", "lim off"),
        ("@a @b @a", "$1 $2 $1", "a b"),
        ("@b $1 @c $3", "$2 $1 $4 $3", "- b - c"),
        ("@user_Id @USER_id @userId", "$1 $1 $2", "user_Id userId"),
        ("@limit @Ünï @a$b @_1", "$1 $2 $3 $4", "limit Ünï a$b _1"),
        ("@x::int = any(@y)", "$1::int = any($2)", "x y"),
        ("(@x.a)", "($1.a)", "x"),
        // Text that only looks like one.
        (
            "'@a $1' \"@b\" $$@c$$ -- @d\n/* @e $9 */ E'\\'@f'",
            "'@a $1' \"@b\" $$@c$$ -- @d\n/* @e $9 */ E'\\'@f'",
            "",
        ),
        (
            "a[1:n] a[:n] a[lo:hi] f(a := @x)",
            "a[1:n] a[:n] a[lo:hi] f(a := $1)",
            "x",
        ),
        ("a[@x:@y]", "a[$1:$2]", "x y"),
        ("JSON_OBJECT('a' :x, k :y)", "JSON_OBJECT('a' :x, k :y)", ""),
        ("a ? 'b' AND a ?| @keys", "a ? 'b' AND a ?| $1", "keys"),
        // Neighbours stay words of their own.
        ("SELECT@x,1 AND@y", "SELECT $1,1 AND $2", "x y"),
        ("sqlc.arg(a)AND sqlc.arg(b)$$c$$", "$1 AND $2 $$c$$", "a b"),
        ("$1AND", "$1AND", "-"),
    ];
    for (sql, expected, names) in table {
        assert_eq!(
            sent(sql),
            (expected.to_owned(), names.to_owned()),
            "{sql:?}"
        );
    }
}

#[test]
fn an_at_sign_after_an_operator_is_a_placeholder() {
    for operator in [
        "=", "!=", "<>", "<", ">", "<=", ">=", "~", "!~", "~*", "!~~*", "+", "-", "*", "/", "%",
        "^", "#", "&", "|", "<<", ">>", "||", "->", "->>", "#>", "#>>", "#-", "&&", "@>", "@@",
        "@?", "<@", "^@", "?", "?|", "?&", "-|-", "&<", "|>>", "<->", "<=>", "<#>", "=>", "%>",
        "<%", "*<>",
    ] {
        for (sql, expected) in [
            ("a{}@x", "a{}$1"),
            ("(a {}@x)", "(a {}$1)"),
            ("a {} @x::int", "a {} $1::int"),
        ] {
            // `<@x` and `^@x` are the operators `<@` and `^@`.
            if matches!(operator, "<" | "^" | "@") && !sql.contains(" @") {
                continue;
            }
            let (sql, expected) = (
                sql.replace("{}", operator),
                expected.replace("{}", operator),
            );
            assert_eq!(sent(&sql), (expected, "x".to_owned()), "{sql}");
        }
    }
}

#[test]
fn operators_with_an_at_sign_survive() {
    for sql in [
        "a @> b",
        "a @>b",
        "a <@ b",
        "a <@b",
        "a<@b",
        "a @@ b",
        "a @@b",
        "a @? b",
        "a @@@ b",
        "a ^@ b",
        "a ^@b",
        "@-5",
        "@ -5",
        "@ x",
        "@(x)",
        "@\"x\"",
        "@@ x",
        "@-@ x",
        "@-@x",
        "a ^<@b",
        "a ?<@b",
        "@'1'::int",
        "@1",
        "@f(x)",
        "a -@f(x)",
        "=@ x",
        "@/**/x",
        "@--\nx",
    ] {
        assert_eq!(sent(sql), (sql.to_owned(), String::new()), "{sql}");
    }
}

#[test]
fn macros_name_parameters() {
    let table = [
        ("sqlc.arg(a)", "$1", "a"),
        ("SQLC . arg ( /* x */ 'a b' )", "$1", "a b"),
        ("sqlc.narg(\"X\"\"y\")::text", "$1::text", "X\"y?"),
        ("sqlc.narg('it''s')", "$1", "it's?"),
        (
            "@a = sqlc.narg(A) OR sqlc.arg('a') IS NULL",
            "$1 = $1 OR $1 IS NULL",
            "a?",
        ),
        ("sqlc.arg(a)::int, $1", "$2::int, $1", "- a"),
        (
            "sqlc.users x.sqlc.arg(a) sqlc",
            "sqlc.users x.sqlc.arg(a) sqlc",
            "",
        ),
    ];
    for (sql, expected, names) in table {
        assert_eq!(
            sent(sql),
            (expected.to_owned(), names.to_owned()),
            "{sql:?}"
        );
    }
}

#[test]
fn slices_compare_with_any_and_all() {
    let table = [
        ("a IN (sqlc.slice(ids))", "a = ANY ($1)"),
        ("a in(sqlc.slice('ids'))", "a = ANY($1)"),
        ("a NOT IN (sqlc.slice(ids))", "a <> ALL ($1)"),
        (
            "a not /* x */ in\n( sqlc.slice(ids) )",
            "a <> /* x */ ALL\n( $1 )",
        ),
        (
            "a IN (sqlc.slice(ids)::f(1, 2)[])",
            "a = ANY ($1::f(1, 2)[])",
        ),
        ("a = ANY(sqlc.slice(ids)::int[])", "a = ANY($1::int[])"),
        ("f(sqlc.slice(ids), 1)", "f($1, 1)"),
        ("a IN (@x, sqlc.arg(ids))", "a IN ($1, $2)"),
    ];
    for (sql, expected) in table {
        assert_eq!(sent(sql).0, expected, "{sql:?}");
    }
}

#[test]
fn embeds_name_their_relation() {
    for (sql, expected, names) in [
        ("SELECT sqlc.embed(t), 1", "SELECT t.*, 1", "t"),
        (
            "SELECT sqlc . embed( s.\"T\" )FROM",
            "SELECT s.\"T\".* FROM",
            "T",
        ),
        ("SELECT sqlc.embed('a b')", "SELECT \"a b\".*", "a b"),
        (
            "SELECT sqlc.embed(U) AS \"x\"\"y\", sqlc.embed(v)as W,@a",
            "SELECT U.*, v.*,$1",
            "x\"y w",
        ),
    ] {
        let (rewritten, diagnostics) = rewritten(sql);
        let Sent { sql, embeds, .. } = rewritten.unwrap_or_else(|| panic!("{diagnostics:?}"));
        assert_eq!(sql.text(), expected);
        let found: Vec<_> = embeds.iter().map(|embed| embed.name.as_str()).collect();
        assert_eq!(found.join(" "), names);
        for embed in embeds {
            let star = format!("{}.*", embed.relation);
            assert!(sql.text()[embed.offset..].starts_with(&star), "{sql:?}");
        }
    }
}

#[test]
fn broken_placeholders_are_reported_at_their_place() {
    let table: &[(&str, &[&str])] = &[
        (
            "a = $1 AND b = $3",
            &["16 `$3` is used, but `$2` is not | write `$2`, or a name: `@name`"],
        ),
        (
            "$2",
            &["1 `$2` is used, but `$1` is not | write `$1`, or a name: `@name`"],
        ),
        (
            "$0",
            &["1 there is no parameter `$0` | number parameters from `$1` up to `$65535`"],
        ),
        (
            "$1 $65536",
            &["4 there is no parameter `$65536` | number parameters from `$1` up to `$65535`"],
        ),
        (
            "$99999999999999999999999",
            &[
                "1 there is no parameter `$99999999999999999999999` | number parameters from `$1` up to `$65535`",
            ],
        ),
        (
            "a = :id OR b=:id AND :c",
            &[
                "5 `:id` is not a placeholder | write `@id`",
                "22 `:c` is not a placeholder | write `@c`",
            ],
        ),
        ("LIMIT :n", &["7 `:n` is not a placeholder | write `@n`"]),
        ("a[f(:n)]", &["5 `:n` is not a placeholder | write `@n`"]),
        (
            "sqlc.arg()",
            &["1 `sqlc.arg` takes one name | write `sqlc.arg(name)`"],
        ),
        (
            "sqlc.narg(a, 'b')",
            &["1 `sqlc.narg` takes one name | write `sqlc.narg(name)`"],
        ),
        (
            "sqlc.arg(@a)",
            &["1 `sqlc.arg` takes one name | write `sqlc.arg(name)`"],
        ),
        (
            "sqlc.arg('')",
            &["1 `sqlc.arg` takes one name | write `sqlc.arg(name)`"],
        ),
        ("(sqlc.arg(a)", &[]),
        (
            "sqlc.arg((a)",
            &["1 `sqlc.arg` takes one name | write `sqlc.arg(name)`"],
        ),
        (
            "sqlc.agr(a)",
            &["1 unknown function `sqlc.agr` | did you mean `sqlc.arg`?"],
        ),
        (
            "sqlc.embed(t.*), sqlc.embed(a, b)",
            &[
                "1 `sqlc.embed` takes the name of a table | write `sqlc.embed(users)`, or an alias of the table",
                "18 `sqlc.embed` takes the name of a table | write `sqlc.embed(users)`, or an alias of the table",
            ],
        ),
        (
            "a IN (sqlc.slice(ids), 3)",
            &[
                "7 `sqlc.slice` stands beside other values | an array is all of a list: write `IN (sqlc.slice(…))` and compare with other values by `OR`",
            ],
        ),
        (
            "ANY(sqlc.slice(1))",
            &["5 `sqlc.slice` takes one name | write `sqlc.slice(name)`"],
        ),
        (
            "sqlc.count(t)",
            &[
                "1 unknown function `sqlc.count` | there are `sqlc.arg`, `sqlc.narg`, `sqlc.slice`, `sqlc.embed`",
            ],
        ),
    ];
    for (sql, expected) in table {
        let (_, diagnostics) = rewritten(sql);
        let found: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| {
                let (_, column) = diagnostic.line_and_column().unwrap();
                let help: Vec<_> = diagnostic.helps().collect();
                format!("{column} {} | {}", diagnostic.message(), help.join("; "))
            })
            .collect();
        assert_eq!(&found, expected, "{sql:?}");
    }
    let names: Vec<_> = (0..=MAX_NUMBER)
        .map(|number| format!("@a{number}"))
        .collect();
    let names = names.join(" ");
    assert_eq!(rewritten(&names).1.len(), 1, "too many");
}

const FRAGMENTS: &[&str] = &[
    "@a",
    "@B",
    "$1",
    "=@é",
    "<@",
    "@@",
    "@",
    "sqlc.arg(c)",
    "sqlc.narg('d')",
    "SELECT",
    " ",
    "\n",
    "'@a'",
    "é",
    "--x\n",
    "::int",
    "(",
    ")",
    "[",
    ":",
    ",",
    "1",
    "$$ @a $$",
    "||@a",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_byte_outside_placeholders_maps_to_itself(
        fragments in proptest::collection::vec(prop::sample::select(FRAGMENTS), 0..20),
    ) {
        let text = fragments.concat();
        let (Some(Sent { sql, placeholders, .. }), _) = rewritten(&text) else {
            return Ok(());
        };
        let mut copied = 0;
        for (offset, byte) in sql.text().bytes().enumerate() {
            let origin = sql.origin(offset);
            if origin.is_empty() {
                prop_assert_eq!(text.as_bytes()[origin.start], byte);
                copied += 1;
            } else {
                let mut uses = placeholders.iter().flat_map(|placeholder| &placeholder.uses);
                prop_assert!(uses.any(|place| place.range == origin));
            }
        }
        let replaced = placeholders.iter().flat_map(|placeholder| &placeholder.uses);
        let replaced: usize = replaced.map(|place| place.range.len()).sum();
        prop_assert_eq!(copied + replaced, text.len());
    }
}
