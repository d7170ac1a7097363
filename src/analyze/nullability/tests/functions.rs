//! The tables of built-in functions against a server: names, strictness, and a search for a NULL that nobody expects.

use std::fmt::Write;

use super::*;
use crate::analyze::functions::{self, Aggregate, Needs, Window};

/// How many calls of each function are tried.
const CALLS: usize = 60;

/// Values of each type, odd ones included. A function of other types is not called.
const VALUES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("smallint", &["0", "1", "-1", "5"]),
    ("integer", &["0", "1", "-1", "2", "7"]),
    ("bigint", &["0", "1", "-1", "3"]),
    ("real", &["0", "-1.5", "NaN", "Infinity"]),
    (
        "double precision",
        &["0", "1", "-1.5", "0.5", "NaN", "Infinity", "-Infinity"],
    ),
    (
        "numeric",
        &["0", "1", "-1", "2.5", "NaN", "Infinity", "-Infinity"],
    ),
    ("money", &["0", "1.5"]),
    (
        "text",
        &[
            "",
            "a",
            "x,y",
            "[0-9]+",
            "{\"a\": null}",
            "day",
            "infinity",
            "UTF8",
            "YYYY",
            "9",
            "$.a",
        ],
    ),
    ("character varying", &["", "abc"]),
    ("character", &["", "a"]),
    ("\"char\"", &["", "a"]),
    ("name", &["", "pg_class", "utf8"]),
    ("bytea", &["", "\\x00ff", "abc"]),
    (
        "date",
        &["2020-02-29", "5874897-12-31", "infinity", "-infinity"],
    ),
    ("time without time zone", &["00:00", "23:59:59.5", "24:00"]),
    ("time with time zone", &["00:00+00", "12:00+05"]),
    (
        "timestamp without time zone",
        &["2020-02-29 12:00", "infinity", "-infinity"],
    ),
    (
        "timestamp with time zone",
        &["2020-02-29 12:00+00", "infinity", "-infinity"],
    ),
    (
        "interval",
        &[
            "0",
            "1 month -1 day",
            "-3 hours",
            "2147483647 months",
            "-2147483648 days",
            "infinity",
        ],
    ),
    (
        "uuid",
        &[
            "00000000-0000-0000-0000-000000000000",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        ],
    ),
    (
        "json",
        &[
            "null",
            "{}",
            "[]",
            "{\"a\": null}",
            "[null, 1]",
            "\"s\"",
            "1",
        ],
    ),
    (
        "jsonb",
        &[
            "null",
            "{}",
            "[]",
            "{\"a\": null}",
            "[null, 1]",
            "\"s\"",
            "1",
            "true",
        ],
    ),
    ("jsonpath", &["$", "$.a", "$[*]", "1 + \"a\"", "$.a == 1"]),
    ("inet", &["0.0.0.0/0", "10.0.0.1", "::1"]),
    ("cidr", &["10.0.0.0/8", "::/0"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("macaddr8", &["08:00:2b:01:02:03:04:05"]),
    ("bit", &["0", "1"]),
    ("bit varying", &["", "101"]),
    ("point", &["(0,0)", "(1,-1)", "(NaN,Infinity)"]),
    ("lseg", &["[(0,0),(1,1)]", "[(0,0),(0,0)]"]),
    ("line", &["{1,-1,0}", "{0,1,2}"]),
    ("box", &["(0,0),(1,1)", "(5,5),(5,5)"]),
    ("path", &["[(0,0),(1,1)]", "((0,0),(1,1),(1,0))"]),
    ("polygon", &["((0,0),(1,1),(1,0))", "((0,0))"]),
    ("circle", &["<(0,0),1>", "<(1,1),0>"]),
    ("tsvector", &["", "'a':1A 'b'", "'x'"]),
    ("tsquery", &["", "a & !b", "'x':*"]),
    ("xml", &["<a/>", ""]),
    ("oid", &["0", "1259", "99999999"]),
    ("regclass", &["pg_class", "0"]),
    ("regtype", &["int4", "0"]),
    ("regconfig", &["simple"]),
    ("regrole", &["postgres"]),
    ("tid", &["(0,1)"]),
    ("xid", &["3"]),
    ("xid8", &["3"]),
    ("pg_lsn", &["0/0", "16/B374D848"]),
    ("pg_snapshot", &["1:2:"]),
    ("int4range", &["empty", "(,)", "[1,5)"]),
    ("int8range", &["empty", "(,3)"]),
    ("numrange", &["empty", "(,)", "[1,NaN)"]),
    ("daterange", &["empty", "(,infinity)"]),
    ("tsrange", &["empty", "(,)"]),
    ("tstzrange", &["empty", "(,)"]),
    ("int4multirange", &["{}", "{(,)}", "{[1,2),[4,5)}"]),
    ("integer[]", &["{}", "{1,2}", "{NULL}", "{{1,2},{3,NULL}}"]),
    ("text[]", &["{}", "{a,b}", "{NULL}", "{a,NULL,b,c}"]),
    ("bigint[]", &["{}", "{1}"]),
    ("\"char\"[]", &["{a,b}"]),
    ("double precision[]", &["{}", "{0,1}"]),
    ("oidvector", &["", "1 2"]),
    // Of extensions.
    ("citext", &["", "A", "x,y", "a+"]),
    ("hstore", &["", "a=>NULL", "a=>1, b=>NULL"]),
    ("ltree", &["", "a", "a.b.c"]),
    ("ltree[]", &["{}", "{a,a.b}"]),
    ("lquery", &["*", "a.*"]),
    ("lquery[]", &["{*}"]),
    ("ltxtquery", &["a & b"]),
    ("regdictionary", &["unaccent", "simple"]),
];

/// A polymorphic type, and what stands for it.
const STANDS_FOR: &[(&str, &str)] = &[
    ("anyelement", "integer"),
    ("anycompatible", "integer"),
    ("anynonarray", "integer"),
    ("anycompatiblenonarray", "integer"),
    ("anyarray", "integer[]"),
    ("anycompatiblearray", "integer[]"),
    ("anyrange", "int4range"),
    ("anycompatiblerange", "int4range"),
    ("anymultirange", "int4multirange"),
    ("anycompatiblemultirange", "int4multirange"),
    ("\"any\"", "text"),
];

/// A row of `pg_proc`.
struct Procedure {
    oid: Oid,
    schema: String,
    name: String,
    arguments: Vec<String>,
    variadic: bool,
    strict: bool,
    volatile: bool,
    returns_set: bool,
    kind: char,
}

#[test]
fn functions_agree_with_the_server() {
    with_database(async |session| {
        let procedures = procedures(session, true).await;
        let mut wrong = Vec::new();
        for procedure in &procedures {
            wrong.extend(disagreement(procedure).map(|what| format!("{}: {what}", procedure.name)));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        let mut calls = Vec::new();
        for procedure in &procedures {
            if let Some(needs) = functions::needs(procedure.oid) {
                calls.extend(some_calls(procedure, needs));
            }
        }
        assert!(calls.len() > 20_000, "only {} calls", calls.len());
        let wrong = those_where(session, &calls, "(%s) IS NOT DISTINCT FROM NULL").await;
        assert!(wrong.is_empty(), "these return NULL:\n{}", wrong.join("\n"));
    });
}

/// Times that are made of others that are not infinite.
#[test]
fn finite_times_stay_finite() {
    with_database(async |session| {
        let mut calls = Vec::new();
        for procedure in procedures(session, true).await {
            if finite::finite_if(procedure.oid).is_some() {
                calls.extend(some_calls(&procedure, Needs::All));
            }
        }
        let is_infinite = |call: &String| call.contains("nfinity'");
        calls.retain(|call| !is_infinite(call));
        assert!(calls.len() > 300, "only {} calls", calls.len());
        let wrong = those_where(session, &calls, "NOT isfinite(%s)").await;
        assert!(
            wrong.is_empty(),
            "these are infinite:\n{}",
            wrong.join("\n")
        );
    });
}

/// Those of the calls for which the condition, with the call for `%s`, is true. One that fails is none of them.
async fn those_where(session: &Session, calls: &[String], condition: &str) -> Vec<String> {
    let client = session.client();
    let probe = "CREATE OR REPLACE FUNCTION pg_temp.holds(condition text) RETURNS bool LANGUAGE plpgsql AS $$
        DECLARE found bool;
        BEGIN EXECUTE 'SELECT ' || condition INTO found; RETURN found;
        EXCEPTION WHEN OTHERS THEN RETURN false; END $$";
    client.batch_execute(probe).await.unwrap();
    let sql = "SELECT call FROM unnest($1::text[]) AS call WHERE pg_temp.holds(format($2, call))";
    let mut found = Vec::new();
    for calls in calls.chunks(2_000) {
        let rows = client.query(sql, &[&calls, &condition]).await.unwrap();
        found.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    found
}

/// The listed functions of extensions, of those that the server has.
#[test]
#[expect(clippy::print_stderr, reason = "says which extensions were not there")]
fn functions_of_extensions_agree_with_the_server() {
    with_database(async |session| {
        let client = session.client();
        for extension in functions::extensions() {
            let create = format!("CREATE EXTENSION IF NOT EXISTS \"{extension}\"");
            if client.batch_execute(&create).await.is_err() {
                eprintln!("SKIPPED: the server has no extension {extension}");
            }
        }
        let catalog = introspect(client).await.unwrap();
        let assumptions = Assumptions::default();
        let analyzer = Analyzer::new(&catalog, &assumptions);
        let mut calls = Vec::new();
        let mut tried = BTreeSet::new();
        for procedure in procedures(session, false).await {
            let Some(needs) = analyzer.needs(procedure.oid) else {
                continue;
            };
            let name = &procedure.name;
            let strict = procedure.strict || procedure.arguments.is_empty();
            assert!(strict, "{name} is not strict");
            assert!(!procedure.returns_set, "{name} returns a set");
            tried.insert((
                catalog.functions[&procedure.oid].extension.clone(),
                name.clone(),
            ));
            calls.extend(some_calls(&procedure, needs));
        }
        for (extension, name) in functions::of_extensions() {
            let is_there = tried
                .iter()
                .any(|(there, _)| there.as_deref() == Some(extension));
            let key = (Some(extension.to_owned()), name.to_owned());
            assert!(
                !is_there || tried.contains(&key),
                "{extension} has no strict {name}"
            );
        }
        let wrong = those_where(session, &calls, "(%s) IS NOT DISTINCT FROM NULL").await;
        eprintln!("{} functions, {} calls", tried.len(), calls.len());
        assert!(wrong.is_empty(), "these return NULL:\n{}", wrong.join("\n"));
    });
}

/// The server's own functions, or those that are not.
async fn procedures(session: &Session, own: bool) -> Vec<Procedure> {
    let sql = "SELECT oid, pronamespace::regnamespace::text, proname::text, ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS u(t, n) ORDER BY n),
        provariadic <> 0, proisstrict, provolatile = 'v', proretset, prokind
        FROM pg_proc WHERE (oid < 16384) = $1";
    let rows = session.client().query(sql, &[&own]).await.unwrap();
    let procedures = rows.iter().map(|row| Procedure {
        oid: row.get(0),
        schema: row.get(1),
        name: row.get(2),
        arguments: row.get(3),
        variadic: row.get(4),
        strict: row.get(5),
        volatile: row.get(6),
        returns_set: row.get(7),
        kind: char::from(row.get::<_, i8>(8).to_ne_bytes()[0]),
    });
    procedures.collect()
}

/// How the tables and `pg_proc` differ.
fn disagreement(procedure: &Procedure) -> Option<&'static str> {
    let oid = procedure.oid;
    let listed = functions::name(oid)?;
    // Postgres 14 had an administrative function under this number.
    if listed != procedure.name && oid != 3813 {
        return Some("is listed under another name");
    }
    if functions::may_be_null(oid).is_some() {
        return (!"aw".contains(procedure.kind)).then_some("is of another kind");
    }
    let expected = match (functions::aggregate(oid), functions::window(oid)) {
        (Some(_), _) => 'a',
        (_, Some(_)) => 'w',
        _ => 'f',
    };
    // Of these only the name is known.
    if functions::may_be_null(oid).is_some() {
        return None;
    }
    if procedure.kind != expected {
        return Some("is of another kind");
    }
    if procedure.returns_set != functions::set_columns(oid).is_some() {
        return Some("returns a set, or is listed as if");
    }
    if functions::is_strict(oid) && !procedure.strict {
        return Some("is not strict");
    }
    if functions::needs(oid) == Some(Needs::All) && !functions::is_strict(oid) && procedure.strict {
        return Some("is strict, but not listed as such");
    }
    if functions::is_repeatable(oid) && procedure.volatile {
        return Some("is volatile");
    }
    None
}

/// Calls with values that are not NULL where the function needs them not to be.
fn some_calls(procedure: &Procedure, needs: Needs) -> Vec<String> {
    let choices: Option<Vec<Vec<String>>> = procedure
        .arguments
        .iter()
        .enumerate()
        .map(|(index, ty)| {
            let stands_for = STANDS_FOR.iter().find(|(generic, _)| generic == ty);
            let ty = stands_for.map_or(ty.as_str(), |(_, ty)| *ty);
            let (_, values) = VALUES.iter().find(|(name, _)| *name == ty)?;
            let literals = values.iter().map(|value| format!("'{value}'::{ty}"));
            let may_be_null = match needs {
                Needs::Nothing => true,
                Needs::First(count) => index >= count,
                Needs::Any => index > 0,
                Needs::All => false,
            };
            let null = may_be_null.then(|| format!("NULL::{ty}"));
            Some(literals.chain(null).collect())
        })
        .collect();
    let Some(choices) = choices else {
        return Vec::new();
    };
    let combinations: usize = choices.iter().map(Vec::len).product();
    // Evenly spread where there are too many; the step has no factor in common with the counts.
    let step = if combinations > CALLS {
        (combinations / CALLS) | 1
    } else {
        1
    };
    let picks = (0..combinations).step_by(step);
    let calls = picks.map(|pick| {
        let mut rest = pick;
        let mut call = format!("{}.\"{}\"(", procedure.schema, procedure.name);
        for (index, values) in choices.iter().enumerate() {
            let last = index + 1 == choices.len();
            let separator = if index == 0 { "" } else { ", " };
            // With VARIADIC, NULL is needed nowhere.
            let variadic = if procedure.variadic && last && needs == Needs::All {
                "VARIADIC "
            } else {
                ""
            };
            let _ = write!(call, "{separator}{variadic}{}", values[rest % values.len()]);
            rest /= values.len();
        }
        call + ")"
    });
    calls.collect()
}

/// Aggregates and window functions over rows that are not NULL.
#[test]
fn aggregates_of_rows_are_not_null() {
    let inputs = [
        "1::int",
        "1::smallint",
        "1::bigint",
        "1::numeric",
        "'NaN'::numeric",
        "1::real",
        "'-Infinity'::float8",
        "'a'::text",
        "true",
        "'2020-01-01'::date",
        "'infinity'::timestamptz",
        "'1 day'::interval",
        "'{1}'::int[]",
        "'a'::bytea",
        "'10.0.0.1'::inet",
        "'(,)'::int4range",
        "'empty'::int4range",
        "'{}'::int4multirange",
        "'<a/>'::xml",
        "'101'::bit(3)",
        "'1'::money",
        "'(0,1)'::tid",
        "'0/0'::pg_lsn",
        "'1'::oid",
        "'{}'::json",
        "'null'::jsonb",
        "'3'::xid8",
    ];
    with_database(async |session| {
        let client = session.client();
        let (mut tried, mut wrong) = (0, Vec::new());
        for procedure in procedures(session, true).await {
            let name = &procedure.name;
            let calls: Vec<String> = match (
                functions::aggregate(procedure.oid),
                functions::window(procedure.oid),
            ) {
                (Some((_, Aggregate::NeverNull)), _) => {
                    vec![format!("{name}(*) FILTER (WHERE false)")]
                }
                (Some(_), _) if name.starts_with("percentile") => inputs
                    .iter()
                    .map(|input| format!("{name}(0.5) WITHIN GROUP (ORDER BY {input})"))
                    .collect(),
                (Some(_), _) if name == "mode" => inputs
                    .iter()
                    .map(|input| format!("mode() WITHIN GROUP (ORDER BY {input})"))
                    .collect(),
                (Some(_), _) if procedure.arguments.len() == 2 => {
                    vec![
                        format!("{name}('a', ','::text)"),
                        format!("{name}('a'::bytea, 'b'::bytea)"),
                    ]
                }
                (Some(_), _) => inputs
                    .iter()
                    .map(|input| format!("{name}({input})"))
                    .collect(),
                (_, Some((_, Window::NeverNull))) => vec![format!("{name}() OVER ()")],
                (_, Some((_, Window::OfFrame))) => vec![format!("{name}(1) OVER ()")],
                (_, Some((_, Window::NeedsArguments))) if name == "ntile" => {
                    vec!["ntile(3) OVER ()".to_owned()]
                }
                (_, Some((_, Window::NeedsArguments))) => vec![format!("{name}(1, 5, 2) OVER ()")],
                (None, None) => continue,
            };
            for call in calls {
                // A wrong type is refused; what matters is what is not.
                let sql = format!("SELECT {call} FROM generate_series(1, 2) GROUP BY ()");
                let plain = format!("SELECT {call} FROM generate_series(1, 2)");
                for sql in [sql, plain] {
                    let Ok(rows) = client.simple_query(&sql).await else {
                        continue;
                    };
                    tried += 1;
                    for row in rows {
                        if let tokio_postgres::SimpleQueryMessage::Row(row) = row
                            && row.get(0).is_none()
                        {
                            wrong.push(sql.clone());
                        }
                    }
                }
            }
        }
        assert!(tried > 100, "only {tried} calls");
        assert!(wrong.is_empty(), "these return NULL:\n{}", wrong.join("\n"));
    });
}
