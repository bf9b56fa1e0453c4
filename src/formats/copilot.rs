//! GitHub Copilot CLI: `events.jsonl` of a session.
//!
//! In: one event a line. Out: a row for each `session.usage_record` (an answer: it began its `duration` before its stamp) and for
//! each `session.error` that names a status. What the user typed and what tools gave is not looked at.

use super::{ClientTraits, SessionsProvider};
use serde::Deserialize;

use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, backoff, own, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

/// Its process log has the requests of all its sessions, and names no provider.
pub(in crate::formats) const TRAITS: ClientTraits =
    ClientTraits { sessions_provider: Some(SessionsProvider { usual: Some("github-copilot") }), ..ClientTraits::PLAIN };

/// How far apart the events and the process log may stamp one end, in seconds.
pub(super) const TOLERANCE_S: f64 = 0.5;

static INFO: FormatInfo = FormatInfo {
    id: "copilot-events",
    client: "copilot-cli",
    client_traits: crate::formats::copilot::TRAITS,
    rank: 1,
    merge_tolerance_s: TOLERANCE_S,
    program: "GitHub Copilot CLI, run with 1.0.102 (session-state/*/events.jsonl)",
    lives: &[
        "~/.copilot/session-state/<session>/events.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.copilot\... (Windows)",
        "COPILOT_HOME moves ~/.copilot",
        "XDG_STATE_HOME moves the folder that .copilot is in",
    ],
    shows: "each answer with start, end, model and tokens; errors that ended a turn, with status, type and text",
    not_logged: "retries, up to five before an answer or an error (logs/process-*.log has each refusal); before usage records, the answers",
    established: "run (1.0.102), read (few public files of older versions)",
};

/// Requests behind an answer: the first and five retries.
const AT_MOST: u8 = 6;

/// The least seconds between two of them: five retries waited 54 to 55 s in all.
const WAITS: [f64; 1] = [5.0];

/// Events of a Copilot session.
#[derive(Debug)]
pub struct CopilotEvents;

impl LogFormat for CopilotEvents {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| {
            let marks = ["\"data\":{", "\"parentId\":", "\"timestamp\":\"", "\"id\":\""];
            own::count(l, &["\"type\":\"session."]) == 1 && own::count(l, &marks) >= 3
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &[
            "timestamp",
            "data",
            "message",
            "usage",
            "duration",
            "model",
            "inputTokens",
            "outputTokens",
            "session.usage_record",
        ]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let session = place.upwards().nth(1).unwrap_or_default().to_owned();
        Box::new(Parser { session, ..Parser::default() })
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Event<T> {
    data: Option<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    error_type: Option<String>,
    error_code: Option<String>,
    message: Option<String>,
    status_code: Option<u16>,
    provider_call_id: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    model: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    /// Milliseconds of the request that was answered.
    duration: Option<f64>,
    api_call_id: Option<String>,
    /// The user's own provider answered.
    #[serde(default)]
    is_byok: bool,
    model_provider: Option<String>,
    provider_type: Option<String>,
}

impl Usage {
    /// Whose model it was. A provider of the user's own is known by its protocol where it has no name.
    fn provider(&self) -> String {
        let named = self.model_provider.as_deref().filter(|p| !matches!(*p, "other" | "custom" | ""));
        match (self.is_byok, named, self.provider_type.as_deref()) {
            (false, ..) => GITHUB.to_owned(),
            (true, Some(name), _) => name.to_owned(),
            (true, None, Some(protocol)) => format!("{protocol}-compatible"),
            (true, None, None) => "custom".to_owned(),
        }
    }

