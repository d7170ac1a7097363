//! The command line: arguments in, reports and exit code out. The only place that prints.

mod drift;
mod init;
mod migrate;
mod place;
mod report;
mod seed;

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cache;
use crate::database;
use crate::diagnostic::nearest;
use crate::error::{Error, Result};
use crate::explain::Explanation;
use crate::generator::Generator;
use crate::plugin;
use report::Report;

/// Typed Rust from SQL: queries checked by a throwaway Postgres.
#[derive(Debug, Parser)]
#[command(name = "rowsmith", version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration [default: `sqlc.yaml`, `sqlc.yml` or `sqlc.json` in this folder]
    #[arg(short, long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,

    /// How mistakes are reported
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,

    /// Say which Postgres was asked, and why that one
    #[arg(short, long, global = true)]
    verbose: bool,

    #[command(subcommand)]
    command: Command,
}

/// How mistakes are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the source line and a caret, on standard error
    #[default]
    Human,
    /// As a JSON array, on standard output
    Json,
    /// As GitHub workflow commands, which annotate a pull request
    Github,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a configuration to start from, and the folders it names; nothing is overwritten
    Init,
    /// Generate Rust from the queries, and the snapshot
    Generate {
        #[command(flatten)]
        source: Source,
    },
    /// Generate now and whenever a file changes, until Ctrl-C; Postgres keeps running
    Watch,
    /// Check that the generated Rust and the snapshot are current; prints what differs and writes nothing
    Check {
        #[command(flatten)]
        source: Source,
    },
    /// Write the snapshot and no Rust, for a project whose build script generates that
    Snapshot {
        #[command(flatten)]
        source: Source,
        /// Write nothing, but print how the snapshot differs
        #[arg(long)]
        check: bool,
    },
    /// Show how a database differs from what the migrations make; nothing is changed there
    Drift {
        /// The database, as `postgres://user@host/name` [default: the variable `DATABASE_URL`]
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// Leave out what has this name; `*` stands for any characters. Can be given more than once
        #[arg(long, value_name = "PATTERN")]
        ignore: Vec<String>,
    },
    /// Bring a database to the schema of the project: apply its migrations, or show which are applied
    Migrate(migrate::Migrate),
    /// Run the seeds that the database has not: rows to develop with
    Seed(seed::Seed),
    /// Make a database of development anew: drop it, apply the migrations, run the seeds
    Reset(seed::Reset),
    /// Remove what is kept between runs in this user's cache
    Clean,
    /// Show what is known about a query and why: types, nullability, the SQL that is sent
    Explain {
        /// The query's name; all queries without it
        name: Option<String>,

        /// Show the relations between the tables instead
        #[arg(
            long,
            value_enum,
            value_name = "FORM",
            num_args = 0..=1,
            require_equals = true,
            default_missing_value = "list",
            conflicts_with = "name"
        )]
        relations: Option<Relations>,

        #[command(flatten)]
        source: Source,
    },
    /// The process of the embedded Postgres
    #[cfg(all(feature = "embedded", unix))]
    #[command(name = database::embedded::COMMAND, hide = true)]
    Engine {
        folder: Option<PathBuf>,
        extensions: Vec<String>,
    },
    /// Generate Rust for sqlc, which runs this as a plugin: a request on standard input, files on standard output
    #[command(alias = "/plugin.CodegenService/Generate")]
    Plugin,
}

/// How relations are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Relations {
    /// One to a line, by table
    List,
    /// As an entity-relationship diagram of Mermaid
    Mermaid,
}

/// Where the answers come from.
#[derive(Clone, Copy, Debug, Default, Args)]
struct Source {
    /// Ask Postgres about everything, also where the snapshot is current
    #[arg(long)]
    live: bool,

    /// Never ask Postgres: rest on the snapshot, which has to be current
    #[arg(long, conflicts_with = "live")]
    offline: bool,
}

