//! What each bin of each kind plainly means: for a cause, against it, or nothing, as a reader takes its sentence.
//!
//! Fitted points correct one kind for what the others have said already, so they may lean the other way. Reports list an
//! observation for or against a cause only by its plain meaning (docs/METHOD.md, Plain meaning); and a fit gives no points that
//! contradict it.

use super::Observation;
use crate::model::{Cause, Hypothesis};

/// What an observation plainly means for a hypothesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It speaks for it.
    For,
    /// It speaks against it.
    Against,
    /// It says nothing of it.
    Nothing,
}

/// One bin: keys of hypotheses that it speaks for, and against. `token_window` is every length, `target` what the observation
/// is about, `other` all that it is not about.
struct Row(&'static str, &'static [&'static str], &'static [&'static str]);

const CAP: &str = "concurrency_cap";
const WINDOW: &str = "token_window";
const MINUTE: &str = "rate_per_minute";
const OVERLOAD: &str = "overload";
const NETWORK: &str = "network";
const BILLING: &str = "billing";
const ACCESS: &str = "access";
const LOCAL: &str = "local_limit";
const BLOCK: &str = "account_block";
const TARGET: &str = "target";
const OTHER: &str = "other";

/// What 429 does not answer: a limit of any kind may, so it is no reason.
const LIMITS: &[&str] = &[CAP, WINDOW, MINUTE, BILLING, ACCESS, BLOCK];

const TABLE: &[(&str, &[Row])] = &[
    (
        "class",
        &[
            Row("rate_limited", &[], &[]),
            Row("unknown", &[], &[]),
            Row("overload", &[OVERLOAD], LIMITS),
            Row("network", &[NETWORK], LIMITS),
            Row("unauthorized", &[ACCESS], &[CAP, WINDOW, MINUTE, OVERLOAD, NETWORK]),
            Row("payment", &[BILLING], &[CAP, MINUTE, OVERLOAD, NETWORK]),
            Row("forbidden", &[ACCESS], &[MINUTE, OVERLOAD, NETWORK]),
            Row("local", &[LOCAL], &[CAP, WINDOW, MINUTE, OVERLOAD, NETWORK, BILLING, ACCESS, BLOCK]),
            Row("mixed", &[], &[]),
            Row("mixed_answered", &[], &[NETWORK]),
            Row("mixed_with_5xx", &[OVERLOAD], &[]),
            Row("named", &[], &[]),
        ],
    ),
    (
        "named_text",
        &[
            Row("named", &[TARGET], &[OTHER]),
            Row("named_rare", &[TARGET], &[OTHER]),
            Row("partly", &[TARGET], &[OTHER]),
            Row("misleading", &[TARGET], &[OTHER]),
            Row("conflict", &[], &[]),
            Row("ambiguous", &[], &[]),
        ],
    ),
    (
        "named_end",
        &[
            Row("by_text", &[WINDOW], &[ACCESS, BILLING, BLOCK]),
            Row("by_header", &[], &[]),
            Row("kept", &[WINDOW], &[ACCESS, BILLING, BLOCK, OVERLOAD, NETWORK, LOCAL]),
        ],
    ),
    (
        "slot_release",
        &[
            Row("far_below", &[], &[CAP]),
            Row("below", &[], &[CAP]),
            Row("even", &[], &[]),
            Row("above", &[CAP], &[]),
            Row("far_above", &[CAP], &[]),
            Row("exact", &[CAP], &[]),
        ],
    ),
    (
        "inflight_low",
        &[
            Row("none", &[CAP], &[]),
            Row("some", &[], &[CAP]),
            Row("some_idle", &[], &[CAP]),
            Row("most", &[], &[CAP]),
            Row("most_idle", &[], &[CAP]),
        ],
    ),
    (
        "inflight_auc",
        &[Row("lower", &[], &[CAP]), Row("even", &[], &[]), Row("higher", &[CAP], &[]), Row("far_higher", &[CAP], &[])],
    ),
    ("inflight_same", &[Row("same", &[CAP], &[]), Row("similar", &[CAP], &[]), Row("spread", &[], &[CAP])]),
    ("inflight_none", &[Row("never", &[], &[CAP]), Row("apart", &[], &[CAP])]),
    ("cap_known", &[Row("at", &[CAP], &[]), Row("between", &[], &[]), Row("below", &[], &[CAP])]),
    (
        "minute_auc",
        &[
            Row("lower", &[], &[MINUTE]),
            Row("even", &[], &[MINUTE]),
            Row("higher", &[MINUTE], &[]),
            Row("far_higher", &[MINUTE], &[]),
        ],
    ),
    (
        "minute_reach",
        &[
            Row("none", &[], &[MINUTE]),
            Row("some", &[], &[MINUTE]),
            Row("most", &[MINUTE], &[]),
            Row("all_of_few", &[MINUTE], &[]),
            Row("all_of_many", &[MINUTE], &[]),
        ],
    ),
    (
        "minute_low",
        &[
            Row("none", &[MINUTE], &[]),
            Row("some", &[], &[MINUTE]),
            Row("most", &[], &[MINUTE]),
            Row("most_of_all_asked", &[], &[MINUTE]),
        ],
    ),
    (
        "pool_meter",
        &[
            Row("flight_far", &[CAP], &[MINUTE]),
            Row("flight", &[CAP], &[MINUTE]),
            Row("alike", &[], &[]),
            Row("minute", &[MINUTE], &[CAP]),
            Row("minute_far", &[MINUTE], &[CAP]),
            Row("neither", &[], &[CAP, MINUTE]),
        ],
    ),
    (
        "replay_cap",
        &[
            Row("refuted", &[], &[CAP]),
            Row("poor", &[], &[CAP]),
            Row("even", &[], &[]),
            Row("fair", &[CAP], &[]),
            Row("good", &[CAP], &[]),
            Row("exact", &[CAP], &[]),
        ],
    ),
    (
        "replay_minute",
        &[
            Row("refuted", &[], &[MINUTE]),
            Row("poor", &[], &[MINUTE]),
            Row("even", &[], &[]),
            Row("fair", &[MINUTE], &[]),
            Row("good", &[MINUTE], &[]),
            Row("exact", &[MINUTE], &[]),
        ],
    ),
    (
        "replay_between",
        &[
            Row("cap_far", &[CAP], &[MINUTE]),
            Row("cap", &[CAP], &[MINUTE]),
            Row("alike", &[], &[]),
            Row("minute", &[MINUTE], &[CAP]),
            Row("minute_far", &[MINUTE], &[CAP]),
            Row("neither", &[], &[CAP, MINUTE]),
        ],
    ),
    (
        "length",
        &[
            Row("below_1_min", &[MINUTE], &[WINDOW, BLOCK]),
            Row("below_5_min", &[MINUTE], &[]),
            Row("below_20_min", &[], &[MINUTE]),
            Row("below_75_min", &[], &[MINUTE]),
            Row("below_5_h", &[], &[MINUTE]),
            Row("above_5_h", &[], &["token_window/300", MINUTE]),
            Row("porous", &[], &[]),
            Row("censored", &[], &[]),
        ],
    ),
    (
        "hard_run",
        &[
            Row("held", &[], &[]),
            Row("likely", &[], &[]),
            Row("possible", &[], &[CAP]),
            Row("unlikely", &[], &[CAP]),
            Row("impossible", &[], &[CAP]),
        ],
    ),
    (
        "admissions_inside",
        &[
            Row("none", &[WINDOW, BLOCK, ACCESS, BILLING], &[]),
            Row("few", &[], &[ACCESS, BILLING]),
            Row("many", &[], &[WINDOW, BLOCK, ACCESS, BILLING]),
        ],
    ),
    (
        "retry_after",
        &[
            Row("short_constant", &[CAP, MINUTE], &[WINDOW]),
            Row("short_varying", &[MINUTE], &[WINDOW]),
            Row("short_target", &[MINUTE], &[CAP, WINDOW]),
            Row("long", &[TARGET], &[CAP, MINUTE, NETWORK]),
            Row("fixed_target", &[TARGET], &[CAP, MINUTE, NETWORK]),
            Row("days", &[TARGET], &[CAP, MINUTE, NETWORK]),
        ],
    ),
    (
        "snapshot_in_gap",
        &[
            Row("zero", &[TARGET], &[]),
            Row("low", &[TARGET], &[]),
            Row("positive", &[], &[TARGET]),
            Row("before_zero", &[TARGET], &[]),
            Row("before_low", &[], &[]),
            Row("before_positive", &[], &[TARGET]),
        ],
    ),
    ("same_window_later", &[Row("not_used_up", &[], &[TARGET])]),
    (
        "reset_hit",
        &[
            Row("hit_narrow", &[TARGET], &[]),
            Row("hit", &[TARGET], &[]),
            Row("hit_wide", &[TARGET], &[]),
            Row("recovered_before", &[], &[TARGET]),
            Row("blocked_after", &[], &[TARGET]),
            Row("future", &[], &[]),
        ],
    ),
    ("phase", &[Row("hit", &[TARGET], &[]), Row("miss", &[], &[TARGET])]),
    ("window_meter", &[Row("sharp", &[TARGET], &[]), Row("fair", &[TARGET], &[]), Row("poor", &[], &[TARGET])]),
    ("record_use", &[Row("contradicts", &[], &[TARGET]), Row("doubts", &[], &[TARGET]), Row("fits", &[TARGET], &[])]),
    (
        "other_pools",
        &[
            Row("fine", &[], &[NETWORK, OVERLOAD]),
            Row("partly", &[], &[]),
            Row("blocked", &[NETWORK, OVERLOAD], LIMITS),
        ],
    ),
    (
        "after",
        &[Row("short", &[CAP, MINUTE], &[]), Row("middling", &[], &[]), Row("long", &[WINDOW, BLOCK], &[CAP, MINUTE])],
    ),
    (
        "bounce",
        &[
            Row("none", &[WINDOW, BLOCK], &[CAP, MINUTE]),
            Row("few", &[], &[]),
            Row("some", &[CAP, MINUTE], &[WINDOW, BLOCK]),
            Row("many", &[CAP, MINUTE], &[WINDOW, BLOCK]),
        ],
    ),
    ("streams_broken", &[Row("none", &[], &[NETWORK]), Row("one", &[NETWORK], &[]), Row("several", &[NETWORK], &[])]),
    ("silent_share", &[Row("probed", &[], &[]), Row("half", &[], &[]), Row("mostly_silent", &[], &[])]),
];

/// What a bin of a kind plainly means for a hypothesis, `is_target` where the observation is about it. A rule that excludes a
/// hypothesis is not in it.
pub fn meaning_of(kind: &str, bin: &str, h: &Hypothesis, is_target: bool) -> Meaning {
    let rows = TABLE.iter().find(|(k, _)| *k == kind).map_or(&[][..], |(_, rows)| *rows);
    let Some(Row(_, speaks_for, speaks_against)) = rows.iter().find(|r| r.0 == bin) else { return Meaning::Nothing };
    let (key, cause) = (h.key(), h.cause.id());
    let names = |keys: &[&str]| {
        keys.iter().any(|k| *k == key || *k == cause || *k == TARGET && is_target || *k == OTHER && !is_target)
    };
    match (names(speaks_for), names(speaks_against)) {
        (true, _) => Meaning::For,
        (false, true) => Meaning::Against,
        (false, false) => Meaning::Nothing,
    }
}

impl Observation {
    /// What it plainly means for a hypothesis.
    pub fn meaning(&self, h: &Hypothesis) -> Meaning {
        if self.excludes.contains(h) {
            return Meaning::Against;
        }
        meaning_of(self.kind, self.bin, h, self.targets.contains(h))
    }
}

/// What an observation of a kind is about: observations about one thing are one reason for a reader.
pub fn topic(kind: &str) -> &str {
    match kind {
        "slot_release" | "inflight_low" | "inflight_auc" | "inflight_same" | "inflight_none" | "cap_known"
        | "replay_cap" => "requests in flight",
        "minute_auc" | "minute_reach" | "minute_low" | "replay_minute" => "the last minute",
        "pool_meter" | "replay_between" => "which limiter explains more",
        "length" | "hard_run" | "admissions_inside" => "how long nothing was admitted",
        "after" | "bounce" => "after the recovery",
        "window_meter" | "record_use" => "the use of a window",
        other => other,
    }
}

/// The sign that plain meaning asks of a key's points in a table of weights: 1, -1, or 0 for either.
pub fn sign_of(kind: &str, bin: &str, key: &str) -> i8 {
    let (h, is_target) = match key {
        TARGET => (Hypothesis::window(300), true),
        OTHER => (Hypothesis::of(Cause::Undetermined), false),
        key => match Hypothesis::from_key(key) {
            Some(h) => (h, false),
            None => return 0,
        },
    };
    match meaning_of(kind, bin, &h, is_target) {
        Meaning::For => 1,
        Meaning::Against => -1,
        Meaning::Nothing => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::REGISTRY;

    #[test]
    fn every_bin_of_every_kind_has_a_meaning() {
        let listed: Vec<(&str, Vec<&str>)> =
            TABLE.iter().map(|(k, rows)| (*k, sorted(rows.iter().map(|r| r.0).collect()))).collect();
        for kind in REGISTRY {
            let bins = listed.iter().find(|(k, _)| *k == kind.id()).map(|(_, bins)| bins.clone());
            assert_eq!(bins, Some(sorted(kind.bins().to_vec())), "{}", kind.id());
        }
        assert_eq!(listed.len(), REGISTRY.len(), "a meaning of a kind that is no more");
    }

    fn sorted(mut all: Vec<&str>) -> Vec<&str> {
        all.sort_unstable();
        all
    }

    #[test]
    fn every_key_is_a_hypothesis_or_a_role_and_stands_on_one_side() {
        for (kind, rows) in TABLE {
            for Row(bin, pro, contra) in *rows {
                for key in pro.iter().chain(*contra) {
                    assert!(
                        [TARGET, OTHER].contains(key) || Hypothesis::from_key(key).is_some(),
                        "{kind}.{bin}: {key}"
                    );
                }
                assert!(pro.iter().all(|k| !contra.contains(k)), "{kind}.{bin} is on both sides");
            }
        }
    }

    #[test]
    fn a_target_goes_before_all_others() {
        let (five, week) = (Hypothesis::window(300), Hypothesis::window(10_080));
        assert_eq!(meaning_of("named_text", "named", &five, true), Meaning::For);
        assert_eq!(meaning_of("named_text", "named", &week, false), Meaning::Against);
        assert_eq!(meaning_of("class", "rate_limited", &Hypothesis::of(Cause::Network), false), Meaning::Nothing);
        assert_eq!(sign_of("snapshot_in_gap", "positive", "target"), -1);
        assert_eq!(sign_of("length", "above_5_h", "token_window/300"), -1);
        assert_eq!(sign_of("length", "above_5_h", "token_window/10080"), 0);
    }

    #[test]
    fn the_tables_do_not_contradict_it() {
        for table in [crate::verdict::reasoned(), crate::verdict::in_use()] {
            for (kind, bins) in &table.points {
                for (bin, keys) in bins {
                    for (key, points) in keys {
                        let sign = f64::from(sign_of(kind, bin, key));
                        assert!(points * sign >= 0.0, "{}: {kind}.{bin}.{key} = {points}", table.name);
                    }
                }
            }
        }
    }
}
