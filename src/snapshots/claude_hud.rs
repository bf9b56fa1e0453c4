//! claude-hud: the cache of its status line, and what claude-monitor keeps of Claude Code's status line.
//!
//! In: `{"data":{"fiveHour":45,"sevenDay":100,"fiveHourResetAt":..},"timestamp":..}`. Out: the 5-hour and the weekly window.
//! Always: a cache that says that the service could not be asked holds no snapshot. Source: claude-hud's usage-api.

use serde_json::Value;

use super::parsed_body::Reset;
use super::percent::{WEEK, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View};

/// The cache of claude-hud.
#[derive(Debug)]
pub struct ClaudeHud;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "claude-hud",
    provider: "claude-code",
    from: "claude-hud: ~/.claude/plugins/claude-hud/.usage-cache.json",
    shows: "the 5-hour and the weekly window, and when they were asked for",
    not_logged: "windows of single models, extra usage, limits per minute",
    established: "read",
};

/// The windows: their share used, their reset, their length.
const WINDOWS: [(&str, &str, u32); 2] = [("fiveHour", "fiveHourResetAt", 300), ("sevenDay", "sevenDayResetAt", WEEK)];

impl SnapshotFormat for ClaudeHud {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        if !WINDOWS.iter().all(|(key, reset, _)| body.contains_key(*key) && body.contains_key(*reset)) {
            return None;
        }
        let unasked = body.get("apiUnavailable") == Some(&Value::Bool(true));
        let views = WINDOWS.iter().filter(|_| !unasked).filter_map(|(key, reset, minutes)| {
            View::new(key, *minutes, used(Some(quantity(body, &[key])?)), Reset::at(body.get(*reset)))
        });
        let views: Vec<View> = views.collect();
        (!views.is_empty()).then(|| ParsedBody {
            provider: Some(INFO.provider.to_owned()),
            views,
            anchored: true,
            ..ParsedBody::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::entry::entries;
    use super::*;

    #[test]
    fn the_cache_is_dated_by_its_own_time() {
        let cache = json!({"data": {"planName": "Max", "fiveHour": 45, "sevenDay": 100,
            "fiveHourResetAt": "2026-05-12T11:00:00.039Z", "sevenDayResetAt": "2026-05-15T00:59:59.039Z"},
            "timestamp": 1_778_576_580_000_i64});
        let [entry] = &entries(&cache)[..] else { panic!() };
        assert_eq!(entry.time.unwrap().unwrap().rfc3339(), "2026-05-12T09:03:00.000Z");
        let state = entry.parsed.state(None);
        let windows: Vec<_> = state.windows.iter().map(|w| (w.window_minutes, w.remaining_share)).collect();
        assert_eq!(windows, [(300, Some(0.55)), (10_080, Some(0.0))]);
    }

    #[test]
    fn a_service_that_could_not_be_asked_is_no_reading() {
        let cache = json!({"fiveHour": null, "sevenDay": null, "fiveHourResetAt": null, "sevenDayResetAt": null,
            "apiUnavailable": true});
        assert_eq!(ClaudeHud.reads(&cache), None);
        let old = json!({"data": cache, "timestamp": 1_778_576_580_000_i64, "lastGoodData": {"fiveHour": 1, "sevenDay": 2,
            "fiveHourResetAt": null, "sevenDayResetAt": null}});
        assert!(entries(&old).is_empty(), "the last good data is older than the time beside it");
    }
}
