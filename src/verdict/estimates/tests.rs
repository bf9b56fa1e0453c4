use super::*;
use crate::episodes::cut;
use crate::evidence::{PoolContext, Shared};
use crate::model::{
    Attempt, CaptureBasis, Captured, Count, QuotaState, Snapshot, SourceRef, Texts, Tokens, Wait, WindowState,
};
use crate::timeline::meters::Meters;
use crate::timeline::testing::{ZERO, admitted, pool, refused, timeline};
use crate::timeline::usage::Unit;

/// Looks at the first refused episode of a log with these snapshots of the five-hour window: seconds, share left, reset.
fn seen<R>(
    texts: Texts,
    attempts: Vec<Attempt>,
    readings: &[(f64, f64, f64)],
    look: impl FnOnce(&EpisodeContext<'_>) -> R,
) -> R {
    let mut pool = pool(&texts, attempts);
    pool.snapshots = readings.iter().map(|(at, left, resets)| snapshot(*at, *left, *resets)).collect();
    let all = timeline(texts, pool);
    let episodes = cut(&all.pools[0], 0).episodes;
    let meters = Meters::of(&all.pools[0], &[300]);
    let shared = Shared::default();
    let all_pools = crate::evidence::AllPools::of(&all);
    let around =
        PoolContext { timeline: &all, shared: &shared, windows: &[300], meters: &meters, all_pools: &all_pools };
    look(&EpisodeContext::new(&around, &episodes[0]))
}

fn snapshot(at: f64, left: f64, resets: f64) -> Snapshot {
    let window = WindowState {
        window_minutes: 300,
        limit: Some(1000.0),
        used: None,
        remaining: None,
        remaining_share: Some(left),
        resets_at: Some(ZERO.plus(resets)),
    };
    Snapshot {
        provider: None,
        account: None,
        owner: None,
        captured: Some(Captured { at: ZERO.plus(at), error_s: 0.0, basis: CaptureBasis::Embedded }),
        state: QuotaState { windows: vec![window], ..QuotaState::default() },
        source: SourceRef::default(),
    }
}

/// A request every 30 s, of so many tokens, in one stretch.
fn work(texts: &mut Texts, from: f64, to: f64, tokens: u64) -> Vec<Attempt> {
    let starts = (0..).map(|n| from + 30.0 * f64::from(n)).take_while(|t| *t < to);
    let one = |t| {
        let mut a = admitted(texts, t, t + 10.0, "a");
        a.tokens = Tokens { input: Count::new(Some(tokens)), ..Tokens::UNKNOWN };
        a
    };
    starts.map(one).collect()
}

/// Two hours of work from second 0, a refusal every 60 s until second 9,000, then work from a later second on.
fn blocked(resumes: f64) -> (Texts, Vec<Attempt>) {
    let mut texts = Texts::default();
    let mut all = work(&mut texts, 0.0, 7_200.0, 1_000);
    all.extend((0..30).map(|n| refused(&mut texts, 7_210.0 + 60.0 * f64::from(n), "a", 429)));
    all.extend(work(&mut texts, resumes, resumes + 3_000.0, 1_000));
    (texts, all)
}

fn kind_of(resumes: f64, readings: &[(f64, f64, f64)]) -> WindowKind {
    let (texts, all) = blocked(resumes);
    seen(texts, all, readings, |case| kind(case, 300, published_reset(case, 300).map(|(at, _)| at)))
}

#[test]
fn two_resets_tell_a_grid_from_a_window_that_use_opens() {
    // The window ends at second 9,017 and nobody asks until 9,077. On a grid the next one ends five hours after 9,017.
    assert_eq!(kind_of(9_077.0, &[(8_000.0, 0.0, 9_017.0), (9_500.0, 0.9, 27_017.0)]), WindowKind::Fixed);
    // Opened by that request it ends five hours after 9,077. A rolling one would still count the work before.
    assert_eq!(kind_of(9_077.0, &[(8_000.0, 0.0, 9_017.0), (9_500.0, 0.9, 27_077.0)]), WindowKind::FirstUse);
    // Someone asks at the very end of the old one: either kind begins there.
    assert_eq!(kind_of(9_018.0, &[(8_000.0, 0.0, 9_017.0), (9_500.0, 0.9, 27_017.0)]), WindowKind::Unknown);
    // The same, but both ends are kept to the same fraction of a second, which a request would have to hit.
    assert_eq!(kind_of(9_001.0, &[(8_000.0, 0.0, 9_000.25), (9_500.0, 0.9, 27_000.25)]), WindowKind::Fixed);
}

#[test]
fn a_window_that_is_floored_to_a_step_is_not_fixed_by_standing_on_it() {
    // Ends on a full ten minutes: a request within ten minutes of the begin may have opened the window, floored to it.
    assert_eq!(kind_of(9_060.0, &[(8_000.0, 0.0, 9_000.0), (9_500.0, 0.9, 27_000.0)]), WindowKind::Unknown);
    assert_eq!(kind_of(9_590.0, &[(8_000.0, 0.0, 9_000.0), (9_700.0, 0.9, 27_000.0)]), WindowKind::Unknown);
    // Nobody asked for longer than that: only a grid begins there.
    assert_eq!(kind_of(9_700.0, &[(8_000.0, 0.0, 9_000.0), (9_800.0, 0.9, 27_000.0)]), WindowKind::Fixed);
}

#[test]
fn a_begin_on_a_step_at_which_nobody_asked_proves_no_grid() {
    // One reset only. Off every step a begin without a request is a grid's; on a full minute it may be a floored one.
    let begin_of = |end: f64| kind_of(20_000.0, &[(8_000.0, 0.0, end)]);
    assert_eq!(begin_of(18_000.0 + 7_203.5), WindowKind::Fixed);
    assert_eq!(begin_of(18_000.0 + 7_200.0), WindowKind::Unknown);
}

#[test]
fn an_untouched_window_that_ends_its_length_from_now_does_not_run() {
    let readings = [(-100.0, 1.0, 17_900.0), (8_000.0, 0.0, 18_000.0)];
    assert_eq!(kind_of(18_030.0, &readings), WindowKind::FirstUse);
    assert_eq!(kind_of(9_060.0, &[(8_000.0, 0.0, 9_000.0)]), WindowKind::Unknown, "its begin is before the log");
}

/// Requests of 1,000 tokens get through between refusals, every five minutes for an hour.
#[test]
fn what_fits_in_again_and_again_has_aged_out() {
    let mut texts = Texts::default();
    let mut all = work(&mut texts, 0.0, 3_600.0, 1_000);
    for n in 0..120 {
        all.push(refused(&mut texts, 3_610.0 + 30.0 * f64::from(n), "b", 429));
        if n % 10 == 5 {
            let at = 3_620.0 + 30.0 * f64::from(n);
            all.extend(work(&mut texts, at, at + 1.0, 1_000));
        }
    }
    assert_eq!(seen(texts, all, &[], |case| kind(case, 300, None)), WindowKind::Rolling);
}

#[test]
fn a_quota_is_estimated_in_both_units_until_snapshots_contradict_one() {
    let (texts, all) = blocked(9_060.0);
    let quotas = seen(texts, all, &[], |case| quota(case, 300, None));
    let units = |q: &Quotas| (q.first.map(|e| e.unit), q.other.map(|e| e.unit));
    assert_eq!(units(&quotas), (Some(Unit::Tokens), Some(Unit::Requests)));
    // 240 requests of 1,000 tokens in the two hours before, less the last one, which may not be charged yet.
    let least = |e: Option<QuotaEstimate>| e.map(|e| (e.low, e.high));
    assert_eq!(least(quotas.first), Some((239_000, None)));
    assert_eq!(least(quotas.other), Some((239, None)));
}

#[test]
fn falls_of_the_share_left_decide_between_units() {
    // An hour of requests of 1,000 tokens, then one of 4,000: the share left falls by 0.12 and by 0.48, as tokens do.
    let mut texts = Texts::default();
    let mut all = work(&mut texts, 0.0, 3_600.0, 1_000);
    all.extend(work(&mut texts, 3_600.0, 7_200.0, 4_000));
    all.extend((0..30).map(|n| refused(&mut texts, 7_210.0 + 60.0 * f64::from(n), "a", 429)));
    let readings = [(0.0, 0.6, 9_000.0), (3_599.0, 0.48, 9_000.0), (7_205.0, 0.0, 9_000.0)];
    let quotas = seen(texts, all, &readings, |case| quota(case, 300, Some(ZERO.plus(9_000.0))));
    let first = quotas.first.unwrap();
    assert_eq!((first.unit, quotas.other), (Unit::Tokens, None));
    // 600,000 tokens were 60 %: a million. The log begins within the window, but both falls agree.
    assert!((950_000..=1_000_000).contains(&first.low), "{first:?}");
    assert!(first.high.is_some_and(|high| (1_000_000..=1_050_000).contains(&high)), "{first:?}");
}

#[test]
fn waits_that_end_at_one_instant_name_a_reset() {
    let (texts, mut all) = blocked(9_060.0);
    for a in all.iter_mut().filter(|a| a.is_refused()) {
        a.retry_after = Wait::new(Some(ZERO.plus(9_300.0).since(a.start).ceil()));
    }
    let reset = seen(texts, all, &[], |case| named_reset::asked(case, 300)).unwrap();
    assert!(reset.since(ZERO.plus(9_300.0)).abs() <= 1.0);
    let (texts, all) = blocked(9_060.0);
    assert_eq!(seen(texts, all, &[], |case| named_reset::asked(case, 300)), None);
}
