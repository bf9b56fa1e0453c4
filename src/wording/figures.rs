//! The figures of an episode as short sentences: brackets, counts, rivals, estimates. Shared by the outputs for people.

use crate::causes;
use crate::document::{Bounds, Document, Episode, Estimates, Fact, Quota, WeightsUsed};
use crate::input::LOOKS_LIKE_LOG;
use crate::model::{Cause, Group, Time};
use crate::wording::clock::{Style, localised};
use crate::wording::numbers::capital;
use crate::wording::when::{When, seconds_between};
use crate::wording::words;

/// Causes below this share are counted together.
const WORTH_NAMING: f64 = 0.015;

/// Share of a window of any length from which its likeliest length is named.
const LENGTH_SURE: f64 = 0.8;

/// The probabilities beside those that the verdict names: `next: overload 2 %`.
pub(crate) fn rivals(e: &Episode) -> String {
    if e.verdict.too_few {
        return String::new();
    }
    let is_named =
        |cause: &str| cause == e.verdict.cause || e.verdict.between.iter().flatten().any(|b| b.cause == cause);
    // What lies between two causes names the two likeliest: nothing that follows is likelier.
    let rivals = e.causes.iter().filter(|c| !is_named(&c.cause) && c.probability >= WORTH_NAMING).take(2);
    let named: Vec<String> = rivals
        .map(|c| {
            let sure = c.windows.first().filter(|w| w.probability >= LENGTH_SURE * c.probability);
            format!("{} {}", words::cause(&c.cause, sure.and_then(|w| w.window_minutes)), words::percent(c.probability))
        })
        .collect();
    if named.is_empty() { String::new() } else { format!("next: {}", named.join(", ")) }
}

/// When it began and ended, each as the bracket that is known, and what was counted between.
pub(crate) fn boundaries(e: &Episode, when: &When) -> Vec<String> {
    if e.kind == "silent" {
        return vec![format!("Silent from {} to {}.", when.minute(&e.from), when.minute(&e.to))];
    }
    let began = match (&e.last_admission_before, &e.first_refusal) {
        (Some(before), Some(first)) => interval_line("Began", before, first, when),
        (None, Some(first)) => {
            format!("Began at {} or before; the log begins while it is blocked.", when.second(first))
        }
        _ => String::new(),
    };
    let ended = match (&e.last_refusal, &e.first_admission_after) {
        (Some(last), Some(after)) => interval_line("Ended", last, after, when),
        (Some(last), None) => format!("Not ended by {}, the last refusal.", when.second(last)),
        _ => String::new(),
    };
    [format!("{began} {ended}").trim().to_owned(), span_and_counts(e, when)]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}

fn interval_line(what: &str, from: &str, to: &str, when: &When) -> String {
    let width = seconds_between(from, to).unwrap_or(0.0);
    if when.second(from) == when.second(to) {
        return format!("{what} at {}, known to {}.", when.second(to), words::duration(width.max(0.1)));
    }
    format!("{what} between {} and {} ({}).", when.second(from), when.second(to), words::duration(width))
}

/// `Blocked for at least 57 min: 1,312 refusals (171 separate probes), none admitted.`
pub(crate) fn span_and_counts(e: &Episode, when: &When) -> String {
    if e.kind == "silent" {
        return boundaries(e, when).join(" ");
    }
    let is_network = is_network(e);
    if e.refused == 1 {
        let what = if is_network { "failure" } else { "refusal" };
        return format!("A single {what}: how long it lasted is not known.");
    }
    let span = words::duration(e.proven_span_s);
    let hidden = match e.refused_at_most {
        most if most > e.refused => format!(", up to {} with retries that are not logged", words::count(most)),
        _ => String::new(),
    };
    let nouns = if is_network { ["failure", "failures"] } else { ["refusal", "refusals"] };
    let refusals = words::counted(e.refused, nouns[0], nouns[1]);
    let probes = words::counted(e.probes, "separate probe", "separate probes");
    match e.admitted {
        0 => format!("Blocked for at least {span}: {refusals} ({probes}{hidden}), none admitted."),
        n => format!("{} over {span} ({probes}{hidden}), with {} admitted in between.", refusals, words::count(n)),
    }
}

/// Whether requests failed on the way: then nobody refused them.
pub(crate) fn is_network(e: &Episode) -> bool {
    e.verdict.cause == Cause::Network.id()
}

