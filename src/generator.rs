//! The whole pipeline behind one type: for the command line, build scripts and tests alike.

mod analysis;
mod closing;
mod memory;
mod watch;

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};

use crate::config::{self, Config, Target};
use crate::database::{self, Pin, Provider, Server, Wanted};
use crate::diagnostic::{self, Code, Diagnostic, Severity};
use crate::emit::{self, Formatted, Needed};
use crate::error::{Error, Result};
use crate::explain::{self, Explanation};
use crate::interrupt::Interrupts;
use crate::ir;
use crate::migrate::{extensions, migrate};
use crate::options::Runtime;
use crate::output::Output;
use crate::parallel;
use crate::project::{self, Project};
use crate::relations::{self, Graph};
use crate::rust::{self, Package};
use crate::throwaway::ThrowawayDatabase;
use analysis::{Reading, Run};
use memory::{Memory, News};

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
    provider: Option<Provider>,
    out_dir: Option<PathBuf>,
    build_script: bool,
    uses_snapshot: bool,
    reliance: Reliance,
    warmth: watch::Warmth,
    on_phase: Option<OnPhase>,
}

/// The environment variable that forbids to ask Postgres.
const OFFLINE_VARIABLE: &str = "ROWSMITH_OFFLINE";

/// What to do about a snapshot that is not current.
const REFRESH: &str = "run `rowsmith generate` (`rowsmith snapshot` where a build script writes the code) on a machine \
                       with Postgres, and commit the snapshot";

