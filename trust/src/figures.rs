//! Figures over incidents, each with a 95 % interval from resampling the incidents.
//!
//! An incident counts once, however many episodes it has: figures are means over incidents of means over episodes.

use why429::model::{Cause, Time};

use crate::judge::{Judge, Outcome, outcomes};
use crate::model::{Bounds, FoundEpisode, Incident, TrueEpisode};

/// Resamplings of the incidents.
const RESAMPLINGS: usize = 1000;
/// Seed of the resampling, fixed so that the figures come out the same again.
const RESAMPLING_SEED: u64 = 429;
/// Bins of the calibration error.
pub const BINS: usize = 10;
/// A published reset is right within so many seconds (docs/METHOD.md, "Estimates").
const RESET_RIGHT_S: f64 = 120.0;
/// Stamps are told to the second or better.
const STAMPS_S: f64 = 1.0;
/// What is said of a kind that the logs do not tell.
const UNKNOWN: &str = "unknown";

/// An incident with what a judge says of it.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// One for each true episode.
    pub outcomes: Vec<Outcome>,
}

/// Lets a judge judge.
pub fn judged<'a>(incidents: impl IntoIterator<Item = &'a Incident>, judge: Judge<'_>) -> Vec<Judged<'a>> {
    incidents.into_iter().map(|i| Judged { incident: i, outcomes: outcomes(i, judge) }).collect()
}

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Value.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Incidents behind it.
    pub n: usize,
}

/// A measure: for one incident what to add, and how much that counts.
pub type Part = fn(&Judged<'_>) -> (f64, f64);

/// Every measure that is a mean, by id.
pub const MEASURES: &[(&str, Part)] = &[
    ("right", |j| mean(j, |o| Some(f64::from(o.right())))),
    ("cause right, a window of any length", |j| mean(j, |o| Some(f64::from(o.cause_right())))),
    ("named and wrong", |j| mean(j, |o| Some(f64::from(names(o) && !o.right())))),
    ("names a cause", |j| mean(j, |o| Some(f64::from(names(o))))),
    ("undetermined", |j| mean(j, |o| Some(f64::from(o.said.as_ref().is_some_and(|s| !s.names))))),
    ("missed", |j| mean(j, |o| Some(f64::from(o.said.is_none())))),
    ("log loss", |j| mean(j, |o| o.said.as_ref().map(|s| -s.of_truth.ln()))),
    ("Brier", |j| mean(j, |o| o.said.as_ref().map(|s| s.brier))),
    ("cap or window forced", |j| mean(j, forced)),
    ("false alarms per 100 quiet logs", |j| {
        if j.incident.quiet { (100.0 * f64::from(u8::from(j.incident.extra > 0)), 1.0) } else { (0.0, 0.0) }
    }),
    ("episodes beside the true ones", |j| if j.incident.quiet { (0.0, 0.0) } else { (j.incident.extra as f64, 1.0) }),
    ("cap exact, complete logs", |j| if complete(j.incident) { estimates(j, cap_exact) } else { (0.0, 0.0) }),
    ("cap within its bounds", |j| estimates(j, |t, f| Some(f.cap?.hold(t.cap?)))),
    ("cap has both bounds", |j| estimates(j, |t, f| t.cap.and(f.cap).map(|c| c.high.is_some()))),
    ("quota within its bounds", |j| estimates(j, quota)),
    ("quota within, both bounds given", |j| {
        estimates(j, |t, f| if in_unit(t, f).is_some_and(|q| q.high.is_none()) { None } else { quota(t, f) })
    }),
    ("quota has both bounds", |j| estimates(j, |t, f| in_unit(t, f).map(|q| q.high.is_some()))),
    ("quota's unit given", |j| estimates(j, |t, f| Some(unit(t, f)?.is_some()))),
    ("quota's unit right, where given", |j| estimates(j, |t, f| unit(t, f)?)),
    ("published reset within 120 s", |j| estimates(j, reset_right)),
    ("true release in the recovery interval", |j| estimates(j, bracketed)),
    ("delay from reset to release within its bounds", |j| estimates(j, delayed)),
    ("window kind right", |j| estimates(j, |t, f| kind(t, f).map(|(a, b)| a == b))),
    ("window kind wrong", |j| estimates(j, |t, f| kind(t, f).map(|(a, b)| a != b && b != UNKNOWN))),
    ("window kind unknown", |j| estimates(j, |t, f| kind(t, f).map(|(_, b)| b == UNKNOWN))),
];

fn names(o: &Outcome) -> bool {
    o.said.as_ref().is_some_and(|s| s.names)
}

/// Mean over the episodes of an incident that have the property.
fn mean(j: &Judged<'_>, of: fn(&Outcome) -> Option<f64>) -> (f64, f64) {
    let all: Vec<f64> = j.outcomes.iter().filter_map(of).collect();
    if all.is_empty() { (0.0, 0.0) } else { (all.iter().sum::<f64>() / all.len() as f64, 1.0) }
}

fn forced(o: &Outcome) -> Option<f64> {
    let is_window = match o.truth.cause {
        Cause::TokenWindow => true,
        Cause::ConcurrencyCap => false,
        _ => return None,
    };
    Some(f64::from(o.said.as_ref()?.rather_window == is_window))
}

/// What hides requests, their ends, or their order.
const INCOMPLETE: [&str; 6] =
    ["missing_ends", "only_ends", "clock_skew", "hidden_clients", "collapsed_retries", "cut_files"];

fn complete(incident: &Incident) -> bool {
    !incident.damages.iter().any(|d| INCOMPLETE.contains(&d.as_str()))
}

/// Mean over the episodes whose true cause has an estimate.
fn estimates(j: &Judged<'_>, holds: impl Fn(&TrueEpisode, &FoundEpisode) -> Option<bool>) -> (f64, f64) {
    let pairs = j.incident.truths.iter().zip(&j.outcomes);
    let all: Vec<bool> = pairs.filter_map(|(t, o)| holds(t, j.incident.found.get(o.found?)?)).collect();
    let held = all.iter().filter(|h| **h).count() as f64;
    if all.is_empty() { (0.0, 0.0) } else { (held / all.len() as f64, 1.0) }
}

fn cap_exact(t: &TrueEpisode, f: &FoundEpisode) -> Option<bool> {
    if t.hidden_clients {
        return None;
    }
    Some(f.cap?.best == t.cap?)
}

/// The quota in the true unit, if it was told at all.
fn in_unit(t: &TrueEpisode, f: &FoundEpisode) -> Option<Bounds> {
    let (unit, _) = t.quota.as_ref()?;
    let told = [&f.quota, &f.quota_or].into_iter().flatten().find(|(u, _)| u == unit);
    told.map(|(_, bounds)| *bounds)
}

fn quota(t: &TrueEpisode, f: &FoundEpisode) -> Option<bool> {
    let (_, truth) = t.quota.as_ref()?;
    f.quota.as_ref()?;
    Some(in_unit(t, f).is_some_and(|bounds| bounds.hold(*truth)))
}

/// Whether the report decides for one unit, and whether that is the true one.
fn unit(t: &TrueEpisode, f: &FoundEpisode) -> Option<Option<bool>> {
    let ((unit, _), (told, _)) = (t.quota.as_ref()?, f.quota.as_ref()?);
    Some(f.quota_or.is_none().then_some(unit == told))
}

fn reset_right(t: &TrueEpisode, f: &FoundEpisode) -> Option<bool> {
    Some(f.resets_at?.since(t.resets_at?).abs() <= RESET_RIGHT_S)
}

/// A rolling window is not released at one instant.
fn release(t: &TrueEpisode) -> Option<Time> {
    t.window_kind.as_deref().filter(|k| *k != "rolling").map(|_| t.to)
}

fn bracketed(t: &TrueEpisode, f: &FoundEpisode) -> Option<bool> {
    let (release, after) = (release(t)?, f.recovered?);
    Some(release.since(f.to) >= -STAMPS_S && after.since(release) >= -STAMPS_S)
}

fn delayed(t: &TrueEpisode, f: &FoundEpisode) -> Option<bool> {
    let delay_s = release(t)?.since(t.resets_at?);
    f.delay_s.map(|(low, high)| (low - STAMPS_S..=high + STAMPS_S).contains(&delay_s))
}

fn kind<'a>(t: &'a TrueEpisode, f: &'a FoundEpisode) -> Option<(&'a str, &'a str)> {
    Some((t.window_kind.as_deref()?, f.window_kind.as_deref()?))
}

