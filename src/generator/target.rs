//! One target: which of its queries have to be asked about, and the asking.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::facts::{Facts, Growth};
use super::phases::Phases;
use super::reading::Parsed;
use crate::analyze::{self, Settings};
use crate::catalog::{self, Catalog, Changes, Inventory};
use crate::database::{Database, Server, Session};
use crate::diagnostic::{Diagnostic, KeptDiagnostic};
use crate::error::Result;
use crate::ir;
use crate::migrate::{self, Migrated, Resume, migrate, migrate_on};
use crate::options::Override;
use crate::relations::{self, Graph, LoaderPlan, Plan, Schema};
use crate::rust;
use crate::snapshot::{self, QueryText};
use crate::source::SourceFile;
use crate::syntax::{self, Role, StandIns};
use crate::tables;

/// How many queries have to be known for it to be worth finding out which of them are still what they were.
const WORTHWHILE: usize = if cfg!(test) { 1 } else { 50 };

/// A database to which the migrations have been applied, and what is in it.
pub(super) struct MigratedDatabase {
    pub(super) database: Database,
    pub(super) facts: Facts,
    /// Whether the facts are not kept with the server.
    pub(super) is_new: bool,
}

impl MigratedDatabase {
    /// Drops the database, unless that goes away with its server. Gives the facts if they are to be kept.
    pub(super) async fn close(self) -> Result<Option<Facts>> {
        self.database.close().await?;
        Ok(self.is_new.then_some(self.facts))
    }
}

/// What a former run left of a database.
pub(super) enum Start {
    /// All migrations are applied.
    Migrated(Box<MigratedDatabase>),
    /// The last migrations are missing.
    Lacking(Box<Facts>),
    /// Nothing is known of it.
    Unknown,
}

/// What a former run found out about a target.
pub(super) struct Known {
    pub(super) target: snapshot::Target,
    /// What its last migrations changed, where that is at hand.
    pub(super) growth: Option<Growth>,
}

