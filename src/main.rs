//! The program `why429`: arguments to the library, and an exit code back.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
