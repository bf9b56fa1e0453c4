//! Looks for secrets in what was written: as it is, and in five encodings.

use aho_corasick::AhoCorasick;

use super::made::{Secret, secret};

/// Base64 of a text at each of the three offsets, without what its neighbours decide.
fn base64s(text: &str) -> Vec<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3)
        .map(|offset| {
            let bytes: Vec<u8> = std::iter::repeat_n(0, offset).chain(text.bytes()).collect();
            let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
            let letters: String = bits
                .chunks_exact(6)
                .map(|c| LETTERS[c.iter().fold(0, |n, b| n * 2 + usize::from(*b))] as char)
                .collect();
            letters[(offset * 8).div_ceil(6)..].to_owned()
        })
        .collect()
}

/// The text as others may read it: as it is, JSON unescaped, percent-decoded, entities decoded.
fn readings(text: &str) -> Vec<String> {
    let json = text.replace("\\/", "/").replace("\\\"", "\"").replace("\\\\", "\\").replace("\\n", "\n");
    let html = text
        .replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&#60;", "<")
        .replace("&gt;", ">")
        .replace("&#62;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&#8203;", "");
    let mut percent = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        percent.push_str(&rest[..at]);
        match rest.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                percent.push(byte as char);
                rest = &rest[at + 3..];
            }
            None => {
                percent.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    percent.push_str(rest);
    let markdown = html.replace('\\', "");
    vec![text.to_owned(), json, html, percent, markdown]
}

/// Nothing that leaves may hold a part of a secret.
pub fn assert_clean(name: &str, text: &str, secrets: &[Secret]) {
    assert_none(name, text, secrets.iter().flat_map(|s| &s.needles));
}

/// Nothing at all may hold a key.
pub fn assert_no_key(name: &str, text: &str, secrets: &[Secret]) {
    assert_none(name, text, secrets.iter().flat_map(|s| &s.keys));
}

fn assert_none<'s>(name: &str, text: &str, needles: impl Iterator<Item = &'s String>) {
    let needles: Vec<&String> = needles.collect();
    let plain = AhoCorasick::builder().ascii_case_insensitive(true).build(&needles).unwrap();
    let mut found: Vec<String> = Vec::new();
    for reading in readings(text) {
        found.extend(plain.find_overlapping_iter(&reading).map(|m| around(&reading, m.start())));
    }
    let coded: Vec<String> = needles.iter().flat_map(|n| base64s(n)).collect();
    let coded = AhoCorasick::new(&coded).unwrap();
    found.extend(coded.find_overlapping_iter(text).map(|m| around(text, m.start())));
    found.dedup();
    assert!(found.is_empty(), "{name}: {} found\n{}", found.len(), found[..found.len().min(20)].join("\n"));
}

fn around(text: &str, at: usize) -> String {
    let from = text.floor_char_boundary(at.saturating_sub(60));
    format!("…{}…", &text[from..text.floor_char_boundary((at + 60).min(text.len()))])
}

#[test]
fn the_search_finds_what_is_there() {
    let secrets = [secret("hunter2&<x>".to_owned(), &["hunter2&<x>"])];
    for hidden in ["hunter2&<x>", "HUNTER2&amp;&lt;x&gt;", "hunter2%26%3Cx%3E", "aHVudGVyMiY8eD4=", "WGh1bnRlcjImPHg+"]
    {
        let caught = std::panic::catch_unwind(|| assert_clean("here", hidden, &secrets));
        assert!(caught.is_err(), "{hidden}");
    }
}
