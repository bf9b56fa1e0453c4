//! Langfuse: observations of its API, of its user interface, and of its exports to a bucket.
//!
//! In: rows with Langfuse's fields in either spelling (`startTime` of the API, `start_time` of the bucket). Out: one row a
//! generation or embedding. A generation inside another one is the row. Source: Langfuse's documentation of the API and of
//! the fields of blob storage exports.

use super::row::class_and_text;
use super::{Export, Keys, Reader, Row};
use crate::formats::otlp::{Call, Calls, id, status_in};
use crate::formats::{FormatInfo, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "langfuse",
    client: "otlp",
    client_traits: crate::formats::otlp::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Langfuse: observations of its API and user interface, exports to a bucket (observations_v2 and observations)",
    lives: &[
        "wherever the export was saved (Linux, macOS, Windows): .json, .jsonl, .csv or .parquet, also packed with gzip",
    ],
    shows: "every generation with start, end, model, tokens, level and status message; with observations_v2 the session",
    not_logged: "the retries of the SDK: one generation is one to three requests; the status, unless the message names it; the provider; headers",
    established: "read (documentation of the API and of the export's fields)",
};

/// Observations of Langfuse.
pub static LANGFUSE: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["data"], &["observations"]],
    marks: &["traceId", "traceName", "trace_id"],
    fits,
    open: || Box::new(Observations::default()),
};

fn fits(keys: &Keys) -> bool {
    let texts = ["level", "statusMessage", "status_message"];
    let named = ["type", "model", "providedModelName", "provided_model_name", "usageDetails", "usage_details"];
    let api = keys.all(&["startTime"]) && keys.any(&["traceId", "traceName"]);
    let bucket = keys.all(&["start_time", "trace_id"]) && !keys.any(&["run_type", "span_kind"]);
    (api || bucket) && keys.any(&texts) && keys.any(&named)
}

#[derive(Default)]
struct Observations(Calls);

/// Types that are one call of a model.
const CALLS: [&str; 2] = ["GENERATION", "EMBEDDING"];

const MODEL: &[&str] = &["model", "providedModelName", "provided_model_name", "internalModel", "modelName"];
const INPUT: &[&str] =
    &["usageDetails.input", "usage_details.input", "usage.input", "inputUsage", "promptTokens", "prompt_tokens"];
const OUTPUT: &[&str] = &[
    "usageDetails.output",
    "usage_details.output",
    "usage.output",
    "outputUsage",
    "completionTokens",
    "completion_tokens",
];
const CACHE_READ: &[&str] = &[
    "usageDetails.cache_read_input_tokens",
    "usage_details.cache_read_input_tokens",
    "usageDetails.input_cached_tokens",
    "usage_details.input_cached_tokens",
];
const CACHE_WRITE: &[&str] = &["usageDetails.cache_creation_input_tokens", "usage_details.cache_creation_input_tokens"];

impl Reader for Observations {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        let trace = row.text(&["traceId", "trace_id"]).unwrap_or_default();
        let identity = |paths: &[&str]| row.text(paths).map_or(0, |span| id(&trace, &span));
        let (own, parent) = (identity(&["id"]), identity(&["parentObservationId", "parent_observation_id"]));
        let model = row.text(MODEL);
        let is_call = match row.text(&["type"]) {
            Some(kind) => CALLS.iter().any(|c| kind.eq_ignore_ascii_case(c)),
            None => model.is_some(),
        };
        if !is_call {
            self.0.other(own, parent, row.line, sink);
            return;
        }
        let failed = row.text(&["level"]).is_some_and(|l| l.eq_ignore_ascii_case("ERROR"));
        let message = row.text(&["statusMessage", "status_message"]).filter(|_| failed);
        let (class, message) = message.map_or((None, None), |m| {
            let (class, text) = class_and_text(&m);
            (class, Some(text))
        });
        let start = row.time(&["startTime", "start_time"]);
        let latency = || start.zip(row.number(&["latency"])).map(|(s, seconds)| s.plus(seconds));
        self.0.add(
            Call {
                id: own,
                parent,
                start,
                end: row.time(&["endTime", "end_time"]).or_else(latency),
                line: row.line,
                failed,
                status: message.as_deref().and_then(status_in),
                kind: class,
                message,
                model,
                session: row.text(&["sessionId", "session_id"]).or(Some(trace)).filter(|s| !s.is_empty()),
                tokens: [INPUT, OUTPUT, CACHE_READ, CACHE_WRITE].map(|paths| row.count(paths)),
                ..Call::default()
            },
            sink,
        );
    }

    fn finish(self: Box<Self>, sink: &mut Sink) {
        self.0.finish(sink);
    }
}