impl Command {
    fn source(&self) -> Source {
        match self {
            Self::Init
            | Self::Plugin
            | Self::Watch
            | Self::Clean
            | Self::Drift { .. }
            | Self::Migrate(_)
            | Self::Seed(_)
            | Self::Reset(_) => Source::default(),
            #[cfg(all(feature = "embedded", unix))]
            Self::Engine { .. } => Source::default(),
            Self::Generate { source }
            | Self::Check { source }
            | Self::Snapshot { source, .. }
            | Self::Explain { source, .. } => *source,
        }
    }

    /// Whether its exit code says where a database stands.
    fn is_status(&self) -> bool {
        matches!(self, Self::Migrate(migrate) if migrate.is_status())
    }

    /// Whether it changes files.
    fn writes(&self) -> bool {
        match self {
            Self::Init | Self::Watch | Self::Clean | Self::Generate { .. } => true,
            Self::Snapshot { check, .. } => !check,
            // What it says about the database is said elsewhere.
            Self::Migrate(_) | Self::Seed(_) | Self::Reset(_) => false,
            Self::Plugin | Self::Check { .. } | Self::Explain { .. } | Self::Drift { .. } => false,
            #[cfg(all(feature = "embedded", unix))]
            Self::Engine { .. } => false,
        }
    }
}

/// Runs the command line of this process.
///
/// The exit code is 0 when all is well, 1 for mistakes in the user's files and for code that is not current, 2 when
/// the work could not be done, and as in a shell after a signal: 130 after Ctrl-C.
pub fn main() -> ExitCode {
    #[cfg(unix)]
    database::embedded::this_is_the_command();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and the version are no mistakes, but printed all the same.
        Err(told) => {
            let code = match told.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => 2,
                _ => u8::try_from(told.exit_code()).unwrap_or(2),
            };
            return ExitCode::from(code);
        }
    };
    let mut report = Report::new(arguments.format);
    let outcome = run(&arguments, &mut report);
    let mut code = match &outcome {
        Ok(code) => *code,
        Err(error) => match error.signal() {
            Some(signal) => 128 + signal,
            None if error.diagnostics().is_empty() || arguments.command.is_status() => 2,
            None => 1,
        },
    };
    if let Err(error) = outcome {
        report.error(&error, arguments.command.writes());
    }
    if let Err(error) = report.finish() {
        report::message(&format!("error: {error:?}"));
        code = 2;
    }
    ExitCode::from(code)
}

