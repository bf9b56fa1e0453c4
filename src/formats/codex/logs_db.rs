//! `logs_1.sqlite` and `logs_2.sqlite`: what the terminal program of Codex logs, in a database.
//!
//! In: rows in the order of their ids. Out: a row for each HTTP request to the model, with its status and headers; quota
//! snapshots in the headers are snapshots. The error text follows in a row of its own and is joined to the request.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::quota::{self, Gauge};
use super::spans::Line;
use super::{AGENT, Failure, TOLERANCE_S, provider_of_host};
use crate::formats::database::{DatabaseFormat, Schema};
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "codex-logs-db",
    client: "codex",
    client_traits: super::TRAITS,
    rank: 2,
    merge_tolerance_s: TOLERANCE_S,
    program: "Codex CLI 0.117 to 0.169 (logs_1.sqlite, logs_2.sqlite)",
    lives: &[
        "~/.codex/logs_1.sqlite, logs_2.sqlite (Linux, macOS)",
        r"%USERPROFILE%\.codex\logs_2.sqlite (Windows)",
        "CODEX_SQLITE_HOME or CODEX_HOME moves ~/.codex",
    ],
    shows: "from 0.142 every HTTP attempt of the terminal program with status, request id, retry-after and quota headers; before, only failures that ended a turn",
    not_logged: "exec, tokens, when a stream ended, the body of an error; rows older than the program keeps; what stood only in a -wal file that was not copied",
    established: "run (0.117, 0.142, 0.169 against a local server)",
};

const COLUMNS: [&str; 6] = ["ts", "ts_nanos", "target", "feedback_log_body", "thread_id", "level"];

/// An error logged this soon after the end of a request is that request's, in seconds.
const SAME_FAILURE_S: f64 = 2.0;

/// Bytes of a row's text that are read: spans and headers have a few thousand.
const BODY_BYTES: u32 = 65_536;

/// The log database of Codex.
#[derive(Debug)]
pub struct CodexLogsDb;

impl DatabaseFormat for CodexLogsDb {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        // The state database of some versions has a table `logs` too, of another shape and never filled.
        let columns = schema.count("logs", &COLUMNS);
        // An extract holds the table alone; with a renamed column only the table of migrations shows whose it is.
        !schema.has("threads") && (columns == COLUMNS.len() || (columns >= 5 && schema.has("_sqlx_migrations")))
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("logs", "ts"),
            ("logs", "ts_nanos"),
            ("logs", "target"),
            ("logs", "feedback_log_body"),
            ("logs", "thread_id"),
        ]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        let mut rows = db.prepare(&format!(
            "SELECT rowid, ts, ts_nanos, target, substr(feedback_log_body, 1, {BODY_BYTES}), thread_id FROM logs \
             WHERE feedback_log_body LIKE '%Request completed%' OR feedback_log_body LIKE '%Request failed%' \
             OR feedback_log_body LIKE '%Turn error: %' OR feedback_log_body LIKE '%stream disconnected - retrying %' \
             ORDER BY rowid"
        ))?;
        let mut threads = Threads::default();
        let mut rows = rows.query([])?;
        let read = loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            let id = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
            let fields = || -> rusqlite::Result<_> {
                Ok((
                    row.get::<_, i64>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, String>(4)?,
                    row.get::<_, Option<String>>(5)?,
                ))
            };
            sink.count_record();
            let Ok((ts, nanos, target, body, thread)) = fields() else {
                sink.problem(id, "a row of another shape");
                continue;
            };
            let Some(at) = Time::from_secs(ts as f64).map(|t| t.plus(nanos.clamp(0, 999_999_999) as f64 / 1e9)) else {
                sink.problem(id, "a row without a believable time");
                continue;
            };
            sink.note_time(at);
            threads.row(&target, &body, thread, (at, id), sink);
        };
        threads.finish(sink);
        read
    }
}

/// A request whose answer began, until the next row says what became of it.
#[derive(Debug)]
struct Answered {
    at: Time,
    row: u64,
    status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<f64>,
    provider: Option<&'static str>,
    model: Option<String>,
    network: bool,
}

#[derive(Debug, Default)]
struct Threads {
    open: BTreeMap<Option<String>, Answered>,
    gauge: Gauge,
    meters: Meters,
}

