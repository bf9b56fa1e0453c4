//! `storage/message/<session>/<message>.json` of opencode before its database: one document a message, over many lines.
//!
//! In: the bytes of one document. Out: the row that the same message gives in the database, whose JSON is the same.

use serde::Deserialize;

use super::TOLERANCE_S;
use super::db::{self, Message};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "opencode-storage",
    client: "opencode",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 2,
    merge_tolerance_s: TOLERANCE_S,
    program: "opencode before its database (storage/message)",
    lives: &[
        "~/.local/share/opencode/storage/message/<session>/msg_*.json (Linux, macOS)",
        r"%USERPROFILE%\.local\share\opencode\storage\message (Windows)",
        "XDG_DATA_HOME moves ~/.local/share",
    ],
    shows: "each message with session, agent, model, tokens and times; the failure that ended a message, with status and headers",
    not_logged: "what the database not_logged: every failure that was retried with success; requests for titles. The oldest form (storage/session/message, with metadata) is not read",
    established: "reported (issues, and a public index of files); the JSON is that of the database, which was run",
};

/// Longest document that is kept. A message has no content of its own (that is in `part`), so a few KB.
const LARGEST: usize = 1 << 20;

/// Messages of `storage/`.
#[derive(Debug)]
pub struct OpencodeStorage;

impl LogFormat for OpencodeStorage {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start = head.bytes.trim_ascii_start();
        let start = &start[..start.len().min(4096)];
        let has = |m: &[u8]| memchr::memmem::find(start, m).is_some();
        start.starts_with(b"{")
            && memchr::memmem::find(&start[..start.len().min(64)], b"\"msg_").is_some()
            && [&b"\"ses_"[..], b"\"role\"", b"\"providerID\"", b"\"modelID\"", b"\"created\""]
                .iter()
                .filter(|m| has(m))
                .count()
                >= 4
    }

    fn needs(&self) -> &'static [&'static str] {
        &["id", "sessionID", "role", "created", "tokens", "providerID"]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

#[derive(Deserialize)]
struct Named {
    id: Option<String>,
    #[serde(rename = "sessionID")]
    session: Option<String>,
}

#[derive(Default)]
struct Parser {
    text: Vec<u8>,
    too_large: bool,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], _: &mut Sink) {
        self.too_large |= self.text.len() + block.len() > LARGEST;
        if !self.too_large {
            self.text.extend_from_slice(block);
        }
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.too_large {
            return sink.problem(1, "a message of more than 1 MiB; not read");
        }
        let (named, message) =
            (serde_json::from_slice::<Named>(&self.text), serde_json::from_slice::<Message>(&self.text));
        let (Ok(named), Ok(message)) = (named, message) else {
            if !cut {
                sink.problem(1, "a message that is no whole JSON document; not read");
            }
            return;
        };
        sink.count_record();
        sink.need(1, "id", named.id.is_some());
        sink.need(1, "sessionID", named.session.is_some());
        sink.need(1, "role", message.role.is_some());
        if let (Some(id), Some(session), Some("assistant")) = (named.id, named.session, message.role.as_deref()) {
            db::one(&message, (&id, &session), 1, &mut db::Seen::default(), sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    const MESSAGE: &str = r#"{
  "id": "msg_1",
  "role": "assistant",
  "sessionID": "ses_1",
  "providerID": "anthropic",
  "modelID": "claude-sonnet-4-5",
  "mode": "build",
  "tokens": { "input": 12, "output": 5, "reasoning": 1, "cache": { "read": 30, "write": 0 } },
  "time": { "created": 1772554740000, "completed": 1772554743500 }
}"#;

    #[test]
    fn a_message_is_a_row_with_what_ended_it() {
        assert_eq!(format_id(MESSAGE), Some("opencode-storage"));
        let parsed = parse(&OpencodeStorage, "storage/message/ses_1/msg_1.json", MESSAGE.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((row.is_admitted(), row.tokens.total(), text(&parsed, row.session)), (true, Some(48), "ses_1"));
        let failed = MESSAGE.replace("\"mode\"", "\"error\": {\"name\": \"APIError\", \"data\": {\"message\": \"slow down\", \"statusCode\": 429, \"responseHeaders\": {\"retry-after\": \"7\"}}}, \"mode\"");
        let parsed = parse(&OpencodeStorage, "x", failed.as_bytes());
        assert_eq!((parsed.attempts[0].status, parsed.attempts[0].retry_after_s()), (Some(429), Some(7.0)));
        assert_eq!(text(&parsed, parsed.attempts[0].error_message), "slow down");
        let limited = failed.replace(
            "\"retry-after\": \"7\"",
            "\"anthropic-ratelimit-unified-5h-utilization\": \"1.0\", \"anthropic-ratelimit-unified-5h-status\": \"rejected\", \"anthropic-ratelimit-unified-status\": \"rejected\"",
        );
        let parsed = parse(&OpencodeStorage, "x", limited.as_bytes());
        let [state] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
        let window = state.state.windows[0];
        assert_eq!(
            (window.window_minutes, window.remaining_share),
            (300, Some(0.0)),
            "limits in headers are a reading"
        );
    }

    #[test]
    fn other_documents_are_none_and_a_broken_one_is_named() {
        assert_eq!(
            format_id(r#"{"id":"prt_1","messageID":"msg_1","sessionID":"ses_1","type":"text","text":"429"}"#),
            None
        );
        let user = MESSAGE.replace("\"assistant\"", "\"user\"");
        assert!(parse(&OpencodeStorage, "x", user.as_bytes()).attempts.is_empty());
        let broken = parse(&OpencodeStorage, "x", &MESSAGE.as_bytes()[..200]);
        assert!(broken.problems.iter().any(|p| p.reason.contains("no whole JSON")), "{:?}", broken.problems);
    }

    #[test]
    fn a_renamed_field_is_an_alarm() {
        for field in OpencodeStorage.needs() {
            let renamed = MESSAGE.replace(&format!("\"{field}\""), &format!("\"{field}New\""));
            assert_eq!(format_id(&renamed), Some("opencode-storage"), "{field}");
            let problems = parse(&OpencodeStorage, "x", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
