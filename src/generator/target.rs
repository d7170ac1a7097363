//! One target: which of its queries have to be asked about, and the asking.

use std::collections::BTreeSet;

use super::phases::Phases;
use super::reading::Parsed;
use crate::analyze;
use crate::catalog::{self, Catalog};
use crate::database::{Database, Server, Session};
use crate::diagnostic::{Diagnostic, KeptDiagnostic};
use crate::error::Result;
use crate::ir;
use crate::migrate::{self, Migrated, migrate};
use crate::relations::{self, Graph, LoaderPlan, Plan, Schema};
use crate::snapshot::{self, QueryText};
use crate::syntax;

/// A database to which the migrations have been applied, and what is in it.
pub(super) struct MigratedDatabase {
    pub(super) database: Database,
    pub(super) catalog: Catalog,
}

/// What Postgres says of a target.
pub(super) struct Answer {
    pub(super) target: snapshot::Target,
    /// The database, if all migrations are applied.
    pub(super) migrated: Option<MigratedDatabase>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Asks about one target, in the database `migrated` if there is one. Of the queries in `before`, those that did not
/// change are not asked about again.
pub(super) async fn ask(
    server: &Server,
    migrated: Option<MigratedDatabase>,
    parsed: &Parsed<'_>,
    before: Option<snapshot::Target>,
    phases: &Phases,
) -> Result<Answer> {
    let mut target = snapshot::Target {
        postgres: server.major_version(),
        inputs: parsed.inputs.clone(),
        warnings: Vec::new(),
        texts: Vec::new(),
        analysis: ir::Analysis::default(),
    };
    let before = before.filter(|before| before.postgres == target.postgres);
    let (database, catalog, applied) = applied(server, migrated, parsed, phases).await?;
    let Some(missing) = applied.missing else {
        database.close().await?;
        return Ok(Answer {
            target,
            migrated: None,
            diagnostics: applied.diagnostics,
        });
    };
    let is_sound = missing.is_empty() && applied.diagnostics.is_empty();
    phases.begin("checking queries");
    let session = database.connect().await?;
    let catalog = match catalog {
        Some(catalog) => catalog,
        None => introspected(server, &session, is_sound).await?,
    };

    let mut asking = Asking::new(parsed, &session, &catalog, missing);
    let texts = texts(&parsed.queries);
    let known = known(before, &texts);
    let unknown = asking.unknown(&known);
    let mut analysed = asking.analyse(&unknown).await?;
    asking.diagnostics.extend(applied.diagnostics);
    target.analysis.catalog = analyze::describe_schema(&catalog);
    let graph = asking.graph(&target.analysis.catalog);
    let schema = Schema {
        catalog: &target.analysis.catalog,
        graph: &graph,
        server: &catalog,
    };
    asking.relate(&unknown, &mut analysed, schema).await?;
    let (texts, queries) = kept(&parsed.queries, texts, known, analysed);
    let loaders = asking.load(&queries, schema).await?;

    let diagnostics = asking.diagnostics;
    target.texts = texts;
    target.analysis.queries = queries;
    target.analysis.loaders = loaders;
    target.warnings = diagnostics.iter().map(KeptDiagnostic::keep).collect();
    let migrated = if is_sound {
        database.give_back(session);
        Some(MigratedDatabase { database, catalog })
    } else {
        database.close().await?;
        None
    };
    Ok(Answer {
        target,
        migrated,
        diagnostics,
    })
}

/// A database with the migrations applied, and what is in it if that is known.
async fn applied(
    server: &Server,
    migrated: Option<MigratedDatabase>,
    parsed: &Parsed<'_>,
    phases: &Phases,
) -> Result<(Database, Option<Catalog>, Migrated)> {
    let before = Migrated {
        diagnostics: Vec::new(),
        missing: Some(BTreeSet::new()),
    };
    if let Some(MigratedDatabase { database, catalog }) = migrated {
        return Ok((database, Some(catalog), before));
    }
    let database = server.create_database().await?;
    if server.is_migrated() {
        return Ok((database, None, before));
    }
    phases.begin("applying migrations");
    let applied = migrate(&database, &parsed.project.migrations).await?;
    Ok((database, None, applied))
}

/// Reads the catalog. With `is_sound` migrations, the server is kept for later runs.
async fn introspected(server: &Server, session: &Session, is_sound: bool) -> Result<Catalog> {
    let catalog = catalog::introspect(session.client()).await?;
    if is_sound {
        server.keep(|| catalog.to_bytes());
    }
    Ok(catalog)
}

/// The queries that are known from a former run, in the order of `texts`.
fn known(before: Option<snapshot::Target>, texts: &[QueryText]) -> Vec<Option<ir::Query>> {
    let mut known = before.map(snapshot::Target::into_known).unwrap_or_default();
    texts.iter().map(|text| known.take(text)).collect()
}

/// The questions about a target, and what was found.
struct Asking<'a> {
    parsed: &'a Parsed<'a>,
    session: &'a Session,
    catalog: &'a Catalog,
    never_null: BTreeSet<u32>,
    /// Names that a migration should have made, but failed.
    missing: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Asking<'a> {
    fn new(
        parsed: &'a Parsed<'a>,
        session: &'a Session,
        catalog: &'a Catalog,
        missing: BTreeSet<String>,
    ) -> Self {
        // A function that is missing now was not misspelt.
        let functions = parsed.target.rust.never_null_functions.iter();
        let functions: Vec<_> = functions
            .filter(|_| missing.is_empty())
            .map(|function| (function.name.as_str(), function.place.span()))
            .collect();
        let mut diagnostics = Vec::new();
        let never_null = analyze::functions_named(&functions, catalog, &mut diagnostics);
        Self {
            parsed,
            session,
            catalog,
            never_null,
            missing,
            diagnostics,
        }
    }

