//! Preparing every query in advance.

use std::future::{Future, poll_fn};
use std::task::Poll;

use tokio_postgres::Statement;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Kind, Type};

use super::error::Misfit;
use super::explained;
use super::{Client, Connection, Error, Query};

/// A query, and the names of the types of its parameters and, if it returns rows, of its columns: `(int4) -> (int4, text)`.
pub type Checked = (&'static Query, &'static str);

/// Prepares the queries of each module, and compares their types with those that the code expects.
#[doc(hidden)]
pub async fn prepare_modules(
    client: &dyn Client,
    modules: impl Iterator<Item = Vec<Checked>> + Send,
) -> Result<(), Error> {
    let connection = client.connection();
    let mut misfits = Vec::new();
    for queries in modules {
        match prepare_module(connection, &queries, &mut misfits).await {
            Err(error) if misfits.is_empty() || !is_consequence(&error) => return Err(error),
            Err(_) => break,
            Ok(()) => {}
        }
    }
    // The texts of one query.
    misfits.dedup();
    if misfits.is_empty() {
        Ok(())
    } else {
        Err(Error::outdated(misfits))
    }
}

/// Prepares all queries of a module together, which takes a round trip or two.
async fn prepare_module(
    connection: Connection<'_>,
    queries: &[Checked],
    misfits: &mut Vec<Misfit>,
) -> Result<(), Error> {
    let mut outcomes: Vec<_> = queries.iter().map(|_| None).collect();
    let preparing = queries
        .iter()
        .map(|(query, signature)| Box::pin(prepare(connection, query, signature)));
    let mut preparing: Vec<_> = preparing.collect();
    poll_fn(|cx| {
        for (outcome, prepare) in outcomes.iter_mut().zip(&mut preparing) {
            if outcome.is_some() {
                continue;
            }
            if let Poll::Ready(prepared) = prepare.as_mut().poll(cx) {
                *outcome = Some(prepared);
            }
        }
        if outcomes.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let mut failure = Ok(());
    for outcome in outcomes.into_iter().flatten() {
        match outcome {
            Ok(misfit) => misfits.extend(misfit),
            Err(error) => failure = failure.and(Err(error)),
        }
    }
    failure
}

/// What does not fit, if anything.
async fn prepare(
    connection: Connection<'_>,
    query: &'static Query,
    expected: &str,
) -> Result<Option<Misfit>, Error> {
    if !connection.prepares() {
        return explained::check(connection, query, expected).await;
    }
    // What was prepared before knows nothing of what has changed since.
    connection.forget(query);
    let statement = match connection.prepare(query).await {
        Ok(statement) => statement,
        Err(cause) => {
            let error = connection.failed(query.name, cause);
            return match refusal(query, &error) {
                Some(reason) => Ok(Some(Misfit::refused(query, reason))),
                None => Err(error),
            };
        }
    };
    connection.answered()?;
    let found = signature(&statement, expected.contains(" -> "));
    #[cfg(feature = "assignments")]
    let found = with_unused(query, &found, expected);
    Ok(misfit(query, &found, expected))
}

/// The difference between the types that were found and those that the code expects, if it is one to the code.
pub(super) fn misfit(query: &Query, found: &str, expected: &str) -> Option<Misfit> {
    let fits = readable(found) == readable(expected);
    (!fits).then(|| Misfit::changed(query, found, expected))
}

/// What the server has against a query, if that is about the query.
pub(super) fn refusal(query: &Query, error: &Error) -> Option<String> {
    // Names, types, values of enums, and what another version of Postgres has.
    const CLASSES: [&str; 4] = ["42", "3F", "22", "0A"];
    let report = error.as_postgres()?.as_db_error()?;
    let is_about_query = CLASSES.contains(&report.code().code().get(..2)?);
    // And not about what begins the transaction that it is in.
    (is_about_query && error.query() == query.name).then(|| report.message().to_owned())
}

/// Whether a transaction has failed before.
fn is_consequence(error: &Error) -> bool {
    error.sqlstate() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}

/// The signature with one name for the types that are read and written alike.
fn readable(signature: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut read = String::new();
    let mut rest = signature;
    while let Some(start) = rest.find(is_part) {
        read.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        read.push_str(match &rest[..end] {
            "varchar" | "bpchar" | "name" | "citext" => "text",
            "json" => "jsonb",
            "bit" => "varbit",
            name => name,
        });
        rest = &rest[end..];
    }
    read + rest
}

/// The types of a statement's parameters and columns, as in [`Checked`].
fn signature(statement: &Statement, has_columns: bool) -> String {
    let parameters: Vec<String> = statement.params().iter().map(name).collect();
    let parameters = parameters.join(", ");
    if !has_columns {
        return format!("({parameters})");
    }
    let columns = statement.columns().iter();
    let columns: Vec<String> = columns.map(|column| name(column.type_())).collect();
    format!("({parameters}) -> ({})", columns.join(", "))
}

#[cfg(feature = "assignments")]
/// The signature with the types that are expected of parameters which the text does not mention.
fn with_unused(query: &Query, found: &str, expected: &str) -> String {
    let split = |signature: &str| {
        let (parameters, rest) = signature.split_once(')')?;
        let parameters = parameters.strip_prefix('(')?.split(", ");
        let parameters: Vec<String> = parameters.map(str::to_owned).collect();
        Some((parameters, rest.to_owned()))
    };
    let (Some((mut types, rest)), Some((expected, _))) = (split(found), split(expected)) else {
        return found.to_owned();
    };
    for place in query.unused {
        if let (Some(ty), Some(expected)) = (types.get_mut(*place), expected.get(*place)) {
            ty.clone_from(expected);
        }
    }
    format!("({}){rest}", types.join(", "))
}

/// The name of a type; that of a domain is its base's.
fn name(ty: &Type) -> String {
    match ty.kind() {
        Kind::Domain(base) => name(base),
        // `int2vector` is an array too, with a name of its own.
        Kind::Array(element) if ty.name().starts_with('_') => {
            format!("{}[]", name(element).trim_end_matches("[]"))
        }
        _ => ty.name().to_owned(),
    }
}
