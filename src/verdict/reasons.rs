//! Which observations are reasons for a reader: those whose plain meaning agrees with what they weigh, one for each thing.
//!
//! In: a judged episode. Out: for each observation how far it is listed for the first cause or against it (0: not listed), and
//! the stronger observation about the same thing that is listed in its place. Points stay as they are: a fit gives one
//! observation what others have said already, so single points may lean the other way than their sentence.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::verdict::Judged;

use crate::verdict::Prior;

use crate::verdict::Scored;

use crate::evidence::Meaning;
use crate::model::{Cause, Hypothesis};
use crate::verdict::leverage;

/// How an observation is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reason {
    /// log10 points for the first cause (negative: against it, or for the second of an open verdict); 0 where it is no reason.
    pub apart: f64,
    /// Place of the observation that is listed in its place.
    pub part_of: Option<usize>,
}

/// Leverage below this tells two causes apart no better than a coin: 10^0.05 is 1.12.
pub const TELLS: f64 = 0.05;
/// Reasons shown of each candidate where nothing tells the two apart.
const OF_EITHER: usize = 2;

/// How each observation is listed, in the order of `judged.scored`.
pub fn reasons(judged: &Judged, prior: &Prior) -> Vec<Reason> {
    let raw: Vec<f64> = judged.scored.iter().map(|s| leverage(s, judged, prior)).collect();
    // A silence is decided by rule.
    let Some(first) = hypothesis(judged, 0).filter(|_| judged.shares.causes().len() > 2) else {
        return raw.into_iter().map(|apart| Reason { apart, part_of: None }).collect();
    };
    let second = hypothesis(judged, 1).filter(|_| judged.verdict.between.is_some());
    let sides: Vec<f64> = judged.scored.iter().map(|s| side(s, judged, first, second)).collect();
    let mut reasons = merged(&judged.scored, &raw, &sides);
    let is_bare = reasons.iter().all(|r| r.apart.abs() < TELLS);
    if let Some(second) = second.filter(|_| is_bare) {
        of_either(judged, prior, [first, second], &mut reasons);
    }
    reasons
}

/// The hypothesis of the cause at this place, a window with its likeliest length: of the two that an open verdict is between, or
/// else of all by probability. Causes that alternate need not be the likeliest two.
fn hypothesis(judged: &Judged, place: usize) -> Option<Hypothesis> {
    let between = judged.verdict.between.and_then(|two| two.get(place).copied());
    match between.or_else(|| judged.shares.causes().get(place).map(|c| c.0))? {
        Cause::TokenWindow => judged.shares.window(),
        cause => Some(Hypothesis::of(cause)),
    }
}

fn sign(meaning: Meaning) -> f64 {
    match meaning {
        Meaning::For => 1.0,
        Meaning::Against => -1.0,
        Meaning::Nothing => 0.0,
    }
}

/// On which side the plain meaning puts an observation: above 0 for the first cause, below 0 against it.
fn side(s: &Scored, judged: &Judged, first: Hypothesis, second: Option<Hypothesis>) -> f64 {
    let of = |h: &Hypothesis| sign(s.observation.meaning(h));
    if let Some(second) = second {
        return of(&first) - of(&second);
    }
    let own = of(&first);
    if own != 0.0 {
        return own;
    }
    // What speaks for another cause speaks against this one.
    let others = judged.shares.by_hypothesis.iter().filter(|(h, _)| h.cause != first.cause);
    -others.map(|(h, share)| share * of(h)).sum::<f64>()
}

/// One reason for each thing: the strongest observation that agrees with what all of them weigh together.
fn merged(scored: &[Scored], raw: &[f64], sides: &[f64]) -> Vec<Reason> {
    let mut by_topic: BTreeMap<(&str, &[Hypothesis]), Vec<usize>> = BTreeMap::new();
    for (i, s) in scored.iter().enumerate() {
        let declaration = s.observation.declaration();
        let about = if declaration.flags.one_per_window { &s.observation.targets[..] } else { &[] };
        by_topic.entry((declaration.topic, about)).or_default().push(i);
    }
    let mut reasons = vec![Reason::default(); scored.len()];
    for group in by_topic.into_values() {
        let net: f64 = group.iter().map(|i| raw[*i]).sum();
        let agrees = |i: &&usize| sides[**i] * net > 0.0 && raw[**i] * net > 0.0;
        let strongest = |a: &&usize, b: &&usize| raw[**a].abs().partial_cmp(&raw[**b].abs()).unwrap_or(Ordering::Equal);
        let Some(best) = group.iter().filter(agrees).max_by(strongest).copied() else { continue };
        reasons[best].apart = net;
        group.iter().filter(|i| **i != best).for_each(|i| reasons[*i].part_of = Some(best));
    }
    reasons
}

