//! `report.md` of a pack: short enough for a form, whole enough to be read alone.
//!
//! Its first lines are what a support desk asks for: what failed, when, with which client and message, the request ids, and
//! the question. What no log holds is marked to be filled in. Evidence that does not fit stands in the files beside it.

use super::questions;
use crate::document::chart::{Flag, Message};
use crate::document::{Document, Episode, Evidence};
use crate::model::Cause;
use crate::privacy::escape;
use crate::report::meaning::strongest;
use crate::report::paths::Paths;
use crate::report::{strip, terminal};
use crate::signals::catalogue;
use crate::wording::clock::{Style, localised};
use crate::wording::evidence::meaning;
use crate::wording::when::When;
use crate::wording::{figures, words};
use crate::{causes, formats};

/// Forms and forums take this much.
pub const MOST_CHARS: usize = 4_000;

/// Columns of the picture: a forum shows as many without scrolling.
const STRIP_COLUMNS: usize = 66;
/// Columns for a path.
const PATH_COLUMNS: usize = 60;
/// From this leverage on evidence for another cause is worth naming, as on the screen.
const WORTH: f64 = 0.3;
/// Below this an item does not tell causes apart.
const TELLS: f64 = 0.05;

/// How much is told; each one is shorter than the one before.
#[derive(Clone, Copy)]
struct Level {
    reasons: usize,
    against: usize,
    snapshots: usize,
    others: usize,
    picture: bool,
    longest: usize,
}

const LEVELS: [Level; 5] = [
    Level { reasons: 3, against: 3, snapshots: 6, others: 6, picture: true, longest: 600 },
    Level { reasons: 3, against: 2, snapshots: 4, others: 4, picture: true, longest: 300 },
    Level { reasons: 3, against: 1, snapshots: 2, others: 2, picture: true, longest: 240 },
    Level { reasons: 2, against: 1, snapshots: 1, others: 1, picture: false, longest: 200 },
    Level { reasons: 1, against: 0, snapshots: 0, others: 0, picture: false, longest: 120 },
];

/// The text.
pub fn render(document: &Document) -> String {
    of_left(&document.clone().shared())
}

/// The text of a document that may leave already.
pub fn of_left(document: &Document) -> String {
    let fits = |text: &String| text.chars().count() < MOST_CHARS;
    let mut shortest = String::new();
    for level in LEVELS {
        shortest = at(document, level);
        if fits(&shortest) {
            return shortest;
        }
    }
    // Hostile texts only: what is cut is said.
    let cut: String = shortest.chars().take(MOST_CHARS - 60).collect();
    format!("{cut}\n\n(cut here; the rest is in report.html)\n")
}

fn text(text: &str, longest: usize) -> String {
    let short: String = match text.char_indices().nth(longest) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    };
    escape::markdown(&short).replace('\u{a0}', " ")
}

fn at(document: &Document, level: Level) -> String {
    let when = When::of(document);
    let worst = document.verdict.episode.as_deref().and_then(|id| document.episodes.iter().find(|e| e.id == id));
    let Some(e) = worst else {
        let mut out = format!("### {}\n\n", text(&terminal::verdict(document, &when), 600));
        out.push_str(&format!("{}\n", text(&figures::looked_at(document, &when), level.longest)));
        return out;
    };
    let within = when.within(e);
    let paths = Paths::of(document, PATH_COLUMNS);
    let mut out = format!("### {}\n\n", text(&title(document, e), 600));
    if e.tells_its_end() {
        out.push_str(&format!("**{}**\n\n", text(&terminal::still_running(e, document, &when), level.longest)));
    }
    for line in first_lines(document, e, level) {
        out.push_str(&format!("{line}  \n"));
    }
    out.push('\n');
    if level.picture {
        picture(&mut out, e, &within);
    }
    reasons(&mut out, e, &within, &paths, level);
    snapshots(&mut out, e, level);
    others(&mut out, document, e, &when, level);
    out.push_str(&what_this_is(document));
    out
}

