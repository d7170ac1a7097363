//! Prepares queries, many at a time, and collects what Postgres says of them: the types of parameters and columns, and
//! the analysed tree.
//!
//! With `debug_print_parse` on, each statement that is analysed yields one LOG notice with its tree. Notices say
//! nothing of the statement they belong to, so they are matched by order, and only when the counts leave no doubt.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::SinkExt;
use futures_util::future::{join, join_all};
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use super::unwrapped::unwrapped;
use crate::catalog::{Attribute, Catalog, Oid, PgType, PgTypeKind, Relation};
use crate::database::Session;
use crate::error::{Error, Result};
use crate::ir;
use crate::quote;
use crate::syntax::Query;

/// What Postgres says of one query.
pub(super) struct Description {
    pub(super) parameters: Vec<Type>,
    pub(super) columns: Vec<DescribedColumn>,
    /// The analysed tree (a list of one `Query` node); `None` where it is not known for sure.
    pub(super) tree: Option<String>,
    /// Keeps the statement prepared, for what is asked of it later.
    _statement: Statement,
}

impl Description {
    /// Whether it is a `SELECT`, which has rows even without columns: `SELECT FROM users`.
    pub(super) fn selects(&self) -> bool {
        let tree = self.tree.as_deref().unwrap_or_default();
        tree.trim_start_matches('(')
            .starts_with("{QUERY :commandType 1 ")
    }
}

/// A result column.
pub(super) struct DescribedColumn {
    pub(super) name: String,
    /// Never a domain: Postgres describes what it is a domain over.
    ty: Type,
    /// The relation and attribute number that it shows.
    origin: Option<(Oid, i16)>,
}

impl DescribedColumn {
    /// Its type, with the domain and the dimensions of the table column that it shows.
    pub(super) fn resolve(&self, catalog: &Catalog) -> ir::Type {
        let declared = self
            .origin(catalog)
            .filter(|(_, shown)| catalog.is_or_is_domain_over(shown.type_id, self.ty.oid()))
            .and_then(|(_, shown)| catalog.declared_type(shown.type_id, shown.dimensions));
        declared.unwrap_or_else(|| resolve(&self.ty, catalog))
    }

    pub(super) fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether its values are arrays.
    pub(super) fn is_array(&self, catalog: &Catalog) -> bool {
        catalog.is_array(self.ty.oid())
    }

    /// The table column that it shows.
    pub(super) fn shown(&self, catalog: &Catalog) -> Option<ir::ColumnOrigin> {
        let (relation, attribute) = self.origin(catalog)?;
        Some(ir::ColumnOrigin {
            table: relation.qualified_name(),
            column: attribute.name.clone(),
        })
    }

    /// The table that it shows a column of.
    pub(super) fn table(&self) -> Option<Oid> {
        Some(self.origin?.0)
    }

    fn origin<'c>(&self, catalog: &'c Catalog) -> Option<(&'c Relation, &'c Attribute)> {
        let (relation, number) = self.origin?;
        let relation = catalog.relations.get(&relation)?;
        Some((relation, relation.attribute(number)?))
    }
}

/// A described type as the waist knows it.
pub(super) fn resolve(ty: &Type, catalog: &Catalog) -> ir::Type {
    let opaque = || ir::Type::Base(ir::QualifiedName::new(ty.schema(), ty.name()));
    catalog.type_of(ty.oid()).unwrap_or_else(opaque)
}

/// How many statements are described faster without knowing the schema's types beforehand.
const FEW: usize = 8;

/// A session that is set up for describing.
pub(super) struct Describer<'a> {
    session: &'a Session,
}

impl<'a> Describer<'a> {
    /// Sets the session up for so many statements. From here to [`Self::finish`] it reports the tree of each.
    pub(super) async fn start(
        session: &'a Session,
        catalog: &Catalog,
        statements: usize,
    ) -> Result<Self> {
        let client = session.client();
        let lost = |error| lost(session, error);
        // The client asks for types that it does not know with statements of its own, which it prepares once. Between the
        // queries, their trees are counted, too, and each query has to be described again. Knowing the types of the schema's
        // columns beforehand avoids that, and saves asking for the same one many times at once.
        if statements > FEW {
            client.prepare(&type_probe(catalog)).await.map_err(lost)?;
            let types = types_in_use(catalog);
            join_all(types.into_values().map(async |ty| {
                // One that fails, as for a type that the user has no right to use, was only not worth it.
                client
                    .prepare(&format!("SELECT $1::{}", quoted(ty)))
                    .await
                    .ok()
            }))
            .await;
        }

        // Keeps the trees out of the server's log, where the user has the right to say so.
        let quiet = client.batch_execute("SET log_min_messages = fatal");
        let settings = "SET debug_pretty_print = off; SET client_min_messages = log; SET debug_print_parse = on";
        let (_, done) = join(quiet, client.batch_execute(settings)).await;
        done.map_err(lost)?;
        Ok(Self { session })
    }

