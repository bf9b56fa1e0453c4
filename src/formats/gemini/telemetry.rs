//! Telemetry files: pretty-printed JSON objects, one after the other. Neither JSONL nor OTLP.
//!
//! In: lines. Out: a row for each `api_response` and `api_error` event. An object is never put together: an attribute
//! is on a line of its own, four spaces in, and only those of `attributes::READ` are parsed, so prompts of
//! 100 kB in one line cost a comparison. Spans, metrics and nested objects are passed over. Where another program wrote each
//! object in one line, that line is parsed whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::attributes::Event;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own};

static GEMINI: FormatInfo = FormatInfo {
    id: "gemini-telemetry",
    client: "gemini-cli",
    client_traits: super::GEMINI_CLI,
    rank: 2,
    merge_tolerance_s: 2.0,
    program: "Gemini CLI 0.61.0 (telemetry outfile)",
    lives: &[
        "where telemetry.outfile of ~/.gemini/settings.json or GEMINI_TELEMETRY_OUTFILE says, on all systems; off by default",
    ],
    shows: "every attempt with status, text, quota id, delay, tokens and session",
    not_logged: "which of several attempts at once belongs to which subagent",
    established: "run (0.61.0 against a local server)",
};

static QWEN: FormatInfo = FormatInfo {
    id: "qwen-telemetry",
    client: "qwen-code",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 2,
    merge_tolerance_s: 2.0,
    program: "Qwen Code 0.24.4 (telemetry outfile)",
    lives: &[
        "where telemetry.outfile of ~/.qwen/settings.json or QWEN_TELEMETRY_OUTFILE says, on all systems; off by default",
    ],
    shows: "every request of the program with status, text, tokens, session and subagent",
    not_logged: "the two silent retries of its SDK below each (2 of 2 in a recording)",
    established: "run (0.24.4 against a local server)",
};

/// A telemetry file of one of the two.
#[derive(Debug)]
pub struct Telemetry {
    info: &'static FormatInfo,
    program: &'static str,
}

/// Gemini CLI's.
pub static GEMINI_TELEMETRY: Telemetry = Telemetry { info: &GEMINI, program: "gemini" };
/// Qwen Code's.
pub static QWEN_TELEMETRY: Telemetry = Telemetry { info: &QWEN, program: "qwen-code" };

