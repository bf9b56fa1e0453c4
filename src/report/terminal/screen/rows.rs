//! What it cost, how large the limit is, when it resets and what to do: one label a line.

use super::super::View;
use super::super::page::{Indent, Page, Tone, span};
use crate::document::{Bounds, Episode, Estimates};
use crate::input::LOOKS_LIKE_LOG;
use crate::model::Cause;
use crate::wording::clock::{Style, localised};
use crate::wording::{figures, words};

/// Columns of the labels.
pub(super) const LABEL: usize = 11;

/// Stands for all agents of a log that names none.
const NOT_NAMED: &str = "(agents not named)";

/// The rows of a decided episode.
pub(super) fn of(page: &mut Page, view: &View<'_>, e: &Episode, counts: usize) {
    row(page, LABEL, "Impact", &impact(view, e));
    if let Some(text) = figures::quota_in_short(e) {
        row(page, LABEL, "Quota", &text);
    }
    if let Some(cap) = e.estimates.concurrency_cap.as_ref().filter(|_| e.verdict.cause == Cause::ConcurrencyCap.id()) {
        let noun = if cap.high == Some(1) { "request" } else { "requests" };
        row(page, LABEL, "Limit", &format!("{} {noun} at once", span_of(cap)));
    }
    if let Some(text) = figures::rate_in_short(e).filter(|_| e.verdict.cause == Cause::RatePerMinute.id()) {
        row(page, LABEL, "Limit", &text);
    }
    if let Some(text) = reset(view, e) {
        row(page, LABEL, "Reset", &text);
    }
    row(page, LABEL, "Also", &also(view, e));
    counted(page, view, LABEL, counts);
    row(page, LABEL, "To do", &to_do(view, e));
    not_read(page, view, LABEL);
    isolated(page, view, LABEL);
}

/// `30`, `30 to 31`, `at least 30`.
fn span_of(cap: &Bounds) -> String {
    match cap.high {
        Some(high) if high > cap.low => format!("{} to {}", words::count(cap.low), words::count(high)),
        Some(_) => words::count(cap.low),
        None => format!("at least {}", words::count(cap.low)),
    }
}

/// The rows beside two candidates.
pub(super) fn beside(page: &mut Page, view: &View<'_>, e: &Episode, label: usize) {
    page.blank();
    row(page, label, "Impact", &impact(view, e));
    if let Some(text) = reset(view, e) {
        row(page, label, "Reset", &text);
    }
    counted(page, view, label, 3);
    not_read(page, view, label);
    isolated(page, view, label);
}

fn row(page: &mut Page, width: usize, label: &str, text: &str) {
    if !text.is_empty() {
        let label = span(Tone::Strong, &format!("{label:<width$}"));
        page.text(Indent { first: 0, rest: width }, &[label, span(Tone::Plain, text)]);
    }
}

/// `46 of 47 agents blocked, 38 h of agent time; longest 525e91b9, 59 min`.
fn impact(view: &View<'_>, e: &Episode) -> String {
    let Some(longest) = e.agents.first() else { return String::new() };
    let blocked = words::duration(e.blocked_agent_s);
    if longest.name == NOT_NAMED {
        return format!("blocked for {blocked}; these logs do not name agents");
    }
    let all =
        view.document.pools.iter().find(|p| p.id == e.pool).map_or(e.agents_total, |p| p.agents.max(e.agents_total));
    let agents = match (e.agents_total, all) {
        (1, 1) => "the only agent".to_owned(),
        (n, all) if n == all => format!("all {}", words::counted(all, "agent", "agents")),
        (n, all) => format!("{} of {}", words::count(n), words::counted(all, "agent", "agents")),
    };
    if e.blocked_agent_s < 1.0 {
        return format!("{agents} refused, no time lost that these logs show");
    }
    let waited = words::duration(longest.waited_s);
    match e.agents_total {
        1 => format!("{agents} blocked ({}), {blocked}", longest.name),
        _ => format!("{agents} blocked, {blocked} of agent time; longest {}, {waited}", longest.name),
    }
}

