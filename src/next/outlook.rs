//! One episode's outlook: what its causes say of now, by their probability.

use crate::evidence::EpisodeContext;
use crate::model::{Cause, Hypothesis, Time};
use crate::next::chance::{self, Chance, OPEN_BELOW};
use crate::next::{Basis, Outlook, RECENT_S, Resume, State, pauses};
use crate::verdict::Judged;
use crate::verdict::estimates::Estimates;

/// From this probability on a pool is blocked.
const BLOCKED: f64 = 0.9;
/// A hypothesis below this probability changes no outlook.
const FAINT: f64 = 0.02;
/// One cause decides when the block ends from this share on; else all that are likely bound it.
const DECIDES: f64 = 0.6;
/// A cause below this share bounds nothing.
const BOUNDS: f64 = 0.15;
/// Refusals without an admission over so long, in seconds, with a slot free.
const HARD_S: f64 = 30.0;
/// What refuses then goes on with this chance.
const NOT_SLOTS: f64 = 0.5;
/// So long after its last refusal, in seconds, agents are started one by one under a limit per minute.
const PACED_S: f64 = 1_800.0;

/// What an episode says of an instant at or after its last refusal.
pub fn outlook(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates, now: Time) -> Outlook {
    let seen = pauses::seen(case);
    let chance_of = |h: Hypothesis| chance::of(case, h, estimates, &seen, now);
    let likely = judged.shares.by_hypothesis.iter().filter(|(_, p)| **p >= FAINT);
    let chances: Vec<(f64, Chance)> = likely.map(|(h, p)| (*p, chance_of(*h))).collect();
    let window = judged.shares.window_minutes().filter(|_| judged.shares.of_cause(Cause::TokenWindow) >= BOUNDS);
    let window_ends = window.and_then(|minutes| {
        let chance = chance_of(Hypothesis::window(minutes));
        let at = chance.resume.latest.filter(|at| *at > now && chance.basis == Basis::WindowLength)?;
        Some((minutes, at))
    });
    let lasts: f64 = chances.iter().map(|(p, c)| p * c.lasts).sum();
    let slots = estimates.cap.map_or(1, |c| c.low.max(1));
    let is_cap = judged.verdict.cause == Cause::ConcurrencyCap && !refuses_with_free_slots(case, slots);
    let lasts = if is_cap || judged.verdict.cause != Cause::ConcurrencyCap { lasts } else { lasts.max(NOT_SLOTS) };
    // A limit per minute that lets requests through again refuses the next burst as well.
    let is_paced = judged.verdict.cause == Cause::RatePerMinute && seen.admitted.is_some();
    let (resume, basis) = when(&chances, lasts);
    let state = state(lasts, is_cap || is_paced, is_stale(case, resume, &seen, now));
    Outlook {
        now,
        state,
        lasts,
        resume: resume.filter(|_| matches!(state, State::Blocked | State::Uncertain)),
        basis: if is_cap { Basis::Cap } else { basis },
        start_with: match state {
            State::Open if is_cap => Some(slots),
            State::Open if is_paced && now.since(seen.last) <= PACED_S => Some(1),
            // Undecided: the likeliest cause may be a cap, and thirty requests at once are what would be refused if it is not.
            State::Uncertain => Some(1),
            _ => None,
        },
        window_ends,
        seen,
    }
}

/// Whether its last refusals came, over half a minute and more, without an admission and with a slot free: what began as a
/// cap goes on as something else.
fn refuses_with_free_slots(case: &EpisodeContext<'_>, slots: u32) -> bool {
    let (e, pool) = (case.episode, case.pool);
    let since = pool.admission_before(e.to).map_or(e.from, |a| a.start);
    let refused = pool.refused_between(since, e.to.plus(1e-6)).len();
    let few = pool.flight.usable && pool.flight.at(e.to) < slots;
    e.first_admission_after.is_none() && few && refused >= 3 && e.to.since(since) >= HARD_S
}

/// Whether an episode runs at an instant: nothing was admitted after it, and its last refusal is recent; or it rather goes
/// on than not, though requests were admitted meanwhile.
pub fn runs(outlook: &Outlook, at: Time) -> bool {
    let is_recent = at.since(outlook.seen.last) <= RECENT_S;
    is_recent && (outlook.seen.admitted.is_none() || outlook.state != State::Open && outlook.lasts >= 0.5)
}

/// Whether all that the logs say of the pool is too old to say anything of now, and no end is named that lies ahead.
fn is_stale(case: &EpisodeContext<'_>, resume: Option<Resume>, seen: &crate::next::Seen, now: Time) -> bool {
    let last = case.pool.attempts.last().map_or(seen.last, |a| a.start.max(seen.last));
    let is_ahead = resume.is_some_and(|r| r.best.is_some_and(|t| t > now));
    now.since(last) > RECENT_S && !is_ahead
}

fn state(lasts: f64, is_of_load: bool, is_stale: bool) -> State {
    match lasts {
        _ if is_stale => State::Unknown,
        _ if is_of_load => State::Open,
        p if p >= BLOCKED => State::Blocked,
        p if p < OPEN_BELOW => State::Open,
        _ => State::Uncertain,
    }
}

/// When the block ends, by the causes that go on: the one that decides, else the outer bounds of all that are likely.
fn when(chances: &[(f64, Chance)], lasts: f64) -> (Option<Resume>, Basis) {
    if lasts <= 0.0 {
        return (None, Basis::None);
    }
    let mut shares: Vec<(f64, &Chance)> = chances.iter().map(|(p, c)| (p * c.lasts / lasts, c)).collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((share, first)) = shares.first().copied() else { return (None, Basis::None) };
    if share >= DECIDES {
        return (Some(first.resume), first.basis);
    }
    let all = shares.iter().filter(|(share, _)| *share >= BOUNDS).map(|(_, c)| c.resume);
    let outer = |a: Resume, b: Resume| Resume {
        earliest: a.earliest.min(b.earliest),
        best: None,
        latest: a.latest.zip(b.latest).map(|(a, b)| a.max(b)),
    };
    (all.reduce(outer).or(Some(first.resume)), first.basis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::testing::ZERO;

    fn chance(lasts: f64, from: f64, to: Option<f64>) -> Chance {
        let resume = Resume { earliest: ZERO.plus(from), best: None, latest: to.map(|t| ZERO.plus(t)) };
        Chance { lasts, resume, basis: Basis::PastPauses }
    }

    #[test]
    fn the_likeliest_cause_decides_when_it_ends_and_two_bound_it_together() {
        let decided = [(0.9, chance(0.9, 60.0, Some(120.0))), (0.1, chance(0.9, 0.0, Some(9e5)))];
        assert_eq!(when(&decided, 0.9).0.map(|r| r.latest), Some(Some(ZERO.plus(120.0))));
        let open = [(0.5, chance(0.9, 60.0, Some(120.0))), (0.5, chance(0.9, 0.0, Some(600.0)))];
        let bounds = when(&open, 0.9).0.unwrap();
        assert_eq!((bounds.earliest, bounds.latest), (ZERO, Some(ZERO.plus(600.0))));
        let endless = [(0.5, chance(0.9, 60.0, None)), (0.5, chance(0.9, 0.0, Some(600.0)))];
        assert_eq!(when(&endless, 0.9).0.unwrap().latest, None);
    }

    #[test]
    fn states_by_probability() {
        assert_eq!([0.95, 0.5, 0.05].map(|p| state(p, false, false)), [State::Blocked, State::Uncertain, State::Open]);
        assert_eq!((state(0.95, true, false), state(0.95, false, true)), (State::Open, State::Unknown));
    }
}
