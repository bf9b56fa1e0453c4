//! What one cause says of now: how likely it still refuses, and until when.

use crate::evidence::{EpisodeContext, longest_life_s};
use crate::model::{Cause, Hypothesis, Time};
use crate::next::pauses::{Ends, calm_until_s, goes_on};
use crate::next::{Basis, Resume, Seen};
use crate::verdict::estimates::{Estimates, ResetSource, WindowKind};

/// What a hypothesis says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    /// Probability that it goes on.
    pub(super) lasts: f64,
    /// When it ends, if it goes on.
    pub(super) resume: Resume,
    /// What that rests on.
    pub(super) basis: Basis,
}

/// Resets come a little early or late, in seconds.
pub(super) const RESET_S: f64 = 75.0;
/// What has a known end is in force until then, with this probability.
const IN_FORCE: f64 = 0.97;
/// A reset that has passed unseen may have moved: the block goes on with this probability.
const MOVED: f64 = 0.2;
/// An outage without a named end ends within so many times its length so far in three of four cases: of a stretch caught at a
/// random moment the rest is longer than so many times what has passed in one of four.
const LIFE: f64 = 3.0;
/// Added to the length so far, in seconds: the first refusals of a long outage are not a short one.
const YOUNG_S: f64 = 60.0;
/// A limit per minute has cleared after so long, in seconds.
const MINUTES_S: f64 = 120.0;
/// After a calm in which an outage would go on with less than this chance, all agents can start.
pub(super) const OPEN_BELOW: f64 = 0.1;

/// What a hypothesis says of an episode at an instant.
pub(super) fn of(case: &EpisodeContext<'_>, h: Hypothesis, estimates: &Estimates, seen: &Seen, now: Time) -> Chance {
    let silent_s = now.since(seen.last).max(0.0);
    match (h.cause, seen.admitted) {
        (Cause::ConcurrencyCap, _) => Chance {
            lasts: 0.0,
            resume: Resume { earliest: now, best: Some(now), latest: Some(now) },
            basis: Basis::Cap,
        },
        (cause, Some((_, last))) => paused(ends(cause, estimates), seen, last, now),
        (Cause::RatePerMinute, None) => {
            let latest = seen.last.plus(MINUTES_S).max(now.plus(MINUTES_S / 2.0));
            Chance {
                lasts: IN_FORCE * seen.refused_share * (1.0 - silent_s / MINUTES_S).max(0.1),
                resume: Resume { earliest: now, best: None, latest: Some(latest) },
                basis: Basis::WindowLength,
            }
        }
        (cause, None) => named(case, cause, estimates, now)
            .or_else(|| window(case, h, seen, now))
            .unwrap_or_else(|| outage(cause, seen, silent_s, now)),
    }
}

/// How often a calm after refusals is the end, by cause.
fn ends(cause: Cause, estimates: &Estimates) -> Ends {
    let rolls = estimates.window_kind == Some(WindowKind::Rolling);
    let (ends, long) = match cause {
        Cause::TokenWindow if rolls => (1.0, 3.0),
        Cause::TokenWindow | Cause::Billing | Cause::Access => (9.0, 1.0),
        Cause::AccountBlock => (4.0, 1.0),
        Cause::Network | Cause::LocalLimit => (2.0, 1.0),
        Cause::RatePerMinute => (1.0, 3.0),
        _ => (1.0, 1.0),
    };
    Ends { ends, long }
}

/// Requests were admitted after the last refusal: it is over, or this is one of its pauses.
fn paused(prior: Ends, seen: &Seen, last_admitted: Time, now: Time) -> Chance {
    let length_s = seen.last.since(seen.from);
    let calm_s = last_admitted.since(seen.last).max(0.0);
    // What came after the last admission nobody saw.
    let unseen_s = now.since(last_admitted).max(0.0);
    let fades = (length_s + YOUNG_S) / (length_s + YOUNG_S + unseen_s);
    let lasts = goes_on(&seen.pauses, length_s, calm_s, prior) * fades;
    let calm = seen.last.plus(calm_until_s(&seen.pauses, length_s, prior, OPEN_BELOW));
    let latest = now.plus(LIFE * (now.since(seen.from) + YOUNG_S));
    Chance {
        lasts,
        resume: Resume { earliest: now, best: (calm > now).then_some(calm), latest: Some(latest.max(calm)) },
        basis: Basis::PastPauses,
    }
}

/// The end that a snapshot, a text or a header names, unless refusals went on past it.
fn named(case: &EpisodeContext<'_>, cause: Cause, estimates: &Estimates, now: Time) -> Option<Chance> {
    let reset = estimates.resets_at?;
    let by_snapshot = estimates.reset_source == Some(ResetSource::Snapshot);
    // A reset that refusals outlast has moved, and of a rolling window it is only the next return of a part.
    let moved = case.episode.to > reset.plus(RESET_S) || estimates.window_kind == Some(WindowKind::Rolling);
    if moved || by_snapshot && cause != Cause::TokenWindow {
        return None;
    }
    let basis = if by_snapshot { Basis::Snapshot } else { Basis::NamedReset };
    if now >= reset {
        let resume = Resume { earliest: now, best: Some(now), latest: None };
        return Some(Chance { lasts: MOVED, resume, basis });
    }
    let (earliest, latest) = (reset.plus(-RESET_S).max(now), reset.plus(RESET_S).max(now));
    let resume = Resume { earliest, best: Some(reset.max(now)), latest: Some(latest) };
    Some(Chance { lasts: IN_FORCE, resume, basis })
}

/// The latest end of a window whose reset nothing names: its length after the last admission before the block.
fn window(case: &EpisodeContext<'_>, h: Hypothesis, seen: &Seen, now: Time) -> Option<Chance> {
    let minutes = h.window_minutes.filter(|_| h.cause == Cause::TokenWindow)?;
    let latest = case.episode.last_admission_before.unwrap_or(seen.from).plus(longest_life_s(minutes));
    if latest <= now {
        let resume = Resume { earliest: now, best: Some(now), latest: Some(now.plus(RESET_S)) };
        return Some(Chance { lasts: MOVED, resume, basis: Basis::WindowLength });
    }
    // It may have ended since the last refusal: any moment until the latest end is as likely.
    let left = latest.since(now) / latest.since(seen.last).max(1.0);
    let resume = Resume { earliest: now, best: None, latest: Some(latest) };
    Some(Chance { lasts: IN_FORCE * left, resume, basis: Basis::WindowLength })
}

/// An outage whose end nothing names: the longer it lasted, the longer it may last. What a person must change has no end.
fn outage(cause: Cause, seen: &Seen, silent_s: f64, now: Time) -> Chance {
    let lasted_s = seen.last.since(seen.from) + YOUNG_S;
    let for_ever = matches!(cause, Cause::Billing | Cause::Access);
    let latest = (!for_ever).then(|| now.plus(LIFE * (now.since(seen.from) + YOUNG_S)));
    Chance {
        lasts: IN_FORCE * seen.refused_share * lasted_s / (lasted_s + silent_s),
        resume: Resume { earliest: now, best: None, latest },
        basis: if for_ever { Basis::None } else { Basis::PastPauses },
    }
}
