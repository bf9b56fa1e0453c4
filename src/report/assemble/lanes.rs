//! Who waited: lane by lane, from a refusal to the lane's next admission.

use std::collections::BTreeMap;

use super::rounded;
use crate::evidence::Case;
use crate::model::Time;
use crate::report::document as doc;

/// Most lanes that are listed.
const LISTED: usize = 12;

#[derive(Debug, Default)]
struct Waiting {
    admitted: u64,
    refused: u64,
    first: Option<Time>,
    last: Option<(u32, Time)>,
    since: Option<Time>,
    waited_s: f64,
}

/// Lanes by time waited, how many there are in all, and the time waited by all of them in lane seconds.
///
/// Where the log does not name lanes the whole pool is one lane that waited from the first refusal to the recovery.
pub(super) fn waiting(case: &Case<'_>) -> (Vec<doc::Lane>, u64, f64) {
    let e = case.episode;
    let (Some(first), Some(last)) = (e.refusals.first(), e.refusals.last()) else { return (Vec::new(), 0, 0.0) };
    let mut lanes: BTreeMap<u32, Waiting> = BTreeMap::new();
    let mut unnamed = Waiting::default();
    for i in *first..=*last {
        let a = case.pool.at(i);
        let lane = match case.pool.lanes[i as usize] {
            Some(lane) => lanes.entry(lane).or_default(),
            None => &mut unnamed,
        };
        if a.is_admitted() {
            lane.admitted += 1;
            lane.recovers(a.start);
        } else if a.is_refused() {
            lane.refused += 1;
            lane.first.get_or_insert(a.start);
            lane.last = Some((i, a.start));
            lane.since.get_or_insert(a.start);
        }
    }
    // Admissions of a lane may come long after the episode: look as far as every waiting lane needs, at most two hours.
    let until = e.to.plus(2.0 * 3600.0);
    for lane in lanes.values_mut().chain([&mut unnamed]).filter(|l| l.since.is_some()) {
        let next = lane.last.and_then(|(last, _)| next_admission(case, last));
        if let Some(at) = next.filter(|at| *at <= until) {
            lane.recovers(at);
        }
    }
    summed(case, lanes, unnamed)
}

/// Start of the lane's next admission after a refusal.
fn next_admission(case: &Case<'_>, refusal: u32) -> Option<Time> {
    let place = case.pool.refused.binary_search(&refusal).ok()?;
    let next = case.meters.next_admission.get(place).copied().flatten()?;
    Some(case.pool.at(next).start)
}

impl Waiting {
    fn recovers(&mut self, at: Time) {
        if let Some(since) = self.since.take() {
            self.waited_s += at.since(since).max(0.0);
        }
    }
}

fn summed(case: &Case<'_>, lanes: BTreeMap<u32, Waiting>, unnamed: Waiting) -> (Vec<doc::Lane>, u64, f64) {
    let named = lanes.into_iter().filter(|(_, w)| w.refused > 0);
    let mut listed: Vec<doc::Lane> =
        named.filter_map(|(lane, w)| Some(written(case.pool.lane_names.get(lane as usize)?.clone(), w))).collect();
    if unnamed.refused > 0 && listed.is_empty() {
        listed.push(written("(lanes not named)".to_owned(), unnamed));
    }
    let total = listed.len() as u64;
    // Even one refusal costs something, so that incidents always have an order.
    let cost = listed.iter().map(|l| l.waited_s.max(0.001)).sum::<f64>() + one_shot_s(&listed);
    listed.sort_by(|a, b| b.waited_s.total_cmp(&a.waited_s).then(a.name.cmp(&b.name)));
    listed.truncate(LISTED);
    (listed, total, cost)
}

/// A lane that was refused over no more than this, in seconds, and never came back was one run of one request.
const ONE_SHOT_S: f64 = 60.0;

/// Runs of one request each are one agent that waited over the span that they cover: nobody waits in any of them.
fn one_shot_s(lanes: &[doc::Lane]) -> f64 {
    let runs = lanes.iter().filter(|l| !l.recovered && l.admitted == 0 && l.waited_s <= ONE_SHOT_S);
    let at = |t: &str| Time::parse_rfc3339(t);
    let mut span: Option<(Time, Time)> = None;
    for lane in runs {
        let Some((first, last)) = at(&lane.first_refusal).zip(at(&lane.last_refusal)) else { continue };
        span = Some(span.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
    }
    span.map_or(0.0, |(from, to)| to.since(from))
}

fn written(name: String, w: Waiting) -> doc::Lane {
    let stamp = |t: Option<Time>| t.map(Time::rfc3339).unwrap_or_default();
    // A lane that never got in again waited at least until its last refusal.
    let open = w.since.zip(w.last).map_or(0.0, |(since, (_, last))| last.since(since));
    doc::Lane {
        name,
        admitted: w.admitted,
        refused: w.refused,
        first_refusal: stamp(w.first),
        last_refusal: stamp(w.last.map(|(_, at)| at)),
        waited_s: rounded(w.waited_s + open),
        recovered: w.since.is_none(),
    }
}
