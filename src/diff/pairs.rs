//! Which episodes of two reports are the same ones: of one pool, and with time in common.
//!
//! In: episodes of both, in order of time. Out: pairs and what is left alone, in order of time. Each episode is in
//! one pair; where several overlap, those with the most time in common are taken first.

use super::report::Episode;
use super::time;
use crate::model::Time;

/// An episode of each report, or of one.
pub(super) type Pair<'e> = (Option<&'e Episode>, Option<&'e Episode>);

/// All pairs, in the order of their begin.
pub(super) fn of<'e>(a: &'e [Episode], b: &'e [Episode]) -> Vec<Pair<'e>> {
    let mut candidates = candidates(a, b);
    // The most time in common first; then in order, so that equals always pair the same way.
    candidates.sort_by(|x, y| y.common_s.total_cmp(&x.common_s).then((x.a, x.b).cmp(&(y.a, y.b))));
    let (mut of_a, mut of_b) = (vec![None; a.len()], vec![None; b.len()]);
    for c in candidates {
        if of_a[c.a].is_none() && of_b[c.b].is_none() {
            (of_a[c.a], of_b[c.b]) = (Some(c.b), Some(c.a));
        }
    }
    let mut pairs: Vec<Pair<'e>> = a.iter().zip(&of_a).map(|(e, other)| (Some(e), other.map(|i| &b[i]))).collect();
    pairs.extend(b.iter().zip(&of_b).filter(|(_, other)| other.is_none()).map(|(e, _)| (None, Some(e))));
    pairs.sort_by_key(|(a, b)| a.or(*b).map(|e| e.from.clone()));
    pairs
}

struct Candidate {
    a: usize,
    b: usize,
    common_s: f64,
}

fn candidates(a: &[Episode], b: &[Episode]) -> Vec<Candidate> {
    let spans: Vec<Option<(Time, Time)>> = b.iter().map(span).collect();
    let mut candidates = Vec::new();
    for (i, x) in a.iter().enumerate() {
        let Some((from, to)) = span(x) else { continue };
        for (j, y) in b.iter().enumerate() {
            if let Some((start, end)) = spans[j]
                && x.pool == y.pool
                && from <= end
                && start <= to
            {
                candidates.push(Candidate { a: i, b: j, common_s: to.min(end).since(from.max(start)) });
            }
        }
    }
    candidates
}

fn span(e: &Episode) -> Option<(Time, Time)> {
    Some((time(&e.from)?, time(&e.to)?))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::report::{json, sample};

    fn episode(id: &str, pool: &str, from: &str, to: &str) -> Episode {
        let report = read(json::render(&sample::thread()).unwrap().as_bytes()).unwrap();
        let stamp = |clock: &str| format!("2026-03-03T{clock}:00.000Z");
        Episode {
            id: id.to_owned(),
            pool: pool.to_owned(),
            from: stamp(from),
            to: stamp(to),
            ..report.episodes[0].clone()
        }
    }

    fn ids(a: &[Episode], b: &[Episode]) -> Vec<String> {
        let id = |e: Option<&Episode>| e.map_or("-".to_owned(), |e| e.id.clone());
        of(a, b).into_iter().map(|(a, b)| format!("{} {}", id(a), id(b))).collect()
    }

    #[test]
    fn the_most_time_in_common_pairs() {
        // One block in the first report, cut in two in the second: the longer half is the same one.
        let a = [episode("E1", "p", "10:00", "11:00")];
        let b = [episode("E1", "p", "10:00", "10:10"), episode("E2", "p", "10:20", "11:00")];
        assert_eq!(ids(&a, &b), ["- E1", "E1 E2"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn another_pool_or_another_time_is_another_episode() {
        let a = [episode("E1", "p", "10:00", "11:00")];
        assert_eq!(ids(&a, &[episode("E1", "q", "10:00", "11:00")]), ["E1 -", "- E1"]);
        assert_eq!(ids(&a, &[episode("E1", "p", "09:00", "09:59")]), ["- E1", "E1 -"]);
        assert_eq!(ids(&a, &[episode("E7", "p", "11:00", "11:30")]), ["E1 E7"], "one instant is enough");
    }

    #[test]
    fn a_time_that_cannot_be_read_pairs_with_nothing() {
        let mut broken = episode("E1", "p", "10:00", "11:00");
        broken.from = "soon".to_owned();
        assert_eq!(ids(&[broken.clone()], &[broken]).len(), 2);
    }
}
