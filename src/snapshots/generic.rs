//! Our own form of a snapshot, for anyone whose provider is not known (docs/FORMATS.md, `usage-contract`).
//!
//! In: `{"captured_at","provider","account","windows":[{"window_minutes","limit","used","remaining","resets_at"}],
//! "concurrency_limit"}`. Out: the same. Time, provider and account are read by [`super::entry`], as of any ledger.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// The form `usage-contract`.
#[derive(Debug)]
pub struct Contract;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "usage-contract",
    provider: "",
    from: "a script of yours that writes the form of docs (captured_at, provider, account, windows)",
    shows: "windows and a concurrency limit, as far as the script knows them",
    not_logged: "nothing that it was given",
    established: "run",
};

impl SnapshotFormat for Contract {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let windows = body.get("windows")?.as_array()?;
        let timed = body.contains_key("captured_at");
        if !timed && !windows.iter().any(|w| w.get("window_minutes").is_some()) {
            return None;
        }
        Some(ParsedBody {
            views: windows.iter().filter_map(|w| view(w.as_object()?)).collect(),
            concurrency_limit: lenient::count(body.get("concurrency_limit")),
            balance: lenient::quantity(body.get("balance")),
            // Kimi's windows are anchored; of an unknown provider that is not known.
            anchored: lenient::text(body, "provider") == Some("kimi-code"),
            ..ParsedBody::default()
        })
    }
}

fn view(window: &Map<String, Value>) -> Option<View> {
    let amounts = Amounts {
        limit: lenient::quantity(window.get("limit")),
        used: lenient::quantity(window.get("used")),
        remaining: lenient::quantity(window.get("remaining")),
    };
    let reset = Reset::at(window.get("resets_at"));
    View::new("windows", lenient::count(window.get("window_minutes"))?, amounts, reset)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_example_is_read() {
        let body = json!({"captured_at": "2026-03-03T16:40:00Z", "provider": "kimi-code", "account": "acct0",
            "windows": [{"window_minutes": 300, "limit": 100, "used": 100, "remaining": 0,
                         "resets_at": "2026-03-03T17:16:04Z"}], "concurrency_limit": 30});
        let state = Contract.reads(&body).unwrap().state(None);
        let window = state.windows[0];
        assert_eq!((window.window_minutes, window.remaining_share), (300, Some(0.0)));
        assert_eq!(window.resets_at.unwrap().rfc3339(), "2026-03-03T17:16:04.000Z");
        assert_eq!(state.concurrency_limit, Some(30));
    }

    #[test]
    fn bad_windows_cost_only_themselves() {
        let body = json!({"captured_at": 1, "windows": [
            {"window_minutes": 300, "limit": 100, "used": -5, "resets_at": "2100-01-01T00:00:00Z"},
            {"window_minutes": "10080", "limit": 0, "used": 0}, {"limit": 3}, null, 7,
            {"window_minutes": -1, "limit": 3}]});
        let state = Contract.reads(&body).unwrap().state(None);
        assert_eq!(state.windows.len(), 1);
        assert_eq!((state.windows[0].remaining_share, state.windows[0].resets_at), (None, None));
        assert_eq!(Contract.reads(&json!({"windows": [{"title": "main"}]})), None);
        assert_eq!(Contract.reads(&json!({"captured_at": "x", "windows": 3})), None);
    }
}
