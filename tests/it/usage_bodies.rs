//! One body of each shape that is known of every provider and meter (`tests/data/usage`, structure real, values invented): what is
//! read from it. And bodies of windows that nobody has begun, whose reset moves with the clock: such a window is not running.

use std::fs;

use why429::model::{FileId, QuotaState, Time};
use why429::snapshots::{FileContext, read_file};

use crate::support::root;

/// File, format, and each window's minutes with the percent that remains; none for what holds no snapshot.
type Row = (&'static str, Option<&'static str>, &'static [(u32, u32)]);

const HOURS_5: u32 = 300;
const WEEK: u32 = 10_080;
const MONTH: u32 = 43_200;

const BODIES: &[Row] = &[
    ("anth.json", Some("claude-usage"), &[(HOURS_5, 0), (WEEK, 41)]),
    ("antigravity.json", Some("gemini-quota"), &[(HOURS_5, 100), (WEEK, 20)]),
    ("appserver.json", Some("codex-usage"), &[(HOURS_5, 24)]),
    // Blocks of use without a limit.
    ("ccusage.json", None, &[]),
    // A dashboard's JSON, a history and a ledger of CodexBar's: windows by their length in minutes, all used up.
    ("codexbardash.json", Some("codexbar"), &[(HOURS_5, 0)]),
    ("codexbarhist.json", Some("codexbar"), &[(HOURS_5, 0)]),
    ("codexbarledger.json", Some("codexbar"), &[(HOURS_5, 0)]),
    ("codexbarusage.json", Some("codexbar"), &[(HOURS_5, 0)]),
    ("copilot.json", Some("copilot-user"), &[(MONTH, 0)]),
    ("cursor.json", Some("cursor-usage"), &[(MONTH, 0)]),
    ("deepseek.json", Some("deepseek-balance"), &[]),
    ("gemini.json", Some("gemini-quota"), &[(1440, 0)]),
    ("grok.json", Some("grok-billing"), &[(WEEK, 0)]),
    ("h-apikey.txt", Some("limit-headers"), &[(1, 0)]),
    ("h-codex.txt", Some("limit-headers"), &[(HOURS_5, 0)]),
    // Of its month 0 are left; the session's length is not told, so its 35.5 are no window.
    ("h-copilot.txt", Some("limit-headers"), &[(MONTH, 0)]),
    ("h-openai.txt", Some("limit-headers"), &[(1, 0)]),
    ("h-unified.txt", Some("limit-headers"), &[(HOURS_5, 0), (WEEK, 41)]),
    ("kimi-a.json", Some("kimi-usages"), &[(HOURS_5, 31), (WEEK, 90)]),
    ("kimi-b.json", Some("kimi-usages"), &[(HOURS_5, 0), (WEEK, 37)]),
    ("kimi-c.json", Some("kimi-usages"), &[(HOURS_5, 19), (WEEK, 78), (MONTH, 96)]),
    ("kimi-d.json", Some("kimi-usages"), &[(HOURS_5, 100), (WEEK, 59)]),
    ("kimi-local.json", Some("kimi-usages"), &[(WEEK, 60)]),
    ("kimi-local-43.json", Some("kimi-usages"), &[(HOURS_5, 90), (WEEK, 80)]),
    ("kimi-stats.json", Some("kimi-usages"), &[(HOURS_5, 60), (WEEK, 80), (MONTH, 70)]),
    ("minimax.json", Some("minimax-remains"), &[(HOURS_5, 0), (WEEK, 60)]),
    ("moonshot.json", Some("moonshot-balance"), &[]),
    ("omp.json", Some("omp-usage"), &[(HOURS_5, 0)]),
    // onWatch keeps Kimi's body as text; 63 of 100 are used in the week.
    ("onwatch.json", Some("kimi-usages"), &[(HOURS_5, 0), (WEEK, 37)]),
    ("opencodego.json", Some("opencode-go-usage"), &[(HOURS_5, 0), (WEEK, 60), (MONTH, 90)]),
    ("openrouter-credits.json", Some("openrouter-balance"), &[]),
    // A key's spend limit is money, though it comes back each month.
    ("openrouter-key.json", Some("openrouter-balance"), &[]),
    ("openusage.json", Some("openusage"), &[(HOURS_5, 0)]),
    // A list of raw bodies: Kimi's.
    ("quotas.json", Some("kimi-usages"), &[(HOURS_5, 0), (WEEK, 37)]),
    // How many resets are banked says nothing of a window.
    ("resetcredits.json", None, &[]),
    ("sse.json", Some("codex-usage"), &[(HOURS_5, 90)]),
    ("statusline.json", Some("claude-usage"), &[(HOURS_5, 77), (WEEK, 59)]),
    ("warp.json", Some("warp-limit"), &[(MONTH, 0)]),
    // Nothing is used: the whole window is left.
    ("wham-idle.json", Some("codex-usage"), &[(HOURS_5, 100)]),
    ("wham.json", Some("codex-usage"), &[(HOURS_5, 0), (WEEK, 54)]),
    // Its month counts calls of tools, not of models.
    ("zai.json", Some("zai-quota"), &[(HOURS_5, 0), (WEEK, 47)]),
];

fn read(text: &str) -> (Option<&'static str>, Vec<QuotaState>) {
    let context = FileContext { file: FileId(0), name: "x", zone: None, modified: None };
    let found = read_file(text.as_bytes(), &context);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    (found.format, found.snapshots.into_iter().map(|s| s.state).collect())
}

#[test]
fn every_body_gives_its_windows() {
    for (name, format, windows) in BODIES {
        let text = fs::read_to_string(root().join("tests/data/usage").join(name)).unwrap();
        let (found, readings) = read(&text);
        assert_eq!(found, *format, "{name}");
        assert_eq!(readings.len(), usize::from(format.is_some()), "{name}");
        let share = |s: f64| (s * 100.0).round() as u32;
        let actual: Vec<(u32, u32)> = readings
            .iter()
            .flat_map(|r| &r.windows)
            .map(|w| (w.window_minutes, w.remaining_share.map_or(u32::MAX, share)))
            .collect();
        assert_eq!(actual, *windows, "{name}: {readings:?}");
    }
}

/// No body lies there unread.
#[test]
fn every_body_is_in_the_table() {
    let entries = fs::read_dir(root().join("tests/data/usage")).unwrap();
    for name in entries.map(|e| e.unwrap().file_name().into_string().unwrap()) {
        assert!(BODIES.iter().any(|(n, ..)| *n == name), "{name} is not in the table");
    }
}

/// Balances are snapshots without a window.
#[test]
fn balances_are_reported() {
    let balances = [
        ("moonshot.json", 49.588_94),
        ("deepseek.json", 0.0),
        ("openrouter-credits.json", -0.2),
        ("openrouter-key.json", 0.0),
    ];
    for (name, balance) in balances {
        let text = fs::read_to_string(root().join("tests/data/usage").join(name)).unwrap();
        let found = read(&text).1[0].balance.unwrap();
        assert!((found - balance).abs() < 1e-9, "{name}: {found}");
    }
}

/// A window that nobody has begun shows a reset that is its whole length ahead and moves with the clock.
#[test]
fn an_untouched_window_with_a_moving_reset_is_not_running() {
    let head = "HTTP/2 200\r\ndate: Wed, 25 Mar 2026 20:00:00 GMT\r\n\r\n";
    let now = Time::parse_rfc3339("2026-03-25T20:00:00Z").unwrap();
    let epoch = now.secs() as u64;
    let in_5h = "2026-03-26T01:00:00Z";
    let codex = |used: u32, ahead: u64| {
        format!(
            r#"{{"plan_type":"plus","rate_limit":{{"allowed":true,"limit_reached":false,"primary_window":{{"used_percent":{used},"limit_window_seconds":18000,"reset_after_seconds":{ahead},"reset_at":{}}},"secondary_window":null}}}}"#,
            epoch + ahead
        )
    };
    let antigravity = |left: f64, reset: &str| {
        format!(
            r#"{{"groups":[{{"name":"g","buckets":[{{"bucketId":"gemini-5h","window":"5h","resetTime":"{reset}","remainingFraction":{left}}}]}}]}}"#
        )
    };
    let go = |percent: u32, reset: &str| {
        format!(
            r#"{{"rolling":{{"status":"ok","percent":{percent},"resetsAt":"{reset}"}},"weekly":{{"status":"ok","percent":1,"resetsAt":"2026-03-29T00:00:00Z"}}}}"#
        )
    };
    let meter = |percent: u32, reset: &str| {
        format!(
            r#"{{"provider":"codex","source":"api","usage":{{"primary":{{"usedPercent":{percent},"windowMinutes":300,"resetsAt":"{reset}"}},"updatedAt":"2026-03-25T20:00:00Z"}}}}"#
        )
    };
    let later = "2026-03-25T23:10:00Z";
    // Idle, and one that runs, of each.
    let pairs = [
        ("codex", codex(0, 18_000), codex(12, 11_400)),
        ("antigravity", antigravity(1.0, in_5h), antigravity(0.9, later)),
        ("opencode-go", go(0, in_5h), go(3, later)),
        ("codexbar", meter(0, in_5h), meter(12, later)),
    ];
    for (name, idle, running) in pairs {
        let reset = |body: &str| {
            let readings = read(&format!("{head}{body}")).1;
            let window = *readings[0].windows.iter().find(|w| w.window_minutes == HOURS_5).unwrap();
            (window.resets_at, window.remaining_share)
        };
        assert_eq!(reset(&idle), (None, Some(1.0)), "{name}: a placeholder is no reset");
        assert_eq!(reset(&running).0, Time::parse_rfc3339(later), "{name}: a running window keeps its reset");
    }
}
