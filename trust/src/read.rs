//! Reads files with the whole library, parsers included, and keeps what scoring and fitting need.

use std::path::PathBuf;

use why429::document as doc;
use why429::episodes::EpisodeKind;
use why429::evidence::{EpisodeContext, Observation};
use why429::model::Time;
use why429::pipeline::{self, Options, Quiet};
use why429::verdict::{Judged, hypotheses_of};

use crate::model::{Bounds, FoundEpisode};

/// All episodes that the library finds in these files, in the order of its report.
pub fn found(paths: &[PathBuf], options: &Options) -> Vec<FoundEpisode> {
    let mut seen: Vec<FoundEpisode> = Vec::new();
    let analysis = pipeline::run_seen(paths, options, &Quiet, &mut |case, judged| seen.push(episode(case, judged)));
    for (found, written) in seen.iter_mut().zip(&analysis.document.episodes) {
        estimated(found, &written.estimates);
    }
    seen
}

fn episode(case: &EpisodeContext<'_>, judged: &Judged) -> FoundEpisode {
    let e = case.episode;
    // The order of the registry is that of the sentences; sums do not depend on it beyond rounding.
    let stripped = |o: &Observation| Observation { measured: None, sources: Vec::new(), ..o.clone() };
    FoundEpisode {
        account: case.pool.account.clone(),
        refused: e.kind == EpisodeKind::Refused,
        from: e.from,
        to: e.to,
        recovered: e.first_admission_after,
        admitted: case.admitted_inside().len() as u64,
        hypotheses: hypotheses_of(case),
        observations: judged.scored.iter().map(|s| stripped(&s.observation)).collect(),
        shares: judged.shares.clone(),
        overlap: judged.verdict.overlap.is_some(),
        cap: None,
        quota: None,
        quota_or: None,
        delay_s: None,
        window_kind: None,
        resets_at: None,
    }
}

fn estimated(found: &mut FoundEpisode, estimates: &doc::Estimates) {
    // Where only bounds are told, the middle of both, or the only one, is what a reader would take.
    let bounds = |low: u64, best: Option<u64>, high: Option<u64>| {
        let middle = high.map_or(low, |high| u64::midpoint(low, high));
        Bounds { low, best: best.unwrap_or(middle), high }
    };
    found.cap = estimates.concurrency_cap.as_ref().map(|b| bounds(b.low, b.best, b.high));
    let quota = |q: &doc::Quota| (q.unit.clone(), bounds(q.low, q.best, q.high));
    found.quota = estimates.window_quota.as_ref().map(quota);
    found.quota_or = estimates.window_quota_or.as_ref().map(quota);
    found.delay_s = estimates.recovery_delay_s.as_ref().map(|d| (d.low, d.high));
    found.window_kind.clone_from(&estimates.window_kind);
    found.resets_at = estimates.resets_at.as_deref().and_then(Time::parse_rfc3339);
}
