//! What must hold of every kind, from its declaration: edges, bins, keys, and the files that belong to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::declaration::{Bin, Declaration, Edge};
use super::hypotheses::{OTHER, TARGET};
use super::{REGISTRY, declarations};
use crate::model::Hypothesis;

/// The bin of a number where only the condition of the looked at bin holds.
fn bin_at(declaration: &Declaration, looked_at: &Bin, number: f64) -> &'static str {
    let condition = looked_at.when.map_or("", |c| c.id);
    declaration.bin_of(number, |c| c == condition).map_or("", |b| b.name)
}

#[test]
fn below_at_and_above_each_edge_is_the_right_bin() {
    let mut edges = 0;
    for declaration in declarations() {
        for bin in declaration.bins {
            let Some(x) = bin.edge.number() else { continue };
            let [below, above] = [x.next_down(), x.next_up()];
            let (inside, outside) = match bin.edge {
                Edge::Below(_) => (vec![below], vec![x, above]),
                Edge::UpTo(_) => (vec![below, x], vec![above]),
                Edge::From(_) => (vec![x, above], vec![below]),
                Edge::Above(_) => (vec![above], vec![below, x]),
                Edge::Any => (vec![], vec![]),
            };
            // A number below zero falls to an earlier bin where there is one at zero.
            for number in inside {
                assert_eq!(bin_at(declaration, bin, number), bin.name, "{} at {number}", declaration.id);
            }
            for number in outside {
                assert_ne!(bin_at(declaration, bin, number), bin.name, "{} at {number}", declaration.id);
            }
            edges += 1;
        }
    }
    assert!(edges > 60, "{edges} edges");
}

#[test]
fn every_number_falls_into_a_bin_and_every_bin_can_be_reached() {
    for declaration in declarations() {
        let last = declaration.bins.last().unwrap();
        let is_left_over = last.edge == Edge::Any && (last.when.is_none() || declaration.id == "class");
        assert!(is_left_over, "{} has no bin for what is left", declaration.id);
        for bin in declaration.bins {
            let numbers = [f64::MIN, f64::MAX, 0.0].into_iter().chain(bin.edge.number());
            let numbers = numbers.chain(declaration.bins.iter().filter_map(|b| b.edge.number()));
            let around = numbers.flat_map(|x| [x.next_down(), x, x.next_up()]);
            let reached = around.clone().any(|x| bin_at(declaration, bin, x) == bin.name);
            assert!(reached, "{}.{} is never reached", declaration.id, bin.name);
        }
    }
}

#[test]
fn every_bin_says_why_and_is_there_once() {
    for declaration in declarations() {
        let names: BTreeSet<&str> = declaration.bins.iter().map(|b| b.name).collect();
        assert_eq!(names.len(), declaration.bins.len(), "{}", declaration.id);
        for bin in declaration.bins {
            assert!(!bin.reason.is_empty(), "{}.{} has no reason", declaration.id, bin.name);
            let is_known = |k: &&str| [TARGET, OTHER].contains(k) || Hypothesis::from_key(k).is_some();
            let mut keys = bin.means_for.iter().chain(bin.means_against);
            assert!(keys.all(is_known), "{}.{} speaks of an unknown hypothesis", declaration.id, bin.name);
            let is_both = bin.means_for.iter().any(|k| bin.means_against.contains(k));
            assert!(!is_both, "{}.{} is on both sides", declaration.id, bin.name);
        }
        let is_numeric = declaration.bins.iter().any(|b| b.edge != Edge::Any);
        assert!(!is_numeric || !declaration.number.0.is_empty(), "{} has edges of no number", declaration.id);
    }
}

#[test]
fn a_key_means_the_same_in_every_kind() {
    let mut known = BTreeMap::new();
    for declaration in declarations() {
        assert!(!declaration.measures.is_empty(), "{} measures nothing", declaration.id);
        for q in declaration.measures {
            let (unit, meaning) = *known.entry(q.key).or_insert((q.unit, q.meaning));
            assert_eq!((q.unit, q.meaning), (unit, meaning), "{} of {}", q.key, declaration.id);
            assert!(!q.meaning.trim().is_empty() && q.meaning.ends_with('.'), "{}", q.key);
            let wanted = match q.unit {
                super::Unit::Seconds => "_s",
                super::Unit::Share => "_share",
                super::Unit::Log10 => "_log10",
                super::Unit::Time => "_at",
                super::Unit::Minutes => "_minutes",
                _ => "",
            };
            let suffixes = ["_s", "_share", "_log10", "_at", "_minutes"];
            let own = suffixes.into_iter().find(|s| q.key.ends_with(s)).unwrap_or("");
            let is_plain =
                matches!(q.unit, super::Unit::Counts | super::Unit::Time | super::Unit::Flag) || own == wanted;
            assert!(is_plain && q.key.ends_with(wanted), "{} does not carry its unit", q.key);
        }
    }
}

#[test]
fn every_kind_has_its_file_its_words_its_section_and_its_points() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let method = std::fs::read_to_string(root.join("docs/METHOD.md")).unwrap();
    for kind in REGISTRY {
        let id = kind.id();
        assert!(method.contains(&format!("<!-- evidence: {id} -->")), "docs/METHOD.md has no table of {id}");
        for (name, points) in [("reasoned", crate::verdict::reasoned()), ("in use", crate::verdict::in_use())] {
            assert!(points.points.contains_key(id), "the table {name} has no points for {id}");
        }
    }
    for id in declarations().map(|d| d.id) {
        for folder in ["src/evidence", "src/wording/evidence"] {
            assert!(root.join(folder).join(format!("{id}.rs")).is_file(), "{folder} has no file {id}.rs");
        }
    }
}
