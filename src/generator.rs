//! The whole pipeline behind one type: for the command line, build scripts and tests alike.
//!
//! # What is kept between runs
//!
//! All of it can be deleted: a run without it does more and gives the same.
//!
//! | kept | where | by | asked |
//! |---|---|---|---|
//! | the generated code: `memory` | in the user's cache | a digest of all that the output depends on (`fingerprint`), and of the snapshot | first, except by build scripts and `live`. If something changed, only texts that were formatted before are taken from it |
//! | the analysis: `snapshot` | beside the configuration | digests of the configuration, the migrations and the queries (`fingerprint`) | next, except by `live`. If only queries changed, it answers for the others |
//! | a running server: `warm` | in the process, by `watch` | the provider, the version and the migrations | before a server is started |
//! | a cluster with the migrations and its catalog: `database::kept` | in the user's cache | the installation and the migrations | when a local server is started. If only the last migrations are new, a copy of it is |
//! | an empty cluster: `database::template` | in the user's cache | the installation | when no cluster with the migrations is free |

#[cfg(feature = "postgres")]
mod analysis;
mod cargo;
#[cfg(feature = "postgres")]
mod closing;
mod code;
#[cfg(feature = "postgres")]
mod deploying;
#[cfg(feature = "postgres")]
mod drift;
#[cfg(feature = "postgres")]
mod facts;
mod fingerprint;
#[cfg(feature = "postgres")]
mod memory;
mod phases;
mod reading;
#[cfg(feature = "postgres")]
mod reliance;
#[cfg(feature = "cli")]
mod scaffold;
#[cfg(feature = "postgres")]
mod spares;
mod state;
#[cfg(feature = "postgres")]
mod target;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
#[cfg(feature = "postgres")]
mod warm;
#[cfg(feature = "postgres")]
mod watch;

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};

use crate::config::{Config, Target};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::error::{Error, Result};
use crate::explain::{self, Explanation};
use crate::ir;
use crate::output::Output;
use crate::relations::{self, Graph};
use code::Generated;
use phases::Phases;
use reading::Reading;
#[cfg(feature = "cli")]
pub(crate) use scaffold::Scaffold;
use state::Run;

#[cfg(feature = "cli")]
pub(crate) use deploying::Baseline;
#[cfg(feature = "postgres")]
pub use drift::Drift;
#[cfg(feature = "postgres")]
use {
    crate::database::{self, Database, Provider, Server, URL_VARIABLE, Wanted},
    crate::diagnostic::has_errors,
    crate::interrupt::Interrupts,
    crate::migrate::{extensions, migrate},
    crate::migration::Migration,
    crate::output::Rest,
    crate::parallel,
    crate::project,
    crate::throwaway::ThrowawayDatabase,
    analysis::{Analysed, Analyzer, pin_of, provider_of},
    memory::Memory,
    reliance::{OFFLINE_VARIABLE, Reliance},
    warm::Warmth,
};
#[cfg(not(feature = "postgres"))]
use {crate::emit::Formatted, state::State};

/// Reads a configuration and generates Rust from what it names.
///
/// # The snapshot
///
/// The file `rowsmith.snapshot` beside the configuration, which [`Output::write`] writes and which is committed, holds
/// what Postgres said of the schema and the queries. As long as neither they nor the configuration change, it stands in
/// for Postgres, and nothing is started.
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
    out_dir: Option<PathBuf>,
    build_script: bool,
    #[cfg(feature = "postgres")]
    asking: Asking,
    phases: Phases,
}

/// Which sources are asked.
#[cfg(feature = "postgres")]
#[derive(Clone, Default)]
struct Asking {
    provider: Option<Provider>,
    without_snapshot: bool,
    reliance: Reliance,
    warmth: Warmth,
}

