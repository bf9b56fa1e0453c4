//! `questions.md` of a pack: what to ask this provider's support, in its words, and only what this incident leaves open.

use crate::document::{Document, Episode, Evidence};
use crate::evidence::declaration_of;
use crate::model::{Cause, Group, Time};
use crate::privacy::escape;
use crate::signals::catalogue;
use crate::wording::{figures, words};

/// Share from which a cause is still in question.
const OPEN: f64 = 0.05;
/// Episodes asked about: the verdict's first, then by cost.
const EPISODES: usize = 4;

/// How a provider's own pages call its limits.
struct Speech {
    providers: &'static [&'static str],
    cap: &'static str,
    short_window: &'static str,
    long_window: &'static str,
    minute: &'static str,
}

const SPEECH: &[Speech] = &[
    Speech {
        providers: &["kimi-code"],
        cap: "concurrency limit",
        short_window: "5-hour usage quota",
        long_window: "weekly usage quota",
        minute: "request frequency limit",
    },
    Speech {
        providers: &["moonshot"],
        cap: "max concurrency of the account's tier",
        short_window: "5-hour quota",
        long_window: "TPD (tokens per day)",
        minute: "RPM or TPM limit",
    },
    Speech {
        providers: &["anthropic", "claude"],
        cap: "concurrent connections limit",
        short_window: "5-hour session limit",
        long_window: "weekly limit",
        minute: "RPM, ITPM or OTPM limit",
    },
    Speech {
        providers: &["openai", "codex", "openai-codex"],
        cap: "concurrent requests limit",
        short_window: "5-hour usage limit",
        long_window: "weekly usage limit",
        minute: "RPM or TPM limit",
    },
];

const PLAIN: Speech = Speech {
    providers: &[],
    cap: "concurrency limit",
    short_window: "5-hour quota",
    long_window: "weekly quota",
    minute: "limit of requests or tokens per minute",
};

impl Speech {
    fn of(provider: &str) -> &'static Self {
        SPEECH.iter().find(|s| s.providers.contains(&provider)).unwrap_or(&PLAIN)
    }

    fn window(&self, minutes: Option<u32>) -> String {
        match minutes {
            Some(300) => self.short_window.to_owned(),
            Some(10_080) => self.long_window.to_owned(),
            Some(m) => format!("quota of the {} window", crate::causes::window_name(m)),
            None => "usage quota".to_owned(),
        }
    }
}

/// The text.
pub fn render(document: &Document) -> String {
    let document = document.clone().shared();
    let asked = document.blocked_by_cost();
    let mut out = String::from("# Questions\n\n");
    if asked.is_empty() {
        out.push_str("Nothing was blocked in these logs, so there is nothing to ask.\n");
        return out;
    }
    let provider = asked[0].provider();
    if let Some(known) = catalogue().provider(provider) {
        let to = text(known.support.trim_end_matches('.'));
        out.push_str(&format!("For {to}.\n\n"));
    }
    out.push_str("All times are UTC. Names of accounts are pseudonyms: add your own account or organisation id when you send this.\n\n");
    for e in asked.iter().take(EPISODES) {
        episode(&mut out, e);
    }
    if asked.len() > EPISODES {
        out.push_str(&format!("{} smaller episodes are in report.json.\n", asked.len() - EPISODES));
    }
    out
}

fn text(text: &str) -> String {
    escape::markdown(text).replace('\u{a0}', " ")
}

fn episode(out: &mut String, e: &Episode) {
    let (from, to) = (clock(&e.from), clock(&e.to));
    let span = if from == to { from } else { format!("{from} to {to}") };
    out.push_str(&format!("## {}: {span} UTC\n\n", text(&e.id)));
    out.push_str(&format!("{}\n\n", text(&plain_times(&e.sentence))));
    if is_own_side(e) {
        out.push_str("These requests failed on this side of the provider: its support has nothing to look up.\n\n");
        return;
    }
    let questions = open(e);
    if questions.is_empty() {
        out.push_str("The logs and snapshots answer this one; nothing is open.\n\n");
    }
    for (n, question) in questions.iter().enumerate() {
        out.push_str(&format!("{}. {}\n", n + 1, text(question)));
    }
    if !questions.is_empty() {
        out.push('\n');
    }
    let ids = e.chart.as_ref().map(|c| c.request_ids.as_slice()).unwrap_or_default();
    if ids.is_empty() {
        out.push_str("These logs hold no request ids for the refusals; the times above find them.\n\n");
        return;
    }
    out.push_str("Refused requests to look up:\n\n");
    for id in ids {
        let status = id.status.map_or_else(String::new, |s| format!(" ({s})"));
        out.push_str(&format!("- {} at {} UTC{status}\n", escape::markdown_code(&id.id), clock(&id.at)));
    }
    out.push('\n');
}

