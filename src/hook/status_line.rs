//! What Claude Code gives to the command of its status line: its `rate_limits` (from 2.1.80 on, for subscriptions).
//!
//! In: the JSON. Out: a snapshot line when it says something new, and the text of the status line. Always: the client draws
//! its status line again without having asked the provider, so numbers that a session showed before are not dated anew.

use serde_json::{Map, Value, json};

use super::ledger::{self, SnapshotLine};
use super::{Asked, Taken, snapshot_of};
use crate::model::{EXHAUSTED_SHARE, Time, WindowState};
use crate::snapshots::lenient;

/// Unchanged numbers are written again only after an answer, and after so many seconds.
const AGAIN_S: f64 = 60.0;

/// Shown where the client gives no limits: keys of the API have none, and a new session has had no answer yet.
const NO_LIMITS: &str = "limits: not reported yet";

/// Whether a document is the input of a status line.
pub(super) fn is_one(event: &Map<String, Value>) -> bool {
    event.contains_key("session_id") && event.get("model").is_some_and(Value::is_object)
}

/// Takes the input of a status line.
pub(super) fn take(event: &Map<String, Value>, asked: &Asked<'_>) -> Taken {
    let limits = event.get("rate_limits").filter(|l| l.is_object());
    let body = limits.map(|limits| json!({ "rate_limits": limits }));
    let Some(mut snapshot) = body.and_then(|body| snapshot_of(&body, asked)) else {
        return Taken { shown: Some(NO_LIMITS.to_owned()), ..Taken::nothing("the client tells no limits") };
    };
    // Numbers of a window whose reset has passed are old.
    snapshot.state.windows.retain(|w| w.remaining_share.is_some() && w.resets_at.is_none_or(|at| at > asked.now));
    let shown = text(&snapshot.state.windows, asked.shown);
    let cost = event.get("cost").and_then(Value::as_object);
    let client = asked.client.unwrap_or("claude-code");
    let mut line = SnapshotLine::of(&snapshot, asked);
    if let Some(line) = &mut line {
        line.client = Some(ledger::cut(client));
        line.session = lenient::text(event, "session_id").map(ledger::cut);
        line.answers_ms = cost.and_then(|c| lenient::quantity(c.get("total_api_duration_ms")));
    }
    let (lines, why_not) = match line {
        None => (Vec::new(), Some("every window has been reset since these numbers were sent")),
        Some(line) if is_known(&line, asked) => (Vec::new(), Some("the ledger has these numbers already")),
        Some(line) => (vec![line.text()], None),
    };
    Taken { lines, shown: Some(shown), why_not }
}

/// Whether the session's last line says the same, and no answer came since.
fn is_known(line: &SnapshotLine, asked: &Asked<'_>) -> bool {
    let last = ledger::last_snapshot(asked.before, |l| l.client == line.client && l.session == line.session);
    last.is_some_and(|last| {
        let answered = line.answers_ms.zip(last.answers_ms).is_some_and(|(now, before)| now > before);
        let age_s = Time::parse_rfc3339(&last.captured_at).map_or(f64::INFINITY, |at| asked.now.since(at));
        last.windows == line.windows && !(answered && age_s >= AGAIN_S)
    })
}

/// `5-hour 42 % used, resets 17:16 | weekly 15 % used`.
fn text(windows: &[WindowState], shown: fn(Time) -> String) -> String {
    let one = |w: &WindowState| {
        let name = match w.window_minutes {
            300 => "5-hour".to_owned(),
            10_080 => "weekly".to_owned(),
            minutes => format!("{minutes} min"),
        };
        let left = w.remaining_share.unwrap_or(1.0);
        let used =
            if left <= EXHAUSTED_SHARE { "used up".to_owned() } else { format!("{:.0} % used", 100.0 * (1.0 - left)) };
        let reset = w.resets_at.map(|at| format!(", resets {}", shown(at))).unwrap_or_default();
        format!("{name} {used}{reset}")
    };
    if windows.is_empty() { NO_LIMITS.to_owned() } else { windows.iter().map(one).collect::<Vec<_>>().join(" | ") }
}
