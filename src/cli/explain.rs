//! `explain`: what a cause means, or what an error text says and what it does not.
//!
//! The texts come from the library's causes and its catalogue of error texts; this file only asks and prints.

use why429::model::Cause;
use why429::report::words;

use super::args::Explain;
use super::exit::Exit;
use super::screen;

/// Runs the command.
pub(super) fn run(args: &Explain) -> Exit {
    let text = match (&args.cause, &args.message) {
        (Some(id), _) => Cause::from_id(id).map(cause),
        (None, Some(said)) => Some(message(said)),
        (None, None) => None,
    };
    text.map_or(Exit::Usage, |text| screen::print(&text))
}

/// What a cause means.
fn cause(cause: Cause) -> String {
    let group = cause.group().map_or("none", |g| g.id());
    format!("{} ({cause}), group {group}\n", words::cause(cause.id(), None))
}

/// What an error text says.
fn message(text: &str) -> String {
    format!("{}: no catalogue of error texts is built in yet.\n", why429::report::escape::terminal(text))
}
