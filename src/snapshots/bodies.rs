//! The bodies of one file: one JSON document, several after each other, each perhaps behind a `curl -i` head.
//!
//! In: text. Out: one [`Body`] for each document or for what is in its place, with its line and head. Always: only
//! as much is parsed as is asked for; JSON that is nested too deeply is reported, not followed.

use serde_json::{Deserializer, Value};

use super::http_head::{self, HttpHead};
use crate::model::Time;

/// Why something in the place of a body is no JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotJson {
    /// A web page.
    Html,
    /// Nested deeper than serde_json's bound of 128.
    TooDeep,
    /// The text ends inside it. `reading`: it has keys of a usage snapshot.
    EndsEarly {
        /// Keys of a usage snapshot were seen.
        state: bool,
    },
    /// A head without a body.
    Nothing,
    /// Anything else.
    Other,
}

/// One body.
#[derive(Debug)]
pub struct Body {
    /// The line where it begins, from 1.
    pub line: u64,
    /// Status of its head, if there is one.
    pub status: Option<u16>,
    /// `Date` of its head.
    pub date: Option<Time>,
    /// Headers of its head that tell limits.
    pub limits: Vec<(String, String)>,
    /// The document, an object or an array of them.
    pub json: Result<Value, NotJson>,
}

/// A head's parts, or what is known without one.
#[derive(Default)]
struct HeadParts {
    status: Option<u16>,
    date: Option<Time>,
    limits: Vec<(String, String)>,
}

impl HeadParts {
    fn of(head: HttpHead) -> Self {
        Self { status: Some(head.status), date: head.date, limits: head.limits }
    }
}

/// The bodies of a text.
#[derive(Debug)]
pub struct Bodies<'a> {
    rest: &'a str,
    line: u64,
    listed: Vec<Body>,
}

impl<'a> Bodies<'a> {
    /// The bodies of `text`.
    pub fn of(text: &'a str) -> Self {
        Self { rest: text, line: 1, listed: Vec::new() }
    }

    fn advance(&mut self, bytes: usize) {
        let (past, rest) = self.rest.split_at(bytes);
        self.line += past.bytes().filter(|b| *b == b'\n').count() as u64;
        self.rest = rest;
    }

    fn skip_blank(&mut self) {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.advance(blank);
    }

    /// Goes on at the next head, or to the end.
    fn skip_to_head(&mut self) {
        let next = self.rest.match_indices("\nHTTP/").next().map(|(at, _)| at + 1);
        self.advance(next.unwrap_or(self.rest.len()));
    }

    fn document(&mut self, head: Option<HttpHead>) -> Option<Body> {
        self.skip_blank();
        let (line, rest) = (self.line, self.rest);
        let headed = head.is_some();
        let HeadParts { status, date, limits } = head.map(HeadParts::of).unwrap_or_default();
        let body = |json| Some(Body { line, status, date, limits, json });
        let mut documents = Deserializer::from_str(rest).into_iter::<Value>();
        let next = documents.next();
        let read = documents.byte_offset();
        match next {
            Some(Ok(value)) => {
                self.advance(read);
                body(Ok(value))
            }
            Some(Err(error)) => {
                let why = not_json(rest, &error);
                self.skip_to_head();
                body(Err(why))
            }
            None if headed => body(Err(NotJson::Nothing)),
            None => None,
        }
    }

    /// Takes a list apart: its elements are bodies of their own, with the list's line and head.
    fn list(&mut self, body: Body) -> Option<Body> {
        let Body { line, status, date, mut limits, json } = body;
        let values = match json {
            Ok(Value::Array(values)) => values,
            json => return Some(Body { line, status, date, limits, json }),
        };
        // The limits in the head are one snapshot, however long the list.
        let each = values.into_iter().map(|v| {
            let limits = std::mem::take(&mut limits);
            Body { line, status, date, limits, json: Ok(v) }
        });
        self.listed = each.collect();
        self.listed.reverse();
        self.listed.pop()
    }
}