/// `HTTP 429 for 56 min on 2026-03-03, 16:19:58 to 17:15:36 UTC: 5-hour token window used up (confirmed, 98 %)`.
fn title(document: &Document, e: &Episode) -> String {
    let utc = When::utc();
    let status = messages(e).first().and_then(|m| m.status);
    let what = match status {
        Some(status) => format!("HTTP {status}"),
        None if figures::is_network(e) => "Failed requests".to_owned(),
        None => "Refused requests".to_owned(),
    };
    let span = |when: &When| {
        let day = when.on_day_of(&e.from);
        let to = if e.from == e.to { String::new() } else { format!(" to {}", day.second(&e.to)) };
        format!("{}{to}", day.second(&e.from))
    };
    let local = When::of(document);
    let here = if local.zone() == utc.zone() { String::new() } else { format!(" ({} {})", span(&local), local.zone()) };
    let lasted = if e.from == e.to { String::new() } else { format!(" for {}", words::duration(e.proven_span_s)) };
    format!("{what}{lasted} on {}, {} UTC{here}: {}", utc.day(&e.from), span(&utc), outcome(e))
}

/// `5-hour token window used up (confirmed, 98 %)`.
fn outcome(e: &Episode) -> String {
    let v = &e.verdict;
    if v.between.is_some() {
        return words::verdict(v);
    }
    let cause = match Cause::from_id(&v.cause) {
        Some(Cause::TokenWindow) => format!("{} used up", causes::named_limit(Cause::TokenWindow, v.window_minutes)),
        _ => words::cause_in_short(v),
    };
    format!("{cause} ({}, {})", v.confidence, words::certainty(v))
}

fn messages(e: &Episode) -> &[Message] {
    e.chart.as_ref().map(|c| c.messages.as_slice()).unwrap_or_default()
}

/// What a support desk asks for first.
fn first_lines(document: &Document, e: &Episode, level: Level) -> Vec<String> {
    let pool = document.pools.iter().find(|p| p.id == e.pool);
    let provider = catalogue().provider(e.provider());
    let mut lines = vec![format!("Plan [fill in] · {} · {}", clients(document), models(pool))];
    let host = provider.and_then(|p| p.hosts.first().filter(|_| p.hosts.len() == 1));
    lines.push(match host {
        Some(host) => format!(
            "Endpoint {} [region: fill in] · authentication: [fill in]",
            text(host.trim_end_matches(['*', '/']), 80)
        ),
        None => "Endpoint [fill in] · authentication: [fill in]".to_owned(),
    });
    lines.push(match pool.map(|p| p.account.as_str()).filter(|a| *a != "-") {
        Some(account) => format!("Account {} [fill in your id]", text(account, 60)),
        None => "Account [fill in your id]".to_owned(),
    });
    let refused = words::count(e.refused);
    for m in messages(e) {
        let (quoted_text, hidden) = (text(&m.text, level.longest), m.text.matches('…').count());
        let kind = m.kind.iter().map(|k| text(k, 80)).chain(m.status.map(|s| format!("HTTP {s}")));
        let kind: Vec<String> = kind.collect();
        let left_out = if hidden > 0 { format!("; {hidden} left out as names (…)") } else { String::new() };
        let said = if quoted_text.is_empty() { "no text".to_owned() } else { format!("\"{quoted_text}\"") };
        lines.push(format!(
            "Exact message, {} of {refused}: {said} ({}{left_out})",
            words::count(m.count),
            kind.join(", ")
        ));
    }
    if let Some(reset) = e.estimates.resets_at.as_deref() {
        let of = match e.estimates.reset_source.as_deref() {
            Some("snapshot") => "usage snapshot",
            Some("text") => "error text",
            _ => "Retry-After header",
        };
        lines.push(format!("Reset announced: {} UTC ({of})", When::utc().on_day_of(&e.from).second(reset)));
    }
    lines.push(request_ids(e));
    let asked = questions::open(e);
    if !asked.is_empty() && !questions::is_own_side(e) {
        let first: Vec<String> = asked.iter().take(2).map(|q| text(q, level.longest)).collect();
        lines.push(format!("We ask: {}", first.join(" ")));
    }
    lines.into_iter().map(|l| l.replace('\u{a0}', " ")).collect()
}

