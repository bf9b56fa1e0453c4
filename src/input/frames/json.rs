//! JSON around a line of text: docker's json-file, journald, GCP, CloudWatch, Loki, Elastic, python-json-logger, structlog.
//!
//! In: one object. Out: its text with its stamp, level and logger. Always: only a text under a name that such frames have is
//! taken, never one out of a list of messages.

use serde_json::{Map, Value};

use super::{Piece, stamp};

/// Names of the text, the most particular first.
const TEXTS: [&str; 18] = [
    "textPayload",
    "@message",
    "MESSAGE",
    "log",
    "line",
    "message",
    "msg",
    "event",
    "text",
    "body",
    "_msg",
    "short_message",
    "content",
    "raw",
    "_raw",
    "Log",
    "Message",
    "RenderedMessage",
];

/// Names of its stamp.
const STAMPS: [&str; 20] = [
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "asctime",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "datetime",
    "date",
    "receiveTimestamp",
    "ingestionTime",
    "eventTime",
    "created",
    "t",
    "_time",
    "@t",
    "written_at",
    "TimeStamp",
    "Timestamp",
    "TimeGenerated",
];

/// Names of the level and of the logger.
const LEVELS: [&str; 6] = ["level", "levelname", "severity", "lvl", "log.level", "log_level"];
const LOGGERS: [&str; 5] = ["logger", "name", "logger_name", "loggerName", "target"];

/// Names of a traceback.
const TRACES: [&str; 6] = ["exc_info", "exception", "exc_text", "stack_trace", "stack", "traceback"];

/// Objects in which text and stamp may be.
const INSIDE: [&str; 8] = ["_source", "jsonPayload", "attributes", "fields", "record", "content", "result", "log"];

/// docker cuts lines at this length.
const DOCKER_PART: usize = 16 << 10;

/// The texts of an object.
pub(super) fn open(line: &[u8]) -> Vec<Piece> {
    if !line.starts_with(b"{") {
        return Vec::new();
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else { return Vec::new() };
    if let Some(streamed) = values(&object) {
        return streamed;
    }
    of_object(&object).unwrap_or_default()
}

/// Loki's answer: a stream with pairs of a time in nanoseconds and a line.
fn values(object: &Map<String, Value>) -> Option<Vec<Piece>> {
    object.get("stream").filter(|s| s.is_object())?;
    let values = object.get("values")?.as_array()?;
    let pairs = values.iter().filter_map(|v| Some((v.get(0)?, v.get(1)?.as_str()?)));
    Some(pairs.flat_map(|(time, text)| pieces(text, stamp::of_value(time), String::new(), false)).collect())
}

fn of_object(object: &Map<String, Value>) -> Option<Vec<Piece>> {
    let inner: Vec<&Map<String, Value>> = INSIDE.iter().filter_map(|k| object.get(*k)?.as_object()).collect();
    let places = || std::iter::once(object).chain(inner.iter().copied());
    let text = places().find_map(|o| TEXTS.iter().find_map(|k| text_of(o.get(*k)?).map(|t| (*k, t))));
    let (key, text) = text?;
    let time = places().find_map(|o| STAMPS.iter().find_map(|k| time_of(o.get(*k)?)));
    let word = |names: &[&str]| {
        places().find_map(|o| names.iter().find_map(|k| o.get(*k)?.as_str())).unwrap_or_default().to_owned()
    };
    let label = [word(&LEVELS), word(&LOGGERS)].join(" ").trim().to_owned();
    let is_part = key == "log" && !text.ends_with('\n') && text.len() >= DOCKER_PART;
    let mut all = pieces(text.as_ref(), time.unwrap_or((None, None)), label, is_part);
    let trace = places().find_map(|o| TRACES.iter().find_map(|k| o.get(*k)?.as_str()));
    for line in trace.into_iter().flat_map(str::lines) {
        all.push(Piece { text: line.as_bytes().to_vec(), follows: true, ..Piece::default() });
    }
    Some(all)
}

/// A text; of journald's messages with bytes that are none, a list of numbers.
fn text_of(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Value::String(text) => Some(std::borrow::Cow::Borrowed(text.as_str())),
        Value::Array(bytes) if !bytes.is_empty() => {
            let bytes: Option<Vec<u8>> = bytes.iter().map(|b| u8::try_from(b.as_u64()?).ok()).collect();
            Some(std::borrow::Cow::Owned(String::from_utf8_lossy(&bytes?).into_owned()))
        }
        _ => None,
    }
}

/// A stamp; of an object its own text or number (loguru's `record.time`).
fn time_of(value: &Value) -> Option<stamp::Written> {
    let value = match value {
        Value::Object(inner) => inner.get("timestamp").or_else(|| inner.get("repr"))?,
        other => other,
    };
    let written = stamp::of_value(value);
    written.0.is_some().then_some(written)
}

/// The lines of a text. Only the first has the frame.
fn pieces(text: &str, (stamp, at): stamp::Written, label: String, partial: bool) -> Vec<Piece> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut lines = text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l));
    let first = lines.next().unwrap_or_default();
    let mut all = vec![Piece { text: first.as_bytes().to_vec(), stamp, at, label, partial, follows: false }];
    all.extend(lines.map(|l| Piece { text: l.as_bytes().to_vec(), follows: true, ..Piece::default() }));
    all
}

/// The keys of the first objects of a head, in order, with a value of each.
pub fn keys_of(head: &[u8]) -> Vec<(String, Value)> {
    let mut keys: Vec<(String, Value)> = Vec::new();
    let objects = head.split(|b| *b == b'\n').filter(|l| l.starts_with(b"{")).take(20);
    for object in objects.filter_map(|l| serde_json::from_slice::<Map<String, Value>>(l).ok()) {
        for (key, value) in object {
            match keys.iter_mut().find(|(k, _)| *k == key) {
                Some((_, known)) if known.is_null() => *known = value,
                Some(_) => {}
                None => keys.push((key, value)),
            }
        }
    }
    keys
}
