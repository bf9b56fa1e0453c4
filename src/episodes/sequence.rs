//! A sequence of plainly told causes inside one cluster becomes several episodes of one incident (docs/METHOD.md, Episodes).
//!
//! A refusal tells its cause when its text plainly names one, or by its class (no answer, 5xx). The cluster is parted where
//! each cause forms one block, or where causes return in blocks long enough to be believed (cap, window, cap). Causes that
//! alternate more finely are an overlap or a contradiction, which the verdict has to carry.

use crate::model::{Attempt, Cause, Class};
use crate::signals::{self, Kind};
use crate::timeline::PoolTimeline;

/// A cause and its window, as one refusal tells it.
pub type NamedCause = (Cause, Option<u32>);

/// Refusals closer than this, in seconds, are one probe: a storm of retries says one thing.
pub const PROBE_S: f64 = 20.0;
/// Fewest probes of a block when its cause returns later: one mislabelled text, or two, is no change of cause.
const SOLID_PROBES: usize = 3;
/// NamedCause refusals outside such blocks, at most: with more of them causes alternate.
const STRAY_SHARE: f64 = 0.2;
/// Most blocks: a cluster in more pieces than this tells of alternation, not of a sequence.
const MOST_BLOCKS: usize = 6;

/// Parts a cluster's refusals into blocks of one told cause; refusals that tell none go with the block before.
pub(super) fn parted(pool: &PoolTimeline, cluster: Vec<u32>) -> Vec<Vec<u32>> {
    let runs = runs(pool, &cluster);
    let opens = if once_each(&runs) { runs.iter().map(|r| r.from).collect() } else { solid(&runs) };
    if opens.len() < 2 {
        return vec![cluster];
    }
    // The first block also takes what comes before it and tells nothing.
    let mut blocks: Vec<Vec<u32>> = Vec::new();
    for (i, refusal) in cluster.into_iter().enumerate() {
        let is_new = opens.iter().skip(1).any(|from| *from == i);
        match blocks.last_mut() {
            Some(block) if !is_new => block.push(refusal),
            _ => blocks.push(vec![refusal]),
        }
    }
    blocks
}

/// Whether what a refusal says is known to last so long: a named window's length, or the wait that the server asked for.
pub(super) fn lasts(a: &Attempt, seconds: f64) -> bool {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
    let window = signal.filter(|s| s.cause() == Some(Cause::TokenWindow)).and_then(|s| s.window_minutes.iter().max());
    let of_window = window.is_some_and(|m| 60.0 * f64::from(*m) >= seconds);
    of_window || a.retry_after_s().is_some_and(|s| f64::from(s) >= seconds)
}

/// What a refusal plainly tells of its cause.
pub fn named_cause(a: &Attempt) -> Option<NamedCause> {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
    let named = signal.filter(|s| s.kind == Kind::Named).and_then(|s| Some((s.cause()?, s.window())));
    named.or(match a.class {
        Class::Overload => Some((Cause::Overload, None)),
        Class::Network => Some((Cause::Network, None)),
        Class::Local => Some((Cause::LocalLimit, None)),
        _ => None,
    })
}

/// Refusals in a row that tell the same; those that tell nothing are passed over.
struct Run {
    named_cause: NamedCause,
    /// Index in the cluster of its first refusal.
    from: usize,
    refusals: usize,
    probes: usize,
}

fn runs(pool: &PoolTimeline, cluster: &[u32]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut probed = None;
    for (i, refusal) in cluster.iter().enumerate() {
        let a = pool.at(*refusal);
        let Some(named_cause) = named_cause(a) else { continue };
        let is_new = runs.last().is_none_or(|r| r.named_cause != named_cause);
        if is_new {
            runs.push(Run { named_cause, from: i, refusals: 0, probes: 0 });
            probed = None;
        }
        let is_probe = probed.is_none_or(|t| a.start.since(t) >= PROBE_S);
        if let Some(run) = runs.last_mut() {
            run.refusals += 1;
            run.probes += usize::from(is_probe);
        }
        probed = if is_probe { Some(a.start) } else { probed };
    }
    runs
}

fn once_each(runs: &[Run]) -> bool {
    runs.iter().enumerate().all(|(i, run)| runs[..i].iter().all(|earlier| earlier.named_cause != run.named_cause))
}

/// Where the blocks begin when causes return, each in a block of its own; fewer than two when they alternate.
fn solid(runs: &[Run]) -> Vec<usize> {
    // One outage of a provider answers with 503 and with nothing by turns.
    if runs.iter().all(|r| matches!(r.named_cause.0, Cause::Overload | Cause::Network)) {
        return Vec::new();
    }
    let mut blocks: Vec<&Run> = Vec::new();
    let (mut all, mut stray) = (0, 0);
    for run in runs {
        all += run.refusals;
        if run.probes < SOLID_PROBES {
            stray += run.refusals;
        } else if blocks.last().is_none_or(|b| b.named_cause != run.named_cause) {
            blocks.push(run);
        }
    }
    let is_sequence = blocks.len() <= MOST_BLOCKS && stray as f64 <= STRAY_SHARE * all as f64;
    if is_sequence { blocks.into_iter().map(|b| b.from).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;
    use crate::timeline::testing::{naming, pool, refused};

    fn blocks(statuses: &[u16]) -> Vec<usize> {
        spaced(statuses, 1.0)
    }

    /// One refusal each so many seconds; 0 is no answer. A 401 is given a text that names a cause.
    fn spaced(statuses: &[u16], seconds: f64) -> Vec<usize> {
        let mut texts = Texts::default();
        let attempts = statuses.iter().zip(0..).map(|(s, i)| {
            let mut a = refused(&mut texts, f64::from(i) * seconds, "a", *s);
            if *s == 401 {
                a.signal = Some(naming(Cause::Access));
            }
            if *s == 0 {
                (a.class, a.status) = (Class::Network, None);
            }
            a
        });
        let attempts: Vec<Attempt> = attempts.collect();
        let pool = pool(&texts, attempts);
        let all = pool.refused.clone();
        parted(&pool, all).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_sequence_is_parted_and_an_alternation_is_not() {
        // 503, 503, 429 (tells nothing, stays), then no answer twice.
        assert_eq!(blocks(&[503, 503, 429, 0, 0]), vec![3, 2]);
        assert_eq!(blocks(&[503, 0, 503]), vec![3]);
        assert_eq!(blocks(&[429, 429, 503, 429]), vec![4]);
    }

    #[test]
    fn causes_that_return_are_parted_only_in_long_blocks() {
        // 401 names access. One refusal each 30 s: three of a kind are three probes.
        let at = |statuses: &[u16]| spaced(statuses, 30.0);
        assert_eq!(at(&[503, 503, 503, 401, 401, 401, 503, 503, 503]), vec![3, 3, 3]);
        // The middle block is too short to be believed.
        assert_eq!(at(&[503, 503, 503, 503, 503, 401, 503, 503, 503]), vec![9]);
        // By turns.
        assert_eq!(at(&[503, 401, 503, 401, 503, 401, 503, 401]), vec![8]);
        // The same within seconds: three refusals of one storm are one probe.
        assert_eq!(spaced(&[503, 503, 503, 401, 401, 401, 503, 503, 503], 1.0), vec![9]);
        // One outage that answers in two ways stays whole.
        assert_eq!(at(&[503, 503, 503, 0, 0, 0, 503, 503, 503]), vec![9]);
    }
}
