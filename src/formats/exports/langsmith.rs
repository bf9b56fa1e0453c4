//! LangSmith: runs, as its API and its SDK give them.
//!
//! In: runs (`run_type`, `start_time`, `error`, `extra`). Out: one row a run of type `llm`. Its times are UTC without a zone.
//! Source: the fields of a run in LangSmith's documentation and SDK.

use super::row::class_and_text;
use super::{Export, Keys, Reader, Row};
use crate::formats::otlp::{Call, Calls, id, status_in};
use crate::formats::{FormatInfo, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "langsmith",
    client: "otlp",
    client_traits: crate::formats::otlp::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "LangSmith: runs of its API (POST /runs/query), of Client.list_runs, of bulk exports",
    lives: &["wherever the runs were saved (Linux, macOS, Windows): .json, .jsonl, .csv or .parquet"],
    shows: "every run of type llm with start, end, provider, model, tokens and the error with its class and text",
    not_logged: "the retries of the SDK: one run is one to three requests; the status, unless the error names it; headers",
    established: "read (documentation, SDK)",
};

/// Runs of LangSmith.
pub static LANGSMITH: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["runs"], &["data"]],
    marks: &["run_type"],
    fits: |keys: &Keys| keys.all(&["run_type", "start_time"]) && keys.any(&["error", "status", "end_time"]),
    open: || Box::new(Runs::default()),
};

#[derive(Default)]
struct Runs(Calls);

const MODEL: &[&str] = &[
    "extra.metadata.ls_model_name",
    "extra.invocation_params.model",
    "extra.invocation_params.model_name",
    "metadata.ls_model_name",
];
const INPUT: &[&str] =
    &["prompt_tokens", "outputs.usage_metadata.input_tokens", "outputs.llm_output.token_usage.prompt_tokens"];
const OUTPUT: &[&str] =
    &["completion_tokens", "outputs.usage_metadata.output_tokens", "outputs.llm_output.token_usage.completion_tokens"];
const CACHE_READ: &[&str] =
    &["prompt_token_details.cache_read", "outputs.usage_metadata.input_token_details.cache_read"];

/// LangSmith's names of providers that the catalogue knows by another one.
const PROVIDERS: [(&str, &str); 4] = [
    ("amazon_bedrock", "bedrock"),
    ("google_vertexai", "vertex"),
    ("google_genai", "gemini"),
    ("google_anthropic_vertex", "vertex"),
];

impl Reader for Runs {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        // A run's id is its own in the whole world; its trace is that of its root.
        let identity = |paths: &[&str]| row.text(paths).map_or(0, |run| id("", &run));
        let (own, parent) = (identity(&["id"]), identity(&["parent_run_id"]));
        if row.text(&["run_type"]).is_none_or(|kind| !kind.eq_ignore_ascii_case("llm")) {
            self.0.other(own, parent, row.line, sink);
            return;
        }
        let error = row.text(&["error"]);
        let failed = error.is_some() || row.text(&["status"]).is_some_and(|s| s == "error");
        let (class, message) = error.map_or((None, None), |e| {
            let (class, text) = class_and_text(&e);
            (class, Some(text))
        });
        let provider = row.text(&["extra.metadata.ls_provider", "metadata.ls_provider"]);
        let known = |name: String| PROVIDERS.iter().find(|(l, _)| *l == name).map_or(name, |(_, p)| (*p).to_owned());
        self.0.add(
            Call {
                id: own,
                parent,
                start: row.time(&["start_time"]),
                end: row.time(&["end_time"]),
                line: row.line,
                failed,
                status: message.as_deref().and_then(status_in),
                kind: class,
                message,
                provider: provider.map(known),
                model: row.text(MODEL),
                session: row.text(&["thread_id", "extra.metadata.thread_id", "extra.metadata.session_id", "trace_id"]),
                tokens: [row.count(INPUT), row.count(OUTPUT), row.count(CACHE_READ), None],
                ..Call::default()
            },
            sink,
        );
    }

    fn finish(self: Box<Self>, sink: &mut Sink) {
        self.0.finish(sink);
    }
}
