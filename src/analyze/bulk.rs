//! Statements for many rows, made from one for a single row: `COPY` for `:copyfrom`, an `INSERT` over arrays for
//! `-- @many`.
//!
//! Both start from `INSERT … VALUES (…)`. Where its parts stand is read from its tokens; what it does, from the tree that
//! Postgres made of it.

mod arrays;
mod copy;

use std::borrow::Cow;
use std::ops::Range;

use super::commands::command_span;
use super::describe::{Describer, Description};
use super::node::Node;
use crate::catalog::{Catalog, Oid, PgTypeKind, Relation};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Result;
use crate::ir::{self, Bulk, Command};
use crate::quote;
use crate::syntax::Query;

/// The statement for many rows, if the query asks for one. `names` are those of its parameters.
pub(super) fn statement(
    query: &Query,
    description: &Description,
    names: &[String],
    catalog: &Catalog,
) -> Result<Option<Bulk>, Box<Diagnostic>> {
    match (query.many(), query.command) {
        (None, Command::CopyFrom) => copy::statement(query, description, catalog).map(Some),
        (None, _) => Ok(None),
        (Some(place), command) if command == Command::CopyFrom || command.is_batch() => {
            let message = format!("`@many` does not go with `{command}`");
            let help = format!("remove `@many`: `{command}` takes many rows as it is");
            let diagnostic = Diagnostic::error(Code::CommandMismatch, message)
                .at(place.clone(), "")
                .also(command_span(query), "the command")
                .help(help);
            Err(Box::new(diagnostic))
        }
        (Some(_), _) => arrays::statement(query, description, names, catalog).map(Some),
    }
}

/// Asks Postgres about the statements for many rows. A query whose statement it does not accept is reported and left
/// out.
pub(super) async fn check(
    describer: &Describer<'_>,
    queries: Vec<(Cow<'_, Query>, ir::Query)>,
    catalog: &Catalog,
) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
    let arrays = queries.iter().filter_map(|(_, query)| match &query.bulk {
        Some(Bulk::Arrays { sql, .. }) => Some(sql.as_str()),
        _ => None,
    });
    let arrays: Vec<&str> = arrays.collect();
    let mut descriptions = describer.describe_sql(&arrays).await?.into_iter();
    let mut kept = Vec::with_capacity(queries.len());
    let mut diagnostics = Vec::new();
    for (written, query) in queries {
        let refused = match &query.bulk {
            None => None,
            Some(Bulk::Arrays { sql, .. }) => match descriptions.next() {
                Some(Ok(description)) => changed(&query, &description, catalog)
                    .then(|| refusal(&written, "its types would be others", sql)),
                Some(Err(error)) => Some(refusal(&written, error.message(), sql)),
                None => None,
            },
            Some(Bulk::Copy { sql, .. }) => {
                let refused = describer.try_copy(sql).await?;
                // Others, as those of a trigger, depend on what is there when it runs.
                let refused =
                    refused.filter(|error| ["42", "0A"].contains(&&error.code().code()[..2]));
                refused.map(|error| refusal(&written, error.message(), sql))
            }
        };
        match refused {
            Some(refused) => diagnostics.push(refused),
            None => kept.push(query),
        }
    }
    Ok((kept, diagnostics))
}

/// Whether the statement over arrays takes or gives other types than that for one row.
fn changed(query: &ir::Query, description: &Description, catalog: &Catalog) -> bool {
    let columns = description
        .columns
        .iter()
        .map(|column| column.resolve(catalog));
    !columns.eq(query.columns.iter().map(|column| column.ty.clone()))
        || description.parameters.len() != query.parameters.len()
}

/// Postgres' refusal of a statement that the user did not write.
fn refusal(query: &Query, message: &str, sql: &str) -> Diagnostic {
    let message = format!("`{}` cannot take many rows: {message}", query.name.text());
    let diagnostic = Diagnostic::error(Code::InvalidQuery, message);
    let statement = format!("the statement would be `{}`", one_line(sql));
    match query.many() {
        Some(place) => diagnostic
            .at(place.clone(), "")
            .note(statement)
            .help("use `:batchexec` without `@many`, which sends the statement as it is"),
        None => diagnostic
            .at(command_span(query), "")
            .note(statement)
            .help("use `:exec` with the directive `-- @many`"),
    }
}

/// A statement in one line.
fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A statement of a form that Postgres knows and we do not.
fn untold(query: &Query) -> Box<Diagnostic> {
    let message = format!(
        "rowsmith cannot tell which columns `{}` fills",
        query.name.text()
    );
    let diagnostic = Diagnostic::error(Code::CommandMismatch, message)
        .at(query.statement.clone(), "")
        .help("write `INSERT INTO table_name (a, b) VALUES (@a, @b)`");
    Box::new(diagnostic)
}

/// The relation that an `INSERT` writes to.
fn target<'c>(tree: &Node<'_>, catalog: &'c Catalog) -> Option<&'c Relation> {
    let index = tree.number::<usize>("resultRelation")?;
    let entry = tree.list("rtable").get(index.checked_sub(1)?)?.as_node()?;
    catalog.relations.get(&entry.number("relid")?)
}

fn is_default(sql: &str, item: &Range<usize>) -> bool {
    sql[item.clone()].eq_ignore_ascii_case("default")
}

/// Whether Postgres has a type of its own by that name, which comes first.
fn is_built_in(name: &str, catalog: &Catalog) -> bool {
    let mut types = catalog.types.values();
    types.any(|ty| ty.schema == "pg_catalog" && ty.name == name)
}

/// A type to cast to. `None` where the catalog does not know it.
pub(super) fn type_name(oid: Oid, catalog: &Catalog) -> Option<String> {
    let ty = catalog.types.get(&oid)?;
    Some(match (ty.schema.as_str(), &ty.kind) {
        (_, PgTypeKind::Array { element }) => format!("{}[]", type_name(*element, catalog)?),
        // Without a length, `bit` is `bit(1)`, and `character` is `character(1)`.
        ("pg_catalog", _) if ty.name == "bit" => "\"bit\"".to_owned(),
        ("pg_catalog", _) if ty.name == "bpchar" => "bpchar".to_owned(),
        ("pg_catalog", _) => {
            ir::Type::Base(ir::QualifiedName::new(&ty.schema, &ty.name)).to_string()
        }
        // As the query names its tables, so that it is right in the schema of each tenant.
        ("public", _) if !is_built_in(&ty.name, catalog) => quote::name(&ty.name),
        (schema, _) => quote::in_schema(schema, &ty.name),
    })
}
