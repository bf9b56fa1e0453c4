//! `expected.json`: what an incident must give (docs/REPORT.md describes every field).

use serde::{Deserialize, Serialize};

use crate::model::{Time, Zone};
use crate::pipeline::Options;

/// What a case must give. An unknown field is an error: a misspelt bound must not pass for one that holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object with options, verdict_cause, counts and episodes")]
pub struct Expected {
    /// How the case is analysed.
    #[serde(skip_serializing_if = "ExpectedOptions::is_empty")]
    pub options: ExpectedOptions,
    /// Cause of the report's own verdict. Absent: not compared. Null: nothing was refused.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub verdict_cause: Option<Option<String>>,
    /// All episodes in order, idle ones too.
    pub episodes: Vec<ExpectedEpisode>,
    /// How much was read. Absent: not compared, and no line may be a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// How much was read of a case: less is a difference, and so are more problems.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of the numbers files, attempts, snapshots and problems")]
pub struct Counts {
    /// Files of a known format, at least.
    pub files: u64,
    /// Attempts, each once, at least.
    pub attempts: u64,
    /// Usage snapshots, at least.
    pub snapshots: u64,
    /// Lines that could not be read, and other parse problems, at most.
    pub problems: u64,
}

/// Distinguishes a null from an absent field.
fn present<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// Options of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object of options")]
pub struct ExpectedOptions {
    /// As `--tz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// As `--log-tz`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_tz: Option<String>,
    /// As `--account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// As `--provider`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// As `--now`, RFC 3339 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

impl ExpectedOptions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What they mean; without file times, which a copy of a fixture does not keep.
    ///
    /// # Errors
    /// The option that cannot be understood, and its value.
    pub fn to_options(&self) -> Result<Options, (&'static str, String)> {
        let parsed = |name: &'static str, tz: &Option<String>| match tz {
            Some(tz) => Zone::parse(tz).map(Some).ok_or_else(|| (name, tz.clone())),
            None => Ok(None),
        };
        let (zone, log_zone) = (parsed("tz", &self.tz)?, parsed("log_tz", &self.log_tz)?);
        let now = match &self.now {
            Some(now) => Some(Time::parse_rfc3339(now).ok_or_else(|| ("now", now.clone()))?),
            None => None,
        };
        Ok(Options {
            zone,
            log_zone,
            now,
            account: self.account.clone(),
            provider: self.provider.clone(),
            file_times: false,
            ..Options::default()
        })
    }
}

/// What one episode must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with pool, cause and confidence")]
pub struct ExpectedEpisode {
    /// Pool id.
    pub pool: String,
    /// Cause of its verdict.
    pub cause: String,
    /// Window of its verdict; absent and null both mean none.
    #[serde(default)]
    pub window_minutes: Option<u32>,
    /// Word of its verdict.
    pub confidence: String,
    /// Least probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability_min: Option<f64>,
    /// When its first refusal was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_refusal: Option<TimeBound>,
    /// When its last refusal was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refusal: Option<TimeBound>,
    /// What its cap was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_cap: Option<CapBound>,
    /// The two causes of an undetermined verdict in any order, `token_window/300` or `token_window` for any length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Vec<String>>,
}

/// An instant, or a stretch that it must lie in, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a time in quotes, or an object of the two times from and to")]
pub enum TimeBound {
    /// Exactly this, to the millisecond.
    At(String),
    /// Not before `from`, not after `to`.
    Within(Stretch),
}

/// A stretch of time, RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Begin.
    pub from: String,
    /// End.
    pub to: String,
}

/// A true cap that the estimate must cover, or a range that the estimate must not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of slots, or an object of the two numbers low and high")]
pub enum CapBound {
    /// The truth: it must lie within the estimate's bounds.
    True(u64),
    /// The estimate's bounds must lie within these.
    Range(SlotRange),
}

/// A range of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotRange {
    /// Least.
    pub low: u64,
    /// Most.
    pub high: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_absent_verdicts_are_distinguished() {
        let read = |text: &str| serde_json::from_str::<Expected>(text).unwrap().verdict_cause;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"verdict_cause":null}"#), Some(None));
        assert_eq!(read(r#"{"verdict_cause":"idle"}"#), Some(Some("idle".to_owned())));
    }

    #[test]
    fn options_that_cannot_be_understood_are_named() {
        let options = |text: &str| serde_json::from_str::<ExpectedOptions>(text).unwrap().to_options();
        assert_eq!(options(r#"{"tz":"Nowhere/Town"}"#).unwrap_err(), ("tz", "Nowhere/Town".to_owned()));
        assert_eq!(options(r#"{"now":"2h"}"#).unwrap_err().0, "now");
        let good = options(r#"{"tz":"+08:00","now":"2026-03-03T16:40:00Z","account":"a"}"#).unwrap();
        assert_eq!(
            (good.zone, good.account.as_deref(), good.file_times),
            (Some(Zone::Fixed(28_800)), Some("a"), false)
        );
    }
}
