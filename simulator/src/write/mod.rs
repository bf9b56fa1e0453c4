//! Log files of a world.
//!
//! In: a world that has run, and what is to happen to its logs. Out: files as programs write them. Always: a line is told at
//! the clock of its machine, and lines stand in the order in which that machine wrote them.

mod canonical;
mod clock;
mod kimi_cli;
mod kimi_code;
mod usages;

use crate::plan::Plan;
use crate::random::{Random, micros};
use crate::setting::Setting;
use crate::truth::{Damage, Form};
use crate::world::{Agent, Attempt, Session, World};

pub use clock::{offset, rfc3339};

/// Paths and contents, in the order in which they were made.
pub type Files = Vec<(String, Vec<u8>)>;

/// What happens to the logs of each machine.
#[derive(Clone, Debug)]
pub struct Recording {
    /// How far the clock of each machine is ahead, in microseconds.
    pub skew: Vec<i64>,
    /// What is left of each machine's log: first and last instant of the server's clock.
    pub kept: Vec<(i64, i64)>,
}

impl Recording {
    /// Draws it.
    pub fn draw(plan: &Plan, setting: &Setting, r: &mut Random) -> Self {
        let skewed = plan.damages.contains(&Damage::ClockSkew);
        let deviation = r.within(setting.skew_s);
        let skew = (0..plan.machines).map(|_| micros(deviation * r.normal())).map(|s| if skewed { s } else { 0 });
        let skew = skew.collect();
        let (from, to) = plan.trouble;
        let cut = plan.damages.contains(&Damage::CutFiles);
        let kept = (0..plan.machines).map(|_| {
            let inside = from + (r.within((-0.5, 0.7)) * (to - from) as f64) as i64;
            let ends_early = r.chance(0.5);
            match (cut, ends_early) {
                (false, _) => (i64::MIN, i64::MAX),
                (true, true) => (i64::MIN, inside + (to - from) / 2),
                (true, false) => (inside, i64::MAX),
            }
        });
        Self { skew, kept: kept.collect() }
    }

    /// Which requests a log shows.
    pub fn logged(&self, world: &World) -> Vec<bool> {
        let shown = |a: &Attempt| {
            let session = &world.sessions[world.agents[a.agent].session];
            session.visible && a.settled && self.keeps(session.machine, a.end)
        };
        world.attempts.iter().map(shown).collect()
    }

    /// Whether a line of this instant is left.
    pub fn keeps(&self, machine: usize, at: i64) -> bool {
        self.kept.get(machine).is_none_or(|(from, to)| (*from..=*to).contains(&at))
    }
}

/// Everything that writers look at.
pub struct Source<'a> {
    /// The world.
    pub world: &'a World,
    /// The plan.
    pub plan: &'a Plan,
    /// What happens to the logs.
    pub recording: &'a Recording,
    /// Positions of each agent's requests.
    pub requests_of: Vec<Vec<usize>>,
}

impl<'a> Source<'a> {
    /// Sorts requests by agent.
    pub fn new(world: &'a World, plan: &'a Plan, recording: &'a Recording) -> Self {
        let mut requests_of = vec![Vec::new(); world.agents.len()];
        for (i, attempt) in world.attempts.iter().enumerate() {
            requests_of[attempt.agent].push(i);
        }
        Self { world, plan, recording, requests_of }
    }

    /// A damage happens.
    pub fn has(&self, damage: Damage) -> bool {
        self.plan.damages.contains(&damage)
    }

    /// Sessions that logs show, of a machine, that sent something.
    fn sessions(&self, machine: usize) -> impl Iterator<Item = (usize, &'a Session)> + '_ {
        let sent = |session: usize| self.agents(session).any(|(agent, _)| !self.requests_of[agent].is_empty());
        let sessions = self.world.sessions.iter().enumerate();
        sessions.filter(move |(i, s)| s.visible && s.machine == machine && sent(*i))
    }

    /// Agents of a session.
    fn agents(&self, session: usize) -> impl Iterator<Item = (usize, &'a Agent)> + '_ {
        self.world.agents.iter().enumerate().filter(move |(_, l)| l.session == session)
    }

    /// Requests of an agent that were answered or not, in order.
    fn requests(&self, agent: usize) -> impl Iterator<Item = &'a Attempt> + '_ {
        self.requests_of[agent].iter().map(|i| &self.world.attempts[*i])
    }
}

/// Logs and usage snapshots.
#[derive(Debug, Default)]
pub struct Written {
    /// Files by path.
    pub files: Files,
    /// Time of change of those files whose only time it is.
    pub changed: Vec<(String, i64)>,
    /// Rows that tell of a request, before damage.
    pub rows: u64,
}

/// Writes all files.
pub fn write(source: &Source<'_>, r: &mut Random) -> Written {
    let mut written = Written::default();
    match source.plan.form {
        Form::Canonical => canonical::write(source, &mut written, r),
        Form::KimiCli => kimi_cli::write(source, &mut written, r),
        Form::KimiCode => kimi_code::write(source, &mut written, r),
    }
    usages::write(source, &mut written, r);
    written.files.sort();
    written.changed.sort();
    written
}

/// Lines with their instants.
#[derive(Debug, Default)]
struct Lines(Vec<(i64, String)>);

impl Lines {
    fn say(&mut self, at: i64, line: String) {
        self.0.push((at, line));
    }

    /// One text, in the order of the instants; only those that are kept.
    fn text(mut self, keeps: impl Fn(i64) -> bool) -> Vec<u8> {
        // Stable: lines of one instant stay in the order in which they were said.
        self.0.sort_by_key(|(at, _)| *at);
        let mut text = String::with_capacity(self.0.iter().map(|(_, l)| l.len() + 1).sum());
        for (_, line) in self.0.iter().filter(|(at, _)| keeps(*at)) {
            text.push_str(line);
            text.push('\n');
        }
        text.into_bytes()
    }
}

/// A text in JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Folder of a machine: none for a single one.
fn folder(source: &Source<'_>, machine: usize) -> String {
    if source.plan.machines > 1 { format!("machine-{}/", machine + 1) } else { String::new() }
}

/// Cuts the last line of a file in the middle, as happens to a log that is still written.
fn cut_last_line(text: &mut Vec<u8>, r: &mut Random) {
    let last = text[..text.len().saturating_sub(1)].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let length = text.len().saturating_sub(last);
    if last > 0 && length > 2 {
        let mut keep = last + r.whole(1, length as u32 - 2) as usize;
        while keep > last && (text[keep] & 0xc0) == 0x80 {
            keep -= 1;
        }
        text.truncate(keep);
    }
}