/// What the estimates hold for: in an open verdict they are those of one cause each.
pub(crate) fn estimates_heading(e: &Episode) -> String {
    let is_open = e.verdict.between.is_some();
    let Estimates { concurrency_cap, window_quota, resets_at, window_kind, .. } = &e.estimates;
    let is_named = e.estimates.reset_source.as_deref().is_some_and(|s| s != "snapshot");
    let reset = resets_at.is_some() && !is_named;
    let of_window = window_quota.is_some() || reset || window_kind.is_some();
    match (is_open, concurrency_cap.is_some(), of_window) {
        (true, true, false) => "Estimates, if it was the concurrency cap".to_owned(),
        (true, false, true) => "Estimates, if it was a token window".to_owned(),
        (true, true, true) => "Estimates, for each cause if it was that one".to_owned(),
        _ => "Estimates".to_owned(),
    }
}

/// Figures behind the verdict: the prior, the group, and what was counted but not weighed.
pub(crate) fn figures(e: &Episode, weights: &WeightsUsed) -> Vec<Fact> {
    let mut all = Vec::new();
    let mut add = |label: &str, value: String| all.push(Fact { label: label.to_owned(), value });
    let first = e.verdict.between.iter().flatten().next().map_or(e.verdict.cause.as_str(), |b| b.cause.as_str());
    let measured = !e.verdict.too_few;
    if let (true, Some(prior), Some(share)) =
        (measured, weights.prior.get(first), e.causes.iter().find(|c| c.cause == first))
    {
        let name = Cause::from_id(first).map_or_else(|| first.to_owned(), |c| causes::limit(c, None));
        let (before, after) = (words::percent(*prior), words::percent(share.probability));
        add("probability", format!("{name}, prior {before}, with the evidence {after}"));
    }
    if let Some((name, share)) = group(e).filter(|_| measured) {
        add("group", format!("{name}, {}", words::percent(share)));
    }
    all.extend(e.facts.iter().cloned());
    all
}

/// What to do now, and what to change later.
pub(crate) fn advice(e: &Episode) -> [Vec<String>; 2] {
    let by_clock = e.outlook_by_clock.as_ref().map(|o| o.advice.clone());
    [by_clock.unwrap_or_else(|| e.advice.now.clone()), e.advice.later.clone()]
}

/// The small table that a support desk reads first: verdict, pool, instants, counts, figures.
pub(crate) fn particulars(e: &Episode, weights: &WeightsUsed, when: &When) -> Vec<Fact> {
    let mut rows =
        vec![("Verdict".to_owned(), words::verdict_and_word(&e.verdict)), ("Pool".to_owned(), e.pool.clone())];
    if let Some(meaning) = e.verdict.between.as_ref().and_then(|_| words::group(&e.verdict.group)) {
        rows.push(("Both".to_owned(), meaning.to_owned()));
    }
    for (name, time) in [
        ("Last admission before", &e.last_admission_before),
        ("First refusal", &e.first_refusal),
        ("Last refusal", &e.last_refusal),
        ("First admission after", &e.first_admission_after),
    ] {
        if let Some(stamp) = time {
            rows.push((name.to_owned(), localised(stamp, when, Style::Pasted)));
        }
    }
    rows.push(("Counted".to_owned(), span_and_counts(e, when)));
    if e.agents_total > 0 {
        rows.push(("Agents that waited".to_owned(), words::count(e.agents_total)));
    }
    rows.extend(figures(e, weights).into_iter().map(|f| (capital(&f.label), f.value)));
    rows.into_iter().map(|(label, value)| Fact { label, value }).collect()
}

/// The likeliest group of causes with its probability.
fn group(e: &Episode) -> Option<(&'static str, f64)> {
    let groups = [Group::AccountLevel, Group::Concurrency, Group::ShortRate, Group::Provider, Group::Client];
    let share = |g: Group| {
        let of_it = |id: &str| Cause::from_id(id).and_then(Cause::group) == Some(g);
        e.causes.iter().filter(|c| of_it(&c.cause)).map(|c| c.probability).sum::<f64>()
    };
    let best = groups.into_iter().map(|g| (g, share(g))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 > 0.0).then(|| (words::group_name(best.0), best.1))
}

