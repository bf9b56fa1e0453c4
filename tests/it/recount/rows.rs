//! The rows of a few formats, read with a few lines each and with nothing of the program: the other side of the recount.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde_json::Value;

/// One request as its log tells it.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Seconds since the epoch.
    pub start: f64,
    /// The same, where the log says when it ended.
    pub end: Option<f64>,
    /// When the request that was served began, where its row may begin with retries that are not logged.
    pub begun: Option<f64>,
    /// Served; else it was refused.
    pub is_admitted: bool,
    /// Who sent it, where the log says so.
    pub agent: Option<String>,
    /// All of its tokens: input, cached or not, and output.
    pub tokens: u64,
    /// HTTP status, where the log has it.
    pub status: Option<u64>,
    /// Seconds that the server asked to wait.
    pub wait_s: Option<f64>,
    /// What the refusal says.
    pub text: String,
}

impl Row {
    /// When the request that was answered began.
    pub fn begun(&self) -> f64 {
        self.begun.unwrap_or(self.start)
    }

    /// When a refused request was: a row that hides retries was refused at its end.
    pub fn refused(&self) -> f64 {
        self.begun.and(self.end).map_or(self.start, |end| (end - 0.001).max(self.start))
    }
}

/// How the rows of a fixture are written.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    Canonical,
    KimiCode,
    Nginx,
    Litellm,
    Caddy,
    Otlp,
    Har,
    OpencodeStorage,
    Codex,
    ClaudeCode,
}

pub fn read(folder: &Path, format: Format) -> Vec<Row> {
    let mut rows: Vec<Row> = match format {
        Format::Canonical => lines(folder, "requests.jsonl").iter().map(canonical).collect(),
        Format::KimiCode => files(folder, "wire.jsonl").iter().flat_map(|f| kimi_code(f)).collect(),
        Format::Nginx => lines(folder, "access.json.log").iter().filter(|v| is_model(v)).map(nginx).collect(),
        Format::Litellm => lines(folder, "calls.jsonl").iter().map(litellm).collect(),
        Format::Caddy => lines(folder, "access.log").iter().filter(|v| is_model(&v["request"])).map(caddy).collect(),
        Format::Otlp => without_hidden(lines(folder, "traces.jsonl").iter().map(otlp).collect()),
        Format::Har => har(folder),
        Format::OpencodeStorage => files(folder, "msg_").iter().filter_map(|f| opencode(f)).collect(),
        Format::ClaudeCode => {
            let mut seen = BTreeSet::new();
            // A compacted thread is a copy of the main one: each line counts once.
            without_hidden(files(folder, ".jsonl").iter().flat_map(|f| claude_code(f, &mut seen)).collect())
        }
        Format::Codex => files(folder, "rollout-").iter().flat_map(|f| codex(f)).collect(),
    };
    rows.sort_by(|a, b| a.start.total_cmp(&b.start));
    rows
}

/// Files below a folder whose name holds `part`.
pub fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, part));
        } else if entry.file_name().is_some_and(|n| n.to_string_lossy().contains(part)) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn json_lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    files(folder, name).iter().flat_map(|f| json_lines(f)).collect()
}

/// Seconds since the epoch.
pub fn stamp(text: &str) -> f64 {
    DateTime::parse_from_rfc3339(text).unwrap_or_else(|e| panic!("{text}: {e}")).timestamp_micros() as f64 / 1e6
}

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_default().to_owned()
}

fn canonical(v: &Value) -> Row {
    let n = |key: &str| v[key].as_u64().unwrap_or(0);
    Row {
        start: stamp(v["start"].as_str().unwrap()),
        end: v["end"].as_str().map(stamp),
        is_admitted: v["status"] == 200 || v["outcome"] == "ok",
        agent: v["session"].as_str().map(|s| format!("{s}/{}", text(&v["agent"]))),
        tokens: n("input_tokens") + n("output_tokens") + n("cache_read_tokens") + n("cache_write_tokens"),
        status: v["status"].as_u64(),
        wait_s: v["retry_after_s"].as_f64(),
        text: text(&v["error_message"]),
        ..Row::default()
    }
}

