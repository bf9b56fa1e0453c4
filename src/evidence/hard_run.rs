//! The longest run of refusals without an admission, held against how long requests live: could a cap do that?
//!
//! With N slots the probability that none frees in a time L is the residual-life survivor of the request durations to
//! the power N; N = 1 is the most lenient and the one used. Where the log shows a request in flight at every refusal of the
//! run, one slot was visibly taken and nothing is to be reckoned (docs/METHOD.md, Evidence). This is the support desk's argument in
//! numbers, and it shows when it fails: few slots, slow requests.

use super::declaration::{Condition, Declaration, Edge, Order, Unit, bin, condition, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values};
use crate::episodes::Episode;
use crate::timeline::PoolTimeline;

measured! {
    /// The longest run of refusals without an admission.
    HardRun {
        /// Length of the longest run without an admission.
        run_s: f64 as Seconds,
        /// Chance that one request of this pool keeps a slot taken for so long.
        slot_taken_chance_share: f64 as Share,
        /// Whether a request was in flight at every refusal of the run.
        held: bool as Flag,
    }
}

/// A shorter run says nothing: a few retries of one agent, in seconds.
const SHORTEST_S: f64 = 60.0;

/// The longest admission-free run, in seconds, and where it begins and ends.
pub(super) fn longest(pool: &PoolTimeline, episode: &Episode) -> Option<(f64, [u32; 2])> {
    let mut best: Option<(f64, [u32; 2])> = None;
    let mut first = *episode.refusals.first()?;
    for pair in episode.refusals.windows(2) {
        let admitted_between = pool.admitted_between(pool.at(pair[0]).start, pool.at(pair[1]).start);
        if !admitted_between.is_empty() {
            first = pair[1];
        }
        let span = pool.at(pair[1]).start.since(pool.at(first).start);
        if best.is_none_or(|(s, _)| span > s) {
            best = Some((span, [first, pair[1]]));
        }
    }
    best
}

const HELD: Condition = condition("held", "a request was in flight at every refusal of the run");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "hard_run",
    topic: "how long nothing was admitted",
    number: ("chance that one request keeps a slot taken for so long", Unit::Share),
    bins: &[
        bin("held", Edge::Any).when(HELD).because("a slot was visibly taken, so nothing is to be reckoned"),
        bin("likely", Edge::From(0.1)).because("one slot and slow requests do that"),
        bin("possible", Edge::From(0.01)).means_against(&[CAP]).because("less than once in ten"),
        bin("unlikely", Edge::From(0.0001)).means_against(&[CAP]).because("less than once in a hundred"),
        bin("impossible", Edge::Any).means_against(&[CAP]).because("less than once in ten thousand"),
    ],
    orders: &[Order { key: CAP, bins: &["impossible", "unlikely", "possible", "likely"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for HardRun {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.slot_taken_chance_share
    }

    fn holds(&self, _: &str) -> bool {
        self.held
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let (run_s, ends) = longest(case.pool, case.episode)?;
    let slot_taken_chance_share = case.pool.flight.residual_survival(run_s).filter(|_| run_s >= SHORTEST_S)?;
    Observation::new(HardRun { run_s, slot_taken_chance_share, held: held(case, ends) }, case.sources(&ends))
}

/// Whether some request was in flight at every refusal of a run.
fn held(case: &EpisodeContext<'_>, [first, last]: [u32; 2]) -> bool {
    let seen = case.episode.refusals.iter().zip(&case.inflight).filter(|(r, _)| (first..=last).contains(*r));
    let mut any = false;
    for (_, n) in seen {
        any = true;
        if *n == 0 {
            return false;
        }
    }
    any
}
