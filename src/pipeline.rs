//! The sentence of the architecture as code, one line a stage.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use crate::assemble::{self, Context, Parts};
use crate::document::Document;
use crate::episodes::{self, Cut, Episode, EpisodeKind};
use crate::evidence::{AllPools, EpisodeContext, PoolContext, Shared};
use crate::formats::Named;
pub use crate::input::progress::{Progress, Quiet};
use crate::input::{self, InputFile, Inputs, ReadOptions};
use crate::merge::Labels;
use crate::model::{Cause, Time, Zone};
use crate::next::Standing;
use crate::privacy::redact;
use crate::signals::catalogue;
use crate::timeline::meters::Meters;
use crate::timeline::{self, Assembly, Timeline};
use crate::verdict::estimates::{self, Estimates};
use crate::verdict::{Judged, Weights};
use crate::{next, verdict};

/// What a run is asked for. The library reads no clock, environment or configuration: all of it is here.
#[derive(Debug, Clone)]
pub struct Options {
    /// Zone of the times that people read; it changes nothing else. `None`: UTC.
    pub zone: Option<Zone>,
    /// Zone of stamps that carry none, where no other rows of their client prove it.
    pub log_zone: Option<Zone>,
    /// Zone of this machine, for such stamps in its user's own logs, where `log_zone` is not given.
    pub machine_zone: Option<Zone>,
    /// Day of stamps that have no date, and year of those that have none.
    pub log_date: Option<NaiveDate>,
    /// Names of a team's own JSON or CSV: field and key.
    pub map: Vec<(String, String)>,
    /// Label for attempts whose log names no provider.
    pub provider: Option<String>,
    /// Label for attempts whose log names no account.
    pub account: Option<String>,
    /// Report only episodes that end at or after this.
    pub since: Option<Time>,
    /// Report only episodes that begin at or before this.
    pub until: Option<Time>,
    /// Report only the episode with this id.
    pub episode: Option<String>,
    /// Report only episodes of the pool with this id, or whose id begins with it.
    pub pool: Option<String>,
    /// "Now", if given; relative times count from it, and what the logs hold after it is not used.
    pub now: Option<Time>,
    /// What the clock of who reads says, where the report is for them alone: an outage is told relative to it. Nothing
    /// else depends on it.
    pub clock: Option<Time>,
    /// Threads for reading; 0 means as many as there are cores. The result does not depend on it.
    pub jobs: usize,
    /// Compute SHA-256 of every input.
    pub hash: bool,
    /// Fill the figures that pictures are drawn from; JSON leaves them out.
    pub charts: bool,
    /// Mask keys, tokens, e-mails, home folders; `false` only when the user asked for it.
    pub redact: bool,
    /// Whether a snapshot's time may come from its file's modification time when nothing better is known.
    pub file_times: bool,
    /// Attempts and snapshots that are kept in memory at most; what is beyond is a problem of its file.
    pub max_attempts: u64,
}

/// Attempts that are kept when nothing else is said: some gigabytes.
pub const MAX_ATTEMPTS: u64 = 20_000_000;

impl Default for Options {
    fn default() -> Self {
        Self {
            zone: None,
            log_zone: None,
            machine_zone: None,
            log_date: None,
            map: Vec::new(),
            provider: None,
            account: None,
            since: None,
            until: None,
            episode: None,
            pool: None,
            now: None,
            clock: None,
            jobs: 0,
            hash: false,
            charts: false,
            redact: true,
            file_times: true,
            max_attempts: MAX_ATTEMPTS,
        }
    }
}

impl Options {
    fn reading(&self) -> ReadOptions {
        let not_before = self.since.filter(|_| self.file_times).map(|t| t.plus(-verdict::longest_window_s()));
        ReadOptions {
            jobs: self.jobs,
            hash: self.hash,
            file_times: self.file_times,
            zone: self.log_zone.or(self.machine_zone),
            named: Named { date: self.log_date, now: self.now },
            map: self.map.clone(),
            not_before,
            newest: None,
            max_attempts: self.max_attempts,
        }
    }

    fn assembly(&self) -> Assembly {
        let labels = Labels { provider: self.provider.clone(), account: self.account.clone() };
        Assembly { log_zone: self.log_zone, machine_zone: self.machine_zone, labels, now: self.now }
    }
}

