//! GitHub Copilot's chat in VS Code: `GitHub Copilot Chat.log` of a window.
//!
//! In: lines `STAMP [LEVEL] TEXT`. Out: a row for each line `ccreq:ID.copilotmd | RESULT | MODEL | Nms | [WHAT]`, which the extension
//! writes when a request has ended, however it did. The stamp is that end, in local time. The log has errors of tools too
//! and may hold anything; only a line that is such a frame from its begin to its end counts. Just before the line of a failed
//! request the client may write the provider's words: `STAMP [error] WebSocket CAPI error: TEXT`.
//! Source: microsoft/vscode-copilot-chat, `requestLoggerImpl.ts` (the line), `commonTypes.ts` (its results);
//! microsoft/vscode#325598 (the words).

use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "copilot-chat-log",
    client: "copilot-chat",
    client_traits: crate::formats::ClientTraits::PLAIN.with_many_agents(),
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "GitHub Copilot Chat in VS Code (GitHub Copilot Chat.log, August 2025 to June 2026)",
    lives: &[
        "~/.config/Code/logs/<time>/window<n>/exthost/GitHub.copilot-chat/ (Linux)",
        "~/Library/Application Support/Code/logs/... (macOS)",
        r"%APPDATA%\Code\logs\... (Windows)",
        "the same in Code - Insiders, and below ~/.vscode-server/data/logs",
    ],
    shows: "every chat request with start, end, model and how it ended: answered, rate limited, quota exceeded, network error",
    not_logged: "the error's text, but for requests over a WebSocket; its status, tokens, the time zone; which chat a request belongs to; requests of inline suggestions",
    established: "read (the extension's source; lines in public threads); not run",
};

/// Chats of a VS Code window.
#[derive(Debug)]
pub struct CopilotChat;

impl LogFormat for CopilotChat {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(2000).any(|l| Line::read(l).is_some())
    }

    fn needs(&self) -> &'static [&'static str] {
        &["ccreq"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Box::new(Parser { session: Place::session_of_folder(folder), words: None })
    }
}

/// A line about a request.
struct Line<'a> {
    at: Time,
    id: &'a str,
    /// How it ended; `None` for entries that are no requests, and for shapes that are not known.
    ended: Option<Ended<'a>>,
    known: bool,
}

struct Ended<'a> {
    result: &'a str,
    model: &'a str,
    took_ms: f64,
}

const ENTRY: &str = "ccreq:";
const SUFFIX: &str = ".copilotmd";

impl<'a> Line<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let at = stamp::local(line)?;
        let text = std::str::from_utf8(&line[23..]).ok()?.strip_prefix(" [")?;
        let (_level, text) = text.split_once("] ")?;
        let (id, rest) = text.strip_prefix(ENTRY)?.split_once(SUFFIX)?;
        let ended = rest.strip_prefix(" | ").and_then(Ended::read);
        Some(Self { at, id, known: ended.is_some() || rest == " | markdown", ended })
    }
}

impl<'a> Ended<'a> {
    /// `success | claude-opus-4.6 -> claude-opus-4-6 | 6735ms | [panel/editAgent]`.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.trim_end().splitn(4, " | ");
        let (result, model, took, what) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let took_ms = took.strip_suffix("ms")?.parse().ok().filter(|ms| (0.0..=86_400_000.0).contains(ms))?;
        let whole = what.starts_with('[') && what.contains(']');
        whole.then(|| Self { result, model: model.split(" -> ").next().unwrap_or(model), took_ms })
    }
}

/// What a result says of the request.
enum Says {
    /// It was answered, if perhaps cut short.
    Answer,
    /// The user stopped it: no word of the provider's.
    Stopped,
    /// It failed, with this status, if the result implies one.
    Failure(Option<u16>),
}

fn says(result: &str) -> Says {
    match result {
        "success" | "length" | "filtered" | "filteredRetry" => Says::Answer,
        "canceled" | "cancelled" => Says::Stopped,
        "rateLimited" => Says::Failure(Some(429)),
        "quotaExceeded" => Says::Failure(Some(402)),
        "agent_unauthorized" => Says::Failure(Some(401)),
        "notFound" => Says::Failure(Some(404)),
        // About the request itself.
        "badRequest" | "promptFiltered" | "offTopic" | "invalid_stateful_marker" => Says::Failure(Some(400)),
        _ => Says::Failure(None),
    }
}

/// The error kind for a result. Its words are those that the class of network failures knows.
fn kind(result: &str) -> &str {
    if result == "networkError" { "networkError: connection error" } else { result }
}

/// What the client writes before the provider's words.
const WORDS: &str = "WebSocket CAPI error: ";

/// The words belong to a request that ends within so many seconds.
const WORDS_S: f64 = 1.0;

/// The provider's words, from the frame of an error line.
fn words(line: &[u8]) -> Option<(Time, &str)> {
    let at = stamp::local(line)?;
    let text = std::str::from_utf8(&line[23..]).ok()?;
    Some((at, text.strip_prefix(" [error] ")?.strip_prefix(WORDS)?.trim()))
}

