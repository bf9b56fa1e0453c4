//! Bodies in error messages, as JSON or as Python prints a dict, and the cleaning of sentences for matching.
//!
//! In: a text that begins with a body. Out: its value; [`super::unwrap`] takes the error from it. A body that cannot be
//! read (it was cut) is none, and is matched as the text it is.

use serde_json::Value;

/// The first value in the text, as JSON, as JSON inside a string of other JSON, or as Python prints a dict.
pub(super) fn value_of(text: &str) -> Option<Value> {
    let first = |text: &str| serde_json::Deserializer::from_str(text).into_iter::<Value>().next().and_then(Result::ok);
    let escaped = || text.contains("\\\"").then(|| first(&text.replace("\\\"", "\"").replace("\\\\", "\\"))).flatten();
    first(text).or_else(|| serde_json::from_str(&python_to_json(text)?).ok()).or_else(escaped)
}

/// One line, straight quotes, no control characters: what the patterns are written for.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2019}' | '\u{2018}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// A Python dict's repr as JSON, up to its closing brace. `None` when it does not close (it was cut).
fn python_to_json(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    let mut depth = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => python_string(c, &mut chars, &mut out)?,
            'T' | 'F' | 'N' => {
                let mut word = String::from(c);
                while let Some(l) = chars.next_if(char::is_ascii_alphabetic) {
                    word.push(l);
                }
                out.push_str(match word.as_str() {
                    "True" => "true",
                    "False" => "false",
                    _ => "null",
                });
            }
            '(' => out.push('['),
            ')' => out.push(']'),
            '{' | '}' => {
                out.push(c);
                depth = if c == '{' { depth + 1 } else { depth.checked_sub(1)? };
                if depth == 0 {
                    return Some(out);
                }
            }
            c => out.push(c),
        }
    }
    None
}

fn python_string(quote: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('"');
    loop {
        match chars.next()? {
            c if c == quote => break,
            '"' => out.push_str("\\\""),
            '\\' => match chars.next()? {
                c @ ('\\' | '"' | 'n' | 't' | 'r' | 'u') => out.extend(['\\', c]),
                'x' => out.push_str("\\u00"),
                c => out.push(c),
            },
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    Some(())
}
