//! MiniMax coding plans: `GET /v1/api/openplatform/coding_plan/remains` (also `token_plan/remains`).
//!
//! In: `model_remains[]`, windows with begin and end in epoch milliseconds. Out: the interval's and the week's window.
//! Always: the fields named `*_usage_count` hold what REMAINS (MiniMax-AI/MiniMax-M2#99); without counts the percentage
//! is all there is; a model outside the plan is not measured; the week's end dates the body. Each entry is a product with
//! quotas of its own: `general` is that of the text models, and pictures, speech and video say nothing on it.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{agreeing, quantity, remaining};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};
use crate::model::Time;

/// Snapshots of a MiniMax plan.
#[derive(Debug)]
pub struct MinimaxRemains;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "minimax-remains",
    provider: "minimax",
    from: "GET https://api.minimax.io/v1/api/openplatform/coding_plan/remains or /v1/token_plan/remains",
    shows: "the 5-hour and the weekly window, and by its week when it was captured",
    not_logged: "the concurrency limit, limits per minute",
    established: "read",
};

/// Names of the fields of one of the two windows.
struct Keys {
    place: &'static str,
    begin: &'static str,
    end: &'static str,
    total: &'static str,
    left: &'static str,
    percent: &'static str,
    status: &'static str,
}

const INTERVAL: Keys = Keys {
    place: "current_interval",
    begin: "start_time",
    end: "end_time",
    total: "current_interval_total_count",
    left: "current_interval_usage_count",
    percent: "current_interval_remaining_percent",
    status: "current_interval_status",
};

const WEEKLY: Keys = Keys {
    place: "current_weekly",
    begin: "weekly_start_time",
    end: "weekly_end_time",
    total: "current_weekly_total_count",
    left: "current_weekly_usage_count",
    percent: "current_weekly_remaining_percent",
    status: "current_weekly_status",
};

/// Status of a window that is used up, and of one that the plan does not include.
const EXHAUSTED: f64 = 2.0;
const NOT_IN_PLAN: f64 = 3.0;

impl SnapshotFormat for MinimaxRemains {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let models = body.get("model_remains")?.as_array()?;
        let models: Vec<&Map<String, Value>> = models.iter().filter_map(Value::as_object).collect();
        if !models.iter().any(|m| m.contains_key(INTERVAL.end) || m.contains_key(WEEKLY.end)) {
            return None;
        }
        let mut parsed =
            ParsedBody { provider: Some(INFO.provider.to_owned()), anchored: true, ..ParsedBody::default() };
        let (text, media) = by_product(&models);
        parsed.remarks.extend(media.into_iter().filter_map(used_up));
        for keys in [&INTERVAL, &WEEKLY] {
            let views: Vec<View> = text.iter().filter_map(|m| view(m, keys)).collect();
            match agreeing(views) {
                Ok(view) => parsed.views.extend(view),
                Err(remark) => parsed.remarks.push(remark),
            }
        }
        parsed.captured = models.iter().find_map(|m| capture_time(m));
        Some(parsed)
    }
}

/// Name of the product that all text models share.
const TEXT_MODELS: &str = "general";

/// Words in the names of products that are no text models (older bodies list them by model: `Hailuo-2.3`, `speech-hd`).
const MEDIA: &[&str] = &["video", "hailuo", "speech", "t2a", "audio", "voice", "music", "lyrics", "image", "picture"];

type Entry<'a> = &'a Map<String, Value>;

fn name(model: Entry<'_>) -> String {
    lenient::text(model, "model_name").unwrap_or("").to_ascii_lowercase()
}

/// The entries of text models, and those of other products.
fn by_product<'a>(models: &[Entry<'a>]) -> (Vec<Entry<'a>>, Vec<Entry<'a>>) {
    let general = models.iter().any(|m| name(m) == TEXT_MODELS);
    let is_text = |model: &Entry<'_>| {
        let name = name(model);
        if general { name == TEXT_MODELS } else { !MEDIA.iter().any(|word| name.contains(word)) }
    };
    models.iter().copied().partition(is_text)
}

/// A sentence for another product that shows nothing left.
fn used_up(model: Entry<'_>) -> Option<String> {
    let views = [&INTERVAL, &WEEKLY].into_iter().filter_map(|keys| view(model, keys));
    let window = views.filter(|v| v.share() == Some(0.0)).map(|v| v.window_minutes()).max()?;
    let name = name(model);
    let known = MEDIA.iter().find(|word| name.contains(**word)).copied().unwrap_or("another product");
    Some(format!("The {window}-minute window of {known} shows nothing left; text models have a quota of their own."))
}