struct Parser {
    session: String,
    /// The provider's words that no request has taken yet.
    words: Option<(Time, String)>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let start = &line[..line.len().min(64)];
        if memchr::memmem::find(start, WORDS.as_bytes()).is_some() {
            self.words = words(line).map(|(at, text)| (at, text.to_owned()));
        }
        if memchr::memmem::find(start, ENTRY.as_bytes()).is_none() {
            return;
        }
        let Some(read) = Line::read(line) else { return };
        sink.need(number, "ccreq", read.known);
        let Some(ended) = read.ended else { return };
        sink.count_record();
        sink.mark_local_time();
        sink.note_time(read.at);
        let start = read.at.plus(-ended.took_ms / 1000.0);
        let (row_outcome, status) = match says(ended.result) {
            Says::Answer => (RowOutcome::Ok, None),
            Says::Failure(status) => (RowOutcome::Error, status),
            Says::Stopped => return sink.count_unanswered(),
        };
        let is_near = |(at, _): &(Time, String)| (0.0..=WORDS_S).contains(&read.at.since(*at));
        let words = self.words.take().filter(is_near);
        let error = match row_outcome {
            RowOutcome::Ok => ErrorFields::default(),
            _ => ErrorFields { kind: Some(kind(ended.result)), message: words.as_ref().map(|(_, text)| text.as_str()) },
        };
        sink.attempt(Record {
            start: Some(start),
            start_low: Some(start),
            end: Some(read.at),
            row_outcome,
            status,
            error,
            provider: Some("github-copilot"),
            model: Some(ended.model),
            session: Some(&self.session),
            request_id: Some(read.id),
            at_most: 1,
            fidelity: Fidelity::Observed,
            line: number,
            ..Record::default()
        });
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn line(second: u32, rest: &str) -> String {
        format!("2026-06-22 17:28:{second:02}.500 [info] ccreq:4d22b1{second:02}.copilotmd | {rest}\n")
    }

    #[test]
    fn each_ended_request_is_a_row() {
        let log = [
            "2026-06-22 17:28:00.000 [info] Copilot Chat: 0.53.1, VS Code: 1.125.1\n".to_owned(),
            line(1, "markdown"),
            line(8, "success | claude-opus-4.6 -> claude-opus-4-6 | 6735ms | [panel/editAgent]"),
            line(9, "rateLimited | claude-opus-4.6 | 300ms | [panel/editAgent]"),
            line(10, "quotaExceeded | gpt-5 | 200ms | [title]"),
            line(11, "networkError | gpt-5 | 100ms | [panel/editAgent]"),
            line(12, "cancelled | gpt-5 | 100ms | [panel/editAgent]"),
            line(13, "badRequest | gpt-5 | 100ms | [panel/editAgent]"),
            "2026-06-22 17:28:14.000 [error] Error from tool read_file: 2026-06-22 17:28:14.000 [info] ccreq:x.copilotmd | rateLimited | m | 1ms | [a]\n".to_owned(),
        ]
        .concat();
        assert_eq!(format_id(&log), Some("copilot-chat-log"));
        let parsed = parse(&CopilotChat, "window1/GitHub Copilot Chat.log", log.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.source.line, a.outcome, a.class, a.status)).collect();
        assert_eq!(
            actual,
            [
                (3, Outcome::Admitted, Class::Ok, None),
                (4, Outcome::Refused, Class::RateLimited, Some(429)),
                (5, Outcome::Refused, Class::Access, Some(402)),
                (6, Outcome::Refused, Class::Network, None),
                (8, Outcome::Other, Class::Other, Some(400)),
            ]
        );
        let first = parsed.attempts[0];
        assert_eq!(first.end.unwrap().since(first.start), 6.735);
        let actual = [first.model, parsed.attempts[1].request_id].map(|id| text(&parsed, id));
        assert_eq!(actual, ["claude-opus-4.6", "4d22b109"]);
        assert!(parsed.local_time && parsed.problems.is_empty(), "{:?}", parsed.problems);
    }

    #[test]
    fn the_words_before_a_failed_request_are_its_text() {
        let words = |second: u32, level: &str| {
            format!(
                "2026-06-22 17:28:{second:02}.490 [{level}] WebSocket CAPI error: You've exceeded your 5 hour session limits. Please retry after 840 seconds. (user_global_rate_limited:pro)\n"
            )
        };
        let failed = "rateLimited | gpt-5.4 | 300ms | [panel/editAgent]";
        let log = [
            words(1, "error"),
            line(1, failed),
            line(2, failed),
            words(5, "error"),
            line(9, failed),
            words(10, "info"),
            line(10, failed),
        ];
        let parsed = parse(&CopilotChat, "x", log.concat().as_bytes());
        let actual: Vec<bool> = parsed.attempts.iter().map(|a| a.error_message.is_some()).collect();
        assert_eq!(actual, [true, false, false, false], "only the request that ends with them");
    }

    #[test]
    fn another_shape_of_the_line_is_an_alarm() {
        let log = [line(1, "success | m | 1ms | [a]"), line(2, "success ; m ; 1ms"), line(3, "done")].concat();
        let parsed = parse(&CopilotChat, "x", log.as_bytes());
        assert!(parsed.problems.iter().any(|p| p.reason.contains("does not know")), "{:?}", parsed.problems);
    }
}