fn run(arguments: &Arguments, report: &mut Report) -> Result<u8> {
    if let Command::Init = arguments.command {
        let done = init::init(arguments.file.as_deref())?;
        report::message(&done);
        return Ok(0);
    }
    if let Command::Plugin = arguments.command {
        let mut request = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut request);
        read.map_err(|error| Error::new("cannot read standard input").with_source(error))?;
        let response = plugin::respond(&request)?;
        report.diagnostics(&response.warnings);
        report.response(&response.bytes);
        return Ok(0);
    }
    #[cfg(all(feature = "embedded", unix))]
    if let Command::Engine { folder, extensions } = &arguments.command {
        use database::embedded::{GREETING, engine};
        match folder {
            Some(folder) => engine::serve(folder, extensions)?,
            None => report::message(GREETING),
        }
        return Ok(0);
    }
    if let Command::Clean = arguments.command {
        report::message(&clean());
        return Ok(0);
    }
    if let Command::Seed(seed) = &arguments.command {
        return seed.run(arguments.file.as_deref());
    }
    if let Command::Reset(reset) = &arguments.command {
        return reset.run(arguments.file.as_deref(), report);
    }
    if let Command::Migrate(migrate) = &arguments.command {
        return migrate.run(arguments.file.as_deref(), arguments.format, report);
    }
    let generator = match &arguments.file {
        Some(file) => Generator::from_file(file),
        None => Generator::from_folder(""),
    };
    let progress = progress();
    let phases = progress.clone();
    let mut generator = generator?.on_phase(move |phase| phases.set_message(phase.to_owned()));
    if let Command::Watch = arguments.command {
        progress.finish_and_clear();
        let outcome = watch(&generator, arguments.format);
        // Ctrl-C is how it is meant to end.
        return outcome.map(|()| 0).or_else(|error| match error.signal() {
            Some(2) => Ok(0),
            _ => Err(error),
        });
    }
    if let Command::Drift { database, ignore } = &arguments.command {
        let drift = drift::drift(&generator, database.as_deref(), ignore);
        progress.finish_and_clear();
        return drift::show(&drift?, arguments.format, report);
    }
    let source = arguments.command.source();
    if source.live {
        generator = generator.live();
    } else if source.offline {
        generator = generator.offline();
    }
    if let Command::Explain {
        relations: Some(form),
        ..
    } = &arguments.command
    {
        let text = generator.explain_relations(*form == Relations::Mermaid);
        progress.finish_and_clear();
        report.data(&text?);
        return Ok(0);
    }
    if let Command::Explain { name, .. } = &arguments.command {
        let explanations = generator.explain();
        progress.finish_and_clear();
        report.data(&explain(explanations?, name.as_deref(), arguments.format)?);
        return Ok(0);
    }
    let output = match arguments.command {
        Command::Snapshot { .. } => generator.snapshot(),
        _ => generator.generate(),
    };
    progress.finish_and_clear();
    let output = output?;
    if arguments.verbose || io::stderr().is_terminal() {
        report::sources(&output);
    }
    report.diagnostics(output.warnings());
    if arguments.command.writes() {
        Report::written(&output.write()?, output.files().count());
        output.finish()?;
        Ok(0)
    } else {
        let drift = output.check()?;
        report.drift(&drift, output.files().count());
        output.finish()?;
        Ok(u8::from(!drift.is_empty()))
    }
}

/// Writes what is generated after each change, and reports what is wrong.
fn watch(generator: &Generator, format: Format) -> Result<()> {
    generator.watch(|outcome| {
        let mut report = Report::new(format);
        match outcome {
            Ok(output) => {
                report.diagnostics(output.warnings());
                match output.write() {
                    Ok(written) => Report::written(&written, output.files().count()),
                    Err(error) => report.error(&error, true),
                }
            }
            Err(error) => report.error(&error, true),
        }
        if let Err(error) = report.finish() {
            report::message(&format!("error: {error:?}"));
        }
        report::message("watching; Ctrl-C ends it");
    })
}

/// Removes the caches. Gives what to tell.
fn clean() -> String {
    let mut told = Vec::new();
    for removed in database::clean().into_iter().chain(cache::clean()) {
        told.push(format!("removed {}", removed.display()));
    }
    if told.is_empty() {
        told.push("nothing to do: nothing is kept".to_owned());
    }
    told.join("\n")
}

/// What is known of the query called `name`, or of all, as text or JSON.
fn explain(
    mut explanations: Vec<Explanation>,
    name: Option<&str>,
    format: Format,
) -> Result<String> {
    if let Some(name) = name {
        let names: Vec<String> = explanations
            .iter()
            .map(|found| found.name.clone())
            .collect();
        explanations.retain(|explanation| explanation.name == name);
        if explanations.is_empty() {
            let error = Error::new(format!("there is no query `{name}`"));
            return Err(match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error.with_help("`rowsmith explain` without a name shows all queries"),
            });
        }
    }
    if format == Format::Json {
        let json =
            serde_json::to_string_pretty(&explanations).expect("explanations are plain data");
        return Ok(json + "\n");
    }
    let texts: Vec<String> = explanations.iter().map(Explanation::to_string).collect();
    Ok(texts.join("\n"))
}

/// Prints to standard output. A reader that has gone away, as `head` does, is no failure.
fn print_data(data: impl AsRef<[u8]>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(data.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// One live line on a terminal, nothing elsewhere.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid"));
    bar.enable_steady_tick(Duration::from_millis(80));
    bar
}