impl Generator {
    /// Reads the configuration at `path`; everything else is read when it is needed.
    ///
    /// # Errors
    /// If the file cannot be read, or with all mistakes in it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self {
            config: Config::load(path.as_ref())?,
            out_dir: None,
            build_script: false,
            #[cfg(feature = "postgres")]
            asking: Asking::default(),
            phases: Phases::default(),
        })
    }

    /// Reads the configuration in `folder`: `sqlc.yaml`, `sqlc.yml` or `sqlc.json`.
    ///
    /// # Errors
    /// If there is none or more than one, and as [`Self::from_file`].
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self> {
        Self::from_file(Config::find(folder.as_ref())?)
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

    /// Never asks Postgres: without a current snapshot there is an error that says what to do. The environment variable
    /// `ROWSMITH_OFFLINE` does the same. Without the feature `postgres` it is always so.
    #[must_use]
    #[cfg_attr(
        not(feature = "postgres"),
        expect(
            unused_mut,
            clippy::missing_const_for_fn,
            reason = "nothing else is possible"
        )
    )]
    pub fn offline(mut self) -> Self {
        #[cfg(feature = "postgres")]
        {
            self.asking.reliance = Reliance::Offline;
        }
        self
    }

    /// Calls `on_phase` with a few words whenever another phase of the work begins.
    #[must_use]
    pub fn on_phase(mut self, on_phase: impl Fn(&str) + 'static) -> Self {
        self.phases = Phases::new(on_phase);
        self
    }

    /// Analyses every target: what its migrations make, and what its queries take and give.
    ///
    /// # Errors
    /// With all mistakes in the user's files, or if there is no Postgres to check them.
    pub fn analyze(&self) -> Result<Vec<ir::Analysis>> {
        let (run, diagnostics) = self.run()?;
        diagnostic::finish(diagnostics)?;
        let targets = run.snapshot.targets.into_iter();
        Ok(targets.map(|target| target.analysis).collect())
    }

    /// What is known about each query, as `rowsmith explain` shows it.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    pub fn explain(&self) -> Result<Vec<Explanation>> {
        let (run, diagnostics) = self.run()?;
        diagnostic::finish(diagnostics)?;
        let targets = run.analyses().zip(&run.options);
        Ok(targets
            .flat_map(|(analysis, options)| explain::explain(analysis, options))
            .collect())
    }

    /// The relations between the tables of every target, as `rowsmith explain --relations` shows them: a list, or a
    /// diagram in the language of Mermaid. Mistakes in queries, or in what is said of relations, are no errors here: the
    /// relations help to mend them.
    ///
    /// # Errors
    /// With the mistakes in the migrations, or if there is no Postgres to apply them.
    pub fn explain_relations(&self, as_diagram: bool) -> Result<String> {
        let (run, mut diagnostics) = self.run()?;
        diagnostics.retain(|diagnostic| {
            let code = diagnostic.code();
            !code.is_about_queries() && code != Code::InvalidConfig
        });
        diagnostic::finish(diagnostics)?;
        let targets = self.config.targets.iter().zip(run.analyses());
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

    /// The queries of a table, as an annotated file. `only` names the functions that are wanted; all that make sense if it is
    /// empty. Mistakes in queries are no errors here.
    ///
    /// # Errors
    /// If there is no such table or function, with the mistakes in the migrations, or if there is no Postgres to apply them.
    #[cfg(feature = "cli")]
    pub(crate) fn scaffold(&self, table: &str, only: &[String]) -> Result<Scaffold> {
        scaffold::scaffold(self, table, only)
    }

    /// Analyses every target and generates its Rust, in memory.
    ///
    /// # Errors
    /// As [`Self::analyze`], or if something has no place in Rust.
    pub fn generate(&self) -> Result<Output> {
        self.output_of_all()
    }

    /// Reads the files of every target.
    fn read(&self) -> Result<Reading<'_>> {
        self.load().whole()
    }

    /// Reads the files of every target, as far as they can be read. Before anything can fail, Cargo is told what the
    /// output depends on: it then runs the build script again when a mistake is mended.
    fn load(&self) -> Reading<'_> {
        self.phases.begin("reading");
        let reading = Reading::load(&self.config);
        if self.build_script {
            for (_, project) in &reading.targets {
                cargo::depend_on_files(&self.config, project);
            }
            #[cfg(feature = "postgres")]
            for (target, _) in &reading.targets {
                cargo::depend_on_variables(target, &[URL_VARIABLE, OFFLINE_VARIABLE]);
            }
        }
        reading
    }

    /// Returns the warnings, or an error if there are errors.
    fn warnings(
        &self,
        reading: &Reading<'_>,
        diagnostics: Vec<Diagnostic>,
    ) -> Result<Vec<Diagnostic>> {
        let diagnostics = [reading.diagnostics.clone(), diagnostics].concat();
        let mut warnings = diagnostic::finish(diagnostics)?;
        warnings.extend(self.config.notes.iter().cloned());
        let targets = self.config.targets.iter();
        let allowed: Vec<&str> = targets
            .flat_map(|target| &target.rust.options.allowed)
            .map(String::as_str)
            .collect();
        warnings.retain(|warning| !allowed.contains(&warning.code().name()));
        if self.build_script {
            cargo::show_warnings(&warnings);
        }
        Ok(warnings)
    }

    /// Puts files into the folders of their targets.
    fn output(&self, files: Vec<Generated>) -> Result<Output> {
        let mut folders = vec![Vec::new(); self.config.targets.len()];
        for Generated { target, path, file } in files {
            folders[target].push((path, file.text));
        }
        let mut output = self.empty_output();
        let mut known = BTreeSet::new();
        for (target, files) in self.config.targets.iter().zip(folders) {
            let (path, name) = self.out_folder(target);
            if !known.insert(path.clone()) {
                return Err(
                    Error::new(format!("two targets would be written to `{name}`"))
                        .with_help("give their `out` folders names that differ in the last part"),
                );
            }
            output.add_folder(path, name, files);
        }
        Ok(output)
    }

    /// An output that belongs to the configuration, unless a build script generates it somewhere else.
    fn empty_output(&self) -> Output {
        match &self.out_dir {
            None => Output::of(&self.config.path),
            Some(_) => Output::default(),
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
}

/// Without Postgres: from the snapshot alone.
#[cfg(not(feature = "postgres"))]
impl Generator {
    fn run(&self) -> Result<(Run, Vec<Diagnostic>)> {
        let reading = self.read()?;
        let mut run = self.restored(&reading)?;
        let diagnostics = [reading.diagnostics, mem::take(&mut run.diagnostics)].concat();
        Ok((run, diagnostics))
    }

    fn output_of_all(&self) -> Result<Output> {
        let reading = self.read()?;
        let mut run = self.restored(&reading)?;
        self.phases.begin("generating");
        let mut diagnostics = mem::take(&mut run.diagnostics);
        let files = code::files(&reading, &run, &Formatted::default(), &mut diagnostics);
        let warnings = self.warnings(&reading, diagnostics)?;
        let mut output = self.output(files)?;
        output.set_warnings(warnings);
        Ok(output)
    }

    fn restored(&self, reading: &Reading<'_>) -> Result<Run> {
        let (parsed, diagnostics) = reading.parse(&self.config);
        State::of(&self.config, &parsed, None).into_run(&self.config, reading, &parsed, diagnostics)
    }
}

/// With Postgres, for when the snapshot is not current.
#[cfg(feature = "postgres")]
impl Generator {
    /// Takes the throwaway database from `provider`, whatever the configuration says.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.asking.provider = Some(provider);
        self
    }

    /// Asks Postgres about everything, also where the [snapshot](Self#the-snapshot) is current.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.asking.reliance = Reliance::Live;
        self
    }

    /// Neither reads nor writes a snapshot.
    #[must_use]
    pub fn without_snapshot(mut self) -> Self {
        self.asking.without_snapshot = true;
        self
    }

    /// Analyses every target; what is written or checked then is the [snapshot](Self#the-snapshot) alone. For projects
    /// whose build script generates the code.
    ///
    /// # Errors
    /// As [`Self::generate`]: a snapshot is of code that can be generated.
    pub fn snapshot(&self) -> Result<Output> {
        let mut output = self.generate()?;
        output.only_snapshot();
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
        let (server, database) = self.empty(target, &project.migrations).await?;
        diagnostic::finish(migrate(&database, &project.migrations).await?.diagnostics)?;
        Ok(ThrowawayDatabase::new(server, database))
    }

    /// Starts a server for a target, with an empty database for those migrations.
    async fn empty(&self, target: &Target, migrations: &[Migration]) -> Result<(Server, Database)> {
        let (pin, extensions) = (pin_of(target), extensions(migrations));
        let provider = provider_of(self.asking.provider.as_ref(), &target.database)?;
        let wanted = Wanted {
            pin: pin.as_ref(),
            migrations: &[],
            extensions: &extensions,
        };
        let server = Server::start_for(&provider, wanted).await?;
        let database = server.create_database().await?;
        Ok((server, database))
    }

    fn reliance(&self) -> Result<Reliance> {
        self.asking.reliance.in_environment(self.build_script)
    }

    /// Analyses every target with what the snapshot and Postgres say.
    fn analysed(&self, reading: &Reading<'_>, interrupts: &mut Interrupts) -> Result<Analysed> {
        let analyzer = Analyzer {
            config: &self.config,
            provider: self.asking.provider.as_ref(),
            reliance: self.reliance()?,
            uses_snapshot: !self.asking.without_snapshot,
            warmth: &self.asking.warmth,
            phases: &self.phases,
        };
        interrupts.run(analyzer.analyze(reading))
    }

    fn run(&self) -> Result<(Run, Vec<Diagnostic>)> {
        let reading = self.read()?;
        let mut analysed = self.analysed(&reading, &mut Interrupts::listen()?)?;
        analysed.closing.finish()?;
        let mut run = analysed.run;
        let diagnostics = [reading.diagnostics, mem::take(&mut run.diagnostics)].concat();
        Ok((run, diagnostics))
    }

    fn output_of_all(&self) -> Result<Output> {
        let remembered = self.remembered();
        let (memory, reading) =
            parallel::join(|| remembered.and_then(Memory::recall), || self.read());
        let (memory, reading) = (memory.as_ref(), reading?);
        match self.recalled(&reading, memory)? {
            Some(output) => Ok(output),
            None => self.generate_anew(&reading, memory, &mut Interrupts::listen()?),
        }
    }

    /// The key under which the output is cached, or `None` if it is not.
    fn remembered(&self) -> Option<&Path> {
        let is_remembered = !self.build_script && !self.asking.without_snapshot;
        is_remembered.then_some(&self.config.path)
    }

    /// The output of the last run, if nothing changed.
    fn recalled(&self, reading: &Reading<'_>, memory: Option<&Memory>) -> Result<Option<Output>> {
        if self.reliance()? == Reliance::Live {
            return Ok(None);
        }
        let Some((targets, warnings)) =
            memory.and_then(|memory| memory.result(&self.config, reading))
        else {
            return Ok(None);
        };
        let mut output = self.empty_output();
        for ((target, _), files) in reading.targets.iter().zip(targets) {
            let (path, name) = self.out_folder(target);
            output.add_folder(path, name, files);
        }
        output.set_warnings(self.warnings(reading, warnings)?);
        // The run that wrote all this may have been killed after that.
        output.set_rest(Rest::new(|| {
            database::sweep();
            Ok(())
        }));
        Ok(Some(output))
    }

    fn generate_anew(
        &self,
        reading: &Reading<'_>,
        memory: Option<&Memory>,
        interrupts: &mut Interrupts,
    ) -> Result<Output> {
        let Analysed {
            mut run,
            is_new,
            servers,
            closing,
        } = self.analysed(reading, interrupts)?;
        self.phases.begin("generating");
        let mut diagnostics = mem::take(&mut run.diagnostics);
        let formatted = memory.map(Memory::formatted).unwrap_or_default();
        let is_printed = is_new && !has_errors(&diagnostics);
        let (printed, files) = parallel::join(
            || is_printed.then(|| run.snapshot.print()),
            || code::files(reading, &run, &formatted, &mut diagnostics),
        );
        interrupts.check()?;
        let warnings = self.warnings(reading, diagnostics.clone())?;
        let snapshot = run.snapshot;
        let news = memory.map(|memory| {
            memory.news(
                &self.config,
                reading,
                printed.as_deref(),
                &files,
                &diagnostics,
            )
        });
        let mut output = self.output(files)?;
        if let Some(warmth) = &self.asking.warmth {
            let mut prepared = warmth.borrow_mut();
            prepared.news = news;
            prepared.snapshot = printed.clone().and_then(|text| snapshot.into_stored(text));
        } else {
            let mut closing = closing;
            output.set_rest(Rest::new(move || {
                if let Some(news) = news {
                    news.keep();
                }
                // It takes some time to be freed.
                drop(snapshot);
                // A run that starts no server leaves what killed ones left.
                database::sweep();
                closing.finish()
            }));
        }
        output.set_warnings(warnings);
        // A snapshot stands beside code that is where the configuration says; a build script may write nothing there.
        if let Some(contents) = printed
            && !self.asking.without_snapshot
            && self.out_dir.is_none()
        {
            let (path, name) = (&self.config.snapshot, &self.config.snapshot_name);
            output.set_snapshot(path.clone(), name.clone(), contents);
        }
        output.set_servers(servers);
        Ok(output)
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
