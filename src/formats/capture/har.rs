//! HAR 1.2: what browsers and `mitmdump --set hardump=FILE` write.
//!
//! In: one document, read entry by entry. Out: one row an entry that calls a model.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::{Entry, TOLERANCE_S};
use crate::formats::http::api;
use crate::formats::http::elements::Elements;
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};

static INFO: FormatInfo = FormatInfo {
    id: "har",
    client: "capture",
    client_traits: crate::formats::ClientTraits::gateway(7),
    rank: 1,
    merge_tolerance_s: TOLERANCE_S,
    program: "HAR 1.2 (mitmproxy 12.2.3, browsers)",
    lives: &["wherever it is saved (Linux, macOS, Windows)"],
    shows: "every recorded request with start, end, status, model, tokens, error text, request id, retry-after, and limits in headers",
    not_logged: "requests that did not pass the recorder; the agent",
    established: "run (mitmproxy 12.2.3)",
};

/// HAR.
#[derive(Debug)]
pub struct Har;

impl LogFormat for Har {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start: Vec<u8> = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(4096).collect();
        let part = |key: &[u8]| memchr::memmem::find(&start, key).is_some();
        let named = part(b"\"version\":\"1.") && part(b"\"creator\":{");
        // A cut-down document, or one that begins with its entries.
        let entries = part(b"\"entries\":[{") && part(b"\"startedDateTime\":\"");
        start.starts_with(b"{\"log\":{") && (named || entries)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["startedDateTime", "time", "request", "method", "url", "response", "status"]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { elements: Elements::at(&[&["log", "entries"]]), meters: Meters::default() })
    }
}