impl LogFormat for Telemetry {
    fn info(&self) -> &'static FormatInfo {
        self.info
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let mut lines = head.lines(400);
        let has = |l: &[u8], mark: &str| memchr::memmem::find(l, mark.as_bytes()).is_some();
        if head.lines(20).any(|l| own::count(l, &OBJECT) >= 2 && has(l, &format!("\":\"{}", self.program))) {
            return true;
        }
        lines.next().is_some_and(|l| l == b"{") && {
            let (mut record, mut own) = (false, false);
            for l in lines {
                record |=
                    l == b"  \"hrTime\": [" || l == b"  \"attributes\": {" || l == b"  \"instrumentationScope\": {";
                own |= l.starts_with(b"  ") && has(&l[..l.len().min(80)], &format!("\"{}", self.program));
            }
            record && own
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["event.name", "event.timestamp", "duration_ms", "model", "input_token_count", "attributes"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// Keys of an object on one line.
const OBJECT: [&str; 3] = ["\"hrTime\":[", "\"attributes\":{", "\"_body\":"];

/// An object in one line.
#[derive(Deserialize)]
struct Object {
    attributes: Option<BTreeMap<String, Value>>,
    #[serde(rename = "_body")]
    body: Option<IgnoredAny>,
}

#[derive(Debug, Default)]
struct Parser {
    event: Event,
    from: u64,
    inside: bool,
    /// The object is a log record, not a span or a metric.
    is_record: bool,
    had_attributes: bool,
    named: bool,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        match line {
            b"{" => *self = Self { from: number, ..Self::default() },
            b"}" => self.end_event(sink),
            b"  \"attributes\": {" => (self.inside, self.had_attributes) = (true, true),
            b"  }," | b"  }" => self.inside = false,
            _ if line.starts_with(b"  \"_body\":") => self.is_record = true,
            _ if line.starts_with(b"{\"") => self.whole(line, number, sink),
            _ if self.inside && line.starts_with(b"    \"") => self.attribute(line),
            // The version is in the resource: a pair of lines, the name and its value.
            _ => {}
        }
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

impl Parser {
    fn attribute(&mut self, line: &[u8]) {
        let Some(end) = memchr::memmem::find(line, b"\": ") else { return };
        let Ok(key) = std::str::from_utf8(line.get(5..end).unwrap_or_default()) else { return };
        self.named |= key == "event.name";
        let value = line[end + 3..].strip_suffix(b",").unwrap_or(&line[end + 3..]);
        self.event.set(key, || serde_json::from_slice(value).ok());
    }

    fn whole(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let Ok(object) = serde_json::from_slice::<Object>(line) else {
            return sink.problem(number, "not a whole object; not read");
        };
        *self = Self { from: number, is_record: object.body.is_some(), ..Self::default() };
        self.had_attributes = object.attributes.is_some();
        for (key, value) in object.attributes.unwrap_or_default() {
            self.named |= key == "event.name";
            self.event.set(&key, || Some(value));
        }
        self.end_event(sink);
    }

    fn end_event(&mut self, sink: &mut Sink) {
        let read = std::mem::take(self);
        // An event's name makes a record of it, whatever its body is called.
        if read.is_record || read.named {
            sink.count_record();
            sink.need(read.from, "attributes", read.had_attributes);
            if read.had_attributes {
                sink.need(read.from, "event.name", read.named);
            }
            read.event.emit(read.from, None, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Outcome;

    fn object(attributes: &str) -> String {
        format!(
            "{{\n  \"hrTime\": [\n    1,\n    2\n  ],\n  \"instrumentationScope\": {{\n    \"name\": \"gemini-cli\"\n  }},\n  \"attributes\": {{\n{attributes}\n  }},\n  \"_body\": \"API error: 429\",\n  \"totalAttributesCount\": 3\n}}\n"
        )
    }

    fn event(name: &str, more: &str) -> String {
        object(&format!(
            "    \"session.id\": \"s-1\",\n    \"event.name\": \"gemini_cli.{name}\",\n    \"event.timestamp\": \"2026-01-02T03:04:05.500Z\",\n    \"model\": \"m\",\n    \"auth_type\": \"gemini-api-key\",\n    \"duration_ms\": 250{more}"
        ))
    }

    const ERROR: &str = ",\n    \"error.message\": \"{\\\"error\\\":{\\\"code\\\":429,\\\"message\\\":\\\"slow\\\",\\\"status\\\":\\\"RESOURCE_EXHAUSTED\\\"}}\",\n    \"status_code\": 429";
    const TOKENS: &str = ",\n    \"input_token_count\": 100,\n    \"output_token_count\": 7,\n    \"thoughts_token_count\": 2,\n    \"cached_content_token_count\": 60,\n    \"finish_reasons\": [\n      \"stop\"\n    ]";

    #[test]
    fn both_ends_of_a_request_are_rows() {
        let file = [
            event("api_error", ERROR),
            event("api_response", TOKENS),
            event("api_request", ""),
            event("user_prompt", ERROR),
        ]
        .concat();
        assert_eq!(format_id(&file), Some("gemini-telemetry"));
        let parsed = parse(&GEMINI_TELEMETRY, "t", file.as_bytes());
        let [refused, admitted] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!(
            (refused.outcome, refused.status, refused.end.unwrap().since(refused.start)),
            (Outcome::Refused, Some(429), 0.25)
        );
        assert_eq!(
            [refused.session, refused.provider, refused.error_kind, refused.error_message].map(|id| text(&parsed, id)),
            ["s-1", "gemini", "RESOURCE_EXHAUSTED", "slow"]
        );
        assert_eq!(
            (admitted.tokens.input.get(), admitted.tokens.output.get(), admitted.tokens.total()),
            (Some(40), Some(9), Some(109))
        );
        assert_eq!((parsed.problems.len(), parsed.records), (0, 4));
    }

    #[test]
    fn a_prompt_that_quotes_an_event_is_none() {
        let quoted = event("api_error", ERROR).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let file = object(&format!(
            "    \"event.name\": \"gemini_cli.user_prompt\",\n    \"prompt\": \"{quoted}\",\n    \"nested\": {{\n      \"event.name\": \"gemini_cli.api_error\"\n    }}"
        ));
        assert!(parse(&GEMINI_TELEMETRY, "t", file.as_bytes()).attempts.is_empty());
    }

    #[test]
    fn a_broken_attribute_costs_itself_alone() {
        let broken = event("api_error", ERROR).replace("    \"model\": \"m\",", "    \": \"m\",\n    \"\": \"m\",");
        let parsed = parse(&GEMINI_TELEMETRY, "t", broken.as_bytes());
        let [refused] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((refused.status, refused.model), (Some(429), None));
    }

    #[test]
    fn a_renamed_field_is_an_alarm() {
        let good = [event("api_error", ERROR), event("api_response", TOKENS)].concat();
        for field in GEMINI_TELEMETRY.needs() {
            let renamed = good.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("gemini-telemetry"), "{field}");
            let problems = parse(&GEMINI_TELEMETRY, "t", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
