//! Ledgers of the quota meters that users run: CodexBar, openusage, oh-my-pi.
//!
//! In: their own JSON, whatever provider it speaks of. Out: the windows, named by the length beside them. Always:
//! a window without a length is not read; the provider is the one that the meter names.
//!
//! Meters that keep the provider's own body (onWatch's `raw_json`, `quotas --json`) need nothing here: [`super::entry`] finds it.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// CodexBar: lines of its usage history, and `codexbar usage --format json`.
#[derive(Debug)]
pub struct CodexBar;

static CODEX_BAR: SnapshotInfo = SnapshotInfo {
    id: "codexbar",
    provider: "",
    from: "CodexBar: usage-history.jsonl, history/PROVIDER.json, codexbar usage --format json, or codexbar dashboard",
    shows: "windows of every provider that it watches, with the time of each sample",
    not_logged: "concurrency limits; resets are rounded to five minutes in the history",
    established: "read",
};

impl SnapshotFormat for CodexBar {
    fn info(&self) -> &'static SnapshotInfo {
        &CODEX_BAR
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        if body.contains_key("usedPercent") && body.contains_key("windowMinutes") {
            let timed = body.contains_key("sampledAt") || body.contains_key("capturedAt");
            return timed.then(|| of(window("sample", body).into_iter().collect()));
        }
        if let Some(parsed) = dashboard(body) {
            return Some(parsed);
        }
        let usage = object(body, "usage").filter(|_| lenient::text(body, "provider").is_some())?;
        let slots = ["primary", "secondary", "tertiary"].iter().filter_map(|k| object(usage, k));
        let slots: Vec<_> = slots.filter(|w| w.contains_key("usedPercent")).collect();
        (!slots.is_empty()).then(|| {
            let mut parsed = of(slots.into_iter().filter_map(|w| window("usage", w)).collect());
            parsed.captured = usage.get("updatedAt").and_then(lenient::time).filter(|t| t.is_plausible());
            parsed
        })
    }
}

/// A provider of the dashboard's document: `{"id":"kimi","windows":[{"usedPercent","windowMinutes","resetsAt"}]}`.
fn dashboard(body: &Map<String, Value>) -> Option<ParsedBody> {
    let id = lenient::text(body, "id")?;
    let windows = body.get("windows")?.as_array()?.iter().filter_map(Value::as_object);
    let windows: Vec<_> =
        windows.filter(|w| w.contains_key("usedPercent") && w.contains_key("windowMinutes")).collect();
    let provider = crate::signals::catalogue().provider(id).map_or(id, |p| p.id.as_str());
    let views = windows.iter().filter_map(|w| window("windows", w)).collect();
    (!windows.is_empty()).then(|| ParsedBody { provider: Some(provider.to_owned()), ..of(views) })
}

fn of(views: Vec<View>) -> ParsedBody {
    ParsedBody { views, idle_moves: true, ..ParsedBody::default() }
}

fn window(place: &'static str, window: &Map<String, Value>) -> Option<View> {
    let minutes = lenient::count(window.get("windowMinutes"))?;
    View::new(place, minutes, used(quantity(window, &["usedPercent"])), Reset::at(window.get("resetsAt")))
}

/// openusage: one provider of its local server's limits document.
#[derive(Debug)]
pub struct OpenUsage;

static OPEN_USAGE: SnapshotInfo = SnapshotInfo {
    id: "openusage",
    provider: "",
    from: "openusage: the document openusage.limits.v1 of its local server",
    shows: "windows of every provider that it watches",
    not_logged: "concurrency limits, limits per minute",
    established: "read",
};

impl SnapshotFormat for OpenUsage {
    fn info(&self) -> &'static SnapshotInfo {
        &OPEN_USAGE
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let resources = object(body, "resources")?;
        let timed = |r: &&Map<String, Value>| r.contains_key("windowSeconds");
        let resources: Vec<_> = resources.values().filter_map(Value::as_object).filter(timed).collect();
        if resources.is_empty() {
            return None;
        }
        let mut parsed = of(resources.into_iter().filter_map(resource).collect());
        if body.get("stale") == Some(&Value::Bool(true)) {
            parsed.remarks.push("The meter calls this snapshot stale.".to_owned());
        }
        Some(parsed)
    }
}

