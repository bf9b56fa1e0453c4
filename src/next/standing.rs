//! How a pool stands at an instant: by its last episode, by refusals too few to be one, by requests that wait without an
//! answer, and by its newest usage snapshots.

use crate::evidence::EpisodeContext;
use crate::model::{Cause, EXHAUSTED_SHARE, Time};
use crate::next::chance::RESET_S;
use crate::next::pauses::{Ends, goes_on};
use crate::next::{Basis, Outlook, RECENT_S, Resume, State, outlook};
use crate::timeline::{PoolTimeline, Timeline};
use crate::verdict::{Confidence, Judged, Verdict, estimates};

/// A window as the newest snapshot shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    /// Its length.
    pub window_minutes: u32,
    /// Share left.
    pub left: f64,
    /// When it resets.
    pub resets_at: Option<Time>,
    /// When the snapshot was taken.
    pub at: Time,
}

/// What a pool's state rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Its last episode.
    Episode {
        /// What the episode means now.
        outlook: Box<Outlook>,
        /// What it was.
        verdict: Box<Verdict>,
    },
    /// The logs end too long ago; seconds since the last request, if there is one.
    TooOld(Option<f64>),
    /// Nothing was refused of late.
    NothingRefused,
    /// A request has waited for so many seconds without an answer.
    Stalled(f64),
    /// A refusal so many seconds ago that is no episode.
    LoneRefusal(f64),
    /// A snapshot shows a window used up until then.
    UsedUp(Time),
}

/// How a pool stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// `provider/account/model`.
    pub pool: String,
    /// What would become of a request now.
    pub state: State,
    /// Probability that it would be refused.
    pub refused: f64,
    /// First cause of the episode that this rests on.
    pub cause: Option<Cause>,
    /// Length of its window.
    pub window_minutes: Option<u32>,
    /// Confidence in the cause.
    pub confidence: Option<Confidence>,
    /// Its probability.
    pub probability: Option<f64>,
    /// The onset interval of the episode.
    pub began: Option<(Time, Time)>,
    /// The last refusal.
    pub last_refusal: Option<Time>,
    /// The last thing that the logs hold of the pool: a request or a snapshot.
    pub last_known: Option<Time>,
    /// When requests will be admitted again.
    pub resume: Option<Resume>,
    /// What that rests on.
    pub basis: Basis,
    /// So many agents can be started now.
    pub start_with: Option<u32>,
    /// Windows as the newest snapshots show them.
    pub used: Vec<Used>,
    /// What the state rests on; [`crate::wording::next`] puts it into words.
    pub reason: Reason,
}

/// A pool's last episode.
pub type Latest<'a> = (EpisodeContext<'a>, Judged);

