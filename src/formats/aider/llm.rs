//! `.aider.llm.history` (`--llm-history-file`): what was sent to the model and what it answered.
//!
//! In: lines that begin with a role, between `TO LLM <stamp>` and `LLM RESPONSE <stamp>`. Out: a row for each pair. A
//! response without the assistant's words is a hint of a failure, which counts when the chat history has it.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "aider-llm",
    client: "aider",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 2,
    merge_tolerance_s: super::TOLERANCE_S,
    program: "aider 0.86.2 (.aider.llm.history)",
    lives: &["where --llm-history-file or AIDER_LLM_HISTORY_FILE says, on all systems; off by default"],
    shows: "when each request left and ended, to the second, in local time",
    not_logged: "errors, tokens, provider and model (the chat history beside it names them); retries of litellm and its SDK inside one pair",
    established: "run (0.86.2 against a local server)",
};

const SENT: &str = "TO LLM ";
const ANSWERED: &str = "LLM RESPONSE ";

/// Requests behind one pair, at most: two silent retries of the SDK.
const AT_MOST: u8 = 3;

/// Longest line of a mark and its stamp, in whatever form a version writes it.
const STAMPED: usize = 50;

/// The model history of aider.
#[derive(Debug)]
pub struct AiderLlm;

impl LogFormat for AiderLlm {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(1).any(|l| l.starts_with(SENT.as_bytes()) && l.len() <= STAMPED)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["TO LLM", "LLM RESPONSE"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Box::new(Parser {
            session: Place::session_of_folder(folder),
            sent: None,
            answered: None,
            content_hash: DefaultHasher::new(),
        })
    }
}

#[derive(Debug)]
struct Parser {
    session: String,
    sent: Option<Time>,
    /// A response, until its first line says whether there is one.
    answered: Option<(Option<Time>, Time, u64)>,
    /// The request as it was written: neither a stamp in seconds nor a folder separates a copy from another agent's request.
    content_hash: DefaultHasher,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        // What was said has its role before it, so a line that begins with a mark is the program's.
        let text = std::str::from_utf8(&line[..line.len().min(64)]).unwrap_or_default();
        let marks = [(SENT, "TO LLM"), (ANSWERED, "LLM RESPONSE")];
        if let Some((mark, field)) = marks.into_iter().find(|(mark, _)| text.starts_with(mark) && line.len() <= STAMPED)
        {
            sink.need(number, field, local(&text[mark.len()..]).is_some());
        }
        if let Some(at) = text.strip_prefix(SENT).and_then(local) {
            self.settle(false, sink);
            if self.sent.replace(at).is_some() {
                sink.count_unanswered();
            }
            self.content_hash = DefaultHasher::new();
            line.hash(&mut self.content_hash);
            sink.count_record();
            sink.mark_local_time();
            sink.note_time(at);
        } else if let Some(at) = text.strip_prefix(ANSWERED).and_then(local) {
            self.settle(false, sink);
            sink.count_record();
            sink.note_time(at);
            self.answered = Some((self.sent.take(), at, number));
        } else if self.answered.is_some() {
            self.settle(line.starts_with(b"ASSISTANT"), sink);
        } else if self.sent.is_some() {
            line.hash(&mut self.content_hash);
        }
    }

    fn finish(mut self: Box<Self>, _: bool, sink: &mut Sink) {
        self.settle(false, sink);
        if self.sent.is_some() {
            sink.open(Record { start: self.sent, session: Some(&self.session), ..Record::default() });
        }
    }
}

impl Parser {
    fn settle(&mut self, answered: bool, sink: &mut Sink) {
        let Some((start, end, line)) = self.answered.take() else { return };
        // Agents that were given the same task ask the same in the same second, but not on the same line of their histories.
        (end.micros(), line).hash(&mut self.content_hash);
        let same_as = start.map(|_| format!("aider-llm {:016x}", self.content_hash.finish()));
        sink.attempt(Record {
            start,
            end: Some(end),
            row_outcome: if answered { RowOutcome::Ok } else { RowOutcome::Error },
            error: ErrorFields { kind: (!answered).then_some("ConnectionError"), message: None },
            unconfirmed: !answered,
            session: Some(&self.session),
            same_as: same_as.as_deref(),
            at_most: AT_MOST,
            fidelity: Fidelity::Collapsed,
            line,
            ..Record::default()
        });
    }
}

fn local(stamp: &str) -> Option<Time> {
    let stamp = stamp.trim_end();
    (stamp.len() == 19).then(|| stamp::rfc3339(&format!("{stamp}Z"))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse};

    #[test]
    fn pairs_are_rows_and_an_empty_answer_is_a_hint() {
        let file = "TO LLM 2026-01-02T03:04:05\n-------\nUSER LLM RESPONSE 2026-01-02T03:04:06\nLLM RESPONSE 2026-01-02T03:04:09\nASSISTANT Done.\n\
            TO LLM 2026-01-02T03:05:05\nUSER go\nLLM RESPONSE 2026-01-02T03:05:09\n\nTO LLM 2026-01-02T03:06:05\n";
        assert_eq!(format_id(file), Some("aider-llm"));
        let parsed = parse(&AiderLlm, "x", file.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.end.unwrap().since(a.start), a.unconfirmed)).collect();
        assert_eq!((actual, parsed.unanswered), (vec![(4.0, false), (4.0, true)], 1));
    }
}
