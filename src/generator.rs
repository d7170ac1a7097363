//! The whole pipeline behind one type: for the command line, build scripts and tests alike.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::analyze;
use crate::catalog;
use crate::config::{self, Config, Target};
use crate::database::{self, Provider, Server};
use crate::diagnostic::{self, Code, Diagnostic, Severity};
use crate::emit;
use crate::error::{Error, Result};
use crate::explain::{self, Explanation};
use crate::interrupt::Interrupts;
use crate::ir;
use crate::migrate::{self, migrate};
use crate::options::Options;
use crate::output::Output;
use crate::project::{self, Project};
use crate::relations::{self, Graph, Plan};
use crate::rust;
use crate::syntax;
use crate::throwaway::ThrowawayDatabase;

/// Reads a configuration and generates Rust from what it names.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), rowsmith::Error> {
///     rowsmith::Generator::from_file("sqlc.yaml")?.out_dir_from_env()?.generate()?.write()?;
///     Ok(())
/// }
/// ```
pub struct Generator {
    config: Config,
    provider: Option<Provider>,
    out_dir: Option<PathBuf>,
    build_script: bool,
    on_phase: Option<OnPhase>,
}

type OnPhase = Box<dyn Fn(&str)>;

impl Generator {
    /// Reads the configuration at `path`; everything else is read when it is needed.
    ///
    /// # Errors
    /// If the file cannot be read, or with all mistakes in it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self {
            config: Config::load(path.as_ref())?,
            provider: None,
            out_dir: None,
            build_script: false,
            on_phase: None,
        })
    }

    /// Reads the configuration in `folder`: `sqlc.yaml`, `sqlc.yml` or `sqlc.json`.
    ///
    /// # Errors
    /// If there is none or more than one, and as [`Self::from_file`].
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self> {
        Self::from_file(Config::find(folder.as_ref())?)
    }

    /// Takes the throwaway database from `provider`, whatever the configuration says.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Puts the generated folders into `folder`, each under the last part of its configured name: with `out: src/db`
    /// the module's root is `folder/db/mod.rs`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// [`Self::out_dir`] with Cargo's `OUT_DIR`, for build scripts. Also tells Cargo which files and variables the
    /// output depends on.
    ///
    /// # Errors
    /// If `OUT_DIR` is not set, as outside build scripts.
    pub fn out_dir_from_env(mut self) -> Result<Self> {
        let folder = env::var_os("OUT_DIR").ok_or_else(|| {
            Error::new("`OUT_DIR` is not set")
                .with_help("Cargo sets it for build scripts; elsewhere use `out_dir`")
        })?;
        self.build_script = true;
        Ok(self.out_dir(folder))
    }

    /// Calls `on_phase` with a few words whenever another phase of the work begins.
    #[must_use]
    pub fn on_phase(mut self, on_phase: impl Fn(&str) + 'static) -> Self {
        self.on_phase = Some(Box::new(on_phase));
        self
    }

    /// Analyses every target: what its migrations make, and what its queries take and give.
    ///
    /// # Errors
    /// With all mistakes in the user's files, or if there is no Postgres to check them.
    pub fn analyze(&self) -> Result<Vec<ir::Analysis>> {
        let run = Interrupts::listen()?.run(self.analyze_targets())?;
        finish(run.diagnostics)?;
        Ok(run
            .targets
            .into_iter()
            .map(|analyzed| analyzed.analysis)
            .collect())
    }

    /// What is known about each query, as `rowsmith explain` shows it.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    pub fn explain(&self) -> Result<Vec<Explanation>> {
        let run = Interrupts::listen()?.run(self.analyze_targets())?;
        finish(run.diagnostics)?;
        let targets = run.targets.iter();
        Ok(targets
            .flat_map(|analyzed| explain::explain(&analyzed.analysis, &analyzed.options))
            .collect())
    }

    /// The relations between the tables of every target, as `rowsmith explain --relations` shows them: a list, or a
    /// diagram in the language of Mermaid.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    pub fn explain_relations(&self, as_diagram: bool) -> Result<String> {
        let analyses = self.analyze()?;
        let targets = self.config.targets.iter().zip(&analyses);
        let texts = targets.map(|(target, analysis)| {
            let graph = Graph::new(&analysis.catalog, &target.rust.options.relations);
            if as_diagram {
                relations::mermaid(&analysis.catalog, &graph)
            } else {
                relations::list(&graph)
            }
        });
        Ok(texts.collect::<Vec<_>>().join("\n"))
    }

    /// Analyses every target and generates its Rust, in memory.
    ///
    /// # Errors
    /// As [`Self::analyze`], or if something has no place in Rust.
    pub fn generate(&self) -> Result<Output> {
        let mut interrupts = Interrupts::listen()?;
        let run = interrupts.run(self.analyze_targets())?;
        self.phase("generating");
        let mut output = Output::default();
        let mut folders = BTreeSet::new();
        // After mistakes, too: what is sound may have some of another sort, and all are reported in one run.
        let mut diagnostics = run.diagnostics;
        for (target, analyzed) in self.config.targets.iter().zip(&run.targets) {
            let Analyzed {
                analysis,
                project,
                options,
            } = analyzed;
            let (package, warnings) = rust::lower(analysis, &project.query_files, options);
            // What was left out because of a mistake may be what an override is about.
            if !has_errors(&diagnostics) {
                diagnostics.extend(warnings);
            }
            let files =
                package.and_then(|package| emit::render(&package).map_err(|bug| vec![*bug]));
            match files {
                Ok(files) => {
                    let (path, name) = self.out_folder(target);
                    if !folders.insert(path.clone()) {
                        return Err(Error::new(format!(
                            "two targets would be written to `{name}`"
                        ))
                        .with_help("give their `out` folders names that differ in the last part"));
                    }
                    output.add_folder(path, name, files);
                }
                Err(found) => {
                    // Two queries of one name were reported when they were read.
                    let is_new = |found: &Diagnostic| {
                        found.code() != Code::DuplicateName
                            || !diagnostics.iter().any(|known| known.is_like(found))
                    };
                    let found: Vec<_> = found.into_iter().filter(is_new).collect();
                    diagnostics.extend(found);
                }
            }
        }
        interrupts.check()?;
        let mut warnings = finish(diagnostics)?;
        warnings.extend(self.config.notes.iter().cloned());
        self.warn_cargo(&warnings);
        output.set_warnings(warnings);
        Ok(output)
    }

    /// Makes a throwaway database with the migrations of the first target applied, as the queries were checked
    /// against: for tests and examples of the generated code. Needs a Tokio runtime.
    ///
    /// # Errors
    /// If a migration fails or there is no Postgres.
    pub async fn throwaway_database(&self) -> Result<ThrowawayDatabase> {
        let [target, ..] = self.config.targets.as_slice() else {
            return Err(Error::new("the configuration names no schema"));
        };
        let (project, diagnostics) = project::load(&self.config, target);
        if !project.has_all_migrations() {
            return Err(diagnostics.into());
        }
        let server = Server::start(&self.provider_of(target)?).await?;
        let database = server.create_database().await?;
        finish(migrate(&database, &project.migrations).await?.diagnostics)?;
        Ok(ThrowawayDatabase::new(server, database))
    }

    fn provider_of(&self, target: &Target) -> Result<Provider> {
        match &self.provider {
            Some(provider) => Ok(provider.clone()),
            None => configured_provider(&target.database),
        }
    }

    /// Where the files of a target go, and how people read that.
    fn out_folder(&self, target: &Target) -> (PathBuf, String) {
        match &self.out_dir {
            None => (target.rust.out.clone(), target.rust.out_name.clone()),
            Some(folder) => {
                let path = folder.join(target.rust.out.file_name().unwrap_or("db".as_ref()));
                let name = path.display().to_string();
                (path, name)
            }
        }
    }

    async fn analyze_targets(&self) -> Result<Run> {
        self.phase("reading");
        let mut diagnostics = Vec::new();
        let mut parsed = Vec::new();
        for target in &self.config.targets {
            let (project, found) = project::load(&self.config, target);
            self.tell_cargo(&project, target);
            diagnostics.extend(found);
            let mut queries = Vec::new();
            for file in &project.query_files {
                let (of_file, found) = syntax::parse(file);
                queries.extend(of_file);
                diagnostics.extend(found);
            }
            diagnostics.extend(syntax::check_duplicate_names(&queries));
            parsed.push((target, project, queries));
        }
        // Without its migrations a schema would be another one, and every query in it a false alarm.
        if parsed
            .iter()
            .any(|(_, project, _)| !project.has_all_migrations())
        {
            return Err(finish(diagnostics)
                .err()
                .unwrap_or_else(|| Error::new("the migrations cannot be read")));
        }
        let mut servers: Vec<(Provider, Server)> = Vec::new();
        let mut targets = Vec::new();
        for (target, project, queries) in parsed {
            let provider = self.provider_of(target)?;
            let started = servers.iter().position(|(known, _)| *known == provider);
            let index = if let Some(index) = started {
                index
            } else {
                self.phase("starting Postgres");
                let server = Server::start(&provider).await?;
                servers.push((provider, server));
                servers.len() - 1
            };
            let (analysis, found) = self
                .analyze_target(&servers[index].1, target, &project, &queries)
                .await?;
            diagnostics.extend(found);
            let mut options = target.rust.options.clone();
            options.overrides.extend(syntax::type_overrides(&queries));
            targets.push(Analyzed {
                analysis,
                project,
                options,
            });
        }
        for (_, server) in servers {
            server.close().await?;
        }
        Ok(Run {
            targets,
            diagnostics,
        })
    }

    async fn analyze_target(
        &self,
        server: &Server,
        target: &Target,
        project: &Project,
        queries: &[syntax::Query],
    ) -> Result<(ir::Analysis, Vec<Diagnostic>)> {
        let database = server.create_database().await?;
        self.phase("applying migrations");
        let migrated = migrate(&database, &project.migrations).await?;
        // Queries that name what is missing would only repeat what is known.
        let sound: Vec<syntax::Query>;
        let queries = match &migrated.missing {
            None => {
                database.close().await?;
                return Ok((ir::Analysis::default(), migrated.diagnostics));
            }
            Some(missing) if !missing.is_empty() => {
                let names = |query: &&syntax::Query| !migrate::names_any(query.sql.text(), missing);
                sound = queries.iter().filter(names).cloned().collect();
                sound.as_slice()
            }
            Some(_) => queries,
        };
        self.phase("checking queries");
        let session = database.connect().await?;
        let catalog = catalog::introspect(session.client()).await?;
        // A function that is missing now was not misspelt.
        let is_whole = migrated.missing.as_ref().is_some_and(BTreeSet::is_empty);
        let never_null = target.rust.never_null_functions.iter();
        let never_null: Vec<_> = never_null
            .filter(|_| is_whole)
            .map(|function| (function.name.as_str(), function.place.span()))
            .collect();
        let (analysed, mut diagnostics) =
            analyze::analyze(&session, &catalog, queries, &never_null).await?;
        diagnostics.extend(migrated.diagnostics);
        let mut analysis = ir::Analysis {
            catalog: analyze::describe_schema(&catalog),
            queries: analysed,
        };
        let rules = &target.rust.options.relations;
        if is_whole {
            diagnostics.extend(relations::check_rules(&analysis.catalog, rules));
        }
        let graph = Graph::new(&analysis.catalog, rules);
        let schema = relations::Schema {
            catalog: &analysis.catalog,
            graph: &graph,
            server: &catalog,
        };
        let plan = Plan::new(queries, &analysis.queries, schema, &mut diagnostics);
        if !plan.statements().is_empty() {
            let (found, refused) =
                analyze::analyze(&session, &catalog, plan.statements(), &never_null).await?;
            diagnostics.extend(refused);
            plan.complete(&mut analysis.queries, found, &mut diagnostics);
        }
        database.close().await?;
        Ok((analysis, diagnostics))
    }

    fn phase(&self, name: &str) {
        if let Some(on_phase) = &self.on_phase {
            on_phase(name);
        }
    }

    /// Says what the output depends on, before anything can fail: Cargo then runs the build script again when the
    /// mistake is mended.
    #[expect(
        clippy::print_stdout,
        reason = "this is how build scripts talk to Cargo"
    )]
    fn tell_cargo(&self, project: &Project, target: &Target) {
        if !self.build_script {
            return;
        }
        for path in project.inputs() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let variables = target.database.uri.iter().flat_map(config::Uri::variables);
        for variable in variables.chain([database::URL_VARIABLE.to_owned()]) {
            println!("cargo::rerun-if-env-changed={variable}");
        }
    }

    /// Cargo shows the warnings of a build script of the package being built.
    #[expect(
        clippy::print_stdout,
        reason = "this is how build scripts talk to Cargo"
    )]
    fn warn_cargo(&self, warnings: &[Diagnostic]) {
        if !self.build_script {
            return;
        }
        let is_warning = |found: &&Diagnostic| found.severity() == Severity::Warning;
        for line in warnings.iter().filter(is_warning).flat_map(|warning| {
            let place = match (warning.file(), warning.line_and_column()) {
                (Some(file), Some((line, column))) => format!("{file}:{line}:{column}: "),
                (Some(file), None) => format!("{file}: "),
                (None, _) => String::new(),
            };
            let message = std::iter::once(format!("{place}{}", warning.message()));
            message.chain(warning.helps().map(|help| format!("help: {help}")))
        }) {
            println!("cargo::warning={line}");
        }
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let configuration = self.config.file.name();
        f.debug_struct("Generator")
            .field("configuration", &configuration)
            .finish_non_exhaustive()
    }
}

