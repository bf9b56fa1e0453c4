//! The other stories: a cap, an open verdict, a quiet log, an outage that still runs, and weeks of incidents.

use super::thread::episode;
use super::*;

/// 30 slots and 45 agents: refusals trickle, and each freed slot is taken at once.
pub(crate) fn cap() -> Document {
    let mut e = episode();
    e.verdict = decided("concurrency_cap", None, "supported", 0.994);
    e.causes = shares(&[("concurrency_cap", 0.994), ("overload", 0.006)]);
    e.admitted = 611;
    e.attempts = 1_923;
    e.sentence = "You hit the concurrency limit of 30 to 31 requests at once from 2026-03-03T16:19:02.000Z to \
                  2026-03-03T17:16:02.000Z. 1,312 of 1,923 requests were refused (supported, over 99 %)."
        .to_owned();
    e.evidence = vec![
        evidence(
            "E1.1",
            "inflight_auc",
            "very strong",
            "At 1,290 of 1,312 refusals exactly 30 requests were in flight, and at no admission more than 29.",
            &[("concurrency_cap", 1.6), ("token_window/300", -1.4)],
            &[("logs/kimi.log", 4_990), ("logs/kimi.log", 4_997)],
        ),
        evidence(
            "E1.2",
            "release",
            "strong",
            "After a slot became free the next attempt was admitted in 604 of 611 cases.",
            &[("concurrency_cap", 1.4), ("token_window/300", -0.9)],
            &[("logs/kimi.log", 5_002)],
        ),
    ];
    e.missing = vec![];
    e.estimates = Estimates {
        concurrency_cap: Some(Bounds::of(30, 30, Some(31))),
        rate_per_minute: None,
        window_quota: None,
        window_quota_or: None,
        window_kind: None,
        resets_at: None,
        reset_source: None,
        reset_zone: None,
        recovery_delay_s: None,
    };
    let later = texts(&["Let refused agents wait with a random delay of 5 to 20 s."]);
    e.advice = Advice { now: texts(&["Run at most 29 agents at once."]), later };
    for (i, (admitted, in_flight)) in e.strip.admitted.iter_mut().zip(&mut e.strip.in_flight).enumerate() {
        if (30..91).contains(&i) {
            (*admitted, *in_flight) = (9 + i as u32 % 4, 30);
        }
    }
    e.strip.remaining_share.fill(None);
    e.facts =
        vec![fact("attempts after a freed slot", "604 admitted, 7 refused; with none freed 0 admitted, 712 refused")];
    with_episodes(frame(), vec![e])
}

/// The thread's case without a snapshot: the account was blocked, but by what is open.
pub(crate) fn undetermined() -> Document {
    let mut e = episode();
    let between = |cause: &str, window_minutes, probability| Between {
        cause: cause.to_owned(),
        window_minutes,
        probability,
        window_probability: None,
        share_of_time: None,
    };
    e.verdict = Verdict {
        cause: "undetermined".to_owned(),
        window_minutes: None,
        confidence: "undetermined".to_owned(),
        probability: 0.53,
        window_probability: None,
        between: Some(vec![between("token_window", Some(300), 0.53), between("account_block", None, 0.45)]),
        group: "account_level".to_owned(),
        local_limit: None,
        too_few: false,
        scope: Scope::default(),
    };
    e.causes = shares(&[("token_window", 0.53), ("account_block", 0.45), ("overload", 0.02)]);
    e.sentence =
        "1,312 requests were refused from 2026-03-03T16:19:02.000Z to 2026-03-03T17:16:02.000Z. It was an account-level \
                  block; these logs cannot tell which limit: 5-hour token window (53 %) or account-level block of unknown \
                  kind (45 %)."
            .to_owned();
    e.evidence = vec![
        evidence(
            "E1.1",
            "release",
            "strong",
            "After a request in flight had ended, 0 of 41 attempts were admitted; when none had ended, 0 of 1271.",
            &[("token_window/300", 0.8), ("account_block", 0.8), ("concurrency_cap", -2.0)],
            &[("logs/kimi.log", 5_002), ("logs/kimi.log", 5_013), ("logs/kimi.log", 5_020), ("logs/kimi.log", 5_044)],
        ),
        evidence(
            "E1.2",
            "reset",
            "weak",
            "A later usage snapshot puts a reset within 12 min of the recovery.",
            &[("token_window/300", 0.4), ("account_block", 0.0)],
            &[("usage/usages-1640.json", 0)],
        ),
        evidence(
            "E1.3",
            "win_meter",
            "weak",
            "At another time of the log 1.3 times as many tokens were used in five hours, and nothing was refused.",
            &[("token_window/300", -0.3), ("account_block", 0.1)],
            &[("logs/kimi.log", 880), ("logs/kimi.log", 2_205)],
        ),
    ];
    e.missing = texts(&["A usage snapshot taken while it lasted: nothing left would name the window."]);
    e.estimates = Estimates { window_kind: Some("unknown".to_owned()), ..Estimates::default() };
    e.strip.remaining_share.fill(None);
    with_episodes(frame(), vec![e])
}

/// Nothing was refused.
pub(crate) fn quiet() -> Document {
    let mut document = frame();
    document.coverage.refused = 0;
    document.coverage.refused_at_most = 0;
    document.coverage.attempts = 3_491;
    document.coverage.fidelity.collapsed = 0;
    document.inputs[0].problems.clear();
    document.isolated_refusals = vec![IsolatedRefusal {
        pool: POOL.to_owned(),
        at: at("14:10:05"),
        status: Some(500),
        cause: None,
        sources: vec![source("logs/kimi.log", 2_210)],
    }];
    document.verdict.sentence = "No episode: 1 of 3,491 requests refused, too few and too short to judge.".to_owned();
    document
}