/// Where nothing tells the two candidates apart: the strongest reasons of either against all others.
fn of_either(judged: &Judged, prior: &Prior, [first, second]: [Hypothesis; 2], reasons: &mut [Reason]) {
    for (candidate, direction) in [(first, 1.0), (second, -1.0)] {
        let mut found: Vec<(f64, usize)> = Vec::new();
        for (i, s) in judged.scored.iter().enumerate() {
            let others = prior.keys().filter(|h| h.cause != first.cause && h.cause != second.cause);
            let excluded = others.clone().any(|h| s.observation.meaning(h) == Meaning::Against);
            let own = s.observation.meaning(&candidate);
            let speaks = own == Meaning::For || (own == Meaning::Nothing && excluded);
            let points = against_others(s, candidate, prior, [first.cause, second.cause]);
            if speaks && points >= TELLS && reasons[i].apart == 0.0 {
                found.push((points, i));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut topics: Vec<&str> = Vec::new();
        for (points, i) in found {
            let about = judged.scored[i].observation.declaration().topic;
            if topics.len() < OF_EITHER && !topics.contains(&about) {
                topics.push(about);
                reasons[i] = Reason { apart: direction * points, part_of: None };
            }
        }
    }
}

/// Points of a hypothesis against all causes but these, weighed by the prior.
fn against_others(s: &Scored, h: Hypothesis, prior: &Prior, but: [Cause; 2]) -> f64 {
    let points = |h: &Hypothesis| s.points.get(h).copied().unwrap_or(0.0);
    let (mut rest, mut mass) = (0.0, 0.0);
    for (other, p) in prior.iter().filter(|(other, _)| !but.contains(&other.cause)) {
        rest += p * 10f64.powf(points(other));
        mass += p;
    }
    if mass > 0.0 { points(&h) - (rest / mass).log10() } else { points(&h) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Observation;
    use crate::verdict::{Confidence, Shares, Verdict, hypotheses, in_use};

    fn seen(kind: &'static str, bin: &'static str, points: &[(Cause, f64)]) -> Scored {
        let observation = Observation::bare(kind, bin);
        let points = points.iter().map(|(c, p)| (Hypothesis { cause: *c, window_minutes: minutes(*c) }, *p)).collect();
        Scored { observation, points }
    }

    fn minutes(cause: Cause) -> Option<u32> {
        (cause == Cause::TokenWindow).then_some(300)
    }

    fn judged(scored: Vec<Scored>, shares: &[(Cause, f64)], between: Option<[Cause; 2]>) -> Judged {
        let of = |(c, p): &(Cause, f64)| (Hypothesis { cause: *c, window_minutes: minutes(*c) }, *p);
        let first = shares[0].0;
        let verdict = Verdict {
            cause: if between.is_some() { Cause::Undetermined } else { first },
            window_minutes: minutes(first),
            confidence: Confidence::Supported,
            probability: shares[0].1,
            between,
            overlap: None,
            group: crate::model::Group::None,
            local_limit: None,
            positive: true,
            too_few: false,
            contradicted: false,
        };
        Judged { scored, shares: Shares::of(shares.iter().map(of)), verdict }
    }

    fn listed(judged: &Judged) -> Vec<f64> {
        let prior = in_use().prior_over(&hypotheses(&[300]));
        reasons(judged, &prior).iter().map(|r| (r.apart * 10.0).round() / 10.0).collect()
    }

    const WINDOW: [(Cause, f64); 3] =
        [(Cause::TokenWindow, 0.95), (Cause::ConcurrencyCap, 0.03), (Cause::RatePerMinute, 0.02)];

    #[test]
    fn an_observation_is_no_reason_against_its_plain_meaning() {
        // Points that lean the other way than the sentence: nothing refused again speaks for a window that began anew.
        let leaning = seen("bounce", "none", &[(Cause::TokenWindow, -0.5)]);
        // 429 is what every limit answers.
        let status = seen("class", "rate_limited", &[(Cause::TokenWindow, 0.9)]);
        // Few in flight refutes a cap, and so speaks for the window.
        let few = seen("inflight_low", "most", &[(Cause::ConcurrencyCap, -1.0)]);
        let all = listed(&judged(vec![leaning, status, few], &WINDOW, None));
        assert_eq!((all[0], all[1]), (0.0, 0.0));
        assert!(all[2] > 0.0, "{all:?}");
    }

    #[test]
    fn observations_about_one_thing_are_one_reason() {
        let low = seen("inflight_low", "most", &[(Cause::ConcurrencyCap, -1.0)]);
        let release = seen("slot_release", "far_below", &[(Cause::ConcurrencyCap, -1.5)]);
        let offset = seen("inflight_same", "similar", &[(Cause::ConcurrencyCap, 0.4)]);
        let judged = judged(vec![low, release, offset], &WINDOW, None);
        let prior = in_use().prior_over(&hypotheses(&[300]));
        let all = reasons(&judged, &prior);
        assert!(all[1].apart > 0.0 && all[0].apart == 0.0 && all[2].apart == 0.0, "{all:?}");
        assert_eq!((all[0].part_of, all[1].part_of, all[2].part_of), (Some(1), None, Some(1)));
    }

    #[test]
    fn an_open_verdict_has_reasons_for_either_where_nothing_tells_the_two_apart() {
        let shares = [(Cause::TokenWindow, 0.5), (Cause::AccountBlock, 0.4), (Cause::ConcurrencyCap, 0.1)];
        let tied = |kind, bin| seen(kind, bin, &[(Cause::ConcurrencyCap, -1.0)]);
        let scored = vec![tied("inflight_low", "most"), tied("hard_run", "impossible"), tied("class", "rate_limited")];
        let all = listed(&judged(scored, &shares, Some([Cause::TokenWindow, Cause::AccountBlock])));
        assert!(all[0] > 0.0 && all[1] > 0.0 && all[2] == 0.0, "{all:?}");
    }
}
