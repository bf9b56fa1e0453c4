//! `explain`: what a cause means, or what an error text says and what it does not.
//!
//! The texts come from the library's causes and its catalogue of error texts; this file only asks and prints.

use why429::model::Cause;
use why429::{causes, signals};

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

/// What a cause means, as a page.
fn cause(cause: Cause) -> String {
    page(causes::page::lines(causes::info(cause), &[], screen::width()))
}

/// What an error text says.
fn message(text: &str) -> String {
    page(signals::explain_message(text).lines(screen::width()))
}

fn page(lines: Vec<String>) -> String {
    lines.into_iter().map(|l| format!("{}\n", why429::report::escape::terminal(&l))).collect()
}
