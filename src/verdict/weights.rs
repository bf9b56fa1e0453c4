//! Tables of weights: data in weights/, embedded, checked by a test against the kinds of evidence.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::evidence::Observation;
use crate::model::{Cause, Hypothesis};

/// A table of weights.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Name of the table.
    pub name: String,
    /// Version of the table.
    pub version: String,
    /// `reasoned` or `fitted`.
    pub made: String,
    /// One sentence for the footer of the report.
    pub note: String,
    /// No observation gives more points than this, either way.
    pub clip: f64,
    /// Share of the prior that is mixed into every answer.
    pub floor: f64,
    /// Prior by hypothesis key.
    pub prior: BTreeMap<String, f64>,
    /// Points by kind, bin and key, log10.
    pub points: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>,
}

/// What is wrong with a table of weights.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum WeightsError {
    /// Not TOML, or a field is missing or unknown.
    #[error("{file} is not a table of weights: {reason}.")]
    Shape {
        /// The file.
        file: &'static str,
        /// The parser's words.
        reason: String,
    },
    /// A number that no verdict can be drawn with.
    #[error("{file}: {entry} is {value}.")]
    Number {
        /// The file.
        file: &'static str,
        /// The entry.
        entry: String,
        /// Its value.
        value: f64,
    },
    /// No prior at all.
    #[error("{file} has no prior.")]
    NoPrior {
        /// The file.
        file: &'static str,
    },
}

static REASONED: LazyLock<Result<Weights, WeightsError>> =
    LazyLock::new(|| Weights::parse("weights/reasoned.toml", include_str!("../../weights/reasoned.toml")));

static FITTED: LazyLock<Result<Weights, WeightsError>> =
    LazyLock::new(|| Weights::parse("weights/fitted.toml", include_str!("../../weights/fitted.toml")));

/// The table that verdicts are drawn with, checked.
///
/// # Errors
/// What is wrong with it.
pub fn embedded() -> Result<&'static Weights, &'static WeightsError> {
    FITTED.as_ref()
}

/// The table set by reasoning from the method: the prior mean of every fit.
///
/// # Panics
/// Where its file is broken: an empty table in its place would make every cause equally likely.
pub fn reasoned() -> &'static Weights {
    whole(&REASONED)
}

/// The table that verdicts are drawn with. The program checks it before anything else ([`embedded`]).
///
/// # Panics
/// As [`reasoned`].
pub fn in_use() -> &'static Weights {
    whole(&FITTED)
}

