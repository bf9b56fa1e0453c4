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

/// What is known of stamps without a zone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// `--log-tz`: their zone, where no other rows of their client prove it.
    pub log_zone: Option<Zone>,
    /// The zone of this machine, where `log_zone` is not given.
    pub machine_zone: Option<Zone>,
}

/// Shifts all local times to UTC. Answers sentences for the report's notes.
pub fn settle(files: &mut [InputFile], asked: Asked) -> Vec<String> {
    let local: Vec<usize> = (0..files.len()).filter(|i| files[*i].parsed.local_time).collect();
    let wires = Wires::of(files);
    let found: Vec<(usize, Alignment)> = local.iter().map(|i| (*i, wires.align(&files[*i]))).collect();
    let proofs = proofs(files, &found);
    let mut notes = Notes::default();
    for (i, alignment) in found {
        let file = &mut files[i];
        let client = file.log.map_or("", |l| l.client);
        let (basis, zone) = basis(file, &alignment, proofs.get(client).copied(), asked);
        notes.take(&file.path, sentence(basis, zone, &alignment, file, asked.log_zone));
        match basis {
            Basis::Stamps | Basis::Client | Basis::Asked | Basis::Machine | Basis::Assumed => {
                shift(file, |_, t| zone.instant_of(t));
            }
            Basis::Sessions => {
                let known = alignment.sessions;
                let offset = |s: Option<&str>| s.and_then(|s| known.get(s)).map(|m| m.offset_s);
                shift(file, |session, t| offset(session).map_or_else(|| zone.instant_of(t), |o| t.plus(-f64::from(o))));
            }
        }
    }
    notes.sentences()
}

/// How the zone of a file is known, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// Other stamps of the file carry it.
    Stamps,
    /// Its sessions' rows in other files do.
    Sessions,
    /// Other rows of its client prove it.
    Client,
    /// `--log-tz`.
    Asked,
    /// This machine's.
    Machine,
    /// Nothing: UTC.
    Assumed,
}

/// The offset that rows of each client prove: stamps with a zone in a file of local ones, else rows that line up.
fn proofs(files: &[InputFile], found: &[(usize, Alignment)]) -> BTreeMap<&'static str, i32> {
    let mut proofs = BTreeMap::new();
    let clients: std::collections::BTreeSet<&'static str> =
        found.iter().filter_map(|(i, _)| files[*i].log.map(|l| l.client)).collect();
    for client in clients {
        let of_client = || found.iter().filter(move |(i, _)| files[*i].log.is_some_and(|l| l.client == client));
        let stamps = of_client().find_map(|(i, _)| files[*i].parsed.proven_offset_s);
        let lined_up = || majority(of_client().flat_map(|(_, a)| a.sessions.values())).map(|m| m.offset_s);
        if let Some(offset) = stamps.or_else(lined_up) {
            proofs.insert(client, offset);
        }
    }
    proofs
}

fn basis(file: &InputFile, alignment: &Alignment, of_client: Option<i32>, asked: Asked) -> (Basis, Zone) {
    let own = file.parsed.proven_offset_s.map(|o| (Basis::Stamps, Zone::Fixed(o)));
    let sessions = alignment.majority.map(|m| (Basis::Sessions, Zone::Fixed(m.offset_s)));
    let asked_zone = asked.log_zone.map(|z| (Basis::Asked, z)).or(asked.machine_zone.map(|z| (Basis::Machine, z)));
    let known = own.or(sessions).or(of_client.map(|o| (Basis::Client, Zone::Fixed(o)))).or(asked_zone);
    known.unwrap_or((Basis::Assumed, Zone::UTC))
}

/// How the zone is known, and whether `--log-tz` contradicts it.
fn sentence(basis: Basis, zone: Zone, alignment: &Alignment, file: &InputFile, asked: Option<Zone>) -> String {
    let why = match basis {
        Basis::Stamps => format!("taken as {zone}, which other stamps of the file prove."),
        Basis::Sessions => alignment.sentence(),
        Basis::Client => format!("taken as {zone}, like the other logs of this client."),
        Basis::Asked => format!("taken as {zone}, as asked."),
        Basis::Machine => format!("taken as {zone}, the zone of this machine; --log-tz ZONE names another."),
        Basis::Assumed => "taken as UTC, which is assumed; --log-tz ZONE names another.".to_owned(),
    };
    let is_proof = matches!(basis, Basis::Stamps | Basis::Sessions | Basis::Client);
    let differs = |z: &Zone| file.parsed.span.is_some_and(|(from, _)| z.offset_at(from) != zone.offset_at(from));
    match asked.filter(|z| is_proof && differs(z)) {
        Some(z) => format!("{why} --log-tz says {z}, which they contradict: not used."),
        None => why,
    }
}

/// One sentence for all files of which the same is to be said.
#[derive(Debug, Default)]
struct Notes(Vec<(String, Vec<String>)>);

impl Notes {
    fn take(&mut self, path: &str, said: String) {
        match self.0.iter_mut().find(|(known, _)| *known == said) {
            Some((_, paths)) => paths.push(path.to_owned()),
            None => self.0.push((said, vec![path.to_owned()])),
        }
    }

    fn sentences(self) -> Vec<String> {
        let one = |(said, paths): (String, Vec<String>)| match &paths[..] {
            [path] => format!("{path} carries no zone: {said}"),
            [first, ..] => format!("{} files, such as {first}, carry no zone: {said}", paths.len()),
            [] => said,
        };
        self.0.into_iter().map(one).collect()
    }
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
    fn sentence(&self) -> String {
        let mut offsets: Vec<i32> = self.sessions.values().map(|m| m.offset_s).collect();
        offsets.sort_unstable();
        offsets.dedup();
        let names: Vec<String> = offsets.iter().map(|o| Zone::Fixed(*o).to_string()).collect();
        let (matched, of) = self.sessions.values().fold((0, 0), |(m, n), s| (m + s.matched, n + s.of));
        format!("taken as {}, from {matched} of {of} steps that its sessions' wires stamp in UTC.", names.join(" and "))
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
    for naming in &mut parsed.naming {
        naming.from = utc(Some(&naming.session), naming.from);
    }
    parsed.span = parsed.span.map(|(from, to)| (utc(None, from), utc(None, to)));
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
