//! The command line: one file per subcommand, the types of what can be typed, and the places where the program meets
//! the machine. The library knows nothing of it.

mod analyze;
mod args;
mod check;
mod completions;
mod config;
mod diff;
mod exit;
mod explain;
mod formats;
mod home;
mod hook;
mod man;
mod nearest;
mod next;
mod parse;
mod providers;
mod screen;
mod settings;
mod skills;
mod ticket;
mod timeline;

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::error::Error;

use args::{Cli, Command, SkillsCommand};
use exit::Exit;

/// The whole program.
pub(crate) fn run() -> ExitCode {
    screen::clean_up_on_signals();
    if let Err(reason) = why429::pipeline::check_tables() {
        screen::warn(&reason);
        return if is_hook() { Exit::Done } else { Exit::Failed }.into();
    }
    let ended = Cli::try_parse().and_then(|cli| match cli.command.unwrap_or(Command::Analyze(cli.analyze)) {
        Command::Analyze(mut args) => config::fill(&mut args).and_then(|()| analyze::run(&args)),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => Ok(explain::run(&args)),
        Command::Formats => Ok(formats::run()),
        Command::Next(mut args) => config::fill_input(&mut args.input).and_then(|()| next::run(&args)),
        Command::Timeline(mut args) => config::fill_input(&mut args.input).and_then(|()| timeline::run(&args)),
        Command::Diff(args) => Ok(diff::run(&args)),
        Command::Completions(args) => Ok(completions::run(&args)),
        Command::Man(args) => man::run(&args),
        Command::Skills(SkillsCommand::Install(args)) => Ok(skills::install(&args)),
        Command::Hook(args) => Ok(hook::run(&args)),
    });
    match ended {
        Ok(exit) => exit.into(),
        Err(error) if is_hook() => {
            report_error(&error);
            Exit::Done.into()
        }
        Err(error) => report_error(&error),
    }
}

/// Whether a client's hook was asked for. To some clients exit 2 means that the hook forbids something.
fn is_hook() -> bool {
    std::env::args_os().nth(1).is_some_and(|word| word == "hook")
}

/// Help and version go to standard output and are no error; a wrong command line is exit 2. What was typed is in the
/// message, so its lines are made harmless for a terminal.
fn report_error(error: &Error) -> ExitCode {
    if error.use_stderr() {
        screen::warn_lines(&error.render().to_string());
        return Exit::Usage.into();
    }
    let written = error.print().and_then(|()| std::io::stdout().flush());
    match written {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            screen::warn(&format!("standard output: not written: {e}"));
            Exit::Failed.into()
        }
        _ => Exit::Done.into(),
    }
}

/// The paths to read: those given, else standard input if it holds anything.
///
/// # Errors
/// A usage error that says what to give; one too when the first word is no path but nearly a command.
fn inputs(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    if let [path, ..] = paths
        && let Some(command) = nearest::command(path)
    {
        return Err(settings::usage(&format!(
            "there is no file or folder '{}'; did you mean the command '{command}'?",
            path.display()
        )));
    }
    if !paths.is_empty() {
        return Ok(paths.to_vec());
    }
    if screen::stdin_has_bytes() {
        return Ok(vec![PathBuf::from("-")]);
    }
    Err(settings::usage(
        "nothing to read: give a log file or a folder, such as 'why429 ~/.kimi', or pipe a log in \
         ('why429 formats' tells where logs live)",
    ))
}