/// What a run made.
#[derive(Debug)]
pub struct Analysis {
    /// The report.
    pub document: Document,
    /// The normalised attempts, for export.
    pub timeline: Timeline,
    /// Files that could not be read at all (exit code 1).
    pub unreadable: u64,
    /// Inputs that some format recognised, and those that were too old to be opened (0: exit code 3).
    pub recognised: u64,
}

/// Runs all stages over files and folders (`-` is standard input).
pub fn run(paths: &[PathBuf], options: &Options, progress: &dyn Progress) -> Analysis {
    run_seen(paths, options, progress, &mut |_, _| {})
}

/// As [`run`], and shows every judged episode in its surroundings, in order of time, before it is written. Without
/// `since` and `until` these are the document's episodes. For whoever fits or checks the weights of evidence.
pub fn run_seen(
    paths: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
    seen: &mut dyn FnMut(&EpisodeContext<'_>, &Judged),
) -> Analysis {
    let Inputs { files: mut inputs, unread } = std::thread::scope(|scope| {
        // Without a thread it is done when it is first asked for.
        drop(std::thread::Builder::new().spawn_scoped(scope, || prepare(options)));
        input::read(paths, &options.reading(), progress)
    });
    let attempts_in: Vec<u64> = inputs.iter().map(|f| f.parsed.attempts.len() as u64).collect();
    let timeline = timeline::build(&mut inputs, &options.assembly(), catalogue());
    let cuts: Vec<Cut> = timeline.pools.iter().enumerate().map(|(i, p)| episodes::cut(p, i)).collect();
    let weights = verdict::in_use();
    let mut document = judged(&timeline, &cuts, weights, |found| {
        for f in &found {
            seen(&f.case, &f.judged);
        }
        let run =
            Run { inputs: &inputs, attempts_in: &attempts_in, timeline: &timeline, cuts: &cuts, weights, options };
        reported(&run, found)
    });
    document.coverage.unread_files = unread;
    if let Some(from) = options.reading().not_before.filter(|_| unread > 0) {
        let files = if unread == 1 { "1 file was".to_owned() } else { format!("{unread} files were") };
        document
            .notes
            .push(format!("{files} last written before {}, too early to matter, and not opened.", from.rfc3339()));
    }
    Analysis {
        document,
        unreadable: inputs.iter().filter(|f| f.unreadable).count() as u64,
        recognised: unread + inputs.iter().filter(|f| f.format.is_some()).count() as u64,
        timeline,
    }
}

/// Checks the tables that are built in: the catalogue of error texts and providers, and the weights.
///
/// # Errors
/// Which file and entry is broken. Nothing may be judged then.
pub fn check_tables() -> Result<(), String> {
    crate::signals::embedded().map_err(ToString::to_string)?;
    verdict::embedded().map_err(ToString::to_string)?;
    Ok(())
}

/// Reads what later stages ask of embedded data, while files are read.
fn prepare(options: &Options) {
    catalogue();
    verdict::in_use();
    if options.redact {
        redact::prepare();
    }
}

/// How the pools of a run stand.
#[derive(Debug)]
pub struct Standings {
    /// Pools by id.
    pub pools: Vec<Standing>,
    /// "Now".
    pub now: Time,
    /// What was read; attempts and snapshots are taken out.
    pub files: Vec<InputFile>,
}

/// Reads files and folders, and tells how each pool stands at `options.now`, or at the end of the logs. Files that were last
/// written longer ago than any window lasts are not opened; pools that no log names since `options.since` are left out.
pub fn next(paths: &[PathBuf], options: &Options, progress: &dyn Progress) -> Standings {
    let since = options.since.into_iter().chain(options.now).min();
    let reading = ReadOptions { newest: Some(NEWEST), ..Options { since, ..options.clone() }.reading() };
    let Inputs { mut files, .. } = input::read(paths, &reading, progress);
    let (pools, now) = standings_of(&mut files, options);
    Standings { pools, now, files }
}

/// Of a large file whose lines say everything by themselves so many bytes of the end are read for this: hours of many agents.
const NEWEST: u64 = 48 << 20;

/// The same at many instants, reading once: what `--now` would tell at each of them.
pub fn replay(paths: &[PathBuf], options: &Options, instants: &[Time]) -> Vec<Vec<Standing>> {
    let Inputs { files, .. } = input::read(paths, &options.reading(), &Quiet);
    let at = |now: &Time| standings_of(&mut files.clone(), &Options { now: Some(*now), ..options.clone() }).0;
    instants.iter().map(at).collect()
}

fn standings_of(files: &mut [InputFile], options: &Options) -> (Vec<Standing>, Time) {
    let timeline = timeline::build(files, &options.assembly(), catalogue());
    let now = options.now.or(timeline.span.map(|(_, to)| to)).unwrap_or_default();
    let cuts: Vec<Cut> = timeline.pools.iter().enumerate().map(|(i, p)| episodes::cut(p, i)).collect();
    let last = |cut: &Cut| {
        let refused = cut.episodes.iter().filter(|e| e.kind == EpisodeKind::Refused);
        refused.max_by_key(|e| (e.to, e.from)).cloned()
    };
    let kept: Vec<Cut> =
        cuts.iter().map(|c| Cut { episodes: last(c).into_iter().collect(), ..Cut::default() }).collect();
    let pools = judged(&timeline, &kept, verdict::in_use(), |found| {
        let mut latest: Vec<Option<next::Latest<'_>>> = timeline.pools.iter().map(|_| None).collect();
        for f in found {
            let pool = f.case.episode.pool;
            latest[pool] = Some((f.case, f.judged));
        }
        next::standings(&timeline, &latest, now)
    });
    let is_named = |s: &Standing| options.since.is_none_or(|t| s.is_named_since(t));
    (pools.into_iter().filter(is_named).collect(), now)
}

/// An episode, what it was judged in, and the judgement.
struct Found<'a> {
    case: EpisodeContext<'a>,
    judged: Judged,
}

