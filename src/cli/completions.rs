//! `completions`: the script that makes a shell complete commands, options and values.

use clap::CommandFactory;

use super::args::{Cli, Completions};
use super::exit::Exit;
use super::screen;

/// Runs the command.
pub(super) fn run(args: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "why429", &mut script);
    screen::print(&String::from_utf8_lossy(&script))
}
