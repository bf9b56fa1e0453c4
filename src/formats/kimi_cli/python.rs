//! Literals as Python's `repr` writes them: the body of a failed request in `kimi.log`.
//!
//! In: text that begins with a literal. Out: the texts of its dicts by key. Numbers, `None` and the like are
//! skipped over. What is not a complete literal is `None`; nesting is bounded.

/// Deepest nesting that is read.
const DEPTH: usize = 40;

/// A literal, as far as error bodies need it.
#[derive(Debug, PartialEq)]
pub(super) enum Literal {
    /// A string.
    Text(String),
    /// A dict with string keys, in its order.
    Dict(Vec<(String, Literal)>),
    /// Anything else.
    Other,
}

impl Literal {
    /// The value under `key`, if this is a dict that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(entries) => entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }
}

/// Reads the literal at the start of `text`; answers it and what follows it.
pub(super) fn read(text: &str) -> Option<(Literal, &str)> {
    let mut reader = Reader { rest: text };
    let literal = reader.literal(0)?;
    Some((literal, reader.rest))
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn literal(&mut self, depth: usize) -> Option<Literal> {
        if depth > DEPTH {
            return None;
        }
        self.blank();
        match self.rest.chars().next()? {
            '{' => self.dict(depth),
            '[' => self.list(depth, ']'),
            '(' => self.list(depth, ')'),
            '\'' | '"' => self.string().map(Literal::Text),
            _ => self.word(),
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Literal> {
        self.take('{')?;
        let mut entries = Vec::new();
        loop {
            self.blank();
            if self.take('}').is_some() {
                return Some(Literal::Dict(entries));
            }
            let key = self.literal(depth + 1)?;
            self.blank();
            self.take(':')?;
            let value = self.literal(depth + 1)?;
            if let Literal::Text(key) = key {
                entries.push((key, value));
            }
            self.blank();
            let _ = self.take(',');
        }
    }

    fn list(&mut self, depth: usize, close: char) -> Option<Literal> {
        self.rest = self.rest.get(1..)?;
        loop {
            self.blank();
            if self.take(close).is_some() {
                return Some(Literal::Other);
            }
            self.literal(depth + 1)?;
            self.blank();
            let _ = self.take(',');
        }
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Some(out);
            }
            if c == '\\' {
                let (_, escaped) = chars.next()?;
                escape(escaped, &mut chars, &mut out)?;
            } else {
                out.push(c);
            }
        }
        None
    }

    /// `None`, `True`, a number.
    fn word(&mut self) -> Option<Literal> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "._+-".contains(c)))?;
        if end == 0 {
            return None;
        }
        self.rest = &self.rest[end..];
        Some(Literal::Other)
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// Appends the character of an escape; one that names no character becomes U+FFFD.
fn escape(c: char, chars: &mut impl Iterator<Item = (usize, char)>, out: &mut String) -> Option<()> {
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => {
            out.push(match c {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            return Some(());
        }
    };
    let mut code = 0_u32;
    for _ in 0..digits {
        code = code.wrapping_mul(16).wrapping_add(chars.next()?.1.to_digit(16)?);
    }
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_quotes_and_escapes() {
        let (body, rest) = read(r#"{'error': {'message': "it's full", 'type': 'a\'b\x41\u4e2d\n', 'n': None, 'l': [1, -2.5e3, (True,)]}} tail"#).unwrap();
        let error = body.get("error").unwrap();
        assert_eq!(error.get("message").unwrap().text(), Some("it's full"));
        assert_eq!(error.get("type").unwrap().text(), Some("a'bA中\n"));
        assert_eq!(rest, " tail");
    }

    #[test]
    fn what_is_cut_or_too_deep_is_none() {
        assert_eq!(read("{'error': {'message': 'cut of"), None);
        assert_eq!(read(""), None);
        assert_eq!(read(&"[".repeat(500)), None);
        assert_eq!(read("{'a' 1}"), None);
    }
}