    /// Tokens of the cache are counted in those of the input.
    fn fresh(&self) -> Option<u64> {
        let cached = self.cache_read_tokens.unwrap_or(0).saturating_add(self.cache_write_tokens.unwrap_or(0));
        self.input_tokens.map(|n| n.saturating_sub(cached))
    }
}

/// The provider of those who bring none of their own.
pub(crate) const GITHUB: &str = "github-copilot";

#[derive(Default)]
struct Parser {
    session: String,
    /// When the turn began that is under way.
    turn: Option<Time>,
    has_turns: bool,
    answers: u64,
    /// The first line of an answer's message.
    first_message: Option<u64>,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            self.pending.raise(number, "not a JSON event");
            return;
        };
        sink.count_record();
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "timestamp", at.is_some());
        let Some(at) = at else { return };
        sink.note_time(at);
        match read.kind.as_deref() {
            Some("session.start") => {
                if let Some(version) = version(line) {
                    sink.note_version(&version);
                }
            }
            Some("assistant.turn_start") => (self.turn, self.has_turns) = (Some(at), true),
            Some("assistant.message") => {
                self.first_message.get_or_insert(number);
            }
            Some("session.usage_record") => self.emit_answer(line, at, number, sink),
            Some("session.error") => self.emit_failure(line, read.id.as_deref(), at, number, sink),
            _ => {}
        }
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
        // Versions before usage records have messages too, and no turn names a call of the model in them.
        if let Some(line) = self.first_message.filter(|_| self.has_turns) {
            sink.need(line, "session.usage_record", self.answers > 0);
        }
    }
}

/// `data.copilotVersion` of the first event.
fn version(line: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Start {
        copilot_version: Option<String>,
    }
    serde_json::from_slice::<Event<Start>>(line).ok()?.data?.copilot_version
}

impl Parser {
    fn emit_answer(&mut self, line: &[u8], at: Time, number: u64, sink: &mut Sink) {
        self.answers += 1;
        let data = serde_json::from_slice::<Event<Answered>>(line).ok().and_then(|t| t.data);
        sink.need(number, "data", data.is_some());
        let Some(data) = data else { return };
        sink.need(number, "usage", data.usage.is_some());
        let Some(usage) = data.usage else { return };
        sink.need(number, "model", usage.model.is_some());
        sink.need(number, "inputTokens", usage.input_tokens.is_some());
        sink.need(number, "outputTokens", usage.output_tokens.is_some());
        let lasted_s = usage.duration.filter(|ms| (0.0..=86_400_000.0).contains(ms)).map(|ms| ms / 1000.0);
        sink.need(number, "duration", lasted_s.is_some());
        let start = lasted_s.map(|s| at.plus(-s));
        let turn = self.turn.take();
        let tries = start.map_or(AT_MOST, |start| backoff::at_most(turn, start, &WAITS, AT_MOST));
        let provider = usage.provider();
        sink.provider(&provider);
        sink.attempt(Record {
            start,
            end: Some(at),
            row_outcome: RowOutcome::Ok,
            input_tokens: usage.fresh(),
            output_tokens: usage.output_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_tokens: usage.cache_write_tokens,
            model: usage.model.as_deref(),
            provider: Some(&provider),
            session: self.session(),
            agent: Some("main"),
            same_as: usage.api_call_id.as_deref(),
            at_most: tries,
            fidelity: Fidelity::Inferred,
            line: number,
            ..Record::default()
        });
    }

    fn emit_failure(&mut self, line: &[u8], id: Option<&str>, at: Time, number: u64, sink: &mut Sink) {
        let data = serde_json::from_slice::<Event<Failed>>(line).ok().and_then(|t| t.data);
        sink.need(number, "data", data.is_some());
        let Some(failed) = data else { return };
        sink.need(number, "message", failed.message.is_some());
        let message = failed.message.as_deref().unwrap_or_default();
        let tries = tries(message);
        let last_error = message.split_once("Last error: ").map_or(message, |(_, last)| last);
        let last_error = last_error
            .split_once(' ')
            .filter(|(s, _)| s.parse::<u16>().ok() == failed.status_code)
            .map_or(last_error, |(_, m)| m);
        sink.attempt(Record {
            end: Some(at),
            row_outcome: RowOutcome::Error,
            status: failed.status_code,
            error: ErrorFields {
                kind: failed.error_code.as_deref().or(failed.error_type.as_deref()),
                message: Some(last_error).filter(|m| !m.is_empty()),
            },
            request_id: failed.provider_call_id.as_deref(),
            session: self.session(),
            agent: Some("main"),
            same_as: id,
            ended_work: true,
            at_most: tries,
            fidelity: if tries > 1 { Fidelity::Collapsed } else { Fidelity::Inferred },
            line: number,
            ..Record::default()
        });
    }

    fn session(&self) -> Option<&str> {
        Some(self.session.as_str()).filter(|s| !s.is_empty())
    }
}

