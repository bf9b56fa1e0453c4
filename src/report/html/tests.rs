use super::*;
use crate::report::sample;

#[test]
fn the_verdict_comes_first_and_nothing_runs_or_loads() {
    for (name, document) in sample::all() {
        let out = render(&document).unwrap();
        assert!(out.len() < MOST_BYTES, "{name}");
        // Its own script and the report as data, and nothing else that could run.
        assert_eq!(out.matches("<script").count(), 2, "{name}");
        let out =
            out.replace(&format!("<script>{SCRIPT}</script>"), "").replace("<script type=\"application/json\"", "");
        for word in ["<script", "http:", "https:", "javascript:", "src=", "@import", "onload", "<link", "<iframe"] {
            assert!(!out.contains(word), "{name}: {word}");
        }
        assert!(out.contains("default-src &#39;none&#39;") || out.contains("default-src 'none'"), "{name}");
        let first = out.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        assert!(!first.is_empty() && out.matches("<h1>").count() == 1, "{name}");
    }
}

/// Base64 of a hash, as a policy names a script.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let n = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for k in 0..4 {
            let letter = LETTERS[(n >> (18 - 6 * k) & 63) as usize] as char;
            out.push(if k <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

#[test]
fn only_the_page_s_own_script_may_run() {
    use sha2::{Digest, Sha256};
    assert_eq!(SCRIPT_SHA256, base64(&Sha256::digest(SCRIPT)));
    let out = render(&sample::thread()).unwrap();
    assert!(out.contains(&format!("script-src 'sha256-{SCRIPT_SHA256}'")) || out.contains("script-src &#39;sha256-"));
}

#[test]
fn the_report_stands_in_the_page_as_data() {
    for (name, document) in sample::all() {
        let out = render(&document).unwrap();
        let json = out.split("id=\"report\">").nth(1).unwrap().split("</script>").next().unwrap();
        let read: Document = serde_json::from_str(json).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(read.verdict, document.shared().verdict, "{name}");
    }
}

#[test]
fn every_link_of_the_page_has_its_place() {
    for (name, document) in sample::all() {
        let out = render(&document).unwrap();
        let links: Vec<&str> = out.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(name == "quiet" || !links.is_empty(), "{name}");
        for link in links {
            assert_eq!(out.matches(&format!("id=\"{link}\"")).count(), 1, "{name}: {link}");
        }
    }
}

#[test]
fn no_account_leaves_the_house() {
    for (name, document) in sample::all() {
        assert!(!render(&document).unwrap().contains("acct0"), "{name}");
    }
}
