//! Asks Postgres what every query's parameters and columns are, and reports the queries it does not accept.

mod describe;
mod naming;
mod rejection;

use tokio_postgres::error::SqlState;

use crate::catalog::Catalog;
use crate::database::Session;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::ir::{self, Nullability};
use crate::source::Span;
use crate::syntax::Query;

use describe::{Describer, Description};

/// How many queries are in flight, and how many analysed trees in memory, at a time.
const CHUNK: usize = 250;

/// Describes each query. A query with a mistake is reported and left out; the rest is still analysed.
pub(crate) async fn analyze(
    session: &Session,
    catalog: &Catalog,
    queries: &[Query],
) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
    let describer = Describer::start(session, catalog).await?;
    let mut analysed = Vec::with_capacity(queries.len());
    let mut diagnostics = Vec::new();
    let mut rejected = Vec::new();
    for chunk in queries.chunks(CHUNK) {
        let outcomes = describer.describe(chunk).await?;
        for (query, outcome) in chunk.iter().zip(outcomes) {
            match outcome {
                Ok(description) => match analyze_one(query, &description, catalog) {
                    Ok(query) => analysed.push(query),
                    Err(diagnostic) => diagnostics.push(diagnostic),
                },
                Err(error) => rejected.push((query, error)),
            }
        }
    }
    describer.finish().await?;

    let functions = if rejected
        .iter()
        .any(|(_, error)| *error.code() == SqlState::UNDEFINED_FUNCTION)
    {
        function_names(session).await?
    } else {
        Vec::new()
    };
    for (query, error) in rejected {
        diagnostics.push(rejection::explain(query, &error, catalog, &functions));
    }
    Ok((analysed, diagnostics))
}

fn analyze_one(
    query: &Query,
    description: &Description,
    catalog: &Catalog,
) -> Result<ir::Query, Diagnostic> {
    check_command(query, description)?;
    check_placeholders(query, description)?;
    let facts = nullability(query, description, catalog);
    let columns = description.columns.iter().zip(facts.columns);
    let columns = columns.map(|(column, nullability)| ir::Column {
        name: column.name.clone(),
        ty: column.resolve(catalog),
        nullability,
        origin: column.shown(catalog),
    });
    let names = naming::parameter_names(query, description.parameters.len(), catalog);
    let parameters = description.parameters.iter().zip(names);
    let parameters = parameters.zip(facts.parameters).enumerate();
    let parameters = parameters.map(|(index, ((ty, name), nullability))| {
        let uses = query.placeholders.get(index).map(|p| p.uses.as_slice());
        let place = uses.and_then(<[Span]>::first).unwrap_or(&query.name);
        ir::Parameter {
            name,
            ty: describe::resolve(ty, catalog),
            nullability,
            location: location(place),
        }
    });
    Ok(ir::Query {
        name: query.name.text().to_owned(),
        command: query.command,
        location: location(&query.name),
        docs: query.docs.clone(),
        sql: query.sql.text().to_owned(),
        parameters: parameters.collect(),
        columns: columns.collect(),
    })
}

/// What is known of NULL in a query's columns and parameters, in step with its description.
struct NullFacts {
    columns: Vec<Nullability>,
    parameters: Vec<Nullability>,
}

/// The seam of the nullability analysis: `description.tree` is what it reads. Until then nothing is promised of
/// columns, and parameters are required unless the query says otherwise.
fn nullability(query: &Query, description: &Description, _catalog: &Catalog) -> NullFacts {
    let column = Nullability::nullable("nothing is known of it");
    let parameters =
        (0..description.parameters.len()).map(|index| match query.placeholders.get(index) {
            Some(placeholder) if placeholder.nullable => {
                Nullability::nullable("the query says so with `sqlc.narg`")
            }
            _ => Nullability::not_null("a parameter is required unless NULL has a meaning"),
        });
    NullFacts {
        columns: vec![column; description.columns.len()],
        parameters: parameters.collect(),
    }
}

/// `:one` and `:many` need result columns. The reverse is fine: rows that nobody asks for are dropped.
fn check_command(query: &Query, description: &Description) -> Result<(), Diagnostic> {
    if !query.command.returns_rows() || !description.columns.is_empty() {
        return Ok(());
    }
    let writes = query
        .sql
        .text()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| {
            ["insert", "update", "delete", "merge"].contains(&word.to_lowercase().as_str())
        });
    let message = format!(
        "`{}` is `{}`, but its statement has no result columns",
        query.name.text(),
        query.command
    );
    Err(Diagnostic::error(Code::CommandMismatch, message)
        .at(command_span(query), "needs result columns")
        .help(if writes {
            "add `RETURNING`, or use `:exec`"
        } else {
            "use `:exec`"
        }))
}

