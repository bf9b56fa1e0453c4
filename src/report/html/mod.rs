//! One HTML file: the verdict first, the picture, the evidence, what to do, how it was read.
//!
//! In: the document, with its charts ([`crate::pipeline::Options::charts`]). Out: HTML that needs no script and no
//! network; its one script, named by its hash, shows numbers under the pointer and copies the ticket. What always holds: accounts are pseudonyms; every text reaches the template as `Shown` and is escaped by it;
//! pictures come from `svg.rs`, which escapes its own labels; the file stays below [`MOST_BYTES`] however long the log is.

mod described;
mod figure;
mod frame;
mod overview;
mod panels;
mod scale;
mod svg;
#[cfg(test)]
mod tests;

use askama::Template;

use crate::document::{Document, Episode, Evidence};
use crate::model::Cause;
use crate::privacy::escape;
use crate::report::paths::Paths;
use crate::report::sorted::{self, Mark};
use crate::report::terminal;
use crate::wording::clock::{Style, localised};
use crate::wording::when::{When, seconds_between};
use crate::wording::{figures, words};
use frame::Page;

/// The file is never larger; what does not fit is counted.
pub const MOST_BYTES: usize = 400_000;
/// From this size on no further picture is drawn.
const PICTURES_BYTES: usize = 250_000;
/// Episodes told in full.
const IN_FULL: usize = 8;
/// Incidents in the table.
const INCIDENTS: usize = 60;
/// Inputs shown openly, and in all.
const INPUTS: [usize; 2] = [10, 300];
/// Problems shown.
const PROBLEMS: usize = 40;
/// Sources named for one evidence; the rest are counted.
const SOURCES: usize = 4;
/// Columns for a path.
const PATH_COLUMNS: usize = 56;
/// The script of the page, and what the page's policy knows it by: any other script does not run.
const SCRIPT: &str = include_str!("../../../templates/report.js");
/// See [`SCRIPT`]; a test computes it.
const SCRIPT_SHA256: &str = "iQ4P7+Fov6qHW1nIxtxnkhcqltsKcl9hSfS1rrQA1nY=";
/// Longest text that is shown whole, in characters: a sentence of ours is shorter, a hostile one is cut.
const LONGEST: usize = 1_200;

/// A text without characters that hide or reorder others, not too long. The template escapes what HTML acts on.
#[derive(Debug, Clone)]
pub(crate) struct Shown(String);

