//! Limits in the headers of an answer: every answer that carries them is a snapshot with an exact time.
//!
//! In: names and values, as `curl -i` printed them or as a log row keeps them. Out: a snapshot. Always: names are compared
//! without case and with `-` for `_`; what a family does not tell is unknown; keys and ids in other headers are never looked at.
//!
//! Log formats whose rows hold headers call [`snapshot`]; a JSON object of headers is read like any other body.

mod anthropic;
mod codex;
mod copilot;
mod draft;
mod plain;

use std::collections::BTreeMap;

use serde_json::Value;

use super::capture_time::Clues;
use super::entry::Entry;
use super::{ParsedBody, SnapshotFormat, SnapshotInfo};
use crate::model::{Snapshot, SourceRef, Time};

/// Headers of an answer.
#[derive(Debug)]
pub struct HeaderLimits;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "limit-headers",
    provider: "",
    from: "the headers of any answer: anthropic-ratelimit-*, x-codex-*, x-ratelimit-*, x-quota-snapshot-*, ratelimit-*, as curl -i prints \
           them or as a row of a log or a ledger holds them",
    shows: "the windows of the plan, or what is left of the minute",
    not_logged: "concurrency limits",
    established: "read",
};

/// Parts of names that limits have.
const MARKS: [&str; 5] = ["ratelimit", "x-codex-", "quota-snapshot-", "rate-limit", "retry-after"];

/// Most headers of one answer that are kept, and most bytes of a value.
pub const MOST: usize = 64;
const LONGEST: usize = 400;

/// Headers of one answer by their normalised names.
#[derive(Debug, Default)]
struct Headers(BTreeMap<String, String>);

impl Headers {
    fn of<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        let named = headers.into_iter().filter(|(name, value)| tells_a_limit(name) && value.len() <= LONGEST);
        Self(named.take(MOST).map(|(name, value)| (normal(name), value.trim().to_owned())).collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)
    }

    fn time(&self, name: &str) -> Option<Time> {
        let value = Value::String(self.text(name)?.to_owned());
        super::lenient::time(&value).filter(|t| t.is_plausible())
    }

    /// Names below a prefix, without it, and their values.
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// A gateway writes `llm_provider-x-ratelimit-..` for what the provider sent.
fn normal(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace('_', "-");
    name.strip_prefix("llm-provider-").map_or(name.clone(), str::to_owned)
}

/// Whether a header's name is one that is worth keeping.
pub fn tells_a_limit(name: &str) -> bool {
    let name = normal(name);
    MARKS.iter().any(|m| name.contains(m))
}

/// What headers say, if they tell a limit that is known here.
pub fn from_headers<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
) -> Option<(&'static SnapshotInfo, ParsedBody)> {
    let headers = Headers::of(headers);
    // Rows of a log ask for each of their answers, and nearly none has such headers.
    if headers.0.is_empty() {
        return None;
    }
    let readers = [
        anthropic::unified,
        anthropic::api,
        codex::windows,
        copilot::quotas,
        plain::lengths,
        plain::counts,
        draft::windows,
    ];
    readers.iter().find_map(|r| r(&headers)).map(|parsed| (&INFO, parsed))
}

/// The snapshot of the headers of one answer, received at `at`. Their row knows better whose limits these
/// are: set its provider and account on the result.
pub fn snapshot<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    at: Option<Time>,
    source: SourceRef,
) -> Option<Snapshot> {
    let (info, parsed) = from_headers(headers)?;
    let clues = Clues { embedded: at, body: parsed.captured, ..Clues::default() };
    let entry = Entry { time: at.map(Ok), provider: None, account: None, format: info.id, parsed };
    Some(super::snapshot(entry, &clues, source))
}

impl SnapshotFormat for HeaderLimits {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let limits: Vec<(String, String)> = body
            .as_object()?
            .iter()
            .filter(|(k, _)| tells_a_limit(k))
            .filter_map(|(k, v)| Some((k.clone(), text(v)?)))
            .collect();
        if limits.is_empty() {
            return None;
        }
        from_headers(limits.iter().map(|(k, v)| (k.as_str(), v.as_str()))).map(|(_, parsed)| parsed)
    }
}

/// A value as a log keeps it: a text, a number, or a list of one.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Array(items) => items.first().and_then(text),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
