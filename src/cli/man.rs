//! `man`: the manual page, made from the same definitions as the help.

use clap::error::Error;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::{self, Cli};
use super::exit::Exit;
use super::{nearest, screen, settings};

/// Runs the command.
///
/// # Errors
/// A usage error when there is no such command.
pub(super) fn run(args: &args::Man) -> Result<Exit, Error> {
    let mut whole = Cli::command();
    whole.build();
    let command = match &args.command {
        None => whole,
        Some(name) => find(&whole, name)?,
    };
    let mut page = Vec::new();
    match Man::new(command).render(&mut page) {
        Ok(()) => Ok(screen::print(&String::from_utf8_lossy(&page))),
        Err(e) => {
            screen::warn(&format!("the page could not be written: {e}."));
            Ok(Exit::Failed)
        }
    }
}

/// A command as a page of its own: `why429-check(1)`.
fn find(whole: &Command, name: &str) -> Result<Command, Error> {
    let Some(command) = whole.find_subcommand(name) else {
        let meant = nearest::command(std::path::Path::new(name));
        let hint = meant.map(|m| format!("; did you mean '{m}'?")).unwrap_or_default();
        return Err(settings::usage(&format!("there is no command '{name}'{hint}")));
    };
    Ok(command.clone().display_name(format!("why429-{name}")).version(env!("CARGO_PKG_VERSION")))
}
