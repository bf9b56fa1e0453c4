//! The IETF's draft of `RateLimit` headers, in its three forms:
//!
//! - `RateLimit-Limit: 100`, `RateLimit-Remaining: 7`, `RateLimit-Reset: 30`, with `RateLimit-Policy: 100;w=60`;
//! - `RateLimit: limit=100, remaining=7, reset=30`, with the same policy;
//! - `RateLimit: "name";r=7;t=30`, with `RateLimit-Policy: "name";q=100;w=60`.
//!
//! Resets are seconds from the answer. A window is only read where a policy gives its length. Source:
//! draft-ietf-httpapi-ratelimit-headers, versions 3, 7 and 10.

use super::Headers;
use crate::snapshots::parsed_body::{Amounts, Reset};
use crate::snapshots::{ParsedBody, View};

/// Seconds of a minute, and a number that is an instant and no delay.
const MINUTE_S: f64 = 60.0;
const INSTANT_S: f64 = 1e9;

/// What the draft's headers tell.
pub fn windows(headers: &Headers) -> Option<ParsedBody> {
    let policies: Vec<Item<'_>> = headers.text("ratelimit-policy").map(items).unwrap_or_default();
    let views: Vec<View> = match headers.text("ratelimit") {
        Some(text) if text.contains(";r=") || text.contains("; r=") => {
            items(text).iter().filter_map(|item| view_of(item, &policies)).collect()
        }
        Some(text) => {
            let field = |key: &str| pairs(text, ',').find(|(k, _)| *k == key).and_then(|(_, v)| number(v));
            view(field("limit"), field("remaining"), field("reset"), &policies).into_iter().collect()
        }
        None => {
            // `100, 100;w=60`: the first number is the limit, the rest are policies.
            let limits = headers.text("ratelimit-limit").map(items).unwrap_or_default();
            let policies = if policies.is_empty() { limits.clone() } else { policies };
            let limit = limits.first().and_then(|i| number(i.name));
            let [left, reset] = ["remaining", "reset"].map(|part| headers.number(&format!("ratelimit-{part}")));
            view(limit, left, reset, &policies).into_iter().collect()
        }
    };
    (!views.is_empty()).then(|| ParsedBody { views, ..ParsedBody::default() })
}

/// An item of a list and its parameters: `"name";q=100;w=60`, or `100;w=60`.
#[derive(Clone, Debug)]
struct Item<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Item<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        self.parameters.iter().find(|(k, _)| *k == key).and_then(|(_, v)| number(v))
    }

    fn minutes(&self) -> Option<u32> {
        let seconds = self.number("w")?;
        let whole = seconds >= MINUTE_S && seconds % MINUTE_S == 0.0 && seconds < 1e8;
        whole.then_some((seconds / MINUTE_S) as u32)
    }
}

fn items(text: &str) -> Vec<Item<'_>> {
    text.split(',').map(item).collect()
}

fn item(text: &str) -> Item<'_> {
    let (name, rest) = text.split_once(';').unwrap_or((text, ""));
    Item { name: name.trim().trim_matches('"'), parameters: pairs(rest, ';').collect() }
}

fn pairs(text: &str, by: char) -> impl Iterator<Item = (&str, &str)> {
    text.split(by).filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.trim(), v.trim()))
}

fn number(text: &str) -> Option<f64> {
    text.trim().trim_matches('"').parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)
}

/// An item of the newest form, with the policy of its name.
fn view_of(item: &Item<'_>, policies: &[Item<'_>]) -> Option<View> {
    let policy = policies.iter().find(|p| p.name == item.name)?;
    let amounts = Amounts { limit: policy.number("q"), used: None, remaining: Some(item.number("r")?) };
    View::new("the headers", policy.minutes()?, amounts, item.number("t").map(reset))
}

/// The older forms tell one window. Of several policies it is the one with this limit.
fn view(limit: Option<f64>, left: Option<f64>, after: Option<f64>, policies: &[Item<'_>]) -> Option<View> {
    let timed: Vec<&Item<'_>> = policies.iter().filter(|p| p.minutes().is_some()).collect();
    let policy = match timed[..] {
        [one] => one,
        _ => timed.iter().find(|p| limit.is_some() && number(p.name) == limit)?,
    };
    let limit = limit.or_else(|| number(policy.name));
    let amounts = Amounts { limit, used: None, remaining: Some(left?) };
    View::new("the headers", policy.minutes()?, amounts, after.map(reset))
}

/// Some servers write an instant where the draft wants a delay.
fn reset(seconds: f64) -> Reset {
    match crate::model::Time::from_secs(seconds).filter(|_| seconds > INSTANT_S) {
        Some(at) => Reset::At(at),
        None => Reset::In(seconds),
    }
}