fn resource(resource: &Map<String, Value>) -> Option<View> {
    let minutes = lenient::minutes(resource.get("windowSeconds")?, "SECOND")?;
    let counted = Amounts {
        limit: quantity(resource, &["limit"]),
        used: quantity(resource, &["used"]),
        remaining: quantity(resource, &["remaining"]),
    };
    let share = Amounts::of_used_share(quantity(resource, &["utilization"]));
    let amounts = if counted.limit.is_some_and(|l| l > 0.0) { counted } else { share };
    View::new("resources", minutes, amounts, Reset::at(resource.get("resetsAt")))
}

/// oh-my-pi: one report of its usage document.
#[derive(Debug)]
pub struct OhMyPi;

static OH_MY_PI: SnapshotInfo = SnapshotInfo {
    id: "omp-usage",
    provider: "",
    from: "oh-my-pi: the reports of omp usage as JSON",
    shows: "windows of every provider that it watches",
    not_logged: "concurrency limits, limits per minute",
    established: "read",
};

impl SnapshotFormat for OhMyPi {
    fn info(&self) -> &'static SnapshotInfo {
        &OH_MY_PI
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let limits = body.get("limits")?.as_array()?.iter().filter_map(Value::as_object);
        let shaped = |l: &&Map<String, Value>| {
            object(l, "amount").is_some() && object(l, "window").is_some_and(|w| w.contains_key("durationMs"))
        };
        let limits: Vec<_> = limits.filter(shaped).collect();
        (!limits.is_empty()).then(|| of(limits.into_iter().filter_map(report).collect()))
    }
}