/// The figure of a measure; `None` where nothing counts.
pub fn figure(judged: &[Judged<'_>], part: Part) -> Option<Figure> {
    mean_of(judged, &part)
}

/// The mean of anything that incidents have; `None` where nothing counts.
pub fn mean_of(judged: &[Judged<'_>], part: &dyn Fn(&Judged<'_>) -> (f64, f64)) -> Option<Figure> {
    let parts: Vec<(f64, f64)> = judged.iter().map(part).filter(|(_, n)| *n > 0.0).collect();
    let ratio = |sample: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, n) = sample.fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
        sum / n
    };
    resampled(&parts, ratio)
}

/// The figure of the measure with this id.
pub fn named(judged: &[Judged<'_>], id: &str) -> Option<Figure> {
    let (_, part) = MEASURES.iter().find(|(name, _)| *name == id)?;
    figure(judged, *part)
}

/// A verdict for the reliability table: its probability, whether it was right, and how much it counts.
type Claim = (f64, f64, f64);

/// What a verdict claims: with which probability, and whether it was so.
type Claimed = fn(&Outcome) -> Option<(f64, bool)>;

/// What it names, a window with its length.
const NAMED: Claimed = |o| Some((o.said.as_ref()?.of_first, o.right()));

/// Its cause alone, a window of whatever length.
const CAUSE: Claimed = |o| Some((o.said.as_ref()?.probability, o.cause_right()));

fn claims(j: &Judged<'_>, claimed: Claimed) -> Vec<Claim> {
    let said: Vec<(f64, f64)> = j.outcomes.iter().filter_map(claimed).map(|(p, right)| (p, f64::from(right))).collect();
    let weight = 1.0 / said.len().max(1) as f64;
    said.into_iter().map(|(p, right)| (p, right, weight)).collect()
}

/// One bin of the reliability table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bin {
    /// Verdicts in it.
    pub n: usize,
    /// Sum of the weights: an incident counts once.
    pub weight: f64,
    /// Mean probability.
    pub said: f64,
    /// Share that was right.
    pub right: f64,
}