fn view(model: &Map<String, Value>, keys: &Keys) -> Option<View> {
    let status = quantity(model, &[keys.status]);
    if status == Some(NOT_IN_PLAN) {
        return None;
    }
    let (begin, end) = (quantity(model, &[keys.begin])?, quantity(model, &[keys.end])?);
    let minutes = ((end - begin) / 60_000.0).round();
    if !(1.0..=f64::from(u32::MAX)).contains(&minutes) {
        return None;
    }
    let total = quantity(model, &[keys.total]).filter(|t| *t > 0.0);
    let amounts = match (status, total) {
        (Some(EXHAUSTED), _) => remaining(Some(0.0)),
        (_, Some(total)) => Amounts { limit: Some(total), used: None, remaining: quantity(model, &[keys.left]) },
        (_, None) => remaining(Some(quantity(model, &[keys.percent])?)),
    };
    View::new(keys.place, minutes as u32, amounts, Reset::at(model.get(keys.end)))
}

/// The end of the week less what remains until it; the interval's `remains_time` was seen to be wrong.
fn capture_time(model: &Map<String, Value>) -> Option<Time> {
    let end = lenient::time(model.get(WEEKLY.end)?)?;
    let left_ms = quantity(model, &["weekly_remains_time"])?;
    Some(end.plus(-left_ms / 1000.0)).filter(|t| t.is_plausible())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2026-07-11T05:00:00Z and five hours on; the week begins on Monday the 6th.
    fn model(interval_left: u32, weekly_left: u32, interval_status: u32) -> Value {
        json!({"model_name": "m-1", "start_time": 1_783_746_000_000_i64, "end_time": 1_783_764_000_000_i64,
            "remains_time": 18_000_000, "current_interval_total_count": 1500,
            "current_interval_usage_count": interval_left, "current_interval_status": interval_status,
            "current_weekly_total_count": 0, "current_weekly_remaining_percent": weekly_left,
            "weekly_start_time": 1_783_296_000_000_i64, "weekly_end_time": 1_783_900_800_000_i64,
            "weekly_remains_time": 139_912_000})
    }

    fn body(models: Value) -> Value {
        json!({"base_resp": {"status_code": 0, "status_msg": "success"}, "model_remains": models})
    }

    fn windows(body: &Value) -> Vec<(u32, Option<f64>)> {
        let state = MinimaxRemains.reads(body).unwrap().state(None);
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share)).collect()
    }

    #[test]
    fn products_have_quotas_of_their_own() {
        let named = |name: &str, mut model: Value| {
            model["model_name"] = json!(name);
            model
        };
        // 2026-07-11T00:00:00Z and a day on.
        let mut video = named("video", model(0, 0, 2));
        video["start_time"] = json!(1_783_728_000_000_i64);
        video["end_time"] = json!(1_783_814_400_000_i64);
        let both = body(json!([video.clone(), named("general", model(750, 40, 1))]));
        assert_eq!(windows(&both), [(300, Some(0.5)), (10_080, Some(0.4))]);
        let state = MinimaxRemains.reads(&both).unwrap().state(None);
        assert_eq!(
            state.conflicts,
            ["The 10080-minute window of video shows nothing left; text models have a quota of their own."]
        );
        let older = body(json!([named("MiniMax-M2", model(0, 40, 1)), named("speech-hd", model(1500, 90, 1))]));
        assert_eq!(windows(&older), [(300, Some(0.0)), (10_080, Some(0.4))], "models by name");
        assert!(windows(&body(json!([video]))).is_empty(), "video alone says nothing on text models");
    }

    #[test]
    fn what_is_called_usage_is_what_remains() {
        assert_eq!(windows(&body(json!([model(1500, 40, 1)]))), [(300, Some(1.0)), (10_080, Some(0.4))]);
        assert_eq!(windows(&body(json!([model(0, 40, 1)])))[0], (300, Some(0.0)));
        assert_eq!(windows(&body(json!([model(700, 40, 2)])))[0], (300, Some(0.0)), "the status says exhausted");
    }

    #[test]
    fn the_week_dates_the_body() {
        let parsed = MinimaxRemains.reads(&body(json!([model(1, 2, 1)]))).unwrap();
        assert_eq!(parsed.captured.map(Time::rfc3339).as_deref(), Some("2026-07-11T09:08:08.000Z"));
    }

    #[test]
    fn models_that_differ_tell_nothing_of_the_account() {
        let parsed = MinimaxRemains.reads(&body(json!([model(0, 40, 1), model(1500, 40, 1)]))).unwrap();
        let state = parsed.state(None);
        assert_eq!(state.windows.iter().map(|w| w.window_minutes).collect::<Vec<_>>(), [10_080]);
        assert_eq!(state.conflicts.len(), 1);
        let outside = body(json!([model(0, 40, 1), model(1500, 40, 3)]));
        assert_eq!(windows(&outside)[0], (300, Some(0.0)), "a model outside the plan is not measured");
    }

    #[test]
    fn other_bodies_are_not_read() {
        for body in
            [json!({"base_resp": {"status_code": 1004}}), json!({"model_remains": []}), json!({"model_remains": [1]})]
        {
            assert_eq!(MinimaxRemains.reads(&body), None, "{body}");
        }
    }
}
