//! Which words of an error text may leave: those of published error texts (the catalogue's examples, types and codes),
//! of protocols and of model names. Prose, names and tokens are none of them.
//!
//! A list of what may pass cannot forget a kind of secret, as a list of what may not always will.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::model::Time;
use crate::pattern::Pattern;
use crate::signals::catalogue;

/// Words of transport errors and of HTTP that clients add to an error's text.
const PROTOCOL: &str = "
    a an and api app at be by call calls cannot client closed code connect connection could data did does eai econnaborted
    econnrefused econnreset ehostunreach enetunreach enotfound epipe error errors etimedout event exceeded failed fetch
    for from gateway get getaddrinfo hang has have headers http https in input internal is it json later limit limited
    limits max message minute minutes model network no not of on or output overloaded peer per please post quota rate
    reached read refused request requests reset resets response retry s second seconds server service sse status stream
    that the this time timed timeout to token tokens too try type unavailable undici und up url usage used user was
    while with you your socket terminated aborted abort tls certificate bad unauthorized forbidden payment required
    tpm rpm tpd rpd current requested remaining maximum concurrency concurrent organization org project tier plan
    ms h m d hour hours day days week weeks months month am pm utc gmt after before until since null none unknown
    apiconnectionerror apitimeouterror apistatuserror ratelimiterror internalservererror chatprovidererror
";

/// Words of which names of public models are made.
const MODELS: &str = "
    kimi for coding k2 k25 thinking preview turbo latest instruct chat moonshot v1 v2 v3 v4 gpt o1 o3 o4 mini nano codex
    claude opus sonnet haiku instant fable gemini pro flash lite exp ultra glm air x deepseek reasoner coder r1 qwen max
    plus minimax m1 m2 abab grok code fast llama mistral mixtral large medium small nemo command embed text embedding
    vision audio image auto default highspeed search 8k 32k 128k 256k 1m anthropic openai google meta models model
";

fn words(list: &str) -> BTreeSet<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

static MODEL_WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| words(MODELS));

static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut known = words(PROTOCOL);
    known.extend(MODEL_WORDS.iter().cloned());
    let catalogue = catalogue();
    for signal in &catalogue.signals {
        let texts = signal.kinds.iter().chain(&signal.example.message).chain(&signal.example.error_type);
        known.extend(texts.flat_map(|t| pieces(t)).filter(|p| p.chars().any(char::is_alphabetic)));
    }
    known.extend(catalogue.providers.iter().flat_map(|p| pieces(&p.id)));
    known
});

/// Shapes of ids that providers give requests; a key or an address has none of them.
static REQUEST_ID: Pattern = Pattern::new(
    r"(?x)^(?:(?:req|request|chatcmpl|msg|resp|gen|cmpl|r)[-_](?:[0-9a-f]{1,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
          | (?:req|msg)_(?:bdrk_|vrtx_)?01[0-9A-Za-z]{20,24} | chatcmpl-[0-9A-Za-z]{20,34} | gen-[0-9]{10}-[0-9A-Za-z]{16,24}
          | [0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12} | [0-9a-f]{16,40} | [0-9]{14,20}[0-9a-f]{6,16})$",
);

/// Whether this has the shape of a request's id.
pub(super) fn is_request_id(text: &str) -> bool {
    REQUEST_ID.is_match(text)
}

/// Whether a model's name is made of words of public ones and of versions.
pub(super) fn is_model(name: &str) -> bool {
    let version = |p: &str| p.len() <= 8 && p.bytes().all(|b| b.is_ascii_digit());
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "-_./:*@".contains(c);
    name.len() <= 64
        && name.chars().all(is_of_a_name)
        && !holds_an_address(name)
        && name.split(|c: char| !c.is_ascii_alphanumeric()).all(|p| {
            p.is_empty() || MODEL_WORDS.contains(&p.to_ascii_lowercase()) || version(p)
        })
        // A long row of digits is no version.
        && name.bytes().filter(u8::is_ascii_digit).count() <= 12
}

/// Most digits in a row that a stamp or a version has; a card has more.
const DIGITS_IN_A_ROW: usize = 14;

/// Whether digits in it may be the address of a machine, or a card: four numbers with points between, or a long row.
pub(super) fn holds_an_address(text: &str) -> bool {
    let mut runs = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    runs.any(|run| {
        let numbers: Vec<&str> = run.split('.').filter(|n| !n.is_empty()).collect();
        numbers.len() >= 4 || numbers.iter().any(|n| n.len() > DIGITS_IN_A_ROW)
    })
}

