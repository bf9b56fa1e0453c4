//! What of a long record nobody reads: prompts, answers and the output of tools, which are most bytes of a transcript.
//!
//! In: a line that is one JSON record, and the keys whose values say nothing about requests. Out: the same record with
//! these values empty, which costs a parser a tenth of the time. Always: all other keys and values stay byte for byte, in
//! their order; a line that is not understood is not shortened.

use super::own::closing;

/// Records shorter than this are parsed whole: it costs as little.
const LONG: usize = 1024;

/// Keys whose values are left out of long records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bulk {
    /// The keys, at any depth.
    pub keys: &'static [&'static str],
    /// A record that has one of these outside of the values left out is needed whole.
    pub unless: &'static [&'static str],
    /// Records of which no nested value is needed at all.
    pub hollow: Option<Hollow>,
}

/// Records whose own plain values say everything: what lies between the first and the last nested value is not even looked at.
#[derive(Clone, Copy, Debug)]
pub struct Hollow {
    /// Records that have this are shortened only if they are hollow; all others of them are needed whole.
    pub mark: &'static str,
    /// Their first nested value begins with one of these.
    pub begins: &'static [&'static str],
    /// And these outside of what is left out; else they are read as all others.
    pub needs: &'static [&'static str],
}

impl Bulk {
    /// Every record is needed whole.
    pub const NONE: Self = Self { keys: &[], unless: &[], hollow: None };

    /// Whether anything can be left out.
    pub fn is_none(&self) -> bool {
        self.keys.is_empty()
    }

    /// Writes a long record without its bulk into `short`. `false`: the line is needed whole.
    pub fn shorten(&self, line: &[u8], short: &mut Vec<u8>) -> bool {
        let is_long = line.len() >= LONG && line.starts_with(b"{");
        !self.is_none() && is_long && self.leave_out(line, short) && short.len() * 2 < line.len()
    }

    /// As [`Self::shorten`], however short the record is.
    fn leave_out(&self, line: &[u8], short: &mut Vec<u8>) -> bool {
        let head = self.hollow.and_then(|h| h.head(line));
        if self.hollow.zip(head).is_some_and(|(h, head)| h.hollow_out(line, head, short)) {
            return true;
        }
        short.clear();
        let is_whole = self.copy(line, short).is_none() || self.unless.iter().any(|mark| has(short, mark));
        !is_whole && (head.is_some() || self.hollow.is_none_or(|h| !has(short, h.mark)))
    }

