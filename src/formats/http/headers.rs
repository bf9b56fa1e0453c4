//! What the headers of an answer tell of limits.
//!
//! In: names and values of one answer's headers. Out: the wait that the server asked for, the request's id, and readings
//! of windows whose length the headers name: Codex (`x-codex-*`), Claude subscriptions (`anthropic-ratelimit-unified-*`).
//! Always: other headers are not kept, so no cookie or key is; meters without a length (`x-ratelimit-*`,
//! `anthropic-ratelimit-tokens-*`) are no windows, and only tell the wait when nothing remains.
//! Sources: research/usage-snapshots.md, 4 and 5; recordings of LiteLLM, Caddy, mitmproxy and the openai SDK.

use std::collections::BTreeMap;

use chrono::DateTime;

use crate::formats::Sink;
use crate::model::{CaptureBasis, Captured, Snapshot, Time};
use crate::signals::wait;
use crate::snapshots::found::{Amounts, View};
use crate::snapshots::{Found, Reset};

/// Longest value that is looked at, in bytes.
const LONGEST: usize = 200;

/// LiteLLM writes the provider's own headers behind this.
const WRAPPED: &str = "llm_provider-";

/// Headers that carry the id of a request, the most usual first.
const REQUEST_IDS: &[&str] = &["x-request-id", "request-id", "msh-request-id", "apim-request-id"];

/// Beginnings of the names that are kept beside those.
const KEPT: &[&str] = &["retry-after", "x-ratelimit-", "anthropic-ratelimit-", "x-codex-", "date"];

/// A meter reads empty at or below this.
const NOTHING: f64 = 1e-9;

/// The headers of one answer, as far as they are about limits.
#[derive(Debug, Default)]
pub(in crate::formats) struct Headers {
    kept: BTreeMap<String, String>,
}