/// Judges the episodes of all pools, in order of time, and hands them on.
fn judged<R>(timeline: &Timeline, cuts: &[Cut], weights: &Weights, then: impl FnOnce(Vec<Found<'_>>) -> R) -> R {
    let windows: Vec<Vec<u32>> =
        timeline.pools.iter().zip(cuts).map(|(p, c)| verdict::windows_in_question(p, &c.episodes)).collect();
    let meters: Vec<Meters> = (timeline.pools.iter().zip(cuts).zip(&windows))
        .map(|((pool, cut), w)| if cut.episodes.is_empty() { Meters::default() } else { Meters::of(pool, w) })
        .collect();
    let shared: Vec<Shared<'_>> = (timeline.pools.iter().zip(cuts).zip(&meters))
        .map(|((pool, cut), meters)| Shared::of(pool, &cut.episodes, meters))
        .collect();
    let all_pools = AllPools::of(timeline);
    let mut found: Vec<Found<'_>> = Vec::new();
    for (((cut, windows), meters), shared) in cuts.iter().zip(&windows).zip(&meters).zip(&shared) {
        let around = PoolContext { timeline, shared, windows, meters, all_pools: &all_pools };
        found.extend(cut.episodes.iter().map(|episode| {
            let case = EpisodeContext::new(&around, episode);
            let judged = verdict::judge_episode(&case, weights);
            Found { case, judged }
        }));
    }
    found.sort_by(|a, b| {
        let key = |f: &Found<'_>| (f.case.episode.from, f.case.episode.to, f.case.episode.pool);
        key(a).cmp(&key(b))
    });
    then(found)
}

/// The estimates of all episodes; those of one limit agree.
fn estimated(found: &[Found<'_>]) -> Vec<Estimates> {
    let of = |f: &Found<'_>| {
        let v = &f.judged.verdict;
        estimates::Of { pool: f.case.episode.pool, cause: v.cause, window_minutes: v.window_minutes }
    };
    let of: Vec<estimates::Of> = found.iter().map(of).collect();
    let one = |f: &Found<'_>| estimates::estimate(&f.case, &f.judged.shares, &f.judged.verdict);
    let mut all: Vec<Estimates> = found.iter().map(one).collect();
    estimates::share(&of, &mut all);
    all
}

/// The first cause of a judgement, also when it is undetermined.
fn first_cause(judged: &Judged) -> Cause {
    judged.shares.causes().first().map_or(Cause::Undetermined, |(c, _)| *c)
}

/// Whether a pool is meant by its id or by whole parts of its beginning: `kimi-code`, `kimi-code/acct0`.
pub fn is_of_pool(id: &str, asked: &str) -> bool {
    let asked = asked.trim_end_matches('/');
    id == asked || id.strip_prefix(asked).is_some_and(|rest| rest.starts_with('/'))
}

/// Ids of all episodes: what was blocked is numbered without holes, and nights without work have numbers of their own.
fn ids(causes: &[Cause]) -> Vec<String> {
    let (mut blocked, mut idle) = (0, 0);
    let id = |cause: &Cause| {
        let (prefix, n) = if *cause == Cause::Idle { ("idle-", &mut idle) } else { ("E", &mut blocked) };
        *n += 1;
        format!("{prefix}{n}")
    };
    causes.iter().map(id).collect()
}

/// What a report is made of, beside the judged episodes.
#[derive(Clone, Copy)]
struct Run<'a> {
    inputs: &'a [InputFile],
    attempts_in: &'a [u64],
    timeline: &'a Timeline,
    cuts: &'a [Cut],
    weights: &'a Weights,
    options: &'a Options,
}

