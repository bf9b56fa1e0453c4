//! Was a minute full when refusals began? A limit per minute refuses what comes after as much as was ever let through
//! in a minute; so each refusal that follows an admission meets nearly that much. A window, a block or an outage begins
//! at any load.
//!
//! F is the most that was ever admitted within a minute. Requests and tokens, sliding and on the clock, and requests with
//! the refused ones counted (some limiters do), the largest share of the five.

use super::context::{moment, thin};
use super::declaration::{self, Condition, Declaration, Edge, Flags, Order, bin, condition, measured};
use super::hypotheses::MINUTE;
use super::{EpisodeContext, Failed, Observation, Values};
use crate::model::{Attempt, Time};
use crate::timeline::PoolTimeline;
use crate::timeline::meters::LastMinute;
use crate::timeline::usage::Unit;

measured! {
    /// Refusals right after an admission, and how full their minute was.
    MinuteReach {
        /// Refusals whose attempt before was admitted.
        refusals_after_admission: usize as Count,
        /// Refusals right after an admission that came in a minute as busy as the busiest admitted one.
        refusals_in_full_minute: usize as Count,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

const MINUTE_S: f64 = 60.0;
/// A minute is full from this share of F on: tokens of the refused request are not known.
const FULL: f64 = 0.85;
/// Fewest requests in the fullest minute: below, every minute is full.
const LEAST: f64 = 4.0;
/// Turns at least so far apart, in seconds: those within a second are one.
const APART_S: f64 = 2.0;
/// From so many turns on they are many.
const MANY: usize = 4;

const FEW: Condition = condition("few", "fewer than four such refusals");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "minute_reach",
    topic: "the last minute",
    number: ("share in a full minute, of the refusals right after an admission", declaration::Unit::Share),
    bins: &[
        bin("none", Edge::Below(0.1))
            .means_against(&[MINUTE])
            .because("a limit per minute refuses only in a full minute"),
        bin("some", Edge::Below(0.5))
            .means_against(&[MINUTE])
            .because("a limit per minute refuses only in a full minute"),
        bin("most", Edge::Below(0.9)).means_for(&[MINUTE]).because("hidden clients may fill the rest"),
        bin("all_of_few", Edge::Any).when(FEW).means_for(&[MINUTE]).because("few may be chance"),
        bin("all_of_many", Edge::Any).means_for(&[MINUTE]).because("a window, a block or an outage begins at any load"),
    ],
    flags: Flags { depends_on_clock_minutes: true, ..Flags::NONE },
    orders: &[Order { key: MINUTE, bins: &["none", "some", "most", "all_of_few", "all_of_many"] }],
    measures: QUANTITIES,
};

impl Values for MinuteReach {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refusals_in_full_minute as f64 / self.refusals_after_admission as f64
    }

    fn holds(&self, _: &str) -> bool {
        self.refusals_after_admission < MANY
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let turns = turns(case);
    let values = MinuteReach {
        refusals_after_admission: turns.len(),
        refusals_in_full_minute: fullest(case, &turns)?,
        failed: case.failed(),
    };
    Some(Observation::new(values, case.sources(&turns))?.scaled(case.inflight_scale()))
}

/// Refusals whose attempt before was admitted.
fn turns(case: &EpisodeContext<'_>) -> Vec<u32> {
    let follows = |p: &u32| {
        let before = case.pool.attempts[..*p as usize].iter().rev().find(|a| a.is_admitted() || a.is_refused());
        before.is_some_and(Attempt::is_admitted)
    };
    let turns: Vec<u32> = case.episode.refusals.iter().copied().filter(follows).collect();
    thin(case.pool, &turns, APART_S)
}

/// How many turns met a full minute, by the way of counting that has most.
fn fullest(case: &EpisodeContext<'_>, turns: &[u32]) -> Option<usize> {
    let (pool, minute) = (case.pool, &case.meters.minute);
    if turns.is_empty() || f64::from(minute.sliding.most_requests) + 1.0 < LEAST {
        return None;
    }
    let tokens = pool.usage.between(Time::from_micros(i64::MIN / 4), Time::from_micros(i64::MAX / 4), Unit::Tokens);
    let mean = tokens as f64 / pool.admitted.len().max(1) as f64;
    let full = |at: &dyn Fn(Time) -> f64, own: f64, most: f64| {
        turns.iter().filter(|p| at(moment(pool.at(**p))) + own >= FULL * (most + own)).count()
    };
    let mut best = 0;
    for way in LastMinute::BOTH {
        for (unit, own) in [(Unit::Requests, 1.0), (Unit::Tokens, mean)] {
            if own > 0.0 {
                best = best.max(full(&|t| way.used(pool, t, unit) as f64, own, minute.by(way).most(unit) as f64));
            }
        }
    }
    let asked = |t: Time| asked_between(pool, t.plus(-MINUTE_S), t) as f64;
    Some(best.max(full(&asked, 1.0, f64::from(minute.sliding.most_requests))))
}

/// Attempts that began in a span, refused or not.
pub(super) fn asked_between(pool: &PoolTimeline, from: Time, to: Time) -> usize {
    let all = &pool.attempts;
    all.partition_point(|a| a.start < to).saturating_sub(all.partition_point(|a| a.start < from))
}

/// Requests of the last minute before an attempt, refused ones too, but for the agent's own refused tries just before it: an agent
/// that is refused asks again at once, whatever refused it.
pub(super) fn asked_of_others(pool: &PoolTimeline, position: u32, t: Time) -> u64 {
    let from = t.plus(-MINUTE_S);
    let agent = pool.agents[position as usize];
    let before = (0..position).rev().take_while(|p| pool.at(*p).start >= from);
    let own = before.filter(|p| pool.agents[*p as usize] == agent).take_while(|p| !pool.at(*p).is_admitted());
    let own_refused = own.filter(|p| pool.at(*p).is_refused()).count();
    // A row that hides retries was refused at its end, after its own start.
    let itself = usize::from((from..t).contains(&pool.at(position).start));
    asked_between(pool, from, t).saturating_sub(own_refused + itself) as u64
}
