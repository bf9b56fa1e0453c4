//! Pauses of an outage: stretches between two refusals in which requests were admitted. How long they were so far says how
//! much the present one proves.

use crate::evidence::EpisodeContext;
use crate::model::Time;
use crate::next::Seen;

/// Refusals of a pool at most so far apart, in seconds, are one outage, though its pauses may part it into episodes.
const ONE_OUTAGE_S: f64 = 900.0;

/// Reads the outage that an episode is the end of.
pub(super) fn seen(case: &EpisodeContext<'_>) -> Seen {
    let (e, pool) = (case.episode, case.pool);
    let until = pool.refused.partition_point(|p| pool.at(*p).start <= e.to);
    let starts: Vec<Time> = pool.refused[..until].iter().map(|p| pool.at(*p).start).collect();
    let is_apart = |pair: &[Time]| pair[1].since(pair[0]) > ONE_OUTAGE_S && pair[0] < e.from;
    let first = starts.windows(2).rposition(is_apart).map_or(0, |i| i + 1);
    let starts = &starts[first..];
    let is_pause = |pair: &&[Time]| !pool.admitted_between(pair[0], pair[1]).is_empty();
    let mut pauses: Vec<f64> = starts.windows(2).filter(is_pause).map(|pair| pair[1].since(pair[0])).collect();
    pauses.sort_unstable_by(f64::total_cmp);
    let last = pool.admitted.last().map(|p| pool.at(*p).start);
    let (refused, admitted) = (e.refusals.len() as f64, case.admitted_inside().len() as f64);
    Seen {
        from: starts.first().map_or(e.from, |t| e.from.min(*t)),
        last: e.to,
        admitted: e.first_admission_after.map(|first| (first, last.unwrap_or(first).max(first))),
        pauses,
        refused_share: refused / (refused + admitted).max(1.0),
    }
}

/// How often a calm that is longer than all pauses so far is the end, before anything of it was seen: so many ends to so
/// many long pauses, such as those between the bursts of an overload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// Ends.
    pub(super) ends: f64,
    /// Long pauses.
    pub(super) long: f64,
}

/// A long pause usually lasts this share of the outage so far.
const LONG_SHARE: f64 = 0.4;
/// Shortest and longest usual one, in seconds.
const LONG_S: std::ops::RangeInclusive<f64> = 45.0..=1_800.0;
/// How fast longer ones become rare: a Pareto tail, as lengths of outages have one.
const TAIL: i32 = 2;

/// Probability that the outage goes on after `calm_s` seconds in which requests were admitted.
///
/// By Bayes: the calm is one of the pauses that lasted longer so far, each of which counts once; or a long pause that still
/// lasts; or the end.
pub(super) fn goes_on(pauses: &[f64], length_s: f64, calm_s: f64, prior: Ends) -> f64 {
    let longer = (pauses.len() - pauses.partition_point(|p| *p <= calm_s)) as f64;
    let usual_s = (LONG_SHARE * length_s).clamp(*LONG_S.start(), *LONG_S.end());
    let goes_on = longer + prior.long * (1.0 + calm_s / usual_s).powi(-TAIL);
    goes_on / (goes_on + prior.ends)
}

/// Seconds of calm after which the outage goes on with less than `chance`.
pub(super) fn calm_until_s(pauses: &[f64], length_s: f64, prior: Ends, chance: f64) -> f64 {
    let mut steps = (1..=240).map(|n| 5.0 * 1.04_f64.powi(n));
    let enough = |calm_s: &f64| goes_on(pauses, length_s, *calm_s, prior) <= chance;
    steps.find(enough).unwrap_or_else(|| pauses.last().copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVEN: Ends = Ends { ends: 1.0, long: 1.0 };

    #[test]
    fn the_longer_the_calm_the_likelier_the_end() {
        let at = |calm_s| goes_on(&[20.0, 40.0, 120.0], 600.0, calm_s, EVEN);
        assert!(at(1.0) > at(30.0) && at(30.0) > at(119.0) && at(119.0) > at(300.0));
        assert!(at(1.0) > 0.7, "{}", at(1.0));
        assert!(at(3_600.0) < 0.02, "{}", at(3_600.0));
        assert!((0.2..0.5).contains(&at(125.0)), "longer than all so far: {}", at(125.0));
    }

    #[test]
    fn an_outage_that_paused_often_will_pause_again() {
        let often = goes_on(&[30.0; 20], 900.0, 10.0, EVEN);
        let never = goes_on(&[], 900.0, 10.0, EVEN);
        assert!(often > 0.9 && never < 0.6, "{often} {never}");
    }

    #[test]
    fn the_calm_that_is_worth_waiting_for_is_enough() {
        let pauses = [20.0, 40.0, 120.0];
        let calm_s = calm_until_s(&pauses, 600.0, EVEN, 0.1);
        assert!(goes_on(&pauses, 600.0, calm_s, EVEN) <= 0.1 && calm_s > 120.0, "{calm_s}");
    }
}