/// Lower-case pieces of a text: runs of letters and digits, parts of `camelCase` and `snake_case` too.
fn pieces(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()).filter(|r| !r.is_empty()) {
        all.push(run.to_lowercase());
        all.extend(camel(run).into_iter().map(|p| p.to_lowercase()));
    }
    all
}

fn camel(run: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut before_is_lower = false;
    for (at, c) in run.char_indices() {
        if c.is_uppercase() && before_is_lower {
            parts.push(&run[begin..at]);
            begin = at;
        }
        before_is_lower = c.is_lowercase();
    }
    parts.push(&run[begin..]);
    parts
}

/// Most digits of a number that may leave: a status, a length of time, a limit; not a card or a phone.
const DIGITS: usize = 5;

/// One run of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run<'t> {
    /// Letters and digits, perhaps a whole stamp.
    Word(&'t str),
    /// What stands between.
    Between(&'t str),
}

/// The text with every word that is not known replaced by `…`, and how many these were.
pub(super) fn known_words(text: &str) -> (String, u64) {
    let runs = runs(text);
    let mut out = String::with_capacity(text.len());
    let mut hidden = 0;
    let mut after_hidden = false;
    let mut pending = "";
    for (i, run) in runs.iter().enumerate() {
        match run {
            Run::Between(between) => pending = between,
            Run::Word(word) => {
                let kept = is_known(word) || is_number(&runs, i) || is_amount(&runs, i) || is_quantity(&runs, i);
                if kept {
                    out.push_str(&plain(pending));
                    out.push_str(word);
                } else {
                    hidden += 1;
                    // One sign for neighbours, whatever stood between them.
                    if !after_hidden {
                        out.push_str(&plain(pending));
                        out.push('…');
                    }
                }
                after_hidden = !kept;
                pending = "";
            }
        }
    }
    out.push_str(&plain(pending));
    (out, hidden)
}

/// Signs that stand between words; any other is a word in a script that is not spelt.
fn plain(between: &str) -> String {
    let keep = |c: char| c.is_ascii() || "…，。：（）“”‘’、；！？·–—\u{a0}".contains(c);
    between.chars().map(|c| if keep(c) { c } else { '…' }).collect()
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let stamp = stamp(rest);
        let is_word = |c: char| c.is_alphanumeric();
        let starts_word = rest.starts_with(is_word);
        let length = match (stamp, starts_word) {
            (Some(length), _) => length,
            (None, true) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            (None, false) => rest.find(is_word).unwrap_or(rest.len()),
        };
        let run = &rest[..length];
        runs.push(if stamp.is_some() || starts_word { Run::Word(run) } else { Run::Between(run) });
        at += length;
    }
    runs
}

/// Length of an RFC 3339 stamp in UTC at the beginning of a text.
fn stamp(text: &str) -> Option<usize> {
    let is_stamp = |end: &usize| text.get(..*end).is_some_and(|s| Time::parse_rfc3339(s).is_some());
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text.get(..40.min(text.len())).unwrap_or("").find('Z')? + 1;
    Some(end).filter(is_stamp)
}

/// Whether a name is one plain word that published texts or our own sentences have, or a number: it names nobody.
pub(super) fn is_plain_word(name: &str) -> bool {
    let is_one = |w: &str| w.is_empty() || known_or_ours(w);
    name.len() <= 40 && name.split(['_', ':', '.']).all(is_one)
}

fn known_or_ours(word: &str) -> bool {
    let is_number = word.len() <= DIGITS && word.trim_end_matches(['Z', 'T']).bytes().all(|b| b.is_ascii_digit());
    let lower = word.to_lowercase();
    is_number || KNOWN.contains(&lower) || OURS.contains(&lower)
}

/// Words of the schema and of our sentences beside those.
static OURS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut ours = words(
        "overload network billing access idle undetermined window windows log logs agent agents episode episodes incident
         incidents pool pools account accounts provider providers agent agents session sessions admitted refused cause
         causes confirmed supported compatible evidence snapshot snapshots reading readings verdict silent block blocked
         first last prior points probability weight weights threshold cap slot slots reset admission admissions refusal
         refusals attempt attempts interval other kind unit best low high main e1 i1",
    );
    ours.extend(crate::model::Cause::ALL.iter().flat_map(|c| c.id().split('_').map(str::to_owned)));
    ours
});

