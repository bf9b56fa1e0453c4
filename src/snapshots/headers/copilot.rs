//! GitHub Copilot: `x-quota-snapshot-premium_interactions: ent=300&ov=0.0&ovPerm=false&rem=35.5&rst=2026-04-01T00%3A00%3A00Z`, and
//! `x-usage-ratelimit-session` and `-weekly` in the same form.
//!
//! `rem` is a percentage. The length of a session is not given, so its window is only reported when it is used up.

use super::Headers;
use crate::model::Time;
use crate::snapshots::parsed_body::Reset;
use crate::snapshots::percent::{MONTH, WEEK, remaining};
use crate::snapshots::{ParsedBody, View};

/// Headers with a window of known length.
const WINDOWS: [(&str, u32); 2] =
    [("x-quota-snapshot-premium-interactions", MONTH), ("x-usage-ratelimit-weekly", WEEK)];

const SESSION: &str = "x-usage-ratelimit-session";

/// Quotas of the account.
pub fn quotas(headers: &Headers) -> Option<ParsedBody> {
    let views: Vec<View> = WINDOWS.iter().filter_map(|(name, minutes)| view(headers.text(name)?, *minutes)).collect();
    let session = headers.text(SESSION).and_then(|text| part(text, "rem")?.parse::<f64>().ok());
    if views.is_empty() && session.is_none() {
        return None;
    }
    let mut parsed = ParsedBody { provider: Some("github-copilot".to_owned()), views, ..ParsedBody::default() };
    if session.is_some_and(|left| left <= 0.0) {
        parsed
            .remarks
            .push("The headers show nothing left of the session's limit, whose length they do not tell.".to_owned());
    }
    parsed.extra_usage = headers.text(WINDOWS[0].0).is_some_and(|t| part(t, "ovPerm") == Some("true"));
    Some(parsed)
}

fn part<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split('&').find_map(|p| p.trim().strip_prefix(name)?.strip_prefix('='))
}

/// An entitlement of -1 is no limit, one of 0 is none.
fn view(text: &str, minutes: u32) -> Option<View> {
    let entitled = part(text, "ent").and_then(|e| e.parse::<f64>().ok()).is_none_or(|e| e > 0.0);
    let left = part(text, "rem").and_then(|r| r.parse().ok()).map(|r: f64| r.max(0.0));
    let reset = part(text, "rst").map(|r| r.replace("%3A", ":").replace("%3a", ":").replace("%2B", "+"));
    let reset = reset.and_then(|r| Time::parse_rfc3339(&r)).filter(|t| t.is_plausible()).map(Reset::At);
    View::new("the headers", minutes, remaining(left), reset).filter(|_| entitled)
}