/// A request lies between `llm.request` and its `usage.record` (`step.end` waits for the tools), or the `step.end` of a step
/// that failed; what was answered then stands in the line after it.
fn kimi_code(path: &Path) -> Vec<Row> {
    let all = json_lines(path);
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Option<f64> = None;
    let mut answered: Option<f64> = None;
    // Agents of two sessions may have one name: the folder tells them apart.
    let agent = path.parent().map(|p| p.to_string_lossy().into_owned());
    for (i, v) in all.iter().enumerate() {
        let at = v["time"].as_f64().unwrap_or(0.0) / 1000.0;
        let event = &v["event"];
        if v["type"] == "llm.request" {
            (open, answered) = (Some(at), None);
        } else if v["type"] == "usage.record" {
            answered = Some(at);
        } else if event["type"] == "step.end" {
            let Some(start) = open.take() else { continue };
            let n = |key: &str| event["usage"][key].as_u64().unwrap_or(0);
            let is_admitted = event["finishReason"] != "error";
            let said = all.get(i + 1).map_or(&Value::Null, |v| v);
            let said = if said["errorMessage"].is_string() { &said["errorMessage"] } else { &said["message"] };
            rows.push(Row {
                start,
                end: answered.or(Some(at)),
                is_admitted,
                agent: agent.clone(),
                tokens: n("inputOther") + n("output") + n("inputCacheRead") + n("inputCacheCreation"),
                text: if is_admitted { String::new() } else { text(said) },
                ..Row::default()
            });
        }
    }
    rows
}

/// Other paths of the same server are no requests to a model.
fn is_model(v: &Value) -> bool {
    v["uri"].as_str().is_some_and(|uri| uri.starts_with("/v1/"))
}

fn nginx(v: &Value) -> Row {
    let end: f64 = v["msec"].as_str().unwrap().parse().unwrap();
    let start = end - v["request_time"].as_f64().unwrap();
    Row { start, end: Some(end), is_admitted: v["status"] == 200, status: v["status"].as_u64(), ..Row::default() }
}

fn litellm(v: &Value) -> Row {
    Row {
        start: v["startTime"].as_f64().unwrap(),
        end: v["endTime"].as_f64(),
        is_admitted: v["status"] == "success",
        text: text(&v["error_str"]),
        ..Row::default()
    }
}

fn caddy(v: &Value) -> Row {
    let end = v["ts"].as_f64().unwrap();
    let wait = v["resp_headers"]["Retry-After"][0].as_str();
    Row {
        start: end - v["duration"].as_f64().unwrap(),
        end: Some(end),
        is_admitted: v["status"] == 200,
        status: v["status"].as_u64(),
        wait_s: wait.map(|w| w.parse().unwrap()),
        ..Row::default()
    }
}

fn otlp(v: &Value) -> Row {
    let span = &v["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    let nanos = |key: &str| span[key].as_str().unwrap().parse::<f64>().unwrap() / 1e9;
    let value = |key: &str| {
        let all = span["attributes"].as_array().into_iter().flatten();
        let found = all.filter(|a| a["key"] == key).map(|a| a["value"].as_object().unwrap().values().next().unwrap());
        found.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).next()
    };
    let error = value("error.type");
    let said = text(&span["status"]["message"]);
    Row {
        start: nanos("startTimeUnixNano"),
        end: Some(nanos("endTimeUnixNano")),
        is_admitted: error.is_none(),
        agent: value("gen_ai.conversation.id").map(|c| format!("{c}/{}", value("gen_ai.agent.id").unwrap_or_default())),
        status: said.split("code: ").nth(1).and_then(|s| s.split(' ').next()?.parse().ok()),
        text: said,
        ..Row::default()
    }
}

fn har(folder: &Path) -> Vec<Row> {
    let all: Value = serde_json::from_slice(&fs::read(&files(folder, ".har")[0]).unwrap()).unwrap();
    let entries = all["log"]["entries"].as_array().unwrap();
    let row = |v: &Value| {
        let start = stamp(v["startedDateTime"].as_str().unwrap());
        let is_admitted = v["response"]["status"] == 200;
        let said = text(&v["response"]["content"]["text"]);
        Row {
            start,
            end: v["time"].as_f64().map(|ms| start + ms / 1000.0),
            is_admitted,
            status: v["response"]["status"].as_u64(),
            text: if is_admitted { String::new() } else { said },
            ..Row::default()
        }
    };
    entries.iter().map(row).collect()
}

/// A message is created before the first of its tries, which are not logged: only the end is that of the last one. How long
/// that took is not known, and taken to be so many seconds.
const UNKNOWN_S: f64 = 10.0;