/// What a format does not write down, `kimi-cli-log: the time zone`, as a sentence.
pub(crate) fn not_logged(not_logged: &str) -> String {
    match not_logged.split_once(": ") {
        Some((format, what)) if !format.contains(' ') => format!("{format} does not record: {what}."),
        _ => format!("Not recorded: {not_logged}."),
    }
}

/// What is wrong with the rows themselves, a sentence each.
pub(crate) fn defects(document: &Document) -> Vec<String> {
    let c = &document.coverage;
    let mut lines = Vec::new();
    if c.duplicates > 0 {
        lines.push(format!("{} merged.", words::counted(c.duplicates, "duplicate row was", "duplicate rows were")));
    }
    if c.unanswered > 0 {
        let n = words::counted(c.unanswered, "request has", "requests have");
        lines.push(format!("{n} no answer in these logs: neither admitted nor refused."));
    }
    if c.fidelity.inferred > 0 {
        let n = words::counted(c.fidelity.inferred, "request has", "requests have");
        lines.push(format!("{n} a computed start or end."));
    }
    lines
}

/// Estimates, each with its bounds.
pub(crate) fn estimates(e: &Episode, when: &When) -> Vec<String> {
    let Estimates { concurrency_cap, window_quota, window_quota_or, window_kind, resets_at, recovery_delay_s, .. } =
        &e.estimates;
    let mut lines = Vec::new();
    if let Some(cap) = concurrency_cap {
        let noun = if cap.high == Some(1) { "slot" } else { "slots" };
        lines.push(format!("Concurrency cap: {} {noun}.", words::bounds(cap)));
    }
    if let Some(rate) = rate_in_short(e) {
        lines.push(format!("Limit per minute: {rate}."));
    }
    if let Some(estimate) = window_quota {
        lines.push(match window_quota_or {
            None => format!("Quota of the window: {}{}.", quota(estimate), logs_begin(estimate)),
            Some(or) => {
                let either = format!("{} or {}{}", quota(estimate), quota(or), logs_begin(estimate));
                format!("Quota of the window: {either}; which of the two is counted is not known.")
            }
        });
    }
    let rolls = window_kind.as_deref() == Some("rolling");
    if let Some(resets_at) = resets_at.as_deref().filter(|_| rolls) {
        // Of a rolling window a reset is only the next return of a part.
        lines.push(format!("The reset that was named for it: {}.", when.second(resets_at)));
    } else if let Some(resets_at) = resets_at {
        let is_past = e.first_admission_after.as_deref().and_then(|a| seconds_between(resets_at, a));
        let resets = if is_past.is_some_and(|s| s >= 0.0) { "was to reset" } else { "resets" };
        let what = if is_of_window(e) { "window" } else { "limit" };
        lines.push(format!("The {what} {resets} at {}{}.", when.second(resets_at), zone_of_reset(e)));
    }
    if let Some(grid) = window_kind.as_deref().filter(|k| *k == "fixed").and_then(|_| grid(e, when)) {
        lines.push(grid);
    } else if let Some(kind) = window_kind.as_deref().and_then(kind_of_window) {
        lines.push(kind.to_owned());
    }
    if let Some(delay) = recovery_delay_s.as_ref().filter(|_| !rolls) {
        lines.push(format!(
            "From the reset to the first admission: {} to {}.",
            words::duration(delay.low),
            words::duration(delay.high)
        ));
    }
    lines
}

/// Whether the reset is that of a token window.
fn is_of_window(e: &Episode) -> bool {
    let window = Cause::TokenWindow.id();
    let by_snapshot = e.estimates.reset_source.as_deref() == Some("snapshot");
    by_snapshot || e.verdict.cause == window || e.verdict.between.iter().flatten().any(|b| b.cause == window)
}

/// How the zone of a named time is known, where its text does not say.
pub(crate) fn zone_of_reset(e: &Episode) -> &'static str {
    match e.estimates.reset_zone.as_deref() {
        Some("assumed") => "; the text names no zone, UTC is assumed (--log-tz names another)",
        Some("provider") => ", in the zone that this provider was seen to use",
        Some("log") => "; the text names no zone, that of the log is taken",
        _ => "",
    }
}

