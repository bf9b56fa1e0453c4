//! The same requests told by a second witness: a gateway's or server's log beside the client's own.
//!
//! One attempt counts once. A pool whose provider no log names is a shadow of another pool when most of its admissions
//! end when the other's do, and far more of them than would by chance, which is measured by shifting it in time. The
//! shadow is left out and the report says so; the client's log stays, since it names agents and texts.

use super::PoolTimeline;

/// How far apart two witnesses may stamp one end, in seconds.
pub(super) const TOLERANCE_S: f64 = 2.5;
/// Share of the shadow's admissions that must be told by the other pool too.
const SHARE: f64 = 0.7;
/// How far above chance that share must be.
const ABOVE_CHANCE: f64 = 0.3;
/// Fewest admissions with an end on either side.
const LEAST: usize = 5;
/// Shifts at which chance is measured, in seconds: no multiple of a usual pause.
const SHIFTS_S: [f64; 4] = [-211.0, -97.0, 97.0, 211.0];

/// Takes shadows out. Answers how many attempts went with them, and a sentence for each.
pub(super) fn take_out(pools: &mut Vec<PoolTimeline>) -> (u64, Vec<String>) {
    let shadowed = |shadow: &PoolTimeline, pools: &[PoolTimeline]| {
        let others = pools.iter().filter(|p| p.provider != "unknown");
        others.filter(|p| is_shadow(shadow, p)).map(|p| p.id.clone()).next()
    };
    let found: Vec<Option<String>> =
        pools.iter().map(|p| if p.provider == "unknown" { shadowed(p, pools) } else { None }).collect();
    let (mut attempts, mut notes) = (0, Vec::new());
    let mut verdicts = found.into_iter();
    pools.retain(|pool| {
        let Some(of) = verdicts.next().flatten() else { return true };
        attempts += pool.attempts.len() as u64;
        notes.push(format!(
            "{} attempts of {} are duplicates of attempts in {of} (their ends agree): each is counted once, as the client logs it.",
            pool.attempts.len(),
            pool.id
        ));
        false
    });
    (attempts, notes)
}

fn is_shadow(shadow: &PoolTimeline, of: &PoolTimeline) -> bool {
    agree(&ends(shadow), &ends(of))
}

/// Whether two lists of ends, ascending, in seconds, are those of the same requests.
pub(super) fn agree(told: &[f64], known: &[f64]) -> bool {
    if told.len() < LEAST || known.len() < LEAST {
        return false;
    }
    let fewer = told.len().min(known.len()) as f64;
    let share = |shift: f64| matches(told, known, shift) as f64 / fewer;
    let by_chance = SHIFTS_S.into_iter().map(share).fold(0.0, f64::max);
    let agreeing = share(0.0);
    agreeing >= SHARE && agreeing >= by_chance + ABOVE_CHANCE
}

/// Ends of admitted attempts, ascending, in seconds.
fn ends(pool: &PoolTimeline) -> Vec<f64> {
    let mut ends: Vec<f64> = pool.admitted.iter().filter_map(|p| pool.at(*p).end.map(|t| t.secs())).collect();
    ends.sort_by(f64::total_cmp);
    ends
}

/// One-to-one matches of ascending stamps within the tolerance, the first moved by `shift`.
fn matches(told: &[f64], known: &[f64], shift: f64) -> usize {
    let (mut i, mut j, mut n) = (0, 0, 0);
    while i < told.len() && j < known.len() {
        let apart = told[i] + shift - known[j];
        if apart.abs() <= TOLERANCE_S {
            (i, j, n) = (i + 1, j + 1, n + 1);
        } else if apart < 0.0 {
            i += 1;
        } else {
            j += 1;
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;
    use crate::timeline::testing::{admitted, pool};

    /// Requests at irregular distances, each told `late` seconds later.
    fn witness(provider: &str, late: f64, seed: u64) -> PoolTimeline {
        let mut texts = Texts::default();
        let mut t = 0.0;
        let mut x = seed;
        let attempts = (0..60)
            .map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                t += 10.0 + (x >> 33) as f64 % 50.0;
                admitted(&mut texts, t + late, t + late + 7.0, "a")
            })
            .collect();
        let mut pool = pool(&texts, attempts);
        pool.provider = provider.into();
        pool.id = format!("{provider}/-/*");
        pool
    }

    #[test]
    fn a_second_witness_counts_once() {
        let mut pools = vec![witness("kimi-code", 0.0, 7), witness("unknown", 0.8, 7)];
        let (attempts, notes) = take_out(&mut pools);
        assert_eq!((attempts, notes.len(), pools.len()), (60, 1, 1));
        assert_eq!(pools[0].provider, "kimi-code");
    }

    #[test]
    fn another_account_s_requests_at_the_same_time_stay() {
        let mut pools = vec![witness("kimi-code", 0.0, 7), witness("unknown", 0.0, 8)];
        assert_eq!(take_out(&mut pools).0, 0);
        assert_eq!(pools.len(), 2);
    }
}
