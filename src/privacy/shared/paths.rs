//! Paths of inputs that leave: what every user of a client has stays, names become pseudonyms.

use super::vocabulary;
use crate::pattern::Pattern;

/// Folders and files that the programs read here write by themselves, and plain words for where a log lies.
const KNOWN: &[&str] = &[
    ".",
    "..",
    "~",
    "-",
    "agents",
    "claude",
    "codex",
    "home",
    "kimi",
    "kimi-cli",
    "kimi-code",
    "log",
    "logs",
    "opencode",
    "projects",
    "session",
    "sessions",
    "usage",
    "usages",
    "users",
    "wire",
    "kimi.log",
    "wire.jsonl",
    "main",
    "state.json",
    "ledger.jsonl",
    "snapshots",
    "attempts",
    "export",
    "backup",
    "stdin",
    "log.jsonl",
    "attempts.jsonl",
    "usage.json",
    "usages.json",
    ".kimi",
    ".kimi-code",
    ".claude",
    ".codex",
    "state",
    "fixtures",
    "cases",
    "…",
];

/// Endings that say what kind of file it is.
const ENDINGS: &[&str] = &["jsonl", "json", "log", "gz", "zst", "txt", "ndjson", "csv", "md", "http", "toml"];

/// Ids, dates and counters of three digits, alone or behind a plain word: `usages-1640`, `kimi.2026-03-03_16-19`, `agent-12`.
static MACHINE: Pattern = Pattern::new(
    r"(?x)^\.?(?:session|agent|agents|usage|usages|kimi|wire|log|subagent|sub|main|snapshot|snap|rollout|part|attempts)?
          [-_.]?
          (?:[0-9]{1,3}
            | (?:[01][0-9]|2[0-3])[0-5][0-9]
            | 20[1-9][0-9](?:[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12][0-9]|3[01])
              (?:[-_.T]?(?:[01][0-9]|2[0-3])[-_:.]?[0-5][0-9](?:[-_:.]?[0-5][0-9](?:[-_.,][0-9]{1,6})?)?Z?)?)?)?)?$",
);

/// A session's own id, alone or behind the word: support can look nothing up by it, and it may tell who worked when.
static SESSION: Pattern =
    Pattern::new(r"^(?:session[-_])?(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})$");

/// The path with every component that may be a name replaced.
pub(super) fn share(path: &str, mut named: impl FnMut(&'static str, &str) -> String) -> String {
    let components = path.split('/').map(|component| {
        if component.is_empty() || is_plain(component) {
            return component.to_owned();
        }
        let (stem, endings) = without_endings(component);
        let kind = if SESSION.is_match(stem) { "session" } else { "name" };
        if is_plain(stem) { component.to_owned() } else { format!("{}{endings}", named(kind, stem)) }
    });
    components.collect::<Vec<_>>().join("/")
}

/// Words of which file names are made that name nobody.
const WORDS: &[&str] = &[
    "after",
    "agent",
    "attempts",
    "before",
    "curl",
    "during",
    "gap",
    "in",
    "kimi",
    "ledger",
    "log",
    "reading",
    "readings",
    "session",
    "snap",
    "snapshot",
    "snapshots",
    "usage",
    "usages",
    "wire",
];

fn is_plain(component: &str) -> bool {
    let is_ours = |kind: &str| super::is_pseudonym(kind, component);
    let is_short = |word: &str| {
        let is_time = word.len() == 4 && word[..2] < *"24" && word[2..] < *"60";
        (word.len() <= 3 || is_time) && word.bytes().all(|b| b.is_ascii_digit())
    };
    let mut words = component.split(['-', '_']);
    if words.clone().next().is_some_and(|w| WORDS.contains(&w)) && words.all(|w| WORDS.contains(&w) || is_short(w)) {
        return true;
    }
    KNOWN.contains(&component)
        || is_ours("name")
        || is_ours("session")
        || (MACHINE.is_match(component) && !vocabulary::holds_an_address(component))
}

/// A file name without the endings that say its kind, and these.
fn without_endings(name: &str) -> (&str, &str) {
    let mut stem = name;
    while let Some((before, ending)) = stem.rsplit_once('.') {
        if before.is_empty() || !ENDINGS.contains(&ending) {
            break;
        }
        stem = before;
    }
    (stem, &name[stem.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> String {
        share(text, |kind, c| if kind == "session" { "<session>".to_owned() } else { format!("<{c}>") })
    }

    #[test]
    fn what_every_user_has_stays() {
        for plain in [
            "logs/kimi.log",
            "kimi-code/sessions/session-3/agents/agent-12/wire.jsonl",
            "usage/usages-1640.json",
            "usage/usages-during.txt",
            "usage/2026-03-03T16-40-00Z.json",
            "kimi.2026-03-03.log.gz",
            "-",
        ] {
            assert_eq!(path(plain), plain);
        }
    }

    #[test]
    fn digits_stay_only_in_the_shape_of_a_date_or_a_counter() {
        for plain in [
            "2026/03/03/x",
            "rollout-2026-03-03T16-00-00.jsonl",
            "20260303T164000Z.json",
            "agent-12",
            "usages-2359.json",
        ] {
            let kept = plain.trim_end_matches("/x");
            assert!(path(plain).starts_with(kept), "{plain}: {}", path(plain));
        }
        for number in [
            "436601234567",
            "203-0-113-77",
            "2001:470:1234:5678::1",
            "078-05-1120",
            "2999",
            "2001-470-1234",
            "2026-13-03",
            "20260303-4929118733",
            "555-0199",
            "session_4929118733",
            "usages-2599",
            "1772554740",
        ] {
            let hidden = path(&format!("{number}/kimi.log"));
            assert_eq!(hidden, format!("<{number}>/kimi.log"));
        }
    }

    #[test]
    fn ids_of_sessions_go() {
        for id in ["session_4c74a842-ffa0-47a2-911e-9af9f6b22176", "3017a12e6ec007e553effa28733f1697"] {
            assert_eq!(path(&format!("sessions/{id}/wire.jsonl")), "sessions/<session>/wire.jsonl");
            assert_eq!(path(&format!("projects/{id}.jsonl")), "projects/<session>.jsonl");
        }
    }

    #[test]
    fn names_go_and_endings_stay() {
        assert_eq!(path("bob/secret-merger.jsonl.gz"), "<bob>/<secret-merger>.jsonl.gz");
        assert_eq!(
            path("kimi-code/sessions/wd_novel_418ea2a6e9e4/x"),
            "kimi-code/sessions/<wd_novel_418ea2a6e9e4>/<x>"
        );
        assert_eq!(path("10.1.2.3-prod.example.com"), "<10.1.2.3-prod.example.com>");
        assert_eq!(path("203.0.113.77/4929118733456621.log"), "<203.0.113.77>/<4929118733456621>.log");
    }
}
