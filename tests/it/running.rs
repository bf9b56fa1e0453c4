//! An outage that runs: what the report says at any of its moments, and what it must not say.

use std::fmt::Write;

use why429::document::Document;
use why429::model::Time;
use why429::pipeline::{self, Options, Quiet};

use crate::support::{Folder, arg, why429};

/// Nine o'clock of the day of all logs here.
fn nine() -> Time {
    Time::parse_rfc3339("2026-03-03T09:00:00Z").unwrap()
}

/// One row, in seconds after nine.
fn row(out: &mut String, agent: &str, start: f64, end: f64, status: u16) {
    let at = |s: f64| nine().plus(s).rfc3339();
    let error = match status {
        200 => String::new(),
        529 => r#","error_message":"Overloaded""#.to_owned(),
        _ => r#","error_message":"We're receiving too many requests at the moment""#.to_owned(),
    };
    writeln!(
        out,
        r#"{{"start":"{}","end":"{}","status":{status},"provider":"kimi-code","account":"a","model":"m","session":"{agent}"{error}}}"#,
        at(start),
        at(end)
    )
    .unwrap();
}

fn at(log: &str, now: Option<&str>) -> Document {
    let folder = Folder::new();
    let path = folder.write("log.jsonl", log);
    let now = now.map(|n| Time::parse_rfc3339(&format!("2026-03-03T{n}Z")).unwrap());
    let options = Options { file_times: false, now, ..Options::default() };
    pipeline::run(&[path], &options, &Quiet).document
}

/// A provider is overloaded from 09:04 to 09:29, and lets some requests through: one in four, and all for a minute or two
/// now and then. Four agents ask every 20 s.
fn overload() -> String {
    let mut log = String::new();
    for n in 0..720 {
        let t = f64::from(n) * 5.0;
        let agent = format!("agent-{}", n % 4);
        let calm = [(520.0, 600.0), (760.0, 850.0), (1_180.0, 1_300.0)].iter().any(|(a, b)| (*a..*b).contains(&t));
        let refused = (240.0..1_740.0).contains(&t) && !calm && n % 4 != 3;
        row(&mut log, &agent, t, t + if refused { 0.4 } else { 4.0 }, if refused { 529 } else { 200 });
    }
    log
}

#[test]
fn what_lies_after_now_is_not_used_and_counted() {
    let log = overload();
    let whole = at(&log, None);
    assert_eq!((whole.coverage.attempts, whole.coverage.after_now), (720, 0));
    let cut = at(&log, Some("09:10:02"));
    // Requests leave at every full 5 s: 123 of them until then; the one of 09:10:00 is refused by then.
    assert_eq!((cut.coverage.attempts + cut.coverage.unanswered, cut.coverage.after_now), (121, 599));
    assert!(cut.notes.iter().any(|n| n.contains("599 rows after it were not used")), "{:?}", cut.notes);
    let short: String = log.lines().take(121).map(|l| format!("{l}\n")).collect();
    let then = at(&short, Some("09:10:02"));
    assert_eq!((&cut.verdict, &cut.episodes), (&then.verdict, &then.episodes), "the future changes nothing");
}

#[test]
fn an_outage_that_paused_before_is_not_called_over() {
    let log = overload();
    // Within its pauses, and while it refuses.
    for now in ["09:09:30", "09:13:30", "09:20:40", "09:12:00", "09:22:00", "09:24:00"] {
        let document = at(&log, Some(now));
        let e = document.episodes.last().unwrap();
        let outlook = e.outlook.as_ref().unwrap();
        assert_ne!(outlook.state, "open", "{now}: {outlook:?}");
        let advice = e.advice.now.join(" ");
        assert!(!advice.contains("No action needed"), "{now}: {advice}");
        assert!(!advice.to_lowercase().contains("until then") || outlook.resume_at.as_ref().unwrap().best.is_some());
    }
    let pause = at(&log, Some("09:20:40"));
    let advice = &pause.episodes.last().unwrap().advice.now[0];
    assert!(advice.starts_with("Last refusal ") && advice.contains("may not be over"), "{advice}");
    assert!(advice.contains("Start one agent"), "{advice}");
    let over = at(&log, Some("09:59:50"));
    let e = over.episodes.last().unwrap();
    assert_eq!(e.outlook.as_ref().unwrap().state, "open");
    assert!(
        e.advice.now[0].starts_with("No action needed: requests have been admitted again since "),
        "{:?}",
        e.advice
    );
}