/// What the analysis of all targets gives, in their order, and all that is wrong so far.
struct Run {
    targets: Vec<Analyzed>,
    diagnostics: Vec<Diagnostic>,
}

struct Analyzed {
    analysis: ir::Analysis,
    project: Project,
    /// Those of the configuration, and what the queries say themselves.
    options: Options,
}

/// The warnings, if there is nothing worse.
fn finish(mut diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>> {
    diagnostic::sort(&mut diagnostics);
    // Two targets may read the same file.
    diagnostics.dedup_by(|a, b| {
        let place = |d: &Diagnostic| (d.file().map(str::to_owned), d.line_and_column());
        a.message() == b.message() && a.line_and_column().is_some() && place(a) == place(b)
    });
    if has_errors(&diagnostics) {
        return Err(diagnostics.into());
    }
    Ok(diagnostics)
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    let mut severities = diagnostics.iter().map(Diagnostic::severity);
    severities.any(|severity| severity == Severity::Error)
}

/// The provider that the configuration asks for.
fn configured_provider(configured: &config::Database) -> Result<Provider> {
    let uri = || {
        configured
            .uri
            .as_ref()
            .map(config::Uri::resolve)
            .transpose()
    };
    Ok(match configured.provider {
        config::Provider::Local => Provider::Local {
            binaries: configured.binaries.clone(),
        },
        config::Provider::Server | config::Provider::Auto => match uri()? {
            Some(uri) => Provider::Server { uri },
            None if configured.binaries.is_some() => Provider::Local {
                binaries: configured.binaries.clone(),
            },
            None => Provider::Auto,
        },
    })
}