fn whole(table: &'static Result<Weights, WeightsError>) -> &'static Weights {
    match table {
        Ok(weights) => weights,
        Err(error) => panic!("{error}"),
    }
}

/// Points for what an observation excludes: no other evidence makes up for them.
pub const EXCLUDED: f64 = -9.0;

impl Weights {
    /// Reads a table and checks it: priors and points are numbers, and there is a prior.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &'static str, text: &str) -> Result<Self, WeightsError> {
        let shape = |e: toml::de::Error| WeightsError::Shape { file, reason: e.message().to_owned() };
        let weights: Self = toml::from_str(text).map_err(shape)?;
        let wrong = |entry: String, value: f64| Err(WeightsError::Number { file, entry, value });
        if let Some((key, p)) = weights.prior.iter().find(|(_, p)| !p.is_finite() || **p < 0.0) {
            return wrong(format!("prior.{key}"), *p);
        }
        for (kind, bins) in &weights.points {
            for (bin, keys) in bins {
                if let Some((key, p)) = keys.iter().find(|(_, p)| !p.is_finite()) {
                    return wrong(format!("points.{kind}.{bin}.{key}"), *p);
                }
            }
        }
        if !weights.prior.values().any(|p| *p > 0.0) {
            return Err(WeightsError::NoPrior { file });
        }
        Ok(weights)
    }

    /// Prior of a hypothesis, not normalised.
    pub fn prior_of(&self, h: &Hypothesis) -> f64 {
        let exact = self.prior.get(&h.key());
        exact.or_else(|| self.prior.get(h.cause.id())).copied().unwrap_or(0.0)
    }

    /// Points of an observation for a hypothesis, with its scale and clipped; what it excludes gets `EXCLUDED`.
    pub fn points_of(&self, o: &Observation, h: &Hypothesis) -> f64 {
        if o.excludes.contains(h) {
            return EXCLUDED;
        }
        let points = self.entry(o, h).map_or(0.0, |(_, p)| p);
        (points * o.scale).clamp(-self.clip, self.clip)
    }

    /// The entry that an observation's points for a hypothesis are read from: the hypothesis's own key, then its cause's,
    /// then target or other; a target's role goes before its own keys.
    pub fn entry(&self, o: &Observation, h: &Hypothesis) -> Option<(&str, f64)> {
        let bin = self.points.get(o.kind)?.get(o.bin)?;
        let is_target = o.targets.contains(h);
        let role = if is_target { "target" } else { "other" };
        let own = bin.get_key_value(&h.key()).or_else(|| bin.get_key_value(h.cause.id()));
        let found = if is_target { bin.get_key_value(role).or(own) } else { own.or_else(|| bin.get_key_value(role)) };
        found.map(|(key, points)| (key.as_str(), *points))
    }

    /// Prior by hypothesis, normalised over those given.
    pub fn prior_over(&self, hypotheses: &[Hypothesis]) -> crate::verdict::Prior {
        let total: f64 = hypotheses.iter().map(|h| self.prior_of(h)).sum();
        hypotheses.iter().map(|h| (*h, self.prior_of(h) / total.max(f64::MIN_POSITIVE))).collect()
    }

    /// Prior by cause, windows added up, normalised over the hypotheses given.
    pub fn prior_by_cause(&self, hypotheses: &[Hypothesis]) -> BTreeMap<Cause, f64> {
        let mut by_cause = BTreeMap::new();
        for (h, p) in self.prior_over(hypotheses) {
            *by_cause.entry(h.cause).or_insert(0.0) += p;
        }
        by_cause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::REGISTRY;

    #[test]
    fn a_broken_table_is_refused_with_file_and_entry() {
        let table = |prior: &str, points: &str| {
            let head = "name = \"n\"\nversion = \"1\"\nmade = \"reasoned\"\nnote = \"\"\nclip = 1.0\nfloor = 0.0\n";
            let text = format!("{head}[prior]\n{prior}\n[points.length.short]\n{points}\n");
            Weights::parse("w.toml", &text).map(|_| ()).map_err(|e| e.to_string())
        };
        assert_eq!(table("network = 1.0", "target = 0.5"), Ok(()));
        assert_eq!(table("network = -1.0", ""), Err("w.toml: prior.network is -1.".to_owned()));
        assert_eq!(
            table("network = 1.0", "target = nan"),
            Err("w.toml: points.length.short.target is NaN.".to_owned())
        );
        assert_eq!(table("", ""), Err("w.toml has no prior.".to_owned()));
        assert!(table("network = \"much\"", "").unwrap_err().starts_with("w.toml is not a table of weights: "));
        assert!(Weights::parse("w.toml", "").is_err(), "an empty file is no table");
    }

    /// Every table that is embedded, by its file's name.
    fn tables() -> [(&'static str, Weights); 2] {
        [
            ("reasoned", toml::from_str(include_str!("../../weights/reasoned.toml")).unwrap()),
            ("fitted", toml::from_str(include_str!("../../weights/fitted.toml")).unwrap()),
        ]
    }

    #[test]
    fn the_tables_fit_the_kinds_of_evidence() {
        let kinds: Vec<&str> = REGISTRY.iter().map(|k| k.id()).collect();
        for (name, table) in tables() {
            for kind in table.points.keys() {
                assert!(kinds.contains(&kind.as_str()), "{name} has points for {kind}, which no evidence makes");
            }
            for kind in REGISTRY {
                let mut bins: Vec<&str> = table.points[kind.id()].keys().map(String::as_str).collect();
                let mut made = kind.bins();
                bins.sort_unstable();
                made.sort_unstable();
                assert_eq!(bins, made, "{name} and {} differ in their bins: fit anew, or set points", kind.id());
            }
        }
    }

    #[test]
    fn every_key_is_a_hypothesis_or_a_role() {
        let points = tables().into_iter().flat_map(|(_, t)| t.points);
        for (kind, bins) in points {
            for (bin, keys) in bins {
                for (key, points) in &keys {
                    let known = ["target", "other"].contains(&key.as_str()) || Hypothesis::from_key(key).is_some();
                    assert!(known, "{kind}.{bin} names {key}");
                    assert!(points.abs() <= reasoned().clip, "{kind}.{bin}.{key} is beyond the clip");
                }
            }
        }
    }

    #[test]
    fn window_and_account_block_are_tied_where_the_second_has_no_model() {
        let tied = ["length", "hard_run", "admissions_inside", "silent_share", "after", "bounce", "other_pools"];
        let window = Hypothesis::window(300);
        let block = Hypothesis::of(Cause::AccountBlock);
        for kind in tied {
            for (bin, keys) in &reasoned().points[kind] {
                if bin == "above_5_h" {
                    continue; // a five-hour window cannot last longer: physics, not duration habits
                }
                let get =
                    |h: &Hypothesis| keys.get(&h.key()).or_else(|| keys.get(h.cause.id())).copied().unwrap_or(0.0);
                assert!((get(&window) - get(&block)).abs() <= 0.11, "{kind}.{bin} is not tied");
            }
        }
    }
}
