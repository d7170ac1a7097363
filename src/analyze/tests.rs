//! Queries of every sort, right and wrong, against a real Postgres.

use super::*;
use crate::catalog::introspect;
use crate::database::{Provider, Server};
use crate::diagnostic::render;
use crate::source::SourceFile;
use crate::syntax::{self, StandIns};

const SCHEMA: &str = "
    CREATE TABLE \"order\" (id int);
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE marks (\"sure!\" int);
    CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
    CREATE DOMAIN work_email AS email;
    CREATE TYPE pair AS (a int, b email);
    CREATE SCHEMA sales;
    CREATE TABLE users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        nick text,
        mail work_email NOT NULL,
        mood mood,
        created timestamptz NOT NULL DEFAULT now(),
        moods mood[],
        pair pair,
        \"Größe\" numeric
    );
    CREATE TABLE sales.orders (id int PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, total numeric);
    CREATE VIEW happy AS SELECT id, mail, mood FROM users WHERE mood = 'ok';
    CREATE MATERIALIZED VIEW stats AS SELECT count(*) FROM users;
    CREATE VIEW totals AS SELECT user_id, sum(total) FROM sales.orders GROUP BY 1;
    CREATE FUNCTION add_user(name text, mail text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
    CREATE PROCEDURE tidy(INOUT days int) LANGUAGE sql AS 'SELECT 1';
";

/// Runs something against the schema above.
fn with_schema<T>(run: impl AsyncFnOnce(&Session, &Catalog) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let provider = Provider::Local { binaries: None };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        session.client().batch_execute(SCHEMA).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        run(&session, &catalog).await
    })
}

/// Analyses files, given as name and text.
fn run(files: &[(&str, &str)]) -> (Vec<ir::Query>, Vec<Diagnostic>) {
    let mut queries = Vec::new();
    for (name, text) in files {
        let (found, diagnostics) =
            syntax::parse(&SourceFile::new(*name, *name, *text), &StandIns::default());
        assert_eq!(render(&diagnostics, false), "");
        queries.extend(found);
    }
    with_schema(async |session, catalog| {
        analyze(session, catalog, &queries, &Settings::default())
            .await
            .unwrap()
    })
}

fn signature(query: &ir::Query) -> String {
    let parameters = query.parameters.iter();
    let parameters = parameters.map(|p| format!("{}: {}", p.name, p.ty));
    let columns = query.columns.iter().map(|column| {
        let origin = column.origin.as_ref();
        let origin = origin.map_or(String::new(), |o| format!(" ({}.{})", o.table, o.column));
        format!("{}: {}{origin}", column.name, column.ty)
    });
    format!(
        "({}) -> {}",
        parameters.collect::<Vec<_>>().join(", "),
        columns.collect::<Vec<_>>().join(", ")
    )
}

/// `file:line:column+width`, the code, the message and the helps.
fn summary(diagnostic: &Diagnostic) -> String {
    let (line, column) = diagnostic.line_and_column().unwrap();
    let helps: Vec<_> = diagnostic.helps().collect();
    format!(
        "{}:{line}:{column}+{} {}: {} | {}",
        diagnostic.file().unwrap(),
        render(std::slice::from_ref(diagnostic), false)
            .matches('^')
            .count(),
        diagnostic.code().name(),
        diagnostic.message(),
        helps.join(" | ")
    )
}