fn report(limit: &Map<String, Value>) -> Option<View> {
    let (window, amount) = (object(limit, "window")?, object(limit, "amount")?);
    let minutes = (quantity(window, &["durationMs"])? / 60_000.0).round();
    if !(1.0..=f64::from(u32::MAX)).contains(&minutes) {
        return None;
    }
    let counted = Amounts {
        limit: quantity(amount, &["limit"]),
        used: quantity(amount, &["used"]),
        remaining: quantity(amount, &["remaining"]),
    };
    let share = Amounts::of_used_share(quantity(amount, &["usedFraction"]));
    let amounts = if counted.limit.is_some() { counted } else { share };
    View::new("limits", minutes as u32, amounts, Reset::at(window.get("resetsAt")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::entry::entries;
    use super::*;

    /// Provider, capture, windows with their shares.
    type Row = (Option<String>, Option<String>, Vec<(u32, Option<f64>)>);

    fn rows(document: &Value) -> Vec<Row> {
        let of = |e: super::super::entry::Entry| {
            let time = e.time.and_then(Result::ok).or(e.parsed.captured);
            let state = e.parsed.state(time);
            let windows = state.windows.iter().map(|w| (w.window_minutes, w.remaining_share)).collect();
            (e.parsed.provider.or(e.provider), time.map(|t| t.rfc3339()), windows)
        };
        entries(document).into_iter().map(of).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_line_of_codexbar_s_history() {
        let line = json!({"v": 1, "provider": "kimi", "windowKind": "session", "source": "live", "accountKey": "k1",
            "sampledAt": "2026-03-03T16:40:00Z", "usedPercent": 100, "resetsAt": "2026-03-03T17:15:00Z", "windowMinutes": 300});
        assert_eq!(rows(&line), [(some("kimi-code"), some("2026-03-03T16:40:00.000Z"), vec![(300, Some(0.0))])]);
    }

    #[test]
    fn codexbar_s_history_file_names_the_length_once() {
        let file = json!({"version": 1, "unscoped": [{"name": "weekly", "windowMinutes": 10_080, "entries": [
            {"capturedAt": "2026-03-03T16:40:00Z", "usedPercent": 50, "resetsAt": "2026-03-08T00:00:00Z"},
            {"capturedAt": "2026-03-03T17:40:00Z", "usedPercent": 75}]}], "accounts": {"k1": [{"name": "session",
            "windowMinutes": 300, "entries": [{"capturedAt": "2026-03-03T18:40:00Z", "usedPercent": 0}]}]}});
        assert_eq!(
            rows(&file),
            [
                (None, some("2026-03-03T18:40:00.000Z"), vec![(300, Some(1.0))]),
                (None, some("2026-03-03T16:40:00.000Z"), vec![(10_080, Some(0.5))]),
                (None, some("2026-03-03T17:40:00.000Z"), vec![(10_080, Some(0.25))])
            ]
        );
    }

    #[test]
    fn codexbar_s_usage_document() {
        let document = json!([{"provider": "claude", "source": "oauth", "usage": {
            "primary": {"usedPercent": 25, "windowMinutes": 300, "resetsAt": "2026-03-03T19:00:00Z"},
            "secondary": {"usedPercent": 100, "windowMinutes": 10_080}, "updatedAt": "2026-03-03T16:40:00Z"}}]);
        assert_eq!(
            rows(&document),
            [(some("claude-code"), some("2026-03-03T16:40:00.000Z"), vec![(300, Some(0.75)), (10_080, Some(0.0))])]
        );
    }

    #[test]
    fn codexbar_s_dashboard_names_its_providers_by_id() {
        let document = json!({"schemaVersion": 1, "generatedAt": "2026-03-03T16:40:00Z", "providers": [
            {"id": "kimi", "name": "Kimi", "windows": [{"name": "session", "usedPercent": 100, "windowMinutes": 300}]},
            {"id": "claude", "windows": [{"usedPercent": 25, "windowMinutes": 10_080}]},
            {"id": "x", "windows": [{"title": "no reading"}]}]});
        let time = some("2026-03-03T16:40:00.000Z");
        assert_eq!(
            rows(&document),
            [
                (some("kimi-code"), time.clone(), vec![(300, Some(0.0))]),
                (some("claude-code"), time, vec![(10_080, Some(0.75))])
            ]
        );
    }

    #[test]
    fn openusage_names_its_providers_by_key() {
        let document = json!({"schema": "openusage.limits.v1", "generatedAt": "2026-03-03T16:41:00Z", "providers": {
            "codex": {"fetchedAt": "2026-03-03T16:40:00Z", "stale": false, "resources": {
                "session": {"kind": "window", "unit": "percent", "used": 100, "limit": 100, "windowSeconds": 18_000,
                            "resetsAt": "2026-03-03T17:15:00Z"},
                "weekly": {"kind": "window", "utilization": 0.5, "windowSeconds": 604_800},
                "credits": {"kind": "balance", "remaining": 3}}}}});
        assert_eq!(
            rows(&document),
            [(some("codex"), some("2026-03-03T16:40:00.000Z"), vec![(300, Some(0.0)), (10_080, Some(0.5))])]
        );
    }

    #[test]
    fn oh_my_pi_s_reports() {
        let document = json!({"reports": [{"provider": "kimi-code", "fetchedAt": 1_772_556_000_000_i64, "limits": [
            {"id": "kimi-code:1", "label": "5h", "window": {"durationMs": 18_000_000, "resetsAt": 1_772_558_000_000_i64},
             "amount": {"unit": "percent", "limit": 100, "used": 0}},
            {"id": "kimi-code:2", "window": {"durationMs": 604_800_000}, "amount": {"unit": "percent", "usedFraction": 1}}]}]});
        assert_eq!(
            rows(&document),
            [(some("kimi-code"), some("2026-03-03T16:40:00.000Z"), vec![(300, Some(1.0)), (10_080, Some(0.0))])]
        );
    }

    #[test]
    fn meters_that_keep_the_provider_s_body() {
        let body = json!({"five_hour": {"utilization": 40.0, "resets_at": null}, "seven_day": {"utilization": 0.0}});
        let row = json!([{"id": 7, "captured_at": "2026-03-03T16:40:00Z", "raw_json": body.to_string()}]);
        let expected =
            [(some("claude-code"), some("2026-03-03T16:40:00.000Z"), vec![(300, Some(0.6)), (10_080, Some(1.0))])];
        assert_eq!(rows(&row), expected);
        let quotas = json!({"timestamp": "2026-03-03T16:41:00Z", "providers": [
            {"name": "claude", "status": "ok", "fetched_at": "2026-03-03T16:40:00Z", "raw_response": body}]});
        assert_eq!(rows(&quotas), expected);
    }
}
