//! From the bytes of an export to its rows.
//!
//! In: JSON (lines, one document after the other, a list, a list under a key) or CSV with a header, cut anywhere. Out: rows.
//! Always: one row is in memory; what is no row is a counted problem.

use serde_json::{Map, Value};

use super::row::Row;
use crate::formats::Sink;
use crate::formats::http::elements::Elements;

/// Largest row of CSV. One with prompt and answer has some megabytes.
const LARGEST: usize = 32 << 20;

/// Takes bytes, gives rows.
pub(super) enum Rows {
    /// Nothing but white space so far.
    Begun { wrappers: &'static [&'static [&'static str]], line: u64 },
    /// JSON.
    Json(Elements),
    /// CSV.
    Csv(Csv),
}

impl Rows {
    pub(super) fn new(wrappers: &'static [&'static [&'static str]]) -> Self {
        Self::Begun { wrappers, line: 1 }
    }

    pub(super) fn push(&mut self, block: &[u8], sink: &mut Sink, row: &mut dyn FnMut(Row, &mut Sink)) {
        let mut block = block;
        if let Self::Begun { wrappers, line } = self {
            let blank = block.iter().take_while(|b| b.is_ascii_whitespace()).count();
            *line += block[..blank].iter().filter(|b| **b == b'\n').count() as u64;
            block = &block[blank..];
            let Some(first) = block.first() else { return };
            *self = match first {
                b'{' | b'[' => Self::Json(Elements::or_documents_at(wrappers).starting_on(*line)),
                _ => Self::Csv(Csv::new(*line)),
            };
        }
        match self {
            Self::Json(elements) => elements.push(block, |element| {
                let Some(bytes) = element.bytes else {
                    sink.problem(element.line, "a row of more than 32 MiB; skipped");
                    return;
                };
                match serde_json::from_slice(&bytes) {
                    Ok(fields) => row(Row { fields, line: element.line }, sink),
                    Err(_) => sink.problem(element.line, "not a JSON object"),
                }
            }),
            Self::Csv(csv) => csv.push(block, sink, row),
            Self::Begun { .. } => {}
        }
    }

    pub(super) fn finish(self, cut: bool, sink: &mut Sink, row: &mut dyn FnMut(Row, &mut Sink)) {
        match self {
            Self::Json(elements) if elements.is_open() && !cut => {
                sink.problem(elements.line(), "the document ends early");
            }
            Self::Csv(mut csv) => csv.end(sink, row),
            _ => {}
        }
    }
}

/// CSV by RFC 4180: quoted cells may hold separators, quotes and line ends.
pub(super) struct Csv {
    header: Vec<String>,
    separator: u8,
    record: Vec<u8>,
    quoted: bool,
    begun: u64,
    line: u64,
}

impl Csv {
    fn new(line: u64) -> Self {
        Self { header: Vec::new(), separator: b',', record: Vec::new(), quoted: false, begun: line, line }
    }

    fn push(&mut self, block: &[u8], sink: &mut Sink, row: &mut dyn FnMut(Row, &mut Sink)) {
        for byte in block {
            self.line += u64::from(*byte == b'\n');
            if *byte == b'\n' && !self.quoted {
                self.end(sink, row);
                self.begun = self.line;
                continue;
            }
            self.quoted ^= *byte == b'"';
            if self.record.len() <= LARGEST {
                self.record.push(*byte);
            }
        }
    }

    fn end(&mut self, sink: &mut Sink, row: &mut dyn FnMut(Row, &mut Sink)) {
        let record = std::mem::take(&mut self.record);
        if record.len() > LARGEST {
            sink.problem(self.begun, "a row of more than 32 MiB; skipped");
            return;
        }
        let text = String::from_utf8_lossy(&record);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        if text.trim().is_empty() {
            return;
        }
        if self.header.is_empty() {
            self.separator = separator(text);
            self.header = cells(text, self.separator);
            return;
        }
        let cells = cells(text, self.separator);
        if cells.len() > self.header.len() {
            sink.problem(self.begun, "a row with more cells than the header; the rest is left out");
        }
        let named = self.header.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty());
        let fields: Map<String, Value> = named.map(|(name, cell)| (name, Value::String(cell))).collect();
        row(Row { fields, line: self.begun }, sink);
    }
}

/// The separator of a header: the one of three that it holds most of.
pub(super) fn separator(header: &str) -> u8 {
    let count = |s: &u8| header.bytes().filter(|b| b == s).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(count).unwrap_or(b',')
}

/// The cells of a record, without their quotes.
pub(super) fn cells(record: &str, separator: u8) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = record.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if !quoted && u32::from(c) == u32::from(separator) => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::LogFormat;
    use crate::formats::exports::LANGFUSE;
    use crate::model::FileId;

    fn rows(text: &str, block: usize) -> Vec<(u64, String)> {
        let mut sink = Sink::new(FileId(0), LANGFUSE.info());
        let mut all = Vec::new();
        let mut rows = Rows::new(&[&[], &["data"]]);
        let mut row = |row: Row, _: &mut Sink| all.push((row.line, Value::Object(row.fields).to_string()));
        text.as_bytes().chunks(block).for_each(|b| rows.push(b, &mut sink, &mut row));
        rows.finish(false, &mut sink, &mut row);
        all
    }

    #[test]
    fn json_in_every_packing() {
        let expected = [(1, "{\"a\":1}".to_owned()), (2, "{\"a\":2}".to_owned())];
        for text in
            ["{\"a\":1}\n{\"a\":2}\n", "[{\"a\":1},\n{\"a\":2}]", "{\"data\":[{\"a\":1},\n{\"a\":2}],\"meta\":{}}"]
        {
            for block in [1, 5, 1000] {
                assert_eq!(rows(text, block), expected, "{text}");
            }
        }
    }

    #[test]
    fn csv_with_quotes_separators_and_line_ends() {
        let text = "id,text,n\r\n1,\"a, \"\"b\"\"\nc\",2\r\n\r\n3,,4\n5;6,x,\n";
        let expected = [
            (2, "{\"id\":\"1\",\"n\":\"2\",\"text\":\"a, \\\"b\\\"\\nc\"}".to_owned()),
            (5, "{\"id\":\"3\",\"n\":\"4\"}".to_owned()),
            (6, "{\"id\":\"5;6\",\"text\":\"x\"}".to_owned()),
        ];
        for block in [1, 7, 1000] {
            assert_eq!(rows(text, block), expected);
        }
        assert_eq!(rows("a;b\n1;2", 3), [(2, "{\"a\":\"1\",\"b\":\"2\"}".to_owned())]);
    }
}