    pub(super) fn session(&self) -> &Session {
        self.session
    }

    /// Undoes [`Self::start`].
    pub(super) async fn finish(self) -> Result<()> {
        let settings =
            "RESET debug_print_parse; RESET client_min_messages; RESET debug_pretty_print";
        let client = self.session.client();
        let loud = client.batch_execute("RESET log_min_messages");
        let (done, _) = join(client.batch_execute(settings), loud).await;
        self.session.take_notices();
        done.map_err(|error| lost(self.session, error))
    }

    /// Describes each query; `Err` is Postgres' refusal.
    pub(super) async fn describe(
        &self,
        queries: impl IntoIterator<Item = &Query>,
    ) -> Result<Vec<Result<Description, Box<DbError>>>> {
        let queries = queries.into_iter();
        let statements: Vec<_> = queries.map(|query| (query.sql.text(), &[][..])).collect();
        self.describe_typed(&statements).await
    }

    /// The same for texts with the types of their parameters, as far as they are declared.
    pub(super) async fn describe_typed(
        &self,
        statements: &[(&str, &[Type])],
    ) -> Result<Vec<Result<Description, Box<DbError>>>> {
        let client = self.session.client();
        self.session.take_notices();
        // Statements are sent when their future is first polled. That order is written down rather than assumed.
        let sent = Cell::new(0_usize);
        let prepared = join_all(statements.iter().map(async |(sql, types)| {
            let order = sent.replace(sent.get() + 1);
            (order, client.prepare_typed(sql, types).await)
        }))
        .await;
        let mut trees = self.take_trees();

        let mut outcomes = Vec::with_capacity(statements.len());
        for (order, outcome) in prepared {
            outcomes.push((order, self.refusal(outcome)?));
        }
        let mut accepted: Vec<usize> = (0..outcomes.len())
            .filter(|&index| outcomes[index].1.is_ok())
            .collect();
        accepted.sort_by_key(|&index| outcomes[index].0);

        // Each accepted statement gave at least one tree, so with equal counts none gave two and no refused one gave
        // any. (The rewriter refuses some statements after their tree was printed.)
        let mut matched: Vec<Option<String>> = vec![None; statements.len()];
        if trees.len() == accepted.len() {
            for (index, tree) in accepted.into_iter().zip(trees) {
                matched[index] = Some(tree);
            }
        } else {
            for index in accepted {
                let (sql, types) = statements[index];
                let again = client.prepare_typed(sql, types).await;
                trees = self.take_trees();
                // What else was analysed on the way to it came first.
                matched[index] = again.ok().and(trees.pop());
                if let (None, Ok(statement)) = (&matched[index], &outcomes[index].1) {
                    matched[index] = stored_tree(client, statement, sql).await;
                }
            }
        }
        let outcomes = outcomes.into_iter().zip(matched);
        Ok(outcomes
            .map(|((_, outcome), tree)| outcome.map(|statement| description(&statement, tree)))
            .collect())
    }

    /// Describes statements of our own making, without their trees.
    pub(super) async fn describe_sql(
        &self,
        statements: &[&str],
    ) -> Result<Vec<Result<Description, Box<DbError>>>> {
        let client = self.session.client();
        let prepared = join_all(statements.iter().map(|sql| client.prepare(sql))).await;
        self.session.take_notices();
        let described = prepared.into_iter().map(|outcome| {
            let outcome = self.refusal(outcome)?;
            Ok(outcome.map(|statement| description(&statement, None)))
        });
        described.collect()
    }

