//! The names of a record's fields, from the head of a file.
//!
//! In: the first bytes of JSON or CSV. Out: the keys of its records, even where the first record does not end in the head.
//! Always: only the records' own keys count; what is inside a field, a text or an object does not.

use std::collections::BTreeSet;

use super::rows::{cells, separator};

/// Names of fields.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Keys(BTreeSet<String>);

impl Keys {
    /// Of columns.
    pub(crate) fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Of the head of a file whose records may be in lists under these keys.
    pub(super) fn in_head(head: &[u8], wrappers: &[&[&str]]) -> Self {
        let start = head.trim_ascii_start();
        if start.starts_with(b"{") || start.starts_with(b"[") {
            return Self(of_json(start, wrappers));
        }
        let end = memchr::memchr(b'\n', start).unwrap_or(start.len());
        let Ok(header) = std::str::from_utf8(&start[..end]) else { return Self::default() };
        let names = cells(header.trim_end(), separator(header));
        // A header has names: short words without blanks at the ends.
        let is_name = |n: &String| n.len() <= 80 && !n.is_empty();
        if names.len() < 3 || !names.iter().all(is_name) { Self::default() } else { Self::of(names) }
    }

    /// Whether all of these are there.
    pub(super) fn all(&self, names: &[&str]) -> bool {
        names.iter().all(|n| self.0.contains(*n))
    }

    /// Whether any of these is there.
    pub(super) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.0.contains(*n))
    }
}

fn of_json(text: &[u8], wrappers: &[&[&str]]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let (mut depth, mut at) = (0usize, 0usize);
    let mut record = if text.starts_with(b"[") { 2 } else { 1 };
    let mut last: Option<&[u8]> = None;
    while at < text.len() {
        match text[at] {
            b'"' => {
                let Some(end) = end_of_string(text, at + 1) else { break };
                last = Some(&text[at + 1..end]);
                at = end;
            }
            b':' => {
                let key = last.take().filter(|_| depth == record || depth == 1);
                if let Some(key) = key.and_then(|k| std::str::from_utf8(k).ok()) {
                    let is_list = text[at + 1..].trim_ascii_start().starts_with(b"[");
                    if depth == 1 && is_list && wrappers.iter().any(|w| *w == [key]) {
                        if record != 3 {
                            keys.clear();
                        }
                        record = 3;
                    } else if depth == record {
                        keys.insert(key.to_owned());
                    }
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    keys
}

fn end_of_string(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(head: &str) -> Keys {
        Keys::in_head(head.as_bytes(), &[&["data"]])
    }

    fn named(names: &[&str]) -> Keys {
        Keys::of(names.iter().map(|n| (*n).to_owned()))
    }

    #[test]
    fn keys_of_records_in_every_packing() {
        for head in [
            "{\"id\":1,\"x\":{\"no\":2}}\n{\"id\":2}\n",
            "[ {\"id\": 1, \"x\": [{\"no\": 2}]}]",
            "{\"meta\":{\"no\":1},\"data\":[{\"id\":1,\"x\":\"{\\\"no\\\":1}\"}]}",
            "{\"data\":[{\"id\":1,\"x\":\"a long prompt that does not end in the head",
        ] {
            assert_eq!(keys(head), named(&["id", "x"]), "{head}");
        }
        assert_eq!(keys("id,x,y\n1,2,3\n"), named(&["id", "x", "y"]));
        assert_eq!(keys("plain text\n"), Keys::default());
    }
}
