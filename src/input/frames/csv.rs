//! A table with a header: each row becomes a JSON object under the header's names.
//!
//! In: lines. Out: one object a row. Always: a value in quotes may hold delimiters, doubled quotes and line ends; what looks
//! like a number becomes one.

use super::Piece;

/// Longest row that is put together over lines.
const LONGEST: usize = 1 << 20;

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    delimiter: char,
    names: Vec<String>,
    header_seen: bool,
    open: String,
}

impl Table {
    /// The table that these lines begin: names in the first, and as many values in the next.
    pub(super) fn of(lines: &[&[u8]]) -> Option<Self> {
        let first = std::str::from_utf8(lines.first()?).ok()?;
        if first.starts_with(['{', '[', '<']) {
            return None;
        }
        let fits = |delimiter: &char| {
            let names = values(first, *delimiter)?;
            let is_header = names.len() >= 2 && names.iter().all(|n| is_column(n));
            let next = lines.get(1).and_then(|l| values(&String::from_utf8_lossy(l), *delimiter));
            (is_header && next.is_none_or(|v| v.len() == names.len())).then_some((*delimiter, names))
        };
        let (delimiter, names) = [',', ';', '\t', '|'].iter().find_map(fits)?;
        Some(Self { delimiter, names, header_seen: false, open: String::new() })
    }

    /// Takes a line; answers the row that it ends.
    pub(super) fn open(&mut self, line: &[u8]) -> Option<Piece> {
        if !self.header_seen {
            self.header_seen = true;
            return None;
        }
        if !self.open.is_empty() {
            self.open.push('\n');
        }
        self.open.push_str(&String::from_utf8_lossy(line));
        let row = values(&self.open, self.delimiter);
        if row.is_none() && self.open.len() < LONGEST {
            return None;
        }
        self.open.clear();
        let row = row?;
        if row.iter().all(String::is_empty) {
            return None;
        }
        let cells = self.names.iter().zip(row).filter(|(_, v)| !v.is_empty());
        let object: serde_json::Map<String, serde_json::Value> =
            cells.map(|(name, v)| (name.clone(), value(v))).collect();
        Some(Piece { text: serde_json::to_vec(&object).unwrap_or_default(), ..Piece::default() })
    }
}

/// A name of a column: words, no sentence and no number.
fn is_column(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@'));
    begins
        && name.len() <= 60
        && name.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | ' ' | '/' | '(' | ')' | '[' | ']' | '%')
        })
}

/// A cell as JSON: numbers and truth values as such, all else as text.
fn value(cell: String) -> serde_json::Value {
    let is_number =
        cell.len() < 20 && cell.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !cell.starts_with("00");
    if is_number && let Ok(number) = cell.parse::<u64>() {
        return number.into();
    }
    if is_number
        && let Ok(number) = cell.parse::<f64>()
        && number.is_finite()
    {
        return number.into();
    }
    match cell.as_str() {
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        "null" | "NULL" | "None" | "nan" | "NaN" => serde_json::Value::Null,
        _ => cell.into(),
    }
}

/// The values of a row; `None` while a quote is open.
fn values(row: &str, delimiter: char) -> Option<Vec<String>> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                quoted = true;
                cell.clear();
            }
            c if c == delimiter && !quoted => all.push(std::mem::take(&mut cell).trim().to_owned()),
            c => cell.push(c),
        }
    }
    all.push(cell.trim().to_owned());
    (!quoted).then_some(all)
}