/// The thread's case, read at 16:40 while it lasts.
pub(crate) fn outage() -> Document {
    let mut e = episode();
    e.last_refusal = Some(at("16:39:40"));
    e.to = at("16:39:40");
    e.first_admission_after = None;
    e.ends_in_block = true;
    e.proven_span_s = 1_238.0;
    (e.refused, e.attempts, e.probes) = (604, 604, 62);
    e.estimates.recovery_delay_s = None;
    e.sentence = "Your 5-hour token window has been used up since 2026-03-03T16:19:02.000Z. It resets at \
                  2026-03-03T17:16:04.000Z. All 604 requests in 21 min were refused (confirmed, 97 %)."
        .to_owned();
    let now = texts(&[
        "Wait until 2026-03-03T17:16:04.000Z (`why429 next --wait`), or switch account or model.",
        "Stop the retries: they change nothing while the window is used up.",
    ]);
    e.advice = Advice { now, later: texts(&["Run fewer agents."]) };
    e.outlook = Some(Outlook {
        at: at("16:41:00"),
        state: "blocked".to_owned(),
        running: true,
        probability: 0.95,
        resume_at: Some(ResumeAt {
            earliest: at("17:14:49"),
            best: Some(at("17:16:04")),
            latest: Some(at("17:17:19")),
        }),
        basis: "snapshot".to_owned(),
        start_with: None,
        sentence: Some(e.advice.now[0].clone()),
        advice: e.advice.now.clone(),
    });
    e.evidence.remove(1);
    for row in [&mut e.strip.admitted, &mut e.strip.refused, &mut e.strip.in_flight] {
        row.truncate(52);
    }
    e.strip.remaining_share.truncate(52);
    for agent in &mut e.agents {
        (agent.recovered, agent.last_refusal, agent.waited_s) = (false, at("16:39:40"), agent.waited_s - 2_430.0);
    }
    let mut document = with_episodes(frame(), vec![e]);
    document.coverage.to = Some(at("16:39:41"));
    document.now = Some(at("16:41:00"));
    document
}

/// Three weeks with five incidents, and nights without work.
pub(crate) fn weeks() -> Document {
    let moved = |id: &str, incident: &str, day: u32, cost: f64| {
        let mut e = episode();
        let clock = |stamp: &str| on(day, &stamp[11..19]);
        (e.id, e.incident, e.blocked_agent_s) = (id.to_owned(), incident.to_owned(), cost);
        e.evidence.iter_mut().zip(1..).for_each(|(x, n)| x.id = format!("{id}.{n}"));
        e.from = clock(&e.from);
        e.to = clock(&e.to);
        for stamp in [&mut e.first_refusal, &mut e.last_refusal, &mut e.last_admission_before] {
            *stamp = stamp.as_deref().map(clock);
        }
        e.first_admission_after = e.first_admission_after.as_deref().map(clock);
        e.estimates.resets_at = e.estimates.resets_at.as_deref().map(clock);
        e.strip.from = clock(&e.strip.from);
        for agent in &mut e.agents {
            agent.first_refusal = clock(&agent.first_refusal);
            agent.last_refusal = clock(&agent.last_refusal);
        }
        e
    };
    let mut night = moved("E2", "I2", 4, 0.0);
    night.kind = "silent".to_owned();
    (night.first_refusal, night.last_refusal) = (None, None);
    (night.from, night.to) = (on(4, "01:10:00"), on(4, "08:02:00"));
    (night.proven_span_s, night.refused, night.attempts, night.probes, night.agents_total) = (0.0, 0, 0, 0, 0);
    night.verdict = decided("idle", None, "supported", 0.99);
    night.causes = shares(&[("idle", 1.0)]);
    night.agents = vec![];
    let mut overload = moved("E3", "I3", 6, 31_000.0);
    overload.verdict = decided("overload", None, "supported", 0.93);
    overload.causes = shares(&[("overload", 0.93), ("rate_per_minute", 0.07)]);
    overload.sentence =
        "The provider was overloaded from 2026-03-06T16:19:02.000Z to 2026-03-06T17:16:02.000Z. All 1,312 \
                         requests were refused (supported, 93 %)."
            .to_owned();
    let mut open = moved("E4", "I4", 11, 12_400.0);
    open.verdict = undetermined().episodes.remove(0).verdict;
    open.sentence = undetermined().verdict.sentence.replace("2026-03-03", "2026-03-11");
    let mut cut = moved("E5", "I5", 15, 2_100.0);
    cut.verdict = decided("network", None, "compatible", 0.71);
    cut.causes = shares(&[("network", 0.71), ("overload", 0.29)]);
    cut.sentence = "The network failed from 2026-03-15T16:19:02.000Z to 2026-03-15T17:16:02.000Z. All 1,312 requests \
                    failed (compatible, 71 %)."
        .to_owned();
    let mut weekly = moved("E6", "I6", 20, 410_000.0);
    weekly.verdict = decided("token_window", Some(10_080), "confirmed", 0.96);
    weekly.causes = shares(&[("token_window", 0.96), ("access", 0.04)]);
    weekly.sentence = "Your weekly token window was used up at 2026-03-20T16:19:02.000Z. All 1,312 requests until \
                       2026-03-20T17:16:02.000Z were refused (confirmed, 96 %)."
        .to_owned();
    let first = moved("E1", "I1", 3, 164_000.0);
    let mut document = with_episodes(frame(), vec![first, night, overload, open, cut, weekly]);
    document.coverage.from = Some(on(2, "08:00:00"));
    document.coverage.to = Some(on(22, "19:30:00"));
    document
}
