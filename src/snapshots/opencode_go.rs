//! OpenCode Go: the plan's usage.
//!
//! In: `{"rolling":{"status":"ok","percent":40,"resetsAt":".."},"weekly":{..},"monthly":{..}}`. Out: the 5-hour, weekly and
//! monthly window. Always: at 0 percent the reset is a placeholder; a window that refuses is exhausted.

use serde_json::{Map, Value};

use super::parsed_body::Reset;
use super::percent::{MONTH, WEEK, object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of OpenCode Go.
#[derive(Debug)]
pub struct OpencodeGo;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "opencode-go-usage",
    provider: "opencode-go",
    from: "the usage page of an OpenCode Go workspace",
    shows: "the 5-hour, weekly and monthly windows",
    not_logged: "when it was captured, limits per minute",
    established: "reported",
};

const WINDOWS: [(&str, u32); 3] = [("rolling", 300), ("weekly", WEEK), ("monthly", MONTH)];

impl SnapshotFormat for OpencodeGo {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let rolling = object(body, "rolling")?;
        if !rolling.contains_key("percent") || !body.contains_key("weekly") {
            return None;
        }
        let views = WINDOWS.iter().filter_map(|(key, minutes)| view(key, object(body, key)?, *minutes)).collect();
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), views, ..ParsedBody::default() })
    }
}

fn view(place: &'static str, window: &Map<String, Value>, minutes: u32) -> Option<View> {
    let refuses = lenient::text(window, "status") == Some("rate-limited");
    let percent = quantity(window, &["percent"]);
    let percent = if refuses { Some(percent.unwrap_or(100.0).max(100.0)) } else { percent };
    let reset = Reset::at(window.get("resetsAt")).filter(|_| percent != Some(0.0));
    View::new(place, minutes, used(percent), reset)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusing_untouched_and_unknown() {
        let body = json!({"rolling": {"status": "rate-limited", "percent": 99, "resetsAt": "2026-07-13T19:00:00Z"},
                          "weekly": {"status": "ok", "percent": 0, "resetsAt": "2026-07-20T00:00:00Z"},
                          "monthly": {"status": "ok"}});
        let state = OpencodeGo.reads(&body).unwrap().state(None);
        let actual: Vec<_> =
            state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.is_some())).collect();
        assert_eq!(actual, [(300, Some(0.0), true), (10_080, Some(1.0), false), (43_200, None, false)]);
        assert_eq!(OpencodeGo.reads(&json!({"rolling": {"percent": 3}})), None);
        assert_eq!(OpencodeGo.reads(&json!({"rolling": 3, "weekly": 4})), None);
    }
}
