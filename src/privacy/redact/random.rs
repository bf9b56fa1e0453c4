//! Keys without a known shape: pieces of a text that look random.
//!
//! In: a text. Out: the same with such pieces masked. Ids that support desks look up keep their shapes: hexadecimal ids,
//! UUIDs, and what stands behind a prefix of an id (`req_`, `msg_`).

use super::SECRET;

/// Shortest piece that can look random.
const SHORTEST: usize = 16;

/// Shortest piece of two kinds of signs only (`a` to `z` and digits), of which more are plain ids.
const SHORTEST_OF_TWO: usize = 24;

/// Prefixes of ids that are no secrets.
const IDS: &[&str] = &[
    "req", "request", "chatcmpl", "cmpl", "msg", "resp", "gen", "toolu", "call", "run", "trace", "span", "ses",
    "session", "prt", "thread", "turn", "step", "item", "rs", "fc", "srvtoolu", "batch", "file", "asst", "evt",
    "event", "r", "tool", "cf",
];

/// Whether a sign may stand inside a key.
pub fn is_of_a_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_-+/=~".contains(&b)
}

/// Shannon's entropy of a text, in bits for each of its bytes.
pub fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let all = text.len().max(1) as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / all).map(|p| -p * p.log2()).sum()
}

/// The text with what looks random masked, and how much that was; `None` where there is nothing.
pub fn masked(text: &str) -> Option<(String, u64)> {
    let mut out = String::new();
    let (mut at, mut hits) = (0, 0);
    for (begin, end) in tokens(text) {
        let token = &text[begin..end];
        if is_random(token) {
            out.push_str(&text[at..begin]);
            out.push_str(SECRET);
            at = end;
            hits += 1;
        }
    }
    out.push_str(&text[at..]);
    (hits > 0).then_some((out, hits))
}

/// Runs of signs that a key is made of; a point and a slash end one, as names and paths have them.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_inside = |b: u8| is_of_a_token(b) && b != b'/';
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|b| is_inside(**b)).count();
        // A token that another script continues is a word of it.
        if length >= SHORTEST {
            all.push((at, at + length));
        }
        at += length.max(1);
    }
    all.retain(|(begin, end)| text.is_char_boundary(*begin) && text.is_char_boundary(*end));
    all
}

fn is_random(token: &str) -> bool {
    let is_id = token.split(['_', '-']).next().is_some_and(|first| first.len() < token.len() && IDS.contains(&first));
    !is_id && token.split(|c: char| !c.is_ascii_alphanumeric()).any(is_random_piece)
}

/// Random letters and digits change their kind at six of ten places, words and dates seldom.
fn is_random_piece(piece: &str) -> bool {
    if piece.len() < SHORTEST || piece.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let kind = |b: u8| if b.is_ascii_digit() { 0 } else { 1 + u8::from(b.is_ascii_uppercase()) };
    let kinds: Vec<u8> = piece.bytes().map(kind).collect();
    let has = |k: u8| kinds.contains(&k);
    let changes = kinds.windows(2).filter(|w| w[0] != w[1]).count();
    let digits_begin = usize::from(kinds[0] == 0) + kinds.windows(2).filter(|w| w[0] != 0 && w[1] == 0).count();
    if !has(0) {
        return false;
    }
    if has(1) && has(2) {
        return digits_begin >= 2 && changes * 10 >= piece.len() * 4;
    }
    // ULIDs have capitals and digits only; they are ids.
    has(1) && piece.len() >= SHORTEST_OF_TWO && digits_begin >= 4 && changes * 10 >= piece.len() * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_without_a_shape_look_random() {
        for key in ["wa5FZjRDn3fuejoSJiuk0x0WIcsoZFih", "tj3VA4qWm9Zx2LbP7cRd", "q7z2m9x4k1w8r5t3y6u0p2s4"] {
            assert_eq!(masked(&format!("bad key {key}.")), Some(("bad key <secret>.".to_owned(), 1)), "{key}");
        }
    }

    #[test]
    fn ids_names_and_dates_do_not() {
        for plain in [
            "req_011CSHoEeqs5C35K2UUqR7Fy chatcmpl-9f8e7d6c5b4a msg_01XFDUDYJgAACzvnptvVoYEL",
            "3017a12e6ec007e553effa28733f1697 4c74a842-ffa0-47a2-911e-9af9f6b22176 01JZ8Q3K5V7X9B2D4F6H8J0M2N",
            "claude-opus-4-1-20250805 kimiK2Instruct0905Preview APIProviderRateLimitError",
            "rate_limit_reached_error 2026-03-03T16:19:00.123Z 20260303161900123456",
            "ses_7f3a9b2c1ffeXyZaB3dE5gH7jK9m 你的请求频率过高a1",
        ] {
            assert_eq!(masked(plain), None, "{plain}");
        }
    }
}