/// What Postgres says of a target.
pub(super) struct Answer {
    pub(super) target: snapshot::Target,
    /// The database, if all migrations are applied.
    pub(super) migrated: Option<MigratedDatabase>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Asks about one target, in the database that `start` says. Of the queries in `before`, those that mean what they meant are not
/// asked about again.
pub(super) async fn ask(
    server: &Server,
    start: Start,
    parsed: &Parsed<'_>,
    before: Option<Known>,
    phases: &Phases,
) -> Result<Answer> {
    let mut target = snapshot::Target {
        postgres: server.major_version(),
        inputs: parsed.inputs.clone(),
        warnings: Vec::new(),
        texts: Vec::new(),
        analysis: ir::Analysis::default(),
    };
    let before = before.filter(|before| before.target.postgres == target.postgres);
    let Applied {
        database,
        facts,
        earlier,
        migrated: applied,
    } = applied(server, start, parsed, before.as_ref(), phases).await?;
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
    let (facts, is_new) = if let Some(facts) = facts {
        facts
    } else {
        let found = Box::pin(introspected(&session, earlier, applied.resume)).await?;
        (found, true)
    };
    let catalog = &facts.catalog;

    target.analysis.catalog = analyze::describe_schema(catalog);
    let described = &target.analysis.catalog;
    let mut asking = Asking::new(parsed, &session, catalog, described, missing);
    let queries = asking.with_tables(&parsed.queries);
    let texts = texts(&queries);
    let known = known(
        server,
        parsed,
        before,
        (&queries, &texts),
        facts.growth.as_ref(),
    );
    let unknown = asking.unknown(&queries, &known);
    let mut analysed = asking.analyse(&unknown).await?;
    asking.diagnostics.extend(applied.diagnostics);
    let graph = asking.graph(described);
    let schema = Schema {
        catalog: described,
        graph: &graph,
        server: catalog,
    };
    asking.relate(&unknown, &mut analysed, schema).await?;
    let (texts, queries) = kept(&queries, texts, known, analysed);
    let loaders = asking.load(&queries, schema).await?;

    let diagnostics = asking.diagnostics;
    target.texts = texts;
    target.analysis.queries = queries;
    target.analysis.loaders = loaders;
    target.warnings = diagnostics.iter().map(KeptDiagnostic::keep).collect();
    let migrated = if is_sound {
        database.give_back(session);
        Some(MigratedDatabase {
            database,
            facts,
            is_new,
        })
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

/// A database with the migrations applied.
struct Applied {
    database: Database,
    /// What is in it, if that is known, and whether it is not kept with the server.
    facts: Option<(Facts, bool)>,
    /// What was in it before the last migrations.
    earlier: Option<Earlier>,
    migrated: Migrated,
}

/// A database before the last migrations.
struct Earlier {
    catalog: Catalog,
    /// `None` where nobody wants to know what changes.
    inventory: Option<Inventory>,
    /// The digest of the migrations so far.
    migrations: String,
}

async fn applied(
    server: &Server,
    start: Start,
    parsed: &Parsed<'_>,
    before: Option<&Known>,
    phases: &Phases,
) -> Result<Applied> {
    let all = &parsed.project.migrations;
    if let Start::Migrated(migrated) = start {
        return Ok(Applied {
            database: migrated.database,
            facts: Some((migrated.facts, migrated.is_new)),
            earlier: None,
            migrated: Migrated::whole(),
        });
    }
    let database = server.create_database().await?;
    let last = match (server.lacking(), start) {
        (Some(0), _) => {
            return Ok(Applied {
                database,
                facts: None,
                earlier: None,
                migrated: Migrated::whole(),
            });
        }
        (Some(lacking), Start::Lacking(facts)) => {
            let Facts {
                catalog, resume, ..
            } = *facts;
            resume.map(|resume| (lacking, catalog, resume))
        }
        _ => None,
    };
    let Some((lacking, catalog, resume)) = last else {
        phases.begin("applying migrations");
        let migrated = migrate(&database, all).await?;
        return Ok(Applied {
            database,
            facts: None,
            earlier: None,
            migrated,
        });
    };
    phases.begin("applying migrations");
    let count = before.map_or(0, |before| before.target.analysis.queries.len());
    let inventory = if count >= WORTHWHILE {
        let session = database.connect().await?;
        let inventory = Inventory::read(session.client()).await?;
        database.give_back(session);
        Some(inventory)
    } else {
        None
    };
    let migrated = migrate_on(&database, resume, &all[all.len() - lacking..]).await?;
    let earlier = Earlier {
        catalog,
        inventory,
        migrations: parsed.inputs.migrations_but(lacking),
    };
    Ok(Applied {
        database,
        facts: None,
        earlier: Some(earlier),
        migrated,
    })
}

/// Reads what is in a database, and what the last migrations changed of what was in it `earlier`.
async fn introspected(
    session: &Session,
    earlier: Option<Earlier>,
    resume: Option<Resume>,
) -> Result<Facts> {
    let client = session.client();
    let Some(earlier) = earlier else {
        return Ok(Facts {
            catalog: catalog::introspect(client).await?,
            resume,
            growth: None,
        });
    };
    let (catalog, changes) = match earlier.inventory {
        None => (catalog::introspect(client).await?, Changes::Any),
        Some(before) => {
            let (catalog, after) =
                tokio::try_join!(catalog::introspect(client), Inventory::read(client))?;
            let changes = Changes::between((&earlier.catalog, &before), (&catalog, &after));
            (catalog, changes)
        }
    };
    Ok(Facts {
        catalog,
        resume,
        growth: Some(Growth {
            from: earlier.migrations,
            changes,
        }),
    })
}

/// The queries that are known from a former run, in the order of `texts`.
fn known(
    server: &Server,
    parsed: &Parsed<'_>,
    before: Option<Known>,
    (queries, texts): (&[syntax::Query], &[QueryText]),
    growth: Option<&Growth>,
) -> Vec<Option<ir::Query>> {
    let nothing = || texts.iter().map(|_| None).collect();
    let Some(before) = before else {
        return nothing();
    };
    let changes = changes(server, parsed, &before, growth);
    if changes == Changes::Any {
        return nothing();
    }
    let mentions = changes.mentions();
    let mut known = before.target.into_known();
    let queries = queries.iter().zip(texts);
    let known = queries.map(|(query, text)| {
        let known = known.take(text)?;
        // Relations between tables are found by foreign keys, without the names of all of them.
        let is_concerned = !changes.are_none()
            && (query.shape.is_some()
                || mentions.are_in(query.sql.text())
                || mentions.are_in(text.of_file(&query.name.file)));
        (!is_concerned).then_some(known)
    });
    known.collect()
}

/// What changed in the schema since the run that `before` is of.
fn changes(
    server: &Server,
    parsed: &Parsed<'_>,
    before: &Known,
    growth: Option<&Growth>,
) -> Changes {
    let (now, then) = (&parsed.inputs, &before.target.inputs);
    if then.same_schema(now) {
        return Changes::none();
    }
    if !then.same_configuration(now) {
        return Changes::Any;
    }
    let then = then.migrations();
    if let Some(growth) = growth.filter(|growth| growth.from == then) {
        return growth.changes.clone();
    }
    // Another one that grew from the same, as when the last migration was edited; or from this one.
    let kept = || server.known_of::<Facts>(&then)?.growth;
    let Some(other) = before.growth.clone().or_else(kept) else {
        return Changes::Any;
    };
    match growth {
        Some(growth) if growth.from == other.from => growth.changes.and(&other.changes),
        _ if other.from == now.migrations() => other.changes,
        _ => Changes::Any,
    }
}

/// The questions about a target, and what was found.
struct Asking<'a> {
    parsed: &'a Parsed<'a>,
    session: &'a Session,
    catalog: &'a Catalog,
    /// The catalog as generated code sees it.
    described: &'a ir::Catalog,
    overrides: Vec<Override>,
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
        described: &'a ir::Catalog,
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
            described,
            overrides: parsed.options().overrides,
            never_null,
            missing,
            diagnostics,
        }
    }