fn is_known(word: &str) -> bool {
    let known = |w: &str| KNOWN.contains(&w.to_lowercase());
    known(word)
        || camel(word).iter().all(|p| p.chars().all(char::is_alphabetic) && known(p))
        || (word.ends_with('Z') && stamp(word).is_some())
}

/// A short number that no other number stands beside, and that is no part of a longer token.
fn is_number(runs: &[Run<'_>], at: usize) -> bool {
    let number = |i: usize| matches!(runs.get(i), Some(Run::Word(w)) if w.bytes().all(|b| b.is_ascii_digit()));
    let short = matches!(runs[at], Run::Word(w) if w.len() <= DIGITS);
    let joined = |i: usize| matches!(runs.get(i), Some(Run::Between(b)) if *b == "-" || *b == "." || *b == "_" || *b == "/" || *b == ":" || *b == "+" || *b == "=" || *b == "@");
    let is_part = joined(at + 1) || at.checked_sub(1).is_some_and(joined);
    let has_neighbour = number(at + 2) || at.checked_sub(2).is_some_and(number);
    number(at) && short && !is_part && !has_neighbour
}

/// Units that stand right behind a number: of time, and of counts.
const UNITS: [&str; 9] = ["ms", "min", "s", "m", "h", "d", "k", "K", "M"];

/// A number with its unit, `13.5s`, `6m0s`, `1.2M`: how long to wait, or how much of a limit. Never a part of a longer token,
/// nor one of more than two numbers with points between them, as a machine's address has.
fn is_quantity(runs: &[Run<'_>], at: usize) -> bool {
    let word = |i: usize| match runs.get(i) {
        Some(Run::Word(w)) => Some(*w),
        _ => None,
    };
    let point = |i: usize| matches!(runs.get(i), Some(Run::Between(".")));
    let before = at.checked_sub(2).filter(|_| point(at - 1)).and_then(word);
    let after = Some(at + 2).filter(|_| point(at + 1)).and_then(word);
    let (first, last) = match (before, after) {
        (None, None) => (at, at),
        (Some(_), None) => (at - 2, at),
        (None, Some(_)) => (at, at + 2),
        (Some(_), Some(_)) => return false,
    };
    let joins =
        |i: usize| matches!(runs.get(i), Some(Run::Between(b)) if ["-", ".", "_", "/", ":", "+", "=", "@"].contains(b));
    let is_part =
        joins(last + 1) && !(point(last + 1) && last + 2 >= runs.len()) || first.checked_sub(1).is_some_and(joins);
    let is_digits = |w: &str| !w.is_empty() && w.len() <= DIGITS && w.bytes().all(|b| b.is_ascii_digit());
    let is_whole = first == last || word(first).is_some_and(is_digits);
    !is_part && is_whole && word(last).is_some_and(is_with_units)
}

/// `13s`, `6m0s`: short numbers, each with its unit.
fn is_with_units(word: &str) -> bool {
    let mut rest = word;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(unit) = UNITS.into_iter().find(|u| rest[digits..].starts_with(*u)) else { return false };
        let behind = &rest[digits + unit.len()..];
        if digits == 0 || digits > DIGITS || behind.starts_with(|c: char| !c.is_ascii_digit()) {
            return false;
        }
        (rest, parts) = (behind, parts + 1);
    }
    (1..=4).contains(&parts)
}

/// Words before the number that decides: the size of a limit, and how much of it is used.
const BEFORE_AMOUNTS: [&str; 11] =
    ["limit", "used", "current", "requested", "remaining", "maximum", "max", "quota", "usage", "limited", "of"];

/// Most digits of an amount: tokens of a month; a card has more.
const AMOUNT_DIGITS: usize = 12;

/// The amount of a limit, perhaps with commas between its thousands: `Limit 200,000`, `current: 1215860`.
fn is_amount(runs: &[Run<'_>], at: usize) -> bool {
    let digits = |i: usize| match runs.get(i) {
        Some(Run::Word(w)) if w.bytes().all(|b| b.is_ascii_digit()) => Some(w.len()),
        _ => None,
    };
    let comma = |i: usize| matches!(runs.get(i), Some(Run::Between(",")));
    if digits(at).is_none() {
        return false;
    }
    let mut first = at;
    while first >= 2 && comma(first - 1) && digits(first) == Some(3) && digits(first - 2).is_some() {
        first -= 2;
    }
    let mut length = digits(first).unwrap_or(0);
    let mut last = first;
    while comma(last + 1) && digits(last + 2) == Some(3) {
        last += 2;
        length += 3;
    }
    let is_after_a_word = first >= 2
        && matches!(runs[first - 1], Run::Between(" " | ": " | "=" | ":"))
        && matches!(runs[first - 2], Run::Word(w) if BEFORE_AMOUNTS.contains(&w.to_lowercase().as_str()));
    let is_joined = matches!(runs.get(last + 1), Some(Run::Between("-" | "_" | "/" | ":" | "@")));
    is_after_a_word && !is_joined && at <= last && length <= AMOUNT_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> String {
        known_words(text).0
    }

    #[test]
    fn published_texts_pass_whole() {
        let mut cut = Vec::new();
        for signal in &catalogue().signals {
            for text in signal.example.message.iter().chain(&signal.example.error_type) {
                if share(text).contains('…') && !text.chars().any(|c| c.is_ascii_digit() || c == '…') {
                    cut.push(text.clone());
                }
            }
        }
        assert_eq!(cut, Vec::<String>::new());
    }

    #[test]
    fn prose_names_and_tokens_do_not() {
        assert_eq!(share("Rate limit exceeded for Zebulon Quill's manuscript"), "Rate limit exceeded for …'s …");
        assert_eq!(share("key=Zq83kPwm2LxTn5 is used"), "key=… is used");
        assert_eq!(share("call 4111-1111-1111-1111 or 555 0199"), "call … or …");
        assert_eq!(share("connect to 10.20.30.40:8443 refused"), "connect to … refused");
        assert_eq!(
            share("try again in 3600 seconds, at 2026-03-03T16:40:11Z (429)"),
            "try again in 3600 seconds, at 2026-03-03T16:40:11Z (429)"
        );
        assert_eq!(share("RateLimitError rate_limit_reached_error"), "RateLimitError rate_limit_reached_error");
    }

    #[test]
    fn the_number_that_decides_stays() {
        for text in [
            "organization TPM rate limit, current: 21586, limit: 18000",
            "Limit 200000, Used 195000, Requested 12000",
            "tokens per min (TPM): Limit 30,000, Used 1,029,000",
            "limit: 1000000 tokens per day",
        ] {
            assert_eq!(share(text), text);
        }
        assert_eq!(share("limit 4929118733456621 of card"), "limit … of …");
        assert_eq!(share("of 660-5550199"), "of …");
    }

    #[test]
    fn how_long_to_wait_stays_with_its_unit() {
        for text in
            ["Please try again in 13.5s", "reset after 6m0s", "limit of 1.2M tokens", "retry in 28ms.", "in 1h30m"]
        {
            assert_eq!(share(text), text);
        }
        assert_eq!(share("at 10.20.30.777s"), "at …");
        assert_eq!(share("key 4h9k2m8s-1"), "key …");
        assert_eq!(share("in v3.12345678s"), "in v3.…");
    }

    #[test]
    fn names_of_public_models_and_shapes_of_ids() {
        for model in ["kimi-for-coding", "claude-opus-4-1-20250805", "gpt-5-mini", "kimi-k2-0905-preview", "*"] {
            assert!(is_model(model), "{model}");
        }
        for other in ["bobs-finetune", "4111111111111111", "a@b", "kimi-for-coding 203.0.113.77", "gpt-10.1.2.3"] {
            assert!(!is_model(other), "{other}");
        }
        for id in ["req_011CSHoEeqs5C35K2UUqR7Fy", "r-1", "chatcmpl-9f8e7d6c5b4a", "3017a12e6ec007e553effa28733f1697"] {
            assert!(is_request_id(id), "{id}");
        }
        for other in [
            "sk-abcdefgh",
            "bob@example.org",
            "/home/bob",
            "r-1 and more",
            "req_ZebulonQuill",
            "run_merger-plan",
            "r-bob",
            "msg-JohnDoe2026",
            "trace_bobby1",
        ] {
            assert!(!is_request_id(other), "{other}");
        }
    }
}
