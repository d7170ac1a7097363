//! `rowsmith exec`: runs a command on a throwaway database, and passes on what it is told and how it ended.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus};

use super::report;
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::interrupt::Interrupts;

/// What a shell exits with if there is no such command, and if it cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

/// Runs a command and its arguments with the address of a new database in its environment. The database has the
/// migrations, and is gone when this returns. Returns the exit code for this process: that of the command, or 128 and
/// the number of the signal that ended it.
pub(super) fn exec(generator: &Generator, command: &[OsString]) -> Result<u8> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::new("there is no command to run"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    run(generator, command)
}

/// As [`exec`].
pub(super) fn run(generator: &Generator, mut command: Command) -> Result<u8> {
    let mut interrupts = Interrupts::listen()?;
    let database = interrupts.run(generator.throwaway_database())?;
    for (name, value) in database.environment() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    interrupts.listen_for_a_child();
    let code = match command.spawn() {
        Ok(child) => wait(&mut interrupts, child).map(exit_code),
        Err(error) => Ok(not_started(&command, &error)),
    };
    let closed = interrupts.run_through(database.close(), |_| {});
    let code = code
        .map_err(|error| Error::new("cannot wait for the end of the command").with_source(error))?;
    closed.map(|()| code)
}

/// Waits for the end of the child, and passes on the signals that come meanwhile.
fn wait(interrupts: &mut Interrupts, mut child: Child) -> io::Result<ExitStatus> {
    let id = child.id();
    // A thread of its own: the runtime of the signals may not block.
    let ended = async move {
        let waiting = tokio::task::spawn_blocking(move || child.wait());
        waiting
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    };
    interrupts.run_through(ended, |signal| pass_on(id, signal))
}

#[cfg(unix)]
fn pass_on(child: u32, signal: u8) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let Ok(signal) = Signal::try_from(i32::from(signal)) else {
        return;
    };
    // The terminal has told the child, too. Told twice, many programs end without tidying up.
    if matches!(signal, Signal::SIGINT | Signal::SIGQUIT) && is_in_foreground() {
        return;
    }
    if let Ok(id) = i32::try_from(child) {
        // It may have ended in this moment.
        let _ = kill(Pid::from_raw(id), signal);
    }
}

#[cfg(not(unix))]
fn pass_on(_child: u32, _signal: u8) {}

/// Whether a terminal sends the signals of its keys to this process and its children.
#[cfg(unix)]
fn is_in_foreground() -> bool {
    use nix::unistd::{getpgrp, tcgetpgrp};

    std::fs::File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(terminal) == Ok(getpgrp()))
}

fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    // Windows has bigger ones.
    let code = status.code().unwrap_or(1);
    u8::try_from(code).unwrap_or(u8::MAX)
}

/// Says why the command was not started. Returns the exit code that a shell has for that.
fn not_started(command: &Command, error: &io::Error) -> u8 {
    let program = command.get_program().display();
    if error.kind() == io::ErrorKind::NotFound {
        let help = "write the command and its arguments apart: `rowsmith exec cargo test`; for a line of shell, `rowsmith exec sh -c '…'`";
        report::message(&format!(
            "error: there is no program `{program}`\n  help: {help}"
        ));
        NOT_FOUND
    } else {
        report::message(&format!(
            "error: cannot run `{program}`\n  caused by: {error}"
        ));
        NOT_RUNNABLE
    }
}
