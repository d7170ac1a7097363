//! The user's files: read, and then parsed.

use std::collections::BTreeSet;
use std::path::Path;
#[cfg(feature = "postgres")]
use std::path::PathBuf;

use super::fingerprint;
use crate::config::{Config, Target};
use crate::diagnostic::{self, Diagnostic};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::parallel;
use crate::project::{self, Project};
use crate::snapshot::Inputs;
use crate::syntax::{self, StandIns};

/// The user's files, read but not yet parsed.
pub(super) struct Reading<'a> {
    pub(super) targets: Vec<(&'a Target, Project)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A target whose queries are parsed.
pub(super) struct Parsed<'a> {
    pub(super) target: &'a Target,
    pub(super) project: &'a Project,
    pub(super) queries: Vec<syntax::Query>,
    pub(super) inputs: Inputs,
}

impl<'a> Reading<'a> {
    /// Reads the files of every target, as far as they can be read.
    pub(super) fn load(config: &'a Config) -> Self {
        let mut diagnostics = Vec::new();
        let targets = config.targets.iter().map(|target| {
            let (project, found) = project::load(config, target);
            diagnostics.extend(found);
            (target, project)
        });
        Self {
            targets: targets.collect(),
            diagnostics,
        }
    }

    /// Fails if a migration is missing, with every other mistake in the files.
    pub(super) fn whole(mut self) -> Result<Self> {
        // Without its migrations a schema would be another one, and every query in it a false alarm.
        if self.targets.iter().all(|(_, p)| p.has_all_migrations()) {
            return Ok(self);
        }
        for (target, project) in &self.targets {
            let (_, found) = queries(target, project);
            self.diagnostics.extend(found);
        }
        diagnostic::finish(self.diagnostics)?;
        Err(Error::new("the migrations cannot be read"))
    }

    /// Parses the queries of every target.
    pub(super) fn parse(&self, config: &Config) -> (Vec<Parsed<'_>>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let parsed = self.targets.iter().map(|(target, project)| {
            let (queries, found) = queries(target, project);
            diagnostics.extend(found);
            Parsed {
                target,
                project,
                queries,
                inputs: fingerprint::of_analysis(config, project),
            }
        });
        (parsed.collect(), diagnostics)
    }

    /// The files and folders that were read.
    #[cfg(feature = "postgres")]
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.targets
            .iter()
            .flat_map(|(_, project)| project.inputs())
    }
}

impl Parsed<'_> {
    /// The configured options, and the overrides that are written in queries.
    pub(super) fn options(&self) -> Options {
        let mut options = self.target.rust.options.clone();
        let overrides = syntax::type_overrides(&self.queries);
        options.overrides.extend(overrides);
        options
    }
}

fn queries(target: &Target, project: &Project) -> (Vec<syntax::Query>, Vec<Diagnostic>) {
    let stand_ins = StandIns::new(&target.placeholders);
    let mut queries = Vec::new();
    let mut diagnostics = Vec::new();
    let migrations = project.migrations.iter();
    let schema: BTreeSet<&str> = migrations.map(|migration| migration.file.key()).collect();
    let is_replaced = |key: &str| {
        let mut replaced = target.replaced_schema.iter();
        replaced.any(|path| Path::new(key).starts_with(path))
    };
    let files = parallel::map(&project.query_files, |file| {
        let role = if schema.contains(file.key()) || is_replaced(file.key()) {
            syntax::Role::SchemaToo
        } else {
            syntax::Role::QueriesOnly
        };
        syntax::parse_as(role, file, &stand_ins)
    });
    for (of_file, found) in files {
        queries.extend(of_file);
        diagnostics.extend(found);
    }
    diagnostics.extend(syntax::check_duplicate_names(&queries));
    (queries, diagnostics)
}
