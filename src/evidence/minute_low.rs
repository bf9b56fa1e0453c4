//! Refused in a quiet minute: the share of refusals with at most half of what was once let through in a minute. They
//! refute a limit per minute, as [`super::inflight_low`] refutes a cap; where even the refused requests add up to no more, they
//! refute one that counts these too.

use super::context::moment;
use super::declaration::{Condition, Declaration, Edge, Order, Unit, bin, condition, measured};
use super::hypotheses::MINUTE;
use super::minute_reach::asked_between;
use super::{EpisodeContext, Failed, Observation, Values};
use crate::timeline::usage;

measured! {
    /// Refusals in a quiet minute.
    MinuteLow {
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Refusals that came while the last minute held under half of the busiest admitted minute.
        refusals_at_half_minute: usize as Count,
        /// Refusals that came so even when refused requests are counted too.
        refusals_at_half_minute_of_all: usize as Count,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

const MINUTE_S: f64 = 60.0;
/// Fewest requests in the fullest minute.
const LEAST: f64 = 4.0;

const OF_ALL_ASKED: Condition = condition("of_all_asked", "half of all refusals even counting refused requests");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "minute_low",
    topic: "the last minute",
    number: ("share of refusals in a minute with under half of the busiest admitted one", Unit::Share),
    bins: &[
        bin("none", Edge::Below(0.1))
            .means_for(&[MINUTE])
            .because("a limit per minute refuses only near it; tokens of the refused are not known"),
        bin("some", Edge::Below(0.5)).means_against(&[MINUTE]).because("a limit per minute would have admitted them"),
        bin("most_of_all_asked", Edge::Any)
            .when(OF_ALL_ASKED)
            .means_against(&[MINUTE])
            .because("so would one that counts refused requests"),
        bin("most", Edge::Any).means_against(&[MINUTE]).because("a limit per minute would have admitted them"),
    ],
    orders: &[Order { key: MINUTE, bins: &["most_of_all_asked", "most", "some", "none"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for MinuteLow {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refusals_at_half_minute as f64 / self.refusals as f64
    }

    fn holds(&self, _: &str) -> bool {
        self.refusals_at_half_minute_of_all as f64 >= 0.5 * self.refusals as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let used = &case.meters.minute.sliding;
    let (requests, tokens) = (f64::from(used.most_requests) + 1.0, used.most_tokens as f64);
    if requests < LEAST {
        return None;
    }
    let (mut admitted, mut asked) = (Vec::new(), 0);
    for p in &case.episode.refusals {
        let to = moment(case.pool.at(*p));
        let from = to.plus(-MINUTE_S);
        let within = |unit| case.pool.usage.between(from, to, unit) as f64;
        let is_low = within(usage::Unit::Requests) < requests / 2.0
            && (tokens <= 0.0 || within(usage::Unit::Tokens) <= tokens / 2.0);
        if is_low {
            admitted.push(*p);
            asked += usize::from((asked_between(case.pool, from, to) as f64) < requests / 2.0);
        }
    }
    let values = MinuteLow {
        refusals: case.episode.refusals.len(),
        refusals_at_half_minute: admitted.len(),
        refusals_at_half_minute_of_all: asked,
        failed: case.failed(),
    };
    let shown = if admitted.is_empty() { &case.episode.refusals } else { &admitted };
    Some(Observation::new(values, case.sources(shown))?.scaled(case.inflight_scale()))
}
