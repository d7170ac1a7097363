//! Rules of the comparison that need no database.

use super::*;

fn catalog(objects: &[(&str, &str, Option<&str>, &str)]) -> Catalog {
    let objects = objects.iter().map(|(kind, name, part_of, definition)| {
        let object = Object {
            part_of: part_of.map(str::to_owned),
            definition: (*definition).to_owned(),
            expression: String::new(),
            anew: None,
        };
        (((*kind).to_owned(), (*name).to_owned()), object)
    });
    Catalog {
        objects: objects.collect(),
        role: "postgres".to_owned(),
    }
}

fn shown(expected: &Catalog, live: &Catalog) -> String {
    let found = expected.compare(live);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn differences_are_grouped_and_parts_go_with_the_whole() {
    let expected = catalog(&[
        ("table", "public.a", None, ""),
        (
            "column",
            "public.a.id",
            Some("public.a"),
            "integer NOT NULL",
        ),
        ("column", "public.a.note", Some("public.a"), "text"),
        ("table", "public.b", None, ""),
        ("column", "public.b.id", Some("public.b"), "integer"),
        ("owner", "public.a", Some("public.a"), "postgres"),
        ("owner", "public.b", Some("public.b"), "postgres"),
    ]);
    let live = catalog(&[
        ("table", "public.a", None, "row level security"),
        ("column", "public.a.id", Some("public.a"), "bigint NOT NULL"),
        ("column", "public.a.extra", Some("public.a"), "text"),
        ("table", "public.c", None, ""),
        ("column", "public.c.id", Some("public.c"), "integer"),
        ("owner", "public.a", Some("public.a"), "app"),
        ("grant", "on public.a to app", Some("public.a"), "SELECT"),
    ]);
    insta::assert_snapshot!(shown(&expected, &live), @r"
    missing  column a.note: text
    missing  table b
    extra    column a.extra: text
    extra    table c
    changed  table a
             expected: nothing special
             found:    row level security
    changed  column a.id
             expected: integer NOT NULL
             found:    bigint NOT NULL
    ");
    assert_eq!(shown(&expected, &expected), "");
}

#[test]
fn what_jobs_and_tools_make_is_no_drift() {
    let expected = catalog(&[("table", "public.events", None, "partitioned by RANGE (at)")]);
    let live = catalog(&[
        ("table", "public.events", None, "partitioned by RANGE (at)"),
        (
            "table",
            "public.events_2026",
            None,
            "partition of public.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        ),
        (
            "column",
            "public.events_2026.at",
            Some("public.events_2026"),
            "timestamp",
        ),
        (
            "table",
            "public.events_rest",
            None,
            "partition of public.events DEFAULT",
        ),
        (
            "table",
            "public.other",
            None,
            "partition of public.unknown DEFAULT",
        ),
        ("table", "public._sqlx_migrations", None, ""),
        (
            "column",
            "public._sqlx_migrations.version",
            Some("public._sqlx_migrations"),
            "bigint",
        ),
    ]);
    assert_eq!(
        shown(&expected, &live),
        "extra    table other: partition of public.unknown DEFAULT"
    );
}

#[test]
fn grants_and_owners_count_where_migrations_name_them() {
    let expected = catalog(&[
        ("table", "public.a", None, ""),
        ("owner", "public.a", Some("public.a"), "app"),
        ("grant", "on public.a to app", Some("public.a"), "SELECT"),
    ]);
    let live = catalog(&[
        ("table", "public.a", None, ""),
        ("owner", "public.a", Some("public.a"), "root"),
        ("grant", "on public.a to other", Some("public.a"), "SELECT"),
    ]);
    insta::assert_snapshot!(shown(&expected, &live), @r"
    missing  grant on a to app: SELECT
    extra    grant on a to other: SELECT
    changed  owner a
             expected: app
             found:    root
    ");
}

#[test]
fn long_texts_show_where_they_differ() {
    let text = |line: &str| format!("CREATE FUNCTION f()\n RETURNS int\nAS $$\n  {line}\n$$");
    let expected = catalog(&[("function", "public.f()", None, &text("SELECT 1"))]);
    let live = catalog(&[("function", "public.f()", None, &text("SELECT 2"))]);
    insta::assert_snapshot!(shown(&expected, &live), @r"
    changed  function f()
             expected: SELECT 1
             found:    SELECT 2
    ");
}

#[test]
fn patterns_name_what_is_left_out() {
    let live = catalog(&[("index", "public.a_idx", Some("public.a"), "CREATE INDEX")]);
    let [difference] = &Catalog::default().compare(&live)[..] else {
        panic!()
    };
    for pattern in [
        "a_idx",
        "public.a_idx",
        "a_*",
        "*_idx",
        "index public.a*",
        "a",
        "public.*",
    ] {
        assert!(difference.is_ignored(&[pattern.to_owned()]), "{pattern}");
    }
    for pattern in ["idx", "a_", "table *", "b*", "*a_id", ""] {
        assert!(!difference.is_ignored(&[pattern.to_owned()]), "{pattern}");
    }
}
