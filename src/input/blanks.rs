//! Blanks between the tokens of a JSON record, which say nothing.
//!
//! The programs write their records without blanks, and formats know them by `"type":"session"`. A file that went through
//! another program (Python's `json.dumps`, an editor) has `"type": "session"`. In: a line. Out: the same line without them.
//! Always: strings, and lines that begin no JSON record, are left byte for byte.

use std::borrow::Cow;

use crate::formats::own::closing;

/// Bytes of a line that are searched for a blank: a few keys and values. Whoever writes blanks writes them everywhere.
const LOOKED_AT: usize = 64;

/// Takes the blanks out of a line that begins a JSON record and has one near its begin; answers how long it is now.
pub fn squeeze_line(line: &mut [u8]) -> usize {
    if is_spaced(line) { squeeze(line) } else { line.len() }
}

/// The lines of a head without such blanks.
pub fn squeezed(head: &[u8]) -> Cow<'_, [u8]> {
    if !head.split(|b| *b == b'\n').any(is_spaced) {
        return Cow::Borrowed(head);
    }
    let mut lines = Vec::with_capacity(head.len());
    for line in head.split_inclusive(|b| *b == b'\n') {
        let from = lines.len();
        lines.extend_from_slice(line);
        let text = from + line.trim_ascii_end().len();
        let to = from + squeeze_line(&mut lines[from..text]);
        lines.drain(to..text);
    }
    Cow::Owned(lines)
}

/// Takes all blanks and line ends between tokens out; answers how long the record is now.
pub fn squeeze(record: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while let Some(byte) = record.get(from).copied() {
        let end = match byte {
            b'"' => closing(record, from + 1).map_or(record.len(), |at| at + 1),
            _ if byte.is_ascii_whitespace() => {
                let next = record[from..].iter().position(|b| !b.is_ascii_whitespace());
                let next = next.map_or(record.len(), |n| from + n);
                let before = to == 0 || matches!(record[to - 1], b'{' | b'[' | b',' | b':');
                let after = matches!(record.get(next), None | Some(b'}' | b']' | b',' | b':'));
                // Two values side by side are no JSON, and are to stay none.
                if !before && !after {
                    record[to] = b' ';
                    to += 1;
                }
                from = next;
                continue;
            }
            _ => from + 1,
        };
        record.copy_within(from..end, to);
        to += end - from;
        from = end;
    }
    to
}

/// Whether the line begins a record, or a list of them, with a blank between its first tokens.
fn is_spaced(line: &[u8]) -> bool {
    let begins = match line.first() {
        Some(b'{') => true,
        Some(b'[') => line[1..].trim_ascii_start().starts_with(b"{"),
        _ => false,
    };
    if !begins {
        return false;
    }
    let line = line.trim_ascii_end();
    let mut at = 1;
    while at < line.len().min(LOOKED_AT) {
        match line[at] {
            b'"' => match closing(line, at + 1) {
                Some(end) => at = end + 1,
                None => return false,
            },
            byte if byte.is_ascii_whitespace() => return true,
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let length = squeeze_line(&mut bytes);
        bytes.truncate(length);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn blanks_between_tokens_go_and_those_in_strings_stay() {
        assert_eq!(
            line(r#"{"a": 1, "b": [1, 2, {"c d": "e, f: \" g"}]}"#),
            r#"{"a":1,"b":[1,2,{"c d":"e, f: \" g"}]}"#
        );
        assert_eq!(line(r#"[{"ts": 1 } , {"ts": 2}]"#), r#"[{"ts":1},{"ts":2}]"#);
        assert_eq!(line("{ \"a\":1,\t\"b\":2 }"), r#"{"a":1,"b":2}"#);
        for same in [
            r#"{"a":1,"b":"c d"}"#,
            "[2026-05-04 03:25:34 - httpx:1025 - INFO] HTTP",
            "text {\"a\": 1}",
            "{",
            "{   ",
            "",
            "  \"a\": 1,",
        ] {
            assert_eq!(line(same), same);
        }
    }

    #[test]
    fn what_is_no_json_does_not_become_it() {
        assert_eq!(line(r#"{"a": 1 2}"#), r#"{"a":1 2}"#);
        assert_eq!(line(r#"{"a": "no end"#), r#"{"a":"no end"#);
        assert_eq!(line("{\"a\": \"\\"), "{\"a\":\"\\");
    }

    #[test]
    fn a_head_keeps_its_lines() {
        let head = b"{\"a\": 1}\r\nx: y\n{\"b\": 2}\n{\"c\": ";
        assert_eq!(squeezed(head).as_ref(), b"{\"a\":1}\r\nx: y\n{\"b\":2}\n{\"c\": ");
        assert!(matches!(squeezed(b"{\"a\":1}\nx: y\n"), Cow::Borrowed(_)));
    }

    proptest::proptest! {
        #[test]
        fn a_record_says_the_same(text in ".{0,40}", keys in proptest::collection::vec("[a-z \"\\\\]{0,6}", 0..5)) {
            let record: serde_json::Map<String, serde_json::Value> =
                keys.into_iter().map(|k| (k, serde_json::json!([text, 1.5, {"x y": null}]))).collect();
            for mut written in [serde_json::to_vec_pretty(&record).unwrap(), serde_json::to_vec(&record).unwrap()] {
                let length = squeeze(&mut written);
                proptest::prop_assert_eq!(&written[..length], &serde_json::to_vec(&record).unwrap()[..]);
            }
        }
    }
}
