//! The command line: arguments in, reports and exit code out. The only place that prints.

mod arguments;
mod demo;
mod drift;
mod exec;
mod init;
mod migrate;
mod place;
mod postgres;
mod report;
mod scaffold;
mod seed;

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::{ColorChoice, CommandFactory, Parser};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cache;
use crate::database;
use crate::diagnostic::nearest;
use crate::error::{Error, Result};
use crate::explain::Explanation;
use crate::generator::Generator;
use crate::plugin;
use arguments::{Arguments, Command, Relations};
use report::{Format, Report};

/// What a command has to say when it is done.
enum Outcome {
    /// What was asked for, on standard output.
    Data(String),
    /// What was done, for people.
    Message(String),
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
    match arguments.color {
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        // As it is without being asked: the variables of the environment count.
        ColorChoice::Auto => {}
    }
    let mut report = Report::new(arguments.format, arguments.quiet);
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

#[expect(clippy::too_many_lines, reason = "one step after the other")]
fn run(arguments: &Arguments, report: &mut Report) -> Result<u8> {
    let outcome = match &arguments.command {
        Command::Init(wanted) => Some(init::init(arguments.file.as_deref(), wanted)?),
        Command::Postgres { action } => Some(postgres::postgres(action)?),
        Command::Clean => Some(Outcome::Message(clean())),
        Command::Completions { shell } => Some(Outcome::Data(completions(*shell))),
        Command::Man { command } => Some(Outcome::Data(man(command.as_deref())?)),
        _ => None,
    };
    match outcome {
        Some(Outcome::Data(text)) => {
            report.data(&text);
            return Ok(0);
        }
        Some(Outcome::Message(text)) => {
            report.done(&text);
            return Ok(0);
        }
        None => {}
    }
    if let Command::Demo { folder } = &arguments.command {
        return demo::demo(folder, report);
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
    let progress = progress(arguments.quiet);
    let phases = progress.clone();
    let mut generator = generator?.on_phase(move |phase| phases.set_message(phase.to_owned()));
    if let Command::Exec { command } = &arguments.command {
        progress.finish_and_clear();
        return exec::exec(&generator, command);
    }
    if let Command::Watch = arguments.command {
        progress.finish_and_clear();
        let outcome = watch(&generator, arguments);
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
    if let Command::Scaffold { wanted, .. } = &arguments.command {
        let outcome = wanted.run(&generator, report);
        progress.finish_and_clear();
        return outcome.map(|()| 0);
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
    if arguments.verbose || !arguments.quiet && io::stderr().is_terminal() {
        report::sources(&output);
    }
    report.diagnostics(output.warnings());
    if arguments.command.writes() {
        report.written(&output.write()?, output.files().count());
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
fn watch(generator: &Generator, arguments: &Arguments) -> Result<()> {
    generator.watch(|outcome| {
        let mut report = Report::new(arguments.format, arguments.quiet);
        match outcome {
            Ok(output) => {
                report.diagnostics(output.warnings());
                match output.write() {
                    Ok(written) => report.written(&written, output.files().count()),
                    Err(error) => report.error(&error, true),
                }
            }
            Err(error) => report.error(&error, true),
        }
        if let Err(error) = report.finish() {
            report::message(&format!("error: {error:?}"));
        }
        if !arguments.quiet {
            report::message("watching; Ctrl-C ends it");
        }
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

/// The script that completes commands and options in a shell.
fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rowsmith", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page of rowsmith or of one of its commands, for `man`.
fn man(command: Option<&str>) -> Result<String> {
    let mut rowsmith = Arguments::command();
    // So that the options for all commands are on the pages of each.
    rowsmith.build();
    let page = match command {
        None => clap_mangen::Man::new(rowsmith),
        Some(name) => {
            let found = rowsmith.find_subcommand(name).cloned();
            let found = found.ok_or_else(|| {
                Error::new(format!("there is no command `{name}`"))
                    .with_help("`rowsmith --help` lists them")
            })?;
            clap_mangen::Man::new(found).title(format!("rowsmith-{name}"))
        }
    };
    let mut text = Vec::new();
    page.render(&mut text)
        .map_err(|error| Error::new("cannot write the manual page").with_source(error))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
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
fn progress(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid"));
    bar.enable_steady_tick(Duration::from_millis(80));
    bar
}
