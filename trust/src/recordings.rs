//! Incidents that real clients recorded against limiters of known kind, and the repository's fixtures: read once, judged
//! with any table. None of them is used in fitting.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use why429::check::Expected;
use why429::model::{Cause, Hypothesis, Time};
use why429::pipeline::Options;
use why429::verdict::{Shares, Weights, decides};

use crate::judge::{first, shares};
use crate::model::{FoundEpisode, TrueEpisode};
use crate::pairing::pair;
use crate::read::found;

/// Where recordings lie, from the repository's root: beside it, and in it.
pub const BESIDE: &str = "../shared/samples";
/// Those that the repository keeps.
const KEPT: &str = "recordings";
/// Files that tell the truth, and so are no input.
const NOT_INPUTS: [&str; 3] = ["TRUTH", "README", "expected.json"];
/// Years that no recording is outside of, for a truth that gives no times.
const ALWAYS: (i64, i64) = (1_600_000_000_000_000, 2_200_000_000_000_000);

/// From here on a verdict is supported (docs/METHOD.md, Words).
const STRONG: f64 = 0.9;

/// One recording, read.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Name of its folder.
    pub name: String,
    /// What happened.
    pub truths: Vec<TrueEpisode>,
    /// What was found.
    pub found: Vec<FoundEpisode>,
    /// Which tells which.
    pub told_by: Vec<Option<usize>>,
}

/// What a table says of one true episode of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Folder.
    pub name: String,
    /// What happened.
    pub truth: Hypothesis,
    /// What the table says first, its probability, and whether it names it. `None`: nothing found.
    pub said: Option<(Hypothesis, f64, bool)>,
    /// Probability of what happened.
    pub of_truth: f64,
}

impl Verdict {
    /// Whether the first cause is what happened.
    pub fn right(&self) -> bool {
        self.said.is_some_and(|(h, ..)| h == self.truth)
    }

    /// Whether another cause is named.
    pub fn wrong(&self) -> bool {
        self.said.is_some_and(|(h, _, names)| names && h != self.truth)
    }
}

/// All recordings in a folder and in the repository, by name.
pub fn all(root: &Path, beside: &Path) -> Vec<Recording> {
    let mut folders: Vec<PathBuf> = [beside, &root.join(KEPT)].into_iter().flat_map(entries).collect();
    folders.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    folders.iter().filter_map(|f| read(f)).collect()
}

fn read(folder: &Path) -> Option<Recording> {
    let name = folder.file_name()?.to_str()?.to_owned();
    let truths = match fs::read_to_string(folder.join("TRUTH.json")) {
        Ok(text) => told(&serde_json::from_str(&text).ok()?),
        Err(_) => vec![cap_by_name(&name)?],
    };
    let is_input = |p: &PathBuf| {
        p.file_name().and_then(|n| n.to_str()).is_some_and(|n| NOT_INPUTS.iter().all(|not| !n.starts_with(not)))
    };
    let unpacked = unpacked(folder);
    let at = unpacked.as_ref().map_or(folder, TempDir::path);
    let inputs: Vec<PathBuf> = entries(at).into_iter().filter(is_input).collect();
    let found = found(&inputs, &Options { file_times: false, jobs: 1, ..Options::default() });
    let (told_by, _) = pair(&truths, &found);
    Some(Recording { name, truths, found, told_by })
}

/// The files of a recording's archive, if it has one.
fn unpacked(folder: &Path) -> Option<TempDir> {
    let archive = fs::File::open(folder.join("logs.tar.gz")).ok()?;
    let to = tempfile::tempdir().ok()?;
    tar::Archive::new(flate2::read::GzDecoder::new(archive)).unpack(to.path()).ok()?;
    Some(to)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    all.sort();
    all
}

/// The episodes of a TRUTH.json.
fn told(truth: &Value) -> Vec<TrueEpisode> {
    let episodes = truth["episodes"].as_array().map_or(&[][..], Vec::as_slice);
    let time = |v: &Value| v.as_str().and_then(Time::parse_rfc3339);
    let one = |e: &Value| {
        let cause = Cause::from_id(e["cause"].as_str()?)?;
        let minutes = e["window_minutes"].as_u64().and_then(|m| u32::try_from(m).ok());
        let hypothesis = minutes.map_or(Hypothesis::of(cause), Hypothesis::window);
        let mut episode = plain(hypothesis, time(&e["from"])?, time(&e["to"])?);
        episode.cap = e["cap"].as_u64();
        episode.quota = e["quota_tokens"].as_u64().map(|n| ("tokens".to_owned(), n));
        Some(episode)
    };
    episodes.iter().filter_map(one).collect()
}

/// A folder `capN-...` is an incident of N slots from its begin to its end.
fn cap_by_name(name: &str) -> Option<TrueEpisode> {
    let slots: u64 = name.strip_prefix("cap")?.split('-').next()?.parse().ok()?;
    let (from, to) = (Time::from_micros(ALWAYS.0), Time::from_micros(ALWAYS.1));
    let mut episode = plain(Hypothesis::of(Cause::ConcurrencyCap), from, to);
    episode.cap = Some(slots);
    Some(episode)
}

