//! Grok's terminal program: its billing document.
//!
//! In: `config` with the period's start and end and the part of its credits that is used. Out: that period's window, named by
//! its length. Source: bodies saved by a public meter.

use serde_json::Value;

use super::parsed_body::Reset;
use super::percent::{object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of Grok's terminal program.
#[derive(Debug)]
pub struct GrokBilling;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "grok-billing",
    provider: "xai",
    from: "Grok CLI's billing document (cli-chat-proxy)",
    shows: "the part of the period's credits that is used, with the period's start and end",
    not_logged: "credits bought on demand, limits per minute, concurrency",
    established: "read",
};

impl SnapshotFormat for GrokBilling {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let config = object(body.as_object()?, "config")?;
        let period = object(config, "currentPeriod")?;
        let kind = lenient::text(period, "type")?;
        if !kind.starts_with("USAGE_PERIOD_TYPE_") {
            return None;
        }
        let [start, end] = ["start", "end"].map(|key| period.get(key).and_then(lenient::time));
        let length_s = start.zip(end).map(|(start, end)| end.since(start)).filter(|s| *s >= 60.0);
        let amounts = used(quantity(config, &["creditUsagePercent"]));
        let view = length_s
            .and_then(|s| View::new("config", (s / 60.0).round() as u32, amounts, Reset::at(period.get("end"))));
        Some(ParsedBody {
            provider: Some(INFO.provider.to_owned()),
            views: view.into_iter().collect(),
            ..ParsedBody::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn window(percent: Value) -> Option<(u32, Option<f64>, Option<String>)> {
        let body = json!({"config": {"currentPeriod": {"type": "USAGE_PERIOD_TYPE_WEEKLY", "start": "2026-07-10T00:00:00Z",
            "end": "2026-07-17T00:00:00Z"}, "creditUsagePercent": percent, "onDemandCap": {"val": 0}}});
        let state = GrokBilling.reads(&body)?.state(None);
        let w = state.windows.first()?;
        Some((w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339())))
    }

    #[test]
    fn spent_untouched_and_unknown() {
        let reset = Some("2026-07-17T00:00:00.000Z".to_owned());
        assert_eq!(window(json!(100)), Some((10_080, Some(0.0), reset.clone())));
        assert_eq!(window(json!(0)), Some((10_080, Some(1.0), reset)));
        let unknown = window(Value::Null);
        assert!(unknown.is_none_or(|w| w.1.is_none()), "a missing percentage is unknown, never zero");
        assert_eq!(GrokBilling.reads(&json!({"config": {"currentPeriod": {"type": "month"}}})), None);
    }
}
