//! A timeline for Timesketch: each attempt, each snapshot and the turns of each episode as one event.
//!
//! In: the masked document, the timeline, and a function that masks a text of the log. Out: JSON lines or CSV with the
//! three fields that Timesketch asks for (`message`, `datetime`, `timestamp_desc`) and ours
//! (docs/REPORT.md#timesketch). What always holds: events stand in order of time; every text has passed the mask and is
//! one visible line; a cell of CSV is no formula. Events are written one by one, so that a long log needs no second copy.

mod event;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::event::{COLUMNS, Cell, Event};
use crate::causes;
use crate::document::{Document, Episode};
use crate::model::{Attempt, Outcome, Snapshot, TextId, Time};
use crate::privacy::escape;
use crate::timeline::{PoolTimeline, Timeline, inert_cell};
use crate::wording::words;

/// How the events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line; what is not known is absent.
    JsonLines,
    /// RFC 4180 with a head; what is not known is empty.
    Csv,
}

/// What the events are made of.
#[derive(Clone, Copy)]
pub struct Sketch<'a> {
    /// The report, masked; its episodes are told.
    pub document: &'a Document,
    /// The attempts and snapshots.
    pub timeline: &'a Timeline,
    /// Takes out of a text of the log what must not be written.
    pub mask: &'a dyn Fn(&str) -> String,
    /// The same for what a server said, in which a key may stand that has no known shape.
    pub mask_said: &'a dyn Fn(&str) -> String,
    /// Attempts and snapshots before this are left out.
    pub since: Option<Time>,
    /// Attempts and snapshots after this are left out.
    pub until: Option<Time>,
}

/// Where an event comes from; events of one instant are in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// Pool and position of a snapshot.
    Snapshot(usize, usize),
    /// Pool and position of an attempt.
    Attempt(usize, usize),
    /// Episode and turn.
    Turn(usize, usize),
}

/// Writes all events.
///
/// # Errors
/// When they cannot be written.
pub fn write(out: &mut dyn Write, form: Form, sketch: Sketch<'_>) -> io::Result<()> {
    if form == Form::Csv {
        writeln!(out, "{}", COLUMNS.join(","))?;
    }
    let mut teller = Teller::of(sketch);
    for (at, origin) in order(sketch) {
        let event = teller.event(at, origin);
        match form {
            Form::JsonLines => writeln!(out, "{}", event.json()?)?,
            Form::Csv => writeln!(out, "{}", event.csv(&|text| inert_cell(text).into_owned()))?,
        }
    }
    Ok(())
}

/// All events with their times, in order.
fn order(sketch: Sketch<'_>) -> Vec<(Time, Origin)> {
    let is_in = |t: Time| sketch.since.is_none_or(|s| t >= s) && sketch.until.is_none_or(|u| t <= u);
    let mut all = Vec::new();
    for (p, pool) in sketch.timeline.pools.iter().enumerate() {
        let captured = pool.snapshots.iter().enumerate().filter_map(|(i, s)| Some((s.captured?.at, i)));
        all.extend(captured.filter(|(t, _)| is_in(*t)).map(|(t, i)| (t, Origin::Snapshot(p, i))));
        let started = pool.attempts.iter().enumerate().map(|(i, a)| (a.start, i));
        all.extend(started.filter(|(t, _)| is_in(*t)).map(|(t, i)| (t, Origin::Attempt(p, i))));
    }
    for (e, episode) in sketch.document.episodes.iter().enumerate() {
        all.extend(turns(episode).into_iter().enumerate().filter_map(|(i, turn)| Some((turn?.0, Origin::Turn(e, i)))));
    }
    all.retain(|(t, _)| t.utc().is_some());
    all.sort_unstable();
    all
}

