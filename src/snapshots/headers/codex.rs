//! ChatGPT plans: `x-codex-{primary,secondary}-{used-percent,window-minutes,reset-at}`, older `reset-after-seconds`.
//!
//! Families of single features (`x-codex-NAME-primary-..`) are not the account's and are passed over.

use super::Headers;
use crate::snapshots::parsed_body::Reset;
use crate::snapshots::percent::used;
use crate::snapshots::{ParsedBody, View};

/// Windows of the plan.
pub fn windows(headers: &Headers) -> Option<ParsedBody> {
    let views: Vec<View> = ["primary", "secondary"].iter().filter_map(|slot| view(headers, slot)).collect();
    if views.is_empty() {
        return None;
    }
    let get = |name: &str| headers.text(&format!("x-codex-credits-{name}"));
    let paid = ["has-credits", "unlimited"].iter().any(|n| get(n).is_some_and(|v| v.eq_ignore_ascii_case("true")));
    Some(ParsedBody {
        provider: Some("codex".to_owned()),
        views,
        balance: headers.number("x-codex-credits-balance"),
        anchored: true,
        idle_moves: true,
        extra_usage: paid,
        ..ParsedBody::default()
    })
}

fn view(headers: &Headers, slot: &str) -> Option<View> {
    let number = |part: &str| headers.number(&format!("x-codex-{slot}-{part}"));
    let minutes = number("window-minutes").filter(|m| (1.0..=f64::from(u32::MAX)).contains(m))?;
    let at = headers.time(&format!("x-codex-{slot}-reset-at")).map(Reset::At);
    let reset = at.or_else(|| number("reset-after-seconds").map(Reset::In));
    View::new("the headers", minutes as u32, used(Some(number("used-percent")?)), reset)
}
