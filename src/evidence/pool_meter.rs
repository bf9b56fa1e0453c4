//! Which meter parts the pool's refusals from its admissions better: requests in flight, or the last minute? The lowest
//! balanced error of a threshold on either, over all refusals of the pool with an admission within ten minutes. Both are high
//! when much is asked, so each alone speaks for its limit; the limiter's own meter is the one that errs less, and it is the
//! same one in all episodes.

use super::context::moment;
use super::declaration::{self, Condition, Declaration, Edge, Flags, Order, bin, condition, measured};
use super::hypotheses::{CAP, MINUTE};
use super::minute_reach::asked_of_others;
use super::threshold::least_error;
use super::{EpisodeContext, Observation, Values};
use crate::model::Time;
use crate::timeline::PoolTimeline;
use crate::timeline::meters::{LastMinute, Meters};
use crate::timeline::usage::Unit;

measured! {
    /// How well either count separates refusals from admissions.
    PoolMeter {
        /// Error of the best threshold on requests in flight: the mean of both error rates.
        in_flight_error_share: f64 as Share,
        /// Error of the best threshold on the last minute: the mean of both error rates.
        last_minute_error_share: f64 as Share,
    }
}

/// An admission so near to a refusal, in seconds, could have been refused in its place.
const NEAR_S: f64 = 600.0;
/// Errors closer than this are alike, and further apart than that are far.
const ALIKE: f64 = 0.04;
const FAR: f64 = 0.15;
/// Fewest refusals of the episode: one or two may be of another limiter than most of the pool's.
const LEAST: usize = 4;
/// A meter that errs more parts nothing.
const NOTHING: f64 = 0.35;

/// Balanced errors of the best thresholds, in a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Errors {
    /// On requests in flight; `None` where the log does not tell these.
    flight: Option<f64>,
    /// On the last minute: the best of requests and tokens, sliding and on the clock, and of requests with the
    /// refused ones counted.
    minute: Option<f64>,
}

const NEITHER: Condition = condition("neither", "both err in more than 35 %");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "pool_meter",
    topic: "which limiter explains more",
    number: ("error of the last minute less error of requests in flight", declaration::Unit::Share),
    bins: &[
        bin("neither", Edge::Any)
            .when(NEITHER)
            .means_against(&[CAP, MINUTE])
            .because("a count that errs so often separates nothing"),
        bin("flight_far", Edge::From(FAR))
            .means_for(&[CAP])
            .means_against(&[MINUTE])
            .because("the limiter's own count errs less"),
        bin("flight", Edge::From(ALIKE))
            .means_for(&[CAP])
            .means_against(&[MINUTE])
            .because("the limiter's own count errs less"),
        bin("alike", Edge::Above(-ALIKE)).because("both are high when much is asked"),
        bin("minute", Edge::Above(-FAR))
            .means_for(&[MINUTE])
            .means_against(&[CAP])
            .because("the limiter's own count errs less"),
        bin("minute_far", Edge::Any)
            .means_for(&[MINUTE])
            .means_against(&[CAP])
            .because("the limiter's own count errs less"),
    ],
    flags: Flags { depends_on_clock_minutes: true, ..Flags::NONE },
    orders: &[
        Order { key: CAP, bins: &["minute_far", "minute", "alike", "flight", "flight_far"] },
        Order { key: MINUTE, bins: &["flight_far", "flight", "alike", "minute", "minute_far"] },
    ],
    measures: QUANTITIES,
};

impl Values for PoolMeter {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.last_minute_error_share - self.in_flight_error_share
    }

    fn holds(&self, _: &str) -> bool {
        self.in_flight_error_share.min(self.last_minute_error_share) > NOTHING
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    if case.episode.refusals.len() < LEAST {
        return None;
    }
    let Errors { flight, minute } = case.shared.parted;
    let values = PoolMeter { in_flight_error_share: flight?, last_minute_error_share: minute? };
    Some(Observation::new(values, case.sources(&case.pool.refused))?.scaled(case.inflight_scale()))
}

/// Errors over all refusals of a pool that have an admission near, against the admissions that have one of these near.
pub(super) fn errors(pool: &PoolTimeline, meters: &Meters) -> Errors {
    let admitted: Vec<Time> = pool.admitted.iter().map(|p| pool.at(*p).start).collect();
    let mut refused: Vec<(Time, u32)> = pool.refused.iter().map(|p| (moment(pool.at(*p)), *p)).collect();
    refused.retain(|(t, _)| is_near(*t, &admitted));
    // Refusals stand by their start; the moment of one that hides retries may come after the next one's.
    refused.sort_unstable();
    let moments: Vec<Time> = refused.iter().map(|(t, _)| *t).collect();
    let near: Vec<usize> = (0..admitted.len()).filter(|i| is_near(admitted[*i], &moments)).collect();
    let parted = |at_refusal: &dyn Fn((Time, u32)) -> u64, at_admission: &dyn Fn(usize) -> u64| {
        least_error(refused.iter().map(|r| at_refusal(*r)).collect(), near.iter().map(|i| at_admission(*i)).collect())
    };
    let in_flight = || parted(&|(t, _)| pool.flight.at(t).into(), &|i| meters.in_flight[i].into());
    let asked = |(t, p): (Time, u32)| asked_of_others(pool, p, t);
    let used = |unit, minute: LastMinute| {
        parted(&|(t, _)| minute.used(pool, t, unit), &|i| meters.minute.by(minute).before(i, unit))
    };
    let ways = LastMinute::BOTH.into_iter().flat_map(|m| [(Unit::Requests, m), (Unit::Tokens, m)]);
    let by_minute = ways.filter_map(|(unit, minute)| used(unit, minute));
    Errors {
        flight: pool.flight.usable.then(in_flight).flatten(),
        minute: by_minute.chain(parted(&asked, &|i| asked((admitted[i], pool.admitted[i])))).reduce(f64::min),
    }
}

/// Whether one of these ascending instants is within [`NEAR_S`].
fn is_near(t: Time, ascending: &[Time]) -> bool {
    let after = ascending.partition_point(|other| *other < t.plus(-NEAR_S));
    ascending.get(after).is_some_and(|other| *other <= t.plus(NEAR_S))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;
    use crate::timeline::testing::{admitted, pool, refused};

    #[test]
    fn the_meter_that_errs_less_is_the_limiters() {
        let bin = |in_flight_error_share, last_minute_error_share| {
            PoolMeter { in_flight_error_share, last_minute_error_share }.bin()
        };
        assert_eq!(bin(0.0, 0.2), "flight_far");
        assert_eq!(bin(0.1, 0.0), "minute");
        assert_eq!(bin(0.1, 0.12), "alike");
        assert_eq!(bin(0.4, 0.45), "neither");
    }

    #[test]
    fn one_slot_is_seen_in_what_is_in_flight() {
        let mut texts = Texts::default();
        let mut attempts = Vec::new();
        // A request of 100 s every two minutes; another agent asks in its middle, and is refused.
        for n in 0..20 {
            let t = f64::from(n) * 120.0;
            attempts.push(admitted(&mut texts, t, t + 100.0, "a"));
            attempts.push(refused(&mut texts, t + 70.0, "b", 429));
        }
        let pool = pool(&texts, attempts);
        let errors = errors(&pool, &Meters::of(&pool, &[300]));
        assert_eq!(errors.flight, Some(0.0), "one in flight at each refusal, none at each admission");
        // The minute before is empty at both, and a refusal stands in the minute before an admission as often as not.
        assert!(errors.minute.is_some_and(|e| e > 0.3), "{errors:?}");
    }
}
