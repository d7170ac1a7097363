//! Asks Postgres what every query's parameters and columns are, and reports the queries it does not accept.

mod describe;
mod naming;
mod rejection;

use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use crate::catalog::Catalog;
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
    client: &Client,
    take_notices: &dyn Fn() -> Vec<DbError>,
    catalog: &Catalog,
    queries: &[Query],
) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
    let describer = Describer::start(client, take_notices, catalog).await?;
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
        function_names(client).await?
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
/// columns, and parameters are required.
fn nullability(_query: &Query, description: &Description, _catalog: &Catalog) -> NullFacts {
    let column = Nullability::nullable("nothing is known of it");
    let parameter = Nullability::not_null("a parameter is required unless NULL has a meaning");
    NullFacts {
        columns: vec![column; description.columns.len()],
        parameters: vec![parameter; description.parameters.len()],
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
        "`{}` is `{}`, but its statement returns no rows",
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
async fn function_names(client: &Client) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT proname FROM pg_catalog.pg_proc ORDER BY proname";
    let rows = client.query_typed(sql, &[]).await;
    let rows = rows.map_err(describe::failure)?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::diagnostic::render;
    use crate::source::{Rewritten, SourceFile};
    use crate::syntax::Placeholder;
    use crate::testing::{TestServer, block_on};

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

    /// Reads `-- name: X :command` blocks with `@name` and `$n` placeholders.
    fn queries(name: &str, text: &str) -> Vec<Query> {
        let file = SourceFile::new(name, name, text);
        let starts = text.match_indices("-- name: ").map(|(at, _)| at);
        let starts: Vec<_> = starts.chain([text.len()]).collect();
        let blocks = starts.windows(2).map(|pair| pair[0]..pair[1]);
        blocks.map(|block| query(&file, block)).collect()
    }

    fn query(file: &SourceFile, block: std::ops::Range<usize>) -> Query {
        let text = file.text();
        let line_end = block.start + text[block.clone()].find('\n').unwrap();
        let line: Vec<_> = text[block.start..line_end].split(' ').collect();
        let name = block.start + "-- name: ".len();
        let end = line_end + text[line_end..block.end].rfind(';').unwrap();
        let mut sql = Rewritten::default();
        let mut placeholders: Vec<Placeholder> = Vec::new();
        let mut copied = line_end + 1;
        let starts = |at: &usize| text[*at..].starts_with(['@', '$']);
        for at in (copied..end)
            .filter(|at| text.is_char_boundary(*at))
            .filter(starts)
        {
            let word = &text[at + 1..end];
            let length = word.find(|c: char| !c.is_alphanumeric() && c != '_');
            let word = &word[..length.unwrap_or(word.len())];
            let place = at..at + 1 + word.len();
            let number: Option<usize> = word.parse().ok();
            let name = number.is_none().then(|| word.to_owned());
            let index = number.map(|number| number - 1).unwrap_or_else(|| {
                let known = placeholders.iter().position(|p| p.name == name);
                known.unwrap_or(placeholders.len())
            });
            while placeholders.len() <= index {
                placeholders.push(Placeholder {
                    name: name.clone(),
                    uses: Vec::new(),
                });
            }
            placeholders[index].uses.push(file.span(place.clone()));
            sql.copy(text, copied..at);
            sql.replace(&format!("${}", index + 1), place.clone());
            copied = place.end;
        }
        sql.copy(text, copied..end);
        let command = ir::Command::ALL.into_iter().find(|c| c.as_str() == line[3]);
        Query {
            name: file.span(name..name + line[2].len()),
            command: command.unwrap(),
            docs: Vec::new(),
            statement: file.span(line_end + 1..end),
            sql,
            placeholders,
        }
    }

    /// Analyses against the schema above.
    async fn run(server: &TestServer, queries: &[Query]) -> (Vec<ir::Query>, Vec<Diagnostic>) {
        let (client, notices) = server.connect().await;
        let catalog = crate::catalog::introspect(&client).await.unwrap();
        analyze(&client, &notices, &catalog, queries).await.unwrap()
    }

    async fn prepare(server: &TestServer) {
        let (client, _) = server.connect().await;
        client.batch_execute(SCHEMA).await.unwrap();
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
        let server = TestServer::start();
        block_on(async {
            prepare(&server).await;
            let (found, diagnostics) = run(&server, &queries("q.sql", &text)).await;
            println!("{}", render(&diagnostics, false));
            for ((_, sql, expected), query) in cases.iter().zip(&found) {
                println!("{sql}\n    {}", signature(query));
                let _ = expected;
            }
        });
    }
}
