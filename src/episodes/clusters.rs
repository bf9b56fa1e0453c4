//! Clusters of refusals, and the admission-free runs inside them (docs/METHOD.md, Episodes). One walk, O(n).

use super::{sequence, strays};
use crate::model::{Attempt, Cause, Class, Time};
use crate::timeline::PoolTimeline;

/// A cluster, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    /// Positions of the refusals, in order.
    pub refusals: Vec<u32>,
    /// No admission inside, and too long for chance.
    pub hard: bool,
}

/// Admissions between two refusals at which the log-likelihood ratio of a 20 % against a 1 % refusal rate
/// breaks even: log 20 / 0.213 = 14 (docs/METHOD.md, Episodes).
const BREAK_EVEN_ADMISSIONS: usize = 15;
/// So many admissions part two refusals however close they are.
const MANY_ADMISSIONS: usize = 60;
/// A pause that, with `BREAK_EVEN_ADMISSIONS`, parts two refusals, in seconds.
const SHORT_PAUSE_S: f64 = 120.0;
/// A pause that, with three admissions, parts two refusals.
const LONG_PAUSE_S: f64 = 20.0 * 60.0;
/// A pause that, with any admission, parts two refusals.
const VERY_LONG_PAUSE_S: f64 = 3.0 * 3600.0;
/// A pause in which nobody asked parts two refusals, unless the first names a limit that lasts as long: what happened meanwhile
/// is not known, and no block of days is proven by its two ends.
const UNASKED_PAUSE_S: f64 = 6.0 * 3600.0;

/// Resets of two periods lie at least this far apart, in seconds: a reset is named to the second, and a wait to less.
const RESETS_APART_S: f64 = 60.0;

/// Longest wait, in seconds, that names no reset of a window.
const SHORT_WAIT_S: f64 = 120.0;

/// Least span of a hard run.
const HARD_SPAN_S: f64 = 8.0 * 60.0;
/// Expected admissions in a hard run at the rate of the rest: Poisson P(none) < 0.001.
const HARD_EXPECTED: f64 = 7.0;
/// A hard run is at least this many times as long as the median of the other runs (keeps one-slot logs in one piece).
const HARD_TIMES_MEDIAN: f64 = 5.0;
/// How deep to split.
const HARD_DEPTH: u32 = 4;

/// All segments of a pool: those of refusals by the provider, then those of refusals by the user's own side. The two never
/// share one, since they are two limits, whose times may overlap.
pub(super) fn segments(pool: &PoolTimeline) -> Vec<Segment> {
    let (own, theirs): (Vec<u32>, Vec<u32>) = pool.refused.iter().partition(|p| pool.at(**p).class == Class::Local);
    let mut out = segments_of(pool, &theirs);
    out.extend(segments_of(pool, &own));
    out
}

fn segments_of(pool: &PoolTimeline, refusals: &[u32]) -> Vec<Segment> {
    let mut out = Vec::new();
    for cluster in clusters(pool, refusals) {
        let (cluster, strays) = strays::taken_out(pool, cluster);
        for block in sequence::parted(pool, cluster) {
            split(pool, block, HARD_DEPTH, &mut out);
        }
        out.extend(strays.into_iter().map(|refusals| Segment { refusals, hard: false }));
    }
    out
}

fn clusters(pool: &PoolTimeline, refusals: &[u32]) -> Vec<Vec<u32>> {
    let mut all: Vec<Vec<u32>> = Vec::new();
    for &refusal in refusals {
        match all.last_mut() {
            Some(cluster) if !parted(pool, cluster, refusal) => cluster.push(refusal),
            _ => all.push(vec![refusal]),
        }
    }
    all
}

fn parted(pool: &PoolTimeline, cluster: &[u32], after: u32) -> bool {
    let (first, before) = (cluster[0], cluster[cluster.len() - 1]);
    let dt = pool.at(after).start.since(pool.at(before).start);
    let k = admissions_between(pool, before, after);
    k >= 1 && has_reset_between(pool.at(first), pool.at(after))
        || (k >= BREAK_EVEN_ADMISSIONS && dt >= SHORT_PAUSE_S)
        || k >= MANY_ADMISSIONS
        || (k >= 3 && dt >= LONG_PAUSE_S)
        || (k >= 1 && dt >= VERY_LONG_PAUSE_S)
        || (dt >= UNASKED_PAUSE_S && !sequence::lasts(pool.at(before), dt))
}

