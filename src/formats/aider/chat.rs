//! `.aider.chat.history.md`: the conversation, with the program's own words in quoted lines.
//!
//! In: Markdown. Out: a row for each error that aider shows. Only quoted lines (`> `) in an error's fixed shape count, which end as
//! the program ends each of its own: with the two blanks of a line break. So no prompt is taken for one, and no answer that
//! quotes one as Markdown does. In a file whose blanks an editor took off, no line has them.

use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Naming, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "aider-chat",
    client: "aider",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: super::TOLERANCE_S,
    program: "aider 0.86.2 (.aider.chat.history.md)",
    lives: &[
        ".aider.chat.history.md in the folder of the repository, or where --chat-history-file or AIDER_CHAT_HISTORY_FILE says, on all systems",
    ],
    shows: "errors that aider itself retried, with their text; provider and model of each chat, also for the model history beside it",
    not_logged: "when they were: only a chat's start has a time, the rest is added up from the waits; retries of litellm below it (2 of 2 in a recording); successes",
    established: "run (0.86.2 against a local server), read (public histories)",
};

/// Retries of litellm's SDK below one error that aider shows.
const AT_MOST: u8 = 3;

/// Chats are in the order in which they were begun; clocks are set back by an hour or two.
const BACK_S: f64 = 7200.0;

const STARTED: &str = "# aider chat started at ";

/// The chat history of aider.
#[derive(Debug)]
pub struct AiderChat;

impl LogFormat for AiderChat {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(1).any(|l| l.starts_with(STARTED.as_bytes()))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["started"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Box::new(Parser { session: Place::session_of_folder(folder), ..Parser::default() })
    }
}

#[derive(Debug, Default)]
struct Parser {
    session: String,
    model: Option<String>,
    /// The stamp of the chat's start, as written.
    chat: String,
    /// Errors of this chat so far.
    errors: u32,
    /// The chat's start and the waits since.
    at: Option<Time>,
    /// A line of aider's own ended as it ends them. Until then the blanks may have been taken off by an editor.
    has_blanks: bool,
    /// An error, until the next line says whether aider tries again.
    failed: Option<(String, String, u64)>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let text = String::from_utf8_lossy(line);
        if let Some(stamp) = text.strip_prefix(STARTED) {
            let at = stamp::rfc3339(&format!("{}Z", stamp.trim()));
            if at.zip(self.at).is_some_and(|(new, last)| new.plus(BACK_S) < last) {
                return sink
                    .problem(number, "a chat that began before the one above it: quoted in an answer, and left out");
            }
            self.settle(true, sink);
            sink.need(number, "started", at.is_some());
            sink.count_record();
            sink.mark_local_time();
            if let Some(at) = at {
                sink.note_time(at);
            }
            self.at = at;
            self.chat = stamp.trim().to_owned();
            self.errors = 0;
            return;
        }
        let Some(line) = text.strip_prefix("> ") else { return };
        self.has_blanks |= line.ends_with("  ");
        if self.has_blanks && !line.ends_with("  ") {
            return;
        }
        let line = line.trim_end();
        sink.count_record();
        if let Some(model) = line.strip_prefix("Model: ").or_else(|| line.strip_prefix("Main model: ")) {
            self.model = model.split(" with ").next().map(str::to_owned);
            if let Some(from) = self.at {
                let (provider, model) = self.provider_and_model();
                let owned = |t: Option<&str>| t.map(str::to_owned);
                sink.naming(Naming {
                    session: self.session.clone(),
                    from,
                    provider: owned(provider),
                    model: owned(model),
                });
            }
        } else if let Some(version) = line.strip_prefix("Aider v") {
            sink.note_version(version);
        } else if let Some(wait) = line.strip_prefix("Retrying in ").and_then(|w| w.strip_suffix(" seconds...")) {
            self.settle(false, sink);
            if let (Some(at), Ok(wait)) = (self.at, wait.parse::<f64>()) {
                self.at = Some(at.plus(wait.clamp(0.0, 3600.0)));
            }
        } else if let Some((class, message)) = error(line) {
            self.settle(true, sink);
            self.failed = Some((class.to_owned(), message.to_owned(), number));
        }
    }

    fn finish(mut self: Box<Self>, _: bool, sink: &mut Sink) {
        self.settle(true, sink);
    }
}

impl Parser {
    /// Provider and model: `moonshot/kimi-k2.5`.
    fn provider_and_model(&self) -> (Option<&str>, Option<&str>) {
        self.model.as_deref().map_or((None, None), |m| match m.split_once('/') {
            Some((provider, model)) => (Some(provider), Some(model)),
            None => (None, Some(m)),
        })
    }

