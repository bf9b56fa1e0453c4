//! Readings of the quota as users save them: bodies of `GET /usages` in the variants that were seen (docs/FORMATS.md), bare
//! or as curl printed them, or lines of a ledger.

use std::fmt::Write;

use super::{Source, Written, clock, json};
use crate::limits::{Rule, Scope, Window, WindowKind};
use crate::plan::{Body, Saved, SnapshotPlan};
use crate::random::{MINUTE, Random, SECOND};
use crate::setting::Kind;

/// One window at one instant.
struct WindowState {
    minutes: u32,
    used: f64,
    resets_at: Option<i64>,
}

/// Writes the usage snapshots of the first account.
pub fn write(source: &Source<'_>, written: &mut Written, r: &mut Random) {
    let Some(snapshots) = &source.plan.snapshots else { return };
    let slots = slots(source, r);
    let ledger = snapshots.saved == Saved::Ledger || source.plan.accounts.len() > 1;
    let mut lines = String::new();
    for (number, at) in snapshots.at.iter().enumerate() {
        if *at > source.world.end {
            break;
        }
        let windows = windows(source, *at);
        if ledger {
            ledger_line(source, *at, &windows, slots, &mut lines);
            continue;
        }
        let body = body(snapshots, &windows, slots, &source.plan.accounts[0]);
        save(snapshots, number, *at, &body, written, r);
    }
    if !lines.is_empty() {
        written.files.push(("usage/quota-readings.jsonl".to_owned(), lines.into_bytes()));
    }
}

fn save(snapshots: &SnapshotPlan, number: usize, at: i64, body: &str, written: &mut Written, r: &mut Random) {
    match snapshots.saved {
        Saved::Named | Saved::Ledger => {
            // A name carries the minute; a second usage snapshot in it overwrites the first.
            let path = format!("usage/usage-{}.json", clock::minute_name(at));
            written.files.retain(|(p, _)| *p != path);
            written.files.push((path, body.as_bytes().to_vec()));
        }
        Saved::Curl => {
            let text = format!(
                "HTTP/2 200 \r\ndate: {}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\nx-trace-id: {}\r\n\r\n{body}\n",
                clock::http_date(at),
                body.len(),
                r.hex(32)
            );
            written.files.push((format!("usage/reply-{}.txt", number + 1), text.into_bytes()));
        }
        Saved::Unnamed => {
            let path = format!("usage/usages-{}.json", ["a", "b", "c", "d"][number % 4].repeat(number / 4 + 1));
            written.changed.push((path.clone(), at + SECOND));
            written.files.push((path, body.as_bytes().to_vec()));
        }
    }
}

/// The slots in a usage snapshot. Where they never refused, they are at least as many as the agents: drawn by the size of the
/// fleet, or a small number would tell that slots were the trouble.
fn slots(source: &Source<'_>, r: &mut Random) -> u32 {
    let agents = source.world.agents.len() as u32;
    let ample = agents + r.whole(0, 2 * agents);
    let known = source.world.limits.iter().find_map(|l| match &l.rule {
        Rule::Slots(s) if l.kind == Kind::Cap => Some(s.slots),
        _ => None,
    });
    known.unwrap_or(ample)
}

fn windows(source: &Source<'_>, at: i64) -> Vec<WindowState> {
    let of = |w: &Window| WindowState {
        minutes: w.minutes,
        used: w.used_share(at).unwrap_or(0.0),
        // An idle window shows a moving placeholder (threads).
        resets_at: w.resets_at(at).or((w.kind == WindowKind::FirstUse).then_some(at + i64::from(w.minutes) * MINUTE)),
    };
    let limits = source.world.limits.iter().filter(|l| l.scope == Scope::Account(0));
    let mut windows: Vec<WindowState> = limits
        .filter_map(|l| match &l.rule {
            Rule::Window(w) => Some(of(w)),
            _ => None,
        })
        .collect();
    windows.sort_by_key(|w| w.minutes);
    windows
}