impl Iterator for Bodies<'_> {
    type Item = Body;

    fn next(&mut self) -> Option<Body> {
        loop {
            if let Some(body) = self.listed.pop() {
                return Some(body);
            }
            self.skip_blank();
            let head = http_head::begins(self.rest).then(|| http_head::read(self.rest)).flatten();
            let head = head.map(|(head, bytes)| {
                self.advance(bytes);
                head
            });
            let body = self.document(head)?;
            // A bare number or word between bodies is what `curl -w` printed.
            let bare = matches!(&body.json, Ok(v) if !v.is_object() && !v.is_array());
            if !bare && let Some(body) = self.list(body) {
                return Some(body);
            }
        }
    }
}

/// Keys that a usage snapshot has and few other documents.
const READING_KEYS: [&str; 5] = ["\"resetTime\"", "\"reset_time\"", "\"resets_at\"", "\"usages\"", "\"totalQuota\""];

fn not_json(text: &str, error: &serde_json::Error) -> NotJson {
    let start = text.get(..text.floor_char_boundary(200)).unwrap_or("").to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<?xml") {
        NotJson::Html
    } else if error.is_eof() {
        NotJson::EndsEarly { state: READING_KEYS.iter().any(|k| text.contains(k)) }
    } else if error.to_string().starts_with("recursion limit") {
        NotJson::TooDeep
    } else {
        NotJson::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(text: &str) -> Vec<(u64, Option<u16>, Result<String, NotJson>)> {
        Bodies::of(text).map(|b| (b.line, b.status, b.json.map(|v| v.to_string()))).collect()
    }

    fn json(line: u64, text: &str) -> (u64, Option<u16>, Result<String, NotJson>) {
        (line, None, Ok(text.to_owned()))
    }

    #[test]
    fn documents_after_each_other() {
        assert_eq!(bodies("{\"a\":1}"), [json(1, "{\"a\":1}")]);
        assert_eq!(bodies("\n{\"a\":\n1}\n{\"b\":2}{}\n"), [json(2, "{\"a\":1}"), json(4, "{\"b\":2}"), json(4, "{}")]);
        assert_eq!(bodies("[{\"a\":1},{\"b\":2}]\n{}"), [json(1, "{\"a\":1}"), json(1, "{\"b\":2}"), json(2, "{}")]);
        assert_eq!(bodies("{}\n200\n{}"), [json(1, "{}"), json(3, "{}")], "the number is what curl -w printed");
        assert_eq!(bodies(" \n"), []);
        assert_eq!(bodies("[]"), []);
    }

    #[test]
    fn every_body_has_its_own_head() {
        let text = "HTTP/1.1 200 OK\nDate: Tue, 07 Apr 2026 11:10:03 GMT\n\n{\"a\":1}\n\
                    HTTP/1.1 502 Bad Gateway\n\n<html>\n</html>\nHTTP/1.1 200 OK\n\n{\"b\":2}\nHTTP/1.1 204 No\n\n";
        assert_eq!(
            bodies(text),
            [
                (4, Some(200), Ok("{\"a\":1}".to_owned())),
                (7, Some(502), Err(NotJson::Html)),
                (11, Some(200), Ok("{\"b\":2}".to_owned())),
                (14, Some(204), Err(NotJson::Nothing)),
            ]
        );
        assert!(Bodies::of(text).next().unwrap().date.is_some());
    }

    #[test]
    fn what_is_no_document_is_reported() {
        assert_eq!(bodies("{\"usages\":{\"li"), [(1, None, Err(NotJson::EndsEarly { state: true }))]);
        assert_eq!(bodies("{\"a\":"), [(1, None, Err(NotJson::EndsEarly { state: false }))]);
        assert_eq!(bodies("<!DOCTYPE html><p>"), [(1, None, Err(NotJson::Html))]);
        assert_eq!(bodies("{a}"), [(1, None, Err(NotJson::Other))]);
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert_eq!(bodies(&deep), [(1, None, Err(NotJson::TooDeep))]);
        assert_eq!(bodies("\0\0\0\0"), [(1, None, Err(NotJson::Other))]);
    }

    #[test]
    fn of_duplicate_keys_the_last_wins() {
        assert_eq!(bodies("{\"a\":1,\"a\":2}"), [json(1, "{\"a\":2}")]);
    }
}
