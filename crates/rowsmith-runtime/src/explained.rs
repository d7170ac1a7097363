//! What a query gives, where nothing is prepared. Only a statement with a name can be described without running it, but
//! any can be explained: the plan's output tells the types.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::error::Misfit;
use super::prepare::{misfit, refusal};
use super::{Connection, Error, Query};

/// What does not fit, if anything.
pub(super) async fn check(
    connection: Connection<'_>,
    query: &'static Query,
    expected: &str,
) -> Result<Option<Misfit>, Error> {
    let failed = |cause| connection.failed(query.name, cause);
    let (parameters, columns) = match expected.split_once(" -> ") {
        Some((parameters, columns)) => (parameters, columns.split(", ").count()),
        None => (expected, 0),
    };
    // In a transaction, which an error would spoil, only what is sure.
    let mut described = if connection.is_in_transaction() {
        0
    } else {
        columns
    };
    while described > 0 {
        let sql = query.gives.describing(query.sql, described);
        match explain(connection, query, &sql).await {
            Ok(plan) => {
                connection.answered()?;
                let types = types(&plan);
                if types.len() != described {
                    break;
                }
                let names = names(connection, types).await.map_err(failed)?;
                let found = format!("{parameters} -> ({})", names.join(", "));
                return Ok(misfit(query, &found, expected));
            }
            // It gives fewer.
            Err(cause) if cause.code() == Some(&SqlState::INVALID_COLUMN_REFERENCE) => {
                described -= 1;
            }
            Err(_) => break,
        }
    }
    match explain(connection, query, query.sql).await {
        Ok(_) => connection.answered().map(|()| None),
        Err(cause) => {
            let error = connection.failed(query.name, cause);
            let is_of_plan = match error.sqlstate() {
                // Commands have no plan, and roles may not run each query.
                Some(state) if *state == SqlState::SYNTAX_ERROR => true,
                Some(state) if *state == SqlState::INSUFFICIENT_PRIVILEGE => true,
                // NULL stands for all values, which not all types and expressions take.
                Some(state) => {
                    state.code().starts_with("23")
                        || state.code().starts_with("22")
                            && *state != SqlState::INVALID_TEXT_REPRESENTATION
                }
                None => false,
            };
            match refusal(query, &error) {
                _ if is_of_plan => Ok(None),
                Some(reason) => Ok(Some(Misfit::refused(query, reason))),
                None => Err(error),
            }
        }
    }
}

/// The plan's lines.
async fn explain(
    connection: Connection<'_>,
    query: &'static Query,
    sql: &str,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let sql = format!("EXPLAIN (VERBOSE, COSTS OFF) {sql}");
    let types = query.unnamed().parameters.iter();
    let nulls: Vec<_> = types
        .map(|ty| (&Null as &(dyn ToSql + Sync), ty.clone()))
        .collect();
    let rows = connection.client().query_typed(&sql, &nulls).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The types in the output of what [`describing`](super::user_types::UserColumns::describing) makes.
fn types(plan: &[String]) -> Vec<String> {
    let lines = plan.iter().map(|line| line.trim_start());
    let output = lines
        .filter_map(|line| line.strip_prefix("Output: "))
        .next();
    let columns = output.unwrap_or_default().split(" THEN NULL::").skip(1);
    columns
        .filter_map(|column| Some(column.split_once(" ELSE ")?.0.to_owned()))
        .collect()
}

/// The names of types as signatures have them.
async fn names(
    connection: Connection<'_>,
    types: Vec<String>,
) -> Result<Vec<String>, tokio_postgres::Error> {
    const NAMES: &str = r"
WITH RECURSIVE found (written, oid, suffix) AS (
    SELECT DISTINCT written, pg_catalog.to_regtype(written)::oid, '' FROM unnest($1) AS written
    UNION ALL
    SELECT found.written,
        CASE ty.typtype WHEN 'd' THEN ty.typbasetype ELSE ty.typelem END,
        CASE ty.typtype WHEN 'd' THEN found.suffix ELSE '[]' END
    FROM found JOIN pg_catalog.pg_type AS ty USING (oid)
    WHERE ty.typtype = 'd' OR ty.typelem <> 0 AND ty.typname ^@ '_' AND ty.typtype = 'b'
)
SELECT found.written, ty.typname || found.suffix
FROM found JOIN pg_catalog.pg_type AS ty USING (oid)
WHERE NOT (ty.typtype = 'd' OR ty.typelem <> 0 AND ty.typname ^@ '_' AND ty.typtype = 'b')";
    let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&types, Type::TEXT_ARRAY)];
    let rows = connection.client().query_typed(NAMES, &parameters).await?;
    let mut names = BTreeMap::new();
    for row in &rows {
        names.insert(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?);
    }
    let named = types
        .into_iter()
        .map(|ty| names.get(&ty).cloned().unwrap_or(ty));
    Ok(named.collect())
}

/// NULL of any type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