    fn settle(&mut self, ended: bool, sink: &mut Sink) {
        let Some((class, message, line)) = self.failed.take() else { return };
        self.errors += 1;
        // A copy of the chat in another folder has the same key.
        let copy_key = format!("aider-chat {} {} {class} {message}", self.chat, self.errors);
        let (provider, model) = self.provider_and_model();
        sink.attempt(Record {
            end: self.at,
            row_outcome: RowOutcome::Error,
            status: status(&class),
            error: ErrorFields { kind: Some(&class), message: Some(&message) },
            provider,
            model,
            session: Some(&self.session),
            same_as: Some(&copy_key).filter(|_| !self.chat.is_empty()).map(String::as_str),
            ended_work: ended,
            at_most: AT_MOST,
            fidelity: Fidelity::Inferred,
            line,
            ..Record::default()
        });
    }
}

/// `litellm.RateLimitError: RateLimitError: OpenAIException - text`.
fn error(line: &str) -> Option<(&str, &str)> {
    let (class, rest) = line.strip_prefix("litellm.")?.split_once(": ")?;
    let known = class.ends_with("Error") && class.bytes().all(|b| b.is_ascii_alphanumeric());
    let rest = rest.strip_prefix(class).and_then(|r| r.strip_prefix(": ")).unwrap_or(rest);
    let message = rest.split_once("Exception - ").map_or(rest, |(_, message)| message);
    known.then_some((class, message))
}

/// The status of each class of litellm. `APIError` means any, also 403.
fn status(class: &str) -> Option<u16> {
    Some(match class {
        "RateLimitError" => 429,
        "AuthenticationError" => 401,
        "PermissionDeniedError" => 403,
        "ServiceUnavailableError" => 503,
        "InternalServerError" => 500,
        "BadGatewayError" => 502,
        "BadRequestError" | "ContextWindowExceededError" => 400,
        "NotFoundError" => 404,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    const CHAT: &str = "\n# aider chat started at 2026-01-02 03:04:05\n\n> Aider v0.86.2  \n> Model: openai/m-1 with whole edit format  \n\n#### litellm.RateLimitError: what does it mean  \n\n\
        litellm.RateLimitError: RateLimitError: it means 429\n\n> litellm.RateLimitError: RateLimitError: OpenAIException - slow down  \n> The API provider has rate limited you. Try again later or check your quotas.  \n> Retrying in 0.2 seconds...  \n\
        > litellm.APIError: APIError: OpenAIException - used up  \n> Retrying in 0.5 seconds...  \n\nDone.\n\n> Tokens: 14k sent, 288 received.  \n";

    #[test]
    fn errors_in_the_program_s_own_words_are_rows() {
        assert_eq!(format_id(CHAT), Some("aider-chat"));
        let parsed = parse(&AiderChat, "repo/.aider.chat.history.md", CHAT.as_bytes());
        let actual: Vec<_> = parsed
            .attempts
            .iter()
            .map(|a| (a.status, text(&parsed, a.error_message), a.end.unwrap().rfc3339(), a.ended_work))
            .collect();
        assert_eq!(
            actual,
            [
                (Some(429), "slow down", "2026-01-02T03:04:05.000Z".to_owned(), false),
                (None, "used up", "2026-01-02T03:04:05.200Z".to_owned(), false)
            ]
        );
        assert!(parsed.local_time);
        let [naming] = &parsed.naming[..] else { panic!("{:?}", parsed.naming) };
        assert_eq!(
            (naming.from.rfc3339().as_str(), naming.provider.as_deref()),
            ("2026-01-02T03:04:05.000Z", Some("openai"))
        );
        assert_eq!(
            [parsed.attempts[0].provider, parsed.attempts[0].model].map(|id| text(&parsed, id)),
            ["openai", "m-1"]
        );
    }

    #[test]
    fn a_history_without_blanks_at_line_ends_is_read_too() {
        let stripped = CHAT.replace("  \n", "\n");
        let parsed = parse(&AiderChat, "x", stripped.as_bytes());
        let lines: Vec<u32> = parsed.attempts.iter().map(|a| a.source.line).collect();
        assert_eq!(lines, [11, 14]);
    }

    /// An answer is written as it came: without the two blanks with which aider ends its own lines.
    #[test]
    fn an_answer_that_quotes_a_history_is_none() {
        let quoted = CHAT.replace("  \n", "\n").replace("2026-01-02", "2025-12-30");
        let file = format!("{CHAT}\n#### what is this?  \n\n{quoted}\n");
        let parsed = parse(&AiderChat, "x", file.as_bytes());
        assert_eq!(parsed.attempts.len(), 2);
        let [problem] = &parsed.problems[..] else { panic!("{:?}", parsed.problems) };
        assert!(problem.reason.contains("quoted in an answer"), "{}", problem.reason);
    }
}