    /// The queries to ask about: those that are not known. Queries that name what is missing would only repeat what was
    /// said of the migration.
    fn unknown(
        &self,
        queries: &[syntax::Query],
        known: &[Option<ir::Query>],
    ) -> Vec<syntax::Query> {
        let is_asked = |query: &syntax::Query| !migrate::names_any(query.sql.text(), &self.missing);
        let queries = queries.iter().zip(known);
        queries
            .filter(|(query, known)| known.is_none() && is_asked(query))
            .map(|(query, _)| query.clone())
            .collect()
    }

    /// The queries, and those of the tables that have functions without SQL. One of the user's takes the place of one of the
    /// same name.
    fn with_tables<'q>(&mut self, queries: &'q [syntax::Query]) -> Cow<'q, [syntax::Query]> {
        let options = &self.parsed.target.rust.options;
        if !options.tables.are_wanted() || !self.missing.is_empty() {
            return Cow::Borrowed(queries);
        }
        let fold = |name: &str| name.to_lowercase().replace('_', "");
        let taken: BTreeSet<String> = queries
            .iter()
            .map(|query| fold(query.name.text()))
            .collect();
        let (catalog, naming) = (self.described, &options.naming);
        let tables = tables::texts(&options.tables, catalog, naming, &mut self.diagnostics);
        let mut all = queries.to_vec();
        for table in tables {
            let text = table.text(|name| !taken.contains(&fold(name)));
            let file = SourceFile::generated(&format!("tables/{}.sql", table.stem), text);
            let (read, mistakes) = syntax::parse_as(Role::QueriesOnly, &file, &StandIns::default());
            all.extend(read);
            self.diagnostics.extend(mistakes);
        }
        Cow::Owned(all)
    }

    async fn answers(
        &self,
        queries: &[syntax::Query],
    ) -> Result<(Vec<ir::Query>, Vec<Diagnostic>)> {
        let settings = Settings {
            never_null_functions: &self.never_null,
            sends_null_elements: &|query, parameter| {
                rust::sends_null_elements(query, parameter, self.described, &self.overrides)
            },
        };
        analyze::analyze(self.session, self.catalog, queries, &settings).await
    }

    async fn analyse(&mut self, queries: &[syntax::Query]) -> Result<Vec<ir::Query>> {
        #[cfg(test)]
        asked::add(queries.len());
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

/// How many queries were asked about in this thread.
#[cfg(test)]
pub(super) mod asked {
    use std::cell::Cell;

    thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    pub(in crate::generator) fn add(count: usize) {
        COUNT.set(COUNT.get() + count);
    }

    /// The number since it was taken before.
    pub(in crate::generator) fn take() -> usize {
        COUNT.take()
    }
}