/// Writes the report over the episodes that were asked for. Ids count over all, so that they do not depend on what is shown.
fn reported(run: &Run<'_>, found: Vec<Found<'_>>) -> Document {
    let Run { inputs, attempts_in, timeline, cuts, weights, options } = *run;
    let all: Vec<&Episode> = found.iter().map(|f| f.case.episode).collect();
    let causes: Vec<Cause> = found.iter().map(|f| first_cause(&f.judged)).collect();
    let estimates = estimated(&found);
    let incidents = episodes::incidents(&all, &causes);
    let mut incident_of = vec![0usize; all.len()];
    for (n, incident) in incidents.iter().enumerate() {
        for i in &incident.episodes {
            incident_of[*i] = n;
        }
    }
    let asked = |e: &Episode| {
        options.since.is_none_or(|t| e.first_admission_after.unwrap_or(e.to) >= t)
            && options.until.is_none_or(|t| e.from <= t)
    };
    let ids = ids(&causes);
    let chosen = |i: &usize| {
        options.episode.as_ref().is_none_or(|id| ids[*i] == *id)
            && options.pool.as_ref().is_none_or(|pool| is_of_pool(&timeline.pools[all[*i].pool].id, pool))
    };
    let in_time = |i: &usize| asked(all[*i]);
    let shown: Vec<usize> = (0..all.len()).filter(|i| in_time(i) && chosen(i)).collect();
    // Each judgement goes once it is written: of thousands of episodes both would be as large as the log.
    let outside = (0..all.len()).filter(|i| !in_time(i) && causes[*i] != Cause::Idle).count();
    let not_chosen = (0..all.len()).filter(|i| in_time(i) && !chosen(i) && causes[*i] != Cause::Idle).count();
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, e) in all.iter().enumerate().filter(|(_, e)| e.kind == EpisodeKind::Refused) {
        let of_pool = last.entry(e.pool).or_insert(i);
        *of_pool = if e.to >= all[*of_pool].to { i } else { *of_pool };
    }
    let at = options.now.or(timeline.span.map(|(_, to)| to)).unwrap_or_default();
    let numbered = found.into_iter().enumerate().filter(|(i, _)| shown.binary_search(i).is_ok());
    let written = numbered
        .map(|(i, f)| {
            let context = Context {
                id: ids[i].clone(),
                incident: format!("I{}", incident_of[i] + 1),
                at,
                clock: options.clock.filter(|_| options.now.is_none()),
                is_last: last.get(&f.case.episode.pool) == Some(&i),
                charts: options.charts,
                weights,
            };
            assemble::written(&f.case, &f.judged, &estimates[i], &context)
        })
        .collect();
    let place = |i: &usize| shown.binary_search(i).ok();
    let incidents: Vec<episodes::Incident> = incidents
        .iter()
        .map(|n| episodes::Incident { episodes: n.episodes.iter().filter_map(place).collect() })
        .filter(|n: &episodes::Incident| !n.episodes.is_empty())
        .collect();
    let isolated_refusals: Vec<episodes::IsolatedRefusal> =
        cuts.iter().flat_map(|c| c.isolated_refusals.iter().cloned()).collect();
    assemble::document(Parts {
        inputs,
        attempts_in,
        timeline,
        episodes: written,
        outside,
        not_chosen,
        incidents: &incidents,
        isolated_refusals: &isolated_refusals,
        weights,
        now: options.now,
        zone: options.zone.unwrap_or(Zone::UTC),
        charts: options.charts,
        redact: options.redact,
    })
}