    /// The record without the values of its bulky keys.
    ///
    /// `None` where the line ends inside a value or closes what was never opened.
    fn copy(&self, line: &[u8], short: &mut Vec<u8>) -> Option<()> {
        let (mut at, mut copied, mut depth) = (0, 0, 0_usize);
        while let Some(byte) = line.get(at) {
            match byte {
                b'"' => {
                    let end = closing(line, at + 1)?;
                    let is_bulk = line.get(end + 1) == Some(&b':') && self.is_key(&line[at + 1..end]);
                    at = end;
                    if is_bulk && let Some((value_end, empty)) = skip(line, end + 2)? {
                        short.extend_from_slice(&line[copied..end + 2]);
                        short.extend_from_slice(empty);
                        copied = value_end;
                        at = value_end - 1;
                    }
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            at += 1;
        }
        short.extend_from_slice(&line[copied..]);
        (depth == 0).then_some(())
    }

    fn is_key(&self, name: &[u8]) -> bool {
        self.keys.iter().any(|k| k.as_bytes() == name)
    }
}

impl Hollow {
    /// Where the first nested value begins, if the record is one of these.
    fn head(&self, line: &[u8]) -> Option<usize> {
        let head = plain_head(line)?;
        let begins = self.begins.iter().any(|b| line[head..].starts_with(b.as_bytes()));
        (begins && has(&line[..head], self.mark)).then_some(head)
    }

    fn hollow_out(&self, line: &[u8], head: usize, short: &mut Vec<u8>) -> bool {
        let Some(tail) = plain_tail(line).filter(|tail| head < *tail) else { return false };
        short.clear();
        short.extend_from_slice(&line[..head]);
        short.extend_from_slice(b"null");
        short.extend_from_slice(&line[tail..]);
        self.needs.iter().all(|mark| has(short, mark))
    }
}

fn has(text: &[u8], mark: &str) -> bool {
    memchr::memmem::find(text, mark.as_bytes()).is_some()
}

/// Where the first nested value of a record begins.
fn plain_head(line: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match line.get(at)? {
            b'"' => at = closing(line, at + 1)? + 1,
            b'{' | b'[' => return Some(at),
            b'}' | b']' => return None,
            _ => at += 1,
        }
    }
}

/// Where the last nested value of a record ends.
fn plain_tail(line: &[u8]) -> Option<usize> {
    let mut at = line.len().checked_sub(1).filter(|at| line[*at] == b'}')?;
    loop {
        match line[at.checked_sub(1)?] {
            b'"' => at = opening(line, at - 1)?,
            b'}' | b']' => return Some(at),
            b'{' | b'[' => return None,
            _ => at -= 1,
        }
    }
}

/// Where the text begins whose closing quote is at `end`.
fn opening(line: &[u8], end: usize) -> Option<usize> {
    let mut before = end;
    loop {
        let at = memchr::memrchr(b'"', &line[..before])?;
        let backslashes = line[..at].iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes.is_multiple_of(2) {
            return Some(at);
        }
        before = at;
    }
}

/// Where a text, list or object that begins at `from` ends, and the empty value of its kind; `Some(None)` for a short value.
#[allow(clippy::option_option)]
fn skip(line: &[u8], from: usize) -> Option<Option<(usize, &'static [u8])>> {
    let empty: &[u8] = match line.get(from)? {
        b'"' => return Some(Some((closing(line, from + 1)? + 1, b"\"\""))),
        b'[' => b"[]",
        b'{' => b"{}",
        _ => return Some(None),
    };
    let (mut at, mut depth) = (from, 0_usize);
    loop {
        match line.get(at)? {
            b'"' => at = closing(line, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(Some((at + 1, empty)));
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::formats::testing::{parse, recorded_files};
    use crate::formats::{Head, LogFormat, recognise};

    const HOLLOW: Hollow = Hollow { mark: "\"kind\":\"user\"", begins: &["{\"content\":"], needs: &["\"id\":\""] };
    const BULK: Bulk = Bulk { keys: &["content", "out"], unless: &["\"failed\":true"], hollow: Some(HOLLOW) };

    fn shorten_line(line: &str) -> Option<String> {
        let mut short = Vec::new();
        BULK.shorten(line.as_bytes(), &mut short).then(|| String::from_utf8(short).unwrap())
    }

    fn long() -> String {
        r#"say \"content\":[{ and \\"#.repeat(200)
    }

    #[test]
    fn bulk_goes_and_everything_else_stays() {
        let text = long();
        let line = format!(
            r#"{{"a":"x\"y","message":{{"content":[{{"t":"{text}"}},[1,{{}}]],"id":"m"}},"out":"{text}","content":7,"z":[{{"out":{{"q":"{text}"}}}}]}}"#
        );
        let expected = r#"{"a":"x\"y","message":{"content":[],"id":"m"},"out":"","content":7,"z":[{"out":{}}]}"#;
        assert_eq!(shorten_line(&line).as_deref(), Some(expected));
    }

    #[test]
    fn a_hollow_record_keeps_its_own_plain_values() {
        let text = long();
        let line = format!(
            r#"{{"kind":"user","p":null,"m":{{"content":"{text}","failed":true}},"r":{{"out":["{text}"]}},"id":"\\","n":-1.5e3}}"#
        );
        assert_eq!(shorten_line(&line).as_deref(), Some(r#"{"kind":"user","p":null,"m":null,"id":"\\","n":-1.5e3}"#));
        let needed_is_nested = line.replace(r#""id""#, r#""no""#);
        assert_eq!(shorten_line(&needed_is_nested), None, "read as all others, and `failed` needs it whole");
        let other = line.replace(r#""user""#, r#""other""#).replace("true", "false");
        let expected =
            r#"{"kind":"other","p":null,"m":{"content":"","failed":false},"r":{"out":[]},"id":"\\","n":-1.5e3}"#;
        assert_eq!(shorten_line(&other).as_deref(), Some(expected));
        for odd in ["{\"a\":\"TEXT\"", "{TEXT", "{\"a\":1,\"b\":\"TEXT\"}", "{\"TEXT}", "{TEXT]}"] {
            assert_eq!(shorten_line(&odd.replace("TEXT", &text)), None, "{odd}");
        }
    }

    #[test]
    fn a_marked_record_that_is_not_hollow_is_needed_whole() {
        let text = long();
        let asked = format!(r#"{{"kind":"user","m":{{"role":"r","content":"{text}"}},"id":"m"}}"#);
        assert_eq!(shorten_line(&asked), None, "what was asked is looked at");
        assert!(shorten_line(&asked.replace(r#""kind":"user""#, r#""kind":"k""#)).is_some());
        let behind = format!(r#"{{"m":{{"content":"{text}"}},"kind":"user","id":"m"}}"#);
        assert_eq!(shorten_line(&behind), None, "the mark stands behind");
    }

    #[test]
    fn what_is_needed_whole_stays_whole() {
        let text = long();
        assert_eq!(shorten_line(&format!(r#"{{"failed":true,"content":"{text}"}}"#)), None);
        assert!(shorten_line(&format!(r#"{{"a":1,"content":"\"failed\":true {text}"}}"#)).is_some(), "only quoted");
        assert_eq!(shorten_line(r#"{"content":"short"}"#), None);
        assert_eq!(shorten_line(&format!(r#"{{"other":"{text}"}}"#)), None);
        for cut in
            [r#"{"content":"TEXT"#, r#"{"content":["TEXT"}"#, r#"{"content":"TEXT"}}"#, r#"{"a":{"content":"TEXT"}"#]
        {
            assert_eq!(shorten_line(&cut.replace("TEXT", &text)), None, "{cut}");
        }
    }

    /// Files below a folder.
    fn files(folder: &Path, paths: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { files(&path, paths) } else { paths.push(path) }
        }
    }

    /// What a format reads from lines, as text that can be compared.
    fn read(format: &dyn LogFormat, lines: &[u8]) -> String {
        let parsed = parse(format, "projects/p/00000000-0000-4000-8000-000000000001.jsonl", lines);
        let texts: Vec<_> = parsed.attempts.iter().map(|a| a.error_message.map(|t| parsed.texts.get(t))).collect();
        format!("{:?} {:?} {:?} {:?} {texts:?}", parsed.attempts, parsed.snapshots, parsed.problems, parsed.span)
    }

    /// The lines, each without its bulk where it is not needed whole.
    fn without_bulk(bulk: Bulk, lines: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        for line in lines.split_inclusive(|b| *b == b'\n') {
            let mut short = Vec::new();
            let (record, end) = line.split_at(line.trim_ascii_end().len());
            let is_short = record.starts_with(b"{") && bulk.leave_out(record, &mut short);
            all.extend_from_slice(if is_short { &short } else { record });
            all.extend_from_slice(end);
        }
        all
    }

    #[test]
    fn every_log_reads_the_same_without_its_bulk() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = Vec::new();
        files(&root.join("fixtures"), &mut all);
        let fixtures = all.into_iter().map(|path| {
            let content = fs::read(&path).unwrap();
            (path, content)
        });
        let (mut logs, mut shortened) = (0, 0);
        let all = fixtures.chain(recorded_files(&root.join("recordings")));
        for (path, mut text) in all.filter(|(p, _)| p.to_string_lossy().contains(".jsonl")) {
            if path.extension().is_some_and(|e| e == "gz") {
                let packed = std::mem::take(&mut text);
                // One fixture is cut: what comes before the cut is compared.
                let _ = std::io::copy(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text);
            }
            let Some(format) = recognise(&Head { bytes: &text[..text.len().min(1 << 16)] }) else { continue };
            if format.bulk().is_none() {
                continue;
            }
            logs += 1;
            // Half of the lines may be cut or changed, as in a file that was damaged.
            let mutated: Vec<u8> =
                text.split_inclusive(|b| *b == b'\n').enumerate().fold(Vec::new(), |mut all, (i, l)| {
                    match i % 4 {
                        0 => all.extend_from_slice(&l[l.len() / 2..]),
                        1 => all.extend(l.iter().map(|b| if *b == b'u' { b'v' } else { *b })),
                        _ => all.extend_from_slice(l),
                    }
                    all
                });
            for lines in [&text, &mutated] {
                let short = without_bulk(format.bulk(), lines);
                shortened += usize::from(short.len() < lines.len());
                assert!(read(format, lines) == read(format, &short), "{}", path.display());
            }
        }
        assert!(logs >= 5 && shortened >= 10, "{logs} logs, {shortened} of them shorter");
    }

    proptest::proptest! {
        #[test]
        fn the_record_is_the_same_but_for_its_bulk(text in ".{0,60}", keys in proptest::collection::vec("content|out|[a-c\"{\\\\]{1,3}", 1..6)) {
            let mut record = serde_json::Map::new();
            for key in keys {
                let inner = serde_json::json!({"content": [text, {"out": text}], "k": text});
                record.insert(key, serde_json::json!([inner, text.repeat(30), 1]));
            }
            let line = serde_json::to_string(&record).unwrap();
            let mut short = Vec::new();
            if BULK.copy(line.as_bytes(), &mut short).is_some() {
                let mut expected = serde_json::Value::Object(record);
                empty(&mut expected);
                let read: serde_json::Value = serde_json::from_slice(&short).unwrap();
                proptest::prop_assert_eq!(read, expected);
            }
        }
    }

    fn empty(value: &mut serde_json::Value) {
        use serde_json::Value as V;
        match value {
            V::Object(fields) => {
                for (key, value) in fields.iter_mut() {
                    match value {
                        V::String(s) if BULK.is_key(key.as_bytes()) => s.clear(),
                        V::Array(a) if BULK.is_key(key.as_bytes()) => a.clear(),
                        V::Object(o) if BULK.is_key(key.as_bytes()) => o.clear(),
                        other => empty(other),
                    }
                }
            }
            V::Array(items) => items.iter_mut().for_each(empty),
            _ => {}
        }
    }
}