impl Threads {
    fn row(&mut self, target: &str, body: &str, thread: Option<String>, (at, id): (Time, u64), sink: &mut Sink) {
        let line = Line::read(body);
        let message = line.message;
        let client = target.starts_with("codex_client") || target.starts_with("codex_http_client");
        if client && (message.starts_with("Request completed ") || message.starts_with("Request failed ")) {
            let Some(answered) = self.read_answer(message, &line, (at, id), sink) else { return };
            if let Some(before) = self.open.insert(thread.clone(), answered) {
                emit(&before, thread.as_deref(), None, sink);
            }
        } else if target.starts_with("codex_core") {
            let retry = message.starts_with("stream disconnected - retrying ");
            let text = if retry {
                message.split_once(" sampling_error=").map_or("stream disconnected", |(_, t)| t)
            } else {
                message
            };
            let text = match text.strip_prefix("Turn error: ") {
                Some(text) => text,
                None if retry => text,
                None => return,
            };
            self.take_failure(text, !retry, thread, (at, id), &line, sink);
        }
    }

    fn read_answer(
        &mut self,
        message: &str,
        line: &Line<'_>,
        (at, row): (Time, u64),
        sink: &mut Sink,
    ) -> Option<Answered> {
        let (head, headers) = message.split_once(" headers={").unwrap_or((message, ""));
        let field = |name: &str| head.split_once(name).and_then(|(_, v)| v.split(' ').next());
        let url = field(" url=")?;
        // Requests to other places (model lists, plugins) are not attempts.
        if field(" method=") != Some("POST") || !(url.ends_with("/responses") || url.ends_with("/chat/completions")) {
            return None;
        }
        let header = |name: &str| {
            let (_, rest) = headers.split_once(&format!("\"{name}\": \""))?;
            rest.split('"').next()
        };
        let number = |name: &str| header(name).and_then(|v| v.parse::<f64>().ok());
        let provider = provider_of_host(url);
        let window = |slot: &str| {
            let key = |what: &str| number(&format!("x-codex-{slot}-{what}"));
            let reset =
                key("reset-at").and_then(Time::from_secs).or_else(|| key("reset-after-seconds").map(|s| at.plus(s)));
            quota::window(key("used-percent"), key("window-minutes"), reset)
        };
        self.gauge.read(quota::sort([window("primary"), window("secondary")]), at, row, provider, sink);
        let limits = limits(headers);
        self.meters.take(&limits, (at, row), provider, sink);
        let status = field(" status=").and_then(|s| s.parse().ok());
        let failed = message.starts_with("Request failed");
        sink.need(row, "status", status.is_some() || failed);
        Some(Answered {
            at,
            row,
            status,
            request_id: header("x-request-id").map(str::to_owned),
            retry_after: limits.retry_after_s(Some(at)),
            provider,
            model: line.field("model").map(str::to_owned),
            network: failed,
        })
    }

    /// Takes a failure: of the request that was answered last, or of one that got no answer.
    fn take_failure(
        &mut self,
        text: &str,
        ended: bool,
        thread: Option<String>,
        (at, id): (Time, u64),
        line: &Line<'_>,
        sink: &mut Sink,
    ) {
        let failure = Failure::of(None, text);
        let open = self.open.remove(&thread);
        let own = open.filter(|o| {
            let mine = o.status.is_none_or(|s| s >= 400) && at.since(o.at) <= SAME_FAILURE_S;
            // A stream may break off long after its answer began.
            let fits = mine || (o.status == Some(200) && failure.broke_off);
            if !fits {
                emit(o, thread.as_deref(), None, sink);
            }
            fits
        });
        let failure_text = FailureText { text, failure: &failure, ended, at };
        match own {
            Some(open) => emit(&open, thread.as_deref(), Some(&failure_text), sink),
            None => {
                let alone = Answered {
                    at,
                    row: id,
                    status: failure.status,
                    request_id: None,
                    retry_after: None,
                    provider: None,
                    model: line.field("model").map(str::to_owned),
                    network: false,
                };
                emit(&alone, thread.as_deref(), Some(&failure_text), sink);
            }
        }
    }

    fn finish(self, sink: &mut Sink) {
        for (thread, open) in self.open {
            emit(&open, thread.as_deref(), None, sink);
        }
    }
}