const STATEMENTS: &[(&str, &str, &str)] = &[
    (
        ":one",
        "SELECT id, mail, moods FROM users WHERE id = @id",
        "(id: bigint) -> id: bigint (users.id), mail: work_email (users.mail), moods: mood[] (users.moods)",
    ),
    (
        ":many",
        "SELECT *, tableoid::regclass FROM users",
        "() -> id: bigint (users.id), name: text (users.name), nick: text (users.nick), mail: work_email (users.mail), mood: mood (users.mood), created: timestamptz (users.created), moods: mood[] (users.moods), pair: pair (users.pair), Größe: numeric (users.Größe), tableoid: regclass",
    ),
    (
        ":many",
        "SELECT o.total, u.mail AS m FROM sales.orders o LEFT JOIN users u ON u.id = o.user_id",
        "() -> total: numeric (sales.orders.total), m: work_email (users.mail)",
    ),
    (
        ":many",
        "SELECT mail, lower(mail), mail::email AS e, pair, (pair).b, ARRAY[mail] AS a, u AS whole FROM users u",
        "() -> mail: work_email (users.mail), lower: text, e: text, pair: pair (users.pair), b: text, a: work_email[], whole: users",
    ),
    (
        ":many",
        "SELECT mail FROM happy WHERE mood = $1",
        "(mood: mood) -> mail: work_email (happy.mail)",
    ),
    (
        ":exec",
        "INSERT INTO users (name, mail, mood, moods) VALUES ($1, $2, $3, $4)",
        "(name: text, mail: work_email, mood: mood, moods: mood[]) -> ",
    ),
    (
        ":one",
        "UPDATE users SET mood = @mood WHERE id = ANY(@ids) RETURNING *, now() - created",
        "(mood: mood, ids: bigint[]) -> id: bigint (users.id), name: text (users.name), nick: text (users.nick), mail: work_email (users.mail), mood: mood (users.mood), created: timestamptz (users.created), moods: mood[] (users.moods), pair: pair (users.pair), Größe: numeric (users.Größe), ?column?: interval",
    ),
    (
        ":many",
        "WITH gone AS (DELETE FROM sales.orders RETURNING *) SELECT count(*), sum(total) FROM gone",
        "() -> count: bigint, sum: numeric",
    ),
    (
        ":many",
        "VALUES (1, 'a'), (2, $1)",
        "(arg_1: text) -> column1: integer, column2: text",
    ),
    (
        ":many",
        "TABLE happy",
        "() -> id: bigint (happy.id), mail: work_email (happy.mail), mood: mood (happy.mood)",
    ),
    (
        ":execrows",
        "MERGE INTO sales.orders o USING users u ON u.id = o.user_id WHEN MATCHED THEN UPDATE SET total = $1",
        "(total: numeric) -> ",
    ),
    (":exec", "CREATE TABLE later (id int)", "() -> "),
    (":exec", "SET work_mem = '1MB'", "() -> "),
    (":exec", "LISTEN here", "() -> "),
    (":exec", "TRUNCATE users CASCADE", "() -> "),
    (":exec", "REFRESH MATERIALIZED VIEW stats", "() -> "),
    (
        ":many",
        "EXPLAIN SELECT * FROM users WHERE id = $1",
        "(id: bigint) -> QUERY PLAN: text",
    ),
    (":one", "SHOW server_version", "() -> server_version: text"),
    (":one", "CALL tidy($1)", "(days: integer) -> days: integer"),
    (
        ":exec",
        "DELETE FROM users RETURNING id",
        "() -> id: bigint (users.id)",
    ),
    (
        ":many",
        "SELECT relname, relacl, c FROM pg_class c",
        "() -> relname: name (pg_catalog.pg_class.relname), relacl: aclitem[] (pg_catalog.pg_class.relacl), c: pg_class",
    ),
    (
        ":many",
        "SELECT table_name FROM information_schema.tables",
        "() -> table_name: name (information_schema.tables.table_name)",
    ),
    (
        ":one",
        r#"SELECT '[1,2]'::int4range, int4multirange(), ROW(1, 2), NULL, 'x', 1.5, $1::pair, $2::"char", $3::work_email, $4::mood[]"#,
        "(arg_1: pair, arg_2: \"char\", arg_3: work_email, arg_4: mood[]) -> int4range: int4range, int4multirange: int4multirange, row: record, ?column?: text, ?column?: text, ?column?: numeric, pair: pair, char: \"char\", work_email: text, mood: mood[]",
    ),
    (":exec", "DO $x$ BEGIN END $x$", "() -> "),
    (":many", "SELECT 1 WHERE false", "() -> ?column?: integer"),
    (":many", "SELECT FROM users", "() -> "),
    (
        ":many",
        r#"SELECT "sure!", "sure!" AS "really?", 1 AS "maybe!" FROM marks"#,
        "() -> sure!: integer (marks.sure!), really: integer (marks.sure!), maybe: integer",
    ),
];