/// Requests behind an error: `retried 5 times` are six.
fn tries(message: &str) -> u8 {
    let times = message.split_once("retried ").and_then(|(_, rest)| rest.split_once(" time"));
    times.and_then(|(n, _)| n.parse::<u8>().ok()).map_or(1, |n| n.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    #[test]
    fn errors_are_rows() {
        let file = "{\"type\":\"session.start\",\"data\":{},\"id\":\"a\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"parentId\":null}\n\
            {\"type\":\"user.message\",\"data\":{\"content\":\"session.error 429\"},\"id\":\"b\",\"timestamp\":\"2026-01-02T03:04:06Z\",\"parentId\":\"a\"}\n\
            {\"type\":\"session.error\",\"data\":{\"errorType\":\"quota\",\"message\":\"402 You have no quota\",\"statusCode\":402},\"id\":\"c\",\"timestamp\":\"2026-01-02T03:04:07Z\",\"parentId\":\"b\"}\n";
        assert_eq!(format_id(file), Some("copilot-events"));
        let parsed = parse(&CopilotEvents, "session-state/s-1/events.jsonl", file.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!(
            (row.status, text(&parsed, row.error_message), text(&parsed, row.session)),
            (Some(402), "You have no quota", "s-1")
        );
        for field in ["timestamp", "data", "message"] {
            let renamed = file.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert!(
                parse(&CopilotEvents, "x", renamed.as_bytes())
                    .problems
                    .iter()
                    .any(|p| p.reason.contains("does not know")),
                "{field}"
            );
        }
    }

    const SESSION: &str = concat!(
        r#"{"type":"session.start","data":{"copilotVersion":"1.0.102"},"id":"a","timestamp":"2026-01-02T03:04:00Z","parentId":null}"#,
        "\n",
        r#"{"type":"assistant.turn_start","data":{"turnId":"0"},"id":"b","timestamp":"2026-01-02T03:04:01Z","parentId":"a"}"#,
        "\n",
        r#"{"type":"session.usage_record","data":{"usage":{"model":"gpt-5","inputTokens":9000,"outputTokens":30,"cacheReadTokens":2000,"cacheWriteTokens":0,"duration":11000,"isByok":true,"modelProvider":"other","providerType":"openai","apiCallId":"c-1"}},"id":"c","timestamp":"2026-01-02T03:04:20Z","parentId":"b"}"#,
        "\n",
        r#"{"type":"assistant.message","data":{"content":"session.error 429"},"id":"d","timestamp":"2026-01-02T03:04:20Z","parentId":"c"}"#,
        "\n",
        r#"{"type":"session.error","data":{"errorType":"rate_limit","message":"Failed to get response from the AI model; retried 5 times (total retry wait time: 55.02 seconds) Last error: 429 slow down","statusCode":429},"id":"e","timestamp":"2026-01-02T03:06:00Z","parentId":"d"}"#,
        "\n"
    );

    #[test]
    fn a_usage_record_is_an_answer_and_five_retries_are_six_requests() {
        let parsed = parse(&CopilotEvents, "session-state/s-1/events.jsonl", SESSION.as_bytes());
        assert_eq!(parsed.problems, []);
        let [answer, error] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((answer.end.unwrap().since(answer.start), answer.tokens.total()), (11.0, Some(9030)));
        // From the turn's begin to the start of what was answered are 8 s: one retry fits.
        assert_eq!((answer.is_admitted(), answer.at_most), (true, 2));
        assert_eq!([answer.provider, answer.model].map(|id| text(&parsed, id)), ["openai-compatible", "gpt-5"]);
        assert_eq!((error.status, error.at_most, text(&parsed, error.error_message)), (Some(429), 6, "slow down"));
    }

    #[test]
    fn a_renamed_field_of_a_usage_record_is_an_alarm_and_a_new_one_is_none() {
        for field in ["usage\":", "duration\":", "session.usage_record\""] {
            let renamed = SESSION.replace(field, &field.replacen(['\\', '"'], "New\"", 1));
            assert_ne!(renamed, SESSION);
            let problems = parse(&CopilotEvents, "x", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("but 1.0.102 wrote something")), "{field}: {problems:?}");
        }
        let newer = SESSION
            .replace("1.0.102", "1.4.0")
            .replace("\"cost\"", "\"price\"")
            .replace("\"isByok\"", "\"tier\":1,\"isByok\"");
        assert_eq!(parse(&CopilotEvents, "x", newer.as_bytes()).problems, []);
    }
}