/// `971,000 tokens (946,000 to 982,000)`, `at least 946,000 tokens`.
fn quota(q: &Quota) -> String {
    let b = words::rounded(&Bounds { low: q.low, best: q.best, high: q.high });
    match (b.high, b.best) {
        (Some(_), Some(best)) if b.high != Some(b.low) => {
            let high = words::count(b.high.unwrap_or(best));
            format!("{} {} ({} to {high})", words::count(best), q.unit, words::count(b.low))
        }
        (None, _) if b.low == 0 => format!("not known in {}", q.unit),
        _ => format!("{} {}", words::bounds(&b), q.unit),
    }
}

/// `; these logs start 55 min before the block`, where what was used before them is not known.
fn logs_begin(q: &Quota) -> String {
    let describe = |s| format!("; these logs start {} before the block", words::duration(s));
    q.logs_begin_s.map(describe).unwrap_or_default()
}

/// The quota in short: `at least 946,000 tokens or 45 requests per window`.
pub(crate) fn quota_in_short(e: &Episode) -> Option<String> {
    let bounded = |q: &Quota| {
        let Bounds { low, high, .. } = words::rounded(&Bounds { low: q.low, best: q.best, high: q.high });
        match high {
            Some(high) if high == low => format!("{} {}", words::count(low), q.unit),
            Some(high) => format!("{} to {} {}", words::count(low), words::count(high), q.unit),
            None => format!("{} {}", words::count(low), q.unit),
        }
    };
    let first = e.estimates.window_quota.as_ref().filter(|q| q.low > 0)?;
    let other = e.estimates.window_quota_or.as_ref().filter(|q| q.low > 0);
    let at_least = if first.high.is_none() { "at least " } else { "" };
    let or = other.map(|q| format!(" or {}", bounded(q))).unwrap_or_default();
    Some(format!("{at_least}{}{or} per window{}", bounded(first), logs_begin(first)))
}

/// The limit per minute: `38 to 41 requests a minute`, `128,000 tokens a minute`.
pub(crate) fn rate_in_short(e: &Episode) -> Option<String> {
    let rate = e.estimates.rate_per_minute.as_ref()?;
    let bounds = Bounds { low: rate.low, best: rate.best, high: rate.high };
    // Rounded bounds lie further apart; a number that a text names stays as it is.
    let bounds = if bounds.high == Some(bounds.low) { bounds } else { words::rounded(&bounds) };
    let Bounds { low, high, .. } = bounds;
    let span = match high {
        Some(high) if high > low => format!("{} to {}", words::count(low), words::count(high)),
        Some(_) => words::count(low),
        None => format!("at least {}", words::count(low)),
    };
    Some(format!("{span} {} a minute", rate.unit))
}

/// `; the window is fixed: it resets every 5 h`.
pub(crate) fn fixed_every(e: &Episode) -> Option<String> {
    let length_s = f64::from(e.verdict.window_minutes?) * 60.0;
    Some(format!("; the window is fixed: it resets every {}", words::duration(length_s)))
}

/// The phase of a fixed window, as the reset after the one that is known.
fn grid(e: &Episode, when: &When) -> Option<String> {
    let length_s = f64::from(e.verdict.window_minutes?) * 60.0;
    let next = Time::parse_rfc3339(e.estimates.resets_at.as_deref()?)?.plus(length_s);
    Some(format!(
        "The window is fixed: it resets every {}, the next time at {}, however it was used.",
        words::duration(length_s),
        when.second(&next.rfc3339())
    ))
}

fn kind_of_window(kind: &str) -> Option<&'static str> {
    match kind {
        "fixed" => Some("The window is fixed: it resets at set times, however it was used."),
        "rolling" => Some("The window rolls: what was used comes back bit by bit."),
        "first_use" => Some("The window opens with the first request after the last one ended."),
        "unknown" => Some("These logs cannot show whether the window is fixed or rolling."),
        _ => None,
    }
}

/// Where the points come from.
pub(crate) fn weights_used(w: &WeightsUsed) -> String {
    format!("{} (Table in use: {}, {}.)", w.note, w.name, w.version)
}

/// The confidence words that the report used, each explained once.
pub(crate) fn words_used(episodes: &[Episode]) -> Vec<String> {
    let is_shown =
        |word: &str| episodes.iter().any(|e| e.verdict.confidence == word && e.verdict.cause != Cause::Idle.id());
    let words = ["confirmed", "supported", "compatible"].into_iter().filter(|w| is_shown(w));
    words.filter_map(|w| Some(format!("{w} = {}", words::word_means(w)?))).collect()
}