#[test]
fn the_outage_that_runs_comes_before_a_costlier_one() {
    let mut log = String::new();
    // Three agents are refused for two hours, then work; five hours later one is refused for a minute, and the log ends.
    for agent in ["a", "b", "c"] {
        row(&mut log, agent, 0.0, 5.0, 200);
        (0..120).for_each(|n| row(&mut log, agent, 60.0 + 60.0 * f64::from(n), 61.0 + 60.0 * f64::from(n), 429));
        (0..20).for_each(|n| row(&mut log, agent, 7_400.0 + 60.0 * f64::from(n), 7_420.0 + 60.0 * f64::from(n), 200));
    }
    row(&mut log, "d", 26_000.0, 26_005.0, 200);
    (0..4).for_each(|n| row(&mut log, "d", 26_020.0 + 20.0 * f64::from(n), 26_021.0 + 20.0 * f64::from(n), 529));
    let running = |now: Option<&str>| {
        let document = at(&log, now);
        let id = document.verdict.episode.clone().unwrap();
        document.episodes.iter().position(|e| e.id == id).unwrap() + 1 == document.episodes.len()
    };
    assert!(running(None) && running(Some("16:20:00")));
    assert!(!running(Some("23:59:00")), "seven hours later nobody knows whether it runs");
    let folder = Folder::new();
    let path = folder.write("log.jsonl", &log);
    let quiet = why429(&[arg(&path), "-q", "--now", "2026-03-03T16:20:00Z"]).has_code(0).stdout;
    assert!(quiet.contains("overload"), "{quiet}");
}

#[test]
fn agents_that_gave_up_cost_until_their_work_resumed_or_the_log_ends() {
    let mut log = String::new();
    // Both are refused for five minutes. One comes back after an hour, the other never does; the log goes on for ten hours.
    for agent in ["back", "gone"] {
        row(&mut log, agent, 0.0, 5.0, 200);
        (0..6).for_each(|n| row(&mut log, agent, 60.0 + 60.0 * f64::from(n), 61.0 + 60.0 * f64::from(n), 429));
    }
    (0..40).for_each(|n| row(&mut log, "back", 3_660.0 + 800.0 * f64::from(n), 3_670.0 + 800.0 * f64::from(n), 200));
    let document = at(&log, None);
    let end = 3_660.0 + 800.0 * 39.0;
    // One hour for the first, and all the rest of the log for the second.
    let expected = 3_600.0 + (end + 10.0 - 60.0);
    assert!(
        (document.episodes[0].blocked_agent_s - expected).abs() < 1.0,
        "{} {expected}",
        document.episodes[0].blocked_agent_s
    );
}

#[test]
fn runs_of_one_request_cost_the_span_that_they_cover() {
    let mut log = String::new();
    row(&mut log, "first", 0.0, 5.0, 200);
    // 200 runs over ten hours, each refused once.
    (0..200).for_each(|n| {
        row(&mut log, &format!("run-{n}"), 60.0 + 180.0 * f64::from(n), 60.2 + 180.0 * f64::from(n), 429)
    });
    row(&mut log, "last", 36_100.0, 36_110.0, 200);
    let cost: f64 = at(&log, None).incidents.iter().map(|i| i.blocked_agent_s).sum();
    assert!((cost - 199.0 * 180.0).abs() < 60.0, "{cost}");
}

#[test]
fn requests_open_at_the_end_are_in_flight() {
    let mut log = String::new();
    // 30 slots: 30 agents hold one for ten minutes from the first minute on, ten more are refused all the while.
    for n in 0..30 {
        let t = f64::from(n);
        row(&mut log, &format!("busy-{n}"), t, t + 1.5, 200);
        row(&mut log, &format!("busy-{n}"), 60.0 + t, 660.0 + t, 200);
    }
    for n in 0..120 {
        let t = 92.0 + 4.0 * f64::from(n);
        row(&mut log, &format!("waiting-{}", n % 10), t, t + 0.3, 429);
    }
    // In the middle all 30 are open: neither admitted nor refused, and in flight.
    let document = at(&log, Some("09:08:02"));
    assert_eq!(document.coverage.unanswered, 30);
    let cap = document.episodes[0].estimates.concurrency_cap.as_ref().unwrap();
    assert!(cap.low <= 30 && cap.high.is_none_or(|h| h >= 30), "{cap:?}");
    assert!(cap.low >= 25, "{cap:?}");
}

#[test]
fn an_old_log_gives_no_advice_for_now() {
    let mut log = String::new();
    row(&mut log, "a", 0.0, 5.0, 200);
    (0..20).for_each(|n| row(&mut log, "a", 60.0 + 60.0 * f64::from(n), 61.0 + 60.0 * f64::from(n), 529));
    let folder = Folder::new();
    let path = folder.write("log.jsonl", &log);
    // 125 days later.
    let later = why429(&[arg(&path), "--now", "2026-07-06T09:00:00Z"]).has_code(0).stdout;
    for stale in ["should end in", "To do", "Wait until", "Start one agent"] {
        assert!(!later.contains(stale), "{stale}: {later}");
    }
    let soon = why429(&[arg(&path), "--now", "2026-03-03T09:22:00Z"]).has_code(0).stdout;
    assert!(soon.contains("To do"), "{soon}");
}