/// Whether the requests failed on this side of the provider.
pub(super) fn is_own_side(e: &Episode) -> bool {
    let is_own = Cause::from_id(&e.verdict.cause).and_then(Cause::group) == Some(Group::Client);
    is_own && e.verdict.confidence != "compatible"
}

/// `2026-03-03 16:19:02` of a stamp.
fn clock(stamp: &str) -> String {
    let time = Time::parse_rfc3339(stamp).and_then(|t| t.utc());
    time.map_or_else(|| text(stamp), |t| t.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn plain_times(sentence: &str) -> String {
    use crate::wording::clock::{Style, localised};
    localised(sentence, &crate::wording::when::When::utc(), Style::Pasted)
}

/// What the incident leaves open, the most telling first.
pub(super) fn open(e: &Episode) -> Vec<String> {
    let speech = Speech::of(e.provider());
    let share = |cause: Cause| e.causes.iter().find(|c| c.cause == cause.id()).map_or(0.0, |c| c.probability);
    let is_named = |cause: Cause| e.verdict.between.iter().flatten().any(|b| b.cause == cause.id());
    let is_open = |cause: Cause| share(cause) >= OPEN || is_named(cause);
    let confirmed = |cause: Cause| e.verdict.cause == cause.id() && e.verdict.confidence == "confirmed";
    let (from, to) = (clock(&e.from), clock(&e.to));
    let mut all = Vec::new();
    if is_open(Cause::TokenWindow) {
        window(&mut all, e, speech, confirmed(Cause::TokenWindow));
    }
    if is_open(Cause::ConcurrencyCap) {
        let exact = e.estimates.concurrency_cap.as_ref().filter(|c| c.high == Some(c.low));
        match (&e.estimates.concurrency_cap, exact) {
            (_, Some(_)) if confirmed(Cause::ConcurrencyCap) => {}
            (Some(cap), _) => {
                all.push(format!("Was the account's {} {} at {from} UTC?", speech.cap, words::bounds(cap)))
            }
            (None, _) => all.push(format!("What was the account's {} at {from} UTC?", speech.cap)),
        }
    }
    if is_open(Cause::RatePerMinute) && !confirmed(Cause::RatePerMinute) {
        all.push(format!(
            "Which {} applied to this account between {from} and {to} UTC, and was it reached?",
            speech.minute
        ));
    }
    if is_open(Cause::Overload) && !confirmed(Cause::Overload) {
        all.push(format!(
            "Did the service lack capacity between {from} and {to} UTC, or were these refusals about this account?"
        ));
    }
    if is_open(Cause::AccountBlock) {
        all.push(format!("Was the account held back between {from} and {to} UTC by a rule that is neither its quota nor its {}? Which?", speech.cap));
    }
    if is_open(Cause::Billing) && !confirmed(Cause::Billing) {
        all.push(format!("Was the balance or the spending cap of the account reached at {from} UTC?"));
    }
    if is_open(Cause::Access) && !confirmed(Cause::Access) {
        all.push(format!("Was the key, the client or the model not allowed for this account at {from} UTC?"));
    }
    if !all.is_empty() && e.evidence.iter().any(is_ambiguous_text) {
        all.push("The error text is used for several limits. Which one did it stand for here?".to_owned());
    }
    if e.ends_in_block && e.kind == "refused" && e.estimates.resets_at.is_none() {
        all.push(format!("The refusals had not ended at {to} UTC. When does the block end?"));
    }
    all
}

/// Whether an evidence item is an error text that names no limit.
fn is_ambiguous_text(x: &Evidence) -> bool {
    declaration_of(&x.kind).flags.about_a_text && x.bin == "ambiguous"
}

fn window(all: &mut Vec<String>, e: &Episode, speech: &Speech, confirmed: bool) {
    let likeliest = e.causes.iter().find(|c| c.cause == Cause::TokenWindow.id()).and_then(|c| c.windows.first());
    let name = speech.window(e.verdict.window_minutes.or(likeliest.and_then(|w| w.window_minutes)));
    let from = clock(&e.from);
    if !confirmed {
        all.push(format!("Was the account's {name} used up at {from} UTC?"));
    }
    match &e.estimates.resets_at {
        None => all.push(format!("When did the {name} that applied at {from} UTC reset?")),
        Some(reset) if !confirmed => {
            // While the block still runs the reset may lie ahead.
            let does = if e.ends_in_block { "Does" } else { "Did" };
            all.push(format!("{does} the {name} reset at {} UTC?", clock(reset)));
        }
        Some(_) => {}
    }
    if e.estimates.window_kind.as_deref().is_none_or(|k| k == "unknown") {
        all.push(format!("Does the {name} reset at fixed times, roll, or begin with the first request?"));
    }
    let is_known =
        e.estimates.window_quota.as_ref().is_some_and(|q| q.high.is_some()) && e.estimates.window_quota_or.is_none();
    if !is_known {
        all.push(format!("How large is the {name} of this plan, and what counts into it (cached tokens too)?"));
    }
    if e.admitted == 0 && !confirmed {
        let counted = figures::span_and_counts(e, &crate::wording::when::When::utc());
        all.push(format!("{counted} Do refused requests count into the quota or prolong the block?"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn only_what_is_open_is_asked() {
        let mut e = sample::thread().episodes.remove(0);
        assert!(open(&e).iter().all(|q| !q.contains("used up at")), "confirmed: {:?}", open(&e));
        e.verdict.confidence = "compatible".to_owned();
        assert!(
            open(&e).iter().any(|q| q == "Was the account's 5-hour usage quota used up at 2026-03-03 16:19:02 UTC?"),
            "{:?}",
            open(&e)
        );
    }

    #[test]
    fn a_reset_that_may_lie_ahead_is_not_asked_about_as_past() {
        let mut e = sample::thread().episodes.remove(0);
        e.verdict.confidence = "supported".to_owned();
        let reset = |e: &Episode| open(e).into_iter().find(|q| q.contains(" reset at 2026")).unwrap();
        assert!(reset(&e).starts_with("Did the "), "{}", reset(&e));
        e.ends_in_block = true;
        assert!(reset(&e).starts_with("Does the "), "{}", reset(&e));
    }

    #[test]
    fn a_cap_is_asked_with_its_number_and_time() {
        let document = sample::cap();
        let mut e = document.episodes[0].clone();
        e.verdict.confidence = "supported".to_owned();
        let cap = words::bounds(e.estimates.concurrency_cap.as_ref().unwrap());
        let expected = format!("Was the account's concurrency limit {cap} at {} UTC?", clock(&e.from));
        assert!(open(&e).contains(&expected), "{:?}", open(&e));
    }

    #[test]
    fn of_two_causes_that_take_turns_both_are_asked_about() {
        let mut e = sample::cap().episodes.remove(0);
        let of = |cause: Cause, share| crate::document::Between {
            cause: cause.id().to_owned(),
            window_minutes: None,
            window_probability: None,
            probability: 0.01,
            share_of_time: Some(share),
        };
        let before = open(&e);
        e.verdict.between = Some(vec![of(Cause::ConcurrencyCap, 0.6), of(Cause::Overload, 0.4)]);
        e.verdict.confidence = "undetermined".to_owned();
        let lacked = |q: &String| q.starts_with("Did the service lack capacity between ");
        assert!(!before.iter().any(lacked) && open(&e).iter().any(lacked), "{:?}", open(&e));
    }

    #[test]
    fn a_failure_of_this_side_asks_the_provider_nothing() {
        let mut document = sample::cap();
        for e in &mut document.episodes {
            e.verdict.cause = Cause::Network.id().to_owned();
        }
        let out = render(&document);
        assert!(out.contains("nothing to look up") && !out.contains("1. ") && !out.contains("look up:"), "{out}");
    }

    #[test]
    fn a_quiet_log_asks_nothing() {
        assert!(render(&sample::quiet()).contains("nothing to ask"));
    }
}
