//! Every number of the default screen, counted again from the raw lines of fixtures and recordings.
//!
//! The screen is taken apart into phrases. Each phrase names what its numbers are, and they are checked against rows that a
//! few lines per format read here, with nothing of the program. A number that no phrase accounts for fails the test. What
//! only a model can say (probabilities, how well a threshold separates) is listed as such, with the reason.

mod facts;
mod phrases;
mod picture;
mod rows;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use regex::{Captures, Regex};
use serde_json::Value;

use facts::Facts;
use phrases::{pattern, phrases};
use picture::Layout;
use rows::Format;
use values::{is_duration, is_time, number, utc};

use crate::support::{fixture, root, why429_at_80};
use crate::truth;

/// A folder, its rows counted, and all of its text that is no row.
#[derive(Debug)]
pub struct Case {
    pub folders: Vec<PathBuf>,
    pub facts: Facts,
    /// Each file with what it holds.
    pub raw: Vec<(String, String)>,
    /// Attempts that one row of this format may stand for.
    pub per_row: u64,
    /// What was printed.
    pub screen: String,
}

impl Case {
    fn of(folders: Vec<PathBuf>, format: Format, episode: [Option<f64>; 2]) -> Self {
        let rows = folders.iter().flat_map(|f| rows::read(f, format)).collect();
        let mut raw = Vec::new();
        for file in folders.iter().flat_map(|f| rows::files(f, "")) {
            let name = file.to_string_lossy().into_owned();
            if !name.ends_with("expected.json") && !name.ends_with("README.md") {
                raw.push((name, String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()));
            }
        }
        let per_row = if matches!(format, Format::Otlp) { 3 } else { 1 };
        let screen = why429_at_80(&folders).has_code(0).stdout;
        Self { folders, facts: Facts::of(rows, episode), raw, per_row, screen }
    }

    /// The instants near the episode that a time of the day can mean and that stand in some file, as a stamp, an HTTP date,
    /// seconds since the epoch, or in a file's name.
    pub fn named_instants(&self, printed: &str) -> Vec<f64> {
        let day = (self.facts.first / 86_400.0).floor() * 86_400.0;
        let parts: Vec<f64> = printed.split(':').map(|p| p.parse().unwrap()).collect();
        let of_day = parts.iter().rev().zip([1.0, 60.0, 3_600.0].iter().skip(3 - parts.len())).map(|(p, u)| p * u);
        let seconds: f64 = of_day.sum();
        let width = if parts.len() == 2 { 60 } else { 1 };
        let instants = (0..width).flat_map(|s| [0.0, 86_400.0].map(|d| day + d + seconds + f64::from(s)));
        instants.filter(|t| self.names(*t)).collect()
    }

    fn names(&self, at: f64) -> bool {
        let t = utc(at);
        let forms = ["%Y-%m-%dT%H:%M:%S", "%d %b %Y %H:%M:%S GMT", "%Y-%m-%d %H:%M:%S", "%s"];
        let in_text = |form: &&str| {
            let form = t.format(form).to_string();
            self.raw.iter().any(|(_, text)| text.contains(&form))
        };
        let in_name = [t.format("%Y%m%dT%H%MZ").to_string(), t.format("%Y%m%dT%H%M%SZ").to_string()];
        let is_whole = t.timestamp() % 60 == 0;
        forms.iter().any(in_text)
            || in_name.iter().any(|n| is_whole && self.raw.iter().any(|(name, _)| name.contains(n)))
    }

    /// With two snapshots of one window the share that was used between them bounds its quota better than the logs, which
    /// begin inside it (src/verdict/estimates/quota.rs).
    pub fn has_two_snapshots(&self) -> bool {
        let is_snapshot = |(name, _): &&(String, String)| name.contains("usage");
        self.raw.iter().filter(is_snapshot).count() >= 2
    }

