//! A report as far as it is compared: the fields of docs/schema.md, and no others.
//!
//! In: the bytes of a JSON file. Out: a [`Report`], or why it is none. Fields that a later version adds are passed over,
//! and fields that were added later are not needed, so a report of any version of schema v1 can be read.

use serde::Deserialize;

use crate::document::{self, Between, CauseShare, Estimates, FidelityCounts, InputProblem};

/// Why a file is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// It is no JSON, or lacks a field.
    #[error("not a report as `--format json` writes it: {0}.")]
    Parse(String),
    /// It is JSON of another schema.
    #[error("its schema is {0:?}, and only {schema:?} can be compared.", schema = document::SCHEMA)]
    Schema(String),
}

/// One report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Report {
    /// The program that wrote it.
    pub tool: document::Tool,
    /// Its inputs.
    pub inputs: Vec<Input>,
    /// What they cover.
    pub coverage: Coverage,
    /// Pools.
    pub pools: Vec<Pool>,
    /// Episodes in order of time.
    pub episodes: Vec<Episode>,
    /// Refusals too few to be an episode.
    pub isolated_refusals: Vec<serde::de::IgnoredAny>,
    /// The episode that cost most.
    pub verdict: document::Summary,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Input {
    /// Path.
    pub path: String,
    /// Format, if it was recognised.
    pub format: Option<String>,
    /// Attempts in it.
    pub attempts: u64,
    /// What could not be read.
    pub problems: Vec<InputProblem>,
}

/// What the inputs cover.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Coverage {
    /// First stamp.
    pub from: Option<String>,
    /// Last stamp.
    pub to: Option<String>,
    /// Attempts after merging.
    pub attempts: u64,
    /// Admitted.
    pub admitted: u64,
    /// Refused rows.
    pub refused: u64,
    /// Answers about the request itself.
    pub other: u64,
    /// Refused, with requests collapsed into rows.
    pub refused_at_most: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Snapshots that fit no pool.
    pub snapshots_unassigned: u64,
    /// Duplicate rows.
    pub duplicates: u64,
    /// Attempts by fidelity.
    pub fidelity: FidelityCounts,
}

/// One pool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pool {
    /// Id.
    pub id: String,
    /// Attempts.
    pub attempts: u64,
}

/// One episode.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Episode {
    /// Id within its report.
    pub id: String,
    /// Begin.
    pub from: String,
    /// End.
    pub to: String,
    /// Pool id.
    pub pool: String,
    /// First refusal.
    pub first_refusal: Option<String>,
    /// Last refusal.
    pub last_refusal: Option<String>,
    /// First admission after it.
    pub first_admission_after: Option<String>,
    /// Seconds from the first to the last refusal.
    pub proven_span_s: f64,
    /// Attempts in the span.
    pub attempts: u64,
    /// Refused rows.
    pub refused: u64,
    /// Admitted in the span.
    pub admitted: u64,
    /// Separate probes.
    pub probes: u64,
    /// Verdict.
    pub verdict: Verdict,
    /// All causes.
    pub causes: Vec<CauseShare>,
    /// Kinds of evidence.
    pub evidence: Vec<Evidence>,
    /// Estimates.
    pub estimates: Estimates,
}

/// The verdict on one episode.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Verdict {
    /// First cause, or `undetermined`.
    pub cause: String,
    /// Length of the window.
    pub window_minutes: Option<u32>,
    /// How sure it is.
    pub confidence: String,
    /// Probability of the first cause.
    pub probability: f64,
    /// The two causes, when undetermined.
    pub between: Option<Vec<Between>>,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Evidence {
    /// Kind.
    pub kind: String,
    /// Bin of the table of weights, where the report has it.
    #[serde(default)]
    pub bin: String,
}

impl Report {
    /// The episode that the report's verdict is about.
    pub(super) fn costliest(&self) -> Option<&Episode> {
        self.verdict.episode.as_ref().and_then(|id| self.episodes.iter().find(|e| e.id == *id))
    }

    /// The verdict of the episode that cost most, or that nothing was refused: `token_window/300, confirmed`.
    pub fn headline(&self) -> String {
        match (&self.verdict.cause, self.costliest()) {
            (_, Some(e)) => e.verdict.headline(),
            (Some(cause), None) => cause.clone(),
            (None, None) => "nothing refused".to_owned(),
        }
    }
}

impl Verdict {
    /// Cause and confidence: `token_window/300, confirmed`.
    pub(super) fn headline(&self) -> String {
        format!("{}, {}", super::key(&self.cause, self.window_minutes), self.confidence)
    }
}

/// Reads a report.
///
/// # Errors
/// When the bytes are no report of schema v1.
pub fn read(bytes: &[u8]) -> Result<Report, ReportError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    // An editor on Windows puts a byte order mark before a file that it saves.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let failed = |e: serde_json::Error| ReportError::Parse(e.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(failed)?;
    if head.schema != document::SCHEMA {
        return Err(ReportError::Schema(head.schema));
    }
    serde_json::from_slice(bytes).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{json, sample};

    #[test]
    fn every_sample_is_read() {
        for (name, document) in sample::all() {
            let report = read(json::render(&document).unwrap().as_bytes()).unwrap();
            assert_eq!(report.episodes.len(), document.episodes.len(), "{name}");
            assert_eq!(report.isolated_refusals.len(), document.isolated_refusals.len(), "{name}");
        }
    }

    #[test]
    fn fields_that_were_added_later_are_not_needed() {
        let mut value = serde_json::to_value(sample::thread()).unwrap();
        let episode = &mut value["episodes"][0];
        for field in ["sentence", "blocked_agent_s", "strip", "agents", "agents_total", "facts"] {
            assert!(episode.as_object_mut().unwrap().remove(field).is_some(), "{field}");
        }
        for evidence in episode["evidence"].as_array_mut().unwrap() {
            for field in ["strength", "bin", "leverage"] {
                assert!(evidence.as_object_mut().unwrap().remove(field).is_some(), "{field}");
            }
        }
        value.as_object_mut().unwrap().remove("incidents");
        value["later"] = serde_json::json!(1);
        assert_eq!(read(value.to_string().as_bytes()).unwrap().episodes.len(), 1);
    }

    #[test]
    fn what_is_no_report_is_reported() {
        assert!(matches!(read(b"{"), Err(ReportError::Parse(_))));
        assert!(matches!(read(b"[1]"), Err(ReportError::Parse(_))));
        let other = read(br#"{"schema":"why429.report/v2"}"#).unwrap_err();
        assert!(other.to_string().contains("why429.report/v2") && other.to_string().contains("why429.report/v1"));
        let Err(ReportError::Parse(why)) = read(br#"{"schema":"why429.report/v1"}"#) else { panic!("no error") };
        assert!(why.contains("missing field"), "{why}");
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
    }
}