/// The standings of all pools by id. `latest` holds the last refused episode of each pool of the timeline, if it has one.
/// Of the parts of a pool with limits of their own the one that was used last stands for it.
pub fn standings(timeline: &Timeline, latest: &[Option<Latest<'_>>], now: Time) -> Vec<Standing> {
    let mut all: Vec<(Option<Time>, Standing)> = (timeline.pools.iter().zip(latest))
        .map(|(pool, latest)| (pool.attempts.last().map(|a| a.start), standing(pool, latest.as_ref(), now)))
        .collect();
    all.sort_by(|a, b| (&a.1.pool, b.0).cmp(&(&b.1.pool, a.0)));
    all.dedup_by(|a, b| a.1.pool == b.1.pool);
    all.into_iter().map(|(_, s)| s).collect()
}

fn standing(pool: &PoolTimeline, latest: Option<&Latest<'_>>, now: Time) -> Standing {
    let used = used(pool, now);
    let last_refusal = pool.refused.last().map(|p| pool.at(*p).start);
    let empty = Standing {
        pool: pool.id.clone(),
        state: State::Open,
        refused: 0.0,
        cause: None,
        window_minutes: None,
        confidence: None,
        probability: None,
        began: None,
        last_refusal,
        last_known: last_known(pool),
        resume: None,
        basis: Basis::None,
        start_with: None,
        used,
        reason: Reason::NothingRefused,
    };
    let by_episode = latest.filter(|(case, _)| last_refusal.is_none_or(|t| t <= case.episode.to));
    let standing = match by_episode {
        Some((case, judged)) => of_episode(empty, case, judged, now),
        None => of_rest(empty, pool, now),
    };
    used_up(standing, pool, now)
}

fn last_known(pool: &PoolTimeline) -> Option<Time> {
    let requests = [pool.attempts.last(), pool.open.last()].into_iter().flatten().map(|a| a.start);
    requests.chain(pool.snapshots.iter().filter_map(|s| s.captured.map(|c| c.at))).max()
}

impl Standing {
    /// Whether the logs hold something of the pool since an instant, or it is blocked by something older.
    pub fn is_named_since(&self, at: Time) -> bool {
        self.state == State::Blocked || self.last_known.is_none_or(|t| t >= at)
    }
}

fn of_episode(empty: Standing, case: &EpisodeContext<'_>, judged: &Judged, now: Time) -> Standing {
    let estimates = estimates::estimate(case, &judged.shares, &judged.verdict);
    let o = outlook(case, judged, &estimates, now);
    let e = case.episode;
    let is_known = o.state != State::Unknown && !(o.state == State::Open && o.start_with.is_none());
    let first = judged.shares.causes().first().copied();
    Standing {
        state: o.state,
        refused: o.lasts,
        cause: first.map(|(c, _)| c).filter(|_| is_known),
        window_minutes: judged
            .shares
            .window_minutes()
            .filter(|_| is_known && first.is_some_and(|(c, _)| c == Cause::TokenWindow)),
        confidence: Some(judged.verdict.confidence).filter(|_| is_known),
        probability: first.map(|(_, p)| p).filter(|_| is_known),
        began: Some((e.last_admission_before.unwrap_or(e.from), e.from)).filter(|_| is_known),
        resume: o.resume,
        basis: o.basis,
        start_with: o.start_with,
        reason: match o.state {
            State::Unknown => too_old(case.pool, o.now),
            _ => Reason::Episode { outlook: Box::new(o), verdict: Box::new(judged.verdict.clone()) },
        },
        ..empty
    }
}

fn too_old(pool: &PoolTimeline, now: Time) -> Reason {
    Reason::TooOld(pool.attempts.last().map(|a| now.since(a.start)))
}

/// A refusal that is no episode: it may be the first of one.
const ALONE: Ends = Ends { ends: 2.0, long: 1.0 };
/// So often the next request is refused as well right after a refusal, and it fades over this many seconds.
const REFUSED_AGAIN: f64 = 0.7;
const FADES_S: f64 = 120.0;
/// A request that waits so many times longer than nearly all others, and at least so many seconds, may be refused in
/// silence.
const STALLED: f64 = 3.0;
const STALLED_S: f64 = 30.0;
/// In this case.
const MAY_BE_REFUSED: f64 = 0.5;

/// A pool whose last refusals are no episode, or that was never refused.
fn of_rest(empty: Standing, pool: &PoolTimeline, now: Time) -> Standing {
    if empty.last_known.is_none_or(|t| now.since(t) > RECENT_S) {
        return Standing { state: State::Unknown, reason: too_old(pool, now), ..empty };
    }
    if let Some(stalled_s) = stalled(pool, now) {
        return uncertain(empty, MAY_BE_REFUSED, now, Reason::Stalled(stalled_s));
    }
    let Some(refusal) = empty.last_refusal.filter(|t| now.since(*t) <= RECENT_S) else {
        return Standing { reason: Reason::NothingRefused, ..empty };
    };
    let since = pool.admitted.last().map(|p| pool.at(*p).start).filter(|t| *t > refusal);
    let refused = match since {
        Some(last) => goes_on(&[], 0.0, last.since(refusal), ALONE),
        None => REFUSED_AGAIN * FADES_S / (FADES_S + now.since(refusal)),
    };
    if refused < crate::next::chance::OPEN_BELOW {
        return Standing { refused, ..empty };
    }
    uncertain(empty, refused, now, Reason::LoneRefusal(now.since(refusal)))
}

fn uncertain(empty: Standing, refused: f64, now: Time, reason: Reason) -> Standing {
    let resume = Resume { earliest: now, best: None, latest: Some(now.plus(RECENT_S)) };
    Standing { state: State::Uncertain, refused, resume: Some(resume), start_with: Some(1), reason, ..empty }
}

/// How long the first open request has waited without an answer, if that is far longer than usual and nothing was admitted
/// meanwhile.
fn stalled(pool: &PoolTimeline, now: Time) -> Option<f64> {
    let first = pool.open.first().map(|a| a.start)?;
    let admitted = pool.admitted.last().map(|p| pool.at(*p).start);
    let longest = pool.flight.durations.get(pool.flight.durations.len() * 95 / 100).copied().unwrap_or(0.0);
    let waited_s = now.since(first.max(admitted.unwrap_or(first)));
    (waited_s > STALLED_S.max(STALLED * longest)).then_some(waited_s)
}

/// A snapshot after the last admission that shows a window used up, and due to reset, blocks whatever else is known.
fn used_up(standing: Standing, pool: &PoolTimeline, now: Time) -> Standing {
    let admitted = pool.admitted.last().map(|p| pool.at(*p).start);
    let is_empty = |u: &&Used| {
        u.left <= EXHAUSTED_SHARE && admitted.is_none_or(|t| t <= u.at) && u.resets_at.is_some_and(|r| r > now)
    };
    let Some((window, reset)) =
        standing.used.iter().filter(is_empty).filter_map(|u| Some((*u, u.resets_at?))).max_by_key(|u| u.1)
    else {
        return standing;
    };
    if standing.state == State::Blocked && standing.cause == Some(Cause::TokenWindow) {
        return standing;
    }
    let resume =
        Resume { earliest: reset.plus(-RESET_S).max(now), best: Some(reset), latest: Some(reset.plus(RESET_S)) };
    Standing {
        state: State::Blocked,
        refused: 0.9,
        cause: Some(Cause::TokenWindow),
        window_minutes: Some(window.window_minutes),
        confidence: Some(Confidence::Supported),
        probability: Some(0.9),
        began: standing.began.or(Some((admitted.unwrap_or(window.at), window.at))),
        resume: Some(resume),
        basis: Basis::Snapshot,
        start_with: None,
        reason: Reason::UsedUp(reset),
        ..standing
    }
}

/// The newest dated share left of each window, as long as its reset lies ahead.
fn used(pool: &PoolTimeline, now: Time) -> Vec<Used> {
    let mut by_length = std::collections::BTreeMap::new();
    for (captured, snapshot) in pool.snapshots.iter().filter_map(|s| Some((s.captured?, s))) {
        for w in &snapshot.state.windows {
            let Some(left) = w.remaining_share.filter(|_| captured.at <= now) else { continue };
            let at = Used { window_minutes: w.window_minutes, left, resets_at: w.resets_at, at: captured.at };
            by_length.insert(w.window_minutes, at);
        }
    }
    by_length.into_values().filter(|u| u.resets_at.is_none_or(|r| r > now)).collect()
}