    /// Runs a binary `COPY … FROM STDIN` without rows, and undoes it; `Some` is Postgres' refusal.
    pub(super) async fn try_copy(&self, sql: &str) -> Result<Option<Box<DbError>>> {
        let client = self.session.client();
        let lost = |error| lost(self.session, error);
        client.batch_execute("BEGIN").await.map_err(lost)?;
        let copied = async {
            let mut sink = pin!(client.copy_in::<_, &[u8]>(sql).await?);
            sink.send(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff")
                .await?;
            sink.finish().await
        };
        let copied = self.refusal(copied.await)?;
        client.batch_execute("ROLLBACK").await.map_err(lost)?;
        self.session.take_notices();
        Ok(copied.err())
    }

    fn take_trees(&self) -> Vec<String> {
        let notices = self.session.take_notices().into_iter();
        let trees = notices.filter(|notice| {
            notice.parsed_severity() == Some(Severity::Log) && notice.message() == "parse tree:"
        });
        trees
            .filter_map(|notice| notice.detail().map(unwrapped))
            .collect()
    }

    /// Tells a refusal of the statement (inside) from a lost connection (outside).
    pub(super) fn refusal<T>(
        &self,
        outcome: Result<T, tokio_postgres::Error>,
    ) -> Result<Result<T, Box<DbError>>> {
        match outcome {
            Ok(accepted) => Ok(Ok(accepted)),
            Err(error) => match error.as_db_error() {
                Some(refusal) if refusal.parsed_severity() == Some(Severity::Error) => {
                    Ok(Err(Box::new(refusal.clone())))
                }
                _ => Err(lost(self.session, error)),
            },
        }
    }
}

/// The tree of a statement from a function made of it, which is rolled back. For where no notice arrives: some
/// connection poolers keep them. Without places in the statement. `None` for the kinds of statement that a function
/// cannot be made of.
pub(super) async fn stored_tree(
    client: &Client,
    statement: &Statement,
    sql: &str,
) -> Option<String> {
    let types: Vec<_> = statement
        .params()
        .iter()
        .map(|ty| quoted_name(ty.schema(), ty.name()))
        .collect();
    // All of it is one transaction. The line break ends a comment at the end of the statement.
    let script = format!(
        "CREATE FUNCTION pg_temp.rowsmith_statement({}) RETURNS void LANGUAGE sql BEGIN ATOMIC\n{sql}\n; END;
         SELECT prosqlbody FROM pg_catalog.pg_proc
         WHERE proname = 'rowsmith_statement' AND pronamespace = pg_catalog.pg_my_temp_schema();
         ROLLBACK",
        types.join(", ")
    );
    let messages = client.simple_query(&script).await.ok()?;
    let body = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    })?;
    // Places are counted from the start of CREATE FUNCTION.
    let mut parts = body.split(":location ");
    let mut tree = parts.next()?.to_owned();
    for part in parts {
        tree.push_str(":location -1");
        tree.push_str(part.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit()));
    }
    Some(tree)
}

fn description(statement: &Statement, tree: Option<String>) -> Description {
    let columns = statement.columns().iter().map(|column| DescribedColumn {
        name: column.name().to_owned(),
        ty: column.type_().clone(),
        origin: column.table_oid().zip(column.column_id()),
    });
    Description {
        parameters: statement.params().to_vec(),
        columns: columns.collect(),
        tree,
        _statement: statement.clone(),
    }
}

/// The throwaway database itself failed.
pub(super) fn lost(session: &Session, error: tokio_postgres::Error) -> Error {
    session.lost("checking the queries", error)
}

/// A statement that makes the client prepare each of its queries about types.
fn type_probe(catalog: &Catalog) -> String {
    let an_enum = catalog
        .types
        .iter()
        .filter(|(_, ty)| matches!(ty.kind, PgTypeKind::Enum { .. }))
        .min_by_key(|(oid, _)| **oid)
        .map_or_else(String::new, |(_, ty)| format!(", NULL::{}", quoted(ty)));
    format!("SELECT NULL::pg_catalog.pg_inherits{an_enum}")
}

/// The types of the schema's columns that the client does not know by itself, and arrays of them.
fn types_in_use(catalog: &Catalog) -> BTreeMap<Oid, &PgType> {
    let relations = catalog.relations.values().filter(|r| r.is_own());
    let mut found: BTreeMap<Oid, &PgType> = relations
        .flat_map(|relation| &relation.columns)
        .filter(|column| Type::from_oid(column.type_id).is_none())
        .filter_map(|column| Some((column.type_id, catalog.types.get(&column.type_id)?)))
        .collect();
    let arrays: Vec<_> = catalog
        .types
        .iter()
        .filter(|(_, ty)| match ty.kind {
            PgTypeKind::Array { element } => found.contains_key(&element),
            _ => false,
        })
        .map(|(&oid, ty)| (oid, ty))
        .collect();
    found.extend(arrays);
    found
}

fn quoted(ty: &PgType) -> String {
    quoted_name(&ty.schema, &ty.name)
}

fn quoted_name(schema: &str, name: &str) -> String {
    format!("{}.{}", quote::always(schema), quote::always(name))
}
