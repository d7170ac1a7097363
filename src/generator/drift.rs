//! How a database of the user's differs from what the migrations make.

use super::Generator;
use super::reading::Reading;
use crate::config::Target;
use crate::database::{Database, Server, visit};
use crate::diagnostic;
use crate::drift::{Catalog, Difference, mark_users};
use crate::error::{Error, Result};
use crate::interrupt::Interrupts;
use crate::ir;
use crate::migrate::migrate;
use crate::migration::Migration;
use crate::project::Project;

/// What the migrations of some targets make, in a throwaway database.
pub(super) struct Made {
    // In this order, since a database is dropped on its running server.
    pub(super) database: Database,
    pub(super) server: Server,
    pub(super) catalog: Catalog,
    /// The numbers of the targets.
    targets: Vec<usize>,
}

/// How a database differs from what the migrations make.
#[derive(Debug)]
pub struct Drift {
    /// Missing ones first, then those that are extra, then those that have changed; by name.
    pub differences: Vec<Difference>,
    /// How many objects the migrations make.
    pub compared: usize,
    /// Whether the queries have mistakes, so that no difference names those that use it.
    pub without_queries: bool,
}

impl Generator {
    /// Compares the database at `uri` with what the migrations of all targets make. Differences that one of the patterns
    /// of `ignored` names are left out. Nothing is changed there, and no right on any table is needed.
    ///
    /// # Errors
    /// If a migration fails, or one of the databases cannot be asked.
    pub fn drift(&self, uri: &str, ignored: &[String]) -> Result<Drift> {
        let reading = self.read()?;
        let mut interrupts = Interrupts::listen()?;
        self.phases.begin("reading the database");
        let live = interrupts.run(async {
            let client = visit(uri).await?;
            let read = Catalog::read(&client).await;
            read.map_err(|error| cannot_read("the database", error))
        })?;
        let schemas = interrupts.run(self.schemas(&reading))?;
        let mut expected = Catalog::default();
        for schema in &schemas {
            expected.add(schema.catalog.clone());
        }
        let mut differences = expected.compare(&live);
        for schema in &schemas {
            differences = interrupts.run(settle(schema, &live, differences))?;
        }
        differences.retain(|difference| !difference.is_ignored(ignored));
        let mut without_queries = false;
        if !differences.is_empty() {
            self.phases.begin("looking for queries");
            match self.analyze() {
                Ok(analyses) => {
                    for schema in &schemas {
                        interrupts.run(mark(schema, &analyses, &mut differences))?;
                    }
                }
                // They are mended elsewhere.
                Err(_) => without_queries = true,
            }
        }
        for schema in schemas {
            interrupts.run(schema.database.close())?;
            schema.server.close()?;
        }
        Ok(Drift {
            differences,
            compared: expected.len(),
            without_queries,
        })
    }

    /// What each set of migrations makes.
    async fn schemas(&self, reading: &Reading<'_>) -> Result<Vec<Made>> {
        let mut schemas: Vec<Made> = Vec::new();
        for (number, (target, project)) in reading.targets.iter().enumerate() {
            let known = schemas.iter_mut().find(|schema| {
                let (_, other) = &reading.targets[schema.targets[0]];
                is_same(project, other)
            });
            match known {
                Some(schema) => schema.targets.push(number),
                None => schemas.push(self.made(number, target, &project.migrations).await?),
            }
        }
        Ok(schemas)
    }

    pub(super) async fn made(
        &self,
        number: usize,
        target: &Target,
        migrations: &[Migration],
    ) -> Result<Made> {
        self.phases.begin("starting Postgres");
        let (server, database) = self.empty(target, migrations).await?;
        self.phases.begin("applying migrations");
        diagnostic::finish(migrate(&database, migrations).await?.diagnostics)?;
        let session = database.connect().await?;
        let catalog = Catalog::read(session.client()).await;
        let catalog = catalog.map_err(|error| cannot_read("the throwaway database", error))?;
        drop(session);
        Ok(Made {
            database,
            server,
            catalog,
            targets: vec![number],
        })
    }
}

/// Whether two targets have the same migrations.
fn is_same(one: &Project, other: &Project) -> bool {
    let texts = |project: &Project| -> Vec<String> {
        let files = project.migrations.iter();
        files
            .map(|migration| migration.file.text().to_owned())
            .collect()
    };
    texts(one) == texts(other)
}

pub(super) async fn settle(
    schema: &Made,
    live: &Catalog,
    differences: Vec<Difference>,
) -> Result<Vec<Difference>> {
    let session = schema.database.connect().await?;
    let settled = schema.catalog.settle(session.client(), live, differences);
    settled
        .await
        .map_err(|error| cannot_read("the throwaway database", error))
}

async fn mark(
    schema: &Made,
    analyses: &[ir::Analysis],
    differences: &mut [Difference],
) -> Result<()> {
    let session = schema.database.connect().await?;
    let targets = schema
        .targets
        .iter()
        .filter_map(|&number| analyses.get(number));
    let queries = targets.flat_map(|analysis| &analysis.queries);
    let marked = mark_users(session.client(), queries, differences).await;
    marked.map_err(|error| cannot_read("the throwaway database", error))
}

pub(super) fn cannot_read(what: &str, error: tokio_postgres::Error) -> Error {
    Error::new(format!("cannot read the catalog of {what}")).with_source(error)
}
