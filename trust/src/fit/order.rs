//! Bins that physics puts in order for one hypothesis, as their kinds declare: more of it never speaks less for it.

use why429::evidence::{Order, REGISTRY};

/// Every order that a kind declares, with the kind. No two share a point, so each can be put in order by itself.
pub fn orders() -> impl Iterator<Item = (&'static str, &'static Order)> {
    REGISTRY.iter().flat_map(|k| k.declaration.orders.iter().map(|order| (k.id(), order)))
}

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
    fn orders_name_bins_that_exist_and_share_none() {
        let mut seen = Vec::new();
        for (kind, order) in orders() {
            for bin in order.bins {
                assert!(why429::evidence::declaration_of(kind).bin(bin).is_some(), "{kind}.{bin}");
                assert!(!seen.contains(&(kind, *bin, order.key)), "{kind}.{bin} twice");
                seen.push((kind, bin, order.key));
            }
        }
    }

    #[test]
    fn the_reasoned_table_is_in_order() {
        let table = why429::verdict::reasoned();
        for (kind, order) in orders() {
            let bins = &table.points[kind];
            let points: Vec<f64> = order.bins.iter().map(|b| bins[*b].get(order.key).copied().unwrap_or(0.0)).collect();
            assert_eq!(points, ascending(&points), "{kind} for {}", order.key);
        }
    }
}