fn opencode(path: &Path) -> Option<Row> {
    let v: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let completed = v["time"]["completed"].as_f64()? / 1000.0;
    let n = |v: &Value| v.as_u64().unwrap_or(0);
    let tokens = &v["tokens"];
    (v["role"] == "assistant").then(|| Row {
        start: completed,
        end: Some(completed),
        begun: Some(completed - UNKNOWN_S),
        is_admitted: v["error"].is_null(),
        agent: Some(format!("{}/{}", text(&v["sessionID"]), text(&v["mode"]))),
        tokens: n(&tokens["input"])
            + n(&tokens["output"])
            + n(&tokens["reasoning"])
            + n(&tokens["cache"]["read"])
            + n(&tokens["cache"]["write"]),
        status: v["error"]["data"]["statusCode"].as_u64(),
        text: text(&v["error"]["data"]["message"]),
        ..Row::default()
    })
}

/// A turn begins with the user's message; each answer has a `token_usage_record`, and a refused turn ends with an error.
fn codex(path: &Path) -> Vec<Row> {
    let all = json_lines(path);
    // A thread that was forked begins with a copy of the other one, all of it with the time of the fork.
    let forked = all.iter().filter(|v| v["type"] == "session_meta").nth(1).map(|v| v["timestamp"].clone());
    let agent = path.file_name().map(|n| n.to_string_lossy().into_owned());
    let mut rows = Vec::new();
    let mut start = 0.0;
    for v in all.iter().filter(|v| Some(&v["timestamp"]) != forked.as_ref()) {
        let at = stamp(v["timestamp"].as_str().unwrap());
        let payload = &v["payload"];
        let is_asked = payload["type"] == "message" && payload["role"] == "user";
        if is_asked || payload["type"] == "task_started" {
            start = at;
        }
        let error = text(&payload["error"]["message"]);
        let is_admitted = v["type"] == "token_usage_record";
        if is_admitted || !error.is_empty() {
            let n = |key: &str| payload["usage"][key].as_u64().unwrap_or(0);
            let tokens = n("input_tokens") + n("output_tokens");
            let row =
                Row { start, end: Some(at), is_admitted, agent: agent.clone(), tokens, text: error, ..Row::default() };
            rows.push(row);
            start = at;
        }
    }
    rows
}

/// A request begins with the user's line before it and ends with its last line; a failure has one line.
fn claude_code(path: &Path, seen: &mut BTreeSet<String>) -> Vec<Row> {
    let name = path.to_string_lossy().into_owned();
    let mut rows: Vec<(String, Row)> = Vec::new();
    let mut asked = 0.0;
    for v in json_lines(path) {
        let Some(at) = v["timestamp"].as_str().map(stamp) else { continue };
        let id = text(&v["requestId"]);
        if !seen.insert(text(&v["uuid"])) {
            continue;
        }
        if v["type"] == "user" {
            asked = at;
        } else if v["subtype"] == "api_error" {
            let error = &v["error"];
            let said = text(&error["error"]["error"]["message"]);
            let row = Row { start: at, end: Some(at), agent: Some(name.clone()), text: said, ..Row::default() };
            rows.push((String::new(), Row { status: error["status"].as_u64(), ..row }));
        } else if v["isApiErrorMessage"] == true {
            let said = text(&v["message"]["content"][0]["text"]);
            let row = Row { start: at, end: Some(at), agent: Some(name.clone()), text: said, ..Row::default() };
            rows.push((String::new(), Row { status: v["apiErrorStatus"].as_u64(), ..row }));
        } else if v["type"] == "assistant" {
            let usage = &v["message"]["usage"];
            let parts = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
            let tokens = parts.iter().map(|key| usage[key].as_u64().unwrap_or(0)).sum();
            let row = Row { start: asked, end: Some(at), is_admitted: true, tokens, ..Row::default() };
            let row = Row { agent: Some(name.clone()), ..row };
            match rows.last_mut().filter(|(last, _)| *last == id) {
                Some((_, last)) => *last = Row { start: last.start, ..row },
                None => rows.push((id, row)),
            }
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// A row may begin with retries that are not logged: the request that was served takes the usual time, and begins at the latest
/// when the retries of a refused row are through.
fn without_hidden(mut rows: Vec<Row>) -> Vec<Row> {
    let lengths = |is_admitted: bool| -> Vec<f64> {
        let of_kind = rows.iter().filter(|r| r.is_admitted == is_admitted);
        of_kind.filter_map(|r| Some(r.end? - r.start)).filter(|s| *s > 0.0).collect()
    };
    let (usual, retries) = (lengths(true), lengths(false));
    let usual = super::values::median(usual);
    let retries = if retries.is_empty() { f64::INFINITY } else { super::values::median(retries) };
    for row in &mut rows {
        row.begun = row.end.map(|end| row.start.max(end - usual).min(row.start + retries));
    }
    rows
}