/// The headers of an answer as Rust prints them, but for the plan's, which the gauge reads.
fn limits(printed: &str) -> Headers {
    let mut headers = Headers::default();
    for pair in printed.trim_start_matches('"').split("\", \"") {
        if let Some((name, value)) = pair.split_once("\": \"").filter(|(name, _)| !name.starts_with("x-codex-")) {
            headers.take(name, value.split('"').next().unwrap_or_default());
        }
    }
    headers
}

/// The text of a failure.
struct FailureText<'a> {
    text: &'a str,
    failure: &'a Failure,
    ended: bool,
    at: Time,
}

fn emit(open: &Answered, thread: Option<&str>, failure_text: Option<&FailureText<'_>>, sink: &mut Sink) {
    let broke_off = failure_text.is_some_and(|s| s.failure.broke_off) && open.status.is_none_or(|s| s < 400);
    let kind = failure_text.and_then(|s| s.failure.kind.as_deref()).or(open.network.then_some("ConnectionError"));
    let refused = open.status.is_none_or(|s| s >= 400);
    sink.attempt(Record {
        end: Some(failure_text.filter(|_| broke_off).map_or(open.at, |s| s.at)),
        row_outcome: if failure_text.is_some() || open.network { RowOutcome::Error } else { RowOutcome::ByStatus },
        status: open.status.filter(|_| !broke_off),
        broke_off,
        error: ErrorFields { kind, message: failure_text.map(|s| s.text) },
        request_id: open.request_id.as_deref().or(failure_text.and_then(|s| s.failure.request_id.as_deref())),
        retry_after_s: open.retry_after.filter(|_| refused),
        provider: open.provider,
        model: open.model.as_deref(),
        session: thread,
        agent: thread.map(|_| AGENT),
        ended_work: failure_text.is_some_and(|s| s.ended),
        at_most: 1,
        fidelity: Fidelity::Inferred,
        line: open.row,
        ..Record::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{database, read_database, text};

    /// A request's row as the program writes it, with these headers.
    fn request(second: u32, url: &str, status: &str, headers: &str) -> String {
        let body = format!(
            "turn{{model=m-1}}: Request completed method=POST url={url}/responses status={status} headers={{{headers}}} version=HTTP/1.1"
        );
        format!(
            "INSERT INTO logs (ts, ts_nanos, level, target, feedback_log_body, thread_id) VALUES ({}, 0, 'DEBUG', 'codex_http_client::client', '{}', 't-1');",
            1_772_554_740 + second,
            body.replace('\'', "''")
        )
    }

    #[test]
    fn headers_of_an_answer_are_waits_and_readings() {
        let plan = r#""x-request-id": "req-1", "retry-after": "7", "x-codex-primary-used-percent": "97", "x-codex-primary-window-minutes": "300", "x-codex-primary-reset-at": "1772560000", "set-cookie": "k=sk-x""#;
        let other = r#""x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s""#;
        let db = database(&format!(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, ts INTEGER, ts_nanos INTEGER, level TEXT, target TEXT, feedback_log_body TEXT, module_path TEXT, file TEXT, line INTEGER, thread_id TEXT, process_uuid TEXT, estimated_bytes INTEGER);{}{}",
            request(0, "https://chatgpt.com/backend-api/codex", "429 Too Many Requests", plan),
            request(90, "https://api.groq.com/openai/v1", "429 Too Many Requests", other),
        ));
        let parsed = read_database(&CodexLogsDb, &db);
        assert_eq!(parsed.attempts.iter().map(|a| a.retry_after_s()).collect::<Vec<_>>(), [Some(7.0), Some(20.0)]);
        assert_eq!(text(&parsed, parsed.attempts[0].request_id), "req-1");
        let windows: Vec<_> = parsed
            .snapshots
            .iter()
            .flat_map(|s| s.state.windows.iter().map(|w| (s.source.line, w.window_minutes, w.remaining_share)))
            .collect();
        let [(1, 300, Some(left)), (2, 1, Some(0.0))] = windows[..] else { panic!("{windows:?}") };
        assert!((left - 0.03).abs() < 1e-9, "{left}");
        assert!(!format!("{parsed:?}").contains("sk-x"));
    }
}
