//! Writes a table as `weights/*.toml`: the same bytes for the same table.

use std::fmt::Write as _;

use why429::evidence::REGISTRY;
use why429::verdict::Weights;

/// The table as text, kinds and bins in the order of the registry, under a comment of these lines.
pub fn toml(table: &Weights, comment: &[String]) -> String {
    let mut out = String::new();
    for line in comment {
        let _ = writeln!(out, "# {line}");
    }
    let _ = writeln!(out, "name = {:?}\nversion = {:?}\nmade = {:?}", table.name, table.version, table.made);
    let _ = writeln!(out, "note = {:?}\nclip = {:?}\nfloor = {:?}\n\n[prior]", table.note, table.clip, table.floor);
    for (key, p) in &table.prior {
        let _ = writeln!(out, "{} = {p:?}", quoted(key));
    }
    for kind in REGISTRY {
        out.push('\n');
        for bin in kind.bins() {
            let _ = writeln!(out, "[points.{}.{bin}]", kind.id());
            let keys = table.points.get(kind.id()).and_then(|bins| bins.get(bin));
            for (key, points) in keys.into_iter().flatten().filter(|(k, p)| says(keys, k, **p)) {
                let _ = writeln!(out, "{} = {points:?}", quoted(key));
            }
        }
    }
    out
}

/// A zero is left out where leaving it out means zero: not where another key would then be read.
fn says(keys: Option<&std::collections::BTreeMap<String, f64>>, key: &str, points: f64) -> bool {
    let has = |k: &str| keys.is_some_and(|keys| keys.contains_key(k));
    points != 0.0 || key == "target" || has("other") || (key.contains('/') && has("token_window"))
}

fn quoted(key: &str) -> String {
    if key.contains('/') { format!("\"{key}\"") } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use why429::model::Hypothesis;
    use why429::verdict::{hypotheses, reasoned};

    #[test]
    fn what_is_written_reads_the_same() {
        let text = toml(reasoned(), &["one".to_owned()]);
        assert!(text.starts_with("# one\nname = \"reasoned\""));
        let read: Weights = toml::from_str(&text).unwrap();
        for kind in REGISTRY {
            for bin in kind.bins() {
                for targets in [Vec::new(), vec![Hypothesis::window(300)]] {
                    let o = crate::testing::observation(kind.id(), bin).targeting(targets);
                    for h in hypotheses(&[300, 10_080]) {
                        let same = (read.points_of(&o, &h) - reasoned().points_of(&o, &h)).abs() < 1e-12;
                        assert!(same, "{}.{bin} for {}", kind.id(), h.key());
                    }
                }
            }
        }
        assert_eq!(read.prior, reasoned().prior);
    }
}