/// The programs that wrote the logs, with the versions whose logs look so.
fn clients(document: &Document) -> String {
    let ids: std::collections::BTreeSet<&str> = document.inputs.iter().filter_map(|i| i.format.as_deref()).collect();
    let mut programs: Vec<&str> = Vec::new();
    for id in ids.into_iter().filter(|id| *id != "canonical") {
        let Some(info) = formats::infos().find(|i| i.id == id) else { continue };
        let program = info.program.split(" (").next().unwrap_or_default().split(|c: char| c.is_ascii_digit()).next();
        let program = program.unwrap_or_default().trim();
        if !program.is_empty() && !programs.contains(&program) {
            programs.push(program);
        }
    }
    match programs.len() {
        0 => "client [fill in], OS [fill in]".to_owned(),
        _ => format!("{} [version: fill in], OS [fill in]", programs.join(", ")),
    }
}

fn models(pool: Option<&crate::document::Pool>) -> String {
    let models = pool.map(|p| p.models.as_slice()).unwrap_or_default();
    match models {
        [] => "model [fill in]".to_owned(),
        [one] => format!("model {}", text(one, 80)),
        [one, rest @ ..] => format!("models {} and {} more", text(one, 80), rest.len()),
    }
}

/// The first and the last request id, and how many more stand in the table.
fn request_ids(e: &Episode) -> String {
    let Some(chart) = e.chart.as_ref().filter(|c| !c.request_ids.is_empty()) else {
        return "Request ids: these logs hold none; the times above find them".to_owned();
    };
    let first = escape::markdown_code(&chart.request_ids[0].id);
    let last = &chart.request_ids[chart.request_ids.len() - 1];
    let rest = chart.with_id.saturating_sub(2);
    let more = if rest > 0 { format!(", {} more in timeline.csv", words::count(rest)) } else { String::new() };
    match chart.request_ids.len() {
        1 => format!("Request id: {first}"),
        _ => format!("Request ids: {first} (first), {} (last){more}", escape::markdown_code(&last.id)),
    }
}

