use super::*;
use crate::model::Texts;
use crate::timeline::testing::{ZERO, admitted, pool, refused};

/// One agent: ten-second requests every 20 s in the ranges given, refusals every 30 s in the others.
fn story(work: &[(f64, f64)], blocked: &[(f64, f64)]) -> PoolTimeline {
    let mut texts = Texts::default();
    let mut attempts = Vec::new();
    for (from, to) in work {
        let mut t = *from;
        while t < *to {
            attempts.push(admitted(&mut texts, t, t + 10.0, "a"));
            t += 20.0;
        }
    }
    for (from, to) in blocked {
        let mut t = *from;
        while t <= *to {
            attempts.push(refused(&mut texts, t, "a", 429));
            t += 30.0;
        }
    }
    pool(&texts, attempts)
}

#[test]
fn a_block_is_one_episode_with_its_intervals() {
    let cut = cut(&story(&[(0.0, 3600.0), (7300.0, 9000.0)], &[(3610.0, 7210.0)]), 0);
    assert_eq!((cut.episodes.len(), cut.isolated_refusals.len()), (1, 0));
    let e = &cut.episodes[0];
    assert_eq!((e.from, e.to), (ZERO.plus(3610.0), ZERO.plus(7210.0)));
    assert_eq!(e.last_admission_before, Some(ZERO.plus(3580.0)));
    assert_eq!(e.first_admission_after, Some(ZERO.plus(7300.0)));
    assert!(e.hard);
}

#[test]
fn two_refusals_within_two_minutes_are_isolated_and_over_it_an_episode() {
    let near = cut(&story(&[(0.0, 600.0), (700.0, 2000.0)], &[(605.0, 640.0)]), 0);
    assert_eq!((near.episodes.len(), near.isolated_refusals.len()), (0, 1));
    let mut texts = Texts::default();
    let attempts = vec![
        admitted(&mut texts, 0.0, 5.0, "a"),
        refused(&mut texts, 10.0, "a", 429),
        refused(&mut texts, 130.0, "a", 429),
        admitted(&mut texts, 200.0, 210.0, "a"),
    ];
    assert_eq!(cut(&pool(&texts, attempts), 0).episodes.len(), 1);
}

#[test]
fn one_refusal_that_ended_the_work_is_an_episode() {
    let mut texts = Texts::default();
    let mut last = refused(&mut texts, 10.0, "a", 429);
    last.ended_work = true;
    let attempts = vec![admitted(&mut texts, 0.0, 5.0, "a"), last];
    let cut = cut(&pool(&texts, attempts), 0);
    assert_eq!(cut.episodes.len(), 1);
    assert_eq!(cut.episodes[0].first_admission_after, None);
}

#[test]
fn a_night_without_work_is_silent_and_a_pause_after_a_refusal_is_not() {
    let night = cut(&story(&[(0.0, 600.0), (9000.0, 9600.0)], &[]), 0);
    assert_eq!(night.episodes.len(), 1);
    assert_eq!(night.episodes[0].kind, EpisodeKind::Silent);
    let after_block = cut(&story(&[(0.0, 600.0), (9000.0, 9600.0)], &[(605.0, 1000.0)]), 0);
    assert!(after_block.episodes.iter().all(|e| e.kind == EpisodeKind::Refused));
}

#[test]
fn fifteen_admissions_over_two_minutes_part_two_clusters() {
    // 20 admissions in 400 s between the two groups of refusals.
    let cut = cut(&story(&[(0.0, 600.0), (800.0, 1200.0), (1400.0, 2000.0)], &[(610.0, 790.0), (1210.0, 1390.0)]), 0);
    assert_eq!(cut.episodes.len(), 2);
}

#[test]
fn a_hard_run_is_split_off_a_porous_stretch() {
    let mut texts = Texts::default();
    let mut attempts = Vec::new();
    // 40 minutes of a porous cap: an admission every 40 s, refusals between.
    for i in 0..60 {
        let t = f64::from(i) * 40.0;
        attempts.push(admitted(&mut texts, t, t + 38.0, "a"));
        attempts.push(refused(&mut texts, t + 10.0, "b", 429));
        attempts.push(refused(&mut texts, t + 25.0, "b", 429));
    }
    // Then an hour without any admission.
    for i in 0..120 {
        attempts.push(refused(&mut texts, 2410.0 + f64::from(i) * 30.0, "b", 429));
    }
    attempts.push(admitted(&mut texts, 6100.0, 6110.0, "a"));
    let cut = cut(&pool(&texts, attempts), 0);
    let hard: Vec<bool> = cut.episodes.iter().map(|e| e.hard).collect();
    assert_eq!(hard, vec![false, true]);
    assert!(cut.episodes[1].span_s() > 3500.0);
}

#[test]
fn episodes_of_one_pool_close_in_time_are_one_incident() {
    let cut = cut(&story(&[(0.0, 600.0), (800.0, 1200.0), (1400.0, 2000.0)], &[(610.0, 790.0), (1210.0, 1390.0)]), 0);
    let grouped = incidents(&cut.episodes.iter().collect::<Vec<_>>(), &[Cause::ConcurrencyCap, Cause::TokenWindow]);
    assert_eq!(grouped, vec![Incident { episodes: vec![0, 1] }]);
}

#[test]
fn incidents_are_what_comparing_all_pairs_gives() {
    let causes = [Cause::Network, Cause::Overload, Cause::TokenWindow];
    let story: Vec<(Episode, Cause)> = (0..120_u32)
        .map(|n| {
            let from = ZERO.plus(f64::from(n * 7919 % 60_000));
            let kind = if n % 10 == 9 { EpisodeKind::Silent } else { EpisodeKind::Refused };
            let pool = (n % 3) as usize;
            let episode = Episode {
                pool,
                kind,
                from,
                to: from.plus(f64::from(n * 131 % 1500)),
                refusals: Vec::new(),
                last_admission_before: None,
                first_admission_after: None,
                hard: false,
            };
            (episode, causes[(n * 17 % 3) as usize])
        })
        .collect();
    let together = |(a, cause_a): &(Episode, Cause), (b, cause_b): &(Episode, Cause)| {
        let pause = b.from.since(a.to).max(a.from.since(b.to));
        let outage = cause_a == cause_b && *cause_a != Cause::TokenWindow;
        let refused = a.kind == EpisodeKind::Refused && b.kind == EpisodeKind::Refused;
        refused && if a.pool == b.pool { pause < 900.0 } else { outage && pause <= 0.0 }
    };
    let mut group: Vec<usize> = (0..story.len()).collect();
    for a in 0..story.len() {
        for b in 0..a {
            if together(&story[a], &story[b]) {
                let (low, high) = (group[a].min(group[b]), group[a].max(group[b]));
                group.iter_mut().filter(|g| **g == high).for_each(|g| *g = low);
            }
        }
    }
    let episodes: Vec<&Episode> = story.iter().map(|(e, _)| e).collect();
    let causes: Vec<Cause> = story.iter().map(|(_, c)| *c).collect();
    let found = incidents(&episodes, &causes);
    assert!(found.len() > 10 && found.iter().any(|i| i.episodes.len() > 3), "{}", found.len());
    for incident in &found {
        let members: Vec<usize> = (0..group.len()).filter(|i| group[*i] == group[incident.episodes[0]]).collect();
        assert_eq!(incident.episodes, members);
    }
}
