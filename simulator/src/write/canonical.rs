//! The canonical form: one JSON object a request (docs/FORMATS.md), one file a machine.

use std::fmt::Write;

use super::{Source, Written, clock, cut_last_line, folder, json};
use crate::random::{Random, SECOND};
use crate::truth::Damage;
use crate::world::Attempt;

/// A row: a request, or all requests of a step where the wrapper sees only the last one's end.
struct Row<'a> {
    start: i64,
    end: i64,
    tries: u32,
    last: &'a Attempt,
}

/// Writes all machines.
pub fn write(source: &Source<'_>, written: &mut Written, r: &mut Random) {
    let style = Style::draw(source, r);
    for machine in 0..source.plan.machines {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (session, _) in source.sessions(machine) {
            for (agent, _) in source.agents(session) {
                agent_rows(source, agent, style.collapsed, &mut rows);
            }
        }
        written.rows += rows.len() as u64;
        rows.retain(|row| source.recording.keeps(machine, row.end));
        rows.sort_by_key(|row| (row.end, row.start, row.last.agent));
        let skew = source.recording.skew[machine];
        let mut text = String::with_capacity(rows.len() * 330);
        for row in &rows {
            let begin = text.len();
            style.line(source, row, skew, &mut text, r);
            if style.twice > 0.0 && r.chance(style.twice) {
                let line = text[begin..].to_owned();
                text.push_str(&line);
            }
        }
        let mut text = text.into_bytes();
        if source.has(Damage::CutFiles) && r.chance(0.5) {
            cut_last_line(&mut text, r);
        }
        if !text.is_empty() {
            written.files.push((format!("{}requests.jsonl", folder(source, machine)), text));
        }
    }
}

fn agent_rows<'a>(source: &Source<'a>, agent: usize, collapsed: bool, rows: &mut Vec<Row<'a>>) {
    let mut before: Option<(u32, u32)> = None;
    for a in source.requests(agent).filter(|a| a.settled) {
        let step = (a.turn, a.step);
        match rows.last_mut() {
            Some(row) if collapsed && before == Some(step) => {
                row.end = a.end;
                row.tries += 1;
                row.last = a;
            }
            _ => rows.push(Row { start: a.start, end: a.end, tries: u32::from(a.outer), last: a }),
        }
        before = Some(step);
    }
}

/// How one wrapper writes.
struct Style {
    collapsed: bool,
    twice: f64,
    no_end: f64,
    no_start: f64,
    digits: usize,
    whole: bool,
    account: bool,
    sessions: bool,
    ids: bool,
}

impl Style {
    fn draw(source: &Source<'_>, r: &mut Random) -> Self {
        // Shares of missing ends: the prototype measured 5 to 30 %; all of them is a gateway's log.
        let some = if r.chance(0.7) { r.within((0.05, 0.4)) } else { 1.0 };
        let twice = r.within((0.05, 0.3));
        Self {
            collapsed: source.has(Damage::CollapsedRetries),
            twice: if source.has(Damage::DuplicatedLines) { twice } else { 0.0 },
            no_end: if source.has(Damage::MissingEnds) { some } else { 0.0 },
            no_start: if source.has(Damage::OnlyEnds) { 1.0 } else { 0.0 },
            digits: 3,
            whole: source.has(Damage::WholeSeconds),
            account: !source.has(Damage::MissingAccount),
            sessions: r.chance(0.9),
            ids: r.chance(0.7),
        }
    }

    fn stamp(&self, at: i64) -> String {
        if self.whole { clock::rfc3339(at - at.rem_euclid(SECOND), 0) } else { clock::rfc3339(at, self.digits) }
    }

    fn line(&self, source: &Source<'_>, row: &Row<'_>, skew: i64, text: &mut String, r: &mut Random) {
        let a = row.last;
        let session = &source.world.sessions[source.world.agents[a.agent].session];
        // A refusal is over at once, so wrappers seldom lose its end.
        let ends = a.refusal.is_none() && !a.broken;
        let (no_end, no_start) = (r.chance(self.no_end) && ends, r.chance(self.no_start));
        text.push('{');
        if !no_start {
            let _ = write!(text, "\"start\":\"{}\",", self.stamp(row.start + skew));
        }
        if !no_end {
            let _ = write!(text, "\"end\":\"{}\",", self.stamp(row.end + skew));
        }
        match &a.refusal {
            Some(refusal) => {
                match refusal.status {
                    Some(status) => drop(write!(text, "\"status\":{status}")),
                    None => text.push_str("\"status\":null"),
                }
                if !refusal.kind.is_empty() {
                    let _ = write!(text, ",\"error_type\":\"{}\"", refusal.kind);
                }
                if !refusal.message.is_empty() {
                    let _ = write!(text, ",\"error_message\":{}", json(&refusal.message));
                }
                if let Some(wait) = refusal.retry_after_s {
                    let _ = write!(text, ",\"retry_after_s\":{wait}");
                }
            }
            None if a.broken => {
                text.push_str("\"status\":null,\"error_type\":\"ECONNRESET\",\"error_message\":\"read ECONNRESET\"")
            }
            None => {
                let _ = write!(
                    text,
                    "\"status\":200,\"input_tokens\":{},\"output_tokens\":{},\"cache_read_tokens\":{},\"cache_write_tokens\":0",
                    a.input - a.cached,
                    a.output,
                    a.cached
                );
            }
        }
        let _ = write!(text, ",\"provider\":\"{}\"", source.plan.provider);
        if self.account {
            let _ = write!(text, ",\"account\":\"{}\"", source.plan.accounts[session.account]);
        }
        text.push_str(",\"model\":\"kimi-for-coding\"");
        if self.sessions {
            let number = source.world.agents[a.agent].number;
            let agent = if number == 0 { "main".to_owned() } else { format!("sub-{number}") };
            let _ = write!(text, ",\"session\":\"{}\",\"agent\":\"{agent}\"", &session.id[..8]);
        }
        if self.ids {
            let _ = write!(text, ",\"request_id\":\"req-{:012x}\"", r.bits() >> 16);
        }
        let _ = writeln!(text, ",\"attempt\":{}}}", row.tries);
    }
}