impl Headers {
    /// Takes a header.
    pub(in crate::formats) fn take(&mut self, name: &str, value: &str) {
        let name = name.trim().to_ascii_lowercase();
        let name = name.strip_prefix(WRAPPED).unwrap_or(&name);
        let wanted = REQUEST_IDS.contains(&name) || KEPT.iter().any(|k| name.starts_with(k));
        if wanted && value.len() <= LONGEST && !self.kept.contains_key(name) {
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
        let told = self.number("retry-after-ms").map(|ms| ms / 1000.0);
        let told = told.or_else(|| self.get("retry-after").and_then(|text| retry_after(text, self.date().or(at))));
        told.or_else(|| self.empty_meter_s(at)).filter(|s| *s >= 0.0)
    }

    /// The longest reset of the meters that are empty.
    fn empty_meter_s(&self, at: Option<Time>) -> Option<f64> {
        let meters =
            ["requests", "tokens"].map(|m| (format!("x-ratelimit-remaining-{m}"), format!("x-ratelimit-reset-{m}")));
        let anthropic = ["requests", "tokens", "input-tokens", "output-tokens"]
            .map(|m| (format!("anthropic-ratelimit-{m}-remaining"), format!("anthropic-ratelimit-{m}-reset")));
        let reset = |name: &str| {
            let text = self.get(name)?;
            Time::parse_rfc3339(text).and_then(|t| Some(t.since(at?))).or_else(|| wait::seconds_of(text))
        };
        let all = meters.iter().chain(&anthropic);
        let empty = all.filter(|(left, _)| self.number(left).is_some_and(|n| n <= NOTHING));
        empty.filter_map(|(_, name)| reset(name)).max_by(f64::total_cmp)
    }

    fn date(&self) -> Option<Time> {
        http_date(self.get("date")?)
    }

    /// The readings, with the provider whose header it is.
    fn readings(&self, at: Time) -> Vec<(&'static str, Found)> {
        let found = |views: Vec<View>| (!views.is_empty()).then(|| Found { views, ..Found::default() });
        let codex = ["primary", "secondary"].iter().filter_map(|slot| self.codex(slot, at)).collect();
        let claude = [("5h", 300), ("7d", 10_080)].iter().filter_map(|(w, minutes)| self.claude(w, *minutes)).collect();
        [found(codex).map(|f| ("codex", f)), found(claude).map(|f| ("claude-code", f))].into_iter().flatten().collect()
    }

    fn codex(&self, slot: &str, at: Time) -> Option<View> {
        let header = |what: &str| format!("x-codex-{slot}-{what}");
        let minutes = self.number(&header("window-minutes")).filter(|m| (1.0..=1e6).contains(m))?;
        let used = self.number(&header("used-percent")).filter(|u| *u >= 0.0)?;
        let reset = self.number(&header("reset-at")).and_then(Time::from_epoch);
        let reset = reset.or_else(|| Some(at.plus(self.number(&header("reset-after-seconds"))?)));
        let reset = reset.filter(|t| t.is_plausible()).map(Reset::At);
        let amounts = Amounts { limit: Some(100.0), used: Some(used), remaining: None };
        View::new("x-codex headers", minutes as u32, amounts, reset)
    }

    fn claude(&self, window: &str, minutes: u32) -> Option<View> {
        let header = |what: &str| format!("anthropic-ratelimit-unified-{window}-{what}");
        let rejected = self.get(&header("status")) == Some("rejected");
        let told = self.number(&header("utilization")).filter(|u| *u >= 0.0);
        let used = if rejected { Some(told.unwrap_or(1.0).max(1.0)) } else { told }?;
        let reset = self.number(&header("reset")).and_then(Time::from_epoch);
        let reset = reset.filter(|t| t.is_plausible()).map(Reset::At);
        View::new("anthropic-ratelimit headers", minutes, Amounts::of_used_share(Some(used)), reset)
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

/// Keeps readings that say something new: a log has the same windows on every line.
#[derive(Debug, Default)]
pub(in crate::formats) struct Meters {
    last: BTreeMap<&'static str, (Time, Found)>,
}

/// A reading that says nothing new is kept again after this long, in seconds: it shows that nothing changed.
const AGAIN_S: f64 = 600.0;

/// A capture stamped with the log line's own time, which has whole seconds in some logs.
const CAPTURE_ERROR_S: f64 = 1.0;

impl Meters {
    /// Takes the readings of an answer that came at `at`. `provider`: whose answer it was, if the log says; headers of
    /// another provider are then not that one's meters, and are left.
    pub(in crate::formats) fn take(
        &mut self,
        headers: &Headers,
        at: Time,
        provider: Option<&str>,
        line: u64,
        sink: &mut Sink,
    ) {
        for (family, found) in headers.readings(at) {
            let Some(owner) = owner(family, provider) else { continue };
            let is_old = |(when, last): &(Time, Found)| at.since(*when).abs() < AGAIN_S && says_the_same(last, &found);
            if self.last.get(family).is_some_and(is_old) {
                continue;
            }
            sink.snapshot(Snapshot {
                provider: Some(owner.to_owned()),
                account: None,
                owner: None,
                captured: Some(Captured { at, error_s: CAPTURE_ERROR_S, basis: CaptureBasis::Embedded }),
                reading: found.reading(Some(at)),
                source: sink.source(line),
            });
            self.last.insert(family, (at, found));
        }
    }
}

/// Whose reading it is; none if the answer was another provider's.
fn owner<'a>(family: &'a str, provider: Option<&'a str>) -> Option<&'a str> {
    let kin: &[&str] = if family == "codex" { &["codex", "openai"] } else { &["claude-code", "anthropic"] };
    match provider {
        None => Some(family),
        Some(p) => kin.contains(&p).then_some(p),
    }
}

/// Whether the shares are the same. Some servers move the reset of an untouched window with every answer.
fn says_the_same(a: &Found, b: &Found) -> bool {
    let shares =
        |f: &Found| f.views.iter().map(|v| (v.window_minutes(), v.share().map(f64::to_bits))).collect::<Vec<_>>();
    shares(a) == shares(b)
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
        ] {
            assert_eq!(headers(&lines).retry_after_s(Some(at(0.0))), wait, "{lines:?}");
        }
    }

    #[test]
    fn no_cookie_or_key_is_kept() {
        let h = headers(&[("authorization", "Bearer sk-x"), ("set-cookie", "a=b"), ("x-request-id", "req-1")]);
        assert_eq!((h.kept.len(), h.request_id()), (1, Some("req-1")));
    }

    fn taken(answers: &[(f64, Option<&str>, &[(&str, &str)])]) -> Parsed {
        static INFO: FormatInfo = FormatInfo {
            id: "t",
            client: "t",
            rank: 0,
            merge_tolerance_s: 0.0,
            program: "",
            lives: &[],
            shows: "",
            hides: "",
            established: "",
        };
        let mut sink = Sink::new(FileId(0), &INFO);
        let mut meters = Meters::default();
        for (s, provider, lines) in answers {
            meters.take(&headers(lines), at(*s), *provider, 3, &mut sink);
        }
        sink.into_parsed()
    }

    const CODEX: &[(&str, &str)] = &[
        ("x-codex-primary-used-percent", "97"),
        ("x-codex-primary-window-minutes", "300"),
        ("x-codex-primary-reset-at", "1772560140"),
    ];

    #[test]
    fn windows_that_are_named_by_length_are_readings_and_told_once() {
        let parsed = taken(&[(0.0, None, CODEX), (1.0, None, CODEX), (700.0, Some("openai"), CODEX)]);
        let told: Vec<_> = parsed.snapshots.iter().map(|s| (s.provider.as_deref(), s.reading.windows.len())).collect();
        assert_eq!(told, [(Some("codex"), 1), (Some("openai"), 1)]);
        let window = parsed.snapshots[0].reading.windows[0];
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
        let shares: Vec<_> = parsed.snapshots[0].reading.windows.iter().map(|w| w.remaining_share).collect();
        assert_eq!(shares, [Some(0.6), Some(0.0)]);
        assert!(taken(&[(0.0, None, &[("x-codex-primary-used-percent", "3")])]).snapshots.is_empty());
    }
}
