//! What always holds of simulated worlds: the same bytes, limiters that keep their limits, a mix that is as published, and
//! incidents that a rule of thumb does not solve.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use why429_simulator::limits::{Rule, Scope, WindowKind};
use why429_simulator::random::MINUTE;
use why429_simulator::setting::{Kind, MIX};
use why429_simulator::{Run, Setting, incident, run};

/// Of the incident of seed 1: raise `VERSION` when it changes.
const PINNED: &str = "c4c6c149113123ecd2d773216b1a7250bfcf293940d7056ef2443cfe6513abc0";

fn digest(seed: u64, setting: &Setting) -> String {
    let made = incident(seed, setting);
    let mut hash = Sha256::new();
    for (path, bytes) in &made.files {
        hash.update(path.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.update(serde_json::to_vec(&made.truth).unwrap());
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let training = Setting::training();
    assert_eq!(digest(1, &training), PINNED, "another machine or another version: raise VERSION if it was meant");
    assert_eq!(digest(1, &training), digest(1, &training));
    assert_ne!(digest(1, &training), digest(2, &training));
    assert_ne!(digest(1, &training), digest(1, &Setting::stress()));
}

#[test]
fn files_have_one_path_each_in_order() {
    for seed in 0..40 {
        let files = incident(seed, &Setting::stress()).files;
        assert!(files.windows(2).all(|w| w[0].0 < w[1].0), "seed {seed}");
        assert!(files.iter().all(|(p, _)| !p.starts_with('/') && !p.contains("..")), "seed {seed}");
    }
}

/// Admissions of a limiter's scope by start, with their ends.
fn admitted(run: &Run, scope: Scope) -> Vec<(i64, i64, u32)> {
    let world = &run.world;
    let seen = |account, machine| match scope {
        Scope::Account(a) => a == account,
        Scope::Machine(m) => m == machine,
        Scope::All => true,
    };
    let mine = world.attempts.iter().filter(|a| {
        let session = &world.sessions[world.agents[a.agent].session];
        a.refusal.is_none() && seen(session.account, session.machine)
    });
    mine.map(|a| (a.start, a.end, a.input + a.output)).collect()
}

#[test]
fn slots_are_never_exceeded() {
    let mut checked = 0;
    for seed in 0..120 {
        let run = run(seed, &Setting::training());
        for limit in &run.world.limits {
            let Rule::Slots(slots) = &limit.rule else { continue };
            let open = admitted(&run, limit.scope);
            // In flight as the client sees it; slots are held at least as long.
            let mut steps: Vec<(i64, i32)> = open.iter().flat_map(|(s, e, _)| [(*s, 1), (*e, -1)]).collect();
            steps.sort_unstable();
            let mut held = 0;
            for (at, step) in steps {
                held += step;
                assert!(held <= slots.slots as i32, "seed {seed} at {at}: {held} of {}", slots.slots);
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn windows_never_exceed_their_quota() {
    let mut checked = 0;
    for seed in 0..150 {
        let run = run(seed, &Setting::training());
        for limit in &run.world.limits {
            let Rule::Window(window) = &limit.rule else { continue };
            let (Some(quota), true) = (window.quota, window.full_at.is_some()) else { continue };
            for (at, _, _) in admitted(&run, limit.scope) {
                assert!(window.used(at) <= quota * (1.0 + 1e-9), "seed {seed}: {} of {quota}", window.used(at));
            }
            checked += 1;
            if window.kind == WindowKind::Rolling {
                continue;
            }
            // While it is full, nothing passes until the reset.
            for episode in
                run.episodes.iter().filter(|e| e.window_minutes == Some(window.minutes) && e.shares.is_none())
            {
                assert!(episode.to_us >= episode.last_refusal_us);
                let resets = episode.resets_at_us.unwrap();
                assert!(resets + window.late + MINUTE > episode.last_refusal_us, "seed {seed}");
            }
        }
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn requests_per_minute_never_exceed_their_limit() {
    let mut checked = 0;
    for seed in 0..200 {
        let run = run(seed, &Setting::training());
        for limit in &run.world.limits {
            let Rule::Minute(minute) = &limit.rule else { continue };
            let open = admitted(&run, limit.scope);
            let weight = |tokens: u32| minute.unit.weight(tokens);
            for (i, (at, _, _)) in open.iter().enumerate() {
                let counts = |t: i64| if minute.calendar { t / MINUTE == at / MINUTE } else { t > at - MINUTE };
                let sum: f64 =
                    open[..=i].iter().rev().take_while(|(t, _, _)| counts(*t)).map(|(_, _, n)| weight(*n)).sum();
                assert!(sum <= minute.limit + 1e-6, "seed {seed}: {sum} of {}", minute.limit);
            }
            checked += 1;
        }
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn lanes_are_sequential() {
    for seed in 0..60 {
        let run = run(seed, &Setting::stress());
        let mut free = vec![i64::MIN; run.world.agents.len()];
        for a in &run.world.attempts {
            assert!(a.start >= free[a.agent] && a.end > a.start, "seed {seed}, lane {}", a.agent);
            free[a.agent] = a.end;
        }
    }
}

#[test]
fn the_mix_is_as_published() {
    let n = 600;
    let mut seen: BTreeMap<Kind, u32> = BTreeMap::new();
    let (mut bare, mut quiet, mut empty) = (0, 0, 0);
    for seed in 0..n {
        let run = run(seed, &Setting::training());
        bare += u32::from(run.plan.bare);
        quiet += u32::from(run.plan.quiet);
        let Some(first) = run.plan.kinds.first() else {
            assert!(run.world.attempts.iter().all(|a| a.refusal.is_none()), "seed {seed} is to be quiet");
            continue;
        };
        *seen.entry(*first).or_default() += 1;
        empty += u32::from(!run.episodes.iter().any(|e| e.cause == first.cause()));
    }
    let troubled = f64::from(n as u32 - quiet);
    for (kind, share) in MIX {
        let got = f64::from(seen.get(kind).copied().unwrap_or(0)) / troubled;
        // Four deviations of a binomial share.
        let allowed = 4.0 * (share * (1.0 - share) / troubled).sqrt();
        assert!((got - share).abs() < allowed, "{kind:?}: {got} for {share}");
    }
    assert!((115..190).contains(&bare) && (20..70).contains(&quiet), "{bare} bare, {quiet} quiet");
    assert!(empty <= n as u32 / 50, "{empty} worlds did not meet their cause");
}

#[test]
fn episodes_of_an_account_follow_each_other() {
    let (mut several, mut beside) = (0, 0);
    for seed in 0..400 {
        let run = run(seed, &Setting::training());
        let causes: std::collections::BTreeSet<&str> = run.episodes.iter().map(|e| e.cause.as_str()).collect();
        several += u32::from(causes.len() > 1);
        beside += u32::from(run.episodes.iter().any(|e| e.shares.is_some()));
        for e in &run.episodes {
            assert!(e.first_refusal_us <= e.last_refusal_us && e.refused > 0, "seed {seed}");
            assert!(e.from_us <= e.first_refusal_us && e.last_refusal_us <= e.to_us, "seed {seed}: {e:?}");
            let shares: f64 = e.shares.iter().flatten().map(|(_, share)| share).sum();
            assert!(e.shares.is_none() || (shares - 1.0).abs() < 1e-9, "seed {seed}: {shares}");
        }
        for (i, a) in run.episodes.iter().enumerate() {
            for b in run.episodes[i + 1..].iter().filter(|b| b.account == a.account && b.cause != a.cause) {
                let both = a.last_refusal_us.min(b.last_refusal_us) - b.first_refusal_us;
                let shorter = (a.last_refusal_us - a.first_refusal_us).min(b.last_refusal_us - b.first_refusal_us);
                let apart = both <= (shorter / 4).max(MINUTE);
                assert!(apart || a.shares.is_some() || b.shares.is_some(), "seed {seed}: {a:?} beside {b:?}");
            }
        }
    }
    assert!(several >= 20 && beside >= 1, "{several} of several causes, {beside} beside each other");
}

/// A common rule of thumb on the first true episode: a success inside it means slots, none means the window.
fn rule_of_thumb(run: &Run) -> Option<bool> {
    let episode = run.episodes.first()?;
    let gap = episode.first_refusal_us..episode.last_refusal_us;
    let world = &run.world;
    let success = world.attempts.iter().any(|a| {
        let session = &world.sessions[world.agents[a.agent].session];
        let account = Some(&run.plan.accounts[session.account]) == episode.account.as_ref();
        // As a person reads a log: by the stamp of the answer.
        account && session.visible && a.settled && a.refusal.is_none() && !a.broken && gap.contains(&a.end)
    });
    Some(episode.cause == if success { "concurrency_cap" } else { "token_window" })
}

#[test]
fn the_rule_of_thumb_stays_below_two_in_five() {
    for setting in [Setting::training(), Setting::stress()] {
        let guesses: Vec<bool> = (0..400).filter_map(|seed| rule_of_thumb(&run(seed, &setting))).collect();
        let right = guesses.iter().filter(|r| **r).count() as f64 / guesses.len() as f64;
        assert!(guesses.len() > 330, "{}", guesses.len());
        assert!(right < 0.40, "{}: {right}", setting.name);
    }
}

#[test]
fn the_truth_goes_there_and_back() {
    let truth = incident(3, &Setting::training()).truth;
    let text = serde_json::to_string(&truth).unwrap();
    assert_eq!(serde_json::from_str::<why429_simulator::Truth>(&text).unwrap(), truth);
}
