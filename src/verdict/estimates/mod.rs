//! Estimates with bounds (docs/METHOD.md, Estimates): the cap, the limit per minute, the window's kind and quota, the reset, the recovery delay.
//!
//! Never a built-in plan limit: everything here is read from the logs and snapshots.

mod cap;
mod curve;
mod kind;
mod named_reset;
mod quota;
mod rate;
mod shared;
#[cfg(test)]
mod tests;

pub use cap::{CapEstimate, cap};
pub use kind::{WindowKind, kind};
pub use quota::{QuotaEstimate, Quotas, quota};
pub use rate::{RateEstimate, rate};
pub use shared::{Of, share};

use crate::verdict::Shares;

use crate::evidence::{Basis, EpisodeContext, ZoneOf, longest_life_s, published_reset};
use crate::model::{Cause, Time};
use crate::verdict::Verdict;

/// All estimates of an episode.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// Slots.
    pub cap: Option<CapEstimate>,
    /// Requests or tokens a minute.
    pub rate: Option<RateEstimate>,
    /// Quota of the likeliest window.
    pub quota: Quotas,
    /// Kind of the likeliest window.
    pub window_kind: Option<WindowKind>,
    /// When the limit ends: the likeliest window's reset as a snapshot published it, else the end that error texts name,
    /// else the one that Retry-After asks to wait for.
    pub resets_at: Option<Time>,
    /// What names that end.
    pub reset_source: Option<ResetSource>,
    /// How the zone of its words is known, where a text names it.
    pub reset_zone: Option<ZoneOf>,
    /// Seconds from the reset to the recovery: at least, at most.
    pub recovery_delay_s: Option<(f64, f64)>,
}

/// What names the end of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetSource {
    /// A usage snapshot, or headers that name the window.
    Snapshot,
    /// The error's text or body.
    Text,
    /// A Retry-After header.
    Header,
}

impl ResetSource {
    /// The id in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Text => "text",
            Self::Header => "header",
        }
    }
}

/// A cause this likely is worth an estimate.
const WORTH: f64 = 0.25;

/// An end further away than the window is long, by this factor, is not that window's.
const SLACK: f64 = 1.1;
/// What lasts for minutes, in seconds.
const MINUTES_S: f64 = 120.0;

/// Estimates what the verdict leaves in question.
pub fn estimate(case: &EpisodeContext<'_>, shares: &Shares, verdict: &Verdict) -> Estimates {
    let mut estimates = Estimates::default();
    if verdict.cause == Cause::ConcurrencyCap || shares.of_cause(Cause::ConcurrencyCap) >= WORTH {
        estimates.cap = cap(case);
    }
    if verdict.cause == Cause::RatePerMinute || shares.of_cause(Cause::RatePerMinute) >= WORTH {
        estimates.rate = rate(case);
    }
    let window = shares.window().filter(|_| shares.of_cause(Cause::TokenWindow) >= WORTH);
    let minutes = window.and_then(|w| w.window_minutes);
    let reset = minutes.and_then(|m| published_reset(case, m)).map(|(at, _)| (at, ResetSource::Snapshot, None));
    let reset = reset.or_else(|| named(case, verdict, minutes));
    let asked = || Some((named_reset::asked(case, minutes?)?, ResetSource::Header, None));
    if let Some((at, source, zone)) = reset.or_else(asked) {
        (estimates.resets_at, estimates.reset_source, estimates.reset_zone) = (Some(at), Some(source), zone);
        estimates.recovery_delay_s = window.and_then(|_| delay(case, at));
    }
    if let Some(minutes) = minutes {
        estimates.window_kind = Some(kind(case, minutes, estimates.resets_at));
        let quotas = quota(case, minutes, estimates.resets_at);
        // What a rolling window publishes is its next expiry: how much it counts at the onset is known less well.
        let rolls = estimates.window_kind == Some(WindowKind::Rolling);
        estimates.quota = if rolls { quotas.at_least() } else { quotas };
    }
    estimates
}

/// The end that the refusals name, where the first cause can have one: a wait of minutes is no end of what is counted by the
/// minute or in flight.
fn named(
    case: &EpisodeContext<'_>,
    verdict: &Verdict,
    minutes: Option<u32>,
) -> Option<(Time, ResetSource, Option<ZoneOf>)> {
    let end = case.named_end.as_ref()?;
    let first = verdict.between.map_or(verdict.cause, |[first, _]| first);
    let short = matches!(first, Cause::ConcurrencyCap | Cause::RatePerMinute | Cause::Overload | Cause::Network);
    let source = if end.basis == Basis::Text { ResetSource::Text } else { ResetSource::Header };
    let fits = |m: u32| end.at.since(case.episode.to) <= SLACK * longest_life_s(m);
    // Of a window of this length a later end comes from a wrong zone, or belongs to something else.
    let fits = minutes.is_none_or(fits);
    (fits && (!short || end.outlasts(MINUTES_S))).then_some((
        end.at,
        source,
        Some(end.zone).filter(|_| end.basis == Basis::Text),
    ))
}

fn delay(case: &EpisodeContext<'_>, reset: Time) -> Option<(f64, f64)> {
    let after = case.episode.first_admission_after?;
    let high = after.since(reset);
    (high >= 0.0).then(|| (case.episode.to.since(reset).max(0.0), high))
}
