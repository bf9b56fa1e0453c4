//! Masks what must not leave the machine: keys, tokens, e-mails, home folders, account ids.
//!
//! In: any text. Out: the same text with each secret replaced by a word that says what stood there. Request ids stay,
//! since a support desk can look them up. What always holds: masking twice changes nothing more.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

impl Kind {
    /// Its name in a report's counts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Secret => "keys and tokens",
            Self::Email => "e-mail addresses",
            Self::Home => "home folders",
            Self::Account => "account ids",
        }
    }
}

/// What kind of secret was masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An API key, a token, a password.
    Secret,
    /// An e-mail address.
    Email,
    /// The part of a path that names a user.
    Home,
    /// An organisation or key id of a provider.
    Account,
}

/// How many secrets of each kind were masked.
pub type Counts = BTreeMap<Kind, u64>;

struct Rule {
    kind: Kind,
    pattern: Regex,
    /// As in [`Regex::replace`]: `$1` stands for the first group.
    by: &'static str,
}

/// Kind, pattern, replacement. Order matters: what names a header is masked before what only looks like a key.
const RULES: &[(Kind, &str, &str)] = &[
    (
        Kind::Secret,
        r#"(?i)\b((?:proxy-)?authorization|x-api-key|x-goog-api-key|set-cookie|cookie)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|token|digest)\s+)?[^\s"',;<>]+"#,
        "$1$2<secret>",
    ),
    (Kind::Secret, r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}", "$1 <secret>"),
    (Kind::Secret, r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?", "<secret>"),
    (Kind::Secret, r"\b(sk-ant-|sk-)[A-Za-z0-9_*-]{8,}", "<secret>"),
    (Kind::Secret, r"\bAIza[A-Za-z0-9_-]{20,}", "<secret>"),
    (Kind::Secret, r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})", "<secret>"),
    (Kind::Secret, r"\b(?:xai-|pplx-|gsk_|hf_|xox[abprs]-)[A-Za-z0-9_-]{16,}", "<secret>"),
    (Kind::Secret, r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "<secret>"),
    (Kind::Secret, r"\b(?:nvapi-|csk-|glpat-|pypi-|sess-|ya29\.)[A-Za-z0-9_.-]{16,}", "<secret>"),
    (Kind::Secret, r"\b(?:r8_|fw_|npm_|(?:sk|rk|pk)_(?:live|test)_)[A-Za-z0-9]{16,}", "<secret>"),
    (Kind::Secret, r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b", "<secret>"),
    (
        Kind::Secret,
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
        "<secret>",
    ),
    (Kind::Secret, r#"(://)[^/\s:@"'<>]+:[^/\s@"'<>]+@"#, "$1<secret>@"),
    (
        Kind::Secret,
        r#"(?i)\b((?:api|access|auth|refresh|id|secret|client|session|private)?[_-]?(?:key|token|secret|password|passwd))(\\*"?\s*=\s*\\*["']?|\\*["']\s*:\s*\\*["'])[^\s"'&,;<>\\]{4,}"#,
        "$1$2<secret>",
    ),
    // Behind a colon words follow too ("token: expired"): only what is long, or has digits in it, is none.
    (
        Kind::Secret,
        r#"(?i)\b((?:api|access|auth|refresh|id|secret|client|session|private)?[_-]?(?:key|token|secret|password|passwd))(\s*:\s*)(?:[^\s"'&,;<>\\]{16,}|[^\s"'&,;<>\\0-9]{0,12}[0-9][^\s"'&,;<>\\]{5,})"#,
        "$1$2<secret>",
    ),
    (
        Kind::Secret,
        r"(?i)\b(api[_ -]?key|access[_ -]?token|refresh[_ -]?token|password)(\s*:\s*)[A-Za-z0-9._~+/*-]{12,}",
        "$1$2<secret>",
    ),
    (Kind::Email, r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", "<email>"),
    (Kind::Home, r#"\b[A-Za-z]:(?:\\{1,8}|/)Users(?:\\{1,8}|/)[^\\/\s"'<>:]+"#, "~"),
    (Kind::Home, r#"(^|[^A-Za-z0-9_.~-])/(?:home|Users)/[^/\s"'<>:]+"#, "$1~"),
    (Kind::Home, r#"(/(?:home|Users)/)[^/\s"'<>:]+"#, "$1<user>"),
    // A path whose root was cut off: an archive of a home folder, a model named by its folder.
    (Kind::Home, r#"(^|[\s"'(=])((?:home|Users)/)[^/\s"'<>:]+/"#, "$1$2<user>/"),
    (Kind::Account, r"\borg-[A-Za-z0-9]+<ak-[A-Za-z0-9]+>", "<account>"),
    (Kind::Account, r"\b(?:org|ak)-[A-Za-z]*[0-9][A-Za-z0-9]{2,}", "<account>"),
    (Kind::Account, r"\b(?:acct|proj|cus|org)_[A-Za-z0-9]{12,}", "<account>"),
];

/// A rule whose pattern does not compile is left out; a test makes sure that there is none.
static COMPILED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    RULES
        .iter()
        .filter_map(|(kind, pattern, by)| Some(Rule { kind: *kind, pattern: Regex::new(pattern).ok()?, by }))
        .collect()
});

/// The text without secrets; borrowed when there is none.
pub fn mask(text: &str) -> Cow<'_, str> {
    mask_counting(text, &mut Counts::new())
}

/// As [`mask`], and adds to `counts` what was masked.
pub fn mask_counting<'t>(text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(text);
    for rule in COMPILED.iter() {
        if !rule.pattern.is_match(&out) {
            continue;
        }
        let mut hits = 0;
        let masked = rule.pattern.replace_all(&out, |found: &Captures<'_>| {
            hits += 1;
            let mut by = String::new();
            found.expand(rule.by, &mut by);
            by
        });
        out = Cow::Owned(masked.into_owned());
        *counts.entry(rule.kind).or_insert(0) += hits;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), RULES.len());
    }

    #[test]
    fn secrets_are_masked() {
        for (text, expected) in [
            ("key sk-ant-api03-abcdefgh-ij ok", "key <secret> ok"),
            ("Incorrect API key provided: sk-abcd****wxyz.", "Incorrect API key provided: <secret>."),
            ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "<secret>"),
            ("ghp_0123456789abcdefABCD", "<secret>"),
            ("xai-0123456789abcdef0123", "<secret>"),
            ("AKIAABCDEFGHIJKLMNOP", "<secret>"),
            ("Authorization: Bearer abc.def-123", "Authorization: <secret>"),
            ("sent Bearer abcdefgh1234", "sent Bearer <secret>"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "<secret>"),
            ("https://x.example/v1?key=abcd1234&alt=sse", "https://x.example/v1?key=<secret>&alt=sse"),
            ("nvapi-0123456789abcdefABCD", "<secret>"),
            ("sk_live_0123456789abcdef", "<secret>"),
            ("0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp", "<secret>"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- x", "<secret> x"),
            ("proxy http://bob:hunter2@proxy:8080/", "proxy http://<secret>@proxy:8080/"),
            (r#"{"api_key": "abcd1234"}"#, r#"{"api_key": "<secret>"}"#),
            (r#"{\"secret\":\"abcd1234\"}"#, r#"{\"secret\":\"<secret>\"}"#),
            ("token: hFq7Lw2pXk", "token: <secret>"),
            (r"D:\\Users\\alice\\x", r"~\\x"),
            ("mail bob.b+x@mail.example.org now", "mail <email> now"),
            ("/home/alice/.kimi/logs", "~/.kimi/logs"),
            ("file:///Users/alice/x", "file://~/x"),
            (r"C:\Users\alice\AppData", r"~\AppData"),
            ("home/alice/.kimi/kimi.log", "home/<user>/.kimi/kimi.log"),
            ("backup/home/alice/kimi.log", "backup/home/<user>/kimi.log"),
            ("quota of org-7f3c<ak-f1a2> is used up", "quota of <account> is used up"),
        ] {
            assert_eq!(mask(text), expected);
            assert_eq!(mask(expected), expected, "masking twice");
        }
    }

    #[test]
    fn plain_words_and_request_ids_stay() {
        for text in [
            "request id req_011CSHoEeqs5C35K2UUqR7Fy, chatcmpl-9f8e7d6c5b4a",
            "token: expired, key: none, password: wrong",
            "max_tokens=8192 input_token=12345 tokens: 120000",
            "an org-wide limit, a task-force, 403 at 2026-03-03T16:19:00.123Z",
            "We're receiving too many requests at the moment",
            "sessions/3017a12e6ec007e553effa28733f1697/wire.jsonl",
        ] {
            assert!(matches!(mask(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn kinds_are_counted() {
        let mut counts = Counts::new();
        mask_counting("a@b.example c@d.example key=abcdef", &mut counts);
        assert_eq!(counts, Counts::from([(Kind::Secret, 1), (Kind::Email, 2)]));
    }
}