/// When an episode turned, and what each turn is called.
fn turns(e: &Episode) -> [Option<(Time, &'static str)>; 6] {
    let at = |stamp: Option<&String>, name| stamp.and_then(|s| Time::parse_rfc3339(s)).map(|t| (t, name));
    let silent = (e.kind == "silent").then_some(e);
    [
        at(e.last_admission_before.as_ref(), "Last admission before the episode"),
        at(silent.map(|e| &e.from), "Begin of a silence"),
        at(e.first_refusal.as_ref(), "First refusal of the episode"),
        at(e.last_refusal.as_ref(), "Last refusal of the episode"),
        at(e.estimates.resets_at.as_ref(), "Reset of the window"),
        at(
            e.first_admission_after.as_ref().or(silent.map(|e| &e.to)),
            if silent.is_some() { "End of a silence" } else { "First admission after the episode" },
        ),
    ]
}

/// Makes events; keeps what was masked before, as a log says few things often.
struct Teller<'a> {
    sketch: Sketch<'a>,
    pools: Vec<String>,
    agents: Vec<Vec<String>>,
    paths: Vec<String>,
    texts: BTreeMap<TextId, String>,
    /// By pool: begin, end and index of its refused episodes, in order of time.
    episodes: Vec<Vec<(Time, Time, usize)>>,
}

impl<'a> Teller<'a> {
    fn of(sketch: Sketch<'a>) -> Self {
        let timeline = sketch.timeline;
        let show = |text: &String| visible(&(sketch.mask)(text));
        let spans = |pool: &PoolTimeline| {
            // The document's pool ids are masked, so the pool's own is compared as it would be written.
            let id = (sketch.mask)(&pool.id);
            let of_pool = sketch.document.episodes.iter().enumerate().filter(|(_, e)| e.pool == id);
            let at = |stamp: &Option<String>| stamp.as_deref().and_then(Time::parse_rfc3339);
            // Stamps of the document are cut to a millisecond: the end takes in what lies within its last one.
            let span = |(i, e): (usize, &Episode)| Some((at(&e.first_refusal)?, at(&e.last_refusal)?.plus(0.001), i));
            of_pool.filter_map(span).collect()
        };
        Self {
            sketch,
            pools: timeline.pools.iter().map(|p| show(&p.id)).collect(),
            agents: timeline.pools.iter().map(|p| p.agent_names.iter().map(show).collect()).collect(),
            paths: timeline.paths.iter().map(show).collect(),
            texts: BTreeMap::new(),
            episodes: timeline.pools.iter().map(spans).collect(),
        }
    }

    fn event(&mut self, at: Time, origin: Origin) -> Event {
        let mut event = Event::at(at);
        match origin {
            Origin::Snapshot(p, i) => self.snapshot(&mut event, p, &self.sketch.timeline.pools[p].snapshots[i]),
            Origin::Attempt(p, i) => {
                let pool = &self.sketch.timeline.pools[p];
                self.attempt(&mut event, p, &pool.attempts[i], pool.agents[i]);
            }
            Origin::Turn(e, i) => self.turn(&mut event, &self.sketch.document.episodes[e], i),
        }
        event
    }

    fn text(&mut self, id: Option<TextId>) -> Cell {
        let (Some(id), sketch) = (id, self.sketch) else { return Cell::Unknown };
        let shown = self.texts.entry(id).or_insert_with(|| visible(&(sketch.mask_said)(sketch.timeline.texts.get(id))));
        Cell::Text(shown.clone())
    }

    fn path(&self, file: usize) -> Cell {
        self.paths.get(file).map_or(Cell::Unknown, |p| Cell::Text(p.clone()))
    }

    fn attempt(&mut self, event: &mut Event, p: usize, a: &Attempt, agent: Option<u32>) {
        let desc = match a.outcome {
            Outcome::Admitted => "Request admitted",
            Outcome::Refused => "Request refused",
            Outcome::Other => "Request answered otherwise",
        };
        let agent = agent.and_then(|l| self.agents[p].get(l as usize)).cloned();
        let (kind, text) = (self.text(a.error_kind), self.text(a.error_message));
        let status = a.status.map_or("no status".to_owned(), |s| s.to_string());
        let mut message = format!("{} {status}", a.outcome.id());
        for part in [&kind, &text] {
            if let Cell::Text(part) = part {
                message.push_str(&format!(": {part}"));
            }
        }
        if a.at_most > 1 {
            message.push_str(&format!(" (up to {} requests)", a.at_most));
        }
        event.set("message", Cell::Text(message));
        event.set("timestamp_desc", Cell::of(desc));
        event.set("data_type", Cell::of("why429:attempt"));
        event.set("pool", Cell::of(&self.pools[p]));
        event.set("agent", agent.map_or(Cell::Unknown, Cell::Text));
        event.set("model", self.text(a.model));
        event.set("outcome", Cell::of(a.outcome.id()));
        event.set("class", Cell::of(a.class.id()));
        event.set("status", a.status.map_or(Cell::Unknown, |s| Cell::Whole(u64::from(s))));
        event.set("error_kind", kind);
        event.set("error_message", text);
        let tokens = &a.tokens;
        for (name, count) in [
            ("input_tokens", tokens.input),
            ("output_tokens", tokens.output),
            ("cache_read_tokens", tokens.cache_read),
            ("cache_write_tokens", tokens.cache_write),
        ] {
            event.set(name, count.get().map_or(Cell::Unknown, Cell::Whole));
        }
        event.set("retry_after_s", a.retry_after_s().map_or(Cell::Unknown, Cell::Short));
        event.set("request_id", self.text(a.request_id));
        event.set("fidelity", Cell::of(a.fidelity.id()));
        event.set("requests_at_most", Cell::Whole(u64::from(a.at_most)));
        event.set("path", self.path(a.source.file.0 as usize));
        event.set("line", Cell::Whole(u64::from(a.source.line)));
        let spans = &self.episodes[p];
        let last = spans.partition_point(|s| s.0 <= a.start.plus(0.001)).checked_sub(1).map(|i| spans[i]);
        if let Some((_, end, e)) = last
            && a.start <= end
        {
            judged(event, &self.sketch.document.episodes[e]);
        }
    }

