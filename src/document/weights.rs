//! What one evidence weighs for each hypothesis: an object of keys and points in JSON, a short list in memory.
//!
//! In: hypotheses with their points. Out: the same in the order of their keys. A map of texts took 6 KB of every episode
//! of a long report, since every evidence repeats the same few keys.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Hypothesis;

/// Points by hypothesis, in log10; a hypothesis stands once, in the order of its key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(Box<[(Hypothesis, f64)]>);

impl Weights {
    /// The points of a hypothesis; 0 where it has none.
    pub fn of(&self, hypothesis: Hypothesis) -> f64 {
        self.iter().find(|(h, _)| *h == hypothesis).map_or(0.0, |(_, points)| points)
    }

    /// All, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (Hypothesis, f64)> {
        self.0.iter().copied()
    }
}

impl FromIterator<(Hypothesis, f64)> for Weights {
    fn from_iter<I: IntoIterator<Item = (Hypothesis, f64)>>(all: I) -> Self {
        // By key, so that JSON is ordered as before there was this type; of two the last stays.
        let by_key: BTreeMap<String, (Hypothesis, f64)> = all.into_iter().map(|(h, w)| (h.key(), (h, w))).collect();
        Self(by_key.into_values().collect())
    }
}

impl Serialize for Weights {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter().map(|(h, points)| (h.key(), points)))
    }
}

impl<'de> Deserialize<'de> for Weights {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = BTreeMap::<String, f64>::deserialize(from)?;
        let known = |(key, points): (String, f64)| {
            let h = Hypothesis::from_key(&key);
            h.map(|h| (h, points)).ok_or_else(|| D::Error::custom(format!("no hypothesis has the key {key:?}")))
        };
        all.into_iter().map(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cause;

    #[test]
    fn it_is_an_object_in_the_order_of_its_keys_and_reads_back() {
        let weekly = Hypothesis::window(10_080);
        let all = [(Hypothesis::window(300), 1.5), (weekly, -0.25), (Hypothesis::of(Cause::Access), 0.0)];
        let weights: Weights = all.into_iter().collect();
        let text = serde_json::to_string(&weights).unwrap();
        assert_eq!(text, r#"{"access":0.0,"token_window/10080":-0.25,"token_window/300":1.5}"#);
        assert_eq!(serde_json::from_str::<Weights>(&text).unwrap(), weights);
        assert_eq!((weights.of(weekly), weights.of(Hypothesis::of(Cause::Billing))), (-0.25, 0.0));
        assert!(serde_json::from_str::<Weights>(r#"{"tides":1.0}"#).is_err());
    }
}
