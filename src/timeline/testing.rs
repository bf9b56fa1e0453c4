//! Attempts and pools in a few words, for unit tests.

use super::pools::PoolKey;
use super::{PoolTimeline, Timeline, pool_of_attempts};
use crate::model::{Attempt, Cause, Class, Fidelity, FileId, Outcome, Snapshot, SourceRef, Texts, Time, Tokens, Wait};
use crate::signals;

/// Second zero of all test logs: 2026-03-03T16:00:00Z.
pub(crate) const ZERO: Time = Time::from_micros(1_772_553_600_000_000);

/// An admitted attempt from `start` to `end` seconds, in a agent.
pub(crate) fn admitted(texts: &mut Texts, start: f64, end: f64, agent: &str) -> Attempt {
    attempt(texts, start, end, agent, 200)
}

/// A refused attempt with this status.
pub(crate) fn refused(texts: &mut Texts, start: f64, agent: &str, status: u16) -> Attempt {
    attempt(texts, start, start + 0.2, agent, status)
}

fn attempt(texts: &mut Texts, start: f64, end: f64, agent: &str, status: u16) -> Attempt {
    let (outcome, class) = match status {
        200 => (Outcome::Admitted, Class::Ok),
        429 => (Outcome::Refused, Class::RateLimited),
        503 => (Outcome::Refused, Class::Overload),
        _ => (Outcome::Refused, Class::Access),
    };
    Attempt {
        start: ZERO.plus(start),
        start_low: ZERO.plus(start),
        end: Some(ZERO.plus(end)),
        outcome,
        class,
        status: Some(status),
        fidelity: Fidelity::Observed,
        at_most: 1,
        try_number: 0,
        start_read: true,
        ended_work: false,
        unanswered: false,
        unconfirmed: false,
        tokens: Tokens::UNKNOWN,
        client: texts.intern("canonical"),
        rank: 1,
        provider: Some(texts.intern("kimi-code")),
        account: None,
        model: None,
        session: Some(texts.intern("s")),
        agent: Some(texts.intern(agent)),
        error_kind: None,
        error_message: None,
        local_limit: None,
        signal: None,
        request_id: None,
        request_hash: 0,
        retry_after: Wait::NOT_GIVEN,
        source: SourceRef { file: FileId(0), line: (start * 10.0) as u32 + 1 },
        also: None,
    }
}

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
