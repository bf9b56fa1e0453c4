//! `chats/session-*.jsonl` of Gemini CLI: what was answered, never what failed.
//!
//! In: a header, `$set` patches and one message a line. Out: a row for each answer with tokens.

use serde::Deserialize;

use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};
use crate::model::{Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "gemini-chat",
    client: "gemini-cli",
    client_traits: super::GEMINI_CLI,
    rank: 1,
    merge_tolerance_s: 2.0,
    program: "Gemini CLI 0.61.0 (chats, .jsonl)",
    lives: &[
        "~/.gemini/tmp/<project>/chats/session-*.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.gemini\tmp\... (Windows)",
        "GEMINI_CLI_HOME moves the folder that .gemini is in",
    ],
    shows: "answers with tokens and the session",
    not_logged: "every failure and every retry (0 of 7 in a recording): no failure here is no sign of health",
    established: "run (0.61.0 against a local server), read (66 public chats)",
};

/// Chats of Gemini CLI.
#[derive(Debug)]
pub struct GeminiChat;

impl LogFormat for GeminiChat {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(1).any(|l| {
            let marks = ["\"sessionId\":\"", "\"projectHash\":\"", "\"startTime\":\"", "\"lastUpdated\":\""];
            l.starts_with(b"{\"")
                && own::count(l, &marks) >= 3
                // The older chats are one document, perhaps in one line.
                && own::count(l, &["\"messages\":"]) == 0
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["sessionId", "timestamp", "tokens"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// A line of a chat, or a message of an older one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    session_id: Option<String>,
    project_hash: Option<serde::de::IgnoredAny>,
    id: Option<String>,
    timestamp: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    model: Option<String>,
    tokens: Option<Tokens>,
}

#[derive(Deserialize)]
struct Tokens {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    thoughts: Option<u64>,
}

#[derive(Default)]
struct Parser {
    turns: Turns,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        if line.starts_with(b"{\"$set\"") {
            sink.count_record();
            return;
        }
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            self.pending.raise(number, "not a JSON record of a chat");
            return;
        };
        sink.count_record();
        if read.project_hash.is_some() {
            sink.need(number, "sessionId", read.session_id.is_some());
            self.turns.session = read.session_id;
            return;
        }
        self.turns.take(read, number, sink);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
    }
}

/// What was asked and what answered it, message by message.
#[derive(Default)]
pub(super) struct Turns {
    pub(super) session: Option<String>,
    asked: Option<Time>,
}

impl Turns {
    /// One message.
    pub(super) fn take(&mut self, read: Line, number: u64, sink: &mut Sink) {
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "timestamp", at.is_some());
        let Some(at) = at else { return };
        sink.note_time(at);
        if read.kind.as_deref() != Some("gemini") {
            self.asked = Some(at);
            return;
        }
        sink.need(number, "tokens", read.tokens.is_some());
        let Some(tokens) = read.tokens else { return };
        sink.attempt(Record {
            start: self.asked.take(),
            end: Some(at),
            row_outcome: RowOutcome::Ok,
            input_tokens: tokens.input.map(|n| n.saturating_sub(tokens.cached.unwrap_or(0))),
            output_tokens: tokens.output.map(|n| n.saturating_add(tokens.thoughts.unwrap_or(0))),
            cache_read_tokens: tokens.cached,
            model: read.model.as_deref(),
            session: self.session.as_deref(),
            agent: Some("main"),
            same_as: read.id.as_deref(),
            // Ten attempts are the client's default, and only the last is logged.
            at_most: 10,
            fidelity: Fidelity::Collapsed,
            line: number,
            ..Record::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Count;

    const CHAT: &str = "{\"sessionId\":\"s-1\",\"projectHash\":\"h\",\"startTime\":\"2026-01-02T03:04:00Z\",\"lastUpdated\":\"2026-01-02T03:04:00Z\",\"kind\":\"main\"}\n\
        {\"$set\":{\"messages\":[{\"id\":\"x\",\"timestamp\":\"2026-01-02T03:04:00Z\",\"type\":\"gemini\",\"tokens\":{\"input\":1}}]}}\n\
        {\"id\":\"a\",\"timestamp\":\"2026-01-02T03:04:01.500Z\",\"type\":\"user\",\"content\":[{\"text\":\"429 RESOURCE_EXHAUSTED\"}]}\n\
        {\"id\":\"b\",\"timestamp\":\"2026-01-02T03:04:03Z\",\"type\":\"info\",\"content\":\"Request cancelled.\"}\n\
        {\"id\":\"c\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"type\":\"gemini\",\"content\":\"429\",\"tokens\":{\"input\":100,\"output\":7,\"cached\":60,\"thoughts\":2},\"model\":\"m\"}\n";

    #[test]
    fn answers_are_rows_and_nothing_else_is() {
        assert_eq!(format_id(CHAT), Some("gemini-chat"));
        let parsed = parse(&GeminiChat, "c", CHAT.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((row.is_admitted(), row.end.unwrap().since(row.start), row.tokens.total()), (true, 2.0, Some(109)));
        assert_eq!((text(&parsed, row.session), parsed.problems.len()), ("s-1", 0));
    }

    #[test]
    fn a_count_without_measure_is_as_many_as_can_be_kept() {
        let chat = CHAT.replace("\"output\":7", "\"output\":18446744073709551615");
        let parsed = parse(&GeminiChat, "c", chat.as_bytes());
        assert_eq!(parsed.attempts[0].tokens.output, Count::new(Some(u64::MAX)));
    }

    #[test]
    fn a_renamed_field_is_an_alarm() {
        for field in GeminiChat.needs() {
            let renamed = CHAT.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("gemini-chat"), "{field}");
            let problems = parse(&GeminiChat, "c", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
