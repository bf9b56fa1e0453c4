//! One object as most writers write it: flat, without blanks or escapes, whole numbers, known keys.
//!
//! In: a line. Out: its row, or `None` for any other line, which the JSON parser then reads. Always: a row is what the JSON
//! parser makes of the line, in a third of its time.

use std::borrow::Cow;

use super::keys::field_of;
use super::row::{Row, Value};

/// Longest whole number that is surely below 2^64.
const DIGITS: usize = 18;

/// The row of a line.
pub(super) fn row(line: &[u8]) -> Option<Row<'_>> {
    let text = std::str::from_utf8(line).ok()?;
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut row = Row::default();
    let mut rest = inside;
    loop {
        let (key, after) = unquote(rest)?;
        let (field, distance) = field_of(key)?;
        let (value, after) = value(after.strip_prefix(':')?)?;
        row.put(field, distance, value);
        if after.is_empty() {
            return Some(row);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// A text in quotes without escapes, and what follows it.
fn unquote(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = inner.bytes().position(|b| b == b'"' || b == b'\\' || b < b' ')?;
    let (text, after) = inner.split_at(end);
    Some((text, after.strip_prefix('"')?))
}

fn value(text: &str) -> Option<(Value<'_>, &str)> {
    match text.as_bytes().first()? {
        b'"' => unquote(text).map(|(text, after)| (Value::Text(Cow::Borrowed(text)), after)),
        b'0'..=b'9' => count(text),
        b'n' => Some((Value::Null, text.strip_prefix("null")?)),
        b't' => Some((Value::Flag(true), text.strip_prefix("true")?)),
        b'f' => Some((Value::Flag(false), text.strip_prefix("false")?)),
        _ => None,
    }
}

fn count(text: &str) -> Option<(Value<'_>, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, after) = text.split_at(length);
    let is_plain = length <= DIGITS && (length == 1 || !digits.starts_with('0'));
    let ends = after.is_empty() || after.starts_with(',');
    (is_plain && ends).then_some(())?;
    let number = digits.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some((Value::Count(number), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Row<'_>> {
        serde_json::from_str(line).ok()
    }

    #[test]
    fn a_plain_line_is_read_here_and_any_other_is_left() {
        let plain = r#"{"start":"2026-03-01T00:00:00Z","status":429,"error_message":"é: wait","model":null,"outcome":true,"input_tokens":0}"#;
        assert_eq!(row(plain.as_bytes()), parse(plain));
        for other in [
            r#"{"start": "x","status":200}"#,
            r#"{"start":"a\"b","status":200}"#,
            r#"{"start":"a","retry_after_s":1.5}"#,
            r#"{"start":"a","status":0200}"#,
            r#"{"start":"a","status":-1}"#,
            r#"{"start":"a","status":1e2}"#,
            r#"{"start":"a","status":123456789012345678901}"#,
            r#"{"start":"a","own_key":1}"#,
            r#"{"start":"a","status":{}}"#,
            r#"{"start":"a","status":200,}"#,
            r#"{"start":"a","status":200}x"#,
            r#"{"start":"a"}{"end":"b"}"#,
            r#"{"start":"a" "end":"b"}"#,
            r#"{"start":truex}"#,
            "{\"start\":\"a\tb\"}",
            "{}",
            "{",
            "",
        ] {
            assert_eq!(row(other.as_bytes()), None, "{other}");
        }
        assert_eq!(row(b"{\"start\":\"\xff\"}"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_here_is_what_the_json_parser_reads(
            pairs in proptest::collection::vec(("start|end|status|model|gen_ai.system|provider", "[0-9]{1,20}|null|true|false|\"[a-c\\\\é\"n]{0,4}\"|[1-9]\\.5|\\{\\}"), 0..6),
            end in "\\}|\\}\\}|,\\}|",
        ) {
            let fields: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let line = format!("{{{}{end}", fields.join(","));
            if let Some(row) = row(line.as_bytes()) {
                proptest::prop_assert_eq!(Some(row), parse(&line));
            }
        }
    }
}