fn ledger_line(source: &Source<'_>, at: i64, windows: &[WindowState], slots: u32, lines: &mut String) {
    let _ = write!(
        lines,
        "{{\"captured_at\":\"{}\",\"provider\":\"kimi-code\",\"account\":{},\"windows\":[",
        clock::rfc3339(at, 0),
        json(&source.plan.accounts[0])
    );
    for (i, w) in windows.iter().enumerate() {
        let used = (100.0 * w.used).round() as u32;
        let comma = if i > 0 { "," } else { "" };
        let _ = write!(
            lines,
            "{comma}{{\"window_minutes\":{},\"limit\":100,\"used\":{used},\"remaining\":{}",
            w.minutes,
            100 - used
        );
        if let Some(t) = w.resets_at {
            let _ = write!(lines, ",\"resets_at\":\"{}\"", clock::rfc3339(t, 0));
        }
        lines.push('}');
    }
    let _ = writeln!(lines, "],\"concurrency_limit\":{slots}}}");
}

/// proto3 JSON: a zero is left out.
fn detail(w: &WindowState, limit: u32) -> String {
    let used = (f64::from(limit) * w.used).round() as u32;
    let mut text = format!("{{\"limit\":\"{limit}\"");
    if used > 0 {
        let _ = write!(text, ",\"used\":\"{used}\"");
    }
    if limit > used {
        let _ = write!(text, ",\"remaining\":\"{}\"", limit - used);
    }
    if let Some(t) = w.resets_at {
        let _ = write!(text, ",\"resetTime\":\"{}\"", clock::rfc3339(t, 6));
    }
    text.push('}');
    text
}

fn body(snapshots: &SnapshotPlan, windows: &[WindowState], slots: u32, account: &str) -> String {
    let find = |minutes| windows.iter().find(|w: &&WindowState| w.minutes == minutes);
    let week = |limit| find(10_080).map_or_else(|| "{}".to_owned(), |w| detail(w, limit));
    let limits = |limit| {
        let entry = |w: &WindowState| {
            format!(
                "{{\"window\":{{\"duration\":{},\"timeUnit\":\"TIME_UNIT_MINUTE\"}},\"detail\":{}}}",
                w.minutes,
                detail(w, limit)
            )
        };
        windows.iter().filter(|w| w.minutes != 10_080).map(entry).collect::<Vec<_>>().join(",")
    };
    match snapshots.body {
        Body::Requests => format!("{{\"usage\":{},\"limits\":[{}]}}", week(2_048), limits(200)),
        Body::Percent => format!(
            "{{\"user\":{{\"userId\":\"u0{account}\",\"region\":\"REGION_OVERSEA\",\"membership\":{{\"level\":\"LEVEL_STANDARD\"}},\"businessId\":\"\"}},\"usage\":{},\"limits\":[{}],\"parallel\":{{\"limit\":\"{slots}\"}},\"totalQuota\":{{\"limit\":\"100\",\"remaining\":\"99\"}},\"authentication\":{{\"method\":\"METHOD_API_KEY\",\"scope\":\"FEATURE_CODING\"}},\"subType\":\"TYPE_PURCHASE\",\"domain\":\"DOMAIN_NEXUS\"}}",
            week(100),
            limits(100)
        ),
        Body::Ratios => {
            let pool = |w: &WindowState| {
                let name = match w.minutes {
                    300 => "limit_5h",
                    1_440 => "limit_1d",
                    10_080 => "limit_7d",
                    _ => "limit_month_total",
                };
                let reset = w.resets_at.map(|t| format!(",\"reset_time\":\"{}\"", clock::rfc3339(t, 0)));
                let ratio = (w.used * 10_000.0).round() / 10_000.0;
                format!("\"{name}\":{{\"used_ratio\":{ratio}{}}}", reset.unwrap_or_default())
            };
            let pools: Vec<String> = windows.iter().map(pool).collect();
            format!(
                "{{\"usages\":{{{}}},\"limits\":[{{\"window\":{{\"duration\":300,\"timeUnit\":\"TIME_UNIT_MINUTE\"}},\"detail\":{{\"limit\":\"0\",\"used\":\"0\",\"remaining\":\"0\"}}}}],\"parallel\":{{\"limit\":\"{slots}\"}}}}",
                pools.join(",")
            )
        }
    }
}