#[test]
fn statements_of_every_sort_are_described() {
    let cases = STATEMENTS;
    let text = cases
        .iter()
        .enumerate()
        .map(|(number, (command, sql, _))| format!("-- name: Q{number} {command}\n{sql};\n"));
    let text = text.collect::<Vec<_>>().concat();
    let (found, diagnostics) = run(&[("q.sql", &text)]);
    assert_eq!(render(&diagnostics, false), "");
    for ((_, sql, expected), query) in cases.iter().zip(&found) {
        assert_eq!(signature(query), *expected, "{sql}");
    }
}

const BROKEN: &[(&str, &str, &str)] = &[
    (
        ":many",
        "SELECT id FROM users WHERE id IN (sqlc.slice(ids)::bigint)",
        "3:31+2 invalid-query: op ANY/ALL (array) requires array on right side | `sqlc.slice` is an array: cast it to one, as in `sqlc.slice(ids)::bigint[]`",
    ),
    (
        ":many",
        "SELECT 'ñandú', nmae FROM users",
        r#"3:17+4 invalid-query: column "nmae" does not exist | did you mean `name`?"#,
    ),
    (
        ":one",
        "SELECT o.mail FROM sales.orders o",
        "3:8+6 invalid-query: column o.mail does not exist | `mail` is a column of `happy` and `users`, which this statement does not read",
    ),
    (
        ":one",
        "SELECT o.mail FROM sales.orders o JOIN users ON true",
        "3:8+6 invalid-query: column o.mail does not exist | did you mean `users.mail`?",
    ),
    (
        ":one",
        "SELECT ?",
        "3:9+1 invalid-query: syntax error at end of input | a parameter is `@name` or `$1`, not `?`",
    ),
    (
        ":one",
        "SELECT id FROM users WHERE id = ? AND name=? LIMIT 1",
        r#"3:35+3 invalid-query: syntax error at or near "AND" | a parameter is `@name` or `$1`, not `?`"#,
    ),
    (
        ":one",
        "SELECT id FROM users WHERE id = @x AND name = @x",
        "3:45+1 invalid-query: operator does not exist: text = bigint | cast it: `@x::text`",
    ),
    (
        ":many",
        r#"SELECT u.nmae FROM users u WHERE u.id = @id AND u."Grösse" > 1"#,
        "3:8+6 invalid-query: column u.nmae does not exist | did you mean `u.name`?",
    ),
    (
        ":many",
        "SELECT id FROM users WHERE nick = @nick AND mail = @mail AND mod = 'ok'",
        r#"3:62+3 invalid-query: column "mod" does not exist | did you mean `mood`?"#,
    ),
    (
        ":many",
        "SELECT id FROM users WHERE nick = sqlc.arg(nick) + interval '1 day'",
        "3:33+1 invalid-query: operator does not exist: text = interval | cast it: `nick::interval`",
    ),
    (
        ":many",
        "SELECT id FROM users WHERE id = @né\n  AND größe > 1",
        r#"4:7+5 invalid-query: column "größe" does not exist | did you mean `"Größe"`?"#,
    ),
    (
        ":many",
        "SELECT id FROM users WHERE mood = @mood::mod",
        r#"3:42+3 invalid-query: type "mod" does not exist | did you mean `mood`?"#,
    ),
    (
        ":many",
        "SELECT id FROM users WHERE mood = 'great'",
        r#"3:35+7 invalid-query: invalid input value for enum mood: "great" | the labels of `mood` are `sad`, `ok`"#,
    ),
    (
        ":many",
        "SELECT * FROM order",
        r#"3:15+5 invalid-query: syntax error at or near "order" | `order` is a reserved word: as a name, it is written `"order"`"#,
    ),
    (
        ":many",
        "SELECT * FROM orders",
        r#"3:15+6 invalid-query: relation "orders" does not exist | did you mean `sales.orders`?"#,
    ),
    (
        ":many",
        "SELECT * FROM public.user",
        r#"3:15+11 invalid-query: relation "public.user" does not exist | did you mean `public.users`?"#,
    ),
    (
        ":many",
        "SELECT * FROM sale.orders",
        r#"3:15+11 invalid-query: relation "sale.orders" does not exist | did you mean `sales.orders`?"#,
    ),
    (
        ":many",
        "SELECT name FROM users WHERE x.id = 1",
        r#"3:30+4 invalid-query: missing FROM-clause entry for table "x" | did you mean `users.id`?"#,
    ),
    (
        ":many",
        "SELECT lowr(name) FROM users",
        "3:8+4 invalid-query: function lowr(text) does not exist | did you mean `lower`?",
    ),
    (
        ":many",
        "SELECT lower(1, 2) FROM users",
        "3:8+5 invalid-query: function lower(integer, integer) does not exist | no function matches the given name and argument types; you might need to add explicit type casts",
    ),
    (
        ":many",
        "SELECT json_build_object('a', @value)",
        "3:31+6 untyped-parameter: Postgres cannot tell the type of `@value` | add a cast, as `@value::text` for a parameter of type `text`",
    ),
    (
        ":many",
        "SELECT $1::int, $2 IS NULL",
        "3:17+2 untyped-parameter: Postgres cannot tell the type of `$2` | add a cast, as `$2::text` for a parameter of type `text`",
    ),
    (
        ":one",
        "INSERT INTO users (name, mail) VALUES (@name, @mail)",
        "2:12+4 command-mismatch: `Q` is `:one`, but its statement has no result columns | add `RETURNING`, or use `:exec`",
    ),
    (
        ":many",
        "SET work_mem = '1MB'",
        "2:12+5 command-mismatch: `Q` is `:many`, but its statement has no result columns | use `:exec`",
    ),
    (
        ":exec",
        "INSERT INTO users (name, email) VALUES (@name, @name)",
        r#"3:26+5 invalid-query: column "email" of relation "users" does not exist | "#,
    ),
    (
        ":exec",
        "UPDATE users SET happy_since = now()",
        r#"3:18+11 invalid-query: column "happy_since" of relation "users" does not exist | "#,
    ),
    (
        ":exec",
        "UPDATE users SET mood = @m, mail = CASE WHEN @m IN ('sad') THEN '' END",
        "3:25+2 untyped-parameter: Postgres cannot tell the type of `@m` | cast it at each use, as `@m::mood` for a parameter of type `mood`",
    ),
    (
        ":many",
        "SELECT * FROM users WHERE",
        "3:21+5 invalid-query: syntax error at end of input | remove `WHERE`, or write what is missing after it",
    ),
    (
        ":many",
        "SELECT name, count(*) FROM users",
        r#"3:8+4 invalid-query: column "users.name" must appear in the GROUP BY clause or be used in an aggregate function | add `name` to `GROUP BY`, or use it in an aggregate function"#,
    ),
    (
        ":exec",
        "CREATE VIEW v AS SELECT @x::int",
        "3:25+2 invalid-placeholder: Postgres takes no parameters in this statement | write the value itself, or call a function that runs the statement",
    ),
    (
        ":exec",
        "INSERT INTO totals (user_id) VALUES (@id)",
        r#"2:10+1 invalid-query: cannot insert into view "totals" | to enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule"#,
    ),
    (
        ":many",
        "SELECT id FROM users, sales.orders",
        r#"3:8+2 invalid-query: column reference "id" is ambiguous | say which one: `orders.id` or `users.id`"#,
    ),
    (
        ":exec",
        "UPDATE users SET id = @id",
        r#"2:10+1 invalid-query: column "id" can only be updated to DEFAULT | "#,
    ),
    (
        ":exec",
        "INSERT INTO sales.orders (id, user_id) VALUES ($1)",
        "3:31+7 invalid-query: INSERT has more target columns than expressions | there are 2 columns and 1 value",
    ),
    (
        ":many",
        "SELECT CASE $1::int WHEN true THEN 1 END",
        "3:21+4 invalid-query: operator does not exist: integer = boolean | cast it: `$1::int::boolean`",
    ),
    (
        ":exec",
        "COPY users (name) FROM /* ours */ stdin",
        "3:35+5 command-mismatch: `COPY` with `STDIN` is not a query | call `copy_in` or `copy_out` of `tokio-postgres`",
    ),
    (
        ":many",
        "SELECT INTO TEMP nothing FROM users",
        "2:12+5 command-mismatch: `Q` is `:many`, but its statement has no result columns | use `:exec`",
    ),
    (
        ":one",
        "SELECT 1 LIMIT 'x'::text",
        "3:16+3 invalid-query: argument of LIMIT must be type bigint, not type text | cast it: `'x'::text::bigint`",
    ),
];

