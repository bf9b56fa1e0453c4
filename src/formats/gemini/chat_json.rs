//! `chats/session-*.json` of older Gemini CLI: one document, its messages in an array.
//!
//! In: the bytes of the document, message by message. Out: what the newer `.jsonl` gives: a row for each answer with tokens.
//! Saved checkpoints (`/chat save`) and `logs.json` (prompts) hold no times of answers and are not read.

use super::chat::{Line, Turns};
use crate::formats::http::elements::Elements;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "gemini-chat-json",
    client: "gemini-cli",
    client_traits: super::GEMINI_CLI,
    rank: 1,
    merge_tolerance_s: 2.0,
    program: "Gemini CLI before about 0.50 (chats, .json)",
    lives: &[
        "~/.gemini/tmp/<project>/chats/session-*.json (Linux, macOS)",
        r"%USERPROFILE%\.gemini\tmp\... (Windows)",
        "GEMINI_CLI_HOME moves the folder that .gemini is in",
    ],
    shows: "answers with tokens and the session",
    not_logged: "every failure and every retry: no failure here is no sign of health; checkpoints and logs.json hold no answers' times and are not read",
    established: "read (public chats); the messages are those of the .jsonl, which was run",
};

/// The older chats.
#[derive(Debug)]
pub struct GeminiChatJson;

/// How the document begins, before its messages.
fn begins(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(600).collect()
}

impl LogFormat for GeminiChatJson {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start = begins(&head.bytes[..head.bytes.len().min(4096)]);
        let marks: [&[u8]; 4] = [b"\"projectHash\":\"", b"\"startTime\":\"", b"\"lastUpdated\":\"", b"\"messages\":["];
        start.starts_with(b"{\"")
            && marks.iter().filter(|m| memchr::memmem::find(&start, m).is_some()).count() == marks.len()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["sessionId", "timestamp", "tokens"]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { elements: Elements::at(&[&["messages"]]), turns: Turns::default(), head: Some(Vec::new()) })
    }
}

struct Parser {
    elements: Elements,
    turns: Turns,
    /// The document's beginning, until the session is looked for.
    head: Option<Vec<u8>>,
}

impl Parser {
    fn name_session(&mut self, block: &[u8], sink: &mut Sink) {
        let Some(mut head) = self.head.take() else { return };
        head.extend_from_slice(&block[..block.len().min(4096)]);
        if head.len() < 1024 && memchr::memchr(b'[', &head).is_none() {
            self.head = Some(head);
            return;
        }
        let start = begins(&head);
        let after = memchr::memmem::find(&start, b"\"sessionId\":\"").map(|at| &start[at + 13..]);
        let id = after.and_then(|rest| rest.split(|b| *b == b'"').next());
        sink.need(1, "sessionId", id.is_some());
        self.turns.session = id.map(|id| String::from_utf8_lossy(id).into_owned());
    }
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        self.name_session(block, sink);
        let Self { elements, turns, .. } = self;
        elements.push(block, |element| {
            let Some(bytes) = element.bytes else {
                return sink.problem(element.line, "a message of more than 32 MiB; skipped");
            };
            sink.count_record();
            match serde_json::from_slice::<Line>(&bytes) {
                Ok(message) => turns.take(message, element.line, sink),
                Err(_) => sink.problem(element.line, "not a message of a chat; skipped"),
            }
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.elements.is_open() && !cut {
            sink.problem(self.elements.line(), "the document ends early");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    const CHAT: &str = r#"{
  "sessionId": "s-1",
  "projectHash": "h",
  "startTime": "2026-01-02T03:04:00Z",
  "lastUpdated": "2026-01-02T03:04:09Z",
  "messages": [
    { "id": "a", "timestamp": "2026-01-02T03:04:01.500Z", "type": "user", "content": "429 RESOURCE_EXHAUSTED" },
    { "id": "b", "timestamp": "2026-01-02T03:04:05Z", "type": "gemini", "content": "429",
      "tokens": { "input": 100, "output": 7, "cached": 60, "thoughts": 2, "tool": 0, "total": 109 }, "model": "m" }
  ]
}"#;

    #[test]
    fn answers_are_rows_as_in_the_newer_chats() {
        assert_eq!(format_id(CHAT), Some("gemini-chat-json"));
        let parsed = parse(&GeminiChatJson, "c", CHAT.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((row.is_admitted(), row.end.unwrap().since(row.start), row.tokens.total()), (true, 3.5, Some(109)));
        assert_eq!((text(&parsed, row.session), row.source.line, parsed.problems.len()), ("s-1", 8, 0));
        let open = parse(&GeminiChatJson, "c", &CHAT.as_bytes()[..CHAT.len() - 4]);
        assert_eq!((open.attempts.len(), open.problems[0].reason.as_str()), (1, "the document ends early"));
    }

    #[test]
    fn a_renamed_field_is_an_alarm() {
        for field in GeminiChatJson.needs() {
            let renamed = CHAT.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("gemini-chat-json"), "{field}");
            let problems = parse(&GeminiChatJson, "c", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