/// Whether a cluster's first refusal tells of a used-up window whose reset had passed when this one came, which tells of a later
/// reset: then it is another period of the window, however short the pause.
fn has_reset_between(earlier: &Attempt, after: &Attempt) -> bool {
    let names_window = |a: &Attempt| sequence::named_cause(a).is_some_and(|(cause, _)| cause == Cause::TokenWindow);
    // A wait of up to two minutes is that of a client, and no window's reset: one that passes again and again tells no periods.
    let wait = |a: &Attempt| a.retry_after_s().map(f64::from).filter(|s| *s > SHORT_WAIT_S);
    let reset = |a: &Attempt| Some(a.end.unwrap_or(a.start).plus(wait(a)?));
    let (Some(first), Some(second)) = (reset(earlier), reset(after)) else { return false };
    names_window(earlier) && names_window(after) && first <= after.start && second.since(first) >= RESETS_APART_S
}

/// Admissions between two refusals, by start.
fn admissions_between(pool: &PoolTimeline, before: u32, after: u32) -> usize {
    let low = pool.admitted.partition_point(|p| *p < before);
    pool.admitted.partition_point(|p| *p < after).saturating_sub(low)
}

/// A run of refusals without an admission, as a range of the cluster.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: usize,
    last: usize,
    span_s: f64,
}

fn runs(pool: &PoolTimeline, cluster: &[u32]) -> Vec<Run> {
    let mut all: Vec<Run> = Vec::new();
    for i in 0..cluster.len() {
        match all.last_mut() {
            Some(run) if admissions_between(pool, cluster[run.last], cluster[i]) == 0 => run.last = i,
            _ => all.push(Run { first: i, last: i, span_s: 0.0 }),
        }
    }
    for run in &mut all {
        run.span_s = start(pool, cluster[run.last]).since(start(pool, cluster[run.first]));
    }
    all
}

fn start(pool: &PoolTimeline, position: u32) -> Time {
    pool.at(position).start
}

fn split(pool: &PoolTimeline, cluster: Vec<u32>, depth: u32, out: &mut Vec<Segment>) {
    if cluster.is_empty() {
        return;
    }
    let all = runs(pool, &cluster);
    if let [only] = all.as_slice() {
        let hard = only.span_s >= HARD_SPAN_S && cluster.len() >= 3;
        out.push(Segment { refusals: cluster, hard });
        return;
    }
    let longest = all.iter().enumerate().max_by(|a, b| a.1.span_s.total_cmp(&b.1.span_s).then(b.0.cmp(&a.0)));
    match longest {
        Some((i, run)) if depth > 0 && is_hard(pool, &cluster, &all, i) => {
            split(pool, cluster[..run.first].to_vec(), depth - 1, out);
            out.push(Segment { refusals: cluster[run.first..=run.last].to_vec(), hard: true });
            split(pool, cluster[run.last + 1..].to_vec(), depth - 1, out);
        }
        _ => out.push(Segment { refusals: cluster, hard: false }),
    }
}

fn is_hard(pool: &PoolTimeline, cluster: &[u32], all: &[Run], which: usize) -> bool {
    let run = all[which];
    if run.span_s < HARD_SPAN_S || run.last - run.first + 1 < 3 {
        return false;
    }
    let (first, last) = (cluster[0], cluster[cluster.len() - 1]);
    let rest_s = start(pool, last).since(start(pool, first)) - run.span_s;
    let admissions = admissions_between(pool, first, last) as f64;
    let expected = if rest_s > 0.0 { admissions / rest_s * run.span_s } else { f64::INFINITY };
    let mut others: Vec<f64> = all.iter().enumerate().filter(|(i, _)| *i != which).map(|(_, r)| r.span_s).collect();
    others.sort_by(f64::total_cmp);
    let median = crate::model::median(&others).unwrap_or(0.0);
    expected > HARD_EXPECTED && run.span_s >= HARD_TIMES_MEDIAN * median
}
