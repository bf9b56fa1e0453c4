//! Values of fields whose name says that they are secret: `OPENAI_API_KEY=...`, `"password": "..."`, `X-Api-Token: ...`.
//!
//! The pattern finds a name, a sign and a value; the rest is decided here, since `max_tokens=8192`, `token: expired` and
//! `monkey=banana` must stay.

use super::SECRET;
use crate::pattern::PatternMatch;

/// Words that a name must have one of; the finder looks for these.
pub const KEYWORDS: &[&str] =
    &["key", "token", "secret", "passw", "passphrase", "pwd", "pass", "credential", "sig", "auth", "jwt", "dsn"];

/// Groups: name, sign, value in quotes, value without.
pub const PATTERN: &str = r#"(?xi)
    (?P<name> [a-z0-9_.\-]{0,60}? (?:key|token|secret|passw(?:or)?d|passphrase|pwd|pass|credentials?|signature|sig|auth|jwt|dsn) (?:[_-][a-z0-9]{1,12})? )
    (?P<sign> (?:\\*["'])? \s{0,4} (?:=>|:=|==|=|:) \s{0,4} )
    (?: (?P<quoted> \\+"(?:[^"\\]|\\+[^"\\])*(?:\\*"|\z)? | "(?:[^"\\\r\n]|\\.)*(?:"|\z) | '[^'\r\n]*(?:'|\z) )
      | (?P<plain> [^\s"'<>,;&\\]{4,} ) )"#;

/// Words that are secret in any name that ends so, glued to another word or not.
const SECRET_WORDS: [&str; 7] = ["secret", "password", "passwd", "passphrase", "credential", "credentials", "jwt"];

/// Words that `key` and `token` may be glued to.
const GLUED: [&str; 18] = [
    "api",
    "access",
    "account",
    "auth",
    "private",
    "shared",
    "client",
    "session",
    "master",
    "encryption",
    "signing",
    "license",
    "admin",
    "user",
    "secret",
    "refresh",
    "id",
    "bearer",
];

/// What comes after such a word and makes it something else.
const HARMLESS: [&str; 31] = [
    "type", "count", "counts", "limit", "limits", "usage", "used", "name", "size", "budget", "url", "uri", "path",
    "file", "info", "status", "expires", "expiry", "expired", "error", "length", "len", "window", "cost", "price",
    "rate", "mode", "method", "id", "in", "out",
];

/// Values that tell of a secret and are none.
const NO_VALUES: [&str; 14] = [
    "none",
    "null",
    "true",
    "false",
    "undefined",
    "expired",
    "invalid",
    "missing",
    "required",
    "empty",
    "redacted",
    "masked",
    "hidden",
    "unset",
];

/// How surely a name's value is secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// A password or the like: any value is one.
    Password,
    /// A key or a token: numbers are counts of tokens, and words are talk about it.
    Key,
}

/// Whether a name with a sign behind it may be in a text: an ordinary sentence about tokens has none, and is not searched.
pub fn may_be_in(text: &str) -> bool {
    let bytes = text.as_bytes();
    // What is not ASCII may be a blank, or a letter that is another one's in another case.
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_.-".contains(b) || !b.is_ascii();
    bytes.iter().enumerate().filter(|(_, b)| matches!(b, b'=' | b':')).any(|(at, _)| {
        let blanks = bytes[..at].iter().rev().take_while(|b| b.is_ascii_whitespace() || **b == 0x0b).count();
        let before = &bytes[..at - blanks];
        let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
        let backslashes = before.iter().rev().take_while(|b| **b == b'\\').count();
        let before = &before[..before.len() - backslashes];
        let name = before.iter().rev().take(LONGEST_NAME).take_while(|b| is_name(b)).count();
        let name = &before[before.len() - name..];
        !name.is_ascii() || KEYWORDS.iter().any(|k| name.windows(k.len()).any(|w| w.eq_ignore_ascii_case(k.as_bytes())))
    })
}

/// Bytes before a sign in which a name has its keyword.
const LONGEST_NAME: usize = 40;

/// The match with its value masked, if that is a secret.
pub fn replaced(found: &PatternMatch<'_>) -> Option<String> {
    let (name, sign) = (found.name("name")?.as_str(), found.name("sign")?.as_str());
    let kind = kind_of(name)?;
    if let Some(quoted) = found.name("quoted") {
        let quoted = quoted.as_str();
        let quote: String = quoted.chars().take_while(|c| matches!(c, '\\' | '"' | '\'')).collect();
        let inner = quoted.trim_matches(['\\', '"', '\'']);
        let is_one = inner.len() >= 4 && is_value(inner) && (kind == Name::Password || !is_number(inner));
        // A text within a text may end before its value does: then the outer mark closes it.
        let end = quoted[quote.len()..].trim_start_matches(|c| !matches!(c, '\\' | '"' | '\''));
        let end = if end.len() <= quote.len() && end.ends_with(['"', '\'']) { end } else { quote.as_str() };
        return is_one.then(|| format!("{name}{sign}{quote}{SECRET}{end}"));
    }
    let value = found.name("plain")?.as_str();
    let is_one = if sign.contains('=') {
        is_value(value) && (kind == Name::Password || !is_number(value)) && !is_folder(name, value)
    } else {
        is_value(value) && !is_number(value) && is_no_word(value, kind)
    };
    is_one.then(|| format!("{name}{sign}{SECRET}"))
}

/// Behind a colon words follow too ("token: expired"): only what is long, or has digits in it, is none.
fn is_no_word(value: &str, kind: Name) -> bool {
    let long = if kind == Name::Password { 12 } else { 16 };
    value.len() >= long || (value.len() >= 6 && value.bytes().any(|b| b.is_ascii_digit()))
}

fn is_value(value: &str) -> bool {
    let plain = value.trim_end_matches(['.', '!', ')', ']', '}', '?']);
    !value.starts_with(SECRET) && !NO_VALUES.contains(&plain.to_ascii_lowercase().as_str())
}

fn is_number(value: &str) -> bool {
    let digits = value.trim_end_matches(['k', 'K', 'm', 'M', 's', '%', ')', ']', '}', '.', '/']);
    digits.bytes().all(|b| b.is_ascii_digit() || b".,_+-".contains(&b))
}

/// `PWD=/srv/x` is a folder.
fn is_folder(name: &str, value: &str) -> bool {
    name.to_ascii_lowercase().ends_with("pwd")
        && (value.starts_with(['/', '~', '.', '%']) || value.as_bytes().get(1) == Some(&b':'))
}

/// The words of a name: `OPENAI_API_KEY`, `x-api-key`, `accountKey`.
fn words(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in name.split(['_', '-', '.']).filter(|p| !p.is_empty()) {
        let mut word = String::new();
        let mut before_is_lower = false;
        for c in part.chars() {
            if c.is_ascii_uppercase() && before_is_lower {
                all.push(std::mem::take(&mut word));
            }
            before_is_lower = c.is_ascii_lowercase();
            word.push(c.to_ascii_lowercase());
        }
        all.push(word);
    }
    all
}

fn kind_of(name: &str) -> Option<Name> {
    let words = words(name);
    let (last, before) = words.split_last()?;
    // One word may follow: `API_KEY_PROD`, `GITHUB_TOKEN_2`.
    kind_of_word(last).or_else(|| {
        let is_other = HARMLESS.contains(&last.as_str());
        before.last().filter(|_| !is_other).and_then(|word| kind_of_word(word))
    })
}

fn kind_of_word(word: &str) -> Option<Name> {
    if SECRET_WORDS.iter().any(|s| word.ends_with(s)) || word == "pwd" || word == "pass" {
        return Some(Name::Password);
    }
    let is_key = |end: &str| word.strip_suffix(end).is_some_and(|b| b.is_empty() || GLUED.contains(&b));
    let is_exact = ["signature", "sig", "auth", "dsn"].contains(&word);
    (is_key("key") || is_key("token") || is_exact).then_some(Name::Key)
}
