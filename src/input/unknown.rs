//! What is said of a file that no format recognises and that looks like a log.
//!
//! In: its path and its beginning. Out: one problem that names it, with the keys that were seen and the `--map` to try where it
//! is JSON or CSV. Always: settings, sources and prose are passed over in silence; the report counts them.

use super::detect;
use super::frames::{Frames, advice, keys_of, mapping};
use super::outline::looks_like_log;
use crate::model::Problem;

/// How the sentence begins; the report names such files by it.
pub const LOOKS_LIKE_LOG: &str = "looks like a log of no known format; left out";

/// The problem, if the file looks like a log.
pub fn noted(path: &str, head: &[u8]) -> Option<Problem> {
    let head = &head[..head.len().min(detect::HEAD)];
    let problem = |reason: String| Some(Problem { line: 0, reason, count: 1 });
    if is_companion(path) {
        return None;
    }
    let rows = [Frames::rows(head), detect::records(head), Some(head.to_vec())];
    let advice = rows.into_iter().flatten().filter(|rows| has_rows(rows)).find_map(|rows| advice(&keys_of(&rows)));
    if let Some(advice) = advice {
        return problem(format!("{LOOKS_LIKE_LOG}: {advice}"));
    }
    let is_text = !head.is_empty() && !head.iter().take(512).any(|b| *b == 0);
    (is_text && (is_named_so(path) || looks_like_log(head))).then(|| problem(LOOKS_LIKE_LOG.to_owned()))?
}

/// Files that known clients keep beside their logs: settings, prompts and lists of sessions, which hold no request.
const COMPANIONS: [&str; 7] = [
    "state.json",
    "session_index.jsonl",
    "context.jsonl",
    "history.jsonl",
    "sessions.json",
    "settings.json",
    "package.json",
];

fn is_companion(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    COMPANIONS.contains(&name.trim_end_matches(".gz").trim_end_matches(".zst"))
}

/// Whether these are rows: one JSON document alone, written over many lines or in one, is no log.
fn has_rows(rows: &[u8]) -> bool {
    let lines = rows.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty());
    match lines.take(2).collect::<Vec<_>>()[..] {
        [only] => has_status(only),
        [first, _] => first.len() > 1,
        _ => false,
    }
}

/// Whether a lone record says how a request ended: a log may have but one.
fn has_status(record: &[u8]) -> bool {
    let keys = keys_of(record);
    mapping(&keys).is_some_and(|m| m.status.is_some())
}

/// Whether the name is one that logs have: `x.log`, `x.log.2`, `x.jsonl.gz`.
fn is_named_so(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let parts = name.split('.').skip(1);
    let endings = parts.filter(|p| !p.bytes().all(|b| b.is_ascii_digit()) && !matches!(*p, "gz" | "zst"));
    endings.last().is_some_and(|e| matches!(e, "log" | "jsonl" | "ndjson"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_named_and_a_setting_is_not() {
        let reason = |path: &str, text: &str| noted(path, text.as_bytes()).map(|p| p.reason);
        assert_eq!(reason("a/x.log.2", "hello\n").as_deref(), Some(LOOKS_LIKE_LOG));
        assert_eq!(
            reason("out.txt", "2026-05-12 09:00:00 a\n2026-05-12 09:00:01 b\n").as_deref(),
            Some(LOOKS_LIKE_LOG)
        );
        let json = reason("x.jsonl", "{\"zeit\": \"2026-05-12T09:00:00Z\", \"ergebnis\": 200}\n").unwrap();
        assert!(json.contains("zeit") && json.ends_with("--map start=zeit,status=ergebnis"), "{json}");
        let csv = reason("x.csv", "zeit;ergebnis\n2026-05-12T09:00:00Z;200\n").unwrap();
        assert!(csv.ends_with("--map start=zeit,status=ergebnis"), "{csv}");
        let state = r#"{"createdAt": "2026-05-12T09:00:00Z", "title": "x"}"#;
        for (path, text) in [("state.json", state), ("meta.json", state), ("a/history.jsonl", state)] {
            assert_eq!(reason(path, text), None, "{path}");
        }
        for (path, text) in [("settings.json", "{\"a\":1}\n"), ("notes.md", "words\n"), ("x.png", "\u{0}PNG")] {
            assert_eq!(reason(path, text), None, "{path}");
        }
    }
}