impl Shown {
    fn of(text: &str) -> Self {
        let visible = escape::terminal(text);
        match visible.char_indices().nth(LONGEST) {
            Some((cut, _)) => Self(format!("{}…", &visible[..cut])),
            None => Self(visible.into_owned()),
        }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn shown<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Vec<Shown> {
    texts.into_iter().map(|t| Shown::of(t.as_ref())).collect()
}

/// Label and value.
struct Pair {
    label: Shown,
    value: Shown,
}

/// One evidence.
struct Piece {
    id: Shown,
    statement: Shown,
    strength: Shown,
    sources: Vec<Shown>,
    more: usize,
}

/// One list of evidence.
struct Weighed {
    heading: Shown,
    class: &'static str,
    pieces: Vec<Piece>,
    /// Those that a page does not show openly.
    folded: Vec<Piece>,
}

/// An episode told in full.
struct EpisodePage {
    id: Shown,
    heading: Shown,
    sentence: Option<Shown>,
    key: Vec<Pair>,
    /// Markup made by `svg.rs`: for a wide page, for a narrow one.
    pictures: Option<[String; 2]>,
    whole: Option<[String; 2]>,
    caption: Shown,
    table: Vec<described::Row>,
    facts: Vec<Pair>,
    weighed: Vec<Weighed>,
    missing: Vec<Shown>,
    estimates_heading: Shown,
    estimates: Vec<Shown>,
    now: Vec<Shown>,
    later: Vec<Shown>,
}

/// A row of the table of incidents.
struct Row {
    /// Ids, with whether the page tells them in full.
    episodes: Vec<(Shown, bool)>,
    more: usize,
    began: Shown,
    lasted: Shown,
    waited: Shown,
    what: Shown,
}

/// A file that was read.
struct File {
    path: Shown,
    format: Shown,
    bytes: Shown,
    attempts: Shown,
    sha256: Option<Shown>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Html {
    title: Shown,
    script: &'static str,
    script_sha256: &'static str,
    ticket: Option<Shown>,
    /// The report as JSON that cannot end its element; none where it would be too large.
    json: Option<String>,
    verdict: Shown,
    kicker: Shown,
    counts: Vec<Shown>,
    running: Vec<Shown>,
    episode_pages: Vec<EpisodePage>,
    incidents: Vec<Row>,
    incidents_left: usize,
    incidents_heading: Shown,
    hides_first: Vec<Shown>,
    looked_at: Shown,
    read: Vec<Shown>,
    problems: Vec<Shown>,
    problems_left: usize,
    redacted: Vec<Pair>,
    files: Vec<File>,
    files_folded: Vec<File>,
    files_left: usize,
    hashed: bool,
    unmasked: bool,
    tool: Shown,
    zone: Shown,
}

/// The report as one HTML file.
///
/// # Errors
/// When the template fails, which writing to memory does not.
pub fn render(document: &Document) -> Result<String, askama::Error> {
    let document = document.clone().shared();
    let json =
        crate::report::json::render(&document).ok().filter(|text| text.len() < MOST_BYTES).map(|text| as_data(&text));
    let ticket = ticket(&document);
    let text = page(&document, IN_FULL, ticket.clone(), json)?;
    if text.len() <= MOST_BYTES {
        return Ok(text);
    }
    // The JSON goes first; texts of a hostile log may be many and long: then the verdict's episode alone.
    let text = page(&document, IN_FULL, ticket.clone(), None)?;
    if text.len() <= MOST_BYTES { Ok(text) } else { page(&document, 1, ticket, None) }
}

/// JSON that can stand in an element of a page: nothing in it ends the element, and nothing is hidden.
fn as_data(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '<' | '>' | '&') || (c != '\n' && escape::is_hidden(c)) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// `why429: 5-hour token window, 2026-03-03`.
fn title(document: &Document, when: &When) -> String {
    let worst = document.verdict.episode.as_deref().and_then(|id| document.episodes.iter().find(|e| e.id == id));
    match worst {
        Some(e) => format!("why429: {}, {}", words::cause_in_short(&e.verdict), when.day(&e.from)),
        None => "why429: nothing refused".to_owned(),
    }
}

/// The short report of the pack, to be copied.
fn ticket(document: &Document) -> Option<Shown> {
    document.verdict.episode.as_ref()?;
    // It is shorter than a form takes, so nothing of it is cut here.
    let text = crate::report::ticket::brief::of_left(document);
    let lines: Vec<String> = text.lines().map(|line| escape::terminal(line).into_owned()).collect();
    Some(Shown(lines.join("\n")))
}

fn page(
    document: &Document,
    in_full: usize,
    ticket: Option<Shown>,
    json: Option<String>,
) -> Result<String, askama::Error> {
    let when = When::of(document);
    let paths = Paths::of(document, PATH_COLUMNS);
    let view = View { document, when: &when, paths: &paths };
    let episode_pages = document.blocked_by_cost();
    let many = episode_pages.len() > 1;
    let mut drawn = 0;
    let episode_pages: Vec<EpisodePage> = episode_pages
        .into_iter()
        .take(in_full)
        .enumerate()
        .map(|(i, e)| {
            let one = episode(e, &view, i == 0, drawn < PICTURES_BYTES);
            drawn += one.pictures.iter().flatten().map(String::len).sum::<usize>();
            one
        })
        .collect();
    let running = document.episodes.iter().filter(|e| e.tells_its_end());
    let (incidents, incidents_left) = if many { incidents(&view, &episode_pages) } else { (Vec::new(), 0) };
    let problems: Vec<String> = problems(&view);
    let mut files: Vec<File> = document.inputs.iter().take(INPUTS[1]).map(|i| file(i, &paths)).collect();
    let files_folded = files.split_off(files.len().min(INPUTS[0]));
    Html {
        title: Shown::of(&title(document, &when)),
        script: SCRIPT,
        script_sha256: SCRIPT_SHA256,
        ticket,
        json,
        verdict: Shown::of(&terminal::verdict(document, &when)),
        kicker: Shown::of(&kicker(document, &when)),
        counts: shown(terminal::counts(document, &when)),
        running: shown(running.take(IN_FULL).map(|e| terminal::still_running(e, document, &when))),
        episode_pages,
        incidents_heading: Shown::of(&words::counted(document.incidents.len() as u64, "incident", "incidents")),
        incidents,
        incidents_left,
        hides_first: if document.verdict.cause.is_none() { shown(&document.not_logged) } else { Vec::new() },
        looked_at: Shown::of(&figures::looked_at(document, &when)),
        read: shown(read(&view)),
        problems_left: problems.len().saturating_sub(PROBLEMS),
        problems: shown(problems.into_iter().take(PROBLEMS)),
        redacted: redacted(document),
        unmasked: document.unmasked,
        hashed: document.inputs.iter().any(|i| i.sha256.is_some()),
        files,
        files_folded,
        files_left: document.inputs.len().saturating_sub(INPUTS[1]),
        tool: Shown::of(&format!("{} {}", document.tool.name, document.tool.version)),
        zone: Shown::of(&when.zone()),
    }
    .render()
}

/// What the parts share.
struct View<'d> {
    document: &'d Document,
    when: &'d When,
    paths: &'d Paths,
}

/// The line above the verdict: day and pools.
fn kicker(document: &Document, when: &When) -> String {
    let day = document.coverage.from.as_deref().map(|from| {
        let (first, last) = (when.day(from), document.coverage.to.as_deref().map(|to| when.day(to)));
        last.filter(|l| *l != first).map_or_else(|| first.clone(), |l| format!("{first} to {l}"))
    });
    let pools = match document.pools.as_slice() {
        [] => None,
        [one] => Some(one.id.clone()),
        many => Some(words::counted(many.len() as u64, "pool", "pools")),
    };
    day.into_iter().chain(pools).collect::<Vec<_>>().join(" · ")
}

fn pair(label: &str, value: &str) -> Pair {
    Pair { label: Shown::of(label), value: Shown::of(value) }
}

/// The few figures that stand beside the verdict.
fn key(e: &Episode, when: &When) -> Vec<Pair> {
    let mut all = vec![pair("Limit", &words::verdict(&e.verdict))];
    all.push(pair("How sure", &words::how_sure(&e.verdict)));
    if e.kind == "refused" && e.refused > 1 {
        let what = if e.admitted == 0 { "all refused" } else { "some admitted" };
        all.push(pair("Proven", &format!("{}, {what}", words::duration(e.proven_span_s))));
    }
    if let Some(reset) = &e.estimates.resets_at {
        all.push(pair("Reset", &when.second(reset)));
    }
    match &e.first_admission_after {
        Some(after) if e.kind == "refused" => all.push(pair("Admitted again", &when.second(after))),
        None if e.kind == "refused" => all.push(pair("Ended", "not in this log")),
        _ => {}
    }
    all
}

fn episode(e: &Episode, view: &View<'_>, first: bool, draws: bool) -> EpisodePage {
    let when = view.when.within(e);
    let below = |texts: &[String]| shown(texts.iter().map(|t| localised(t, &when, Style::Below)));
    let both = |draw: &dyn Fn(Page) -> Option<String>| Some([draw(Page::Wide)?, draw(Page::Narrow)?]);
    let [now, later] = figures::advice(e).map(|list| below(&list));
    let lists = sorted::lists(e);
    EpisodePage {
        id: Shown::of(&e.id),
        heading: Shown::of(&format!("Episode {} on {}", e.id, when.day(&e.from))),
        sentence: (!first).then(|| Shown::of(&localised(&e.sentence, &when, Style::Below))),
        key: key(e, &when),
        pictures: if draws { both(&|page| figure::draw(e, &when, page)) } else { None },
        whole: if first { both(&|page| overview::draw(view.document, e, view.when, page)) } else { None },
        caption: Shown::of(&caption(e)),
        table: described::table(e, &when),
        facts: figures::particulars(e, &view.document.weights, &when)
            .iter()
            .map(|f| pair(&f.label, &f.value))
            .collect(),
        weighed: lists
            .iter()
            .filter(|l| l.mark != Mark::Context || !l.evidence.is_empty())
            .map(|l| weighed(l, &when, view))
            .collect(),
        missing: below(&e.missing),
        estimates_heading: Shown::of(&figures::estimates_heading(e)),
        estimates: shown(figures::estimates(e, &when)),
        now,
        later,
    }
}

fn caption(e: &Episode) -> String {
    let shade = match (e.kind.as_str(), e.admitted) {
        ("silent", _) => "Hatched: nothing was sent, or nothing answered.",
        (_, 0) => "Shaded: from the first to the last refusal, proven, since every attempt in it was refused.",
        _ => "Shaded: from the first to the last refusal; some attempts in it were admitted.",
    };
    let silence = if e.kind == "silent" {
        ""
    } else {
        " Hatched: no request was sent; it began, or ended, somewhere in the hatched part at its side."
    };
    format!("{shade}{silence}")
}

fn weighed(list: &sorted::List<'_>, when: &When, view: &View<'_>) -> Weighed {
    let piece = |x: &Evidence| {
        let (cited, more) = view.paths.cited(&x.sources, SOURCES);
        Piece {
            id: Shown::of(&x.id),
            statement: Shown::of(&localised(&x.statement, when, Style::Below)),
            strength: Shown::of(&sorted::strength(x, list.mark)),
            sources: shown(cited),
            more,
        }
    };
    let mut pieces: Vec<Piece> = list.evidence.iter().map(|x| piece(x)).collect();
    let open = if list.mark == Mark::Context { 0 } else { list.shown() };
    let folded = pieces.split_off(open.min(pieces.len()));
    let class = match list.mark {
        Mark::For => "for",
        Mark::Against => "against",
        Mark::Context => "beside",
    };
    Weighed { heading: Shown::of(&list.heading), class, pieces, folded }
}

/// Ids of one incident that are named; the rest is counted.
const IDS: usize = 6;

fn incidents(view: &View<'_>, episode_pages: &[EpisodePage]) -> (Vec<Row>, usize) {
    let document = view.document;
    let by_id: std::collections::BTreeMap<&str, &Episode> =
        document.episodes.iter().map(|e| (e.id.as_str(), e)).collect();
    let rows = document.incidents.iter().take(INCIDENTS).map(|incident| {
        let what: Vec<String> = (incident.episodes.iter().filter_map(|id| by_id.get(id.as_str())))
            .filter(|e| e.verdict.cause != Cause::Idle.id())
            .map(|e| words::verdict_and_word(&e.verdict))
            .collect();
        let lasted = seconds_between(&incident.from, &incident.to).unwrap_or(0.0);
        let pools = if document.pools.len() > 1 { format!(" ({})", incident.pools.join(", ")) } else { String::new() };
        Row {
            episodes: (incident.episodes.iter().take(IDS))
                .map(|id| (Shown::of(id), episode_pages.iter().any(|t| t.id.0 == *id)))
                .collect(),
            more: incident.episodes.len().saturating_sub(IDS),
            began: Shown::of(&view.when.format(&incident.from, "%Y-%m-%d\u{a0}%H:%M")),
            lasted: Shown::of(&if lasted > 0.0 { words::duration(lasted) } else { "once".to_owned() }),
            waited: Shown::of(&words::duration(incident.blocked_agent_s)),
            what: Shown::of(&format!("{}{pools}", words::in_turn(what))),
        }
    });
    (rows.collect(), document.incidents.len().saturating_sub(INCIDENTS))
}

/// How the data was read.
fn read(view: &View<'_>) -> Vec<String> {
    let document = view.document;
    let mut all: Vec<String> = document.notes.iter().map(|n| localised(n, view.when, Style::Below)).collect();
    all.extend(figures::defects(document));
    if document.verdict.cause.is_some() {
        all.extend(document.not_logged.iter().map(|h| figures::not_logged(h)));
        all.extend(figures::words_used(&document.episodes));
        let w = &document.weights;
        all.push(figures::weights_used(w));
    }
    let idle = document.episodes.iter().filter(|e| e.verdict.cause == Cause::Idle.id()).count() as u64;
    if idle > 0 {
        all.push(format!(
            "{} without a request, none refused before: nothing was blocked.",
            words::counted(idle, "stretch", "stretches")
        ));
    }
    if !document.isolated_refusals.is_empty() {
        let n = words::counted(document.isolated_refusals.len() as u64, "isolated refusal", "isolated refusals");
        all.push(format!("{n}, too few for an episode; the JSON report lists them."));
    }
    all
}

fn problems(view: &View<'_>) -> Vec<String> {
    let of = |i: &crate::document::Input| {
        let path = view.paths.short(&i.path).to_owned();
        i.problems.iter().map(move |p| figures::problem(&path, p)).collect::<Vec<_>>()
    };
    view.document.inputs.iter().flat_map(of).collect()
}

fn redacted(document: &Document) -> Vec<Pair> {
    document.redacted.iter().map(|(kind, n)| pair(kind, &words::count(*n))).collect()
}

fn file(input: &crate::document::Input, paths: &Paths) -> File {
    File {
        path: Shown::of(paths.short(&input.path)),
        format: Shown::of(input.format.as_deref().unwrap_or("not recognised")),
        bytes: Shown::of(&words::count(input.bytes)),
        attempts: Shown::of(&words::count(input.attempts)),
        sha256: input.sha256.as_deref().map(Shown::of),
    }
}
