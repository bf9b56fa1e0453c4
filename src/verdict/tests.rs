use crate::episodes::cut;
use crate::evidence::{PoolContext, Shared};
use crate::model::{Attempt, Cause, Group, Texts};
use crate::timeline::testing::{admitted, naming, pool, refused, timeline};
use crate::timeline::{Timeline, meters::Meters};
use crate::verdict::*;

/// Judges the first refused episode of a log.
fn judged<R>(texts: Texts, attempts: Vec<Attempt>, look: impl FnOnce(&EpisodeContext<'_>, Judged) -> R) -> R {
    let pool = pool(&texts, attempts);
    let all: Timeline = timeline(texts, pool);
    let episodes = cut(&all.pools[0], 0).episodes;
    let meters = Meters::of(&all.pools[0], &[300, 10_080]);
    let shared = Shared::of(&all.pools[0], &episodes, &meters);
    let all_pools = crate::evidence::AllPools::of(&all);
    let around = PoolContext {
        timeline: &all,
        shared: &shared,
        windows: &[300, 10_080],
        meters: &meters,
        all_pools: &all_pools,
    };
    let case = EpisodeContext::new(&around, &episodes[0]);
    let judged = judge_episode(&case, in_use());
    look(&case, judged)
}

/// Work of three agents for an hour, then a block of so many minutes with a refusal every 40 s, then work again.
fn block(minutes: u32) -> (Texts, Vec<Attempt>) {
    let mut texts = Texts::default();
    let mut attempts = Vec::new();
    let end = 3600.0 + f64::from(minutes) * 60.0;
    for (from, to) in [(0.0, 3600.0), (end + 30.0, end + 3600.0)] {
        for (agent, offset) in [("a", 0.0), ("b", 7.0), ("c", 15.0)] {
            let mut t = from + offset;
            while t < to {
                attempts.push(admitted(&mut texts, t, t + 18.0, agent));
                t += 25.0;
            }
        }
    }
    let mut t = 3605.0;
    while t < end {
        attempts.push(refused(&mut texts, t, "a", 429));
        t += 40.0;
    }
    (texts, attempts)
}

#[test]
fn a_hard_block_is_account_level_and_never_more_than_compatible() {
    let (texts, attempts) = block(56);
    judged(texts, attempts, |_, j| {
        assert!(j.shares.of_group(Group::AccountLevel) > 0.8, "{:?}", j.shares.causes());
        assert!(j.shares.of_cause(Cause::ConcurrencyCap) < 0.02);
        assert!(j.verdict.confidence <= Confidence::Compatible, "nothing proves a window");
        assert!(!j.verdict.positive);
    });
}

#[test]
fn window_and_block_keep_their_prior_ratio_where_nothing_tells_them_apart() {
    let prior = in_use().prior_by_cause(&hypotheses(&[300, 10_080]));
    let before = prior[&Cause::TokenWindow] / prior[&Cause::AccountBlock];
    for minutes in [12, 56, 170] {
        let (texts, attempts) = block(minutes);
        judged(texts, attempts, |_, j| {
            let after = j.shares.of_cause(Cause::TokenWindow) / j.shares.of_cause(Cause::AccountBlock);
            assert!((0.5..=2.0).contains(&(after / before)), "{minutes} min: {after} against {before}");
        });
    }
}

#[test]
fn refusals_at_three_in_flight_are_a_cap_of_three() {
    let mut texts = Texts::default();
    let mut attempts = Vec::new();
    for i in 0..40 {
        let t = f64::from(i) * 20.0;
        // Three at once for 19 s; others ask meanwhile and are refused; then the next three get in.
        for (k, agent) in ["a", "b", "c"].into_iter().enumerate() {
            attempts.push(admitted(&mut texts, t + 0.3 * k as f64, t + 19.0, agent));
        }
        for (k, agent) in ["d", "e"].into_iter().enumerate() {
            attempts.push(refused(&mut texts, t + 4.0 + k as f64 * 6.0, agent, 429));
        }
    }
    judged(texts, attempts, |case, j| {
        assert_eq!(j.verdict.cause, Cause::ConcurrencyCap);
        assert!(j.verdict.probability > 0.9);
        let cap = estimates::cap(case).unwrap();
        assert_eq!((cap.low, cap.best, cap.high), (3, 3, Some(3)));
    });
}

#[test]
fn a_silence_is_idle() {
    let mut texts = Texts::default();
    let attempts = vec![admitted(&mut texts, 0.0, 5.0, "a"), admitted(&mut texts, 9000.0, 9005.0, "a")];
    judged(texts, attempts, |_, j| {
        assert_eq!((j.verdict.cause, j.verdict.confidence), (Cause::Idle, Confidence::Supported));
    });
}

/// A refusal every 30 s, of these causes in turn: 0 is a 503, 1 a text that names concurrency, 2 one that names nothing.
fn by_turns(kinds: &[u8]) -> (Texts, Vec<Attempt>) {
    let mut texts = Texts::default();
    let refusals = kinds.iter().zip(0..).map(|(kind, i)| {
        let mut a = refused(&mut texts, f64::from(i) * 30.0, "a", if *kind == 0 { 503 } else { 429 });
        a.signal = (*kind == 1).then(|| naming(Cause::ConcurrencyCap));
        a
    });
    let refusals = refusals.collect();
    (texts, refusals)
}

#[test]
fn causes_by_turns_are_an_overlap_with_their_shares_of_the_time() {
    // Blocks of two: too short for episodes. Ten of each 30 s apart, all 30 s long but the first and the last: even.
    let (texts, attempts) = by_turns(&[0, 0, 1, 1].repeat(5));
    judged(texts, attempts, |_, j| {
        assert_eq!((j.verdict.confidence, j.verdict.cause), (Confidence::Undetermined, Cause::Undetermined));
        let [(one, _, a), (other, _, b)] = j.verdict.overlap.unwrap();
        let mut both = [one, other];
        both.sort();
        let mut expected = [Cause::ConcurrencyCap, Cause::Overload];
        expected.sort();
        assert_eq!(both, expected);
        assert!((a - 0.5).abs() < 1e-9 && (b - 0.5).abs() < 1e-9, "{a} {b}");
        assert_eq!(j.verdict.between, Some([one, other]));
    });
    // One in eight is what a bad gateway's texts mislead in: no overlap.
    let (texts, attempts) = by_turns(&[1, 1, 1, 1, 0, 1, 1, 1].repeat(4));
    judged(texts, attempts, |_, j| assert_eq!(j.verdict.overlap, None));
    // Most refusals tell nothing: nothing to share out.
    let (texts, attempts) = by_turns(&[0, 2, 2, 1, 2, 2].repeat(5));
    judged(texts, attempts, |_, j| assert_eq!(j.verdict.overlap, None));
}