/// `17:16:04 UTC, from the snapshot`.
fn reset(view: &View<'_>, e: &Episode) -> Option<String> {
    let Estimates { resets_at, reset_source, window_kind, .. } = &e.estimates;
    let at = view.when.second(resets_at.as_deref()?);
    let from = match reset_source.as_deref() {
        Some("snapshot") => ", from the snapshot",
        Some("text") => ", from the error text",
        Some("header") => ", from the Retry-After header",
        _ => "",
    };
    let kind = match window_kind.as_deref() {
        Some("fixed") => figures::fixed_every(e).unwrap_or_default(),
        Some("rolling") => "; the window rolls: quota returns bit by bit".to_owned(),
        Some("first_use") => "; the next window opens with the first request".to_owned(),
        _ => String::new(),
    };
    Some(format!("{at} {}{from}{}{kind}", view.when.zone(), figures::zone_of_reset(e)))
}

/// The other episodes of the same incident: `E1, 13:41 to 14:12: concurrency cap`.
fn also(view: &View<'_>, e: &Episode) -> String {
    let others = view.document.episodes.iter().filter(|o| o.incident == e.incident && o.id != e.id);
    let sentences: Vec<String> = others
        .map(|o| {
            let what = words::cause_in_short(&o.verdict);
            format!("{}, {} to {}: {what}", o.id, view.when.minute(&o.from), view.when.minute(&o.to))
        })
        .collect();
    match sentences.len() {
        n if n > ALSO => format!("{}; and {} more of this incident (-v)", sentences[..ALSO].join("; "), n - ALSO),
        _ => sentences.join("; "),
    }
}

/// Episodes of the same incident that are named.
const ALSO: usize = 2;

/// Failures that no episode explains, in a few sentences.
fn counted(page: &mut Page, view: &View<'_>, label: usize, most: usize) {
    let document = view.document;
    let lines = &document.verdict.counts;
    if lines.len() > 1 || document.coverage.other > 0 {
        let sentences: Vec<String> =
            lines.iter().take(most).map(|line| localised(line, view.when, Style::Below)).collect();
        row(page, label, "Counted", &sentences.join(" "));
    }
}

/// What to do now, or that nothing is to be done, and how to avoid it.
fn to_do(view: &View<'_>, e: &Episode) -> String {
    let [now, later] = figures::advice(e);
    let sentences = |texts: &[String], most: usize| -> Vec<String> {
        texts.iter().take(most).map(|t| localised(t, view.when, Style::Below)).collect()
    };
    if e.may_go_on() {
        return sentences(&now, 2).join(" ");
    }
    match sentences(&later, 1).first() {
        Some(avoid) => format!("No action needed. To avoid it: {}", lower(avoid)),
        None => "No action needed.".to_owned(),
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Files that look like logs and were not read, and lines that could not be read.
pub(super) fn not_read(page: &mut Page, view: &View<'_>, label: usize) {
    let problems = || view.document.inputs.iter().flat_map(|i| i.problems.iter().map(move |p| (i, p)));
    let mut left_out = problems().filter(|(_, p)| p.reason.starts_with(LOOKS_LIKE_LOG));
    if let Some((input, problem)) = left_out.next() {
        let others: Vec<&str> = left_out.map(|(input, _)| view.paths.short(&input.path)).collect();
        let more = match others.len() {
            0 => String::new(),
            1..=2 => format!("; so does {}", others.join(" and ")),
            n => format!("; so do {n} more (-v)"),
        };
        let text = format!("{}{more}.", figures::problem(view.paths.short(&input.path), problem));
        row(page, label, "Not read", &text);
    }
    let lines: u64 =
        problems().filter(|(_, p)| !p.reason.starts_with(LOOKS_LIKE_LOG)).map(|(_, p)| p.count.max(1)).sum();
    if lines > 0 {
        let text =
            format!("{} could not be used in full (-v)", words::counted(lines, "line or file", "lines or files"));
        row(page, label, "Problems", &text);
    }
}

/// Refusals too few to be an episode.
pub(super) fn isolated(page: &mut Page, view: &View<'_>, label: usize) {
    let isolated_refusals = &view.document.isolated_refusals;
    if let Some(first) = isolated_refusals.first() {
        // Retries within seconds are one entry, and each is a refusal.
        let refusals: usize = isolated_refusals.iter().map(|r| r.sources.len().max(1)).sum();
        let n = words::counted(refusals as u64, "isolated refusal", "isolated refusals");
        row(
            page,
            label,
            "Isolated",
            &format!("{n}, too few to judge; the first at {} (-v)", view.when.second(&first.at)),
        );
    }
}
