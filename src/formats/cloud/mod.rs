//! Logs that cloud services keep of requests to their models: CloudTrail, Bedrock, Vertex, Azure, Cloudflare.
//!
//! In: one JSON object a request, on a line or in a list. Out: one row a request to a model. Always: prompts and answers in a record are
//! passed over unread; a record of anything else than a request to a model is left out.

pub mod azure;
pub mod bedrock;
pub mod cloudflare;
pub mod vertex;

use serde_json::{Map, Value};

use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};
use crate::model::Time;

/// What a record turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    /// A request to a model, which was given to the sink.
    Attempt,
    /// Something else.
    Other,
    /// A request to a model that lacks a field without which it cannot be read.
    Lacks,
}

/// A log whose records are complete in themselves.
#[derive(Debug)]
pub struct CloudLog {
    info: &'static FormatInfo,
    /// Own keys of a record, of which so many must be there.
    marks: (&'static [&'static str], usize),
    needs: &'static [&'static str],
    /// Where each of these lies in what `prepare` gives; any of several paths will do.
    paths: &'static [&'static [&'static str]],
    /// Takes a record out of its envelope.
    prepare: fn(Map<String, Value>) -> Map<String, Value>,
    read: fn(&Map<String, Value>, u64, &mut Sink) -> Kept,
}

impl LogFormat for CloudLog {
    fn info(&self) -> &'static FormatInfo {
        self.info
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let (marks, least) = self.marks;
        let there = marks.iter().filter(|m| memchr::memmem::find(head.bytes, m.as_bytes()).is_some()).count();
        there >= least && head.lines(200).any(|l| l.starts_with(b"{") && own::count(l, self.marks.0) >= self.marks.1)
    }

    fn needs(&self) -> &'static [&'static str] {
        self.needs
    }

    fn stateless(&self) -> bool {
        true
    }

    fn lists(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { needs: self.needs, paths: self.paths, prepare: self.prepare, read: self.read })
    }
}

struct Parser {
    needs: &'static [&'static str],
    paths: &'static [&'static [&'static str]],
    prepare: fn(Map<String, Value>) -> Map<String, Value>,
    read: fn(&Map<String, Value>, u64, &mut Sink) -> Kept,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if !line.starts_with(b"{") {
            return;
        }
        let Ok(Value::Object(record)) = serde_json::from_slice(line) else {
            sink.problem(number, "a record that is no JSON; skipped");
            return;
        };
        let record = (self.prepare)(record);
        if (self.read)(&record, number, sink) == Kept::Other {
            return;
        }
        sink.count_record();
        for (field, paths) in self.needs.iter().zip(self.paths) {
            sink.need(number, field, paths.iter().any(|path| at(&record, path).is_some()));
        }
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// A value at a path; a dot leads into an object.
fn at<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    record.get(path).or_else(|| {
        let (outer, inner) = path.split_once('.')?;
        at(record.get(outer)?.as_object()?, inner)
    })
}

fn text<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a str> {
    at(record, path)?.as_str().filter(|t| !t.is_empty())
}

/// A number, or a text that is one.
fn number(record: &Map<String, Value>, path: &str) -> Option<f64> {
    let value = at(record, path)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|n: &f64| n.is_finite())
}

fn count(record: &Map<String, Value>, path: &str) -> Option<u64> {
    number(record, path).filter(|n| *n >= 0.0).map(|n| n as u64)
}

fn status(record: &Map<String, Value>, path: &str) -> Option<u16> {
    number(record, path).filter(|s| (100.0..600.0).contains(s)).map(|s| s as u16)
}

fn time(record: &Map<String, Value>, path: &str) -> Option<Time> {
    text(record, path).and_then(stamp::rfc3339)
}
