//! Use of a window: is there a threshold of use in the window above which requests were refused and below which they
//! got in? The best balanced error over the kinds of window (rolling, first use) and both units.
//!
//! Only for windows that the log covers at least once before the first refusal: use before the log is unknown.

use super::context::thin;
use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::TARGET;
use super::threshold::least_error_of_sorted;
use super::{EpisodeContext, Observation, Values};
use crate::model::{Hypothesis, Time};
use crate::timeline::usage;

measured! {
    /// How well the use of a window separates refusals from admissions.
    WindowMeter {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// Error of the best threshold on the use of the window: the mean of both error rates.
        window_error_share: f64 as Share,
        /// What is counted.
        unit: usage::Unit as Word,
    }
}

/// Share of the window that the log must cover before the first refusal.
const COVERED: f64 = 0.5;
const THIN_S: f64 = 20.0;
const LEAST: usize = 4;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "window_meter",
    topic: "the use of a window",
    number: ("error of the best threshold on the use of the window", Unit::Share),
    bins: &[
        bin("sharp", Edge::UpTo(0.05))
            .means_for(&[TARGET])
            .because("a limiter's own count separates almost without error"),
        bin("fair", Edge::UpTo(0.25)).means_for(&[TARGET]).because("uncounted clients and tokens blur it"),
        bin("poor", Edge::Any).means_against(&[TARGET]).because("the use of that window made no difference"),
    ],
    flags: Flags { one_per_window: true, ..Flags::NONE },
    orders: &[Order { key: TARGET, bins: &["poor", "fair", "sharp"] }],
    measures: QUANTITIES,
};

impl Values for WindowMeter {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.window_error_share
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    let length = f64::from(minutes) * 60.0;
    let covered = case.episode.from.since(case.pool.usage.first()?);
    if covered < COVERED * length {
        return None;
    }
    let refusals = thin(case.pool, &case.episode.refusals, THIN_S);
    let unit = case.pool.usage.unit();
    let window_error_share = balanced_error(case, &refusals, minutes, unit)?;
    let values = WindowMeter { window_minutes: minutes, window_error_share, unit };
    Some(Observation::new(values, case.refusal_sources())?.targeting(vec![Hypothesis::window(minutes)]))
}

/// Lowest balanced error over all thresholds on the use of the window.
fn balanced_error(case: &EpisodeContext<'_>, refusals: &[u32], minutes: u32, unit: usage::Unit) -> Option<f64> {
    let used = |t: Time| case.pool.usage.between(t.plus(f64::from(minutes) * -60.0), t, unit);
    let admitted = &case.meters.windows.get(&minutes)?.at_admissions;
    let mut refused: Vec<u64> = refusals.iter().map(|p| used(case.pool.at(*p).start)).collect();
    if admitted.len() < LEAST || refused.len() < LEAST {
        return None;
    }
    refused.sort_unstable();
    Some(least_error_of_sorted(&refused, admitted))
}
