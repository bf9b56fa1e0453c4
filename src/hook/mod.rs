//! What a client hands to its hook, as lines of a ledger that `--home` reads.
//!
//! In: the bytes of one event, the clock, and the end of the ledger. Out: lines to append, and what the client shows.
//! This module opens no file and reads no clock. Always: only names, numbers and the text of an error are kept, never a
//! prompt or an answer; an event that is not understood gives nothing and is no error.

pub mod ledger;
mod status_line;
mod stop;

use serde_json::{Deserializer, Value};

use crate::model::{FileId, Snapshot, SourceRef, Time};
use crate::snapshots::bodies::Bodies;
use crate::snapshots::capture_time::Clues;
use crate::snapshots::{self, entry};
use ledger::SnapshotLine;

/// An event is read up to so many bytes; clients send a few thousand.
pub const LONGEST_EVENT: usize = 1 << 20;

/// Lines that one event gives at most.
const MOST_LINES: usize = 20;

/// The event whose error ends a client's work, by the name that Claude Code and Kimi Code give it.
const STOP: &str = "StopFailure";

/// What is known beside the event.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The clock.
    pub now: Time,
    /// The client, if the command line names it.
    pub client: Option<&'a str>,
    /// The provider, if the command line names it.
    pub provider: Option<&'a str>,
    /// The account, if the command line names it.
    pub account: Option<&'a str>,
    /// The end of the ledger, so that what it says already is not said again.
    pub before: &'a [u8],
    /// How a person at this machine reads a time.
    pub shown: fn(Time) -> String,
}

/// What an event gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Lines for the ledger, without line ends.
    pub lines: Vec<String>,
    /// What the client shows: the text of a status line.
    pub shown: Option<String>,
    /// Why there is no line.
    pub why_not: Option<&'static str>,
}

impl Taken {
    fn nothing(why: &'static str) -> Self {
        Self { why_not: Some(why), ..Self::default() }
    }
}

/// Takes one event: a stop, the input of a status line, or a saved usage body.
pub fn take(event: &[u8], asked: &Asked<'_>) -> Taken {
    let text = String::from_utf8_lossy(&event[..event.len().min(LONGEST_EVENT)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Taken::nothing("standard input held nothing");
    }
    if let Some(Ok(Value::Object(event))) = Deserializer::from_str(text).into_iter::<Value>().next() {
        match event.get("hook_event_name").map(|name| name.as_str() == Some(STOP)) {
            Some(true) => return stop::take(&event, asked),
            Some(false) => return Taken::nothing("an event that ends no work with an error; only StopFailure is kept"),
            None if status_line::is_one(&event) => return status_line::take(&event, asked),
            None => {}
        }
    }
    bodies(text, asked)
}

/// Takes usage bodies, bare or as `curl -i` printed them.
fn bodies(text: &str, asked: &Asked<'_>) -> Taken {
    let mut lines = Vec::new();
    for body in Bodies::of(text).take(MOST_LINES) {
        let refused = body.status.is_some_and(|s| s >= 400);
        let Some(value) = body.json.as_ref().ok().filter(|_| !refused) else { continue };
        for mut entry in entry::entries(value) {
            let header = body.date.or(Some(asked.now));
            let clues = Clues {
                embedded: entry.time.and_then(Result::ok),
                header,
                body: entry.parsed.captured,
                ..Clues::default()
            };
            entry.provider = entry.provider.or_else(|| asked.provider.map(str::to_owned));
            entry.account = entry.account.or_else(|| asked.account.map(str::to_owned));
            let snapshot = snapshots::snapshot(entry, &clues, SourceRef { file: FileId(0), line: 1 });
            lines.extend(SnapshotLine::of(&snapshot, asked).map(|l| l.text()));
        }
    }
    lines.truncate(MOST_LINES);
    if lines.is_empty() {
        Taken::nothing("no stop event and no usage body that is known")
    } else {
        Taken { lines, ..Taken::default() }
    }
}

/// The snapshot of an object that holds a body.
fn snapshot_of(body: &Value, asked: &Asked<'_>) -> Option<Snapshot> {
    let (info, parsed) = snapshots::recognise(body)?;
    let account = asked.account.map(str::to_owned);
    let entry = entry::Entry { time: None, provider: None, account, format: info.id, parsed };
    let clues = Clues { embedded: Some(asked.now), ..Clues::default() };
    Some(snapshots::snapshot(entry, &clues, SourceRef { file: FileId(0), line: 1 }))
}

#[cfg(test)]
mod tests;
