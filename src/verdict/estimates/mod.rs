//! Estimates with bounds (docs/METHOD.md, Estimates): the cap, the window's kind and quota, the reset, the recovery delay.
//!
//! Never a built-in plan limit: everything here is read from the logs and snapshots.

mod cap;
mod curve;
mod kind;
mod named_reset;
mod quota;
#[cfg(test)]
mod tests;

pub use cap::{CapEstimate, cap};
pub use kind::{WindowKind, kind};
pub use quota::{QuotaEstimate, Quotas, quota};

use super::{Shares, Verdict};
use crate::evidence::{Case, published_reset};
use crate::model::{Cause, Time};

/// All estimates of an episode.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// Slots.
    pub cap: Option<CapEstimate>,
    /// Quota of the likeliest window.
    pub quota: Quotas,
    /// Kind of the likeliest window.
    pub window_kind: Option<WindowKind>,
    /// Reset of the likeliest window: published by a reading, else named by an error text,
    /// else asked for by Retry-After.
    pub resets_at: Option<Time>,
    /// Seconds from the reset to the recovery: at least, at most.
    pub recovery_delay_s: Option<(f64, f64)>,
}

/// A cause this likely is worth an estimate.
const WORTH: f64 = 0.25;

/// Estimates what the verdict leaves in question.
pub fn estimate(case: &Case<'_>, shares: &Shares, verdict: &Verdict) -> Estimates {
    let mut estimates = Estimates::default();
    if verdict.cause == Cause::ConcurrencyCap || shares.of_cause(Cause::ConcurrencyCap) >= WORTH {
        estimates.cap = cap(case);
    }
    let window = shares.windows().first().map(|(m, _)| *m);
    if let Some(minutes) = window.filter(|_| shares.of_cause(Cause::TokenWindow) >= WORTH) {
        let published = published_reset(case, minutes).map(|(at, _)| at);
        estimates.resets_at =
            published.or_else(|| named_reset::last(case, minutes)).or_else(|| named_reset::asked(case, minutes));
        estimates.window_kind = Some(kind(case, minutes, estimates.resets_at));
        let quotas = quota(case, minutes, estimates.resets_at);
        // What a rolling window publishes is its next expiry: how much it counts at the onset is known less well.
        let rolls = estimates.window_kind == Some(WindowKind::Rolling);
        estimates.quota = if rolls { quotas.at_least() } else { quotas };
        estimates.recovery_delay_s = estimates.resets_at.and_then(|reset| delay(case, reset));
    }
    estimates
}

fn delay(case: &Case<'_>, reset: Time) -> Option<(f64, f64)> {
    let after = case.episode.first_admission_after?;
    let high = after.since(reset);
    (high >= 0.0).then(|| (case.episode.to.since(reset).max(0.0), high))
}
