//! Recordings of the wire itself: HAR documents and mitmproxy's flow dumps.
//!
//! Each entry is one request with its answer. Bodies come with it: of the request the model's name alone is taken, of an
//! answer that failed the error fields, of one that did not its usage. Prompts and answers are not looked at.

pub mod har;
pub mod mitm;

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::Sink;
use super::http::api;
use super::http::body::{self, Usage};
use super::http::headers::{Headers, Meters};
use crate::model::{ErrorFields, Record, Time};

/// How far apart a HAR document and a flow dump of the same recording may tell one end, in seconds: HAR is made from the
/// dump, and rounds.
const TOLERANCE_S: f64 = 0.5;

/// One recorded request.
#[derive(Debug, Default)]
struct Entry<'a> {
    url: &'a str,
    start: Option<Time>,
    end: Option<Time>,
    status: Option<u16>,
    headers: Headers,
    request_body: Cow<'a, [u8]>,
    answer_body: Cow<'a, [u8]>,
    /// What the recorder says of a connection that broke.
    broken: Option<&'a str>,
    line: u64,
}

#[derive(Default, Deserialize)]
struct Asked {
    model: Option<Value>,
}

impl Entry<'_> {
    fn emit(&self, meters: &mut Meters, sink: &mut Sink) {
        let provider = api::provider_of(self.url);
        if let Some(end) = self.end.or(self.start) {
            meters.take(&self.headers, (end, self.line), provider, sink);
        }
        let asked: Asked = serde_json::from_slice(&self.request_body).unwrap_or_default();
        let by_status = self.status.is_none_or(|s| s >= 400);
        let answer = unpack(&self.answer_body);
        let answer = String::from_utf8_lossy(&answer);
        let inside = if by_status { None } else { body::refusal(&answer).filter(|_| provider == Some("minimax")) };
        let failed = by_status || inside.is_some();
        let error = if by_status { body::error(&answer) } else { inside.unwrap_or_default() };
        let usage = if failed { Usage::default() } else { body::usage(&answer) };
        let kind = if self.status.is_none() { Some("no answer: connection error") } else { error.kind.as_deref() };
        sink.attempt(Record {
            start: self.start,
            start_low: self.start,
            end: self.end,
            status: self.status,
            // An answer that had begun was broken off: admitted.
            broke_off: self.broken.is_some() && self.status.is_some_and(|s| s < 400),
            error: ErrorFields { kind, message: error.message.as_deref().or(self.broken) },
            retry_after_s: if failed { self.headers.retry_after_s(self.end) } else { None },
            input_tokens: usage.input,
            output_tokens: usage.output,
            cache_read_tokens: usage.cache_read,
            provider,
            model: asked.model.as_ref().and_then(Value::as_str).or_else(|| api::model_in(self.url)),
            request_id: self.headers.request_id(),
            at_most: 1,
            line: self.line,
            ..Record::default()
        });
    }
}

/// Largest body that is looked at, unpacked.
const LARGEST_BODY: u64 = 4 << 20;

/// A body without gzip. Other encodings stay as they are, and say nothing.
fn unpack(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::new();
    // A body that is cut gives what it has.
    let _ = GzDecoder::new(bytes).take(LARGEST_BODY).read_to_end(&mut out);
    Cow::Owned(out)
}