    fn snapshot(&self, event: &mut Event, p: usize, snapshot: &Snapshot) {
        let window = |w: &crate::model::WindowState| {
            let left =
                w.remaining_share.map_or("share left unknown".to_owned(), |s| format!("{} left", words::share(s)));
            let reset = w.resets_at.map(|t| format!(", resets {}", t.rfc3339())).unwrap_or_default();
            format!("{} window: {left}{reset}", causes::window_name(w.window_minutes))
        };
        let mut parts: Vec<String> = snapshot.state.windows.iter().map(window).collect();
        parts.extend(snapshot.state.concurrency_limit.map(|n| format!("concurrency limit {n}")));
        if parts.is_empty() {
            parts.push("no window in it".to_owned());
        }
        event.set("message", Cell::Text(format!("usage snapshot: {}", parts.join("; "))));
        event.set("timestamp_desc", Cell::of("Usage snapshot captured"));
        event.set("data_type", Cell::of("why429:snapshot"));
        event.set("pool", Cell::of(&self.pools[p]));
        event.set("path", self.path(snapshot.source.file.0 as usize));
        event.set("line", Cell::Whole(u64::from(snapshot.source.line)));
    }

    fn turn(&self, event: &mut Event, e: &Episode, i: usize) {
        let name = turns(e)[i].map_or("", |t| t.1);
        // The sentence stands once, where the episode begins; the other turns name the verdict.
        let is_begin = name.starts_with("First refusal") || name.starts_with("Begin");
        let said = if is_begin { e.sentence.clone() } else { words::verdict_and_word(&e.verdict) };
        event.set("message", Cell::Text(visible(&format!("{}: {}: {said}", e.id, name.to_lowercase()))));
        event.set("timestamp_desc", Cell::of(name));
        event.set("data_type", Cell::of("why429:episode"));
        event.set("pool", Cell::Text(visible(&e.pool)));
        judged(event, e);
    }
}

/// The episode that an event belongs to, and what is said of it.
fn judged(event: &mut Event, e: &Episode) {
    let v = &e.verdict;
    let cause = v.window_minutes.map_or_else(|| v.cause.clone(), |m| format!("{}/{m}", v.cause));
    event.set("episode", Cell::of(&e.id));
    event.set("cause", Cell::Text(cause));
    event.set("confidence", Cell::of(&v.confidence));
    event.set("probability", Cell::Real(v.probability));
}

/// One line without characters that act on a screen or hide.
fn visible(text: &str) -> String {
    escape::terminal(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_episode_turns_in_order_and_only_where_it_is_known() {
        let thread = sample::thread();
        let names: Vec<&str> = turns(&thread.episodes[0]).into_iter().flatten().map(|t| t.1).collect();
        assert_eq!(names[0], "Last admission before the episode");
        assert!(names.contains(&"Reset of the window"), "{names:?}");
        let mut open = thread.episodes[0].clone();
        (open.first_admission_after, open.estimates.resets_at) = (None, None);
        assert_eq!(turns(&open).into_iter().flatten().count(), names.len() - 2);
    }
}