/// The command, which follows the name in its annotation.
fn command_span(query: &Query) -> Span {
    let name = &query.name;
    let rest = &name.file.text()[name.range.end..];
    let line = rest.lines().next().unwrap_or_default();
    let command = query.command.as_str();
    match line.find(command) {
        Some(found) => {
            let start = name.range.end + found;
            name.file.span(start..start + command.len())
        }
        None => name.clone(),
    }
}

/// Postgres looks for parameters only in statements that it plans: in a `CREATE VIEW`, `$1` is text like any other,
/// and fails when it runs.
fn check_placeholders(query: &Query, description: &Description) -> Result<(), Diagnostic> {
    let Some(extra) = query.placeholders.get(description.parameters.len()) else {
        return Ok(());
    };
    let place = extra.uses.first().unwrap_or(&query.name).clone();
    let message = "Postgres takes no parameters in this statement";
    Err(Diagnostic::error(Code::InvalidPlaceholder, message)
        .at(place, "cannot be a parameter")
        .help("write the value itself, or call a function that runs the statement"))
}

fn location(span: &Span) -> ir::Location {
    let position = span.position();
    ir::Location {
        file: span.file.key().to_owned(),
        line: position.line,
        column: position.column,
    }
}

/// The names of all functions, for suggestions.
async fn function_names(session: &Session) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT proname FROM pg_catalog.pg_proc ORDER BY proname";
    let rows = session.client().query_typed(sql, &[]).await;
    let rows = rows.map_err(|error| describe::lost(session, error))?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::catalog::introspect;
    use crate::database::{Provider, Server};
    use crate::diagnostic::render;
    use crate::source::SourceFile;
    use crate::syntax;

    const SCHEMA: &str = "
        CREATE TYPE mood AS ENUM ('sad', 'ok');
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

    /// Analyses files, given as name and text, against the schema above.
    fn run(files: &[(&str, &str)]) -> (Vec<ir::Query>, Vec<Diagnostic>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let server = Server::start(&Provider::Local { binaries: None })
                .await
                .unwrap();
            let database = server.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            session.client().batch_execute(SCHEMA).await.unwrap();
            let catalog = introspect(session.client()).await.unwrap();
            let mut queries = Vec::new();
            for (name, text) in files {
                let (found, diagnostics) = syntax::parse(&SourceFile::new(*name, *name, *text));
                assert_eq!(render(&diagnostics, false), "");
                queries.extend(found);
            }
            analyze(&session, &catalog, &queries).await.unwrap()
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

    #[test]
    fn statements_of_every_sort_are_described() {
        let cases = [
            (
                ":one",
                r#"SELECT id, mail, moods FROM users WHERE id = @id"#,
                "",
            ),
            (":many", r#"SELECT *, tableoid::regclass FROM users"#, ""),
            (
                ":many",
                r#"SELECT o.total, u.mail AS m FROM sales.orders o LEFT JOIN users u ON u.id = o.user_id"#,
                "",
            ),
            (
                ":many",
                r#"SELECT mail, lower(mail), mail::email AS e, pair, (pair).b, ARRAY[mail] AS a, u AS whole FROM users u"#,
                "",
            ),
            (":many", r#"SELECT mail FROM happy WHERE mood = $1"#, ""),
            (
                ":exec",
                r#"INSERT INTO users (name, mail, mood, moods) VALUES ($1, $2, $3, $4)"#,
                "",
            ),
            (
                ":one",
                r#"UPDATE users SET mood = @mood WHERE id = ANY(@ids) RETURNING *, now() - created"#,
                "",
            ),
            (
                ":many",
                r#"WITH gone AS (DELETE FROM sales.orders RETURNING *) SELECT count(*), sum(total) FROM gone"#,
                "",
            ),
            (":many", r#"VALUES (1, 'a'), (2, $1)"#, ""),
            (":many", r#"TABLE happy"#, ""),
            (
                ":execrows",
                r#"MERGE INTO sales.orders o USING users u ON u.id = o.user_id WHEN MATCHED THEN UPDATE SET total = $1"#,
                "",
            ),
            (":exec", r#"CREATE TABLE later (id int)"#, ""),
            (":exec", r#"SET work_mem = '1MB'"#, ""),
            (":exec", r#"LISTEN here"#, ""),
            (":exec", r#"TRUNCATE users CASCADE"#, ""),
            (":exec", r#"REFRESH MATERIALIZED VIEW stats"#, ""),
            (":many", r#"EXPLAIN SELECT * FROM users WHERE id = $1"#, ""),
            (":one", r#"SHOW server_version"#, ""),
            (":one", r#"CALL tidy($1)"#, ""),
            (":exec", r#"DELETE FROM users RETURNING id"#, ""),
            (":many", r#"SELECT relname, relacl, c FROM pg_class c"#, ""),
            (
                ":many",
                r#"SELECT table_name FROM information_schema.tables"#,
                "",
            ),
            (
                ":one",
                r#"SELECT '[1,2]'::int4range, int4multirange(), ROW(1, 2), NULL, 'x', 1.5, $1::pair, $2::"char", $3::work_email, $4::mood[]"#,
                "",
            ),
            (":exec", r#"DO $x$ BEGIN END $x$"#, ""),
            (":many", r#"SELECT 1 WHERE false"#, ""),
            (":many", r#"SELECT FROM users"#, ""),
        ];
        let text: String = cases
            .iter()
            .enumerate()
            .map(|(n, (command, sql, _))| format!("-- name: Q{n} {command}\n{sql};\n"))
            .collect();
        let (found, diagnostics) = run(&[("q.sql", &text)]);
        println!("{}", render(&diagnostics, false));
        for ((_, sql, expected), query) in cases.iter().zip(&found) {
            println!(
                "{sql}
    {}",
                signature(query)
            );
            let _ = expected;
        }
    }

    #[test]
    fn every_broken_query_is_reported_at_its_mistake() {
        let files = [
            (
                "a.sql",
                r#"
-- name: Typo :many
SELECT 'ñandú', nmae FROM users;
-- name: Qualified :many
SELECT u.nmae FROM users u WHERE u.id = @id AND u."Grösse" > 1;
-- name: Fine :many
SELECT 1;
-- name: AfterPlaceholder :many
SELECT id FROM users WHERE nick = @nick AND mail = @mail AND mod = 'ok';
-- name: Inside :many
SELECT id FROM users WHERE id > 1 AND nick = @nick + interval '1 day';
-- name: InTheFile :many
SELECT id FROM users WHERE id = @né AND größe > 1;
"#,
            ),
            (
                "b.sql",
                r#"
-- name: NoTable :many
SELECT * FROM order;
-- name: NoTable2 :many
SELECT * FROM orders;
-- name: NoTable3 :many
SELECT * FROM public.user;
-- name: NoFunction :many
SELECT lowr(name), $1::mod FROM users;
-- name: NoFunction2 :many
SELECT lowr(name) FROM users;
-- name: BadFunction :many
SELECT lower(1, 2) FROM users;
-- name: Untyped :many
SELECT json_build_object('a', @value);
-- name: Untyped2 :many
SELECT $1::int, $2 IS NULL;
-- name: Inconsistent :many
SELECT @x::int, @y::text WHERE nullif(@z, 1) = 2 AND length(@z) = 1;
-- name: NoRows :one
INSERT INTO users (name, mail) VALUES (@name, @mail);
-- name: NoRows2 :many
SET work_mem = '1MB';
-- name: Insert :exec
INSERT INTO users (name, email, mail) VALUES (@name, @name, @name);
-- name: End :many
SELECT * FROM users WHERE
;
-- name: Grouping :many
SELECT name, count(*) FROM users;
-- name: View :exec
CREATE VIEW v AS SELECT @x::int;
-- name: Target :exec
INSERT INTO totals (user_id) VALUES (@id);
-- name: NoSchema :many
SELECT * FROM sale.orders;
-- name: Ambiguous :many
SELECT id FROM users, sales.orders;
-- name: Generated :exec
UPDATE users SET id = @id;
"#,
            ),
        ];
        let (found, diagnostics) = run(&files);
        let names: Vec<_> = found.iter().map(|query| query.name.as_str()).collect();
        println!("{names:?}\n{}", render(&diagnostics, false));
    }
}