fn picture(out: &mut String, e: &Episode, when: &When) {
    let Some(picture) = strip::draw(e, when, STRIP_COLUMNS, 0) else { return };
    let column = words::duration(picture.column_s).replace('\u{a0}', " ");
    out.push_str(&format!("```text\n{}, {}, one column = {column}\n", when.day(&e.from), when.zone()));
    for row in picture.rows {
        let line = format!("{:<10}{}  {}", row.label, row.cells, row.note);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("```\n\n");
}

fn piece(x: &Evidence, when: &When, paths: &Paths, level: Level) -> String {
    let (cited, rest) = paths.cited(&x.sources, 1);
    let more = if rest > 0 { format!(" +{rest}") } else { String::new() };
    let sources: Vec<String> = cited.iter().map(|s| escape::markdown_code(s)).collect();
    let means = meaning(&x.kind, &x.bin).map(|m| format!(" {m}")).unwrap_or_default();
    let fact = text(&localised(&x.statement, when, Style::Below), level.longest);
    format!("- {fact}{means} {}{more}\n", sources.join(", "))
}

/// The strongest reasons, and what points to another cause.
fn reasons(out: &mut String, e: &Episode, when: &When, paths: &Paths, level: Level) {
    let (why, other) = match e.verdict.between.as_deref() {
        Some([first, second, ..]) => (
            format!("Points to: {}", words::between_name(first)),
            format!("Points to: {}", words::between_name(second)),
        ),
        _ => ("Why".to_owned(), "What points to another cause".to_owned()),
    };
    let least = if e.verdict.between.is_some() { TELLS } else { WORTH };
    let lists = [
        (why, strongest(e, |x| x.leverage, TELLS), level.reasons),
        (other, strongest(e, |x| -x.leverage, least), level.against),
    ];
    for (heading, found, most) in lists {
        out.push_str(&format!("**{}**\n\n", text(&heading, 120)));
        for x in found.iter().take(most) {
            out.push_str(&piece(x, when, paths, level));
        }
        if found.is_empty() {
            out.push_str("- nothing of weight in these logs\n");
        }
        out.push('\n');
    }
}

/// The usage snapshots of the picture as a table.
fn snapshots(out: &mut String, e: &Episode, level: Level) {
    let flags = e.chart.as_ref().map(|c| c.flags.as_slice()).unwrap_or_default();
    if flags.is_empty() || level.snapshots == 0 {
        return;
    }
    let utc = When::utc().on_day_of(&e.from);
    let window = |f: &Flag| -> Vec<String> {
        let left = |share: Option<f64>| share.map_or("?".to_owned(), words::share);
        let reset =
            |at: &Option<String>| at.as_deref().map(|at| format!(", resets {}", utc.second(at))).unwrap_or_default();
        f.windows
            .iter()
            .map(|w| {
                format!(
                    "{}: {} left{}",
                    causes::window_name(w.window_minutes),
                    left(w.remaining_share),
                    reset(&w.resets_at)
                )
            })
            .collect()
    };
    out.push_str("| Snapshot (UTC) | Windows |\n|---|---|\n");
    for f in flags.iter().take(level.snapshots) {
        out.push_str(&format!(
            "| {} | {} |\n",
            text(&utc.second(&f.at), 40),
            text(&window(f).join("; "), level.longest)
        ));
    }
    out.push('\n');
}

/// The other episodes, a line each.
fn others(out: &mut String, document: &Document, leading: &Episode, when: &When, level: Level) {
    let others: Vec<&Episode> =
        document.episodes.iter().filter(|e| e.id != leading.id && e.verdict.cause != Cause::Idle.id()).collect();
    if others.is_empty() {
        return;
    }
    out.push_str("**Other episodes**\n\n");
    for e in others.iter().take(level.others) {
        let from = format!("{} {}", when.day(&e.from), when.on_day_of(&e.from).second(&e.from));
        let line = format!("{}: {}, from {from}", e.id, words::verdict_and_word(&e.verdict));
        out.push_str(&format!("- {}\n", text(&line, level.longest)));
    }
    if others.len() > level.others {
        out.push_str(&format!("- {} more, in report.html\n", others.len() - level.others));
    }
    out.push('\n');
}

/// One paragraph for whoever gets the pack.
fn what_this_is(document: &Document) -> String {
    format!(
        "**What this file is.** {} {} read the client's own logs and judged which limit refused the requests; names are \
         pseudonyms. *Admitted*: the provider took the request. *Refused*: it did not serve it. *Separate probe*: refusals \
         within 20 s counted once. *Confirmed*: at least 90 %, and the provider named the limit or a snapshot showed it used \
         up; *supported*: at least 90 %, from behaviour; *compatible*: the best fit, not proven. *Usage snapshot*: the saved \
         answer of the provider's usage page. Beside it: report.html (all evidence), timeline.csv (every attempt), \
         questions.md (all questions), report.json, SHA256SUMS.\n",
        text(&document.tool.name, 40),
        text(&document.tool.version, 40),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_story_fits_a_form_and_begins_with_its_verdict() {
        for (name, document) in sample::all() {
            let out = render(&document);
            assert!(out.chars().count() < MOST_CHARS, "{name}: {}", out.chars().count());
            assert!(out.starts_with("### ") && !out.contains("acct0"), "{name}");
        }
    }

    #[test]
    fn it_fits_whatever_a_log_says() {
        let mut document = sample::thread();
        document.verdict.sentence = "| `*".repeat(4_000);
        for x in &mut document.episodes[0].evidence {
            x.statement = "<>\"".repeat(3_000);
        }
        let out = render(&document);
        assert!(out.chars().count() < MOST_CHARS && out.contains('…'), "{out}");
    }
}
