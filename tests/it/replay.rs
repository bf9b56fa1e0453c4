//! Outages replayed: what `next` says at twenty instants of every fixture and recording, against what was true.
//!
//! A recording's truth is its server's (`TRUTH.json`); a fixture's is its whole log, whose verdicts `check` holds. Only refusals
//! that some log shows can be known: recordings whose client wrote none down are counted apart.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::Value;
use why429::model::Time;
use why429::next::{Standing, State};
use why429::pipeline::{self, Options, Quiet};

use crate::support::{analyse, fixture, fixtures, inputs_of, root};
use crate::truth;

/// Instants of each log.
const INSTANTS: u32 = 20;

/// Clients that wrote down none or nearly none of these refusals (recordings/README.md).
const UNSEEN: [&str; 7] = [
    "claude-code-265-overload",
    "claude-code-hang",
    "cline-cap2",
    "codex-network-cut",
    "codex-overload",
    "codex-per-minute",
    "kimi-code-hang",
];

/// A stretch in which requests were refused.
#[derive(Debug)]
struct Block {
    pool: Option<String>,
    cause: String,
    from: Time,
    /// Its end lies between these.
    to: (Time, Time),
}

impl Block {
    /// A limit on load ends for each request by itself, and for good when less is asked: nobody can tell when.
    fn is_of_load(&self) -> bool {
        ["concurrency_cap", "rate_per_minute"].contains(&self.cause.as_str())
    }
}

#[derive(Debug)]
struct Case {
    name: String,
    inputs: Vec<PathBuf>,
    options: Options,
    blocks: Vec<Block>,
}

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

fn recordings() -> Vec<Case> {
    let folders = fs::read_dir(root().join("recordings")).unwrap().map(|e| e.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|p| p.join("TRUTH.json").is_file()).collect();
    folders.sort();
    let block = |e: &Value| Block {
        pool: None,
        cause: e["cause"].as_str().unwrap().to_owned(),
        from: time(e["first_refusal"].as_str().or(e["from"].as_str()).unwrap()),
        to: {
            let to = time(e["to"].as_str().unwrap());
            (to, e["first_admission_after"].as_str().map_or(to, time).max(to))
        },
    };
    let case = |folder: PathBuf| {
        let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("TRUTH.json")).unwrap()).unwrap();
        Case {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            inputs: truth::inputs(&folder),
            options: Options { file_times: false, ..Options::default() },
            blocks: truth["episodes"].as_array().unwrap().iter().map(block).collect(),
        }
    };
    folders.into_iter().map(case).collect()
}

fn from_fixtures() -> Vec<Case> {
    let case = |name: String| {
        let folder = fixture(&name);
        let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: why429::check::Expected = serde_json::from_str(&expected).unwrap();
        let options = Options { now: None, ..expected.options.to_options().unwrap() };
        let inputs = inputs_of(&folder);
        let document = pipeline::run(&inputs, &options, &Quiet).document;
        let refused = document.episodes.iter().filter(|e| e.kind == "refused");
        let blocks = refused.map(|e| Block {
            pool: Some(e.pool.clone()),
            cause: e.verdict.between.as_ref().map_or(e.verdict.cause.clone(), |b| b[0].cause.clone()),
            from: time(&e.from),
            to: (time(&e.to), e.first_admission_after.as_deref().map_or(Time::LATEST, time)),
        });
        Case { name, inputs, blocks: blocks.collect(), options }
    };
    fixtures().into_iter().map(case).collect()
}

/// Evenly spread over what the logs cover, each with whether the next request after it was refused.
fn instants(case: &Case) -> Vec<(Time, bool)> {
    let timeline = pipeline::run(&case.inputs, &case.options, &Quiet).timeline;
    let Some((from, to)) = timeline.span else { return Vec::new() };
    let mut all: Vec<(Time, bool)> =
        timeline.pools.iter().flat_map(|p| &p.attempts).map(|a| (a.start, a.is_refused())).collect();
    all.sort_unstable();
    let next = |t: Time| all.get(all.partition_point(|(start, _)| *start <= t)).is_some_and(|(_, refused)| *refused);
    let at = |n: u32| from.plus(to.since(from) * (f64::from(n) + 0.5) / f64::from(INSTANTS));
    (0..INSTANTS).map(at).map(|t| (t, next(t))).collect()
}

/// What was said at one instant.
#[derive(Debug)]
struct Said {
    name: String,
    at: Time,
    cause: String,
    is_of_load: bool,
    /// Whether the next request in the log was refused.
    next_refused: bool,
    state: State,
    start_with: Option<u32>,
    refused: f64,
    /// Whether the true end lies in what was told, and how wide that is in seconds; `None` where no bound was told.
    end: Option<(bool, f64)>,
}

/// The standing that a block is told by: that of its pool, else the worst of all.
fn standing_of<'s>(block: &Block, standings: &'s [Standing]) -> Option<&'s Standing> {
    let rank = |s: &&Standing| (s.state == State::Blocked, s.state == State::Uncertain, s.last_refusal);
    let of_pool = standings.iter().filter(|s| block.pool.as_ref().is_none_or(|p| *p == s.pool));
    of_pool.max_by_key(rank)
}

