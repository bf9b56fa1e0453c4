//! Length of the proven span. More than 5.2 hours refutes a five-hour window, less than a minute fits a limit per
//! minute or a cap. A porous stretch is as long as the demand, and a short one that nobody probed further is as long as
//! the client's patience: neither says anything. Tied for window and account block, since the second has no model (docs/METHOD.md, Evidence).

use super::declaration::{Condition, Declaration, Edge, Order, Unit, bin, condition, measured};
use super::hypotheses::{BLOCK, MINUTE, WINDOW};
use super::{EpisodeContext, Failed, Observation, Values, hard_run};

measured! {
    /// The proven span.
    Length {
        /// Time from the first refusal to the last.
        span_s: f64 as Seconds,
        /// Refusals counted at most once in 20 s.
        probes: usize as Count,
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Requests admitted between the first refusal and the last.
        admitted_inside: usize as Count,
        /// Whether nothing was in flight at any refusal.
        nothing_in_flight: bool as Flag,
        /// Whether admissions break the span into runs of less than half of it.
        porous: bool as Flag,
        /// Whether nobody asked for most of the episode, or the log ends inside it.
        censored: bool as Flag,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

const POROUS: Condition = condition("porous", "admissions break it into runs of less than half of it");
const CENSORED: Condition = condition("censored", "nobody asked for most of the episode, or the log ends in it");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "length",
    topic: "how long nothing was admitted",
    number: ("proven span", Unit::Seconds),
    bins: &[
        bin("porous", Edge::Any).when(POROUS).because("the length is that of the demand"),
        bin("censored", Edge::Below(1200.0)).when(CENSORED).because("the length is that of the client's patience"),
        bin("below_1_min", Edge::Below(60.0))
            .means_for(&[MINUTE])
            .means_against(&[WINDOW, BLOCK])
            .because("a limit per minute clears within its minute"),
        bin("below_5_min", Edge::Below(300.0)).means_for(&[MINUTE]).because("a few minutes in a row were full"),
        bin("below_20_min", Edge::Below(1200.0))
            .means_against(&[MINUTE])
            .because("a limit per minute clears much sooner"),
        bin("below_75_min", Edge::Below(4500.0))
            .means_against(&[MINUTE])
            .because("a limit per minute clears much sooner"),
        bin("below_5_h", Edge::Below(5.2 * 3600.0))
            .means_against(&[MINUTE])
            .because("five hours and the tolerance of clocks and late resets"),
        bin("above_5_h", Edge::Any)
            .means_against(&["token_window/300", MINUTE])
            .because("a five-hour window cannot last longer"),
    ],
    orders: &[Order {
        key: MINUTE,
        bins: &["above_5_h", "below_5_h", "below_75_min", "below_20_min", "below_5_min", "below_1_min"],
    }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for Length {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.span_s
    }

    fn holds(&self, condition: &str) -> bool {
        if condition == POROUS.id { self.porous } else { self.censored }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let values = Length {
        span_s: case.episode.span_s(),
        probes: case.probes().len(),
        refusals: case.episode.refusals.len(),
        admitted_inside: case.admitted_inside().len(),
        nothing_in_flight: !case.inflight.is_empty() && case.inflight.iter().all(|n| *n == 0),
        porous: is_porous(case),
        censored: is_censored(case),
        failed: case.failed(),
    };
    let ends = [case.episode.refusals.first(), case.episode.refusals.last()];
    let ends: Vec<u32> = ends.into_iter().flatten().copied().collect();
    Observation::new(values, case.sources(&ends))
}

/// Admissions break the span into runs of less than half of it: the length is that of the demand.
fn is_porous(case: &EpisodeContext<'_>) -> bool {
    let run = hard_run::longest(case.pool, case.episode).map_or(0.0, |(run, _)| run);
    !case.admitted_inside().is_empty() && run < 0.5 * case.episode.span_s()
}

/// Nobody asked for most of the gap, or the log ends inside it: a short span is no sign of a short block.
fn is_censored(case: &EpisodeContext<'_>) -> bool {
    match (case.episode.recovery_width_s(), case.episode.first_admission_after) {
        (Some(width), Some(after)) => width > 60.0 && width > 0.5 * after.since(case.episode.from),
        _ => true,
    }
}