/// What was looked at, in one sentence.
pub(crate) fn looked_at(document: &Document, when: &When) -> String {
    let c = &document.coverage;
    let unknown = document.inputs.iter().filter(|i| i.kind == "unknown").count() as u64;
    let files = document.inputs.len() as u64 - unknown;
    let hidden = if c.refused_at_most > c.refused {
        format!(" (up to {} with retries that are not logged)", words::count(c.refused_at_most))
    } else {
        String::new()
    };
    let mut text = format!(
        "{}, {}: {} admitted, {} refused{hidden}, {}",
        words::counted(files, "file", "files"),
        words::counted(c.attempts, "request", "requests"),
        words::count(c.admitted),
        words::count(c.refused),
        if c.agents == 0 {
            "agents not named".to_owned()
        } else {
            format!("by {}", words::counted(c.agents, "agent", "agents"))
        },
    );
    if let (Some(from), Some(to)) = (&c.from, &c.to) {
        let day = when.on_day_of(from);
        text.push_str(&format!(", {} {} to {} {}", when.day(from), day.minute(from), day.minute(to), when.zone()));
    }
    text.push('.');
    if c.snapshots > 0 {
        text.push_str(&format!(" {}", words::counted(c.snapshots, "usage snapshot", "usage snapshots")));
        if c.snapshots_unassigned > 0 && c.attempts > 0 {
            text.push_str(&format!(", {} of no pool seen here and not used", words::count(c.snapshots_unassigned)));
        }
        text.push('.');
    }
    if unknown > 0 {
        text.push_str(&format!(" {} of no known format left out.", words::counted(unknown, "file", "files")));
        let is_log = |i: &&crate::document::Input| i.problems.iter().any(|p| p.reason.starts_with(LOOKS_LIKE_LOG));
        let logs: Vec<&str> = document.inputs.iter().filter(is_log).map(|i| i.path.as_str()).collect();
        if !logs.is_empty() {
            let named = &logs[..logs.len().min(LOGS_NAMED)];
            let more = logs.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!(" Of these, the following look like logs: {}{more}.", named.join(", ")));
        }
    }
    text
}

/// Files of no known format that look like logs: so many are named, the rest is counted.
const LOGS_NAMED: usize = 8;

/// A problem of an input in one line: `kimi.log:12: reason (3 times)`.
pub fn problem(path: &str, p: &crate::document::InputProblem) -> String {
    let line = if p.line > 0 { format!(":{}", p.line) } else { String::new() };
    let times = if p.count > 1 { format!(" ({} times)", p.count) } else { String::new() };
    format!("{path}{line}: {}{times}", p.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_quota_says_its_unit_before_its_bounds() {
        let show = |low, best, high| {
            let Bounds { low, best, high } = Bounds::of(low, best, high);
            quota(&Quota { unit: "tokens".to_owned(), low, best, high, logs_begin_s: None })
        };
        assert_eq!(show(5, 5, Some(5)), "5 tokens");
        assert_eq!(show(95, 100, Some(105)), "100 tokens (95 to 105)");
        assert_eq!(show(4, 5, Some(6)), "4 to 6 tokens");
        assert_eq!(show(5, 7, None), "at least 5 tokens");
        assert_eq!(show(0, 5, None), "not known in tokens");
        assert_eq!(show(9_461_234, 9_712_345, None), "at least 9,460,000 tokens");
    }

    #[test]
    fn a_rolling_window_comes_back_bit_by_bit_and_not_at_a_reset() {
        let document = sample::thread();
        let when = When::of(&document);
        let mut e = document.episodes[0].clone();
        e.estimates.window_kind = Some("fixed".to_owned());
        assert!(estimates(&e, &when).iter().any(|l| l.starts_with("From the reset to the first admission")));
        e.estimates.window_kind = Some("rolling".to_owned());
        let lines = estimates(&e, &when);
        assert!(lines.iter().any(|l| l.starts_with("The window rolls")), "{lines:?}");
        assert!(!lines.iter().any(|l| l.contains("From the reset") || l.contains("was to reset")), "{lines:?}");
    }

    #[test]
    fn a_log_without_agents_does_not_count_none_of_them() {
        let mut document = sample::thread();
        let when = When::of(&document);
        assert!(looked_at(&document, &when).contains(", by "));
        document.coverage.agents = 0;
        assert!(looked_at(&document, &when).contains(", agents not named"), "{}", looked_at(&document, &when));
    }
}
