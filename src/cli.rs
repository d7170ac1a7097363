//! The command line: arguments in, reports and exit code out. The only place that prints.

mod init;
mod report;

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

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
    /// Generate Rust from the queries
    Generate,
    /// Check that the generated Rust is current; prints what differs and writes nothing
    Check,
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

/// Runs the command line of this process.
///
/// The exit code is 0 when all is well, 1 for mistakes in the user's files and for code that is not current, 2 when
/// the work could not be done, and as in a shell after a signal: 130 after Ctrl-C.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut report = Report::new(arguments.format);
    let outcome = run(&arguments, &mut report);
    let code = match &outcome {
        Ok(code) => *code,
        Err(error) => match error.signal() {
            Some(signal) => 128 + signal,
            None if error.diagnostics().is_empty() => 2,
            None => 1,
        },
    };
    if let Err(error) = outcome {
        report.error(&error, matches!(arguments.command, Command::Generate));
    }
    report.finish();
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
    let generator = match &arguments.file {
        Some(file) => Generator::from_file(file),
        None => Generator::from_folder(""),
    };
    let progress = progress();
    let phases = progress.clone();
    let generator = generator?.on_phase(move |phase| phases.set_message(phase.to_owned()));
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
    let output = generator.generate();
    progress.finish_and_clear();
    let output = output?;
    report.diagnostics(output.warnings());
    if let Command::Check = arguments.command {
        let drift = output.check()?;
        report.drift(&drift, output.files().count());
        Ok(u8::from(!drift.is_empty()))
    } else {
        Report::written(&output.write()?);
        Ok(0)
    }
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
fn print_data(data: impl AsRef<[u8]>) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(data.as_ref()).and_then(|()| out.flush());
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