fn replayed(case: &Case) -> Vec<Said> {
    let instants = instants(case);
    let times: Vec<Time> = instants.iter().map(|(at, _)| *at).collect();
    let all = pipeline::replay(&case.inputs, &case.options, &times);
    let mut said = Vec::new();
    for ((at, next_refused), standings) in instants.iter().zip(&all) {
        for block in case.blocks.iter().filter(|b| b.from <= *at && *at < b.to.0) {
            let Some(s) = standing_of(block, standings) else { continue };
            let end = s.resume.and_then(|r| {
                let latest = r.latest?;
                Some((r.earliest <= block.to.1 && block.to.0 <= latest, latest.since(r.earliest)))
            });
            said.push(Said {
                name: case.name.clone(),
                at: *at,
                cause: block.cause.clone(),
                is_of_load: block.is_of_load(),
                next_refused: *next_refused,
                state: s.state,
                start_with: s.start_with,
                refused: s.refused,
                end: end.filter(|_| matches!(s.state, State::Blocked | State::Uncertain)),
            });
        }
    }
    said
}

/// Whether a pool was called open while it was not.
fn is_wrong(s: &Said) -> bool {
    // Under a limit on load a pool is open to as many as it takes, and to the next request if that was admitted.
    let is_right = s.is_of_load && (s.start_with.is_some() || !s.next_refused);
    s.state == State::Open && !is_right
}

/// What came out.
#[derive(Debug, Default)]
struct Score {
    instants: usize,
    open: usize,
    ends: usize,
    inside: usize,
    without_bound: usize,
    widths: Vec<f64>,
}

fn score(said: &[&Said]) -> Score {
    let mut score = Score { instants: said.len(), ..Score::default() };
    for s in said {
        score.open += usize::from(is_wrong(s));
        let is_shown = matches!(s.state, State::Blocked | State::Uncertain) && !s.is_of_load;
        match s.end.filter(|_| is_shown) {
            Some((inside, width_s)) => {
                score.ends += 1;
                score.inside += usize::from(inside);
                score.widths.push(width_s);
            }
            None => score.without_bound += usize::from(is_shown),
        }
    }
    score.widths.sort_unstable_by(f64::total_cmp);
    score
}

#[test]
fn open_is_not_said_while_a_block_goes_on_and_its_end_lies_in_what_is_reported() {
    let cases: Vec<Case> = recordings().into_iter().chain(from_fixtures()).collect();
    assert!(cases.len() > 80, "{}", cases.len());
    let said: Vec<Said> = cases.par_iter().flat_map_iter(replayed).collect();
    let (unseen, seen): (Vec<&Said>, Vec<&Said>) = said.iter().partition(|s| UNSEEN.contains(&s.name.as_str()));
    let mut table = String::new();
    for s in &said {
        let _ = writeln!(
            table,
            "{:34} {} {:18} {:9} {:.2} {:?} {:?} {}",
            s.name,
            s.at.rfc3339(),
            s.cause,
            s.state.id(),
            s.refused,
            s.start_with,
            s.end,
            if is_wrong(s) { "WRONG" } else { "" }
        );
    }
    let all = score(&seen);
    let median_s = all.widths[all.widths.len() / 2];
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    eprintln!("{table}\nseen: {:?}", Score { widths: Vec::new(), ..score(&seen) });
    eprintln!("unseen: {:?}", Score { widths: Vec::new(), ..score(&unseen) });
    eprintln!(
        "{} instants in blocks: open at {:.1} %; end inside in {:.1} % of {}, median width {median_s:.0} s; {} without a bound",
        all.instants,
        100.0 * share(all.open, all.instants),
        100.0 * share(all.inside, all.ends),
        all.ends,
        all.without_bound
    );
    assert!(all.instants > 300 && all.ends > 150, "{}", all.instants);
    assert!(share(all.open, all.instants) <= 0.02, "open while the block went on");
    assert!(share(all.inside, all.ends) >= 0.85, "the end lay elsewhere");
}

#[test]
fn a_quiet_log_is_open_at_every_instant() {
    let is_quiet =
        |c: &Case| c.blocks.is_empty() && analyse(&c.inputs).episodes.iter().all(|e| e.verdict.cause == "idle");
    let cases: Vec<Case> = recordings().into_iter().chain(from_fixtures()).filter(is_quiet).collect();
    assert!(!cases.is_empty());
    for case in &cases {
        let instants: Vec<Time> = instants(case).into_iter().map(|(at, _)| at).collect();
        for (at, standings) in instants.iter().zip(pipeline::replay(&case.inputs, &case.options, &instants)) {
            let wrong = standings.iter().find(|s| s.state == State::Blocked);
            assert!(wrong.is_none(), "{} at {}: {wrong:?}", case.name, at.rfc3339());
        }
    }
}
