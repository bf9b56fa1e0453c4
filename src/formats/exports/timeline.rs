//! What this program's `timeline` writes, read back.
//!
//! In: its columns, from Parquet, CSV or JSON lines, and perhaps `host`, which keeps apart agents of one name on several
//! machines. Out: the same attempts and snapshots, judged by nothing again: outcome and class are what the columns say. Files that were written before the columns `start_read` and `ended_work` are taken as if starts were read
//! and no failure ended work.

use serde_json::Value;

use super::{Export, Keys, Reader, Row};
use crate::formats::{FormatInfo, Sink};
use crate::model::{Class, ErrorFields, Fidelity, LocalLimit, Outcome, Record, RowOutcome, Snapshot};
use crate::snapshots::cell;

static INFO: FormatInfo = FormatInfo {
    id: "why429-timeline",
    client: "why429",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "why429: what its timeline command wrote",
    lives: &["wherever -o pointed (Linux, macOS, Windows): .parquet, .csv or .jsonl"],
    shows: "the attempts that the logs showed, each once, with pool, agent, outcome, tokens and error; usage snapshots",
    not_logged: "what the logs did not show",
    established: "run",
};

/// What `timeline` wrote.
pub static TIMELINE: Export = Export {
    info: &INFO,
    wrappers: &[&[]],
    marks: &["requests_at_most"],
    fits: |keys: &Keys| keys.all(&["start_utc", "pool", "outcome", "class", "requests_at_most"]),
    open: || Box::new(Attempts),
};

struct Attempts;

/// The column of the agent; 0.1 called it `lane`.
const AGENT_COLUMNS: [&str; 2] = ["agent", "lane"];

/// What 0.1 called [`Class::NotLogged`].
const OLD_NOT_LOGGED: &str = "not_logged";

const CLASSES: [Class; 9] = [
    Class::Ok,
    Class::RateLimited,
    Class::Overload,
    Class::Network,
    Class::Access,
    Class::Local,
    Class::NotLogged,
    Class::Unknown,
    Class::Other,
];

impl Reader for Attempts {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        if row.text(&["kind"]).as_deref() == Some("snapshot") {
            return snapshot(row, sink);
        }
        let (pool, outcome, class) = (row.text(&["pool"]), row.text(&["outcome"]), row.text(&["class"]));
        let outcomes = [Outcome::Admitted, Outcome::Refused, Outcome::Other];
        let outcome = outcome.and_then(|id| outcomes.into_iter().find(|o| o.id() == id));
        let class = class.map(|id| if id == OLD_NOT_LOGGED { Class::NotLogged.id().into() } else { id });
        let class = class.and_then(|id| CLASSES.into_iter().find(|c| c.id() == id));
        let (Some(pool), Some(outcome), Some(class), Some(start)) = (pool, outcome, class, row.time(&["start_utc"]))
        else {
            sink.problem(row.line, "no pool, outcome, class or start; row ignored");
            return;
        };
        sink.count_record();
        let (provider, account) = split_pool(&pool);
        let text = |column: &str| row.text(&[column]).map(|t| plain(&t).to_owned());
        let (model, request_id) = (text("model"), text("request_id"));
        let agent = row.text(&AGENT_COLUMNS).map(|t| plain(&t).to_owned());
        let host = text("host");
        let (kind, message) = (text("error_kind"), text("error_message"));
        let fidelities = [Fidelity::Observed, Fidelity::Collapsed, Fidelity::Inferred];
        let fidelity = row.text(&["fidelity"]).and_then(|id| fidelities.into_iter().find(|f| f.id() == id));
        let record = Record {
            start: Some(start),
            start_low: Some(start),
            end: row.time(&["end_utc"]),
            row_outcome: if outcome == Outcome::Admitted { RowOutcome::Ok } else { RowOutcome::Error },
            status: row.number(&["status"]).map(|s| s as u16),
            error: ErrorFields { kind: kind.as_deref(), message: message.as_deref() },
            retry_after_s: row.number(&["retry_after_s"]),
            input_tokens: row.count(&["input_tokens"]),
            output_tokens: row.count(&["output_tokens"]),
            cache_read_tokens: row.count(&["cache_read_tokens"]),
            cache_write_tokens: row.count(&["cache_write_tokens"]),
            provider: provider.as_deref(),
            account: account.as_deref(),
            model: model.as_deref(),
            session: host.as_deref(),
            agent: agent.as_deref(),
            request_id: request_id.as_deref(),
            fidelity: fidelity.unwrap_or_default(),
            local: class == Class::Local,
            local_limit: text("local_limit").and_then(|id| LocalLimit::from_id(&id)),
            at_most: row.count(&["requests_at_most"]).map_or(1, |n| u8::try_from(n).unwrap_or(u8::MAX)),
            ended_work: flag(row, "ended_work") == Some(true),
            line: row.line,
            ..Record::default()
        };
        sink.attempt_of(record, class, outcome, flag(row, "start_read") != Some(false));
    }
}

/// Provider and account of a pool, as far as they are known.
fn split_pool(pool: &str) -> (Option<String>, Option<String>) {
    let mut parts = pool.splitn(3, '/');
    let mut named = |none: &str| parts.next().filter(|part| *part != none).map(str::to_owned);
    (named("unknown"), named("-"))
}

fn snapshot(row: &Row, sink: &mut Sink) {
    let source = sink.source(row.line);
    let read = row.get("snapshot").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    let read = read.and_then(|cell| cell::snapshot(plain(&cell), row.time(&["start_utc"]), source));
    let (Some(snapshot), Some(pool)) = (read, row.text(&["pool"])) else {
        sink.problem(row.line, "a snapshot that cannot be read; row ignored");
        return;
    };
    sink.count_record();
    let (provider, account) = split_pool(&pool);
    sink.snapshot(Snapshot { provider, account, ..snapshot });
}

fn flag(row: &Row, column: &str) -> Option<bool> {
    match row.get(column)? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A cell of CSV without the apostrophe that keeps a spreadsheet from taking it for a formula.
fn plain(text: &str) -> &str {
    text.strip_prefix('\'').filter(|t| t.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(text)
}
