//! Silent episodes: nobody asked. Idle needs no statistics; only an exhausted snapshot can make a silence a block.

use std::collections::BTreeMap;

use crate::verdict::Confidence;

use crate::verdict::Judged;

use crate::verdict::Scored;

use crate::verdict::Shares;

use crate::evidence::{EpisodeContext, Observation, no_attempts, snapshot_in_gap};
use crate::model::{Cause, Group, Hypothesis};
use crate::verdict::Verdict;

/// Probability that a silence which no refusal precedes was no block.
const IDLE: f64 = 0.97;
/// Probability of a used-up window behind a silence in which a snapshot shows nothing left.
const WINDOW: f64 = 0.75;
/// The same when work went on at that window's reset.
const WINDOW_TO_RESET: f64 = 0.9;

/// Judges a silent episode.
pub fn judge_silence(case: &EpisodeContext<'_>) -> Judged {
    let exhausted = |m: &u32| snapshot_in_gap::exhausted_in_silence(case, *m).map(|seen| (*m, seen));
    match case.windows.iter().find_map(exhausted) {
        Some((minutes, (snapshot, at_reset))) => {
            let p = if at_reset { WINDOW_TO_RESET } else { WINDOW };
            judged(case, Hypothesis::window(minutes), p, Hypothesis::of(Cause::Idle), Some(snapshot))
        }
        None => judged(case, Hypothesis::of(Cause::Idle), IDLE, Hypothesis::of(Cause::LocalLimit), None),
    }
}

fn judged(
    case: &EpisodeContext<'_>,
    first: Hypothesis,
    probability: f64,
    second: Hypothesis,
    snapshot: Option<Observation>,
) -> Judged {
    let mut scored: Vec<Scored> = snapshot.into_iter().map(|seen| nominal(seen, first)).collect();
    let idle = Hypothesis::of(Cause::Idle);
    if let Some(silence) = no_attempts::measure(case) {
        let mut silence = nominal(silence.targeting(vec![idle]), idle);
        silence.points.insert(Hypothesis::of(Cause::LocalLimit), -0.5);
        scored.push(silence);
    }
    let confidence = if probability >= 0.9 { Confidence::Supported } else { Confidence::Compatible };
    Judged {
        scored,
        shares: Shares::of([(first, probability), (second, 1.0 - probability)]),
        verdict: Verdict {
            cause: first.cause,
            window_minutes: first.window_minutes,
            confidence,
            probability,
            between: None,
            overlap: None,
            group: first.cause.group().unwrap_or(Group::None),
            local_limit: None,
            positive: first.cause == Cause::TokenWindow,
            too_few: false,
            contradicted: false,
        },
    }
}

/// Silence is decided by rule, so its one point is nominal.
fn nominal(observation: Observation, target: Hypothesis) -> Scored {
    Scored { observation, points: BTreeMap::from([(target, 1.0)]) }
}