/// Reliability in ten bins of equal width, and the calibration error, of what verdicts name.
pub fn reliability(judged: &[Judged<'_>]) -> ([Bin; BINS], Option<Figure>) {
    reliability_of(judged, NAMED)
}

/// Calibration error of the causes alone.
pub fn calibration_of_causes(judged: &[Judged<'_>]) -> Option<Figure> {
    reliability_of(judged, CAUSE).1
}

fn reliability_of(judged: &[Judged<'_>], claimed: Claimed) -> ([Bin; BINS], Option<Figure>) {
    let all: Vec<Vec<Claim>> = judged.iter().map(|j| claims(j, claimed)).filter(|c| !c.is_empty()).collect();
    let bins = binned(&mut all.iter());
    (bins, resampled(&all.iter().collect::<Vec<_>>(), |sample| error(&binned(sample))))
}

fn binned(incidents: &mut dyn Iterator<Item = &Vec<Claim>>) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (p, right, weight) in incidents.flatten() {
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.n += 1;
        bin.weight += weight;
        bin.said += weight * p;
        bin.right += weight * right;
    }
    for bin in bins.iter_mut().filter(|b| b.n > 0) {
        bin.said /= bin.weight;
        bin.right /= bin.weight;
    }
    bins
}

fn error(bins: &[Bin; BINS]) -> f64 {
    let total: f64 = bins.iter().map(|b| b.weight).sum();
    bins.iter().map(|b| b.weight * (b.said - b.right).abs()).sum::<f64>() / total
}

/// A statistic with the interval that it has over resampled incidents.
fn resampled<T: Copy>(all: &[T], statistic: impl Fn(&mut dyn Iterator<Item = T>) -> f64) -> Option<Figure> {
    if all.is_empty() {
        return None;
    }
    let value = statistic(&mut all.iter().copied());
    let mut random = Random(RESAMPLING_SEED);
    let mut values: Vec<f64> =
        (0..RESAMPLINGS).map(|_| statistic(&mut (0..all.len()).map(|_| all[random.below(all.len())]))).collect();
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |q: f64| values[((RESAMPLINGS - 1) as f64 * q).round() as usize];
    Some(Figure { value, low: quantile(0.025), high: quantile(0.975), n: all.len() })
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to draw incidents with.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, incident, truth};
    use why429::model::Hypothesis;

    fn three() -> Vec<Incident> {
        let right = || incident(vec![truth(0.0, 600.0, "a")], vec![found(0.0, 600.0, "a")]);
        let mut both = incident(vec![truth(0.0, 600.0, "a"), truth(9000.0, 9900.0, "a")], vec![found(0.0, 600.0, "a")]);
        both.truths[1].hypothesis = Hypothesis::window(300);
        let mut asked = found(0.0, 600.0, "a");
        asked.admitted = 4;
        let mut again = right();
        again.found = vec![asked];
        vec![right(), both, again]
    }

    #[test]
    fn an_incident_counts_once() {
        let all = three();
        let judged = judged(&all, Judge::ThreadRule);
        // The rule says window where nothing was admitted: wrong, wrong and missed, right.
        let right = named(&judged, "right").unwrap();
        assert!((right.value - 1.0 / 3.0).abs() < 1e-9 && right.n == 3, "{right:?}");
        let missed = named(&judged, "missed").unwrap();
        assert!((missed.value - 0.5 / 3.0).abs() < 1e-9, "{missed:?}");
        assert!(right.low <= right.value && right.value <= right.high);
    }

    #[test]
    fn sure_and_wrong_two_times_in_three_is_an_error_of_two_thirds() {
        let all = three();
        let (bins, error) = reliability(&judged(&all, Judge::ThreadRule));
        assert_eq!(bins[9].n, 3, "the missed episode has no probability");
        assert!((error.unwrap().value - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_quiet_log_with_an_episode_is_a_false_alarm() {
        let all = [incident(Vec::new(), vec![found(0.0, 60.0, "a")]), incident(Vec::new(), Vec::new())];
        let alarms = named(&judged(&all, Judge::ThreadRule), "false alarms per 100 quiet logs").unwrap();
        assert!((alarms.value - 50.0).abs() < 1e-9);
    }

    #[test]
    fn resampling_draws_every_item() {
        let mut random = Random(1);
        let mut seen = [0usize; 5];
        (0..5000).for_each(|_| seen[random.below(5)] += 1);
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
    }
}