    /// The queries to ask about: those that are not known. Queries that name what is missing would only repeat what was
    /// said of the migration.
    fn unknown(&self, known: &[Option<ir::Query>]) -> Vec<syntax::Query> {
        let is_asked = |query: &syntax::Query| !migrate::names_any(query.sql.text(), &self.missing);
        let queries = self.parsed.queries.iter().zip(known);
        queries
            .filter(|(query, known)| known.is_none() && is_asked(query))
            .map(|(query, _)| query.clone())
            .collect()
    }

    async fn answers(
        &self,
        queries: &[syntax::Query],
    ) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
        analyze::analyze(self.session, self.catalog, queries, &self.never_null).await
    }

    async fn analyse(&mut self, queries: &[syntax::Query]) -> Result<Vec<ir::Query>> {
        let (analysed, found) = self.answers(queries).await?;
        self.diagnostics.extend(found);
        Ok(analysed)
    }

    /// The relations of the schema, whose rules are checked.
    fn graph(&mut self, catalog: &ir::Catalog) -> Graph {
        let rules = &self.parsed.target.rust.options.relations;
        if self.missing.is_empty() {
            self.diagnostics
                .extend(relations::check_rules(catalog, rules));
        }
        Graph::new(catalog, rules)
    }

    /// Completes `analysed` with the relations that the queries ask for.
    async fn relate(
        &mut self,
        queries: &[syntax::Query],
        analysed: &mut Vec<ir::Query>,
        schema: Schema<'_>,
    ) -> Result<()> {
        let plan = Plan::new(queries, analysed, schema, &mut self.diagnostics);
        if plan.statements().is_empty() {
            return Ok(());
        }
        let found = self.analyse(plan.statements()).await?;
        let single = self.answers(plan.single_statements()).await?;
        plan.complete(analysed, found, single, &mut self.diagnostics);
        Ok(())
    }

    /// The loaders that the configuration asks for.
    async fn load(&mut self, queries: &[ir::Query], schema: Schema<'_>) -> Result<Vec<ir::Loader>> {
        let wanted = &self.parsed.target.rust.options.loaders;
        if !self.missing.is_empty() || !wanted.are_wanted() {
            return Ok(Vec::new());
        }
        let plan = LoaderPlan::new(wanted, queries, schema, &mut self.diagnostics);
        let (found, refused) = self.answers(plan.statements()).await?;
        Ok(plan.complete(found, refused, &mut self.diagnostics))
    }
}

/// All queries in order, with the digests of their texts: those that were known before, and those analysed now. Those
/// with mistakes are missing.
fn kept(
    queries: &[syntax::Query],
    texts: Vec<QueryText>,
    known: Vec<Option<ir::Query>>,
    analysed: Vec<ir::Query>,
) -> (Vec<String>, Vec<ir::Query>) {
    let mut analysed = analysed.into_iter().peekable();
    let known = known.into_iter().zip(texts);
    let kept = queries
        .iter()
        .zip(known)
        .filter_map(|(query, (known, text))| {
            let found = match known {
                Some(known) => known,
                None => {
                    analysed.next_if(|found| found.location == syntax::location(&query.name))?
                }
            };
            Some((text.digest, found))
        });
    kept.unzip()
}

/// Each query's share of its file: from the end of the one before to its own, and the last one's to the end.
fn texts(queries: &[syntax::Query]) -> Vec<QueryText> {
    let mut texts = Vec::with_capacity(queries.len());
    let mut start = 0;
    for (index, query) in queries.iter().enumerate() {
        let file = &query.name.file;
        let is_next = |next: &&syntax::Query| next.name.file.key() == file.key();
        let end = match queries.get(index + 1).filter(is_next) {
            Some(_) => query.statement.range.end.max(start),
            None => file.text().len(),
        };
        texts.push(QueryText::of(file, start, end));
        start = match queries.get(index + 1).filter(is_next) {
            Some(_) => end,
            None => 0,
        };
    }
    texts
}
