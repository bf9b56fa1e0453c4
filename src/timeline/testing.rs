//! Attempts and pools in a few words, for unit tests.

use super::{PoolTimeline, Timeline, pool_of_attempts};
use crate::merge::PoolKey;
pub(crate) use crate::merge::testing::{ZERO, admitted, refused};
use crate::model::{Attempt, Cause, Snapshot, Texts};
use crate::signals;

/// A text of the catalogue that plainly names this cause.
pub(crate) fn naming(cause: Cause) -> u16 {
    let names = |i: &u16| {
        let signal = signals::catalogue().signal(*i);
        signal.is_some_and(|s| s.kind == signals::Kind::Named && s.cause() == Some(cause))
    };
    (0..u16::MAX).find(names).unwrap()
}

/// A pool of these attempts.
pub(crate) fn pool(texts: &Texts, attempts: Vec<Attempt>) -> PoolTimeline {
    let key = PoolKey { provider: "kimi-code".into(), account: "-".into(), model: "*".into() };
    let mut pools = [pool_of_attempts(key, attempts, Vec::<Snapshot>::new(), texts)];
    super::agents::shorten(&mut pools);
    let [pool] = pools;
    pool
}

/// A timeline of one pool.
pub(crate) fn timeline(texts: Texts, pool: PoolTimeline) -> Timeline {
    let span = pool.attempts.first().map(|a| a.start).zip(pool.attempts.last().map(|a| a.end.unwrap_or(a.start)));
    Timeline {
        paths: vec!["log.jsonl".into()],
        texts,
        pools: vec![pool],
        duplicates: 0,
        unanswered: 0,
        after_now: 0,
        snapshots_unassigned: 0,
        snapshots_apart: Vec::new(),
        span,
        notes: Vec::new(),
        zone: None,
    }
}