    /// The first stamp of a log whose lines have one: a session begins before its first request.
    pub fn first_line(&self) -> Option<f64> {
        let stamps = Regex::new(r#""timestamp":"([^"]+)""#).unwrap();
        let first = |(_, text): &(String, String)| Some(rows::stamp(&stamps.captures(text)?[1]));
        self.raw.iter().filter_map(first).min_by(f64::total_cmp)
    }

    /// Whether some snapshot says that so many percent are left.
    pub fn says_left(&self, percent: u64) -> bool {
        let used = 100 - percent;
        let keys = ["used", "remaining", "used_percent", "utilization", "unified-5h-utilization"];
        let says = |key: &str, text: &str| {
            let values = [percent, used];
            values.iter().enumerate().any(|(i, n)| {
                let is_left = key == "remaining";
                let forms = [format!("\"{key}\":{n}"), format!("\"{key}\":\"{n}\""), format!("\"{key}\": {n}")];
                let share = format!("{key}: {}", *n as f64 / 100.0);
                is_left == (i == 0) && (forms.iter().any(|f| text.contains(f)) || text.contains(&share))
            })
        };
        self.raw.iter().any(|(_, text)| keys.iter().any(|key| says(key, text)))
    }
}

/// The screen without its picture and its sources, which are checked by themselves.
fn without_picture(screen: &str, case: &Case) -> String {
    let mut left: Vec<&str> = Vec::new();
    let mut picture: Vec<&str> = Vec::new();
    let source = Regex::new(r"^ {4}\S*?([^/…]+):(\d+)$").unwrap();
    let mut inside = false;
    for line in screen.lines() {
        if line.contains("one column = ") {
            inside = true;
        }
        if inside && line.is_empty() {
            inside = false;
        }
        if inside {
            picture.push(line);
        } else if let Some(found) = source.captures(line) {
            is_cited(case, &found, line);
        } else {
            left.push(line);
        }
    }
    check_picture(&picture, case);
    left.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A source is a file of the folder that has the line.
fn is_cited(case: &Case, found: &Captures<'_>, line: &str) {
    let (name, at) = (found[1].to_owned(), number(&found[2]) as usize);
    let holds = |text: &str| text.lines().count() >= at || !text.contains('\n') || at == 1;
    let is_it = |(path, text): &(String, String)| path.ends_with(&name) && holds(text);
    let stem = name.trim_end_matches(".jsonl").trim_end_matches('…');
    let is_cut = |(path, text): &(String, String)| line.contains('…') && path.contains(stem) && holds(text);
    assert!(case.raw.iter().any(|f| is_it(f) || is_cut(f)), "no such source: {line}");
}

fn check_picture(lines: &[&str], case: &Case) {
    let facts = &case.facts;
    let layout = Layout::of(facts);
    let title = Regex::new(r"(\d{4}-\d\d-\d\d), UTC, one column = (.+)$").unwrap();
    let found = title.captures(lines[0]).unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(&found[1], utc(facts.first).format("%Y-%m-%d").to_string());
    assert!(is_duration(&found[2], layout.column_s()), "{} {}", &found[2], layout.column_s());
    let note = Regex::new(r"max (\d+)(/min|/h)?$").unwrap();
    let gap = Regex::new(&pattern("none(?: admitted)? for {D}")).unwrap();
    let marks =
        Regex::new(&pattern("↑ {T} (first refusal|last|admitted)|{T} (first refusal|last|admitted) ↑")).unwrap();
    let left = Regex::new(r"(\d+) % left").unwrap();
    for line in &lines[1..] {
        let cells: Vec<char> = line.chars().collect();
        let label: String = cells.iter().take(12).collect();
        let is_admitted = match label.trim() {
            "admitted" => Some(true),
            "refused" => Some(false),
            _ => None,
        };
        if let Some(found) = note.captures(line) {
            let printed = number(&found[1]) as f64;
            let per = found.get(2).map(|m| m.as_str());
            let counted = match is_admitted {
                None => facts.most_in_flight(layout.from, layout.to()) as f64,
                Some(kind) => {
                    let starts = facts.rows.iter().filter(|r| r.is_admitted == kind).map(|r| r.start);
                    let most = layout.most_in_a_column(starts);
                    let seconds = match per {
                        Some("/min") => 60.0,
                        Some(_) => 3_600.0,
                        None => layout.column_s(),
                    };
                    most * seconds / layout.column_s()
                }
            };
            let is_right =
                if per.is_none() { (counted - 1e-6).ceil() == printed } else { (counted - printed).abs() <= 0.5 };
            assert!(is_right, "{line}: counted {counted}");
        }
        if let Some(found) = gap.captures(line) {
            assert!(is_duration(&found[1], facts.last - facts.first), "{line}");
        }
        if label.trim() == "snapshots" || line.contains("% left") {
            for found in left.captures_iter(line) {
                assert!(case.says_left(number(&found[1])), "{line}");
            }
        }
        for found in marks.captures_iter(line) {
            let name = found.get(2).or(found.get(4)).unwrap().as_str();
            let printed = found.get(1).or(found.get(3)).unwrap().as_str();
            let at = match name {
                "first refusal" => facts.first,
                "last" => facts.last,
                _ => facts.after.unwrap(),
            };
            assert!(is_time(printed, at), "{line}: {name} is {}", utc(at));
            let whole = found.get(0).unwrap();
            let text = whole.as_str();
            let byte = if text.starts_with('↑') { whole.start() } else { whole.end() - '↑'.len_utf8() };
            let column = line[..byte].chars().count() - 12;
            assert!(layout.is_at(at, column), "{line}: {name} is not in column {column}");
        }
        if label.trim().is_empty() && !line.contains(['↑', '◆', '╰', '╯']) {
            check_axis(line, &layout);
        }
    }
}

/// Each label begins in the column of its time.
fn check_axis(line: &str, layout: &Layout) {
    let label = Regex::new(r"\d\d:\d\d(:\d\d)?").unwrap();
    for found in label.find_iter(line) {
        let column = line[..found.start()].chars().count() - 12;
        let at = layout.from + (column as f64 + 1.0) * layout.column_s();
        let step = if found.len() == 8 { 1.0 } else { 60.0 };
        let tick = ((at - 1e-6) / step).floor() * step;
        assert!(
            is_time(found.as_str(), tick) || layout.column_s() > step && is_near(found.as_str(), at, layout),
            "{line}"
        );
    }
}

/// Whether a time of the day lies in the column that ends at an instant.
fn is_near(printed: &str, end: f64, layout: &Layout) -> bool {
    let mut at = end.floor();
    while at >= end - layout.column_s() - 1.0 {
        if is_time(printed, at) {
            return true;
        }
        at -= 1.0;
    }
    false
}

/// What is left of the text when all phrases are taken out; each is checked.
fn left_over(text: &str, case: &Case) -> String {
    let mut left = text.to_owned();
    for (form, check) in phrases() {
        let regex = Regex::new(&pattern(form)).unwrap();
        let mut next = String::new();
        let mut end = 0;
        for found in regex.captures_iter(&left) {
            let whole = found.get(0).unwrap();
            let values: Vec<&str> = found.iter().skip(1).map(|m| m.map_or("", |m| m.as_str())).collect();
            if let Err(counted) = check(case, &values) {
                panic!("{:?}\n{}\ncounted: {counted}", case.folders, whole.as_str());
            }
            next.push_str(&left[end..whole.start()]);
            next.push('·');
            end = whole.end();
        }
        next.push_str(&left[end..]);
        left = next;
    }
    left
}

fn recount(folders: Vec<PathBuf>, format: Format, episode: [Option<f64>; 2]) {
    let case = Case::of(folders, format, episode);
    let screen = &case.screen;
    let left = left_over(&without_picture(screen, &case), &case);
    let digit = left.find(|c: char| c.is_ascii_digit());
    assert!(digit.is_none(), "{:?}: a number that nothing accounts for:\n{left}\n\n{screen}", case.folders);
}

/// The stretch of refusals that a fixture is about, where it is not all there are.
fn episode_of(folder: &Path) -> [Option<f64>; 2] {
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let at = |key: &str, end: &str| {
        let value = &expected["episodes"][0][key];
        value.as_str().or(value[end].as_str()).map(rows::stamp)
    };
    [at("first_refusal", "from").map(|t| t - 0.002), at("last_refusal", "to").map(|t| t + 0.002)]
}

fn recount_fixture(name: &str, format: Format) {
    let folder = fixture(name);
    let episode = episode_of(&folder);
    recount(vec![folder], format, episode);
}

/// Of a log whose first refusals are isolated ones, or another episode.
fn recount_from(folders: Vec<PathBuf>, format: Format, from: &str) {
    recount(folders, format, [Some(rows::stamp(from)), None]);
}

#[test]
fn canonical_rows() {
    for name in ["per-minute", "cap1-slow", "overload-named", "claude-headers-window", "rolling-trickle"] {
        recount_fixture(name, Format::Canonical);
    }
    recount_fixture("langfuse-tpm", Format::Canonical);
}

#[test]
fn kimi_code_wires() {
    for name in ["thread-hour-snapshot", "cap3-kimi-code", "cap30-45-subagents"] {
        recount_fixture(name, Format::KimiCode);
    }
}

#[test]
fn gateways_and_exports() {
    recount_fixture("nginx-cap4", Format::Nginx);
    recount_from(vec![fixture("litellm-cooldown")], Format::Litellm, "2026-06-09T10:31:30Z");
    recount_fixture("caddy-per-minute", Format::Caddy);
    recount_fixture("otlp-overload", Format::Otlp);
    recount_fixture("har-wrapped-cap", Format::Har);
}

#[test]
fn agents_stores() {
    recount_fixture("opencode-storage-five-hours", Format::OpencodeStorage);
    recount_fixture("codex-five-hours", Format::Codex);
    recount_fixture("claude-code-session-limit", Format::ClaudeCode);
}

#[test]
fn a_recording() {
    let logs = truth::inputs(&root().join("recordings/kimi-code-overload"));
    recount_from(logs, Format::KimiCode, "2026-07-08T06:40:00Z");
}