/// What an analysis may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reliance {
    /// The snapshot where it is current, else Postgres.
    Snapshot,
    /// Postgres alone.
    Live,
    /// The snapshot alone.
    Offline,
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
            uses_snapshot: true,
            reliance: Reliance::Snapshot,
            warmth: None,
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

    /// Asks Postgres about everything, also where the [snapshot](Self#the-snapshot) is current.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.reliance = Reliance::Live;
        self
    }

    /// Never asks Postgres: without a current snapshot there is an error that says what to do. The environment variable
    /// `ROWSMITH_OFFLINE` does the same.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.reliance = Reliance::Offline;
        self
    }

    /// Neither reads nor writes a snapshot.
    #[must_use]
    pub fn without_snapshot(mut self) -> Self {
        self.uses_snapshot = false;
        self
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
        let (run, diagnostics) = self.run()?;
        finish(diagnostics)?;
        let targets = run.snapshot.targets.into_iter();
        Ok(targets.map(|target| target.analysis).collect())
    }

    /// What is known about each query, as `rowsmith explain` shows it.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    pub fn explain(&self) -> Result<Vec<Explanation>> {
        let (run, diagnostics) = self.run()?;
        finish(diagnostics)?;
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
        finish(diagnostics)?;
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

    /// Analyses every target, and nothing else. Gives all that is wrong, too.
    fn run(&self) -> Result<(Run, Vec<Diagnostic>)> {
        let reading = self.read()?;
        let mut run = Interrupts::listen()?.run(self.analyze_reading(&reading))?;
        run.closing.finish()?;
        let diagnostics = [reading.diagnostics, mem::take(&mut run.diagnostics)].concat();
        Ok((run, diagnostics))
    }

    /// Analyses every target and generates its Rust, in memory.
    ///
    /// # Errors
    /// As [`Self::analyze`], or if something has no place in Rust.
    pub fn generate(&self) -> Result<Output> {
        let remembered = self.remembered();
        let (memory, reading) =
            parallel::join(|| remembered.and_then(Memory::recall), || self.read());
        let (memory, reading) = (memory.as_ref(), reading?);
        match self.recalled(&reading, memory)? {
            Some(output) => Ok(output),
            None => self.generate_anew(&reading, memory, &mut Interrupts::listen()?),
        }
    }

    /// What was generated last, if nothing changed.
    fn recalled(&self, reading: &Reading<'_>, memory: Option<&Memory>) -> Result<Option<Output>> {
        if self.reliance()? == Reliance::Live {
            return Ok(None);
        }
        let Some((targets, warnings)) = memory.and_then(|memory| memory.result(self, reading))
        else {
            return Ok(None);
        };
        let mut output = Output::default();
        for ((target, _), files) in reading.targets.iter().zip(targets) {
            let (path, name) = self.out_folder(target);
            output.add_folder(path, name, files);
        }
        let warnings = [reading.diagnostics.clone(), warnings].concat();
        output.set_warnings(self.warnings(warnings)?);
        Ok(Some(output))
    }

    fn generate_anew(
        &self,
        reading: &Reading<'_>,
        memory: Option<&Memory>,
        interrupts: &mut Interrupts,
    ) -> Result<Output> {
        let mut run = interrupts.run(self.analyze_reading(reading))?;
        self.phase("generating");
        let mut diagnostics = mem::take(&mut run.diagnostics);
        let formatted = memory.map(Memory::formatted).unwrap_or_default();
        let is_printed = run.is_new && !has_errors(&diagnostics);
        let (printed, files) = parallel::join(
            || is_printed.then(|| run.snapshot.print()),
            || files(reading, &run, &formatted, &mut diagnostics),
        );
        interrupts.check()?;
        let warnings =
            self.warnings([reading.diagnostics.clone(), diagnostics.clone()].concat())?;
        self.warn_cargo(&warnings);
        let snapshot = run.snapshot;
        let news = memory
            .map(|memory| memory.news(self, reading, printed.as_deref(), &files, &diagnostics));
        if let Some(warmth) = &self.warmth {
            let mut prepared = warmth.borrow_mut();
            prepared.news = news;
            prepared.snapshot = printed.clone().and_then(|text| snapshot.into_stored(text));
        } else {
            // It takes some time to be freed.
            parallel::join(|| drop(snapshot), || news.map(News::keep));
        }
        let mut output = self.output(files)?;
        output.set_warnings(warnings);
        // A snapshot stands beside code that is where the configuration says; a build script may write nothing there.
        if let Some(contents) = printed
            && self.uses_snapshot
            && self.out_dir.is_none()
        {
            let (path, name) = (&self.config.snapshot, &self.config.snapshot_name);
            output.set_snapshot(path.clone(), name.clone(), contents);
        }
        output.set_servers(run.servers);
        run.closing.finish()?;
        Ok(output)
    }

    /// As what the output is remembered; nothing where it is not.
    fn remembered(&self) -> Option<&Path> {
        let is_remembered = !self.build_script && self.uses_snapshot;
        is_remembered.then_some(&self.config.path)
    }

    /// All that is warned of, if there is nothing worse.
    fn warnings(&self, diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>> {
        let mut warnings = finish(diagnostics)?;
        warnings.extend(self.config.notes.iter().cloned());
        Ok(warnings)
    }

    /// Puts files, each with the number of its target, into the folders of their targets.
    fn output(&self, files: Vec<(usize, String, emit::File)>) -> Result<Output> {
        let mut folders = vec![Vec::new(); self.config.targets.len()];
        for (number, path, file) in files {
            folders[number].push((path, file.text));
        }
        let mut output = Output::default();
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
        let (pin, extensions) = (pin_of(target), extensions(&project.migrations));
        let wanted = Wanted {
            pin: pin.as_ref(),
            migrations: None,
            extensions: &extensions,
        };
        let server = Server::start_for(&self.provider_of(target)?, wanted).await?;
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
        // Cargo takes a file that is not there for one that changed.
        let snapshot = Some(&self.config.snapshot).filter(|path| path.exists());
        for path in project.inputs().iter().chain(snapshot) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let variables = target.database.uri.iter().flat_map(config::Uri::variables);
        let ours = [database::URL_VARIABLE, OFFLINE_VARIABLE].map(str::to_owned);
        for variable in variables.chain(ours) {
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

/// Generates the files of all targets, each with the number of its target. After mistakes, too: what is sound may
/// have some of another sort, and all are reported in one run.
fn files(
    reading: &Reading<'_>,
    run: &Run,
    formatted: &Formatted,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(usize, String, emit::File)> {
    let mut files = Vec::new();
    let mut packages = Vec::new();
    let analysed = reading.targets.iter().zip(run.analyses()).zip(&run.options);
    for (((_, project), analysis), options) in analysed {
        let (package, warnings) = rust::lower(analysis, &project.query_files, options);
        // What was left out because of a mistake may be what an override is about.
        if !has_errors(diagnostics) && !has_errors(&reading.diagnostics) {
            diagnostics.extend(warnings);
        }
        packages.push(package);
    }
    let needed = needed(&packages);
    for (number, (package, needed)) in packages.into_iter().zip(&needed).enumerate() {
        let rendered = package.and_then(|package| {
            emit::render(&package, needed, formatted).map_err(|bug| vec![*bug])
        });
        match rendered {
            Ok(rendered) => {
                let rendered = rendered.into_iter();
                files.extend(rendered.map(|(path, file)| (number, path, file)));
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
    files
}

/// The run-time code that each target needs. One that is shared has what all need that share it.
fn needed(packages: &[Result<Package, Vec<Diagnostic>>]) -> Vec<Needed> {
    let needed = packages.iter().map(|package| match package {
        Ok(package) => Needed::of(package),
        Err(_) => Needed::default(),
    });
    let own: Vec<Needed> = needed.collect();
    let mut needed = own.clone();
    for (package, own) in packages.iter().zip(&own) {
        if let Ok(package) = package
            && let Runtime::Shared { target, .. } = package.runtime
        {
            needed[target].share(own);
        }
    }
    needed
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    let mut severities = diagnostics.iter().map(Diagnostic::severity);
    severities.any(|severity| severity == Severity::Error)
}

/// The version that the configuration asks for.
fn pin_of(target: &Target) -> Option<Pin> {
    let version = target.database.version.as_ref()?;
    Some(Pin {
        major: version.major,
        place: version.span(),
    })
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
        config::Provider::Embedded => Provider::Embedded { program: None },
        config::Provider::Server | config::Provider::Auto => match uri()? {
            Some(uri) => Provider::Server { uri },
            None if configured.binaries.is_some() => Provider::Local {
                binaries: configured.binaries.clone(),
            },
            None => Provider::Auto,
        },
    })
}