struct Parser {
    elements: Elements,
    meters: Meters,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let Self { elements, meters } = self;
        elements.push(block, |element| {
            let Some(bytes) = element.bytes else {
                sink.problem(element.line, "an entry of more than 32 MiB; skipped");
                return;
            };
            match serde_json::from_slice::<Recorded>(&bytes) {
                Ok(recorded) => take(&recorded, element.line, meters, sink),
                Err(_) => sink.problem(element.line, "an entry that is not HAR; skipped"),
            }
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.elements.is_open() && !cut {
            sink.problem(self.elements.line(), "the document ends early");
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Recorded {
    started_date_time: String,
    time: Value,
    request: Option<Request>,
    response: Option<Response>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    post_data: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response {
    status: Value,
    headers: Vec<Header>,
    content: Option<Text>,
    #[serde(alias = "_error")]
    error: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Header {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Text {
    text: Option<String>,
    encoding: Option<String>,
}

fn take(recorded: &Recorded, line: u64, meters: &mut Meters, sink: &mut Sink) {
    sink.count_record();
    sink.need(line, "startedDateTime", !recorded.started_date_time.is_empty());
    sink.need(line, "time", !recorded.time.is_null());
    sink.need(line, "request", recorded.request.is_some());
    sink.need(line, "response", recorded.response.is_some());
    let Some(request) = &recorded.request else { return };
    sink.need(line, "method", !request.method.is_empty());
    sink.need(line, "url", !request.url.is_empty());
    let none = Response::default();
    if let Some(response) = &recorded.response {
        sink.need(line, "status", !response.status.is_null());
    }
    let response = recorded.response.as_ref().unwrap_or(&none);
    if request.method != "POST" || !api::is_call(&request.url) {
        return;
    }
    let start = stamp::rfc3339(&recorded.started_date_time);
    let took_ms = recorded.time.as_f64().filter(|ms| (0.0..=86_400_000.0).contains(ms));
    let mut headers = Headers::default();
    response.headers.iter().for_each(|h| headers.take(&h.name, &h.value));
    // A body in base64 was not text, so it has no error in it.
    let text = |body: &Option<Text>| {
        let body = body.as_ref().filter(|b| b.encoding.as_deref().is_none_or(str::is_empty));
        body.and_then(|b| b.text.as_deref().map(str::as_bytes)).unwrap_or_default().to_vec()
    };
    let status = response.status.as_u64().and_then(|s| u16::try_from(s).ok());
    Entry {
        url: &request.url,
        start,
        end: start.zip(took_ms).map(|(s, ms)| s.plus(ms / 1000.0)),
        status: status.filter(|s| (100..600).contains(s)),
        headers,
        request_body: Cow::Owned(text(&request.post_data)),
        answer_body: Cow::Owned(text(&response.content)),
        broken: response.error.as_str(),
        line,
    }
    .emit(meters, sink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn entry(url: &str, status: u16, answer: &str) -> String {
        format!(
            r#"{{"startedDateTime":"2026-03-03T17:19:00.250000+01:00","time":500.5,"request":{{"method":"POST","url":"{url}","headers":[{{"name":"authorization","value":"Bearer sk-dummy"}}],"postData":{{"text":"{{\"messages\":[{{\"content\":\"429 rate limit\"}}],\"model\":\"kimi-k2.5\"}}"}}}},"response":{{"status":{status},"headers":[{{"name":"Retry-After","value":"1"}},{{"name":"x-request-id","value":"req-1"}}],"content":{{"text":{}}}}}}}"#,
            serde_json::to_string(answer).unwrap()
        )
    }

    fn document(entries: &[String]) -> String {
        format!(
            "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"x\"}},\"pages\":[],\n\"entries\":[\n{}\n]}}}}",
            entries.join(",\n")
        )
    }

    fn read(entries: &[String]) -> Parsed {
        parse(&Har, "flows.har", document(entries).as_bytes())
    }

    const URL: &str = "https://api.moonshot.cn/v1/chat/completions";

    #[test]
    fn a_refusal_inside_a_200_is_one() {
        let url = "https://api.minimax.io/v1/chat/completions";
        let base_resp = |code: u32, text: &str| {
            format!(r#"{{"choices":null,"base_resp":{{"status_code":{code},"status_msg":"{text}"}}}}"#)
        };
        let parsed = read(&[
            entry(url, 200, &base_resp(0, "")),
            entry(url, 200, &base_resp(1002, "rate limit exceeded(RPM)")),
            entry(url, 200, &base_resp(1008, "insufficient balance")),
            entry(URL, 200, &base_resp(1002, "another provider's words")),
        ]);
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.outcome, a.class, a.status)).collect();
        assert_eq!(
            actual,
            [
                (Outcome::Admitted, Class::Ok, Some(200)),
                (Outcome::Refused, Class::RateLimited, Some(200)),
                (Outcome::Refused, Class::Access, Some(200)),
                (Outcome::Admitted, Class::Ok, Some(200)),
            ]
        );
        assert_eq!(text(&parsed, parsed.attempts[1].error_kind), "1002");
    }

    #[test]
    fn requests_with_their_error_fields_and_usage() {
        let parsed = read(&[
            entry(URL, 429, r#"{"error":{"message":"max concurrency: 3","type":"t"}}"#),
            entry(
                URL,
                200,
                "data: {\"choices\":[{\"delta\":{\"content\":\"error 429\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n",
            ),
            entry(URL, 0, ""),
            entry("https://shop.example/v1/cart", 429, ""),
        ]);
        let [refused, ok, lost] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((refused.status, refused.retry_after_s(), refused.source.line), (Some(429), Some(1.0), 3));
        assert_eq!(
            (refused.start.rfc3339().as_str(), refused.end.unwrap().since(refused.start)),
            ("2026-03-03T16:19:00.250Z", 0.5005)
        );
        let actual = [refused.error_message, refused.error_kind, refused.model, refused.request_id, refused.provider];
        assert_eq!(actual.map(|id| text(&parsed, id)), ["max concurrency: 3", "t", "kimi-k2.5", "req-1", "moonshot"]);
        assert_eq!(
            (ok.outcome, ok.tokens.input.get(), ok.tokens.output.get(), ok.error_message),
            (Outcome::Admitted, Some(9), Some(2), None)
        );
        assert_eq!((lost.class, lost.outcome), (Class::Network, Outcome::Refused));
        let texts = format!("{:?}", parsed.texts);
        assert!(!texts.contains("rate limit") && !texts.contains("sk-dummy"), "{texts}");
    }

    #[test]
    fn recognised_pretty_or_not_and_a_cut_one_is_reported() {
        assert_eq!(format_id(&document(&[])), Some("har"));
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&document(&[])).unwrap()).unwrap();
        // serde_json sorts keys: creator, entries, pages, version.
        assert_eq!(format_id(&pretty), Some("har"));
        let cut = document(&[entry(URL, 200, ""), entry(URL, 200, "")]);
        let parsed = parse(&Har, "x.har", &cut.as_bytes()[..cut.len() - 20]);
        assert_eq!((parsed.attempts.len(), parsed.problems[0].reason.as_str()), (1, "the document ends early"));
    }

    #[test]
    fn odd_entries_cost_nothing_else() {
        let parsed = read(&["{\"request\":7}".to_owned(), "{}".to_owned(), entry(URL, 200, "")]);
        let (alarms, others): (Vec<_>, Vec<_>) =
            parsed.problems.iter().partition(|p| p.reason.contains("does not know"));
        assert_eq!((parsed.attempts.len(), others.len()), (1, 1));
        assert!(!alarms.is_empty(), "one of two entries has no request");
    }
}
