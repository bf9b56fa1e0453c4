//! Lines of `key=value key="quoted value"` pairs.

use std::borrow::Cow;

/// One line's pairs, read from the left. A quoted value is a JSON string; what it quotes is never a pair.
#[derive(Debug, Clone)]
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// The first value of each key, in the order of `keys`.
    pub(super) fn take<const N: usize>(self, keys: [&str; N]) -> [Option<Cow<'a, str>>; N] {
        let mut values = [const { None }; N];
        for (key, value) in self {
            if let Some(at) = keys.iter().position(|k| *k == key)
                && values[at].is_none()
            {
                values[at] = Some(value);
            }
        }
        values
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, rest) = self.rest.split_once('=')?;
        let key = key.rsplit(' ').next().unwrap_or(key);
        let (value, rest) = value(rest);
        self.rest = rest;
        Some((key, value))
    }
}

fn value(text: &str) -> (Cow<'_, str>, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return (Cow::Borrowed(&text[..end]), &text[end..]);
    };
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => {
                let plain = &inner[..at];
                let value = if plain.contains('\\') {
                    serde_json::from_str(&text[..at + 2]).map_or(Cow::Borrowed(plain), Cow::Owned)
                } else {
                    Cow::Borrowed(plain)
                };
                return (value, &inner[at + 1..]);
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (Cow::Borrowed(inner), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_plain_or_quoted_and_quotes_hide_pairs() {
        let line = r#"timestamp=t level=INFO title="a message=stream \"x\"" message=init path="" cut="no end"#;
        let [stamp, message, title, path, cut, none] =
            Pairs::of(line).take(["timestamp", "message", "title", "path", "cut", "x"]);
        assert_eq!((stamp.as_deref(), message.as_deref()), (Some("t"), Some("init")));
        assert_eq!(title.as_deref(), Some("a message=stream \"x\""));
        assert_eq!((path.as_deref(), cut.as_deref(), none), (Some(""), Some("no end"), None));
    }
}
