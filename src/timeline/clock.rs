//! The zone of stamps that carry none.
//!
//! In: parsed files, those with local time read as if it were UTC. Out: the same with all times in UTC, and a
//! sentence for each such file that says how its zone is known: told by the user, found by lining the log up with
//! wires of the same sessions (which stamp the same ends in UTC), or assumed. A session keeps its own offset, so a
//! log that crosses a change of clocks stays right.

use std::collections::BTreeMap;

use crate::formats::UNNAMED_SESSION;
use crate::input::InputFile;
use crate::model::{Attempt, Time, Zone};

/// Offsets in use are multiples of a quarter of an hour.
const STEP_S: i32 = 900;
/// The farthest offset either way: UTC+14 is in use, UTC-12 too.
const FARTHEST_S: i32 = 14 * 3600;
/// How far apart log and wire may stamp the same end. Recordings differ by less than 0.1 s at normal speed.
const TOLERANCE_S: f64 = 2.0;
/// Stands for all sessions of a client.
const EVERY_SESSION: &str = "";
/// Rows of one session that are lined up; more do not make it surer.
const ROWS: usize = 400;

/// What the user said of stamps without a zone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// `--log-tz`: their zone, where no other rows prove it.
    pub log_zone: Option<Zone>,
    /// `--tz`: their zone, and that of the times shown.
    pub zone: Option<Zone>,
}

/// Shifts all local times to UTC. Answers sentences for the report's notes.
pub fn settle(files: &mut [InputFile], asked: Asked) -> Vec<String> {
    let local = (0..files.len()).filter(|i| files[*i].parsed.local_time);
    let (proven, local): (Vec<usize>, Vec<usize>) = local.partition(|i| files[*i].parsed.proven_offset_s.is_some());
    let mut notes = Vec::new();
    for i in proven {
        let offset = files[i].parsed.proven_offset_s.unwrap_or(0);
        notes.push(proven_note(&files[i], offset, asked.log_zone));
        shift(&mut files[i], |_, t| t.plus(-f64::from(offset)));
    }
    if let Some(zone) = asked.zone.filter(|_| asked.log_zone.is_none()) {
        for i in &local {
            shift(&mut files[*i], |_, t| zone.instant_of(t));
            notes.push(format!("{} carries no zone: taken as {zone}, as asked.", files[*i].path));
        }
        return notes;
    }
    if !local.is_empty() {
        notes.extend(aligned(files, &local, asked.log_zone));
    }
    notes
}

fn proven_note(file: &InputFile, offset: i32, asked: Option<Zone>) -> String {
    let proof = Zone::Fixed(offset);
    let contradicts = asked.filter(|z| file.parsed.span.is_some_and(|(from, _)| z.offset_at(from) != offset));
    let warning =
        contradicts.map_or(String::new(), |z| format!(" --log-tz says {z}, which they contradict: not used."));
    format!("{} has stamps without a zone: taken as {proof}, which other stamps of the file prove.{warning}", file.path)
}

/// Lines files up with the wires of their sessions; a file that has none takes the zone that was asked for, else UTC.
fn aligned(files: &mut [InputFile], local: &[usize], asked: Option<Zone>) -> Vec<String> {
    let wires = Wires::of(files);
    let mut found: Vec<(usize, Alignment)> = local.iter().map(|i| (*i, wires.align(&files[*i]))).collect();
    let common = majority(found.iter().flat_map(|(_, a)| a.sessions.values()));
    let mut notes = Vec::new();
    for (i, alignment) in &mut found {
        let file = &mut files[*i];
        let known = alignment.majority.or(common);
        if let Some(zone) = asked.filter(|_| known.is_none()) {
            notes.push(format!("{} carries no zone: taken as {zone}, as asked.", file.path));
            shift(file, |_, t| zone.instant_of(t));
            continue;
        }
        let contradicts = asked.filter(|z| {
            file.parsed.span.is_some_and(|(from, _)| known.is_some_and(|m| z.offset_at(from) != m.offset_s))
        });
        let warning =
            contradicts.map_or(String::new(), |z| format!(" --log-tz says {z}, which they contradict: not used."));
        notes.push(format!("{} carries no zone: {}{warning}", file.path, alignment.sentence(common)));
        let rest = known.map_or(0, |m| m.offset_s);
        let known = std::mem::take(&mut alignment.sessions);
        let offset = |s: Option<&str>| s.and_then(|s| known.get(s)).map_or(rest, |m| m.offset_s);
        shift(file, |session, t| t.plus(-f64::from(offset(session))));
    }
    notes
}

/// How well one offset fits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Match {
    offset_s: i32,
    matched: usize,
    of: usize,
}

impl Match {
    /// Half of the rows fit, or two of them and a quarter: one alone of many may be chance.
    fn is_sure(&self) -> bool {
        self.matched * 2 >= self.of || (self.matched >= 2 && self.matched * 4 >= self.of)
    }
}

/// What lining one file up gave.
#[derive(Debug, Default)]
struct Alignment {
    sessions: BTreeMap<String, Match>,
    majority: Option<Match>,
}

