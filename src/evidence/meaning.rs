//! What each bin of each kind plainly means: for a cause, against it, or nothing, as a reader takes its sentence.
//!
//! Fitted points correct one kind for what the others have said already, so they may lean the other way. Reports list an
//! observation for or against a cause only by its plain meaning (docs/METHOD.md, Plain meaning); and a fit gives no points that
//! contradict it.

use super::declaration_of;
use super::hypotheses::{OTHER, TARGET};
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
    match declaration_of(kind).bin(bin).map(|bin| bin.meaning(&h, is_target)) {
        Some(Meaning::For) => 1,
        Some(Meaning::Against) => -1,
        Some(Meaning::Nothing) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_goes_before_all_others() {
        let (five, week) = (Hypothesis::window(300), Hypothesis::window(10_080));
        let means = |kind: &str, bin: &str, h: &Hypothesis, is_target| {
            declaration_of(kind).bin(bin).unwrap().meaning(h, is_target)
        };
        assert_eq!(means("named_text", "named", &five, true), Meaning::For);
        assert_eq!(means("named_text", "named", &week, false), Meaning::Against);
        assert_eq!(means("class", "rate_limited", &Hypothesis::of(Cause::Network), false), Meaning::Nothing);
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
