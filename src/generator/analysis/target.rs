//! One target: what of it has to be asked, and the asking.

use std::collections::BTreeSet;

use super::super::Generator;
use super::Parsed;
use crate::analyze;
use crate::catalog;
use crate::database::{Database, Server};
use crate::diagnostic::{Diagnostic, KeptDiagnostic};
use crate::error::Result;
use crate::ir;
use crate::migrate::{self, Migrated, migrate};
use crate::relations::{self, Graph, LoaderPlan, Plan};
use crate::rust;
use crate::snapshot::{self, QueryText};
use crate::syntax;

/// A database to which the migrations have been applied, and what is in it.
pub(crate) struct MigratedDatabase {
    pub(super) database: Database,
    pub(super) catalog: catalog::Catalog,
}

impl Generator {
    /// Asks about one target, in the database `migrated` if there is one. Gives it back where the migrations are
    /// applied.
    pub(super) async fn ask(
        &self,
        server: &Server,
        migrated: Option<MigratedDatabase>,
        parsed: &Parsed<'_>,
        before: Option<snapshot::Target>,
    ) -> Result<(snapshot::Target, Option<MigratedDatabase>, Vec<Diagnostic>)> {
        let before = before.filter(|before| before.postgres == server.major_version());
        let mut answer = snapshot::Target {
            postgres: server.major_version(),
            inputs: parsed.inputs.clone(),
            warnings: Vec::new(),
            texts: Vec::new(),
            analysis: ir::Analysis::default(),
        };
        let is_migrated = migrated.is_some() || server.is_migrated();
        let (database, catalog) = match migrated {
            Some(migrated) => (migrated.database, Some(migrated.catalog)),
            None => (server.create_database().await?, None),
        };
        let applied = if is_migrated {
            Migrated {
                diagnostics: Vec::new(),
                missing: Some(BTreeSet::new()),
            }
        } else {
            self.phase("applying migrations");
            migrate(&database, &parsed.project.migrations).await?
        };
        let Some(missing) = applied.missing else {
            database.close().await?;
            return Ok((answer, None, applied.diagnostics));
        };
        let is_sound = missing.is_empty() && applied.diagnostics.is_empty();
        // Queries that name what is missing would only repeat what is known.
        let is_asked = |query: &syntax::Query| !migrate::names_any(query.sql.text(), &missing);
        self.phase("checking queries");
        let session = database.connect().await?;
        let catalog = if let Some(catalog) = catalog {
            catalog
        } else {
            let catalog = catalog::introspect(session.client()).await?;
            if is_sound {
                server.keep(|| catalog.to_bytes());
            }
            catalog
        };
        // A function that is missing now was not misspelt.
        let is_whole = missing.is_empty();
        let functions = parsed.target.rust.never_null_functions.iter();
        let functions = functions.filter(|_| is_whole);
        let functions = functions.map(|function| (function.name.as_str(), function.place.span()));
        let mut diagnostics = Vec::new();
        let never_null =
            analyze::functions_named(&functions.collect::<Vec<_>>(), &catalog, &mut diagnostics);
        let described = analyze::describe_schema(&catalog);
        let overrides = super::overrides(parsed);
        let settings = analyze::Settings {
            never_null_functions: &never_null,
            sends_null_elements: &|query, parameter| {
                rust::sends_null_elements(query, parameter, &described, &overrides)
            },
        };
        answer.analysis.catalog.clone_from(&described);
        let analyze = async |queries: &[syntax::Query]| {
            analyze::analyze(&session, &catalog, queries, &settings).await
        };
        let texts = texts(&parsed.queries);
        let mut known = before.map(snapshot::Target::into_known).unwrap_or_default();
        let known: Vec<_> = texts.iter().map(|text| known.take(text)).collect();
        let unknown = parsed.queries.iter().zip(&known);
        let unknown = unknown.filter(|(query, known)| known.is_none() && is_asked(query));
        let unknown: Vec<_> = unknown.map(|(query, _)| query.clone()).collect();
        let (mut analysed, found) = analyze(&unknown).await?;
        diagnostics.extend(found);
        diagnostics.extend(applied.diagnostics);
        let rules = &parsed.target.rust.options.relations;
        if is_whole {
            diagnostics.extend(relations::check_rules(&answer.analysis.catalog, rules));
        }
        let graph = Graph::new(&answer.analysis.catalog, rules);
        let schema = relations::Schema {
            catalog: &answer.analysis.catalog,
            graph: &graph,
            server: &catalog,
        };
        let plan = Plan::new(&unknown, &analysed, schema, &mut diagnostics);
        if !plan.statements().is_empty() {
            let (found, refused) = analyze(plan.statements()).await?;
            diagnostics.extend(refused);
            let single = analyze(plan.single_statements()).await?;
            plan.complete(&mut analysed, found, single, &mut diagnostics);
        }
        (answer.texts, answer.analysis.queries) = kept(&parsed.queries, texts, known, analysed);
        let wanted = &parsed.target.rust.options.loaders;
        if is_whole && wanted.are_wanted() {
            let queries = &answer.analysis.queries;
            let plan = LoaderPlan::new(wanted, queries, schema, &mut diagnostics);
            let (found, refused) = analyze(plan.statements()).await?;
            answer.analysis.loaders = plan.complete(found, refused, &mut diagnostics);
        }
        let migrated = if is_sound {
            database.give_back(session);
            Some(MigratedDatabase { database, catalog })
        } else {
            database.close().await?;
            None
        };
        answer.warnings = diagnostics.iter().map(KeptDiagnostic::keep).collect();
        Ok((answer, migrated, diagnostics))
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
