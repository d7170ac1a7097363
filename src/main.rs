//! The `rowsmith` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    rowsmith::cli::main()
}