impl Alignment {
    fn sentence(&self, common: Option<Match>) -> String {
        match (self.majority, common) {
            (Some(_), _) => {
                let mut offsets: Vec<i32> = self.sessions.values().map(|m| m.offset_s).collect();
                offsets.sort_unstable();
                offsets.dedup();
                let names: Vec<String> = offsets.iter().map(|o| Zone::Fixed(*o).to_string()).collect();
                let (matched, of) = self.sessions.values().fold((0, 0), |(m, n), s| (m + s.matched, n + s.of));
                format!(
                    "taken as {}, from {matched} of {of} steps that its sessions' wires stamp in UTC.",
                    names.join(" and ")
                )
            }
            (None, Some(common)) => {
                format!("taken as {}, like the other logs of this client.", Zone::Fixed(common.offset_s))
            }
            (None, None) => "taken as UTC, which is assumed; --log-tz ZONE names another.".to_owned(),
        }
    }
}

/// Ends that wires tell, by client and session; sorted, refusals apart from admissions.
#[derive(Default)]
struct Wires {
    ends: BTreeMap<(String, String), [Vec<Time>; 2]>,
}

impl Wires {
    fn of(files: &[InputFile]) -> Self {
        let mut wires = Self::default();
        for file in files.iter().filter(|f| !f.parsed.local_time) {
            let Some(log) = file.log else { continue };
            for a in &file.parsed.attempts {
                if let Some(end) = a.end {
                    let session = a.session.map_or(UNNAMED_SESSION, |s| file.parsed.texts.get(s));
                    let session = if session.starts_with(UNNAMED_SESSION) { UNNAMED_SESSION } else { session };
                    // A log that names no sessions at all is lined up with everything that its client tells elsewhere.
                    for name in [session, EVERY_SESSION] {
                        let key = (log.client.to_owned(), name.to_owned());
                        wires.ends.entry(key).or_default()[kind(a)].push(end);
                    }
                }
            }
        }
        for ends in wires.ends.values_mut().flatten() {
            ends.sort_unstable();
        }
        wires
    }

    fn align(&self, file: &InputFile) -> Alignment {
        let mut rows: BTreeMap<&str, Vec<(usize, Time)>> = BTreeMap::new();
        for a in &file.parsed.attempts {
            if let Some(end) = a.end {
                let session = a.session.map_or(EVERY_SESSION, |s| file.parsed.texts.get(s));
                rows.entry(session).or_default().push((kind(a), end));
            }
        }
        let client = file.log.map_or("", |l| l.client).to_owned();
        let mut sessions = BTreeMap::new();
        for (session, rows) in rows {
            let named = self.ends.get(&(client.clone(), session.to_owned()));
            let wire = named.or_else(|| self.ends.get(&(client.clone(), UNNAMED_SESSION.to_owned())));
            if let Some(best) = wire.and_then(|w| best_offset(&rows, w)).filter(Match::is_sure) {
                sessions.insert(session.to_owned(), best);
            }
        }
        let majority = majority(sessions.values());
        // One step that fits may be chance: where the file knows better, it does not count.
        sessions.retain(|_, m| m.matched >= 2 || majority.is_none_or(|b| b.offset_s == m.offset_s));
        Alignment { sessions, majority }
    }
}

/// Admissions are compared with admissions, all others with all others.
fn kind(a: &Attempt) -> usize {
    usize::from(a.is_admitted())
}

/// The offset under which most rows meet an end of the wire; of equals the one nearest to UTC, east before west.
fn best_offset(rows: &[(usize, Time)], wire: &[Vec<Time>; 2]) -> Option<Match> {
    let every = rows.len().div_ceil(ROWS).max(1);
    let sample: Vec<(usize, Time)> = rows.iter().copied().step_by(every).collect();
    let offsets = (-FARTHEST_S / STEP_S..=FARTHEST_S / STEP_S).map(|n| n * STEP_S);
    offsets
        .map(|offset_s| {
            let meets = |(kind, local): &&(usize, Time)| near(&wire[*kind], local.plus(-f64::from(offset_s)));
            Match { offset_s, matched: sample.iter().filter(meets).count(), of: sample.len() }
        })
        .max_by_key(|m| (m.matched, -m.offset_s.abs(), m.offset_s))
        .filter(|m| m.matched > 0)
}

fn near(sorted: &[Time], at: Time) -> bool {
    let next = sorted.partition_point(|t| *t < at.plus(-TOLERANCE_S));
    sorted.get(next).is_some_and(|t| *t <= at.plus(TOLERANCE_S))
}

/// The offset that most steps speak for, over all sessions.
fn majority<'a>(sessions: impl Iterator<Item = &'a Match>) -> Option<Match> {
    let mut sums: BTreeMap<i32, Match> = BTreeMap::new();
    for m in sessions {
        let sum = sums.entry(m.offset_s).or_insert(Match { offset_s: m.offset_s, matched: 0, of: 0 });
        sum.matched += m.matched;
        sum.of += m.of;
    }
    sums.into_values().max_by_key(|m| (m.matched, -m.offset_s.abs(), m.offset_s))
}

/// Applies `utc` to every time of a file. It is told the session of the row, or `None` for the file's span.
fn shift(file: &mut InputFile, utc: impl Fn(Option<&str>, Time) -> Time) {
    let parsed = &mut file.parsed;
    for a in &mut parsed.attempts {
        let session = a.session.map(|s| parsed.texts.get(s));
        a.start = utc(session, a.start);
        a.start_low = utc(session, a.start_low);
        a.end = a.end.map(|t| utc(session, t));
    }
    parsed.span = parsed.span.map(|(from, to)| (utc(None, from), utc(None, to)));
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
