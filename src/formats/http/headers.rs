//! What the headers of an answer tell of limits.
//!
//! In: names and values of one answer's headers. Out: the wait that the server asked for, the request's id, and the
//! snapshots that [`crate::snapshots::headers`] finds. Always: other headers are not kept, so no cookie or key is.
//! Sources: research/usage-snapshots.md, 4 and 5; recordings of LiteLLM, Caddy, mitmproxy and the openai SDK.

use std::collections::BTreeMap;

use chrono::DateTime;

use crate::formats::Sink;
use crate::model::Time;
use crate::signals::wait;
use crate::snapshots::headers as limits;

/// Longest value that is looked at, in bytes.
const LONGEST: usize = 200;

/// LiteLLM writes the provider's own headers behind this.
const WRAPPED: &str = "llm_provider-";

/// Most headers of one answer that are kept.
const MOST: usize = limits::MOST;

/// Headers that carry the id of a request, the most usual first.
const REQUEST_IDS: &[&str] = &["x-request-id", "request-id", "msh-request-id", "apim-request-id"];

/// A meter reads empty at or below this.
const NOTHING: f64 = 1e-9;

/// A number from this on is an instant and no delay: epoch seconds since 2001.
const INSTANT: f64 = 1e9;

/// What is left of a meter, and when it is full again.
const METERS: &[(&str, &str)] = &[
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("x-ratelimit-remaining-requests-minute", "x-ratelimit-reset-requests-minute"),
    ("x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"),
    ("x-ratelimit-remaining-requests-hour", "x-ratelimit-reset-requests-hour"),
    ("x-ratelimit-remaining-tokens-hour", "x-ratelimit-reset-tokens-hour"),
    ("x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day"),
    ("x-ratelimit-remaining-tokens-day", "x-ratelimit-reset-tokens-day"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// The headers of one answer, as far as they are about limits.
#[derive(Debug, Default, PartialEq)]
pub(in crate::formats) struct Headers {
    kept: BTreeMap<String, String>,
}

impl Headers {
    /// Takes a header.
    pub(in crate::formats) fn take(&mut self, name: &str, value: &str) {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix(WRAPPED).unwrap_or(&name);
        let wanted = name == "date" || REQUEST_IDS.contains(&name) || limits::tells_a_limit(name);
        if wanted && value.len() <= LONGEST && self.kept.len() < MOST && !self.kept.contains_key(name) {
            self.kept.insert(name.to_owned(), value.trim().to_owned());
        }
    }

    /// Takes headers as JSON objects hold them: a text, a number, or a list of texts each.
    pub(in crate::formats) fn take_json(&mut self, headers: &serde_json::Map<String, serde_json::Value>) {
        use serde_json::Value;
        for (name, value) in headers {
            match value {
                Value::String(text) => self.take(name, text),
                Value::Number(n) => self.take(name, &n.to_string()),
                Value::Array(items) => {
                    if let Some(text) = items.first().and_then(Value::as_str) {
                        self.take(name, text);
                    }
                }
                _ => {}
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// The id of the request.
    pub(in crate::formats) fn request_id(&self) -> Option<&str> {
        REQUEST_IDS.iter().find_map(|name| self.get(name))
    }

    /// Seconds that the server asked to wait: `retry-after-ms`, `retry-after` (seconds or a date), else the reset of a
    /// meter of which nothing remains. `at`: when the answer came.
    pub(in crate::formats) fn retry_after_s(&self, at: Option<Time>) -> Option<f64> {
        let wait_s = self.number("retry-after-ms").map(|ms| ms / 1000.0);
        let wait_s = wait_s.or_else(|| self.get("retry-after").and_then(|text| retry_after(text, self.date().or(at))));
        wait_s.or_else(|| self.empty_meter_s(at)).filter(|s| *s >= 0.0)
    }

    /// The longest reset of the meters that are empty.
    fn empty_meter_s(&self, at: Option<Time>) -> Option<f64> {
        let empty = METERS.iter().filter(|(left, _)| self.number(left).is_some_and(|n| n <= NOTHING));
        let of_meters = empty.filter_map(|(_, reset)| self.until_s(reset, at));
        of_meters.chain(self.used_up_s(at)).max_by(f64::total_cmp)
    }

    /// Resets of windows that headers name as used up: a rejected claim, or 100 % of a plan's window.
    fn used_up_s(&self, at: Option<Time>) -> impl Iterator<Item = f64> {
        const UNIFIED: &str = "anthropic-ratelimit-unified-";
        let is = |name: &str, value: &str| self.get(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        let rejected = is("anthropic-ratelimit-unified-status", "rejected");
        let claimed = Some("anthropic-ratelimit-unified-reset").filter(|_| rejected).and_then(|n| self.until_s(n, at));
        let windows = ["5h", "7d"].into_iter().filter(|w| is(&format!("{UNIFIED}{w}-status"), "rejected"));
        let windows = windows.filter_map(|w| self.until_s(&format!("{UNIFIED}{w}-reset"), at));
        let full = |slot: &&str| self.number(&format!("x-codex-{slot}-used-percent")).is_some_and(|p| p >= 100.0);
        let codex = ["primary", "secondary"].into_iter().filter(full).filter_map(|slot| {
            let by_instant = self.until_s(&format!("x-codex-{slot}-reset-at"), at);
            by_instant.or_else(|| self.number(&format!("x-codex-{slot}-reset-after-seconds")))
        });
        let all: Vec<f64> = claimed.into_iter().chain(windows).chain(codex).collect();
        all.into_iter()
    }

    /// Seconds to a reset, given as an instant (a stamp, epoch seconds or milliseconds), or as a delay.
    fn until_s(&self, name: &str, at: Option<Time>) -> Option<f64> {
        let text = self.get(name)?;
        if let Some(t) = Time::parse_rfc3339(text) {
            return Some(t.since(at?));
        }
        match text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0) {
            Some(n) if n >= INSTANT => Some(Time::from_epoch(n)?.since(at?)),
            Some(n) => Some(n),
            None => wait::seconds_of(text),
        }
    }

    fn date(&self) -> Option<Time> {
        http_date(self.get("date")?)
    }
}

/// Seconds of a `Retry-After`: a number, or an HTTP date counted from `at`.
pub(in crate::formats) fn retry_after(text: &str, at: Option<Time>) -> Option<f64> {
    let text = text.trim();
    text.parse()
        .ok()
        .filter(|s: &f64| s.is_finite() && *s >= 0.0)
        .or_else(|| Some(http_date(text)?.since(at?).max(0.0)))
}

fn http_date(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc2822(text).ok().map(|t| Time::from_micros(t.timestamp_micros()))
}

/// Keeps snapshots that say something new: a log has the same windows on every line.
#[derive(Debug, Default)]
pub(in crate::formats) struct Meters {
    last: BTreeMap<Option<String>, (Time, Shares)>,
}

/// Lengths of windows and the bits of the shares that are left.
type Shares = Vec<(u32, Option<u64>)>;

/// A snapshot that says nothing new is kept again after this long, in seconds: it shows that nothing changed.
const AGAIN_S: f64 = 600.0;

/// A minute's meter says something new with every answer. Unless it is empty it is kept this often, in seconds.
const MINUTE_AGAIN_S: f64 = 30.0;

impl Meters {
    /// Takes the snapshots of an answer that came at `at`. `provider`: whose answer it was, if the log says; headers of
    /// another provider are then not that one's meters, and are left.
    pub(in crate::formats) fn take(
        &mut self,
        headers: &Headers,
        (at, line): (Time, u64),
        provider: Option<&str>,
        sink: &mut Sink,
    ) {
        let named = headers.kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let Some(mut snapshot) = limits::snapshot(named, Some(at), sink.source(line)) else { return };
        if snapshot.state.windows.is_empty() || !is_kin(snapshot.provider.as_deref(), provider) {
            return;
        }
        snapshot.provider = provider.map(str::to_owned).or(snapshot.provider);
        let windows = &snapshot.state.windows;
        let shares: Shares = windows.iter().map(|w| (w.window_minutes, w.remaining_share.map(f64::to_bits))).collect();
        let is_empty = windows.iter().any(|w| w.remaining_share == Some(0.0));
        let again_s = if windows.iter().all(|w| w.window_minutes <= 1) && !is_empty { MINUTE_AGAIN_S } else { 0.0 };
        let is_old = |(when, last): &(Time, Shares)| {
            let age_s = at.since(*when).abs();
            age_s < again_s || (age_s < AGAIN_S && *last == shares)
        };
        if !self.last.get(&snapshot.provider).is_some_and(is_old) {
            self.last.insert(snapshot.provider.clone(), (at, shares));
            sink.snapshot(snapshot);
        }
    }
}

/// Whether headers of one provider's family may be in an answer of the other. What is not known fits.
fn is_kin(family: Option<&str>, provider: Option<&str>) -> bool {
    let (Some(family), Some(provider)) = (family, provider) else { return true };
    const KIN: [[&str; 2]; 2] = [["codex", "openai"], ["claude-code", "anthropic"]];
    family == provider || KIN.iter().any(|kin| kin.contains(&family) && kin.contains(&provider))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{FormatInfo, Parsed};
    use crate::model::FileId;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        lines.iter().for_each(|(n, v)| headers.take(n, v));
        headers
    }

    fn at(s: f64) -> Time {
        Time::from_secs(1_772_554_740.0 + s).unwrap()
    }

    #[test]
    fn the_wait_in_every_dress() {
        let date = ("Date", "Tue, 03 Mar 2026 16:19:00 GMT");
        for (lines, wait) in [
            (vec![("Retry-After", "1.5")], Some(1.5)),
            (vec![("retry-after-ms", "250"), ("retry-after", "1")], Some(0.25)),
            (vec![("llm_provider-retry-after", "7")], Some(7.0)),
            (vec![("Retry-After", "Tue, 03 Mar 2026 16:20:30 GMT"), date], Some(90.0)),
            (vec![("Retry-After", "-3")], None),
            (vec![("Retry-After", "soon")], None),
            (vec![("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s")], Some(360.0)),
            (vec![("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "6m0s")], None),
            (
                vec![
                    ("anthropic-ratelimit-tokens-remaining", "0"),
                    ("anthropic-ratelimit-tokens-reset", "2026-03-03T16:19:20Z"),
                ],
                Some(20.0),
            ),
            (vec![("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1772554800000")], Some(60.0)),
            (vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1772558340")], Some(3_600.0)),
            (vec![("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "1772558340")], None),
            (vec![("ratelimit-remaining", "0"), ("ratelimit-reset", "30")], Some(30.0)),
            (
                vec![
                    ("x-ratelimit-remaining-tokens-day", "0"),
                    ("x-ratelimit-reset-tokens-day", "54000.0"),
                    ("x-ratelimit-remaining-tokens-minute", "0"),
                    ("x-ratelimit-reset-tokens-minute", "38.2"),
                ],
                Some(54_000.0),
            ),
            (
                vec![
                    ("anthropic-ratelimit-unified-status", "rejected"),
                    ("anthropic-ratelimit-unified-reset", "1772900340"),
                ],
                Some(345_600.0),
            ),
            (vec![("anthropic-ratelimit-unified-reset", "1772900340")], None),
            (
                vec![("x-codex-secondary-used-percent", "100"), ("x-codex-secondary-reset-after-seconds", "412345")],
                Some(412_345.0),
            ),
        ] {
            assert_eq!(headers(&lines).retry_after_s(Some(at(0.0))), wait, "{lines:?}");
        }
    }

    #[test]
    fn no_cookie_or_key_is_kept() {
        let h = headers(&[("authorization", "Bearer sk-x"), ("set-cookie", "a=b"), ("x-request-id", "req-1")]);
        assert_eq!((h.kept.len(), h.request_id()), (1, Some("req-1")));
    }

    /// Time, account and headers of an answer.
    type Answer<'a> = (f64, Option<&'a str>, &'a [(&'a str, &'a str)]);

    fn taken(answers: &[Answer<'_>]) -> Parsed {
        static INFO: FormatInfo = FormatInfo {
            id: "t",
            client: "t",
            client_traits: crate::formats::ClientTraits::PLAIN,
            rank: 0,
            merge_tolerance_s: 0.0,
            program: "",
            lives: &[],
            shows: "",
            not_logged: "",
            established: "",
        };
        let mut sink = Sink::new(FileId(0), &INFO);
        let mut meters = Meters::default();
        for (s, provider, lines) in answers {
            meters.take(&headers(lines), (at(*s), 3), *provider, &mut sink);
        }
        sink.into_parsed()
    }

    const CODEX: &[(&str, &str)] = &[
        ("x-codex-primary-used-percent", "97"),
        ("x-codex-primary-window-minutes", "300"),
        ("x-codex-primary-reset-at", "1772560140"),
    ];

    #[test]
    fn windows_that_are_named_by_length_are_snapshots_and_taken_once() {
        let parsed = taken(&[(0.0, None, CODEX), (1.0, None, CODEX), (700.0, Some("openai"), CODEX)]);
        let actual: Vec<_> = parsed.snapshots.iter().map(|s| (s.provider.as_deref(), s.state.windows.len())).collect();
        assert_eq!(actual, [(Some("codex"), 1), (Some("openai"), 1)], "each for its own provider");
        let window = parsed.snapshots[0].state.windows[0];
        assert_eq!((window.window_minutes, window.used, window.resets_at), (300, Some(97.0), Some(at(5400.0))));
    }

    #[test]
    fn a_rejected_window_is_used_up_and_another_provider_s_headers_are_left() {
        let claude: &[(&str, &str)] = &[
            ("anthropic-ratelimit-unified-5h-status", "allowed"),
            ("anthropic-ratelimit-unified-5h-utilization", "0.4"),
            ("anthropic-ratelimit-unified-7d-status", "rejected"),
            ("anthropic-ratelimit-unified-7d-reset", "1772560140"),
        ];
        let parsed = taken(&[(0.0, None, claude), (0.0, Some("moonshot"), claude)]);
        assert_eq!(parsed.snapshots.len(), 1);
        let shares: Vec<_> = parsed.snapshots[0].state.windows.iter().map(|w| w.remaining_share).collect();
        assert_eq!(shares, [Some(0.6), Some(0.0)]);
        assert!(taken(&[(0.0, None, &[("x-codex-primary-used-percent", "3")])]).snapshots.is_empty());
    }
}
