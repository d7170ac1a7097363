//! Which queries use what differs: Postgres notes what a function depends on whose body it has parsed.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Error};

use super::{Difference, rows};
use crate::ir::Query;

const USED: &str = include_str!("users.sql");

/// Notes with each difference the queries that use it. A query that the throwaway database cannot turn into a function, as
/// `CALL`, is noted nowhere.
///
/// `throwaway` has what the migrations make, and the settings that the queries were analysed with.
pub(crate) async fn mark_users(
    throwaway: &Client,
    queries: impl Iterator<Item = &Query>,
    differences: &mut [Difference],
) -> Result<(), Error> {
    for query in queries {
        let used = used(throwaway, &query.sql).await?;
        for difference in differences.iter_mut() {
            let name = match difference.kind.as_str() {
                // They say nothing of what a query does.
                "index" | "statistics" | "comment" | "owner" | "publication" => continue,
                "column" | "table" | "foreign table" | "view" | "materialized view" => {
                    &difference.name
                }
                _ => difference.part_of.as_ref().unwrap_or(&difference.name),
            };
            if used.contains(name) && !difference.queries.contains(&query.name) {
                difference.queries.push(query.name.clone());
            }
        }
    }
    for difference in differences {
        difference.queries.sort();
    }
    Ok(())
}

/// The names of what a statement depends on.
async fn used(throwaway: &Client, sql: &str) -> Result<BTreeSet<String>, Error> {
    let mut used = BTreeSet::new();
    let statement = match throwaway.prepare(sql).await {
        Ok(statement) => statement,
        Err(refused) if refused.as_db_error().is_some() => return Ok(used),
        Err(lost) => return Err(lost),
    };
    let types = statement.params().iter().map(|ty| {
        let oid = ty.oid();
        format!("format_type({oid}, NULL)")
    });
    let types: Vec<String> = types.collect();
    let types = match types.as_slice() {
        [] => String::new(),
        types => {
            let list = format!("SELECT concat_ws(', ', {})", types.join(", "));
            let answer = throwaway.simple_query(&list).await?;
            let first = rows(&answer).find_map(|row| row.get(0));
            first.unwrap_or_default().to_owned()
        }
    };
    let create = format!(
        "BEGIN; CREATE FUNCTION pg_temp.rowsmith_query({types}) RETURNS void LANGUAGE sql BEGIN ATOMIC {sql}\n; END"
    );
    let outcome = match throwaway.batch_execute(&create).await {
        Ok(()) => {
            let ask = format!("SET LOCAL search_path = ''; {USED}");
            throwaway.simple_query(&ask).await.map(Some)
        }
        Err(refused) if refused.as_db_error().is_some() => Ok(None),
        Err(lost) => Err(lost),
    };
    throwaway.batch_execute("ROLLBACK").await?;
    if let Some(answer) = outcome? {
        used.extend(rows(&answer).filter_map(|row| row.get(0).map(str::to_owned)));
    }
    Ok(used)
}
