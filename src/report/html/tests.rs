use super::*;
use crate::report::sample;

#[test]
fn the_verdict_comes_first_and_nothing_runs_or_loads() {
    for (name, document) in sample::all() {
        let out = render(&document).unwrap();
        assert!(out.len() < MOST_BYTES, "{name}");
        for word in ["<script", "http:", "https:", "javascript:", "src=", "@import", "onload", "<link", "<iframe"] {
            assert!(!out.contains(word), "{name}: {word}");
        }
        assert!(out.contains("default-src &#39;none&#39;") || out.contains("default-src 'none'"), "{name}");
        let first = out.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap();
        assert!(!first.is_empty() && out.matches("<h1>").count() == 1, "{name}");
    }
}

#[test]
fn no_account_leaves_the_house() {
    for (name, document) in sample::all() {
        assert!(!render(&document).unwrap().contains("acct0"), "{name}");
    }
}