fn plain(hypothesis: Hypothesis, from: Time, to: Time) -> TrueEpisode {
    TrueEpisode {
        hypothesis,
        also: Vec::new(),
        account: String::new(),
        from,
        to,
        cap: None,
        quota: None,
        window_kind: None,
        resets_at: None,
        hidden_clients: false,
    }
}

/// What a table says of every true episode of every recording.
pub fn verdicts(recordings: &[Recording], table: &Weights) -> Vec<Verdict> {
    let one = |r: &Recording, truth: &TrueEpisode, i: Option<usize>| {
        let told = i.map(|i| (&r.found[i], shares(&r.found[i], table)));
        let of_truth = |(_, s): &(&FoundEpisode, Shares)| s.by_hypothesis.get(&truth.hypothesis).copied();
        Verdict {
            name: r.name.clone(),
            truth: truth.hypothesis,
            of_truth: told.as_ref().and_then(of_truth).unwrap_or(0.0),
            said: told.map(|(f, s)| (first(&s).0, first(&s).1, decides(&s) && !f.overlap)),
        }
    };
    recordings.iter().flat_map(|r| r.truths.iter().zip(&r.told_by).map(move |(t, i)| one(r, t, *i))).collect()
}

/// One fixture, read, with the causes that its `expected.json` gives.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Name of its folder.
    pub name: String,
    /// Causes of its episodes, in order, and whether it must be sure of them.
    pub expected: Vec<(String, bool)>,
    /// What was found.
    pub found: Vec<FoundEpisode>,
}

/// All fixtures, by name.
pub fn fixtures(root: &Path) -> Vec<Fixture> {
    let read = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("expected.json")).ok()?;
        let expected: Expected = serde_json::from_str(&text).ok()?;
        let inputs: Vec<PathBuf> = entries(&folder)
            .into_iter()
            .filter(|p| !["expected.json", "README.md"].iter().any(|n| p.ends_with(n)))
            .collect();
        let options = expected.options.to_options().ok()?;
        Some(Fixture {
            name: folder.file_name()?.to_str()?.to_owned(),
            expected: expected.episodes.iter().map(|e| (e.cause.clone(), is_strong(&e.confidence))).collect(),
            found: found(&inputs, &Options { jobs: 1, ..options }),
        })
    };
    entries(&root.join("fixtures")).into_iter().filter_map(read).collect()
}

/// Whether a word asks for a probability of [`STRONG`].
fn is_strong(word: &str) -> bool {
    matches!(word, "confirmed" | "supported")
}

/// Fixtures whose causes a table would change, or would no longer be sure of, with the first change.
pub fn changed(fixtures: &[Fixture], table: &Weights) -> Vec<(String, String)> {
    let said = |f: &FoundEpisode| {
        let shares = shares(f, table);
        let (hypothesis, probability) = first(&shares);
        let named = decides(&shares) && !f.overlap;
        (if named { hypothesis.cause.id() } else { Cause::Undetermined.id() }, probability)
    };
    let change = |f: &Fixture| {
        let differs = |((cause, strong), found): (&(String, bool), &FoundEpisode)| {
            let (says, probability) = said(found);
            let weak = *strong && found.refused && probability < STRONG;
            (says != cause || weak).then(|| format!("{cause} -> {says} {probability:.2}"))
        };
        f.expected.iter().zip(&f.found).find_map(differs)
    };
    fixtures.iter().filter_map(|f| Some((f.name.clone(), change(f)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use why429::verdict::in_use;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn the_table_in_use_gives_the_causes_of_the_fixtures() {
        let all = fixtures(root());
        assert!(all.len() >= 20, "{} fixtures", all.len());
        assert_eq!(changed(&all, in_use()), []);
    }

    #[test]
    fn the_slots_stand_in_a_folders_name() {
        assert_eq!(cap_by_name("cap12-some-client").and_then(|e| e.cap), Some(12));
        assert!(cap_by_name("codex-0.98.0").is_none() && cap_by_name("caption").is_none());
    }

    /// Known to be called by another name. Whoever mends one takes it out.
    const WRONG: [&str; 2] = [
        // A block without readings that the log's end cuts off: nothing tells it from a used-up window.
        "kimi-cli-account-block",
        // A limit that counts refusals starves under the client's retries: nothing is admitted for half an hour.
        "kimi-code-per-minute",
    ];

    #[test]
    fn no_other_recording_is_called_by_another_name() {
        let verdicts = verdicts(&all(root(), &root().join(BESIDE)), in_use());
        assert!(verdicts.len() >= 20, "{} verdicts", verdicts.len());
        let wrong: Vec<&str> = verdicts.iter().filter(|v| v.wrong()).map(|v| v.name.as_str()).collect();
        assert_eq!(wrong, WRONG);
    }
}
