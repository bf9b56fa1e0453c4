//! Admissions inside the span. Weak on its own: nine in ten rolling windows let some through as tokens age out, and a
//! cap with one slot lets none through for half an hour (docs/METHOD.md, Evidence).

use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::{ACCESS, BILLING, BLOCK, WINDOW};
use super::{EpisodeContext, Failed, Observation, Values};

measured! {
    /// Admissions between the first refusal and the last.
    AdmissionsInside {
        /// Requests admitted between the first refusal and the last.
        admitted_inside: usize as Count,
        /// Refusals counted at most once in 20 s.
        probes: usize as Count,
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Time from the first refusal to the last.
        span_s: f64 as Seconds,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

/// Fewest probes.
const LEAST: usize = 3;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "admissions_inside",
    topic: "how long nothing was admitted",
    number: ("admissions inside the span for each probe", Unit::Ratio),
    bins: &[
        bin("none", Edge::UpTo(0.0))
            .means_for(&[WINDOW, BLOCK, ACCESS, BILLING])
            .because("a limit that clears within minutes would have admitted some"),
        bin("few", Edge::Below(0.2))
            .means_against(&[ACCESS, BILLING])
            .because("nothing gets in without a key or money, but rolling windows admit some as use ages"),
        bin("many", Edge::Any)
            .means_against(&[WINDOW, BLOCK, ACCESS, BILLING])
            .because("a used-up window or an empty balance admits none"),
    ],
    orders: &[
        Order { key: ACCESS, bins: &["many", "few", "none"] },
        Order { key: BILLING, bins: &["many", "few", "none"] },
    ],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for AdmissionsInside {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.admitted_inside as f64 / self.probes as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let inside = case.admitted_inside();
    let values = AdmissionsInside {
        admitted_inside: inside.len(),
        probes: case.probes().len(),
        refusals: case.episode.refusals.len(),
        span_s: case.episode.span_s(),
        failed: case.failed(),
    };
    if values.probes < LEAST {
        return None;
    }
    let mut sources = case.sources(inside);
    sources.truncate(3);
    sources.extend(case.refusal_sources().into_iter().take(3));
    Observation::new(values, sources)
}
