//! `explain`: what a cause or a status means, or what an error text says and what it does not.
//!
//! The texts come from the library's causes and its catalogue of error texts; this file only asks and prints.

use why429::model::Cause;
use why429::{causes, signals};

use super::args::Explain;
use super::exit::Exit;
use super::{nearest, screen};

/// Runs the command.
pub(super) fn run(args: &Explain) -> Exit {
    if let Some(text) = &args.message {
        return screen::print(&message(text));
    }
    let typed = args.text.join(" ");
    if let Some(cause) = Cause::from_id(&typed) {
        return screen::print(&page(causes::page::lines(causes::info(cause), &[], screen::width())));
    }
    if let Some(status) = status(&typed) {
        return screen::print(&page(signals::explain_status(status, screen::width())));
    }
    if let Some(meant) = misspelt(&typed) {
        screen::warn(&format!("{typed} is no cause and no known error; did you mean '{meant}'?"));
        return Exit::Usage;
    }
    screen::print(&message(&typed))
}

/// `429`, `HTTP 429`.
fn status(typed: &str) -> Option<u16> {
    let digits = typed.trim().trim_start_matches("HTTP").trim();
    digits.parse().ok().filter(|s| digits.len() == 3 && (400..600).contains(s))
}

/// The cause that one unknown word was probably meant to be.
fn misspelt(typed: &str) -> Option<&'static str> {
    let is_word = typed.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_known = || signals::explain_message(typed).id.is_some();
    nearest::word(typed, Cause::ALL.iter().map(|c| c.id())).filter(|_| is_word && !is_known())
}

/// What an error text says.
fn message(text: &str) -> String {
    page(signals::explain_message(text).lines(screen::width()))
}

fn page(lines: Vec<String>) -> String {
    lines.into_iter().map(|l| format!("{}\n", why429::privacy::escape::terminal(&l))).collect()
}