#[test]
fn every_broken_query_is_reported_at_its_mistake() {
    let cases = BROKEN;
    let files: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, (command, sql, _))| {
            (
                format!("{number}.sql"),
                format!("-- né\n-- name: Q {command}\n{sql};\n-- name: Fine :one\nSELECT 1;\n"),
            )
        })
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (found, diagnostics) = run(&files);
    assert_eq!(
        found.len(),
        cases.len(),
        "the queries between them are fine"
    );
    let mut differences: Vec<String> = Vec::new();
    for (number, (_, sql, expected)) in cases.iter().enumerate() {
        let name = format!("{number}.sql");
        let own = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.file() == Some(&name));
        let own: Vec<_> = own
            .map(|d| summary(d).replacen(&format!("{name}:"), "", 1))
            .collect();
        if own != [*expected] {
            differences.push(format!(
                "{sql}\n  expected {expected}\n  found {}",
                own.join("; ")
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn notes_tell_what_postgres_knows() {
    let text = "-- name: Q :exec\nINSERT INTO sales.orders (id, user_id, total) VALUES (1, @v, @v);\n\
                -- name: R :exec\nINSERT INTO totals (user_id) VALUES (@id);\n";
    let (_, diagnostics) = run(&[("q.sql", text)]);
    insta::assert_snapshot!(render(&diagnostics, false), @r#"
    error[untyped-parameter]: Postgres cannot tell the type of `@v`
     --> q.sql:2:62
      |
    2 | INSERT INTO sales.orders (id, user_id, total) VALUES (1, @v, @v);
      |                                                          --  ^^ of which type?
      |                                                          |
      |                                                          a `bigint` by this use
      |
      = note: bigint versus numeric
      = note: SQLSTATE 42P08
      = help: cast it at each use, as `@v::bigint` for a parameter of type `bigint`

    error[invalid-query]: cannot insert into view "totals"
     --> q.sql:3:10
      |
    3 | -- name: R :exec
      |          ^ in this query
      |
      = note: views containing GROUP BY are not automatically updatable
      = note: SQLSTATE 55000
      = help: to enable inserting into the view, provide an INSTEAD OF INSERT trigger or an unconditional ON INSERT DO INSTEAD rule
    "#);
}

#[test]
fn trees_belong_to_their_queries() {
    // Refused before and after its tree was printed, and fine.
    let refused = ["SELECT nope", "INSERT INTO totals (user_id) VALUES (1)"];
    let describe = async |session: &Session, catalog: &Catalog, learn, with: &[&str]| {
        let fine = (0..20).map(|n| format!("SELECT {n} AS marker_{n}, NULL::mood, NULL::pair[]"));
        let text = fine
            .flat_map(|fine| with.iter().map(ToString::to_string).chain([fine]))
            .enumerate()
            .map(|(n, sql)| format!("-- name: Q{n} :one\n{sql};\n"));
        let text = text.collect::<Vec<_>>().concat();
        let (queries, _) = syntax::parse(
            &SourceFile::new("q.sql", "q.sql", text),
            &StandIns::default(),
        );
        let describer = Describer::start(session, catalog, learn).await.unwrap();
        let found = describer.describe(&queries).await.unwrap();
        describer.finish().await.unwrap();
        let trees = found
            .into_iter()
            .flatten()
            .map(|description| description.tree.unwrap());
        let trees: Vec<_> = trees.collect();
        assert_eq!(trees.len(), 20);
        for (n, tree) in trees.iter().enumerate() {
            assert!(
                tree.contains(&format!(":resname marker_{n} ")),
                "{n}: {tree}"
            );
        }
    };
    // Types of the schema are learnt on the way, or beforehand.
    for learn in [0, usize::MAX] {
        with_schema(async |session, catalog| {
            for with in [&refused[..0], &refused[..1], &refused[..]] {
                describe(session, catalog, learn, with).await;
            }
        });
    }
}
