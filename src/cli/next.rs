//! `next`: tells when work can go on, or waits until it can.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::Error;
use why429::assemble;
use why429::model::{Time, Zone};
use why429::next::{Standing, State};
use why429::pipeline::{self, Standings};
use why429::report::next;

use super::args::{Next, NextFormat};
use super::exit::Exit;
use super::home::{self, Folders};
use super::{screen, settings};

/// The logs are read again after so many seconds at the least, and at the most.
const AGAIN_S: std::ops::RangeInclusive<f64> = 1.0..=60.0;
/// So often where nothing names the end.
const USUAL_S: f64 = 30.0;

/// Runs the command.
///
/// # Errors
/// A usage error.
pub(super) fn run(args: &Next) -> Result<Exit, Error> {
    let home = (args.home || (args.input.paths.is_empty() && screen::stdin_is_terminal())).then(home::look);
    let paths = paths(args, home.as_ref())?;
    if args.wait && paths.iter().any(|p| p.as_os_str() == "-") {
        return Err(settings::usage("--wait reads the logs again, and standard input is there once; give files"));
    }
    let read = || -> Result<Standings, Error> {
        let options = settings::of_next(args, screen::clock(), home.is_some())?;
        let mut found = pipeline::next(&paths, &options, &pipeline::Quiet);
        found.pools.retain(|s| is_selected(s, &args.pool));
        Ok(found)
    };
    let mut found = read()?;
    while args.wait && is_blocked(&found) {
        let wait_s = wait_s(&found);
        if !args.input.quiet {
            screen::warn(&format!("blocked; reading the logs again in {wait_s:.0} s"));
        }
        std::thread::sleep(Duration::from_secs_f64(wait_s));
        found = read()?;
    }
    note(&found, args);
    let format = if args.json { NextFormat::Json } else { args.format.unwrap_or(NextFormat::Terminal) };
    let written = screen::print(&text(&found, format, args.input.tz.unwrap_or(Zone::UTC)));
    Ok(ended(written, &found))
}

fn paths(args: &Next, home: Option<&Folders>) -> Result<Vec<PathBuf>, Error> {
    match home {
        Some(folders) => Ok(folders.paths().into_iter().chain(args.input.paths.iter().cloned()).collect()),
        None => super::inputs(&args.input.paths),
    }
}

/// Whether a pool is one of those that were asked for: all, where none was.
fn is_selected(standing: &Standing, asked: &[String]) -> bool {
    let begins = |with: &String| standing.pool.strip_prefix(with.as_str()).is_some_and(|rest| rest.starts_with('/'));
    asked.is_empty() || asked.iter().any(|p| *p == standing.pool || begins(p))
}

fn is_blocked(found: &Standings) -> bool {
    found.pools.iter().any(|s| s.state == State::Blocked)
}

/// Until the first named end, as long as that is neither at once nor long.
fn wait_s(found: &Standings) -> f64 {
    let blocked = found.pools.iter().filter(|s| s.state == State::Blocked);
    let ends = blocked.filter_map(|s| s.resume?.best).min();
    let until = ends.map_or(USUAL_S, |at: Time| at.since(found.now));
    until.clamp(*AGAIN_S.start(), *AGAIN_S.end())
}

/// Says what could not be read, and why nothing is told.
fn note(found: &Standings, args: &Next) {
    for file in found.files.iter().filter(|f| f.unreadable) {
        let why = file.problems.first().map_or("not read", |p| p.reason.as_str());
        screen::warn(&format!("{}: {why}", file.path));
    }
    if !found.pools.is_empty() || args.input.quiet {
        return;
    }
    let what = if args.pool.is_empty() { "no request" } else { "no such pool" };
    screen::warn(&format!("{what} in the logs that were read; `why429 formats` tells which logs it takes."));
}

fn text(found: &Standings, format: NextFormat, zone: Zone) -> String {
    match format {
        NextFormat::Terminal => next::render(&found.pools, found.now, zone),
        NextFormat::Json => {
            let document = assemble::next::document(&found.pools, found.now);
            serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
        }
    }
}

/// A pool that is blocked comes before a file that was not read.
fn ended(written: Exit, found: &Standings) -> Exit {
    if written != Exit::Done {
        written
    } else if is_blocked(found) {
        Exit::Blocked
    } else if found.files.iter().any(|f| f.unreadable) {
        Exit::Failed
    } else {
        Exit::Done
    }
}
