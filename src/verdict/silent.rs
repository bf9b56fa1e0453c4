//! Silent episodes: nobody asked. Idle needs no statistics; only an exhausted snapshot can make a silence a block.

use std::collections::BTreeMap;

use crate::verdict::Confidence;

use crate::verdict::Judged;

use crate::verdict::Scored;

use crate::verdict::Shares;

use crate::evidence::{EpisodeContext, Observation, duration, exhausted_reading};
use crate::model::{Cause, Group, Hypothesis, SourceRef};
use crate::verdict::Verdict;

/// Probability that a silence which no refusal precedes was no block.
const IDLE: f64 = 0.97;
/// Probability of a used-up window behind a silence in which a snapshot shows nothing left.
const WINDOW: f64 = 0.75;
/// The same when work went on at that window's reset.
const WINDOW_TO_RESET: f64 = 0.9;

/// Judges a silent episode.
pub fn judge_silence(case: &EpisodeContext<'_>) -> Judged {
    let exhausted = case.windows.iter().find_map(|m| exhausted_reading(case, *m).map(|seen| (*m, seen)));
    match exhausted {
        Some((minutes, (statement, source, at_reset))) => {
            let p = if at_reset { WINDOW_TO_RESET } else { WINDOW };
            judged(case, Hypothesis::window(minutes), p, Hypothesis::of(Cause::Idle), Some((statement, source)))
        }
        None => judged(case, Hypothesis::of(Cause::Idle), IDLE, Hypothesis::of(Cause::LocalLimit), None),
    }
}

fn judged(
    case: &EpisodeContext<'_>,
    first: Hypothesis,
    probability: f64,
    second: Hypothesis,
    snapshot: Option<(String, SourceRef)>,
) -> Judged {
    let mut scored = Vec::new();
    if let Some((statement, source)) = snapshot {
        scored.push(plain("snapshot_in_gap", "zero", statement, vec![source], first));
    }
    let e = case.episode;
    let around = [case.pool.admission_before(e.to), case.pool.admission_after(e.from)];
    let mut sources: Vec<SourceRef> = around.into_iter().flatten().map(|a| a.source).collect();
    if sources.is_empty() {
        sources = case.pool.attempts.first().map(|a| a.source).into_iter().collect();
    }
    let statement = format!("No attempt was made for {}, and the one before was not refused.", duration(e.span_s()));
    let mut silence = plain("no_attempts", "silent", statement, sources, Hypothesis::of(Cause::Idle));
    silence.points.insert(Hypothesis::of(Cause::LocalLimit), -0.5);
    scored.push(silence);
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
fn plain(
    kind: &'static str,
    bin: &'static str,
    statement: String,
    sources: Vec<SourceRef>,
    target: Hypothesis,
) -> Scored {
    Scored {
        observation: Observation {
            kind,
            bin,
            statement,
            sources,
            targets: vec![target],
            excludes: Vec::new(),
            scale: 1.0,
        },
        points: BTreeMap::from([(target, 1.0)]),
    }
}
