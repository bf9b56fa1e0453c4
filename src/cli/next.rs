//! `next`: shows when work can go on, or waits until it can.

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
        let mut standings = pipeline::next(&paths, &options, &pipeline::Quiet);
        standings.pools.retain(|s| is_selected(s, &args.pool));
        Ok(standings)
    };
    let mut standings = read()?;
    while args.wait && is_blocked(&standings) {
        let wait_s = wait_s(&standings);
        if !args.input.quiet {
            screen::warn(&format!("blocked; reading the logs again in {wait_s:.0} s"));
        }
        std::thread::sleep(Duration::from_secs_f64(wait_s));
        standings = read()?;
    }
    note(&standings, args);
    let format = if args.json { NextFormat::Json } else { args.format.unwrap_or(NextFormat::Terminal) };
    let written = screen::print(&text(&standings, format, args.input.tz.unwrap_or(Zone::UTC)));
    Ok(exit_code(written, &standings))
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

fn is_blocked(standings: &Standings) -> bool {
    standings.pools.iter().any(|s| s.state == State::Blocked)
}

/// Until the first named end, as long as that is neither at once nor long.
fn wait_s(standings: &Standings) -> f64 {
    let blocked = standings.pools.iter().filter(|s| s.state == State::Blocked);
    let ends = blocked.filter_map(|s| s.resume?.best).min();
    let until = ends.map_or(USUAL_S, |at: Time| at.since(standings.now));
    until.clamp(*AGAIN_S.start(), *AGAIN_S.end())
}

/// Says what could not be read, and why nothing is shown.
fn note(standings: &Standings, args: &Next) {
    for file in standings.files.iter().filter(|f| f.unreadable) {
        let why = file.problems.first().map_or("not read", |p| p.reason.as_str());
        screen::warn(&format!("{}: {why}", file.path));
    }
    if !standings.pools.is_empty() || args.input.quiet {
        return;
    }
    let what = if args.pool.is_empty() { "no request" } else { "no such pool" };
    screen::warn(&format!("{what} in the logs that were read; `why429 formats` tells which logs it takes."));
}

fn text(standings: &Standings, format: NextFormat, zone: Zone) -> String {
    match format {
        NextFormat::Terminal => next::render(&standings.pools, standings.now, zone),
        NextFormat::Json => {
            let document = assemble::next::document(&standings.pools, standings.now);
            serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
        }
    }
}

/// A pool that is blocked comes before a file that was not read.
fn exit_code(written: Exit, standings: &Standings) -> Exit {
    if written != Exit::Done {
        written
    } else if is_blocked(standings) {
        Exit::Blocked
    } else if standings.files.iter().any(|f| f.unreadable) {
        Exit::Failed
    } else {
        Exit::Done
    }
}
