//! The keys of a JSON object that are its own: not those of objects inside it.
//!
//! In: a line that begins an object (or an array of objects), perhaps cut. Out: which marks stand at its keys. A program's record is
//! known by its own keys: a tool's result inside it may well be another program's record.

use memchr::{memchr, memmem};

/// How many of `marks` are own keys of the line's first object. A mark is a key with its quotes, its colon and, if wanted, the
/// begin of its value: `"type":"session"`. As in the programs' files, no blank follows the colon.
pub(super) fn count(line: &[u8], marks: &[&str]) -> usize {
    // Most lines are another program's, and have none of the marks anywhere.
    if !marks.iter().any(|m| memmem::find(line, m.as_bytes()).is_some()) {
        return 0;
    }
    let keys = keys(line);
    marks.iter().filter(|m| keys.iter().any(|at| line[*at..].starts_with(m.as_bytes()))).count()
}

/// Where the own keys begin.
fn keys(line: &[u8]) -> Vec<usize> {
    let mut keys = Vec::new();
    let lead = line.iter().take_while(|b| b.is_ascii_whitespace() || **b == b'[').count();
    if line.get(lead) != Some(&b'{') {
        return keys;
    }
    let (mut depth, mut at, mut key_follows) = (1_usize, lead + 1, true);
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => {
                if depth == 1 && key_follows {
                    keys.push(at);
                    key_follows = false;
                }
                let Some(end) = closing(line, at + 1) else { break };
                at = end;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            b',' if depth == 1 => key_follows = true,
            _ => {}
        }
        at += 1;
    }
    keys
}

/// Where the text that began before `from` ends. Quotes are rarer than backslashes, so only they are searched for: one is
/// escaped where an odd number of backslashes stands before it.
pub(crate) fn closing(line: &[u8], from: usize) -> Option<usize> {
    let mut searched = from;
    loop {
        let at = searched + memchr(b'"', line.get(searched..)?)?;
        let backslashes = line[from..at].iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes.is_multiple_of(2) {
            return Some(at);
        }
        searched = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_after_an_odd_number_of_backslashes_is_escaped() {
        for (text, end) in [(r#"a"b"#, 1), (r#"\""x"#, 2), (r#"\\"x"#, 2), (r#"\\\"\"""#, 6)] {
            assert_eq!(closing(text.as_bytes(), 0), Some(end), "{text}");
        }
        assert_eq!(closing(br#"\"#, 0), None);
        assert_eq!(closing(br#"x\"#, 1), None);
        assert_eq!(closing(br#"\"a"#, 1), Some(1), "what stands before the text does not count");
        assert_eq!(closing(b"", 3), None);
    }

    #[test]
    fn keys_of_objects_inside_are_not_own() {
        let line = br#"{"a":{"b":[{"c":1}],"d":"x"},"e":"\"f\":1","g":[1,{"h":2}],"i":"j"}"#;
        let own = ["\"a\":", "\"e\":", "\"g\":[", "\"i\":\"j\""];
        assert_eq!(count(line, &own), 4);
        assert_eq!(count(line, &["\"b\":", "\"c\":", "\"d\":", "\"f\":", "\"h\":", "\"j\"", "\"i\":\"k\""]), 0);
        assert_eq!(count(b"[{\"a\":1},{\"b\":2}]", &["\"a\":", "\"b\":"]), 1);
    }

    #[test]
    fn a_cut_line_has_the_keys_that_are_left() {
        assert_eq!(count(br#"{"a":1,"b":"no end"#, &["\"a\":", "\"b\":"]), 2);
        for odd in [&b""[..], b"{", b"[", b"}", b"\"a\":1", b"{]}", b"{\"a\\", b"x{\"a\":1}"] {
            assert_eq!(count(odd, &["\"a\":"]), 0, "{odd:?}");
        }
    }
}
