//! Bins that physics puts in order for one hypothesis: more of it never speaks less for it.

/// Bins of a kind whose points for a key must not fall from the first to the last.
#[derive(Debug)]
pub struct Chain {
    /// Kind.
    pub kind: &'static str,
    /// Key.
    pub key: &'static str,
    /// Bins, those that speak least for the key first.
    pub bins: &'static [&'static str],
}

const fn chain(kind: &'static str, key: &'static str, bins: &'static [&'static str]) -> Chain {
    Chain { kind, key, bins }
}

/// All chains. No two share a point, so each can be put in order by itself.
pub const CHAINS: &[Chain] = &[
    chain("slot_release", "concurrency_cap", &["far_below", "below", "even", "above", "far_above", "exact"]),
    chain("inflight_low", "concurrency_cap", &["most_idle", "most", "some_idle", "some", "none"]),
    chain("inflight_auc", "concurrency_cap", &["lower", "even", "higher", "far_higher"]),
    chain("inflight_same", "concurrency_cap", &["spread", "similar", "same"]),
    chain("inflight_none", "concurrency_cap", &["never", "apart"]),
    chain("cap_known", "concurrency_cap", &["below", "between", "at"]),
    chain("minute_auc", "rate_per_minute", &["lower", "even", "higher", "far_higher"]),
    chain("minute_reach", "rate_per_minute", &["none", "some", "most", "all_of_few", "all_of_many"]),
    chain("minute_low", "rate_per_minute", &["most_of_all_asked", "most", "some", "none"]),
    chain("pool_meter", "concurrency_cap", &["minute_far", "minute", "alike", "flight", "flight_far"]),
    chain("pool_meter", "rate_per_minute", &["flight_far", "flight", "alike", "minute", "minute_far"]),
    chain("replay_cap", "concurrency_cap", &["refuted", "poor", "even", "fair", "good", "exact"]),
    chain("replay_minute", "rate_per_minute", &["refuted", "poor", "even", "fair", "good", "exact"]),
    chain("replay_between", "concurrency_cap", &["minute_far", "minute", "alike", "cap", "cap_far"]),
    chain("replay_between", "rate_per_minute", &["cap_far", "cap", "alike", "minute", "minute_far"]),
    chain(
        "length",
        "rate_per_minute",
        &["above_5_h", "below_5_h", "below_75_min", "below_20_min", "below_5_min", "below_1_min"],
    ),
    chain("hard_run", "concurrency_cap", &["impossible", "unlikely", "possible", "likely"]),
    chain("admissions_inside", "access", &["many", "few", "none"]),
    chain("admissions_inside", "billing", &["many", "few", "none"]),
    chain("after", "concurrency_cap", &["long", "middling", "short"]),
    chain("after", "rate_per_minute", &["long", "middling", "short"]),
    chain("bounce", "concurrency_cap", &["none", "few", "some", "many"]),
    chain("bounce", "rate_per_minute", &["none", "few", "some", "many"]),
    chain("snapshot_in_gap", "target", &["positive", "low", "zero"]),
    chain("snapshot_in_gap", "target", &["before_positive", "before_low", "before_zero"]),
    chain("reset_hit", "target", &["recovered_before", "hit_wide", "hit", "hit_narrow"]),
    chain("phase", "target", &["miss", "hit"]),
    chain("window_meter", "target", &["poor", "fair", "sharp"]),
    chain("record_use", "target", &["contradicts", "doubts", "fits"]),
    chain("other_pools", "network", &["fine", "partly", "blocked"]),
    chain("streams_broken", "network", &["none", "one", "several"]),
];

/// The closest values that never fall (pool adjacent violators: Ayer et al. 1955).
pub fn ascending(values: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::with_capacity(values.len());
    for v in values {
        blocks.push((*v, 1));
        while let [.., (a, n), (b, m)] = blocks[..]
            && a > b
        {
            blocks.truncate(blocks.len() - 2);
            blocks.push(((a * n as f64 + b * m as f64) / (n + m) as f64, n + m));
        }
    }
    blocks.into_iter().flat_map(|(v, n)| std::iter::repeat_n(v, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_is_pooled() {
        assert_eq!(ascending(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(ascending(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        assert_eq!(ascending(&[-1.0, 0.0]), [-1.0, 0.0]);
    }

    #[test]
    fn chains_name_bins_that_exist_and_share_none() {
        let mut seen = Vec::new();
        for chain in CHAINS {
            let kind = why429::evidence::REGISTRY.iter().find(|k| k.id() == chain.kind).unwrap();
            for bin in chain.bins {
                assert!(kind.bins().contains(bin), "{}.{bin}", chain.kind);
                assert!(!seen.contains(&(chain.kind, *bin, chain.key)), "{}.{bin} twice", chain.kind);
                seen.push((chain.kind, bin, chain.key));
            }
        }
    }

    #[test]
    fn the_reasoned_table_is_in_order() {
        let table = why429::verdict::reasoned();
        for chain in CHAINS {
            let bins = &table.points[chain.kind];
            let points: Vec<f64> = chain.bins.iter().map(|b| bins[*b].get(chain.key).copied().unwrap_or(0.0)).collect();
            assert_eq!(points, ascending(&points), "{} for {}", chain.kind, chain.key);
        }
    }
}
