//! The thread's case: 45 agents, all refused from 16:19 to 17:16, a snapshot of 0 inside the gap, recovery at 17:20.

use super::*;

/// Bins of a minute from 15:49 to 17:51.
fn strip() -> Strip {
    let wave = |i: u32| 24 + (i * 7) % 13;
    let mut strip = Strip { from: at("15:49:00"), bin_s: 60.0, ..Strip::default() };
    for minute in 0..122_u32 {
        let (admitted, refused, in_flight) = match minute {
            0..30 => (wave(minute), 0, 30 + minute % 15),
            30 => (3, 118, 41),
            31..88 => (0, 18 + (minute * 5) % 9 + 40 / (minute - 29), 41_u32.saturating_sub((minute - 30) * 5)),
            88..91 => (0, 0, 0),
            91 => (44, 0, 44),
            _ => (wave(minute) + 6, 0, 38 + minute % 7),
        };
        strip.admitted.push(admitted);
        strip.refused.push(refused);
        strip.in_flight.push(in_flight);
        strip.remaining_share.push(match minute {
            16 => Some(0.06),
            51 => Some(0.0),
            101 => Some(0.98),
            _ => None,
        });
    }
    strip
}

fn pieces() -> Vec<Evidence> {
    vec![
        evidence(
            "E1.1",
            "snapshot_in_gap",
            "strong",
            "A usage snapshot taken at 2026-03-03T16:40:00.000Z shows the 5-hour token window empty.",
            &[("token_window/300", 2.0), ("token_window/10080", -0.1), ("concurrency_cap", -1.1)],
            &[("usage/usages-1640.json", 0)],
        ),
        evidence(
            "E1.2",
            "reset",
            "moderate",
            "The first request after the reset of the 5-hour token window at 2026-03-03T17:16:04.000Z was admitted 4 min \
             later; a random moment would come that close 2.0 % of the time.",
            &[("token_window/300", 1.4)],
            &[("usage/usages-1640.json", 0), ("logs/kimi.log", 7_120), ("logs/kimi.log", 7_131)],
        ),
        evidence(
            "E1.3",
            "release",
            "moderate",
            "After a request in flight had ended, 0 of 41 attempts were admitted; when none had ended, 0 of 1271.",
            &[("token_window/300", 0.8), ("concurrency_cap", -2.0)],
            &[("logs/kimi.log", 5_002), ("logs/kimi.log", 5_013), ("logs/kimi.log", 5_020), ("logs/kimi.log", 5_044)],
        ),
        evidence(
            "E1.4",
            "length",
            "weak",
            "Refusals went on for 57 min (1,312 refusals in 171 separate probes).",
            &[("token_window/300", -0.3), ("overload", 0.2)],
            &[("logs/kimi.log", 4_990), ("logs/kimi.log", 7_120)],
        ),
        evidence(
            "E1.5",
            "named_text",
            "context",
            "\"We're receiving too many requests at the moment\" is used for several limits.",
            &[],
            &[("logs/kimi.log", 4_990)],
        ),
    ]
}

/// The episode of fixtures/thread-hour-snapshot.
pub(super) fn episode() -> Episode {
    let first = "16:19:02";
    Episode {
        id: "E1".to_owned(),
        incident: "I1".to_owned(),
        kind: "refused".to_owned(),
        from: at(first),
        to: at("17:16:02"),
        pool: POOL.to_owned(),
        first_refusal: Some(at(first)),
        last_refusal: Some(at("17:16:02")),
        last_admission_before: Some(at("16:19:00")),
        first_admission_after: Some(at("17:20:11")),
        proven_span_s: 3_420.0,
        attempts: 1_312,
        refused: 1_312,
        admitted: 0,
        probes: 171,
        starts_in_block: false,
        ends_in_block: false,
        verdict: decided("token_window", Some(300), "confirmed", 0.97),
        causes: {
            let mut list = shares(&[("token_window", 0.97), ("account_block", 0.02), ("overload", 0.01)]);
            list[0].windows = vec![
                WindowShare { window_minutes: Some(300), probability: 0.95 },
                WindowShare { window_minutes: Some(10_080), probability: 0.02 },
            ];
            list
        },
        evidence: pieces(),
        missing: texts(&["Token counts per request: with them the quota could be bounded from both sides."]),
        estimates: Estimates {
            concurrency_cap: None,
            rate_per_minute: None,
            window_quota: Some(Quota {
                unit: "tokens".to_owned(),
                low: 41_200_000,
                best: None,
                high: None,
                logs_begin_s: Some(7_860.0),
            }),
            window_quota_or: None,
            window_kind: Some("fixed".to_owned()),
            resets_at: Some(at("17:16:04")),
            reset_source: Some("snapshot".to_owned()),
            reset_zone: None,
            recovery_delay_s: Some(Delay { low: 0.0, high: 247.0 }),
        },
        advice: Advice {
            now: texts(&["No action needed: requests have been admitted again since 2026-03-03T17:20:11.000Z."]),
            later: texts(&[
                "Spread the work over the five hours, or run fewer agents; the quota lasted for 2 h 10 min at 45 agents.",
            ]),
        },
        sentence: "Your 5-hour token window was used up at 2026-03-03T16:19:02.000Z and reset at \
                   2026-03-03T17:16:04.000Z. All 1,312 requests in between were refused; work resumed at \
                   2026-03-03T17:20:11.000Z (confirmed, 97 %)."
            .to_owned(),
        headline: String::new(),
        refused_at_most: 1_312,
        blocked_agent_s: 164_000.0,
        strip: strip(),
        outlook: None,
        outlook_by_clock: None,
        chart: None,
        agents: (1..=12)
            .map(|n: u32| {
                let (minute, second) = (19 + n / 4, (n % 4) * 13 + 2);
                let first = format!("16:{minute:02}:{second:02}");
                let waited = f64::from((80 - minute) * 60 + 11 + 2 * n) - f64::from(second);
                agent(&format!("9c1e/sub-{n:02}"), 41 - u64::from(n), [&first, "17:16:02"], waited)
            })
            .collect(),
        agents_total: 45,
        facts: vec![
            fact("in flight at refusals", "0 least, 0 median, 41 most; at most 44 admitted together"),
            fact("attempts after a freed slot", "0 admitted, 41 refused; with none freed 0 admitted, 1271 refused"),
            fact("usage snapshots of this pool", "3, of them 3 dated, 1 used as evidence"),
        ],
    }
}

/// The thread's document.
pub(crate) fn thread() -> Document {
    with_episodes(frame(), vec![episode()])
}
