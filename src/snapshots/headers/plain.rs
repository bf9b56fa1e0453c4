//! The OpenAI API and those who copy it: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`; OpenRouter's
//! `X-RateLimit-{Limit,Remaining,Reset}`.
//!
//! The length of the window is not given. A bucket of a minute is full again within a minute, so a longer way to its reset
//! means the day's; OpenRouter's reset at a midnight of UTC is the day's, at a full minute the minute's. Otherwise nothing is read.

use super::Headers;
use crate::signals::wait;
use crate::snapshots::parsed_body::{Amounts, Reset};
use crate::snapshots::percent::tightest;
use crate::snapshots::{ParsedBody, View};

/// A bucket of a minute refills within this many seconds.
const MINUTE_S: f64 = 60.0;

/// What is left by counts.
pub fn counts(headers: &Headers) -> Option<ParsedBody> {
    let bucket = |what: &&str| {
        let number = |part: &str| headers.number(&format!("x-ratelimit-{part}-{what}"));
        let amounts = Amounts { limit: number("limit"), used: None, remaining: Some(number("remaining")?) };
        let delay = headers.text(&format!("x-ratelimit-reset-{what}")).and_then(delay);
        let minutes = if delay.is_some_and(|d| d > MINUTE_S) { 1440 } else { 1 };
        View::new("the headers", minutes, amounts, delay.map(Reset::In))
    };
    let buckets: Vec<View> = ["requests", "tokens"].iter().filter_map(bucket).collect();
    if buckets.is_empty() {
        return whole(headers);
    }
    let (minute, day) = buckets.into_iter().partition(|v: &View| v.window_minutes() == 1);
    let views = tightest(minute).into_iter().chain(of_a_day(day)).collect();
    Some(ParsedBody { views, ..ParsedBody::default() })
}

/// Cerebras names the length: `x-ratelimit-remaining-tokens-minute`, `...-requests-day`, with resets in seconds.
pub fn lengths(headers: &Headers) -> Option<ParsedBody> {
    const LENGTHS: [(&str, u32); 3] = [("minute", 1), ("hour", 60), ("day", 1440)];
    let of = |(length, minutes): (&str, u32)| {
        let view = |what: &str| {
            let number = |part: &str| headers.number(&format!("x-ratelimit-{part}-{what}-{length}"));
            let amounts = Amounts { limit: number("limit"), used: None, remaining: Some(number("remaining")?) };
            let reset = headers.text(&format!("x-ratelimit-reset-{what}-{length}")).and_then(delay).map(Reset::In);
            View::new("the headers", minutes, amounts, reset)
        };
        let views = ["requests", "tokens"].into_iter().filter_map(view).collect();
        if minutes == 1 { tightest(views) } else { of_a_day(views) }
    };
    let views: Vec<View> = LENGTHS.into_iter().filter_map(of).collect();
    (!views.is_empty()).then(|| ParsedBody { views, ..ParsedBody::default() })
}

/// A window of hours or a day that is counted in requests and in tokens. Where the headers tell only one of both, what is left
/// of it says nothing of the other, which may be used up; only a count that is used up itself says something.
fn of_a_day(views: Vec<View>) -> Option<View> {
    let is_half = views.len() == 1;
    tightest(views).filter(|v| !is_half || v.share().is_none_or(|left| left <= 0.0))
}

/// `6m0s`, `20ms`, or bare seconds.
fn delay(text: &str) -> Option<f64> {
    text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0).or_else(|| wait::seconds_of(text))
}

fn whole(headers: &Headers) -> Option<ParsedBody> {
    const MINUTE_US: i64 = 60_000_000;
    let reset = headers.time("x-ratelimit-reset")?;
    let minutes = match reset.micros() {
        us if us % (1440 * MINUTE_US) == 0 => 1440,
        us if us % MINUTE_US == 0 => 1,
        _ => return None,
    };
    let number = |part: &str| headers.number(&format!("x-ratelimit-{part}"));
    let amounts = Amounts { limit: number("limit"), used: None, remaining: Some(number("remaining")?) };
    let view = View::new("the headers", minutes, amounts, Some(Reset::At(reset)))?;
    Some(ParsedBody { views: vec![view], ..ParsedBody::default() })
}
